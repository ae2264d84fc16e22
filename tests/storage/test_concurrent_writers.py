"""Many writers at once: nobody fails, nothing is lost."""

import sqlite3
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.database import Database, open_database
from storage.errors import StorageError
from tests.storage.count_up import count_up
from tests.storage.tables import Counter

REPOSITORY = Path(__file__).parents[2]
PROCESSES = 4
THREADS = 8
TIMES = 20


def read_counter(database: Database) -> int:
    """Return the shared counter."""
    with database.reading() as session:
        return session.get_one(Counter, "shared").value


def test_threads_of_one_process_all_succeed(database: Database) -> None:
    """Reading and then writing is one step for everybody else: no update is lost."""
    with database.transaction() as session:
        session.add(Counter(name="shared", value=0))

    def raise_counter(_: int) -> None:
        for _ in range(TIMES):
            with database.transaction() as session:
                session.get_one(Counter, "shared", with_for_update=True).value += 1

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(raise_counter, range(THREADS)))

    assert read_counter(database) == THREADS * TIMES


def test_processes_and_threads_on_one_sqlite_file_all_succeed(tmp_path: Path) -> None:
    """Also when all of them open a file that does not exist yet."""
    url = f"sqlite:///{tmp_path}/shared/rows.sqlite3"
    command = [sys.executable, "-W", "error", "-m", "tests.storage.count_up", url, str(TIMES)]
    processes = [
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(PROCESSES)
    ]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(count_up, [url] * 2, [TIMES] * 2))
    outputs = [process.communicate(timeout=120)[0].decode() for process in processes]
    database = open_database(url)

    assert [process.returncode for process in processes] == [0] * PROCESSES, outputs
    assert read_counter(database) == (PROCESSES + 2) * TIMES
    database.dispose()


def test_a_file_that_is_not_yet_in_wal_mode_is_waited_for(tmp_path: Path) -> None:
    """SQLite refuses the switch at once while somebody writes; opening waits instead."""
    path = tmp_path / "rows.sqlite3"
    old = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    old.execute("CREATE TABLE t (x INTEGER)")
    old.execute("BEGIN IMMEDIATE")
    end = threading.Timer(0.3, old.execute, ["COMMIT"])
    end.start()
    database = open_database(f"sqlite:///{path}")
    with database.transaction() as session:
        mode = session.execute(text("PRAGMA journal_mode")).scalar_one()
    end.join()
    old.close()
    database.dispose()

    assert mode == "wal"


def test_readers_do_not_wait_for_a_writer(database: Database) -> None:
    """A report can be read while somebody is half-way through an act."""
    with database.transaction() as session:
        session.add(Counter(name="shared", value=1))
    with database.transaction() as writer:
        writer.get_one(Counter, "shared", with_for_update=True).value = 2
        writer.flush()
        seen: list[int | StorageError] = []
        reader = threading.Thread(target=lambda: seen.append(read_counter(database)))
        reader.start()
        reader.join(5)
        assert seen == [1]

    assert read_counter(database) == 2


@pytest.mark.postgresql
def test_without_a_row_lock_postgresql_would_lose_updates(postgres_database: Database) -> None:
    """The reason why `with_for_update()` is asked for: the lock makes the second writer see the first."""
    with postgres_database.transaction() as session:
        session.add(Counter(name="shared", value=0))
    first_has_read = threading.Event()

    def second() -> None:
        first_has_read.wait(10)
        with postgres_database.transaction() as session:
            session.get_one(Counter, "shared", with_for_update=True).value += 1

    other = threading.Thread(target=second)
    other.start()
    with postgres_database.transaction() as session:
        counter = session.get_one(Counter, "shared", with_for_update=True)
        first_has_read.set()
        other.join(0.3)
        assert other.is_alive(), "the second writer must wait for the row"
        counter.value += 1
    other.join(10)

    assert read_counter(postgres_database) == 2
