"""An object store in a bucket of any S3 server, through the `minio` SDK.

Trusts no server: the checksum travels with the upload, every upload is read back, every read is
checked.  Never uploads in parts: one request is atomic, can be create-only and leaves nothing behind.
"""

import base64
import contextlib
import io
import ssl
import tempfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final, cast

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error

from storage.addresses import S3Address
from storage.content import (
    OBJECT_BYTES_MAX,
    SPOOL_BYTES_MAX,
    ObjectStat,
    StoredObject,
    check_key,
    copy_hashing,
    key_of,
    name_of,
)
from storage.errors import ObjectDamagedError, ObjectMissingError, ObjectStoreUnavailableError, ObjectTooLargeError

CONNECT_TIMEOUT_S: Final = 5
READ_TIMEOUT_S: Final = 30
RETRIES_MAX: Final = 3
RETRY_BACKOFF_S: Final = 0.2
CONNECTIONS_MAX: Final = 32  # as many threads as a worker may have

_ABSENT = frozenset({"NoSuchKey", "NoSuchVersion"})
_ALREADY_STORED = frozenset({"PreconditionFailed"})
_MADE_BY_ANOTHER = frozenset({"BucketAlreadyOwnedByYou", "BucketAlreadyExists"})
_LOST_RACE = "ConditionalRequestConflict"  # another create of the same name is under way


