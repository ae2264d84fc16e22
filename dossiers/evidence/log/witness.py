"""What a witness does: signs a checkpoint only when the one it saw before leads to it.

Runs at another body, with that body's key and memory; trusts nothing but the key that the log is known by.  Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from dossiers.evidence.log.merkle import consistent
from dossiers.evidence.log.notes import COSIGNS, NoteError, Signer, Verifier, read_checkpoint, signed_at, split_note


class WitnessRefusedError(NoteError):
    """The checkpoint is not signed: the message says what does not fit.  What was remembered stays remembered."""


def cosign(
    signer: Signer, log: Verifier, remembered: str | None, note: str, proof: Sequence[bytes], *, seconds: int
) -> str:
    """Return the witness's line under a checkpoint, which is what to remember from now on.

    `remembered` is the note signed before, None the first time; `proof` leads from it to this one.
    """
    assert signer.verifier.kind == COSIGNS
    text, lines = split_note(note)
    if not any(signed_at(log, text, line) is not None for line in lines):
        raise WitnessRefusedError("the checkpoint is not signed by the key of the log")
    now = read_checkpoint(text)
    if now.origin != log.name:
        raise WitnessRefusedError("the checkpoint is of another log")
    if remembered is not None:
        before = read_checkpoint(split_note(remembered)[0])
        if now.size < before.size:
            raise WitnessRefusedError(f"the log was set back: it had {before.size} leaves, now it has {now.size}")
        if not consistent(before.size, now.size, before.root, now.root, proof):
            raise WitnessRefusedError(f"the log was written anew: its first {before.size} leaves are others")
    return signer.line(text, seconds=seconds)
