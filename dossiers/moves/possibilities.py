"""What can be done now, by whom, and why not: for the page of a dossier and for lists of work.  Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import NotFoundError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read
from dossiers.moves.proceedings import beginning_problems
from dossiers.moves.situations import Survey, offices_in, survey
from workflow.engine import Possibility
from workflow.model import Clause, Procedure, Transition
from workflow.predicates import PaperTest, wanted_in


def possible_moves(
    session: Session, law: Law, dossier: Dossier, actor: Actor, *, at: datetime, proceeding: Proceeding | None = None
) -> tuple[Possibility, ...]:
    """Return every move from where the dossier (or one of its side machines) stands."""
    seen = survey(session, law, [dossier.id])
    return surveyed_moves(session, law, seen, dossier, actor, at=at, proceeding=proceeding)


def surveyed_moves(
    session: Session,
    law: Law,
    seen: Survey,
    dossier: Dossier,
    actor: Actor,
    *,
    at: datetime,
    proceeding: Proceeding | None = None,
) -> tuple[Possibility, ...]:
    """Return every move of a dossier that was surveyed; asks the database only for editions no longer shipped."""
    sha256 = proceeding.procedure_sha256 if proceeding else dossier.procedure_sha256
    procedure = law.pinned(session, sha256)
    situation = seen.situation(dossier, occurred_at=at, proceeding=proceeding)
    who = offices_in(seen.parties[dossier.id], procedure, actor)
    found = law.engine_under(procedure, seen.calendar).available(situation, who)
    sides = seen.proceedings[dossier.id]
    return tuple(_unless_open(session, law, sides, each) for each in found)


def _unless_open(session: Session, law: Law, sides: Sequence[Proceeding], move: Possibility) -> Possibility:
    """Return the move as it is once a side machine that it would begin, and that is open already, is looked at."""
    problems = beginning_problems(session, law, sides, move.transition)
    if not problems:
        return move
    return replace(move, allowed=False, reasons=(*move.reasons, *problems))


def transition_of(procedure: Procedure, state: str, trigger: str) -> Transition:
    """Return the act as it is made from here, or from elsewhere; raises NotFoundError for a name the law has not."""
    candidates = procedure.by_trigger.get(trigger, ())
    if not candidates:
        raise NotFoundError
    return next((each for each in candidates if state in each.source), candidates[0])


def papers_of_act(procedure: Procedure, act: Transition) -> tuple[tuple[str, ...], ...]:
    """Return the papers, each with its alternatives, that an act requires or a condition of it may ask for."""
    clauses = [clause for guard in act.guards for clause in procedure.guards[guard].clauses]
    return tuple(dict.fromkeys((*act.requires, *_papers_in(clauses))))


def papers_asked(procedure: Procedure, move: Possibility) -> tuple[tuple[str, ...], ...]:
    """Return the papers that a move requires, and those that a condition standing in its way asks for."""
    unmet = {(reason.guard, reason.clause) for reason in move.reasons}
    guards = [procedure.guards[name] for name in move.transition.guards]
    clauses = [clause for guard in guards for clause in guard.clauses if (guard.id, clause.id) in unmet]
    return tuple(dict.fromkeys((*move.transition.requires, *_papers_in(clauses))))


def _papers_in(clauses: Iterable[Clause]) -> tuple[tuple[str, ...], ...]:
    tests = (test for clause in clauses for test in wanted_in(clause.require))
    return tuple(dict.fromkeys(test.forms for test in tests if isinstance(test, PaperTest)))


def proceeding_to_read(session: Session, proceeding_id: UUID, actor: Actor) -> tuple[Proceeding, Dossier]:
    """Return a side machine and its dossier if the caller may read them; raises NotFoundError."""
    proceeding = session.get(Proceeding, proceeding_id)
    if proceeding is None:
        raise NotFoundError
    return proceeding, dossier_to_read(session, proceeding.dossier_id, actor)
