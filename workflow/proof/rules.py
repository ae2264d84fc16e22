"""Reads `safety.toml`: what must never happen, written apart from the procedures, each rule with its article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from workflow.canonical import canonical_json, sha256_hex
from workflow.predicates import AllOf, AnyOf, Comparison, FactTest, Not, Predicate
from workflow.proof.changes import Flags
from workflow.proof.variables import names_of
from workflow.reading import LawFileError, LawProblem, Source, Table, read_tables, read_toml
from workflow.records import read_predicate
from workflow.vocabulary import Text

SAFETY = Path(__file__).parent.parent / "safety.toml"


class Kind(StrEnum):
    """What a rule speaks about."""

    #: After each of these acts, or each act that puts somebody into such custody, a condition holds.
    ACT = "act"
    #: In every reachable situation of this kind a condition holds.
    ALWAYS = "always"
    #: From every reachable situation of this kind there is a way out that nothing can refuse.
    EXIT = "exit"
    #: While a dossier waits in a state, certain limits are counted.
    COUNTED = "counted"
    #: Two acts are never done by the same office, nor by the same body.
    APART = "apart"
    #: Certain acts belong to certain offices and to no other.
    OFFICES = "offices"
    #: Certain acts carry a mark: a way out, the end of a title, a side machine that follows.
    MARKED = "marked"
    #: Certain acts do not happen without certain papers.
    PAPERS = "papers"
    #: Certain acts ask for certain facts anew.
    ASKS = "asks"
    #: Certain acts are refused by certain clauses when these are not met.
    GUARDED = "guarded"
    #: Certain limits have the length that the law gives them.
    AMOUNTS = "amounts"
    #: The graph is whole: no dead end, nothing unreachable, no act that never happens, every name exists.
    WHOLE = "whole"
    #: Every citation names an instrument of the list, within its articles.
    CITED = "cited"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a rule that lists cases: an act or a state, and what belongs to it."""

    name: str
    wanted: tuple[str, ...]
    given: Predicate | None = None


@dataclass(frozen=True, slots=True)
class Instrument:
    """A legal text that may be cited: how citations of it begin, and how many articles it has."""

    prefix: str
    title: str
    articles: int


@dataclass(frozen=True, slots=True)
class SafetyRule:
    """One thing that must never happen, or must always be possible."""

    id: str
    title: Text
    basis: str
    kind: Kind
    #: Editions it speaks of: `id` or `id@first-edition..last-edition`.
    procedures: tuple[str, ...]
    acts: tuple[str, ...] = ()
    custody: tuple[str, ...] = ()
    given: Predicate | None = None
    holds: Predicate | None = None
    cases: tuple[Case, ...] = ()
    instruments: tuple[Instrument, ...] = ()


@dataclass(frozen=True)
class Safety:
    """Every rule, the flags that rules use, and the hash of the file."""

    rules: tuple[SafetyRule, ...]
    flags: Flags
    sha256: str

    def rules_for(self, procedure_id: str, edition: str) -> tuple[SafetyRule, ...]:
        """Return the rules that speak of an edition."""
        return tuple(
            rule for rule in self.rules if any(_covers(each, procedure_id, edition) for each in rule.procedures)
        )


def _covers(entry: str, procedure_id: str, edition: str) -> bool:
    name, at, span = entry.partition("@")
    if name not in (procedure_id, "*"):
        return False
    first, dots, last = span.partition("..")
    return not at or (first <= edition and (edition <= (last or "9999") if dots else edition == first))


@cache
def load_safety(path: Path = SAFETY) -> Safety:
    """Return the rules of safety; raises LawFileError with every mistake in the file."""
    problems: list[LawProblem] = []
    files = _read_with_includes(path, problems)
    flags = [flag for source, raw in files for flag in read_tables(raw, source, "flag", problems, _read_flag)]
    rules = [rule for source, raw in files for rule in read_tables(raw, source, "rule", problems, _read_rule)]
    for source, raw in files:
        unknown = sorted(set(raw) - {"flag", "rule", "include"})
        problems += [
            LawProblem(source.name, source.line_of(name, 0, ""), name, "is no known table") for name in unknown
        ]
    problems += _unknown_flags(rules, {flag.id for flag in flags}, files[0][0])
    problems += _doubles(rules, files[0][0])
    if problems:
        raise LawFileError(problems)
    return Safety(tuple(rules), _flags(flags), sha256_hex(canonical_json([raw for _, raw in files])))


