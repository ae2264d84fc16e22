"""Turns what an officer stated into facts, or says everything that is wrong with it at once.

Knows types, not law; stores nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from workflow.canonical import INTEGER_MAX
from workflow.certificates import VIETNAM
from workflow.model import FactDef, Procedure, Transition
from workflow.refusals import Reason, bad_field, missing_field, unknown_field
from workflow.vocabulary import FactType, FactValue

#: Longest text an officer may state, in characters.
TEXT_LENGTH_MAX = 20_000
STR_LENGTH_MAX = 500
#: Years in which a limit can be counted: a date outside them can only be a slip of the pen.
YEARS_STATED = range(1975, 2200)

#: Reads what was stated about one fact, recorded at a moment: its value, or why it cannot be taken.
_Reader = Callable[[object, datetime], FactValue | Reason]


class FieldReader:
    """Reads the fields of one act; built once for each."""

    def __init__(self, procedure: Procedure, transition: Transition) -> None:
        asked = transition.fields
        self._known = frozenset(asked.all)
        self._readers = tuple(
            (name, procedure.facts[name], _reader_of(procedure.facts[name]), name in asked.required)
            for name in asked.all
        )

    def read(self, fields: Mapping[str, object], *, recorded_at: datetime) -> tuple[dict[str, FactValue], list[Reason]]:
        """Return the facts that `fields` state and the reasons why some cannot be taken.

        Dates are `YYYY-MM-DD`, instants ISO 8601 with a zone.  An empty string or null counts as not stated.
        """
        facts: dict[str, FactValue] = {}
        reasons = [unknown_field(name) for name in fields if name not in self._known]
        for name, fact, read, required in self._readers:
            raw = fields.get(name)
            if raw is None or raw == "":
                if required:
                    reasons.append(missing_field(fact))
                continue
            value = read(raw, recorded_at)
            if isinstance(value, Reason):
                reasons.append(value)
            else:
                facts[name] = value
        return facts, reasons


def _reader_of(fact: FactDef) -> _Reader:
    match fact.type:
        case FactType.BOOL:
            return lambda raw, _: raw if isinstance(raw, bool) else _no_answer(fact)
        case FactType.INT:
            return lambda raw, _: _whole(fact, raw)
        case FactType.ENUM:
            known = tuple(choice.id for choice in fact.choices)
            return lambda raw, _: str(raw) if raw in known else _no_choice(fact)
        case FactType.DATE:
            return lambda raw, recorded_at: _day(fact, raw, recorded_at)
        case FactType.DATETIME:
            return lambda raw, recorded_at: _instant(fact, raw, recorded_at)
        case FactType.ORGANIZATION:
            return lambda raw, _: _uuid(fact, raw)
        case _:
            return lambda raw, _: _text(fact, raw)


def _no_answer(fact: FactDef) -> Reason:
    return bad_field(fact, "phải là có hoặc không", "must be yes or no")


def _no_choice(fact: FactDef) -> Reason:
    return bad_field(fact, "không có trong danh sách", "is not in the list")


def _whole(fact: FactDef, raw: object) -> FactValue | Reason:
    whole = isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= INTEGER_MAX
    return int(str(raw)) if whole else bad_field(fact, "phải là số nguyên", "must be a whole number")


def _text(fact: FactDef, raw: object) -> FactValue | Reason:
    longest = TEXT_LENGTH_MAX if fact.type is FactType.TEXT else STR_LENGTH_MAX
    if not isinstance(raw, str):
        return bad_field(fact, "phải là chữ", "must be text")
    if len(raw) > longest:
        return bad_field(fact, f"dài quá {longest} ký tự", f"is longer than {longest} characters")
    if "\x00" in raw:
        return bad_field(fact, "có ký tự không hợp lệ", "holds a character that cannot be kept")
    return raw


def _uuid(fact: FactDef, raw: object) -> FactValue | Reason:
    try:
        return str(UUID(str(raw)))
    except ValueError:
        return bad_field(fact, "không phải mã cơ quan", "is not the id of an organization")


def _day(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    if not isinstance(raw, str):
        return _no_time(fact)
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        return _no_time(fact)
    if day.year not in YEARS_STATED:
        return _no_time(fact)
    if not fact.future and day > recorded_at.astimezone(VIETNAM).date():
        return _in_future(fact)
    return day.isoformat()


def _instant(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    if not isinstance(raw, str):
        return _no_time(fact)
    try:
        instant = datetime.fromisoformat(raw)
        if instant.tzinfo is None:
            return bad_field(fact, "thiếu múi giờ", "has no time zone")
        year = instant.astimezone(VIETNAM).year
    except (ValueError, OverflowError):
        return _no_time(fact)
    if year not in YEARS_STATED:
        return _no_time(fact)
    if not fact.future and instant > recorded_at:
        return _in_future(fact)
    return instant.isoformat()


def _no_time(fact: FactDef) -> Reason:
    return bad_field(fact, "không phải ngày giờ hợp lệ", "is not a valid date or time")


def _in_future(fact: FactDef) -> Reason:
    return bad_field(fact, "không được ở tương lai", "cannot be in the future")
