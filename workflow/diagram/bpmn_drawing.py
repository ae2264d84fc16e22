"""Gives every part of a BPMN model its place: the grid of the swim lanes, with room for gateways, events and notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import sqrt
from types import MappingProxyType
from typing import Final

from workflow.diagram.bpmn_model import START, Flow, Model, Node
from workflow.diagram.geometry import Box, Geometry, Line, Points, Wanted, lay_out
from workflow.diagram.measuring import wrap
from workflow.diagram.placing import Grid, Place, place
from workflow.diagram.routing import Route, Side, route

_TASK_WIDTH: Final = 150.0
_TASK_HEIGHT: Final = 80.0
_GATEWAY: Final = 50.0
_EVENT: Final = 36.0
_EVENT_WIDTH: Final = 120.0
#: Modellers set names beside lines in a column of this width.
_LABEL_WIDTH: Final = 90.0
_LABEL_LEADING: Final = 13.2
_FONT: Final = 12.0
_LABEL_FONT: Final = 11.0
_GAP: Final = 10.0
_POOL_HEAD: Final = 30.0
_LANE_HEIGHT: Final = 120.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """Where everything in a model is, in pixels."""

    pool: Box
    lanes: tuple[Box, ...]
    shapes: Mapping[str, Box]
    notes: Mapping[str, Box]
    lines: Mapping[str, Points]
    #: The names that stand beside events and flows.
    labels: Mapping[str, Box]


def draw_model(model: Model) -> Drawing:
    """Return the places of a model."""
    grid = _grid(model)
    flows = {(flow.source, flow.dest): flow for flow in model.flows}
    sizes = {node.id: _size(node) for node in model.nodes}
    tails = {node.id: _tail(node) for node in model.nodes}

    def label(each: Route) -> float:
        return _LABEL_WIDTH if flows[each.source, each.dest].name else 0.0

    lanes = dict.fromkeys(model.graph.lanes, _LANE_HEIGHT)
    slots = {
        node.id: max([0.0, *(_high(each.name) for each in model.flows if each.source == node.id)]) + 6
        for node in model.nodes
    }
    wanted = Wanted(sizes, label, lanes, tails, slots, raised=True)
    found = lay_out(grid, route(grid, flows, below=False), wanted)
    return _drawing(model, flows, found)


def _grid(model: Model) -> Grid:
    """Return the grid of the states, with columns added for the start, the gateways and the ends beside them."""
    states = place(model.graph)
    wide = dict.fromkeys(range(states.columns), 1)
    for name, at in states.places.items():
        wide[at.column] = max(wide[at.column], len(model.of_state[name]))
    first = {column: 1 + sum(wide[before] for before in range(column)) for column in wide}
    places = {START: Place(states.places[model.graph.procedure.initial.id].row, 0)}
    for name, at in states.places.items():
        for turn, node in enumerate(model.of_state[name]):
            places[node] = Place(at.row, first[at.column] + turn)
    columns = 1 + sum(wide.values())
    return Grid(MappingProxyType(places), (("", 0, columns),), states.lanes)


def _size(node: Node) -> tuple[float, float]:
    if node.tag == "task":
        lines = len(wrap(node.name, _FONT, _TASK_WIDTH - 2 * _GAP))
        return _TASK_WIDTH, max(_TASK_HEIGHT, (lines + 1.5) * _FONT * 1.2)
    if node.tag == "exclusiveGateway":
        return _GATEWAY, _GATEWAY
    return _EVENT_WIDTH if node.name else _EVENT, _EVENT


def _tail(node: Node) -> float:
    """Return the room under a node for its note or its name."""
    if node.note:
        return _GAP + _note_height(node)
    return _high(node.name) + 8 if node.tag == "endEvent" else 0.0


def _high(name: str) -> float:
    """Return the height of a name beside a line or an event."""
    return _LABEL_LEADING * len(wrap(name, _LABEL_FONT, _LABEL_WIDTH)) if name else 0.0


def _note_height(node: Node) -> float:
    return sum(len(wrap(line, _FONT, _TASK_WIDTH - _GAP)) for line in node.note) * _FONT * 1.2 + _GAP


def _drawing(model: Model, flows: Mapping[tuple[str, str], Flow], found: Geometry) -> Drawing:
    moved = {name: replace(box, x=box.x + 2 * _POOL_HEAD) for name, box in found.boxes.items()}
    nodes = {node.id: node for node in model.nodes}
    shapes = {name: _shape(nodes[name], box) for name, box in moved.items()}
    notes = {
        node.id: Box(shapes[node.id].x, shapes[node.id].bottom + _GAP, _TASK_WIDTH, _note_height(node))
        for node in model.nodes
        if node.note
    }
    lines, labels = {}, {}
    for line in found.lines:
        flow = flows[line.source, line.dest]
        points = tuple((x + 2 * _POOL_HEAD, y) for x, y in line.points)
        begun = _begin(nodes[line.source], shapes[line.source], points)
        lines[flow.id] = _end(nodes[line.dest], shapes[line.dest], begun, line)
        if flow.name:
            labels[flow.id] = _flow_label(flow, line)
    for node in model.nodes:
        if node.tag == "endEvent" and node.name:
            shape = shapes[node.id]
            labels[node.id] = Box(shape.middle[0] - _LABEL_WIDTH / 2, shape.bottom + 4, _LABEL_WIDTH, _high(node.name))
    pool = Box(0, 0, found.width + 2 * _POOL_HEAD, found.height)
    lanes = tuple(Box(_POOL_HEAD, area.y, area.width + _POOL_HEAD, area.height) for _, area in found.lanes)
    return Drawing(pool, lanes, shapes, notes, lines, labels)


def _shape(node: Node, box: Box) -> Box:
    """Return the shape of a node in the room it was given: tasks as large as they need, the others in the middle."""
    wide, high = (_size(node)) if node.tag == "task" else (_round(node), _round(node))
    x, y = box.middle
    return Box(x - wide / 2, y - high / 2, wide, high)


def _round(node: Node) -> float:
    return _GATEWAY if node.tag == "exclusiveGateway" else _EVENT


def _flow_label(flow: Flow, line: Line) -> Box:
    (x, y), high = line.label.middle, _high(flow.name)
    return Box(x - _LABEL_WIDTH / 2 + 2 * _POOL_HEAD, y - high - 1, _LABEL_WIDTH, high)


def _begin(node: Node, shape: Box, points: Points) -> Points:
    """Let a line start at the border of its shape; out of a gateway it starts at the corner."""
    (x, y), across, down = points[0], shape.middle[0], shape.middle[1]
    right = points[1][0] > x or (points[1][0] == x and x > across)
    if node.tag == "exclusiveGateway" and abs(y - down) >= _GATEWAY / 2:
        corner = shape.right if right else shape.x
        return ((corner, down), (corner, y), *points[1:])
    reach = _reach(node, y - down, shape)
    return ((across + reach if right else across - reach, y), *points[1:])


def _end(node: Node, shape: Box, points: Points, line: Line) -> Points:
    """Let a line end at the border of its shape."""
    (x, y), (across, down) = points[-1], shape.middle
    if line.enters is Side.TOP:
        return (*points[:-1], (x, down - _reach(node, x - across, Box(0, 0, shape.height, shape.width))))
    reach = _reach(node, y - down, shape)
    return (*points[:-1], (across - reach if line.enters is Side.LEFT else across + reach, y))


def _reach(node: Node, off: float, shape: Box) -> float:
    """Return how far from its middle a shape reaches, `off` pixels away from its axis."""
    half = shape.width / 2
    if node.tag == "exclusiveGateway":
        return max(0.0, half - abs(off))
    if node.tag in ("startEvent", "endEvent"):
        return sqrt(max(0.0, half * half - off * off))
    return half
