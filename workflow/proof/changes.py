"""What an act changes in the tracked variables: facts, limits, flags, custody, and the side machines that move along.

Mirrors `workflow.effects` and the recording of a move, in the few values that a proof knows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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


class Changes:
    """The effects of acts on the tracked variables of one system."""

    def __init__(self, variables: Variables, flags: Flags) -> None:
        self.variables, self.flags = variables, flags
        self.sides = variables.system.sides

    def applied(self, step: Step, values: Values) -> Values:
        """Return the variables after the effects of the act itself."""
        act, after = step.act, dict(values)
        for fact in act.clears:
            self._write(after, fact, None)
        for fact, value in act.sets.items():
            token = isinstance(value, str) and value.startswith("@")
            self._write(after, fact, KNOWN if token else value)
        for fact in act.closes_period:
            if after.get(f"fact:{fact}") == OPEN:
                after[f"fact:{fact}"] = CLOSED
        if act.opens_period is not None:
            self._write(after, act.opens_period, OPEN)
        self._limits(act, after)
        self._flags(step, after)
        if act.custody is not None and CUSTODY in after:
            self._hold(step, after)
        return after

    def _write(self, after: Values, fact: str, value: Value) -> None:
        """Put a value into the variables of a fact; of a date that the act itself gives, only its nearness is sure."""
        if f"fact:{fact}" in after:
            after[f"fact:{fact}"] = value
        for name in self.variables.derived_from(fact):
            if name not in after:
                continue
            if name.startswith("within:"):
                after[name] = None if value is None else True
            elif name.startswith("order:"):
                after[name] = True if value is None else EITHER
            else:
                after[name] = None if value is None else EITHER

    def _limits(self, act: Transition, after: Values) -> None:
        tracked = [name for name in after if name.startswith("limit:")]
        stopped = tracked if act.stops_all else [f"limit:{name}" for name in act.stops]
        for name in stopped:
            if name in after and isinstance(after[name], tuple):
                after[name] = (limit_phase(after[name]), False)
        wanted = [(name, True) for name in act.restarts] + [(name, False) for name in act.starts]
        for limit_id, again in sorted(wanted, key=lambda entry: not self._gives_end(entry[0])):
            self._start(limit_id, after, again=again)

    def _gives_end(self, limit_id: str) -> bool:
        limit = self.variables.limit(limit_id)
        return limit is not None and limit.ends_fact is not None

    def _start(self, limit_id: str, after: Values, *, again: bool) -> None:
        limit, name = self.variables.limit(limit_id), f"limit:{limit_id}"
        if limit is None:
            return
        now = after.get(name)
        if not again and isinstance(now, tuple) and now[1]:
            return
        dated = self._is_dated(limit, after)
        if name in after:
            after[name] = (PENDING if dated is not False else UNDATED, True)
        if limit.ends_fact is not None:
            self._write(after, limit.ends_fact, KNOWN if dated is not False else None)

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

    def _flags(self, step: Step, after: Values) -> None:
        papers = [frozenset(forms) for forms in step.act.requires]
        names = {step.name, f"{step.name}@{step.act.dest}"}
        for name in after:
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

    def _hold(self, step: Step, after: Values) -> None:
        """Say where the person is; being set free by one act does not free somebody whom a side machine still holds."""
        custody = step.act.custody
        assert custody is not None
        if custody.kind is Person.AT_LIBERTY and held_by_side(after, self.sides):
            return
        after[CUSTODY] = custody.kind.value


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
