"""More dossiers before the same court: copies of the one of the story, written past the program, under other names.

Playing the story ten times would take minutes; a copy of its rows behaves the same in every act.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, request, request_started

from tests.api.scenes import Scene

#: Tables whose rows belong to a dossier, besides the dossier itself.
_TABLES = ("dossier_party", "proceeding", "deadline", "alarm", "custody_interval", "diary", "paper")


def add_heard(scene: Scene, count: int) -> list[str]:
    """Add so many more people who stand where the one of the story stands; return the ids of their dossiers."""
    link = sqlite3.connect(scene.database_file)
    link.row_factory = sqlite3.Row
    original = UUID(scene.dossier_id).hex
    with link:
        dossier = dict(link.execute("select * from dossier where id = ?", (original,)).fetchone())
        person = dict(link.execute("select * from person where id = ?", (dossier["person_id"],)).fetchone())
        added = [_copy(link, person, dossier, number) for number in range(1, count + 1)]
    link.close()
    return [str(UUID(each)) for each in added]


def _copy(link: sqlite3.Connection, person: dict[str, Any], dossier: dict[str, Any], number: int) -> str:
    name = f"NGƯỜI GIẢ ĐỊNH {number:02d}"
    new_person = {**person, "id": uuid4().hex, "full_name": name, "folded_name": f"nguoi gia dinh {number:02d}"}
    _insert(link, "person", new_person)
    fresh = {**dossier, "id": uuid4().hex, "person_id": new_person["id"], "number": f"99001-2026-9{number:04d}"}
    ids = {dossier["id"]: fresh["id"]}
    copies = []
    for table in _TABLES:
        for row in link.execute(f"select * from {table} where dossier_id = ?", (dossier["id"],)).fetchall():  # noqa: S608
            copy = dict(row)
            if isinstance(copy.get("id"), str):
                ids[copy["id"]] = uuid4().hex
            if table == "diary":
                # Another chain: its hashes are only numbers that occur once.
                ids[copy["hash"]] = uuid4().hex + uuid4().hex
            if table == "paper":
                copy |= {"series": None, "number": None, "number_year": None}
            copies.append((table, copy))
    for table, copy in [("dossier", fresh), *copies]:
        _insert(link, table, {name: ids.get(value, value) for name, value in copy.items()})
    return str(fresh["id"])


def _insert(link: sqlite3.Connection, table: str, row: dict[str, Any]) -> None:
    places = ", ".join("?" for _ in row)
    link.execute(f"insert into {table} ({', '.join(row)}) values ({places})", tuple(row.values()))  # noqa: S608


@contextmanager
def counted_requests(app: Flask) -> Iterator[list[str]]:
    """Gather the address of every request that reaches the application."""
    seen: list[str] = []

    def note(_sender: Flask, **_more: object) -> None:
        seen.append(f"{request.method} {request.path}")

    with request_started.connected_to(note, app):
        yield seen
