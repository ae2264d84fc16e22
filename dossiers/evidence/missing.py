"""Looks for what rows name but the store lacks."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.objects import ObjectStore


def missing_objects(session: Session, store: ObjectStore) -> Iterator[str]:
    """Yield the key of every object that a paper names and the store does not have."""
    named = text(
        "select object_sha256 from paper where object_sha256 is not null "
        "union select signed_sha256 from paper where signed_sha256 is not null "
        "union select print_sha256 from paper where print_sha256 is not null"
    )
    for key in session.scalars(named):
        if not store.exists(str(key)):
            yield str(key)
