"""Let one act happen in a side machine of a dossier (the hold before the decision …); it may take others along."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import NotFoundError
from dossiers.files.editions import Law
from dossiers.files.models import Proceeding
from dossiers.files.queries import dossier_to_change
from dossiers.moves.advance import advance_dossier
from dossiers.moves.move_dossier import Moved, MoveForm, author_of, decide
from dossiers.moves.proceedings import move_sides
from dossiers.moves.recording import Circumstances, record_decision, watch_custody


def run_proceeding(
    session: Session,
    law: Law,
    proceeding_id: UUID,
    form: MoveForm,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Moved:
    """Let one act happen in a side machine; refuses like `move_dossier`, and counts as a change of the dossier."""
    proceeding = session.get(Proceeding, proceeding_id)
    if proceeding is None:
        raise NotFoundError
    dossier = dossier_to_change(session, proceeding.dossier_id, actor, expected_version=expected_version)
    session.refresh(proceeding)
    advance_dossier(session, law, dossier, at=at)
    procedure = law.pinned(session, proceeding.procedure_sha256)
    decision, role = decide(session, law, procedure, dossier, form, actor=actor, at=at, proceeding=proceeding)
    author = author_of(session, procedure, dossier, actor, role)
    circumstances = Circumstances(author, form.occurred_at or at, at, form.note, form.overrides)
    recorded = record_decision(session, law, procedure, dossier, decision, circumstances, proceeding=proceeding)
    move_sides(session, law, dossier, decision.transition, circumstances)
    watch_custody(session, law, dossier, released=decision.transition.release or decision.transition.ends_title, at=at)
    return Moved(dossier, recorded, decision)
