"""Find out what an object store really does, by doing it.

Writes a few small objects of random content and removes them again; never touches other objects and
never believes what a server says about itself where it can be tried instead.
"""

import contextlib
import hashlib
import io
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum

from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from storage.content import StoredObject, name_of
from storage.errors import ObjectDamagedError, ObjectMissingError, ObjectStoreError, ObjectTooLargeError
from storage.files import FileStore
from storage.objects import ObjectStore
from storage.s3 import S3Store

_CONTENT_TYPE = "application/octet-stream"
_CONTENT_BYTES = 64
_NO_SUCH_SETTING = frozenset({"ObjectLockConfigurationNotFoundError", "NoSuchObjectLockConfiguration"})
_NOT_OFFERED = frozenset({"NotImplemented", "MethodNotAllowed", "AccessDenied"})


class Outcome(StrEnum):
    """What came of one check."""

    #: The store did it.
    HOLDS = "holds"
    #: The store was seen not to do it.
    FAILS = "fails"
    #: The store could not be asked (no such question for it, or no right to ask).
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ProbeCheck:
    """One thing tried; `required` ones must hold before papers may be trusted to the store."""

    name: str
    outcome: Outcome
    required: bool
    title: dict[str, str]
    detail: str


@dataclass(frozen=True)
class ProbeReport:
    """All that was tried on one store."""

    kind: str
    location: str
    checks: tuple[ProbeCheck, ...]

    @property
    def usable(self) -> bool:
        """Whether everything holds that the program relies on."""
        return all(each.outcome is Outcome.HOLDS for each in self.checks if each.required)

    def to_json(self) -> str:
        """Return the report as one JSON object, ready to print."""
        return json.dumps(asdict(self) | {"usable": self.usable}, ensure_ascii=False, indent=2)


@dataclass(frozen=True)
class _Finding:
    outcome: Outcome
    detail: str = ""


_TITLES = {
    "round_trip": {
        "vi": "Ghi rồi đọc lại được đúng nội dung đã ghi",
        "en": "What is written is read back unchanged",
    },
    "idempotent": {
        "vi": "Ghi lại cùng một nội dung không gây lỗi và cho cùng một khóa",
        "en": "Writing the same content again is no error and gives the same key",
    },
    "missing_reported": {
        "vi": "Báo rõ khi đối tượng không tồn tại",
        "en": "An absent object is reported as absent",
    },
    "too_large_refused": {
        "vi": "Từ chối nội dung vượt giới hạn và không để lại gì",
        "en": "Content over the limit is refused and nothing of it is kept",
    },
    "damage_detected": {
        "vi": "Phát hiện đối tượng bị hỏng hoặc bị sửa khi đọc",
        "en": "A damaged or altered object is detected on reading",
    },
    "create_only": {
        "vi": "Kho từ chối ghi đè lên đối tượng đã có",
        "en": "The store refuses to overwrite an existing object",
    },
    "checksum_enforced": {
        "vi": "Máy chủ từ chối nội dung không khớp mã kiểm tra SHA-256 gửi kèm",
        "en": "The server refuses content that does not match the SHA-256 sent with it",
    },
    "versioning": {
        "vi": "Vùng chứa lưu các phiên bản cũ",
        "en": "The bucket keeps old versions",
    },
    "object_lock": {
        "vi": "Vùng chứa có khóa đối tượng (chống xóa)",
        "en": "The bucket has object lock (protection against deletion)",
    },
}


def probe_store(store: ObjectStore) -> ProbeReport:
    """Try everything on `store` and report; raises ObjectStoreUnavailableError when it does not answer at all."""
    with _probe_object(store) as (stored, body):
        checks = [
            _check("round_trip", lambda: _try_round_trip(store, stored, body)),
            _check("idempotent", lambda: _try_putting_again(store, stored, body)),
            _check("missing_reported", lambda: _try_missing(store)),
            _check("too_large_refused", lambda: _try_too_large(store)),
            _check("create_only", lambda: _try_overwriting(store, stored), required=isinstance(store, FileStore)),
            _check("damage_detected", lambda: _try_damage(store, stored, body)),
        ]
    if isinstance(store, S3Store):
        checks += [
            _check("checksum_enforced", lambda: _try_wrong_checksum(store), required=False),
            _check("versioning", lambda: _ask_versioning(store), required=False),
            _check("object_lock", lambda: _ask_object_lock(store), required=False),
        ]
    return ProbeReport(type(store).__name__, store.location, tuple(checks))


@contextlib.contextmanager
def _probe_object(store: ObjectStore) -> Iterator[tuple[StoredObject, bytes]]:
    body = secrets.token_bytes(_CONTENT_BYTES)
    stored = store.put_bytes(body, _CONTENT_TYPE)
    try:
        yield stored, body
    finally:
        store.delete(stored.key)


