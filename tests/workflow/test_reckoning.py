"""The end a decision is made with is the end that the certificate explains, whatever is counted and wherever."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.papers import CALENDAR, INSTANTS, rules
from workflow.calendar import Calendar, CalendarUnknownError
from workflow.certificates import VIETNAM, Certificate, CountingRule, Suspension
from workflow.deadlines import count
from workflow.reckoning import Count, MiscountedError, Reckoner
from workflow.vocabulary import LimitKind, Unit

ROLLS = st.sampled_from(["roll_forward", "no_rolling"])
#: Instants beyond the years that the calendar covers, on both sides.
EDGES = st.datetimes(datetime(2020, 12, 1), datetime(2037, 2, 1), timezones=st.just(VIETNAM))  # noqa: DTZ001 - in VIETNAM
FRIDAY = datetime(2026, 8, 7, 9, tzinfo=VIETNAM)


@settings(deadline=None)
@given(rules(), INSTANTS | EDGES, ROLLS)
def test_both_ways_of_counting_come_to_one_end(rule: CountingRule, start: datetime, roll: str) -> None:
    """Windows, periods, hours, back from an anchor, at the edge of the calendar: one end, or one refusal."""
    policies = {"POL-ROLL": roll}
    found = _answer(lambda: Reckoner(rule).count(start, CALENDAR, policies))
    paper = _answer(lambda: count(rule, start, CALENDAR, policies=policies))

    if isinstance(paper, Certificate):
        assert isinstance(found, Count)
        assert (found.opens_at, found.due_at) == (paper.opens_at, paper.due_at)
        assert found.certificate.to_json() == paper.to_json()
    else:
        assert found == paper


def _answer(counted: Callable[[], Count | Certificate]) -> Count | Certificate | int:
    """Return what was counted, or the first year on the way that the calendar does not cover."""
    try:
        return counted()
    except CalendarUnknownError as unknown:
        return unknown.year


def test_a_limit_with_suspensions_is_counted_day_by_day_at_once() -> None:
    """What does not run on some days has no short way."""
    rule = _five_working_days()
    span = Suspension(FRIDAY.date() + timedelta(days=3), FRIDAY.date() + timedelta(days=5))

    found = Reckoner(rule).count(FRIDAY, CALENDAR, {}, [span])

    assert isinstance(found, Certificate)
    assert found == count(rule, FRIDAY, CALENDAR, suspensions=[span])


def test_a_certificate_that_comes_to_another_end_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """If ever the two ways differ, it is said aloud, before anything is stored."""
    monkeypatch.setattr(Calendar, "working_day", lambda _self, start, steps: start + timedelta(days=steps))
    found = Reckoner(_five_working_days()).count(FRIDAY, CALENDAR, {})
    assert isinstance(found, Count)

    with pytest.raises(MiscountedError, match="T-FIVE"):
        _ = found.certificate


def test_a_start_without_a_zone_is_refused() -> None:
    """A limit is never counted from a time of nobody's day."""
    with pytest.raises(ValueError, match="zone"):
        Reckoner(_five_working_days()).count(FRIDAY.replace(tzinfo=None), CALENDAR, {})


def _five_working_days() -> CountingRule:
    return CountingRule("T-FIVE", 5, Unit.WORKING_DAYS, "after", LimitKind.MAXIMUM, True, "L1.1", "A")  # noqa: FBT003
