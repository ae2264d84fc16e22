"""What waits for the caller's bodies, and what they wait for: every dossier counted, the soonest first.  Reads only.

Everything in hand is looked at in two statements, with as little of each dossier as sorting and counting need; what a
page shows of some of them is read afterwards, again in as many statements as for one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, and_, or_, select
from sqlalchemy.orm import Session, defer, joinedload

from dossiers.bodies.access import Actor
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.limits.models import Alarm, Deadline
from dossiers.limits.queries import alarmed, soonest_end, urgency_order
from workflow.model import Procedure
from workflow.vocabulary import LimitKind

#: What nobody is late with when it runs out.
_NO_DUTY = (LimitKind.MINIMUM, LimitKind.PERIOD)


class Waiting(NamedTuple):
    """A dossier in hand: whether one of the caller's bodies can act in it now, and what is urgent about it."""

    dossier_id: UUID
    procedure_sha256: str
    state: str
    #: True when it waits for the caller's bodies; else they wait for others.
    ours: bool
    alarmed: bool
    #: Whether a running limit that it is a duty of the caller's bodies, or of nobody named, to keep is over or soon is.
    late: bool
    soon: bool


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A dossier as a list of work shows it: its soonest limit and its standing alarms."""

    dossier: Dossier
    procedure: Procedure
    soonest: Deadline | None
    alarms: tuple[Alarm, ...]


def waiting_dossiers(
    session: Session, law: Law, actor: Actor, *, at: datetime, soon: timedelta = timedelta(0)
) -> list[Waiting]:
    """Return every dossier in the hands of the caller's bodies that is not at its end, the most urgent first.

    Alarms come first, then the soonest end of a running limit, anybody's; `soon` says which duties end soon.
    """
    if not actor.organization_ids:
        return []
    places = _places(law, frozenset(office.role for office in actor.offices))
    in_sides = _work_in_sides(session, places, actor)
    found: dict[UUID, Waiting] = {}
    for dossier_id, sha256, state, body, alarm, over, ends_soon in session.execute(_in_hand(law, actor, at, at + soon)):
        ours = (None, body, state) in places or dossier_id in in_sides
        line = Waiting(dossier_id, sha256, state, ours, bool(alarm), bool(over), bool(ends_soon and not over))
        found[dossier_id] = _joined(found[dossier_id], line) if dossier_id in found else line
    return list(found.values())


def inbox(session: Session, law: Law, actor: Actor, *, at: datetime, limit: int) -> list[InboxItem]:
    """Return the dossiers in which the caller's bodies can act now, also in a side machine; the soonest limit first."""
    ours = [each for each in waiting_dossiers(session, law, actor, at=at) if each.ours]
    return inbox_items(session, law, [each.dossier_id for each in ours[:limit]], at=at)


def inbox_items(session: Session, law: Law, ids: Sequence[UUID], *, at: datetime) -> list[InboxItem]:
    """Return these dossiers, in this order, as a list of work shows them at a moment."""
    whole = (joinedload(Dossier.person), joinedload(Dossier.holder))
    rows = {row.id: row for row in session.scalars(select(Dossier).where(Dossier.id.in_(ids)).options(*whole))}
    soonest, alarms = _soonest(session, law, ids, at), _alarms(session, ids)
    return [
        InboxItem(row, law.pinned(session, row.procedure_sha256), soonest.get(row.id), tuple(alarms.get(row.id, ())))
        for row in (rows[each] for each in ids)
    ]


@lru_cache(maxsize=256)
def _places(law: Law, roles: frozenset[str]) -> frozenset[tuple[str | None, str, str]]:
    """Return where these roles can act: side machine (None for the main one), place of the procedure, state."""
    return frozenset(
        (procedure.id if procedure.side else None, role.body, state)
        for procedure in law.procedures
        for transition in procedure.transitions
        for role in (procedure.roles[name] for name in transition.roles if name in roles)
        if role.body is not None
        for state in transition.source
    )


@lru_cache(maxsize=8)
def _over(law: Law) -> frozenset[str]:
    """Return the states that are an end, and one from which nobody acts, in every procedure that has them."""
    states = [(each, state) for each in law.procedures if not each.side for state in each.states.values()]
    going = {state.id for _, state in states if not state.terminal}
    going |= {name for each, _ in states for transition in each.transitions for name in transition.source}
    return frozenset(state.id for _, state in states) - going


@lru_cache(maxsize=8)
def _no_duties(law: Law) -> frozenset[str]:
    """Return the limits that nobody is late with."""
    limits = [limit for each in law.procedures for limit in each.limits.values()]
    return frozenset(each.id for each in limits) - {each.id for each in limits if each.kind not in _NO_DUTY}


def _in_hand(law: Law, actor: Actor, at: datetime, soon: datetime) -> Executable:
    own, alarm = soonest_end(Dossier.id, owner=DossierParty.body, without=_no_duties(law)), alarmed(Dossier.id)
    return (
        select(Dossier.id, Dossier.procedure_sha256, Dossier.state, DossierParty.body, alarm, own <= at, own <= soon)
        .join(DossierParty, DossierParty.dossier_id == Dossier.id)
        .where(_ours(actor), Dossier.state.not_in(_over(law)))
        .order_by(*urgency_order(Dossier.id, over=(_no_duties(law), at)), Dossier.last_act_at)
    )


def _work_in_sides(session: Session, places: Collection[tuple[str | None, str, str]], actor: Actor) -> set[UUID]:
    """Return the dossiers with an open side machine in which the caller's bodies can act."""
    query = (
        select(Proceeding.dossier_id, Proceeding.kind, DossierParty.body, Proceeding.state)
        .join(DossierParty, DossierParty.dossier_id == Proceeding.dossier_id)
        .where(_ours(actor), Proceeding.closed_at.is_(None))
    )
    return {row.dossier_id for row in session.execute(query) if (row.kind, row.body, row.state) in places}


def _ours(actor: Actor) -> ColumnElement[bool]:
    return and_(DossierParty.until_seq.is_(None), DossierParty.organization_id.in_(actor.organization_ids))


def _joined(one: Waiting, other: Waiting) -> Waiting:
    """Return the one line of a dossier in which the caller's bodies fill two places."""
    late = one.late or other.late
    return one._replace(ours=one.ours or other.ours, late=late, soon=not late and (one.soon or other.soon))


def _soonest(session: Session, law: Law, ids: Sequence[UUID], at: datetime) -> Mapping[UUID, Deadline]:
    """Return the soonest limit of each dossier; what nobody is late with is left out once it has ended."""
    matters = or_(Deadline.rule.not_in(_no_duties(law)), Deadline.due_at > at)
    query = (
        select(Deadline)
        .options(defer(Deadline.certificate))
        .where(Deadline.dossier_id.in_(ids), Deadline.state == "running", Deadline.due_at.is_not(None), matters)
        .order_by(Deadline.due_at.desc())
    )
    return {row.dossier_id: row for row in session.scalars(query)}


def _alarms(session: Session, ids: Sequence[UUID]) -> Mapping[UUID, list[Alarm]]:
    found: dict[UUID, list[Alarm]] = {}
    for alarm in session.scalars(select(Alarm).where(Alarm.dossier_id.in_(ids), Alarm.resolved_at.is_(None))):
        found.setdefault(alarm.dossier_id, []).append(alarm)
    return found
