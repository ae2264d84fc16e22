"""The databases of the bodies' tests, with a sealer and a body that records persons."""

import pytest

from dossiers.bodies.models import Organization
from dossiers.people.sealing import Sealer
from storage.database import Database
from tests.bodies.conftest import database, database_url, postgres_template
from tests.bodies.houses import add_body

__all__ = ["database", "database_url", "postgres_template"]


@pytest.fixture
def sealer() -> Sealer:
    """Return the sealer of a fictitious installation."""
    return Sealer(b"a secret of the tests, long enough")


@pytest.fixture
def body(database: Database) -> Organization:
    """Add the police of a commune."""
    with database.transaction() as session:
        return add_body(session, "CAX-99001")
