"""Turns what an officer stated into facts, or says everything that is wrong with it at once.

Knows types, not law; stores nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
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


def read_fields(
    procedure: Procedure, transition: Transition, fields: Mapping[str, object], *, recorded_at: datetime
) -> tuple[dict[str, FactValue], list[Reason]]:
    """Return the facts that `fields` state and the reasons why some cannot be taken.

    Dates are `YYYY-MM-DD`, instants ISO 8601 with a zone.  An empty string or null counts as not stated.
    """
    facts: dict[str, FactValue] = {}
    reasons = [unknown_field(name) for name in fields if name not in transition.fields.all]
    for name in transition.fields.all:
        fact = procedure.facts[name]
        raw = fields.get(name)
        if raw is None or raw == "":
            if name in transition.fields.required:
                reasons.append(missing_field(fact))
            continue
        value = _value(fact, raw, recorded_at)
        if isinstance(value, Reason):
            reasons.append(value)
        else:
            facts[name] = value
    return facts, reasons


def _value(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    match fact.type:
        case FactType.BOOL:
            return raw if isinstance(raw, bool) else bad_field(fact, "phải là có hoặc không", "must be yes or no")
        case FactType.INT:
            whole = isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) <= INTEGER_MAX
            return int(str(raw)) if whole else bad_field(fact, "phải là số nguyên", "must be a whole number")
        case FactType.ENUM:
            known = [choice.id for choice in fact.choices]
            return str(raw) if raw in known else bad_field(fact, "không có trong danh sách", "is not in the list")
        case FactType.DATE | FactType.DATETIME:
            return _time(fact, raw, recorded_at)
        case FactType.ORGANIZATION:
            return _uuid(fact, raw)
        case _:
            return _text(fact, raw)


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


def _time(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    bad = bad_field(fact, "không phải ngày giờ hợp lệ", "is not a valid date or time")
    if not isinstance(raw, str):
        return bad
    try:
        if fact.type is FactType.DATE:
            day = date.fromisoformat(raw)
            late, value = day > recorded_at.astimezone(VIETNAM).date(), day.isoformat()
        else:
            instant = datetime.fromisoformat(raw)
            if instant.tzinfo is None:
                return bad_field(fact, "thiếu múi giờ", "has no time zone")
            day = instant.astimezone(VIETNAM).date()
            late, value = instant > recorded_at, instant.isoformat()
    except (ValueError, OverflowError):
        return bad
    if day.year not in YEARS_STATED:
        return bad
    if late and not fact.future:
        return bad_field(fact, "không được ở tương lai", "cannot be in the future")
    return value
