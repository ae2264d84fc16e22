"""Lives of dossiers, made up: an edition of the law driven by chance through the engine alone, without a database.

    law = shipped()                                  # every edition the program ships, with engines
    life = Life(law, "cnbb-adult@2026-07-01", seed=7)
    life.live(40)                                    # forty moves, or fewer when nothing is left to do
    life.steps[-1].decision.state.id                 # where the last one led; `life.state` is where it stands now

A life keeps everything a dossier keeps: facts, papers, limits, side machines, custody; what time brings about happens
before each act, as in the program.  Every step says what the engine saw (`before`), what was asked of it (`act`), by
which office, which papers were filed for it, and what it decided, so that a life can be played again elsewhere: an act
of `step.machine == ""` is one of the dossier, any other names its side machine as `kind/number`, `step.by` says
whether an officer, the clock or another act made it.  The same edition, seed and options give the same life.

`Life(...)` takes other `policies` (or `RANDOM`), the day it `begins`, facts known from the start, and another `state`;
`law_of(procedures)` makes a law of procedures that were changed on purpose.  `life.fork(seed)` goes on from a moment
in another way.  `life.make(transition)` tries one act and prepares what it needs, `life.act(trigger, fields)` makes
exactly the act that is told; `tests/workflow/steering.py` leads a life to a state and looks for acts nobody has made
yet, `tests/workflow/upholding.py` says what must hold in every life.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from tests.workflow.inventing import FORESIGHT, RANDOM, decided, some_day, some_organization, somebody, value_of
from tests.workflow.lives import Cover, Law, Machine, Run, Step, law_of, shipped
from tests.workflow.meeting import LONGEST_WAIT, Draft, aim
from workflow.calendar import CalendarUnknownError
from workflow.certificates import VIETNAM
from workflow.effects import TermConflictError, open_limit
from workflow.engine import Act, Actor
from workflow.model import Custody, FactDef, Procedure, Transition
from workflow.predicates import OpenLimit, Situation, holds
from workflow.refusals import MoveRefusedError
from workflow.sides import Beginning, beginning, holds_somebody, move_with
from workflow.vocabulary import Effect, Expiry, FactType, FactValue, Person

__all__ = ["RANDOM", "Cover", "Law", "Life", "Machine", "Run", "Step", "law_of", "shipped"]

CLOCK = "SYSTEM"
REASON = "lý do giả định"
#: Hours between two acts, and how often each: most things happen soon.
PAUSES = {0.2: 6, 1: 6, 3: 6, 20: 5, 26: 4, 80: 2, 300: 1, 2000: 0.2}
#: How often a life waits for the end of a limit that runs, instead.
TO_AN_END = 0.3
#: Years kept free at the end of the calendar, so that what begins can still end.
YEARS_AHEAD = 3
ADVANCES_MAX = 20
#: After how many looks at a dossier with which nothing could be done nobody looks again.
PATIENCE = 4
#: How often an officer sees to a condition that does not refuse.
CARE = 0.6


class NoEditionError(Exception):
    """An act begins a side machine of which no edition is in force on that day."""


class AlreadyOpenError(Exception):
    """An act begins a side machine of which one is open that it has nothing to say to."""


#: Why an act may come to nothing; a life then stands as it stood.
FAULTS = (MoveRefusedError, CalendarUnknownError, TermConflictError, NoEditionError, AlreadyOpenError)


class Life:
    """A dossier in memory; see the module."""

    def __init__(
        self,
        law: Law,
        key: str,
        seed: int,
        *,
        begins: datetime | None = None,
        facts: Mapping[str, FactValue] | None = None,
        state: str | None = None,
        policies: Mapping[str, str] | str | None = None,
        organization: Callable[[FactDef, Random], str] | None = None,
    ) -> None:
        engine = law.engines[key]
        self.law, self.key, self.chance = law, key, Random(f"{key} {seed}")
        self.now = begins or some_day(engine.procedure, self.chance)
        self.main = Machine("", engine, state or engine.procedure.initial.id, self.now)
        self.sides: list[Machine] = []
        self.facts: dict[str, FactValue] = {**somebody(engine.procedure, self.now, self.chance), **(facts or {})}
        self.papers: frozenset[str] = frozenset()
        self.unused: frozenset[str] = frozenset()
        self.limits: dict[str, OpenLimit] = {}
        self.policies = decided(law.policies, policies, self.chance)
        self.organization = organization or some_organization
        #: How often an officer gives an answer under which the dossier can go on.
        self.foresight = FORESIGHT
        self.steps: list[Step] = []
        self.runs: list[Run] = []
        begun_with = engine.procedure.states[self.main.state].person
        self.covers = [Cover(0, self.now, Custody(begun_with, None, None))]
        #: What was refused on the way: reason by reason.
        self.refused: Counter[str] = Counter()
        #: Facts of a new dossier that an act of this one opens: its first state and what it knows.
        self.successors: list[tuple[str, datetime, dict[str, FactValue]]] = []

    @property
    def state(self) -> str:
        """Return where the dossier stands."""
        return self.main.state

    @property
    def over(self) -> bool:
        """Return whether nothing is left to do, the dossier was closed two acts ago, or the calendar ends."""
        closed = not self.main.open and [step.before.state for step in self.steps[-2:]] == [self.state] * 2
        return closed or not self.moves() or self.now.year > self.law.calendar.last_year - YEARS_AHEAD

    def machine(self, name: str) -> Machine:
        """Return the dossier (no name) or one of its side machines by `kind/number`."""
        return next(each for each in (self.main, *self.sides) if each.name == name)

    def machines(self) -> list[Machine]:
        """Return the dossier and its side machines that have not ended."""
        return [self.main, *(side for side in self.sides if side.open)]

    def fork(self, seed: int) -> Life:
        """Return a life that is this one so far and may go on in another way."""
        other = copy.copy(self)
        other.chance = Random(f"{self.key} {len(self.steps)} {seed}")
        other.main, other.sides = copy.copy(self.main), [copy.copy(side) for side in self.sides]
        other.facts, other.limits, other.refused = dict(self.facts), dict(self.limits), Counter(self.refused)
        other.steps, other.runs, other.covers = list(self.steps), list(self.runs), list(self.covers)
        other.successors = list(self.successors)
        return other

    def situation(self, machine: Machine, at: datetime | None = None) -> Situation:
        """Return what the engine may look at when a machine is asked to move at a moment."""
        return Situation(
            state=machine.state,
            facts=dict(self.facts),
            occurred_at=at or self.now,
            papers=self.papers,
            unused_papers=self.unused,
            limits=dict(self.limits),
            proceedings={side.engine.procedure.id: side.state for side in self.sides},
            policies=self.policies,
            last_act_at=machine.last_act_at,
        )

    def moves(self) -> list[tuple[Machine, Transition]]:
        """Return every act somebody could try: those an officer makes, in any open machine."""
        return [
            (machine, transition)
            for machine in self.machines()
            for transition in machine.engine.procedure.by_source[machine.state]
            if not transition.along_only and set(transition.roles) != {CLOCK}
        ]

    def live(self, moves: int, seen: Counter[int] | None = None) -> Life:
        """Try so many moves by chance, preferring acts that `seen` (by `id`) has least of; return this life."""
        seen, idle = Counter() if seen is None else seen, 0
        for _ in range(moves):
            done = len(self.steps)
            if self.over or idle == PATIENCE or not self.stumble(seen):
                break
            idle = idle + 1 if len(self.steps) == done else 0
        return self

    def stumble(self, seen: Counter[int]) -> bool:
        """Let some time pass and one act happen, if chance finds one; return False when there is none left to try."""
        before = len(self.steps)
        self.wait()
        for _ in range(6):
            moves = self.moves()
            if not moves:
                return False
            machine, transition = self.chance.choices(moves, [self._interest(each, seen) for each in moves])[0]
            if self.make(transition, machine):
                break
        for step in self.steps[before:]:
            seen[id(step.transition)] += 1
        return True

    def _interest(self, move: tuple[Machine, Transition], seen: Counter[int]) -> float:
        machine, transition = move
        fits = transition.when is None or holds(transition.when, self.situation(machine))
        ends = transition.dest != "=" and machine.engine.procedure.states[transition.dest].terminal
        tried = seen[id(transition)]
        return float((0.04 if ends else 1.0) * (3.0 if fits else 1.0) / (1 + tried) ** 1.5)

    def wait(self) -> None:
        """Let time pass: some hours, or until about the end of a limit that runs."""
        ends = sorted(
            (limit.due_at, name)
            for name, limit in self.limits.items()
            if limit.running and limit.due_at and self.now < limit.due_at < self.now + LONGEST_WAIT
        )
        if ends and self.chance.random() < TO_AN_END:
            rules = self.main.engine.procedure.limits
            moving = [end for end, name in ends if name in rules and rules[name].on_expiry is Expiry.ADVANCE]
            nearest = [end for end, _ in ends[: self.chance.choice((1, 1, 2, 3, 20))]]
            until = self.chance.choice(nearest + moving) + timedelta(hours=self.chance.choice((-1, 0, 1)))
        else:
            until = self.now + timedelta(hours=self.chance.choices(list(PAUSES), list(PAUSES.values()))[0])
        self.pass_until(until)

    def pass_until(self, at: datetime) -> int:
        """Move the clock on and let the dossier advance as far as time alone brings it; return by how many acts."""
        self.now = max(self.now, at)
        for done in range(ADVANCES_MAX):
            if not self._advance():
                return done
        raise AssertionError("time moves this dossier in a circle")

    def _advance(self) -> bool:
        rules = self.main.engine.procedure.limits
        ended = [(limit.due_at, name) for name, limit in self.limits.items() if limit.running and limit.due_at]
        for due_at, name in sorted(ended):
            rule = rules.get(name)
            if due_at > self.now or rule is None or rule.on_expiry is not Expiry.ADVANCE or rule.advances is None:
                continue
            before = self.situation(self.main, max(due_at, self.main.last_act_at))
            if self._decide(self.main, before, Act(rule.advances, {}, self.now), CLOCK, "clock", ()):
                return True
        return False

    def act(
        self,
        trigger: str,
        fields: Mapping[str, object] | None = None,
        *,
        papers: Iterable[str] = (),
        machine: Machine | None = None,
        overrides: Mapping[str, str] | None = None,
    ) -> Step:
        """Make exactly this act now, by the first office that may, with more papers on file; raises what refuses it."""
        machine = machine or self.main
        cases = machine.engine.procedure.by_trigger[trigger]
        role = next((each for each in cases if machine.state in each.source), cases[0]).roles[0]
        filed = frozenset(papers)
        before = self.situation(machine)
        before = replace(before, papers=before.papers | filed, unused_papers=before.unused_papers | filed)
        act, number = Act(trigger, fields or {}, self.now, overrides or {}), len(self.steps)
        self._do(machine, before, act, role, "officer", tuple(sorted(filed)))
        return self.steps[number]

    def make(self, transition: Transition, machine: Machine | None = None) -> bool:
        """Try one act: state what it asks, file its papers, wait if it must; return whether it happened.

        Another case of the same trigger may happen instead, when its condition is the one that holds.
        """
        machine = machine or self.main
        roles = [role for role in transition.roles if role != CLOCK]
        if machine.state not in transition.source or not roles:
            return False
        draft = self._prepared(machine, transition)
        if draft.at > self.now and self.pass_until(draft.at):
            return False
        filed = frozenset(draft.papers) - self.papers
        renewed = self._renewed(transition, filed)
        before = self.situation(machine)
        papers = before.papers | filed | renewed
        before = replace(before, papers=papers, unused_papers=before.unused_papers | filed | renewed)
        fields = {name: draft.facts[name] for name in transition.fields.all if name in draft.facts}
        act = Act(transition.trigger, fields, self.now, self._overrides(machine, transition))
        role = self.chance.choice(roles)
        return self._decide(machine, before, act, role, "officer", tuple(sorted(filed | renewed)))

    def _prepared(self, machine: Machine, transition: Transition) -> Draft:
        """Return a draft of the act: fields by chance, then mended until what refuses is met, and most of the rest."""
        procedure, chance = machine.engine.procedure, self.chance
        asked = transition.fields
        stated = {name: self._value(procedure.facts[name], procedure) for name in asked.all}
        draft = Draft(
            procedure,
            machine.state,
            self.now,
            {**self.facts, **{n: v for n, v in stated.items() if n in asked.required or chance.random() < 0.5}},
            set(self.papers),
            dict(self.limits),
            {side.engine.procedure.id: side.state for side in self.sides},
            dict(self.policies),
            frozenset(asked.all),
            frozenset(asked.required),
        )
        for forms in transition.requires:
            if draft.papers.isdisjoint(forms):
                draft.papers.add(chance.choice(forms))
        goals = [] if transition.when is None else [transition.when]
        clauses = [clause for name in transition.guards for clause in procedure.guards[name].clauses]
        goals += [each.require for each in clauses if each.effect is Effect.REFUSE or chance.random() < CARE]
        if not all(aim(draft, goal, chance) for goal in goals):  # one cannot be met: see to the others all the same
            for goal in goals:
                aim(draft, goal, chance)
        return draft

    def _value(self, fact: FactDef, procedure: Procedure) -> FactValue:
        if fact.type is FactType.ORGANIZATION:
            return self.organization(fact, self.chance)
        return value_of(fact, self.now, self.chance, self.law.habits[procedure.key], self.foresight)

    def _renewed(self, transition: Transition, filed: frozenset[str]) -> frozenset[str]:
        """Return the papers to file again: those an earlier act used up and this one uses up once more."""
        have = self.unused | filed
        again = set()
        for forms in transition.requires:
            usable = [form for form in forms if form in (have if form in transition.fresh else self.papers | filed)]
            if not usable:
                again.add(self.chance.choice(forms))
        return frozenset(again)

    def _overrides(self, machine: Machine, transition: Transition) -> dict[str, str]:
        guards = [machine.engine.procedure.guards[name] for name in transition.guards]
        return {guard.id: REASON for guard in guards if any(each.effect is Effect.OVERRIDE for each in guard.clauses)}

    def _decide(
        self, machine: Machine, before: Situation, act: Act, role: str, by: str, filed: tuple[str, ...]
    ) -> bool:
        """Ask the engine and keep what it decided; count what is refused."""
        try:
            self._do(machine, before, act, role, by, filed)
        except FAULTS as fault:
            reasons = fault.reasons if isinstance(fault, MoveRefusedError) else ()
            self.refused.update(f"{each.guard}.{each.clause or ''}" for each in reasons)
            self.refused[type(fault).__name__] += 1
            return False
        return True

    def _do(self, machine: Machine, before: Situation, act: Act, role: str, by: str, filed: tuple[str, ...]) -> None:
        """Keep what the engine decides, with the side machines that move along; all of it or nothing."""
        decision = machine.engine.decide(before, act, Actor(frozenset([role])))
        transition = decision.transition
        kept = self.fork(0) if transition.also or transition.starts_proceeding else self
        number, procedure = len(self.steps) + 1, machine.engine.procedure
        try:
            self._keep(machine, Step(number, machine.name, procedure, before, act, role, decision, filed, by))
            self._begin(transition, before.occurred_at)
            self._move_others(transition)
        except FAULTS:
            assert kept is not self
            self.__dict__ |= {**kept.__dict__, "chance": self.chance}
            raise

    def _keep(self, machine: Machine, step: Step) -> None:
        """Write down what a step changed."""
        decision, before, transition = step.decision, step.before, step.transition
        machine.state, machine.last_act_at = decision.state.id, before.occurred_at
        self.facts = dict(decision.effects.facts)
        self.papers, self.unused = before.papers, before.unused_papers - set(transition.fresh)
        self.steps.append(step)
        for stop in decision.effects.stopped:
            self.limits[stop.limit_id] = replace(self.limits[stop.limit_id], running=False)
            self._end_run(stop.limit_id, "stopped", step.number)
        for start in decision.effects.started:
            if start.supersedes:
                self._end_run(start.limit.id, "superseded", step.number)
            self.limits[start.limit.id] = open_limit(start)
            self.runs.append(Run(start.limit, machine.name, step.number, open_limit(start)))
        self._cover(transition, step)
        if transition.opens_dossier is not None:
            known = {**decision.stated, **transition.sets}
            self.successors.append((transition.opens_dossier, before.occurred_at, known))

    def _end_run(self, name: str, how: str, number: int) -> None:
        (place,) = [n for n, run in enumerate(self.runs) if run.limit.id == name and run.how == "running"]
        self.runs[place] = replace(self.runs[place], ended=number, how=how)

    def held_by_side(self) -> bool:
        """Return whether a side machine physically holds the person: only its own act can say that they left."""
        return any(holds_somebody(side.engine.procedure, side.state) for side in self.sides if side.open)

    def _cover(self, transition: Transition, step: Step) -> None:
        custody = transition.custody
        if custody is not None and not (custody.kind is Person.AT_LIBERTY and self.held_by_side()):
            self.covers.append(Cover(step.number, step.before.occurred_at, custody))

    def _begin(self, act: Transition, at: datetime) -> None:
        """Open the side machine that an act begins, unless one is open that it goes on with; raises if it cannot."""
        kind = act.starts_proceeding
        if kind is None:
            return
        open_ones = [side for side in self.sides if side.open and side.engine.procedure.id == kind]
        become = Beginning.OPENS
        if open_ones:
            become = beginning(act, open_ones[-1].engine.procedure, [each.state for each in open_ones])
        if become is Beginning.REFUSED:
            raise AlreadyOpenError(kind)
        if become is Beginning.OPENS:
            self._open(kind, at)

    def _open(self, kind: str, at: datetime) -> None:
        engine = self.law.in_force(kind, at.astimezone(VIETNAM).date())
        if engine is None:
            raise NoEditionError(f"{kind} on {at:%Y-%m-%d}")
        number = 1 + sum(side.engine.procedure.id == kind for side in self.sides)
        self.sides.append(Machine(f"{kind}/{number}", engine, engine.procedure.initial.id, at))

    def _move_others(self, transition: Transition) -> None:
        """Move the side machines that go along with an act, as far as they stand where they can."""
        for also in transition.also:
            for side in [side for side in self.sides if side.open and side.engine.procedure.id == also.procedure]:
                before, act = self.situation(side), Act(also.trigger, {}, self.now, along=True)
                move = move_with(side.engine.procedure, also.trigger, before)
                if move is None:
                    continue
                decision = side.engine.decide(before, act, Actor(frozenset(move.roles)))
                number, role = len(self.steps) + 1, move.roles[0]
                self._keep(
                    side, Step(number, side.name, side.engine.procedure, before, act, role, decision, (), "along")
                )
