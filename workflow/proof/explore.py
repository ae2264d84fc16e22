"""Walks through every reachable combination of state and tracked variables, breadth first: shortest stories first.

Tracks little at first.  A bad path that only exists because something was not tracked is recognised by walking it
again with everything it reads; what it missed is then tracked, and the walk begins anew.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from operator import itemgetter

from workflow.proof.acts import Clock, Semantics, steps_of, time_steps
from workflow.proof.changes import Flags, Step, Values
from workflow.proof.variables import STATE, Variables

#: How often tracking may grow before the proof gives up on an answer; never reached by a procedure we know of.
MOST_REFINEMENTS = 40
#: More combinations than this are not explored: the rule then counts as not proven.
MOST_STATES = 150_000

Node = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a path: an act, or what time brought (`limit:T-READ3:ended`), with the variables after it."""

    step: Step | None
    time: str | None
    after: Mapping[str, object]


StepJudge = Callable[[Step, Mapping[str, object], Mapping[str, object]], bool | None]
StateJudge = Callable[[Mapping[str, object], Semantics], bool | None]


@dataclass(frozen=True, slots=True)
class Watch:
    """What a rule looks at: variables to track from the start, and judgements of steps and of states.

    A judgement returns True for what must never be, False for what is right, None for what it does not concern.
    """

    names: frozenset[str]
    on_step: StepJudge | None = None
    on_state: StateJudge | None = None
    #: The steps that `on_step` speaks of.
    concerns: Callable[[Step], bool] = lambda _: True


@dataclass(slots=True)
class Explored:
    """What a walk found: the path to the first bad thing (None: there is none), and how much it looked at."""

    path: tuple[Event, ...] | None
    states: int
    judged: int
    tracked: frozenset[str]
    gave_up: bool = False


class Explorer:
    """Walks one system for one rule after the other; keeps what does not depend on the rule."""

    def __init__(self, variables: Variables, flags: Flags) -> None:
        self.variables, self.flags = variables, flags
        self.steps = steps_of(variables.system)

    def explore(self, watch: Watch, *, hint: frozenset[str] = frozenset()) -> Explored:
        """Walk until the rule is broken by a path that really exists, or holds everywhere."""
        tracked = watch.names | hint | {STATE}
        for _ in range(MOST_REFINEMENTS):
            found = _Walk(self, tracked, watch).run()
            if found.path is None or found.gave_up:
                return found
            missing = self._missed(found.path, watch, tracked)
            if not missing:
                return found
            tracked |= missing
        return Explored(None, 0, 0, tracked, gave_up=True)

    def shortest(self, watch: Watch) -> Explored:
        """Walk once, looking at little: a way to something in the graph, of which not every condition was tried."""
        return _Walk(self, watch.names | {STATE}, watch).run()

    def initial(self, names: Iterable[str]) -> Iterator[Values]:
        """Yield where dossiers begin: at the first state, or as the successor of a dossier that an act ended."""
        order = list(names)
        choices = [self.variables[name].initial for name in order]
        for values in product(*choices):
            yield dict(zip(order, values, strict=True))
        for step in self.steps:
            if step.act.opens_dossier is not None:
                yield from self._successors(step, order)

    def _successors(self, step: Step, order: list[str]) -> Iterator[Values]:
        given = {f"fact:{name}" for name in (*step.act.fields.all, *step.act.sets)}
        given |= {each for name in (*step.act.fields.all, *step.act.sets) for each in self.variables.derived_from(name)}
        choices = [
            (*self.variables[name].initial, *(self.variables[name].choices if name in given else ())) for name in order
        ]
        for values in product(*choices):
            yield {**dict(zip(order, values, strict=True)), STATE: step.act.opens_dossier}

    def _missed(self, path: tuple[Event, ...], watch: Watch, tracked: frozenset[str]) -> frozenset[str]:
        """Return what must be tracked to see that the path cannot happen; nothing when it really can.

        Asks one act of the path after the other, the last first; then all of them together.
        """
        steps = [event.step for event in path if event.step is not None]
        semantics = Semantics(self.variables, self.flags, tracked)
        asked = {step: semantics.asked(step) - tracked for step in steps}
        for step in reversed(list(asked)):
            if asked[step] and _Replay(self, tracked | asked[step], watch, steps).first_blocked() is not None:
                return self._fewest(asked[step], tracked, watch, steps)
        everything = tracked.union(*asked.values())
        blocked = _Replay(self, everything, watch, steps).first_blocked() if everything != tracked else None
        if blocked is None:
            return frozenset()
        return self._fewest(everything - tracked, tracked, watch, steps)

    def _fewest(
        self, names: frozenset[str], tracked: frozenset[str], watch: Watch, steps: list[Step]
    ) -> frozenset[str]:
        """Return as few of the variables as still show that the path cannot happen."""
        needed = names
        for name in sorted(names):
            fewer = needed - {name}
            if fewer and _Replay(self, tracked | fewer, watch, steps).first_blocked() is not None:
                needed = fewer
        return needed


