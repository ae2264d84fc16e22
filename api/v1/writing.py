"""Writes over the programming interface: the key comes in Idempotency-Key, the version in If-Match."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, make_response, request

from api.problems import PreconditionMissingError
from api.writing import Answer, Unit, do_once, form_parts
from dossiers.idempotency import request_digest

__all__ = ["Answer", "Unit", "etag", "expected_version", "write"]

#: What no dossier has: a precondition that names it is stale whatever happens.
NO_VERSION = -1
_DIGITS_MAX = 18


def write(work: Callable[[Unit], Answer]) -> Response:
    """Do `work` in one transaction under the caller's Idempotency-Key; the same key returns the first answer."""
    kept = do_once(request.headers.get("Idempotency-Key", "").strip(), _digest(), work)
    replay = {"Idempotent-Replay": "true"} if kept.replayed else {}
    return _response(kept.body, kept.status, {**kept.headers, **replay})


def expected_version() -> int:
    """Return the version that If-Match names, NO_VERSION for what can be none; raises PreconditionMissingError."""
    raw = request.headers.get("If-Match", "").strip()
    if not raw:
        raise PreconditionMissingError
    number = raw.removeprefix("W/").strip('"')
    return int(number) if number.isdecimal() and len(number) <= _DIGITS_MAX else NO_VERSION


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
        parts += form_parts()
    else:
        parts.append(request.get_data(cache=True))
    return request_digest(*parts)
