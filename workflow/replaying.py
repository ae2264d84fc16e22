"""Plays the recorded acts of a dossier again, in memory, under an edition of the law that was not theirs.

Reads no table, no file and no clock, and changes nothing: what comes out is where the dossier would have stood, which
acts the edition does not know or refuses, which limits would have run, and who would have held the person.  An act
that cannot happen is told and left out; the rest goes on from where the dossier then stands.  What time alone brings
about is not taken from the record: it happens by the limits of the edition that is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from workflow import refusals
from workflow.calendar import Calendar, CalendarUnknownError
from workflow.certificates import VIETNAM
from workflow.effects import StartedLimit, TermConflictError, open_limit
from workflow.engine import Act, Actor, Decision, Engine
from workflow.model import Limit, Procedure, Transition
from workflow.predicates import OpenLimit, Situation
from workflow.recorded import (
    CLOCK,
    MAIN,
    By,
    Cover,
    Fate,
    LimitRun,
    Opening,
    Outcome,
    RecordedAct,
    Replay,
    ToldAct,
    is_duty,
)
from workflow.refusals import MoveRefusedError, Reason
from workflow.sides import Beginning, beginning, holds_somebody, move_with
from workflow.vocabulary import Effect, Expiry, FactValue, Person, Text

#: A dossier cannot be moved on by time more often than this in one go: more would be a loop in the law.
ADVANCES_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class _Machine:
    """The dossier or a side machine at work."""

    engine: Engine
    state: str
    last_act_at: datetime

    @property
    def open(self) -> bool:
        return not self.engine.procedure.states[self.state].terminal


@dataclass
class _Standing:
    """Everything a dossier is at a moment; `copy` before what may fail."""

    machines: dict[str, _Machine]
    facts: dict[str, FactValue]
    papers: frozenset[str] = frozenset()
    unused: frozenset[str] = frozenset()
    limits: dict[str, OpenLimit] = field(default_factory=dict)
    runs: list[LimitRun] = field(default_factory=list)
    covers: list[Cover] = field(default_factory=list)

    def copy(self) -> _Standing:
        return replace(
            self,
            machines=dict(self.machines),
            facts=dict(self.facts),
            limits=dict(self.limits),
            runs=list(self.runs),
            covers=list(self.covers),
        )

    def sides(self, kind: str | None = None) -> dict[str, _Machine]:
        """Return the side machines that have not ended, of one kind or all."""
        named = {name: machine for name, machine in self.machines.items() if name != MAIN and machine.open}
        return {n: m for n, m in named.items() if kind is None or m.engine.procedure.id == kind}


class Replayer:
    """One edition, with every edition of the side machines, ready to play any number of dossiers."""

    def __init__(
        self, procedure: Procedure, sides: Iterable[Procedure], calendar: Calendar, policies: Mapping[str, str]
    ) -> None:
        self.procedure, self._calendar, self._policies = procedure, calendar, dict(policies)
        self._main = Engine(procedure, calendar)
        self._side_editions = tuple(each for each in sides if each.side)
        self._engines: dict[str, Engine] = {}

    def play(self, opening: Opening, acts: Iterable[RecordedAct]) -> Replay:
        """Play the acts in order; time acts by the limits of this edition, at the latest moment before each of them."""
        initial = self.procedure.states.get(opening.state, self.procedure.initial)
        known = {name: value for name, value in opening.facts.items() if name in self.procedure.facts}
        standing = _Standing({MAIN: _Machine(self._main, initial.id, opening.at)}, known)
        standing.covers.append(Cover(initial.person, None, opening.at))
        left_out: list[ToldAct] = []
        for act in acts:
            standing.papers |= act.filed
            standing.unused |= act.filed
            if act.by is By.ALONG:
                continue
            standing = self._let_time_act(standing, act.recorded_at)
            if act.by is By.CLOCK:
                continue
            try:
                standing = self._done(standing, act)
            except MoveRefusedError as refused:
                fate = self._fate(standing, act, refused, already=bool(left_out))
                left_out.append(ToldAct(act, fate, refused.reasons))
        states = {name: machine.state for name, machine in standing.machines.items()}
        outcome = Outcome(states, standing.facts, tuple(standing.runs), tuple(standing.covers))
        return Replay(outcome, tuple(left_out))

    def limit(self, rule: str) -> Limit | None:
        """Return a limit of the edition or of one of its side machines, by its id."""
        for procedure in (self.procedure, *self._side_editions):
            if rule in procedure.limits:
                return procedure.limits[rule]
        return None

    # --- One act --------------------------------------------------------------------------------------------

    def _done(self, before: _Standing, act: RecordedAct) -> _Standing:
        """Return the dossier after an act; raises MoveRefusedError, with `before` as it was."""
        machine = before.machines.get(act.machine)
        if machine is None:
            raise MoveRefusedError(act.trigger, [_no_machine(act)])
        cases = machine.engine.procedure.by_trigger.get(act.trigger, ())
        here = [case for case in cases if machine.state in case.source] or list(cases)
        asked = {name for case in here for name in case.fields.all}
        fields = {name: value for name, value in act.fields.items() if name in asked}
        asking = Act(act.trigger, fields, act.recorded_at, act.overrides)
        return self._decided(before, act.machine, asking, frozenset((act.role,)), act.occurred_at)

    def _decided(
        self, before: _Standing, name: str, act: Act, roles: frozenset[str], occurred_at: datetime
    ) -> _Standing:
        """Return the dossier after an act and all that it takes along, or raise MoveRefusedError."""
        after = before.copy()
        decision = self._judged(after, name, act, roles, occurred_at)
        self._keep(after, name, decision, occurred_at)
        self._move_sides(after, decision.transition, act.recorded_at, occurred_at)
        return after

    def _judged(
        self, standing: _Standing, name: str, act: Act, roles: frozenset[str], occurred_at: datetime
    ) -> Decision:
        try:
            engine = standing.machines[name].engine
            return engine.decide(self._situation(standing, name, occurred_at), act, Actor(roles))
        except (CalendarUnknownError, TermConflictError) as fault:
            raise MoveRefusedError(act.trigger, [_uncountable()]) from fault

    def _situation(self, standing: _Standing, name: str, at: datetime) -> Situation:
        machine = standing.machines[name]
        return Situation(
            state=machine.state,
            facts=dict(standing.facts),
            occurred_at=at,
            papers=standing.papers,
            unused_papers=standing.unused,
            limits=dict(standing.limits),
            proceedings={m.engine.procedure.id: m.state for n, m in standing.machines.items() if n != MAIN},
            policies=self._policies,
            last_act_at=machine.last_act_at,
        )

    def _fate(self, standing: _Standing, act: RecordedAct, refused: MoveRefusedError, *, already: bool) -> Fate:
        """Say whether the edition refuses an act by itself, or only because one before it was left out."""
        machine = standing.machines.get(act.machine)
        if already and (machine is None or machine.state != act.state):
            return Fate.CONSEQUENCE
        if machine is None or any(each == refusals.unknown_move(act.trigger) for each in refused.reasons):
            return Fate.UNKNOWN
        if not already:
            return Fate.REFUSED
        as_recorded = standing.copy()
        as_recorded.facts = dict(act.facts)
        try:
            self._done(as_recorded, act)
        except MoveRefusedError:
            return Fate.REFUSED
        return Fate.CONSEQUENCE

    def _keep(self, standing: _Standing, name: str, decision: Decision, at: datetime) -> None:
        """Write down what an act changed."""
        transition, effects = decision.transition, decision.effects
        standing.machines[name] = replace(standing.machines[name], state=decision.state.id, last_act_at=at)
        standing.facts = dict(effects.facts)
        standing.unused -= frozenset(transition.fresh)
        self._cover(standing, transition, at)
        for stop in effects.stopped:
            standing.limits[stop.limit_id] = replace(standing.limits[stop.limit_id], running=False)
            _end_run(standing, stop.limit_id, "late" if stop.late else "lapsed" if stop.lapsed else "met")
        for start in effects.started:
            _end_run(standing, start.limit.id, "superseded")
            _begin_run(standing, start)

    def _cover(self, standing: _Standing, transition: Transition, at: datetime) -> None:
        custody = transition.custody
        if custody is None:
            return
        held = any(holds_somebody(side.engine.procedure, side.state) for side in standing.sides().values())
        present = standing.covers[-1]
        if custody.kind is Person.AT_LIBERTY and held:
            return
        if (present.kind, present.instrument) != (custody.kind, custody.instrument) and at < present.from_at:
            raise MoveRefusedError(transition.trigger, [refusals.before_previous()])
        standing.covers.append(Cover(custody.kind, custody.instrument, at))

    # --- Side machines and time -----------------------------------------------------------------------------

    def _move_sides(self, standing: _Standing, act: Transition, recorded_at: datetime, occurred_at: datetime) -> None:
        """Open the side machine that an act begins and move those that come along with it."""
        kind = act.starts_proceeding
        if kind is not None:
            open_ones = list(standing.sides(kind).values())
            engine = open_ones[-1].engine if open_ones else self._side(kind, occurred_at)
            found = beginning(act, engine.procedure, [each.state for each in open_ones]) if engine else None
            if engine is None or found is Beginning.REFUSED:
                raise MoveRefusedError(act.trigger, [_not_begun(act)])
            if found is Beginning.OPENS:
                engine = self._side(kind, occurred_at) or engine
                number = 1 + sum(each.partition("/")[0] == kind for each in standing.machines)
                initial = engine.procedure.initial.id
                standing.machines[f"{kind}/{number}"] = _Machine(engine, initial, occurred_at)
        for also in act.also:
            for name, side in standing.sides(also.procedure).items():
                at = max(occurred_at, side.last_act_at) if act.release else occurred_at
                move = move_with(side.engine.procedure, also.trigger, self._situation(standing, name, at))
                if move is None:
                    continue
                along = Act(also.trigger, {}, recorded_at, along=True)
                self._keep(standing, name, self._judged(standing, name, along, frozenset(move.roles), at), at)

    def _side(self, kind: str, at: datetime) -> Engine | None:
        """Return the edition of a side machine in force on a day of an act, or on the nearest day of this edition."""
        first = max(at.astimezone(VIETNAM).date().isoformat(), self.procedure.edition)
        for day in (first, min(first, self.procedure.in_force_to or first)):
            fitting = [each for each in self._side_editions if each.id == kind and _in_force(each, day)]
            if fitting:
                found = max(fitting, key=lambda each: each.edition)
                if found.key not in self._engines:
                    self._engines[found.key] = Engine(found, self._calendar)
                return self._engines[found.key]
        return None

    def _let_time_act(self, standing: _Standing, at: datetime) -> _Standing:
        """Let the limits that have run out by `at` move the dossier on, in the order of their ends."""
        for _ in range(ADVANCES_MAX):
            moved = self._advanced(standing, at)
            if moved is None:
                return standing
            standing = moved
        return standing

    def _advanced(self, standing: _Standing, at: datetime) -> _Standing | None:
        ended = [(limit.due_at, name) for name, limit in standing.limits.items() if limit.running and limit.due_at]
        for due_at, name in sorted(ended):
            rule = self.procedure.limits.get(name)
            if due_at > at or rule is None or rule.on_expiry is not Expiry.ADVANCE or rule.advances is None:
                continue
            occurred_at = max(due_at, standing.machines[MAIN].last_act_at)
            try:
                return self._decided(standing, MAIN, Act(rule.advances, {}, at), frozenset((CLOCK,)), occurred_at)
            except MoveRefusedError:
                continue  # the dossier has left the state in which this end means something
        return None


def _in_force(procedure: Procedure, day: str) -> bool:
    return procedure.edition <= day and (procedure.in_force_to is None or day <= procedure.in_force_to)


def _end_run(standing: _Standing, rule: str, how: str) -> None:
    for place, run in enumerate(standing.runs):
        if run.rule == rule and run.how == "running":
            standing.runs[place] = replace(run, how=how)


def _begin_run(standing: _Standing, start: StartedLimit) -> None:
    standing.limits[start.limit.id] = open_limit(start)
    standing.runs.append(LimitRun(start.limit.id, start.due_at, "running", is_duty(start.limit)))


def _no_machine(act: RecordedAct) -> Reason:
    kind = act.machine.partition("/")[0]
    text = Text(f"Không có việc “{kind}” đang được giải quyết", f"No “{kind}” is under way")
    return Reason("NO_PROCEEDING", text, "", Effect.REFUSE, clause=kind)


def _not_begun(act: Transition) -> Reason:
    text = Text(
        f"“{act.title.vi}”: không mở được việc kèm theo (đang giải quyết hoặc chưa có thủ tục áp dụng)",
        f"“{act.title.en}”: what it begins is under way already, or no procedure applies",
    )
    return Reason("PROCEEDING_OPEN", text, act.basis, Effect.REFUSE, clause=act.starts_proceeding)


def _uncountable() -> Reason:
    text = Text(
        "Không tính được thời hạn: các mốc thời gian mâu thuẫn hoặc lịch làm việc chưa có năm này",
        "A limit cannot be counted: dates on file contradict each other, or the working calendar lacks a year",
    )
    return Reason("NOT_COUNTED", text, "", Effect.REFUSE)
