"""The working days of Việt Nam: statutory holidays, decreed swaps, and what is only predicted.

The only module that imports `holidays`.  It never reads a clock and never guesses: a year outside the covered span
raises, and a day that an announcement may still change says so.
"""

import tomllib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

import holidays

from workflow.canonical import Json, canonical_json, filled, plain, sha256_hex, text_of
from workflow.vocabulary import Text

_FILE = Path(__file__).with_name("calendar.toml")
_KINDS = ("off", "work")
_ONE_DAY = timedelta(days=1)

#: The type behind fields that are themselves called `date`.
Day: TypeAlias = date


class CalendarUnknownError(LookupError):
    """The calendar knows nothing about this year; extend the coverage in the data file before counting in it."""

    code = "calendar-unknown-year"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"Lịch ngày làm việc chưa có năm {year} / the working-day calendar does not cover the year {year}"
        )
        self.year = year


class CalendarDataError(ValueError):
    """The data file or a stored entry contradicts itself or the holiday package; `str` says where."""

    code = "calendar-data"


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One decreed day: `kind` is `off` or `work`; known to the office from `recorded_on`.

    `decision` names the paper, None when its number is not known.  Raises ValueError for another kind.
    """

    date: Day
    kind: str
    decision: str | None
    recorded_on: Day
    paired_with: Day | None = None
    confidence: str = "A"

    def __post_init__(self) -> None:
        """Refuse what is neither a day off nor a working day."""
        if self.kind not in _KINDS:
            raise CalendarDataError(f"{self.date}: kind must be one of {', '.join(_KINDS)}, not {self.kind!r}")
        if self.decision is not None and not self.decision.strip():
            raise CalendarDataError(f"{self.date}: an empty decision; leave it out when its number is not known")


@dataclass(frozen=True, slots=True)
class YearAnnouncement:
    """The days off of `year` are announced by `decision`, known to the office from `recorded_on`."""

    year: int
    decision: str | None
    recorded_on: Day
    confidence: str = "A"


@dataclass(frozen=True, slots=True)
class DayStatus:
    """Whether a day is worked, why, and whether an announcement may still change it."""

    date: Day
    working: bool
    reason: Text
    provisional: bool
    decision: str | None
    basis: str
    confidence: str

    def plain(self) -> dict[str, object]:
        """Return the status as plain JSON values."""
        return {
            "date": self.date.isoformat(),
            "working": self.working,
            "reason": plain(self.reason),
            "provisional": self.provisional,
            "decision": self.decision,
            "basis": self.basis,
            "confidence": self.confidence,
        }


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year as people read it: every day that is not an ordinary working or weekly rest day."""

    year: int
    announced: bool
    decision: str | None
    working_days: int
    days: tuple[DayStatus, ...]


