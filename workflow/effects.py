"""What an act changes: the facts it sets, the limits it starts and stops.

Given the same act, facts and calendar it always gives the same answer: the fold of a diary uses it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from workflow.calendar import Calendar
from workflow.certificates import VIETNAM, Certificate, CountingRule, Suspension, start_of
from workflow.deadlines import count
from workflow.judging import judge_of
from workflow.model import Limit, LimitVariant, Transition
from workflow.predicates import OpenLimit, Situation, fact_date
from workflow.statements import Interval, TermStatement
from workflow.term import compute_term
from workflow.vocabulary import Facts, FactValue, LimitKind, Unit

_ONE_DAY = timedelta(days=1)


class TermConflictError(ValueError):
    """The dates on file contradict each other, so that no end of a term follows from them; the text says which."""


@dataclass(frozen=True, slots=True)
class StartedLimit:
    """A limit as this act starts it, with the paper that explains how it was counted.

    `due_at` is None when the law gives no number, or when the end cannot be known yet.
    """

    limit: Limit
    started_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    certificate: Certificate | TermStatement | None
    #: True when a running limit of the same id is superseded by this one.
    supersedes: bool


@dataclass(frozen=True, slots=True)
class StoppedLimit:
    """A limit that this act stops: `late` when a duty had run out before the act, `lapsed` when a possibility had."""

    limit_id: str
    late: bool
    lapsed: bool


@dataclass(frozen=True, slots=True)
class Effects:
    """Everything an act changes besides the state."""

    facts: Mapping[str, FactValue]
    started: tuple[StartedLimit, ...]
    stopped: tuple[StoppedLimit, ...]


class _Case:
    """A limit as one case of the law has it: from which fact it counts, and by which rule."""

    def __init__(self, limit: Limit, variant: LimitVariant | None) -> None:
        self._limit, self._variant = limit, variant
        self.from_fact = (variant.from_fact if variant else None) or limit.from_fact

    @cached_property
    def rule(self) -> CountingRule:
        """Return the rule to count by; ValueError if the law gives a limit that cannot be counted."""
        limit, variant = self._limit, self._variant
        return CountingRule(
            id=limit.id,
            amount=variant.amount if variant else limit.amount,
            unit=limit.unit,
            direction=limit.direction,
            kind=LimitKind.MAXIMUM if limit.kind is LimitKind.RECURRING else limit.kind,
            rolls=limit.rolls and limit.direction == "after",
            basis=(variant.basis if variant else None) or limit.basis,
            confidence=limit.confidence.mark,
        )


class LimitStarter:
    """Starts one limit of the law; built once for each, so that its rules are read once."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._variants = tuple((judge_of(variant.when), _Case(limit, variant)) for variant in limit.variants)
        self._usual = _Case(limit, None)

    def start(
        self, facts: Facts, situation: Situation, calendar: Calendar, *, supersedes: bool = False
    ) -> StartedLimit:
        """Count the limit from `facts`, or from the act itself; of `situation` everything else is looked at."""
        limit = self.limit
        case = next((case for holds, case in self._variants if holds(facts, situation)), self._usual)
        from_fact = case.from_fact
        start = _instant(facts.get(from_fact)) if from_fact else situation.occurred_at
        if limit.unit is Unit.TERM:
            return _start_term(limit, facts, situation, supersedes=supersedes)
        if limit.unit is Unit.STATED and limit.until:
            end = fact_date(facts, limit.until)
            due = _stated_end(facts.get(limit.until), end)
            return StartedLimit(limit, start or situation.occurred_at, None, due, None, supersedes)
        if limit.unit is Unit.NONE or (start is None and limit.direction == "before"):
            return StartedLimit(limit, start or situation.occurred_at, None, None, None, supersedes)
        if start is None:
            start = situation.occurred_at
        elif limit.direction == "before" and limit.unit is Unit.HOURS and _is_day(facts.get(from_fact or "")):
            start += _ONE_DAY  # hours are counted back from the end of that day
        stopped: list[Suspension] = []
        if limit.suspended_by is not None:
            spans = _intervals(facts, limit.suspended_by)
            if any(span.end is None for span in spans):
                return StartedLimit(limit, start, None, None, None, supersedes)  # suspended now: no end is known yet
            stopped = [Suspension(span.start, span.end) for span in spans if span.end and span.start < span.end]
        certificate = count(case.rule, start, calendar, policies=situation.policies, suspensions=stopped)
        return StartedLimit(limit, start, certificate.opens_at, certificate.due_at, certificate, supersedes)


