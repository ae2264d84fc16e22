"""Which acts of the procedures send a file back, as the data file lists them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Return:
    """One act that sends a file back: whose file it was, and the acts that had handed it in."""

    trigger: str
    file_of: str
    reason: str
    handed_in: tuple[str, ...]
    basis: str


def _read() -> dict[str, Return]:
    text = (files("dossiers.overview") / "data" / "returns.toml").read_text(encoding="utf-8")
    return {
        trigger: Return(trigger, table["file_of"], table["reason"], tuple(table["handed_in"]), table["basis"])
        for trigger, table in tomllib.loads(text).items()
    }


#: Return by its trigger, in the order of the data file.
RETURNS: Final[Mapping[str, Return]] = MappingProxyType(_read())
