"""Loads the fictitious province into a database: units, bodies, one account per office, persons.

Loading twice changes nothing.  Never loads dossiers: those come about by acts.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.importing import import_organizations, import_unit_rows
from dossiers.bodies.models import Account, Membership, Organization
from dossiers.bodies.operations import add_hashed_account, grant_membership
from dossiers.bodies.passwords import hash_password
from dossiers.people.forms import PersonForm, RelativeForm
from dossiers.people.models import Person
from dossiers.people.operations import add_person
from dossiers.people.sealing import Sealer

#: Opens every account of the demonstration, and none of any other installation.
DEMO_PASSWORD: Final = "demo-khong-dung-that"  # noqa: S105 - public on purpose
#: Official code of the fictitious province; no real province has it.
DEMO_PROVINCE: Final = "99"
#: From this day on the fictitious bodies exist and their offices are held.
DEMO_SINCE: Final = date(2025, 7, 1)
_DATA: Final = files("dossiers.demonstration") / "data"


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """What the demonstration consists of: bodies by code, accounts by user name, persons by full name."""

    organizations: Mapping[str, Organization]
    accounts: Mapping[str, Account]
    persons: Mapping[str, Person]


def load_demo(session: Session, sealer: Sealer, *, at: datetime) -> DemoWorld:
    """Load the demonstration, or what is missing of it, and return it.

    `at` is the time of recording; it must not lie before DEMO_SINCE.
    """
    import_unit_rows(session, _read_csv("units.csv"), at=at)
    report = import_organizations(session, _read_csv("organizations.csv"), at=at)
    assert not report.problems
    bodies = {body.code: body for body in session.scalars(select(Organization).where(Organization.code.in_(_codes())))}
    accounts = {row["username"]: _account(session, row, bodies, at=at) for row in _read_csv("accounts.csv")}
    persons = {item["full_name"]: _person(session, item, bodies, sealer, at=at) for item in _read_persons()}
    return DemoWorld(bodies, accounts, persons)


def demo_offices() -> list[tuple[str, str, str]]:
    """Return user name, role and code of the body of every account, in the order of the data file."""
    return [(row["username"], row["role"], row["organization"]) for row in _read_csv("accounts.csv")]


def demo_bodies() -> dict[str, str]:
    """Return the names of the demonstration's bodies by their codes."""
    return {row["code"]: row["name"] for row in _read_csv("organizations.csv")}


def _account(session: Session, row: Mapping[str, str], bodies: Mapping[str, Organization], *, at: datetime) -> Account:
    account = session.scalars(select(Account).where(Account.username == row["username"])).one_or_none()
    if account is None:
        account = add_hashed_account(session, row["username"], row["full_name"], _demo_hash(), rank=row["rank"], at=at)
    body = bodies[row["organization"]]
    held = select(Membership.id).where(
        Membership.account_id == account.id, Membership.organization_id == body.id, Membership.role == row["role"]
    )
    if session.scalars(held).first() is None:
        grant_membership(session, account, body, row["role"], valid_from=DEMO_SINCE, at=at)
    return account


def _person(
    session: Session, item: Mapping[str, Any], bodies: Mapping[str, Organization], sealer: Sealer, *, at: datetime
) -> Person:
    body = bodies[item["body"]]
    recorded = select(Person).where(
        Person.full_name == item["full_name"],
        Person.born_on == item["born_on"],
        Person.created_by_body_id == body.id,
    )
    found = session.scalars(recorded).one_or_none()
    if found is not None:
        return found
    stated = {name: value for name, value in item.items() if name not in ("body", "relatives")}
    relatives = tuple(RelativeForm(**relative) for relative in item["relatives"])
    return add_person(session, PersonForm(**stated, relatives=relatives), sealer, body_id=body.id, at=at)


@cache
def _demo_hash() -> str:
    # One hash for all accounts: their password is no secret, and hashing it for each would take seconds.
    return hash_password(DEMO_PASSWORD)


def _codes() -> list[str]:
    return [row["code"] for row in _read_csv("organizations.csv")]


def _read_csv(name: str) -> list[dict[str, str]]:
    text = (_DATA / name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines(keepends=True)))


def _read_persons() -> list[dict[str, Any]]:
    persons: list[dict[str, Any]] = tomllib.loads((_DATA / "persons.toml").read_text(encoding="utf-8"))["person"]
    return persons
