"""Counting rules and their certificates: the worked examples, the Civil Code, and what a forger cannot do."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from workflow.calendar import CalendarEntry, CalendarUnknownError, load_calendar
from workflow.canonical import canonical_json, sealed_json
from workflow.deadlines import (
    VIETNAM,
    Certificate,
    CertificateError,
    CountingRule,
    add_months,
    add_working_days,
    count,
    verify,
)
from workflow.vocabulary import LimitKind, Unit

CALENDAR = load_calendar()


def at(day: int, month: int, year: int, hour: int = 9, minute: int = 0) -> datetime:
    """Return an instant in Việt Nam, written the way people there write dates."""
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM)


def rule(
    amount: int, unit: Unit, direction: str = "after", kind: LimitKind = LimitKind.MAXIMUM, *, rolls: bool = False
) -> CountingRule:
    """Return a rule whose article does not matter to the test."""
    return CountingRule("T-TEST", amount, unit, direction, kind, rolls, "L1.1", "A")


def test_the_worked_example_of_the_dossier_clock_is_reproduced() -> None:
    """N05 on 03/08/2026 09:00; ground 04/08 09:00; dossier 05/08; V37 06/08; reading 07, 10, 11/08; file 12/08."""
    registration = count(rule(24, Unit.HOURS), at(3, 8, 2026), CALENDAR)
    dossier = count(rule(1, Unit.WORKING_DAYS, rolls=True), registration.next_start, CALENDAR)
    reading = count(rule(3, Unit.WORKING_DAYS, kind=LimitKind.PERIOD, rolls=True), at(6, 8, 2026, 15), CALENDAR)
    filing = count(rule(1, Unit.WORKING_DAYS, rolls=True), reading.next_start, CALENDAR)

    assert registration.due_at == at(4, 8, 2026)
    assert dossier.due_on == date(2026, 8, 5)
    assert [row.date.day for row in reading.days if row.mark in ("counted", "due")] == [7, 10, 11]
    assert [row.date.day for row in reading.days if row.mark == "skipped"] == [8, 9]
    assert reading.due_on == date(2026, 8, 11)
    assert filing.due_on == date(2026, 8, 12)
    assert filing.due_at == at(13, 8, 2026, 0)


def test_a_limit_that_begins_when_a_day_limit_ends_does_not_gain_a_day() -> None:
    """The exclusive end of a day is 00:00 of the next; counting from it would leave out the wrong day."""
    reading = count(rule(3, Unit.WORKING_DAYS), at(6, 8, 2026), CALENDAR)

    assert count(rule(1, Unit.WORKING_DAYS), reading.next_start, CALENDAR).due_on == date(2026, 8, 12)
    assert count(rule(1, Unit.WORKING_DAYS), reading.due_at, CALENDAR).due_on == date(2026, 8, 13)


def test_the_make_up_saturday_is_a_working_day_and_national_day_is_not() -> None:
    """Friday 21/08/2026 + 1 wd = Saturday 22/08; Friday 28/08 + 1 wd jumps the swap and National Day to 03/09."""
    assert count(rule(1, Unit.WORKING_DAYS), at(21, 8, 2026), CALENDAR).due_on == date(2026, 8, 22)
    long = count(rule(1, Unit.WORKING_DAYS), at(28, 8, 2026), CALENDAR)
    assert long.due_on == date(2026, 9, 3)
    assert [row.date for row in long.days if row.mark == "skipped"] == [
        date(2026, 8, 29) + timedelta(days=n) for n in range(5)
    ]
    assert "22/08/2026" in next(row.reason.vi for row in long.days if row.date == date(2026, 8, 31))


def test_tet_stops_working_days_but_not_hours() -> None:
    """Friday 13/02/2026: one working day ends on 23/02, twenty-four hours end on Saturday."""
    assert count(rule(1, Unit.WORKING_DAYS), at(13, 2, 2026), CALENDAR).due_on == date(2026, 2, 23)
    assert count(rule(24, Unit.HOURS), at(13, 2, 2026, 22), CALENDAR).due_at == at(14, 2, 2026, 22)


def test_a_calendar_day_limit_rolls_off_a_day_off_only_if_rule_and_policy_say_so() -> None:
    """15 cd from 14/08/2026 end on Saturday 29/08; rolled, they end after National Day on 03/09."""
    rolling = rule(15, Unit.CALENDAR_DAYS, rolls=True)
    rolled = count(rolling, at(14, 8, 2026), CALENDAR)
    kept = count(rolling, at(14, 8, 2026), CALENDAR, policies={"POL-ROLL": "no_rolling"})
    release = count(rule(15, Unit.CALENDAR_DAYS), at(14, 8, 2026), CALENDAR)

    assert rolled.due_on == date(2026, 9, 3)
    assert rolled.days[-1].mark == "due"
    assert rolled.policies == {"POL-ROLL": "roll_forward"}
    assert kept.due_on == date(2026, 8, 29)
    assert kept.policies == {"POL-ROLL": "no_rolling"}
    assert release.due_on == date(2026, 8, 29)
    assert release.policies == {}


def test_a_limit_that_ends_on_a_working_day_does_not_move() -> None:
    """Rolling is for days off only."""
    certificate = count(rule(5, Unit.CALENDAR_DAYS, rolls=True), at(5, 8, 2026), CALENDAR)

    assert certificate.due_on == date(2026, 8, 10)
    assert [row.mark for row in certificate.days] == ["start", *["counted"] * 4, "due"]


def test_days_before_an_anchor_count_back() -> None:
    """T-FIN30 = E - 30 calendar days; T-PDONE3 = the third working day before the end of post-rehab."""
    notice = count(rule(30, Unit.CALENDAR_DAYS, "before", LimitKind.MINIMUM), at(15, 9, 2028, 0), CALENDAR)
    last = count(rule(3, Unit.WORKING_DAYS, "before"), at(3, 9, 2026), CALENDAR)

    assert notice.due_on == date(2028, 8, 16)
    assert notice.due_at == at(17, 8, 2028, 0)
    assert last.due_on == date(2026, 8, 26)
    assert [row.date for row in last.days] == sorted((row.date for row in last.days), reverse=True)


def test_a_window_before_the_end_opens_and_closes() -> None:
    """T-DONE24 is [E - 24 h, E]."""
    end = at(16, 9, 2028, 0)
    window = count(rule(24, Unit.HOURS, "before", LimitKind.WINDOW), end, CALENDAR)

    assert window.opens_at == at(15, 9, 2028, 0)
    assert window.due_at == end
    assert not window.provisional


def test_the_last_stage_is_a_period_before_the_end() -> None:
    """ST5 runs from E - 30 to the end of E."""
    stage = count(rule(30, Unit.CALENDAR_DAYS, "before", LimitKind.PERIOD), at(15, 9, 2028), CALENDAR)

    assert stage.opens_at == at(16, 8, 2028, 0)
    assert stage.due_on == date(2028, 9, 15)
    assert stage.due_at == at(16, 9, 2028, 0)


def test_months_and_years_are_counted_by_steps_and_clamp_to_the_last_day() -> None:
    """31/08 + 6 months = 28/02; each step is counted from the start, so March is the 31st again."""
    half = count(rule(7, Unit.MONTHS), at(31, 8, 2026), CALENDAR)
    leap = count(rule(1, Unit.YEARS), at(29, 2, 2028), CALENDAR)

    assert [row.date.isoformat() for row in half.days[-2:]] == ["2027-02-28", "2027-03-31"]
    assert "31" in half.days[-2].reason.vi
    assert len(half.days) == 8
    assert leap.due_on == date(2029, 2, 28)
    assert len(leap.days) == 2


def test_months_need_no_calendar_and_working_days_do() -> None:
    """A release in 2050 can be computed; a working day in 2050 cannot."""
    assert count(rule(24, Unit.MONTHS), at(1, 6, 2050), CALENDAR).due_on == date(2052, 6, 1)
    assert count(rule(30, Unit.CALENDAR_DAYS), at(1, 6, 2050), CALENDAR).due_on == date(2050, 7, 1)
    with pytest.raises(CalendarUnknownError):
        count(rule(1, Unit.WORKING_DAYS), at(1, 6, 2050), CALENDAR)
    with pytest.raises(CalendarUnknownError):
        count(rule(30, Unit.CALENDAR_DAYS, rolls=True), at(1, 6, 2050), CALENDAR)


def test_a_count_through_a_predicted_year_says_that_it_is_provisional() -> None:
    """Across 01/01/2027 nothing is announced yet; within June 2026 everything is."""
    assert count(rule(3, Unit.WORKING_DAYS), at(31, 12, 2026), CALENDAR).provisional
    assert not count(rule(3, Unit.WORKING_DAYS), at(1, 6, 2026), CALENDAR).provisional


def test_the_day_of_the_event_is_the_day_in_viet_nam() -> None:
    """18:00 UTC on 5 August is already 6 August in Hà Nội."""
    certificate = count(rule(1, Unit.WORKING_DAYS), datetime(2026, 8, 5, 18, tzinfo=UTC), CALENDAR)

    assert certificate.days[0].date == date(2026, 8, 6)
    assert certificate.due_on == date(2026, 8, 7)
    assert certificate.start.isoformat() == "2026-08-06T01:00:00+07:00"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": True},
        {"amount": 10_000},
        {"unit": Unit.TERM},
        {"direction": "around"},
        {"kind": LimitKind.RECURRING},
        {"unit": Unit.HOURS, "rolls": True},
        {"unit": Unit.MONTHS, "rolls": True},
        {"direction": "before", "rolls": True},
    ],
)
def test_a_rule_that_cannot_be_counted_is_refused(change: dict[str, object]) -> None:
    """Every rule has a length, a unit and a direction; hours, months and limits before an anchor never roll."""
    with pytest.raises(ValueError, match="T-TEST"):
        replace(rule(3, Unit.CALENDAR_DAYS), **change)


def test_a_count_without_a_zone_or_with_an_unknown_policy_is_refused() -> None:
    """A naive start and a misspelt policy are mistakes, not defaults."""
    with pytest.raises(ValueError, match="zone"):
        count(rule(1, Unit.HOURS), datetime(2026, 8, 3), CALENDAR)  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="POL-ROLL"):
        count(rule(1, Unit.CALENDAR_DAYS, rolls=True), at(3, 8, 2026), CALENDAR, policies={"POL-ROLL": "maybe"})
    with pytest.raises(ValueError, match="1800"):
        count(rule(1, Unit.HOURS), at(3, 8, 1800), CALENDAR)


def test_a_certificate_survives_its_own_json() -> None:
    """What is stored is canonical, carries its hash and reads back equal."""
    certificate = count(rule(15, Unit.CALENDAR_DAYS, rolls=True), at(14, 8, 2026), CALENDAR)
    text = certificate.to_json()

    assert Certificate.from_json(text) == certificate
    assert canonical_json(json.loads(text)) == text
    assert json.loads(text)["hash"] == certificate.hash
    assert json.loads(text)["rule_hash"] == certificate.rule_hash
    assert "Ngày" in text
    assert verify(text, CALENDAR) == []
    assert verify(json.dumps(json.loads(text), indent=2), CALENDAR) == []


def test_a_certificate_of_another_calendar_is_recognised_and_recounted_with_its_own() -> None:
    """A later decree changes the recount; the calendar of the day still confirms the paper."""
    text = count(rule(3, Unit.WORKING_DAYS), at(5, 3, 2027), CALENDAR).to_json()
    decree = CalendarEntry(date(2027, 3, 9), "off", "Quyết định Minh Họa 3", date(2027, 1, 15))
    now = load_calendar([decree])
    found = verify(text, now)

    assert any(line.startswith("due_on: ") and "2027-03-11" in line for line in found)
    assert any(line.startswith("calendar_revision: ") for line in found)
    assert verify(text, now.as_known_on(date(2027, 1, 14))) == []


def test_a_resealed_lie_is_found_by_recounting() -> None:
    """Whoever moves the due day and writes a fitting hash still cannot make the days agree."""
    body = json.loads(count(rule(3, Unit.WORKING_DAYS), at(6, 8, 2026), CALENDAR).to_json())
    del body["hash"]
    body["due_on"] = "2026-08-14"
    found = verify(sealed_json(body), CALENDAR)

    assert any(line.startswith("due_on: ") for line in found)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", "nonsense", '{"schema":1,"schema":1}', '{"schema":2}', '{"schema":NaN}', "[" * 100_000],
)
def test_what_is_no_certificate_is_said_to_be_none(text: str) -> None:
    """Verification of rubbish is a difference, not a crash; reading it is a typed refusal."""
    assert len(verify(text, CALENDAR)) == 1
    with pytest.raises(CertificateError):
        Certificate.from_json(text)


def test_a_certificate_in_an_uncovered_year_is_not_confirmed() -> None:
    """A stored working-day count that the calendar cannot repeat is reported, never passed."""
    body = json.loads(count(rule(3, Unit.WORKING_DAYS), at(6, 8, 2026), CALENDAR).to_json())
    del body["hash"]
    body["start"] = "2050-08-06T09:00:00+07:00"

    assert "2050" in verify(sealed_json(body), CALENDAR)[0]


def test_adding_working_days_needs_at_least_one() -> None:
    """A limit of no days has no last day."""
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 8, 6), 0, CALENDAR)


def test_months_can_be_added_backwards_and_across_years() -> None:
    """The corresponding day, or the last day of a shorter month."""
    assert add_months(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert add_months(date(2026, 1, 31), -2) == date(2025, 11, 30)
    assert add_months(date(2026, 12, 15), 1) == date(2027, 1, 15)
    assert add_months(date(2028, 2, 29), 36) == date(2031, 2, 28)