@dataclass
class _Walk:
    """One breadth-first walk with a fixed set of tracked variables."""

    explorer: Explorer
    tracked: frozenset[str]
    watch: Watch
    order: list[str] = field(init=False)
    semantics: Semantics = field(init=False)
    judged: int = 0

    def __post_init__(self) -> None:
        self.order = sorted(self.tracked)
        self.semantics = Semantics(self.explorer.variables, self.explorer.flags, self.tracked)
        self._position = {name: number for number, name in enumerate(self.order)}
        self._steps = [_Compiled(step, self.semantics, self._position) for step in self.explorer.steps]
        self._steps = [each for each in self._steps if each.shows(self.watch)]
        self._time = Clock(self.semantics, self._position)
        self._by_state: dict[str, list[_Compiled]] = {}

    def run(self) -> Explored:
        seen: dict[Node, tuple[Node | None, _Compiled | str | None]] = {}
        queue: deque[Node] = deque()
        for values in self.explorer.initial(self.order):
            node = tuple(values[name] for name in self.order)
            if node not in seen:
                seen[node] = (None, None)
                queue.append(node)
        while queue:
            node = queue.popleft()
            if len(seen) > MOST_STATES:
                return Explored(None, len(seen), self.judged, self.tracked, gave_up=True)
            if self._bad_state(node):
                return self._found(seen, node, None)
            for compiled, after in self._next(node):
                if self._bad_step(compiled, node, after):
                    return self._found(seen, node, (compiled, after))
                if after not in seen:
                    seen[after] = (node, compiled)
                    queue.append(after)
        return Explored(None, len(seen), self.judged, self.tracked)

    def _values(self, node: Node) -> Values:
        return dict(zip(self.order, node, strict=True))

    def _next(self, node: Node) -> Iterator[tuple[_Compiled | str, Node]]:
        state = str(node[self._position[STATE]])
        if state not in self._by_state:
            self._by_state[state] = [each for each in self._steps if each.starts_from(state)]
        for compiled in self._by_state[state]:
            for changes in compiled.outcomes(node):
                moved = [*node]
                for place, value in changes:
                    moved[place] = value
                yield compiled, tuple(moved)
        for name, place, value, others in self._time.steps(node):
            moved = [*node]
            moved[place] = value
            for other, change in others:
                moved[other] = change
            yield name, tuple(moved)

    def _bad_state(self, node: Node) -> bool:
        if self.watch.on_state is None:
            return False
        verdict = self.watch.on_state(self._values(node), self.semantics)
        self.judged += verdict is not None
        return bool(verdict)

    def _bad_step(self, compiled: _Compiled | str, node: Node, after: Node) -> bool:
        if self.watch.on_step is None or isinstance(compiled, str) or not compiled.judged:
            return False
        verdict = self.watch.on_step(compiled.step, self._values(node), self._values(after))
        self.judged += verdict is not None
        return bool(verdict)

    def _found(
        self,
        seen: Mapping[Node, tuple[Node | None, _Compiled | str | None]],
        node: Node,
        last: tuple[_Compiled | str, Node] | None,
    ) -> Explored:
        events: list[Event] = []
        if last is not None:
            events.append(self._event(last[0], last[1]))
        at: Node | None = node
        while at is not None:
            before, by = seen[at]
            if by is not None:
                events.append(self._event(by, at))
            at = before
        return Explored(tuple(reversed(events)), len(seen), self.judged, self.tracked)

    def _event(self, by: _Compiled | str, after: Node) -> Event:
        values = self._values(after)
        return Event(None, by, values) if isinstance(by, str) else Event(by.step, None, values)


