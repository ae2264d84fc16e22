"""Count a legal time limit and leave a certificate that anyone can recount.

Takes a rule, a start, a calendar and the spans that do not count; returns every day with its reason.  It never reads
a clock, never decides which limit applies, and never rolls a limit in hours or a release date.
"""

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workflow.calendar import Calendar, CalendarUnknownError
from workflow.canonical import differences, filled, read_object, text_of
from workflow.certificates import (
    SCHEMA,
    VIETNAM,
    Certificate,
    CertificateError,
    CountedDay,
    CountingRule,
    Suspension,
    in_order,
    read_certificate,
    start_of,
)
from workflow.vocabulary import Text, Unit

__all__ = [
    "POLICY_VALUES",
    "POL_ROLL",
    "VIETNAM",
    "Certificate",
    "CertificateError",
    "CountedDay",
    "CountingRule",
    "Suspension",
    "add_months",
    "add_working_days",
    "count",
    "recount",
    "verify",
]

POL_ROLL = "POL-ROLL"
#: The values of each policy this module knows; the first is the default.
POLICY_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType({POL_ROLL: ("roll_forward", "no_rolling")})

_NO_POLICIES: Mapping[str, str] = MappingProxyType({})
_ONE_DAY = timedelta(days=1)
_FILE = Path(__file__).with_name("deadlines.toml")
_YEARS_COUNTED = range(1975, 2201)
_MONTHS_PER_YEAR = 12
_SHORTEST_MONTH = 28


def count(
    rule: CountingRule,
    start: datetime,
    calendar: Calendar,
    *,
    policies: Mapping[str, str] = MappingProxyType({}),
    suspensions: Iterable[Suspension] = (),
    schema: int = SCHEMA,
) -> Certificate:
    """Count `rule` from (or, for `before`, back from) the aware instant `start` and certify every step.

    The day of the event is not counted in days, months and years; hours are clock hours.  A day of a suspension does
    not count; months and years end later by as many days as were suspended before their end.  Of `policies` only those
    that this rule consults are read and kept; `schema` is the shape to write, an older one to repeat an old count.
    Raises ValueError for a naive start, a start outside 1975-2200, an unknown policy value, or suspensions that
    overlap or stand before an anchor; CalendarUnknownError when a day off must be known in a year not covered.
    """
    local = local_start(start)
    used, spans = policies_used(rule, policies), in_order(suspensions) if suspensions else ()
    if spans and rule.back:
        raise ValueError(f"{rule.id}: what counts back from a day cannot be suspended")
    if rule.unit is Unit.HOURS:
        rows, end = _hours(rule, local, spans)
    else:
        rows = _days(rule, local.date(), calendar, spans, roll=used.get(POL_ROLL) == "roll_forward", schema=schema)
        end = start_of(rows[-1].date)
    opens_at, due_on, due_at = bounds(rule, local, end)
    basis = _data()["basis"]
    return Certificate(
        rule=rule,
        start=local,
        days=rows,
        opens_at=opens_at,
        due_on=due_on,
        due_at=due_at,
        provisional=any(row.provisional for row in rows),
        policies=used,
        calendar_revision=calendar.revision,
        counting_basis=basis["counting"],
        counting_confidence=basis["confidence"],
        suspensions=spans,
        schema=schema,
    )


def local_start(start: datetime) -> datetime:
    """Return the start of a limit in the time of Việt Nam; ValueError for a naive one or one outside 1975-2200."""
    if start.tzinfo is None:
        raise ValueError("the start of a limit must carry its zone")
    local = start if start.tzinfo is VIETNAM else start.astimezone(VIETNAM)
    if local.year not in _YEARS_COUNTED:
        raise ValueError(f"limits are not counted from the year {local.year}")
    return local


def bounds(rule: CountingRule, start: datetime, end: datetime) -> tuple[datetime | None, date, datetime]:
    """Return when a limit opens (windows and periods only), its last day, and the instant from which it is over.

    `end` is where the count from `start` came to: the instant for hours, 00:00 of the last day for others.
    """
    if rule.opens and rule.back:
        day = start.date()
        return end, day, start_of(day) + _ONE_DAY if rule.whole_days else start
    return start if rule.opens else None, end.date(), end + _ONE_DAY if rule.whole_days else end


def recount(
    certificate: Certificate, calendar: Calendar, *, start: datetime | None = None, schema: int = SCHEMA
) -> Certificate:
    """Count again what a certificate counted, under another calendar (and from another start, if one is given)."""
    return count(
        certificate.rule,
        start or certificate.start,
        calendar,
        policies=certificate.policies,
        suspensions=certificate.suspensions,
        schema=schema,
    )


