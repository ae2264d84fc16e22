"""What a picture of a procedure shows: lanes, columns, states, and the moves between them merged into arrows.

Some acts are possible from nearly everywhere (a death, a prosecution).  As arrows they would hide all others, so they
become a line of text in the box they leave; the path that a dossier took is always drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from workflow.model import Procedure, State, Transition
from workflow.phrases import PHASES
from workflow.vocabulary import Text

#: An act that is possible from more states than these is named in the boxes and not drawn.
SOURCES_DRAWN_MAX: Final = 3
#: Up to so many phases their order is found exactly; more stay in the order of the file.
_PHASES_ORDERED_MAX: Final = 10


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: the state where the act happened and the act."""

    state: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Highlight:
    """What a picture points out: the path taken, step by step, and where it stands now."""

    path: tuple[Step, ...] = ()
    current: str | None = None

    @property
    def states(self) -> tuple[str, ...]:
        """Return the states of the path in order, the current one last."""
        return (*(step.state for step in self.path), *((self.current,) if self.current else ()))


NOTHING: Final = Highlight()


@dataclass(frozen=True, slots=True)
class Edge:
    """Every drawn act from one state to another, as numbers of acts in the order of the file, from 1."""

    source: str
    dest: str
    acts: tuple[int, ...]
    #: Whether the path of the highlight goes this way.
    taken: bool = False
    #: Whether it would be drawn without the path, too.
    usual: bool = True


@dataclass(frozen=True, slots=True)
class Node:
    """A state with what its box says of it besides its name."""

    state: State
    #: Acts that happen here and change nothing of the state.
    stays: tuple[int, ...] = ()
    #: Acts that are not drawn, by the state they lead to.
    jumps: tuple[tuple[str, tuple[int, ...]], ...] = ()
    #: From how many states undrawn acts lead here.
    arrivals: int = 0
    #: Which steps of the path happened here, from 1.
    steps: tuple[int, ...] = ()
    current: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """A procedure, or the part of it that is shown, ready to be placed."""

    procedure: Procedure
    highlight: Highlight
    phases: tuple[str, ...]
    lanes: tuple[str, ...]
    nodes: Mapping[str, Node]
    edges: tuple[Edge, ...]
    #: The acts that appear, by number, and the states from which each is shown.
    acts: Mapping[int, Transition]
    sources: Mapping[int, tuple[str, ...]]
    #: Whether only the path and what can come next is shown.
    story: bool = False


def graph_of(procedure: Procedure, highlight: Highlight = NOTHING, *, story: bool = False) -> Graph:
    """Return what to draw of a procedure; a story is only the path and what can come next.

    Steps and states of the highlight that the procedure does not know are left out.
    """
    taken = taken_moves(procedure, highlight)
    names = [name for name in procedure.states if not story or name in near(procedure, highlight)]
    known = {name: procedure.states[name] for name in names or procedure.states}
    shown = _Shown(known, taken, highlight.current if story else None, story=story)
    for number, transition in enumerate(procedure.transitions, 1):
        shown.add(number, transition)
    order = {name: turn for turn, name in enumerate(known)}
    phases = order_phases(procedure, known.values())
    return Graph(
        procedure=procedure,
        highlight=highlight,
        phases=phases,
        lanes=order_lanes(procedure, known.values(), phases),
        nodes=MappingProxyType(shown.nodes(highlight)),
        edges=tuple(sorted(shown.edges(), key=lambda edge: (order[edge.source], order[edge.dest]))),
        acts=MappingProxyType({number: procedure.transitions[number - 1] for number in shown.sources}),
        sources=MappingProxyType({number: tuple(names) for number, names in shown.sources.items()}),
        story=story,
    )


class _Shown:
    """Sorts acts into arrows, lines of text in boxes, and those that the picture leaves out."""

    def __init__(
        self,
        states: Mapping[str, State],
        taken: Mapping[tuple[str, str], frozenset[str]],
        here: str | None,
        *,
        story: bool,
    ) -> None:
        #: In a story only the ways that were taken and those that go on from here appear.
        self.states, self.taken, self.here, self.story = states, taken, here, story
        self.arrows: dict[tuple[str, str], list[int]] = {
            pair: [] for pair in taken if pair[0] in states and pair[1] in states
        }
        self.usual: set[tuple[str, str]] = set()
        self.stays: dict[str, list[int]] = {name: [] for name in states}
        self.jumps: dict[str, dict[str, list[int]]] = {name: {} for name in states}
        self.sources: dict[int, list[str]] = {}

    def add(self, number: int, act: Transition) -> None:
        """Sort one act in, for each state it starts from."""
        leaving = [name for name in act.source if act.dest not in ("=", name)]
        for source in act.source:
            if source not in self.states or (source in leaving and act.dest not in self.states):
                continue
            pair = (source, act.dest)
            if self.story and source != self.here and act.trigger not in self.taken.get(pair, ()):
                continue
            self.sources.setdefault(number, []).append(source)
            if source not in leaving:
                self.stays[source].append(number)
            elif len(leaving) <= SOURCES_DRAWN_MAX or pair in self.taken or self.story:
                self.arrows.setdefault(pair, []).append(number)
            else:
                self.jumps[source].setdefault(act.dest, []).append(number)
            if source in leaving and len(leaving) <= SOURCES_DRAWN_MAX:
                self.usual.add(pair)

    def edges(self) -> list[Edge]:
        """Return the arrows."""
        return [
            Edge(source, dest, tuple(acts), (source, dest) in self.taken, (source, dest) in self.usual)
            for (source, dest), acts in self.arrows.items()
        ]

    def nodes(self, highlight: Highlight) -> dict[str, Node]:
        """Return the boxes."""
        steps = _steps(highlight)
        return {
            name: Node(
                state=state,
                stays=tuple(self.stays[name]),
                jumps=tuple((dest, tuple(acts)) for dest, acts in self.jumps[name].items()),
                arrivals=sum(name in each for each in self.jumps.values()),
                steps=steps.get(name, ()),
                current=name == highlight.current,
            )
            for name, state in self.states.items()
        }


