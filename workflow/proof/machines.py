"""Side machines in a proof: how an act of the main procedure begins them and takes them along.

Several instances of a machine may be open: a variable holds the state of the latest and the states of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workflow.model import AlsoFire, Procedure, Transition
from workflow.proof.changes import Changes, Step, Values, instances, refusing, standing, state_after
from workflow.proof.truth import Truth, both, inverse, truth_of
from workflow.sides import Beginning, beginning


class Machines:
    """The side machines of one system, moved by acts of the main procedure."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._sides, self._variables = changes.sides, changes.variables
        self._steps: dict[int, Step] = {}

    def after(self, step: Step, values: Values) -> list[Values]:
        """Return the variables once the act has begun and moved what it begins and moves; none if it is refused."""
        results = self._begun(step.act, values)
        for also in step.act.also:
            side = self._sides.get(also.procedure)
            if side is not None:
                moved = [self._moved(side, also, before) for before in results]
                results = moved[0] if len(moved) == 1 else _distinct(each for found in moved for each in found)
        return results

    def _begun(self, act: Transition, values: Values) -> list[Values]:
        name = f"at:{act.starts_proceeding}"
        if act.starts_proceeding is None or name not in values:
            return [values]
        side = self._sides[act.starts_proceeding]
        match beginning(act, side, standing(values[name], side)):
            case Beginning.REFUSED:
                return []
            case Beginning.GOES_ON:
                return [values]
            case Beginning.OPENS:
                return [{**values, name: (side.initial.id, frozenset(standing(values[name], side)))}]

    def _moved(self, side: Procedure, also: AlsoFire, values: Values) -> list[Values]:
        """Return the variables after every open instance that can move has moved."""
        name = f"at:{side.id}"
        if name not in values:
            steps = [self._along(side, act) for act in side.by_trigger.get(also.trigger, ())]
            moved = [self._changes.applied(step, values) for step in steps if self._changes.touches(step, values)]
            return [values, *(each for each in moved if each != values)]
        results = [(values, frozenset[str]())]
        latest, others = instances(values[name])
        for place in sorted(others):
            results = [
                (after, left | ({dest} if not side.states[dest].terminal else frozenset()))
                for before, left in results
                for dest, after in self._from(side, also.trigger, place, before)
            ]
        if latest is None or side.states[latest].terminal:
            return [{**after, name: (latest, left)} for after, left in results]
        return [
            {**after, name: (dest, left)}
            for before, left in results
            for dest, after in self._from(side, also.trigger, latest, before)
        ]

    def _from(self, side: Procedure, trigger: str, place: str, values: Values) -> Iterator[tuple[str, Values]]:
        """Yield where one instance may come to, with what changes; nothing when the move refuses the whole act."""
        earlier: Truth = True
        for act in side.by_trigger.get(trigger, ()):
            if place not in act.source:
                continue
            chosen = True if act.when is None else truth_of(act.when, values, self._variables)
            if both((chosen, earlier)) is not False:
                refused = both(truth_of(each, values, self._variables) for each in refusing(side, act))
                if refused is not False:
                    yield state_after(act, place), self._changes.applied(self._along(side, act), values)
            earlier = both((earlier, inverse(chosen)))
            if earlier is False:
                return
        if earlier is not False:
            yield place, values

    def _along(self, side: Procedure, act: Transition) -> Step:
        """Return an act of a side machine as a step, always the same one."""
        step = self._steps.get(id(act))
        if step is None:
            step = self._steps[id(act)] = Step(side, act, 0, ())
        return step


def _distinct(results: Iterable[Values]) -> list[Values]:
    """Return each outcome once: many machines may come along and change nothing that is looked at."""
    found: list[Values] = []
    for each in results:
        if each not in found:
            found.append(each)
    return found
