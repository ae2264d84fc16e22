"""Changes of edition in a diary, and changes that were taken back: what stands, and which law an entry was made under.

A change that was taken back stays in the chain, with the entry that took it back; for what the diary leads to, the
two cancel each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.models import DiaryEntry

#: The kind of an entry that says under which edition a dossier goes on, and of one that takes it back.
CHANGED: Final = "changeover"
TAKEN_BACK: Final = "changeover_undone"
#: How a side machine is told from the dossier itself in what entries say.
MAIN: Final = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """The edition (SHA-256) that a machine of the dossier was under before entry `before`; MAIN or `kind/number`."""

    name: str
    before: int
    sha256: str


def standing_entries(entries: Iterable[DiaryEntry]) -> list[DiaryEntry]:
    """Return the entries in order without changes that were taken back and the entries that took them back."""
    read = list(entries)
    gone = {int(entry.payload["undoes"]) for entry in read if entry.kind == TAKEN_BACK}
    return [entry for entry in read if entry.kind != TAKEN_BACK and entry.seq not in gone]


def changes_of(session: Session, dossier_id: UUID) -> list[DiaryEntry]:
    """Return the entries about changes of edition that stand, in order; most dossiers have none."""
    return changes_by_dossier(session, [dossier_id]).get(dossier_id, [])


def changes_by_dossier(session: Session, ids: Collection[UUID]) -> dict[UUID, list[DiaryEntry]]:
    """Return the changes of edition that stand in these dossiers; a dossier without any is not named."""
    query = select(DiaryEntry).where(DiaryEntry.dossier_id.in_(ids), DiaryEntry.kind.in_((CHANGED, TAKEN_BACK)))
    found: dict[UUID, list[DiaryEntry]] = {}
    for entry in session.scalars(query.order_by(DiaryEntry.seq)):
        found.setdefault(entry.dossier_id, []).append(entry)
    return {dossier_id: standing_entries(entries) for dossier_id, entries in found.items()}


def earlier_pins(changes: Sequence[DiaryEntry]) -> list[Pin]:
    """Return the editions that switches left behind, the earliest first."""
    return [Pin(name, entry.seq, sha256) for entry in changes for name, sha256 in entry.payload.get("left", {}).items()]


def stand_ins(changes: Iterable[DiaryEntry]) -> dict[str, set[str]]:
    """Return, for a form that acts ask for, the forms of the other edition whose signed papers count as it."""
    found: dict[str, set[str]] = {}
    for entry in changes:
        for made, counts_as in entry.payload.get("stand_ins", ()):
            found.setdefault(counts_as, set()).add(made)
    return found
