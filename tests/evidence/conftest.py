"""An installation with a few dossiers on each engine, and the keys of a log and of its witness."""

import dataclasses
from datetime import UTC, datetime
from itertools import count

import pytest

from api.app import create_app_in
from api.config import Settings
from api.demo.client import Office
from api.demo.drive import ADULT
from api.demo.filling import AppWire
from api.house import build_house
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.log.notes import COSIGNS, new_signer
from dossiers.migrating import upgrade

NOW = datetime(2026, 7, 30, 8, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def house(request, tmp_path):
    """An installation without dossiers."""
    url = f"sqlite:///{tmp_path}/rows.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").create_fresh_database()
    upgrade(url)
    settings = Settings(url, (tmp_path / "papers").as_uri(), "x" * 40, demo=True, log_key=tmp_path / "log.key")
    built = dataclasses.replace(build_house(settings), clock=lambda: NOW)
    with built.database.transaction() as session:
        load_demo(session, built.sealer, at=NOW)
    yield built
    built.store.close()
    built.database.dispose()


@pytest.fixture
def opened(house):
    """Return a function that opens a dossier and returns its id."""
    wire = AppWire(create_app_in(house).test_client(use_cookies=False))
    office, numbers = Office(wire, "cax.canbo.minhhoa", DEMO_PASSWORD), count(1)

    def open_one():
        person = {**ADULT, "full_name": f"NGUYỄN VĂN THỬ {next(numbers)}", "id_number": None, "id_type": None}
        person = {key: value for key, value in person.items() if value is not None}
        made = office.post("/api/v1/dossiers", {"person_id": office.post("/api/v1/persons", person)["id"]})["id"]
        # Reading it leaves a row in the log of who looked.
        office.get(f"/api/v1/dossiers/{made}")
        return made

    return open_one


@pytest.fixture(scope="session")
def log_key():
    """The key of the log."""
    return new_signer("hoso/log")


@pytest.fixture(scope="session")
def witness_key():
    """The key of a witness at another body."""
    return new_signer("witness/court", COSIGNS)
