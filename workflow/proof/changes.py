"""What an act changes in the tracked variables: facts, limits, flags, custody, and the side machines that move along.

Mirrors `workflow.effects` and the recording of a move, in the few values that a proof knows.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from workflow.model import Limit, Procedure, Transition
from workflow.predicates import Predicate
from workflow.proof.truth import Truth, both
from workflow.proof.variables import (
    CLOSED,
    CUSTODY,
    EITHER,
    KNOWN,
    OPEN,
    PENDING,
    UNDATED,
    Value,
    Variables,
    limit_phase,
)
from workflow.sides import holds_somebody
from workflow.vocabulary import Effect, Person, Unit

Values = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Flags:
    """What `safety.toml` remembers of a path: which acts, or papers an act needed, set and clear each flag."""

    set_by: Mapping[str, frozenset[str]]
    cleared_by: Mapping[str, frozenset[str]]
    #: Flag -> forms: set by an act that cannot happen without one of them.
    papers: Mapping[str, frozenset[str]]
    #: Flag -> the effect of acts: "ends_title" or "release".
    marks: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One act of the law as the proof sees it; `number` is its place in the file, to tell cases apart."""

    procedure: Procedure
    act: Transition
    number: int
    #: Earlier cases of the same trigger: when one of them certainly holds, this case is not taken.
    before: tuple[Transition, ...]

    @property
    def side(self) -> str | None:
        """Return the side machine that the act moves; None for the main procedure."""
        return self.procedure.id if self.procedure.side else None

    @property
    def name(self) -> str:
        """Return how `safety.toml` names the act: `trigger`, or `machine:trigger`."""
        return f"{self.side}:{self.act.trigger}" if self.side else self.act.trigger


