"""Let one act happen to a dossier: one transaction, one diary entry, or a refusal that changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import MoveRefusedError
from dossiers.evidence.diary import Author, author_in
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from dossiers.moves.advance import advance_dossier
from dossiers.moves.deciding import judge
from dossiers.moves.open_dossier import open_successor
from dossiers.moves.proceedings import beginning_problems, move_sides
from dossiers.moves.recording import (
    Circumstances,
    Recorded,
    organization_problems,
    record_decision,
    watch_custody,
)
from dossiers.moves.situations import actor_in, proceedings_of, situation_of
from workflow import engine
from workflow.model import Procedure


@dataclass(frozen=True, slots=True)
class MoveForm:
    """What the caller states: the act, when it took place (None = now), its fields, a note, overrides."""

    trigger: str
    occurred_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Moved:
    """What an act did: the diary entry it left, the limits it started, the dossier after it."""

    dossier: Dossier
    recorded: Recorded
    decision: engine.Decision


def move_dossier(
    session: Session,
    law: Law,
    dossier_id: UUID,
    form: MoveForm,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Moved:
    """Let one act happen.

    Raises NotFoundError, StaleVersionError, or MoveRefusedError with every unmet condition and its article.
    Time that has run out acts first (a reading window that ended before `at` is over).
    """
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=expected_version)
    advance_dossier(session, law, dossier, at=at)
    procedure = law.pinned(session, dossier.procedure_sha256)
    decision, role = decide(session, law, procedure, dossier, form, actor=actor, at=at)
    author = author_of(session, procedure, dossier, actor, role)
    circumstances = Circumstances(author, form.occurred_at or at, at, form.note, form.overrides)
    recorded = record_decision(session, law, procedure, dossier, decision, circumstances)
    move_sides(session, law, dossier, decision.transition, circumstances)
    if decision.transition.opens_dossier is not None:
        stated = {**decision.stated, **decision.transition.sets}
        open_successor(session, law, dossier, decision.transition.opens_dossier, circumstances, stated=stated)
    watch_custody(session, law, dossier, released=decision.transition.release or decision.transition.ends_title, at=at)
    return Moved(dossier, recorded, decision)


def decide(
    session: Session,
    law: Law,
    procedure: Procedure,
    dossier: Dossier,
    form: MoveForm,
    *,
    actor: Actor,
    at: datetime,
    proceeding: Proceeding | None = None,
) -> tuple[engine.Decision, str]:
    """Return the decision and the office it is made in; raises MoveRefusedError with every reason."""
    occurred_at = form.occurred_at or at
    situation = situation_of(session, law, dossier, occurred_at=occurred_at, proceeding=proceeding)
    who = actor_in(session, procedure, dossier, actor)
    act = engine.Act(form.trigger, form.fields, at, form.overrides)
    try:
        decision = judge(session, law, procedure, situation, act, who)
    except MoveRefusedError as refused:
        begun = refused.transition
        sides = proceedings_of(session, dossier)
        problems = beginning_problems(session, law, sides, begun) if begun is not None else []
        raise MoveRefusedError([*refused.reasons, *problems], begun) from refused
    problems = organization_problems(session, procedure, decision.stated)
    if problems:
        raise MoveRefusedError(problems)
    own = {office.role for office in actor.offices if office.delegated is None}
    fitting = [role for role in decision.transition.roles if role in who.roles]
    # What somebody may do in an own office is not done by delegation.
    return decision, next((role for role in fitting if role in own), fitting[0])


def author_of(session: Session, procedure: Procedure, dossier: Dossier, actor: Actor, role: str) -> Author:
    """Return the author of an act done in the office `role`, held in the body that fills its place here."""
    place = procedure.roles[role].body
    assert place is not None
    here = current_parties(session, dossier)[place].organization_id
    return author_in(actor, next(each for each in actor.offices if each.role == role and each.acts_for(here)))
