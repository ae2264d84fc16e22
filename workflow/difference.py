"""Says how two editions of a procedure differ, record by record and value by value, in words.

Compares what the editions hold, not their files: an edition compared with itself gives nothing, and whatever differs is
named, also where nobody has thought of words for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from workflow.differing import Aspect, aspects_between
from workflow.model import Binding, Clause, Guard, Limit, Procedure, State, Transition
from workflow.phrases import NO_NAMES, Names, called, condition, joined, length_of, names_of, plain, words_for
from workflow.predicates import PaperTest, PolicyTest, Predicate, leaves_of
from workflow.vocabulary import Text


class Part(StrEnum):
    """What kind of thing differs, in the order in which differences are told."""

    PROCEDURE = "procedure"
    STATE = "state"
    MOVE = "move"
    GUARD = "guard"
    CLAUSE = "clause"
    LIMIT = "limit"
    FORM = "form"
    BODY = "body"
    ROLE = "role"
    BINDING = "binding"
    FACT = "fact"
    POLICY = "policy"
    OTHER = "other"


class What(StrEnum):
    """What happened to it between the two editions."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: what it is about, its article, and the values that differ (or describe what came or went)."""

    part: Part
    what: What
    #: As programs name it; an act that shares its trigger with others also has its place among them, from 1.
    id: str
    title: Text
    basis: str
    aspects: tuple[Aspect, ...] = ()


PART_NAMES: Final[Mapping[Part, Text]] = MappingProxyType(
    {
        Part.PROCEDURE: Text("Thủ tục", "Procedure"),
        Part.STATE: Text("Trạng thái", "State"),
        Part.MOVE: Text("Bước", "Step"),
        Part.GUARD: Text("Quy tắc", "Rule"),
        Part.CLAUSE: Text("Điều kiện", "Condition"),
        Part.LIMIT: Text("Thời hạn", "Time limit"),
        Part.FORM: Text("Văn bản", "Paper"),
        Part.BODY: Text("Cơ quan", "Body"),
        Part.ROLE: Text("Chức danh", "Office"),
        Part.BINDING: Text("Phân công chức danh", "Filling of an office"),
        Part.FACT: Text("Thông tin", "Fact"),
        Part.POLICY: Text("Vấn đề còn bỏ ngỏ", "Open question"),
        Part.OTHER: Text("Nội dung khác", "Other content"),
    }
)
WHAT_NAMES: Final[Mapping[What, Text]] = MappingProxyType(
    {
        What.ADDED: Text("thêm mới", "added"),
        What.REMOVED: Text("bỏ", "removed"),
        What.CHANGED: Text("thay đổi", "changed"),
    }
)
_PARTS: Final = MappingProxyType(
    {
        "states": Part.STATE,
        "guards": Part.GUARD,
        "limits": Part.LIMIT,
        "bodies": Part.BODY,
        "roles": Part.ROLE,
        "bindings": Part.BINDING,
        "facts": Part.FACT,
    }
)
#: What makes an edition another one, or is said about it, and is no difference of the law by itself.
_IDENTITY: Final = frozenset(("id", "edition", "sha256", "files", "proof"))


def compare(old: Procedure, new: Procedure, *, names: Names = NO_NAMES) -> tuple[Change, ...]:
    """Return every difference, sorted by part and then by the order of the new edition, what is gone last.

    `names` says what forms and policies are called; the editions themselves name the rest.
    """
    known: Names = {**names, **names_of(old, new)}
    changes = list(_head(old, new, known))
    for field in fields(Procedure):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if isinstance(before, Mapping) and field.name not in _IDENTITY:
            changes += _records(_PARTS.get(field.name, Part.OTHER), before, after, known)
    changes += _moves(old, new, known)
    changes += _clauses(old, new, known)
    changes += _named(Part.FORM, "form", _forms(old), _forms(new), known)
    changes += _named(Part.POLICY, "policy", _policies(old), _policies(new), known)
    order = list(Part)
    return tuple(sorted(changes, key=lambda change: order.index(change.part)))


