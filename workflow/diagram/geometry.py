"""Turns grid and routes into pixels: rows, columns and the channels between them, boxes, lines, places of numbers.

A channel is as wide as the tracks in it and the numbers beside it need, so nothing is ever drawn over anything else but
lines that cross.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from workflow.diagram.placing import Grid
from workflow.diagram.routing import Route, Routes, Side, is_straight

#: Pixels between two lines that run side by side.
TRACK: Final = 9
#: Half the distance between the lines that come in and go out in the middle of a side.
HALF: Final = 9
#: The same for the lines at the top and the bottom of a box.
PORT: Final = 16
_SLOT: Final = 18.0
_SHIFT: Final = 5
LABEL_HEIGHT: Final = 15
_ARROW_ROOM: Final = 13
_LABEL_GAP: Final = 4
_CHANNEL_MIN: Final = 26


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Return the point in the middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def right(self) -> float:
        """Return where it ends on the right."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Return where it ends below."""
        return self.y + self.height

    def meets(self, other: Box) -> bool:
        """Say whether the two share any area."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One arrow in pixels: its turning points from box to box, and where its label stands."""

    source: str
    dest: str
    enters: Side
    points: Points
    label: Box


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where everything is, from (0, 0) at the top left."""

    boxes: Mapping[str, Box]
    lines: tuple[Line, ...]
    #: (phase, area of its columns)
    phases: tuple[tuple[str, Box], ...]
    #: (body, area of its rows)
    lanes: tuple[tuple[str, Box], ...]
    width: float
    height: float


Size = tuple[float, float]
Key = tuple[str, int | None]


NONE: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a picture asks of its layout, in pixels."""

    #: The smallest (width, height) of each box.
    sizes: Mapping[str, Size]
    #: The width of the label of a route.
    labels: Callable[[Route], float]
    #: The smallest height of a lane, by its body.
    lanes: Mapping[str, float] = field(default_factory=lambda: NONE)
    #: Room that is kept free under a box.
    tails: Mapping[str, float] = field(default_factory=lambda: NONE)
    #: How far apart the lines leave the sides of a box, where their labels are higher than usual.
    slots: Mapping[str, float] = field(default_factory=lambda: NONE)
    #: Whether labels stand above their lines, not on them.
    raised: bool = False

    def slot(self, name: str) -> float:
        """Return how far apart the lines leave the sides of a box."""
        return self.slots.get(name, _SLOT)


def lay_out(grid: Grid, routes: Routes, wanted: Wanted) -> Geometry:
    """Return the geometry of a picture."""
    return _Layout(grid, routes, wanted).result()


