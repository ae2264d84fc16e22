"""What the engine works out beforehand is what the law says: it agrees with a plain reading, move by move."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.workflow.lives import Step
from tests.workflow.meeting import WORDS, limits
from tests.workflow.plainly import decide_plainly
from tests.workflow.steering import searched
from tests.workflow.walking import shipped
from workflow.calendar import CalendarUnknownError
from workflow.effects import TermConflictError
from workflow.engine import Act, Actor, Engine
from workflow.judging import judge_of
from workflow.predicates import Situation, holds
from workflow.refusals import MoveRefusedError

LAW = shipped()
MAINS = LAW.mains()
#: Nothing an officer should state, and much that is near to something.
STRANGE = (
    *(None, "", True, 0, -1, 3, 10**9, 2**53, -(2**53), "…", "a\x00b", "x" * 501, [], {}, 1.5, "a", "residence"),
    *("2026-07-01", "2999-01-01", "20260801", "0001-01-01T00:00:00+14:00", "2026-08-01T09:00:00"),
    *("2026-08-01T09:00:00+07:00", "2126-08-01T09:00:00+07:00", "00000000-0000-4000-8000-000000000001"),
)


def answer(decide: Any, *what: Any) -> Any:
    """Return what was decided, or everything that was said against it."""
    try:
        return decide(*what)
    except MoveRefusedError as refused:
        return refused.trigger, refused.reasons
    except (CalendarUnknownError, TermConflictError) as fault:
        return type(fault), str(fault)


def compare(engine: Engine, seen: Situation, act: Act, actor: Actor) -> Any:
    """Ask both and return their one answer."""
    quick = answer(engine.decide, seen, act, actor)
    plain = answer(decide_plainly, engine.procedure, engine.calendar, seen, act, actor)

    assert quick == plain
    return quick


def changed(step: Step, engine: Engine, chance: Random) -> tuple[Situation, Act, Actor]:
    """Return the question of a step with one to three things different."""
    seen, act, roles = step.before, step.act, {step.role}
    for _ in range(chance.choice((1, 1, 2, 3))):
        match chance.randrange(6):
            case 0:
                name = chance.choice([*step.transition.fields.all, "không có mục này"])
                act = replace(act, fields={**act.fields, name: chance.choice(STRANGE)})
            case 1:
                act = replace(act, fields={n: value for n, value in act.fields.items() if chance.random() < 0.7})
            case 2:
                act = replace(act, overrides={}, trigger=chance.choice([*engine.procedure.by_trigger, WORDS]))
            case 3:
                roles = {chance.choice(list(engine.procedure.roles))}
            case _:
                seen = seen_otherwise(seen, engine, chance)
    everywhere = frozenset(engine.procedure.roles)
    return seen, act, Actor(frozenset(roles), everywhere if chance.random() < 0.5 else frozenset())


def seen_otherwise(seen: Situation, engine: Engine, chance: Random) -> Situation:
    """Return a situation with one thing different."""
    match chance.randrange(6):
        case 0:
            return replace(seen, state=chance.choice(list(engine.procedure.states)))
        case 1 if seen.papers:
            return replace(seen, papers=seen.papers - {chance.choice(sorted(seen.papers))})
        case 2 if seen.limits:
            name, other = chance.choice(sorted(seen.limits)), chance.choice(limits(seen.occurred_at))
            kept = {n: limit for n, limit in seen.limits.items() if n != name}
            return replace(seen, limits=kept | ({name: other} if other else {}))
        case 3 if seen.facts:
            gone = chance.choice(sorted(seen.facts))
            return replace(seen, facts={name: value for name, value in seen.facts.items() if name != gone})
        case 4:
            return replace(seen, occurred_at=seen.occurred_at + timedelta(hours=chance.choice((-900, -1, 1, 9000))))
        case _:
            return replace(seen, unused_papers=frozenset())


@pytest.mark.parametrize("key", MAINS)
def test_every_act_of_random_lives_is_decided_as_the_plain_reading_does(key):
    """Decisions are equal in every part: state, facts, limits with their certificates, remarks."""
    steps = searched(key).steps
    for step in steps[:: max(1, len(steps) // 1500)]:
        compare(LAW.engines[step.procedure.key], step.before, step.act, Actor(frozenset([step.role])))


@pytest.mark.parametrize("key", MAINS)
def test_every_refusal_says_what_the_plain_reading_says(key):
    """Questions that are a little wrong: the same reasons, in the same order, or the same decision."""
    chance, refused, allowed = Random(11), 0, 0
    steps = searched(key).steps
    for step in chance.sample(steps, min(len(steps), 2500)):
        engine = LAW.engines[step.procedure.key]
        said = compare(engine, *changed(step, engine, chance))
        refused, allowed = refused + isinstance(said, tuple), allowed + (not isinstance(said, tuple))

    assert min(refused, allowed) > 200


@pytest.mark.parametrize("key", MAINS)
def test_every_condition_is_judged_as_it_reads(key):
    """`judge_of` and `holds` agree on every condition of an edition in many situations."""
    chance, both = Random(12), set()
    steps = chance.sample(searched(key).steps, 150)
    procedures = {step.procedure.key: step.procedure for step in steps}.values()
    for procedure in procedures:
        conditions = [clause.require for guard in procedure.guards.values() for clause in guard.clauses]
        conditions += [each.when for each in procedure.transitions if each.when is not None]
        conditions += [variant.when for limit in procedure.limits.values() for variant in limit.variants]
        judges = [(each, judge_of(each)) for each in conditions]
        for step in steps:
            for condition, judge in judges:
                said = judge(step.before.facts, step.before)
                assert said is holds(condition, step.before), condition
                both.add(said)

    assert both == {True, False}
