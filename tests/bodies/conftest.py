"""Databases of both engines with the tables of bodies and people."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from storage.database import Database, open_database
from tests.bodies.houses import create_tables
from tests.servers.postgresql import PostgresServer

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(scope="session")
def postgres_template(postgres_server: PostgresServer) -> str:
    """Return the name of a PostgreSQL database with the tables, to be copied."""
    name = f"template_{uuid4().hex}"
    opened = open_database(postgres_server.create_database(name))
    create_tables(opened)
    opened.dispose()
    return name


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of a database with empty tables, on each engine in turn."""
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.create_fresh_database(request.getfixturevalue("postgres_template"))
    url = f"sqlite:///{tmp_path}/rows.sqlite3"
    opened = open_database(url)
    create_tables(opened)
    opened.dispose()
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Open that database."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()