class _Layout:
    """The steps of a layout, each using what those before it found."""

    def __init__(self, grid: Grid, routes: Routes, wanted: Wanted) -> None:
        self.grid, self.routes, self.wanted = grid, routes, wanted
        self.labels = {each: wanted.labels(each) for each in routes.routes}
        self.slots = _slots(grid, routes, wanted)
        self.deep = self._depths()
        self.across = self._horizontal_tracks()
        self.row_middles, self.channel_tops = self._rows()
        self.upright = self._vertical_tracks()
        self.column_lefts, self.column_widths, self.channel_lefts = self._columns()
        self.boxes = self._boxes()

    def result(self) -> Geometry:
        """Put everything together."""
        width, height = self.channel_lefts[-1] + self._channel_width(self.grid.columns), self._height()
        lanes = []
        for body, first, count in self.grid.lanes:
            top = self._lane_top(first)
            end = self._lane_top(first + count) if first + count < self.grid.rows else height
            lanes.append((body, Box(0, top, width, end - top)))
        phases = []
        for phase, first, count in self.grid.phases:
            left = self._border(first)
            end = self._border(first + count) if first + count < self.grid.columns else width
            phases.append((phase, Box(left, 0, end - left, height)))
        return Geometry(
            boxes=MappingProxyType(self.boxes),
            lines=tuple(self._line(each) for each in self.routes.routes),
            phases=tuple(phases),
            lanes=tuple(lanes),
            width=width,
            height=height,
        )

    def _depths(self) -> dict[str, float]:
        """Return how tall each box must be for its text and for the lines at its sides."""
        deep = {name: height for name, (_, height) in self.wanted.sizes.items()}
        for (name, _), offset in self.slots.items():
            slot = self.wanted.slot(name) * (2 if self.wanted.raised else 1)
            deep[name] = max(deep[name], 2 * abs(offset) + slot)
        for name, side in self.routes.entered:
            if side in (Side.LEFT, Side.RIGHT):
                deep[name] = max(deep[name], 4 * HALF)
        return deep

    def _horizontal_tracks(self) -> list[dict[Key, int]]:
        spans: list[dict[Key, tuple[float, float]]] = [{} for _ in range(self.grid.rows + 1)]
        for each in self.routes.routes:
            if each.horizontal is None or each.vertical is None:
                continue
            ends = (2 * each.vertical, 2 * self.grid.places[each.dest].column + 1)
            _widen(spans[each.horizontal], (each.dest, each.horizontal), min(ends), max(ends))
        return [_tracks(channel, 0) for channel in spans]

    def _rows(self) -> tuple[list[float], list[float]]:
        """Return where the middles of the rows and the tops of the channels between them are."""
        above, below = [0.0] * self.grid.rows, [0.0] * self.grid.rows
        for name, place in self.grid.places.items():
            half = self.deep[name] / 2
            above[place.row] = max(above[place.row], half)
            below[place.row] = max(below[place.row], half + self.wanted.tails.get(name, 0.0))
        for body, first, count in self.grid.lanes:
            rows = range(first, first + count)
            missing = self.wanted.lanes.get(body, 0.0) - sum(above[row] + below[row] for row in rows)
            above[first], below[first] = above[first] + max(0.0, missing / 2), below[first] + max(0.0, missing / 2)
        middles, channels, y = [], [], 0.0
        for row in range(self.grid.rows + 1):
            channels.append(y)
            y += self._channel_height(row)
            if row < self.grid.rows:
                middles.append(y + above[row])
                y += above[row] + below[row]
        return middles, channels

    def _zones(self, channel: int) -> tuple[float, float]:
        """Return the room above and below the tracks of a horizontal channel: for numbers and heads of arrows."""
        above = below = _ARROW_ROOM * 1.0
        for each in self.routes.routes:
            if each.horizontal == channel and each.vertical is None:
                if each.leaves is Side.BOTTOM:
                    above = LABEL_HEIGHT + 2.0 * _LABEL_GAP
                else:
                    below = LABEL_HEIGHT + 2.0 * _LABEL_GAP
        return above, below

    def _channel_height(self, channel: int) -> float:
        above, below = self._zones(channel)
        return max(_CHANNEL_MIN, above + _room(self.across[channel]) + below)

    def _height(self) -> float:
        return self.channel_tops[-1] + self._channel_height(self.grid.rows)

    def _lane_top(self, row: int) -> float:
        """Return where a lane that starts with a row begins: below the numbers that hang under the boxes above."""
        return self.channel_tops[row] + self._zones(row)[0] - 2 if row else 0.0

    def _track_y(self, each: Route) -> float:
        assert each.horizontal is not None
        channel = each.horizontal
        track = self.across[channel][each.dest, channel]
        return self.channel_tops[channel] + self._zones(channel)[0] + (track + 0.5) * TRACK

    def _middle_y(self, name: str) -> float:
        return self.row_middles[self.grid.places[name].row]

    def _leaves_y(self, each: Route) -> float:
        return self._middle_y(each.source) + self.slots[each.source, each]

    def _enters_y(self, each: Route) -> float:
        return self._middle_y(each.dest) + (HALF if each.enters is Side.RIGHT else -HALF)

    def _vertical_tracks(self) -> list[dict[Key, int]]:
        spans: list[dict[Key, tuple[float, float]]] = [{} for _ in range(self.grid.columns + 1)]
        for each in self.routes.routes:
            if each.vertical is None or is_straight(self.grid, each):
                continue
            end = self._enters_y(each) if each.horizontal is None else self._track_y(each)
            start = self._leaves_y(each)
            key = (each.dest, each.horizontal)
            _widen(spans[each.vertical], key, min(start, end), max(start, end))
        return [_tracks(channel, TRACK) for channel in spans]

    def _label_rooms(self, channel: int) -> tuple[float, float]:
        """Return the room for numbers left and right of the tracks of a vertical channel."""
        left = right = _ARROW_ROOM * 1.0
        for each in self.routes.routes:
            if each.vertical != channel:
                continue
            if each.leaves is Side.RIGHT:
                left = max(left, self.labels[each] + 2 * _LABEL_GAP)
            else:
                right = max(right, self.labels[each] + 2 * _LABEL_GAP)
        return left, right

    def _channel_width(self, channel: int) -> float:
        left, right = self._label_rooms(channel)
        return max(_CHANNEL_MIN, left + _room(self.upright[channel]) + right)

    def _columns(self) -> tuple[list[float], list[float], list[float]]:
        widths = [0.0] * self.grid.columns
        for name, place in self.grid.places.items():
            widths[place.column] = max(widths[place.column], self.wanted.sizes[name][0])
        lefts, channels, x = [], [], 0.0
        for column in range(self.grid.columns + 1):
            channels.append(x)
            x += self._channel_width(column)
            if column < self.grid.columns:
                lefts.append(x)
                x += widths[column]
        return lefts, widths, channels

    def _border(self, column: int) -> float:
        """Return where a phase that starts with a column begins: before the numbers and heads left of it."""
        if column == 0:
            return 0.0
        return self.column_lefts[column] - self._label_rooms(column)[1] + 1

    def _boxes(self) -> dict[str, Box]:
        boxes = {}
        for name, place in self.grid.places.items():
            width, height = self.wanted.sizes[name][0], self.deep[name]
            x = self.column_lefts[place.column] + (self.column_widths[place.column] - width) / 2
            boxes[name] = Box(x, self._middle_y(name) - height / 2, width, height)
        return boxes

    def _line(self, each: Route) -> Line:
        start, end = self.boxes[each.source], self.boxes[each.dest]
        if each.vertical is None:
            return self._upright_line(each, start, end)
        y = self._leaves_y(each)
        x = start.right if each.leaves is Side.RIGHT else start.x
        points = [(x, y)]
        if each.horizontal is not None:
            port = end.middle[0] + (-PORT if each.enters is Side.TOP else PORT)
            track = self._track_x(each)
            points += [(track, y), (track, self._track_y(each)), (port, self._track_y(each))]
            points.append((port, end.y if each.enters is Side.TOP else end.bottom))
        else:
            into = self._enters_y(each)
            if not is_straight(self.grid, each):
                points += [(self._track_x(each), y), (self._track_x(each), into)]
            points.append((end.x if each.enters is Side.LEFT else end.right, into))
        wide = self.labels[each]
        left = x + _LABEL_GAP if each.leaves is Side.RIGHT else x - _LABEL_GAP - wide
        return Line(
            each.source, each.dest, each.enters, tuple(points), Box(left, y - LABEL_HEIGHT / 2, wide, LABEL_HEIGHT)
        )

    def _upright_line(self, each: Route, start: Box, end: Box) -> Line:
        wide, down = self.labels[each], each.leaves is Side.BOTTOM
        x = start.middle[0] + (-PORT if down else PORT)
        points = ((x, start.bottom), (x, end.y)) if down else ((x, start.y), (x, end.bottom))
        left = min(x - wide / 2, x + PORT + HALF - wide) if down else max(x - wide / 2, x - PORT - HALF)
        top = start.bottom + _LABEL_GAP if down else start.y - _LABEL_GAP - LABEL_HEIGHT
        return Line(each.source, each.dest, each.enters, points, Box(left, top, wide, LABEL_HEIGHT))

    def _track_x(self, each: Route) -> float:
        assert each.vertical is not None
        channel = each.vertical
        track = self.upright[channel][each.dest, each.horizontal]
        return self.channel_lefts[channel] + self._label_rooms(channel)[0] + (track + 0.5) * TRACK