class _CreateOnlyPool(urllib3.PoolManager):
    """Sends every PUT with `If-None-Match: *`, a header that `put_object` has no argument for."""

    def urlopen(self, method: str, url: str, *args: Any, **kw: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - passed on as they are
        if method == "PUT":
            kw["headers"] = urllib3.HTTPHeaderDict(kw.get("headers") or {})
            kw["headers"]["If-None-Match"] = "*"
        return super().urlopen(method, url, *args, **kw)


class S3Store:
    """Objects named `ab/cd/<sha256>` in one bucket; see ObjectStore for the promises.

    The bucket is made when it is missing.  `client` and `bucket` are open to `storage.probe`.
    """

    def __init__(self, address: S3Address) -> None:
        self._address = address
        self.bucket = address.bucket
        self._pools = (urllib3.PoolManager(**_pool_settings()), _CreateOnlyPool(**_pool_settings()))
        self.client, self.creating_client = (_make_client(address, pool) for pool in self._pools)
        try:
            self._make_bucket()
        except BaseException:
            self.close()
            raise

    @property
    def location(self) -> str:
        """Say where the objects are, without account and secret."""
        return f"s3+http{'s' if self._address.secure else ''}://{self._address.endpoint}/{self.bucket}"

    @staticmethod
    def checksum_of(key: str) -> str:
        """Return the key in the form of the header `x-amz-checksum-sha256`."""
        return base64.b64encode(bytes.fromhex(check_key(key))).decode()

    def put(self, stream: BinaryIO, *, size_bytes_max: int, content_type: str) -> StoredObject:
        """Keep what `stream` yields: hash it into a temporary file, upload it, read it back."""
        with _told_as_unavailable(), tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES_MAX) as spool:
            content = cast("BinaryIO", spool)
            stored = copy_hashing(stream, content, size_bytes_max=size_bytes_max)
            for attempt in range(1, RETRIES_MAX + 1):
                content.seek(0)
                if self._create(content, stored, content_type, last=attempt == RETRIES_MAX):
                    break
        try:
            self.open(stored.key).close()
        except ObjectMissingError as absence:
            raise ObjectStoreUnavailableError("the S3 server took an object and does not have it") from absence
        return stored

    def put_bytes(self, data: bytes, content_type: str) -> StoredObject:
        """Keep `data`."""
        return self.put(io.BytesIO(data), size_bytes_max=OBJECT_BYTES_MAX, content_type=content_type)

    def open(self, key: str) -> BinaryIO:
        """Return a local copy of the object, downloaded to its end and found whole."""
        with contextlib.ExitStack() as undo:
            copy = cast("BinaryIO", undo.enter_context(tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES_MAX)))
            if self._download(key, copy) != key:
                raise ObjectDamagedError(key)
            copy.seek(0)
            undo.pop_all()  # the caller closes it
            return copy

    def read(self, key: str) -> bytes:
        """Return the checked bytes."""
        with self.open(key) as stream:
            return stream.read()

    def exists(self, key: str) -> bool:
        """Tell whether an object has this key."""
        try:
            self.stat(key)
        except ObjectMissingError:
            return False
        return True

    def stat(self, key: str) -> ObjectStat:
        """Return length and time of storing, to the second."""
        with _told_as_unavailable(key):
            found = self.client.stat_object(self.bucket, name_of(key))
        if found.size is None or found.last_modified is None:
            raise ObjectStoreUnavailableError("the server states neither length nor time of an object")
        return ObjectStat(found.size, found.last_modified)

    def keys(self) -> Iterator[str]:
        """Yield the keys of all objects, ascending; foreign names are passed over."""
        with _told_as_unavailable():
            for found in self.client.list_objects(self.bucket, recursive=True):
                key = key_of(found.object_name or "")
                if key is not None:
                    yield key

    def delete(self, key: str) -> None:
        """Remove an object (in a versioned bucket: hide it): for the orphan sweep alone."""
        name = name_of(key)
        with _told_as_unavailable():
            self.client.remove_object(self.bucket, name)

    def discard_unfinished(self, before: datetime) -> int:
        """Find nothing: an upload is one request, and the server drops a request that breaks off."""
        assert before.utcoffset() is not None
        return 0

    def close(self) -> None:
        """Close the connections to the server."""
        for pool in self._pools:
            pool.clear()

    def _create(self, content: BinaryIO, stored: StoredObject, content_type: str, *, last: bool) -> bool:
        """Upload once, create-only; return False when another create of this name was under way."""
        try:
            with _told_as_unavailable():
                self.creating_client.put_object(
                    self.bucket,
                    name_of(stored.key),
                    content,
                    stored.size_bytes,
                    content_type=content_type,
                    metadata={"x-amz-checksum-sha256": self.checksum_of(stored.key)},
                    part_size=OBJECT_BYTES_MAX,
                )
        except ObjectStoreUnavailableError as refusal:
            code = refusal.__cause__.code if isinstance(refusal.__cause__, S3Error) else None
            if code == _LOST_RACE and not last:
                return False
            if code not in _ALREADY_STORED:
                raise
        return True

    def _download(self, key: str, copy: BinaryIO) -> str:
        """Write the object to `copy` and return the SHA-256 of what came."""
        name = name_of(key)
        with _told_as_unavailable(key):
            response = self.client.get_object(self.bucket, name)
            try:
                return copy_hashing(cast("BinaryIO", response), copy, size_bytes_max=OBJECT_BYTES_MAX).key
            except ObjectTooLargeError:
                raise ObjectDamagedError(key) from None
            finally:
                response.close()
                response.release_conn()

    def _make_bucket(self) -> None:
        try:
            with _told_as_unavailable():
                if not self.client.bucket_exists(self.bucket):
                    self.client.make_bucket(self.bucket)
        except ObjectStoreUnavailableError as refusal:
            if not (isinstance(refusal.__cause__, S3Error) and refusal.__cause__.code in _MADE_BY_ANOTHER):
                raise


def _pool_settings() -> dict[str, Any]:
    return {
        "timeout": urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S),
        "maxsize": CONNECTIONS_MAX,
        "ssl_context": ssl.create_default_context(),
        "retries": urllib3.Retry(
            total=RETRIES_MAX,
            backoff_factor=RETRY_BACKOFF_S,
            status_forcelist=(500, 502, 503, 504),
            respect_retry_after_header=False,  # the server may not choose how long an officer waits
        ),
    }


def _make_client(address: S3Address, pool: urllib3.PoolManager) -> Minio:
    return Minio(
        address.endpoint,
        address.access_key,
        address.secret_key,
        secure=address.secure,
        region=address.region,
        http_client=pool,
    )


@contextlib.contextmanager
def _told_as_unavailable(key: str | None = None) -> Iterator[None]:
    """Give the faults of server, network and temporary file our names."""
    try:
        yield
    except S3Error as fault:
        if key is not None and fault.code in _ABSENT:
            raise ObjectMissingError(key) from fault
        raise ObjectStoreUnavailableError(f"the S3 server refused: {fault.code}") from fault
    except (MinioException, urllib3.exceptions.HTTPError, OSError) as fault:
        raise ObjectStoreUnavailableError(f"the S3 server cannot be used: {type(fault).__name__}") from fault
