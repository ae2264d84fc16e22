"""The kinds of areas of a facility and how its board reads the law, as the data files list them.

Read once when the program starts.  Never asks the database.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from dossiers.people.models import Person
from workflow.predicates import full_years
from workflow.vocabulary import Text

_DATA = files("dossiers.facilities") / "data"


@dataclass(frozen=True, slots=True)
class AreaKind:
    """One kind of area: for whom it is meant, and where the law says that it is kept apart."""

    id: str
    title: Text
    basis: str
    sex: str | None = None
    since: int | None = None
    below: int | None = None

    def suits(self, person: Person, on: date) -> bool:
        """Say whether sex and age of a person fit the area on a day."""
        age = full_years(person.born_on, on)
        old_enough = self.since is None or age >= self.since
        return self.sex in (None, person.sex) and old_enough and (self.below is None or age < self.below)


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows: phases of the law, the fact of the stage, how far ahead leavers are listed."""

    arriving: frozenset[str]
    staying: frozenset[str]
    stage_fact: str
    leavers_days: int


def _tables(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / name).read_text(encoding="utf-8"))


def _kind(kind_id: str, table: Mapping[str, Any]) -> AreaKind:
    ages = table.get("ages", {})
    title = Text(**table["title"])
    return AreaKind(kind_id, title, table["basis"], table.get("sex"), ages.get("since"), ages.get("below"))


def _board(table: Mapping[str, Any]) -> Board:
    arriving, staying = frozenset(table["arriving"]), frozenset(table["staying"])
    return Board(arriving, staying, table["stage_fact"], table["leavers_days"])


#: Kind of area by its id, in the order of the data file.
AREA_KINDS: Final[Mapping[str, AreaKind]] = MappingProxyType(
    {kind_id: _kind(kind_id, table) for kind_id, table in _tables("areas.toml").items()}
)
BOARD: Final = _board(_tables("board.toml"))
