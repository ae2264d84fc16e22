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
from functools import lru_cache, partial
from types import MappingProxyType
from typing import ClassVar, Final, NamedTuple, TypeAlias

from dossiers.errors import DossierError
from dossiers.papers.catalogue import Catalogue, EnumValue, FormEdition, Source, Variable, VariableType
from dossiers.papers.printing import BLANK, Choice
from workflow.vocabulary import Text

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
#: Papers show the hour of Việt Nam, whatever zone the instant was recorded in.
_VIETNAM_TIME = timezone(timedelta(hours=7))
_SPACES = re.compile(r"[ \t\n]+")
#: Controls and format characters: nothing of them can be seen, but they can turn the direction of a line.
_DROPPED = frozenset({"Cc", "Cf"})
#: What stands for a sign that only some fonts or programs know (private use, symbols pasted from Word), half a sign,
#: no sign at all, or a format character that can be seen: a paper cannot show it, and must not hide that it cannot.
_UNPRINTABLE = re.compile(
    "[\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff\ufdd0-\ufdef"
    + "".join(chr(plane << 16 | last) for plane in range(15) for last in (0xFFFE, 0xFFFF))
    + "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"
)


_SUPPLIERS: Final[Mapping[Source, Text]] = MappingProxyType(
    {
        Source.DOCUMENT: Text("người ký, khi ban hành", "the signer, at issue"),
        Source.BODY: Text("quản trị, trong thông tin cơ quan", "an administrator, in the record of the body"),
        Source.SUBJECT: Text("ghi trong hồ sơ nhân thân", "whoever keeps the record of the person"),
        Source.RELATIVES: Text("ghi ở mục thân nhân của hồ sơ nhân thân", "whoever keeps the relatives of the person"),
        Source.DOSSIER: Text("bước trước của hồ sơ, hoặc cán bộ soạn", "an earlier step, or the officer who drafts"),
        Source.OFFICER: Text("cán bộ soạn văn bản", "the officer who drafts the paper"),
    }
)


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
    """Required fields have no value; `fields` holds (name, label with who can supply it) of every one."""

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


class UnprintableFieldsError(FieldsError):
    """Fields hold signs that no paper can show; `fields` holds (name, label) of every one."""

    code = "unprintable-fields"
    title = Text("Có ký tự không in được trên văn bản, hãy gõ lại", "Signs that cannot be printed, type them anew")


class _UnprintableError(Exception):
    """A text with a sign that would be lost."""


class _WrongTypeError(Exception):
    """A single value that cannot be what the dictionary says."""


_Check: TypeAlias = Callable[[object], object]


class _Entry(NamedTuple):
    """How one variable of a form is checked."""

    name: str
    check: _Check
    required: bool
    at_signing: bool


def printable_values(
    catalogue: Catalogue, form: FormEdition, values: Mapping[str, object], *, draft: bool
) -> dict[str, object]:
    """Return a value for every variable the form declares, BLANK where an optional one is missing.

    With `draft`, what is only known at signing (number, date, signer, counts of pages) may be missing too.  Raises
    UnknownFieldsError, UnprintableFieldsError, WrongFieldsError or MissingFieldsError, each naming all the fields it
    is about.
    """
    if not form.declared.issuperset(values):
        unknown = sorted(set(values) - form.declared)
        raise UnknownFieldsError([(name, label_of(catalogue, name)) for name in unknown])
    printable: dict[str, object] = {}
    unprintable, wrong, missing = [], [], []
    for name, check, required, at_signing in _entries(catalogue, form):
        raw = values.get(name)
        try:
            value = BLANK if raw is None else check(raw)
        except _UnprintableError:
            unprintable.append((name, catalogue.variables[name].label))
            continue
        except _WrongTypeError:
            wrong.append((name, _expected(catalogue.variables[name])))
            continue
        if required and (value is BLANK or value == []) and not (draft and at_signing):
            missing.append((name, _wanted(catalogue.variables[name])))
        printable[name] = value
    if unprintable:
        raise UnprintableFieldsError(unprintable)
    if wrong:
        raise WrongFieldsError(wrong)
    if missing:
        raise MissingFieldsError(missing)
    return printable


