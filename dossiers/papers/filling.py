"""Reads which variable of a form comes from which fact, paper or body of the dossier.

Only the mapping: `context.py` looks the values up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from dossiers.papers.catalogue import Catalogue
from dossiers.papers.tables import CatalogueError

_FILE = "filling.toml"


@dataclass(frozen=True, slots=True)
class Filling:
    """Variable -> fact, form or place of the procedure."""

    fact: Mapping[str, str]
    number: Mapping[str, str]
    date: Mapping[str, str]
    name: Mapping[str, str]
    address: Mapping[str, str]


@cache
def official_filling() -> Filling:
    """Return the mapping that is installed with the program, read once."""
    return Filling(**tomllib.loads(files("templates_docx").joinpath(_FILE).read_text(encoding="utf-8")))


def check_filling(filling: Filling, catalogue: Catalogue) -> None:
    """Raise CatalogueError when a mapping names a variable or a form that does not exist."""
    forms = {edition.form_id for edition in catalogue.forms()}
    for table in ("fact", "number", "date", "name", "address"):
        for variable, source in getattr(filling, table).items():
            if variable not in catalogue.variables:
                raise CatalogueError(_FILE, f"{table}.{variable}", "no such variable in the dictionary")
            if table in ("number", "date") and source not in forms:
                raise CatalogueError(_FILE, f"{table}.{variable}", f"no such form: {source}")
