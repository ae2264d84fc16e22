"""An act end to end through `move_dossier` on both engines, against one bare row committed in the same database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import Engine, text

from api.app import create_app_in
from api.demo.client import Office
from api.demo.filling import AppWire
from api.house import House
from bench.core import FIELDS, NOW, TRIGGER
from bench.installation import OFFICER, installed, officer, open_with_scan
from bench.measuring import Row, compared
from dossiers.demonstration.world import DEMO_PASSWORD
from dossiers.evidence.diary import diary_of
from dossiers.moves.move_dossier import MoveForm, move_dossier

_TABLE = (
    "CREATE TABLE bench_floor (dossier_id varchar(36), seq integer, kind varchar(20), payload text, prev_hash char(64),"
    " hash char(64), PRIMARY KEY (dossier_id, seq))"
)
_ROW = "INSERT INTO bench_floor VALUES (:dossier_id, 1, 'moved', :payload, :hash, :hash)"


def moves(folder: Path, engine_name: str, database_url: str, rounds: int) -> list[Row]:
    """Measure an act that starts a limit; on SQLite also the same act and the inbox as requests."""
    with installed(folder, database_url) as house:
        rows = [_move(house, engine_name, rounds)]
        if engine_name == "SQLite":
            rows += _requests(house, rounds)
        return rows


def _move(house: House, engine_name: str, rounds: int) -> Row:
    with house.database.reading() as session:
        actor = officer(session)
    waiting: list[tuple[UUID, int]] = []
    form = MoveForm(TRIGGER, fields=FIELDS)

    def work() -> None:
        dossier_id, version = waiting.pop()
        with house.database.transaction() as session:
            move_dossier(session, house.law, dossier_id, form, expected_version=version, actor=actor, at=NOW)

    waiting.append(open_with_scan(house, actor))
    first = waiting[0][0]
    work()
    with house.database.reading() as session:
        payload = json.dumps(diary_of(session, first)[-1].payload, ensure_ascii=False)
    return compared(
        f"move: one act, {engine_name}",
        work,
        _bare_insert(house.database.engine, payload),
        floor_is="INSERT + COMMIT of one row as long, same database",
        rounds=rounds,
        prepare=lambda: waiting.append(open_with_scan(house, actor)),
    )


def _bare_insert(engine: Engine, payload: str) -> Callable[[], None]:
    """Return what commits one row of the diary's length on a connection that is open already."""
    with engine.connect() as connection:
        connection.execute(text(_TABLE))
        connection.commit()
    connection = engine.connect()

    def insert() -> None:
        connection.execute(text(_ROW), {"dossier_id": str(uuid4()), "payload": payload, "hash": "0" * 64})
        connection.commit()

    return insert


def _requests(house: House, rounds: int) -> list[Row]:
    wire = AppWire(create_app_in(house).test_client(use_cookies=False))
    office = Office(wire, OFFICER, DEMO_PASSWORD)
    office.sign_in()
    with house.database.reading() as session:
        actor = officer(session)
    waiting: list[tuple[UUID, int]] = []

    def act() -> None:
        dossier_id, version = waiting.pop()
        office.post(f"/api/v1/dossiers/{dossier_id}/moves", {"trigger": TRIGGER, "fields": FIELDS}, version=version)

    def bare() -> None:
        office.call("GET", "/healthz")

    def inbox() -> None:
        assert office.get("/api/v1/inbox?limit=50")["items"]

    floor_is = "GET /healthz of the same application"
    return [
        compared(
            "request: POST a move",
            act,
            bare,
            floor_is=floor_is,
            rounds=rounds,
            prepare=lambda: waiting.append(open_with_scan(house, actor)),
        ),
        compared("request: GET /inbox, 50 dossiers", inbox, bare, floor_is=floor_is, rounds=rounds),
    ]
