"""Leads a life to a state of its procedure, and looks for acts that nobody has made yet.

life = lead(law, "cnbb-adult@2026-07-01", "SERVING", seed=3)     # a new life that stands there
reach(life, "COMPLETED")                                         # or an old one that goes on to there
search = Search(law, "cnbb-adult@2026-07-01", seed=1).run(2000)  # the union of many lives
search.example["escape", "ABSCONDED_IN"]                         # a life whose last officer's act is that one
"""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import TypeVar

from tests.workflow.walking import Law, Life, Step, shipped
from workflow.model import Procedure, Transition
from workflow.predicates import FactTest, PaperTest, Predicate, holds, leaves_of

#: Where each machine stands (procedure and state), and the conditions that matter there.
Place = tuple[tuple[tuple[str, str], ...], tuple[bool, ...]]
P = TypeVar("P", tuple[str, str], Place)
#: How often a place is left from another life than before: the first one may have nowhere to go.
RENEWED = 0.3
#: How often somebody else is led to the same state instead.
ANEW = 0.1
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


def reach(life: Life, state: str, *, machine: str = "", tries: int = 80, learnt: Counter[int] | None = None) -> bool:
    """Make acts until the dossier (or a side machine) stands in a state, by the shortest way that is not blocked.

    Return whether it came there; `learnt` remembers, for the next life, which acts did not lead on.
    """
    usual, life.foresight = life.foresight, STEERED
    learnt = Counter() if learnt is None else learnt
    arrived = _go(life, machine, state, tries, learnt)
    if not arrived:  # what is missing may have been left out at the start: the next life goes another way
        learnt.update({id(step.transition) for step in life.steps})
    life.foresight = usual
    return arrived


