"""Reads which variable of a form comes from which fact, paper or body of the dossier, and gives it the form's shape.

`context.py` looks the values up.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from dossiers.papers.catalogue import Catalogue, Variable, VariableType
from dossiers.papers.tables import CatalogueError
from workflow.certificates import VIETNAM
from workflow.model import FactDef, Procedure
from workflow.vocabulary import FactType

_FILE = "filling.toml"

#: What kinds of variables can print a fact of each type.
_PRINTED_AS: Mapping[FactType, frozenset[VariableType]] = {
    FactType.BOOL: frozenset({VariableType.BOOL}),
    FactType.INT: frozenset({VariableType.INT, VariableType.DECIMAL, VariableType.STR}),
    FactType.ENUM: frozenset({VariableType.ENUM}),
    FactType.DATE: frozenset({VariableType.DATE}),
    FactType.DATETIME: frozenset({VariableType.DATETIME, VariableType.DATE}),
    FactType.STR: frozenset({VariableType.STR, VariableType.TEXT}),
    FactType.TEXT: frozenset({VariableType.TEXT, VariableType.STR, VariableType.LIST}),
}
_TEXTS = frozenset({VariableType.STR, VariableType.TEXT})


@dataclass(frozen=True, slots=True)
class Filling:
    """Variable -> fact, form or place of the procedure; in `value`, how a choice of the fact is called on the form."""

    fact: Mapping[str, str]
    #: Variable -> choice of the fact -> value of the variable; "" where the form has no such value.
    value: Mapping[str, Mapping[str, str]]
    number: Mapping[str, str]
    date: Mapping[str, str]
    name: Mapping[str, str]
    address: Mapping[str, str]

    def shaped(self, variable: Variable, value: object) -> object:
        """Return a known value in the type and the words of the form; "" is a value that the form does not have."""
        match variable.type:
            case VariableType.DATE if isinstance(value, str):
                # An instant prints as the day it was in Việt Nam.
                return datetime.fromisoformat(value).astimezone(VIETNAM).date().isoformat() if "T" in value else value
            case VariableType.STR if isinstance(value, int) and not isinstance(value, bool):
                return str(value)
            case VariableType.LIST if isinstance(value, str):
                return [line.strip() for line in value.splitlines() if line.strip()]
            case VariableType.ENUM if isinstance(value, str):
                return self.value.get(variable.name, {}).get(value, value)
        return value


@cache
def official_filling() -> Filling:
    """Return the mapping that is installed with the program, read once."""
    return Filling(**tomllib.loads(files("templates_docx").joinpath(_FILE).read_text(encoding="utf-8")))


def check_filling(filling: Filling, catalogue: Catalogue, procedures: Sequence[Procedure]) -> None:
    """Raise CatalogueError when a mapping names what does not exist, or when a form cannot print a fact."""
    forms = {edition.form_id for edition in catalogue.forms()}
    for table in ("fact", "value", "number", "date", "name", "address"):
        for name, source in getattr(filling, table).items():
            if name not in catalogue.variables:
                raise CatalogueError(_FILE, f"{table}.{name}", "no such variable in the dictionary")
            if table in ("number", "date") and source not in forms:
                raise CatalogueError(_FILE, f"{table}.{name}", f"no such form: {source}")
    printed = list(_printed_facts(filling, catalogue, procedures))
    for variable, fact in printed:
        _check_printed(filling, variable, fact)
    for name, values in filling.value.items():
        choices = {choice.id for variable, fact in printed if variable.name == name for choice in fact.choices}
        if strange := sorted(set(values) - choices):
            raise CatalogueError(_FILE, f"value.{name}.{strange[0]}", "is no choice of the fact in any procedure")


def _printed_facts(
    filling: Filling, catalogue: Catalogue, procedures: Sequence[Procedure]
) -> Iterator[tuple[Variable, FactDef]]:
    """Yield each variable with each definition of a fact that it prints, under the fact's name or by the mapping."""
    names = {fact: {fact} & set(catalogue.variables) for each in procedures for fact in each.facts}
    for variable, source in filling.fact.items():
        if source not in names:
            raise CatalogueError(_FILE, f"fact.{variable}", f"no procedure has the fact {source}")
        names[source].add(variable)
    for each in procedures:
        for fact in each.facts.values():
            yield from ((catalogue.variables[name], fact) for name in sorted(names[fact.id]))


def _check_printed(filling: Filling, variable: Variable, fact: FactDef) -> None:
    """Raise CatalogueError unless the variable can take every value of the fact."""
    wrong_list = variable.type is VariableType.LIST and variable.item not in _TEXTS
    if wrong_list or variable.type not in _PRINTED_AS.get(fact.type, ()):
        raise CatalogueError(_FILE, f"fact.{variable.name}", f"{variable.type} cannot print {fact.id} ({fact.type})")
    values, known = filling.value.get(variable.name, {}), {value.value for value in variable.values}
    for choice in fact.choices:
        if values.get(choice.id, choice.id) not in known | {""}:
            raise CatalogueError(_FILE, f"value.{variable.name}", f"the form has no value for {fact.id} = {choice.id}")
