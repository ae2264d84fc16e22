"""The kinds of aftercare records and their items, as the data file lists them; read once, asks no database."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from workflow.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a record; `type` is `line`, `text`, `choice` or `account`."""

    name: str
    type: str
    label: Text
    required: bool = False
    choices: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record: its items, the days it has, and which item of it boards are sorted by (`mark`)."""

    id: str
    title: Text
    #: What the diary calls it.
    act: Text
    basis: str
    items: tuple[Item, ...]
    on: Text
    #: What its last day is called; None for a kind that is of one day.
    until: Text | None
    #: Whether its day may lie in the future: a plan.
    future: bool
    mark: str | None
    #: Items of which one must be stated.
    one_of: tuple[str, ...]
    note: Text | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What boards and pages take from the law and from the practice of the office."""

    phase: str
    managed_by_acts: tuple[str, ...]
    ends_with: tuple[str, ...]
    monitoring: tuple[str, ...]
    basis: str
    positive_acts: tuple[str, ...]
    positive_basis: str
    visit_days: int


def _kind(kind_id: str, table: Mapping[str, Any]) -> Kind:
    return Kind(
        id=kind_id,
        title=Text(**table["title"]),
        act=Text(**table["act"]),
        basis=table["basis"],
        items=tuple(_item(each) for each in table["item"]),
        on=Text(**table["on"]),
        until=Text(**table["until"]) if "until" in table else None,
        future=table.get("future", False),
        mark=table.get("mark"),
        one_of=tuple(table.get("one_of", ())),
        note=Text(**table["note"]) if "note" in table else None,
    )


def _item(table: Mapping[str, Any]) -> Item:
    choices = {key: Text(**label) for key, label in table.get("choices", ())}
    return Item(
        table["name"], table["type"], Text(**table["label"]), table.get("required", False), MappingProxyType(choices)
    )


_DATA: Final = tomllib.loads((files("dossiers.aftercare") / "data" / "aftercare.toml").read_text(encoding="utf-8"))
#: Kind of record by its id, in the order of the data file.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {kind_id: _kind(kind_id, table) for kind_id, table in _DATA["kind"].items()}
)
SETTINGS: Final = Settings(
    phase=_DATA["phase"],
    managed_by_acts=tuple(_DATA["managed_by_acts"]),
    ends_with=tuple(_DATA["ends_with"]),
    monitoring=tuple(_DATA["monitoring"]),
    basis=_DATA["basis"],
    positive_acts=tuple(_DATA["after_positive"]["acts"]),
    positive_basis=_DATA["after_positive"]["basis"],
    visit_days=_DATA["practice"]["visit_days"],
)
#: The kinds and marks that boards look at.
TEAM: Final = "team"
VISIT: Final = "visit"
TEST: Final = "test"
ABSENCE: Final = "absence"
RESPONSIBLE: Final = "responsible"
POSITIVE: Final = "positive"
#: The kind of the diary entries, and what stands before the kind of a record in the name of its act.
ENTERED: Final = "aftercare"
_RECORDED: Final = "aftercare_recorded."
_CORRECTED: Final = "aftercare_corrected."


def act_name(kind: str, *, corrects: bool) -> str:
    """Return the name of the act in the diary."""
    return (_CORRECTED if corrects else _RECORDED) + kind


def kind_of_act(name: str) -> tuple[Kind | None, bool]:
    """Return the kind of record that an act of the diary made, None for another act, and whether it corrected one."""
    corrects = name.startswith(_CORRECTED)
    told = corrects or name.startswith(_RECORDED)
    return KINDS.get(name.partition(".")[2]) if told else None, corrects
