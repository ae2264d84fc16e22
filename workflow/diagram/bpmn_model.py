"""What a procedure is in terms of BPMN: nodes in lanes and the flows between them, before anything has a place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from workflow.diagram.graph import Graph, graph_of
from workflow.diagram.wording import Language, say
from workflow.model import Procedure, State
from workflow.phrases import length_of

Tag = Literal["startEvent", "task", "exclusiveGateway", "endEvent"]
START: Final = "start"


@dataclass(frozen=True, slots=True)
class Node:
    """One node; a state has a task or an end event, a gateway where several ways lead on, an end where it may stop."""

    id: str
    tag: Tag
    lane: str
    name: str = ""
    #: The state that a task or end event is, None for the nodes around it.
    state: State | None = None
    #: Acts that leave the state as it is.
    stays: tuple[str, ...] = ()
    #: The limits that start here, a line each.
    note: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Flow:
    """One arrow from node to node."""

    id: str
    source: str
    dest: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Model:
    """A procedure in terms of BPMN, with the graph that says where its states stand."""

    graph: Graph
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]
    #: The ids of task, gateway and stopping end of each state, by its id.
    of_state: Mapping[str, tuple[str, ...]]


def model_of(procedure: Procedure, language: Language) -> Model:
    """Return the BPMN model of a procedure: every state, every act."""
    numbers = {name: number for number, name in enumerate(procedure.states)}
    ways = _ways(procedure, language)
    nodes: list[Node] = [Node(START, "startEvent", procedure.initial.holder)]
    flows: list[Flow] = [Flow(f"flow_{START}", START, f"state_{numbers[procedure.initial.id]}")]
    of_state: dict[str, tuple[str, ...]] = {}
    for name, number in numbers.items():
        out = [(dest, text) for (source, dest), text in ways.items() if source == name]
        new = _state_nodes(procedure, procedure.states[name], number, language)
        leaving = new[min(1, len(new) - 1)].id
        nodes += new
        of_state[name] = tuple(each.id for each in new)
        flows += [Flow(f"flow_{number}_{each.id}", new[0].id, each.id) for each in new[1:2]]
        flows += [Flow(f"flow_{number}_{each.id}", new[1].id, each.id) for each in new[2:]]
        flows += [Flow(f"flow_{number}_{numbers[dest]}", leaving, f"state_{numbers[dest]}", text) for dest, text in out]
    return Model(graph_of(procedure), tuple(nodes), tuple(flows), of_state)


def _state_nodes(procedure: Procedure, state: State, number: int, language: Language) -> list[Node]:
    """Return the nodes of a state: itself, the gateway that its acts leave from, the end where it may stop."""
    lane, name = state.holder, f"{state.code} {say(state.title, language)}"
    stays = tuple(_stays(procedure, state.id, language))
    ways = {act.dest for act in procedure.by_source[state.id] if act.dest not in ("=", state.id)}
    if state.terminal and not ways:
        return [Node(f"state_{number}", "endEvent", lane, name, state, stays)]
    note = tuple(_limits(procedure, state.id, language))
    nodes = [Node(f"state_{number}", "task", lane, name, state, stays, note)]
    if len(ways) > 1 or state.terminal:
        nodes.append(Node(f"choice_{number}", "exclusiveGateway", lane))
    if state.terminal:
        nodes.append(Node(f"end_{number}", "endEvent", lane))
    return nodes


def _ways(procedure: Procedure, language: Language) -> dict[tuple[str, str], str]:
    """Return the names of the flows between states."""
    found: dict[tuple[str, str], list[str]] = {}
    for number, act in enumerate(procedure.transitions, 1):
        for source in act.source:
            if act.dest not in ("=", source):
                found.setdefault((source, act.dest), []).append(f"{number} {say(act.title, language)}")
    return {pair: " / ".join(texts) for pair, texts in found.items()}


def _stays(procedure: Procedure, state: str, language: Language) -> Iterator[str]:
    """Yield the acts that happen in a state and leave it as it is."""
    for number, act in enumerate(procedure.transitions, 1):
        if state in act.source and act.dest in ("=", state):
            yield f"↺ {number} {say(act.title, language)}"


def _limits(procedure: Procedure, state: str, language: Language) -> Iterator[str]:
    """Yield the limits that the acts which lead into a state, or happen in it, start."""
    acts = [each for each in procedure.transitions if each.dest == state or (state in each.source and each.dest == "=")]
    for name in dict.fromkeys(name for act in acts for name in (*act.starts, *act.restarts)):
        limit = procedure.limits[name]
        yield f"{say(limit.title, language)}: {say(length_of(limit), language)}"