def start_limit(limit: Limit, situation: Situation, calendar: Calendar, *, supersedes: bool = False) -> StartedLimit:
    """Count one limit from the facts of the situation, or from the act itself."""
    return LimitStarter(limit).start(situation.facts, situation, calendar, supersedes=supersedes)


class Consequences:
    """What one act of the law changes; built once for each, shared by all threads."""

    def __init__(self, transition: Transition, starters: Mapping[str, LimitStarter], calendar: Calendar) -> None:
        self._transition, self._calendar = transition, calendar
        wanted = [(name, True) for name in transition.restarts] + [(name, False) for name in transition.starts]
        # A limit whose end is a fact comes first: others count from that fact.
        wanted.sort(key=lambda entry: starters[entry[0]].limit.ends_fact is None)
        self._starts = tuple((name, starters[name], again) for name, again in wanted)
        self._limits = {name: starter.limit for name, starter in starters.items()}

    def of(self, situation: Situation, facts: dict[str, FactValue]) -> Effects:
        """Return the facts and limits after the act; `facts`, with what the officer stated, is taken over."""
        self._change(facts, situation)
        stopped = self._stopped(situation)
        gone = {stop.limit_id for stop in stopped}
        started: list[StartedLimit] = []
        for name, starter, again in self._starts:
            before = situation.limits.get(name)
            running = before is not None and before.running and name not in gone
            if running and not again:
                continue
            start = starter.start(facts, situation, self._calendar, supersedes=running)
            started.append(start)
            if start.limit.ends_fact is not None:
                facts[start.limit.ends_fact] = _last_day(start)
        return Effects(facts, tuple(started), stopped)

    def _change(self, facts: dict[str, FactValue], situation: Situation) -> None:
        transition = self._transition
        for name in transition.clears:
            facts.pop(name, None)
        for name, value in transition.sets.items():
            if value == "@occurred_at":
                facts[name] = situation.occurred_at.isoformat()
            elif value == "@occurred_on":
                facts[name] = situation.occurred_on.isoformat()
            else:
                facts[name] = value
        if not transition.closes_period and transition.opens_period is None:
            return
        today = situation.occurred_on.isoformat()
        for name in transition.closes_period:
            facts[name] = tuple((opened, closed or today) for opened, closed in periods(facts, name))
        if transition.opens_period is not None:
            facts[transition.opens_period] = (*periods(facts, transition.opens_period), (today, None))

    def _stopped(self, situation: Situation) -> tuple[StoppedLimit, ...]:
        limits = situation.limits
        if not limits:
            return ()
        names: Iterable[str] = limits if self._transition.stops_all else self._transition.stops
        return tuple(
            _stop(self._limits.get(name), name, situation) for name in names if name in limits and limits[name].running
        )


def open_limit(started: StartedLimit) -> OpenLimit:
    """Return the started limit as guards see it."""
    return OpenLimit(started.started_at, started.due_at, started.opens_at)


def periods(facts: Facts, name: str) -> tuple[tuple[str, str | None], ...]:
    """Return the periods a fact holds, as (from, to or None) pairs of ISO days; none when unknown."""
    value = facts.get(name)
    if not isinstance(value, tuple | list):
        return ()
    return tuple((str(pair[0]), pair[1]) for pair in value if not isinstance(pair, str))


