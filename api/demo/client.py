"""One office at work over HTTP: signs in, reads, acts with If-Match and Idempotency-Key like any program.

Knows the interface only; it never imports the domain.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol
from uuid import uuid4

import urllib3

JSON = "application/json"
#: As many threads as may share one wire without opening a connection for every request.
CONNECTIONS_MAX = 8


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers, bytes."""

    status: int
    headers: Mapping[str, str]
    data: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever the interface answers
        """Return the body as JSON values."""
        return json.loads(self.data)


class Wire(Protocol):
    """How requests travel: over a socket, or straight into an application."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the reply."""
        ...


class RefusedError(Exception):
    """The interface refused; `reply` holds the problem."""

    def __init__(self, what: str, reply: Reply) -> None:
        self.reply = reply
        super().__init__(f"{what}: {reply.status} {reply.data.decode(errors='replace')[:2000]}")


class HttpWire:
    """Requests over loopback HTTP."""

    def __init__(self, base_url: str, *, seconds: float = 30.0) -> None:
        self._base = base_url
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS_MAX, timeout=urllib3.Timeout(seconds), retries=False)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the reply; raises urllib3's errors when nobody answers."""
        answer = self._pool.request(method, self._base + path, headers=dict(headers), body=body, redirect=False)
        return Reply(answer.status, answer.headers, answer.data)

    def close(self) -> None:
        """Give the connections back."""
        self._pool.clear()


@dataclass
class Office:
    """An account at work."""

    wire: Wire
    username: str
    password: str = field(repr=False)
    _token: str | None = field(default=None, repr=False)
    account: Mapping[str, Any] = field(default_factory=dict)

    def sign_in(self) -> None:
        """Exchange name and password for a token."""
        body = json.dumps({"username": self.username, "password": self.password, "label": "demo"}).encode()
        reply = self.wire.send("POST", "/api/v1/tokens", {"Content-Type": JSON}, body)
        if reply.status != HTTPStatus.CREATED:
            raise RefusedError("sign-in", reply)
        found = reply.json()
        self._token, self.account = found["token"], found["account"]

    def get(self, path: str) -> Any:  # noqa: ANN401 - whatever the interface answers
        """Read a resource; raises RefusedError."""
        reply = self.call("GET", path)
        if reply.status != HTTPStatus.OK:
            raise RefusedError(f"GET {path}", reply)
        return reply.json()

    def everything(self, path: str) -> list[Any]:
        """Read all pages of a list."""
        items, after, mark = [], None, "&" if "?" in path else "?"
        while True:
            page = self.get(path if after is None else f"{path}{mark}after={after}")
            items += page["items"]
            after = page["next"]
            if after is None:
                return items

    def post(self, path: str, body: Mapping[str, Any], *, version: int | None = None, key: str | None = None) -> Any:  # noqa: ANN401 - whatever the interface answers
        """Write JSON; raises RefusedError with every reason."""
        reply = self.call("POST", path, body=json.dumps(body).encode(), version=version, key=key)
        if reply.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise RefusedError(f"POST {path}", reply)
        return reply.json()

    def upload(
        self, path: str, form: Mapping[str, str], file: tuple[str, bytes, str], *, version: int | None = None
    ) -> Any:  # noqa: ANN401 - whatever the interface answers
        """Send a file (name, content, media type) with form fields; raises RefusedError."""
        parts: dict[str, Any] = {**form, "file": file}
        body, content_type = urllib3.encode_multipart_formdata(parts)
        reply = self.call("POST", path, body=body, version=version, content_type=content_type)
        if reply.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
            raise RefusedError(f"POST {path}", reply)
        return reply.json()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        version: int | None = None,
        key: str | None = None,
        content_type: str = JSON,
    ) -> Reply:
        """Send one request as this office and return the reply, whatever it is."""
        if self._token is None:
            self.sign_in()
        headers = {"Authorization": f"Bearer {self._token}", "Accept": JSON}
        if body is not None:
            headers["Content-Type"] = content_type
            headers["Idempotency-Key"] = key or uuid4().hex
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        reply = self.wire.send(method, path, headers, body)
        if reply.status == HTTPStatus.UNAUTHORIZED:
            # A token lasts weeks, a term years: sign in again, as a person would.
            self.sign_in()
            reply = self.wire.send(method, path, {**headers, "Authorization": f"Bearer {self._token}"}, body)
        return reply
