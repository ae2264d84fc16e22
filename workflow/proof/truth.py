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
from workflow.proof.variables import EITHER, KNOWN, Judge, Truth, Value, Variables, limit_holds, name_of

__all__ = ["Truth", "both", "inverse", "truth_of"]


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
    kept = variables.judges.get(id(condition))
    if kept is None:
        kept = variables.judges[id(condition)] = (condition, _judge(condition, variables))
    return kept[1](values)


def _judge(condition: Predicate, variables: Variables) -> Judge:
    """Return the condition as a function of the values, made once for each condition of a system."""
    match condition:
        case AllOf(parts):
            all_of = [_judge(part, variables) for part in parts]
            return lambda values: both(judge(values) for judge in all_of)
        case AnyOf(parts):
            any_of = [_judge(part, variables) for part in parts]
            return lambda values: inverse(both(inverse(judge(values)) for judge in any_of))
        case Not(part):
            denied = _judge(part, variables)
            return lambda values: inverse(denied(values))
        case PaperTest():
            return lambda _: None
        case FactTest() | AgeTest() | WithinTest() | OrderTest() | LimitCheck() | PolicyTest() | ProceedingTest():
            return _leaf_judge(condition, variables)
        case _:
            assert_never(condition)


def _leaf_judge(leaf: Predicate, variables: Variables) -> Judge:
    name = name_of(leaf)
    assert name is not None

    def judge(values: Mapping[str, Value]) -> Truth:
        value = values.get(name, EITHER)
        return None if value == EITHER else _leaf(leaf, value, variables)

    return judge


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
