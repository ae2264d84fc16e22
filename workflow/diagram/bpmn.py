"""Writes a procedure as BPMN 2.0 XML with the part that a modeller draws: lanes, shapes and lines with coordinates.

A state becomes a task of the body that has the dossier, or an end event; where several ways lead on stands a gateway.
Acts are the flows, named with number and title.  Acts that change nothing are told in the documentation of the task,
and the limits that start in a state are a note beneath it.  The document is for reading and says that it cannot run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from workflow.diagram.bpmn_drawing import Drawing, draw_model
from workflow.diagram.bpmn_model import Model, Node, model_of
from workflow.diagram.geometry import Box
from workflow.diagram.graph import phase_title
from workflow.diagram.markup import clean, element
from workflow.diagram.wording import Language, say
from workflow.model import Procedure

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"'
    ' xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"'
    ' id="definitions" targetNamespace="urn:hoso:procedure">\n'
)


def bpmn(procedure: Procedure, *, language: Language = "vi") -> str:
    """Return the BPMN 2.0 document of a procedure."""
    model = model_of(procedure, language)
    parts = [*_process(procedure, model, language), *_diagram(model, draw_model(model))]
    return _HEAD + "\n".join(parts) + "\n</definitions>\n"


def _process(procedure: Procedure, model: Model, language: Language) -> Iterator[str]:
    title = say(procedure.title, language)
    yield '<collaboration id="collaboration">'
    yield element("participant", id="participant", name=title, processRef="process")
    yield "</collaboration>"
    yield f'<process id="process" name="{clean(title)}" isExecutable="false">'
    yield element("documentation", f"{procedure.key}\n{'; '.join(procedure.basis)}")
    yield '<laneSet id="lanes">'
    for number, body in enumerate(model.graph.lanes):
        name = say(procedure.bodies[body].title, language)
        yield f'<lane id="lane_{number}" name="{clean(name)}">'
        yield from (element("flowNodeRef", each.id) for each in model.nodes if each.lane == body)
        yield "</lane>"
    yield "</laneSet>"
    for node in model.nodes:
        yield from _node(model, node, language)
    for flow in model.flows:
        named = {"name": flow.name} if flow.name else {}
        yield element("sequenceFlow", id=flow.id, sourceRef=flow.source, targetRef=flow.dest, **named)
    for node in (each for each in model.nodes if each.note):
        yield f'<textAnnotation id="note_{node.id}">'
        yield element("text", "\n".join(node.note))
        yield "</textAnnotation>"
        ends = {"sourceRef": node.id, "targetRef": f"note_{node.id}"}
        yield element("association", id=f"to_note_{node.id}", **ends)
    yield "</process>"


def _node(model: Model, node: Node, language: Language) -> Iterator[str]:
    named = f' name="{clean(node.name)}"' if node.name else ""
    directed = ' gatewayDirection="Diverging"' if node.tag == "exclusiveGateway" else ""
    yield f'<{node.tag} id="{node.id}"{named}{directed}>'
    if node.state is not None:
        phase = say(phase_title(node.state.phase), language)
        yield element("documentation", "\n".join([f"{node.state.id}: {phase}", *node.stays]))
    yield from (element("incoming", flow.id) for flow in model.flows if flow.dest == node.id)
    yield from (element("outgoing", flow.id) for flow in model.flows if flow.source == node.id)
    yield f"</{node.tag}>"


def _diagram(model: Model, drawing: Drawing) -> Iterator[str]:
    yield '<bpmndi:BPMNDiagram id="diagram">'
    yield '<bpmndi:BPMNPlane id="plane" bpmnElement="collaboration">'
    yield from _shape("participant", drawing.pool, ' isHorizontal="true"')
    for number, area in enumerate(drawing.lanes):
        yield from _shape(f"lane_{number}", area, ' isHorizontal="true"')
    for node in model.nodes:
        marked = ' isMarkerVisible="true"' if node.tag == "exclusiveGateway" else ""
        yield from _shape(node.id, drawing.shapes[node.id], marked, drawing.labels.get(node.id))
        if node.note:
            yield from _shape(f"note_{node.id}", drawing.notes[node.id])
            shape, note = drawing.shapes[node.id], drawing.notes[node.id]
            middle = shape.middle[0]
            yield from _edge(f"to_note_{node.id}", ((middle, shape.bottom), (middle, note.y)))
    for flow in model.flows:
        yield from _edge(flow.id, drawing.lines[flow.id], drawing.labels.get(flow.id))
    yield "</bpmndi:BPMNPlane>"
    yield "</bpmndi:BPMNDiagram>"


def _shape(name: str, area: Box, more: str = "", label: Box | None = None) -> Iterator[str]:
    yield f'<bpmndi:BPMNShape id="shape_{name}" bpmnElement="{name}"{more}>'
    yield _bounds(area)
    yield from _label(label)
    yield "</bpmndi:BPMNShape>"


def _edge(name: str, points: Iterable[tuple[float, float]], label: Box | None = None) -> Iterator[str]:
    yield f'<bpmndi:BPMNEdge id="edge_{name}" bpmnElement="{name}">'
    yield from (element("di:waypoint", x=x, y=y) for x, y in points)
    yield from _label(label)
    yield "</bpmndi:BPMNEdge>"


def _label(area: Box | None) -> Iterator[str]:
    if area is not None:
        yield f"<bpmndi:BPMNLabel>{_bounds(area)}</bpmndi:BPMNLabel>"


def _bounds(area: Box) -> str:
    return element("dc:Bounds", x=area.x, y=area.y, width=area.width, height=area.height)