def near(procedure: Procedure, highlight: Highlight) -> frozenset[str]:
    """Return the states of the path and those that one act leads to from where it stands."""
    around = {name for pair in taken_moves(procedure, highlight) for name in pair}
    around |= {name for name in highlight.states if name in procedure.states}
    if highlight.current is not None and highlight.current in procedure.states:
        around |= {each.dest for each in procedure.by_source[highlight.current] if each.dest != "="}
    return frozenset(around)


def taken_moves(procedure: Procedure, highlight: Highlight) -> Mapping[tuple[str, str], frozenset[str]]:
    """Return the pairs of states that the path leads through, with the triggers that led from one to the other.

    Where the path ends open, the last act says where it led.  What no act of the procedure does leaves no arrow: a
    dossier may have gone on under another edition.
    """
    states = list(highlight.states)
    if highlight.path and highlight.current is None:
        last = highlight.path[-1]
        ends = [each.dest for each in procedure.by_trigger.get(last.trigger, ()) if last.state in each.source]
        states += [dest for dest in ends[:1] if dest != "="]
    taken: dict[tuple[str, str], frozenset[str]] = {}
    for step, pair in zip(highlight.path, pairwise(states), strict=False):
        acts = procedure.by_trigger.get(step.trigger, ())
        if pair[0] != pair[1] and any(pair[0] in act.source and pair[1] == act.dest for act in acts):
            taken[pair] = taken.get(pair, frozenset()) | {step.trigger}
    return taken


def order_phases(procedure: Procedure, states: Iterable[State]) -> tuple[str, ...]:
    """Return the phases of the states in the order in which the fewest moves go back, the first state's phase first."""
    phases = list(dict.fromkeys(state.phase for state in states))
    first = procedure.initial.phase
    phases.sort(key=lambda phase: phase != first)
    if len(phases) > _PHASES_ORDERED_MAX:
        return tuple(phases)
    back = _moves_between(procedure)
    best: dict[frozenset[int], tuple[int, tuple[int, ...]]] = {frozenset(): (0, ())}
    for _ in phases:
        longer: dict[frozenset[int], tuple[int, tuple[int, ...]]] = {}
        for placed, (cost, order) in best.items():
            for number in range(len(phases)):
                if number in placed or (phases[0] == first and not order and number):
                    continue
                more = cost + sum(back.get((phases[number], phases[other]), 0) for other in placed)
                found = (more, (*order, number))
                key = placed | {number}
                longer[key] = min(longer.get(key, found), found)
        best = longer
    ((_, order),) = best.values()
    return tuple(phases[number] for number in order)


def order_lanes(procedure: Procedure, states: Iterable[State], phases: Sequence[str]) -> tuple[str, ...]:
    """Return the bodies that hold the states, those with the earliest phase first and of these the first state's."""
    found: dict[str, int] = {}
    for state in states:
        column = phases.index(state.phase)
        found[state.holder] = min(found.get(state.holder, column), column)
    declared, first = list(procedure.bodies), procedure.initial.holder
    return tuple(sorted(found, key=lambda body: (found[body], body != first, declared.index(body))))


def phase_title(phase: str) -> Text:
    """Return what a phase is called; its id where nobody has named it."""
    return PHASES.get(phase, Text(phase, phase))


def numbers_text(numbers: Sequence[int]) -> str:
    """Return numbers of acts as `4, 7–9`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(
        f"{run[0]}–{run[-1]}" if len(run) > 2 else ", ".join(map(str, run))  # noqa: PLR2004 - two are a pair, not a run
        for run in runs
    )


def _moves_between(procedure: Procedure) -> dict[tuple[str, str], int]:
    """Return how many pairs of states moves connect, by their phases."""
    pairs = {(source, each.dest) for each in procedure.transitions for source in each.source if each.dest != "="}
    counted: dict[tuple[str, str], int] = {}
    for source, dest in sorted(pairs):
        key = (procedure.states[source].phase, procedure.states[dest].phase)
        counted[key] = counted.get(key, 0) + 1
    return counted


def _steps(highlight: Highlight) -> dict[str, tuple[int, ...]]:
    steps: dict[str, tuple[int, ...]] = {}
    for number, step in enumerate(highlight.path, 1):
        steps[step.state] = (*steps.get(step.state, ()), number)
    return steps
