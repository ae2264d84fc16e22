"""Know the official forms: number, title, signer, editions, and the variables each of them prints.

Frozen values that `catalogue_files.py` reads.  Never fills a form and never decides which form a step needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from importlib.resources.abc import Traversable

from dossiers.errors import NotFoundError
from dossiers.papers.tables import CatalogueError
from workflow.vocabulary import Text

CATALOGUE_FILE, DICTIONARY_FILE = "catalogue.toml", "dictionary.toml"


class VariableType(StrEnum):
    """What kind of value a variable takes."""

    #: One line of text.
    STR = "str"
    #: Text of several paragraphs.
    TEXT = "text"
    DATE = "date"
    DATETIME = "datetime"
    INT = "int"
    DECIMAL = "decimal"
    BOOL = "bool"
    #: One of the listed values.
    ENUM = "enum"
    #: Values of one type, or records with fields.
    LIST = "list"


class Source(StrEnum):
    """Where the value of a variable comes from."""

    #: Given when the paper is signed: number, date, signer, counts of pages.
    DOCUMENT = "document"
    #: The issuing organization.
    BODY = "body"
    #: The record of the person.
    SUBJECT = "subject"
    RELATIVES = "relatives"
    #: The facts of the dossier.
    DOSSIER = "dossier"
    #: Asked of the officer when the form is made.
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class EnumValue:
    """One allowed value: what programs exchange, and what is printed."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class ItemField:
    """One field of the records in a list."""

    name: str
    type: VariableType
    label: Text
    required: bool


@dataclass(frozen=True, slots=True)
class Variable:
    """One thing a form may print; `item` or `fields` say what a list holds, `example` is fictitious."""

    name: str
    label: Text
    type: VariableType
    source: Source
    example: object
    values: tuple[EnumValue, ...] = ()
    item: VariableType | None = None
    fields: tuple[ItemField, ...] = ()
    beyond: bool = False


@dataclass(frozen=True, slots=True)
class Role:
    """Who issues papers; the `example_…` bodies are fictitious and stand in samples only."""

    id: str
    label: Text
    signer_title: str
    example_org: str
    example_parent: str
    example_rank: str | None


@dataclass(frozen=True, eq=False)
class FormEdition:
    """One document as it is called and laid out between two days; without `template` it is filed as a scan only."""

    form_id: str
    valid_from: date
    valid_to: date | None
    number: str | None
    title: Text
    annex: Text | None
    instrument: str
    issuers: tuple[Role, ...]
    symbol: str | None
    numbered: bool
    basis: tuple[str, ...]
    mark: str
    #: How sure it is that the official form asks for just these fields: D where we derived them.
    layout_mark: str
    policies: tuple[str, ...]
    #: Whether number and title rest on one unofficial copy.
    unverified: bool
    template: str | None
    required: tuple[str, ...]
    optional: tuple[str, ...]
    sample: Mapping[str, object]

    @property
    def signer_title(self) -> str:
        """Return the title above the signature when the first of the issuers signs."""
        return self.issuers[0].signer_title

    @property
    def number_line(self) -> str | None:
        """Return the form number as printed in the corner, or None for papers that have none."""
        if self.number is None:
            return None
        place = f"{self.annex.vi} {self.instrument}" if self.annex else self.instrument
        return f"Mẫu số {self.number} – {place}"

    @cached_property
    def declared(self) -> frozenset[str]:
        """Return the names of all variables the form may print."""
        return frozenset(self.required) | frozenset(self.optional)

    def in_force(self, on: date) -> bool:
        """Tell whether a paper issued on that day uses this edition."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


class UnknownFormError(NotFoundError):
    """No document of that id, or none in force on that day."""

    code = "unknown-form"
    title = Text("Không có mẫu văn bản này tại thời điểm đó", "There is no such form on that day")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All forms and variables, and the folder their templates stand in."""

    editions: tuple[FormEdition, ...]
    variables: Mapping[str, Variable]
    roles: Mapping[str, Role]
    folder: Traversable

    @cached_property
    def _by_id(self) -> Mapping[str, tuple[FormEdition, ...]]:
        grouped: dict[str, list[FormEdition]] = {}
        for edition in self.editions:
            grouped.setdefault(edition.form_id, []).append(edition)
        return {form_id: tuple(found) for form_id, found in grouped.items()}

    @cached_property
    def _templates(self) -> dict[str, bytes]:
        """Return what was read of the templates: each is read once, so that a process fills all papers alike."""
        return {}

    def form(self, form_id: str, on: date) -> FormEdition:
        """Return the edition of a form for papers issued on that day; raises UnknownFormError."""
        editions = self._by_id.get(form_id, ())
        for edition in editions:
            if edition.in_force(on):
                return edition
        raise UnknownFormError(_other_days(form_id, on, editions) if editions else None)

    def forms(self, on: date | None = None) -> tuple[FormEdition, ...]:
        """Return every edition, or those in force on one day, in the order of the file."""
        return self.editions if on is None else tuple(edition for edition in self.editions if edition.in_force(on))

    def variable(self, name: str) -> Variable:
        """Return the variable of that name; raises KeyError, for a name comes from a checked catalogue."""
        return self.variables[name]

    def template_bytes(self, form: FormEdition) -> bytes:
        """Return the Word template of a form; raises CatalogueError if the form has none or the file is missing."""
        if form.template is None:
            raise CatalogueError(CATALOGUE_FILE, f"form {form.form_id}", "has no template, it is filed as a scan")
        if (known := self._templates.get(form.template)) is not None:
            return known
        try:
            return self._templates.setdefault(form.template, self.folder.joinpath(form.template).read_bytes())
        except FileNotFoundError as error:
            raise CatalogueError(CATALOGUE_FILE, f"form {form.form_id}.template", "no such file") from error


def _other_days(form_id: str, on: date, editions: Sequence[FormEdition]) -> Text:
    """Say that no edition is in force on a day, and from when to when each is."""
    vi, en = "; ".join(map(_validity_vi, editions)), "; ".join(map(_validity_en, editions))
    return Text(
        f"Mẫu {form_id} không có bản nào áp dụng ngày {on:%d/%m/%Y}; các bản: {vi}",
        f"No edition of form {form_id} is in force on {on.isoformat()}; its editions: {en}",
    )


def _validity_vi(edition: FormEdition) -> str:
    end = f" đến {edition.valid_to:%d/%m/%Y}" if edition.valid_to else ""
    return f"{edition.instrument}, từ {edition.valid_from:%d/%m/%Y}{end}"


def _validity_en(edition: FormEdition) -> str:
    end = f" to {edition.valid_to.isoformat()}" if edition.valid_to else ""
    return f"{edition.instrument}, from {edition.valid_from.isoformat()}{end}"
