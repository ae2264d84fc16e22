"""Sends pages and styles compressed, for offices on a slow line.

Answers of the programming interface stay as they are: their ETags speak of exact bytes.  Each compressed page carries a
name of random length in its gzip header, so that its size does not tell what it holds (the attack known as BREACH).
"""

from __future__ import annotations

import gzip
import io
import secrets
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from flask import Flask, Response, request

#: What is text and worth the work.
_KINDS: Final = ("text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml")
#: Less than this is one packet anyway.
_LEAST_BYTES: Final = 1_000
_NAME_LENGTH_MAX: Final = 100
_LEVEL: Final = 6
_STATIC: Final = ("static", "bootstrap.static")


def install_compression(app: Flask) -> None:
    """Compress every page and every file of styles that the caller can read so."""
    app.after_request(compressed)


def compressed(response: Response) -> Response:
    """Return the response, compressed where that is worth it and wanted."""
    if response.mimetype not in _KINDS or request.path.startswith("/api/"):
        return response
    response.vary.add("Accept-Encoding")
    whole = response.status_code == HTTPStatus.OK and "Content-Encoding" not in response.headers
    if not whole or not request.accept_encodings.quality("gzip"):
        return response
    response.direct_passthrough = False
    content = response.get_data()
    if len(content) < _LEAST_BYTES:
        return response
    response.set_data(_kept(content) if request.endpoint in _STATIC else _packed(content, _random_name()))
    response.headers["Content-Encoding"] = "gzip"
    etag, _weak = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)
    return response


@lru_cache(maxsize=64)
def _kept(content: bytes) -> bytes:
    """Return a file that is the same for everybody, compressed once."""
    return _packed(content, "")


def _random_name() -> str:
    return "a" * (1 + secrets.randbelow(_NAME_LENGTH_MAX))


def _packed(content: bytes, name: str) -> bytes:
    packed = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=_LEVEL, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
