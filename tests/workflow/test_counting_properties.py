"""What holds for every count: an independent counter, order, clamps, and certificates that cannot be altered."""

import json
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.papers import CALENDAR, DAYS, INSTANTS, flipped, leaves, rules
from workflow.calendar import CalendarEntry, load_calendar
from workflow.deadlines import VIETNAM, CountingRule, add_months, add_working_days, count, verify
from workflow.vocabulary import LimitKind, Unit


def closed_days() -> set[date]:
    """Return every day off of the span as one set: week and holidays, then the decreed changes."""
    span = (date(2021, 1, 1) + timedelta(days=n) for n in range(16 * 365 + 4))
    closed = {day for day in span if day.isoweekday() in (6, 7)}
    closed |= {day for day, status in CALENDAR.special.items() if not status.working}
    return closed - {day for day, status in CALENDAR.special.items() if status.working}


CLOSED = closed_days()


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_working_days_agree_with_a_counter_that_looks_back(start: date, days: int) -> None:
    """From the last day backwards: exactly `days` open days lie in (start, end], and the end is one of them."""
    end = add_working_days(start, days, CALENDAR)
    span = {start + timedelta(days=n) for n in range(1, (end - start).days + 1)}

    assert len(span - CLOSED) == days
    assert end not in CLOSED
    rule = CountingRule("T-ANY", days, Unit.WORKING_DAYS, "after", LimitKind.MAXIMUM, True, "L1.1", "A")  # noqa: FBT003
    assert count(rule, datetime(start.year, start.month, start.day, 12, tzinfo=VIETNAM), CALENDAR).due_on == end


@settings(deadline=None)
@given(DAYS, st.integers(1, 60))
def test_counting_back_mirrors_the_open_days(anchor: date, days: int) -> None:
    """Before an anchor exactly `days` open days lie in [due, anchor), and the due day is open."""
    rule = CountingRule("T-ANY", days, Unit.WORKING_DAYS, "before", LimitKind.MAXIMUM, False, "L1.1", "A")  # noqa: FBT003
    due = count(rule, datetime(anchor.year, anchor.month, anchor.day, tzinfo=VIETNAM), CALENDAR).due_on
    span = {anchor - timedelta(days=n) for n in range(1, (anchor - due).days + 1)}

    assert len(span - CLOSED) == days
    assert due not in CLOSED


@settings(deadline=None)
@given(DAYS, DAYS, st.integers(1, 40), st.integers(1, 40))
def test_working_days_are_monotone(one: date, other: date, few: int, more: int) -> None:
    """A later event or a longer limit never ends earlier."""
    early, late = sorted((one, other))
    short, long = sorted((few, more))

    assert add_working_days(early, short, CALENDAR) <= add_working_days(late, short, CALENDAR)
    assert add_working_days(early, short, CALENDAR) <= add_working_days(early, long, CALENDAR)
    assert add_working_days(early, short, CALENDAR) > early


@settings(deadline=None)
@given(rules(), INSTANTS, st.sampled_from(["roll_forward", "no_rolling"]))
def test_every_certificate_is_confirmed_by_recounting(rule: CountingRule, start: datetime, roll: str) -> None:
    """verify(emit(x)) == [] for every rule and start, and nothing due after a start lies before it."""
    certificate = count(rule, start, CALENDAR, policies={"POL-ROLL": roll})

    assert verify(certificate.to_json(), CALENDAR) == []
    assert [row.mark for row in certificate.days].count("due") == 1
    assert certificate.days[-1].mark == "due"
    if rule.direction == "after":
        assert certificate.due_at > start
        assert certificate.due_on >= start.date()
    if certificate.opens_at:
        assert certificate.opens_at < certificate.due_at
    if rule.unit is not Unit.HOURS:
        assert certificate.due_at.isoformat().endswith("T00:00:00+07:00")
        assert certificate.due_at.date() == certificate.due_on + timedelta(days=1)


@settings(deadline=None)
@given(rules(), INSTANTS, st.data())
def test_no_field_of_a_certificate_can_be_changed_unseen(
    rule: CountingRule, start: datetime, data: st.DataObject
) -> None:
    """Whatever single value is flipped, verification names a difference."""
    tree = json.loads(count(rule, start, CALENDAR).to_json())
    path = data.draw(st.sampled_from(sorted(leaves(tree), key=repr)))
    node = tree
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = flipped(node[path[-1]])

    assert verify(json.dumps(tree, ensure_ascii=False), CALENDAR) != []


@settings(deadline=None)
@given(rules(), INSTANTS, st.data())
def test_no_row_can_be_dropped_and_no_field_added(rule: CountingRule, start: datetime, data: st.DataObject) -> None:
    """A missing day and an extra key are both named."""
    tree = json.loads(count(rule, start, CALENDAR).to_json())
    del tree["days"][data.draw(st.integers(0, len(tree["days"]) - 1))]
    assert any(line.startswith("days") for line in verify(json.dumps(tree), CALENDAR))

    tree = json.loads(count(rule, start, CALENDAR).to_json())
    tree["note"] = "x"
    assert any(line.startswith("note") for line in verify(json.dumps(tree), CALENDAR))


@settings(deadline=None)
@given(INSTANTS, st.integers(1, 200), st.sets(DAYS, max_size=20))
def test_hours_do_not_know_holidays(start: datetime, hours: int, decreed: set[date]) -> None:
    """However many days are decreed off, hours run on the clock."""
    calendar = load_calendar(CalendarEntry(day, "off", "E", date(2026, 1, 1)) for day in decreed)
    rule = CountingRule("T-ANY", hours, Unit.HOURS, "after", LimitKind.MAXIMUM, False, "L1.1", "A")  # noqa: FBT003

    assert count(rule, start, calendar).due_at == start + timedelta(hours=hours)
    assert not count(rule, start, calendar).provisional


@settings(deadline=None)
@given(INSTANTS, st.integers(1, 60))
def test_rolling_ends_on_the_first_open_day_and_never_earlier(start: datetime, days: int) -> None:
    """Rolled or not, all days are counted; rolled, the end is the first working day from there."""
    rule = CountingRule("T-ANY", days, Unit.CALENDAR_DAYS, "after", LimitKind.MAXIMUM, True, "L1.1", "A")  # noqa: FBT003
    plain = start.date() + timedelta(days=days)
    rolled = count(rule, start, CALENDAR).due_on

    assert count(rule, start, CALENDAR, policies={"POL-ROLL": "no_rolling"}).due_on == plain
    assert rolled >= plain
    assert rolled not in CLOSED
    assert all(plain + timedelta(days=n) in CLOSED for n in range((rolled - plain).days))


@given(st.dates(date(1990, 1, 1), date(2150, 1, 1)), st.integers(0, 240))
def test_months_land_on_the_same_day_or_the_last_of_a_shorter_month(day: date, months: int) -> None:
    """The clamp shortens a date only when the month is too short, and it loses at most three days."""
    later = add_months(day, months)

    assert (later.year - day.year) * 12 + later.month - day.month == months
    assert later >= day
    if later.day != day.day:
        assert later.day < day.day
        assert (later + timedelta(days=1)).day == 1
    assert add_months(later, -months) <= day
