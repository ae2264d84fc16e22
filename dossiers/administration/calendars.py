"""Says which running limits a decision on days off would move, by limit and day; no dossier is named.  Reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dossiers.files.editions import Law
from dossiers.limits.recounting import Recount, last_day
from dossiers.moves.recount import outlooks
from dossiers.policies import calendar_with
from workflow.model import Limit


@dataclass(frozen=True, slots=True)
class Movement:
    """Limits of one rule that would move from one day to another, or keep their day because they protect a person."""

    limit: Limit
    before: date
    #: The last day by the new calendar, and the one in force from then on.
    counted: date
    after: date
    kept: bool
    #: How many such limits run.
    running: int

    @property
    def shortened(self) -> bool:
        """Say whether the limits end earlier than they did."""
        return self.after < self.before


def movements(session: Session, law: Law, day: date, kind: str, decision: str, *, at: datetime) -> Sequence[Movement]:
    """Return what a decreed day would move, those that end earlier first; writes nothing.

    Raises InvalidDataError for what is no decreed day.
    """
    found = outlooks(session, law, calendar_with(session, day, kind, decision, at=at), day=day)
    counted: Counter[tuple[str, date, date, date, bool]] = Counter()
    limits: dict[str, Limit] = {}
    for each in (recount for outlook in found for recount in outlook.recounts):
        limits[each.limit.id] = each.limit
        counted[_key(each)] += 1
    moved = [
        Movement(limits[rule], before, fresh, after, kept, running)
        for (rule, before, fresh, after, kept), running in counted.items()
    ]
    return sorted(moved, key=lambda each: (not each.shortened, each.kept, each.before, each.limit.id))


def _key(each: Recount) -> tuple[str, date, date, date, bool]:
    assert each.row.due_at is not None
    return (
        each.limit.id,
        last_day(each.row.due_at),
        last_day(each.certificate.due_at),
        last_day(each.due_at),
        each.kept,
    )
