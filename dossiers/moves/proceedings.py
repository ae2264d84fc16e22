"""Opens the side machines of a dossier and moves them along with an act of the main procedure."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dossiers.errors import MoveRefusedError
from dossiers.evidence.diary import Happening, append_entry
from dossiers.files.editions import Law, keep_edition
from dossiers.files.models import Dossier, Proceeding
from dossiers.moves.recording import Circumstances, record_decision
from dossiers.moves.situations import proceedings_of, situation_of
from workflow import engine, refusals
from workflow.certificates import VIETNAM
from workflow.model import AlsoFire


def open_proceeding(
    session: Session, law: Law, dossier: Dossier, kind: str, circumstances: Circumstances
) -> Proceeding:
    """Open a side machine in its first state, under the edition in force on the day of the act."""
    procedure = law.in_force(kind, circumstances.occurred_at.astimezone(VIETNAM).date())
    keep_edition(session, procedure, at=circumstances.at)
    earlier = [each for each in proceedings_of(session, dossier) if each.kind == kind]
    proceeding = Proceeding(
        dossier_id=dossier.id,
        kind=kind,
        number=len(earlier) + 1,
        edition=procedure.edition,
        procedure_sha256=procedure.sha256,
        state=procedure.initial.id,
        opened_at=circumstances.occurred_at,
        last_act_at=circumstances.occurred_at,
    )
    session.add(proceeding)
    session.flush()
    payload = {"proceeding": f"{kind}/{proceeding.number}", "procedure": procedure.key, "sha256": procedure.sha256}
    append_entry(
        session,
        dossier,
        Happening("proceeding", "opened", None, procedure.initial.id, payload),
        author=circumstances.author,
        occurred_at=circumstances.occurred_at,
        at=circumstances.at,
    )
    return proceeding


def move_along(session: Session, law: Law, dossier: Dossier, also: AlsoFire, circumstances: Circumstances) -> None:
    """Move a side machine with an act of the main procedure, if one is open and stands where it can.

    Raises MoveRefusedError when the act would come before what has happened in the side machine.
    """
    for proceeding in proceedings_of(session, dossier, open_only=True):
        if proceeding.kind != also.procedure:
            continue
        procedure = law.pinned(session, proceeding.procedure_sha256)
        fitting = [t for t in procedure.by_trigger[also.trigger] if proceeding.state in t.source]
        if not fitting:
            continue
        situation = situation_of(session, law, dossier, occurred_at=circumstances.occurred_at, proceeding=proceeding)
        act = engine.Act(also.trigger, {}, circumstances.at, along=True)
        everybody = engine.Actor(frozenset(fitting[0].roles))
        try:
            decision = law.engine(session, procedure).decide(situation, act, everybody)
        except refusals.MoveRefusedError as refused:
            raise MoveRefusedError(refused.reasons) from refused
        record_decision(session, law, procedure, dossier, decision, circumstances, proceeding=proceeding)
