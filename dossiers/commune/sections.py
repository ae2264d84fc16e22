"""The lists on the board of a commune, and which states and limits each means under the law.  Asks no database."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from workflow.model import Limit, Procedure, State, Transition
from workflow.vocabulary import LimitKind, Text

#: Kinds of limits by which something is to be done.
_DUTIES: Final = frozenset((LimitKind.MAXIMUM, LimitKind.WINDOW, LimitKind.RECURRING))


@dataclass(frozen=True, slots=True)
class Selector:
    """Which states are meant: all that is named must hold, what is empty is not asked."""

    acts: frozenset[str] = frozenset()
    led_by: frozenset[str] = frozenset()
    phases: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()

    def chooses(self, procedure: Procedure, state: State) -> bool:
        """Say whether a state of a procedure is meant."""
        return (
            (not self.phases or state.phase in self.phases)
            and (not self.persons or state.person.value in self.persons)
            and (not self.acts or any(state.id in each.source for each in _named(procedure, self.acts)))
            and (not self.led_by or any(state.id == each.dest for each in _named(procedure, self.led_by)))
        )


@dataclass(frozen=True, slots=True)
class Section:
    """One list on the board."""

    id: str
    title: Text
    basis: str
    selectors: tuple[Selector, ...]
    running: tuple[str, ...]
    unless: tuple[str, ...]
    proceedings: tuple[str, ...]
    span: tuple[str, ...]
    span_unit: str | None
    facts: tuple[str, ...]
    within_days: int | None

    def states(self, procedures: Iterable[Procedure]) -> set[str]:
        """Return the states of main procedures that the list means, without those of the lists it leaves to others."""
        kept = [each for each in procedures if not each.side]
        found = {
            state.id
            for procedure in kept
            for state in procedure.states.values()
            if any(selector.chooses(procedure, state) for selector in self.selectors)
        }
        return found.difference(*(SECTIONS[name].states(kept) for name in self.unless))

    def spans(self, procedures: Iterable[Procedure]) -> set[str]:
        """Return the limits that say from when until when."""
        by_unit = {
            limit.id for each in procedures for limit in each.limits.values() if limit.unit.value == self.span_unit
        }
        return {*self.span, *by_unit}


def _named(procedure: Procedure, acts: Iterable[str]) -> list[Transition]:
    return [each for act in acts for each in procedure.by_trigger.get(act, ())]


def is_duty(limit: Limit | None) -> bool:
    """Say whether something is to be done before the limit ends."""
    return limit is not None and limit.duty and limit.kind in _DUTIES


def _section(table: Mapping[str, Any]) -> Section:
    selectors = tuple(
        Selector(**{name: frozenset(values) for name, values in each.items()}) for each in table.get("states", ())
    )
    lists = {name: tuple(table.get(name, ())) for name in ("running", "unless", "proceedings", "span", "facts")}
    return Section(
        table["id"],
        Text(**table["title"]),
        table["basis"],
        selectors,
        span_unit=table.get("span_unit"),
        within_days=table.get("within_days"),
        **lists,
    )


_DATA: Final = tomllib.loads((files("dossiers.commune") / "data" / "board.toml").read_text(encoding="utf-8"))
#: List by its id, in the order of the board.
SECTIONS: Final[Mapping[str, Section]] = MappingProxyType({each["id"]: _section(each) for each in _DATA["section"]})
#: How many rows of each list the board itself shows.
BOARD_ROWS: Final[int] = _DATA["rows"]
