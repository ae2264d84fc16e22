"""Opens accounts with a first password, gives and ends offices, closes accounts; finds accounts for who keeps them.

Nobody does any of it to the own account: for that it takes another administrator.  A password is returned once and
kept nowhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload, selectinload

from dossiers.bodies.access import Actor
from dossiers.bodies.models import Account, Membership, Organization
from dossiers.bodies.operations import (
    add_account,
    close_account,
    end_membership,
    grant_membership,
    reset_password,
)
from dossiers.errors import InvalidDataError, NotFoundError
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: Letters and digits that nobody mistakes for each other when a password is read aloud or copied by hand.
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 5


def admit(session: Session, username: str, full_name: str, *, rank: str, at: datetime) -> tuple[Account, str]:
    """Open an account and return it with its first password; raises InvalidDataError that lists every fault."""
    password = first_password(username)
    return add_account(session, username, full_name, password, rank=rank, at=at), password


def replace_password(session: Session, account: Account, *, actor: Actor, at: datetime) -> str:
    """Return a new password of somebody who lost theirs; all sessions end, all tokens are revoked.

    Raises InvalidDataError for the own account and for one that is closed.
    """
    _must_be_another(account, actor)
    if account.closed_at is not None:
        raise InvalidDataError([_reason("ACCOUNT_CLOSED", None, "Tài khoản đã đóng", "The account is closed")])
    password = first_password(account.username)
    reset_password(session, account, password, at=at)
    return password


def give_office(
    session: Session,
    account: Account,
    body: Organization,
    role: str,
    *,
    valid_from: date,
    valid_to: date | None,
    actor: Actor,
    at: datetime,
) -> Membership:
    """Give somebody else an office; raises InvalidDataError for the own account and what the office cannot be."""
    _must_be_another(account, actor)
    return grant_membership(session, account, body, role, valid_from=valid_from, valid_to=valid_to, at=at)


def end_office(session: Session, membership: Membership, *, on: date, actor: Actor, at: datetime) -> None:
    """End an office of somebody else; raises InvalidDataError for the own account and a day that cannot be."""
    _must_be_another(membership.account, actor)
    end_membership(session, membership, on=on, at=at)


def shut_account(session: Session, account: Account, *, actor: Actor, at: datetime) -> None:
    """Close an account of somebody else; raises InvalidDataError for the own one."""
    _must_be_another(account, actor)
    close_account(session, account, at=at)


def first_password(username: str) -> str:
    """Return a password made by chance that can be read aloud and does not hold the user name."""
    while True:
        groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
        password = "-".join(groups)
        if not username or username not in password:
            return password


def find_accounts(session: Session, text: str, *, after: str | None, limit: int) -> Sequence[Account]:
    """Return accounts by user name, with their offices; `text` is part of the name, the user name or a body."""
    query = select(Account).options(selectinload(Account.memberships).joinedload(Membership.organization))
    if text:
        in_body = (
            select(Membership.account_id)
            .join(Organization, Organization.id == Membership.organization_id)
            .where(or_(_holds(Organization.name, text), _holds(Organization.code, text)))
        )
        query = query.where(
            or_(_holds(Account.username, text), _holds(Account.full_name, text), Account.id.in_(in_body))
        )
    if after:
        query = query.where(Account.username > after)
    return session.scalars(query.order_by(Account.username).limit(limit)).all()


def account_with_offices(session: Session, account_id: UUID) -> Account:
    """Return an account with every office it holds or held; raises NotFoundError."""
    query = select(Account).where(Account.id == account_id)
    query = query.options(selectinload(Account.memberships).joinedload(Membership.organization))
    account = session.scalars(query).one_or_none()
    if account is None:
        raise NotFoundError
    return account


def office_of(session: Session, account_id: UUID, membership_id: UUID) -> Membership:
    """Return one office of an account; raises NotFoundError."""
    query = select(Membership).where(Membership.id == membership_id, Membership.account_id == account_id)
    query = query.options(joinedload(Membership.account), joinedload(Membership.organization))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def _holds(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Say that a column has the text as typed, in capitals or small: SQLite knows no capitals beyond ASCII."""
    variants = sorted({text, text.upper(), text.lower(), text.title()})
    return or_(*(column.contains(each, autoescape=True) for each in variants))


def _must_be_another(account: Account, actor: Actor) -> None:
    if account.id == actor.account_id:
        vi = "Không ai tự thay đổi vai trò hoặc mật khẩu của mình ở đây: phải do quản trị viên khác thực hiện"
        en = "Nobody changes the own offices or password here: another administrator has to do it"
        raise InvalidDataError([_reason("OWN_ACCOUNT", None, vi, en)])


def _reason(code: str, item: str | None, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE, clause=item)
