"""Reads one TOML table into one record of `model.py`; every key a table may have stands here.

Opens no file and checks no cross-reference: `loader.py` opens, `checks.py` checks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from workflow.model import (
    AlsoFire,
    AskedFields,
    Binding,
    Body,
    Choice,
    Clause,
    Custody,
    FactDef,
    Guard,
    Limit,
    LimitVariant,
    Role,
    State,
    Transition,
)
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
    Predicate,
    ProceedingTest,
    WithinTest,
)
from workflow.reading import Table
from workflow.vocabulary import (
    Confidence,
    Effect,
    Expiry,
    Facts,
    FactType,
    FactValue,
    LimitKind,
    Person,
    Protects,
    Unit,
)

_STRENGTH = [Effect.ALARM, Effect.WARN, Effect.OVERRIDE, Effect.REFUSE]


def strength(mark: Confidence) -> int:
    """Return how strongly a value that carries this mark may act: a higher number is stronger."""
    return _STRENGTH.index(mark.strongest)


def weakest(*effects: Effect) -> Effect:
    """Return the effect that stops an act least."""
    return min(effects, key=_STRENGTH.index)


def read_body(table: Table) -> Body:
    """Read `[[body]]`."""
    kinds = one_or_more(table, "org_type")
    if not kinds:
        table.problem("org_type", "is missing")
    return Body(table.word("id"), table.text("title"), kinds or ("",), table.word("bind"), table.maybe_word("of"))


def read_role(table: Table) -> Role:
    """Read `[[role]]`."""
    return Role(
        id=table.word("id"),
        title=table.text("title"),
        body=table.maybe_word("body"),
        level=table.word("level", "-"),
        basis=table.maybe_word("basis"),
    )


def read_binding(table: Table) -> Binding:
    """Read `[[binding]]`."""
    return Binding(
        id=table.word("id"),
        title=table.text("title"),
        offices=table.words("offices", required=True),
        basis=table.word("basis"),
        confidence=table.confidence(),
        policies=table.words("policies"),
    )


def read_choices(table: Table, key: str) -> tuple[Choice, ...]:
    """Read a list of `{ id = …, label = { vi = …, en = … } }`."""
    choices = []
    for inner in table.tables(key):
        choices.append(Choice(inner.word("id"), inner.text("label")))
        inner.done()
    return tuple(choices)


def read_fact(table: Table) -> FactDef:
    """Read `[[fact]]`."""
    return FactDef(
        id=table.word("id"),
        type=table.enum("type", FactType),
        label=table.text("label"),
        help=table.maybe_text("help"),
        choices=read_choices(table, "choices"),
        org_types=one_or_more(table, "org_type"),
        derived=table.flag("derived"),
        future=table.flag("future"),
        sensitive=table.flag("sensitive"),
        basis=table.maybe_word("basis"),
    )


def read_guard(table: Table) -> Guard:
    """Read `[[guard]]` with its clauses; a clause inherits article and mark from the guard."""
    basis, confidence = table.word("basis"), table.confidence()
    clauses = tuple(_read_clause(inner, basis, confidence) for inner in table.tables("clause"))
    return Guard(table.word("id"), table.text("title"), basis, confidence, clauses)


def _read_clause(table: Table, basis: str, confidence: Confidence) -> Clause:
    own = table.confidence(default=confidence.mark)
    effect = table.enum("effect", Effect, own.strongest)
    if _STRENGTH.index(effect) > _STRENGTH.index(own.strongest):
        table.problem("effect", f"a value marked {own.mark} may at most {own.strongest}, not {effect}")
    clause = Clause(
        id=table.word("id"),
        require=read_predicate(table, table.any("require"), "require"),
        text=table.text("text"),
        cure=table.text("cure"),
        basis=table.word("basis", basis),
        confidence=own,
        effect=effect,
        policies=table.words("policies"),
    )
    table.done()
    return clause


def read_limit(table: Table) -> Limit:
    """Read `[[deadline]]`."""
    unit = table.enum("unit", Unit)
    return Limit(
        id=table.word("id"),
        title=table.text("title"),
        amount=table.number("amount", 0 if unit in (Unit.TERM, Unit.STATED, Unit.NONE) else None),
        unit=unit,
        kind=table.enum("kind", LimitKind),
        start_event=table.text("start_event"),
        stop_event=table.text("stop_event"),
        basis=table.word("basis"),
        confidence=table.confidence(),
        from_fact=table.maybe_word("from"),
        until=table.maybe_word("until"),
        direction=table.word("direction", "after"),
        rolls=table.flag("rolls"),
        on_expiry=table.enum("on_expiry", Expiry, Expiry.NOTHING),
        duty=table.flag("duty", default=True),
        advances=table.maybe_word("advances"),
        owner=table.maybe_word("owner"),
        protects=table.enum("protects", Protects, Protects.NOBODY),
        suspended_by=table.maybe_word("suspended_by"),
        variants=tuple(_read_variant(inner) for inner in table.tables("variants")),
        policies=table.words("policies"),
        note=table.maybe_text("note"),
        ends_fact=table.maybe_word("ends_fact"),
        inputs=MappingProxyType({name: str(fact) for name, fact in (table.mapping("inputs") or {}).items()}),
        track=table.word("track", "adult"),
    )


def _read_variant(table: Table) -> LimitVariant:
    variant = LimitVariant(
        when=read_predicate(table, table.any("when"), "when"),
        amount=table.number("amount"),
        from_fact=table.maybe_word("from"),
        basis=table.maybe_word("basis"),
    )
    table.done()
    return variant


def read_state(table: Table) -> State:
    """Read `[[state]]`."""
    return State(
        id=table.word("id"),
        code=table.word("code"),
        title=table.text("title"),
        phase=table.word("phase"),
        holder=table.word("holder"),
        person=table.enum("person", Person),
        machine=table.word("machine"),
        initial=table.flag("initial"),
        terminal=table.flag("terminal"),
        no_limit=table.maybe_text("no_limit"),
    )


def read_transition(table: Table) -> Transition:
    """Read `[[transition]]`."""
    when = table.any("when")
    custody = table.mapping("custody")
    return Transition(
        trigger=table.word("trigger"),
        title=table.text("title"),
        source=table.words("source", required=True),
        dest=table.word("dest"),
        actor=table.words("actor", required=True),
        recorded_by=table.words("recorded_by"),
        basis=table.word("basis"),
        confidence=table.confidence(),
        when=None if when is None else read_predicate(table, when, "when"),
        guards=table.words("guards"),
        requires=read_requires(table),
        fresh=table.words("fresh"),
        fields=AskedFields(table.words("asks"), table.words("may_ask")),
        generates=table.words("generates"),
        starts=table.words("starts"),
        restarts=table.words("restarts"),
        stops=table.words("stops"),
        stops_all=table.flag("stops_all"),
        sets=read_facts(table, table.mapping("sets")),
        clears=table.words("clears"),
        opens_period=table.maybe_word("opens_period"),
        closes_period=one_or_more(table, "closes_period"),
        custody=None if custody is None else _read_custody(table, custody),
        binds=MappingProxyType({body: str(fact) for body, fact in (table.mapping("binds") or {}).items()}),
        shares_with=table.words("shares_with"),
        leaves=table.words("leaves"),
        starts_proceeding=table.maybe_word("starts_proceeding"),
        also=tuple(_read_also(inner) for inner in table.tables("also")),
        opens_dossier=table.maybe_word("opens_dossier"),
        release=table.flag("release"),
        ends_title=table.flag("ends_title"),
        along_only=table.flag("along_only"),
        policies=table.words("policies"),
        note=table.maybe_text("note"),
    )


def read_facts(table: Table, raw: Mapping[str, object] | None) -> Facts:
    """Read `sets`: literals by the fact they become."""
    facts: dict[str, FactValue] = {}
    for fact, value in (raw or {}).items():
        if isinstance(value, bool | int | str):
            facts[fact] = value
        else:
            table.problem("sets", f"{fact}: an act sets a word, a whole number, true or false")
    return MappingProxyType(facts)


def _read_also(table: Table) -> AlsoFire:
    also = AlsoFire(table.word("procedure"), table.word("trigger"))
    table.done()
    return also


def read_requires(table: Table) -> tuple[tuple[str, ...], ...]:
    """Read `requires`: each entry a form id, or a list of form ids of which one is enough."""
    raw = table.any("requires", [])
    if not isinstance(raw, list):
        table.problem("requires", "must be a list of form ids, or of lists of them")
        return ()
    return tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in raw)


def one_or_more(table: Table, key: str) -> tuple[str, ...]:
    """Read a name, or a list of names."""
    raw = table.any(key, [])
    names = (raw,) if isinstance(raw, str) else tuple(raw) if isinstance(raw, list) else (None,)
    if not all(isinstance(name, str) for name in names):
        table.problem(key, "must be a name or a list of names")
        return ()
    return tuple(str(name) for name in names)


def _read_custody(table: Table, raw: Mapping[str, object]) -> Custody:
    kind, holder, instrument = raw.get("kind"), raw.get("holder"), raw.get("instrument")
    if kind not in list(Person) or set(raw) - {"kind", "holder", "instrument"}:
        table.problem("custody", f"needs {{ kind = one of {', '.join(Person)}, holder = body, instrument = form }}")
        return Custody(Person.NONE, None, None)
    return Custody(Person(str(kind)), _maybe(holder), _maybe(instrument))


def _maybe(value: object) -> str | None:
    return None if value is None else str(value)


def _several(table: Table, raw: object, key: str) -> tuple[Predicate, ...]:
    if not isinstance(raw, list) or not raw:
        table.problem(key, "all and any need a list with at least one condition")
        return ()
    return tuple(read_predicate(table, part, key) for part in raw)


def _fact_test(table: Table, raw: Mapping[str, Any], key: str) -> Predicate:
    for comparison in Comparison:
        if comparison.value in raw:
            value = raw[comparison.value]
            return FactTest(raw["fact"], comparison, tuple(value) if isinstance(value, list) else value)
    table.problem(key, f"a condition on a fact needs one of {', '.join(Comparison)}")
    return AllOf(())


def _paper_test(raw: Mapping[str, Any]) -> Predicate:
    forms = raw["paper"]
    return PaperTest((forms,) if isinstance(forms, str) else tuple(forms))


#: What the value of each key of a leaf may be; anything else is a slip of the pen.
_LEAF_TYPES: Mapping[str, type | tuple[type, ...]] = MappingProxyType(
    dict.fromkeys(("fact", "age_of", "within", "unit", "date", "not_before", "policy", "is", "proceeding"), str)
    | dict.fromkeys(("limit_ended", "limit_running", "window_open"), str)
    | {"at_least_years": int, "amount": int, "in_state": list, "paper": (str, list)}
)
_WITHIN_UNITS = (Unit.MONTHS, Unit.YEARS)

_Leaf = Callable[[Mapping[str, Any]], Predicate]
#: Each leaf of a condition: the keys it has, all of them, and how it reads.
_LEAVES: Mapping[frozenset[str], _Leaf] = MappingProxyType(
    {
        frozenset({"age_of", "at_least_years"}): lambda raw: AgeTest(raw["age_of"], raw["at_least_years"]),
        frozenset({"within", "amount", "unit"}): lambda raw: WithinTest(
            raw["within"], raw["amount"], Unit(raw["unit"])
        ),
        frozenset({"date", "not_before"}): lambda raw: OrderTest(raw["date"], raw["not_before"]),
        frozenset({"paper"}): _paper_test,
        frozenset({"policy", "is"}): lambda raw: PolicyTest(raw["policy"], raw["is"]),
        frozenset({"proceeding", "in_state"}): lambda raw: ProceedingTest(raw["proceeding"], tuple(raw["in_state"])),
        frozenset({"limit_ended"}): lambda raw: LimitCheck(LimitTest.ENDED, raw["limit_ended"]),
        frozenset({"limit_running"}): lambda raw: LimitCheck(LimitTest.RUNNING, raw["limit_running"]),
        frozenset({"window_open"}): lambda raw: LimitCheck(LimitTest.OPENED, raw["window_open"]),
    }
)


def read_predicate(table: Table, raw: object, key: str) -> Predicate:
    """Read a condition: `all`, `any`, `not`, or one leaf."""
    if not isinstance(raw, dict):
        table.problem(key, "must be a condition: a table")
        return AllOf(())
    keys = frozenset(raw)
    if keys == {"all"}:
        return AllOf(_several(table, raw["all"], key))
    if keys == {"any"}:
        return AnyOf(_several(table, raw["any"], key))
    if keys == {"not"}:
        return Not(read_predicate(table, raw["not"], key))
    if "fact" in keys and len(keys) == len(("fact", "value")) and isinstance(raw["fact"], str):
        return _fact_test(table, raw, key)
    if keys not in _LEAVES:
        table.problem(key, f"no condition has the keys {', '.join(sorted(keys)) or '(none)'}")
        return AllOf(())
    wrong = [name for name, value in raw.items() if not isinstance(value, _LEAF_TYPES[name])]
    if wrong or ("unit" in raw and raw["unit"] not in _WITHIN_UNITS):
        table.problem(key, f"the value of {', '.join(wrong) or 'unit (months or years)'} is of the wrong kind")
        return AllOf(())
    return _LEAVES[keys](raw)


#: Every list of tables that a file of law may hold, and how one entry reads.
READERS: Mapping[str, Callable[[Table], Any]] = MappingProxyType(
    {
        "body": read_body,
        "role": read_role,
        "binding": read_binding,
        "fact": read_fact,
        "guard": read_guard,
        "deadline": read_limit,
        "state": read_state,
        "transition": read_transition,
    }
)

__all__ = ["READERS", "FactValue", "read_choices", "read_facts", "read_predicate", "read_requires", "weakest"]
