"""Says values of the law in words, Vietnamese and English: lengths of limits, conditions, kinds, lists.

Knows shapes, never a rule: whatever has a title is called by it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Final

from workflow.model import Choice, Limit, Procedure
from workflow.predicates import (
    AgeTest,
    AllOf,
    AnyOf,
    Comparison,
    FactTest,
    LimitCheck,
    LimitTest,
    Not,
    OrderTest,
    PaperTest,
    PolicyTest,
    ProceedingTest,
    WithinTest,
)
from workflow.vocabulary import Confidence, Effect, Expiry, LimitKind, Person, Protects, Text, Unit

#: (kind, id) -> what it is called; kinds are `state`, `role`, `body`, `fact`, `limit`, `guard`, `form`, `policy`,
#: `move`, `phase`, `procedure` and `choice` (whose id is `fact=value`).
Names = Mapping[tuple[str, str], Text]
NO_NAMES: Final[Names] = MappingProxyType({})

PHASES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        name: Text(table["vi"], table["en"])
        for name, table in tomllib.loads(Path(__file__).with_name("phases.toml").read_text(encoding="utf-8")).items()
    }
)
#: Of which kind the ids are that a value of a record holds, by the name of the value.
KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "phase": "phase",
        **dict.fromkeys(("holder", "owner", "body", "of", "shares_with", "leaves"), "body"),
        **dict.fromkeys(("source", "dest", "opens_dossier"), "state"),
        **dict.fromkeys(("actor", "recorded_by", "offices"), "role"),
        **dict.fromkeys(("required", "optional", "clears", "opens_period", "closes_period"), "fact"),
        **dict.fromkeys(("from_fact", "until", "ends_fact", "suspended_by"), "fact"),
        **dict.fromkeys(("starts", "restarts", "stops"), "limit"),
        **dict.fromkeys(("requires", "fresh", "generates", "instrument"), "form"),
        **dict.fromkeys(("starts_proceeding", "procedure"), "procedure"),
        **dict.fromkeys(("advances", "trigger"), "move"),
        "guards": "guard",
        "policies": "policy",
    }
)
#: The kinds of the keys and of the values of a table that a record holds.
_TABLES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {"sets": ("fact", ""), "binds": ("body", "fact"), "inputs": ("", "fact")}
)
_MOMENTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "@occurred_at": Text("thời điểm thực hiện", "the moment of the act"),
        "@occurred_on": Text("ngày thực hiện", "the day of the act"),
    }
)
NONE: Final = Text("không có", "none")
_YES, _NO = Text("có", "yes"), Text("không", "no")
_UNITS: Final[Mapping[Enum, tuple[Text, str]]] = MappingProxyType(
    {
        Unit.HOURS: (Text("giờ", "hours"), "hour"),
        Unit.CALENDAR_DAYS: (Text("ngày", "days"), "day"),
        Unit.WORKING_DAYS: (Text("ngày làm việc", "working days"), "working day"),
        Unit.MONTHS: (Text("tháng", "months"), "month"),
        Unit.YEARS: (Text("năm", "years"), "year"),
    }
)
_UNCOUNTED: Final[Mapping[Enum, Text]] = MappingProxyType(
    {
        Unit.TERM: Text("theo thời hạn trong quyết định", "the term of the decision"),
        Unit.STATED: Text("đến ngày được nêu khi ghi nhận", "up to the day that is stated"),
        Unit.NONE: Text("không có số ngày trong luật", "no number in the law"),
    }
)
_WORDS: Final[Mapping[Enum, Text]] = MappingProxyType(
    {
        LimitKind.MAXIMUM: Text("phải làm trước khi hết hạn", "to be done before it ends"),
        LimitKind.MINIMUM: Text("chưa được làm trước khi hết hạn", "not to be done before it ends"),
        LimitKind.WINDOW: Text("chỉ làm trong khoảng thời gian này", "to be done within this time"),
        LimitKind.PERIOD: Text("khoảng thời gian kéo dài", "a state that lasts so long"),
        LimitKind.RECURRING: Text("việc phải làm định kỳ", "a duty that comes back"),
        Expiry.NOTHING: Text("không có gì xảy ra", "nothing happens"),
        Expiry.WARN: Text("cảnh báo", "a warning"),
        Expiry.ALARM: Text("báo động", "an alarm"),
        Expiry.ADVANCE: Text("tự chuyển bước", "the next step happens by itself"),
        Effect.REFUSE: Text("từ chối", "refuse"),
        Effect.OVERRIDE: Text("phải nêu lý do", "a reason must be given"),
        Effect.WARN: Text("cảnh báo", "warn"),
        Effect.ALARM: Text("báo động", "alarm"),
        Protects.NOBODY: Text("không ai riêng", "nobody in particular"),
        Protects.PERSON: Text("người bị áp dụng", "the person"),
        Person.AT_LIBERTY: Text("không bị giữ", "at liberty"),
        Person.HELD_PENDING: Text("bị quản lý trong thời gian lập hồ sơ", "held while the dossier is made"),
        Person.IN_TRANSIT: Text("đang được áp giải, bàn giao", "being taken or handed over"),
        Person.IN_FACILITY: Text("ở cơ sở", "in the facility"),
        Person.ON_LEAVE: Text("tạm vắng có phép", "on permitted leave"),
        Person.ABSCONDED: Text("bỏ trốn", "absconded"),
        Person.DETAINED: Text("bị tạm giữ, tạm giam", "detained in a criminal case"),
        Person.NONE: Text("không áp dụng", "does not apply"),
        **{unit: words for unit, (words, _) in _UNITS.items()},
        **_UNCOUNTED,
    }
)


def names_of(*procedures: Procedure) -> dict[tuple[str, str], Text]:
    """Return what everything in these editions is called; what an earlier one names too keeps the later name."""
    names = {("phase", key): title for key, title in PHASES.items()}
    for each in procedures:
        for kind, records in (("state", each.states), ("role", each.roles), ("body", each.bodies)):
            names.update({(kind, key): record.title for key, record in records.items()})
        names.update({("guard", key): record.title for key, record in each.guards.items()})
        names.update({("limit", key): record.title for key, record in each.limits.items()})
        names.update({("fact", key): record.label for key, record in each.facts.items()})
        names.update({("move", act.trigger): act.title for act in each.transitions})
        names["procedure", each.id] = each.title
        for fact in each.facts.values():
            names.update({("choice", f"{fact.id}={choice.id}"): choice.label for choice in fact.choices})
    return names


def length_of(limit: Limit) -> Text:
    """Return how long a limit is, as the law states it."""
    return span(limit.amount, limit.unit)


def span(amount: int, unit: Unit) -> Text:
    """Return a number with its unit; the words for a unit that is not counted."""
    if unit not in _UNITS:
        return _UNCOUNTED[unit]
    words, single = _UNITS[unit]
    return Text(f"{amount} {words.vi}", f"{amount} {single if amount == 1 else words.en}")


def joined(texts: Iterable[Text], between: Text) -> Text:
    """Return texts one after the other with `between` between them."""
    found = list(texts)
    return Text(between.vi.join(each.vi for each in found), between.en.join(each.en for each in found))


def plain(word: str) -> Text:
    """Return a word that is the same in both languages."""
    return Text(word, word)


def called(names: Names, kind: str, key: str) -> Text:
    """Return what something is called, in quotation marks; its id where it has no name."""
    found = names.get((kind, key))
    return Text(f"“{found.vi}”", f"“{found.en}”") if found is not None else plain(key)


def condition(predicate: object, names: Names) -> Text:
    """Return what a predicate requires."""
    match predicate:
        case AllOf(parts):
            return _group(parts, names, Text(" và ", " and "))
        case AnyOf(parts):
            return _group(parts, names, Text(" hoặc ", " or "))
        case Not(part):
            inner = condition(part, names)
            return Text(f"không phải ({inner.vi})", f"not ({inner.en})")
        case PaperTest(forms):
            wanted = joined((called(names, "form", form) for form in forms), Text(" hoặc ", " or "))
            return Text(f"có trong hồ sơ {wanted.vi}", f"on file: {wanted.en}")
        case PolicyTest(policy, value):
            name, said = called(names, "policy", policy), called(names, "choice", f"{policy}={value}")
            return Text(f"{name.vi} được áp dụng là {said.vi}", f"{name.en} is answered by {said.en}")
        case ProceedingTest(procedure, states):
            name = called(names, "procedure", procedure)
            where = joined((called(names, "state", state) for state in states), plain(", "))
            return Text(f"{name.vi} đang ở {where.vi}", f"{name.en} stands in {where.en}")
        case LimitCheck(test, limit):
            return _limit(test, called(names, "limit", limit))
        case FactTest():
            return _fact(predicate, names)
        case _:
            return _date(predicate, names)


def _group(parts: Iterable[object], names: Names, between: Text) -> Text:
    inner = joined((condition(part, names) for part in parts), between)
    return Text(f"({inner.vi})", f"({inner.en})")


def _limit(test: LimitTest, name: Text) -> Text:
    said = {
        LimitTest.ENDED: Text("đã hết thời hạn", "has run out:"),
        LimitTest.RUNNING: Text("còn thời hạn", "still runs:"),
        LimitTest.OPENED: Text("đã đến khoảng thời gian", "has opened:"),
    }
    words = said.get(test, plain(str(test)))
    return Text(f"{words.vi} {name.vi}", f"{words.en} {name.en}")


def _fact(test: FactTest, names: Names) -> Text:
    name = called(names, "fact", test.fact)
    if test.comparison is Comparison.KNOWN:
        words = Text("đã biết", "is known") if test.value else Text("chưa biết", "is not known")
        return Text(f"{words.vi} {name.vi}", f"{name.en} {words.en}")
    signs = {Comparison.AT_LEAST: "≥", Comparison.AT_MOST: "≤"}
    values = test.value if isinstance(test.value, tuple) else (test.value,)
    said = joined((_value(test.fact, value, names) for value in values), Text(" hoặc ", " or "))
    sign = signs.get(test.comparison, "=")
    return Text(f"{name.vi} {sign} {said.vi}", f"{name.en} {sign} {said.en}")


def _value(fact: str, value: object, names: Names) -> Text:
    return names.get(("choice", f"{fact}={value}")) or words_for(value, names)


def _date(test: object, names: Names) -> Text:
    match test:
        case AgeTest(fact, years):
            name = called(names, "fact", fact)
            return Text(f"đủ {years} tuổi tính từ {name.vi}", f"{years} years old by {name.en}")
        case WithinTest(fact, amount, unit):
            name, length = called(names, "fact", fact), span(amount, unit)
            return Text(f"không quá {length.vi} kể từ {name.vi}", f"not later than {length.en} after {name.en}")
        case OrderTest(fact, not_before):
            name, other = called(names, "fact", fact), called(names, "fact", not_before)
            return Text(f"{name.vi} không trước {other.vi}", f"{name.en} not before {other.en}")
        case _:
            return words_for(test, names)


def words_for(value: object, names: Names, kind: str = "") -> Text:
    """Return any value of a record in words; strings are ids of `kind` where one is given."""
    match value:
        case None | "":
            return NONE
        case bool():
            return _YES if value else _NO
        case Text():
            return Text(f"“{value.vi}”", f"“{value.en}”")
        case Confidence(mark):
            return plain(mark)
        case Enum():
            return _WORDS.get(value) or plain(str(value.value))
        case str():
            return called(names, kind, value) if kind else _MOMENTS.get(value) or plain(value)
        case tuple() | frozenset():
            return joined((words_for(each, names, kind) for each in value), plain(", ")) if value else NONE
        case Choice(_, label):
            return words_for(label, names)
        case _ if isinstance(value, _PREDICATES):
            return condition(value, names)
        case _:
            return _record(value, names)


def entry(field: str, key: str, value: object, names: Names) -> Text:
    """Return one entry of a table that a record holds under `field`, as `key = value`."""
    keys, values = _TABLES.get(field, ("", ""))
    name = called(names, keys, key) if keys else plain(key)
    said = names.get(("choice", f"{key}={value}")) or words_for(value, names, values)
    return Text(f"{name.vi} = {said.vi}", f"{name.en} = {said.en}")


def _record(value: object, names: Names) -> Text:
    """Return a record as its values that are not empty, in the order of its shape."""
    if not is_dataclass(value):
        return plain(str(value))
    values = ((each.name, getattr(value, each.name)) for each in fields(value))
    said = (words_for(each, names, KINDS.get(name, "")) for name, each in values if each not in (None, (), ""))
    return joined(said, plain(", "))


_PREDICATES = (
    *(AllOf, AnyOf, Not, PaperTest, PolicyTest, ProceedingTest),
    *(LimitCheck, FactTest, AgeTest, WithinTest, OrderTest),
)
