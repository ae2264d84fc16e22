"""The working days of Việt Nam, checked against the decrees and against the moon."""

import math
from datetime import date, datetime, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.calendar import (
    CalendarDataError,
    CalendarEntry,
    CalendarUnknownError,
    YearAnnouncement,
    load_calendar,
)

CALENDAR = load_calendar()
COVERED = st.dates(date(2021, 1, 1), date(2036, 12, 31))


def new_moon_on(near: date) -> date:
    """Return the day in Việt Nam (+07:00) of the new moon nearest to `near`, from the motion of sun and moon.

    Mean lunation with the main periodic terms of the moon's and the sun's anomaly; good to about a quarter of an
    hour, which is enough as long as the new moon does not fall within it of midnight.
    """
    lunation = round(((near - date(2000, 1, 6)).days - 0.26) / 29.530588861)
    century = lunation / 1236.85
    days = 2451550.09766 + 29.530588861 * lunation + 0.00015437 * century**2
    sun = math.radians(2.5534 + 29.10535670 * lunation)
    moon = math.radians(201.5643 + 385.81693528 * lunation + 0.0107582 * century**2)
    node = math.radians(160.7108 + 390.67050284 * lunation)
    ecc = 1 - 0.002516 * century
    days += (
        -0.40720 * math.sin(moon)
        + 0.17241 * ecc * math.sin(sun)
        + 0.01608 * math.sin(2 * moon)
        + 0.01039 * math.sin(2 * node)
        + 0.00739 * ecc * math.sin(moon - sun)
        - 0.00514 * ecc * math.sin(moon + sun)
        + 0.00208 * ecc**2 * math.sin(2 * sun)
    )
    dynamical_lag = 72 / 86400
    return date(2000, 1, 1) + timedelta(days=math.floor(days - dynamical_lag + 7 / 24 + 0.5 - 2451545))


@pytest.mark.parametrize("year", range(2021, 2037))
def test_tet_begins_with_the_new_moon_of_each_covered_year(year: int) -> None:
    """The lunar table of the package agrees with the sky, so a wrong table cannot move a deadline."""
    named = holidays.country_holidays("VN", years=year, language="vi")
    [first] = [day for day, name in named.items() if name == "Tết Nguyên Đán"]

    assert first == new_moon_on(first)
    assert date(year, 1, 20) <= first <= date(year, 2, 21)
    assert not CALENDAR.is_working_day(first)


@pytest.mark.parametrize("year", range(2021, 2037))
def test_hung_kings_day_is_the_tenth_of_a_lunar_month(year: int) -> None:
    """The tenth day of the third lunar month, two or three months after Tết."""
    named = holidays.country_holidays("VN", years=year, language="vi")
    [day] = [day for day, name in named.items() if name == "Ngày Giỗ Tổ Hùng Vương"]

    assert day - timedelta(days=9) == new_moon_on(day - timedelta(days=9))
    assert date(year, 3, 29) <= day <= date(year, 4, 29)


@pytest.mark.parametrize(
    ("off", "work"),
    [
        (date(2024, 4, 29), date(2024, 5, 4)),
        (date(2025, 5, 2), date(2025, 4, 26)),
        (date(2026, 1, 2), date(2026, 1, 10)),
        (date(2026, 8, 31), date(2026, 8, 22)),
    ],
)
def test_a_swap_gives_a_day_off_and_takes_a_saturday(off: date, work: date) -> None:
    """Each decreed swap moves one weekday to one Saturday, and each says so."""
    assert work.weekday() == 5
    assert off.weekday() < 5
    assert CALENDAR.is_working_day(work)
    assert not CALENDAR.is_working_day(off)
    assert f"{work:%d/%m/%Y}" in CALENDAR.day(off).reason.vi
    assert not CALENDAR.day(work).provisional


