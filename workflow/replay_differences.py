"""Says how what a dossier came to on record differs from what it would have come to under another edition.

Names rules, states and days only, so that a report of many dossiers tells nothing about anybody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final

from workflow.model import Limit
from workflow.recorded import Cover, Fate, LimitRun, Outcome, Replay

_ONE_DAY: Final = timedelta(days=1)


class Verdict(StrEnum):
    """How a limit fares under the edition that is tried."""

    #: It would have been missed, or missed more often.
    MISSED = "missed"
    #: It was missed and would have been met, or missed less often.
    MET = "met"
    #: It would have run and did not.
    NEW = "new"
    #: The edition has no such limit.
    ABOLISHED = "abolished"
    #: The edition has it, but the dossier never came to where it begins.
    NOT_STARTED = "not_started"
    #: It would have run to another end.
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class LimitDifference:
    """A limit that fares otherwise: the last end of each side (None: no end, or no run) and how often it was missed."""

    rule: str
    verdict: Verdict
    recorded_end: datetime | None
    replayed_end: datetime | None
    recorded_missed: int
    replayed_missed: int


@dataclass(frozen=True, slots=True)
class Differences:
    """How one dossier differs; pairs are (on record, under the edition), None where there is none.

    `custody` gives days, to a tenth, that somebody held the person, by title (kind and form); every title is there,
    also one that does not differ.
    """

    states: Mapping[str, tuple[str | None, str | None]]
    terms: Mapping[str, tuple[str | None, str | None]]
    limits: tuple[LimitDifference, ...]
    custody: Mapping[str, tuple[float, float]]
    replay: Replay

    @property
    def none(self) -> bool:
        """Return whether the dossier would have gone exactly as it did."""
        same_days = all(recorded == replayed for recorded, replayed in self.custody.values())
        return same_days and not (self.states or self.terms or self.limits or self.replay.left_out)

    @property
    def ends_differently(self) -> bool:
        """Return whether the dossier would stand elsewhere, or a term of custody would end on another day."""
        return bool(self.states or self.terms)

    def count(self, fate: Fate) -> int:
        """Return how many recorded acts have that fate."""
        return sum(told.fate is fate for told in self.replay.left_out)

    def with_verdict(self, verdict: Verdict) -> tuple[LimitDifference, ...]:
        """Return the limits that fare in that way."""
        return tuple(each for each in self.limits if each.verdict is verdict)


def differences(
    recorded: Outcome,
    replay: Replay,
    limit_of: Callable[[str], Limit | None],
    *,
    term_facts: Collection[str],
    at: datetime,
) -> Differences:
    """Compare the two; running limits are judged, and custody is counted, up to the moment `at`.

    `limit_of` finds a limit of the edition that was tried, `term_facts` name the facts that hold the end of a term.
    """
    replayed = replay.outcome
    terms = {name: (_text(recorded.facts.get(name)), _text(replayed.facts.get(name))) for name in sorted(term_facts)}
    return Differences(
        states=_differing(recorded.states, replayed.states),
        terms={name: pair for name, pair in terms.items() if pair[0] != pair[1]},
        limits=tuple(_limits(recorded.runs, replayed.runs, limit_of, at)),
        custody=_custody(recorded.covers, replayed.covers, at),
        replay=replay,
    )


def custody_days(covers: Iterable[Cover], at: datetime) -> dict[str, timedelta]:
    """Return how long somebody held the person until `at`, by title: kind and form, as `in_facility/FORM`."""
    days: dict[str, timedelta] = {}
    spans = list(covers)
    ends = [following.from_at for _, following in pairwise(spans)] + [at]
    for cover, end in zip(spans, ends, strict=False):
        if cover.kind.deprived_of_liberty:
            title = f"{cover.kind.value}/{cover.instrument or '-'}"
            days[title] = days.get(title, timedelta()) + max(end - cover.from_at, timedelta())
    return days


def _custody(recorded: Iterable[Cover], replayed: Iterable[Cover], at: datetime) -> dict[str, tuple[float, float]]:
    before, after = custody_days(recorded, at), custody_days(replayed, at)
    titles = dict.fromkeys([*before, *after])
    return {title: (_days(before.get(title)), _days(after.get(title))) for title in titles}


def _days(held: timedelta | None) -> float:
    return 0.0 if held is None else round(held / _ONE_DAY, 1)


def _differing(recorded: Mapping[str, str], replayed: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = dict.fromkeys([*recorded, *replayed])
    pairs = {name: (recorded.get(name), replayed.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def _limits(
    recorded: Iterable[LimitRun], replayed: Iterable[LimitRun], limit_of: Callable[[str], Limit | None], at: datetime
) -> Iterable[LimitDifference]:
    before, after = _by_rule(recorded), _by_rule(replayed)
    for rule in dict.fromkeys([*before, *after]):
        was, would = before.get(rule, []), after.get(rule, [])
        missed, would_miss = sum(run.missed(at) for run in was), sum(run.missed(at) for run in would)
        ends = was[-1].due_at if was else None, would[-1].due_at if would else None
        if would_miss > missed:
            verdict = Verdict.MISSED
        elif not would:
            verdict = Verdict.ABOLISHED if limit_of(rule) is None else Verdict.NOT_STARTED
        elif not was:
            verdict = Verdict.NEW
        elif would_miss < missed:
            verdict = Verdict.MET
        elif ends[0] != ends[1]:
            verdict = Verdict.MOVED
        else:
            continue
        yield LimitDifference(rule, verdict, *ends, missed, would_miss)


def _by_rule(runs: Iterable[LimitRun]) -> dict[str, list[LimitRun]]:
    found: dict[str, list[LimitRun]] = {}
    for run in runs:
        found.setdefault(run.rule, []).append(run)
    return found


def _text(value: object) -> str | None:
    return None if value is None else str(value)
