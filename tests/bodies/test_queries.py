"""Finding bodies: by filter and page, by territory, above another, as of a day."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.orm import Session

from dossiers.bodies import queries
from dossiers.bodies.models import Jurisdiction, Organization
from dossiers.errors import NotFoundError
from storage.database import Database
from tests.bodies.houses import SINCE, TODAY, add_body

DAY = timedelta(days=1)


def cover(session: Session, body: Organization, *communes: str, until: date | None = None) -> None:
    """Let a body cover communes."""
    for code in communes:
        session.add(Jurisdiction(organization_id=body.id, commune_code=code, valid_from=SINCE, valid_to=until))
    session.flush()


def found(session: Session, kind: str, commune: str | None = "99001", on: date = TODAY) -> str | None:
    """Return the code of the body that is competent for a commune of province 99."""
    body = queries.bodies_for(session, kind, commune_code=commune, province_code="99", on=on)
    return None if body is None else body.code


def test_bodies_are_listed_by_kind_province_and_day_page_by_page(database: Database) -> None:
    """The pages together are the list, without gap or repetition."""
    with database.transaction() as session:
        for number in range(7):
            add_body(session, f"CAX-{number}", province_code="99", commune_code=f"9900{number}")
        add_body(session, "CAX-OLD", province_code="99", valid_to=TODAY)
        add_body(session, "CAX-98", province_code="98")
        add_body(session, "CAT-99", "provincial_police", province_code="99")
        pages, after = [], None
        while page := queries.organizations(
            session, type="commune_police", province="99", on=TODAY, after=after, limit=3
        ):
            pages.append([body.code for body in page])
            after = page[-1].id
        everything = queries.organizations(session, on=TODAY - DAY, limit=100)

    assert pages == [["CAX-0", "CAX-1", "CAX-2"], ["CAX-3", "CAX-4", "CAX-5"], ["CAX-6"]]
    assert len(everything) == 10


def test_a_body_that_is_not_there_is_refused(database: Database) -> None:
    """Neither as a body nor as the place where a page begins."""
    with database.reading() as session:
        with pytest.raises(NotFoundError):
            queries.organization(session, uuid4())
        with pytest.raises(NotFoundError):
            queries.organizations(session, on=TODAY, after=uuid4(), limit=1)


def test_the_nearest_body_is_competent(database: Database) -> None:
    """Commune before list of communes before province before nation."""
    with database.transaction() as session:
        kind = "health_facility"
        assert found(session, kind) is None
        add_body(session, "NATION", kind)
        assert found(session, kind) == "NATION"
        add_body(session, "PROVINCE", kind, province_code="99")
        add_body(session, "OTHER", kind, province_code="98")
        assert found(session, kind) == "PROVINCE"
        cover(session, add_body(session, "AREA", kind, province_code="99"), "99001", "99002")
        assert found(session, kind) == "AREA"
        add_body(session, "COMMUNE", kind, province_code="99", commune_code="99001")

        assert found(session, kind) == "COMMUNE"
        assert found(session, kind, commune="99002") == "AREA"
        assert found(session, kind, commune="99003") == "PROVINCE"
        assert found(session, kind, commune=None) == "PROVINCE"


def test_a_court_is_not_competent_for_communes_that_are_not_on_its_list(database: Database) -> None:
    """One court in the province does not make it the court of the whole province."""
    with database.transaction() as session:
        cover(session, add_body(session, "TANDKV-1", "regional_court", province_code="99"), "99001")

        assert found(session, "regional_court", "99001") == "TANDKV-1"
        assert found(session, "regional_court", "99002") is None


def test_of_two_competent_bodies_none_is_chosen(database: Database) -> None:
    """The program does not guess, nor does it fall back to one further up."""
    with database.transaction() as session:
        add_body(session, "NATION", "facility")
        add_body(session, "ONE", "facility", province_code="99")
        add_body(session, "TWO", "facility", province_code="99")

        assert found(session, "facility") is None


def test_competence_is_a_question_about_a_day(database: Database) -> None:
    """The list of communes changes, bodies come and go."""
    with database.transaction() as session:
        old = add_body(session, "TANDKV-1", "regional_court", province_code="99")
        new = add_body(session, "TANDKV-2", "regional_court", province_code="99", valid_from=TODAY)
        cover(session, old, "99001", until=TODAY)
        session.add(Jurisdiction(organization_id=new.id, commune_code="99001", valid_from=TODAY))
        session.flush()

        assert found(session, "regional_court", on=TODAY - DAY) == "TANDKV-1"
        assert found(session, "regional_court", on=TODAY) == "TANDKV-2"
        assert found(session, "regional_court", on=SINCE - DAY) is None


def test_a_paper_names_its_bodies_as_they_were_called_on_its_day(database: Database) -> None:
    """A renaming, then a merger, seen from either end."""
    with database.transaction() as session:
        merged = add_body(session, "CAX-9", valid_from=TODAY)
        renamed = add_body(
            session, "CAX-1", valid_from=SINCE + 10 * DAY, valid_to=TODAY, successor_id=merged.id, name="tên mới"
        )
        first = add_body(session, "CAX-1", valid_to=SINCE + 10 * DAY, successor_id=renamed.id, name="tên cũ")
        gone = add_body(session, "CAX-2", valid_to=TODAY)

        for body in (first, renamed):
            assert queries.as_of(session, body, on=SINCE) is first
            assert queries.as_of(session, body, on=TODAY - DAY) is renamed
            assert queries.as_of(session, body, on=TODAY) is merged
            assert queries.as_of(session, body, on=SINCE - DAY) is None
        assert queries.as_of(session, gone, on=TODAY) is None


def test_the_body_above_is_the_one_that_stands_there_on_the_day(database: Database) -> None:
    """The stored parent was renamed; who has none has none."""
    with database.transaction() as session:
        new = add_body(session, "CAT-99", "provincial_police", valid_from=TODAY)
        old = add_body(session, "CAT-99", "provincial_police", valid_to=TODAY, successor_id=new.id)
        police = add_body(session, "CAX-99001", parent_id=old.id)
        committee = add_body(session, "UBND-99001", "commune_committee", parent_id=old.id)

        assert queries.superior(session, police) is old
        assert queries.superior(session, police, on=TODAY) is new
        assert queries.superior(session, new, on=TODAY) is None
        assert queries.letterhead_parent(session, police, on=TODAY - DAY) is old
        assert queries.letterhead_parent(session, committee, on=TODAY) is None
