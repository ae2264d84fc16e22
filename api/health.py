"""Whether the process lives and whether it can work; says nothing about persons."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from sqlalchemy import text

from api.auth.callers import public
from api.house import house
from storage.errors import StorageError

health = Blueprint("health", __name__)
#: A key that no content has: asking for it shows that the store answers.
_NO_OBJECT = "0" * 64


@health.get("/healthz")
@public
def alive() -> dict[str, Any]:
    """Say that the process lives."""
    return {"status": "ok"}


@health.get("/readyz")
@public
def ready() -> tuple[dict[str, Any], HTTPStatus]:
    """Say whether database and store answer."""
    checks = {"database": _database_answers(), "storage": _store_answers(), "law": bool(house().law.procedures)}
    status = HTTPStatus.OK if all(checks.values()) else HTTPStatus.SERVICE_UNAVAILABLE
    return {"status": "ok" if status is HTTPStatus.OK else "not-ready", "checks": checks}, status


def _database_answers() -> bool:
    try:
        with house().database.reading() as session:
            return bool(session.scalar(text("select 1")) == 1)
    except StorageError:
        return False


def _store_answers() -> bool:
    try:
        return not house().store.exists(_NO_OBJECT)
    except StorageError:
        return False
