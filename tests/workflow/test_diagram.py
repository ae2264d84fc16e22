"""The swim lanes of every edition that is shipped: complete, readable, the same every time, safe to show anywhere."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from lxml import etree

from workflow.diagram.geometry import Box, Geometry
from workflow.diagram.graph import Highlight, Step, graph_of, numbers_text, order_phases, phase_title, taken_moves
from workflow.diagram.measuring import text_width, wrap
from workflow.diagram.placing import place
from workflow.diagram.svg import geometry_of, swim_lanes
from workflow.diagram.wording import describe
from workflow.loader import load_procedures
from workflow.model import Procedure
from workflow.phrases import PHASES
from workflow.vocabulary import Text

EDITIONS = load_procedures()
ADULT = next(each for each in EDITIONS if each.key == "cnbb-adult@2026-07-01")
SVG = "{http://www.w3.org/2000/svg}"
NASTY = Text("<b>&amp; \"x\" 'y' </text> ]]> \x00\x0b đẫu", '<i>& "z" \x1b')
each_edition = pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)
each_language = pytest.mark.parametrize("language", ["vi", "en"])


def read(svg: str) -> etree._Element:
    """Return the picture as a tree."""
    return etree.fromstring(svg.encode())


def walk(procedure: Procedure, steps: int) -> Highlight:
    """Return a way through a procedure: always on to the next state that was not visited yet, if there is one."""
    at, path, seen = procedure.initial.id, [], {procedure.initial.id}
    while len(path) < steps:
        ways = [each for each in procedure.by_source[at] if each.dest not in ("=", at)]
        if not ways:
            break
        way = next((each for each in ways if each.dest not in seen), ways[-1])
        path.append(Step(at, way.trigger))
        at = way.dest
        seen.add(at)
    return Highlight(tuple(path), at)


def pictures(edition: Procedure) -> list[tuple[Geometry, object]]:
    """Return the layouts of an edition: whole, with a way through it, and as a story."""
    way = walk(edition, 12)
    graphs = [graph_of(edition), graph_of(edition, way), graph_of(edition, way, story=True)]
    return [(geometry_of(graph, "vi"), graph) for graph in graphs]


@each_edition
@each_language
def test_every_state_every_act_every_body_and_every_phase_appears(edition, language):
    """Nothing of the procedure is left out; each act has its number and title in the list below."""
    tree = read(swim_lanes(edition, language=language))

    assert {each.get("data-state") for each in tree.iter(f"{SVG}rect")} - {None} == set(edition.states)
    acts = [each for each in tree.iter(f"{SVG}text") if each.get("data-act")]
    assert [each.get("data-act") for each in acts] == [each.trigger for each in edition.transitions]
    assert all(act.text.startswith(f"{number}. ") for number, act in enumerate(acts, 1))
    assert {each.get("data-lane") for each in tree.iter(f"{SVG}text")} - {None} == {
        state.holder for state in edition.states.values()
    }
    assert {each.get("data-phase") for each in tree.iter(f"{SVG}text")} - {None} == {
        state.phase for state in edition.states.values()
    }


@each_edition
def test_every_move_is_an_arrow_or_a_line_in_the_box_it_leaves(edition):
    """With the number of every act that makes it."""
    graph = graph_of(edition)
    drawn = {(edge.source, edge.dest): set(edge.acts) for edge in graph.edges}
    said = {(name, dest): set(acts) for name, node in graph.nodes.items() for dest, acts in node.jumps}
    stays = {(name, name): set(node.stays) for name, node in graph.nodes.items() if node.stays}

    for number, act in enumerate(edition.transitions, 1):
        for source in act.source:
            pair = (source, source if act.dest == "=" else act.dest)
            assert sum(number in places.get(pair, ()) for places in (drawn, said, stays)) == 1, (pair, number)


@each_edition
def test_no_boxes_overlap_and_every_text_fits_its_box(edition):
    """Also with a path in it and as a story."""
    for language in ("vi", "en"):
        tree = read(swim_lanes(edition, walk(edition, 12), language=language))
        box, lines = None, 0
        for each in tree.find(f"{SVG}g"):
            if each.get("data-state"):
                box = Box(*(float(each.get(side)) for side in ("x", "y", "width", "height")))
            elif each.tag == f"{SVG}text" and box is not None:
                wide = text_width(each.text, float(each.get("font-size")), bold=each.get("font-weight") == "bold")
                x = float(each.get("x")) - (wide if each.get("text-anchor") == "end" else 0)
                assert box.x < x, each.text
                assert x + wide < box.right, each.text
                assert box.y < float(each.get("y")) < box.bottom, each.text
                lines += 1
        assert lines >= 2 * len(edition.states)
    for geometry, _ in pictures(edition):
        assert not [pair for pair in combinations(geometry.boxes.values(), 2) if pair[0].meets(pair[1])]
        whole = Box(0, 0, geometry.width, geometry.height)
        assert all(whole.x <= box.x and box.right <= whole.right for box in geometry.boxes.values())
        assert all(whole.y <= box.y and box.bottom <= whole.bottom for box in geometry.boxes.values())


@each_edition
def test_every_box_stands_in_its_lane_and_its_phase(edition):
    """The row says who has the dossier, the column how far it is."""
    for geometry, graph in pictures(edition):
        lanes, phases = dict(geometry.lanes), dict(geometry.phases)
        for name, box in geometry.boxes.items():
            lane, phase = lanes[graph.nodes[name].state.holder], phases[graph.nodes[name].state.phase]
            assert lane.y <= box.y, name
            assert box.bottom <= lane.bottom, name
            assert phase.x <= box.x, name
            assert box.right <= phase.right, name


@each_edition
def test_no_arrow_crosses_a_box_or_hides_a_number(edition):
    """Arrows run between the boxes, and past the numbers of others."""
    for geometry, _ in pictures(edition):
        labels = [(line, line.label) for line in geometry.lines if line.label.width]
        for line in geometry.lines:
            for start, end in pairwise(line.points):
                assert start[0] == end[0] or start[1] == end[1]
                way = Box(min(start[0], end[0]), min(start[1], end[1]), abs(start[0] - end[0]), abs(start[1] - end[1]))
                thin = Box(way.x - 0.5, way.y - 0.5, way.width + 1, way.height + 1)
                crossed = [name for name, box in geometry.boxes.items() if inside(box, 1).meets(thin)]
                assert crossed == [], (line.source, line.dest)
                hidden = [(other.source, other.dest) for other, label in labels if other != line and label.meets(thin)]
                assert hidden == [], (line.source, line.dest)
        assert not [pair for pair in combinations(labels, 2) if pair[0][1].meets(pair[1][1])]


def inside(box: Box, by: float) -> Box:
    """Return a box without its border."""
    return Box(box.x + by, box.y + by, box.width - 2 * by, box.height - 2 * by)


@each_edition
def test_arrows_to_different_states_never_run_on_top_of_each_other(edition):
    """Where two lines meet, they cross, or they lead to the same state."""
    for geometry, _ in pictures(edition):
        upright: dict[float, list[tuple[float, float, str]]] = {}
        level: dict[float, list[tuple[float, float, str]]] = {}
        for line in geometry.lines:
            for (x, y), (u, v) in pairwise(line.points):
                if x == u and y != v:
                    upright.setdefault(round(x, 1), []).append((min(y, v), max(y, v), line.dest))
                elif x != u:
                    level.setdefault(round(y, 1), []).append((min(x, u), max(x, u), line.dest))
        for runs in (*upright.values(), *level.values()):
            for one, other in combinations(runs, 2):
                assert one[2] == other[2] or min(one[1], other[1]) - max(one[0], other[0]) <= 0, (one, other)


def test_the_same_edition_gives_the_same_bytes():
    """In this process and in others, whatever order their sets have."""
    program = (
        "import sys; from workflow.loader import load_procedures; from workflow.diagram.svg import swim_lanes\n"
        "from workflow.diagram.mermaid import mermaid; from workflow.diagram.bpmn import bpmn\n"
        "told = ''.join(swim_lanes(it) + mermaid(it) + bpmn(it) for it in load_procedures())\n"
        "sys.stdout.buffer.write(told.encode())"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout.decode()
        for seed in ("1", "2")
    ]

    assert told[0] == told[1]
    assert all(swim_lanes(edition) in told[0] for edition in EDITIONS)


def test_whatever_a_title_holds_the_picture_stays_a_picture():
    """Markup, quotation marks and letters that XML forbids are shown or left out, never obeyed."""
    states = {name: replace(state, title=NASTY, code="<&>") for name, state in ADULT.states.items()}
    moves = tuple(replace(each, title=NASTY) for each in ADULT.transitions)
    bodies = {name: replace(body, title=NASTY) for name, body in ADULT.bodies.items()}
    strange = replace(ADULT, title=NASTY, states=states, transitions=moves, bodies=bodies)

    tree = read(swim_lanes(strange, walk(strange, 5)))

    assert {each.tag.removeprefix(SVG) for each in tree.iter()} <= ALLOWED
    assert "<b>" in tree.find(f"{SVG}title").text


ALLOWED = {"svg", "title", "desc", "rect", "text", "path", "polygon", "line", "g"}


@each_edition
def test_the_picture_fetches_nothing_and_carries_no_style_or_script(edition):
    """It may be shown under a policy that forbids both."""
    svg = swim_lanes(edition, walk(edition, 12))
    tree = read(svg)

    assert {each.tag.removeprefix(SVG) for each in tree.iter()} <= ALLOWED
    names = {name for each in tree.iter() for name in each.attrib}
    assert not [name for name in names if "href" in name or name in ("style", "class", "src") or name.startswith("on")]
    assert not re.search(r"url\(|https?://(?!www\.w3\.org/2000/svg\")", svg)


@each_edition
@each_language
def test_the_picture_can_be_heard(edition, language):
    """It has a role, a title, and a description that tells the path; its language is stated."""
    way = walk(edition, 3)
    tree = read(swim_lanes(edition, way, language=language))

    assert (tree.get("role"), tree.get("lang")) == ("img", language)
    assert [tree.find(f"{SVG}{tag}").get("id") for tag in ("title", "desc")] == tree.get("aria-labelledby").split()
    here = edition.states[way.current].title
    assert (here.vi if language == "vi" else here.en) in tree.find(f"{SVG}desc").text


@each_edition
@each_language
def test_the_words_say_all_that_the_picture_shows(edition, language):
    """Every state in order, with every move that leaves it and where it leads."""
    told = describe(graph_of(edition), language)

    assert len(told.states) == len(edition.states)
    for state, item in zip(edition.states.values(), told.states, strict=True):
        assert item.text.startswith(f"{state.code} ")
        assert len(item.parts) == len(edition.by_source[state.id])
        for act, part in zip(edition.by_source[state.id], item.parts, strict=True):
            assert part.startswith(act.title.vi if language == "vi" else act.title.en)
            assert act.dest in ("=", state.id) or edition.states[act.dest].code in part


@each_edition
def test_a_path_is_told_by_weight_and_by_words_not_by_colour_alone(edition):
    """Heavier lines and borders, a mark where it stands, and the order of the steps."""
    way = walk(edition, 6)
    tree = read(swim_lanes(edition, way))
    lines = [each for each in tree.iter(f"{SVG}path") if each.get("data-from")]
    heavy = {(each.get("data-from"), each.get("data-to")) for each in lines if float(each.get("stroke-width")) > 3}
    borders = {
        each.get("data-state"): float(each.get("stroke-width"))
        for each in tree.iter(f"{SVG}rect")
        if each.get("data-state")
    }
    said = " ".join(tree.itertext())

    assert heavy == set(taken_moves(edition, way))
    assert borders[way.current] > max(width for name, width in borders.items() if name != way.current)
    assert {name for name, width in borders.items() if width >= 3} == set(way.states)
    assert "▶ đang ở đây" in said
    assert "Thứ tự: 1" in said
    assert describe(graph_of(edition, way), "vi").path[-1].startswith("Đang ở: ")
    assert len(describe(graph_of(edition, way), "vi").path) == len(way.path) + 1


@each_edition
def test_a_path_does_not_move_the_boxes(edition):
    """Who knows the picture of a procedure finds the way in it."""
    assert place(graph_of(edition)).places == place(graph_of(edition, walk(edition, 12))).places


@each_edition
def test_a_story_shows_the_way_and_what_can_come_next(edition):
    """And no move that was neither taken nor can be taken from where it stands."""
    way = walk(edition, 4)
    graph = graph_of(edition, way, story=True)

    next_ones = {each.dest for each in edition.by_source[way.current]} - {"="}
    assert set(graph.nodes) == {*way.states, *next_ones}
    assert {edge.source for edge in graph.edges if not edge.taken} <= {way.current}
    assert {(edge.source, edge.dest) for edge in graph.edges if edge.taken} >= set(taken_moves(edition, way))


def test_what_a_procedure_does_not_know_is_left_out_of_a_path():
    """A story of another edition still gives a picture."""
    strange = Highlight((Step("NOWHERE", "nothing"), Step(ADULT.initial.id, "nothing")), "NEVER")

    for story in (False, True):
        tree = read(swim_lanes(ADULT, strange, story=story))
        assert len([each for each in tree.iter(f"{SVG}rect") if each.get("data-state")]) == (
            1 if story else len(ADULT.states)
        )
    assert len(read(swim_lanes(ADULT, Highlight(current="NEVER"), story=True)).findall(f"{SVG}g/*")) > len(ADULT.states)


def test_a_story_that_ends_with_an_act_leads_where_the_act_leads():
    """A counterexample stops at the forbidden act; the picture shows its arrow."""
    act = next(each for each in ADULT.transitions if each.dest != "=" and len(ADULT.by_trigger[each.trigger]) == 1)

    taken = taken_moves(ADULT, Highlight((Step(act.source[0], act.trigger),)))

    assert taken == {(act.source[0], act.dest): frozenset((act.trigger,))}


@each_edition
def test_every_phase_has_a_name_and_the_first_state_comes_first(edition):
    """A phase that nobody named in `phases.toml` would show its id."""
    phases = order_phases(edition, edition.states.values())

    assert set(phases) == {state.phase for state in edition.states.values()}
    assert phases[0] == edition.initial.phase
    assert set(phases) <= set(PHASES)
    assert phase_title("no-such-phase") == Text("no-such-phase", "no-such-phase")


def light(colour: str) -> float:
    """Return the relative luminance of #rrggbb."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG counts it."""
    lights = sorted((light(one), light(other)))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def test_texts_and_lines_stand_out_from_every_ground():
    """4.5 to 1 for text, 3 to 1 for arrows and the borders of boxes."""
    tree = read(swim_lanes(ADULT, walk(ADULT, 9)))
    grounds = {each.get("fill") for each in tree.iter(f"{SVG}rect") if each.get("fill") not in ("none", "#1d2733")}
    texts = {each.get("fill", tree.get("fill")) for each in tree.iter(f"{SVG}text")}
    drawn = {each.get("stroke") for each in tree.iter(f"{SVG}path")}
    drawn |= {each.get("stroke") for each in tree.iter(f"{SVG}rect") if each.get("data-state")}

    assert len(grounds) >= 4
    assert min(contrast(text, ground) for text in texts for ground in grounds) >= 4.5
    assert min(contrast(line, ground) for line in drawn for ground in grounds) >= 3


def test_texts_break_at_spaces_and_a_long_word_is_cut():
    """No line is wider than its room."""
    assert wrap("một hai ba", 10, 1000) == ["một hai ba"]
    assert wrap("một hai ba", 10, 45) == ["một hai", "ba"]
    assert "".join(wrap("x" * 50, 10, 45)) == "x" * 50
    assert all(text_width(line, 10) <= 45 for line in wrap("Quyếtđịnhápdụng biệnpháp", 10, 45))
    assert wrap("S38\u00a0(145) S39\u00a0(38)", 10, text_width("S38\u00a0(145) S39", 10)) == [
        "S38\u00a0(145)",
        "S39\u00a0(38)",
    ]
    assert wrap("", 10, 45) == []


def test_runs_of_numbers_are_written_short():
    """As a reader would."""
    assert numbers_text((1, 2, 3, 5, 7, 8)) == "1–3, 5, 7, 8"
    assert numbers_text(()) == ""
