"""The BPMN of every edition that is shipped: valid against OMG's schema, complete, drawn so that it can be opened."""

from dataclasses import replace
from importlib.resources import as_file, files
from itertools import combinations

import pytest
from lxml import etree

from workflow.diagram.bpmn import bpmn
from workflow.diagram.geometry import Box
from workflow.loader import load_procedures
from workflow.vocabulary import Text

EDITIONS = load_procedures()
MODEL, DI, DC, WAY = (
    f"{{http://www.omg.org/spec/{space}}}"
    for space in ("BPMN/20100524/MODEL", "BPMN/20100524/DI", "DD/20100524/DC", "DD/20100524/DI")
)
NODES = ("startEvent", "task", "exclusiveGateway", "endEvent")
each_edition = pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)


@pytest.fixture(scope="module")
def schema():
    """Return OMG's schema of BPMN 2.0, as a test package brings it."""
    with as_file(files("SpiffWorkflow") / "bpmn" / "parser" / "schema") as folder:
        return etree.XMLSchema(etree.parse(folder / "BPMN20.xsd"))


def nodes_of(tree):
    """Return the flow nodes of the process."""
    return [each for each in tree.find(f"{MODEL}process") if each.tag.removeprefix(MODEL) in NODES]


def drawn(tree, kind):
    """Return what is drawn by the element it stands for."""
    return {each.get("bpmnElement"): each for each in tree.iter(f"{DI}{kind}")}


def box_of(shape):
    """Return the bounds of a shape."""
    bounds = shape.find(f"{DC}Bounds")
    return Box(*(float(bounds.get(side)) for side in ("x", "y", "width", "height")))


@each_edition
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_document_is_valid_bpmn(edition, language, schema):
    """Against BPMN20.xsd, with the parts that describe the drawing."""
    tree = etree.fromstring(bpmn(edition, language=language).encode())

    assert schema.validate(tree), schema.error_log


def test_a_document_that_is_no_bpmn_would_be_found(schema):
    """The schema is the real one: a flow without a target is refused."""
    tree = etree.fromstring(bpmn(EDITIONS[0]).encode())
    del next(tree.iter(f"{MODEL}sequenceFlow")).attrib["targetRef"]

    assert not schema.validate(tree)


@each_edition
def test_every_state_stands_in_the_lane_of_the_body_that_has_the_dossier(edition):
    """One lane a body, every node in exactly one."""
    tree = etree.fromstring(bpmn(edition).encode())
    lanes = {lane.get("name"): [ref.text for ref in lane] for lane in tree.iter(f"{MODEL}lane")}
    nodes = {each.get("id"): each for each in nodes_of(tree)}

    assert sorted(ref for refs in lanes.values() for ref in refs) == sorted(nodes)
    for state in edition.states.values():
        (node,) = [
            each for each in nodes.values() if (each.findtext(f"{MODEL}documentation") or "").startswith(f"{state.id}:")
        ]
        assert node.get("name") == f"{state.code} {state.title.vi}"
        assert node.get("id") in lanes[edition.bodies[state.holder].title.vi]
    (start,) = tree.iter(f"{MODEL}startEvent")
    (first,) = [each for each in tree.iter(f"{MODEL}sequenceFlow") if each.get("sourceRef") == start.get("id")]
    assert nodes[first.get("targetRef")].get("name").startswith(f"{edition.initial.code} ")


@each_edition
def test_every_act_is_a_named_flow_or_told_in_its_task(edition):
    """From each state where it is possible, to where it leads; several ways leave through a gateway."""
    tree = etree.fromstring(bpmn(edition).encode())
    nodes = {each.get("id"): each for each in nodes_of(tree)}
    state_of = {node: (each.findtext(f"{MODEL}documentation") or ":").partition(":")[0] for node, each in nodes.items()}
    flows = list(tree.iter(f"{MODEL}sequenceFlow"))
    behind = {
        each.get("targetRef"): each.get("sourceRef") for each in flows if each.get("targetRef", "").startswith("choice")
    }
    named = {}
    for flow in flows:
        source = behind.get(flow.get("sourceRef"), flow.get("sourceRef"))
        named[state_of[source], state_of[flow.get("targetRef")]] = flow.get("name", "")
    for number, act in enumerate(edition.transitions, 1):
        for source in act.source:
            said = f"{number} {act.title.vi}"
            if act.dest in ("=", source):
                (node,) = [nodes[each] for each, state in state_of.items() if state == source]
                assert f"↺ {said}" in node.findtext(f"{MODEL}documentation").splitlines()
            else:
                assert said in named[source, act.dest].split(" / ")
    for node in nodes.values():
        out = [flow for flow in flows if flow.get("sourceRef") == node.get("id")]
        assert [each.text for each in node.findall(f"{MODEL}outgoing")] == [flow.get("id") for flow in out]
        assert (
            len(out) == 1
            or node.tag in (f"{MODEL}exclusiveGateway", f"{MODEL}endEvent")
            or not ways(edition, state_of[node.get("id")])
        )
        assert len(out) != 1 or node.tag != f"{MODEL}exclusiveGateway"


