"""Leads a life to a state of its procedure, and looks for acts that nobody has made yet.

life = lead(law, "cnbb-adult@2026-07-01", "SERVING", seed=3)     # a new life that stands there
reach(life, "COMPLETED")                                         # or an old one that goes on to there
search = Search(law, "cnbb-adult@2026-07-01", seed=1).run(2000)  # the union of many lives
search.example["escape", "ABSCONDED_IN"]                         # a life whose last officer's act is that one
"""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import timedelta
from functools import cache
from random import Random
from typing import TypeVar

from tests.workflow.walking import Law, Life, Step, shipped
from workflow.model import Procedure, Transition
from workflow.predicates import FactTest, PaperTest, Predicate, holds, leaves_of

Act = tuple[str, str]
#: State of the dossier, states of its side machines, the conditions that matter there.
Place = tuple[str, tuple[tuple[str, str], ...], tuple[bool, ...]]
P = TypeVar("P", str, Place)
#: How often a place is left from another life than before: the first one may have nowhere to go.
RENEWED = 0.3
#: How often officers of a life that is led somewhere give an answer under which it can go on.
STEERED = 0.97
#: How often one act is tried on the way before the life is given up.
PATIENCE = 12


class UnreachedError(AssertionError):
    """No life that chance made came to the state."""


def lead(law: Law, key: str, state: str, seed: int, *, tries: int = 40) -> Life:
    """Return a life that stands in a state, from its opening; raises UnreachedError."""
    learnt: Counter[int] = Counter()
    for number in range(tries):
        life = Life(law, key, seed * tries + number)
        if reach(life, state, learnt=learnt):
            return life
    raise UnreachedError(f"{key}: {state}")


def reach(life: Life, state: str, *, tries: int = 80, learnt: Counter[int] | None = None) -> bool:
    """Make acts until the dossier stands in a state, along the shortest way that is not blocked; return whether.

    `learnt` remembers, for the next life, which acts did not lead on.
    """
    usual, life.foresight = life.foresight, STEERED
    arrived = _go(life, state, tries, Counter() if learnt is None else learnt)
    life.foresight = usual
    return arrived


def _go(life: Life, state: str, tries: int, blocked: Counter[int]) -> bool:
    refused: Counter[int] = Counter()
    for _ in range(tries):
        if life.state == state:
            return True
        way = _way(life.main.engine.procedure, life.state, state, blocked)
        if way is None or life.over:
            return False
        life.pass_until(life.now + timedelta(hours=life.chance.choice((0.2, 1, 1, 4, 20))))
        if life.state not in way.source:
            continue
        blocked[id(way)] += 1
        refused[id(way)] += 1
        if refused[id(way)] > PATIENCE:
            return False
        if life.make(way):
            blocked[id(way)] += 2 * (life.state != way.dest)  # another case of the same trigger was the one that held
            continue
        staying = [act for machine, act in life.moves() if machine is life.main and act.dest == "="]
        if staying:  # what is missing may be a fact that an act on the spot states
            life.make(life.chance.choice(staying))
    return life.state == state


def _way(procedure: Procedure, here: str, goal: str, blocked: Counter[int]) -> Transition | None:
    """Return the first act of the cheapest way; an act costs more each time it was tried."""
    waiting: list[tuple[int, int, str, Transition | None]] = [(0, 0, here, None)]
    done: set[str] = set()
    number = 0
    while waiting:
        cost, _, state, first = heapq.heappop(waiting)
        if state == goal:
            return first
        if state in done:
            continue
        done.add(state)
        for act in procedure.by_source[state]:
            if act.dest == "=" or act.dest in done:
                continue
            number += 1
            heapq.heappush(waiting, (cost + 1 + 4 * blocked[id(act)], number, act.dest, first or act))
    return None


class Search:
    """Many lives that share a memory: each goes on from a place seldom left, so that rare acts are found too."""

    def __init__(self, law: Law, key: str, seed: int) -> None:
        first = Life(law, key, seed)
        self.chance = Random(seed)
        self.places: dict[Place, Life] = {self._place(first): first}
        self.left: Counter[object] = Counter()
        self.seen: Counter[Act] = Counter()
        self.example: dict[Act, Life] = {}
        self.steps: list[Step] = []

    def run(self, rounds: int, *, moves: int = 4) -> Search:
        """Go on so many times from some place; return this search."""
        for number in range(rounds):
            by_state: dict[str, list[Place]] = {}
            for place in self.places:
                by_state.setdefault(place[0], []).append(place)
            here = by_state[self._seldom(list(by_state))]
            place = self._seldom(here)
            self.left.update((place, place[0]))
            life = self.places[place].fork(number)
            for _ in range(moves):
                before = len(life.steps)
                if life.over or not life.stumble(self.seen):
                    break
                self._remember(life, before)
        return self

    def _seldom(self, places: list[P]) -> P:
        return self.chance.choices(places, [1 / (1 + self.left[each]) for each in places])[0]

    def _remember(self, life: Life, before: int) -> None:
        for step in life.steps[before:]:
            self.steps.append(step)
            act = step.transition.trigger, step.transition.dest
            if act not in self.example:
                self.example[act] = life.fork(0)
        place = self._place(life)
        if place not in self.places or self.chance.random() < RENEWED:
            self.places[place] = life.fork(0)

    def _place(self, life: Life) -> Place:
        """Return what tells one place from another: states, and the conditions that choose between the acts there."""
        sides = {machine.engine.procedure.id: machine.state for machine in life.sides}
        seen = life.situation(life.main)
        view = tuple(holds(leaf, seen) for leaf in _cases(life.main.engine.procedure, life.state))
        return life.state, tuple(sorted(sides.items())), view


def _cases(procedure: Procedure, state: str) -> tuple[Predicate, ...]:
    """Return the conditions on facts and papers that choose between cases of the acts from a state."""
    found = [leaf for act in procedure.by_source[state] if act.when is not None for leaf in leaves_of(act.when)]
    return tuple(dict.fromkeys(leaf for leaf in found if isinstance(leaf, FactTest | PaperTest)))


@cache
def searched(key: str, rounds: int = 1200) -> Search:
    """Return one search of a shipped edition, made once for all tests of a run."""
    return Search(shipped(), key, seed=1).run(rounds)
