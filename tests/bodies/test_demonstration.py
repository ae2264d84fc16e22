"""The fictitious province."""

from datetime import date

from sqlalchemy import func, select

from dossiers.bodies.access import actor_of
from dossiers.bodies.importing import import_admin_units
from dossiers.bodies.kinds import ORGANIZATION_KINDS, ROLES
from dossiers.bodies.models import Account, AdminUnit, Membership, Organization
from dossiers.bodies.operations import sign_in
from dossiers.bodies.queries import bodies_for, letterhead_parent, superior
from dossiers.demonstration.world import DEMO_PASSWORD, DEMO_PROVINCE, demo_offices, load_demo
from dossiers.people.models import Person, Relative
from dossiers.people.sealing import Sealer
from storage.database import Database
from tests.bodies.houses import AT, TODAY

SEALER = Sealer(b"a secret of the tests, long enough")

#: Bodies that ended in 2025, and their offices: only old dossiers name them.
FORMER_KINDS = {"district_police", "district_labour", "district_court", "district_procuracy", "provincial_labour"}
FORMER_OFFICES = {name for name, role in ROLES.items() if role.held_in <= FORMER_KINDS}


def test_loading_it_twice_changes_nothing(database: Database) -> None:
    """Also beside the official list of units."""
    counts = []
    for _ in range(2):
        with database.transaction() as session:
            import_admin_units(session, at=AT)
            world = load_demo(session, SEALER, at=AT)
        with database.reading() as session:
            tables = (AdminUnit, Organization, Account, Membership, Person, Relative)
            counts.append([session.scalars(select(func.count()).select_from(table)).one() for table in tables])

    assert counts[0] == counts[1]
    assert counts[0][:5] == [3355 + 4, len(world.organizations), 29, 29, 12]


def test_every_office_of_every_procedure_has_an_account_that_signs_in(database: Database) -> None:
    """One office an account; the password is one and says what it is for."""
    with database.transaction() as session:
        world = load_demo(session, SEALER, at=AT)
        held = {}
        for username, role, code in demo_offices():
            (office,) = actor_of(session, world.accounts[username], on=TODAY).offices
            assert (office.role, office.organization_id) == (role, world.organizations[code].id)
            held.setdefault(role, []).append(username)

    assert set(ROLES) - set(held) == {"DETECT", *FORMER_OFFICES}
    assert "demo" in DEMO_PASSWORD
    assert sign_in(database, "cax.truong.minhhoa", DEMO_PASSWORD, at=AT).full_name == "TRẦN VĂN MẪU"


def test_every_kind_of_body_is_there_and_each_commune_finds_its_own(database: Database) -> None:
    """Police, committee, court and procuracy of each commune; the facilities are two and must be chosen."""
    with database.transaction() as session:
        world = load_demo(session, SEALER, at=AT)
        assert {body.type for body in world.organizations.values()} == set(ORGANIZATION_KINDS) - FORMER_KINDS
        for commune in ("99001", "99002", "99003"):
            found = {
                kind: bodies_for(session, kind, commune_code=commune, province_code=DEMO_PROVINCE, on=TODAY)
                for kind in ORGANIZATION_KINDS
            }
            codes = {kind: body.code for kind, body in found.items() if body is not None}
            assert set(ORGANIZATION_KINDS) - set(codes) == {"facility", *FORMER_KINDS}
            assert codes["commune_police"] == f"CAX-{commune}"
            assert codes["commune_committee"] == f"UBND-{commune}"
            assert codes["regional_court"] == "TANDKV-99"
        court, police = world.organizations["TANDKV-99"], world.organizations["CAX-99001"]
        above = superior(session, court, on=TODAY)
        printed = letterhead_parent(session, police, on=TODAY)
    assert above is world.organizations["TAND-99"]
    assert printed is world.organizations["CAT-99"]


def test_no_real_province_has_its_code_and_its_persons_are_of_all_kinds(database: Database) -> None:
    """Both sexes, one from 12 to under 18 with somebody who speaks for them, one without any paper."""
    with database.transaction() as session:
        import_admin_units(session, at=AT)
        real = set(session.scalars(select(AdminUnit.code)))
        world = load_demo(session, SEALER, at=AT)
        persons = list(world.persons.values())
        minors = [each for each in persons if each.born_on > date(2008, 11, 21)]

        assert not real & {DEMO_PROVINCE, "99001", "99002", "99003"}
        assert {each.sex for each in persons} == {"male", "female"}
        assert [each.full_name for each in minors] == ["PHẠM MINH THIẾU"]
        assert [each.represents for each in minors[0].relatives] == [True, False]
        assert [each.full_name for each in persons if each.id_type is None] == ["BÙI VĂN KHÔNG GIẤY"]
