"""What both object stores agree on: keys, names, limits and the copy that hashes.

Never touches a disk or a server itself.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final

from storage.errors import ObjectTooLargeError

#: No object is longer, whatever limit a caller states: uploads to S3 are one request, held in memory.
OBJECT_BYTES_MAX: Final = 256 * 1024 * 1024
#: Content up to this length is hashed in memory, longer content in a temporary file.
SPOOL_BYTES_MAX: Final = 4 * 1024 * 1024
CHUNK_BYTES: Final = 1024 * 1024

_KEY_LENGTH = 64
_KEY_ALPHABET = frozenset("0123456789abcdef")


@dataclass(frozen=True)
class StoredObject:
    """The receipt of a put: the key to ask for the same bytes, and how many they are."""

    key: str
    size_bytes: int


@dataclass(frozen=True)
class ObjectStat:
    """What the store says about an object without reading it."""

    size_bytes: int
    stored_at: datetime


def check_key(key: str) -> str:
    """Return `key` when it is 64 lower-case hexadecimal digits; ValueError otherwise (no path gets further)."""
    if len(key) != _KEY_LENGTH or not _KEY_ALPHABET.issuperset(key):
        raise ValueError("an object key is the SHA-256 of its content: 64 lower-case hexadecimal digits")
    return key


def name_of(key: str) -> str:
    """Return the name an object has in either store, so that a folder can be mirrored into a bucket as it is."""
    return f"{key[:2]}/{key[2:4]}/{check_key(key)}"


def key_of(name: str) -> str | None:
    """Return the key behind a name, or None for a name that `name_of` never gives."""
    key = name.rpartition("/")[2]
    well_formed = len(key) == _KEY_LENGTH and _KEY_ALPHABET.issuperset(key)
    return key if well_formed and name_of(key) == name else None


def copy_hashing(source: BinaryIO, target: BinaryIO | None, *, size_bytes_max: int) -> StoredObject:
    """Copy `source` to `target` (or nowhere) and return key and length; ObjectTooLargeError past the limit."""
    limit = min(size_bytes_max, OBJECT_BYTES_MAX)
    digest = hashlib.sha256()
    size_bytes = 0
    while chunk := source.read(CHUNK_BYTES):
        size_bytes += len(chunk)
        if size_bytes > limit:
            raise ObjectTooLargeError(limit)
        digest.update(chunk)
        if target is not None:
            target.write(chunk)
    return StoredObject(digest.hexdigest(), size_bytes)
