"""What both object stores promise, tried on a real folder and a real S3 server."""

import hashlib
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

import pytest

from storage.content import name_of
from storage.errors import ObjectDamagedError, ObjectMissingError, ObjectTooLargeError
from storage.files import FileStore
from storage.objects import ObjectStore, StoredObject, open_store
from storage.s3 import S3Store

TEXT = "text/plain"
WRITERS = 16


class BrokenOffError(Exception):
    """What a stream raises when its sender goes away."""


class BreakingStream(io.RawIOBase):
    """Yields one block and then breaks off."""

    def __init__(self) -> None:
        self.blocks = 0

    def read(self, _size: int = -1) -> bytes:
        """Return a block once."""
        self.blocks += 1
        if self.blocks > 1:
            raise BrokenOffError
        return b"x" * 100_000


def put(store: ObjectStore, body: bytes, *, size_bytes_max: int = 50_000_000) -> StoredObject:
    """Put `body` as a stream."""
    return store.put(io.BytesIO(body), size_bytes_max=size_bytes_max, content_type=TEXT)


def damage(store: ObjectStore, key: str, body: bytes) -> None:
    """Replace the stored bytes behind the store's back."""
    if isinstance(store, FileStore):
        store.path_of(key).chmod(0o600)
        store.path_of(key).write_bytes(body)
    else:
        assert isinstance(store, S3Store)
        store.client.put_object(store.bucket, name_of(key), io.BytesIO(body), len(body))


def count_everything(store: ObjectStore) -> int:
    """Count all files or names in the store, also those that are no objects."""
    if isinstance(store, FileStore):
        return sum(1 for path in store.root.rglob("*") if path.is_file())
    assert isinstance(store, S3Store)
    return len(list(store.client.list_objects(store.bucket, recursive=True)))


@pytest.mark.parametrize("size_bytes", [0, 1, 100_000, 12 * 1024 * 1024])
def test_what_was_put_is_read_back(store: ObjectStore, size_bytes: int) -> None:
    """From nothing at all to a scan longer than any buffer."""
    body = os.urandom(size_bytes)
    stored = put(store, body)

    assert stored == StoredObject(hashlib.sha256(body).hexdigest(), size_bytes)
    assert store.read(stored.key) == body
    with store.open(stored.key) as stream:
        assert stream.read(10) == body[:10]
    assert store.exists(stored.key)
    assert store.stat(stored.key).size_bytes == size_bytes
    assert abs(store.stat(stored.key).stored_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_same_content_again_is_the_same_object(store: ObjectStore) -> None:
    """An officer who sends a scan twice has sent it once."""
    first = put(store, b"a scan")
    second = store.put_bytes(b"a scan", TEXT)

    assert first == second
    assert list(store.keys()) == [first.key]
    assert count_everything(store) == 1


def test_content_over_the_limit_leaves_nothing(store: ObjectStore) -> None:
    """At the limit is accepted, one byte more is not."""
    put(store, b"x" * 1000, size_bytes_max=1000)
    with pytest.raises(ObjectTooLargeError) as raised:
        put(store, b"y" * 1001, size_bytes_max=1000)

    assert raised.value.size_bytes_max == 1000
    assert count_everything(store) == 1


def test_a_sender_that_breaks_off_leaves_nothing(store: ObjectStore) -> None:
    """The sender's error goes through as it is."""
    with pytest.raises(BrokenOffError):
        store.put(cast("BinaryIO", BreakingStream()), size_bytes_max=10_000_000, content_type=TEXT)

    assert count_everything(store) == 0


@pytest.mark.parametrize("body", [b"a Scan", b"a sca", b"a scan!", b""], ids=["flipped", "cut", "grown", "emptied"])
def test_damaged_bytes_are_never_handed_out(store: ObjectStore, body: bytes) -> None:
    """Neither by `read`, nor as a stream, nor taken for the same content by a later put."""
    key = put(store, b"a scan").key
    damage(store, key, body)

    with pytest.raises(ObjectDamagedError):
        store.read(key)
    with pytest.raises(ObjectDamagedError):
        store.open(key)
    with pytest.raises(ObjectDamagedError):
        put(store, b"a scan")


def test_an_absent_object_is_said_to_be_absent(store: ObjectStore) -> None:
    """Not empty bytes, not a general fault."""
    key = hashlib.sha256(b"never put").hexdigest()

    assert not store.exists(key)
    for ask in (store.read, store.open, store.stat):
        with pytest.raises(ObjectMissingError) as raised:
            ask(key)
        assert raised.value.key == key


@pytest.mark.parametrize("key", ["", "ab", "../../etc/passwd", "A" * 64, "g" * 64, "a" * 63 + "/", "a" * 65])
def test_only_a_hash_is_a_key(store: ObjectStore, key: str) -> None:
    """No path reaches the disk or the server."""
    for ask in (store.read, store.open, store.exists, store.stat, store.delete):
        with pytest.raises(ValueError, match="hexadecimal"):
            ask(key)


def test_racing_writers_of_the_same_content_make_one_object(store: ObjectStore) -> None:
    """All of them are told that it is stored, and it is."""
    body = os.urandom(200_000)
    together = threading.Barrier(WRITERS)

    def write(_: int) -> StoredObject:
        together.wait(30)
        return put(store, body)

    with ThreadPoolExecutor(WRITERS) as pool:
        receipts = list(pool.map(write, range(WRITERS)))

    assert set(receipts) == {StoredObject(hashlib.sha256(body).hexdigest(), len(body))}
    assert count_everything(store) == 1
    assert store.read(receipts[0].key) == body


def test_keys_are_listed_in_order_and_foreign_names_passed_over(store: ObjectStore) -> None:
    """The orphan sweep sees our objects and touches nothing else."""
    keys = sorted(put(store, f"object {number}".encode()).key for number in range(12))
    if isinstance(store, FileStore):
        (store.root / "README").write_text("foreign")
        (store.root / keys[0][:2] / "note.txt").write_text("foreign")
        (store.root / keys[0][:2] / keys[0][2:4] / ("f" * 64)).write_text("at a wrong place")
    else:
        assert isinstance(store, S3Store)
        for name in ("README", "aa/bb/" + "f" * 64):
            store.client.put_object(store.bucket, name, io.BytesIO(b"foreign"), 7)

    assert list(store.keys()) == keys


def test_a_deleted_object_is_gone_and_may_come_back(store: ObjectStore) -> None:
    """Deleting twice is no error; putting again stores again."""
    key = put(store, b"an orphan").key
    store.delete(key)
    store.delete(key)

    assert not store.exists(key)
    assert list(store.keys()) == []
    assert put(store, b"an orphan").key == key
    assert store.read(key) == b"an orphan"


def test_another_process_sees_the_same_objects(store: ObjectStore, store_url: str) -> None:
    """What is stored does not live in the object that stored it."""
    key = put(store, b"a scan").key
    other = open_store(store_url)

    assert other.read(key) == b"a scan"
    assert other.location == store.location
    other.close()


def test_nothing_unfinished_is_left_by_finished_puts(store: ObjectStore) -> None:
    """There is nothing to tidy after a normal day."""
    put(store, b"a scan")

    assert store.discard_unfinished(datetime.now(UTC) + timedelta(days=1)) == 0
    assert len(list(store.keys())) == 1
