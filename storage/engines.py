"""Make the SQLAlchemy engine for an address, with each engine's safety settings.

Never opens a unit of work and never writes a row; `storage.database` does.
"""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from storage.columns import dump_json
from storage.faults import READING, translate_faults

#: How long a writer waits for its turn before DatabaseBusyError.
BUSY_TIMEOUT_S: Final = 30
LOCK_TIMEOUT_MS: Final = 10_000
STATEMENT_TIMEOUT_MS: Final = 60_000
#: A unit of work that sits idle this long has lost its request; its locks must not outlive it.
IDLE_IN_TRANSACTION_TIMEOUT_MS: Final = 60_000
CONNECT_TIMEOUT_S: Final = 5
POOL_SIZE: Final = 10
POOL_OVERFLOW_MAX: Final = 10
POOL_TIMEOUT_S: Final = 30
POOL_RECYCLE_S: Final = 1_800

_POSTGRESQL_DRIVER = "postgresql+psycopg"
_POSTGRESQL_NAMES = ("postgres", "postgresql", _POSTGRESQL_DRIVER)
_SQLITE_NAMES = ("sqlite", "sqlite+pysqlite")
_WAL_RETRY_S = 0.02


def parse_database_url(url: str) -> URL:
    """Return the address with its driver made explicit; ValueError, without the secret, when it is no good."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("the database address is not a URL (sqlite:////path/file or postgresql://…)") from None
    if parsed.drivername in _POSTGRESQL_NAMES:
        if not parsed.database:
            raise ValueError("the PostgreSQL address names no database")
        return parsed.set(drivername=_POSTGRESQL_DRIVER)
    if parsed.drivername in _SQLITE_NAMES:
        if not parsed.database or parsed.database.startswith((":memory:", "file:")):
            raise ValueError("the SQLite address must name a file: what is stored has to outlive the process")
        return parsed.set(drivername="sqlite+pysqlite")
    raise ValueError(f"no database engine named {parsed.drivername!r}; use sqlite or postgresql")


def make_engine(url: URL, *, echo: bool, pooled: bool) -> Engine:
    """Return the engine for an address that `parse_database_url` returned."""
    if url.get_backend_name() == "sqlite":
        return _make_sqlite_engine(url, echo=echo, pooled=pooled)
    return _make_postgresql_engine(url, echo=echo, pooled=pooled)


def _make_postgresql_engine(url: URL, *, echo: bool, pooled: bool) -> Engine:
    connect_args = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "hoso"}
    common = {
        "echo": echo,
        "hide_parameters": True,
        "json_serializer": dump_json,
        "isolation_level": "READ COMMITTED",
        "connect_args": {name: value for name, value in connect_args.items() if name not in url.query},
    }
    if pooled:
        engine = create_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_OVERFLOW_MAX,
            pool_timeout=POOL_TIMEOUT_S,
            pool_recycle=POOL_RECYCLE_S,
            pool_pre_ping=True,
            pool_use_lifo=True,
            **common,
        )
    else:
        engine = create_engine(url, poolclass=NullPool, **common)
    event.listen(engine, "connect", _prepare_postgresql)
    translate_faults(engine)
    return engine


def _prepare_postgresql(connection: psycopg.Connection[Any], _record: ConnectionPoolEntry) -> None:
    """Set the limits of one new connection.

    By statement and not by start-up option, because connection poolers refuse the latter.
    """
    settings = {
        "lock_timeout": LOCK_TIMEOUT_MS,
        "statement_timeout": STATEMENT_TIMEOUT_MS,
        "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION_TIMEOUT_MS,
        "timezone": "UTC",
    }
    connection.autocommit = True
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, str(value)))
    connection.autocommit = False


def _make_sqlite_engine(url: URL, *, echo: bool, pooled: bool) -> Engine:
    assert url.database is not None
    _create_sqlite_file(Path(url.database))
    common = {
        "echo": echo,
        "hide_parameters": True,
        "json_serializer": dump_json,
        # `isolation_level=None` keeps the driver from opening transactions of its own.
        "connect_args": {"isolation_level": None, "timeout": BUSY_TIMEOUT_S},
    }
    if pooled:
        engine = create_engine(
            url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW_MAX, pool_timeout=POOL_TIMEOUT_S, **common
        )
    else:
        engine = create_engine(url, poolclass=NullPool, **common)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "checkout", _keep_driver_out_of_transactions)
    event.listen(engine, "begin", _begin_sqlite)
    translate_faults(engine)
    return engine


def _create_sqlite_file(path: Path) -> None:
    """Create the folder and an empty file that only its owner reads; the WAL files inherit its mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """Switch the file to WAL once; two processes that do it at the same time get BUSY without any waiting."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(_WAL_RETRY_S)


def _keep_driver_out_of_transactions(
    connection: sqlite3.Connection, _record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Undo what SQLAlchemy leaves behind after an AUTOCOMMIT connection (`VACUUM INTO`, backups)."""
    connection.isolation_level = None


def _begin_sqlite(connection: Connection) -> None:
    """Take the write lock at once, so that nobody reads, decides and only then finds the file changed."""
    options = connection.get_execution_options()
    reading = bool(options.get(READING))
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    if options.get("isolation_level") != "AUTOCOMMIT":
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
