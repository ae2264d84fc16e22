"""The end of a term follows from instruments: nobody types it, in no edition, by no act."""

from datetime import datetime

import pytest

from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM
from workflow.checks import ACT_TOKENS
from workflow.engine import Act, Actor, Engine
from workflow.loader import load_procedures
from workflow.predicates import Situation
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import FactType, Unit

PROCEDURES = load_procedures()
#: What is stated once, by the body that decides it, on the paper that says so; everything else of a term is computed.
STATED = {"months", "court_decision"}
NOW, TYPED = datetime(2026, 9, 1, 9, tzinfo=VIETNAM), "2030-01-01"


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.key)
def test_no_act_asks_for_what_is_derived(procedure):
    """Not as a required and not as an optional item, for any role."""
    derived = {fact.id for fact in procedure.facts.values() if fact.derived}
    asked = {(act.trigger, name) for act in procedure.transitions for name in act.fields.all if name in derived}

    assert derived
    assert asked == set()


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.key)
def test_the_last_days_of_limits_and_the_inputs_of_a_term_are_derived(procedure):
    """`term_end` and its like, the start of a term, the periods of hold, flight and absence."""
    ends = {limit.ends_fact for limit in procedure.limits.values() if limit.ends_fact}
    terms = [limit for limit in procedure.limits.values() if limit.unit is Unit.TERM]
    inputs = {fact for limit in terms for name, fact in limit.inputs.items() if name not in STATED}
    periods = {fact.id for fact in procedure.facts.values() if fact.type is FactType.PERIODS}
    suspending = {limit.suspended_by for limit in procedure.limits.values() if limit.suspended_by}

    assert {name for name in ends | inputs | periods | suspending if not procedure.facts[name].derived} == set()


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.key)
def test_no_act_writes_the_end_of_a_limit(procedure):
    """Only counting a limit does; what an act sets of a term is the day of the act itself."""
    ends = {limit.ends_fact for limit in procedure.limits.values() if limit.ends_fact}
    starts = {limit.inputs["start"] for limit in procedure.limits.values() if limit.unit is Unit.TERM}
    written = {(act.trigger, name) for act in procedure.transitions for name in act.sets if name in ends}
    literal = {
        (act.trigger, name)
        for act in procedure.transitions
        for name, value in act.sets.items()
        if name in starts and value not in ACT_TOKENS
    }

    assert written == set()
    assert literal == set()


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda each: each.key)
def test_the_engine_takes_no_derived_fact_whoever_offers_it(procedure):
    """Every act, with every role at once: each derived fact is refused by name and never becomes one."""
    engine, everybody = Engine(procedure, load_calendar()), Actor(frozenset(procedure.roles))
    derived = {fact.id: TYPED for fact in procedure.facts.values() if fact.derived}
    for act in procedure.transitions:
        with pytest.raises(MoveRefusedError) as refused:
            engine.decide(Situation(act.source[0], {}, NOW), Act(act.trigger, derived, NOW), everybody)
        told = [reason.text.en for reason in refused.value.reasons if reason.guard == "UNKNOWN_FIELD"]
        assert sorted(told) == sorted(f"This step has no field “{name}”" for name in derived), act.trigger
