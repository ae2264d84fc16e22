"""What only an S3 server can show: buckets, refusals and servers that do not answer."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from storage.content import name_of
from storage.errors import ObjectDamagedError, ObjectStoreUnavailableError
from storage.objects import open_store
from storage.s3 import S3Store
from tests.servers.processes import find_free_ports
from tests.servers.seaweedfs import S3Server

pytestmark = pytest.mark.s3


@pytest.fixture
def s3_store(s3_server: S3Server) -> Iterator[S3Store]:
    """Open an empty bucket."""
    store = open_store(s3_server.url(f"hoso-{uuid4().hex}"))
    assert isinstance(store, S3Store)
    yield store
    store.close()


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Listen on a port, accept connections and never answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(16)
        yield listener.getsockname()[1]


def test_many_processes_may_make_the_bucket_at_once(s3_server: S3Server) -> None:
    """The first start of several workers is no error for any of them."""
    url = s3_server.url(f"hoso-{uuid4().hex}")
    with ThreadPoolExecutor(8) as pool:
        stores = list(pool.map(open_store, [url] * 8))
    key = stores[0].put_bytes(b"a scan", "text/plain").key

    assert [store.read(key) for store in stores] == [b"a scan"] * 8
    for store in stores:
        store.close()


def test_the_server_refuses_to_overwrite(s3_store: S3Store) -> None:
    """Create-only is the server's own refusal, not our check before."""
    key = s3_store.put_bytes(b"a scan", "text/plain").key
    statuses: list[str] = []

    def overwrite(number: int) -> None:
        body = f"another {number}".encode()
        try:
            s3_store.creating_client.put_object(s3_store.bucket, name_of(key), io.BytesIO(body), len(body))
        except Exception as refusal:  # noqa: BLE001 - its kind is what is asked
            statuses.append(getattr(refusal, "code", repr(refusal)))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(overwrite, range(8)))

    assert statuses == ["PreconditionFailed"] * 8
    assert s3_store.read(key) == b"a scan"


def test_the_content_type_is_kept(s3_store: S3Store) -> None:
    """Whoever looks into the bucket sees what an object is."""
    key = s3_store.put_bytes(b"%PDF-1.7", "application/pdf").key

    assert s3_store.client.stat_object(s3_store.bucket, name_of(key)).content_type == "application/pdf"


def test_an_object_that_was_damaged_before_the_first_put_is_noticed(s3_store: S3Store) -> None:
    """Reading back after the upload: a name that already holds other bytes is no success."""
    key = s3_store.put_bytes(b"a scan", "text/plain").key
    s3_store.delete(key)
    s3_store.client.put_object(s3_store.bucket, name_of(key), io.BytesIO(b"a forgery"), 9)
    with pytest.raises(ObjectDamagedError):
        s3_store.put_bytes(b"a scan", "text/plain")


def test_a_wrong_secret_is_refused_at_start_and_not_told(s3_server: S3Server) -> None:
    """The error names the refusal, not the secret."""
    wrong = "S3cretWord"
    with pytest.raises(ObjectStoreUnavailableError, match=r"AccessDenied|SignatureDoesNotMatch") as raised:
        open_store(f"s3+http://{s3_server.access_key}:{wrong}@{s3_server.endpoint}/hoso-test")

    assert wrong not in str(raised.value)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    """After a bounded number of attempts."""
    port = find_free_ports(1)[0]
    with pytest.raises(ObjectStoreUnavailableError):
        open_store(f"s3+http://key:secret@127.0.0.1:{port}/hoso-test")


def test_a_server_that_never_answers_is_unavailable(silent_port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every wait has an end: four attempts of a fifth of a second here, of thirty seconds in service."""
    monkeypatch.setattr("storage.s3.READ_TIMEOUT_S", 0.2)
    begun = time.monotonic()
    with pytest.raises(ObjectStoreUnavailableError):
        open_store(f"s3+http://key:secret@127.0.0.1:{silent_port}/hoso-test")

    assert time.monotonic() - begun < 10


def test_a_server_that_drops_the_connection_while_sending_is_unavailable() -> None:
    """A download that breaks off is no shorter object."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(4)
        threading.Thread(target=_answer_half, args=(listener,), daemon=True).start()
        store = open_store(f"s3+http://key:secret@127.0.0.1:{listener.getsockname()[1]}/hoso-test")
        with pytest.raises(ObjectStoreUnavailableError):
            store.read("0" * 64)
        store.close()


def _answer_half(listener: socket.socket) -> None:
    """Say yes to the bucket, then send ten bytes of a promised thousand and hang up."""
    for body in (b"", b"x" * 10):
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            length = 1000 if body else 0
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % length + body)
