"""What a life in memory is made of: the law it is lived under, its machines, steps, limits, custody.  Records only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from tests.workflow.inventing import Habits, habits_of
from workflow.calendar import Calendar, load_calendar
from workflow.engine import Act, Decision, Engine
from workflow.loader import load_policies, load_procedures
from workflow.model import Custody, Limit, Policy, Procedure, Transition
from workflow.predicates import OpenLimit, Situation


@dataclass(frozen=True)
class Law:
    """Editions with engines ready to decide."""

    engines: Mapping[str, Engine]
    policies: Mapping[str, Policy]
    calendar: Calendar
    habits: Mapping[str, Habits]

    def in_force(self, kind: str, on: date) -> Engine | None:
        """Return the engine of the edition of a procedure that applies to what starts on a day."""
        day = on.isoformat()
        fitting = [
            engine
            for engine in self.engines.values()
            if engine.procedure.id == kind
            and engine.procedure.edition <= day
            and (engine.procedure.in_force_to is None or day <= engine.procedure.in_force_to)
        ]
        return max(fitting, key=lambda engine: engine.procedure.edition, default=None)

    def mains(self) -> list[str]:
        """Return the keys of the editions that dossiers are opened under."""
        return [key for key, engine in self.engines.items() if not engine.procedure.side]


def law_of(procedures: Iterable[Procedure]) -> Law:
    """Return a law of these editions."""
    calendar = load_calendar()
    engines = {each.key: Engine(each, calendar) for each in procedures}
    habits = {key: habits_of(engine.procedure) for key, engine in engines.items()}
    return Law(engines, load_policies(), calendar, habits)


@cache
def shipped() -> Law:
    """Return every edition the program ships."""
    return law_of(load_procedures())


@dataclass
class Machine:
    """A procedure at work in a life: the main one (`name` is empty) or a side machine."""

    name: str
    engine: Engine
    state: str
    last_act_at: datetime

    @property
    def open(self) -> bool:
        """Return whether it has not come to its end."""
        return not self.engine.procedure.states[self.state].terminal


@dataclass(frozen=True, slots=True)
class Run:
    """A limit from the step that started it to the step that ended it; `how` is running, stopped or superseded."""

    limit: Limit
    machine: str
    begun: int
    at: OpenLimit
    ended: int | None = None
    how: str = "running"


@dataclass(frozen=True, slots=True)
class Cover:
    """Where the person is from a moment on, as the step `number` said it (0: from the opening)."""

    number: int
    from_at: datetime
    custody: Custody


@dataclass(frozen=True, slots=True)
class Step:
    """One act of a life; `number` counts from 1."""

    number: int
    machine: str
    procedure: Procedure
    before: Situation
    act: Act
    role: str
    decision: Decision
    #: Papers put on file, signed, right before the act.
    filed: tuple[str, ...]
    #: `officer`, `clock`, or `along` for a side machine that moved with the step before.
    by: str

    @property
    def transition(self) -> Transition:
        """Return the act as the law has it."""
        return self.decision.transition