@dataclass(frozen=True)
class Calendar:
    """The working days of a span of years, frozen; `revision` is a SHA-256 over what it says, not how it was fed.

    Two calendars with one revision give one answer for every day.  Build it with `load_calendar`.
    """

    first_year: int
    last_year: int
    #: Holidays and decreed days; every other day follows the week.
    special: Mapping[date, DayStatus]
    #: Years whose days off are announced, with the paper where it is known.
    announced: Mapping[int, str | None]
    revision: str
    _entries: tuple[CalendarEntry, ...]
    _announcements: tuple[YearAnnouncement, ...]

    def day(self, day: date) -> DayStatus:
        """Return the status of one day; CalendarUnknownError outside the covered years."""
        self._check(day)
        return self.special.get(day) or _ordinary(day, provisional=day.year not in self.announced)

    def is_working_day(self, day: date) -> bool:
        """Tell whether offices work on `day`; CalendarUnknownError outside the covered years."""
        return self.day(day).working

    def working_day(self, start: date, steps: int) -> date:
        """Return the working day so many (not 0) after `start`, or before it when negative; `start` is not counted.

        Raises CalendarUnknownError, with the first year on the way that is not covered.
        """
        first = start + _ONE_DAY if steps > 0 else start - _ONE_DAY
        self._check(first)
        known = self._working_days
        place = bisect_left(known, first) + steps - 1 if steps > 0 else bisect_left(known, start) + steps
        if not 0 <= place < len(known):
            raise CalendarUnknownError(self.last_year + 1 if steps > 0 else self.first_year - 1)
        return known[place]

    def working_days_between(self, first: date, last: date) -> int:
        """Return how many working days follow `first` up to and with `last`; those not covered are not counted."""
        return max(0, bisect_right(self._working_days, last) - bisect_right(self._working_days, first))

    @cached_property
    def _working_days(self) -> list[date]:
        """Every working day of the covered years, in order."""
        first, last = date(self.first_year, 1, 1).toordinal(), date(self.last_year, 12, 31).toordinal()
        days = map(date.fromordinal, range(first, last + 1))
        return [day for day in days if self.is_working_day(day)]

    def year(self, year: int) -> CalendarYear:
        """Return one year for reading; CalendarUnknownError outside the covered years."""
        first = date(year, 1, 1)
        length = (date(year + 1, 1, 1) - first).days
        worked = sum(self.is_working_day(first + timedelta(days=n)) for n in range(length))
        days = tuple(self.special[day] for day in sorted(self.special) if day.year == year)
        return CalendarYear(year, year in self.announced, self.announced.get(year), worked, days)

    def export(self, year: int) -> Json:
        """Return one year as plain JSON values, with all that is needed to check a certificate against it.

        The exports of all covered years together hold what `revision` is the hash of.
        """
        found = self.year(year)
        return {
            "year": year,
            "announced": found.announced,
            "decision": found.decision,
            "working_days": found.working_days,
            "days": [status.plain() for status in found.days],
            "rest_days": list(_data()["week"]["rest_days"]),
            "years": [self.first_year, self.last_year],
            "revision": self.revision,
        }

    def as_known_on(self, day: date) -> "Calendar":
        """Return the calendar without what the office learnt after `day`, to recount an old certificate."""
        return _build(
            tuple(entry for entry in self._entries if entry.recorded_on <= day),
            tuple(note for note in self._announcements if note.recorded_on <= day),
        )

    def _check(self, day: date) -> None:
        if isinstance(day, datetime):
            raise TypeError("the calendar answers for dates; convert the instant to the local date first")
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarUnknownError(day.year)


def load_calendar(extra: Iterable[CalendarEntry] = (), announcements: Iterable[YearAnnouncement] = ()) -> Calendar:
    """Return the calendar: the shipped data and what the office recorded itself.

    For one date the entry recorded last decides.  Raises CalendarDataError when two entries recorded on one day
    contradict each other, CalendarUnknownError for an entry outside the covered years.
    """
    data = _data()
    shipped: list[CalendarEntry] = []
    for swap in data["swap"]:
        rest = swap.get("decision"), swap["known_from"]
        shipped.append(CalendarEntry(swap["off"], "off", *rest, swap["work"], swap["confidence"]))
        shipped.append(CalendarEntry(swap["work"], "work", *rest, swap["off"], swap["confidence"]))
    known = [
        YearAnnouncement(row["year"], row.get("decision"), row["known_from"], row["confidence"])
        for row in data["announced"]
    ]
    return _build((*shipped, *extra), (*known, *announcements))


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def _build(entries: tuple[CalendarEntry, ...], announcements: tuple[YearAnnouncement, ...]) -> Calendar:
    first, last = _data()["coverage"]["first_year"], _data()["coverage"]["last_year"]
    for year in (*(entry.date.year for entry in entries), *(note.year for note in announcements)):
        if not first <= year <= last:
            raise CalendarUnknownError(year)
    announced = {note.year: note.decision for note in sorted(announcements, key=lambda note: note.recorded_on)}
    special = {day: _holiday(day, name, announced) for day, name in _statutory(first, last).items()}
    special |= {day: _decreed(entry) for day, entry in _latest(entries).items()}
    content = {
        "years": [first, last],
        "rest_days": _data()["week"]["rest_days"],
        "announced": {str(year): announced[year] for year in sorted(announced)},
        "days": [special[day].plain() for day in sorted(special)],
    }
    return Calendar(
        first_year=first,
        last_year=last,
        special=MappingProxyType(special),
        announced=MappingProxyType(announced),
        revision=sha256_hex(canonical_json(content)),
        _entries=entries,
        _announcements=announcements,
    )


