"""What a clause requires, as data, and whether a situation meets it.

Predicates come from TOML as plain tables and are judged here; no text of a rule is ever run as code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from types import MappingProxyType
from typing import assert_never

from workflow.certificates import VIETNAM
from workflow.deadlines import add_months
from workflow.vocabulary import Facts, FactValue, Unit


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Predicate


class Comparison(StrEnum):
    """How a leaf compares; each is a key of the TOML table."""

    IS = "is"
    IN = "in"
    KNOWN = "known"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class FactTest:
    """`{ fact = "x", is = true }`: an unknown fact satisfies nothing but `known = false`."""

    fact: str
    comparison: Comparison
    value: FactValue


@dataclass(frozen=True, slots=True)
class AgeTest:
    """`{ age_of = "subject_born_on", at_least_years = 18 }`: full years on the day of the act."""

    fact: str
    at_least_years: int


@dataclass(frozen=True, slots=True)
class WithinTest:
    """`{ within = "last_violation_on", amount = 3, unit = "months" }`: not later than so long after."""

    fact: str
    amount: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class OrderTest:
    """`{ date = "a", not_before = "b" }`: holds when one of the two is unknown."""

    fact: str
    not_before: str


class LimitTest(StrEnum):
    """What is asked of a limit; each is a key of the TOML table."""

    #: It was started and has run out.
    ENDED = "limit_ended"
    #: It was started and has not run out.
    RUNNING = "limit_running"
    #: It is a window that has opened (it may have closed again).
    OPENED = "window_open"


@dataclass(frozen=True, slots=True)
class LimitCheck:
    """`{ limit_ended = "T-READ3" }`, judged at the moment of the act."""

    test: LimitTest
    limit: str


@dataclass(frozen=True, slots=True)
class PaperTest:
    """`{ paper = "D-NORES" }`: such a paper is on file, signed."""

    forms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """`{ policy = "POL-LIMIT-STOP", is = "…" }`: the decision in force for an open question of law."""

    policy: str
    value: str


@dataclass(frozen=True, slots=True)
class ProceedingTest:
    """`{ proceeding = "cnbb-hold", in_state = ["HELD"] }`: a side machine stands there."""

    procedure: str
    states: tuple[str, ...]


Predicate = (
    AllOf
    | AnyOf
    | Not
    | FactTest
    | AgeTest
    | WithinTest
    | OrderTest
    | LimitCheck
    | PaperTest
    | PolicyTest
    | ProceedingTest
)


@dataclass(frozen=True, slots=True)
class OpenLimit:
    """A limit that was started: when, when its window opens (windows only), when it runs out."""

    started_at: datetime
    due_at: datetime | None
    opens_at: datetime | None = None
    running: bool = True


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything a decision may look at; the caller knows the clock, the tables and the files, not we.

    `papers` are the form ids on file, signed; `limits` holds every limit ever started, the latest of
    each id; `proceedings` maps the id of a side procedure to its state.
    """

    state: str
    facts: Facts
    occurred_at: datetime
    papers: frozenset[str] = frozenset()
    #: Those of `papers` that no act has used up yet.
    unused_papers: frozenset[str] = frozenset()
    limits: Mapping[str, OpenLimit] = field(default_factory=lambda: MappingProxyType({}))
    proceedings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    policies: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: When the act before this one took place; None for the first.
    last_act_at: datetime | None = None

    @property
    def occurred_on(self) -> date:
        """Return the local day of the act."""
        return self.occurred_at.astimezone(VIETNAM).date()


def fact_date(facts: Facts, name: str) -> date | None:
    """Return a fact as a local day, whether it was stated as a day or as an instant; None when unknown."""
    value = facts.get(name)
    if not isinstance(value, str):
        return None
    return date.fromisoformat(value) if len(value) == len("2026-07-01") else _day(datetime.fromisoformat(value))


def _day(instant: datetime) -> date:
    return instant.astimezone(VIETNAM).date()


def full_years(born: date, on: date) -> int:
    """Return the age in full years; a person born on 29 February turns a year on 1 March of other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def holds(predicate: Predicate, situation: Situation) -> bool:
    """Return whether the situation meets the predicate; what is unknown meets nothing it must be."""
    match predicate:
        case AllOf(parts):
            return all(holds(part, situation) for part in parts)
        case AnyOf(parts):
            return any(holds(part, situation) for part in parts)
        case Not(part):
            return not holds(part, situation)
        case PaperTest(forms):
            return not situation.papers.isdisjoint(forms)
        case PolicyTest(policy, value):
            return situation.policies.get(policy) == value
        case ProceedingTest(procedure, states):
            return situation.proceedings.get(procedure) in states
        case LimitCheck():
            return _limit_holds(predicate, situation)
        case FactTest():
            return _fact_holds(predicate, situation.facts)
        case AgeTest() | WithinTest() | OrderTest():
            return _date_holds(predicate, situation)
        case _:
            assert_never(predicate)


def _fact_holds(test: FactTest, facts: Facts) -> bool:
    value = facts.get(test.fact)
    if test.comparison is Comparison.KNOWN:
        return (value is not None) == test.value
    if value is None:
        return False
    if test.comparison is Comparison.IS:
        return value == test.value
    if test.comparison is Comparison.IN:
        return isinstance(test.value, tuple) and value in test.value
    assert isinstance(value, int)
    assert isinstance(test.value, int)
    return value >= test.value if test.comparison is Comparison.AT_LEAST else value <= test.value


def _limit_holds(check: LimitCheck, situation: Situation) -> bool:
    limit = situation.limits.get(check.limit)
    if limit is None or limit.due_at is None:
        return False
    if check.test is LimitTest.OPENED:
        return limit.opens_at is not None and limit.opens_at <= situation.occurred_at
    ended = limit.due_at <= situation.occurred_at
    return ended if check.test is LimitTest.ENDED else not ended


def _date_holds(test: AgeTest | WithinTest | OrderTest, situation: Situation) -> bool:
    value = fact_date(situation.facts, test.fact)
    if isinstance(test, OrderTest):
        before = fact_date(situation.facts, test.not_before)
        return value is None or before is None or value >= before
    if value is None:
        return False
    if isinstance(test, AgeTest):
        return full_years(value, situation.occurred_on) >= test.at_least_years
    months = test.amount * (12 if test.unit is Unit.YEARS else 1)
    return situation.occurred_on <= add_months(value, months)


def leaves_of(predicate: Predicate) -> Iterator[Predicate]:
    """Yield the conditions that a predicate is made of, without all, any and not."""
    match predicate:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from leaves_of(part)
        case Not(part):
            yield from leaves_of(part)
        case _:
            yield predicate


def wanted_in(predicate: Predicate) -> Iterator[Predicate]:
    """Yield the conditions that help a predicate to hold by being met: those under a not are left out."""
    match predicate:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from wanted_in(part)
        case Not():
            return
        case _:
            yield predicate


def names_in(predicate: Predicate) -> Iterator[tuple[str, str]]:
    """Yield everything a predicate names, as (kind, id): the loader checks that each one exists."""
    match predicate:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from names_in(part)
        case Not(part):
            yield from names_in(part)
        case PaperTest(forms):
            yield from (("form", form) for form in forms)
        case PolicyTest(policy, _):
            yield "policy", policy
        case ProceedingTest(procedure, _):
            yield "procedure", procedure
        case LimitCheck(_, limit):
            yield "limit", limit
        case FactTest(fact) | AgeTest(fact) | WithinTest(fact):
            yield "fact", fact
        case OrderTest(fact, not_before):
            yield "fact", fact
            yield "fact", not_before
        case _:
            assert_never(predicate)
