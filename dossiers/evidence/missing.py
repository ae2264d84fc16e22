"""Looks for what rows name but the store lacks, or holds otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.errors import ObjectDamagedError, ObjectMissingError
from storage.objects import ObjectStore


def missing_objects(session: Session, store: ObjectStore) -> Iterator[str]:
    """Yield the key of every object that a paper names and the store does not have."""
    return (key for key in _named(session) if not store.exists(key))


def damaged_objects(session: Session, store: ObjectStore) -> Iterator[str]:
    """Yield the key of every object that a paper names and whose bytes are not what the name says; reads them all."""
    for key in _named(session):
        try:
            store.read(key)
        except ObjectDamagedError:
            yield key
        except ObjectMissingError:
            continue


def _named(session: Session) -> Iterator[str]:
    named = text(
        "select object_sha256 from paper where object_sha256 is not null "
        "union select signed_sha256 from paper where signed_sha256 is not null "
        "union select print_sha256 from paper where print_sha256 is not null"
    )
    return (str(key) for key in session.scalars(named))
