"""How values look on paper: one sandboxed template environment with every filter a template may use.

Dates as NĐ 30/2020/NĐ-CP writes them, names in capitals, dots where something is left to be written by hand.
Never reads a value from anywhere and never lets a template run code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Self

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import escape

DOTS: Final = "………"
_SHORT_DOTS: Final = "……"
_NOTHING: Final = "không"
#: docxtpl turns this character into a new paragraph of the same look; cleaned values never contain it.
NEW_PARAGRAPH: Final = "\a"
#: What the program itself hands to every template.
SYSTEM_VARIABLES: Final = ("demo", "form_number_line")
#: What is not itself in XML.
_SPECIAL = re.compile("[&<>\"']")
_WORD = re.compile(r"[^\W\d_]+")


class Blank:
    """Something left to be written by hand: false, empty, printed as dots."""

    def __bool__(self) -> bool:
        """Return False: a blank is nothing to a condition."""
        return False

    def __iter__(self) -> Blank:
        """Return itself: a blank list has no items."""
        return self

    def __next__(self) -> object:
        """Stop at once."""
        raise StopIteration

    def __str__(self) -> str:
        """Return the dots."""
        return DOTS


BLANK: Final = Blank()


class Choice(str):
    """One value of an enumeration: compares as the value, prints as its label."""

    __slots__ = ("label",)
    label: str

    def __new__(cls, value: str, label: str) -> Self:
        """Make the choice of `value`, printed as `label`."""
        made = super().__new__(cls, value)
        made.label = label
        return made


def printed(value: object) -> str:
    """Return any value as it is printed when a template names no filter."""
    if isinstance(value, Choice):
        return value.label
    if isinstance(value, str):
        return value.replace("\n", NEW_PARAGRAPH)
    if isinstance(value, bool):
        return "có" if value else _NOTHING
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return dmy(value)
    if isinstance(value, Decimal):
        return f"{value:f}".replace(".", ",")
    if isinstance(value, list | tuple):
        return ", ".join(printed(item) for item in value) or _NOTHING
    return str(value)


def dmy(value: object) -> str:
    """Return a day as 05/02/2026."""
    if not isinstance(value, date):
        return printed(value)
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def long_date(value: object) -> str:
    """Return a day as "ngày 05 tháng 02 năm 2026"; days below 10 and months 1 and 2 take a zero (NĐ 30/2020)."""
    if not isinstance(value, date):
        return f"ngày {_SHORT_DOTS} tháng {_SHORT_DOTS} năm {_SHORT_DOTS}"
    month = f"{value.month:02d}" if value.month <= 2 else str(value.month)  # noqa: PLR2004 - February
    return f"ngày {value.day:02d} tháng {month} năm {value.year}"


def moment(value: object) -> str:
    """Return an instant as "08 giờ 00 phút ngày 15 tháng 7 năm 2026"."""
    if not isinstance(value, datetime):
        return f"{_SHORT_DOTS} giờ {_SHORT_DOTS} phút {long_date(value)}"
    return f"{value.hour:02d} giờ {value.minute:02d} phút {long_date(value)}"


def upper(value: object) -> str:
    """Return a text in capitals."""
    return printed(value).upper()


def two(value: object) -> str:
    """Return a count with a leading zero below ten."""
    return f"{value:02d}" if isinstance(value, int) and not isinstance(value, bool) else printed(value)


def given_case(value: object) -> str:
    """Return a signer's name with one capital a word, unless it was not written in capitals throughout."""
    text = printed(value)
    return _WORD.sub(lambda word: word[0].capitalize(), text) if text.isupper() else text


#: Every filter a template may use; the lint refuses any other.
FILTERS: Mapping[str, Callable[[object], str]] = MappingProxyType(
    {
        "dmy": dmy,
        "long_date": long_date,
        "moment": moment,
        "upper": upper,
        "two": two,
        "given_case": given_case,
    }
)


class _Environment(ImmutableSandboxedEnvironment):
    """The sandbox, in which the field of a record is found before a method of the same name, and sooner."""

    def getattr(self, obj: object, attribute: str) -> object:
        """Return the field of a record; anything else as the sandbox allows."""
        if type(obj) is dict and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)


def template_environment() -> ImmutableSandboxedEnvironment:
    """Return the environment all templates are compiled in: sandboxed, strict, escaping XML.

    Every output of a template passes `finalize`, which escapes; Jinja's own escaping would wrap each in an object of
    its own first, a third of the time a paper takes.  Whoever hands it on must not ask for `autoescape` again.
    """
    environment = _Environment(undefined=StrictUndefined, autoescape=False, finalize=finalize)
    environment.filters = dict(FILTERS)
    environment.globals = {}
    environment.tests = {}
    return environment


def finalize(value: object) -> str:
    """Print and escape any value; raises UndefinedError for a name that nobody said."""
    text = value.replace("\n", NEW_PARAGRAPH) if type(value) is str else printed(value)
    return str(escape(text)) if _SPECIAL.search(text) else text
