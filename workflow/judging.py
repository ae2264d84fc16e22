"""Turns a predicate into a function once, so that it is judged quickly ever after.

Says what `predicates.holds` says, always; a test compares the two.  The functions are put together from the records of
the predicate: no text of a rule is ever run as code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from workflow.deadlines import add_months
from workflow.predicates import (
    AgeTest,
    AllOf,
    AnyOf,
    Comparison,
    FactTest,
    LimitCheck,
    LimitTest,
    Not,
    OrderTest,
    PaperTest,
    PolicyTest,
    Predicate,
    ProceedingTest,
    Situation,
    WithinTest,
    fact_date,
    full_years,
)
from workflow.vocabulary import Facts, Unit

#: Whether a predicate holds in a situation; the facts are given apart, because an act states some on the way.
Judge = Callable[[Facts, Situation], bool]


def judge_of(predicate: Predicate) -> Judge:
    """Return the function that judges a predicate."""
    match predicate:
        case AllOf(parts):
            return _all_of(tuple(judge_of(part) for part in parts))
        case AnyOf(parts):
            return _any_of(tuple(judge_of(part) for part in parts))
        case Not(part):
            judge = judge_of(part)
            return lambda facts, seen: not judge(facts, seen)
        case PaperTest(forms):
            wanted = frozenset(forms)
            return lambda _, seen: not seen.papers.isdisjoint(wanted)
        case PolicyTest(policy, value):
            return lambda _, seen: seen.policies.get(policy) == value
        case ProceedingTest(procedure, states):
            return lambda _, seen: seen.proceedings.get(procedure) in states
        case LimitCheck():
            return _limit_judge(predicate)
        case FactTest():
            return _fact_judge(predicate)
        case AgeTest() | WithinTest() | OrderTest():
            return _date_judge(predicate)
        case _:
            assert_never(predicate)


def _all_of(parts: tuple[Judge, ...]) -> Judge:
    def judge(facts: Facts, seen: Situation) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the parts
            if not part(facts, seen):
                return False
        return True

    return judge


def _any_of(parts: tuple[Judge, ...]) -> Judge:
    def judge(facts: Facts, seen: Situation) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the parts
            if part(facts, seen):
                return True
        return False

    return judge


def _fact_judge(test: FactTest) -> Judge:
    name, wanted = test.fact, test.value
    match test.comparison:
        case Comparison.KNOWN:
            return lambda facts, _: (facts.get(name) is not None) == wanted
        case Comparison.IS if wanted is not None:
            return lambda facts, _: facts.get(name) == wanted
        case Comparison.IN if isinstance(wanted, tuple):
            return lambda facts, _: (value := facts.get(name)) is not None and value in wanted
        case Comparison.AT_LEAST | Comparison.AT_MOST:
            return _number_judge(test)
        case _:
            return lambda _facts, _seen: False


def _number_judge(test: FactTest) -> Judge:
    name, bound, least = test.fact, test.value, test.comparison is Comparison.AT_LEAST

    def judge(facts: Facts, _: Situation) -> bool:
        value = facts.get(name)
        if value is None:
            return False
        assert isinstance(value, int)
        assert isinstance(bound, int)
        return value >= bound if least else value <= bound

    return judge


def _limit_judge(check: LimitCheck) -> Judge:
    name, test = check.limit, check.test

    def judge(_: Facts, seen: Situation) -> bool:
        limit = seen.limits.get(name)
        if limit is None or limit.due_at is None:
            return False
        if test is LimitTest.OPENED:
            return limit.opens_at is not None and limit.opens_at <= seen.occurred_at
        return (limit.due_at <= seen.occurred_at) is (test is LimitTest.ENDED)

    return judge


def _date_judge(test: AgeTest | WithinTest | OrderTest) -> Judge:
    match test:
        case OrderTest(name, not_before):

            def in_order(facts: Facts, _: Situation) -> bool:
                value, before = fact_date(facts, name), fact_date(facts, not_before)
                return value is None or before is None or value >= before

            return in_order
        case AgeTest(name, years):

            def old_enough(facts: Facts, seen: Situation) -> bool:
                born = fact_date(facts, name)
                return born is not None and full_years(born, seen.occurred_on) >= years

            return old_enough
        case WithinTest(name, amount, unit):
            months = amount * (12 if unit is Unit.YEARS else 1)

            def in_time(facts: Facts, seen: Situation) -> bool:
                day = fact_date(facts, name)
                return day is not None and seen.occurred_on <= add_months(day, months)

            return in_time