def depends_on_calendar(rule: CountingRule) -> bool:
    """Tell whether days off can move the limit: working days, and calendar days whose end may roll."""
    return rule.unit is Unit.WORKING_DAYS or (rule.unit is Unit.CALENDAR_DAYS and rule.rolls)


def verify(certificate_json: str | bytes, calendar: Calendar) -> list[str]:
    """Recount a certificate and name every difference; an empty list means that it holds.

    Pass the calendar as it was known then (`Calendar.as_known_on`): under another revision the difference is named
    too, because a certificate speaks for one calendar.  Never raises for bad text: that is a difference as well.
    """
    try:
        stored, certificate = read_certificate(certificate_json)
    except CertificateError as error:
        return [f"không đọc được chứng thư / the certificate cannot be read: {error}"]
    try:
        again = recount(certificate, calendar, schema=certificate.schema).to_json()
    except (CalendarUnknownError, ValueError) as error:
        return [f"không tính lại được / it cannot be recounted: {error}"]
    return differences(stored, read_object(again))


def add_working_days(start: date, days: int, calendar: Calendar) -> date:
    """Return the last day of a limit of `days` working days that starts after `start`; `days` is at least 1.

    The day of the event is not counted.  Raises CalendarUnknownError for a year the calendar does not cover.
    """
    if days < 1:
        raise ValueError("a limit has at least one working day")
    return calendar.working_day(start, days)


def add_months(day: date, months: int) -> date:
    """Return the corresponding day `months` later (earlier when negative), or the last day of a shorter month."""
    year, month = divmod(day.year * _MONTHS_PER_YEAR + day.month - 1 + months, _MONTHS_PER_YEAR)
    if day.day <= _SHORTEST_MONTH:
        return day.replace(year=year, month=month + 1)
    first = date(year, month + 1, 1)
    return first.replace(day=min(day.day, _month_length(first)))


def _month_length(first: date) -> int:
    return ((first + timedelta(days=31)).replace(day=1) - first).days


def _hours(
    rule: CountingRule, start: datetime, suspensions: tuple[Suspension, ...]
) -> tuple[tuple[CountedDay, ...], datetime]:
    back = rule.back
    end = start + timedelta(hours=-rule.amount if back else rule.amount)
    rows = [
        CountedDay(start.date(), "start", _text("anchor_instant" if back else "start_instant", at=start.isoformat()))
    ]
    for span in suspensions:
        stopped = max(start_of(span.start), start)
        if stopped < end and stopped < start_of(span.end):
            end += start_of(span.end) - stopped
            rows.append(CountedDay(stopped.date(), "skipped", _suspended(span)))
    rows.append(CountedDay(end.date(), "due", _text("end_instant", n=rule.amount, at=end.isoformat())))
    return tuple(rows), end


def _days(
    rule: CountingRule,
    start: date,
    calendar: Calendar,
    suspensions: tuple[Suspension, ...],
    *,
    roll: bool,
    schema: int,
) -> tuple[CountedDay, ...]:
    """Return the rows of a limit in days, months or years, in the order of counting; the last one is the due day."""
    rows = [CountedDay(start, "start", _text("anchor_day" if rule.back else "start_day"))]
    if rule.unit in (Unit.MONTHS, Unit.YEARS):
        rows += _months(rule, start)
        rows += _shifted(rows.pop(), start, suspensions) if suspensions else ()
    elif rule.unit is Unit.WORKING_DAYS:
        rows += _working_days(rule, start, calendar, _days_of(suspensions))
    else:
        rows += _calendar_days(rule, start, _days_of(suspensions))
        if roll:
            rows += _roll(rows, rule.amount, calendar, _days_of(suspensions), schema)
    last = rows.pop()
    return (*rows, CountedDay(last.date, "due", last.reason, last.provisional))


def _step(rule: CountingRule) -> timedelta:
    return -_ONE_DAY if rule.back else _ONE_DAY


def _calendar_days(rule: CountingRule, start: date, suspended: Mapping[date, Text]) -> list[CountedDay]:
    rows: list[CountedDay] = []
    day, counted, step = start, 0, _step(rule)
    while counted < rule.amount:
        day += step
        if day in suspended:
            rows.append(CountedDay(day, "skipped", suspended[day]))
        else:
            counted += 1
            rows.append(CountedDay(day, "counted", _text("calendar_day", n=counted)))
    return rows


def _working_days(
    rule: CountingRule, start: date, calendar: Calendar, suspended: Mapping[date, Text]
) -> list[CountedDay]:
    rows: list[CountedDay] = []
    day, counted, step = start, 0, _step(rule)
    while counted < rule.amount:
        day += step
        status = calendar.day(day)
        if day in suspended:
            rows.append(CountedDay(day, "skipped", suspended[day]))
        elif status.working:
            counted += 1
            rows.append(CountedDay(day, "counted", _text("working_day", status.reason, n=counted), status.provisional))
        else:
            rows.append(CountedDay(day, "skipped", status.reason, status.provisional))
    return rows


