"""Takes checkpoints: puts the heads of all diaries that went on into the log and signs its root.

A leaf is never changed, so every later checkpoint leads back to every earlier one; see `merkle`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Organization
from dossiers.errors import InvalidDataError, NotFoundError
from dossiers.evidence.log.merkle import consistency_proof, grown, inclusion_proof, leaf_hash, root_of
from dossiers.evidence.log.models import LogCheckpoint, LogCosignature, LogLeaf, LogWitness
from dossiers.evidence.log.notes import COSIGNS, Checkpoint, NoteError, Signer, joined, read_verifier, signed_at
from dossiers.files.models import Dossier
from workflow.canonical import canonical_json
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: The kind of the job that takes a checkpoint.
CHECKPOINT: Final = "checkpoint"


@dataclass(frozen=True, slots=True)
class Proof:
    """Hashes (hex) that lead from an earlier tree, or from a leaf, to the root of a later one."""

    size: int
    root: str
    hashes: tuple[str, ...]
    #: The leaf that a proof of inclusion is about, and its number.
    leaf: dict[str, Any] | None = None
    number: int | None = None


def leaf_data(dossier_id: UUID, seq: int, head: str) -> dict[str, Any]:
    """Return what a leaf says; its canonical JSON is what is hashed."""
    return {"dossier": str(dossier_id), "seq": seq, "head": head}


def hash_of(leaf: LogLeaf) -> bytes:
    """Return the hash of a leaf."""
    return leaf_hash(canonical_json(leaf_data(leaf.dossier_id, leaf.seq, leaf.head)).encode())


def take_checkpoint(session: Session, signer: Signer, *, at: datetime) -> LogCheckpoint | None:
    """Put every diary that went on into the log and sign the root; None when there is nothing to sign yet.

    Where no diary went on, the last checkpoint stands and is returned.
    """
    last = latest(session, lock=True)
    size, frontier = (0, ()) if last is None else (last.size, tuple(bytes.fromhex(part) for part in last.frontier))
    known = select(LogLeaf.dossier_id, func.max(LogLeaf.seq).label("seq")).group_by(LogLeaf.dossier_id).subquery()
    gone_on = (
        select(Dossier.id, Dossier.version, Dossier.head_hash)
        .outerjoin(known, known.c.dossier_id == Dossier.id)
        .where(Dossier.version > func.coalesce(known.c.seq, 0))
        .order_by(Dossier.id)
    )
    rows = session.execute(gone_on).all()
    if not rows:
        return last
    leaves = [
        LogLeaf(number=number, dossier_id=dossier_id, seq=seq, head=head)
        for number, (dossier_id, seq, head) in enumerate(rows, size)
    ]
    keys = ("number", "dossier_id", "seq", "head")
    session.execute(insert(LogLeaf), [{key: getattr(leaf, key) for key in keys} for leaf in leaves])
    parts = grown(frontier, size, [hash_of(leaf) for leaf in leaves])
    text = Checkpoint(signer.verifier.name, size + len(leaves), root_of(parts)).text
    made = LogCheckpoint(
        size=size + len(leaves),
        at=at,
        text=text,
        signature=signer.line(text),
        frontier=[part.hex() for part in parts],
    )
    session.add(made)
    session.flush()
    return made


def latest(session: Session, *, lock: bool = False) -> LogCheckpoint | None:
    """Return the newest checkpoint; locked, so that only one process lets the log grow."""
    query = select(LogCheckpoint).order_by(LogCheckpoint.size.desc()).limit(1)
    return session.scalars(query.with_for_update() if lock else query).first()


def checkpoints(session: Session, *, after: int = 0, limit: int) -> list[LogCheckpoint]:
    """Return checkpoints in order, those beyond a size."""
    query = select(LogCheckpoint).where(LogCheckpoint.size > after).order_by(LogCheckpoint.size).limit(limit)
    return list(session.scalars(query))


def cosignatures_of(session: Session, sizes: Iterable[int]) -> dict[int, list[LogCosignature]]:
    """Return what witnesses signed, by the size of the checkpoint."""
    query = select(LogCosignature).where(LogCosignature.size.in_(list(sizes))).order_by(LogCosignature.verifier)
    found: dict[int, list[LogCosignature]] = {}
    for each in session.scalars(query):
        found.setdefault(each.size, []).append(each)
    return found


def note_of(checkpoint: LogCheckpoint, cosignatures: Sequence[LogCosignature] = ()) -> str:
    """Return the signed note of a checkpoint, with the lines of its witnesses."""
    return joined(checkpoint.text, [checkpoint.signature, *(each.line for each in cosignatures)])


def prove_consistency(session: Session, old: int, new: int) -> Proof:
    """Return the proof that a checkpoint of `new` leaves goes on from one of `old`; raises NotFoundError."""
    checkpoint = session.get(LogCheckpoint, new)
    if checkpoint is None or not 0 < old <= new:
        raise NotFoundError
    proof = consistency_proof(leaf_hashes(session, new), old)
    return Proof(new, _root(checkpoint), tuple(step.hex() for step in proof))


def prove_inclusion(session: Session, dossier_id: UUID) -> Proof:
    """Return the proof that the newest logged head of a dossier is in the newest checkpoint; raises NotFoundError."""
    query = select(LogLeaf).where(LogLeaf.dossier_id == dossier_id).order_by(LogLeaf.seq.desc()).limit(1)
    leaf, checkpoint = session.scalars(query).first(), latest(session)
    if leaf is None or checkpoint is None:
        raise NotFoundError
    proof = inclusion_proof(leaf_hashes(session, checkpoint.size), leaf.number)
    said = leaf_data(leaf.dossier_id, leaf.seq, leaf.head)
    return Proof(checkpoint.size, _root(checkpoint), tuple(step.hex() for step in proof), said, leaf.number)


def leaf_hashes(session: Session, size: int) -> list[bytes]:
    """Return the hashes of the first leaves in order."""
    query = select(LogLeaf).where(LogLeaf.number < size).order_by(LogLeaf.number)
    return [hash_of(leaf) for leaf in session.scalars(query)]


def trust_witness(session: Session, line: str, body: Organization, *, at: datetime) -> LogWitness:
    """Let a key countersign for a body; raises InvalidDataError for what is no witness's key."""
    try:
        verifier = read_verifier(line)
    except NoteError:
        raise InvalidDataError([_NO_KEY]) from None
    if verifier.kind != COSIGNS:
        raise InvalidDataError([_NO_KEY])
    known = session.get(LogWitness, str(verifier))
    if known is not None:
        return known
    witness = LogWitness(verifier=str(verifier), body_id=body.id, since=at)
    session.add(witness)
    session.flush()
    return witness


