"""Leads a life to a state of its procedure, and looks for acts that nobody has made yet.

life = lead(law, "cnbb-adult@2026-07-01", "SERVING", seed=3)     # a new life that stands there
reach(life, "COMPLETED")                                         # or an old one that goes on to there
search = Search(law, "cnbb-adult@2026-07-01", seed=1).run(2000)  # the union of many lives
search.example["escape", "ABSCONDED_IN"]                         # a life whose last officer's act is that one
"""

from __future__ import annotations

import heapq
from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from random import Random
from typing import TypeVar

from tests.workflow.meeting import literals
from tests.workflow.walking import Law, Life, Machine, Step, shipped
from workflow.model import Procedure, Transition
from workflow.predicates import (
    Comparison,
    FactTest,
    PaperTest,
    Predicate,
    ProceedingTest,
    Situation,
    holds,
    leaves_of,
    names_in,
)
from workflow.vocabulary import Effect

#: Where each machine stands (procedure and state), and the conditions that matter there.
Place = tuple[tuple[tuple[str, str], ...], tuple[bool, ...]]
P = TypeVar("P", tuple[str, str], Place)
#: How often a place is left from another life than before: the first one may have nowhere to go.
RENEWED = 0.3
#: How often somebody else is led to the same state instead.
ANEW = 0.1
#: How often officers of a life that is led somewhere give an answer under which it can go on.
STEERED = 0.97
#: How long acts of side machines are looked for.
SIDE_ROUNDS = 500
#: How many acts a way is longer for leading through a case that does not hold now.
OTHER_CASE = 12
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
    arrived = _go(life, machine, state, tries, Counter(learnt))
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
        way = _way(life, here, state, blocked)
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
        if way.along_only:
            _take_along(life, way)
            continue
        if life.make(way, here):
            # Another case of the same trigger may have been the one that held.
            blocked[id(way)] += 2 * (life.machine(name).state != way.dest)
            continue
        staying = [act for each, act in life.moves() if each.name == name and act.dest == "="]
        if staying:  # what is missing may be a fact that an act on the spot states
            life.make(life.chance.choice(staying), life.machine(name))
    return life.machine(name).state == state


def _take_along(life: Life, act: Transition) -> None:
    """Make an act of the dossier with which one of a side machine goes along."""
    acts = life.main.engine.procedure.transitions
    taking = [each for each in acts if any(also.trigger == act.trigger for also in each.also)]
    if taking:
        taken = life.chance.choice(taking)
        if life.state in taken.source or reach(life, life.chance.choice(taken.source), tries=40):
            life.make(taken)


def _way(life: Life, machine: Machine, goal: str, blocked: Counter[int]) -> Transition | None:
    """Return the first act of the cheapest way; an act costs more for having been tried, or if its case is none now."""
    waiting: list[tuple[int, int, str, Transition | None]] = [(0, 0, machine.state, None)]
    done: set[str] = set()
    seen, number = life.situation(machine), 0
    while waiting:
        cost, _, state, first = heapq.heappop(waiting)
        if state == goal:
            return first
        if state in done:
            continue
        done.add(state)
        for act in machine.engine.procedure.by_source[state]:
            if act.dest == "=" or act.dest in done:
                continue
            number += 1
            other_case = 0 if _may_hold(act, seen) else OTHER_CASE
            heapq.heappush(waiting, (cost + 1 + 4 * blocked[id(act)] + other_case, number, act.dest, first or act))
    return None