def _roll(
    rows: list[CountedDay], amount: int, calendar: Calendar, suspended: Mapping[date, Text], schema: int
) -> list[CountedDay]:
    """Return the rows added when the last day is off; mark in `rows` why that day is, or is not, the end."""
    last = calendar.day(rows[-1].date)
    if last.working:
        reason = rows[-1].reason if schema < SCHEMA else _text("last_day", last.reason, n=amount)
        rows[-1] = CountedDay(last.date, "counted", reason, last.provisional)
        return []
    rows[-1] = CountedDay(last.date, "counted", _text("roll_from", last.reason, n=amount), last.provisional)
    added: list[CountedDay] = []
    status = calendar.day(last.date + _ONE_DAY)
    while not status.working or status.date in suspended:
        stopped = suspended.get(status.date)
        added.append(CountedDay(status.date, "skipped", stopped or status.reason, not stopped and status.provisional))
        status = calendar.day(status.date + _ONE_DAY)
    reason = _text("rolled_to") if schema < SCHEMA else _text("rolled_on", status.reason)
    return [*added, CountedDay(status.date, "counted", reason, status.provisional)]


def _shifted(last: CountedDay, start: date, suspensions: tuple[Suspension, ...]) -> list[CountedDay]:
    """Return a row for each suspension before the end of a limit in months or years, and its end, that much later."""
    rows: list[CountedDay] = []
    end, lost = last.date, 0
    for span in suspensions:
        stopped = max(span.start, start)
        if stopped < min(end, span.end):
            days = (span.end - stopped).days
            rows.append(CountedDay(stopped, "skipped", _suspended(span)))
            end, lost = end + timedelta(days=days), lost + days
    return [*rows, CountedDay(end, "counted", _text("later_by", last.reason, n=lost) if lost else last.reason)]


def _suspended(span: Suspension) -> Text:
    return _text("suspended", start=f"{span.start:%d/%m/%Y}", end=f"{span.end:%d/%m/%Y}")


def _days_of(suspensions: tuple[Suspension, ...]) -> Mapping[date, Text]:
    """Return every day of the spans with the sentence that says why it does not count."""
    days: dict[date, Text] = {}
    for span in suspensions:
        reason = _suspended(span)
        days |= {span.start + timedelta(days=n): reason for n in range((span.end - span.start).days)}
    return days


def _months(rule: CountingRule, start: date) -> list[CountedDay]:
    """Return one row a month or year, each counted from the start so that one clamp does not shorten the next."""
    per_step = _MONTHS_PER_YEAR if rule.unit is Unit.YEARS else 1
    name = "year" if rule.unit is Unit.YEARS else "month"
    sign = -1 if rule.back else 1
    rows = []
    for number in range(1, rule.amount + 1):
        day = add_months(start, sign * per_step * number)
        reason = _text(name, n=number)
        if day.day != start.day:
            clamped = _texts()["clamped"]
            reason = Text(
                clamped.vi.format(step=reason.vi, day=start.day), clamped.en.format(step=reason.en, day=start.day)
            )
        rows.append(CountedDay(day, "counted", reason))
    return rows


def policies_used(rule: CountingRule, policies: Mapping[str, str]) -> Mapping[str, str]:
    """Return the policies this rule consults; a working-day limit never ends on a day off, so it consults none."""
    if not rule.policy_rolls:
        return _NO_POLICIES
    value = policies.get(POL_ROLL, POLICY_VALUES[POL_ROLL][0])
    if value not in POLICY_VALUES[POL_ROLL]:
        raise ValueError(f"{POL_ROLL}: {value!r} is none of {', '.join(POLICY_VALUES[POL_ROLL])}")
    return MappingProxyType({POL_ROLL: value})


def _text(name: str, why: Text | None = None, *, n: int | None = None, **instants: str) -> Text:
    """Return a sentence of the data file; `why` is the day's own reason, in each language its own."""
    return filled(_texts()[name], n=n, **instants) if instants else _sentence(name, why, n)


@lru_cache(maxsize=4096)
def _sentence(name: str, why: Text | None, n: int | None) -> Text:
    """Return a sentence without an instant: certificates are made of few of them, said again and again."""
    text = _texts()[name]
    if why is None:
        return filled(text, n=n)
    return Text(text.vi.format(why=why.vi, n=n), text.en.format(why=why.en, n=n))


@cache
def _texts() -> Mapping[str, Text]:
    return {name: text_of(row) for name, row in _data()["rows"].items()}


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))
