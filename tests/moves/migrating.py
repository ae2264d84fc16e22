"""A house under chosen editions of the law, in which tests bring dossiers to a state and change their edition."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from api.demo.papers import demo_scan
from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import Membership
from dossiers.demonstration.world import load_demo
from dossiers.evidence.folding import dossier_problems
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.migrating import upgrade
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.moves.outlooks import Rulebook
from dossiers.moves.run_proceeding import run_proceeding
from dossiers.moves.situations import proceedings_of
from dossiers.moves.snapshots import take
from dossiers.papers.catalogue import Catalogue
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.file_papers import PaperDesk, attach_scan
from dossiers.papers.uploads import store_upload
from dossiers.people.sealing import Sealer
from storage.database import Database, open_database
from storage.objects import open_store
from workflow.changeover_reading import load_changeovers
from workflow.loader import load_policies, load_procedures

HOME = "CAX-99001"
COURT = "TANDKV-99"
FACILITY = "CSCN-1-99"
#: Two people of the demonstration, and a third.
FIRST, SECOND, THIRD = "quantri", "ca.tinh", "toa.tinh"


@dataclass
class House:
    """A database with the demonstration in it, the law, and somebody who holds every office."""

    database: Database
    book: Rulebook
    desk: PaperDesk
    everybody: Actor
    organizations: Mapping[str, str]
    persons: list[UUID]
    opened: list[UUID] = field(default_factory=list)

    def open(self, at: datetime) -> UUID:
        """Open a dossier about one of the persons of the demonstration; return its id."""
        person = self.persons[len(self.opened) % len(self.persons)]
        with self.database.transaction() as session:
            form = OpenForm(person, at)
            dossier = open_dossier(session, self.book.law, form, actor=self.everybody, at=at)
            self.opened.append(dossier.id)
            return dossier.id

    def act(self, dossier_id: UUID, trigger: str, at: datetime, *, side: str | None = None, **fields: object) -> None:
        """Let an act happen; `side` names the kind of the side machine that it is an act of."""
        form = MoveForm(trigger, at, fields)
        with self.database.transaction() as session:
            if side is None:
                move_dossier(
                    session, self.book.law, dossier_id, form, expected_version=None, actor=self.everybody, at=at
                )
                return
            open_ones = proceedings_of(session, session.get_one(Dossier, dossier_id), open_only=True)
            (proceeding,) = [each for each in open_ones if each.kind == side]
            run_proceeding(
                session, self.book.law, proceeding.id, form, expected_version=None, actor=self.everybody, at=at
            )

    def paper(self, dossier_id: UUID, form: str, at: datetime) -> None:
        """Put a signed scan on file."""
        upload = store_upload(
            self.desk.store,
            BytesIO(demo_scan(f"{form} {dossier_id}")),
            filename="scan.pdf",
            declared_type="application/pdf",
            size_bytes_max=10_000,
        )
        with self.database.transaction() as session:
            attach_scan(
                session, self.desk, dossier_id, form, upload, expected_version=None, actor=self.everybody, at=at
            )

    def state(self, dossier_id: UUID) -> tuple[str, str]:
        """Return the edition and the state of a dossier."""
        with self.database.reading() as session:
            dossier = session.get_one(Dossier, dossier_id)
            return dossier.edition, dossier.state

    def rows(self, dossier_id: UUID) -> dict:
        """Return the rows of a dossier as they are now."""
        with self.database.reading() as session:
            return take(session, dossier_id)

    def problems(self, ids: Iterable[UUID] = ()) -> list[str]:
        """Return every place where the record of a dossier is not true, of all that were opened by default."""
        with self.database.reading() as session:
            wanted = list(ids) or self.opened
            return [told for each in wanted for told in dossier_problems(session, session.get_one(Dossier, each))]


def _catalogue() -> Catalogue:
    """Return the forms as if all of them were old: a life in memory takes any of the papers an act may rest on."""
    forms = official_catalogue()
    return replace(forms, editions=tuple(replace(each, valid_from=date(2022, 1, 1)) for each in forms.editions))


def _trust_the_machine(connection: Any, record: object) -> None:
    del record
    connection.execute("PRAGMA synchronous = OFF")


def build_house(url: str, papers: Path, procedures: Path, rules: Path, at: datetime) -> House:
    """Return a house over an empty database, under the editions and rules of two folders."""
    upgrade(url)
    database = open_database(url)
    if database.dialect == "sqlite":  # nobody pulls the plug here, and a thousand units of work wait for no disk
        event.listen(database.engine, "connect", _trust_the_machine)
    law = Law(load_procedures(procedures), load_policies())
    crossings = load_changeovers(law.procedures, law.policies, folder=rules)
    sealer = Sealer(b"m" * 40)
    with database.transaction() as session:
        world = load_demo(session, sealer, at=at)
        account = world.accounts["cax.truong.minhhoa"]
        offices = [
            Office(row.role, row.organization_id, row.organization.type, row.organization.name)
            for row in session.query(Membership).all()
        ]
        home = world.organizations[HOME].id
        offices.sort(key=lambda office: office.organization_id != home)
        everybody = Actor(account.id, account.full_name, account.username, tuple(offices), "vi")
        organizations = {code: str(body.id) for code, body in world.organizations.items()}
        grown = [person for person in world.persons.values() if person.born_on < date(2000, 1, 1)]
        persons = [person.id for person in grown if person.created_by_body_id == home]
    desk = PaperDesk(law, _catalogue(), open_store(papers.as_uri()), sealer, demo=True)
    return House(database, Rulebook(law, crossings), desk, everybody, organizations, persons)