def _may_hold(act: Transition, seen: Situation) -> bool:
    """Return whether the case of an act holds now, or hangs on what the act itself states."""
    if act.when is None or holds(act.when, seen):
        return True
    return any(kind == "fact" and name in act.fields.all for kind, name in names_in(act.when))


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
        #: Acts of lives that were led nowhere, while one act is looked for.
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
        """Go on until every act was made, or so many times; an act of a side machine may belong to other dossiers."""
        main = self.law.engines[self.key].procedure
        for number in range(0, most, 100):
            missing = [
                (procedure, act) for procedure, act in self.unmade() if procedure is main or number < SIDE_ROUNDS
            ]
            if not missing:
                break
            for procedure, act in missing:
                self._try(procedure, act)
            self.run(100)
        return self

    def _try(self, procedure: Procedure, act: Transition) -> None:
        """Try one act that nobody made yet, with a new life each time."""
        self._learnt.clear()
        for _ in range(PATIENCE):
            life = Life(self.law, self.key, self.chance.randrange(10**6))
            self._lead_to(life, procedure, act)
            self.made.update(id(step.transition) for step in life.steps)
            self._remember(life, 0)
            if self.made[id(act)]:
                break

    def _lead_to(self, life: Life, procedure: Procedure, act: Transition) -> None:
        chance, main, name = self.chance, life.main.engine.procedure, ""
        for leaf in _needs(procedure, act, chance):
            if not holds(leaf, life.situation(life.main)):
                self._bring_about(life, leaf, act)
        if procedure is not main:
            name = self._begin(life, procedure.id)
            if not name:
                return
        if not reach(life, chance.choice(act.source), machine=name, learnt=self._learnt):
            return
        if act.along_only:
            _take_along(life, act)
            return
        self._insist(life, act, name)

    def _insist(self, life: Life, act: Transition, name: str) -> None:
        """Make an act, after others on the spot if it must be, or wait for the clock to make it."""
        for _ in range(4):
            if life.make(act, life.machine(name)) or life.pass_until(_end_of(life, act.trigger)):
                break
            staying = [each for machine, each in life.moves() if machine is life.main and each.dest == "="]
            if staying:
                life.make(self.chance.choice(staying))

    def _begin(self, life: Life, kind: str) -> str:
        """Begin a side machine of a kind; return its name, nothing if it could not be begun."""
        acts = [each for each in life.main.engine.procedure.transitions if each.starts_proceeding == kind]
        begin = self.chance.choice(acts)
        before = len(life.sides)
        if reach(life, self.chance.choice(begin.source), learnt=self._learnt):
            life.make(begin)
        return life.sides[-1].name if len(life.sides) > before else ""

    def _bring_about(self, life: Life, leaf: Predicate, act: Transition) -> None:
        """Make an act after which something may hold that another act will need: a fact, or where a side machine is."""
        main = life.main.engine.procedure
        match leaf:
            case FactTest(fact, comparison, value) if fact not in act.fields.all:
                known = comparison is Comparison.KNOWN
                sets = [t for t in main.transitions if fact in t.sets and (known or t.sets[fact] == value)]
                acts = sets or [t for t in main.transitions if fact in t.fields.all]
                if acts:
                    bringer = self.chance.choice(acts)
                    if reach(life, self.chance.choice(bringer.source), learnt=self._learnt):
                        life.make(bringer)
            case ProceedingTest(kind, states):
                name = self._begin(life, kind)
                known_states = life.machine(name).engine.procedure.states if name else {}
                fitting = [state for state in states if state in known_states]
                if fitting:
                    reach(life, self.chance.choice(fitting), machine=name, learnt=self._learnt)

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
        reach(life, place[0][0][1])
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


def _needs(procedure: Procedure, act: Transition, chance: Random) -> list[Predicate]:
    """Return leaves that must hold for an act to be allowed, in one way in which it may be and in some order."""
    clauses = [clause for name in act.guards for clause in procedure.guards[name].clauses]
    conditions = [] if act.when is None else [act.when]
    conditions += [clause.require for clause in clauses if clause.effect is Effect.REFUSE]
    leaves = [leaf for condition in conditions for leaf, wanted in literals(condition, chance) if wanted]
    return chance.sample(leaves, len(leaves))


def _end_of(life: Life, trigger: str) -> datetime:
    """Return the end of the limit that runs and brings an act about by itself; now, if there is none."""
    rules = life.main.engine.procedure.limits
    running = [(name, limit.due_at) for name, limit in life.limits.items() if limit.running and limit.due_at]
    return max([life.now, *(due for name, due in running if name in rules and rules[name].advances == trigger)])


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
def searched(key: str, most: int = 3000) -> Search:
    """Return one search of a shipped edition, made once for all tests of a run."""
    return Search(shipped(), key, seed=1).run(600).run_until_all_is_made(most)
