"""Finding persons without accents, and only those the searcher may know of."""

from collections.abc import Iterator
from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import Organization
from dossiers.errors import NotFoundError
from dossiers.people.forms import PersonForm
from dossiers.people.models import Person
from dossiers.people.operations import add_person
from dossiers.people.queries import search_persons, visible_person
from dossiers.people.sealing import Sealer
from storage.database import Database
from tests.bodies.houses import AT, add_body

NAMES = ("NGUYỄN VĂN THỬ", "Đặng Đình Đề", "TRẦN THỊ MẪU", "LÊ QUANG NHÁP")


def officer_of(*bodies: Organization) -> Actor:
    """Return an officer of the bodies."""
    offices = tuple(Office("CAX_OFF", body.id, body.type, body.name) for body in bodies)
    return Actor(uuid4(), "VŨ VĂN GHI", "ghi", offices, "vi")


@pytest.fixture
def session(database: Database, body: Organization, sealer: Sealer) -> Iterator[Session]:
    """Record four persons for the body; the last has another name and an identity number."""
    with database.transaction() as opened:
        for name in NAMES:
            last = name == NAMES[-1]
            form = PersonForm(
                name,
                "male",
                date(1990, 1, 1),
                other_name="Nháp 100%_Đen" if last else "",
                aliases=("Tư Quắn",) if last else (),
                id_type="CMND" if last else None,
                id_number="099790005" if last else None,
            )
            add_person(opened, form, sealer, body_id=body.id, at=AT)
        yield opened


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("nguyen", ["NGUYỄN VĂN THỬ"]),
        ("NGUYỄN", ["NGUYỄN VĂN THỬ"]),
        ("thử nguyễn", ["NGUYỄN VĂN THỬ"]),
        ("dinh de", ["Đặng Đình Đề"]),
        ("ang", ["Đặng Đình Đề", "LÊ QUANG NHÁP"]),
        ("den", ["LÊ QUANG NHÁP"]),
        ("tu quan", ["LÊ QUANG NHÁP"]),
        ("100%_", ["LÊ QUANG NHÁP"]),
        ("nguyen mau", []),
        ("%", ["LÊ QUANG NHÁP"]),
        ("_", ["LÊ QUANG NHÁP"]),
        ("099790005", ["LÊ QUANG NHÁP"]),
        (" 099.790.005 ", ["LÊ QUANG NHÁP"]),
        ("09979000", []),
        ("99790005", []),
        ("  ", ["Đặng Đình Đề", "LÊ QUANG NHÁP", "NGUYỄN VĂN THỬ", "TRẦN THỊ MẪU"]),
    ],
)
def test_a_search_compares_folded_names_other_names_and_whole_numbers(
    session: Session, body: Organization, sealer: Sealer, text: str, names: list[str]
) -> None:
    """Every word must occur; signs that mean something to the database mean nothing here; no part of a number finds."""
    found = search_persons(session, text, sealer, visible_to=officer_of(body), limit=10)

    assert [each.full_name for each in found] == names


def test_pages_follow_each_other_without_gap_or_repetition(
    session: Session, body: Organization, sealer: Sealer
) -> None:
    """Also when two persons bear the same name."""
    add_person(session, PersonForm("Đặng Đình Đề", "male", date(1991, 1, 1)), sealer, body_id=body.id, at=AT)
    actor = officer_of(body)
    found, after = [], None
    while page := search_persons(session, "", sealer, visible_to=actor, after=after, limit=2):
        found += page
        after = page[-1].id

    assert [each.folded_name for each in found] == sorted(each.folded_name for each in found)
    assert len({each.id for each in found}) == 5


def test_other_bodies_find_nobody_unless_they_take_part_in_a_dossier(
    session: Session, body: Organization, sealer: Sealer
) -> None:
    """Neither by name nor by number, and an id opens nothing; what they are party to they see."""
    stranger = officer_of(add_body(session, "CAX-99002"))
    subject = search_persons(session, "nhap", sealer, visible_to=officer_of(body), limit=1)[0]
    party_to = select(Person.id).where(Person.id == subject.id)

    for text in ("", "nhap", "099790005"):
        assert search_persons(session, text, sealer, visible_to=stranger, limit=10) == []
        found = search_persons(session, text, sealer, visible_to=stranger, party_to=party_to, limit=10)
        assert found == [subject]
    with pytest.raises(NotFoundError):
        visible_person(session, subject.id, visible_to=stranger)
    with pytest.raises(NotFoundError):
        search_persons(session, "", sealer, visible_to=stranger, after=subject.id, limit=1)
    assert visible_person(session, subject.id, visible_to=stranger, party_to=party_to) is subject
    assert visible_person(session, subject.id, visible_to=officer_of(body)) is subject


def test_somebody_without_an_office_finds_nobody(session: Session, sealer: Sealer) -> None:
    """An account alone sees no person."""
    assert search_persons(session, "", sealer, visible_to=officer_of(), limit=10) == []


def test_the_body_that_succeeds_finds_the_persons_of_the_former(
    session: Session, body: Organization, sealer: Sealer
) -> None:
    """After a merger nobody is lost."""
    office = Office("CAX_OFF", uuid4(), "commune_police", "Công an", succeeded_ids=frozenset({body.id}))
    actor = Actor(uuid4(), "VŨ VĂN GHI", "ghi", (office,), "vi")

    assert len(search_persons(session, "", sealer, visible_to=actor, limit=10)) == 4
