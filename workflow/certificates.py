"""The paper that a counted limit leaves: its rule, every day with a reason, its end, and one seal over all of it.

Reads and writes certificates; never counts and never says whether one is true (`deadlines.verify` does).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType

from workflow.canonical import Json, canonical_json, plain, read_object, sealed_json, sha256_hex, text_of
from workflow.vocabulary import LimitKind, Text, Unit

#: Việt Nam has kept one offset since 1975; a fixed zone needs no zone files on the machine.
VIETNAM = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")

#: The shape of certificates as they are written now.
SCHEMA = 2
#: Shapes that can be read and recounted; the first one knew no suspensions.
_SCHEMAS = (1, SCHEMA)
_SUSPENSIONS_MAX = 200
_AMOUNT_MAX = {
    Unit.HOURS: 24 * 366,
    Unit.CALENDAR_DAYS: 3660,
    Unit.WORKING_DAYS: 1000,
    Unit.MONTHS: 240,
    Unit.YEARS: 20,
}
_KINDS = (LimitKind.MAXIMUM, LimitKind.MINIMUM, LimitKind.WINDOW, LimitKind.PERIOD)
_OFFSET = re.compile(r"[+-]\d\d:\d\d$")


def start_of(day: date) -> datetime:
    """Return 00:00 of `day` in Việt Nam."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM)


class CertificateError(ValueError):
    """The text is not a certificate; `str` says what is wrong with it."""

    code = "certificate-unreadable"


@dataclass(frozen=True, slots=True)
class CountingRule:
    """How one limit is counted, as the law states it.

    `direction` is `after` the start or `before` an anchor.  `rolls` says whether a last day off may move to the next
    working day (POL-ROLL); hours, months, years and limits before an anchor never roll.  `basis` is the article,
    `confidence` its mark.  Raises ValueError for a rule that cannot be counted.
    """

    id: str
    amount: int
    unit: Unit
    direction: str
    kind: LimitKind
    rolls: bool
    basis: str
    confidence: str
    #: Worked out from the others: an anchor it is counted back from; days and longer; a beginning that is shown;
    #: an end that a policy may move to the next working day.
    back: bool = field(init=False, repr=False, compare=False)
    whole_days: bool = field(init=False, repr=False, compare=False)
    opens: bool = field(init=False, repr=False, compare=False)
    policy_rolls: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Refuse a rule without a countable length or with a roll that the policy forbids."""
        if self.unit not in _AMOUNT_MAX:
            raise ValueError(f"{self.id}: a limit in {self.unit!r} is not counted here")
        if type(self.amount) is not int or not 1 <= self.amount <= _AMOUNT_MAX[self.unit]:
            raise ValueError(f"{self.id}: amount must lie between 1 and {_AMOUNT_MAX[self.unit]} {self.unit}")
        if self.direction not in ("after", "before"):
            raise ValueError(f"{self.id}: direction must be 'after' or 'before', not {self.direction!r}")
        if self.kind not in _KINDS:
            raise ValueError(f"{self.id}: a limit of kind {self.kind!r} is not counted here")
        if self.rolls and (self.direction == "before" or self.unit not in (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)):
            raise ValueError(f"{self.id}: only a limit in days after its start may roll")
        object.__setattr__(self, "back", self.direction == "before")
        object.__setattr__(self, "whole_days", self.unit is not Unit.HOURS)
        object.__setattr__(self, "opens", self.kind in (LimitKind.WINDOW, LimitKind.PERIOD))
        object.__setattr__(self, "policy_rolls", self.rolls and self.unit is Unit.CALENDAR_DAYS)

    def plain(self) -> Json:
        """Return the rule as plain JSON values."""
        return {
            "id": self.id,
            "amount": self.amount,
            "unit": str(self.unit),
            "direction": self.direction,
            "kind": str(self.kind),
            "rolls": self.rolls,
            "basis": self.basis,
            "confidence": self.confidence,
        }

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the canonical rule."""
        return sha256_hex(canonical_json(self.plain()))


