"""Reads `catalogue.toml` and `dictionary.toml` of the package `templates_docx`, with what they include, strictly.

Every fault names file, key and reason.  Never fills a form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import TypeVar

from dossiers.papers.catalogue import (
    CATALOGUE_FILE,
    DICTIONARY_FILE,
    Catalogue,
    EnumValue,
    FormEdition,
    ItemField,
    Role,
    Source,
    Variable,
    VariableType,
)
from dossiers.papers.tables import Table, included, read_file

_MARKS = ("A", "A¹", "B", "C", "D")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_T = TypeVar("_T")
_POLICY = re.compile(r"POL-[A-Z0-9-]+")


@lru_cache(maxsize=1)
def official_catalogue() -> Catalogue:
    """Return the catalogue that is installed with the program, read once."""
    return load_catalogue(files("templates_docx"))


def load_catalogue(folder: Traversable) -> Catalogue:
    """Return the catalogue of a folder; raises CatalogueError with file, key and reason."""
    variables: dict[str, Variable] = {}
    for part in included(folder, read_file(folder, DICTIONARY_FILE)):
        _add_variables(variables, part)
    root = read_file(folder, CATALOGUE_FILE)
    roles = {name: _role(name, table) for name, table in root.tables("role").items()}
    series, groups = root.tables("series"), root.tables("group")
    reader = _FormReader(variables, roles, series, groups)
    editions: list[FormEdition] = []
    for part in included(folder, root):
        for table in part.list_of_tables("form"):
            edition = reader.read(table)
            _refuse_overlap(edition, editions, table)
            editions.append(edition)
        part.close()
    return Catalogue(tuple(editions), MappingProxyType(variables), MappingProxyType(roles), folder)


def _role(name: str, table: Table) -> Role:
    role = Role(
        name,
        table.text("label"),
        table.string("signer_title"),
        table.string("example_org"),
        table.string("example_parent"),
        table.optional_string("example_rank"),
    )
    table.close()
    return role


def _add_variables(variables: dict[str, Variable], part: Table) -> None:
    """Add the variables of one file; refuses one that another file has."""
    for name, table in part.tables("variable").items():
        if name in variables:
            raise table.error("name", "is defined twice")
        variables[name] = _variable(name, table)
    part.close()


def _variable(name: str, table: Table) -> Variable:
    if not _NAME.fullmatch(name):
        raise table.error("name", "is not a lower-case identifier")
    item = table.optional_string("item")
    variable = Variable(
        name=name,
        label=table.text("label"),
        type=table.choice("type", VariableType),
        source=table.choice("source", Source),
        example=table.anything("example"),
        values=tuple(_enum_value(value) for value in table.list_of_tables("values")),
        item=None if item is None else table.member("item", item, VariableType),
        fields=tuple(_item_field(field) for field in table.list_of_tables("fields")),
        beyond=table.boolean("beyond", default=False),
    )
    table.close()
    enum = VariableType.ENUM in {variable.type, variable.item}
    if enum != bool(variable.values):
        raise table.error("values", "an enum needs values, anything else must not have them")
    if (variable.type is VariableType.LIST) != bool(variable.item or variable.fields):
        raise table.error("item", "a list needs `item` or `fields`, anything else must not have them")
    return variable


def _enum_value(table: Table) -> EnumValue:
    value = EnumValue(table.string("value"), table.text("label"))
    table.close()
    return value


def _item_field(table: Table) -> ItemField:
    field = ItemField(
        table.string("name"), table.choice("type", VariableType), table.text("label"), table.boolean("required")
    )
    table.close()
    return field


@dataclass(frozen=True)
class _FormReader:
    """Reads one form at a time against what the files have already said."""

    variables: Mapping[str, Variable]
    roles: Mapping[str, Role]
    series: Mapping[str, Table]
    groups: Mapping[str, Table]

    def read(self, table: Table) -> FormEdition:
        series = self._known(table, "series", table.string("series"), self.series)
        series_from, series_to, series_mark = series.day("from"), series.optional_day("to"), series.string("mark")
        numberless = series.boolean("numberless", default=False)
        number = table.optional_string("number")
        if number is not None and numberless:
            raise table.error("number", "papers of this series have no official number, none may be printed")
        symbol = table.optional_string("symbol")
        template = table.optional_string("template")
        required, optional = self._declared(table)
        if (template is None) != (not required):
            raise table.error("required", "variables and a template belong together")
        edition = FormEdition(
            form_id=table.string("id"),
            valid_from=table.optional_day("from") or series_from,
            valid_to=table.optional_day("to") or series_to,
            number=number,
            title=table.text("title"),
            annex=series.optional_text("annex"),
            instrument=series.string("instrument"),
            issuers=tuple(self._known(table, "issuers", role, self.roles) for role in table.strings("issuers")),
            symbol=symbol,
            numbered=table.boolean("numbered", default=symbol is not None),
            basis=table.strings("basis"),
            mark=table.optional_string("mark") or series_mark,
            layout_mark=table.optional_string("layout_mark") or "A",
            policies=self._policies(table, series),
            unverified=series.boolean("unverified"),
            template=template,
            required=required,
            optional=optional,
            sample=self._sample(table, (*required, *optional)),
        )
        table.close()
        series.close()
        for key, mark in (("mark", edition.mark), ("layout_mark", edition.layout_mark)):
            if mark not in _MARKS:
                raise table.error(key, f"is none of {', '.join(_MARKS)}")
        if not edition.issuers:
            raise table.error("issuers", "somebody must issue the paper")
        return edition

    @staticmethod
    def _policies(table: Table, series: Table) -> tuple[str, ...]:
        named = (*series.strings("policies"), *table.strings("policies", default=()))
        for policy in named:
            if not _POLICY.fullmatch(policy):
                raise table.error("policies", f"{policy!r} is no policy id")
        return tuple(dict.fromkeys(named))

    def _declared(self, table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the required and the optional variables, those of the groups first."""
        required: list[str] = []
        optional: list[str] = []
        for name in table.strings("groups", default=()):
            group = self._known(table, "groups", name, self.groups)
            required += group.strings("required")
            optional += group.strings("optional")
            group.close()
        own_required, own_optional = table.strings("required", default=()), table.strings("optional", default=())
        required = [*(name for name in required if name not in own_optional), *own_required]
        optional = [*(name for name in optional if name not in own_required), *own_optional]
        self._check_names(table, required, optional)
        return tuple(required), tuple(optional)

    def _sample(self, table: Table, declared: Sequence[str]) -> Mapping[str, object]:
        """Return the examples that suit this form better than the dictionary's."""
        sample = table.mapping("sample")
        if strange := sorted(set(sample) - set(declared)):
            raise table.error("sample", f"{strange[0]!r} is not declared for this form")
        return MappingProxyType(sample)

    def _check_names(self, table: Table, required: Sequence[str], optional: Sequence[str]) -> None:
        names = [*required, *optional]
        for name in names:
            self._known(table, "required/optional", name, self.variables)
        if twice := {name for name in names if names.count(name) > 1}:
            raise table.error("required/optional", f"named twice: {', '.join(sorted(twice))}")

    @staticmethod
    def _known(table: Table, key: str, name: str, among: Mapping[str, _T]) -> _T:
        try:
            return among[name]
        except KeyError:
            raise table.error(key, f"{name!r} is not defined") from None


def _refuse_overlap(one: FormEdition, others: Sequence[FormEdition], table: Table) -> None:
    for other in others:
        if one.form_id == other.form_id and (one.in_force(other.valid_from) or other.in_force(one.valid_from)):
            raise table.error("id", "two editions are in force on the same day")
