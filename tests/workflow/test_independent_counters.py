"""A hundred thousand random counts against counters that share no code: numpy's business days, and plain arithmetic.

HOSO_COUNTS asks for more or fewer cases.
"""

import os
import random
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta

from tests.workflow.papers import CALENDAR
from workflow.calendar import CalendarEntry, load_calendar
from workflow.certificates import VIETNAM, CountingRule
from workflow.deadlines import add_months, add_working_days, count
from workflow.vocabulary import LimitKind, Unit

COUNTS = int(os.environ.get("HOSO_COUNTS", "100000"))
FIRST, LAST = np.datetime64("2021-01-01"), np.datetime64("2036-12-31")
STARTS = (date(2021, 6, 1), date(2035, 6, 30))
#: Two Saturdays worked and two weekdays off that no shipped calendar knows.
EXTRA = [
    CalendarEntry(date(2030, 3, 9), "work", "Quyết định giả định", date(2029, 1, 1)),
    CalendarEntry(date(2030, 3, 16), "work", "Quyết định giả định", date(2029, 1, 1)),
    CalendarEntry(date(2030, 3, 11), "off", "Quyết định giả định", date(2029, 1, 1)),
    CalendarEntry(date(2030, 3, 12), "off", "Quyết định giả định", date(2029, 1, 1)),
]
CALENDARS = (CALENDAR, load_calendar(EXTRA))


def busdays(calendar):
    """Return the calendar as numpy counts: every weekday is open, and every day off is a holiday.

    numpy lets a holiday close a weekday but never opens a weekend; so the week has no weekend, and Saturdays and
    Sundays are among the holidays unless they are worked.
    """
    days = np.arange(FIRST, LAST + np.timedelta64(1, "D"))
    weekend = ~np.is_busday(days, weekmask="1111100")
    worked = np.array([day for day, status in calendar.special.items() if status.working], dtype="datetime64[D]")
    off = np.array([day for day, status in calendar.special.items() if not status.working], dtype="datetime64[D]")
    closed = np.setdiff1d(np.union1d(days[weekend], off), worked)
    return np.busdaycalendar(weekmask="1111111", holidays=closed)


BUSDAYS = tuple(busdays(calendar) for calendar in CALENDARS)


def cases(name, share=1.0):
    """Yield random (chance, start) pairs, the same in every run of as many."""
    chance = random.Random(name)
    span = (STARTS[1] - STARTS[0]).days
    for _ in range(max(1, int(COUNTS * share))):
        yield chance, STARTS[0] + timedelta(days=chance.randrange(span))


def rule(amount, unit, direction="after", *, rolls=False):
    """Return a rule whose article does not matter."""
    return CountingRule("T-ANY", amount, unit, direction, LimitKind.MAXIMUM, rolls, "L1.1", "A")


def at(day, hour=12, minute=0):
    """Return an instant of a day in Việt Nam."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=VIETNAM)


def test_numpy_knows_the_worked_saturdays():
    """The model of the calendar is right before it judges: day by day over all sixteen years."""
    days = np.arange(FIRST, LAST + np.timedelta64(1, "D"))
    for calendar, busdays_ in zip(CALENDARS, BUSDAYS, strict=True):
        ours = [calendar.is_working_day(day) for day in days.tolist()]
        assert np.array_equal(np.is_busday(days, busdaycal=busdays_), np.array(ours))
    assert np.is_busday(np.datetime64("2026-08-22"), busdaycal=BUSDAYS[0])
    assert np.is_busday(np.datetime64("2030-03-09"), busdaycal=BUSDAYS[1])
    assert not np.is_busday(np.datetime64("2030-03-09"), busdaycal=BUSDAYS[0])


def test_a_hundred_thousand_limits_in_working_days_agree_with_numpy():
    """After a start and before an anchor: the last day is numpy's, and numpy counts as many days in between."""
    drawn = [
        (start, chance.randint(1, 40), chance.random() < 0.3, chance.random() < 0.5) for chance, start in cases("wd")
    ]
    for calendar, busdays_ in zip(CALENDARS, BUSDAYS, strict=True):
        mine = [case for case in drawn if case[3] == (calendar is CALENDARS[1])]
        starts = np.array([start for start, *_ in mine], dtype="datetime64[D]")
        steps = np.array([-days if back else days for _, days, back, _ in mine])
        rolled = np.where(
            steps < 0,
            np.busday_offset(starts, 0, roll="following", busdaycal=busdays_),
            np.busday_offset(starts, 0, roll="preceding", busdaycal=busdays_),
        )
        expected = np.busday_offset(rolled, steps, busdaycal=busdays_)
        found = np.array(
            [
                count(rule(days, Unit.WORKING_DAYS, "before" if back else "after"), at(start), calendar).due_on
                for start, days, back, _ in mine
            ],
            dtype="datetime64[D]",
        )

        assert np.array_equal(found, expected)
        # (start, due] after, [due, start) before: as many open days as the limit has.
        one = np.timedelta64(1, "D")
        low, high = np.where(steps < 0, found, starts + one), np.where(steps < 0, starts, found + one)
        assert np.array_equal(np.busday_count(low, high, busdaycal=busdays_), np.abs(steps))


