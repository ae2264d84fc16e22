"""Which acts of the law a hand-over can go with: those that put the person, or the dossier, into other hands.

Read from the procedures that a dossier is under; reads only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy.orm import Session

from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.moves.situations import proceedings_of
from workflow.model import Procedure, Transition


def occasions_of(session: Session, law: Law, dossier: Dossier) -> list[Transition]:
    """Return the acts with a hand-over that were just made or come next where the dossier stands, one a trigger."""
    found: dict[str, Transition] = {}
    for procedure, state in _machines(session, law, dossier):
        for transition in _around(procedure, state):
            if changes_hands(procedure, transition):
                found.setdefault(transition.trigger, transition)
    return list(found.values())


def occasion_titled(procedures: Iterable[Procedure], trigger: str) -> Transition | None:
    """Return the act behind the occasion of a hand-over, None when none of the procedures has it."""
    return next((each.by_trigger[trigger][0] for each in procedures if trigger in each.by_trigger), None)


def changes_hands(procedure: Procedure, transition: Transition) -> bool:
    """Say whether an act gives the person or the dossier to another body."""
    if transition.custody is not None:
        return True
    if transition.dest == "=":
        return False
    holders = {procedure.states[state].holder for state in transition.source if state in procedure.states}
    return holders != {procedure.states[transition.dest].holder}


def _machines(session: Session, law: Law, dossier: Dossier) -> Iterator[tuple[Procedure, str]]:
    yield law.pinned(session, dossier.procedure_sha256), dossier.state
    for proceeding in proceedings_of(session, dossier):
        yield law.pinned(session, proceeding.procedure_sha256), proceeding.state


def _around(procedure: Procedure, state: str) -> Iterator[Transition]:
    """Yield the acts from here, those that lead here, and those that come after the next ones."""
    here = procedure.by_source.get(state, ())
    yield from here
    yield from (each for each in procedure.transitions if each.dest == state)
    following = {each.dest for each in here} - {"=", state}
    yield from (each for each in procedure.transitions if not following.isdisjoint(each.source))
