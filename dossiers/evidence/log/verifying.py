"""Holds the log against its checkpoints, against the diaries, and against what witnesses kept elsewhere.

Reads, never repairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.diary import entry_hash
from dossiers.evidence.log.checkpoints import hash_of
from dossiers.evidence.log.merkle import grown, root_of
from dossiers.evidence.log.models import LogCheckpoint, LogCosignature, LogLeaf
from dossiers.evidence.log.notes import (
    Checkpoint,
    NoteError,
    Verifier,
    read_checkpoint,
    read_verifier,
    signed_at,
    split_note,
)
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier

_AT_ONCE: Final = 1000


def log_problems(session: Session, verifier: Verifier) -> list[str]:
    """Return what is wrong with the log itself, and every diary that is not what the log says it was.

    `verifier` is the key that the log is known by: it comes from outside the database.
    """
    roots: dict[int, bytes] = {}
    return [
        *_tree_problems(session, verifier, roots),
        *_cosignature_problems(session),
        *_diary_problems(session),
    ]


def kept_problems(session: Session, verifier: Verifier, notes: Iterable[str]) -> list[str]:
    """Return which of the checkpoints that somebody kept elsewhere the log no longer leads back to."""
    return list(_kept_problems(session, verifier, notes))


def _tree_problems(session: Session, verifier: Verifier, roots: dict[int, bytes]) -> Iterator[str]:
    leaves = list(session.scalars(select(LogLeaf).order_by(LogLeaf.number)))
    if [leaf.number for leaf in leaves] != list(range(len(leaves))):
        yield "log: leaves are missing or numbered twice"
        return
    hashes, done = [hash_of(leaf) for leaf in leaves], 0
    frontier: tuple[bytes, ...] = ()
    for checkpoint in session.scalars(select(LogCheckpoint).order_by(LogCheckpoint.size)):
        name = f"checkpoint of {checkpoint.size}"
        if checkpoint.size > len(hashes):
            yield f"{name}: the log has only {len(hashes)} leaves"
            continue
        frontier = grown(frontier, done, hashes[done : checkpoint.size])
        done = checkpoint.size
        roots[done] = root_of(frontier)
        if signed_at(verifier, checkpoint.text, checkpoint.signature) is None:
            yield f"{name}: not signed by the key of the log"
        if checkpoint.text != Checkpoint(verifier.name, done, roots[done]).text:
            yield f"{name}: the leaves of the log are not those that were signed"
        if checkpoint.frontier != [part.hex() for part in frontier]:
            yield f"{name}: what it takes to grow was altered"
    if done != len(hashes):
        yield f"log: {len(hashes) - done} leaves without a checkpoint"


def _cosignature_problems(session: Session) -> Iterator[str]:
    query = select(LogCosignature, LogCheckpoint.text).join(LogCheckpoint, LogCheckpoint.size == LogCosignature.size)
    for cosignature, text in session.execute(query):
        seconds = signed_at(read_verifier(cosignature.verifier), text, cosignature.line)
        if seconds is None or seconds != int(cosignature.seen_at.timestamp()):
            yield f"checkpoint of {cosignature.size}: a witness's signature does not fit"


def _diary_problems(session: Session) -> Iterator[str]:
    """Yield each dossier whose diary lacks an entry that the log has, or has another in its place."""
    numbers: Mapping[UUID, str] = {row.id: row.number for row in session.execute(select(Dossier.id, Dossier.number))}
    joined = (
        select(LogLeaf.dossier_id, LogLeaf.seq, LogLeaf.head, DiaryEntry)
        .outerjoin(DiaryEntry, (DiaryEntry.dossier_id == LogLeaf.dossier_id) & (DiaryEntry.seq == LogLeaf.seq))
        .order_by(LogLeaf.number)
    )
    for dossier_id, seq, head, found in session.execute(joined.execution_options(yield_per=_AT_ONCE)):
        name = numbers.get(dossier_id, f"dossier {dossier_id}, which is gone")
        entry: DiaryEntry | None = found
        if entry is None:
            yield f"{name}: entry {seq} is in the log and was removed"
        elif entry_hash(entry) != head:
            yield f"{name}: entry {seq} or one before it is not what the log has"


def _kept_problems(session: Session, verifier: Verifier, notes: Iterable[str]) -> Iterator[str]:
    leaves: Sequence[bytes] = [hash_of(leaf) for leaf in session.scalars(select(LogLeaf).order_by(LogLeaf.number))]
    for note in notes:
        try:
            text, lines = split_note(note)
            kept = read_checkpoint(text)
        except NoteError as unreadable:
            yield f"kept checkpoint: {unreadable}"
            continue
        name = f"kept checkpoint of {kept.size}"
        if not any(signed_at(verifier, text, line) is not None for line in lines):
            yield f"{name}: not signed by the key of the log"
        elif kept.size > len(leaves):
            yield f"{name}: the log has only {len(leaves)} leaves: it was set back"
        elif root_of(grown((), 0, leaves[: kept.size])) != kept.root:
            yield f"{name}: the log was written anew"
