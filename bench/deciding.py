"""How fast the engine decides, and that it keeps nothing: every act of one adult dossier, over and over."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from transitions import Machine

from api.demo.story import load_story
from bench.measuring import Row, compared
from tests.workflow.walking import Life, shipped
from workflow.engine import Act, Actor, Engine
from workflow.model import Procedure
from workflow.predicates import Situation

PROCEDURE = "cnbb-adult@2026-07-01"
BODY = "00000000-0000-4000-8000-000000000001"
PERSON = {"subject_born_on": "1999-01-01", "subject_sex": "male"}
#: Decisions before the memory is first looked at: by then whatever is kept for good is there.
WARM = 20_000
_PAGE_KIB, _KIB_PER_MIB = 4, 1024


@dataclass(frozen=True, slots=True)
class Question:
    """One act as the engine is asked about it, and how many limits it starts."""

    engine: Engine
    situation: Situation
    act: Act
    who: Actor
    limits: int


def questions() -> list[Question]:
    """Return every act of the demonstration story, officers' and the clock's, with what the engine saw at each."""
    law, steps = shipped(), load_story("adult")
    life = Life(law, PROCEDURE, 0, begins=datetime.fromisoformat(str(steps[0]["at"])), facts=PERSON)
    papers: list[str] = []
    for step in steps:
        if "at" in step:
            life.pass_until(datetime.fromisoformat(str(step["at"])))
        made = step.get("scan", step.get("form", []))
        papers += made if isinstance(made, list) else [made]
        if "move" in step:
            machine = next((each for each in life.sides if each.engine.procedure.id == step.get("proceeding")), None)
            life.act(step["move"], _resolved(step), papers=papers, machine=machine, overrides=step.get("overrides"))
            papers = []
    return [
        Question(
            law.engines[each.procedure.key],
            _as_read(each.before),
            replace(each.act, recorded_at=each.act.recorded_at.astimezone(UTC)),
            Actor(frozenset([each.role])),
            len(each.decision.effects.started),
        )
        for each in life.steps
    ]


def _as_read(situation: Situation) -> Situation:
    """Return the situation with its instants in UTC, as the database gives them."""
    limits = {
        name: replace(
            limit,
            started_at=limit.started_at.astimezone(UTC),
            due_at=limit.due_at and limit.due_at.astimezone(UTC),
            opens_at=limit.opens_at and limit.opens_at.astimezone(UTC),
        )
        for name, limit in situation.limits.items()
    }
    last = situation.last_act_at and situation.last_act_at.astimezone(UTC)
    return replace(situation, occurred_at=situation.occurred_at.astimezone(UTC), limits=limits, last_act_at=last)


def _resolved(step: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a step with some id for every organization."""
    fields = step.get("fields", {})
    return {name: BODY if str(value).startswith("@body:") else value for name, value in fields.items()}


def decisions(rounds: int) -> Row:
    """Decide every act of the story, most with limits and their certificates; floor: the state library moving alone."""
    asked = questions()
    machines = {each.engine.procedure.key: bare_machine(each.engine.procedure) for each in asked}
    moves = [(machines[each.engine.procedure.key].events[each.act.trigger], each.situation.state) for each in asked]

    def decide() -> None:
        for each in asked:
            each.engine.decide(each.situation, each.act, each.who)

    def move() -> None:
        for event, state in moves:
            event.trigger(Token(state))

    name = f"engine: decide, mean of {len(asked)} acts with {sum(each.limits for each in asked)} limits"
    floor_is = "`transitions` trigger, same machine, same acts, one condition; best round of each"
    clock = time.thread_time
    return compared(name, decide, move, floor_is=floor_is, rounds=rounds, times=len(asked), clock=clock, of=min)


def decision_memory(number: int) -> Row:
    """Return the memory of the process after so many decisions; floor: the same process after the first of them."""
    asked = questions()
    _repeat(asked, min(WARM, number))
    least = resident_kib()
    _repeat(asked, number)
    name = f"engine: memory after {number:,} decisions"
    return Row(name, resident_kib() / _KIB_PER_MIB, "MB", least / _KIB_PER_MIB, 1, f"the same process after {WARM:,}")


def _repeat(asked: Sequence[Question], number: int) -> None:
    for start in range(0, number, len(asked)):
        for each in asked[: number - start]:
            each.engine.decide(each.situation, each.act, each.who)


def resident_kib() -> int:
    """Return how much memory this process holds now, in KiB."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE_KIB


class Token:
    """Something that stands in a state."""

    def __init__(self, state: str) -> None:
        self.state = state


def bare_machine(procedure: Procedure) -> Machine:
    """Return the procedure's states and arrows with one condition each and nothing else."""
    machine = Machine(
        model=None,
        states=list(procedure.states),
        initial=procedure.initial.id,
        auto_transitions=False,
        send_event=True,
    )
    for transition in procedure.transitions:
        machine.add_transition(
            transition.trigger, list(transition.source), transition.dest, conditions=[lambda _event: True]
        )
    return machine
