"""Addresses, safety settings and the names given to the engines' faults."""

import logging
import sqlite3
import stat
import threading
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, text
from sqlalchemy.exc import IntegrityError

from storage.database import Database, open_database
from storage.errors import DatabaseBusyError, DatabaseUnavailableError
from tests.servers.postgresql import PostgresServer, start_postgresql
from tests.storage.tables import Counter, Note, create_tables

pg = pytest.mark.postgresql


@pytest.fixture
def two_counters(postgres_database: Database) -> Database:
    """Store the counters a and b."""
    with postgres_database.transaction() as session:
        session.add_all([Counter(name="a", value=0), Counter(name="b", value=0)])
    return postgres_database


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:x?mode=memory&uri=true",
        "postgresql://user:S3cretWord@host",
        "mysql://user:S3cretWord@host/name",
        "postgresql+psycopg2://user:S3cretWord@host/name",
        "postgresql://user:S3cretWord@host:port/name",
        "S3cretWord",
        "",
    ],
)
def test_a_bad_address_is_refused_without_quoting_the_secret(url: str) -> None:
    """Start-up errors end up in logs."""
    with pytest.raises(ValueError, match=r"address|engine") as raised:
        open_database(url)

    assert "S3cretWord" not in "".join(traceback.format_exception(raised.value))


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_way_to_write_postgresql_means_psycopg_3(scheme: str) -> None:
    """And the printed database hides the password."""
    database = open_database(f"{scheme}://user:S3cretWord@host/name")

    assert database.engine.driver == "psycopg"
    assert database.dialect == "postgresql"
    assert "S3cretWord" not in repr(database)


def test_the_sqlite_file_and_its_folder_are_private(tmp_path: Path) -> None:
    """Nobody else on the machine reads personal data, and WAL files inherit the mode."""
    path = tmp_path / "new" / "deep" / "rows.sqlite3"
    database = open_database(f"sqlite:///{path}")
    with database.transaction() as session:
        session.execute(text("CREATE TABLE t (x INTEGER)"))

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    database.dispose()


def test_sqlite_keeps_what_it_committed(sqlite_database: Database) -> None:
    """WAL, full synchronization and foreign keys on every connection, reading or writing."""
    for unit in (sqlite_database.transaction, sqlite_database.reading):
        with unit() as session:
            values = [
                session.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            ]
        assert values == ["wal", 2, 1, 30_000]


@pg
def test_postgresql_connections_have_limits(postgres_database: Database) -> None:
    """No statement, lock or idle transaction lasts for ever; times are UTC whatever the server says."""
    names = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "timezone")
    with postgres_database.transaction() as session:
        values = [session.execute(text(f"SHOW {name}")).scalar_one() for name in names]
        isolation = session.execute(text("SHOW transaction_isolation")).scalar_one()
    with postgres_database.reading() as session:
        read_only = session.execute(text("SHOW transaction_read_only")).scalar_one()

    assert values == ["10s", "1min", "1min", "UTC"]
    assert (isolation, read_only) == ("read committed", "on")


def test_an_autocommit_connection_leaves_sqlite_as_it_was(sqlite_database: Database, tmp_path: Path) -> None:
    """A backup (`VACUUM INTO`) needs no transaction; units afterwards still take the lock at once."""
    with sqlite_database.reading():
        pass
    with sqlite_database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM INTO :path"), {"path": str(tmp_path / "copy.sqlite3")})
    with sqlite_database.transaction() as session:
        raw: Any = session.connection().connection.dbapi_connection
        assert raw.in_transaction
        assert raw.isolation_level is None
        session.add(Note(label="after the backup"))

    assert (tmp_path / "copy.sqlite3").stat().st_size > 0


