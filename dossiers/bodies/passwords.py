"""Hashes passwords with Argon2id (the second recommended choice of RFC 9106: 64 MiB, three passes).

Never stores, logs or compares a password itself.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

_HASHER: Final = PasswordHasher()
#: Takes as long to refuse as a real one: who asks cannot tell an unknown name from a wrong password.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=4$MnUW7vzd6Ig2CRsnkHdmjg$3SF5/tzChV1gVAI9+O/w935olwT2jHsr7Sf2jkAmX6I"


def hash_password(password: str) -> str:
    """Return the hash to keep, with its salt and parameters."""
    return _HASHER.hash(_composed(password))


def verify(password: str, password_hash: str | None) -> bool:
    """Say whether the password is the one that was hashed; None (nobody) takes as long and is always False."""
    try:
        _HASHER.verify(password_hash or _NOBODY, _composed(password))
    except VerifyMismatchError:
        return False
    return password_hash is not None


def needs_rehash(password_hash: str) -> bool:
    """Say whether a hash was made with weaker parameters than those of today."""
    return _HASHER.check_needs_rehash(password_hash)


def _composed(password: str) -> bytes:
    # Keyboards differ in how they write Vietnamese letters (NFC or NFD); it is the same password.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
