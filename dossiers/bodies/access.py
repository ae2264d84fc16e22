"""Who somebody is on a day and what their offices let them do.

Never decides what an office does to a dossier: that follows from the procedure in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import AccessToken, Account, Delegation, Membership, Organization
from dossiers.bodies.validity import day_of, valid_on
from dossiers.errors import NotAllowedError, TokenRefusedError

#: Right -> the roles that have it; a role that is not listed is refused.
RIGHTS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        right: frozenset(role.id for role in ROLES.values() if right in role.rights)
        for right in sorted({right for role in ROLES.values() for right in role.rights})
    }
)


@dataclass(frozen=True, slots=True)
class Delegated:
    """The decision by which an office is held for its head: whose it is, number and day of the paper."""

    delegation_id: UUID
    giver_id: UUID
    decision_no: str
    decision_date: date


@dataclass(frozen=True)
class Office:
    """An office in a body, and the former bodies whose dossiers that body carries on (mergers, renamings)."""

    role: str
    organization_id: UUID
    organization_type: str
    name: str
    succeeded_ids: frozenset[UUID] = frozenset()
    #: None for an own office.
    delegated: Delegated | None = None

    def acts_for(self, organization_id: UUID | None) -> bool:
        """Say whether the holder signs for that body: the own one, or one that it has succeeded."""
        return organization_id == self.organization_id or organization_id in self.succeeded_ids


@dataclass(frozen=True)
class Actor:
    """Somebody signed in, with the offices held on one day."""

    account_id: UUID
    full_name: str
    username: str
    offices: tuple[Office, ...]
    language: str

    @cached_property
    def organization_ids(self) -> frozenset[UUID]:
        """Return the bodies this person works for, with those that they have succeeded."""
        own = {office.organization_id for office in self.offices}
        return frozenset(own.union(*(office.succeeded_ids for office in self.offices)))


def may(actor: Actor, right: str) -> bool:
    """Say whether one of the actor's offices has the right; a right that does not exist is a fault of the caller."""
    assert right in RIGHTS
    return any(office.role in RIGHTS[right] for office in actor.offices)


def require(actor: Actor, right: str) -> None:
    """Raise NotAllowedError unless one of the actor's offices has the right."""
    if not may(actor, right):
        raise NotAllowedError


def actor_of(session: Session, account: Account, *, on: date) -> Actor:
    """Return the account's holder with the offices held on a day, in bodies that existed on that day.

    No offices after the day on which the account was closed.
    """
    offices: tuple[Office, ...] = ()
    if account.closed_at is None or on <= day_of(account.closed_at):
        giver = aliased(Membership)
        stands = or_(Delegation.membership_id.is_(None), _stands(giver, on))
        held = (
            select(Membership.role, Organization, Delegation, giver.account_id)
            .join(Membership.organization)
            .outerjoin(Delegation, Delegation.membership_id == Membership.id)
            .outerjoin(giver, giver.id == Delegation.giver_membership_id)
            .where(Membership.account_id == account.id, valid_on(Membership, on), valid_on(Organization, on), stands)
            # Own offices first: what somebody may do in them needs no delegation.
            .order_by(Delegation.membership_id.is_not(None), Membership.valid_from, Membership.role, Organization.code)
        )
        rows = session.execute(held).all()
        former = _succeeded_by(session, {body.id for _, body, _, _ in rows}, on=on)
        offices = tuple(
            Office(role, body.id, body.type, body.name, former[body.id], _delegated(given, giver_id))
            for role, body, given, giver_id in rows
        )
    return Actor(account.id, account.full_name, account.username, offices, account.language)


def _stands(giver: type[Membership], on: date) -> ColumnElement[bool]:
    """Return the condition that a delegation is in force: not taken back, and both sides hold their own offices."""
    own, other, who = aliased(Membership), aliased(Delegation), aliased(Account)
    at_work = (
        select(own.id)
        .outerjoin(other, other.membership_id == own.id)
        .where(own.account_id == Membership.account_id, own.organization_id == Membership.organization_id)
        .where(valid_on(own, on), other.membership_id.is_(None))
    )
    still_there = select(who.id).where(who.id == giver.account_id, who.closed_at.is_(None))
    return and_(Delegation.revoked_at.is_(None), valid_on(giver, on), at_work.exists(), still_there.exists())


def _delegated(given: Delegation | None, giver_id: UUID | None) -> Delegated | None:
    if given is None or giver_id is None:
        return None
    return Delegated(given.membership_id, giver_id, given.decision_no, given.decision_date)


def account_of_token(session: Session, token: str, *, at: datetime) -> Account:
    """Return the account a bearer token stands for; raises TokenRefusedError, never saying why."""
    found = session.scalars(select(AccessToken).where(AccessToken.token_sha256 == token_digest(token))).one_or_none()
    if found is None or found.revoked_at is not None or found.expires_at <= at:
        raise TokenRefusedError
    account = session.get_one(Account, found.account_id)
    if account.closed_at is not None:
        raise TokenRefusedError
    return account


def token_digest(token: str) -> str:
    """Return what is kept of a token: its SHA-256, which is enough for a secret of 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _succeeded_by(session: Session, bodies: Iterable[UUID], *, on: date) -> dict[UUID, frozenset[UUID]]:
    """Return, for each body, the bodies that ended by the day and whose line of successors leads to it."""
    gathered: dict[UUID, set[UUID]] = {body: set() for body in bodies}
    frontier = {body: {body} for body in gathered}
    while frontier:
        ended = select(Organization.id, Organization.successor_id).where(
            Organization.successor_id.in_(frontier), Organization.valid_to <= on
        )
        reached: dict[UUID, set[UUID]] = {}
        for former, successor in session.execute(ended):
            assert successor is not None
            for body in frontier[successor]:
                if former != body and former not in gathered[body]:
                    gathered[body].add(former)
                    reached.setdefault(former, set()).add(body)
        frontier = reached
    return {body: frozenset(former) for body, former in gathered.items()}
