"""Sorts the moves of a dossier by what the caller can do about them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from workflow.engine import Possibility

#: Reasons that say whose step it is, not what the dossier lacks.
_WHOSE = frozenset(("WRONG_ROLE", "WRONG_BODY"))


@dataclass
class Moves:
    """The moves from where a machine stands: what the caller can do, what waits, what others do.

    `due` are those that must be made before a running limit ends, and still lack something; `colleagues` are those of
    another office in the caller's body.
    """

    allowed: list[Possibility] = field(default_factory=list)
    due: list[Possibility] = field(default_factory=list)
    waiting: list[Possibility] = field(default_factory=list)
    colleagues: list[Possibility] = field(default_factory=list)
    others: list[Possibility] = field(default_factory=list)


def group_moves(
    found: Iterable[Possibility], *, urgent: frozenset[str] = frozenset(), own: Collection[str] = ()
) -> Moves:
    """Sort moves by what the caller can do about them; `own` are the offices of the caller's body in the dossier.

    Those that end an `urgent` limit come first, then those made for this state before those possible in many.
    """
    moves = Moves()
    for each in sorted(found, key=lambda one: (urgent.isdisjoint(one.transition.stops), len(one.transition.source))):
        if each.allowed:
            moves.allowed.append(each)
        elif belongs_to_others(each):
            (moves.others if set(each.transition.roles).isdisjoint(own) else moves.colleagues).append(each)
        elif not urgent.isdisjoint(each.transition.stops):
            moves.due.append(each)
        else:
            moves.waiting.append(each)
    return moves


def belongs_to_others(possibility: Possibility) -> bool:
    """Say whether the move is another office's or another body's."""
    return any(reason.guard in _WHOSE for reason in possibility.reasons)