def add_cosignature(session: Session, size: int, line: str) -> LogCosignature:
    """Keep what a witness signed; raises NotFoundError, InvalidDataError for no good signature."""
    checkpoint = session.get(LogCheckpoint, size)
    if checkpoint is None:
        raise NotFoundError
    for witness in session.scalars(select(LogWitness).order_by(LogWitness.verifier)):
        seconds = signed_at(read_verifier(witness.verifier), checkpoint.text, line)
        if seconds is None:
            continue
        kept = session.get(LogCosignature, (size, witness.verifier))
        if kept is None:
            seen = datetime.fromtimestamp(seconds, UTC)
            kept = LogCosignature(size=size, verifier=witness.verifier, line=line, seen_at=seen)
            session.add(kept)
            session.flush()
        return kept
    raise InvalidDataError([_NO_SIGNATURE])


def _root(checkpoint: LogCheckpoint) -> str:
    return root_of([bytes.fromhex(part) for part in checkpoint.frontier]).hex()


_NO_KEY: Final = Reason(
    "KEY",
    Text("Đây không phải là khóa công khai của người làm chứng.", "This is not a witness's public key."),
    "",
    Effect.REFUSE,
)
_NO_SIGNATURE: Final = Reason(
    "SIGNATURE",
    Text(
        "Chữ ký không phải của một khóa đã đăng ký trên mốc xác nhận này.",
        "The signature is not one of a registered key over this checkpoint.",
    ),
    "",
    Effect.REFUSE,
)
