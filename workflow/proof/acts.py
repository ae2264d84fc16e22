"""The steps of a proof: every act of the law, and time, each as a change of the tracked variables.

An act is possible unless a condition certainly refuses it: what is not tracked may be either way, a clause that only
warns stops nobody, a paper can be put on file.  So everything that can really happen is among the steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import cast

from workflow.model import Procedure, Transition
from workflow.predicates import Predicate
from workflow.proof.changes import Changes, Flags, Step, Values, instances, refusing, state_after
from workflow.proof.machines import Machines
from workflow.proof.truth import Truth, both, inverse, truth_of
from workflow.proof.variables import CUSTODY, ENDED, OPENED, PENDING, STATE, UNDATED, System, Value, Variables, names_of
from workflow.sides import holds_somebody


def steps_of(system: System, *, along: bool = False) -> list[Step]:
    """Return every act of the main procedure and its side machines, in the order of the files.

    What only moves along with another act is no step of its own; `along` asks for it all the same.
    """
    steps = []
    for procedure in system.procedures:
        for number, act in enumerate(procedure.transitions):
            if act.along_only and not along:
                continue
            before = tuple(each for each in procedure.transitions[:number] if each.trigger == act.trigger)
            steps.append(Step(procedure, act, number, before))
    return steps


class Semantics:
    """What each step reads, whether it can happen, and where it leads, for a chosen set of tracked variables."""

    def __init__(self, variables: Variables, flags: Flags, tracked: frozenset[str]) -> None:
        self.variables, self.tracked = variables, tracked
        self.sides = variables.system.sides
        self._changes = Changes(variables, flags)
        self._machines = Machines(self._changes)
        self._holding = frozenset(
            f"at:{name}"
            for name, side in self.sides.items()
            if f"at:{name}" in tracked and any(holds_somebody(side, state) for state in side.states)
        )

    # --- What a step depends on -------------------------------------------------------------------------------

    def conditions(self, step: Step) -> tuple[Predicate, ...]:
        """Return every condition that decides whether the step can happen, with those of what moves along."""
        known = self.variables.remembered("conditions", step)
        if known is None:
            found = [*refusing(step.procedure, step.act)]
            found += [each.when for each in (step.act, *step.before) if each.when is not None]
            for side, act in self._along(step):
                found += [*refusing(side, act), *([act.when] if act.when is not None else [])]
            known = self.variables.remember("conditions", step, tuple(found))
        return cast("tuple[Predicate, ...]", known)

    def asked(self, step: Step) -> frozenset[str]:
        """Return every variable that decides whether the step can happen, tracked or not."""
        known = self.variables.remembered("asked", step)
        if known is None:
            names = {name for condition in self.conditions(step) for name in names_of(condition)}
            names |= {f"at:{step.side}"} if step.side else set()
            known = self.variables.remember("asked", step, frozenset(names))
        return cast("frozenset[str]", known)

    def reads(self, step: Step) -> frozenset[str]:
        """Return the tracked variables on which the outcome depends."""
        known = self.variables.remembered("reads", step)
        if known is None:
            known = self.variables.remember("reads", step, self.asked(step) | self._touched(step))
        names = cast("frozenset[str]", known) & self.tracked
        if step.act.stops_all:
            names |= {name for name in self.tracked if name.startswith("limit:")}
        return names | self._holding if step.act.custody is not None else names

    def _touched(self, step: Step) -> frozenset[str]:
        """Return what an act changes in a way that depends on what was before."""
        names: set[str] = set()
        for act in (step.act, *(each for _, each in self._along(step))):
            for limit_id in (*act.starts, *act.restarts, *act.stops):
                names |= {f"limit:{limit_id}", *self._inputs(limit_id)}
            names |= {f"fact:{name}" for name in act.closes_period}
        names |= {f"at:{also.procedure}" for also in step.act.also}
        if step.act.starts_proceeding:
            names.add(f"at:{step.act.starts_proceeding}")
        return frozenset(names | {CUSTODY})

    def writes(self, step: Step) -> frozenset[str]:
        """Return the variables that the act and what moves along may change, besides those it reads."""
        known = self.variables.remembered("writes", step)
        if known is None:
            names: set[str] = set()
            for act in (step.act, *(each for _, each in self._along(step))):
                names |= self._written(act)
            known = self.variables.remember("writes", step, frozenset(names))
        return cast("frozenset[str]", known) | {name for name in self.tracked if name.startswith("flag:")}

    def _written(self, act: Transition) -> set[str]:
        facts = (*act.fields.all, *act.sets, *act.clears, *((act.opens_period,) if act.opens_period else ()))
        names = {each for fact in facts for each in (f"fact:{fact}", *self.variables.derived_from(fact))}
        for limit_id in (*act.starts, *act.restarts):
            limit = self.variables.limit(limit_id)
            if limit is not None and limit.ends_fact is not None:
                names.add(f"fact:{limit.ends_fact}")
        return names | ({CUSTODY} if act.custody is not None else set())

    def _along(self, step: Step) -> Iterator[tuple[Procedure, Transition]]:
        """Yield the acts of side machines that may move with a step."""
        for also in step.act.also:
            side = self.sides.get(also.procedure)
            if side is not None:
                yield from ((side, act) for act in side.by_trigger.get(also.trigger, ()))

    def _inputs(self, limit_id: str) -> set[str]:
        limit = self.variables.limit(limit_id)
        if limit is None:
            return set()
        facts = (*limit.inputs.values(), limit.from_fact, limit.until)
        return {f"fact:{name}" for name in facts if name is not None}

    # --- Where a step leads -----------------------------------------------------------------------------------

    def outcomes(self, step: Step, values: Mapping[str, Value]) -> list[Values]:
        """Return the tracked variables after the step, once for each way it can happen; none when it cannot."""
        found = []
        for stated in self.statements(step.act, values):
            if self.possible(step, stated) is False:
                continue
            for moved in self._machine_moves(step, stated):
                found += self._machines.after(step, self._changes.applied(step, moved))
        return found

    def surely(self, step: Step, values: Mapping[str, Value]) -> list[Values]:
        """Return where the step leads in every way that an officer can certainly bring about, papers apart."""
        found = []
        for stated in self.statements(step.act, values):
            if self._certain(step, stated):
                for moved in self._machine_moves(step, stated):
                    found += self._machines.after(step, self._changes.applied(step, moved))
        return found

    def possible(self, step: Step, stated: Mapping[str, Value]) -> Truth:
        """Return whether the step can happen after what was stated with it."""
        chosen = True if step.act.when is None else truth_of(step.act.when, stated, self.variables)
        earlier = [
            inverse(True if each.when is None else truth_of(each.when, stated, self.variables))
            for each in step.before
            if step.side is not None or stated.get(STATE) in each.source
        ]
        refused = (truth_of(each, stated, self.variables) for each in refusing(step.procedure, step.act))
        return both((chosen, both(earlier) if step.side is None else True, both(refused)))

    def _certain(self, step: Step, stated: Mapping[str, Value]) -> bool:
        return self.possible(step, stated) is True

    def statements(self, act: Transition, values: Mapping[str, Value]) -> Iterator[Values]:
        """Yield the variables with every combination of what the act must, and may, state."""
        options: list[tuple[str, tuple[Value, ...]]] = []
        for fact in act.fields.all:
            for name in (f"fact:{fact}", *self.variables.derived_from(fact)):
                if name in self.tracked:
                    choices = self.variables[name].choices
                    kept = (values[name],) if fact in act.fields.optional else ()
                    options.append((name, tuple(dict.fromkeys((*choices, *kept)))))
        names = [name for name, _ in options]
        for choice in product(*(choices for _, choices in options)):
            yield {**values, **dict(zip(names, choice, strict=True))}

    def _machine_moves(self, step: Step, values: Values) -> Iterator[Values]:
        """Yield the variables with the machine of the step moved: the dossier, or one instance of a side machine."""
        act = step.act
        if step.side is None:
            yield values if act.dest == "=" else {**values, STATE: act.dest}
            return
        name = f"at:{step.side}"
        if name not in values:
            yield dict(values)
            return
        latest, others = instances(values[name])
        if latest in act.source:
            yield {**values, name: (latest if act.dest == "=" else act.dest, others)}
        for other in sorted(others & set(act.source)):
            moved = (
                frozenset() if step.procedure.states[state_after(act, other)].terminal else {state_after(act, other)}
            )
            yield {**values, name: (latest, (others - {other}) | moved)}
            yield {**values, name: (latest, others | moved)}


def time_steps(semantics: Semantics, values: Mapping[str, Value]) -> Iterator[tuple[str, Values]]:
    """Yield what may happen by itself: a limit opens or ends, somebody grows older, a time to act runs out."""
    order = list(values)
    clock = Clock(semantics, {name: place for place, name in enumerate(order)})
    for event, place, value, others in clock.steps(tuple(values.values())):
        yield event, {**values, order[place]: value, **{order[other]: change for other, change in others}}


#: What time changes: the name of the event, the place of the variable, its value, and what changes with it.
TimeStep = tuple[str, int, Value, list[tuple[int, Value]]]


class Clock:
    """Time, as a step of the proof: which of the tracked variables it can change, and how."""

    def __init__(self, semantics: Semantics, position: Mapping[str, int]) -> None:
        self._limits: list[tuple[str, int, bool, list[int]]] = []
        self._others: list[tuple[str, int, tuple[Value, ...]]] = []
        variables = semantics.variables
        for name, place in position.items():
            kind, _, what = name.partition(":")
            limit = variables.limit(what) if kind == "limit" else None
            if limit is not None and variables.is_asked(what):
                anchored = variables.anchored_on(limit.ends_fact) if limit.ends_fact else ()
                places = [position[f"limit:{each.id}"] for each in anchored if f"limit:{each.id}" in position]
                self._limits.append((name, place, variables.has_window(what), places))
            if kind in ("age", "within"):
                self._others.append((name, place, variables[name].choices))

    def steps(self, node: tuple[Value, ...]) -> Iterator[TimeStep]:
        """Yield every change that time can make to a combination of values."""
        for name, place, windowed, anchored in self._limits:
            value = node[place]
            if not isinstance(value, tuple) or value[0] not in (PENDING, OPENED):
                continue
            if windowed and value[0] == PENDING:
                yield f"{name}:{OPENED}", place, (OPENED, value[1]), []
            # what is counted back from the end of this limit is over with it
            over = [(other, node[other]) for other in anchored]
            ended = [(o, (ENDED, v[1])) for o, v in over if isinstance(v, tuple) and v[0] != UNDATED]
            yield f"{name}:{ENDED}", place, (ENDED, value[1]), list(ended)
        for name, place, choices in self._others:
            value = node[place]
            if name.startswith("within:"):
                if value is True:
                    yield name, place, False, []
            elif isinstance(value, int) and value + 1 in choices:
                yield name, place, value + 1, []
