"""Compute the last day of a term of compulsory rehabilitation and say how, step by step.

Takes dates and policies, returns a statement.  It never reads a clock, never rolls a release date, and never guesses
an end while the person's absence is still open.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from workflow.canonical import differences, filled, read_object, text_of
from workflow.deadlines import add_months
from workflow.statements import SCHEMAS, DerivedDate, Interval, Step, TermStatement
from workflow.vocabulary import Text

POL_TERM_START = "POL-TERM-START"
POL_HOLD_METHOD = "POL-HOLD-METHOD"
POL_COUNT_INTAKE_DAY = "POL-COUNT-INTAKE-DAY"
POL_HOLD_GAP = "POL-HOLD-GAP"
#: The values of each policy this module knows; the first is the default.
POLICY_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        POL_TERM_START: ("intake", "decision_date", "hold_start", "custody_for_transport"),
        POL_HOLD_METHOD: ("deduct_days", "from_hold_start"),
        POL_COUNT_INTAKE_DAY: ("false", "true"),
        POL_HOLD_GAP: ("yes", "no"),
    }
)

_FILE = Path(__file__).with_name("term.toml")
_MONTHS_MAX = 120
_INTERVALS_MAX = 200
_YEARS_COUNTED = range(1975, 2201)


@dataclass(frozen=True, slots=True)
class _Facts:
    """The checked inputs; days run by themselves from `runs_from`, before it only credited hold counts."""

    months: int
    starts_on: date
    runs_from: date
    holds: tuple[Interval, ...]
    hold_escapes: tuple[Interval, ...]
    excluded: tuple[Interval, ...]
    credit_until: date
    policies: Mapping[str, str]


def compute_term(  # noqa: PLR0913 - each argument is a fact of the file
    months: int,
    intake: date,
    *,
    holds: Sequence[Interval] = (),
    hold_escapes: Sequence[Interval] = (),
    excluded: Sequence[Interval] = (),
    policies: Mapping[str, str] = MappingProxyType({}),
    court_decided_on: date | None = None,
    custody_for_transport_on: date | None = None,
    track: str = "adult",
) -> TermStatement:
    """Return E = add_months(start, months) - H + X with its steps.

    H = days of hold before the start, less those escaped; X = days that do not count.  An open hold runs to the
    intake.  `excluded` holds the escapes and overdue leaves since the start; the last may be open.  `track` (a key of
    `post_rehab.months` in the data file) sets the length of post-rehab management; one of an earlier law fixes the
    policies too and cites its own articles.  `court_decided_on` is needed when POL-HOLD-GAP is "no" or POL-TERM-START
    is "decision_date".

    Raises ValueError, naming the interval, for spans that overlap, run backwards, lie where they cannot, or are open
    where they may not be; and for an unknown policy value or track.
    """
    _check_dates(intake, court_decided_on, custody_for_transport_on)
    _check_length(months, track)
    own = _own(track)
    if own:
        policies, custody_for_transport_on = {**policies, **own["policies"]}, custody_for_transport_on or intake
    used = _policies_used(policies, held=bool(holds))
    held = _ordered("hold", [Interval(one.start, one.end or intake) for one in holds])
    escapes = _ordered("hold escape", hold_escapes)
    absences = _ordered("excluded interval", excluded, open_last=True)
    _check_custody(held, escapes, intake)
    starts_on = _start(used[POL_TERM_START], intake, held, court_decided_on, custody_for_transport_on)
    if starts_on > intake:
        raise ValueError(f"the term would start on {starts_on}, after the intake on {intake}")
    runs_from = intake if used[POL_TERM_START] == "hold_start" else starts_on
    facts = _Facts(
        months=months,
        starts_on=starts_on,
        runs_from=runs_from,
        holds=held,
        hold_escapes=escapes,
        excluded=absences,
        credit_until=_credit_until(used, runs_from, court_decided_on),
        policies=used,
    )
    inputs: dict[str, object] = {
        "months": months,
        "intake": intake.isoformat(),
        "holds": _plain(holds),
        "hold_escapes": _plain(hold_escapes),
        "excluded": _plain(excluded),
        "court_decided_on": _iso(court_decided_on),
        "custody_for_transport_on": _iso(custody_for_transport_on),
        "track": track,
    }
    return _statement(facts, inputs, track)


def _statement(facts: _Facts, inputs: dict[str, object], track: str) -> TermStatement:
    steps, ends_on, left = _compute(facts)
    return TermStatement(
        inputs=inputs,
        starts_on=facts.starts_on,
        steps=tuple(_under(step, _own(track).get("articles", {})) for step in steps),
        ends_on=ends_on,
        open_reason=None if ends_on else steps[-1].text,
        days_left=left,
        derived=derived_dates(ends_on, track) if ends_on else (),
        policies=MappingProxyType(dict(facts.policies)),
    )


def _check_length(months: int, track: str) -> None:
    if type(months) is not int or not 1 <= months <= _MONTHS_MAX:
        raise ValueError(f"months must lie between 1 and {_MONTHS_MAX}")
    if track not in _data()["post_rehab"]["months"]:
        raise ValueError(f"track: {track!r} is none of {', '.join(_data()['post_rehab']['months'])}")


def _plain(spans: Sequence[Interval]) -> list[dict[str, str | None]]:
    return [span.plain() for span in spans]


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def verify_term(statement_json: str | bytes) -> list[str]:
    """Compute a statement again from its own inputs and name every difference; an empty list means that it holds.

    Never raises for bad text: that is a difference as well.
    """
    try:
        stored = read_object(statement_json)
        if type(stored["schema"]) is not int or stored["schema"] not in SCHEMAS:
            raise ValueError(f"schema {stored['schema']!r} is none of {SCHEMAS}")  # noqa: TRY301 - one way out
        given = dict(stored["inputs"])
        spans = {
            name: [Interval(date.fromisoformat(one["start"]), _maybe_date(one["end"])) for one in given[name]]
            for name in ("holds", "hold_escapes", "excluded")
        }
        again = compute_term(
            given["months"],
            date.fromisoformat(given["intake"]),
            **spans,
            policies=dict(stored["policies"]),
            court_decided_on=_maybe_date(given["court_decided_on"]),
            custody_for_transport_on=_maybe_date(given["custody_for_transport_on"]),
            track=given["track"],
        )
        fresh = read_object(replace(again, schema=stored["schema"]).to_json())
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError, RecursionError) as error:
        return [f"không tính lại được / it cannot be computed again: {type(error).__name__}: {error}"]
    return differences(stored, fresh)


def derived_dates(ends_on: date, track: str) -> tuple[DerivedDate, ...]:
    """Return the dates that hang on the end of a term; none of them rolls."""
    return tuple(
        DerivedDate(
            name,
            add_months(ends_on, amount) if unit == "months" else ends_on + timedelta(days=amount),
            *said,
            amount,
            unit,
        )
        for name, said, amount, unit in _derivations(track)
    )


@cache
def _derivations(track: str) -> tuple[tuple[str, tuple[Text, str, str], int, str], ...]:
    """Return what hangs on the end of a term: its id, its sentence with its basis, and how far from the end it lies."""
    before = [
        (row["id"], (text_of(row["text"]), row["basis"], row["confidence"]), -row["days_before"], "days")
        for row in _own(track).get("derived", _data()["derived"])
    ]
    after = {**_data()["post_rehab"], **_own(track).get("post_rehab", {})}
    length = after["months"][track]
    said = filled(text_of(after["text"]), amount=length), after["basis"], after["confidence"]
    return (*before, (after["id"], said, length, "months"))


def months_left(ends_on: date, on: date, months: int) -> bool:
    """Tell whether at least `months` months of the term are left on the day `on` (recovery, 18th birthday)."""
    return add_months(on, months) <= ends_on


def _compute(facts: _Facts) -> tuple[list[Step], date | None, int | None]:
    """Return the steps, the end, and, when an absence is open, no end and the days that were left."""
    start = _data()["start"][facts.policies[POL_TERM_START]]
    steps = [_said(start, "start", 0, "days", facts.starts_on, text_of(start["text"]))]
    credit, credited = _credit(facts)
    steps += credited
    steps.append(_length(facts))
    running = steps[-1].running
    assert running is not None
    if _counts_from_hold(facts):
        lost = (facts.runs_from - _counted_from(facts)).days - credit
        if lost:
            running += timedelta(days=lost)
            steps.append(_step("uncredited", lost, "days", running))
    elif credit:
        running -= timedelta(days=credit)
        steps.append(_step("credit", -credit, "days", running))
    if facts.policies[POL_COUNT_INTAKE_DAY] == "true":
        running -= timedelta(days=1)
        steps.append(_step("intake_day", -1, "days", running))
    return _exclude(facts, steps, running)


def _exclude(facts: _Facts, steps: list[Step], running: date) -> tuple[list[Step], date | None, int | None]:
    late = [one for one in (_clip(span, facts.runs_from, date.max) for span in facts.hold_escapes) if one]
    spans = _ordered("excluded interval", [*late, *facts.excluded], open_last=True)
    for number, span in enumerate(spans, start=1):
        if span.start < facts.runs_from:
            raise ValueError(f"excluded interval {number} ({span.start}) begins before the term ({facts.runs_from})")
        if span.start > running:
            raise ValueError(f"excluded interval {number} ({span.start}) begins after the term had ended ({running})")
        if span.end is None:
            left = (running - span.start).days
            steps.append(_step("open", left, "days", None, start=_shown(span.start)))
            return steps, None, left
        running += timedelta(days=_length_of(span))
        steps.append(_step("excluded", _length_of(span), "days", running, **_ends(span)))
    return steps, running, None


def _credit(facts: _Facts) -> tuple[int, list[Step]]:
    """Return the credited days of hold before the start of the term and the steps that show them."""
    total, steps = 0, []
    for hold in facts.holds:
        part = _clip(hold, date.min, facts.credit_until)
        if part is None:
            continue
        cut = part.end != hold.end and facts.credit_until < facts.runs_from
        total += _length_of(part)
        steps.append(_step("hold_cut" if cut else "hold", _length_of(part), "days", None, **_ends(part)))
    for escape in facts.hold_escapes:
        part = _clip(escape, date.min, facts.credit_until)
        if part is None:
            continue
        total -= _length_of(part)
        steps.append(_step("hold_escape", -_length_of(part), "days", None, **_ends(part)))
    assert total >= 0
    return total, steps


def _length(facts: _Facts) -> Step:
    begin = _counted_from(facts)
    base = add_months(begin, facts.months)
    if begin != facts.starts_on:
        return _step("length_from_hold", facts.months, "months", base, day=_shown(begin))
    if base.day != begin.day:
        return _step("length_clamped", facts.months, "months", base, day=begin.day)
    return _step("length", facts.months, "months", base)


def _counted_from(facts: _Facts) -> date:
    """Return the day the months are added to: the start, or the first day of hold if the policies say so."""
    return min(facts.holds[0].start, facts.starts_on) if _counts_from_hold(facts) else facts.starts_on


def _counts_from_hold(facts: _Facts) -> bool:
    return facts.starts_on < facts.runs_from or facts.policies.get(POL_HOLD_METHOD) == "from_hold_start"


def _start(
    policy: str, intake: date, holds: tuple[Interval, ...], decided_on: date | None, custody_on: date | None
) -> date:
    known = {
        "intake": intake,
        "decision_date": decided_on,
        "hold_start": holds[0].start if holds else None,
        "custody_for_transport": custody_on,
    }
    start = known[policy]
    if start is None:
        raise ValueError(f"{POL_TERM_START}: {policy!r} needs a date that was not given")
    return start


def _credit_until(policies: Mapping[str, str], runs_from: date, decided_on: date | None) -> date:
    if policies.get(POL_HOLD_GAP) != "no":
        return runs_from
    if decided_on is None:
        raise ValueError(f"{POL_HOLD_GAP}: 'no' needs the day of the court decision")
    return min(runs_from, decided_on)


def _policies_used(policies: Mapping[str, str], *, held: bool) -> dict[str, str]:
    """Return the policies that act here; those about the hold act only when there is one."""
    names = POLICY_VALUES if held else (POL_TERM_START, POL_COUNT_INTAKE_DAY)
    used = {name: policies.get(name, POLICY_VALUES[name][0]) for name in names}
    for name, value in used.items():
        if value not in POLICY_VALUES[name]:
            raise ValueError(f"{name}: {value!r} is none of {', '.join(POLICY_VALUES[name])}")
    return used


def _ordered(name: str, spans: Sequence[Interval], *, open_last: bool = False) -> tuple[Interval, ...]:
    """Return the spans by start; refuse what runs backwards, overlaps, or is open where it may not be."""
    if len(spans) > _INTERVALS_MAX:
        raise ValueError(f"{name}: more than {_INTERVALS_MAX}")
    ordered = sorted(spans, key=lambda one: (one.start, one.end or date.max))
    for number, span in enumerate(ordered, start=1):
        _check_dates(span.start, span.end)
        if span.end is None and not (open_last and number == len(ordered)):
            raise ValueError(f"{name} {number} ({span.start}) has no end")
        if span.end is not None and span.end < span.start:
            raise ValueError(f"{name} {number} ends ({span.end}) before it begins ({span.start})")
        if number > 1 and span.start < (ordered[number - 2].end or date.max):
            raise ValueError(f"{name} {number} ({span.start}) overlaps {name} {number - 1}")
    return tuple(ordered)


def _check_custody(holds: tuple[Interval, ...], escapes: tuple[Interval, ...], intake: date) -> None:
    for number, hold in enumerate(holds, start=1):
        assert hold.end is not None
        if hold.end > intake:
            raise ValueError(f"hold {number} ends ({hold.end}) after the intake ({intake})")
    for number, escape in enumerate(escapes, start=1):
        assert escape.end is not None
        if not any(hold.start <= escape.start and escape.end <= (hold.end or intake) for hold in holds):
            raise ValueError(f"hold escape {number} ({escape.start}) lies in no hold")


def _maybe_date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _check_dates(*days: date | None) -> None:
    if any(isinstance(day, datetime) for day in days):
        raise TypeError("a term is counted in dates; convert the instant to the local date first")
    for day in days:
        if day is not None and day.year not in _YEARS_COUNTED:
            raise ValueError(f"terms are not counted in the year {day.year}")


def _clip(span: Interval, low: date, high: date) -> Interval | None:
    """Return the part of an ended span inside [low, high], None when no day of it is left."""
    assert span.end is not None
    start, end = max(span.start, low), min(span.end, high)
    return Interval(start, end) if start < end else None


def _length_of(span: Interval) -> int:
    assert span.end is not None
    return (span.end - span.start).days


def _ends(span: Interval) -> dict[str, object]:
    assert span.end is not None
    return {"start": _shown(span.start), "end": _shown(span.end)}


def _shown(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"


def _step(name: str, amount: int, unit: str, running: date | None, **values: object) -> Step:
    row = _data()["step"][name]
    return _said(row, name, amount, unit, running, filled(Text(**row["text"]), amount=abs(amount), **values))


def _said(row: Mapping[str, Any], name: str, amount: int, unit: str, running: date | None, text: Text) -> Step:
    return Step(name, text, row["basis"], row["confidence"], amount, unit, running)


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _own(track: str) -> Mapping[str, Any]:
    """Return what a track of an earlier law states otherwise; nothing for the tracks of the law in force."""
    return next((rules for rules in _data()["rules"].values() if track in rules["tracks"]), {})


def _under(step: Step, articles: Mapping[str, Any]) -> Step:
    """Return a step under the article that the track cites for it."""
    own = articles.get(step.id)
    return step if own is None else replace(step, basis=own["basis"], confidence=own["confidence"])
