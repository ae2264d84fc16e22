"""What can be done in several dossiers, and what acts would do to them, with as many statements as for one.

Reads only.  A list of work asks this for a page of dossiers; a page of one dossier asks `possibilities`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import InvalidDataError, MoveRefusedError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.moves.deciding import judge_by
from dossiers.moves.move_dossier import MoveForm
from dossiers.moves.possibilities import surveyed_moves
from dossiers.moves.proceedings import beginning_problems
from dossiers.moves.recording import organization_problems
from dossiers.moves.situations import Survey, offices_in, survey
from workflow.engine import Act, Decision, Possibility
from workflow.refusals import Reason


@dataclass(frozen=True, slots=True)
class Intended:
    """An act that somebody is about to record: in which dossier, and the forms that will be put on file with it."""

    dossier: Dossier
    form: MoveForm
    forms_added: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What an act would do as things stand: the decision, or every reason against it."""

    decision: Decision | None
    reasons: tuple[Reason, ...] = ()


def possible_moves_of_each(
    session: Session, law: Law, dossiers: Collection[Dossier], actor: Actor, *, at: datetime
) -> dict[UUID, tuple[Possibility, ...]]:
    """Return every move from where each of several dossiers stands; side machines are left out."""
    seen = survey(session, law, [dossier.id for dossier in dossiers])
    return {dossier.id: surveyed_moves(session, law, seen, dossier, actor, at=at) for dossier in dossiers}


def foresee(
    session: Session, law: Law, acts: Sequence[Intended], actor: Actor, *, at: datetime
) -> dict[UUID, Foreseen]:
    """Return what each act would do, by dossier: one act a dossier.  Records nothing, locks nothing.

    The act itself is judged again when it is recorded; what has changed until then counts.
    """
    seen = survey(session, law, [each.dossier.id for each in acts])
    return {each.dossier.id: _foreseen(session, law, seen, each, actor, at) for each in acts}


def _foreseen(session: Session, law: Law, seen: Survey, act: Intended, actor: Actor, at: datetime) -> Foreseen:
    dossier, form = act.dossier, act.form
    procedure = law.pinned(session, dossier.procedure_sha256)
    situation = seen.situation(dossier, occurred_at=form.occurred_at or at)
    situation = replace(
        situation,
        papers=situation.papers | act.forms_added,
        unused_papers=situation.unused_papers | act.forms_added,
    )
    who = offices_in(seen.parties[dossier.id], procedure, actor)
    stated = Act(form.trigger, form.fields, at, form.overrides)
    sides = seen.proceedings[dossier.id]
    try:
        decision = judge_by(law.engine_under(procedure, seen.calendar), situation, stated, who)
    except MoveRefusedError as refused:
        begun = refused.transition
        problems = beginning_problems(session, law, sides, begun) if begun is not None else []
        return Foreseen(None, (*refused.reasons, *problems))
    except InvalidDataError as refused:
        return Foreseen(None, refused.reasons)
    problems = organization_problems(session, procedure, decision.stated)
    problems += beginning_problems(session, law, sides, decision.transition)
    return Foreseen(None, tuple(problems)) if problems else Foreseen(decision)
