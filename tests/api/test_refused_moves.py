"""Acts that the law, the state or the office does not allow: all reasons at once, and not a trace."""

import json
import sqlite3
from datetime import datetime, timedelta

import pytest

from tests.api.refusals import move_refused, refused
from tests.api.scenes import Recording, Scene, open_scene
from tests.playing import SceneBefore

EXCLUSIONS = {"excl_no_capacity": "capacity", "excl_pregnant": "pregnant", "excl_child_u36m": "child"}
NONE_EXCLUDED = dict.fromkeys(EXCLUSIONS, False)


def test_an_office_that_does_not_do_the_act_is_told_whose_it_is(before: SceneBefore, recording: Recording) -> None:
    """An officer cannot decide what belongs to the head."""
    scene = before("decide_user_mgmt")
    stated = recording.fields_of("decide_user_mgmt")
    problem = refused(scene, lambda: scene.send("cax.canbo.minhhoa", "decide_user_mgmt", stated), 409, "move-refused")

    (reason,) = problem["reasons"]
    assert (reason["guard"], reason["basis"]) == ("WRONG_ROLE", "N59; L24.6")
    assert "Trưởng Công an cấp xã" in reason["text"]


def test_the_same_office_of_another_commune_does_not_know_the_dossier(before: SceneBefore) -> None:
    """A body that takes no part gets the answer for what does not exist."""
    scene = before("decide_user_mgmt")

    refused(scene, lambda: scene.send("cax.truong.thunghiem", "decide_user_mgmt"), 404, "not-found")


def test_the_right_office_in_the_wrong_body_of_the_dossier_is_told_so(
    before: SceneBefore, recording: Recording
) -> None:
    """The facility of the hold is a party, but the one that admits is the assigned one."""
    scene = before("admit")
    stated = recording.fields_of("admit")

    assert move_refused(scene, lambda: scene.send("coso1.truong", "admit", stated)) == {"WRONG_BODY"}


def test_an_act_from_another_state_names_where_the_dossier_stands(before: SceneBefore, recording: Recording) -> None:
    """Admission cannot come before the dossier has been opened."""
    scene = before("open_dossier")
    problem = refused(
        scene, lambda: scene.send("cax.truong.minhhoa", "admit", recording.fields_of("admit")), 409, "move-refused"
    )

    reason = next(each for each in problem["reasons"] if each["guard"] == "WRONG_STATE")
    assert "Kiểm tra loại trừ và hình sự" in reason["text"]
    assert reason["basis"]


def test_an_act_that_no_procedure_knows_is_refused(before: SceneBefore) -> None:
    """A misspelt trigger is not lost in silence."""
    scene = before("open_dossier")

    assert move_refused(scene, lambda: scene.send("cax.truong.minhhoa", "open_dosier")) == {"UNKNOWN_MOVE"}


def test_a_paper_that_is_not_signed_yet_is_missing(scene_at, recording: Recording) -> None:
    """Before the step that files III01 the check of the residence cannot begin."""
    scene = scene_at(recording.marks[recording.step_of("start_residence_check") - 1])
    stated = recording.fields_of("start_residence_check")
    problem = refused(
        scene, lambda: scene.send("cax.canbo.minhhoa", "start_residence_check", stated), 409, "move-refused"
    )

    (reason,) = problem["reasons"]
    assert (reason["guard"], reason["clause"], reason["basis"]) == ("MISSING_PAPER", "III01", "N58.1")


def test_a_paper_that_is_only_issued_does_not_count_as_signed(before: SceneBefore, recording: Recording) -> None:
    """A number and frozen bytes are no signature."""
    scene = before("order_hold")
    stated = recording.fields_of("order_hold")
    link = sqlite3.connect(scene.database_file)
    with link:
        link.execute("update paper set state = 'issued', signed_sha256 = null where form = 'V32'")
    link.close()

    assert move_refused(scene, lambda: scene.send("cax.truong.minhhoa", "order_hold", stated)) == {"MISSING_PAPER.V32"}


