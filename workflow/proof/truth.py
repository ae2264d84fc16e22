"""Judges conditions when not everything is looked at: true, false, or None where it depends on what is not tracked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import assert_never

from workflow.predicates import (
    AgeTest,
    AllOf,
    AnyOf,
    Comparison,
    FactTest,
    LimitCheck,
    Not,
    OrderTest,
    PaperTest,
    PolicyTest,
    Predicate,
    ProceedingTest,
    WithinTest,
)
from workflow.proof.variables import EITHER, KNOWN, Value, Variables, limit_holds, name_of

Truth = bool | None


def both(parts: Iterable[Truth]) -> Truth:
    """Return the truth of a conjunction."""
    seen: Truth = True
    for part in parts:
        if part is False:
            return False
        if part is None:
            seen = None
    return seen


def inverse(truth: Truth) -> Truth:
    """Return the truth of a negation."""
    return None if truth is None else not truth


def truth_of(condition: Predicate, values: Mapping[str, Value], variables: Variables) -> Truth:
    """Return whether the condition holds for all (True), for none (False) or for some (None) of what `values` allow."""
    match condition:
        case AllOf(parts):
            return both(truth_of(part, values, variables) for part in parts)
        case AnyOf(parts):
            return inverse(both(inverse(truth_of(part, values, variables)) for part in parts))
        case Not(part):
            return inverse(truth_of(part, values, variables))
        case PaperTest():
            return None
        case FactTest() | AgeTest() | WithinTest() | OrderTest() | LimitCheck() | PolicyTest() | ProceedingTest():
            name = name_of(condition)
            known = name is not None and name in values and values[name] != EITHER
            return _leaf(condition, values[str(name)], variables) if known else None
        case _:
            assert_never(condition)


def _leaf(leaf: Predicate, value: Value, variables: Variables) -> Truth:
    match leaf:
        case FactTest():
            return _fact(leaf, value)
        case AgeTest():
            return isinstance(value, int) and variables.age_reached(value, leaf)
        case WithinTest() | OrderTest():
            return value is True
        case LimitCheck(test):
            return limit_holds(test, value)
        case PolicyTest(_, wanted):
            return value == wanted
        case ProceedingTest(_, states):
            assert isinstance(value, tuple)
            return value[0] in states
        case _:
            raise AssertionError(leaf)


def _fact(test: FactTest, value: Value) -> Truth:
    if test.comparison is Comparison.KNOWN:
        return (value is not None) == test.value
    if value is None:
        return False
    if value == KNOWN:
        return None
    if test.comparison is Comparison.IS:
        return value == test.value
    if test.comparison is Comparison.IN:
        return isinstance(test.value, tuple) and value in test.value
    assert isinstance(value, int)
    assert isinstance(test.value, int)
    return value >= test.value if test.comparison is Comparison.AT_LEAST else value <= test.value
