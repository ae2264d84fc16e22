"""`kill -9` in the middle of work, again and again on each engine: nothing promised is lost, nothing is done twice.

Seeded (HOSO_CRASH_SEED) and printed; HOSO_CRASH_ROUNDS makes a longer campaign.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, make_url, select

from api.demo.client import HttpWire
from api.demo.server import DemoServer
from api.demo.story import Stage
from dossiers.demonstration.world import DEMO_PASSWORD
from dossiers.evidence.missing import missing_objects
from dossiers.evidence.models import DiaryEntry
from dossiers.evidence.sweeping import sweep_orphans
from dossiers.people.models import Person
from storage.database import open_database
from storage.objects import open_store
from tests.crash.books import problems_of
from tests.crash.clients import Crew, StubbornWire, steps_written_down_late
from tests.servers import postgresql
from tests.servers.postgresql import PostgresServer
from tests.servers.processes import find_free_ports

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("HOSO_CRASH_ROUNDS", "15"))
SEED = int(os.environ.get("HOSO_CRASH_SEED", "20260801"))
CLIENTS = 4
#: Everything in the steps lies before this moment.
NOW = datetime.fromisoformat("2026-08-06T16:00:00+07:00")
LIFE_SECONDS = (0.15, 0.6)
#: How long a kill waits for the change it means to follow at once.
WATCH_SECONDS = 0.6
#: One kill in five hits the server while it is still coming up.
KILLED_AT_START = 0.2
START_SECONDS = (0.1, 1.2)
RESTART_SECONDS = 30.0


@pytest.fixture(autouse=True)
def _quick_switches() -> Iterator[None]:
    """Let the killer's thread run soon after the clients': a kill that comes late misses its moment."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(0.0005)
    yield
    sys.setswitchinterval(interval)


@dataclass
class Campaign:
    """A server that is killed again and again while a crew works; `strike` hits the database as well."""

    folder: Path
    environment: dict
    database_url: str
    storage_url: str
    #: Returns something that changes with every commit, as fast as it can be had.
    commit_mark: Callable[[], object]
    strike: Callable[[random.Random, int], str | None] = lambda _rng, _round: None
    persons_before: int = 0
    server: DemoServer = field(init=False)
    kills: Counter = field(default_factory=Counter)
    _struck: int = 0

    def __post_init__(self):
        """Find the server a port below those that clients connect from."""
        (port,) = find_free_ports(1)
        self.server = DemoServer(self.folder, port, self.environment)
        self.server.set_clock(NOW)

    def run(self, rng):
        """Kill ROUNDS times, let the crew end its steps on a server that lives, and return the wire."""
        self.server.start()
        self._database, self._store = open_database(self.database_url), open_store(self.storage_url)
        with self._database.reading() as session:
            self.persons_before = session.scalar(select(func.count()).select_from(Person))
        wire = StubbornWire(HttpWire(self.server.url), random.Random(rng.random()))
        crew = Crew(Stage(wire, DEMO_PASSWORD, lambda _moment: None), steps_written_down_late(), CLIENTS)
        try:
            crew.start()
            while self.kills.total() < ROUNDS and not crew.failures:
                self._kill_once(rng)
            crew.finish()
        finally:
            crew.stop.set()
            self.server.stop()
            wire.http.close()
            self._store.close()
            self._database.dispose()
        assert [str(failure) for failure in crew.failures] == []
        return wire

    def _kill_once(self, rng):
        time.sleep(rng.uniform(*LIFE_SECONDS))
        hit = self.strike(rng, self.kills.total())
        if hit is not None:
            self.kills[hit] += 1
            time.sleep(rng.uniform(*LIFE_SECONDS))
        # In turn: anywhere, right after a commit (the answer is still on its way), right after an object is stored
        # (its row is not there yet).
        kinds = [("anywhere", None), ("commit", self.commit_mark), ("object", self._objects)]
        after, count = kinds[self._struck % len(kinds)]
        self._struck += 1
        if count is not None:
            wait_for_change(count)
        self.server.kill()
        self.kills[after] += 1
        if rng.random() < KILLED_AT_START:
            self.server.launch()
            time.sleep(rng.uniform(*START_SECONDS))
            self.server.kill()
            self.kills["starting"] += 1
        self.server.start()

    def _objects(self):
        return len(list(self._store.keys()))


def say(what):
    """Print what a failure has to be repeated with."""
    sys.stdout.write(f"{what}\n")


def wait_for_change(mark):
    """Return as soon as `mark()` is another one, or after WATCH_SECONDS."""
    before, until = mark(), time.monotonic() + WATCH_SECONDS
    while mark() == before and time.monotonic() < until:
        pass


