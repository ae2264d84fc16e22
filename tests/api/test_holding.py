"""Nobody is held without a title, and the custody cover has no hole."""

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.api.refusals import move_refused
from tests.api.scenes import Recording, Scene
from tests.playing import SceneBefore

HEAD = "cax.truong.minhhoa"
NOT_APPLIED = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}


def cover(scene: Scene) -> list[dict[str, Any]]:
    """Return the custody cover as a party reads it."""
    items: list[dict[str, Any]] = scene.get(HEAD, f"{scene.path}/custody")["items"]
    return items


def alarms(scene: Scene) -> set[str]:
    """Return the codes of the alarms that stand."""
    return {each["code"] for each in scene.get(HEAD, scene.path)["alarms"]}


def check_cover(scene: Scene) -> None:
    """See that each interval begins where the one before ends, from the opening to now."""
    intervals = cover(scene)
    assert intervals[0]["from"] == scene.get(HEAD, scene.path)["opened_at"]
    assert all(earlier["to"] == later["from"] for earlier, later in pairwise(intervals))
    assert all(each["to"] is None or each["from"] <= each["to"] for each in intervals)
    assert [each["to"] is None for each in intervals] == [False] * (len(intervals) - 1) + [True]
    for each in intervals:
        held = each["kind"] in ("held_pending", "in_transit", "in_facility")
        assert bool(each["instrument"]) == held
        assert bool(each["holder"]) == held


def test_the_cover_has_no_gap_and_no_overlap_at_any_moment_of_the_story(recording: Recording, scene_at) -> None:
    """Looked at after every act."""
    looked = 0
    for step, mark in zip(recording.steps, recording.ends, strict=True):
        if "move" in step:
            check_cover(scene_at(mark))
            looked += 1
    assert looked > 35


def test_the_cover_of_the_story_tells_where_the_person_was(finished: Scene) -> None:
    """Free, held under V32, on the way and in the facility under C11, free again."""
    assert [(each["kind"], each["instrument"], each["from"]) for each in cover(finished)] == [
        ("at_liberty", None, "2026-07-30T01:00:00Z"),
        ("held_pending", "V32", "2026-08-04T09:00:00Z"),
        ("in_transit", "C11", "2026-09-10T01:00:00Z"),
        ("in_facility", "C11", "2026-09-10T04:00:00Z"),
        ("at_liberty", None, "2028-08-04T01:00:00Z"),
    ]
    assert [each["paper_id"] is not None for each in cover(finished)] == [False, True, True, True, False]


@pytest.fixture
def not_applied(before: SceneBefore) -> Scene:
    """Open a dossier whose court has just refused the measure while the person is held."""
    scene = before("decide_apply")
    assert scene.scan("toa.kv99", "C12").status == 201
    assert scene.scan("toa.kv99", "C10").status == 201
    done = scene.act("toa.kv99", "decide_not_apply", NOT_APPLIED)
    assert done["state"]["id"] == "DECIDED_NOT_APPLY"
    return scene


def test_an_ended_title_raises_an_alarm_until_the_person_is_released(not_applied: Scene) -> None:
    """The court has ended the title; only the release ends the alarm, and it is offered at once."""
    assert "HELD_WITHOUT_TITLE" in alarms(not_applied)
    assert cover(not_applied)[-1]["kind"] == "held_pending"
    hold = not_applied.hold()
    offered = {each["trigger"]: each for each in not_applied.get("coso1.truong", f"{hold}/moves")["items"]}
    assert offered["hold_release_no_measure"]["allowed"]

    not_applied.clock.instant += timedelta(minutes=30)
    not_applied.act("coso1.truong", "hold_release_no_measure", path=f"{hold}/moves")
    assert "HELD_WITHOUT_TITLE" not in alarms(not_applied)
    assert cover(not_applied)[-1]["kind"] == "at_liberty"
    check_cover(not_applied)


def test_the_alarm_is_seen_first_in_the_inbox_of_those_who_must_act(not_applied: Scene) -> None:
    """The commune police that ordered the hold sees it, though the dossier itself is closed."""
    lines = {each["number"]: each for each in not_applied.get(HEAD, "/api/v1/inbox")["items"]}

    assert "HELD_WITHOUT_TITLE" in {each["code"] for each in lines[not_applied.number]["alarms"]}


