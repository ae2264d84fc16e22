"""Says a procedure as the text of a Mermaid state diagram, with every move.

Mermaid cannot lead an arrow from inside one group of states into another, so phases and bodies stand in comments and in
the names of classes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from workflow.diagram.graph import order_lanes, order_phases, phase_title
from workflow.diagram.wording import Language, say
from workflow.model import Procedure, State

#: Everything else is written as `#` with the number of the letter and `;`, which Mermaid turns back.
_PLAIN: Final = re.compile(r"[^\w .,()/–—…“”‘’!?+*=-]|--|__")
_FILLS: Final = ("#ffffff", "#e8f1fa", "#eef5e6", "#fdf3e1", "#f6eaf3", "#e9f5f4", "#f3f0e8", "#eceef2")


def mermaid(procedure: Procedure, *, language: Language = "vi") -> str:
    """Return a `stateDiagram-v2`: states by phase and body, moves with number and title, starts, ends and classes."""
    names = _names(procedure.states)
    phases = order_phases(procedure, procedure.states.values())
    lanes = order_lanes(procedure, procedure.states.values(), phases)
    lines = ["stateDiagram-v2", "    direction LR", f"    accTitle: {_text(say(procedure.title, language))}"]
    lines.append(f"    %% {_comment(procedure.key)}")
    for phase in phases:
        for lane in lanes:
            here = [each for each in procedure.states.values() if (each.phase, each.holder) == (phase, lane)]
            if here:
                title = say(procedure.bodies[lane].title, language)
                lines += ["", f"    %% {_comment(say(phase_title(phase), language))} / {_comment(title)}"]
                lines += [_state_line(each, names, language) for each in here]
    lines += ["", f"    [*] --> {names[procedure.initial.id]}"]
    lines += [f"    {line}" for line in _moves(procedure, names, language)]
    lines += [f"    {names[each.id]} --> [*]" for each in procedure.states.values() if each.terminal]
    lines += ["", *_classes(procedure, lanes, names)]
    return "\n".join(lines) + "\n"


def _names(states: Iterable[str]) -> Mapping[str, str]:
    """Return a name for every state that is no word of Mermaid's and that no other state has."""
    names: dict[str, str] = {}
    for state in states:
        name = "s_" + re.sub(r"[^A-Za-z0-9]+", "_", state).strip("_")
        names[state] = f"{name}_{len(names)}" if name in names.values() else name
    return names


def _text(text: str) -> str:
    """Return a text on one line in which nothing means anything to Mermaid."""
    flat = " ".join(text.split())
    return _PLAIN.sub(lambda found: "".join(f"#{ord(letter)};" for letter in found.group()), flat)


def _comment(text: str) -> str:
    """Return a text on one line as a comment holds it: braces would make it an order to Mermaid."""
    return re.sub(r"[{}%\s]+", " ", text)


def _state_line(state: State, names: Mapping[str, str], language: Language) -> str:
    return f'    state "{_text(state.code)} {_text(say(state.title, language))}" as {names[state.id]}'


def _moves(procedure: Procedure, names: Mapping[str, str], language: Language) -> list[str]:
    """Return one line for every pair of states that acts connect, and for every state that acts keep."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for number, act in enumerate(procedure.transitions, 1):
        for source in act.source:
            dest = source if act.dest == "=" else act.dest
            pairs.setdefault((source, dest), []).append(f"{number} {_text(say(act.title, language))}")
    return [f"{names[source]} --> {names[dest]} : {' / '.join(acts)}" for (source, dest), acts in pairs.items()]


def _classes(procedure: Procedure, lanes: Iterable[str], names: Mapping[str, str]) -> list[str]:
    """Return a class for each body; who is deprived of liberty has a heavy border, an end a broken one."""
    lines: list[str] = []
    states = procedure.states.values()
    for number, lane in enumerate(lanes):
        held = ",".join(names[each.id] for each in states if each.holder == lane)
        fill = _FILLS[number % len(_FILLS)]
        lines.append(f"    classDef lane{number} fill:{fill},color:#1d2733,stroke:#46525f")
        lines.append(f"    class {held} lane{number}")
    for name, look, chosen in (
        ("held", "stroke-width:4px", [each for each in states if each.person.deprived_of_liberty]),
        ("ended", "stroke-dasharray:6 3", [each for each in states if each.terminal]),
    ):
        if chosen:
            members = ",".join(names[each.id] for each in chosen)
            lines += [f"    classDef {name} {look}", f"    class {members} {name}"]
    return lines