@pytest.mark.parametrize(
    ("moment", "guard"),
    [("2026-08-04T10:29:59+07:00", "DATE_BEFORE_PREVIOUS"), ("2026-08-04T11:00:01+07:00", "DATE_IN_FUTURE")],
)
def test_an_act_cannot_precede_the_one_it_follows_nor_lie_ahead(before: SceneBefore, moment: str, guard: str) -> None:
    """The act before took place at 10:30, the clock stands at 11:00."""
    scene = before("open_dossier")
    stated = {"competence_basis": "residence"}
    ask = lambda: scene.send("cax.truong.minhhoa", "open_dossier", stated, occurred_at=moment)  # noqa: E731 - asked once

    assert move_refused(scene, ask) == {guard}


def test_a_stated_day_cannot_lie_ahead(before: SceneBefore, recording: Recording) -> None:
    """Only facts that speak of the future may."""
    scene = before("start_residence_check")
    stated = recording.fields_of("start_residence_check") | {"detected_at": "2026-07-31T07:30:00+07:00"}

    assert move_refused(scene, lambda: scene.send("cax.canbo.minhhoa", "start_residence_check", stated)) == {
        "BAD_FIELD.detected_at"
    }


def test_somebody_under_eighteen_does_not_pass_the_gates(before: SceneBefore, recording: Recording) -> None:
    """One day short of the birthday is under age; on the birthday the gate opens."""
    stated = recording.fields_of("run_gates")
    scene = before("run_gates")
    scene.change("update dossier set facts = json_set(facts, '$.subject_born_on', '2008-08-05')")

    problem = refused(scene, lambda: scene.send("cax.canbo.minhhoa", "run_gates", stated), 409, "move-refused")
    assert [(each["guard"], each["basis"]) for each in problem["reasons"]] == [("G-AGE18", "L28; L35; L36; L36.4")]

    scene.change("update dossier set facts = json_set(facts, '$.subject_born_on', '2008-08-04')")
    scene.act("cax.canbo.minhhoa", "run_gates", stated)


@pytest.mark.parametrize("fact", EXCLUSIONS)
def test_an_excluded_person_gets_no_dossier(before: SceneBefore, recording: Recording, fact: str) -> None:
    """The answer given at the gates bites when the dossier is to be opened."""
    scene = before("run_gates")
    scene.act("cax.canbo.minhhoa", "run_gates", recording.fields_of("run_gates") | {fact: True})
    stated = recording.fields_of("open_dossier")

    assert move_refused(scene, lambda: scene.send("cax.truong.minhhoa", "open_dossier", stated)) == {
        f"G-EXCL.{EXCLUSIONS[fact]}"
    }


@pytest.mark.parametrize("fact", EXCLUSIONS)
@pytest.mark.parametrize(
    ("move", "by"),
    [("file_to_court", "cax.truong.minhhoa"), ("refile", "cax.truong.minhhoa"), ("depart", "cax.canbo.minhhoa")],
)
def test_an_exclusion_found_later_stops_filing_and_transport(
    before: SceneBefore, recording: Recording, move: str, by: str, fact: str
) -> None:
    """Pregnancy, the sole care of a small child and incapacity are asked again each time."""
    scene = before(move)
    stated = recording.fields_of(move) | {fact: True}
    problem = refused(scene, lambda: scene.send(by, move, stated), 409, "move-refused")

    (reason,) = problem["reasons"]
    assert (reason["guard"], reason["clause"]) == ("G-EXCL", EXCLUSIONS[fact])
    assert reason["basis"].startswith("L35.2")
    assert reason["cure"]


@pytest.mark.parametrize("move", ["open_dossier", "file_to_court"])
def test_the_limitation_of_three_months_stops_opening_and_filing(
    before: SceneBefore, recording: Recording, move: str
) -> None:
    """Three months to the day still stand; a day more does not."""
    scene = before(move)
    today = scene.clock.instant.date()
    last = today.replace(month=today.month - 3)
    scene.change(
        "update dossier set facts = json_set(facts, '$.last_violation_date', ?)", str(last - timedelta(days=1))
    )
    stated = recording.fields_of(move)
    problem = refused(scene, lambda: scene.send("cax.truong.minhhoa", move, stated), 409, "move-refused")
    assert [(each["guard"], each["basis"]) for each in problem["reasons"]] == [("G-LIMIT", "L35.4")]

    scene.change("update dossier set facts = json_set(facts, '$.last_violation_date', ?)", str(last))
    assert "G-LIMIT" not in scene.send("cax.truong.minhhoa", move, stated).data.decode()