def _check(name: str, attempt: Callable[[], _Finding], *, required: bool = True) -> ProbeCheck:
    """Run one attempt; a fault of the store counts against it and is told, and the other attempts still run."""
    try:
        finding = attempt()
    except (ObjectStoreError, MinioException, HTTPError, OSError) as fault:
        finding = _Finding(Outcome.FAILS, f"{type(fault).__name__}: {fault}")
    return ProbeCheck(name, finding.outcome, required, _TITLES[name], finding.detail)


def _held(condition: bool, detail: str = "") -> _Finding:  # noqa: FBT001 - the condition is the argument
    return _Finding(Outcome.HOLDS if condition else Outcome.FAILS, detail)


def _try_round_trip(store: ObjectStore, stored: StoredObject, body: bytes) -> _Finding:
    described = store.stat(stored.key).size_bytes == len(body) and store.exists(stored.key)
    return _held(described and store.read(stored.key) == body)


def _try_putting_again(store: ObjectStore, stored: StoredObject, body: bytes) -> _Finding:
    again = store.put_bytes(body, _CONTENT_TYPE)
    return _held(again == stored and store.read(stored.key) == body)


def _try_missing(store: ObjectStore) -> _Finding:
    absent = secrets.token_hex(32)
    try:
        store.read(absent)
    except ObjectMissingError:
        return _held(not store.exists(absent))
    return _held(condition=False)


def _try_too_large(store: ObjectStore) -> _Finding:
    body = secrets.token_bytes(_CONTENT_BYTES)
    try:
        store.put(io.BytesIO(body), size_bytes_max=_CONTENT_BYTES - 1, content_type=_CONTENT_TYPE)
    except ObjectTooLargeError:
        return _held(not store.exists(hashlib.sha256(body).hexdigest()))
    return _held(condition=False)


def _try_overwriting(store: ObjectStore, stored: StoredObject) -> _Finding:
    """Write other bytes to an existing name the way `put` writes."""
    other = secrets.token_bytes(_CONTENT_BYTES)
    if isinstance(store, FileStore):
        with _probe_object(store) as (second, _):
            try:
                store.path_of(stored.key).hardlink_to(store.path_of(second.key))
            except FileExistsError:
                return _held(condition=True)
        return _held(condition=False)
    if isinstance(store, S3Store):
        try:
            store.creating_client.put_object(store.bucket, name_of(stored.key), io.BytesIO(other), len(other))
        except S3Error as refusal:
            return _held(refusal.code == "PreconditionFailed", str(refusal.code))
        return _held(condition=False, detail="If-None-Match: * is ignored; the key being the hash is the only guard")
    return _Finding(Outcome.UNKNOWN)


def _try_damage(store: ObjectStore, stored: StoredObject, body: bytes) -> _Finding:
    """Change one bit behind the store's back and read."""
    damaged = bytes([body[0] ^ 1]) + body[1:]
    if isinstance(store, FileStore):
        path = store.path_of(stored.key)
        path.chmod(0o600)
        path.write_bytes(damaged)
    elif isinstance(store, S3Store):
        store.client.put_object(store.bucket, name_of(stored.key), io.BytesIO(damaged), len(damaged))
    else:
        return _Finding(Outcome.UNKNOWN)
    try:
        store.read(stored.key)
    except ObjectDamagedError:
        return _held(condition=True)
    return _held(condition=False)


def _try_wrong_checksum(store: S3Store) -> _Finding:
    body = secrets.token_bytes(_CONTENT_BYTES)
    name = name_of(hashlib.sha256(body).hexdigest())
    wrong = {"x-amz-checksum-sha256": store.checksum_of(hashlib.sha256(b"other content").hexdigest())}
    try:
        store.client.put_object(store.bucket, name, io.BytesIO(body), len(body), metadata=dict(wrong))
    except S3Error as refusal:
        return _held(condition=True, detail=str(refusal.code))
    store.client.remove_object(store.bucket, name)
    return _held(condition=False, detail="uploads are read back, so a damaged one is still noticed")


def _ask_versioning(store: S3Store) -> _Finding:
    try:
        status = store.client.get_bucket_versioning(store.bucket).status
    except S3Error as refusal:
        return _answer_refusal(refusal)
    return _held(status == "Enabled", status or "Off")


def _ask_object_lock(store: S3Store) -> _Finding:
    try:
        config = store.client.get_object_lock_config(store.bucket)
    except S3Error as refusal:
        return _answer_refusal(refusal)
    retention = "no default retention" if config.mode is None else f"{config.mode} {config.duration}"
    return _held(condition=True, detail=retention)


def _answer_refusal(refusal: S3Error) -> _Finding:
    if refusal.code in _NO_SUCH_SETTING:
        return _Finding(Outcome.FAILS, "Off")
    if refusal.code in _NOT_OFFERED:
        return _Finding(Outcome.UNKNOWN, str(refusal.code))
    raise refusal
