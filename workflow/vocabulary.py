"""The words that procedures, guards and limits are made of: texts, marks, units, kinds.

Only values; nothing here computes a date or reads a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

#: What a dossier knows: the value of a declared fact.  Dates and instants are ISO 8601 strings;
#: periods are a tuple of (from, to or None) pairs.
Scalar = bool | int | str | None
FactValue = Scalar | tuple[str, ...] | tuple[tuple[str, str | None], ...]
Facts = Mapping[str, FactValue]

NO_FACTS: Facts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in the two languages that users read, Vietnamese first."""

    vi: str
    en: str


class Effect(StrEnum):
    """What an unmet clause does to the act it guards."""

    #: The act is refused; only a value that was read in the law may do this.
    REFUSE = "refuse"
    #: The act is refused unless the officer gives a reason, which is recorded.
    OVERRIDE = "override"
    #: The act happens; the doubt is shown and recorded.
    WARN = "warn"
    #: The act happens at once; the fault is recorded and everybody who must know is told.
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Confidence:
    """How well a value is founded: the mark of the reference (`A`, `B†`, `!` …) and what it may do."""

    mark: str

    @property
    def strongest(self) -> Effect:
        """Return the strongest effect that the mark allows: only a text that was read may refuse."""
        if self.mark in ("A", "A¹"):
            return Effect.REFUSE
        return Effect.OVERRIDE if self.mark == "B" else Effect.WARN


class Unit(StrEnum):
    """The unit of a limit, as the law states it."""

    HOURS = "hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"
    YEARS = "years"
    #: The length comes from the court's decision and the custody covered so far (`term.py`).
    TERM = "term"
    #: The length is a date that an act states, held in the fact named by `until`.
    STATED = "stated"
    #: The law gives no number: only the age is shown.
    NONE = "none"


class LimitKind(StrEnum):
    """What the end of a limit means."""

    #: The act must happen by then.
    MAXIMUM = "maximum"
    #: The act may not happen before then.
    MINIMUM = "minimum"
    #: The act belongs between the opening and the end.
    WINDOW = "window"
    #: A state of affairs that runs out by itself.
    PERIOD = "period"
    #: A duty that comes back.
    RECURRING = "recurring"


class Expiry(StrEnum):
    """What happens by itself when a limit runs out."""

    NOTHING = "nothing"
    WARN = "warn"
    ALARM = "alarm"
    #: The transition named by `advances` happens.
    ADVANCE = "advance"


class Protects(StrEnum):
    """Whom a limit protects: a later decision on days off never shortens one that protects the person."""

    NOBODY = "nobody"
    PERSON = "person"


class Person(StrEnum):
    """Where the person is, in law, while a dossier is in a state."""

    AT_LIBERTY = "at_liberty"
    HELD_PENDING = "held_pending"
    IN_TRANSIT = "in_transit"
    IN_FACILITY = "in_facility"
    ON_LEAVE = "on_leave"
    ABSCONDED = "absconded"
    DETAINED = "detained"
    NONE = "none"

    @property
    def deprived_of_liberty(self) -> bool:
        """Return whether somebody physically holds the person under this title."""
        return self in (Person.HELD_PENDING, Person.IN_TRANSIT, Person.IN_FACILITY)


class FactType(StrEnum):
    """The shape of a fact and of the field that asks for it."""

    BOOL = "bool"
    INT = "int"
    STR = "str"
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    ENUM = "enum"
    #: The id of an organization (UUID text); `org_type` says which kind.
    ORGANIZATION = "organization"
    #: Pairs of dates that acts open and close; never typed by anybody.
    PERIODS = "periods"