def test_the_package_knows_no_swap_that_the_data_file_lacks() -> None:
    """The data file decides; whatever the package learns later must be entered there too."""
    named = holidays.country_holidays("VN", years=range(2021, 2037), language="vi")
    swapped = {day for day, name in named.items() if name.startswith("Ngày nghỉ (thay cho")}
    made_up = {day for day in named.weekend_workdays if day.year >= 2021}

    assert swapped
    assert swapped <= {day for day, status in CALENDAR.special.items() if not status.working}
    assert made_up <= {day for day, status in CALENDAR.special.items() if status.working}


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2021, 2, 10), date(2021, 2, 16)),
        (date(2022, 1, 31), date(2022, 2, 4)),
        (date(2023, 1, 20), date(2023, 1, 26)),
        (date(2024, 2, 8), date(2024, 2, 14)),
        (date(2025, 1, 27), date(2025, 1, 31)),
        (date(2026, 2, 16), date(2026, 2, 20)),
        (date(2026, 8, 31), date(2026, 9, 2)),
    ],
)
def test_known_holiday_runs_are_whole(first: date, last: date) -> None:
    """Tết and National Day of past years as they were taken: no working day inside, one on either side."""
    inside = [first + timedelta(days=n) for n in range((last - first).days + 1)]

    assert not any(CALENDAR.is_working_day(day) for day in inside)
    assert CALENDAR.is_working_day(last + timedelta(days=1)) or (last + timedelta(days=1)).weekday() >= 5
    assert not any(CALENDAR.day(day).provisional for day in inside)


def test_announced_years_are_certain_and_later_years_are_predictions() -> None:
    """2026 is announced; in 2027 an ordinary Monday may still be swapped away, and only fixed dates are sure."""
    assert not CALENDAR.day(date(2026, 11, 23)).provisional
    assert CALENDAR.day(date(2027, 3, 1)).provisional
    assert CALENDAR.day(date(2027, 2, 8)).provisional
    assert not CALENDAR.day(date(2027, 4, 30)).provisional
    assert not CALENDAR.day(date(2027, 9, 2)).provisional
    assert CALENDAR.day(date(2027, 9, 3)).provisional


def test_culture_day_is_off_but_stays_provisional_until_a_decision_confirms_it() -> None:
    """The day off of 24 November rests on a resolution; the amended law was not read."""
    day = date(2026, 11, 24)
    entry = CalendarEntry(day, "off", "Nghị quyết Minh Họa 1", date(2026, 11, 1))

    assert CALENDAR.day(day).provisional
    assert not CALENDAR.is_working_day(day)
    assert CALENDAR.day(day).confidence == "B"
    assert not load_calendar([entry]).day(day).provisional


@pytest.mark.parametrize("year", [2020, 2037])
def test_a_year_outside_the_span_is_refused(year: int) -> None:
    """A guess would be a lie."""
    with pytest.raises(CalendarUnknownError) as caught:
        CALENDAR.is_working_day(date(year, 6, 1))

    assert caught.value.year == year
    with pytest.raises(CalendarUnknownError):
        CALENDAR.year(year)
    with pytest.raises(CalendarUnknownError):
        load_calendar([CalendarEntry(date(year, 6, 1), "off", None, date(2026, 1, 1))])


def test_an_instant_is_no_date() -> None:
    """A datetime would miss the table silently, so it is refused."""
    with pytest.raises(TypeError):
        CALENDAR.day(datetime(2026, 9, 2))  # noqa: DTZ001 - any datetime is wrong here


def test_what_the_office_records_decides_and_changes_the_revision() -> None:
    """A decreed day overrules the week and the holidays, and certificates can tell the calendars apart."""
    off = CalendarEntry(date(2027, 3, 1), "off", "Quyết định Minh Họa 2", date(2026, 12, 1))
    work = CalendarEntry(date(2027, 3, 6), "work", "Quyết định Minh Họa 2", date(2026, 12, 1))
    calendar = load_calendar([off, work])

    assert not calendar.is_working_day(off.date)
    assert calendar.is_working_day(work.date)
    assert calendar.day(off.date).decision == "Quyết định Minh Họa 2"
    assert not calendar.day(off.date).provisional
    assert calendar.revision != CALENDAR.revision
    assert load_calendar([work, off]).revision == calendar.revision


