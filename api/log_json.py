"""How checkpoints of the log and their proofs look from outside: plain JSON values."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from dossiers.errors import NotFoundError
from dossiers.evidence.log.checkpoints import Proof, latest, note_of, prove_consistency
from dossiers.evidence.log.models import LogCheckpoint, LogCosignature
from dossiers.evidence.log.notes import read_checkpoint, read_verifier


def checkpoint_json(checkpoint: LogCheckpoint, cosignatures: Sequence[LogCosignature] = ()) -> dict[str, Any]:
    """Return a checkpoint: leaves, moment, root (Base64 as signed), the names of its witnesses and the signed note."""
    return {
        "size": checkpoint.size,
        "at": checkpoint.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "root": base64.b64encode(read_checkpoint(checkpoint.text).root).decode("ascii"),
        "witnesses": [read_verifier(each.verifier).name for each in cosignatures],
        "note": note_of(checkpoint, cosignatures),
    }


def for_witness(session: Session, since: int) -> dict[str, Any]:
    """Return the newest checkpoint with the proof that the one of `since` leaves leads to it; raises NotFoundError.

    Without an earlier one (0) there is nothing to prove.
    """
    newest = latest(session)
    if newest is None:
        raise NotFoundError
    proof = proof_json(prove_consistency(session, since, newest.size)) if since else None
    return {"note": note_of(newest), "since": since, "proof": proof}


def proof_json(proof: Proof) -> dict[str, Any]:
    """Return a proof; hashes are hexadecimal, in the order in which a checker uses them."""
    told = {"size": proof.size, "root": proof.root, "hashes": list(proof.hashes)}
    return told if proof.leaf is None else {**told, "leaf": proof.leaf, "number": proof.number}
