"""Writes the diary: the only way anything happens to a dossier, each entry chained to the one before.

Never changes an entry; the dossier row follows the diary, not the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from workflow.canonical import canonical_json, sha256_hex

#: What the first entry of a dossier names as the one before it.
GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Author:
    """Who made an entry and in which office; account and body are None when the clock acted."""

    account_id: UUID | None
    role: str
    body_id: UUID | None
    #: What the entry says of the decision by which the office was held for its head; None for an own office.
    delegation: Mapping[str, Any] | None = None


def author_in(actor: Actor, office: Office) -> Author:
    """Return the author of what somebody does in one of the own offices, or in one delegated by its head."""
    given, said = office.delegated, None
    if given is not None:
        said = {
            "id": str(given.delegation_id),
            "giver": str(given.giver_id),
            "decision_no": given.decision_no,
            "decision_date": given.decision_date.isoformat(),
        }
    return Author(actor.account_id, office.role, office.organization_id, said)


@dataclass(frozen=True, slots=True)
class Happening:
    """What an entry says: its kind, the act, the states, and the details that a fold needs."""

    kind: str
    trigger: str
    from_state: str | None
    to_state: str
    payload: Mapping[str, Any]


def append_entry(
    session: Session, dossier: Dossier, happening: Happening, *, author: Author, occurred_at: datetime, at: datetime
) -> DiaryEntry:
    """Add one entry and move the dossier's version and head hash with it; the caller holds the row lock."""
    seq = (dossier.version or 0) + 1
    entry = DiaryEntry(
        dossier_id=dossier.id,
        seq=seq,
        kind=happening.kind,
        trigger=happening.trigger,
        from_state=happening.from_state,
        to_state=happening.to_state,
        account_id=author.account_id,
        role=author.role,
        body_id=author.body_id,
        occurred_at=occurred_at,
        recorded_at=at,
        payload={**happening.payload, **({"delegation": dict(author.delegation)} if author.delegation else {})},
        prev_hash=dossier.head_hash or GENESIS,
    )
    entry.hash = entry_hash(entry)
    session.add(entry)
    dossier.version, dossier.head_hash = seq, entry.hash
    session.flush()
    return entry


def entry_hash(entry: DiaryEntry) -> str:
    """Return the SHA-256 (hex) over everything an entry says and the hash of the one before."""
    return sha256_hex(
        canonical_json(
            {
                "dossier": str(entry.dossier_id),
                "seq": entry.seq,
                "kind": entry.kind,
                "trigger": entry.trigger,
                "from": entry.from_state,
                "to": entry.to_state,
                "account": _text(entry.account_id),
                "role": entry.role,
                "body": _text(entry.body_id),
                "occurred_at": _utc(entry.occurred_at),
                "recorded_at": _utc(entry.recorded_at),
                "payload": entry.payload,
                "prev": entry.prev_hash,
            }
        )
    )


def diary_of(session: Session, dossier_id: UUID, *, until_seq: int | None = None) -> list[DiaryEntry]:
    """Return the entries of a dossier in order, up to `until_seq`."""
    query = select(DiaryEntry).where(DiaryEntry.dossier_id == dossier_id).order_by(DiaryEntry.seq)
    if until_seq is not None:
        query = query.where(DiaryEntry.seq <= until_seq)
    return list(session.scalars(query))


def is_last_said(session: Session, entry: DiaryEntry) -> bool:
    """Return whether nothing was recorded about the dossier after the moment of this entry.

    What an act takes along (a side machine that begins with it) is recorded at the same moment.
    """
    later = select(DiaryEntry.seq).where(DiaryEntry.dossier_id == entry.dossier_id, DiaryEntry.seq > entry.seq)
    return session.scalar(later.where(DiaryEntry.recorded_at != entry.recorded_at).limit(1)) is None


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