def _stop(limit: Limit | None, name: str, situation: Situation) -> StoppedLimit:
    """Say how a running limit ends; a limit of a side machine that this procedure does not know was no duty of it."""
    due_at = situation.limits[name].due_at
    over = due_at is not None and due_at < situation.occurred_at
    duty = limit is not None and limit.duty and limit.kind not in (LimitKind.MINIMUM, LimitKind.PERIOD)
    return StoppedLimit(name, late=over and duty, lapsed=over and not duty)


def _start_term(limit: Limit, facts: Facts, situation: Situation, *, supersedes: bool) -> StartedLimit:
    named = limit.inputs
    months = facts.get(named["months"])
    begins = fact_date(facts, named["start"])
    begun = start_of(begins) if begins else situation.occurred_at
    if not isinstance(months, int) or begins is None:
        return StartedLimit(limit, begun, None, None, None, supersedes)
    holds_before = _holds(_intervals(facts, named["holds"]), begins)
    try:
        statement = compute_term(
            months,
            begins,
            holds=holds_before,
            hold_escapes=_escapes_of(holds_before, _intervals(facts, named["hold_escapes"])),
            excluded=_intervals(facts, named["excluded"]),
            court_decided_on=fact_date(facts, named["court_decision"]),
            policies=situation.policies,
            track=limit.track,
        )
    except ValueError as conflict:
        raise TermConflictError(str(conflict)) from conflict
    due = start_of(statement.ends_on) + timedelta(days=1) if statement.ends_on else None
    return StartedLimit(limit, begun, None, due, statement, supersedes)


def _holds(spans: list[Interval], begins: date) -> list[Interval]:
    """Return the holds before the term, each closed: by its own end, by the next hold, or by the intake."""
    starts = [span.start for span in spans[1:]] + [begins]
    closed = [
        Interval(span.start, min(span.end or following, following, begins))
        for span, following in zip(spans, starts, strict=False)
        if span.start <= begins
    ]
    return [span for span in closed if span.end is not None and span.start <= span.end]


def _escapes_of(held: list[Interval], escapes: list[Interval]) -> list[Interval]:
    """Return the escapes, each closed at the latest when the hold it broke was over; one recorded twice counts once."""
    closed: list[Interval] = []
    for escape in sorted(escapes, key=lambda one: one.start):
        broken = next((hold for hold in reversed(held) if hold.start <= escape.start), None)
        if broken is None or broken.end is None or escape.start > broken.end:
            continue
        end = min(escape.end or broken.end, broken.end)
        before = closed[-1] if closed else None
        if before is not None and before.end is not None and broken.start <= before.start and escape.start < before.end:
            closed[-1] = Interval(before.start, max(before.end, end))
        else:
            closed.append(Interval(escape.start, end))
    return closed


def _intervals(facts: Facts, name: str) -> list[Interval]:
    return [
        Interval(date.fromisoformat(opened), date.fromisoformat(closed) if closed else None)
        for opened, closed in periods(facts, name)
    ]


def _last_day(started: StartedLimit) -> str | None:
    if started.due_at is None:
        return None
    return (started.due_at - timedelta(microseconds=1)).astimezone(VIETNAM).date().isoformat()


def _is_day(value: FactValue) -> bool:
    return isinstance(value, str) and len(value) == len("2026-07-01")


def _instant(value: FactValue) -> datetime | None:
    if not isinstance(value, str):
        return None
    return start_of(date.fromisoformat(value)) if _is_day(value) else datetime.fromisoformat(value)


def _stated_end(value: FactValue, day: date | None) -> datetime | None:
    """Return the end a fact states: the instant itself, or the end of the day."""
    if day is None or not isinstance(value, str):
        return None
    return start_of(day) + timedelta(days=1) if _is_day(value) else datetime.fromisoformat(value)
