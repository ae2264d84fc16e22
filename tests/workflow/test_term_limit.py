"""The term as a limit of the adult procedure: what the file says goes in, nothing else."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM
from workflow.effects import start_limit
from workflow.loader import PROCEDURES_FOLDER, load_procedure
from workflow.predicates import Situation

TERM = load_procedure(Path(PROCEDURES_FOLDER) / "cnbb-adult@2026-07-01.toml").limits["TERM"]
CALENDAR = load_calendar()
INTAKE = "2026-09-22"


def term_end(**facts):
    """Return the last day of a term of 24 months with these facts."""
    known = {"term_months": 24, "term_start": INTAKE, **facts}
    moment = datetime(2026, 9, 22, 10, tzinfo=VIETNAM)
    started = start_limit(TERM, Situation("SERVING", known, moment), CALENDAR)
    return started.due_at and (started.due_at - timedelta(seconds=1)).astimezone(VIETNAM).date()


def test_two_holds_are_both_credited():
    """A hold that was ended and ordered again loses nobody a day: 7 days and 33 days."""
    both = term_end(hold_periods=(("2026-08-03", "2026-08-10"), ("2026-08-20", None)))

    assert both == date(2028, 8, 13)


def test_a_flight_that_outlasted_its_hold_counts_no_longer_than_the_hold():
    """The hold was ended while the person was away: nothing of it is credited twice or taken twice."""
    end = term_end(hold_periods=(("2026-08-03", "2026-08-10"),), hold_escapes=(("2026-08-08", None),))

    assert end == date(2028, 9, 17)


def test_a_hold_ordered_again_without_a_release_ends_where_the_next_begins():
    """Two orders on file at once are one stretch of custody, counted once."""
    assert term_end(hold_periods=(("2026-08-03", None), ("2026-08-20", None))) == term_end(
        hold_periods=(("2026-08-03", None),)
    )


def test_while_somebody_is_away_no_end_is_claimed():
    """An open absence leaves the end open."""
    assert term_end(excluded_periods=(("2027-03-10", None),)) is None


def test_without_a_length_no_end_is_claimed():
    """The length comes from the court alone."""
    assert term_end(term_months=None) is None


@given(days=st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=4), gap=st.integers(1, 30))
def test_more_days_of_hold_never_lengthen_the_term(days, gap):
    """Each further hold can only bring the end nearer."""
    periods, start = [], date(2026, 1, 5)
    ends = [term_end()]
    for length in days:
        end = date.fromordinal(start.toordinal() + length)
        periods.append((start.isoformat(), end.isoformat()))
        start = date.fromordinal(end.toordinal() + gap)
        if end.isoformat() <= INTAKE:
            ends.append(term_end(hold_periods=tuple(periods)))

    assert ends == sorted(ends, reverse=True)


@pytest.mark.parametrize("absent", [1, 15, 53])
def test_days_away_are_added_one_for_one(absent):
    """Who was away for so many days stays so many days longer."""
    back = date.fromordinal(date(2027, 3, 10).toordinal() + absent).isoformat()

    assert (term_end(excluded_periods=(("2027-03-10", back),)) - term_end()).days == absent
