"""The only door to the database: units of work, and the base of all tables.

The one `commit` of the whole program stands here.  Never decides what is stored, never retries a
unit of work: only the caller knows whether its act may be done again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, NoReturn, cast
from uuid import UUID

from sqlalchemy import URL, Engine, MetaData, Uuid, event
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction

from storage.columns import Json, UtcDateTime
from storage.engines import BUSY_TIMEOUT_S, make_engine, parse_database_url
from storage.errors import AfterCommitError, DatabaseBusyError, ReadOnlyUnitError, UnitOfWorkError
from storage.faults import READING

__all__ = ["Base", "Database", "Json", "UtcDateTime", "after_commit", "open_database"]

DialectName = Literal["sqlite", "postgresql"]


class Base(DeclarativeBase):
    """Base of all tables: named constraints, and the same meaning of types on both engines."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime(),
        UUID: Uuid(),
        dict[str, Any]: Json(),
        list[Any]: Json(),
    }


class _UnitSession(Session):
    """A session that belongs to one unit of work and leaves committing to the door."""

    def __init__(self, bind: Engine, *, writing: bool) -> None:
        # Rows stay readable after the unit has ended: answers are written from them.
        super().__init__(bind, expire_on_commit=False)
        self.writing = writing
        self.effects: list[Callable[[], object]] = []
        self.effects_before: dict[SessionTransaction, int] = {}

    def commit(self) -> NoReturn:
        """Refuse: a unit of work is committed by leaving it."""
        raise UnitOfWorkError("a unit of work is committed by leaving `transaction()`, not by hand")


@event.listens_for(_UnitSession, "after_transaction_create")
def _remember_effects_at_savepoint(session: Session, transaction: SessionTransaction) -> None:
    assert isinstance(session, _UnitSession)
    if transaction.nested:
        session.effects_before[transaction] = len(session.effects)


@event.listens_for(_UnitSession, "after_soft_rollback")
def _drop_effects_of_savepoint(session: Session, previous_transaction: SessionTransaction) -> None:
    assert isinstance(session, _UnitSession)
    if previous_transaction.nested:
        del session.effects[session.effects_before[previous_transaction] :]


def after_commit(session: Session, effect: Callable[[], object]) -> None:
    """Run `effect` once the unit of `session` is committed; never when it, or the savepoint around it, is undone.

    Effects run in the order they were registered, outside the unit, and may open units of their own.
    Each one runs even when an earlier one failed; failures are raised together as AfterCommitError.
    """
    if not isinstance(session, _UnitSession) or not session.writing:
        raise UnitOfWorkError("only a session from `transaction()` has a commit to wait for")
    session.effects.append(effect)


class _Turns:
    """Lets one writer of this process in at a time, so that threads sleep in a queue instead of polling the file."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for the turn; DatabaseBusyError after BUSY_TIMEOUT_S."""
        if not self._lock.acquire(timeout=BUSY_TIMEOUT_S):
            raise DatabaseBusyError(f"no turn to write within {BUSY_TIMEOUT_S} s")
        try:
            yield
        finally:
            self._lock.release()


class _NoTurns(_Turns):
    """PostgreSQL locks rows, so writers need no queue."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Let the writer in at once."""
        yield


@dataclass(frozen=True)
class Database:
    """A database and its two doors: `transaction()` to write, `reading()` to read.

    `url` hides its password when printed.  Safe to share between threads.
    """

    engine: Engine
    url: URL
    dialect: DialectName
    _turns: _Turns = field(repr=False)
    _open: threading.local = field(default_factory=threading.local, repr=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Open one unit of work: committed when the block ends, undone when it raises.

        SQLite: writers take turns (`BEGIN IMMEDIATE`).  PostgreSQL: READ COMMITTED; lock the rows a
        decision rests on with `with_for_update()`.  Raises DatabaseBusyError or
        DatabaseUnavailableError with nothing changed, AfterCommitError with everything committed.
        """
        with self._only_unit_of_thread(), self._turns.turn():
            session = _UnitSession(self.engine, writing=True)
            with _closing(session):
                root = _begin(session)
                yield session
                if session.get_transaction() is not root:
                    raise UnitOfWorkError("the unit of work was rolled back or closed by hand; nothing was committed")
                Session.commit(session)
        _run_effects(session.effects)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a unit that sees one state of the data and can change nothing.

        The database itself refuses writes (ReadOnlyUnitError); objects left changed in the session
        raise the same, so that no change is lost in silence.
        """
        session = _UnitSession(self.engine.execution_options(**self._reading_options()), writing=False)
        with _closing(session):
            _begin(session)
            yield session
            if session.new or session.deleted or any(session.is_modified(each) for each in session.dirty):
                raise ReadOnlyUnitError("a unit opened for reading ended with unsaved changes")

    def dispose(self) -> None:
        """Close all connections; call it when the process or the test is done with the database."""
        self.engine.dispose()

    def _reading_options(self) -> dict[str, Any]:
        if self.dialect == "sqlite":
            return {READING: True}
        # REPEATABLE READ gives one snapshot for the whole unit, as SQLite does; reading it cannot fail.
        return {READING: True, "postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}

    @contextmanager
    def _only_unit_of_thread(self) -> Iterator[None]:
        """Refuse a unit inside a unit: on SQLite it would wait for itself, on PostgreSQL half the act could stay."""
        if getattr(self._open, "writing", False):
            raise UnitOfWorkError("this thread already has a unit of work; pass its session on")
        self._open.writing = True
        try:
            yield
        finally:
            self._open.writing = False


def open_database(url: str, *, echo: bool = False, pooled: bool = True) -> Database:
    """Open `sqlite:////path/file` (file and folder are created) or `postgresql://user:secret@host/name`.

    `pooled=False` gives a connection up at once, as migrations under an advisory lock need it.
    Raises ValueError, never quoting the address, when the address is no good.
    """
    address = parse_database_url(url)
    engine = make_engine(address, echo=echo, pooled=pooled)
    dialect = cast("DialectName", engine.dialect.name)
    return Database(engine, address, dialect, _Turns() if dialect == "sqlite" else _NoTurns())


def _begin(session: _UnitSession) -> SessionTransaction:
    """Open the transaction now, so that a busy or absent database is found before any work is done."""
    try:
        session.connection()
    except PoolTimeoutError as fault:
        raise DatabaseBusyError("all connections of this process are in use") from fault
    root = session.get_transaction()
    assert root is not None
    return root


@contextmanager
def _closing(session: _UnitSession) -> Iterator[None]:
    """Give the connection back; what is not committed by then is rolled back."""
    try:
        yield
    finally:
        session.close()


def _run_effects(effects: list[Callable[[], object]]) -> None:
    failures: list[Exception] = []
    for effect in effects:
        try:
            effect()
        except Exception as failure:  # noqa: BLE001 - the unit is committed: the other effects still have to run
            failures.append(failure)
    if failures:
        raise AfterCommitError(failures) from ExceptionGroup("effects after the commit", failures)