def refusing(procedure: Procedure, act: Transition) -> Iterator[Predicate]:
    """Yield the conditions without which the act does not happen, whatever reason an officer gives."""
    for name in act.guards:
        yield from (each.require for each in procedure.guards[name].clauses if each.effect is Effect.REFUSE)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What an act does whatever the values are, for one set of variables: worked out once."""

    before_periods: Values
    closes: tuple[str, ...]
    after_periods: Values
    stops: tuple[str, ...]
    #: Limit, the name of its variable, whether a running one begins anew; those that give an end come first.
    starts: tuple[tuple[Limit, str, bool], ...]
    flags: Values


class Changes:
    """The effects of acts on the tracked variables of one system."""

    def __init__(self, variables: Variables, flags: Flags) -> None:
        self.variables, self.flags = variables, flags
        self.sides = variables.system.sides
        self._plans: dict[tuple[Step, tuple[str, ...]], _Plan] = {}

    def applied(self, step: Step, values: Values) -> Values:
        """Return the variables after the effects of the act itself."""
        plan = self._plan_for(step, tuple(values))
        after = {**values, **plan.before_periods}
        for name in plan.closes:
            if after[name] == OPEN:
                after[name] = CLOSED
        after.update(plan.after_periods)
        for name in plan.stops:
            if isinstance(after[name], tuple):
                after[name] = (limit_phase(after[name]), False)
        for limit, name, again in plan.starts:
            self._start(limit, name, after, again=again)
        after.update(plan.flags)
        if step.act.custody is not None and CUSTODY in after:
            self._hold(step, after)
        return after

    def touches(self, step: Step, values: Values) -> bool:
        """Return whether the act can change any of these variables."""
        plan = self._plan_for(step, tuple(values))
        parts = (plan.before_periods, plan.closes, plan.after_periods, plan.stops, plan.starts, plan.flags)
        return any(parts) or (step.act.custody is not None and CUSTODY in values)

    def _plan_for(self, step: Step, names: tuple[str, ...]) -> _Plan:
        plan = self._plans.get((step, names))
        if plan is None:
            plan = self._plans[step, names] = self._plan(step, names)
        return plan

    def _plan(self, step: Step, names: tuple[str, ...]) -> _Plan:
        act, there = step.act, frozenset(names)
        first: Values = {}
        for fact in act.clears:
            self._write(first, fact, None, there)
        for fact, value in act.sets.items():
            token = isinstance(value, str) and value.startswith("@")
            self._write(first, fact, KNOWN if token else value, there)
        second: Values = {}
        if act.opens_period is not None:
            self._write(second, act.opens_period, OPEN, there)
        stops = [name for name in names if name.startswith("limit:")] if act.stops_all else _limit_names(act.stops)
        wanted = [(name, True) for name in act.restarts] + [(name, False) for name in act.starts]
        known = [(limit, f"limit:{name}", again) for name, again in wanted if (limit := self.variables.limit(name))]
        return _Plan(
            before_periods=first,
            closes=tuple(name for fact in act.closes_period if (name := f"fact:{fact}") in there),
            after_periods=second,
            stops=tuple(name for name in stops if name in there),
            starts=tuple(sorted(known, key=lambda entry: entry[0].ends_fact is None)),
            flags=self._flags(step, names),
        )

    def _write(self, after: Values, fact: str, value: Value, there: Container[str]) -> None:
        """Put a value into the variables of a fact; of a date that the act itself gives, only its nearness is sure."""
        if f"fact:{fact}" in there:
            after[f"fact:{fact}"] = value
        for name in self.variables.derived_from(fact):
            if name not in there:
                continue
            if name.startswith("within:"):
                after[name] = None if value is None else True
            elif name.startswith("order:"):
                after[name] = True if value is None else EITHER
            else:
                after[name] = None if value is None else EITHER

    def _start(self, limit: Limit, name: str, after: Values, *, again: bool) -> None:
        now = after.get(name)
        if not again and isinstance(now, tuple) and now[1]:
            return
        dated = self._is_dated(limit, after)
        if name in after:
            after[name] = (PENDING if dated is not False else UNDATED, True)
        if limit.ends_fact is not None:
            self._write(after, limit.ends_fact, KNOWN if dated is not False else None, after)

    def _is_dated(self, limit: Limit, after: Values) -> Truth:
        """Return whether the end of the limit is known once it is started; None when that is not tracked."""
        if limit.unit is Unit.NONE:
            return False
        if limit.unit is Unit.TERM:
            needed = [self._is_known(limit.inputs[each], after) for each in ("months", "start")]
            excluded = f"fact:{limit.inputs['excluded']}"
            return both((*needed, None if excluded not in after else after[excluded] != OPEN))
        if limit.unit is Unit.STATED and limit.until is not None:
            return self._is_known(limit.until, after)
        if limit.direction == "before" and limit.from_fact is not None:
            return self._is_known(limit.from_fact, after)
        return True

    def _is_known(self, fact: str, after: Values) -> Truth:
        name = f"fact:{fact}"
        return None if name not in after else after[name] is not None

    def _flags(self, step: Step, tracked: Iterable[str]) -> Values:
        """Return the flags that the act clears and sets; one that it does both to is set."""
        papers = [frozenset(forms) for forms in step.act.requires]
        names = {step.name, f"{step.name}@{step.act.dest}"}
        after: Values = {}
        for name in tracked:
            kind, _, flag = name.partition(":")
            if kind != "flag":
                continue
            if names & self.flags.cleared_by.get(flag, frozenset()):
                after[name] = False
            marked = self.flags.marks.get(flag)
            if (
                names & self.flags.set_by.get(flag, frozenset())
                or any(forms <= self.flags.papers.get(flag, frozenset()) for forms in papers)
                or (marked is not None and getattr(step.act, marked))
            ):
                after[name] = True
        return after

    def _hold(self, step: Step, after: Values) -> None:
        """Say where the person is; being set free by one act does not free somebody whom a side machine still holds."""
        custody = step.act.custody
        assert custody is not None
        if custody.kind is Person.AT_LIBERTY and held_by_side(after, self.sides):
            return
        after[CUSTODY] = custody.kind.value


def _limit_names(limits: Iterable[str]) -> list[str]:
    return [f"limit:{name}" for name in limits]


def state_after(act: Transition, source: str) -> str:
    """Return where the act leads from `source`."""
    return source if act.dest == "=" else act.dest


def instances(value: Value) -> tuple[str | None, frozenset[str]]:
    """Return the state of the latest instance of a side machine, and the states of earlier ones still open."""
    assert isinstance(value, tuple)
    latest, others = value
    return latest, others


def standing(value: Value, side: Procedure) -> tuple[str, ...]:
    """Return the states of the open instances of a side machine, the latest first."""
    latest, others = instances(value)
    every = (*((latest,) if latest else ()), *sorted(others))
    return tuple(each for each in every if not side.states[each].terminal)


def held_by_side(values: Mapping[str, Value], sides: Mapping[str, Procedure]) -> bool:
    """Return whether a side machine itself holds the person."""
    return any(
        holds_somebody(sides[machine], state)
        for machine in sides
        if f"at:{machine}" in values
        for state in standing(values[f"at:{machine}"], sides[machine])
    )
