"""Finds bodies: by kind and day, by the territory they cover, by their place above another.

Reads only.  What a body is called is a question about a day: bodies are renamed and merged.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, select, tuple_
from sqlalchemy.orm import Session, contains_eager

from dossiers.bodies.kinds import ORGANIZATION_KINDS
from dossiers.bodies.models import AccessToken, Account, AdminUnit, Jurisdiction, Membership, Organization
from dossiers.bodies.validity import is_valid, valid_on
from dossiers.errors import NotFoundError


def organization(session: Session, organization_id: UUID) -> Organization:
    """Return one body, whether it still exists or not; raises NotFoundError."""
    found = session.get(Organization, organization_id)
    if found is None:
        raise NotFoundError
    return found


def organizations(
    session: Session,
    *,
    type: str | None = None,  # noqa: A002 - the public name of the filter
    province: str | None = None,
    on: date,
    after: UUID | None = None,
    limit: int,
) -> list[Organization]:
    """Return up to `limit` bodies that exist on a day, by code, those after the body `after` first to come.

    `province` is an official code; national bodies belong to none.
    """
    query = select(Organization).where(valid_on(Organization, on)).order_by(Organization.code, Organization.id)
    if type is not None:
        query = query.where(Organization.type == type)
    if province is not None:
        query = query.where(Organization.province_code == province)
    if after is not None:
        last = organization(session, after)
        query = query.where(tuple_(Organization.code, Organization.id) > (last.code, last.id))
    return list(session.scalars(query.limit(limit)))


def bodies_for(
    session: Session, org_type: str, *, commune_code: str | None, province_code: str | None, on: date
) -> Organization | None:
    """Return the one body of a kind that is competent for a territory on a day.

    The body of the commune itself; else the one whose list of communes has it; else the one of the
    province that has no such list; else the national one.  None when the first of these that finds
    anything finds more than one: who is competent is then not for a program to guess.
    """
    covers = exists().where(Jurisdiction.organization_id == Organization.id, valid_on(Jurisdiction, on))
    steps: list[ColumnElement[bool]] = []
    if commune_code is not None:
        steps.append(Organization.commune_code == commune_code)
        steps.append(covers.where(Jurisdiction.commune_code == commune_code))
    if province_code is not None:
        whole = (Organization.province_code == province_code) & Organization.commune_code.is_(None)
        steps.append(whole & ~covers)
    steps.append(Organization.province_code.is_(None))
    for step in steps:
        query = select(Organization).where(Organization.type == org_type, valid_on(Organization, on), step).limit(2)
        found = session.scalars(query).all()
        if found:
            return found[0] if len(found) == 1 else None
    return None


def as_of(session: Session, body: Organization, *, on: date) -> Organization | None:
    """Return the body as it is on a day: itself, its renamed self, or the one that took over its dossiers.

    None when nobody carries it on that day, or the day lies before its first.
    """
    seen: set[UUID] = set()
    current: Organization | None = body
    while current is not None and not is_valid(current, on):
        if on < current.valid_from or current.id in seen:
            return _earlier_version(session, body, on=on)
        seen.add(current.id)
        current = None if current.successor_id is None else session.get_one(Organization, current.successor_id)
    return current


def superior(session: Session, body: Organization, *, on: date | None = None) -> Organization | None:
    """Return the body above; with `on`, the one that stands in its place on that day."""
    if body.parent_id is None:
        return None
    parent = session.get_one(Organization, body.parent_id)
    return parent if on is None else as_of(session, parent, on=on)


def letterhead_parent(session: Session, body: Organization, *, on: date) -> Organization | None:
    """Return the body whose name the papers of `body` print above its own on a day; None when they print none."""
    return superior(session, body, on=on) if ORGANIZATION_KINDS[body.type].prints_parent else None


def account(session: Session, account_id: UUID) -> Account:
    """Return one account, open or closed; raises NotFoundError."""
    found = session.get(Account, account_id)
    if found is None:
        raise NotFoundError
    return found


def account_named(session: Session, username: str) -> Account | None:
    """Return the account of a user name, open or closed."""
    return session.scalars(select(Account).where(Account.username == username.strip().casefold())).one_or_none()


def members(session: Session, body: Organization, *, on: date) -> list[Membership]:
    """Return the offices held in a body on a day, by role and name."""
    query = (
        select(Membership)
        .join(Membership.account)
        .options(contains_eager(Membership.account))
        .where(Membership.organization_id == body.id, valid_on(Membership, on))
        .order_by(Membership.role, Account.full_name, Membership.id)
    )
    return list(session.scalars(query))


def tokens(session: Session, holder: Account) -> Sequence[AccessToken]:
    """Return the tokens of an account, the newest first, with those that no longer hold."""
    query = select(AccessToken).where(AccessToken.account_id == holder.id)
    return session.scalars(query.order_by(AccessToken.created_at.desc(), AccessToken.id)).all()


def admin_unit(session: Session, code: str, *, on: date) -> AdminUnit | None:
    """Return the province or commune that has an official code on a day."""
    return session.scalars(select(AdminUnit).where(AdminUnit.code == code, valid_on(AdminUnit, on))).one_or_none()


def communes(session: Session, province_code: str, *, on: date) -> list[AdminUnit]:
    """Return the communes of a province on a day, by code."""
    query = select(AdminUnit).where(
        AdminUnit.level == "commune", AdminUnit.province_code == province_code, valid_on(AdminUnit, on)
    )
    return list(session.scalars(query.order_by(AdminUnit.code)))


def provinces(session: Session, *, on: date) -> list[AdminUnit]:
    """Return the provinces on a day, by code."""
    query = select(AdminUnit).where(AdminUnit.level == "province", valid_on(AdminUnit, on))
    return list(session.scalars(query.order_by(AdminUnit.code)))


def _earlier_version(session: Session, body: Organization, *, on: date) -> Organization | None:
    query = select(Organization).where(Organization.code == body.code, valid_on(Organization, on))
    return session.scalars(query).one_or_none()
