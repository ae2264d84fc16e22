"""Removes objects that no row names: what uploads left behind that were refused or broken off.

Never removes an object that a row names or is about to name: filing a paper and sweeping claim the same row of
`stored_object`, so one waits for the other, and whoever files looks again whether the object is still there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from sqlalchemy import Select, String, column, delete, insert, literal, or_, select, table, union
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.columns import UtcDateTime
from storage.database import Database
from storage.errors import ObjectMissingError
from storage.objects import ObjectStore

#: Objects younger than this may belong to a request that is still under way.
ORPHAN_AGE: Final = timedelta(days=1)
#: The kind of the job that sweeps once a day.
SWEEP: Final = "sweep-orphans"
#: No run removes more; what is left over waits for the next one.
REMOVED_MAX: Final = 10_000
_BATCH: Final = 500
_CLAIM: Final = "application/x-being-swept"

# Names of columns instead of models: papers are a room above this one.
_STORED = table(
    "stored_object", column("sha256"), column("size_bytes"), column("media_type"), column("stored_at", UtcDateTime())
)
_NAMES = ("object_sha256", "signed_sha256", "print_sha256")
_PAPER = table("paper", *(column(name, String) for name in _NAMES))


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found and did: counts, and the bytes of the objects that nobody names."""

    looked_at: int
    orphans: int
    orphan_bytes: int
    removed: int
    unfinished_removed: int


def sweep_orphans(database: Database, store: ObjectStore, *, stored_before: datetime, dry_run: bool = False) -> Swept:
    """Remove objects stored before a moment that no row names, and what broken-off uploads left; return the counts.

    `stored_before` is a moment of the store's own clock.  `dry_run` removes nothing.  Takes one short transaction
    an object; raises StorageError, with what was removed so far removed for good.
    """
    looked_at = orphans = orphan_bytes = removed = 0
    keys = store.keys()
    while batch := list(islice(keys, _BATCH)):
        looked_at += len(batch)
        for key in _unnamed(database, batch):
            size_bytes = _size_if_old(store, key, stored_before)
            if size_bytes is None or removed >= REMOVED_MAX:
                continue
            orphans, orphan_bytes = orphans + 1, orphan_bytes + size_bytes
            if not dry_run:
                removed += _remove(database, store, key, stored_before)
    unfinished = 0 if dry_run else store.discard_unfinished(stored_before)
    return Swept(looked_at, orphans, orphan_bytes, removed, unfinished)


def _unnamed(database: Database, keys: list[str]) -> list[str]:
    with database.reading() as session:
        named = set(session.scalars(_naming(keys)))
    return [key for key in keys if key not in named]


def _naming(keys: list[str]) -> Select[str]:
    """Return the keys among `keys` that any row names."""
    rows = union(
        select(_STORED.c.sha256.label("key")).where(_STORED.c.sha256.in_(keys)),
        *(select(_PAPER.c[name]).where(_PAPER.c[name].in_(keys)) for name in _NAMES),
    ).subquery()
    return select(rows.c.key)


def _size_if_old(store: ObjectStore, key: str, stored_before: datetime) -> int | None:
    """Return the length of an object that was stored before the moment; None for a younger or a vanished one."""
    try:
        found = store.stat(key)
    except ObjectMissingError:
        return None
    return found.size_bytes if found.stored_at < stored_before else None


def _remove(database: Database, store: ObjectStore, key: str, stored_before: datetime) -> int:
    """Remove one object under the claim that filing takes too; return 0 when a row names it by now."""
    with database.transaction() as session:
        if not _claim(session, key, stored_before) or _is_named_by_paper(session, key):
            return 0
        if _size_if_old(store, key, stored_before) is None:
            return 0
        store.delete(key)
        session.execute(delete(_STORED).where(_STORED.c.sha256 == key))
        return 1


def _claim(session: Session, key: str, at: datetime) -> bool:
    """Take the row of the key for this transaction; False when there is one, committed, that names the object."""
    claim = insert(_STORED).values(sha256=key, size_bytes=0, media_type=_CLAIM, stored_at=at)
    try:
        with session.begin_nested():
            session.execute(claim)
    except IntegrityError:
        return False
    return True


def _is_named_by_paper(session: Session, key: str) -> bool:
    named = or_(*(_PAPER.c[name] == key for name in _NAMES))
    return session.scalar(select(literal(1)).select_from(_PAPER).where(named).limit(1)) is not None