@dataclass(frozen=True, slots=True)
class Suspension:
    """A span in which a limit does not run: from 00:00 of `start` to 00:00 of `end`, `end - start` days."""

    start: date
    end: date

    def plain(self) -> Json:
        """Return the span as plain JSON values."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def in_order(suspensions: Iterable[Suspension]) -> tuple[Suspension, ...]:
    """Return spans by their start; ValueError, naming the span, for one without days or one that meets another."""
    ordered = tuple(sorted(suspensions, key=lambda one: one.start))
    if len(ordered) > _SUSPENSIONS_MAX:
        raise ValueError(f"more than {_SUSPENSIONS_MAX} suspensions")
    for number, span in enumerate(ordered):
        if span.end <= span.start:
            raise ValueError(f"the suspension from {span.start} ends ({span.end}) before it has lasted a day")
        if number and span.start < ordered[number - 1].end:
            raise ValueError(f"the suspension from {span.start} begins before the one before it has ended")
    return ordered


@dataclass(frozen=True, slots=True)
class CountedDay:
    """One row of a certificate: `mark` is start, counted, skipped or due."""

    date: date
    mark: str
    reason: Text
    provisional: bool = False

    def plain(self) -> Json:
        """Return the row as plain JSON values."""
        return {
            "date": self.date.isoformat(),
            "mark": self.mark,
            "reason": plain(self.reason),
            "provisional": self.provisional,
        }


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was counted, from when, day by day, to when, and under which rule, policies and calendar.

    `due_at` is exclusive for limits in days: 00:00 (+07:00) of the day after `due_on`.  `opens_at` is the beginning
    of a window or period, None for others.  `provisional` is true when a day off on the way is only predicted.
    """

    rule: CountingRule
    start: datetime
    days: tuple[CountedDay, ...]
    opens_at: datetime | None
    due_on: date
    due_at: datetime
    provisional: bool
    policies: Mapping[str, str]
    calendar_revision: str
    counting_basis: str
    counting_confidence: str
    suspensions: tuple[Suspension, ...] = ()
    schema: int = SCHEMA

    @property
    def rule_hash(self) -> str:
        """Return the SHA-256 of the canonical rule."""
        return self.rule.hash

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the canonical certificate, the same that `to_json` writes under `hash`."""
        return sha256_hex(canonical_json(self._body()))

    @property
    def next_start(self) -> datetime:
        """Return the start of a limit that runs from the end of this one.

        A limit in days ends within `due_on`, and that day is the one the next limit leaves out; taking the exclusive
        `due_at` instead would give the next limit a day too many.
        """
        if self.rule.unit is Unit.HOURS:
            return self.due_at
        return start_of(self.due_on) + timedelta(days=1) - timedelta(seconds=1)

    def to_json(self) -> str:
        """Return canonical JSON (sorted keys, no spaces, UTF-8 letters) that carries its own hash."""
        return sealed_json(self._body())

    @classmethod
    def from_json(cls, text: str | bytes) -> "Certificate":
        """Read what `to_json` wrote; CertificateError for anything else.  Says nothing about truth."""
        certificate = read_certificate(text)[1]
        if certificate.to_json() != canonical_json(read_object(text)):
            raise CertificateError("the fields do not form the certificate that the hash seals")
        return certificate

    def _body(self) -> Json:
        suspended = {} if self.schema == _SCHEMAS[0] else {"suspensions": [span.plain() for span in self.suspensions]}
        return {
            **suspended,
            "schema": self.schema,
            "rule": self.rule.plain(),
            "rule_hash": self.rule_hash,
            "counting_basis": self.counting_basis,
            "counting_confidence": self.counting_confidence,
            "start": self.start.isoformat(),
            "days": [row.plain() for row in self.days],
            "opens_at": self.opens_at.isoformat() if self.opens_at else None,
            "due_on": self.due_on.isoformat(),
            "due_at": self.due_at.isoformat(),
            "provisional": self.provisional,
            "policies": dict(self.policies),
            "calendar_revision": self.calendar_revision,
        }


def read_certificate(text: str | bytes) -> tuple[Json, Certificate]:
    """Read a certificate's fields with their exact types, without judging whether they are true."""
    try:
        raw = read_object(text)
        if type(raw.get("schema")) is not int or raw["schema"] not in _SCHEMAS:
            raise CertificateError(f"schema {raw.get('schema')!r} is none of {_SCHEMAS}")
        rule = dict(raw["rule"])
        _flag(rule["rolls"])
        for name in ("id", "direction", "basis", "confidence"):
            _word(rule[name])
        rule["unit"], rule["kind"] = Unit(rule["unit"]), LimitKind(rule["kind"])
        opens_at = raw["opens_at"]
        certificate = Certificate(
            rule=CountingRule(**rule),
            start=_instant(raw["start"]),
            days=tuple(
                CountedDay(
                    date.fromisoformat(row["date"]),
                    _word(row["mark"]),
                    text_of(row["reason"]),
                    _flag(row["provisional"]),
                )
                for row in raw["days"]
            ),
            opens_at=None if opens_at is None else _instant(opens_at),
            due_on=date.fromisoformat(raw["due_on"]),
            due_at=_instant(raw["due_at"]),
            provisional=_flag(raw["provisional"]),
            policies=MappingProxyType({key: _word(value) for key, value in raw["policies"].items()}),
            calendar_revision=_word(raw["calendar_revision"]),
            counting_basis=_word(raw["counting_basis"]),
            counting_confidence=_word(raw["counting_confidence"]),
            suspensions=_suspensions(raw),
            schema=raw["schema"],
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        raise CertificateError(f"{type(error).__name__}: {error}") from error
    return raw, certificate


def _suspensions(raw: Json) -> tuple[Suspension, ...]:
    spans = [] if raw["schema"] == _SCHEMAS[0] else raw["suspensions"]
    return tuple(Suspension(date.fromisoformat(one["start"]), date.fromisoformat(one["end"])) for one in spans)


def _instant(text: str) -> datetime:
    if not _OFFSET.search(text):
        raise CertificateError(f"{text!r} carries no offset")
    return datetime.fromisoformat(text).astimezone(VIETNAM)


def _word(value: object) -> str:
    if not isinstance(value, str):
        raise CertificateError(f"{value!r} is no text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise CertificateError(f"{value!r} is neither true nor false")
    return value