def test_nothing_is_filed_while_the_person_may_still_read(recording: Recording, after: SceneBefore) -> None:
    """Served on Thursday 6 August, the three working days end with Tuesday 11 August."""
    scene = after("serve_notice")
    stated = recording.fields_of("file_to_court")
    scene.clock.instant = datetime.fromisoformat("2026-08-11T23:59:59+07:00")
    found = move_refused(scene, lambda: scene.send("cax.truong.minhhoa", "file_to_court", stated))
    assert {"WRONG_STATE", "G-FILE.reading", "MISSING_PAPER.V36"} <= found
    assert move_refused(scene, lambda: scene.send("cax.canbo.minhhoa", "reading_ended")) == {"G-READING.over"}

    scene.let_time_pass("2026-08-12T00:00:00+07:00")
    assert scene.state == "DECIDING_TO_FILE"


def test_a_window_that_ended_is_over_before_the_next_act(after: SceneBefore) -> None:
    """The officer who acts after the end finds the dossier where time has brought it, worker or not."""
    scene = after("serve_notice")
    scene.clock.instant = datetime.fromisoformat("2026-08-12T00:00:00+07:00")
    found = move_refused(scene, lambda: scene.send("cax.truong.minhhoa", "file_to_court"))

    assert "WRONG_STATE" not in found
    assert scene.state == "READING_WINDOW"


def test_several_faults_are_told_at_once(before: SceneBefore) -> None:
    """The officer mends everything in one go."""
    scene = before("run_gates")
    ask = lambda: scene.send(  # noqa: E731 - asked once
        "yte", "open_dossier", {"competence_basis": "nowhere", "zzz": 1}, occurred_at="2030-01-01T00:00:00Z"
    )

    assert move_refused(scene, ask) == {
        "UNKNOWN_FIELD",
        "BAD_FIELD.competence_basis",
        "WRONG_STATE",
        "WRONG_ROLE",
        "DATE_IN_FUTURE",
        "G-COMPETENT.matches_residence",
        "G-EXCL.capacity",
        "G-EXCL.pregnant",
        "G-EXCL.child",
        "G-LIMIT.open",
        "G-DOS1.opened_in_time",
    }


def test_an_override_needs_a_reason_and_the_reason_is_kept(before: SceneBefore, recording: Recording) -> None:
    """A facility that is not the nearest is refused until somebody says why; spaces are no reason."""
    scene = before("order_hold")
    stated = recording.fields_of("order_hold") | {"hold_facility_nearest": False}
    for given in ({}, {"G-HOLD": "  "}, {"G-OTHER": "lý do"}):
        ask = lambda given=given: scene.send("cax.truong.minhhoa", "order_hold", stated, overrides=given)  # noqa: E731
        assert move_refused(scene, ask) == {"G-HOLD.nearest"}

    done = scene.act("cax.truong.minhhoa", "order_hold", stated, overrides={"G-HOLD": "Cơ sở gần nhất hết chỗ."})
    assert ("G-HOLD", "override") in {(each["guard"], each["effect"]) for each in done["remarks"]}
    assert "Cơ sở gần nhất hết chỗ." in str(done["entry"]["payload"])


# --- The way out ------------------------------------------------------------------------------------------------


@pytest.fixture
def leaving(before: SceneBefore) -> Scene:
    """Open the last morning of the term, with V50 on file."""
    return before("issue_completion")


def test_nobody_is_released_before_the_last_day_of_the_term(leaving: Scene) -> None:
    """The window opens 24 hours before the end of 4 August 2028."""
    leaving.clock.instant = datetime.fromisoformat("2028-08-03T23:59:59+07:00")
    assert move_refused(
        leaving, lambda: leaving.send("coso2.truong", "issue_completion", {"property_returned": True})
    ) == {"G-DONE.window"}

    leaving.clock.instant += timedelta(seconds=1)
    done = leaving.act("coso2.truong", "issue_completion", {"property_returned": True})
    assert done["state"]["id"] == "COMPLETED"


