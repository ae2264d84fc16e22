"""Limits that ran out raise one alarm, which stands until the act is done or somebody says how it was dealt with."""

import json

from api.worker import tick
from tests.api.scenes import Scene
from tests.playing import SceneBefore

HEAD = "cax.truong.minhhoa"
FILING_ALARM = "LIMIT.T-FILE1"


def alarms(scene: Scene) -> dict[str, str]:
    """Return the standing alarms, code -> id."""
    return {each["code"]: each["id"] for each in scene.get(HEAD, scene.path)["alarms"]}


def acknowledge(scene: Scene, by: str, alarm_id: str, reason: str):
    """Say how an alarm was dealt with and return the answer."""
    body = json.dumps({"reason": reason}).encode()
    return scene.office(by).call("POST", f"/api/v1/alarms/{alarm_id}/acknowledge", body=body, version=scene.version)


def test_a_missed_duty_raises_one_alarm_and_doing_it_late_ends_it(before: SceneBefore) -> None:
    """The file should be at the court by 12 August; on the 14th it is not."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    tick(scene.house)
    assert list(alarms(scene)) == [FILING_ALARM]
    assert scene.rows("select count(*) from alarm where code = ?", FILING_ALARM) == [(1,)]

    scene.act(HEAD, "file_to_court", scene.recording.fields_of("file_to_court"))

    assert alarms(scene) == {}
    limits = {row["rule"]: row["state"] for row in scene.get(HEAD, f"{scene.path}/deadlines")["items"]}
    assert limits["T-FILE1"] == "late"


def test_an_alarm_stands_first_in_the_inbox(before: SceneBefore) -> None:
    """Nobody can overlook it."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")

    first = scene.get(HEAD, "/api/v1/inbox")["items"][0]

    assert first["number"] == scene.number
    assert [each["code"] for each in first["alarms"]] == [FILING_ALARM]


def test_dealing_with_an_alarm_is_written_in_the_diary(before: SceneBefore) -> None:
    """The alarm leaves the screens, the word stays."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")

    reply = acknowledge(scene, HEAD, alarms(scene)[FILING_ALARM], "Đã làm rõ lý do chậm (giả định).")

    assert reply.status == 200
    assert reply.json()["alarms"] == []
    last = scene.get(HEAD, f"{scene.path}/diary")["items"][-1]
    assert (last["kind"], last["payload"]["code"]) == ("alarm", FILING_ALARM)
    assert last["payload"]["reason"] == "Đã làm rõ lý do chậm (giả định)."


def test_an_alarm_is_not_waved_away(before: SceneBefore) -> None:
    """Not without a reason, not twice, not by a stranger, not by somebody whose file it is not."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    alarm = alarms(scene)[FILING_ALARM]
    left = scene.traces()

    assert acknowledge(scene, HEAD, alarm, "   ").status == 422
    assert acknowledge(scene, "cax.truong.kiemthu", alarm, "x").status == 404
    assert acknowledge(scene, HEAD, "11111111-1111-4111-8111-111111111111", "x").status == 404
    assert scene.traces() == left

    assert acknowledge(scene, HEAD, alarm, "đã xử lý").status == 200
    again = acknowledge(scene, HEAD, alarm, "đã xử lý")
    assert (again.status, again.json()["reasons"][0]["guard"]) == (422, "ALARM_RESOLVED")


def test_only_the_release_ends_the_alarm_for_somebody_held_without_a_title(before: SceneBefore) -> None:
    """No word talks it away."""
    scene = before("decide_apply")
    scene.scan("toa.kv99", "C12")
    stated = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}
    scene.act("toa.kv99", "decide_not_apply", stated)
    alarm = alarms(scene)["HELD_WITHOUT_TITLE"]

    refused = acknowledge(scene, HEAD, alarm, "sẽ xử lý sau")
    assert (refused.status, refused.json()["reasons"][0]["guard"]) == (422, "RELEASE_FIRST")

    scene.act("coso1.truong", "hold_release_no_measure", path=f"{scene.hold()}/moves")
    assert "HELD_WITHOUT_TITLE" not in alarms(scene)


def test_limits_that_only_warn_do_not_hold_up_those_that_act(before: SceneBefore) -> None:
    """A limit once seen to is not looked at again, so that a thousand old ones cannot starve a new one."""
    scene = before("serve_notice")
    scene.let_time_pass("2026-08-06T09:05:00+07:00")
    seen = scene.rows(
        "select count(*) from deadline"
        " where state = 'running' and expiry_seen_at is null and due_at < '2026-08-06 02:00'"
    )

    assert seen == [(0,)]
