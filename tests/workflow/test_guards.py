"""Every clause of every guard bites, and only when it should: acts made from the law itself, met and missed.

For each clause of each shipped edition an act is found that meets it, and one that misses it and no other clause (but
those that cannot be met at the same time, which is proved by trying).  The engine must let the first one pass and say
of the second exactly this clause, with its words, article and mark, and with the force its mark allows.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.solving import Found, acts_under, find, impossible
from tests.workflow.walking import shipped
from workflow.engine import Decision, Engine
from workflow.model import Clause, Guard
from workflow.refusals import MoveRefusedError, Reason, from_clause
from workflow.vocabulary import Effect

LAW = shipped()
CLAUSES = [
    (key, guard.id, clause.id)
    for key, engine in LAW.engines.items()
    for guard in engine.procedure.guards.values()
    for clause in guard.clauses
]
REASON = "lý do giả định"


def record_of(key: str, guard: str, clause: str) -> tuple[Engine, Guard, Clause]:
    """Return an engine and the records of a guard and one of its clauses."""
    engine = LAW.engines[key]
    record = engine.procedure.guards[guard]
    return engine, record, next(each for each in record.clauses if each.id == clause)


def ask(engine: Engine, found: Found, **overrides: str) -> Decision | MoveRefusedError:
    """Return what the engine says to an act."""
    try:
        return engine.decide(found.situation, replace(found.act, overrides=overrides), found.actor)
    except MoveRefusedError as refused:
        return refused


def reasons_of(said: Decision | MoveRefusedError) -> tuple[Reason, ...]:
    """Return what was said against an act, whether it happened or not."""
    return said.remarks if isinstance(said, Decision) else said.reasons


def ways(key: str, guard: str, clause: str, *, met: bool) -> list[Found]:
    """Return a way to meet (or miss) a clause at every act that carries its guard and can; one there must be."""
    engine, record, one = record_of(key, guard, clause)
    procedure, found = engine.procedure, []
    for transition in acts_under(procedure, guard):
        way = find(LAW, procedure, transition, record, one, met=met)
        if way is not None:
            found.append(way)
        else:
            proved = impossible(LAW, procedure, transition, one, met=met)
            assert proved, (
                f"{transition.trigger} -> {transition.dest}: no way was found to {'meet' if met else 'miss'} it"
            )

    assert found, f"no act can {'meet' if met else 'miss'} this clause"
    return found


@pytest.mark.parametrize(("key", "guard", "clause"), CLAUSES)
def test_a_clause_that_is_met_is_in_nobodys_way(key, guard, clause):
    """The act happens (with a reason where another clause asks for one), and nothing is said of this clause."""
    engine, _, _ = record_of(key, guard, clause)
    for found in ways(key, guard, clause, met=True):
        said = ask(engine, found, **{name: REASON for name, _ in found.missed})

        assert isinstance(said, Decision), said
        assert said.transition is found.transition
        assert {(reason.guard, reason.clause) for reason in said.remarks} == found.missed


@pytest.mark.parametrize(("key", "guard", "clause"), CLAUSES)
def test_a_clause_that_is_missed_says_so_with_its_article(key, guard, clause):
    """It is the one that is named, in its own words, and it is as strong as its mark allows."""
    engine, record, one = record_of(key, guard, clause)
    assert all((one.text.vi, one.text.en, one.cure.vi, one.cure.en, one.basis))
    for found in ways(key, guard, clause, met=False):
        said = ask(engine, found)
        blocks = one.effect is Effect.REFUSE or (one.effect is Effect.OVERRIDE and not found.transition.release)
        wrong = {(guard, clause), *found.missed, *found.left_out}

        assert isinstance(said, MoveRefusedError) or not blocks
        if blocks or isinstance(said, Decision):
            (reason,) = [each for each in reasons_of(said) if (each.guard, each.clause) == (guard, clause)]
            assert (reason.text, reason.cure, reason.basis) == (one.text, one.cure, one.basis)
            assert (reason.confidence, reason.effect) == (one.confidence.mark, one.effect)
            assert reason == from_clause(record, one)
        assert {(each.guard, each.clause) for each in reasons_of(said)} <= wrong
        if isinstance(said, Decision):
            assert said.transition is found.transition
            assert {(each.guard, each.clause) for each in said.remarks} == wrong


OVERRIDES = [
    (key, guard, clause) for key, guard, clause in CLAUSES if record_of(key, guard, clause)[2].effect is Effect.OVERRIDE
]


@pytest.mark.parametrize(("key", "guard", "clause"), OVERRIDES)
def test_a_reason_of_the_officer_carries_an_act_over_a_clause_that_asks_for_one(key, guard, clause):
    """The act happens, unless something else refuses it, and the clause is remembered; a blank reason is none."""
    engine, _, _ = record_of(key, guard, clause)
    for found in ways(key, guard, clause, met=False):
        names = {guard, *(name for name, _ in found.missed)}
        blank = ask(engine, found, **dict.fromkeys(names, "  "))
        said = ask(engine, found, **dict.fromkeys(names, REASON))

        assert isinstance(blank, MoveRefusedError) or found.transition.release
        kept = (guard, clause) in {(each.guard, each.clause) for each in reasons_of(said)}
        assert kept is isinstance(said, Decision)
        assert isinstance(said, Decision) or found.missed or found.left_out
