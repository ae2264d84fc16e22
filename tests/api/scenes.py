"""An installation inside the test process, the adult story played in it once, and a copy of any moment of it.

Never reaches into a refusal: tests speak HTTP and look at the database only to see what changed.
"""

import json
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import urllib3
from flask import Flask
from sqlalchemy import select

from api.app import create_app_in
from api.config import MEBIBYTE, Settings
from api.demo.client import Office, Reply
from api.demo.drive import ADULT
from api.demo.papers import demo_scan
from api.demo.story import Play, Stage, load_story
from api.house import EXTENSION, House, build_house
from api.worker import tick
from dossiers.bodies.models import Account
from dossiers.bodies.operations import issue_token
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.files.models import Dossier
from dossiers.migrating import upgrade
from storage.database import open_database

SECRET = "a secret of the tests, longer than it must be"
UPLOAD_BYTES_MAX = MEBIBYTE
#: Who looked, who signed in: the only tables that a refused request may touch.
_NOT_TRACES = ("access_log", "access_token", "sign_in_attempt")


class AppWire:
    """Requests straight into an application, each without the cookies of the one before."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the reply."""
        client = self._app.test_client(use_cookies=False)
        answer = client.open(path, method=method, headers=dict(headers), data=body)
        return Reply(answer.status_code, dict(answer.headers), answer.data)


@dataclass
class Clock:
    """A clock that stands where it was set."""

    instant: datetime

    def __call__(self) -> datetime:
        """Return the instant."""
        return self.instant


@dataclass(frozen=True)
class Mark:
    """A moment of the story: the database as it was, and where the dossier stood."""

    database: Path
    instant: datetime
    dossier_id: str
    number: str
    state: str


@dataclass
class Recording:
    """The story, played once: the moment before each of its steps (clock set) and after it (clock not set on)."""

    app: Flask
    house: House
    clock: Clock
    steps: tuple[Mapping[str, Any], ...]
    marks: list[Mark] = field(default_factory=list)
    ends: list[Mark] = field(default_factory=list)

    def step_of(self, move: str, nth: int = 0) -> int:
        """Return the place in the story of the step that does a move, the `nth` time it occurs."""
        return [number for number, step in enumerate(self.steps) if step.get("move") == move][nth]

    def fields_of(self, move: str, nth: int = 0) -> dict[str, Any]:
        """Return what the story states with a move."""
        return dict(self.steps[self.step_of(move, nth)].get("fields", {}))

    def states(self) -> list[tuple[int, Mark]]:
        """Return the step that leaves each state the dossier goes through, and the moment before it."""
        last = {mark.state: number for number, mark in enumerate(self.marks) if mark.dossier_id}
        return [(number, self.marks[number]) for number in last.values()]


def record_story(folder: Path) -> Recording:
    """Play the adult story against a fresh installation in `folder` and keep every moment of it."""
    steps = load_story("adult")
    clock = Clock(datetime.fromisoformat(str(steps[0]["at"])))
    settings = Settings(
        database_url=f"sqlite:///{folder}/story.sqlite",
        storage_url=(folder / "papers").as_uri(),
        secret_key=SECRET,
        demo=True,
        upload_bytes_max=UPLOAD_BYTES_MAX,
    )
    upgrade(settings.database_url)
    house = replace(build_house(settings), clock=clock)
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=house.now())
    recording = Recording(create_app_in(house), house, clock, steps)

    def set_clock(moment: datetime) -> None:
        clock.instant = moment
        tick(house)

    play = Play(Stage(AppWire(recording.app), DEMO_PASSWORD, set_clock), ADULT)
    for step in steps:
        if "at" in step:
            set_clock(datetime.fromisoformat(str(step["at"])))
            recording.marks.append(_keep(folder, house, clock, play))
        else:
            recording.marks.append(recording.ends[-1])
        play.play(step)
        recording.ends.append(_keep(folder, house, clock, play))
    house.database.dispose()
    return recording


def _keep(folder: Path, house: House, clock: Clock, play: Play) -> Mark:
    copy = folder / f"{uuid4().hex}.sqlite"
    with house.database.reading() as session:
        source = session.connection().connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        target = sqlite3.connect(copy)
        source.backup(target)
        target.close()
        state = session.scalar(select(Dossier.state).where(Dossier.number == play.number)) or ""
    return Mark(copy, clock.instant, play.dossier_id, play.number, state)


def drop_guards(link: sqlite3.Connection) -> None:
    """Drop the triggers that keep rows from being changed."""
    for (name,) in link.execute("select name from sqlite_master where type = 'trigger'").fetchall():
        link.execute(f"drop trigger {name}")