def _latest(entries: Iterable[CalendarEntry]) -> dict[date, CalendarEntry]:
    chosen: dict[date, CalendarEntry] = {}
    for entry in sorted(entries, key=lambda one: one.recorded_on):
        rival = chosen.get(entry.date)
        if rival and rival.recorded_on == entry.recorded_on and rival.kind != entry.kind:
            raise CalendarDataError(
                f"{entry.date}: hai quyết định trái nhau ghi cùng ngày {entry.recorded_on} / "
                f"two contrary decisions recorded on {entry.recorded_on}"
            )
        chosen[entry.date] = entry
    return chosen


@cache
def _statutory(first: int, last: int) -> Mapping[date, str]:
    """Return the statutory days off by date, under the names of the package; its own swaps are left aside."""
    prefix = _data()["decreed"]["package_prefix"]
    found = holidays.country_holidays("VN", years=range(first, last + 1), language="vi")
    return MappingProxyType(
        {day: name for day, name in found.items() if first <= day.year <= last and not name.startswith(prefix)}
    )


def _holiday(day: date, name: str, announced: Mapping[int, str | None]) -> DayStatus:
    """Translate the package's name of a day into the point of the law; two names on one day are joined."""
    rules = _data()["compensation"]
    texts, bases, marks, settled = [], [], [], True
    for part in name.split("; "):
        bare = part.removesuffix(rules["suffix"])
        kind = _kinds().get(bare)
        if kind is None:
            raise CalendarDataError(f"{day}: the holiday package names {bare!r}, which calendar.toml does not know")
        text, basis = text_of(kind["text"]), kind["basis"]
        if bare != part:
            made_up = text_of(rules["text"])
            text, basis = Text(made_up.vi.format(name=text.vi), made_up.en.format(name=text.en)), rules["basis"]
        texts.append(text)
        bases.append(basis)
        marks.append(kind["confidence"])
        fixed = bare == part and kind.get("fixed_on") == f"{day:%m-%d}"
        settled = settled and not kind.get("unsettled") and (fixed or day.year in announced)
    reason = Text("; ".join(text.vi for text in texts), "; ".join(text.en for text in texts))
    return DayStatus(
        date=day,
        working=False,
        reason=reason,
        provisional=not settled,
        decision=None,
        basis="; ".join(bases),
        confidence=max(marks),
    )


@cache
def _kinds() -> Mapping[str, Mapping[str, Any]]:
    return {name: kind for kind in _data()["holiday"] for name in kind["names"]}


def _decreed(entry: CalendarEntry) -> DayStatus:
    rules = _data()["decreed"]
    reason = text_of(rules[entry.kind])
    if entry.paired_with:
        reason = filled(text_of(rules[f"{entry.kind}_paired"]), other=f"{entry.paired_with:%d/%m/%Y}")
    return DayStatus(
        date=entry.date,
        working=entry.kind == "work",
        reason=reason,
        provisional=False,
        decision=entry.decision,
        basis=rules["basis"],
        confidence=entry.confidence,
    )


@lru_cache(maxsize=8192)
def _ordinary(day: date, *, provisional: bool) -> DayStatus:
    week, number = _data()["week"], day.weekday()
    return DayStatus(
        date=day,
        working=number + 1 not in week["rest_days"],
        reason=_week_texts()[number],
        provisional=provisional,
        decision=None,
        basis=week["basis"],
        confidence=week["confidence"],
    )


@cache
def _week_texts() -> tuple[Text, ...]:
    """Return why an ordinary day is worked or not, Monday first."""
    week = _data()["week"]
    names = zip(week["names_vi"], week["names_en"], strict=True)
    return tuple(
        filled(text_of(week["rest" if number in week["rest_days"] else "working"]), weekday_vi=vi, weekday_en=en)
        for number, (vi, en) in enumerate(names, start=1)
    )
