"""How every unsafe call is done: one transaction, one answer, the same answer when it is sent again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any

from flask import Response, make_response, request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.problems import IdempotencyKeyMissingError, PreconditionMissingError
from dossiers.bodies.access import Actor
from dossiers.errors import StaleVersionError
from dossiers.idempotency import IdempotencyKey, earlier_answer, request_digest

KEY_LENGTH_MAX = 200
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write answers: a JSON body and the headers that belong to it."""

    body: Mapping[str, Any]
    status: HTTPStatus = HTTPStatus.CREATED
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a write works with: its session, its caller, its moment."""

    session: Session
    actor: Actor
    at: datetime


def write(work: Callable[[Unit], Answer]) -> Response:
    """Do `work` in one transaction under the caller's Idempotency-Key.

    The key and the answer are kept in the same transaction as the work: after a crash either both are there
    or neither.  The same key with another request is refused (KeyReusedError).
    """
    key = request.headers.get("Idempotency-Key", "").strip()
    if not key or len(key) > KEY_LENGTH_MAX:
        raise IdempotencyKeyMissingError
    actor, at, digest = caller(), house().now(), _digest()
    with house().database.transaction() as session:
        earlier = earlier_answer(session, actor.account_id, key, digest) or _claim(session, actor, key, digest, at)
        if isinstance(earlier, IdempotencyKey) and earlier.status:
            return _response(earlier.answer, earlier.status, {**earlier.headers, "Idempotent-Replay": "true"})
        answer = work(Unit(session, actor, at))
        row = session.get(IdempotencyKey, (actor.account_id, key))
        assert row is not None
        row.status, row.answer, row.headers = answer.status.value, dict(answer.body), dict(answer.headers)
    return _response(answer.body, answer.status.value, answer.headers)


def _claim(session: Session, actor: Actor, key: str, digest: str, at: datetime) -> IdempotencyKey | None:
    """Take the key before the work; a racing request with the same key waits here and gets the first's answer."""
    claim = IdempotencyKey(
        account_id=actor.account_id, key=key, request_sha256=digest, status=0, answer={}, headers={}, created_at=at
    )
    try:
        with session.begin_nested():
            session.add(claim)
    except IntegrityError:
        session.expire_all()
        return earlier_answer(session, actor.account_id, key, digest)
    return None


def expected_version() -> int:
    """Return the version that If-Match names; raises PreconditionMissingError, StaleVersionError for nonsense."""
    raw = request.headers.get("If-Match", "").strip()
    if not raw:
        raise PreconditionMissingError
    number = raw.removeprefix("W/").strip('"')
    if not number.isdecimal():
        raise StaleVersionError(0)
    return int(number)


def etag(version: int) -> dict[str, str]:
    """Return the header that names a version of a dossier."""
    return {"ETag": f'"{version}"'}


def _response(body: Mapping[str, Any], status: int, headers: Mapping[str, str]) -> Response:
    response = make_response(json.dumps(body, ensure_ascii=False, sort_keys=True), status)
    response.mimetype = "application/json"
    response.headers.extend(dict(headers))
    return response


def _digest() -> str:
    """Return what tells this request from another: method, path, precondition and content."""
    parts = [request.method.encode(), request.full_path.encode(), request.headers.get("If-Match", "").encode()]
    if request.mimetype == "multipart/form-data":
        parts += [f"{name}={value}".encode() for name, value in sorted(request.form.items(multi=True))]
        for name, file in sorted(request.files.items(multi=True)):
            parts += [name.encode(), (file.filename or "").encode(), _content_sha256(file.stream)]
    else:
        parts.append(request.get_data(cache=True))
    return request_digest(*parts)


def _content_sha256(stream: IO[bytes]) -> bytes:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    stream.seek(0)
    return digest.digest()