def _slots(grid: Grid, routes: Routes, wanted: Wanted) -> dict[tuple[str, Route], float]:
    """Return how far from the middle of its side, in pixels downwards, each route leaves a box to the left or right.

    Lines that come in and straight ones have fixed places; the others never lie on the same height as those of the
    neighbour across the channel.
    """
    found: dict[tuple[str, Route], float] = {}
    for (name, side), group in routes.leaving.items():
        if side not in (Side.LEFT, Side.RIGHT):
            continue
        shift, slot = 0 if side is Side.RIGHT else _SHIFT, wanted.slot(name)
        straight = [each for each in group if is_straight(grid, each)]
        rest = [each for each in group if each not in straight]
        for each in straight:
            found[name, each] = -HALF if side is Side.RIGHT else HALF
        if straight or (name, side) in routes.entered:
            free = [sign * (HALF + slot * turn) + shift for turn in range(1, len(rest) + 1) for sign in (-1, 1)]
        else:
            free = [sign * slot * turn + shift for turn in range(len(rest) + 1) for sign in ((-1, 1) if turn else (1,))]
        for each, offset in zip(rest, sorted(sorted(free, key=abs)[: len(rest)]), strict=True):
            found[name, each] = offset
    return found


def _widen(spans: dict[Key, tuple[float, float]], key: Key, start: float, end: float) -> None:
    before = spans.get(key, (start, end))
    spans[key] = (min(before[0], start), max(before[1], end))


def _tracks(spans: Mapping[Key, tuple[float, float]], gap: float) -> dict[Key, int]:
    """Return a track for every span, as few as possible, so that more than `gap` lies between spans on one track."""
    ends: list[float] = []
    tracks: dict[Key, int] = {}
    for key, (start, end) in sorted(spans.items(), key=lambda item: (item[1], item[0][0], item[0][1] or 0)):
        track = next((number for number, last in enumerate(ends) if last + gap < start), len(ends))
        if track == len(ends):
            ends.append(end)
        ends[track] = end
        tracks[key] = track
    return tracks


def _room(tracks: Mapping[Key, int]) -> float:
    return TRACK * (max(tracks.values()) + 1 if tracks else 0)


def bounds(boxes: Iterable[Box]) -> Box:
    """Return the smallest rectangle around all of them."""
    found = list(boxes)
    left, top = min(each.x for each in found), min(each.y for each in found)
    return Box(left, top, max(each.right for each in found) - left, max(each.bottom for each in found) - top)
