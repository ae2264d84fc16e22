"""An object store in a folder: for one machine, and for everything that runs without servers.

A name appears only when all bytes behind it are on the disk.  Never overwrites: the name is linked
to the finished file, and linking to a name that exists fails.  Needs a file system with hard links.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from storage.addresses import FileAddress
from storage.content import (
    OBJECT_BYTES_MAX,
    ObjectStat,
    StoredObject,
    check_key,
    copy_hashing,
    key_of,
    name_of,
)
from storage.errors import ObjectDamagedError, ObjectMissingError, ObjectStoreUnavailableError, ObjectTooLargeError

_UNFINISHED = ".unfinished"
_FOLDER_MODE = 0o750
_OBJECT_MODE = 0o440


class FileStore:
    """Objects as read-only files `ab/cd/<sha256>` under one folder; see ObjectStore for the promises."""

    def __init__(self, address: FileAddress) -> None:
        self.address = address
        self.root = Path(address.root)
        self._unfinished = self.root / _UNFINISHED
        with _told_as_unavailable():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._unfinished.mkdir(exist_ok=True, mode=0o700)

    @property
    def location(self) -> str:
        """Say where the objects are."""
        return self.root.as_uri()

    def path_of(self, key: str) -> Path:
        """Return the path an object has, whether it exists or not."""
        return self.root / name_of(key)

    def put(self, stream: BinaryIO, *, size_bytes_max: int, content_type: str) -> StoredObject:
        """Keep what `stream` yields.  The type is not kept: whoever names the object knows it."""
        assert content_type
        with _told_as_unavailable():
            descriptor, name = tempfile.mkstemp(dir=self._unfinished)
            unfinished = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as target:
                    stored = copy_hashing(stream, target, size_bytes_max=size_bytes_max)
                    target.flush()
                    os.fchmod(target.fileno(), _OBJECT_MODE)
                    os.fsync(target.fileno())
                self._link(unfinished, stored.key)
            finally:
                unfinished.unlink(missing_ok=True)
        return stored

    def put_bytes(self, data: bytes, content_type: str) -> StoredObject:
        """Keep `data`."""
        return self.put(io.BytesIO(data), size_bytes_max=OBJECT_BYTES_MAX, content_type=content_type)

    def open(self, key: str) -> BinaryIO:
        """Return the file, read once to its end and found whole."""
        with _told_as_unavailable():
            try:
                stream = self.path_of(key).open("rb")
            except FileNotFoundError:
                raise ObjectMissingError(key) from None
            try:
                _check_content(stream, key)
            except BaseException:
                stream.close()
                raise
            return stream

    def read(self, key: str) -> bytes:
        """Return the checked bytes."""
        with self.open(key) as stream:
            return stream.read()

    def exists(self, key: str) -> bool:
        """Tell whether an object has this key."""
        with _told_as_unavailable():
            return self.path_of(key).exists()

    def stat(self, key: str) -> ObjectStat:
        """Return length and time of storing."""
        with _told_as_unavailable():
            try:
                found = self.path_of(key).stat()
            except FileNotFoundError:
                raise ObjectMissingError(key) from None
        return ObjectStat(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def keys(self) -> Iterator[str]:
        """Yield the keys of all objects, ascending; foreign files are passed over."""
        with _told_as_unavailable():
            for path in _walk(self.root, depth=3):
                key = key_of(path.relative_to(self.root).as_posix())
                if key is not None:
                    yield key

    def delete(self, key: str) -> None:
        """Remove an object: for the orphan sweep alone."""
        path = self.path_of(key)
        with _told_as_unavailable():
            if path.exists():
                path.unlink(missing_ok=True)
                _sync_folder(path.parent)

    def discard_unfinished(self, before: datetime) -> int:
        """Remove the temporary files that killed processes left behind."""
        discarded = 0
        with _told_as_unavailable():
            for path in sorted(self._unfinished.iterdir()):
                if path.stat().st_mtime < before.timestamp():
                    path.unlink(missing_ok=True)
                    discarded += 1
        return discarded

    def close(self) -> None:
        """Do nothing: a folder holds no connections."""

    def _link(self, unfinished: Path, key: str) -> None:
        path = self.path_of(key)
        for folder in (path.parent.parent, path.parent):
            if not folder.exists():
                folder.mkdir(exist_ok=True, mode=_FOLDER_MODE)
                _sync_folder(folder.parent)
        try:
            os.link(unfinished, path)
        except FileExistsError:
            with path.open("rb") as existing:
                _check_content(existing, key)
        # Also after losing a race: the winner's name may not be on the disk yet.
        _sync_folder(path.parent)


def _check_content(stream: BinaryIO, key: str) -> None:
    try:
        found = copy_hashing(stream, None, size_bytes_max=OBJECT_BYTES_MAX)
    except ObjectTooLargeError:
        raise ObjectDamagedError(key) from None
    if found.key != check_key(key):
        raise ObjectDamagedError(key)
    stream.seek(0)


def _walk(folder: Path, *, depth: int) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if depth == 1:
            yield path
        elif path.is_dir() and path.name != _UNFINISHED:
            yield from _walk(path, depth=depth - 1)


def _sync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _told_as_unavailable() -> Iterator[None]:
    """Give the faults of the file system our name; the error number is kept, the path is not."""
    try:
        yield
    except OSError as fault:
        raise ObjectStoreUnavailableError(f"the storage folder cannot be used: {fault.strerror}") from fault
