"""Let time act: windows that ended move the dossier on, limits that ran out raise their alarm.

Called before every act of an officer and by the worker; asks nobody and reads no clock.
"""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.errors import DossierError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.limits.models import Deadline
from dossiers.limits.operations import overdue_code, raise_alarm
from dossiers.limits.queries import run_out
from dossiers.moves.proceedings import move_sides
from dossiers.moves.recording import Circumstances, record_decision
from dossiers.moves.recount import CLOCK, recount_dossier
from dossiers.moves.situations import situation_of
from storage.database import Database
from storage.errors import StorageError
from workflow import engine
from workflow.model import Procedure
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import Expiry, Text

log = logging.getLogger("hoso.worker")

#: A dossier cannot be moved on by time more often than this in one go: more would be a loop in the law.
ADVANCES_MAX = 20


def advance_dossier(session: Session, law: Law, dossier: Dossier, *, at: datetime) -> int:
    """Fire every act that time alone brings about by `at`, in the order of their ends; return how many.

    Limits are brought up to the days off known now first: none runs out under a calendar that is no longer in force.
    """
    recount_dossier(session, law, dossier, at=at)
    procedure = law.pinned(session, dossier.procedure_sha256)
    for done in range(ADVANCES_MAX):
        if not _advance_once(session, law, procedure, dossier, at):
            return done
    raise AssertionError("time moves this dossier in a circle")


def _advance_once(session: Session, law: Law, procedure: Procedure, dossier: Dossier, at: datetime) -> bool:
    ended = (
        select(Deadline)
        .where(Deadline.dossier_id == dossier.id, Deadline.state == "running", Deadline.due_at <= at)
        .order_by(Deadline.due_at)
    )
    for row in session.scalars(ended).all():
        rule = procedure.limits.get(row.rule)
        if rule is None or rule.on_expiry is not Expiry.ADVANCE or rule.advances is None:
            continue
        assert row.due_at is not None
        occurred_at = max(row.due_at, dossier.last_act_at)
        situation = situation_of(session, law, dossier, occurred_at=occurred_at)
        try:
            decision = law.engine(session, procedure).decide(
                situation, engine.Act(rule.advances, {}, at), engine.Actor(frozenset([CLOCK.role]))
            )
        except MoveRefusedError:
            continue  # the dossier has left the state in which this end means something
        circumstances = Circumstances(CLOCK, occurred_at, at)
        record_decision(session, law, procedure, dossier, decision, circumstances)
        move_sides(session, law, dossier, decision.transition, circumstances)
        return True
    return False


def advance_all(database: Database, law: Law, *, at: datetime) -> int:
    """Let time act on every dossier with a limit that ran out, each in a transaction of its own; return how many acts.

    A dossier that cannot be advanced is logged by its id and left for the next look; it never holds up the others.
    """
    with database.reading() as session:
        waiting = run_out(session, at=at)
    done = 0
    for dossier_id in waiting:
        try:
            with database.transaction() as session:
                done += advance_one(session, law, dossier_id, at=at)
        except (StorageError, DossierError, ValueError) as fault:
            log.exception("dossier %s cannot be advanced: %s", dossier_id, type(fault).__name__)
    return done


def advance_one(session: Session, law: Law, dossier_id: UUID, *, at: datetime) -> int:
    """Do all that time brings about in one dossier, unless somebody else holds it; return how many acts it moved by."""
    query = select(Dossier).where(Dossier.id == dossier_id).with_for_update(skip_locked=True)
    dossier = session.scalars(query).one_or_none()
    if dossier is None:
        return 0
    moved = advance_dossier(session, law, dossier, at=at)
    see_to_expired(session, law, dossier, at=at)
    return moved


def see_to_expired(session: Session, law: Law, dossier: Dossier, *, at: datetime) -> None:
    """Mark the limits whose end has come as seen to, raising an alarm where the law says so."""
    query = select(Deadline).where(
        Deadline.dossier_id == dossier.id,
        Deadline.state == "running",
        Deadline.due_at <= at,
        Deadline.expiry_seen_at.is_(None),
    )
    for row in session.scalars(query).all():
        row.expiry_seen_at = at
        rule = _law_of(session, law, dossier, row).limits.get(row.rule)
        if rule is None or rule.on_expiry is not Expiry.ALARM:
            continue
        text = Text(f"Đã hết thời hạn: {rule.title.vi}", f"The limit has run out: {rule.title.en}")
        raise_alarm(session, dossier.id, overdue_code(rule.id), text, basis=rule.basis, seq=None, at=at)


def _law_of(session: Session, law: Law, dossier: Dossier, row: Deadline) -> Procedure:
    """Return the edition that started the limit: of the dossier, or of the side machine."""
    proceeding = session.get(Proceeding, row.proceeding_id) if row.proceeding_id else None
    return law.pinned(session, proceeding.procedure_sha256 if proceeding else dossier.procedure_sha256)
