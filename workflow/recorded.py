"""What a diary says of a dossier's life, and what a replay comes to, as records: nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from workflow.model import Limit, Procedure
from workflow.refusals import Reason
from workflow.vocabulary import Facts, LimitKind, Person, Unit

#: The name of the machine that is the dossier itself; a side machine is named `kind/number`.
MAIN: Final = ""
#: The office in which time acts.
CLOCK: Final = "SYSTEM"


class By(StrEnum):
    """Who made a recorded act."""

    OFFICER = "officer"
    #: Time alone.
    CLOCK = "clock"
    #: Another act took it along.
    ALONG = "along"


class Fate(StrEnum):
    """What becomes of a recorded act under the edition that is tried."""

    HAPPENS = "happens"
    #: The edition has no act of that name.
    UNKNOWN = "unknown"
    #: The edition refuses it by itself.
    REFUSED = "refused"
    #: It does not fit any more, because an act before it was left out.
    CONSEQUENCE = "consequence"


@dataclass(frozen=True, slots=True)
class Opening:
    """How a dossier began: its first state, when, and what was known then."""

    state: str
    at: datetime
    facts: Facts


@dataclass(frozen=True, slots=True)
class RecordedAct:
    """One act as the diary has it; `number` is that of its entry.

    `filed` are the forms whose signed papers came on file since the act before, `state` and `facts` where its machine
    stood and what was known right before it.
    """

    number: int
    trigger: str
    machine: str
    occurred_at: datetime
    recorded_at: datetime
    fields: Mapping[str, object]
    overrides: Mapping[str, str]
    filed: frozenset[str]
    role: str
    by: By
    state: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class ToldAct:
    """A recorded act that does not happen, and every reason that stops it."""

    act: RecordedAct
    fate: Fate
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LimitRun:
    """A limit from start to end; `how` is running, met, late, lapsed or superseded, `duty` whether one can be late."""

    rule: str
    due_at: datetime | None
    how: str
    duty: bool

    def missed(self, at: datetime) -> bool:
        """Return whether a duty had run out before what it asks for was done, or, not done yet, before `at`."""
        over = self.how == "running" and self.due_at is not None and self.due_at < at
        return self.duty and (self.how == "late" or over)


@dataclass(frozen=True, slots=True)
class Cover:
    """Where the person is from a moment on, and the form that is the title."""

    kind: Person
    instrument: str | None
    from_at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a life came to: the state of each machine (MAIN, `kind/number`), facts, limits and custody in order."""

    states: Mapping[str, str]
    facts: Facts
    runs: tuple[LimitRun, ...]
    covers: tuple[Cover, ...]


@dataclass(frozen=True, slots=True)
class Replay:
    """A life under the edition that was tried: what it came to, and the acts that did not happen, in order."""

    outcome: Outcome
    left_out: tuple[ToldAct, ...]


def is_duty(limit: Limit | None) -> bool:
    """Return whether somebody can be late with what a limit asks for."""
    return limit is not None and limit.duty and limit.kind not in (LimitKind.MINIMUM, LimitKind.PERIOD)


def term_facts(procedures: Iterable[Procedure]) -> frozenset[str]:
    """Return the facts that hold the last day of a term of custody."""
    limits = [limit for procedure in procedures for limit in procedure.limits.values() if limit.unit is Unit.TERM]
    return frozenset(limit.ends_fact for limit in limits if limit.ends_fact is not None)
