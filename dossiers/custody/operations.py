"""Writes the custody cover: closing one interval opens the next at the same instant, so no hole can appear."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.custody.models import CustodyInterval
from dossiers.errors import MoveRefusedError
from dossiers.files.models import Dossier
from workflow.refusals import before_previous
from workflow.vocabulary import Person


def record_custody(
    session: Session,
    dossier: Dossier,
    kind: Person,
    *,
    holder_id: UUID | None,
    instrument: str | None,
    paper_id: UUID | None,
    occurred_at: datetime,
    seq: int,
) -> CustodyInterval:
    """End the present interval at `occurred_at` and begin the next; the same title again changes nothing.

    Raises MoveRefusedError for a moment before the present interval began, perhaps by an act in a side machine.
    """
    present = current_custody(session, dossier.id)
    if present is not None:
        if (present.kind, present.holder_id, present.instrument) == (kind.value, holder_id, instrument):
            return present
        if occurred_at < present.from_at:
            raise MoveRefusedError([before_previous()])
        present.to_at, present.to_seq = occurred_at, seq
    interval = CustodyInterval(
        dossier_id=dossier.id,
        kind=kind.value,
        holder_id=holder_id,
        instrument=instrument,
        paper_id=paper_id,
        from_at=occurred_at,
        from_seq=seq,
    )
    session.add(interval)
    session.flush()
    return interval


def custody_said(
    kind: Person, *, holder_id: UUID | None = None, instrument: str | None = None, paper_id: UUID | None = None
) -> dict[str, str | None]:
    """Return what the diary says about where a person is from an act on."""
    return {
        "kind": kind.value,
        "holder": str(holder_id) if holder_id else None,
        "instrument": instrument,
        "paper": str(paper_id) if paper_id else None,
    }


def current_custody(session: Session, dossier_id: UUID) -> CustodyInterval | None:
    """Return the interval that is open now."""
    query = select(CustodyInterval).where(CustodyInterval.dossier_id == dossier_id, CustodyInterval.to_at.is_(None))
    return session.scalars(query).one_or_none()


def custody_cover(session: Session, dossier_id: UUID) -> list[CustodyInterval]:
    """Return the whole cover in order."""
    query = (
        select(CustodyInterval)
        .where(CustodyInterval.dossier_id == dossier_id)
        .order_by(CustodyInterval.from_seq, CustodyInterval.from_at)
    )
    return list(session.scalars(query))