def test_a_sqlite_file_held_by_another_process_is_busy(
    sqlite_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A foreign lock gives the typed error at the door, before any work."""
    monkeypatch.setattr("storage.engines.BUSY_TIMEOUT_S", 0.2)
    impatient = open_database(str(sqlite_database.url))
    foreign = sqlite3.connect(str(sqlite_database.url.database), isolation_level=None)
    foreign.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError), impatient.transaction():
        pytest.fail("the unit must not begin")
    foreign.execute("ROLLBACK")
    foreign.close()
    with impatient.transaction() as session:
        session.add(Note(label="now free"))
    impatient.dispose()


def test_a_writer_that_gets_no_turn_is_told_so(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The queue inside the process has an end as well."""
    monkeypatch.setattr("storage.database.BUSY_TIMEOUT_S", 0.1)
    raised: list[BaseException] = []

    def write() -> None:
        try:
            with sqlite_database.transaction():
                pass
        except DatabaseBusyError as refusal:
            raised.append(refusal)

    with sqlite_database.transaction():
        other = threading.Thread(target=write)
        other.start()
        other.join(10)

    assert len(raised) == 1


@pg
def test_a_locked_row_is_busy(two_counters: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lock_timeout` of PostgreSQL becomes the typed error."""
    monkeypatch.setattr("storage.engines.LOCK_TIMEOUT_MS", 100)
    impatient = open_database(two_counters.url.render_as_string(hide_password=False))
    with two_counters.transaction() as holder:
        holder.get_one(Counter, "a", with_for_update=True)
        with pytest.raises(DatabaseBusyError, match="55P03"), impatient.transaction() as session:
            session.get_one(Counter, "a", with_for_update=True)
    impatient.dispose()


@pg
def test_a_deadlock_costs_one_of_the_two(two_counters: Database) -> None:
    """One unit is told to try again, the other is kept whole."""
    both_hold_one = threading.Barrier(2)
    outcomes: list[str] = []

    def raise_both(first: str, second: str) -> None:
        try:
            with two_counters.transaction() as session:
                session.get_one(Counter, first, with_for_update=True).value += 1
                session.flush()
                both_hold_one.wait(10)
                session.get_one(Counter, second, with_for_update=True).value += 1
            outcomes.append("kept")
        except DatabaseBusyError:
            outcomes.append("busy")

    threads = [threading.Thread(target=raise_both, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(outcomes) == ["busy", "kept"]
    with two_counters.reading() as session:
        assert [session.get_one(Counter, name).value for name in ("a", "b")] == [1, 1]


@pg
def test_a_statement_that_takes_too_long_is_busy(postgres_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """`statement_timeout` of PostgreSQL becomes the typed error."""
    monkeypatch.setattr("storage.engines.STATEMENT_TIMEOUT_MS", 100)
    impatient = open_database(postgres_database.url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseBusyError, match="57014"), impatient.reading() as session:
        session.execute(text("SELECT pg_sleep(20)"))
    impatient.dispose()


@pg
def test_all_connections_in_use_is_busy(postgres_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exhausted pool is told apart from an absent server."""
    monkeypatch.setattr("storage.engines.POOL_SIZE", 1)
    monkeypatch.setattr("storage.engines.POOL_OVERFLOW_MAX", 0)
    monkeypatch.setattr("storage.engines.POOL_TIMEOUT_S", 0.1)
    small = open_database(postgres_database.url.render_as_string(hide_password=False))
    with small.reading(), pytest.raises(DatabaseBusyError), small.reading():
        pytest.fail("there is no second connection")
    small.dispose()


@pytest.fixture
def server_of_its_own() -> Iterator[PostgresServer]:
    """Run a PostgreSQL that a test may stop."""
    server = start_postgresql(borrow=False)
    yield server
    server.stop()


@pg
def test_a_server_that_goes_away_is_unavailable(server_of_its_own: PostgresServer) -> None:
    """In the middle of a unit, and for every unit after it."""
    database = open_database(server_of_its_own.create_fresh_database())
    create_tables(database)
    with pytest.raises(DatabaseUnavailableError), database.transaction() as session:
        session.add(Note(label="never kept"))
        session.flush()
        server_of_its_own.stop()
        session.execute(text("SELECT 1"))
    with pytest.raises(DatabaseUnavailableError), database.transaction():
        pytest.fail("the unit must not begin")
    database.dispose()


@pg
def test_a_connection_cut_by_the_server_is_replaced(postgres_database: Database) -> None:
    """After a restart of the server the pool heals without an error for anybody."""
    with postgres_database.reading() as session:
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(
        make_url(postgres_database.url).set(drivername="postgresql").render_as_string(hide_password=False),
        autocommit=True,
    ) as killer:
        killer.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with postgres_database.transaction() as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != pid


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """Garbage is told apart from a lock."""
    (tmp_path / "rows.sqlite3").write_bytes(b"this is no database, and long enough to be looked at" * 20)
    database = open_database(f"sqlite:///{tmp_path}/rows.sqlite3")
    with pytest.raises(DatabaseUnavailableError), database.transaction():
        pytest.fail("the unit must not begin")
    database.dispose()


def test_no_stored_value_reaches_a_log(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the statement's parameters nor PostgreSQL's DETAIL line are part of an error."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(IntegrityError) as raised, database.transaction() as session:
        session.add_all([Note(label="079090000001"), Note(label="079090000001")])

    told = "".join(traceback.format_exception(raised.value)) + caplog.text
    assert "079090000001" not in told
    assert "label" in told
