"""More of the same in a scene: copies of its dossier, made past the program, and a count of what a page asks."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from sqlalchemy import event

from tests.api.scenes import Scene

#: What goes with a dossier, and the column that names it.
_WITH = ("dossier_party", "deadline", "proceeding", "aftercare_record")


def crowd(scene: Scene, copies: int) -> None:
    """Add copies of the dossier with its parties, running limits, open side machines and aftercare records."""
    own = UUID(scene.dossier_id).hex
    sides = [side for (side,) in scene.rows("select id from proceeding where dossier_id = ?", own)]
    made = [{key: uuid4().hex for key in (own, *sides)} for _ in range(copies)]
    link = sqlite3.connect(scene.database_file)
    with link:
        for table in ("dossier", *_WITH):
            _copy(link, table, own, made)
    link.close()


def _copy(link: sqlite3.Connection, table: str, own: str, made: list[dict[str, str]]) -> None:
    columns = [row[1] for row in link.execute(f"pragma table_info({table})")]
    places = ", ".join("?" for _ in columns)
    key = "id" if table == "dossier" else "dossier_id"
    rows = link.execute(f"select * from {table} where {key} = ?", (own,)).fetchall()  # noqa: S608
    for renamed in made:
        copied = [
            [_value(table, name, value, renamed) for name, value in zip(columns, row, strict=True)] for row in rows
        ]
        link.executemany(f"insert into {table} ({', '.join(columns)}) values ({places})", copied)  # noqa: S608


def _value(table: str, name: str, value: object, renamed: dict[str, str]) -> object:
    if table == "dossier" and name == "number":
        return f"{value}-{next(iter(renamed.values()))}"
    if isinstance(value, str) and value in renamed:
        return renamed[value]
    return uuid4().hex if name == "id" else value


@contextmanager
def counted_statements(scene: Scene) -> Iterator[list[str]]:
    """Gather every statement that the database of a scene is sent."""
    engine, seen = scene.house.database.engine, list[str]()

    def note(_link: object, _cursor: object, statement: str, *_more: object) -> None:
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def statements(scene: Scene, act: Callable[[], object]) -> int:
    """Return how many statements the database got during an act."""
    with counted_statements(scene) as seen:
        act()
    return len(seen)