def sentence(change: Change, *, ids: bool = True) -> Text:
    """Return a difference as one sentence; `ids` names it as programs do, too."""
    part, what = PART_NAMES[change.part], WHAT_NAMES[change.what]
    named = change.title != plain(change.id)
    key = f" {change.id}" if ids or not named else ""
    vi, en = (f" “{change.title.vi}”", f" “{change.title.en}”") if named else ("", "")
    details = joined((aspect.words for aspect in change.aspects), plain("; "))
    basis = f" [{change.basis}]" if change.basis else ""
    if change.what is What.CHANGED:
        return Text(f"{part.vi}{key}{vi}: {details.vi}{basis}", f"{part.en}{key}{en}: {details.en}{basis}")
    more = (f" ({details.vi})", f" ({details.en})") if change.aspects else ("", "")
    return Text(f"{part.vi}{key}{vi}: {what.vi}{more[0]}{basis}", f"{part.en}{key}{en}: {what.en}{more[1]}{basis}")


def _head(old: Procedure, new: Procedure, names: Names) -> Iterator[Change]:
    skipped = {each.name for each in fields(Procedure) if isinstance(getattr(old, each.name), Mapping)}
    aspects = aspects_between(old, new, names, without=skipped | _IDENTITY | {"transitions"})
    if aspects:
        yield Change(Part.PROCEDURE, What.CHANGED, new.id, new.title, "", aspects)


def _records(part: Part, old: Mapping[str, Any], new: Mapping[str, Any], names: Names) -> Iterator[Change]:
    for key in _keys(old, new):
        before, after = old.get(key), new.get(key)
        if before == after:
            continue
        here = after if after is not None else before
        what = What.ADDED if before is None else What.REMOVED if after is None else What.CHANGED
        aspects = (
            _about(here, names)
            if what is not What.CHANGED
            else aspects_between(before, after, names, without={"clauses"})
        )
        if aspects or what is not What.CHANGED:
            yield Change(part, what, key, _title(here, key), getattr(here, "basis", None) or "", aspects)


def _moves(old: Procedure, new: Procedure, names: Names) -> Iterator[Change]:
    gone = []
    triggers = list(dict.fromkeys([*new.by_trigger, *old.by_trigger]))
    for trigger in triggers:
        before, after = old.by_trigger.get(trigger, ()), new.by_trigger.get(trigger, ())
        single = max(len(before), len(after)) == 1
        for one, other in match_moves(before, after):
            here = other or one
            assert here is not None
            turn = 0 if single else 1 + (after.index(here) if other is not None else before.index(here))
            key = f"{trigger} ({turn})" if turn else trigger
            if one is None or other is None:
                what = What.ADDED if one is None else What.REMOVED
                change = Change(Part.MOVE, what, key, here.title, here.basis, _about(here, names))
            else:
                aspects = aspects_between(one, other, names)
                if not aspects:
                    continue
                change = Change(Part.MOVE, What.CHANGED, key, here.title, here.basis, aspects)
            if change.what is What.REMOVED:
                gone.append(change)
            else:
                yield change
    yield from gone


def match_moves(
    old: Sequence[Transition], new: Sequence[Transition]
) -> list[tuple[Transition | None, Transition | None]]:
    """Return the acts of one trigger in pairs: the same ones, then those to the same state, then in order."""
    left, pairs = list(old), dict[int, Transition]()
    alike: tuple[Callable[[Transition, Transition], bool], ...] = (
        lambda one, other: one == other,
        lambda one, other: (one.dest, one.when) == (other.dest, other.when) and bool({*one.source} & {*other.source}),
        lambda one, other: one.dest == other.dest and bool({*one.source} & {*other.source}),
        lambda one, other: one.dest == other.dest,
        lambda one, other: bool({*one.source} & {*other.source}),
    )
    for same in alike:
        for number, other in enumerate(new):
            found = next((one for one in left if same(one, other)), None) if number not in pairs else None
            if found is not None:
                pairs[number] = found
                left.remove(found)
    return [*((pairs.get(number), other) for number, other in enumerate(new)), *((one, None) for one in left)]


