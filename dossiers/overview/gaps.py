"""Custody whose title is in doubt, in a territory: gaps now and in the past, and terms that end within hours.

A list names only dossiers in which a body of the reader takes part; of the others it counts how many, by body.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Subquery, case, func, literal, null, select, union_all
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.custody.models import CustodyInterval
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.files.queries import dossiers_in_hand
from dossiers.limits.models import Alarm, Deadline
from dossiers.overview.conditions import HELD, held_now, standing, without_paper
from dossiers.overview.figures import grave_codes
from dossiers.overview.territory import Territory
from storage.columns import UtcDateTime
from workflow.vocabulary import Unit

#: How long before its end a term is listed.
SOON: Final = timedelta(hours=72)


class Why(StrEnum):
    """What is wrong with a time of custody, the gravest first."""

    NO_TITLE = "no-title"
    UNEXPLAINED = "unexplained"
    NO_PAPER = "no-paper"
    ENDS_SOON = "ends-soon"


@dataclass(frozen=True, slots=True)
class Gap:
    """One time of custody in doubt; `until` is None while it lasts, `instrument` the form of the last title."""

    why: Why
    dossier: Dossier
    body_id: UUID | None
    instrument: str | None
    since: datetime
    until: datetime | None

    def hours(self, at: datetime) -> int:
        """Return how many whole hours it lasts or lasted; for a term that ends soon, how many are left."""
        end = at if self.until is None else self.until
        span = self.until - at if self.why is Why.ENDS_SOON and self.until else end - self.since
        return int(span.total_seconds() // 3600)


@dataclass(frozen=True, slots=True)
class GapFigure:
    """How many of one kind a body has in the whole territory, and since when the oldest lasts."""

    why: Why
    body_id: UUID | None
    gaps: int
    since: datetime


def gap_figures(session: Session, law: Law, territory: Territory, *, at: datetime, since: datetime) -> list[GapFigure]:
    """Return the figures by kind and body: what lasts now, and what ended after `since`; the gravest first."""
    found = _gaps(law, territory, at=at, since=since)
    group = (found.c.why, found.c.body_id)
    query = select(*group, func.count(), func.min(found.c.since)).group_by(*group)
    figures = [GapFigure(Why(why), body, gaps, oldest) for why, body, gaps, oldest in session.execute(query)]
    order = list(Why)
    return sorted(figures, key=lambda each: (order.index(each.why), each.since))


def gaps_to_read(
    session: Session, law: Law, territory: Territory, actor: Actor, *, at: datetime, since: datetime, limit: int
) -> Sequence[Gap]:
    """Return those in dossiers that the reader may open, at most `limit`.

    What lasts comes before what is past, then the gravest and the oldest; terms that end soon come last.
    """
    found = _gaps(law, territory, at=at, since=since)
    gravity = case({why.value: number for number, why in enumerate(Why)}, value=found.c.why)
    query = (
        select(Dossier, found.c.why, found.c.body_id, found.c.instrument, found.c.since, found.c.until)
        .join(found, found.c.dossier_id == Dossier.id)
        .where(Dossier.id.in_(dossiers_in_hand(actor)))
        .options(joinedload(Dossier.person))
        .order_by(
            found.c.why == Why.ENDS_SOON.value, found.c.until.is_not(None), gravity, found.c.since, Dossier.number
        )
        .limit(limit)
    )
    return [Gap(Why(why), row, *rest) for row, why, *rest in session.execute(query)]


def _gaps(law: Law, territory: Territory, *, at: datetime, since: datetime) -> Subquery:
    """Return every time of custody in doubt: why, dossier, body, last title, since and until."""
    here = select(Dossier.id).where(territory.dossiers)
    following = func.lead(CustodyInterval.from_at, type_=UtcDateTime()).over(
        partition_by=CustodyInterval.dossier_id, order_by=(CustodyInterval.from_seq, CustodyInterval.from_at)
    )
    ordered = (
        select(
            CustodyInterval.dossier_id,
            CustodyInterval.holder_id,
            CustodyInterval.kind,
            CustodyInterval.instrument,
            CustodyInterval.to_at,
            following.label("next_at"),
        )
        .where(CustodyInterval.dossier_id.in_(here))
        .subquery()
    )
    unexplained = select(
        literal(Why.UNEXPLAINED.value).label("why"),
        ordered.c.dossier_id.label("dossier_id"),
        ordered.c.holder_id.label("body_id"),
        ordered.c.instrument.label("instrument"),
        ordered.c.to_at.label("since"),
        ordered.c.next_at.label("until"),
    ).where(
        ordered.c.kind.in_(HELD),
        ordered.c.to_at.is_not(None),
        ordered.c.next_at.is_(None) | ((ordered.c.next_at > ordered.c.to_at) & (ordered.c.next_at > since)),
    )
    no_paper = select(
        literal(Why.NO_PAPER.value),
        CustodyInterval.dossier_id,
        CustodyInterval.holder_id,
        CustodyInterval.instrument,
        CustodyInterval.from_at,
        null(),
    ).where(held_now(), without_paper(), CustodyInterval.dossier_id.in_(here))
    alarmed = (
        select(literal(Why.NO_TITLE.value), Alarm.dossier_id, CustodyInterval.holder_id, CustodyInterval.instrument)
        .add_columns(Alarm.raised_at, null())
        .join(CustodyInterval, (CustodyInterval.dossier_id == Alarm.dossier_id) & held_now())
        .where(standing(), Alarm.code.in_(sorted(grave_codes(law.procedures))), Alarm.dossier_id.in_(here))
    )
    terms = {limit.id for each in law.procedures for limit in each.limits.values() if limit.unit is Unit.TERM}
    ending = (
        select(literal(Why.ENDS_SOON.value), Deadline.dossier_id, CustodyInterval.holder_id, CustodyInterval.instrument)
        .add_columns(CustodyInterval.from_at, Deadline.due_at)
        .join(CustodyInterval, (CustodyInterval.dossier_id == Deadline.dossier_id) & held_now())
        .where(Deadline.state == "running", Deadline.rule.in_(sorted(terms)), Deadline.dossier_id.in_(here))
        .where(Deadline.due_at > at, Deadline.due_at <= at + SOON)
    )
    return union_all(unexplained, no_paper, alarmed, ending).subquery()
