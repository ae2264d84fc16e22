"""Keeps what an officer typed into the form of an act, for that officer only, until the act is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.moves.models import MoveDraft


def draft_of(
    session: Session, actor: Actor, dossier_id: UUID, proceeding_id: UUID | None, trigger: str
) -> MoveDraft | None:
    """Return what the caller kept of an act of a dossier, or of one of its side machines."""
    return session.scalars(_drafts(actor, dossier_id, proceeding_id, trigger)).first()


def drafts_in(session: Session, actor: Actor, dossier_id: UUID) -> Sequence[MoveDraft]:
    """Return everything the caller kept about a dossier, the latest first."""
    query = select(MoveDraft).where(MoveDraft.account_id == actor.account_id, MoveDraft.dossier_id == dossier_id)
    return session.scalars(query.order_by(MoveDraft.saved_at.desc())).all()


def keep_draft(
    session: Session,
    actor: Actor,
    dossier_id: UUID,
    proceeding_id: UUID | None,
    trigger: str,
    typed: Mapping[str, str],
    *,
    at: datetime,
) -> MoveDraft:
    """Keep what was typed in place of what was kept before."""
    draft = draft_of(session, actor, dossier_id, proceeding_id, trigger) or MoveDraft(
        account_id=actor.account_id, dossier_id=dossier_id, proceeding_id=proceeding_id, trigger=trigger
    )
    draft.typed, draft.saved_at = dict(typed), at
    session.add(draft)
    return draft


def drop_draft(session: Session, actor: Actor, dossier_id: UUID, proceeding_id: UUID | None, trigger: str) -> None:
    """Forget what the caller kept of an act: it is recorded, or not wanted any more."""
    kept = [draft.id for draft in session.scalars(_drafts(actor, dossier_id, proceeding_id, trigger))]
    if kept:
        session.execute(delete(MoveDraft).where(MoveDraft.id.in_(kept)))


def _drafts(actor: Actor, dossier_id: UUID, proceeding_id: UUID | None, trigger: str) -> Select[MoveDraft]:
    return select(MoveDraft).where(
        MoveDraft.account_id == actor.account_id,
        MoveDraft.dossier_id == dossier_id,
        MoveDraft.proceeding_id == proceeding_id if proceeding_id else MoveDraft.proceeding_id.is_(None),
        MoveDraft.trigger == trigger,
    )
