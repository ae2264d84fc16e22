"""How every unsafe call is done, from a program or from a page: one transaction, one answer, the same when sent again.

Knows nothing of headers or forms: the doors bring the key and say what tells one request from another.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import IO, Any

from flask import request
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.problems import IdempotencyKeyMissingError
from dossiers.bodies.access import Actor
from dossiers.errors import InvalidDataError
from dossiers.idempotency import IdempotencyKey, earlier_answer
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

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


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it is kept under its key; `replayed` when an earlier request has done the work."""

    body: Mapping[str, Any]
    status: int
    headers: Mapping[str, str]
    replayed: bool


def do_once(key: str, digest: str, work: Callable[[Unit], Answer]) -> Kept:
    """Do `work` in one transaction under the caller's key.

    The key and the answer are kept in the same transaction as the work: after a crash either both are there
    or neither.  Raises IdempotencyKeyMissingError, and KeyReusedError when the key stood for another digest.
    """
    if not key or len(key) > KEY_LENGTH_MAX:
        raise IdempotencyKeyMissingError
    actor, at = caller(), house().now()
    with house().database.transaction() as session:
        earlier = earlier_answer(session, actor.account_id, key, digest) or _claim(session, actor, key, digest, at)
        if isinstance(earlier, IdempotencyKey) and earlier.status:
            return Kept(_opened(earlier.answer), earlier.status, earlier.headers, replayed=True)
        answer = work(Unit(session, actor, at))
        row = session.get(IdempotencyKey, (actor.account_id, key))
        assert row is not None
        row.status, row.answer, row.headers = answer.status.value, _sealed(answer.body), dict(answer.headers)
    return Kept(answer.body, answer.status.value, answer.headers, replayed=False)


def form_parts(*, without: Collection[str] = ()) -> list[bytes]:
    """Return what a form was filled with, files by their SHA-256, for telling it from another.

    Raises InvalidDataError for an item with a NUL, which no engine keeps.
    """
    items = sorted(item for item in request.form.items(multi=True) if item[0] not in without)
    text = Text("Nội dung có ký tự không lưu được", "Holds a character that cannot be kept")
    reasons = [
        Reason("BAD_FIELD", text, "", Effect.REFUSE, clause=name) for name, value in items if "\0" in name + value
    ]
    if reasons:
        raise InvalidDataError(reasons)
    parts = [f"{name}={value}".encode() for name, value in items]
    for name, file in sorted(request.files.items(multi=True), key=lambda item: item[0]):
        parts += [name.encode(), (file.filename or "").encode(), _content_sha256(file.stream)]
    return parts


def _sealed(body: Mapping[str, Any]) -> dict[str, str]:
    """Return an answer as it is kept: it may hold what a person's row keeps sealed."""
    return {"sealed": house().sealer.seal(json.dumps(body, ensure_ascii=False)).hex()}


def _opened(kept: Mapping[str, Any]) -> dict[str, Any]:
    return dict(json.loads(house().sealer.open(bytes.fromhex(kept["sealed"]))))


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


def _content_sha256(stream: IO[bytes]) -> bytes:
    digest = hashlib.sha256()
    stream.seek(0)
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    stream.seek(0)
    return digest.digest()
