"""A demonstration installation in this process, for benchmarks that need rows: dossiers one step from an act."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.config import Settings
from api.demo.papers import demo_scan
from api.house import House, build_house
from bench.core import NOW, PAPER
from dossiers.bodies.access import Actor, actor_of
from dossiers.bodies.models import Account
from dossiers.demonstration.world import load_demo
from dossiers.migrating import upgrade
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.papers.file_papers import attach_scan
from dossiers.papers.uploads import store_upload
from dossiers.people.models import Person

OFFICER = "cax.canbo.minhhoa"


@contextmanager
def installed(folder: Path, database_url: str) -> Iterator[House]:
    """Make tables and demonstration in a fresh database and open it; papers go to `folder`."""
    settings = Settings(database_url, (folder / "papers").as_uri(), "x" * 40, demo=True)
    upgrade(settings.database_url)
    house = dataclasses.replace(build_house(settings), clock=_clock)
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=NOW)
    try:
        yield house
    finally:
        house.store.close()
        house.database.dispose()


def officer(session: Session) -> Actor:
    """Return the officer who acts."""
    account = session.scalars(select(Account).where(Account.username == OFFICER)).one()
    return actor_of(session, account, on=NOW.date())


def open_with_scan(house: House, actor: Actor) -> tuple[UUID, int]:
    """Open a dossier and file the paper that its first act needs; return its id and version."""
    scan = demo_scan("bench")
    upload = store_upload(
        house.store, io.BytesIO(scan), filename="scan.pdf", declared_type="application/pdf", size_bytes_max=len(scan)
    )
    with house.database.transaction() as session:
        own = select(Person.id).where(Person.created_by_body_id.in_(actor.organization_ids))
        person = session.scalars(own.order_by(Person.full_name).limit(1)).one()
        dossier = open_dossier(session, house.law, OpenForm(person), actor=actor, at=NOW)
        attach_scan(session, house.desk, dossier.id, PAPER, upload, expected_version=None, actor=actor, at=NOW)
        return dossier.id, dossier.version


def _clock() -> datetime:
    return NOW