def test_the_later_record_decides_and_contrary_records_of_one_day_are_refused() -> None:
    """An amended decision replaces the first; a contradiction is not resolved by luck."""
    day = date(2027, 3, 1)
    first = CalendarEntry(day, "off", "A", date(2026, 12, 1))
    later = CalendarEntry(day, "work", "B", date(2026, 12, 2))

    assert load_calendar([later, first]).is_working_day(day)
    with pytest.raises(CalendarDataError, match="2027-03-01"):
        load_calendar([first, CalendarEntry(day, "work", "B", date(2026, 12, 1))])


def test_an_announced_year_loses_its_provisional_marks() -> None:
    """When the office records that 2027 is announced, its days count as certain."""
    calendar = load_calendar(announcements=[YearAnnouncement(2027, "Thông báo Minh Họa", date(2026, 12, 1))])

    assert not calendar.day(date(2027, 2, 8)).provisional
    assert calendar.year(2027).announced
    assert calendar.year(2027).decision == "Thông báo Minh Họa"
    assert calendar.day(date(2027, 11, 24)).provisional


def test_the_calendar_can_forget_what_was_not_yet_known() -> None:
    """Old certificates are recounted with the knowledge of their day."""
    before = CALENDAR.as_known_on(date(2025, 12, 1))

    assert before.is_working_day(date(2026, 1, 2))
    assert before.day(date(2026, 1, 5)).provisional
    assert not before.is_working_day(date(2026, 1, 10))
    assert before.revision != CALENDAR.revision
    entry = CalendarEntry(date(2027, 3, 1), "off", "C", date(2026, 12, 1))
    assert load_calendar([entry]).as_known_on(date(2026, 11, 30)).revision == CALENDAR.revision


@pytest.mark.parametrize(("kind", "decision"), [("holiday", "D"), ("off", " ")])
def test_a_senseless_entry_is_refused(kind: str, decision: str) -> None:
    """An entry is off or work, and a decision is named or left out."""
    with pytest.raises(CalendarDataError):
        CalendarEntry(date(2027, 3, 1), kind, decision, date(2026, 12, 1))


def test_a_year_is_shown_with_everything_out_of_the_ordinary() -> None:
    """`hoso calendar show` needs the holidays, the swaps and the number of working days."""
    year = CALENDAR.year(2026)
    shown = {status.date for status in year.days}

    assert {date(2026, 1, 10), date(2026, 8, 22), date(2026, 8, 31), date(2026, 4, 26)} <= shown
    assert [status.date for status in year.days] == sorted(shown)
    # 261 weekdays less New Year, Tết (5), Hùng Kings made up, 30/4, 1/5, 1-2/9, 24/11; the swaps cancel out.
    assert year.working_days == 261 - 12


def test_every_compensatory_day_stands_for_a_holiday_on_a_rest_day() -> None:
    """Art. 111.3: a day off is made up only when it was lost, and on a day that would have been worked."""
    made_up = [status for status in CALENDAR.special.values() if status.reason.vi.startswith("Nghỉ bù")]

    assert made_up
    for status in made_up:
        week_before = [status.date - timedelta(days=n) for n in range(1, 8)]
        lost = [day for day in week_before if day.weekday() >= 5 and day in CALENDAR.special]
        assert lost, status.date
        assert status.date.weekday() < 5


def test_the_shipped_calendar_is_one_and_the_same_everywhere() -> None:
    """Loading twice gives one revision of 64 hexadecimal digits."""
    assert load_calendar().revision == CALENDAR.revision
    assert len(CALENDAR.revision) == 64
    assert int(CALENDAR.revision, 16)


@settings(deadline=None)
@given(COVERED)
def test_every_covered_day_has_an_answer_with_both_languages(day: date) -> None:
    """No day of the span is without status, reason and article."""
    status = CALENDAR.day(day)

    assert status.date == day
    assert status.reason.vi
    assert status.reason.en
    assert status.basis
    assert status.working == CALENDAR.is_working_day(day)
    if day not in CALENDAR.special:
        assert status.working == (day.weekday() < 5)
