"""Takes down the rows of one dossier before a change of edition, and puts them back exactly as they were.

Papers and the diary are not among them: a change of edition touches neither, and nothing is ever taken out of a diary.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.orm import Session

from dossiers.custody.models import CustodyInterval
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.limits.models import Alarm, Deadline

Rows = dict[str, list[dict[str, Any]]]

_DOSSIER: Table = Dossier.metadata.tables[Dossier.__tablename__]
_OF_A_DOSSIER: tuple[Table, ...] = tuple(
    model.metadata.tables[model.__tablename__] for model in (DossierParty, Proceeding, Deadline, Alarm, CustodyInterval)
)
#: What moves on with the diary, and what is never changed once it is written.
_LEFT_OUT = frozenset((_DOSSIER.c.version, _DOSSIER.c.head_hash, Deadline.__table__.c.certificate))


def take(session: Session, dossier_id: UUID) -> Rows:
    """Return the rows of a dossier as plain JSON values, by table, in a fixed order."""
    session.flush()
    return {table.name: [_plain(row) for row in _rows(session, table, dossier_id)] for table in _tables()}


def put_back(session: Session, dossier_id: UUID, before: Rows) -> None:
    """Make the rows of a dossier what they were when `before` was taken; rows that came since are removed."""
    session.flush()
    came_since: list[tuple[Table, UUID]] = []
    for table in _tables():
        wanted = {UUID(row["id"]): row for row in before[table.name]}
        found = {UUID(row["id"]): row for row in map(_plain, _rows(session, table, dossier_id))}
        assert wanted.keys() <= found.keys()
        came_since += [(table, row_id) for row_id in found if row_id not in wanted]
        for row_id, row in wanted.items():
            changed = {name: value for name, value in row.items() if found[row_id][name] != value}
            if changed:
                values = {name: _value(table.c[name], value) for name, value in changed.items()}
                session.execute(update(table).where(table.c.id == row_id).values(values))
    for table, row_id in came_since:
        session.execute(delete(table).where(table.c.id == row_id))
    session.expire_all()
    assert take(session, dossier_id) == before


def _tables() -> Iterator[Table]:
    yield _DOSSIER
    yield from _OF_A_DOSSIER


def _rows(session: Session, table: Table, dossier_id: UUID) -> list[Mapping[str, Any]]:
    owner = table.c.id if table is _DOSSIER else table.c.dossier_id
    columns = [column for column in table.c if column not in _LEFT_OUT]
    return [
        dict(row)
        for row in session.execute(select(*columns).where(owner == dossier_id).order_by(table.c.id)).mappings()
    ]


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, UUID) else _moment(value) for name, value in row.items()}


def _moment(value: Any) -> Any:  # noqa: ANN401 - any column value
    return value.isoformat() if isinstance(value, datetime) else value


def _value(column: Column[Any], value: Any) -> Any:  # noqa: ANN401 - any column value
    if value is None:
        return None
    kind = column.type.python_type
    if kind is UUID:
        return UUID(value)
    return datetime.fromisoformat(value) if kind is datetime else value
