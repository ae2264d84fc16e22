"""Notes who opened what, when and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.evidence.models import AccessLog
from dossiers.files.models import Dossier

#: The purpose of somebody who works on the file; others declare theirs.
CASE_WORK = "case-work"


def note_access(
    session: Session, dossier: Dossier, actor: Actor, *, what: str, at: datetime, purpose: str = CASE_WORK
) -> None:
    """Add one line to the access log."""
    body_id = actor.offices[0].organization_id if actor.offices else None
    session.add(
        AccessLog(
            dossier_id=dossier.id, account_id=actor.account_id, body_id=body_id, at=at, what=what, purpose=purpose
        )
    )


def accesses_of(session: Session, dossier_id: UUID, *, limit: int, after: int = 0) -> Sequence[AccessLog]:
    """Return who opened a dossier, the latest first; `after` leaves out so many."""
    query = select(AccessLog).where(AccessLog.dossier_id == dossier_id).order_by(AccessLog.at.desc(), AccessLog.id)
    return session.scalars(query.limit(limit).offset(after)).all()