class _Compiled:
    """A step whose outcomes are worked out once for each combination of what it reads."""

    def __init__(self, step: Step, semantics: Semantics, position: Mapping[str, int]) -> None:
        self.step, self._semantics, self._position = step, semantics, position
        self._reads = sorted(semantics.reads(step) | (frozenset() if step.side else {STATE}))
        places = [position[name] for name in self._reads]
        self._key: Callable[[Node], object] = itemgetter(*places) if places else _no_key
        self._known: dict[object, list[list[tuple[int, object]]]] = {}
        self._untouched: Values = {name: _Untouched(name) for name in position}
        self.judged = False

    def starts_from(self, state: str) -> bool:
        """Return whether the step can begin while the dossier stands at `state`."""
        return self.step.side is not None or state in self.step.act.source

    def shows(self, watch: Watch) -> bool:
        """Return whether the step changes anything tracked, or may be what the rule judges."""
        self.judged = watch.on_step is not None and watch.concerns(self.step)
        if self.judged or (self.step.side is None and self.step.act.dest != "="):
            return True
        writes = self._semantics.reads(self.step) | self._semantics.writes(self.step)
        return bool(writes & self._semantics.tracked)

    def outcomes(self, node: Node) -> list[list[tuple[int, object]]]:
        """Return what the step changes, once for each way it can happen."""
        key = self._key(node)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(node)
        return found

    def _work_out(self, node: Node) -> list[list[tuple[int, object]]]:
        values = {**self._untouched, **{name: node[self._position[name]] for name in self._reads}}
        found = []
        for after in self._semantics.outcomes(self.step, values):
            changed = [(name, value) for name, value in after.items() if value is not values[name]]
            changes = [(self._position[name], value) for name, value in changed if value != values[name]]
            # a way that changes nothing leads nowhere new: it only matters where the step itself is judged
            if (changes or self.judged) and changes not in found:
                found.append(changes)
        return found


def _no_key(_: Node) -> object:
    """Return the key of a step that reads nothing."""
    return None


@dataclass(frozen=True, slots=True)
class _Untouched:
    """Stands for the value of a variable that a step neither reads nor writes."""

    name: str


class _Replay:
    """Walks one sequence of acts again with more variables, letting time pass wherever it may.

    Forgets each variable as soon as nothing later on the path asks for it.
    """

    def __init__(self, explorer: Explorer, tracked: frozenset[str], watch: Watch, steps: list[Step]) -> None:
        self._explorer, self._watch, self._steps = explorer, watch, steps
        everything = Semantics(explorer.variables, explorer.flags, tracked)
        live = [watch.names & tracked | {STATE}]
        for step in reversed(steps):
            live.append(live[-1] | everything.reads(step) | ({f"at:{step.side}"} & tracked if step.side else set()))
        self._live = list(reversed(live))

    def first_blocked(self) -> Step | None:
        """Return the first act that cannot happen on this path; None when the path can be walked to its bad end."""
        explorer = self._explorer
        frontier = {frozenset(values.items()) for values in explorer.initial(sorted(self._live[0]))}
        for number, step in enumerate(self._steps):
            now, later = self._live[number], self._live[number + 1]
            semantics = Semantics(explorer.variables, explorer.flags, now | later)
            after: set[frozenset[tuple[str, object]]] = set()
            for node in _with_time(frontier, semantics):
                after |= self._after(step, dict(node), semantics, later, last=number == len(self._steps) - 1)
            if not after:
                return step
            frontier = after
        return None if self._ends_badly(frontier) else self._steps[-1]

    def _after(
        self, step: Step, before: Values, semantics: Semantics, later: frozenset[str], *, last: bool
    ) -> set[frozenset[tuple[str, object]]]:
        if step.side is None and before[STATE] not in step.act.source:
            return set()
        judge = self._watch.on_step if last else None
        return {
            frozenset((name, value) for name, value in values.items() if name in later)
            for values in semantics.outcomes(step, before)
            if judge is None or judge(step, before, values)
        }

    def _ends_badly(self, frontier: set[frozenset[tuple[str, object]]]) -> bool:
        judge = self._watch.on_state
        if judge is None or not self._steps:
            return True
        semantics = Semantics(self._explorer.variables, self._explorer.flags, self._live[-1])
        return any(judge(dict(node), semantics) for node in _with_time(frontier, semantics))


def _with_time(nodes: set[frozenset[tuple[str, object]]], semantics: Semantics) -> set[frozenset[tuple[str, object]]]:
    """Return the situations with all that time can make of them."""
    reached, waiting = set(nodes), list(nodes)
    while waiting:
        for _, after in time_steps(semantics, dict(waiting.pop())):
            node = frozenset(after.items())
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    return reached
