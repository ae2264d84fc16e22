"""Keys of the installation that live in files of their own, readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from api.config import ConfigError
from dossiers.evidence.log.notes import SIGNS, NoteError, Signer, new_signer, read_signer

#: The name that checkpoints carry until an installation makes a key with a name of its own.
LOG_NAME: Final = "hoso/log"


def log_signer(path: Path) -> Signer:
    """Return the key that signs the log, made when it is first needed; raises ConfigError for a file that is none."""
    if not path.exists():
        write_key(path, new_signer(LOG_NAME))
    return read_key(path, SIGNS)


def read_key(path: Path, kind: int) -> Signer:
    """Return the key that a file keeps; raises ConfigError when it keeps none of this kind."""
    try:
        signer = read_signer(path.read_text(encoding="utf-8"))
    except (OSError, NoteError, UnicodeError) as unreadable:
        raise ConfigError("the file keeps no key that can be read") from unreadable
    if signer.verifier.kind != kind:
        raise ConfigError("the key in the file is of another kind")
    return signer


def write_key(path: Path, signer: Signer) -> None:
    """Keep a key in a new file that its owner alone can read; never over another, a race is won by the first."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(signer.secret() + "\n")
        file.flush()
        os.fsync(file.fileno())
