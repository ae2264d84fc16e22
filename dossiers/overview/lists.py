"""The dossiers behind a figure: only those in which a body of the reader takes part now.  Reads only.

Who has left a dossier must not learn by a figure where it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.custody.models import CustodyInterval
from dossiers.errors import NotFoundError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty
from dossiers.files.queries import dossiers_in_hand
from dossiers.limits.models import Alarm, Deadline
from dossiers.overview.conditions import held_now, holes, overdue, owner_of_limit, standing, without_paper
from dossiers.overview.territory import Territory


@dataclass(frozen=True, slots=True)
class Figure:
    """Which figure is meant: its kind, what it counts (a phase, a rule, the code of an alarm …), and of which body."""

    kind: str
    key: str
    body_id: UUID | None


def dossiers_behind(
    session: Session,
    law: Law,
    territory: Territory,
    figure: Figure,
    actor: Actor,
    *,
    at: datetime,
    limit: int,
    after: str | None,
) -> Sequence[Dossier]:
    """Return a page of the dossiers of a figure that the reader may open, by number.

    Raises NotFoundError for a kind of figure that there is not.
    """
    condition = _CONDITIONS.get(figure.kind)
    if condition is None:
        raise NotFoundError
    query = (
        select(Dossier)
        .where(territory.dossiers, condition(session, law, figure, at), Dossier.id.in_(dossiers_in_hand(actor)))
        .options(joinedload(Dossier.person), joinedload(Dossier.holder))
        .order_by(Dossier.number)
    )
    if after is not None:
        query = query.where(Dossier.number > after)
    return session.scalars(query.limit(limit)).unique().all()


def _in_phase(session: Session, law: Law, figure: Figure, _at: datetime) -> ColumnElement[bool]:
    used = session.scalars(select(Dossier.procedure_sha256).distinct())
    states = [
        (Dossier.procedure_sha256 == sha256) & Dossier.state.in_(_states_of(session, law, sha256, figure.key))
        for sha256 in used
    ]
    if not states:
        raise NotFoundError
    return or_(*states) & (Dossier.holder_id == figure.body_id)


def _states_of(session: Session, law: Law, sha256: str, phase: str) -> list[str]:
    return [state.id for state in law.pinned(session, sha256).states.values() if state.phase == phase]


def _late(_session: Session, _law: Law, figure: Figure, at: datetime) -> ColumnElement[bool]:
    query = (
        select(Deadline.dossier_id)
        .outerjoin(DossierParty, owner_of_limit())
        .where(overdue(at), Deadline.rule == figure.key, DossierParty.organization_id == figure.body_id)
    )
    return Dossier.id.in_(query)


def _alarmed(_session: Session, _law: Law, figure: Figure, _at: datetime) -> ColumnElement[bool]:
    query = select(Alarm.dossier_id).where(standing(), Alarm.code == figure.key)
    return Dossier.id.in_(query) & (Dossier.holder_id == figure.body_id)


def _held(_session: Session, _law: Law, figure: Figure, _at: datetime) -> ColumnElement[bool]:
    query = select(CustodyInterval.dossier_id).where(
        held_now(), CustodyInterval.kind == figure.key, CustodyInterval.holder_id == figure.body_id
    )
    return Dossier.id.in_(query)


def _untitled(session: Session, law: Law, figure: Figure, at: datetime) -> ColumnElement[bool]:
    query = select(CustodyInterval.dossier_id).where(held_now(), without_paper())
    return Dossier.id.in_(query) & _held(session, law, figure, at)


def _holed(_session: Session, _law: Law, figure: Figure, _at: datetime) -> ColumnElement[bool]:
    found = holes().subquery()
    return Dossier.id.in_(select(found.c.dossier_id).where(found.c.holder_id == figure.body_id))


Condition = Callable[[Session, Law, Figure, datetime], ColumnElement[bool]]
#: Kind of figure -> the condition that a dossier is counted in it.
_CONDITIONS: Final[Mapping[str, Condition]] = MappingProxyType(
    {
        "phase": _in_phase,
        "late": _late,
        "alarm": _alarmed,
        "held": _held,
        "untitled": _untitled,
        "holes": _holed,
    }
)
