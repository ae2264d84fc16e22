"""What an object store promises, and the one function that opens one from an address.

An object is bytes under the SHA-256 of those bytes; it is written once and never changed.  A store
never knows what the bytes mean, who may read them or whether anything still refers to them.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO, Protocol

from storage.addresses import FileAddress, parse_store_url
from storage.content import ObjectStat, StoredObject
from storage.files import FileStore
from storage.s3 import S3Store

__all__ = ["ObjectStat", "ObjectStore", "StoredObject", "open_store"]


class ObjectStore(Protocol):
    """Write-once storage, addressed by content; safe to share between threads.

    Every method may raise ObjectStoreUnavailableError; a malformed key is a ValueError.
    """

    @property
    def location(self) -> str:
        """Say where the objects are, without any secret."""

    def put(self, stream: BinaryIO, *, size_bytes_max: int, content_type: str) -> StoredObject:
        """Keep what `stream` yields and return its key only when it is safely stored.

        The same content again is no error and gives the same receipt.  Raises ObjectTooLargeError
        and keeps nothing when there is more than `size_bytes_max` (or OBJECT_BYTES_MAX), and
        ObjectDamagedError when the store holds other bytes under this key.
        """

    def put_bytes(self, data: bytes, content_type: str) -> StoredObject:
        """Keep `data`; same promises as `put`."""

    def open(self, key: str) -> BinaryIO:
        """Return the bytes as a stream that was checked to the end; the caller closes it.

        Raises ObjectMissingError, or ObjectDamagedError before any byte is handed out.
        """

    def read(self, key: str) -> bytes:
        """Return the checked bytes; raises as `open` does."""

    def exists(self, key: str) -> bool:
        """Tell whether an object has this key, without checking its bytes."""

    def stat(self, key: str) -> ObjectStat:
        """Return length and time of storing; raises ObjectMissingError."""

    def keys(self) -> Iterator[str]:
        """Yield the keys of all objects, ascending."""

    def delete(self, key: str) -> None:
        """Remove an object; an absent one is no error.

        For the orphan sweep alone: an object that any row names must never be deleted, and one that
        was stored moments ago may be about to be named (see `stat`).
        """

    def discard_unfinished(self, before: datetime) -> int:
        """Remove what interrupted puts that began before `before` left behind; return how many there were."""

    def close(self) -> None:
        """Give up connections; the store is not used afterwards."""


def open_store(url: str) -> ObjectStore:
    """Open `file:///folder` or `s3+http(s)://ACCESS:SECRET@host:port/bucket[?region=NAME]`.

    Folder and bucket are made when missing.  Raises ValueError, without the secret, for a bad
    address and ObjectStoreUnavailableError when the store does not answer.
    """
    address = parse_store_url(url)
    return FileStore(address) if isinstance(address, FileAddress) else S3Store(address)
