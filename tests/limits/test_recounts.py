"""What a recount finds in the running limits of one dossier: which move, which are kept, which follow another one."""

from dataclasses import replace
from datetime import date, datetime
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dossiers.limits.models import Deadline
from dossiers.limits.operations import certificate_json
from dossiers.limits.recounting import last_day, recounts_of
from workflow.calendar import CalendarEntry, load_calendar
from workflow.certificates import VIETNAM
from workflow.deadlines import recount
from workflow.effects import start_limit
from workflow.loader import load_procedures
from workflow.predicates import Situation
from workflow.vocabulary import Protects

ADULT = next(each for each in load_procedures() if each.key == "cnbb-adult@2026-07-01")
CALENDAR = load_calendar()
NOTICE = datetime(2026, 8, 6, 9, tzinfo=VIETNAM)


def entry(day, kind="off"):
    """Return a decreed day."""
    return CalendarEntry(day, kind, "QĐ giả định", date(2026, 8, 6))


def running(limit, facts=None, *, at=NOTICE, calendar=CALENDAR):
    """Return the row of a limit that runs."""
    started = start_limit(limit, Situation("-", facts or {}, at), calendar)
    return Deadline(
        id=uuid4(),
        dossier_id=uuid4(),
        rule=limit.id,
        started_seq=1,
        started_at=started.started_at,
        opens_at=started.opens_at,
        due_at=started.due_at,
        certificate=certificate_json(started),
    )


def found(rows, calendar):
    """Return the recounts of rows of the adult procedure, by rule."""
    limits = {row.id: ADULT.limits[row.rule] for row in rows}
    return {each.limit.id: each for each in recounts_of(rows, limits, calendar)}


def test_nothing_is_found_under_the_calendar_of_the_count_and_in_what_no_day_off_can_move():
    """Hours, months, stated ends, terms, limits without a number."""
    steady = [each for each in ADULT.limits.values() if each.unit != "working_days" and not each.rolls]
    rows = [running(each) for each in steady]
    many = load_calendar([entry(date(2026, 8, day)) for day in range(7, 30)])

    assert len(rows) > 30
    assert found([running(each) for each in ADULT.limits.values()], CALENDAR) == {}
    assert found(rows, many) == {}


def test_a_limit_that_counts_from_the_last_day_of_another_moves_with_it():
    """Reading ends a day later, so filing is due a day later, though no day between its own ends changed."""
    reading = running(ADULT.limits["T-READ3"])
    filing = running(ADULT.limits["T-FILE1"], {"reading_ends_on": "2026-08-11"})
    recounts = found([filing, reading], load_calendar([entry(date(2026, 8, 10))]))

    assert last_day(recounts["T-READ3"].due_at) == date(2026, 8, 12)
    assert last_day(recounts["T-FILE1"].due_at) == date(2026, 8, 13)
    assert recounts["T-FILE1"].certificate.start == datetime(2026, 8, 12, tzinfo=VIETNAM)
    assert recounts["T-FILE1"].moved_days == 1


def test_what_follows_a_kept_day_stays_where_it_is():
    """Reading would end earlier but does not: filing is still counted from the day in force."""
    reading = running(ADULT.limits["T-READ3"])
    filing = running(ADULT.limits["T-FILE1"], {"reading_ends_on": "2026-08-11"})
    recounts = found([filing, reading], load_calendar([entry(date(2026, 8, 8), "work")]))

    assert recounts["T-READ3"].kept
    assert "T-FILE1" not in recounts


def test_a_confirmed_prediction_is_recounted_though_its_day_stays():
    """The certificate was provisional; the new one is not, and says by which decision."""
    # The reading window crosses 24 November 2026, a day off that a decision still had to confirm.
    reading = running(ADULT.limits["T-READ3"], at=datetime(2026, 11, 23, 9, tzinfo=VIETNAM))
    recounts = found([reading], load_calendar([entry(date(2026, 11, 24))]))

    assert reading.certificate["provisional"] is True
    assert recounts["T-READ3"].certificate.provisional is False
    assert recounts["T-READ3"].moved_days == 0
    assert recounts["T-READ3"].changed == (date(2026, 11, 24),)


@pytest.mark.parametrize("kind", ["off", "work"])
def test_a_window_before_a_day_opens_earlier_or_later_and_ends_where_it_did(kind):
    """T-PDONE3: the last three working days before the end of post-rehab management."""
    limit = ADULT.limits["T-PDONE3"]
    window = running(limit, {"post_rehab_end": "2026-09-08"})
    day = date(2026, 9, 4) if kind == "off" else date(2026, 9, 6)
    recounts = found([window], load_calendar([entry(day, kind)]))["T-PDONE3"]

    assert recounts.due_at == window.due_at
    assert (recounts.opens_at < window.opens_at) is (kind == "off")


@settings(deadline=None)
@given(
    st.sampled_from(sorted(name for name, each in ADULT.limits.items() if each.unit == "working_days" or each.rolls)),
    st.datetimes(datetime(2026, 7, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - the zone is set below
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(["off", "work"])), min_size=1, max_size=4),
)
def test_whatever_is_decreed_a_recount_agrees_with_a_fresh_count(name, start, decrees):
    """The new certificate is what counting today gives; a right of the person ends at the later of the two."""
    begun = start.replace(tzinfo=VIETNAM)
    facts = {ADULT.limits[name].from_fact: begun.isoformat()} if ADULT.limits[name].from_fact else {}
    row = running(ADULT.limits[name], facts, at=begun)
    days = {date.fromordinal(begun.date().toordinal() + offset): kind for offset, kind in decrees}
    calendar = load_calendar([entry(day, kind) for day, kind in days.items()])
    fresh = running(ADULT.limits[name], facts, at=begun, calendar=calendar)
    recounts = found([row], calendar)
    protected = ADULT.limits[name].protects is Protects.PERSON
    in_force = recounts[name].due_at if name in recounts else row.due_at

    assert in_force == (max(row.due_at, fresh.due_at) if protected else fresh.due_at)
    if name in recounts:
        assert recounts[name].certificate.hash == fresh.certificate["hash"]
        assert recount(recounts[name].certificate, calendar) == recounts[name].certificate
        assert not (protected and recounts[name].shortened)
    else:
        assert fresh.certificate["days"] == row.certificate["days"]


def test_a_protected_window_before_a_day_never_opens_later():
    """No such limit is shipped; if the law names one, its opening is protected as its end is."""
    limit = replace(ADULT.limits["T-PDONE3"], protects=Protects.PERSON)
    window = running(limit, {"post_rehab_end": "2026-09-08"})
    (found_,) = recounts_of([window], {window.id: limit}, load_calendar([entry(date(2026, 9, 6), "work")]))

    assert found_.opens_at == window.opens_at
