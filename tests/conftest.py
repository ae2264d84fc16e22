"""The real servers that tests start, once per run; what they are made of stands in `tests/servers/`.

Never skips: a server that cannot start fails the tests that need it.
"""

from collections.abc import Callable, Iterator

import pytest

from tests.servers.postgresql import PostgresServer, start_postgresql
from tests.servers.seaweedfs import S3Server, start_seaweedfs

#: The story of an adult dossier, which the tests of the interface and of the pages share.
pytest_plugins = ("tests.playing",)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Run one PostgreSQL for the whole session."""
    server = start_postgresql()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """Return the address of an empty database of the session's PostgreSQL."""
    return postgres_server.create_fresh_database()


@pytest.fixture(scope="session")
def fresh_postgres_database(postgres_server: PostgresServer) -> Callable[[str | None], str]:
    """Return a function that makes a database of its own (a copy of the named template) and returns its address."""
    return postgres_server.create_fresh_database


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    """Run one S3 server for the whole session."""
    server = start_seaweedfs()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def s3_url(s3_server: S3Server) -> str:
    """Return the storage address of a bucket on the session's S3 server."""
    return s3_server.url("hoso-test")
