"""Finds the way of every arrow: straight to a neighbour, else through the channels between rows and columns of boxes.

No arrow crosses a box.  Arrows to the same state share their way once they meet; arrows to different states never run
on top of each other.  Only the grid is known here; `geometry.py` turns it into pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from workflow.diagram.placing import Grid


class Side(StrEnum):
    """A side of a box."""

    LEFT = "left"
    RIGHT = "right"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Route:
    """The way of one arrow: out of a side, through up to two channels, into a side.

    A vertical channel has the number of the column to its right, a horizontal one that of the row below it.
    """

    source: str
    dest: str
    leaves: Side
    enters: Side
    vertical: int | None = None
    horizontal: int | None = None


@dataclass(frozen=True, slots=True)
class Routes:
    """Every route, and what each box and channel carries."""

    routes: tuple[Route, ...]
    #: Which routes leave a box at a side, in the order from top to bottom (left and right only).
    leaving: Mapping[tuple[str, Side], tuple[Route, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: The sides at which some route enters a box.
    entered: frozenset[tuple[str, Side]] = frozenset()


def route(grid: Grid, pairs: Iterable[tuple[str, str]], *, below: bool = True) -> Routes:
    """Return a route for every (source, dest) pair of different states; `below` lets lines use the bottoms of boxes."""
    routes = tuple(_route(grid, source, dest, below=below) for source, dest in pairs)
    leaving: dict[tuple[str, Side], list[Route]] = {}
    for each in routes:
        leaving.setdefault((each.source, each.leaves), []).append(each)
    ordered = {key: tuple(sorted(group, key=lambda each: _height(grid, each))) for key, group in leaving.items()}
    return Routes(routes, MappingProxyType(ordered), frozenset((each.dest, each.enters) for each in routes))


def is_straight(grid: Grid, found: Route) -> bool:
    """Say whether a route joins two neighbours of a row or of a column without any turn."""
    source, dest = grid.places[found.source], grid.places[found.dest]
    beside = source.row == dest.row and abs(source.column - dest.column) == 1
    return beside or (found.leaves in (Side.TOP, Side.BOTTOM))


def _route(grid: Grid, source: str, dest: str, *, below: bool) -> Route:
    start, end = grid.places[source], grid.places[dest]
    assert start != end
    across, down = end.column - start.column, end.row - start.row
    if across == 0 and abs(down) == 1 and below:
        leaves, enters = (Side.BOTTOM, Side.TOP) if down > 0 else (Side.TOP, Side.BOTTOM)
        return Route(source, dest, leaves, enters, horizontal=max(start.row, end.row))
    if across == 0:
        return Route(source, dest, Side.RIGHT, Side.RIGHT, vertical=start.column + 1)
    leaves = Side.RIGHT if across > 0 else Side.LEFT
    beside = start.column + 1 if across > 0 else start.column
    if abs(across) == 1:
        return Route(source, dest, leaves, Side.LEFT if across > 0 else Side.RIGHT, vertical=beside)
    enters = Side.TOP if down >= 0 or not below else Side.BOTTOM
    return Route(source, dest, leaves, enters, beside, end.row if enters is Side.TOP else end.row + 1)


def _height(grid: Grid, found: Route) -> tuple[int, int, int]:
    """Return the order in which routes leave a side: those that go up first, the farthest of them last to turn."""
    start, end = grid.places[found.source], grid.places[found.dest]
    target = end.row if found.horizontal is None else found.horizontal - (1 if found.enters is Side.TOP else 0)
    return (target - start.row, abs(end.column - start.column), end.column)
