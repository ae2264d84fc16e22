"""Whoever changes a row past the program is found out: every row of a dossier is held against its diary."""

from collections.abc import Callable
from uuid import UUID

import pytest

from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from tests.api.scenes import Mark, Recording, Scene
from tests.playing import SceneBefore

HEAD = "cax.truong.minhhoa"
A_DEADLINE = "where id = (select id from deadline where state = 'running' order by started_seq, rule limit 1)"
A_PAST_ONE = "where id = (select id from deadline where state = 'met' order by started_seq, rule limit 1)"
THE_HOLD = "where kind = 'held_pending'"
A_PAPER = "where folio = 3"


def problems(scene: Scene) -> list[str]:
    """Return what an audit says about the dossier."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


def test_an_honest_file_has_no_problem_at_any_moment(recording: Recording, scene_at: Callable[[Mark], Scene]) -> None:
    """Looked at after every step of the story."""
    assert [mark.state for mark in recording.ends if problems(scene_at(mark))] == []


@pytest.mark.parametrize(
    ("statement", "where", "told"),
    [
        ("update deadline set due_at = '2026-12-31 17:00:00.000000'", A_DEADLINE, "limits"),
        ("update deadline set started_at = '2026-08-01 17:00:00.000000'", A_DEADLINE, "limits"),
        ("update deadline set state = 'met', stopped_seq = 20", A_DEADLINE, "limits"),
        ("update deadline set state = 'late'", A_PAST_ONE, "limits"),
        ("update deadline set certificate = json_set(certificate, '$.due_at', 'x')", A_DEADLINE, "limits"),
        ("delete from deadline", A_DEADLINE, "limits"),
        ("update custody_interval set from_at = '2026-08-05 09:00:00.000000'", THE_HOLD, "custody"),
        ("update custody_interval set instrument = 'C11'", THE_HOLD, "custody"),
        ("update custody_interval set paper_id = null", THE_HOLD, "custody"),
        ("update custody_interval set to_at = '2026-08-09 00:00:00.000000', to_seq = 21", THE_HOLD, "custody"),
        ("delete from custody_interval", THE_HOLD, "custody"),
        ("update paper set signed_sha256 = 'aaaa'", A_PAPER, "papers"),
        ("update paper set object_sha256 = 'aaaa'", A_PAPER, "papers"),
        ("update paper set state = 'draft'", A_PAPER, "papers"),
        ("update paper set state = 'void'", A_PAPER, "papers"),
        ("update paper set form = 'C11'", A_PAPER, "papers"),
        ("update paper set doc_date = '2026-01-01'", A_PAPER, "papers"),
        ("update paper set used_seq = 9", A_PAPER, "papers"),
        ("update paper set number = 99, series = 'QĐ-X', number_year = 2026", A_PAPER, "papers"),
    ],
)
def test_a_changed_row_is_found_out(before: SceneBefore, statement: str, where: str, told: str) -> None:
    """Each with one statement that leaves every other row, and the chain, as it was."""
    scene = before("file_to_court")
    assert problems(scene) == []

    scene.change(f"{statement} {where}")

    assert [problem.partition(":")[0] for problem in problems(scene)] == [told]


def test_an_alarm_that_was_switched_off_is_found_out(before: SceneBefore) -> None:
    """No entry says that the duty was done or how the alarm was dealt with."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    assert problems(scene) == []

    scene.change("update alarm set resolved_at = '2026-08-14 02:00:00.000000' where resolved_at is null")

    assert problems(scene) == ["alarms: nothing in the diary ended LIMIT.T-FILE1"]


def test_an_alarm_that_the_diary_ended_is_no_problem_and_its_loss_is(before: SceneBefore) -> None:
    """What was said about it stays in the diary, so the alarm cannot vanish."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    (alarm,) = scene.get(HEAD, scene.path)["alarms"]
    path, body = f"/api/v1/alarms/{alarm['id']}/acknowledge", b'{"reason": "Known (fictitious)"}'
    assert scene.office(HEAD).call("POST", path, body=body, version=scene.version).status == 200
    assert problems(scene) == []

    scene.change("delete from alarm where code = 'LIMIT.T-FILE1'")

    assert problems(scene) == ["alarms: LIMIT.T-FILE1 was dealt with and is not there"]


def test_an_alarm_that_an_act_raised_cannot_vanish(before: SceneBefore) -> None:
    """The remark that raised it is in the entry of the act: the release came two days late."""
    scene = before("issue_completion")
    scene.let_time_pass("2028-08-06T08:00:00+07:00")
    scene.act("coso2.truong", "issue_completion", scene.recording.fields_of("issue_completion"))
    assert problems(scene) == []

    scene.change("delete from alarm where raised_seq is not null")

    assert [problem.partition(":")[0] for problem in problems(scene)] == ["alarms"]


def test_an_alarm_that_no_act_raised_is_found_out(before: SceneBefore) -> None:
    """Made up by somebody with the keys of the machine."""
    scene = before("file_to_court")
    scene.change(
        "insert into alarm (id, dossier_id, code, text_vi, text_en, basis, raised_seq, raised_at) "
        "select '0123456789abcdef0123456789abcdef', id, 'G-MADE-UP', 'x', 'x', 'x', 5, last_act_at "
        "from dossier where number = ?",
        scene.number,
    )

    assert problems(scene) == ["alarms: the rows are not the fold (G-MADE-UP)"]
