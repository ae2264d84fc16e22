"""The words of a picture: of its signs, of an act in its legend, and the whole picture told as an ordered list.

Gives texts in one language; draws nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from workflow.diagram.graph import Graph, Node, numbers_text, phase_title
from workflow.model import Procedure, Transition
from workflow.vocabulary import Text

Language = Literal["vi", "en"]

START: Final = Text("● bắt đầu", "● start")
END: Final = Text("■ kết thúc", "■ end")
HERE: Final = Text("▶ đang ở đây", "▶ is here")
SIGNS: Final = (
    Text(
        "Hàng ngang: cơ quan đang có hồ sơ; cột: giai đoạn; ô: trạng thái. "
        "Số trên mũi tên và trong ô là số của bước trong danh mục bên dưới.",
        "Rows: the body that has the dossier; columns: phases; boxes: states. "
        "Numbers on arrows and in boxes are those of the steps listed below.",
    ),
    Text(
        "Các mũi tên cùng đến một ô được nhập vào một đường. Bước có thể thực hiện từ nhiều trạng thái không vẽ mũi "
        "tên mà ghi trong ô: “→ S99 (7)” là bước số 7 đưa sang S99.",
        "Arrows to the same box run together. A step that is possible from many states is not drawn but written in the "
        "box: “→ S99 (7)” is step 7, which leads to S99.",
    ),
    Text(
        "↺: bước không làm thay đổi trạng thái. ● bắt đầu; ■ và viền đôi: kết thúc. "
        "Vạch đậm bên trái: người đang bị giữ.",
        "↺: a step that leaves the state as it is. ● start; ■ and a double border: end. "
        "Thick bar on the left: the person is held.",
    ),
)
PATH_SIGN: Final = Text(
    "Nét đậm, viền đậm: đường đã đi; “Thứ tự” trong ô: các bước thứ mấy đã thực hiện tại đó; "
    "▶ và viền đậm nhất: đang ở đây.",
    "Heavy lines and borders: the way taken; “Order” in a box: which steps were taken there; "
    "▶ and the heaviest border: where it is now.",
)
LEGEND: Final = Text("Danh mục các bước", "The steps")


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a list that tells a picture, with the lines below it."""

    text: str
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """A picture in words: what it shows, the way taken and what leads on from its end, every state with its moves."""

    title: str
    summary: str
    path: tuple[str, ...]
    ahead: tuple[str, ...]
    states: tuple[Item, ...]


def say(text: Text, language: Language) -> str:
    """Return a text in the language asked for."""
    return text.en if language == "en" else text.vi


def box_notes(graph: Graph, node: Node, language: Language) -> list[str]:
    """Return the small lines of a box: its steps of the path and its acts that are not drawn."""
    states, lines = graph.procedure.states, []
    if node.steps:
        lines.append(say(Text("Thứ tự: ", "Order: "), language) + numbers_text(node.steps))
    if node.stays:
        lines.append(f"↺ {numbers_text(node.stays)}")
    if node.jumps:
        lines.append("→ " + "; ".join(f"{states[dest].code}\u00a0({numbers_text(acts)})" for dest, acts in node.jumps))
    if node.arrivals:
        count = node.arrivals
        lines.append(
            say(Text(f"← từ {count} trạng thái khác", f"← from {count} other state" + "s" * (count > 1)), language)
        )
    return lines


def act_line(graph: Graph, number: int, language: Language) -> str:
    """Return an act for the legend: number, title, from where to where (only what the picture shows)."""
    act, states = graph.acts[number], graph.procedure.states
    sources = graph.sources[number]
    moving = [states[name].code for name in sources if act.dest not in ("=", name)]
    staying = [states[name].code for name in sources if act.dest in ("=", name)]
    ways = [f"{', '.join(moving)} → {states[act.dest].code}"] if moving else []
    ways += [f"↺ {', '.join(staying)}"] if staying else []
    return f"{number}. {say(act.title, language)}: {'; '.join(ways)}"


def describe(graph: Graph, language: Language) -> Telling:
    """Return the picture told in words."""
    procedure = graph.procedure
    title = say(procedure.title, language)
    counts = (len(graph.nodes), len(graph.acts), len(graph.lanes), len(graph.phases))
    summary = say(
        Text(
            "Sơ đồ có {} trạng thái, {} bước, {} cơ quan và {} giai đoạn.".format(*counts),
            "The picture has {} states, {} steps, {} bodies and {} phases.".format(*counts),
        ),
        language,
    )
    states = {name: _state(graph, name, language) for name in graph.nodes}
    here = states.get(graph.highlight.current or "")
    ahead = here.parts if here is not None else ()
    return Telling(title, summary, tuple(_path(graph, language)), ahead, tuple(states.values()))


def _path(graph: Graph, language: Language) -> list[str]:
    procedure, highlight = graph.procedure, graph.highlight
    lines = [
        f"{_name(procedure, step.state, language)}: {_act_title(procedure, step.state, step.trigger, language)}"
        for step in highlight.path
        if step.state in procedure.states
    ]
    if highlight.current is not None and highlight.current in procedure.states:
        here = say(Text("Đang ở", "Now at"), language)
        lines.append(f"{here}: {_name(procedure, highlight.current, language)}")
    return lines


def _act_title(procedure: Procedure, state: str, trigger: str, language: Language) -> str:
    group = procedure.by_trigger.get(trigger, ())
    fitting = [each for each in group if state in each.source]
    found = next(iter([*fitting, *group]), None)
    return say(found.title, language) if found is not None else trigger


def _state(graph: Graph, name: str, language: Language) -> Item:
    procedure, node = graph.procedure, graph.nodes[name]
    state = node.state
    marks = [sign for sign, shown in ((START, state.initial), (END, state.terminal), (HERE, node.current)) if shown]
    words = [say(phase_title(state.phase), language), say(procedure.bodies[state.holder].title, language)]
    words += [say(mark, language).lstrip("●■▶ ") for mark in marks]
    moves = [
        _move(procedure, each, name, language) for number, each in graph.acts.items() if name in graph.sources[number]
    ]
    return Item(f"{_name(procedure, name, language)} ({'; '.join(words)})", tuple(moves))


def _move(procedure: Procedure, act: Transition, source: str, language: Language) -> str:
    if act.dest in ("=", source):
        where = say(Text("giữ nguyên trạng thái", "the state stays"), language)
    else:
        where = f"→ {_name(procedure, act.dest, language)}"
    return f"{say(act.title, language)} {where if where.startswith('→') else f'({where})'}"


def _name(procedure: Procedure, name: str, language: Language) -> str:
    state = procedure.states[name]
    return f"{state.code} {say(state.title, language)}"
