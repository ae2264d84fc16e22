"""Find the end of a legal time limit without writing down every day on the way to it.

The engine asks this first: a decision needs to know when a limit ends, and only its record needs the certificate that
says why.  The certificate is counted by `deadlines.count`, day by day and by other code, when somebody asks for it;
`Count.certificate` refuses to let the two differ.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from workflow.calendar import Calendar
from workflow.certificates import Certificate, CountingRule, Suspension, start_of
from workflow.deadlines import POL_ROLL, add_months, bounds, count, local_start, policies_used
from workflow.vocabulary import Unit

_ONE_DAY = timedelta(days=1)
_MONTHS = {Unit.MONTHS: 1, Unit.YEARS: 12}


class MiscountedError(AssertionError):
    """The end a decision was made with is not the end that its certificate explains: a bug, never the officer's."""


class Count:
    """A limit counted from one start: `opens_at` and `due_at` are known at once, the certificate when asked for."""

    __slots__ = ("_calendar", "_certificate", "_rule", "_start", "_used", "due_at", "opens_at")

    def __init__(
        self, rule: CountingRule, start: datetime, calendar: Calendar, used: Mapping[str, str], end: datetime
    ) -> None:
        self._rule, self._start, self._calendar, self._used = rule, start, calendar, used
        self.opens_at, _, self.due_at = bounds(rule, start, end)
        self._certificate: Certificate | None = None

    @property
    def certificate(self) -> Certificate:
        """Return the certificate, counted day by day; MiscountedError if it comes to another end."""
        if self._certificate is None:
            counted = count(self._rule, self._start, self._calendar, policies=self._used)
            if (counted.opens_at, counted.due_at) != (self.opens_at, self.due_at):
                raise MiscountedError(f"{self._rule.id}: {self.due_at} and, day by day, {counted.due_at}")
            self._certificate = counted
        return self._certificate


class Reckoner:
    """Counts by one rule; built once for each, shared by all threads."""

    def __init__(self, rule: CountingRule) -> None:
        self.rule = rule
        self._steps = -rule.amount if rule.back else rule.amount
        self._hours = None if rule.whole_days else timedelta(hours=self._steps)
        self._months = self._steps * _MONTHS.get(rule.unit, 0)
        self._working = rule.unit is Unit.WORKING_DAYS

    def count(
        self, start: datetime, calendar: Calendar, policies: Mapping[str, str], suspensions: Sequence[Suspension] = ()
    ) -> Count | Certificate:
        """Count from the aware instant `start`; with suspensions the certificate is made at once.

        Raises what `deadlines.count` raises, for the same reasons.
        """
        rule = self.rule
        if suspensions:
            return count(rule, start, calendar, policies=policies, suspensions=suspensions)
        local, used = local_start(start), policies_used(rule, policies)
        if self._hours is not None:
            return Count(rule, local, calendar, used, local + self._hours)
        end = self._last_day(local.date(), calendar, roll=used.get(POL_ROLL) == "roll_forward")
        return Count(rule, local, calendar, used, start_of(end))

    def _last_day(self, start: date, calendar: Calendar, *, roll: bool) -> date:
        if self._months:
            return add_months(start, self._months)
        if self._working:
            return calendar.working_day(start, self._steps)
        end = start + timedelta(days=self._steps)
        while roll and not calendar.is_working_day(end):
            end += _ONE_DAY
        return end
