"""Answers to unsafe requests, kept so that sending one twice does one thing."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dossiers.errors import KeyReusedError
from storage.columns import Json, UtcDateTime
from storage.database import Base


class IdempotencyKey(Base):
    """A key that an account has used, the request it stood for, and the answer it got."""

    __tablename__ = "idempotency_key"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    answer: Mapped[dict[str, Any]] = mapped_column(Json)
    headers: Mapped[dict[str, Any]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


def request_digest(*parts: bytes) -> str:
    """Return the SHA-256 that tells one request from another."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def earlier_answer(session: Session, account_id: UUID, key: str, request_sha256: str) -> IdempotencyKey | None:
    """Return what the key was answered before; raises KeyReusedError when it stood for another request."""
    found = session.get(IdempotencyKey, (account_id, key))
    if found is not None and found.request_sha256 != request_sha256:
        raise KeyReusedError
    return found