@dataclass
class Scene:
    """One moment of the story that a test may go on from; nothing it does reaches another test."""

    app: Flask
    house: House
    clock: Clock
    recording: Recording
    dossier_id: str
    number: str
    database_file: Path
    _offices: dict[str, Office] = field(default_factory=dict)
    _bodies: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Return the address of the dossier."""
        return f"/api/v1/dossiers/{self.dossier_id}"

    @property
    def version(self) -> int:
        """Return the version of the dossier as the database has it."""
        (found,) = self.rows("select version from dossier where number = ?", self.number)
        return int(found[0])

    @property
    def state(self) -> str:
        """Return where the dossier stands as the database has it."""
        (found,) = self.rows("select state from dossier where number = ?", self.number)
        return str(found[0])

    def office(self, username: str) -> Office:
        """Return an account at work, signed in at the present instant."""
        if username not in self._offices:
            with self.house.database.transaction() as session:
                account = session.scalars(select(Account).where(Account.username == username)).one()
                token = issue_token(session, account, "test", at=self.house.now())
            self._offices[username] = Office(AppWire(self.app), username, DEMO_PASSWORD, token)
        return self._offices[username]

    def body(self, code: str) -> str:
        """Return the id of an organization."""
        (found,) = self.rows("select id from organization where code = ?", code)
        return str(UUID(found[0]))

    def get(self, by: str, path: str) -> Any:
        """Read something as that account; raises RefusedError."""
        return self.office(by).get(path)

    def send(
        self,
        by: str,
        trigger: str,
        fields: Mapping[str, Any] | None = None,
        *,
        version: int | None = None,
        key: str | None = None,
        path: str | None = None,
        **more: Any,
    ) -> Reply:
        """Ask for an act as that account and return the answer, whatever it is."""
        stated = {name: self._resolved(value) for name, value in (fields or {}).items()}
        body = json.dumps({"trigger": trigger, "fields": stated, **more}).encode()
        version = self.version if version is None else version
        return self.office(by).call("POST", path or f"{self.path}/moves", body=body, version=version, key=key)

    def act(self, by: str, trigger: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """Let an act happen that must succeed, and return what it did."""
        reply = self.send(by, trigger, fields, **more)
        assert reply.status == 201, reply.data.decode()
        return reply.json()

    def scan(self, by: str, form: str, *, content: bytes | None = None, dated: str | None = None) -> Reply:
        """Hand in a scan and return the answer."""
        parts = {"form": form, **({"doc_date": dated} if dated else {})}
        return self.upload(by, f"{self.path}/papers", parts, (f"{form}.pdf", content or demo_scan(form), PDF))

    def upload(self, by: str, path: str, parts: Mapping[str, str], file: tuple[str, bytes, str]) -> Reply:
        """Send a file with form fields and return the answer."""
        body, kind = urllib3.encode_multipart_formdata({**parts, "file": file})
        return self.office(by).call("POST", path, body=body, version=self.version, content_type=kind)

    def hold(self) -> str:
        """Return the address of the latest hold."""
        return self.side("cnbb-hold")

    def side(self, kind: str) -> str:
        """Return the address of the latest side machine of a kind."""
        rows = self.rows("select id from proceeding where kind = ? order by opened_at, number", kind)
        return f"/api/v1/proceedings/{UUID(rows[-1][0])}"

    def let_time_pass(self, until: str) -> None:
        """Set the clock and let time act."""
        self.clock.instant = datetime.fromisoformat(until)
        self._offices.clear()
        tick(self.house)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return rows read past the program."""
        link = sqlite3.connect(self.database_file)
        try:
            return link.execute(query, values).fetchall()
        finally:
            link.close()

    def change(self, statement: str, *values: object) -> None:
        """Change rows past the program, as somebody with the keys of the machine could: guards fall first."""
        link = sqlite3.connect(self.database_file)
        with link:
            drop_guards(link)
            assert link.execute(statement, values).rowcount == 1
        link.close()

    def traces(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return every row of every table but those that say who looked: what a refusal must leave as it was."""
        names = [name for (name,) in self.rows("select name from sqlite_master where type = 'table'")]
        return {name: sorted(self.rows(f"select * from {name}"), key=repr) for name in names if name not in _NOT_TRACES}  # noqa: S608

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("@body:"):
            return self.body(value.removeprefix("@body:"))
        return value


PDF = "application/pdf"


def open_scene(recording: Recording, mark: Mark, folder: Path) -> Scene:
    """Return a copy of the story as it stood at a moment."""
    copy = folder / f"scene-{uuid4().hex}.sqlite"
    shutil.copyfile(mark.database, copy)
    recording.clock.instant = mark.instant
    house = replace(recording.house, database=open_database(f"sqlite:///{copy}"))
    recording.app.extensions[EXTENSION] = house
    return Scene(recording.app, house, recording.clock, recording, mark.dossier_id, mark.number, copy)
