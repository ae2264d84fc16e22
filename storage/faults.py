"""Tell the faults of the two database drivers apart and give them our names.

Never hides a fault: what is not recognised stays the SQLAlchemy error it was.  Never lets stored
values through: PostgreSQL's DETAIL line quotes whole rows and is removed from every message.
"""

import sqlite3
from typing import Final

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from storage.errors import DatabaseBusyError, DatabaseUnavailableError, ReadOnlyUnitError, StorageError

#: Execution option of connections that serve `Database.reading()`.
READING: Final = "unit_reading"

_POSTGRESQL_READ_ONLY = "25006"
_POSTGRESQL_BUSY = frozenset(
    {
        "40001",  # serialization failure
        "40P01",  # deadlock
        "55P03",  # lock_timeout
        "57014",  # statement_timeout
        "25P03",  # idle_in_transaction_session_timeout
        "25P04",  # transaction_timeout
    }
)
_POSTGRESQL_UNAVAILABLE = ("08", "28", "3D", "53", "57P", "58", "XX001", "XX002")
_SQLITE_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_UNAVAILABLE = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
_SQLITE_PRIMARY_CODE = 0xFF  # an extended code carries its primary code in the low byte


def translate_faults(engine: Engine) -> None:
    """Make every statement, commit and connection of `engine` raise our types instead of the driver's."""
    event.listen(engine, "handle_error", _translate, retval=True)


def _translate(context: ExceptionContext) -> StorageError | None:
    fault = context.original_exception
    if context.is_pre_ping:
        return None  # the pool replaces the dead connection itself
    if isinstance(fault, psycopg.Error):
        _remove_detail(fault, context)
        return _name_postgresql_fault(fault, lost=context.is_disconnect or context.connection is None)
    if isinstance(fault, sqlite3.Error):
        reading = context.connection is not None and bool(context.connection.get_execution_options().get(READING))
        return _name_sqlite_fault(fault, reading=reading)
    return None


def _remove_detail(fault: psycopg.Error, context: ExceptionContext) -> None:
    """Keep only the first line of the server's message; the rest may quote personal data."""
    primary = fault.diag.message_primary
    if primary is None:
        return
    fault.args = (primary,)
    if context.sqlalchemy_exception is not None:
        module = type(fault).__module__
        context.sqlalchemy_exception.args = (f"({module}.{type(fault).__name__}) {primary}",)


def _name_postgresql_fault(fault: psycopg.Error, *, lost: bool) -> StorageError | None:
    state = fault.sqlstate or ""
    if state in _POSTGRESQL_BUSY:
        return DatabaseBusyError(f"the database is busy (SQLSTATE {state})")
    if state == _POSTGRESQL_READ_ONLY:
        return ReadOnlyUnitError("a unit opened for reading tried to write")
    if state.startswith(_POSTGRESQL_UNAVAILABLE) or lost:
        return DatabaseUnavailableError(f"the database cannot be used (SQLSTATE {state or 'none'})")
    return None


def _name_sqlite_fault(fault: sqlite3.Error, *, reading: bool) -> StorageError | None:
    code = getattr(fault, "sqlite_errorcode", None)  # absent when the driver itself raised
    if code is None:
        return None
    primary = code & _SQLITE_PRIMARY_CODE
    if primary in _SQLITE_BUSY:
        return DatabaseBusyError(f"the database is busy ({fault.sqlite_errorname})")
    if primary == sqlite3.SQLITE_READONLY and reading:
        return ReadOnlyUnitError("a unit opened for reading tried to write")
    if primary in _SQLITE_UNAVAILABLE:
        return DatabaseUnavailableError(f"the database cannot be used ({fault.sqlite_errorname})")
    return None
