"""The demonstration, played once on the embedded files and once on PostgreSQL with S3, for all its tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from api.demo.drive import drive_demo


@dataclass
class Run:
    """What one run of the demonstration left behind."""

    summary: dict
    papers: Path
    home: Path
    environment: dict


@pytest.fixture(scope="session")
def embedded(tmp_path_factory):
    """The demonstration as a first user runs it: no server but its own."""
    return played(tmp_path_factory.mktemp("embedded"), {})


@pytest.fixture(scope="session")
def served(tmp_path_factory, postgres_server, s3_server):
    """The same on PostgreSQL and S3."""
    where = {"HOSO_DATABASE_URL": postgres_server.create_fresh_database(), "HOSO_STORAGE_URL": s3_server.url("demo")}
    return played(tmp_path_factory.mktemp("served"), where)


@pytest.fixture(
    params=["embedded", pytest.param("served", marks=[pytest.mark.postgresql, pytest.mark.s3])], scope="session"
)
def run(request):
    """Each of the two runs in turn."""
    return request.getfixturevalue(request.param)


def played(folder, environment):
    """Run the demonstration in a folder and keep its server's data."""
    summary = drive_demo(folder / "out", environment, home=folder / "server")
    return Run(summary, folder / "out" / "papers", folder / "server" / "home", environment)
