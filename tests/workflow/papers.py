"""Draws rules, starts, suspensions and terms, and what is counted from them, for every test that needs many papers."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM, Certificate, CountingRule, Suspension
from workflow.deadlines import count
from workflow.statements import Interval, TermStatement
from workflow.term import compute_term
from workflow.vocabulary import LimitKind, Unit

CALENDAR = load_calendar()
DAYS = st.dates(date(2021, 6, 1), date(2034, 1, 1))
INSTANTS = st.datetimes(datetime(2021, 6, 1), datetime(2034, 1, 1)).map(  # noqa: DTZ001 - the zone is set next
    lambda naive: naive.replace(tzinfo=VIETNAM)
)
KINDS = st.sampled_from([LimitKind.MAXIMUM, LimitKind.MINIMUM, LimitKind.WINDOW, LimitKind.PERIOD])
ROLLS = st.sampled_from(["roll_forward", "no_rolling"])


@st.composite
def rules(draw: st.DrawFn) -> CountingRule:
    """Draw any rule that the law could state within the covered years."""
    unit = draw(st.sampled_from([Unit.HOURS, Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.MONTHS, Unit.YEARS]))
    direction = draw(st.sampled_from(["after", "before"]))
    may_roll = direction == "after" and unit in (Unit.CALENDAR_DAYS, Unit.WORKING_DAYS)
    amount = draw(st.integers(1, 2 if unit is Unit.YEARS else 40))
    rolls = draw(st.booleans()) if may_roll else False
    return CountingRule("T-ANY", amount, unit, direction, draw(KINDS), rolls, "L1.1", "A")


@st.composite
def suspensions(draw: st.DrawFn, start: date) -> list[Suspension]:
    """Draw spans near a start, in order, some of them touching, some before the start or after the end."""
    day, spans = start + timedelta(days=draw(st.integers(-6, 12))), []
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=4)):
        first = day + timedelta(days=gap)
        day = first + timedelta(days=length)
        spans.append(Suspension(first, day))
    return spans


@st.composite
def certificates(draw: st.DrawFn) -> Certificate:
    """Draw a certificate of any unit, kind and direction, suspended or not."""
    rule, start, policies = draw(rules()), draw(INSTANTS), {"POL-ROLL": draw(ROLLS)}
    spans = draw(suspensions(start.date())) if rule.direction == "after" and draw(st.booleans()) else []
    return count(rule, start, CALENDAR, policies=policies, suspensions=spans)


def spans_from(draw: st.DrawFn, first: date, days: int, *, open_last: bool = False) -> list[Interval]:
    """Draw ended spans in order and without overlap within `days` from `first`; the last one may stay open."""
    cuts = sorted(draw(st.lists(st.integers(0, days), max_size=6, unique=True)))
    found = [
        Interval(first + timedelta(days=low), first + timedelta(days=high))
        for low, high in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    if open_last and draw(st.booleans()):
        last = found[-1].end if found and found[-1].end else first
        found.append(Interval(last + timedelta(days=draw(st.integers(0, 20)))))
    return found


@st.composite
def statements(draw: st.DrawFn) -> TermStatement:
    """Draw a term with holds, escapes from them and absences, under any policies."""
    intake = draw(st.dates(date(2021, 1, 1), date(2040, 1, 1)))
    holds = spans_from(draw, intake - timedelta(days=120), 120, open_last=draw(st.booleans()))
    holds = [Interval(one.start, min(one.end or intake, intake)) for one in holds if one.start <= intake]
    escapes = [
        Interval(hold.start + timedelta(days=1), hold.end - timedelta(days=1))
        for hold in holds
        if hold.end and (hold.end - hold.start).days > 2 and draw(st.booleans())
    ]
    starts = ["intake", "decision_date", "custody_for_transport", *(["hold_start"] if holds else [])]
    decided = intake - timedelta(days=draw(st.integers(0, 60)))
    return compute_term(
        draw(st.sampled_from([18, 24, 36])),
        intake,
        holds=holds,
        hold_escapes=escapes,
        excluded=spans_from(draw, intake, 300, open_last=True),
        court_decided_on=decided,
        custody_for_transport_on=intake - timedelta(days=draw(st.integers(0, 9))),
        track=draw(st.sampled_from(["adult", "minor"])),
        policies={
            "POL-TERM-START": draw(st.sampled_from(starts)),
            "POL-HOLD-METHOD": draw(st.sampled_from(["deduct_days", "from_hold_start"])),
            "POL-HOLD-GAP": draw(st.sampled_from(["yes", "no"])),
            "POL-COUNT-INTAKE-DAY": draw(st.sampled_from(["false", "true"])),
        },
    )


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every plain value of a JSON tree."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*path, index))
    else:
        yield path


def flipped(value: Any) -> object:
    """Return a value of the same kind that differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return "x" if value is None else value[:-1] + ("1" if value[-1:] != "1" else "2")
