"""Seals identity numbers at rest and makes them findable by a keyed index.

Two keys come from the installation's secret by HKDF-SHA256 under different labels, so that neither
tells anything about the other.  Never logs a number and never shows a key.
"""

from __future__ import annotations

import os
import re
import unicodedata
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dossiers.errors import SealBrokenError

#: A secret shorter than this could be guessed.
SECRET_LENGTH_MIN: Final = 32
_KEY_LENGTH: Final = 32
_NONCE_LENGTH: Final = 12
#: First byte of a sealed value: how it was sealed.  It is authenticated with the rest.
_FORMAT: Final = b"\x01"
_SEPARATORS: Final = re.compile(r"[\s.\-]+")


class Sealer:
    """Seals and opens values with the keys of one installation; safe to share between threads."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) < SECRET_LENGTH_MIN:
            raise ValueError(f"the installation's secret must have at least {SECRET_LENGTH_MIN} bytes")
        self._cipher = AESGCM(_derive(secret, b"hoso/person/id-number/seal"))
        self._index_key = _derive(secret, b"hoso/person/id-number/index")

    def seal(self, text: str) -> bytes:
        """Return the text as AES-256-GCM keeps it: format byte, random nonce, ciphertext with its tag."""
        nonce = os.urandom(_NONCE_LENGTH)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, text.encode(), _FORMAT)

    def open(self, sealed: bytes) -> str:
        """Return the text that was sealed; raises SealBrokenError when it was altered or the secret is another."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE_LENGTH], sealed[1 + _NONCE_LENGTH :]
        if sealed[:1] != _FORMAT or len(nonce) != _NONCE_LENGTH:
            raise SealBrokenError
        try:
            return self._cipher.decrypt(nonce, ciphertext, _FORMAT).decode()
        except InvalidTag:
            raise SealBrokenError from None

    def index(self, number: str) -> str:
        """Return the HMAC-SHA256 (hex) by which a number is found, however it was typed."""
        digest = hmac.HMAC(self._index_key, hashes.SHA256())
        digest.update(normalise_number(number).encode())
        return digest.finalize().hex()


def normalise_number(number: str) -> str:
    """Return an identity number without spaces, dots and hyphens, in ASCII digits and capitals."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()


def _derive(secret: bytes, label: bytes) -> bytes:
    return HKDF(hashes.SHA256(), _KEY_LENGTH, salt=None, info=label).derive(secret)
