"""Pages over 10,000 dossiers on the embedded default: how long the server takes, and that none grows with the rows.

The dossiers are copies of moments of the demonstration story, spread over its states and over as many bodies as a
province has; only what the pages read is copied, so their diaries are not a chain.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench.measuring import MS, Row
from tests.api.scenes import Recording, open_scene, record_story
from tests.pages.browsing import Visitor

#: What is copied with a dossier, each after what it refers to, and the columns that name something copied.
TABLES = ("person", "dossier", "dossier_party", "proceeding", "diary", "paper", "deadline", "alarm", "custody_interval")
#: How many bodies of a kind a province has, and what stands beside each of them.
BODIES = {"commune": 120, "court": 6, "facility": 4}
KINDS = {
    "commune": ("commune_police", "commune_committee", "health_facility"),
    "court": ("regional_court", "regional_procuracy"),
    "facility": ("facility",),
}
OFFICES: Mapping[str, str] = {
    "commune police": "cax.canbo.minhhoa",
    "court": "toa.kv99",
    "provincial police": "ca.tinh",
    "facility": "coso1.truong",
}
BROWSER = {"Accept": "text/html", "Accept-Encoding": "gzip"}
_PERCENTILE = 95


class Copies:
    """The rows of the story's dossier at some of its moments, ready to be written again under other names."""

    def __init__(self, recording: Recording, moments: int) -> None:
        marks = [mark for mark in recording.marks if mark.dossier_id]
        chosen = [marks[number * (len(marks) - 1) // (moments - 1)] for number in range(moments)]
        self.moments = [_rows(mark.database) for mark in chosen]

    def write(self, base: sqlite3.Connection, number: int, bodies: Mapping[str, str]) -> None:
        """Write one more dossier; `bodies` are other bodies in the place of those of the story."""
        rows = self.moments[number % len(self.moments)]
        names = dict(bodies)
        for table in TABLES:
            for row in rows[table]:
                if "id" in row:
                    names[row["id"]] = uuid4().hex
        for table in TABLES:
            _insert(base, table, [_renamed(table, row, names, number) for row in rows[table]])


def _rows(database: Path) -> dict[str, list[dict[str, Any]]]:
    with sqlite3.connect(database) as connection:
        connection.row_factory = sqlite3.Row
        (dossier,) = connection.execute("SELECT * FROM dossier").fetchall()
        found = {"person": connection.execute("SELECT * FROM person WHERE id = ?", (dossier["person_id"],)).fetchall()}
        found["dossier"] = [dossier]
        for table in TABLES[2:]:
            query = f"SELECT * FROM {table} WHERE dossier_id = ?"  # noqa: S608 - one of the names above
            found[table] = connection.execute(query, (dossier["id"],)).fetchall()
    return {table: [dict(row) for row in rows] for table, rows in found.items()}


def _renamed(table: str, row: Mapping[str, Any], names: Mapping[str, str], number: int) -> dict[str, Any]:
    values = {name: names.get(value, value) if type(value) is str else value for name, value in row.items()}
    return values | _unlike(table, values, number)


def _insert(base: sqlite3.Connection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        statement = f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})"  # noqa: S608 - our own tables
        base.executemany(statement, [tuple(row.values()) for row in rows])


def _unlike(table: str, values: Mapping[str, Any], number: int) -> dict[str, Any]:
    """Return what must not be the same in two copies."""
    match table:
        case "dossier":
            return {"number": f"99001-2026-{number + 10_000:05d}"}
        case "person":
            return {"full_name": f"{values['full_name']} {number}", "folded_name": f"{values['folded_name']} {number}"}
        case "diary":
            return {"hash": (uuid4().hex * 2)}
        case "paper":
            return {"number": None} if "number" in values else {}
        case _:
            return {}


def crowd(database: Path, copies: Copies, number: int) -> None:
    """Fill a database with so many dossiers."""
    with sqlite3.connect(database) as base:
        base.execute("PRAGMA foreign_keys = OFF")
        base.execute("PRAGMA synchronous = OFF")
        others = {kind: list(_more_bodies(base, kind, count - 1)) for kind, count in BODIES.items()}
        for each in range(number):
            bodies: dict[str, str] = {}
            for kind, count in BODIES.items():
                place = each // len(copies.moments) % count
                bodies |= others[kind][place - 1] if place else {}
            copies.write(base, each, bodies)
        base.execute("ANALYZE")


def _more_bodies(base: sqlite3.Connection, kind: str, number: int) -> Iterator[dict[str, str]]:
    """Write more bodies like those of the story; yield which stands for which."""
    base.row_factory = sqlite3.Row
    rows = [dict(row) for row in base.execute("SELECT * FROM organization") if row["type"] in KINDS[kind]]
    for each in range(number):
        names = {row["id"]: uuid4().hex for row in rows}
        for row in rows:
            values = {**row, "id": names[row["id"]], "code": f"{row['code']}-{kind}-{each}", "commune_code": None}
            _insert(base, "organization", [values])
        yield names


def pages(folder: Path, number: int, rounds: int) -> list[Row]:
    """Measure the inbox of several offices and the page of a dossier among so many; floor: GET /healthz."""
    folder.mkdir()
    recording = record_story(folder)
    scene = open_scene(recording, recording.marks[0], folder)
    crowd(scene.database_file, Copies(recording, 40), number)
    scene.clock.instant = recording.marks[len(recording.marks) // 2].instant
    rows = []
    for office, username in OFFICES.items():
        visitor = Visitor(scene.app).sign_in(username)
        page = visitor.get("/")
        links = [link for link in page.links().values() if _is_dossier(link)]
        rows.append(_row(f"page: inbox, {office}, {number:,} dossiers", visitor, ["/"], rounds))
        if links:
            rows.append(_row(f"page: dossier, {office}, {number:,} dossiers", visitor, links[:20], rounds))
    scene.house.database.dispose()
    return rows


def _is_dossier(link: str) -> bool:
    head, _, name = link.rpartition("/")
    try:
        return head == "/dossiers" and bool(UUID(name))
    except ValueError:
        return False


def _row(name: str, visitor: Visitor, paths: Sequence[str], rounds: int) -> Row:
    took, least = [], []
    for number in range(rounds):
        begun = time.perf_counter()
        assert visitor.client.get(paths[number % len(paths)], headers=BROWSER).status_code == HTTPStatus.OK
        took.append((time.perf_counter() - begun) * MS)
        begun = time.perf_counter()
        visitor.client.get("/healthz")
        least.append((time.perf_counter() - begun) * MS)
    value = statistics.quantiles(took, n=100)[_PERCENTILE - 1]
    return Row(f"{name}, 95 %", value, "ms", statistics.median(least), rounds, "GET /healthz of the same application")
