"""A recorded life played again: under its own edition nothing differs, under a changed one exactly what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.workflow.steering import reach
from tests.workflow.walking import Life, Step, shipped
from workflow.model import Clause, Guard, Procedure, Transition
from workflow.predicates import Comparison, FactTest
from workflow.replay_differences import Differences, Verdict, differences
from workflow.replaying import (
    By,
    Cover,
    Fate,
    LimitRun,
    Opening,
    Outcome,
    RecordedAct,
    Replayer,
    is_duty,
    term_facts,
)
from workflow.vocabulary import Confidence, Effect, Text

LAW = shipped()
MAINS = LAW.mains()
ADULT = "cnbb-adult@2026-07-01"
LIVES, MOVES = 60, 40
PROCEDURES = [engine.procedure for engine in LAW.engines.values()]


def recorded_act(step: Step) -> RecordedAct:
    """Return a step of a life as a diary would have it."""
    return RecordedAct(
        number=step.number,
        trigger=step.act.trigger,
        machine=step.machine,
        occurred_at=step.before.occurred_at,
        recorded_at=step.act.recorded_at,
        fields=step.act.fields,
        overrides=step.act.overrides,
        filed=frozenset(step.filed),
        role=step.role,
        by=By(step.by),
        state=step.before.state,
        facts=step.before.facts,
    )


def outcome_of(life: Life) -> Outcome:
    """Return what a life came to."""
    late = {(step.number, stop.limit_id): stop for step in life.steps for stop in step.decision.effects.stopped}
    runs = []
    for run in life.runs:
        stop = late.get((run.ended or 0, run.limit.id))
        how = run.how if stop is None or run.how != "stopped" else "late" if stop.late else "lapsed" if stop.lapsed else "met"
        runs.append(LimitRun(run.limit.id, run.at.due_at, how, is_duty(run.limit)))
    covers = tuple(Cover(each.custody.kind, each.custody.instrument, each.from_at) for each in life.covers)
    return Outcome({m.name: m.state for m in (life.main, *life.sides)}, dict(life.facts), tuple(runs), covers)


def replayed(life: Life, procedure: Procedure) -> Differences:
    """Play a life again under an edition and say how it differs."""
    replayer = Replayer(procedure, PROCEDURES, LAW.calendar, life.policies)
    begun = life.steps[0].before if life.steps else life.situation(life.main)
    opening = Opening(life.main.engine.procedure.initial.id, life.covers[0].from_at, begun.facts)
    assert not life.steps or begun.state == opening.state
    replay = replayer.play(opening, [recorded_act(step) for step in life.steps])
    names = term_facts(PROCEDURES)
    return differences(outcome_of(life), replay, replayer.limit, term_facts=names, at=life.now)


@pytest.mark.parametrize("key", MAINS)
def test_under_its_own_edition_no_life_differs(key):
    """Every act happens again, every limit and title is the same."""
    seen, made = Counter[int](), 0
    for seed in range(LIVES):
        life = Life(LAW, key, seed)
        if seed % 2:
            reach(life, list(LAW.engines[key].procedure.states)[seed % len(LAW.engines[key].procedure.states)])
        life.live(MOVES, seen)
        found = replayed(life, LAW.engines[key].procedure)

        assert found.none, (seed, found.states, found.terms, found.limits, found.custody, found.replay.left_out)
        made += len(life.steps)
    assert made > 5 * LIVES
