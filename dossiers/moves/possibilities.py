"""What can be done now, by whom, and why not: for the page of a dossier and for the inbox of a body.  Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import NotFoundError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read, dossiers_to_work_on, dossiers_with_side_work
from dossiers.limits.models import Alarm, Deadline
from dossiers.limits.queries import urgency_order
from dossiers.moves.proceedings import beginning_problems
from dossiers.moves.situations import actor_in, situation_of
from workflow.engine import Possibility
from workflow.model import Procedure, Transition

#: The most dossiers an inbox looks at in one go.
INBOX_ROWS_MAX = 500


@dataclass(frozen=True, slots=True)
class InboxItem:
    """A dossier that waits for the caller's body: its soonest limit and its standing alarms."""

    dossier: Dossier
    procedure: Procedure
    soonest: Deadline | None
    alarms: tuple[Alarm, ...]


def possible_moves(
    session: Session, law: Law, dossier: Dossier, actor: Actor, *, at: datetime, proceeding: Proceeding | None = None
) -> tuple[Possibility, ...]:
    """Return every move from where the dossier (or one of its side machines) stands."""
    sha256 = proceeding.procedure_sha256 if proceeding else dossier.procedure_sha256
    procedure = law.pinned(session, sha256)
    situation = situation_of(session, law, dossier, occurred_at=at, proceeding=proceeding)
    who = actor_in(session, procedure, dossier, actor)
    found = law.engine(session, procedure).available(situation, who)
    return tuple(_unless_open(session, law, dossier, each) for each in found)


def _unless_open(session: Session, law: Law, dossier: Dossier, move: Possibility) -> Possibility:
    """Return the move as it is once a side machine that it would begin, and that is open already, is looked at."""
    problems = beginning_problems(session, law, dossier, move.transition)
    if not problems:
        return move
    return replace(move, allowed=False, reasons=(*move.reasons, *problems))


def transition_of(procedure: Procedure, state: str, trigger: str) -> Transition:
    """Return the act as it is made from here, or from elsewhere; raises NotFoundError for a name the law has not."""
    candidates = procedure.by_trigger.get(trigger, ())
    if not candidates:
        raise NotFoundError
    return next((each for each in candidates if state in each.source), candidates[0])


def proceeding_to_read(session: Session, proceeding_id: UUID, actor: Actor) -> tuple[Proceeding, Dossier]:
    """Return a side machine and its dossier if the caller may read them; raises NotFoundError."""
    proceeding = session.get(Proceeding, proceeding_id)
    if proceeding is None:
        raise NotFoundError
    return proceeding, dossier_to_read(session, proceeding.dossier_id, actor)


def inbox(session: Session, law: Law, actor: Actor, *, limit: int) -> list[InboxItem]:
    """Return the dossiers in which the caller's bodies can act now, also in a side machine; the soonest limit first."""
    places = _places(law, actor)
    main = {(body, state) for kind, body, state in places if kind is None}
    side = {(kind, body, state) for kind, body, state in places if kind is not None}
    order = urgency_order(Dossier.id)
    rows = {row.id: row for row in dossiers_to_work_on(session, actor, main, order=order, limit=INBOX_ROWS_MAX)}
    rows |= {row.id: row for row in dossiers_with_side_work(session, actor, side, order=order, limit=INBOX_ROWS_MAX)}
    ids = list(rows)
    soonest = _soonest(session, ids)
    alarms = _alarms(session, ids)
    items = [
        InboxItem(row, law.pinned(session, row.procedure_sha256), soonest.get(row.id), tuple(alarms.get(row.id, ())))
        for row in rows.values()
    ]
    items.sort(key=_urgency)
    return items[:limit]


def _places(law: Law, actor: Actor) -> set[tuple[str | None, str, str]]:
    """Return where the caller's roles can act: side machine (None for the main one), place of the procedure, state."""
    roles = {office.role for office in actor.offices}
    return {
        (procedure.id if procedure.side else None, role.body, state)
        for procedure in law.procedures
        for transition in procedure.transitions
        for role in (procedure.roles[name] for name in transition.roles if name in roles)
        if role.body is not None
        for state in transition.source
    }


def _urgency(item: InboxItem) -> tuple[bool, bool, datetime]:
    due = item.soonest.due_at if item.soonest else None
    return (not item.alarms, due is None, due or item.dossier.last_act_at)


def _soonest(session: Session, ids: Sequence[UUID]) -> dict[UUID, Deadline]:
    query = (
        select(Deadline)
        .where(Deadline.dossier_id.in_(ids), Deadline.state == "running", Deadline.due_at.is_not(None))
        .order_by(Deadline.due_at.desc())
    )
    return {row.dossier_id: row for row in session.scalars(query)}


def _alarms(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Alarm]]:
    found: dict[UUID, list[Alarm]] = {}
    for alarm in session.scalars(select(Alarm).where(Alarm.dossier_id.in_(ids), Alarm.resolved_at.is_(None))):
        found.setdefault(alarm.dossier_id, []).append(alarm)
    return found
