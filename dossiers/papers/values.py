"""Check and clean the values a form is filled with, all of them at once.

What leaves this module is safe to print: Unicode NFC, no control or direction characters, the type the dictionary
says.  Never puts a value into a message: messages name labels only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import ClassVar

from dossiers.errors import DossierError
from dossiers.papers.catalogue import Catalogue, EnumValue, FormEdition, Source, Variable, VariableType
from dossiers.papers.printing import BLANK, Choice
from workflow.vocabulary import Text

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
#: Papers show the hour of Việt Nam, whatever zone the instant was recorded in.
_VIETNAM_TIME = timezone(timedelta(hours=7))
_SPACES = re.compile(r"[ \t\n]+")
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co"})
_NONCHARACTERS = re.compile("[\ufdd0-\ufdef\ufffe\uffff]|[\U0001fffe\U0001ffff]")


class FieldsError(DossierError):
    """Some fields of a form are not right; `fields` names each with its label."""

    code: ClassVar[str] = "form-fields"
    title = Text("Thông tin của mẫu văn bản chưa đúng", "The fields of the form are not right")

    def __init__(self, fields: Sequence[tuple[str, Text]]) -> None:
        assert fields
        self.fields = tuple(fields)
        vi = ", ".join(label.vi for _, label in self.fields)
        en = ", ".join(label.en for _, label in self.fields)
        super().__init__(Text(f"{self.title.vi}: {vi}", f"{self.title.en}: {en}"))


class MissingFieldsError(FieldsError):
    """Required fields have no value; `fields` holds (name, label) of every one."""

    code = "missing-fields"
    title = Text("Còn thiếu thông tin bắt buộc", "Required fields are missing")


class UnknownFieldsError(FieldsError):
    """Fields were given that the form does not print; `fields` holds (name, label) of every one."""

    code = "unknown-fields"
    title = Text("Mẫu văn bản không có các mục này", "The form has no such fields")


class WrongFieldsError(FieldsError):
    """Fields have a value of the wrong type; `fields` holds (name, label with the expected type) of every one."""

    code = "wrong-fields"
    title = Text("Giá trị không đúng kiểu", "Values of the wrong type")


class _WrongTypeError(Exception):
    """A single value that cannot be what the dictionary says."""


def printable_values(
    catalogue: Catalogue, form: FormEdition, values: Mapping[str, object], *, draft: bool
) -> dict[str, object]:
    """Return a value for every variable the form declares, BLANK where an optional one is missing.

    With `draft`, what is only known at signing (number, date, signer, counts of pages) may be missing too.  Raises
    UnknownFieldsError, WrongFieldsError or MissingFieldsError, each naming all the fields it is about.
    """
    if unknown := sorted(set(values) - form.declared):
        raise UnknownFieldsError([(name, label_of(catalogue, name)) for name in unknown])
    printable: dict[str, object] = {}
    wrong, missing = [], []
    required = frozenset(form.required)
    for name in (*form.required, *form.optional):
        variable = catalogue.variables[name]
        try:
            value = BLANK if values.get(name) is None else _checked(variable, values[name])
        except _WrongTypeError:
            wrong.append((name, _expected(variable)))
            continue
        waits = draft and variable.source is Source.DOCUMENT
        if name in required and not waits and (value is BLANK or value == []):
            missing.append((name, variable.label))
        printable[name] = value
    if wrong:
        raise WrongFieldsError(wrong)
    if missing:
        raise MissingFieldsError(missing)
    return printable


def clean_text(raw: str, *, lines: bool) -> str:
    """Return `raw` in NFC without control, direction and private characters; without `lines` it is one line."""
    text = _LINE_ENDS.sub("\n", raw)
    kept = "".join(" " if c == "\t" else c for c in text if c in "\n\t" or unicodedata.category(c) not in _DROPPED)
    composed = unicodedata.normalize("NFC", _NONCHARACTERS.sub("", kept))
    return composed.strip() if lines else _SPACES.sub(" ", composed).strip()


def label_of(catalogue: Catalogue, name: str) -> Text:
    """Return what people call a variable; a name the dictionary does not have stands for itself, cleaned."""
    variable = catalogue.variables.get(name)
    shown = clean_text(name, lines=False)
    return variable.label if variable else Text(shown, shown)


def _expected(variable: Variable) -> Text:
    vi, en = _TYPE_NAMES[variable.type]
    return Text(f"{variable.label.vi} ({vi})", f"{variable.label.en} ({en})")


_TYPE_NAMES = {
    VariableType.STR: ("chữ", "text"),
    VariableType.TEXT: ("chữ", "text"),
    VariableType.DATE: ("ngày, dạng năm-tháng-ngày", "a day, YYYY-MM-DD"),
    VariableType.DATETIME: ("ngày giờ, dạng ISO 8601", "day and time, ISO 8601"),
    VariableType.INT: ("số nguyên không âm", "a whole number, not negative"),
    VariableType.DECIMAL: ("số", "a number"),
    VariableType.BOOL: ("có hoặc không", "true or false"),
    VariableType.ENUM: ("một trong các giá trị đã liệt kê", "one of the listed values"),
    VariableType.LIST: ("danh sách", "a list"),
}


def _checked(variable: Variable, value: object) -> object:
    if variable.type is not VariableType.LIST:
        return _single(variable.type, value, variable.values)
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _WrongTypeError
    if variable.item is not None:
        items = (_single(variable.item, item, variable.values) for item in value)
        return [item for item in items if item is not BLANK]
    return [_record(variable, item) for item in value]


def _record(variable: Variable, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or set(value) - {field.name for field in variable.fields}:
        raise _WrongTypeError
    record: dict[str, object] = {}
    for field in variable.fields:
        raw = value.get(field.name)
        record[field.name] = BLANK if raw is None else _single(field.type, raw, ())
        if field.required and record[field.name] is BLANK:
            raise _WrongTypeError
    return record


def _single(kind: VariableType, value: object, values: Sequence[EnumValue]) -> object:
    if kind is VariableType.ENUM:
        return _choice(value, values)
    return _CHECKS[kind](value)


def _choice(value: object, values: Sequence[EnumValue]) -> object:
    for allowed in values:
        if value == allowed.value:
            return Choice(allowed.value, allowed.label.vi)
    raise _WrongTypeError


def _line(value: object) -> object:
    if not isinstance(value, str):
        raise _WrongTypeError
    return clean_text(value, lines=False) or BLANK


def _lines(value: object) -> object:
    if not isinstance(value, str):
        raise _WrongTypeError
    return clean_text(value, lines=True) or BLANK


def _day(value: object) -> object:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if not isinstance(value, str):
        raise _WrongTypeError
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise _WrongTypeError from error


def _moment(value: object) -> object:
    if isinstance(value, str) and "T" in value.replace(" ", "T"):
        try:
            value = datetime.fromisoformat(value)
        except ValueError as error:
            raise _WrongTypeError from error
    if not isinstance(value, datetime):
        raise _WrongTypeError
    return value.astimezone(_VIETNAM_TIME) if value.tzinfo else value


def _count(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _WrongTypeError
    return value


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, Decimal | int | float | str):
        raise _WrongTypeError
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise _WrongTypeError from error
    if not number.is_finite():
        raise _WrongTypeError
    return number


def _truth(value: object) -> object:
    if not isinstance(value, bool):
        raise _WrongTypeError
    return value


_CHECKS: dict[VariableType, Callable[[object], object]] = {
    VariableType.STR: _line,
    VariableType.TEXT: _lines,
    VariableType.DATE: _day,
    VariableType.DATETIME: _moment,
    VariableType.INT: _count,
    VariableType.DECIMAL: _number,
    VariableType.BOOL: _truth,
}
