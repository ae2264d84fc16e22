"""Count a legal time limit and leave a certificate that anyone can recount.

Takes a rule, a start and a calendar; returns every day with its reason.  It never reads a clock, never decides
which limit applies, and never moves a limit in hours or a release date.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workflow.calendar import Calendar, CalendarUnknownError
from workflow.canonical import differences, filled, read_object, text_of
from workflow.certificates import (
    VIETNAM,
    Certificate,
    CertificateError,
    CountedDay,
    CountingRule,
    read_certificate,
    start_of,
)
from workflow.vocabulary import LimitKind, Text, Unit

__all__ = [
    "POLICY_VALUES",
    "POL_ROLL",
    "VIETNAM",
    "Certificate",
    "CertificateError",
    "CountedDay",
    "CountingRule",
    "add_months",
    "add_working_days",
    "count",
    "verify",
]

POL_ROLL = "POL-ROLL"
#: The values of each policy this module knows; the first is the default.
POLICY_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType({POL_ROLL: ("roll_forward", "no_rolling")})

_FILE = Path(__file__).with_name("deadlines.toml")
_YEARS_COUNTED = range(1975, 2201)
_MONTHS_PER_YEAR = 12


def count(
    rule: CountingRule, start: datetime, calendar: Calendar, *, policies: Mapping[str, str] = MappingProxyType({})
) -> Certificate:
    """Count `rule` from (or, for `before`, back from) the aware instant `start` and certify every step.

    The day of the event is not counted in days, months and years; hours are clock hours.  Of `policies` only those
    that this rule consults are read and kept.  Raises ValueError for a naive start, a start outside 1975-2200 or an
    unknown policy value, CalendarUnknownError when a day off must be known in a year the calendar does not cover.
    """
    if start.tzinfo is None:
        raise ValueError("the start of a limit must carry its zone")
    local = start.astimezone(VIETNAM)
    if local.year not in _YEARS_COUNTED:
        raise ValueError(f"limits are not counted from the year {local.year}")
    used = _policies_used(rule, policies)
    if rule.unit is Unit.HOURS:
        rows, end = _hours(rule, local)
        due_at = end
    else:
        rows = _days(rule, local.date(), calendar, roll=used.get(POL_ROLL) == "roll_forward")
        end = start_of(rows[-1].date)
        due_at = end + timedelta(days=1)
    due_on, opens_at = end.date(), None
    if rule.kind in (LimitKind.WINDOW, LimitKind.PERIOD):
        opens_at = local
        if rule.direction == "before":
            opens_at, due_on = end, local.date()
            due_at = local if rule.unit is Unit.HOURS else start_of(due_on) + timedelta(days=1)
    return Certificate(
        rule=rule,
        start=local,
        days=rows,
        opens_at=opens_at,
        due_on=due_on,
        due_at=due_at,
        provisional=any(row.provisional for row in rows),
        policies=MappingProxyType(used),
        calendar_revision=calendar.revision,
        counting_basis=_data()["basis"]["counting"],
        counting_confidence=_data()["basis"]["confidence"],
    )


def verify(certificate_json: str, calendar: Calendar) -> list[str]:
    """Recount a certificate and name every difference; an empty list means that it holds.

    Pass the calendar as it was known then (`Calendar.as_known_on`): under another revision the difference is named
    too, because a certificate speaks for one calendar.  Never raises for bad text: that is a difference as well.
    """
    try:
        stored, certificate = read_certificate(certificate_json)
    except CertificateError as error:
        return [f"không đọc được chứng thư / the certificate cannot be read: {error}"]
    try:
        again = count(certificate.rule, certificate.start, calendar, policies=certificate.policies).to_json()
    except (CalendarUnknownError, ValueError) as error:
        return [f"không tính lại được / it cannot be recounted: {error}"]
    return differences(stored, read_object(again))


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """Return the last day of a limit of `days` working days that starts after `start`; `days` is at least 1.

    The day of the event is not counted.  Raises CalendarUnknownError for a year the calendar does not cover.
    """
    if days < 1:
        raise ValueError("a limit has at least one working day")
    day = start
    while days:
        day += timedelta(days=1)
        days -= calendar.is_working_day(day)
    return day


def add_months(day: date, months: int) -> date:
    """Return the corresponding day `months` later (earlier when negative), or the last day of a shorter month."""
    index = day.year * _MONTHS_PER_YEAR + day.month - 1 + months
    year, month = divmod(index, _MONTHS_PER_YEAR)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _month_length(first)))


def _month_length(first: date) -> int:
    return ((first + timedelta(days=31)).replace(day=1) - first).days


def _hours(rule: CountingRule, start: datetime) -> tuple[tuple[CountedDay, ...], datetime]:
    back = rule.direction == "before"
    end = start + timedelta(hours=-rule.amount if back else rule.amount)
    return (
        CountedDay(start.date(), "start", _text("anchor_instant" if back else "start_instant", at=start.isoformat())),
        CountedDay(end.date(), "due", _text("end_instant", n=rule.amount, at=end.isoformat())),
    ), end


def _days(rule: CountingRule, start: date, calendar: Calendar, *, roll: bool) -> tuple[CountedDay, ...]:
    """Return the rows of a limit in days, months or years, in the order of counting; the last one is the due day."""
    step = timedelta(days=-1 if rule.direction == "before" else 1)
    rows = [CountedDay(start, "start", _text("anchor_day" if rule.direction == "before" else "start_day"))]
    if rule.unit in (Unit.MONTHS, Unit.YEARS):
        rows += _months(rule, start)
    elif rule.unit is Unit.WORKING_DAYS:
        rows += _working_days(rule.amount, start, step, calendar)
    else:
        rows += [CountedDay(start + step * n, "counted", _text("calendar_day", n=n)) for n in range(1, rule.amount + 1)]
        if roll:
            rows += _roll(rows, rule.amount, calendar)
    last = rows.pop()
    return (*rows, CountedDay(last.date, "due", last.reason, last.provisional))


def _working_days(amount: int, start: date, step: timedelta, calendar: Calendar) -> list[CountedDay]:
    rows: list[CountedDay] = []
    day, counted = start, 0
    while counted < amount:
        day += step
        status = calendar.day(day)
        if status.working:
            counted += 1
            reason = _text("working_day", Text(status.reason.vi, status.reason.en), n=counted)
            rows.append(CountedDay(day, "counted", reason, status.provisional))
        else:
            rows.append(CountedDay(day, "skipped", status.reason, status.provisional))
    return rows


def _roll(rows: list[CountedDay], amount: int, calendar: Calendar) -> list[CountedDay]:
    """Return the rows added when the last day is off; mark in `rows` why that day is not the end."""
    last = calendar.day(rows[-1].date)
    if last.working:
        rows[-1] = CountedDay(last.date, "counted", rows[-1].reason, last.provisional)
        return []
    rows[-1] = CountedDay(last.date, "counted", _text("roll_from", last.reason, n=amount), last.provisional)
    added: list[CountedDay] = []
    status = calendar.day(last.date + timedelta(days=1))
    while not status.working:
        added.append(CountedDay(status.date, "skipped", status.reason, status.provisional))
        status = calendar.day(status.date + timedelta(days=1))
    return [*added, CountedDay(status.date, "counted", _text("rolled_to"), status.provisional)]


def _months(rule: CountingRule, start: date) -> list[CountedDay]:
    """Return one row a month or year, each counted from the start so that one clamp does not shorten the next."""
    per_step = _MONTHS_PER_YEAR if rule.unit is Unit.YEARS else 1
    name = "year" if rule.unit is Unit.YEARS else "month"
    sign = -1 if rule.direction == "before" else 1
    rows = []
    for number in range(1, rule.amount + 1):
        day = add_months(start, sign * per_step * number)
        reason = _text(name, n=number)
        if day.day != start.day:
            clamped = text_of(_data()["rows"]["clamped"])
            reason = Text(
                clamped.vi.format(step=reason.vi, day=start.day), clamped.en.format(step=reason.en, day=start.day)
            )
        rows.append(CountedDay(day, "counted", reason))
    return rows


def _policies_used(rule: CountingRule, policies: Mapping[str, str]) -> dict[str, str]:
    """Return the policies this rule consults; a working-day limit never ends on a day off, so it consults none."""
    if not (rule.rolls and rule.unit is Unit.CALENDAR_DAYS):
        return {}
    value = policies.get(POL_ROLL, POLICY_VALUES[POL_ROLL][0])
    if value not in POLICY_VALUES[POL_ROLL]:
        raise ValueError(f"{POL_ROLL}: {value!r} is none of {', '.join(POLICY_VALUES[POL_ROLL])}")
    return {POL_ROLL: value}


def _text(name: str, why: Text | None = None, **values: object) -> Text:
    """Return a sentence of the data file; `why` is the day's own reason, in each language its own."""
    text = text_of(_data()["rows"][name])
    if why is None:
        return filled(text, **values)
    return Text(text.vi.format(why=why.vi, **values), text.en.format(why=why.en, **values))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
