"""Both engines and both stores, real ones, for the storage tests."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage.database import Database, open_database
from storage.objects import ObjectStore, open_store
from tests.servers.postgresql import PostgresServer
from tests.servers.seaweedfs import S3Server
from tests.storage.tables import create_tables

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
STORES = ["files", pytest.param("s3", marks=pytest.mark.s3)]


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/data/rows.sqlite3"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return server.create_fresh_database()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open that database with the tables of the tests in it."""
    opened = open_database(database_url)
    create_tables(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """Open a SQLite database with the tables of the tests in it."""
    opened = open_database(f"sqlite:///{tmp_path}/rows.sqlite3")
    create_tables(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def postgres_database(postgres_server: PostgresServer) -> Iterator[Database]:
    """Open a PostgreSQL database with the tables of the tests in it."""
    opened = open_database(postgres_server.create_fresh_database())
    create_tables(opened)
    yield opened
    opened.dispose()


@pytest.fixture(params=STORES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty store of each kind in turn."""
    if request.param == "files":
        return (tmp_path / "objects").as_uri()
    server: S3Server = request.getfixturevalue("s3_server")
    return server.url(f"hoso-{uuid4().hex}")


@pytest.fixture
def store(store_url: str) -> Iterator[ObjectStore]:
    """Open that store."""
    opened = open_store(store_url)
    yield opened
    opened.close()
