"""Who somebody is on a day, and what their offices let them do."""

import tomllib
from collections import defaultdict
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from dossiers.bodies.access import RIGHTS, Actor, Office, actor_of, may, require
from dossiers.bodies.kinds import ORGANIZATION_KINDS, ROLES
from dossiers.bodies.operations import close_account, grant_membership
from dossiers.errors import NotAllowedError
from storage.database import Database
from tests.bodies.houses import AT, SINCE, TODAY, add_body, add_somebody

DAY = timedelta(days=1)
ROOT = Path(__file__).parents[2]


def actor_in(role: str) -> Actor:
    """Return somebody with one office."""
    office = Office(role, uuid4(), "commune_police", "Công an phường Minh Họa")
    return Actor(uuid4(), "NGUYỄN VĂN THỬ", "thu", (office,), "vi")


def test_an_actor_has_the_offices_of_the_day_only(database: Database) -> None:
    """The first day counts, the day of the end does not."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001")
        grant_membership(session, account, police, "CAX_OFF", valid_from=SINCE, valid_to=TODAY, at=AT)
        grant_membership(session, account, police, "CAX_HEAD", valid_from=TODAY, at=AT)
        held = {
            on: [office.role for office in actor_of(session, account, on=on).offices]
            for on in (SINCE - DAY, SINCE, TODAY - DAY, TODAY)
        }
        actor = actor_of(session, account, on=TODAY)

    assert list(held.values()) == [[], ["CAX_OFF"], ["CAX_OFF"], ["CAX_HEAD"]]
    assert actor.offices == (Office("CAX_HEAD", police.id, "commune_police", police.name),)
    assert actor.organization_ids == {police.id}
    assert (actor.account_id, actor.username, actor.language) == (account.id, "can.bo.thu", "vi")


def test_an_office_ends_with_its_body(database: Database) -> None:
    """The appointment has no end of its own, the body has."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001", valid_to=TODAY)
        grant_membership(session, account, police, "CAX_OFF", valid_from=SINCE, at=AT)

        assert actor_of(session, account, on=TODAY - DAY).offices
        assert actor_of(session, account, on=TODAY).offices == ()


def test_a_closed_account_holds_no_office_from_the_next_day_on(database: Database) -> None:
    """What its holder signed before stays explained."""
    with database.transaction() as session:
        account, police = add_somebody(session), add_body(session, "CAX-99001")
        grant_membership(session, account, police, "CAX_OFF", valid_from=SINCE, at=AT)
        close_account(session, account, at=AT)

        assert actor_of(session, account, on=TODAY).offices
        assert actor_of(session, account, on=TODAY + DAY).offices == ()


def test_after_a_merger_the_officers_of_the_new_body_act_for_the_former_ones(database: Database) -> None:
    """Nobody's dossier is left without a body on the day two communes become one, nor a day before."""
    with database.transaction() as session:
        account = add_somebody(session)
        merged = add_body(session, "CAX-99009", valid_from=TODAY)
        former = [
            add_body(session, code, valid_to=TODAY, successor_id=merged.id) for code in ("CAX-99001", "CAX-99002")
        ]
        older = add_body(session, "CAX-98", valid_from=SINCE - DAY, valid_to=SINCE, successor_id=former[0].id)
        other = add_body(session, "CAX-99003")
        grant_membership(session, account, merged, "CAX_HEAD", valid_from=TODAY, at=AT)
        actor = actor_of(session, account, on=TODAY)
        (office,) = actor.offices

        assert actor_of(session, account, on=TODAY - DAY).offices == ()
    assert actor.organization_ids == {merged.id, older.id, *(each.id for each in former)}
    assert all(office.acts_for(each.id) for each in (merged, older, *former))
    assert not office.acts_for(other.id)
    assert not office.acts_for(None)


def test_bodies_that_name_each_other_as_successors_do_not_go_round_for_ever(database: Database) -> None:
    """Such data cannot be imported, but it must not stop anybody from signing in."""
    with database.transaction() as session:
        account = add_somebody(session)
        first = add_body(session, "CAX-1")
        second = add_body(session, "CAX-2", valid_to=TODAY, successor_id=first.id)
        first.successor_id = second.id
        grant_membership(session, account, first, "CAX_OFF", valid_from=SINCE, at=AT)

        assert actor_of(session, account, on=TODAY).organization_ids == {first.id, second.id}


def test_rights_follow_from_the_data_file_and_from_nothing_else() -> None:
    """A clerk of the police opens dossiers, a court does not; who is not listed has no right at all."""
    assert set(RIGHTS) == {
        "dossier:open", "dossier:read", "dossier:move", "paper:write", "person:write", "person:read",
        "organization:read", "law:read", "inbox:read", "admin", "overview:read", "commune:read", "aftercare:write",
        "court:work", "facility:work", "facility:capacity", "delegation:write",
    }  # fmt: skip
    assert may(actor_in("CAX_OFF"), "dossier:open")
    assert not may(actor_in("TANDKV"), "dossier:open")
    assert may(actor_in("TANDKV"), "dossier:move")
    assert may(actor_in("TANDKV"), "court:work")
    assert not may(actor_in("CAX_HEAD"), "court:work")
    assert may(actor_in("CSCN_OFF"), "facility:work")
    assert not may(actor_in("CSCN_OFF"), "facility:capacity")
    assert not may(actor_in("ADMIN"), "dossier:read")
    assert not any(may(actor_in("KING"), right) for right in RIGHTS)
    with pytest.raises(NotAllowedError):
        require(actor_in("KING"), "law:read")


def test_somebody_without_an_office_may_do_nothing() -> None:
    """An account alone opens no door."""
    nobody = Actor(uuid4(), "TRẦN THỊ MẪU", "mau", (), "vi")

    assert not any(may(nobody, right) for right in RIGHTS)


def test_a_right_that_does_not_exist_is_a_fault_of_the_caller() -> None:
    """A misspelt right must not look like a refusal, let alone like a permission."""
    with pytest.raises(AssertionError):
        may(actor_in("CAX_HEAD"), "dossier:opne")


def test_every_office_is_held_in_kinds_of_bodies_that_exist() -> None:
    """A misspelt kind would make the office impossible to grant."""
    assert {kind for role in ROLES.values() for kind in role.held_in} <= set(ORGANIZATION_KINDS)


def test_every_office_that_signs_in_under_a_procedure_can_be_granted_in_its_body() -> None:
    """The procedures and the rights name the same offices and the same kinds of bodies."""
    tables = [tomllib.loads(path.read_text()) for path in sorted((ROOT / "workflow/procedures").rglob("*.toml"))]
    kinds: dict[str, set[str]] = defaultdict(set)
    for body in (body for table in tables for body in table.get("body", [])):
        kinds[body["id"]] |= {body["org_type"]} if isinstance(body["org_type"], str) else {*body["org_type"]}
    roles = [role for table in tables for role in table.get("role", []) if "body" in role]

    assert roles
    for role in roles:
        assert kinds[role["body"]] & ROLES[role["id"]].held_in, role["id"]
