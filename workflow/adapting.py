"""Adapts inherited law to the edition that inherits it: amended acts and the articles that stand for others.

A procedure for other people often repeats one it resembles, under other articles and with something more.  An
`[[amendment]]` says what more an act asks there, an `[[article]]` which article stands there for the inherited one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, TypeVar

from workflow.model import AskedFields, Clause, FactDef, Guard, Limit, LimitVariant, Role, Transition
from workflow.reading import LawProblem, Source, Table, read_tables
from workflow.records import read_facts, read_requires, strength, weakest
from workflow.vocabulary import NO_FACTS, Confidence, Facts, Text

#: Between the articles that found one value.
_BETWEEN = "; "
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Article:
    """The article that stands here for an inherited one; `confidence` replaces the mark where it is not the same."""

    inherited: str
    here: str
    confidence: Confidence | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """What this edition adds to the cases of an act, and the words it says differently."""

    trigger: str
    #: Only the cases that leave one of these states; all of them when empty.
    source: tuple[str, ...]
    #: Lists of `Transition` by field name, each appended to what is inherited.
    lists: Mapping[str, tuple[Any, ...]]
    asks: AskedFields
    sets: Facts = field(default_factory=lambda: NO_FACTS)
    title: Text | None = None
    note: Text | None = None
    basis: str | None = None


_LISTS = (
    *("actor", "recorded_by", "guards", "fresh", "generates", "starts", "restarts", "stops", "clears"),
    *("shares_with", "policies"),
)


def _read_article(table: Table) -> Article:
    mark = table.maybe_word("confidence")
    return Article(table.word("inherited"), table.word("here"), None if mark is None else Confidence(mark))


def _read_amendment(table: Table) -> Amendment:
    lists: dict[str, tuple[Any, ...]] = {name: table.words(name) for name in _LISTS}
    return Amendment(
        trigger=table.word("trigger"),
        source=table.words("source"),
        lists=MappingProxyType(lists | {"requires": read_requires(table)}),
        asks=AskedFields(table.words("asks"), table.words("may_ask")),
        sets=read_facts(table, table.mapping("sets")),
        title=table.maybe_text("title"),
        note=table.maybe_text("note"),
        basis=table.maybe_word("basis"),
    )


#: The lists of tables that adapt, beside those that state (`records.READERS`).
ADAPTING: Mapping[str, Callable[[Table], Any]] = MappingProxyType(
    {"article": _read_article, "amendment": _read_amendment}
)

_Sources = Sequence[tuple[Source, Mapping[str, object]]]


def amended(acts: Iterable[Transition], sources: _Sources, problems: list[LawProblem]) -> tuple[Transition, ...]:
    """Return the acts with every `[[amendment]]` made; one that amends nothing is a mistake."""
    result = list(acts)
    for amendment, source, line in _read(sources, "amendment", "trigger", problems):
        meant = [number for number, act in enumerate(result) if _is_meant(act, amendment)]
        if not meant:
            problems.append(
                LawProblem(source.name, line, "amendment.trigger", f"{amendment.trigger!r} names no act from there")
            )
        for number in meant:
            result[number] = _amend(result[number], amendment)
    return tuple(result)


def _is_meant(act: Transition, amendment: Amendment) -> bool:
    return act.trigger == amendment.trigger and (not amendment.source or bool({*act.source} & {*amendment.source}))


def _amend(act: Transition, amendment: Amendment) -> Transition:
    lists: dict[str, Any] = {name: (*getattr(act, name), *more) for name, more in amendment.lists.items()}
    return replace(
        act,
        **lists,
        fields=AskedFields(
            act.fields.required + amendment.asks.required, act.fields.optional + amendment.asks.optional
        ),
        sets=MappingProxyType({**act.sets, **amendment.sets}),
        title=amendment.title or act.title,
        note=amendment.note or act.note,
        basis=act.basis if amendment.basis is None else f"{act.basis}{_BETWEEN}{amendment.basis}",
    )


class Concordance:
    """Which article of this edition stands for which inherited one; remembers what it replaced."""

    def __init__(self, sources: _Sources, problems: list[LawProblem]) -> None:
        self._problems, self._main = problems, sources[0][0]
        self._read = _read(sources, "article", "inherited", problems)
        self._articles: dict[str, Article] = {article.inherited: article for article, _, _ in self._read}
        self._used: set[str] = set()

    def close(self) -> None:
        """Note every article given twice, and every one in the main file that stands for none that is cited.

        A file that several editions share may give more than each of them cites.
        """
        seen: set[str] = set()
        for article, source, line in self._read:
            if article.inherited not in self._used and source is self._main:
                reason = f"{article.inherited!r} is cited nowhere in what is inherited"
                self._problems.append(LawProblem(source.name, line, "article.inherited", reason))
            if article.inherited in seen:
                reason = f"{article.inherited!r} is given twice"
                self._problems.append(LawProblem(source.name, line, "article.inherited", reason))
            seen.add(article.inherited)

    def act(self, act: Transition) -> Transition:
        """Return an act under the articles of this edition."""
        return replace(act, basis=self._here(act.basis), confidence=self._mark(act.basis, act.confidence))

    def limit(self, limit: Limit) -> Limit:
        """Return a limit and its cases under the articles of this edition."""
        return replace(
            limit,
            basis=self._here(limit.basis),
            confidence=self._mark(limit.basis, limit.confidence),
            variants=tuple(self._variant(variant) for variant in limit.variants),
        )

    def guard(self, guard: Guard) -> Guard:
        """Return a rule and its conditions under the articles of this edition."""
        return replace(
            guard,
            basis=self._here(guard.basis),
            confidence=self._mark(guard.basis, guard.confidence),
            clauses=tuple(self._clause(clause) for clause in guard.clauses),
        )

    def fact(self, fact: FactDef) -> FactDef:
        """Return a fact under the articles of this edition."""
        return fact if fact.basis is None else replace(fact, basis=self._here(fact.basis))

    def role(self, role: Role) -> Role:
        """Return an office under the articles of this edition."""
        return role if role.basis is None else replace(role, basis=self._here(role.basis))

    def _variant(self, variant: LimitVariant) -> LimitVariant:
        return variant if variant.basis is None else replace(variant, basis=self._here(variant.basis))

    def _clause(self, clause: Clause) -> Clause:
        mark = self._mark(clause.basis, clause.confidence)
        return replace(
            clause,
            basis=self._here(clause.basis),
            confidence=mark,
            effect=clause.effect if mark is clause.confidence else weakest(clause.effect, mark.strongest),
        )

    def _here(self, basis: str) -> str:
        cited = basis.split(_BETWEEN)
        self._used |= {one for one in cited if one in self._articles}
        return _BETWEEN.join(dict.fromkeys(self._articles[one].here if one in self._articles else one for one in cited))

    def _mark(self, basis: str, own: Confidence) -> Confidence:
        """Return the mark of what rests on these articles: another one only where each of them brings one.

        Of several the weakest counts, and none makes stronger what is inherited.
        """
        found = [self._articles.get(one) for one in basis.split(_BETWEEN)]
        marks = [one.confidence for one in found if one is not None and one.confidence is not None]
        return min((*marks, own), key=strength) if len(marks) == len(found) else own


def _read(sources: _Sources, header: str, key: str, problems: list[LawProblem]) -> list[tuple[Any, Source, int]]:
    """Return each table of a kind with the file and line where it stands."""
    return [
        (record, source, source.line_of(header, index, key))
        for source, raw in sources
        for index, record in enumerate(read_tables(raw, source, header, problems, ADAPTING[header]))
    ]


__all__ = ["ADAPTING", "Amendment", "Article", "Concordance", "amended"]
