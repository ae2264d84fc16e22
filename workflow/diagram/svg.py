"""Draws a procedure as swim lanes in SVG: one text, the same bytes every time, with nothing fetched from anywhere.

Everything is said with attributes that a strict content policy allows; no style sheet, no script, no link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workflow.diagram.geometry import Box, Geometry, Line, Wanted, lay_out
from workflow.diagram.graph import NOTHING, Edge, Graph, Highlight, Node, graph_of, numbers_text, phase_title
from workflow.diagram.markup import clean, element
from workflow.diagram.measuring import FONTS, text_width, wrap
from workflow.diagram.placing import place
from workflow.diagram.routing import Route, Side, route
from workflow.diagram.wording import (
    END,
    HERE,
    LEGEND,
    PATH_SIGN,
    SIGNS,
    START,
    Language,
    act_line,
    box_notes,
    describe,
    say,
)
from workflow.model import Procedure

_MARGIN: Final = 16
_GUTTER: Final = 150
_NAME: Final = 30
_HEAD_PAD: Final = 10
_BOX_WIDTH: Final = 172
_PAD: Final = 9
_CODE, _TITLE, _NOTE, _LABEL, _LANE = 12.0, 12.5, 11.0, 11.0, 12.5
_LEADING: Final = 1.3
_LEGEND_WIDTH: Final = 430
_INK, _QUIET, _LINE, _PATH, _PALE, _TAKEN = "#1d2733", "#46525f", "#5b6875", "#0b3f75", "#f2f5f8", "#fff6df"


@dataclass
class _Sheet:
    """The elements of a picture in the order in which they are drawn."""

    elements: list[str] = field(default_factory=list)

    def add(self, tag: str, text: str | None = None, /, **attributes: str | float) -> None:
        """Add one element; an underscore in the name of an attribute stands for a hyphen."""
        self.elements.append(element(tag, text, **attributes))

    def box(self, area: Box, **attributes: str | float) -> None:
        """Add a rectangle."""
        self.add("rect", x=area.x, y=area.y, width=area.width, height=area.height, **attributes)

    def say(self, text: str, x: float, y: float, size: float, **attributes: str | float) -> None:
        """Add one line of text; `y` is its base line."""
        self.add("text", text, x=x, y=y, font_size=size, **attributes)


def swim_lanes(
    procedure: Procedure,
    highlight: Highlight = NOTHING,
    *,
    story: bool = False,
    language: Language = "vi",
) -> str:
    """Return the SVG of a procedure; a story shows only the path and what can come next."""
    graph = graph_of(procedure, highlight, story=story)
    return draw(graph, geometry_of(graph, language), language)


def geometry_of(graph: Graph, language: Language) -> Geometry:
    """Return where everything in the picture of a graph is, without margin, lane names and legend."""
    edges = {(edge.source, edge.dest): edge for edge in graph.edges}
    grid = place(graph)
    sizes = {name: (_BOX_WIDTH * 1.0, _box_height(graph, node, language)) for name, node in graph.nodes.items()}

    def label(each: Route) -> float:
        return _label_width(edges[each.source, each.dest])

    lanes = {body: (len(_lane_words(graph, body, language)) + 1) * _LANE * _LEADING for body in graph.lanes}
    return lay_out(grid, route(grid, edges), Wanted(sizes, label, lanes))


def draw(graph: Graph, geometry: Geometry, language: Language) -> str:
    """Return the SVG of a graph that was laid out."""
    sheet, telling = _Sheet(), describe(graph, language)
    wide = max(geometry.width + _GUTTER, _LEGEND_WIDTH) + 2 * _MARGIN
    heads = [_phase_words(phase, area.width, language) for phase, area in geometry.phases]
    top = _MARGIN + _NAME + 2 * _HEAD_PAD + max(map(len, heads)) * _LANE * _LEADING
    sheet.say(f"{telling.title} – {graph.procedure.key}", _MARGIN, _MARGIN + _TITLE, 16.0, font_weight="bold")
    _draw_lanes(sheet, graph, geometry, top, language)
    _draw_phases(sheet, geometry, heads, top)
    moved = f"translate({clean(_MARGIN + _GUTTER * 1.0)} {clean(top)})"
    sheet.elements.append(f'<g transform="{moved}">')
    _draw_lines(sheet, graph, geometry)
    for name, node in graph.nodes.items():
        _draw_box(sheet, graph, node, geometry.boxes[name], language)
    sheet.elements.append("</g>")
    end = _draw_legend(sheet, graph, wide, top + geometry.height + 2 * _MARGIN, language)
    size = f'width="{clean(wide)}" height="{clean(end)}" viewBox="0 0 {clean(wide)} {clean(end)}"'
    said = " ".join([telling.summary, *telling.path])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc"'
        f' font-family="{FONTS}" fill="{_INK}" lang="{language}" xml:lang="{language}">\n'
        f'<title id="title">{clean(telling.title)}</title>\n<desc id="desc">{clean(said)}</desc>\n'
        f'<rect width="{clean(wide)}" height="{clean(end)}" fill="#ffffff"/>\n'
        + "\n".join(sheet.elements)
        + "\n</svg>\n"
    )


def _label_width(edge: Edge) -> float:
    return text_width(numbers_text(edge.acts), _LABEL, bold=True) + 6 if edge.acts else 0.0


def _box_height(graph: Graph, node: Node, language: Language) -> float:
    title, notes = _box_text(graph, node, language)
    tall = _CODE * _LEADING + len(title) * _TITLE * _LEADING + len(notes) * _NOTE * _LEADING
    return tall + 2 * _PAD


def _box_text(graph: Graph, node: Node, language: Language) -> tuple[list[str], list[str]]:
    room = _BOX_WIDTH - 2 * _PAD
    title = wrap(say(node.state.title, language), _TITLE, room)
    notes = [line for note in box_notes(graph, node, language) for line in wrap(note, _NOTE, room)]
    return title, notes


def _lane_words(graph: Graph, body: str, language: Language) -> list[str]:
    return wrap(say(graph.procedure.bodies[body].title, language), _LANE, _GUTTER - 2 * _PAD, bold=True)


def _phase_words(phase: str, wide: float, language: Language) -> list[str]:
    return wrap(say(phase_title(phase), language), _LANE, wide - _PAD, bold=True)


def _draw_lanes(sheet: _Sheet, graph: Graph, geometry: Geometry, top: float, language: Language) -> None:
    """Draw the areas of the lanes and their names."""
    for number, (body, area) in enumerate(geometry.lanes):
        whole = Box(_MARGIN, top + area.y, area.width + _GUTTER, area.height)
        sheet.box(whole, fill=_PALE if number % 2 else "#ffffff", stroke="#b4bec8")
        words = _lane_words(graph, body, language)
        y = whole.middle[1] - (len(words) - 1) * _LANE * _LEADING / 2 + _LANE / 3
        for turn, line in enumerate(words):
            at = y + turn * _LANE * _LEADING
            sheet.say(line, _MARGIN + _PAD, at, _LANE, font_weight="bold", data_lane=body)


def _draw_phases(sheet: _Sheet, geometry: Geometry, heads: Sequence[Sequence[str]], top: float) -> None:
    """Draw the heads of the phases and the lines between them."""
    high = top - _MARGIN - _NAME
    for (phase, area), words in zip(geometry.phases, heads, strict=True):
        x = _MARGIN + _GUTTER + area.x
        sheet.box(Box(x, top - high, area.width, high), fill="#dfe6ed", stroke="#b4bec8")
        y = top - high / 2 - (len(words) - 1) * _LANE * _LEADING / 2 + _LANE / 3
        for turn, line in enumerate(words):
            at = y + turn * _LANE * _LEADING
            middle = x + area.width / 2
            sheet.say(line, middle, at, _LANE, font_weight="bold", text_anchor="middle", data_phase=phase)
        if area.x:
            ends = {"x1": x, "y1": top, "x2": x, "y2": top + geometry.height}
            sheet.add("line", **ends, stroke="#8d99a5", stroke_dasharray="2 5")


def _draw_lines(sheet: _Sheet, graph: Graph, geometry: Geometry) -> None:
    """Draw the arrows, those of the path last and heavier, then all numbers."""
    edges = {(edge.source, edge.dest): edge for edge in graph.edges}
    ordered = sorted(geometry.lines, key=lambda line: edges[line.source, line.dest].taken)
    for line in ordered:
        taken = edges[line.source, line.dest].taken
        colour, width = (_PATH, 3.5) if taken else (_LINE, 1.3)
        sheet.add(
            "path",
            d=_rounded(line.points),
            fill="none",
            stroke=colour,
            stroke_width=width,
            data_from=line.source,
            data_to=line.dest,
        )
        sheet.add("polygon", points=_head(line, 11.0 if taken else 8.0), fill=colour)
    for line in ordered:
        edge = edges[line.source, line.dest]
        if not edge.acts:
            continue
        sheet.box(
            line.label,
            rx=3,
            fill="#ffffff",
            stroke=_PATH if edge.taken else "#b4bec8",
            stroke_width=1.8 if edge.taken else 0.8,
        )
        x, y = line.label.middle
        sheet.say(
            numbers_text(edge.acts),
            x,
            y + _LABEL / 3 + 0.3,
            _LABEL,
            font_weight="bold",
            text_anchor="middle",
            fill=_PATH if edge.taken else _INK,
        )


def _rounded(points: Iterable[tuple[float, float]], radius: float = 5.0) -> str:
    """Return a path with rounded corners, so that a turn looks different from a crossing."""
    found = list(points)
    said = [f"M{_point(found[0])}"]
    for before, corner, after in zip(found, found[1:], found[2:], strict=False):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        said.append(f"L{_point(start)}Q{_point(corner)} {_point(end)}")
    said.append(f"L{_point(found[-1])}")
    return "".join(said)


def _point(place: tuple[float, float]) -> str:
    return f"{clean(place[0])} {clean(place[1])}"


def _towards(start: tuple[float, float], end: tuple[float, float], far: float) -> tuple[float, float]:
    across, down = end[0] - start[0], end[1] - start[1]
    length = abs(across) + abs(down)
    part = min(far, length / 2) / length if length else 0.0
    return start[0] + across * part, start[1] + down * part


def _head(line: Line, size: float) -> str:
    """Return the three points of the head of an arrow."""
    (x, y), half = line.points[-1], size * 0.45
    match line.enters:
        case Side.LEFT:
            corners = [(x, y), (x - size, y - half), (x - size, y + half)]
        case Side.RIGHT:
            corners = [(x, y), (x + size, y - half), (x + size, y + half)]
        case Side.TOP:
            corners = [(x, y), (x - half, y - size), (x + half, y - size)]
        case Side.BOTTOM:
            corners = [(x, y), (x - half, y + size), (x + half, y + size)]
    return " ".join(f"{clean(across)},{clean(down)}" for across, down in corners)


def _draw_box(sheet: _Sheet, graph: Graph, node: Node, area: Box, language: Language) -> None:
    """Draw a state: border, code and mark, title, small lines."""
    state, visited = node.state, bool(node.steps) or node.current
    width = 4.5 if node.current else 3.0 if visited else 1.2
    colour = _PATH if visited else _INK
    sheet.box(area, rx=7, fill=_TAKEN if visited else "#ffffff", stroke=colour, stroke_width=width, data_state=state.id)
    if state.terminal:
        inner = Box(area.x + 4, area.y + 4, area.width - 8, area.height - 8)
        sheet.box(inner, rx=4, fill="none", stroke=colour, stroke_width=1)
    if state.person.deprived_of_liberty:
        sheet.box(Box(area.x, area.y + 7, 5, area.height - 14), fill=_INK)
    title, notes = _box_text(graph, node, language)
    x, y = area.x + _PAD, area.y + (area.height - _box_height(graph, node, language)) / 2 + _PAD + _CODE
    sheet.say(state.code, x, y, _CODE, font_weight="bold")
    mark = HERE if node.current else START if state.initial else END if state.terminal else None
    if mark is not None:
        sheet.say(say(mark, language), area.right - _PAD, y, _NOTE, font_weight="bold", text_anchor="end", fill=colour)
    y += _CODE * (_LEADING - 1)
    for line in title:
        y += _TITLE * _LEADING
        sheet.say(line, x, y - _TITLE * (_LEADING - 1), _TITLE)
    for line in notes:
        y += _NOTE * _LEADING
        sheet.say(line, x, y - _NOTE * (_LEADING - 1), _NOTE, fill=_QUIET)


def _draw_legend(sheet: _Sheet, graph: Graph, wide: float, top: float, language: Language) -> float:
    """Draw what the signs mean and the list of acts in columns; return where it ends."""
    y = top
    signs = [*SIGNS, *([PATH_SIGN] if graph.highlight != NOTHING else [])]
    for text in signs:
        for line in wrap(say(text, language), _TITLE, wide - 2 * _MARGIN):
            y += _TITLE * _LEADING
            sheet.say(line, _MARGIN, y, _TITLE)
    y += 2.2 * _LANE
    sheet.say(say(LEGEND, language), _MARGIN, y, _LANE, font_weight="bold")
    columns = max(1, int((wide - 2 * _MARGIN) // _LEGEND_WIDTH))
    lines = [
        (number, turn, line)
        for number in graph.acts
        for turn, line in enumerate(wrap(act_line(graph, number, language), _NOTE, _LEGEND_WIDTH - 30))
    ]
    deep = -(-len(lines) // columns)
    start, step = y + 6, _NOTE * _LEADING
    for place_, (number, turn, line) in enumerate(lines):
        column, row = divmod(place_, deep)
        x = _MARGIN + column * _LEGEND_WIDTH + (14 if turn else 0)
        marks: Mapping[str, str] = {} if turn else {"data_act": graph.acts[number].trigger}
        sheet.say(line, x, start + (row + 1) * step, _NOTE, **marks)
    return start + (deep + 1) * step + _MARGIN