def _clauses(old: Procedure, new: Procedure, names: Names) -> Iterator[Change]:
    """Compare the conditions of rules that both editions have."""
    for key in (name for name in new.guards if name in old.guards):
        before = {f"{key}.{clause.id}": clause for clause in old.guards[key].clauses}
        after = {f"{key}.{clause.id}": clause for clause in new.guards[key].clauses}
        yield from _records(Part.CLAUSE, before, after, names)


def _named(part: Part, kind: str, old: Collection[str], new: Collection[str], names: Names) -> Iterator[Change]:
    for key in sorted({*old} ^ {*new}):
        what = What.ADDED if key in new else What.REMOVED
        yield Change(part, what, key, names.get((kind, key), plain(key)), "")


def _about(record: object, names: Names) -> tuple[Aspect, ...]:
    """Return what describes a record that came or went."""
    match record:
        case State():
            holder, person = called(names, "body", record.holder), words_for(record.person, names)
            return (
                Aspect("holder", Text(f"do {holder.vi} giữ hồ sơ", f"held by {holder.en}")),
                Aspect("person", person),
            )
        case Limit():
            return (Aspect("amount", length_of(record)),)
        case Clause():
            return (
                Aspect("require", condition(record.require, names)),
                Aspect("effect", words_for(record.effect, names)),
            )
        case Guard():
            count = len(record.clauses)
            return (Aspect("clauses", Text(f"{count} điều kiện", f"conditions: {count}")),)
        case Transition():
            source = words_for(record.source, names, "state")
            dest = Text("giữ nguyên", "the same") if record.dest == "=" else called(names, "state", record.dest)
            who = words_for(record.actor, names, "role")
            return (
                Aspect("source", Text(f"từ {source.vi} sang {dest.vi}", f"from {source.en} to {dest.en}")),
                Aspect("actor", Text(f"do {who.vi} thực hiện", f"by {who.en}")),
            )
        case _:
            return ()


def _title(record: object, key: str) -> Text:
    if isinstance(record, Clause):
        return record.text
    found = getattr(record, "title", None) or getattr(record, "label", None)
    return found if isinstance(found, Text) else plain(key)


def _keys(old: Iterable[str], new: Iterable[str]) -> list[str]:
    """Return the keys of the new one in its order, then those that are gone."""
    return list(dict.fromkeys([*new, *old]))


def _forms(procedure: Procedure) -> frozenset[str]:
    """Return the papers that an edition needs, offers or looks at."""
    acts = procedure.transitions
    found = {form for act in acts for forms in act.requires for form in forms}
    found |= {form for act in acts for form in (*act.generates, *act.fresh)}
    found |= {act.custody.instrument for act in acts if act.custody is not None and act.custody.instrument}
    return frozenset(found | {form for test in _tests(procedure) if isinstance(test, PaperTest) for form in test.forms})


def _policies(procedure: Procedure) -> frozenset[str]:
    """Return the open questions that an edition depends on."""
    clauses = [clause for guard in procedure.guards.values() for clause in guard.clauses]
    rules: list[Transition | Limit | Binding | Clause] = [
        *procedure.transitions,
        *procedure.limits.values(),
        *procedure.bindings.values(),
        *clauses,
    ]
    found = {policy for rule in rules for policy in rule.policies}
    return frozenset(found | {test.policy for test in _tests(procedure) if isinstance(test, PolicyTest)})


def _tests(procedure: Procedure) -> Iterator[Predicate]:
    """Yield every single condition of an edition."""
    clauses = (clause for guard in procedure.guards.values() for clause in guard.clauses)
    cases = (variant for limit in procedure.limits.values() for variant in limit.variants)
    wanted = [clause.require for clause in clauses] + [variant.when for variant in cases]
    for each in (*wanted, *(act.when for act in procedure.transitions if act.when is not None)):
        yield from leaves_of(each)