def clean_text(raw: str, *, lines: bool) -> str:
    """Return `raw` in NFC without control and direction characters; without `lines` it is one line.

    What no paper can show is taken away too; a value that holds such a sign is refused before, a name of a field that
    does not exist is only to be read in a message.
    """
    text = raw
    if not raw.isprintable():  # what is printable holds no line end, no tab and nothing that is dropped
        ended = _UNPRINTABLE.sub("", _LINE_ENDS.sub("\n", raw).replace("\t", " "))
        text = "".join(c for c in ended if c == "\n" or unicodedata.category(c) not in _DROPPED)
    text = unicodedata.normalize("NFC", text).strip()
    return text if lines or ("  " not in text and "\n" not in text) else _SPACES.sub(" ", text)


def label_of(catalogue: Catalogue, name: str) -> Text:
    """Return what people call a variable; a name the dictionary does not have stands for itself, cleaned."""
    variable = catalogue.variables.get(name)
    shown = clean_text(name, lines=False)
    return variable.label if variable else Text(shown, shown)


def _wanted(variable: Variable) -> Text:
    """Return the label of a variable with who can supply its value."""
    who = _SUPPLIERS[variable.source]
    return Text(f"{variable.label.vi} ({who.vi})", f"{variable.label.en} ({who.en})")


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


@lru_cache(maxsize=512)
def _entries(catalogue: Catalogue, form: FormEdition) -> tuple[_Entry, ...]:
    """Return what is to be checked of a form, in the order in which refusals name it."""
    variables = ((name, catalogue.variables[name]) for name in (*form.required, *form.optional))
    required = frozenset(form.required)
    return tuple(
        _Entry(name, _check_of(variable), name in required, variable.source is Source.DOCUMENT)
        for name, variable in variables
    )


def _check_of(variable: Variable) -> _Check:
    if variable.type is not VariableType.LIST:
        return _check(variable.type, variable.values)
    if variable.item is not None:
        return partial(_items, _check(variable.item, variable.values))
    return partial(_records, {field.name: (_check(field.type, ()), field.required) for field in variable.fields})


def _check(kind: VariableType, values: Sequence[EnumValue]) -> _Check:
    if kind is VariableType.ENUM:
        return partial(_choice, tuple(Choice(allowed.value, allowed.label.vi) for allowed in values))
    return _CHECKS[kind]


def _items(check: _Check, value: object) -> object:
    return [item for item in map(check, _sequence(value)) if item is not BLANK]


def _records(fields: Mapping[str, tuple[_Check, bool]], value: object) -> object:
    return [_record(fields, item) for item in _sequence(value)]


def _sequence(value: object) -> Sequence[object]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise _WrongTypeError
    return value


def _record(fields: Mapping[str, tuple[_Check, bool]], value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or value.keys() - fields.keys():
        raise _WrongTypeError
    record: dict[str, object] = {}
    for name, (check, required) in fields.items():
        raw = value.get(name)
        record[name] = BLANK if raw is None else check(raw)
        if required and record[name] is BLANK:
            raise _WrongTypeError
    return record


def _choice(choices: Sequence[Choice], value: object) -> object:
    for choice in choices:
        if value == choice:
            return choice
    raise _WrongTypeError


def _line(value: object) -> object:
    if not isinstance(value, str):
        raise _WrongTypeError
    return _seen(value, clean_text(value, lines=False))


def _lines(value: object) -> object:
    if not isinstance(value, str):
        raise _WrongTypeError
    return _seen(value, clean_text(value, lines=True))


def _seen(raw: str, cleaned: str) -> object:
    """Return the cleaned text if all of `raw` that can be seen is in it."""
    if not raw.isprintable() and _UNPRINTABLE.search(raw):
        raise _UnprintableError
    return cleaned or BLANK


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


_CHECKS: dict[VariableType, _Check] = {
    VariableType.STR: _line,
    VariableType.TEXT: _lines,
    VariableType.DATE: _day,
    VariableType.DATETIME: _moment,
    VariableType.INT: _count,
    VariableType.DECIMAL: _number,
    VariableType.BOOL: _truth,
}
