"""What is not settled in the law never stands in anybody's way by itself."""

import pytest

from tests.api.scenes import Recording
from tests.playing import SceneBefore
from workflow.loader import load_policies, load_procedures
from workflow.model import Clause, Guard, Procedure, Transition
from workflow.vocabulary import Effect

PROCEDURES = load_procedures()
CLAUSES = [
    (procedure, guard, clause)
    for procedure in PROCEDURES
    for guard in procedure.guards.values()
    for clause in guard.clauses
]
RELEASES = [(procedure, each) for procedure in PROCEDURES for each in procedure.transitions if each.release]


def name(value: object) -> str | None:
    """Return how a case is called in the report."""
    match value:
        case Procedure():
            return value.key
        case Guard() | Clause():
            return value.id
        case Transition():
            return f"{value.trigger}-{value.source[0]}"
    return None


def test_there_are_rules_of_every_kind_to_look_at() -> None:
    """The properties below speak of many cases, not of none."""
    marks = {clause.confidence.mark for _, _, clause in CLAUSES}

    assert {"A", "A†", "D", "!"} <= marks
    assert len(CLAUSES) > 60
    assert len(RELEASES) > 10


@pytest.mark.parametrize(("procedure", "guard", "clause"), CLAUSES, ids=name)
def test_only_a_text_that_was_read_refuses(procedure: Procedure, guard: Guard, clause: Clause) -> None:
    """A and A¹ may refuse; B asks for a reason; carried over, derived, unclear or contested only warns."""
    read = clause.confidence.mark in ("A", "A¹")

    assert read or clause.effect is not Effect.REFUSE
    assert read or clause.confidence.mark == "B" or clause.effect in (Effect.WARN, Effect.ALARM)
    assert clause.basis
    assert clause.text.vi
    assert clause.cure.vi


@pytest.mark.parametrize(("procedure", "transition"), RELEASES, ids=name)
def test_at_a_way_out_only_a_refusal_written_in_the_law_stops(procedure: Procedure, transition: Transition) -> None:
    """What refuses at an exit rests on a text that was read; papers never do."""
    clauses = [clause for guard in transition.guards for clause in procedure.guards[guard].clauses]

    assert all(clause.confidence.mark in ("A", "A¹") for clause in clauses if clause.effect is Effect.REFUSE)
    assert not [clause for clause in clauses if clause.effect is Effect.OVERRIDE]


def test_every_doubt_that_a_clause_names_is_listed_as_a_policy() -> None:
    """A mark without its open question would be a dead end."""
    known = set(load_policies())

    assert {policy for _, _, clause in CLAUSES for policy in clause.policies} <= known


def test_a_foreigner_is_warned_about_and_goes_on(before: SceneBefore, recording: Recording) -> None:
    """[!]: the doubt is shown beside the move and kept with the act."""
    scene = before("run_gates")
    scene.act("cax.canbo.minhhoa", "run_gates", recording.fields_of("run_gates") | {"is_foreigner": True})
    moves = {each["trigger"]: each for each in scene.get("cax.truong.minhhoa", f"{scene.path}/moves")["items"]}
    done = scene.act("cax.truong.minhhoa", "open_dossier", recording.fields_of("open_dossier"))

    assert moves["open_dossier"]["allowed"]
    assert [each["guard"] for each in moves["open_dossier"]["remarks"]] == ["G-CITIZEN"]
    assert [(each["guard"], each["effect"], each["confidence"]) for each in done["remarks"]] == [
        ("G-CITIZEN", "warn", "!")
    ]


def test_a_derived_order_of_dates_only_warns(before: SceneBefore, recording: Recording) -> None:
    """[D]: a result dated before the detection is a slip to look at, not a bar."""
    scene = before("file_to_court")
    scene.change("update dossier set facts = json_set(facts, '$.addiction_result_at', '2026-07-01T09:00:00+07:00')")
    done = scene.act("cax.truong.minhhoa", "file_to_court", recording.fields_of("file_to_court"))

    assert [(each["guard"], each["effect"]) for each in done["remarks"]] == [("G-DATES", "warn")]


def test_a_carried_over_limit_of_the_court_only_warns(before: SceneBefore, recording: Recording) -> None:
    """†: the complaint window of the old ordinance is shown, and the effective decision is taken."""
    scene = before("decision_effective_received")
    scene.clock.instant = scene.clock.instant.replace(day=1)
    stated = {"decision_effective_on": "2026-09-01", "decision_received_at": "2026-09-01T07:45:00+07:00"}
    done = scene.act("cax.truong.minhhoa", "decision_effective_received", stated)

    assert {(each["guard"], each["clause"], each["effect"]) for each in done["remarks"]} == {
        ("G-EFFECTIVE", "window_over", "warn")
    }
