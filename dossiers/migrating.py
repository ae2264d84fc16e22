"""Brings a database to the present tables, and says whether it is there.

On PostgreSQL one process migrates at a time (advisory lock, connection not pooled); SQLite serialises writers itself.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text

from storage.database import Database, open_database

#: The key of the advisory lock that migrating processes take, one for all installations.
LOCK_KEY = 4_172_026
_LOCK_TIMEOUT = "10s"


def upgrade(database_url: str) -> None:
    """Bring the database to the newest revision; nothing happens when it is there already."""
    _with_database(database_url, lambda config: command.upgrade(config, "head"))


def differences(database_url: str) -> str | None:
    """Return what the tables lack against the models, or None when they agree (`alembic check`)."""
    try:
        _with_database(database_url, command.check)
    except CommandError as differs:
        return str(differs)
    return None


def make_revision(database_url: str, message: str) -> None:
    """Write a new migration from the differences between models and tables (for developers)."""
    _with_database(database_url, lambda config: command.revision(config, message=message, autogenerate=True))


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration over an open connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


def _with_database(database_url: str, work) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    database = open_database(database_url, pooled=False)
    try:
        with database.engine.begin() as connection:
            _take_turn(database, connection)
            work(alembic_config(connection))
    finally:
        database.dispose()


def _take_turn(database: Database, connection: Connection) -> None:
    if database.dialect == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK_KEY})
