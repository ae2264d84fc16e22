"""Delegations: a head lets a colleague act in the head's office, for a time and by a written decision.

What is delegated cannot be passed on, ends with the head's own office, and can be taken back at once.  Which offices
may be delegated to whom stands in `roles.toml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from dossiers.bodies.access import RIGHTS, Actor
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Account, Delegation, Membership
from dossiers.bodies.operations import grant_membership
from dossiers.bodies.validity import valid_on
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: The right to delegate an own office.
WRITE: Final = "delegation:write"
_TEXTS: Final = {"decision_no": 60, "reason": 500}


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """What the head states: who acts, by which decision, why, from which day on, and the first day without it."""

    receiver_id: UUID | None
    decision_no: str
    decision_date: date | None
    reason: str
    valid_from: date | None
    valid_to: date | None


def delegate(session: Session, form: DelegationForm, *, actor: Actor, on: date, at: datetime) -> Delegation:
    """Let a colleague act in the caller's office from a day on, up to the day before `valid_to`.

    Raises NotAllowedError for who holds no office of their own that can be delegated, InvalidDataError that lists
    every fault: no colleague who may act in it, no decision, no end, days that cannot be.
    """
    own = own_office(session, actor, on=on)
    texts = {"decision_no": form.decision_no, "reason": form.reason}
    faults = [_fault(name, *_EMPTY) for name, text in texts.items() if not text]
    faults += [_fault(name, *_LONG) for name, text in texts.items() if len(text) > _TEXTS[name]]
    receiver = next((each for each in colleagues(session, own, on=on) if each.id == form.receiver_id), None)
    if receiver is None:
        faults.append(_fault("receiver", *_NOBODY))
    faults += _day_faults(own, form, on)
    if faults:
        raise InvalidDataError(faults)
    assert receiver is not None
    assert form.decision_date is not None
    assert form.valid_from is not None
    membership = grant_membership(
        session, receiver, own.organization, own.role, valid_from=form.valid_from, valid_to=form.valid_to, at=at
    )
    given = Delegation(
        membership_id=membership.id,
        giver_membership_id=own.id,
        decision_no=form.decision_no,
        decision_date=form.decision_date,
        reason=form.reason,
        given_at=at,
    )
    session.add(given)
    session.flush()
    return given


def revoke(session: Session, delegation_id: UUID, *, actor: Actor, everywhere: bool = False, at: datetime) -> None:
    """Take a delegation back at once; twice changes nothing.

    Raises NotFoundError for one that the caller did not give; `everywhere` is for who keeps the accounts.
    """
    found = session.get(Delegation, delegation_id, options=[joinedload(Delegation.giver)])
    if found is None or not (everywhere or found.giver.account_id == actor.account_id):
        raise NotFoundError
    if found.revoked_at is None:
        found.revoked_at, found.revoked_by_id = at, actor.account_id
    session.flush()


def own_office(session: Session, actor: Actor, *, on: date) -> Membership:
    """Return the caller's own office that can be delegated; raises NotAllowedError without one."""
    query = (
        select(Membership)
        .outerjoin(Delegation, Delegation.membership_id == Membership.id)
        .where(Membership.account_id == actor.account_id, Membership.role.in_(sorted(RIGHTS[WRITE])))
        .where(valid_on(Membership, on), Delegation.membership_id.is_(None))
        .options(joinedload(Membership.organization))
        .order_by(Membership.valid_from, Membership.role)
    )
    found = session.scalars(query).first()
    if found is None:
        raise NotAllowedError
    return found


def colleagues(session: Session, own: Membership, *, on: date) -> Sequence[Account]:
    """Return who may act in an office: others who hold, in the same body and of their own, an office that it names."""
    query = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .outerjoin(Delegation, Delegation.membership_id == Membership.id)
        .where(Membership.organization_id == own.organization_id, valid_on(Membership, on))
        .where(Membership.role.in_(sorted(ROLES[own.role].delegable_to)), Delegation.membership_id.is_(None))
        .where(Account.id != own.account_id, Account.closed_at.is_(None))
        .order_by(Account.full_name, Account.username)
        .distinct()
    )
    return session.scalars(query).all()


def delegations_of(session: Session, actor: Actor) -> Sequence[Delegation]:
    """Return what the caller gave and was given, the newest first."""
    given, held = aliased(Membership), aliased(Membership)
    query = (
        _shown()
        .join(given, given.id == Delegation.giver_membership_id)
        .join(held, held.id == Delegation.membership_id)
        .where(or_(given.account_id == actor.account_id, held.account_id == actor.account_id))
    )
    return session.scalars(query).unique().all()


def delegations(session: Session, *, limit: int, offset: int) -> Sequence[Delegation]:
    """Return a page of all delegations, the newest first."""
    return session.scalars(_shown().limit(limit).offset(offset)).unique().all()


def _shown() -> Select[Delegation]:
    return (
        select(Delegation)
        .options(
            joinedload(Delegation.membership).joinedload(Membership.account),
            joinedload(Delegation.membership).joinedload(Membership.organization),
            joinedload(Delegation.giver).joinedload(Membership.account),
        )
        .order_by(Delegation.given_at.desc(), Delegation.membership_id)
    )


def _day_faults(own: Membership, form: DelegationForm, on: date) -> list[Reason]:
    decided, begins, ends = form.decision_date, form.valid_from, form.valid_to
    days = {"decision_date": decided, "valid_from": begins, "valid_to": ends}
    faults = [_fault(name, *_NO_DAY) for name, day in days.items() if day is None]
    if decided is not None and (decided > on or (begins is not None and decided > begins)):
        faults.append(_fault("decision_date", *_DECIDED_LATE))
    if begins is not None and begins < on:
        faults.append(_fault("valid_from", *_PAST))
    if begins is not None and ends is not None and ends <= begins:
        faults.append(_fault("valid_to", *_ORDER))
    if ends is not None and own.valid_to is not None and ends > own.valid_to:
        faults.append(_fault("valid_to", *_TOO_LONG))
    return faults


def _fault(item: str, vi: str, en: str) -> Reason:
    return Reason("BAD_FIELD", Text(vi, en), "", Effect.REFUSE, clause=item)


_EMPTY: Final = ("Chưa điền mục này", "This item is empty")
_LONG: Final = ("Nội dung quá dài", "This is too long")
_NO_DAY: Final = ("Chưa điền ngày hoặc ngày không hợp lệ", "The day is missing or is none")
_NOBODY: Final = (
    "Chọn người đang giữ chức vụ được nhận ủy quyền trong cùng cơ quan",
    "Choose somebody of the same body who holds an office that may act in this one",
)
_DECIDED_LATE: Final = (
    "Văn bản ủy quyền phải có trước khi bắt đầu và không ở tương lai",
    "The decision comes before the delegation begins, and not in the future",
)
_PAST: Final = ("Ủy quyền không có hiệu lực cho thời gian đã qua", "Nothing is delegated for the past")
_ORDER: Final = ("Ngày hết ủy quyền phải sau ngày bắt đầu", "The delegation ends after it begins")
_TOO_LONG: Final = ("Không thể kéo dài hơn chức vụ của chính mình", "It cannot last longer than the own office")