def check(campaign, wire):
    """Fail with everything that is wrong; then sweep the orphans and look again."""
    database, store = open_database(campaign.database_url), open_store(campaign.storage_url)
    try:
        with database.reading() as session:
            entries = session.scalar(select(func.count()).select_from(DiaryEntry)) or 0
            problems = problems_of(session, store, wire.answered, campaign.persons_before)
        swept = sweep_orphans(database, store, stored_before=datetime.now(UTC) + timedelta(minutes=1))
        with database.reading() as session:
            assert list(missing_objects(session, store)) == []
    finally:
        store.close()
        database.dispose()
    say(f"kills {dict(campaign.kills)}, requests {dict(wire.seen)}, {entries} entries, {swept}")
    assert problems == []
    assert wire.faults == []
    assert wire.seen["unanswered"] > 0
    assert wire.seen["lost"] > 0
    assert wire.seen["replayed"] > 0
    assert entries > ROUNDS
    assert swept.removed == swept.orphans
    assert {"anywhere", "commit", "object"} <= campaign.kills.keys()


def test_nothing_is_lost_or_doubled_on_the_embedded_files(tmp_path):
    """SQLite and a folder: the process group dies, the files stay."""
    say(f"seed {SEED}")
    home = tmp_path / "home"
    log = home / "hoso.sqlite-wal"
    database_url, storage_url = f"sqlite:///{home}/hoso.sqlite", (home / "papers").as_uri()
    campaign = Campaign(tmp_path, {}, database_url, storage_url, lambda: log.exists() and log.stat().st_mtime_ns)

    wire = campaign.run(random.Random(SEED))

    check(campaign, wire)


@dataclass
class MortalPostgres:
    """A PostgreSQL of its own that keeps its promises when it is killed, and is brought back."""

    server: PostgresServer
    database_url: str
    _watching: psycopg.Connection | None = None

    def strike(self, rng, kills):
        """Kill a backend or the postmaster every few rounds; return what was hit."""
        if kills % 7 == 3:
            return self._kill_backend(rng)
        if kills % 7 == 6:
            return self._kill_postmaster()
        return None

    def commit_mark(self):
        """Return how far the diary has come; a database that is coming up again has come nowhere."""
        try:
            if self._watching is None or self._watching.closed:
                address = make_url(self.database_url)
                self._watching = psycopg.connect(postgresql._conninfo(address), autocommit=True, connect_timeout=5)
            return self._watching.execute("SELECT count(*) FROM diary").fetchone()
        except psycopg.OperationalError:
            self.close()
            return None

    def close(self):
        """Stop watching."""
        if self._watching is not None:
            self._watching.close()
            self._watching = None

    def _kill_backend(self, rng):
        with self._admin() as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'hoso'").fetchall()
        if not rows:
            return None
        os.kill(rng.choice(sorted(rows))[0], signal.SIGKILL)
        return "backend"

    def _kill_postmaster(self):
        process, folder = self.server.process, self.server.folder
        assert process is not None
        assert folder is not None
        process.kill()
        process.wait()
        until = time.monotonic() + RESTART_SECONDS
        while time.monotonic() < until:
            # Backends of the dead postmaster hold the shared memory until they notice.
            self.server.process = self._relaunch(process.args, folder)
            while self.server.process.poll() is None:
                if postgresql._answers(self.server.admin):
                    return "postmaster"
                time.sleep(0.02)
        raise AssertionError("PostgreSQL did not come back")

    def _relaunch(self, command, folder):
        user = postgresql._find_user()
        with (folder / "log").open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=postgresql._environment(folder),
                user=user,
                group=None if user is None else postgresql.pwd.getpwnam(user).pw_gid,
                extra_groups=None if user is None else [],
            )

    def _admin(self):
        return psycopg.connect(postgresql._conninfo(self.server.admin), autocommit=True, connect_timeout=5)


@pytest.fixture
def mortal_postgres() -> Iterator[MortalPostgres]:
    """Start a PostgreSQL whose commits survive its own death."""
    server = postgresql.start_postgresql(borrow=False, durable=True)
    mortal = MortalPostgres(server, server.create_fresh_database())
    yield mortal
    mortal.close()
    server.stop()


@pytest.mark.postgresql
@pytest.mark.s3
def test_nothing_is_lost_or_doubled_on_postgresql_with_s3(tmp_path, mortal_postgres, s3_server):
    """The server dies, and every few rounds a backend or the whole database with it."""
    say(f"seed {SEED}")
    database_url, storage_url = mortal_postgres.database_url, s3_server.url("crash")
    environment = {"HOSO_DATABASE_URL": database_url, "HOSO_STORAGE_URL": storage_url}
    campaign = Campaign(
        tmp_path, environment, database_url, storage_url, mortal_postgres.commit_mark, mortal_postgres.strike
    )

    wire = campaign.run(random.Random(SEED))

    check(campaign, wire)
    assert campaign.kills["postmaster"] >= 1
    assert campaign.kills["backend"] >= 1
