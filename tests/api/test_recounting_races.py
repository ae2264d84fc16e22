"""Workers that look at the same decision at the same moment, on both engines: each limit is counted again once."""

import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from threading import Barrier
from uuid import uuid4

import pytest
from sqlalchemy import func, make_url, select

from api.app import create_app_in
from api.config import Settings
from api.demo.drive import ADULT
from api.demo.story import Play, Stage, load_story
from api.house import House, build_house
from api.worker import tick
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from dossiers.jobs import Job
from dossiers.limits.models import Deadline
from dossiers.migrating import upgrade
from dossiers.moves.recount import decree_day, recount_one
from storage.database import open_database
from tests.api.scenes import SECRET, AppWire, Clock
from tests.servers.postgresql import PostgresServer

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
LAST_MOVE = "serve_notice"
WORKERS = 4


@dataclass
class Shop:
    """An installation with one dossier whose reading window runs, and workers of their own processes' making."""

    house: House
    workers: list[House]

    def all_at_once(self, work: Callable[[House], object]) -> None:
        """Let every worker do the same at the same moment."""
        barrier = Barrier(len(self.workers))

        def wait_and_work(house: House) -> object:
            barrier.wait()
            return work(house)

        with ThreadPoolExecutor(len(self.workers)) as pool:
            list(pool.map(wait_and_work, self.workers))

    def outcome(self) -> tuple[int, list[str], set[str], list[str]]:
        """Return how many entries tell of recounts, the states of the reading window, of the jobs, and the audit."""
        with self.house.database.reading() as session:
            told = session.scalar(select(func.count()).select_from(DiaryEntry).where(DiaryEntry.kind == "recount"))
            rows = session.scalars(
                select(Deadline.state).where(Deadline.rule == "T-READ3").order_by(Deadline.started_seq)
            )
            problems = dossier_problems(session, session.scalars(select(Dossier)).one())
            return told or 0, list(rows), set(session.scalars(select(Job.state))), problems


@dataclass(frozen=True)
class Scenery:
    """A database with one dossier whose reading window runs, to be copied for each test."""

    house: House
    copy: Callable[[], str]


@pytest.fixture(scope="module", params=ENGINES)
def scenery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scenery:
    """Play the story up to the service of the notice, once an engine."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    url, copy = f"sqlite:///{folder}/shop.sqlite", partial(_copy_file, folder)
    if request.param == "postgresql":
        postgres: PostgresServer = request.getfixturevalue("postgres_server")
        url = postgres.create_fresh_database()
        copy = partial(postgres.create_fresh_database, make_url(url).database)
    steps = load_story("adult")
    clock = Clock(datetime.fromisoformat(str(steps[0]["at"])))
    settings = Settings(database_url=url, storage_url=(folder / "papers").as_uri(), secret_key=SECRET, demo=True)
    upgrade(url)
    house = replace(build_house(settings), clock=clock)
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=house.now())

    def set_clock(moment: datetime) -> None:
        clock.instant = moment
        tick(house)

    play = Play(Stage(AppWire(create_app_in(house)), DEMO_PASSWORD, set_clock), ADULT)
    for step in steps:
        if "at" in step:
            set_clock(datetime.fromisoformat(str(step["at"])))
        play.play(step)
        if step.get("move") == LAST_MOVE:
            break
    house.database.dispose()
    return Scenery(house, copy)


def _copy_file(folder: Path) -> str:
    copied = folder / f"{uuid4().hex}.sqlite"
    with closing(sqlite3.connect(folder / "shop.sqlite")) as source, closing(sqlite3.connect(copied)) as target:
        source.backup(target)
    return f"sqlite:///{copied}"


@pytest.fixture
def shop(scenery: Scenery) -> Iterator[Shop]:
    """Open a copy of the scenery, with workers that have each a door of its own to the database."""
    url = scenery.copy()
    houses = [replace(scenery.house, database=open_database(url)) for _ in range(WORKERS + 1)]
    yield Shop(houses[0], houses[1:])
    for house in houses:
        house.database.dispose()


def decree(shop: Shop, day: date) -> None:
    """Record a day off."""
    with shop.house.database.transaction() as session:
        decree_day(session, day, "off", "Quyết định giả định", at=shop.house.now())


def test_workers_that_tick_together_recount_once(shop: Shop) -> None:
    """One entry, one superseded row, one running row; every job done."""
    decree(shop, date(2026, 8, 10))
    shop.all_at_once(tick)

    assert shop.outcome() == (1, ["superseded", "running"], {"done"}, [])


def test_the_same_recount_done_by_all_at_once_is_done_once(shop: Shop) -> None:
    """The row of the dossier is locked: whoever comes second finds nothing left to count."""
    decree(shop, date(2026, 8, 10))
    with shop.house.database.reading() as session:
        dossier = str(session.scalars(select(Dossier.id)).one())

    def recount(worker: House) -> int:
        with worker.database.transaction() as session:
            return recount_one(session, worker.law, {"dossier": dossier}, at=worker.now())

    shop.all_at_once(recount)

    assert shop.outcome()[:2] == (1, ["superseded", "running"])
    assert shop.outcome()[3] == []


def test_decisions_recorded_while_workers_run_are_all_counted(shop: Shop) -> None:
    """However the two interleave, what stands at the end is the count under all decisions."""
    days = [date(2026, 8, 10), date(2026, 8, 11), date(2026, 8, 12), date(2026, 8, 13)]

    def record_and_tick(worker: House) -> None:
        day = days[shop.workers.index(worker)]
        with worker.database.transaction() as session:
            decree_day(session, day, "off", "Quyết định giả định", at=worker.now())
        tick(worker)

    shop.all_at_once(record_and_tick)
    tick(shop.house)
    told, states, jobs, problems = shop.outcome()
    with shop.house.database.reading() as session:
        row = session.scalars(select(Deadline).where(Deadline.rule == "T-READ3", Deadline.state == "running")).one()

    assert row.certificate is not None
    assert row.certificate["due_on"] == "2026-08-17"
    assert states == ["superseded"] * told + ["running"]
    assert (jobs, problems) == ({"done"}, [])