def test_adding_working_days_agrees_with_numpy():
    """The short way that no certificate needs."""
    for chance, start in cases("add", 0.05):
        days = chance.randint(1, 60)
        begun = np.busday_offset(np.datetime64(start), 0, roll="preceding", busdaycal=BUSDAYS[0])
        assert add_working_days(start, days, CALENDAR) == np.busday_offset(begun, days, busdaycal=BUSDAYS[0]).item()


def test_calendar_days_agree_with_plain_arithmetic_and_roll_as_numpy_rolls():
    """So many days are so many days; a last day off rolls to numpy's following open day, if rule and policy say so."""
    for chance, start in cases("cd", 0.2):
        days, back = chance.randint(1, 60), chance.random() < 0.3
        policy = chance.choice(["roll_forward", "no_rolling"])
        rolls = not back and chance.random() < 0.5
        plain = start.toordinal() + (-days if back else days)
        expected = date.fromordinal(plain)
        if rolls and policy == "roll_forward":
            expected = np.busday_offset(np.datetime64(expected), 0, roll="following", busdaycal=BUSDAYS[0]).item()
        counted = rule(days, Unit.CALENDAR_DAYS, "before" if back else "after", rolls=rolls)

        assert count(counted, at(start), CALENDAR, policies={"POL-ROLL": policy}).due_on == expected


def test_months_and_years_agree_with_dateutil():
    """The corresponding day, or the last of a shorter month; forwards and backwards."""
    for chance, start in cases("months", 0.2):
        unit, back = chance.choice([Unit.MONTHS, Unit.YEARS]), chance.random() < 0.3
        amount = chance.randint(1, 3 if unit is Unit.YEARS else 40)
        shift = relativedelta(**{unit.value: -amount if back else amount})

        assert count(rule(amount, unit, "before" if back else "after"), at(start), CALENDAR).due_on == start + shift
        assert add_months(start, amount) == start + relativedelta(months=amount)


def test_hours_agree_with_seconds_since_the_epoch():
    """Whatever the day, an hour has 3,600 seconds."""
    for chance, start in cases("hours", 0.2):
        hours, back = chance.randint(1, 200), chance.random() < 0.3
        begun = at(start, chance.randrange(24), chance.randrange(60))
        due = count(rule(hours, Unit.HOURS, "before" if back else "after"), begun, CALENDAR).due_at

        assert due.timestamp() - begun.timestamp() == (-3600 if back else 3600) * hours


@pytest.mark.parametrize("kind", [LimitKind.WINDOW, LimitKind.PERIOD])
def test_a_window_before_an_anchor_opens_where_the_limit_would_end(kind):
    """For every unit: [opening, anchor], the opening counted back as any other limit."""
    for chance, start in cases(f"window {kind}", 0.02):
        unit = chance.choice([Unit.HOURS, Unit.CALENDAR_DAYS, Unit.WORKING_DAYS, Unit.MONTHS])
        amount = chance.randint(1, 20)
        limit = count(rule(amount, unit, "before"), at(start), CALENDAR)
        window = CountingRule("T-ANY", amount, unit, "before", kind, rolls=False, basis="L1.1", confidence="A")
        opened = count(window, at(start), CALENDAR)

        assert opened.opens_at is not None
        assert opened.opens_at.date() == limit.due_on
        assert opened.due_on == start