def _read_with_includes(path: Path, problems: list[LawProblem]) -> list[tuple[Source, Mapping[str, object]]]:
    """Return the file and those that its `include` names."""
    first = read_toml(path, problems)
    names = first[1].get("include", [])
    return [
        first,
        *(read_toml(path.parent / str(name), problems) for name in (names if isinstance(names, list) else [])),
    ]


def _doubles(rules: list[SafetyRule], source: Source) -> list[LawProblem]:
    times = Counter(rule.id for rule in rules)
    return [LawProblem(source.name, 1, "rule.id", f"{name!r} is defined twice") for name in times if times[name] > 1]


@dataclass(frozen=True, slots=True)
class _Flag:
    id: str
    set_by: frozenset[str]
    cleared_by: frozenset[str]
    papers: frozenset[str]
    mark: str | None


def _read_flag(table: Table) -> _Flag:
    table.text("title")
    return _Flag(
        id=table.word("id"),
        set_by=frozenset(table.words("set_by")),
        cleared_by=frozenset(table.words("cleared_by")),
        papers=frozenset(table.words("papers")),
        mark=table.maybe_word("mark"),
    )


def _flags(flags: list[_Flag]) -> Flags:
    return Flags(
        MappingProxyType({flag.id: flag.set_by for flag in flags}),
        MappingProxyType({flag.id: flag.cleared_by for flag in flags}),
        MappingProxyType({flag.id: flag.papers for flag in flags if flag.papers}),
        MappingProxyType({flag.id: flag.mark for flag in flags if flag.mark}),
    )


def _read_rule(table: Table) -> SafetyRule:
    return SafetyRule(
        id=table.word("id"),
        title=table.text("title"),
        basis=table.word("basis"),
        kind=table.enum("kind", Kind),
        procedures=table.words("procedures", required=True),
        acts=table.words("acts"),
        custody=table.words("custody"),
        given=_maybe_condition(table, "given"),
        holds=_maybe_condition(table, "holds"),
        cases=tuple(_read_case(inner) for inner in table.tables("cases")),
        instruments=tuple(_read_instrument(inner) for inner in table.tables("instruments")),
    )


def _read_case(table: Table) -> Case:
    case = Case(table.word("name"), table.words("wanted"), _maybe_condition(table, "given"))
    table.done()
    return case


def _read_instrument(table: Table) -> Instrument:
    instrument = Instrument(table.word("prefix"), table.word("title"), table.number("articles"))
    table.done()
    return instrument


def _maybe_condition(table: Table, key: str) -> Predicate | None:
    raw = table.any(key)
    return None if raw is None else _condition(table, raw, key)


#: What a rule may ask besides what a guard may: where the dossier stands, who holds the person, what happened before.
_OWN: Mapping[str, Callable[[object], Predicate]] = MappingProxyType(
    {
        "flag": lambda value: FactTest(f"@flag:{value}", Comparison.IS, value=True),
        "state_in": lambda value: FactTest("@state", Comparison.IN, tuple(value) if isinstance(value, list) else ()),
        "custody_in": lambda value: FactTest(
            "@custody", Comparison.IN, tuple(value) if isinstance(value, list) else ()
        ),
    }
)


def _condition(table: Table, raw: object, key: str) -> Predicate:
    """Read a condition of a guard, with the three leaves that only rules have."""
    if isinstance(raw, dict) and len(raw) == 1:
        name, value = next(iter(raw.items()))
        if name in _OWN:
            return _OWN[name](value)
        if name in ("all", "any") and isinstance(value, list):
            parts = tuple(_condition(table, part, key) for part in value)
            return AllOf(parts) if name == "all" else AnyOf(parts)
        if name == "not":
            return Not(_condition(table, value, key))
    return read_predicate(table, raw, key)


def _unknown_flags(rules: list[SafetyRule], known: set[str], source: Source) -> list[LawProblem]:
    named = {
        (rule.id, name.removeprefix("flag:"))
        for rule in rules
        for condition in (rule.given, rule.holds, *(case.given for case in rule.cases))
        if condition is not None
        for name in names_of(condition)
        if name.startswith("flag:")
    }
    return [
        LawProblem(source.name, 1, rule, f"names flag {flag!r}, which does not exist")
        for rule, flag in sorted(named)
        if flag not in known
    ]
