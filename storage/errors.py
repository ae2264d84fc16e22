"""Everything that storage can refuse or fail at, as types with a public `code`.

Never carries stored values: messages name engines, keys and limits, not data.
"""

from collections.abc import Sequence
from typing import ClassVar


class StorageError(Exception):
    """Root of all that goes wrong in storage; `code` is public and never renamed."""

    code: ClassVar[str] = "storage-error"
    #: Whether the same request may succeed when it is simply sent again later.
    retryable: ClassVar[bool] = False


class DatabaseBusyError(StorageError):
    """Other work holds what this unit needs (lock, deadlock, serialization, time limit); nothing was changed."""

    code = "database-busy"
    retryable = True


class DatabaseUnavailableError(StorageError):
    """The database cannot be reached, is full or is damaged; nothing was changed."""

    code = "database-unavailable"
    retryable = True


class ReadOnlyUnitError(StorageError):
    """A unit opened with `reading()` tried to write: a fault of the caller."""

    code = "read-only-unit"


class UnitOfWorkError(StorageError):
    """A unit of work was used against its rules (nested, committed or rolled back by hand): a fault of the caller."""

    code = "unit-of-work-misused"


class AfterCommitError(StorageError):
    """The unit is committed and stays so, but effects registered for after the commit failed."""

    code = "after-commit-failed"

    def __init__(self, failures: Sequence[Exception]) -> None:
        names = ", ".join(type(each).__name__ for each in failures)
        super().__init__(f"committed; {len(failures)} effect(s) after the commit failed: {names}")
        self.failures = tuple(failures)


class NaiveDateTimeError(StorageError, ValueError):
    """A point in time without a time zone was to be stored; which hour was meant cannot be known."""

    code = "naive-datetime"


class UnstorableTextError(StorageError, ValueError):
    """JSON with the NUL character, which PostgreSQL cannot keep, was to be stored."""

    code = "unstorable-text"


class ObjectStoreError(StorageError):
    """Root of what goes wrong with stored objects."""

    code = "object-store-error"


class ObjectTooLargeError(ObjectStoreError):
    """The content is longer than the limit; nothing of it was kept."""

    code = "object-too-large"

    def __init__(self, size_bytes_max: int) -> None:
        super().__init__(f"the content is longer than {size_bytes_max} bytes")
        self.size_bytes_max = size_bytes_max


class ObjectMissingError(ObjectStoreError):
    """No object has this key."""

    code = "object-missing"

    def __init__(self, key: str) -> None:
        super().__init__(f"no object {key}")
        self.key = key


class ObjectDamagedError(ObjectStoreError):
    """The stored bytes are not those whose SHA-256 is the key; they are never handed out."""

    code = "object-damaged"

    def __init__(self, key: str) -> None:
        super().__init__(f"the bytes stored as {key} are not the bytes that were put")
        self.key = key


class ObjectStoreUnavailableError(ObjectStoreError):
    """The store cannot be reached or refuses to work; whether the object was kept is unknown, putting again is safe."""

    code = "object-store-unavailable"
    retryable = True