def test_a_release_needs_no_paper_and_no_field(not_applied: Scene) -> None:
    """Only office, body and state may stand in the way."""
    hold = not_applied.hold()
    stranger = lambda: not_applied.send("coso2.truong", "hold_release_no_measure", path=f"{hold}/moves")  # noqa: E731
    reply = stranger()
    assert reply.status in (404, 409)
    court = lambda: not_applied.send("toa.kv99", "hold_release_no_measure", path=f"{hold}/moves")  # noqa: E731
    assert move_refused(not_applied, court) == {"WRONG_ROLE"}

    not_applied.act("coso1.canbo", "hold_release_no_measure", path=f"{hold}/moves")


@pytest.mark.parametrize(
    ("move", "stated"),
    [
        ("exclude", {"exclusion_reason": "limitation_gone", "decision_reason": "Giả định."}),
        ("decide_not_to_file", {"decision_reason": "Giả định."}),
        ("transfer_criminal", {"criminal_body": "@body:CQDT-99", "decision_reason": "Giả định."}),
    ],
)
def test_every_other_end_of_the_title_raises_the_alarm_too(
    before: SceneBefore, move: str, stated: dict[str, str]
) -> None:
    """Exclusion, no filing, a criminal case: the hold has lost its ground each time."""
    scene = before("file_to_court")
    assert alarms(scene) == set()
    scene.act(HEAD, move, stated)

    assert "HELD_WITHOUT_TITLE" in alarms(scene)


def test_a_hold_that_goes_on_into_the_measure_raises_nothing(before: SceneBefore) -> None:
    """Departure ends the hold by itself: one title takes over from the other at the same instant."""
    scene = before("depart")
    scene.act("cax.canbo.minhhoa", "depart", scene.recording.fields_of("depart"))
    items = scene.get(HEAD, f"{scene.path}/proceedings")["items"]
    (side,) = (each for each in items if each["kind"] == "cnbb-hold")

    assert side["state"]["id"] == "HEND"
    assert side["closed_at"] is not None
    assert "HELD_WITHOUT_TITLE" not in alarms(scene)
    check_cover(scene)


def test_a_flight_from_the_hold_and_the_return_leave_no_hole(before: SceneBefore) -> None:
    """Absconded is a part of the cover like any other, and the search notice has its 24 hours."""
    scene = before("file_to_court")
    hold = f"{scene.hold()}/moves"
    scene.clock.instant += timedelta(hours=1)
    scene.act("coso1.truong", "hold_escape", path=hold)
    limits = {each["rule"]: each for each in scene.get(HEAD, f"{scene.path}/deadlines")["items"]}
    assert limits["T-ESC24"]["due_at"] == "2026-08-13T03:00:00Z"
    check_cover(scene)
    assert cover(scene)[-1]["kind"] == "absconded"

    scene.let_time_pass("2026-08-13T10:00:00+07:00")
    assert any("T-ESC24" in code for code in alarms(scene))
    assert scene.scan("coso1.canbo", "V43").status == 201
    scene.act("coso1.canbo", "hold_recapture", {"found_place": "Phường Minh Họa (giả định)"}, path=hold)
    check_cover(scene)
    assert [each["kind"] for each in cover(scene)][-3:] == ["held_pending", "absconded", "held_pending"]
    facts = scene.get(HEAD, scene.path)["facts"]
    assert facts["hold_escapes"] == [["2026-08-12", "2026-08-13"]]


def test_an_act_of_the_side_machine_moves_the_version_of_the_dossier(before: SceneBefore) -> None:
    """Who read the dossier before the hand-over reads again."""
    scene = before("handover_hold")
    version, hold = scene.version, f"{scene.hold()}/moves"
    stated = scene.recording.fields_of("handover_hold")
    assert scene.send("coso1.truong", "handover_hold", stated, version=version - 1, path=hold).status == 412
    done = scene.act("coso1.truong", "handover_hold", stated, version=version, path=hold)

    assert done["version"] == version + 1
    assert datetime.fromisoformat(cover(scene)[-1]["from"]) == scene.clock.instant
