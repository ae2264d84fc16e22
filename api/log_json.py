"""How checkpoints of the log and their proofs look from outside: plain JSON values."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import UTC
from typing import Any

from dossiers.evidence.log.checkpoints import Proof, note_of
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


def proof_json(proof: Proof) -> dict[str, Any]:
    """Return a proof; hashes are hexadecimal, in the order in which a checker uses them."""
    told = {"size": proof.size, "root": proof.root, "hashes": list(proof.hashes)}
    return told if proof.leaf is None else {**told, "leaf": proof.leaf, "number": proof.number}
