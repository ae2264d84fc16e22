"""What an act changes: the facts it sets, the limits it starts and stops.

Given the same act, facts and calendar it always gives the same answer: the fold of a diary uses it too.  What is made
for each decision is a named tuple: a frozen dataclass takes five times as long to make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple

from workflow.calendar import Calendar
from workflow.certificates import VIETNAM, Certificate, CountingRule, Suspension, start_of
from workflow.judging import judge_of
from workflow.model import Limit, LimitVariant, Transition
from workflow.predicates import OpenLimit, Situation, fact_date
from workflow.reckoning import Count, Reckoner
from workflow.statements import Interval, TermStatement
from workflow.term import compute_term
from workflow.vocabulary import Facts, FactValue, LimitKind, Unit

_ONE_DAY = timedelta(days=1)


class TermConflictError(ValueError):
    """The dates on file contradict each other, so that no end of a term follows from them; the text says which."""


class StartedLimit(NamedTuple):
    """A limit as this act starts it, with the paper that explains how it was counted.

    `due_at` is None when the law gives no number, or when the end cannot be known yet.
    """

    limit: Limit
    started_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    counted: Count | Certificate | TermStatement | None
    #: True when a running limit of the same id is superseded by this one.
    supersedes: bool

    @property
    def certificate(self) -> Certificate | TermStatement | None:
        """Return the paper that explains the end; it is written when it is first asked for."""
        return self.counted.certificate if isinstance(self.counted, Count) else self.counted

    def __eq__(self, other: object) -> bool:
        """Return whether both are the same limit with the same paper, written already or not."""
        if not isinstance(other, StartedLimit):
            return NotImplemented
        return (*self._replace(counted=None),) == (*other._replace(counted=None),) and (
            self.certificate == other.certificate
        )

    def __ne__(self, other: object) -> bool:
        """Return whether `==` does not hold: a tuple would compare its parts."""
        return not self == other

    def __hash__(self) -> int:
        """Return a hash that does not write the paper."""
        return hash((self.limit.id, self.started_at, self.due_at))


class StoppedLimit(NamedTuple):
    """A limit that this act stops: `late` when a duty had run out before the act, `lapsed` when a possibility had."""

    limit_id: str
    late: bool
    lapsed: bool


class Effects(NamedTuple):
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
    def reckoner(self) -> Reckoner:
        """Return what counts by the rule of the case; ValueError if the law gives a limit that cannot be counted."""
        limit, variant = self._limit, self._variant
        return Reckoner(
            CountingRule(
                id=limit.id,
                amount=variant.amount if variant else limit.amount,
                unit=limit.unit,
                direction=limit.direction,
                kind=LimitKind.MAXIMUM if limit.kind is LimitKind.RECURRING else limit.kind,
                rolls=limit.rolls and limit.direction == "after",
                basis=(variant.basis if variant else None) or limit.basis,
                confidence=limit.confidence.mark,
            )
        )


class LimitStarter:
    """Starts one limit of the law; built once for each, so that its rules are read once."""

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._variants = tuple((judge_of(variant.when), _Case(limit, variant)) for variant in limit.variants)
        self._usual = _Case(limit, None)
        self._back = limit.direction == "before"
        self._hours_back = self._back and limit.unit is Unit.HOURS
        self._start: Callable[[Facts, Situation, Calendar, bool], StartedLimit] = self._counted
        if limit.unit is Unit.TERM:
            self._start = self._term
        elif limit.unit is Unit.STATED and limit.until:
            self._start = self._stated
        elif limit.unit is Unit.NONE:
            self._start = self._without_number

    def start(
        self, facts: Facts, situation: Situation, calendar: Calendar, *, supersedes: bool = False
    ) -> StartedLimit:
        """Count the limit from `facts`, or from the act itself; of `situation` everything else is looked at."""
        return self._start(facts, situation, calendar, supersedes)

    def _case(self, facts: Facts, situation: Situation) -> _Case:
        for holds, case in self._variants:
            if holds(facts, situation):
                return case
        return self._usual

    def _term(self, facts: Facts, situation: Situation, _: Calendar, supersedes: bool) -> StartedLimit:  # noqa: FBT001
        return _start_term(self.limit, facts, situation, supersedes=supersedes)

    def _stated(self, facts: Facts, situation: Situation, _: Calendar, supersedes: bool) -> StartedLimit:  # noqa: FBT001
        assert self.limit.until is not None
        end = fact_date(facts, self.limit.until)
        due = _stated_end(facts.get(self.limit.until), end)
        return StartedLimit(self.limit, self._begun(facts, situation), None, due, None, supersedes)

    def _without_number(self, facts: Facts, situation: Situation, _: Calendar, supersedes: bool) -> StartedLimit:  # noqa: FBT001
        return StartedLimit(self.limit, self._begun(facts, situation), None, None, None, supersedes)

    def _begun(self, facts: Facts, situation: Situation) -> datetime:
        from_fact = self._case(facts, situation).from_fact
        return (_instant(facts.get(from_fact)) if from_fact else None) or situation.occurred_at

    def _counted(self, facts: Facts, situation: Situation, calendar: Calendar, supersedes: bool) -> StartedLimit:  # noqa: FBT001
        limit, case = self.limit, self._case(facts, situation)
        start = situation.occurred_at
        if case.from_fact:
            stated = facts.get(case.from_fact)
            known = _instant(stated)
            if known is None and self._back:
                return StartedLimit(limit, start, None, None, None, supersedes)
            start = known or start
            if self._hours_back and _is_day(stated):
                start += _ONE_DAY  # hours are counted back from the end of that day
        stopped: list[Suspension] = []
        if limit.suspended_by is not None:
            spans = _intervals(facts, limit.suspended_by)
            if any(span.end is None for span in spans):
                return StartedLimit(limit, start, None, None, None, supersedes)  # suspended now: no end is known yet
            stopped = [Suspension(span.start, span.end) for span in spans if span.end and span.start < span.end]
        counted = case.reckoner.count(start, calendar, situation.policies, stopped)
        return StartedLimit(limit, start, counted.opens_at, counted.due_at, counted, supersedes)


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
        self._duties = frozenset(name for name, starter in starters.items() if _is_duty(starter.limit))

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
        stopped = []
        for name in names:
            limit = limits.get(name)
            if limit is not None and limit.running:
                over = limit.due_at is not None and limit.due_at < situation.occurred_at
                duty = name in self._duties
                stopped.append(StoppedLimit(name, late=over and duty, lapsed=over and not duty))
        return tuple(stopped)


def open_limit(started: StartedLimit) -> OpenLimit:
    """Return the started limit as guards see it."""
    return OpenLimit(started.started_at, started.due_at, started.opens_at)


def periods(facts: Facts, name: str) -> tuple[tuple[str, str | None], ...]:
    """Return the periods a fact holds, as (from, to or None) pairs of ISO days; none when unknown."""
    value = facts.get(name)
    if not isinstance(value, tuple | list):
        return ()
    return tuple((str(pair[0]), pair[1]) for pair in value if not isinstance(pair, str))


def _is_duty(limit: Limit) -> bool:
    """Return whether somebody is late when the limit runs out; one that the procedure does not know is no duty."""
    return limit.duty and limit.kind not in (LimitKind.MINIMUM, LimitKind.PERIOD)


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
