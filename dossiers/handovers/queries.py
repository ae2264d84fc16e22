"""Reads hand-overs: only those that one of the caller's bodies gives or takes; for anybody else they do not exist."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from dossiers.bodies.access import Actor
from dossiers.bodies.models import Organization
from dossiers.errors import NotFoundError
from dossiers.files.models import Dossier, DossierParty
from dossiers.files.queries import visible_dossiers
from dossiers.handovers.models import Handover


def handover_to_read(session: Session, handover_id: UUID, actor: Actor) -> Handover:
    """Return a hand-over that one of the caller's bodies gives or takes; raises NotFoundError for anybody else."""
    query = _shown().where(Handover.id == handover_id, _ours(actor), Handover.dossier_id.in_(visible_dossiers(actor)))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def handovers_of(session: Session, dossier: Dossier, actor: Actor) -> Sequence[Handover]:
    """Return the hand-overs of a dossier that the caller may read, the present version of each, the newest first."""
    query = _shown().where(Handover.dossier_id == dossier.id, _ours(actor), _present())
    return session.scalars(query.order_by(Handover.made_at.desc())).all()


def handovers_of_bodies(session: Session, actor: Actor, *, limit: int, offset: int) -> Sequence[Handover]:
    """Return a page of the hand-overs of the caller's bodies: those that wait for a side first, then the newest."""
    waits = or_(Handover.sender_at.is_(None), Handover.receiver_at.is_(None), Handover.differences.is_not(None))
    query = _shown().where(_ours(actor), _present(), Handover.dossier_id.in_(visible_dossiers(actor)))
    order = (waits.desc(), Handover.made_at.desc(), Handover.id)
    return session.scalars(query.order_by(*order).limit(limit).offset(offset)).all()


def latest_handovers(session: Session, ids: Collection[UUID], actor: Actor) -> dict[UUID, Handover]:
    """Return the latest hand-over of each of the dossiers that the caller may read, in one statement."""
    query = _shown().where(Handover.dossier_id.in_(ids), _ours(actor), _present())
    return {each.dossier_id: each for each in session.scalars(query.order_by(Handover.made_at))}


def following_version(session: Session, handover: Handover) -> Handover | None:
    """Return the version that superseded this one, None while this one is the present one."""
    return session.scalars(select(Handover).where(Handover.supersedes_id == handover.id)).one_or_none()


def bodies_of(session: Session, dossier: Dossier) -> Sequence[Organization]:
    """Return the bodies that take or took part in a dossier, by name: in a transfer one comes as the other goes."""
    parties = select(DossierParty.organization_id).where(DossierParty.dossier_id == dossier.id)
    return session.scalars(select(Organization).where(Organization.id.in_(parties)).order_by(Organization.name)).all()


def _shown() -> Select[Handover]:
    return select(Handover).options(
        joinedload(Handover.from_body),
        joinedload(Handover.to_body),
        joinedload(Handover.dossier).joinedload(Dossier.person),
    )


def _ours(actor: Actor) -> ColumnElement[bool]:
    mine = actor.organization_ids
    return or_(Handover.from_body_id.in_(mine), Handover.to_body_id.in_(mine))


def _present() -> ColumnElement[bool]:
    later = aliased(Handover)
    return ~select(later.id).where(later.supersedes_id == Handover.id).exists()
