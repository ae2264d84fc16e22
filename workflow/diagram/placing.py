"""Puts the states of a graph on a grid: columns inside phases, rows inside lanes.

States start in the order of the file, from top to bottom and then to the right, and change places inside their cell
while that makes the arrows shorter.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import Final

from workflow.diagram.graph import Graph

#: How many states a cell holds before it is given another column.
_COLUMN_STATES: Final = 4
_COLUMNS_MAX: Final = 3
_ROUNDS_MAX: Final = 30
#: What an arrow costs per column and per row it spans, and for going back.
_ACROSS, _DOWN, _BACK = 10, 9, 9


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where something stands on the grid, both from 0."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Where every state stands, and which columns and rows belong to which phase and lane."""

    places: Mapping[str, Place]
    #: (phase, first column, number of columns)
    phases: tuple[tuple[str, int, int], ...]
    #: (body, first row, number of rows)
    lanes: tuple[tuple[str, int, int], ...]

    @property
    def columns(self) -> int:
        """Return how many columns there are."""
        return sum(count for _, _, count in self.phases)

    @property
    def rows(self) -> int:
        """Return how many rows there are."""
        return sum(count for _, _, count in self.lanes)


def place(graph: Graph) -> Grid:
    """Return the grid of a graph; every state has a place of its own."""
    cells = _cells(graph)
    widths = {
        phase: max(
            min(_COLUMNS_MAX, math.ceil(len(names) / _COLUMN_STATES)) for (_, at), names in cells.items() if at == phase
        )
        for phase in graph.phases
    }
    heights = {
        lane: max(math.ceil(len(names) / widths[phase]) for (at, phase), names in cells.items() if at == lane)
        for lane in graph.lanes
    }
    phases = tuple(_runs(graph.phases, widths))
    lanes = tuple(_runs(graph.lanes, heights))
    slots: dict[tuple[str, str], list[Place]] = {}
    places: dict[str, Place] = {}
    for phase, first_column, columns in phases:
        for lane, first_row, rows in lanes:
            names = cells.get((lane, phase), [])
            deep = min(rows, math.ceil(len(names) / columns))
            free = [Place(first_row + row, first_column + column) for column in range(columns) for row in range(rows)]
            slots[lane, phase] = free
            ordered = [each for each in free if each.row < first_row + deep]
            places.update(zip(names, ordered, strict=False))
    first = graph.procedure.initial.id
    shortener = _Shortener(graph, places)
    for _ in range(_ROUNDS_MAX):
        tried = [
            shortener.improve(
                [name for name in names if name != first],
                [slot for slot in slots[cell] if first not in names or slot != places[first]],
            )
            for cell, names in cells.items()
        ]
        if not any(tried):
            break
    return Grid(MappingProxyType(places), phases, lanes)


def _cells(graph: Graph) -> dict[tuple[str, str], list[str]]:
    cells: dict[tuple[str, str], list[str]] = {}
    for name, node in graph.nodes.items():
        cells.setdefault((node.state.holder, node.state.phase), []).append(name)
    return cells


def _runs(names: Sequence[str], sizes: Mapping[str, int]) -> Iterator[tuple[str, int, int]]:
    start = 0
    for name in names:
        yield name, start, sizes[name]
        start += sizes[name]


class _Shortener:
    """Lets states of a cell change places, with each other or with a free place, while the arrows get shorter."""

    def __init__(self, graph: Graph, places: dict[str, Place]) -> None:
        self.places = places
        self.joined: dict[str, list[tuple[str, str]]] = {name: [] for name in graph.nodes}
        # The path does not move the boxes: who knows the picture of a procedure finds the way in it.
        for edge in (each for each in graph.edges if each.usual or graph.story):
            self.joined[edge.source].append((edge.source, edge.dest))
            self.joined[edge.dest].append((edge.source, edge.dest))

    def improve(self, names: Sequence[str], slots: Sequence[Place]) -> bool:
        """Try every change inside a cell once and say whether one helped; `slots` are its free places and theirs."""
        better = False
        for one, other in combinations(names, 2):
            better |= self._move({one: self.places[other], other: self.places[one]})
        for name in names:
            for slot in slots:
                if slot not in {self.places[each] for each in names}:
                    better |= self._move({name: slot})
        return better

    def _move(self, moved: Mapping[str, Place]) -> bool:
        before, old = self._length(moved), {name: self.places[name] for name in moved}
        self.places.update(moved)
        if self._length(moved) < before:
            return True
        self.places.update(old)
        return False

    def _length(self, names: Iterable[str]) -> int:
        pairs = dict.fromkeys(pair for name in names for pair in self.joined[name])
        return sum(_cost(self.places[source], self.places[dest]) for source, dest in pairs)


def _cost(source: Place, dest: Place) -> int:
    across, down = dest.column - source.column, dest.row - source.row
    back = _BACK if across < 0 or (across == 0 and down < 0) else 0
    return abs(across) * _ACROSS + abs(down) * _DOWN + back