def ways(edition, state):
    """Return the states that acts lead to from a state."""
    return {each.dest for each in edition.by_source[state]} - {"=", state}


@each_edition
def test_everything_is_drawn_nothing_overlaps_and_every_line_ends_at_its_shapes(edition):
    """So that a modeller opens it as it was laid out."""
    tree = etree.fromstring(bpmn(edition).encode())
    shapes = {name: box_of(shape) for name, shape in drawn(tree, "BPMNShape").items()}
    edges = drawn(tree, "BPMNEdge")
    nodes = [each.get("id") for each in nodes_of(tree)]
    notes = [each.get("id") for each in tree.iter(f"{MODEL}textAnnotation")]
    flows = list(tree.iter(f"{MODEL}sequenceFlow"))

    assert {*nodes, *notes, "participant"} <= set(shapes)
    assert set(edges) == {each.get("id") for each in (*flows, *tree.iter(f"{MODEL}association"))}
    assert not [pair for pair in combinations([*nodes, *notes], 2) if shapes[pair[0]].meets(shapes[pair[1]])]
    lanes = {lane.get("id"): [ref.text for ref in lane] for lane in tree.iter(f"{MODEL}lane")}
    for lane, members in lanes.items():
        for member in members:
            assert shapes[lane].y <= shapes[member].y, member
            assert shapes[member].bottom <= shapes[lane].bottom, member
    for flow in flows:
        points = [
            (float(each.get("x")), float(each.get("y"))) for each in edges[flow.get("id")].findall(f"{WAY}waypoint")
        ]
        assert len(points) >= 2
        for (x, y), name in ((points[0], flow.get("sourceRef")), (points[-1], flow.get("targetRef"))):
            assert shapes[name].meets(Box(x - 1, y - 1, 2, 2)), flow.get("id")


@each_edition
def test_the_limits_of_a_state_are_a_note_beneath_its_task(edition):
    """Each limit that starts with coming into the state or with an act in it."""
    tree = etree.fromstring(bpmn(edition).encode())
    notes = {
        each.get("id").removeprefix("note_"): each.findtext(f"{MODEL}text")
        for each in tree.iter(f"{MODEL}textAnnotation")
    }
    named = {each.get("id"): each.get("name") for each in nodes_of(tree)}
    told = {named[node]: text.splitlines() for node, text in notes.items()}

    for act in edition.transitions:
        places = act.source if act.dest == "=" else (act.dest,)
        for state in (edition.states[name] for name in places):
            for limit in (edition.limits[name] for name in (*act.starts, *act.restarts)):
                lines = told.get(f"{state.code} {state.title.vi}", [])
                assert state.terminal or any(line.startswith(f"{limit.title.vi}: ") for line in lines), (
                    state.id,
                    limit.id,
                )


def test_titles_full_of_markup_stay_titles(schema):
    """Nothing that a title holds becomes an element."""
    nasty = Text("<b>&amp; \"x\" 'y' \x00 ]]>", "<i>")
    edition = EDITIONS[0]
    states = {name: replace(state, title=nasty) for name, state in edition.states.items()}
    moves = tuple(replace(each, title=nasty) for each in edition.transitions)

    tree = etree.fromstring(bpmn(replace(edition, title=nasty, states=states, transitions=moves)).encode())

    assert schema.validate(tree), schema.error_log
    assert tree.find(f"{MODEL}process").get("name").startswith("<b>&amp; \"x\" 'y'")
