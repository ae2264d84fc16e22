"""How side machines begin, move along with an act, and hold a person: what the law files say, without a database.

A side machine (`side = true`) runs beside a dossier.  An act of the main procedure begins it (`starts_proceeding`) and
takes it along (`also`); one move of it, if there is one from where it stands, happens with the act.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from workflow.model import Procedure, Transition
from workflow.predicates import Situation, holds


class Beginning(StrEnum):
    """What becomes of `starts_proceeding`."""

    #: A new one is opened in the first state of the machine.
    OPENS = "opens"
    #: One is open already and the act moves it (or is a way out of custody): none is opened.
    GOES_ON = "goes_on"
    #: One is open already and the act has nothing to say to it: the act is refused.
    REFUSED = "refused"


def beginning(act: Transition, side: Procedure, standing: Iterable[str]) -> Beginning:
    """Say what becomes of the machine that an act begins; `standing` are the states of the open ones of its kind."""
    where = tuple(standing)
    if not where or side.several:
        return Beginning.OPENS
    if act.release or any(takes_along(act, side, state) for state in where):
        return Beginning.GOES_ON
    return Beginning.REFUSED


def takes_along(act: Transition, side: Procedure, state: str) -> bool:
    """Return whether the act moves a machine that stands in `state`, whatever its cases depend on."""
    triggers = {also.trigger for also in act.also if also.procedure == side.id}
    return any(move.trigger in triggers and state in move.source for move in side.transitions)


def move_with(side: Procedure, trigger: str, situation: Situation) -> Transition | None:
    """Return the move that comes along from where the machine stands; None when none of its cases is met."""
    for move in side.by_trigger.get(trigger, ()):
        if situation.state in move.source and (move.when is None or holds(move.when, situation)):
            return move
    return None


def holds_somebody(side: Procedure, state: str) -> bool:
    """Return whether the machine itself holds the person there, by acts of its own and not of the main procedure."""
    return any(move.custody for move in side.transitions) and side.states[state].person.deprived_of_liberty