def _go(life: Life, name: str, state: str, tries: int, blocked: Counter[int]) -> bool:
    refused: Counter[int] = Counter()
    for _ in range(tries):
        here = life.machine(name)
        if here.state == state:
            return True
        way = _way(here.engine.procedure, here.state, state, blocked)
        if way is None or life.over:
            return False
        life.pass_until(life.now + timedelta(hours=life.chance.choice((0.2, 1, 1, 4, 20))))
        here = life.machine(name)
        if here.state not in way.source:
            continue
        blocked[id(way)] += 1
        refused[id(way)] += 1
        if refused[id(way)] > PATIENCE:
            return False
        if life.make(way, here):
            # Another case of the same trigger may have been the one that held.
            blocked[id(way)] += 2 * (life.machine(name).state != way.dest)
            continue
        staying = [act for each, act in life.moves() if each.name == name and act.dest == "="]
        if staying:  # what is missing may be a fact that an act on the spot states
            life.make(life.chance.choice(staying), life.machine(name))
    return life.machine(name).state == state


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
        self.law, self.key, self.chance = law, key, Random(seed)
        first = Life(law, key, seed)
        self.places: dict[Place, Life] = {_place(first): first}
        self.left: Counter[object] = Counter()
        #: How often each act was made, by `id` of the transition.
        self.made: Counter[int] = Counter()
        self.examples: dict[int, Life] = {}
        self.steps: list[Step] = []
        self._learnt: Counter[int] = Counter()

    def run(self, rounds: int, *, moves: int = 4) -> Search:
        """Go on so many times from some place; return this search."""
        for number in range(rounds):
            groups: dict[tuple[str, str], list[Place]] = {}
            for place in self.places:
                for machine in place[0]:
                    groups.setdefault(machine, []).append(place)
            group = self._seldom(list(groups))
            place = self._seldom(groups[group])
            self.left.update((group, place))
            life = self.places[place].fork(number)
            if not life.steps or self.chance.random() < ANEW:
                life = self._another(place, number)
            for _ in range(moves):
                before = len(life.steps)
                if life.over or not life.stumble(self.made):
                    break
                self._remember(life, before)
        return self

    def run_until_all_is_made(self, most: int) -> Search:
        """Go on until every act of the main procedure and its side machines was made, or so many times."""
        for number in range(0, most, 100):
            missing = self.unmade()
            if not missing:
                break
            self.run(100)
            for procedure, act in missing if number % 300 == 0 else ():
                self._try(procedure, act)
        return self

    def _try(self, procedure: Procedure, act: Transition) -> None:
        """Try one act that nobody made yet, with a new life each time."""
        for _ in range(PATIENCE):
            life = Life(self.law, self.key, self.chance.randrange(10**6))
            self._lead_to(life, procedure, act)
            self.made.update(id(step.transition) for step in life.steps)
            self._remember(life, 0)

    def _lead_to(self, life: Life, procedure: Procedure, act: Transition) -> None:
        chance, main, name = self.chance, life.main.engine.procedure, ""
        if procedure is not main:
            begin = chance.choice([each for each in main.transitions if each.starts_proceeding == procedure.id])
            if not (reach(life, chance.choice(begin.source), learnt=self._learnt) and life.make(begin)):
                return
            name = life.sides[-1].name
        if not reach(life, chance.choice(act.source), machine=name, learnt=self._learnt):
            return
        if not act.along_only:
            life.make(act, life.machine(name))
            return
        fires = [each for each in main.transitions if any(also.trigger == act.trigger for also in each.also)]
        fire = chance.choice(fires)
        if reach(life, chance.choice(fire.source), learnt=self._learnt):
            life.make(fire)

    def unmade(self) -> list[tuple[Procedure, Transition]]:
        """Return the acts nobody has made yet: of the main procedure, and of the side machines that begin in it."""
        main = self.law.engines[self.key].procedure
        first = date.fromisoformat(main.edition)
        begun = {act.starts_proceeding for act in main.transitions} - {None}
        sides = [self.law.in_force(str(kind), first) for kind in sorted(map(str, begun))]
        procedures = [main, *(engine.procedure for engine in sides if engine is not None)]
        return [(each, act) for each in procedures for act in each.transitions if not self.made[id(act)]]

    def life_with(self, trigger: str, dest: str | None = None) -> Life:
        """Return a life right after somebody made an act in it; KeyError if nobody ever did."""
        for number, life in self.examples.items():
            act = next(step.transition for step in reversed(life.steps) if id(step.transition) == number)
            if act.trigger == trigger and dest in (None, act.dest):
                return life.fork(0)
        raise KeyError(trigger, dest)

    def _another(self, place: Place, number: int) -> Life:
        """Return a life of somebody else that came to the same state if it could; what it did on the way counts too."""
        life = Life(self.law, self.key, number)
        reach(life, place[0][0][1], learnt=self._learnt)
        self.made.update(id(step.transition) for step in life.steps)
        self._remember(life, 0)
        return life

    def _seldom(self, places: list[P]) -> P:
        return self.chance.choices(places, [1 / (1 + self.left[each]) for each in places])[0]

    def _remember(self, life: Life, before: int) -> None:
        self.steps += life.steps[before:]
        for step in life.steps[before:]:
            if id(step.transition) not in self.examples:
                self.examples[id(step.transition)] = life.fork(0)
        place = _place(life)
        if place not in self.places or self.chance.random() < RENEWED:
            self.places[place] = life.fork(0)


def _place(life: Life) -> Place:
    """Return what tells one place from another: where every machine stands, and which cases its acts have there."""
    latest = {machine.engine.procedure.id: machine for machine in (life.main, *life.sides)}
    view = tuple(
        holds(leaf, life.situation(machine))
        for machine in latest.values()
        for leaf in _cases(machine.engine.procedure, machine.state)
    )
    return tuple((machine.engine.procedure.key, machine.state) for machine in latest.values()), view


def _cases(procedure: Procedure, state: str) -> tuple[Predicate, ...]:
    """Return the conditions on facts and papers that choose between cases of the acts from a state."""
    found = [leaf for act in procedure.by_source[state] if act.when is not None for leaf in leaves_of(act.when)]
    return tuple(dict.fromkeys(leaf for leaf in found if isinstance(leaf, FactTest | PaperTest)))


@cache
def searched(key: str, most: int = 6000) -> Search:
    """Return one search of a shipped edition, made once for all tests of a run."""
    return Search(shipped(), key, seed=1).run(600).run_until_all_is_made(most)