def test_a_late_release_is_never_refused_and_raises_an_alarm(leaving: Scene) -> None:
    """The fault is the authority's; the person leaves."""
    leaving.clock.instant = datetime.fromisoformat("2028-08-05T09:00:00+07:00")
    done = leaving.act("coso2.truong", "issue_completion", {"property_returned": True})
    alarms = {each["code"]: each for each in leaving.get("coso2.truong", leaving.path)["alarms"]}

    assert done["state"]["id"] == "COMPLETED"
    assert {(each["guard"], each["clause"], each["effect"]) for each in done["remarks"]} >= {
        ("G-DONE", "late", "alarm")
    }
    assert alarms["G-DONE.late"]["basis"]
    assert alarms["G-DONE.late"]["text"].startswith("Đã quá ngày hết thời hạn")


def test_a_release_without_the_post_rehab_decision_goes_on_with_an_alarm(leaving: Scene) -> None:
    """POL-V53-LATE: a missing V53 holds nobody back; nor does a missing V50."""
    link = sqlite3.connect(leaving.database_file)
    with link:
        link.execute("update paper set state = 'void' where form in ('V53', 'V50')")
    link.close()
    done = leaving.act("coso2.truong", "issue_completion", {"property_returned": True})
    codes = {each["code"] for each in leaving.get("coso2.truong", leaving.path)["alarms"]}

    assert done["state"]["id"] == "COMPLETED"
    assert {"G-DONE.v53", "MISSING_PAPER.V50"} <= codes
    assert "POL-V53-LATE" in {policy for each in done["remarks"] for policy in each["policies"]}


def test_who_leaves_is_still_only_for_the_right_office_to_say(leaving: Scene) -> None:
    """Never refused does not mean by anybody."""
    stated = {"property_returned": True}
    for by, guard in (
        ("coso2.canbo", "WRONG_ROLE"),
        ("coso1.truong", "WRONG_BODY"),
        ("cax.truong.minhhoa", "WRONG_ROLE"),
    ):
        assert move_refused(leaving, lambda by=by: leaving.send(by, "issue_completion", stated)) == {guard}


# --- The door ---------------------------------------------------------------------------------------------------


def test_only_a_body_that_opens_dossiers_opens_one(finished: Scene) -> None:
    """The court has no such right at all."""
    person = finished.get("cax.canbo.minhhoa", finished.path)["person"]["id"]
    body = f'{{"person_id": "{person}"}}'.encode()

    refused(
        finished, lambda: finished.office("toa.kv99").call("POST", "/api/v1/dossiers", body=body), 403, "not-allowed"
    )


@pytest.mark.parametrize(
    ("said", "guard"),
    [
        ({"person_id": "00000000-0000-4000-8000-000000000000"}, "UNKNOWN_PERSON"),
        ({"occurred_at": "2031-01-01T00:00:00+07:00"}, "DATE_IN_FUTURE"),
    ],
)
def test_a_dossier_is_about_a_known_person_and_no_future_day(
    finished: Scene, recording: Recording, said: dict[str, str], guard: str
) -> None:
    """Numbers are not spent on refusals."""
    stated = {"person_id": finished.get("cax.canbo.minhhoa", finished.path)["person"]["id"]} | said
    body = json.dumps(stated).encode()
    problem = refused(
        finished,
        lambda: finished.office("cax.canbo.minhhoa").call("POST", "/api/v1/dossiers", body=body),
        422,
        "invalid-data",
    )

    assert [each["guard"] for each in problem["reasons"]] == [guard]


def test_a_copy_of_a_moment_starts_where_the_story_stood(recording: Recording, tmp_path) -> None:
    """What the other tests rest on: a scene is the story's own row, and scenes do not share one."""
    mark = recording.marks[recording.step_of("order_hold")]
    one, other = open_scene(recording, mark, tmp_path), open_scene(recording, mark, tmp_path)
    other.act("cax.truong.minhhoa", "order_hold", recording.fields_of("order_hold"))

    assert one.state == mark.state == "DOSSIER_BUILDING"
    assert one.version < other.version
    for scene in (one, other):
        scene.house.database.dispose()
