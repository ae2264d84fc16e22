"""Reads the files of `changeovers/`: the rules from one edition of a procedure to the next, every mistake by its line.

A file names the two editions; what they are must be given, so that every name in a rule can be looked up.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from workflow.changeover import Changeover, Crossing, Landing, Rule, Way
from workflow.changeover_checks import check_changeover
from workflow.model import Policy, Procedure
from workflow.reading import LawFileError, LawProblem, Source, Table, read_tables, read_toml
from workflow.records import read_predicate
from workflow.vocabulary import Facts, FactValue

V = TypeVar("V")

CHANGEOVERS_FOLDER = Path(__file__).parent / "changeovers"

_TABLES = frozenset(("changeover", "rule"))


def load_changeovers(
    procedures: Iterable[Procedure],
    policies: Mapping[str, Policy],
    *,
    folder: Path = CHANGEOVERS_FOLDER,
    forms: Iterable[str] | None = None,
) -> Mapping[str, Crossing]:
    """Return every crossing by its key (`procedure@old>procedure@new`); raises LawFileError with every mistake.

    `forms` are the document ids that exist; None skips that check.
    """
    editions = {each.key: each for each in procedures}
    known = frozenset(forms) if forms is not None else None
    problems: list[LawProblem] = []
    crossings: dict[str, Crossing] = {}
    for path in sorted(folder.glob("*.toml")):
        crossing = _read_file(path, editions, policies, known, problems)
        if crossing is not None and crossing.changeover.key in crossings:
            problems.append(LawProblem(path.name, 1, "changeover", f"{crossing.changeover.key} is ruled twice"))
        elif crossing is not None:
            crossings[crossing.changeover.key] = crossing
    if problems:
        raise LawFileError(problems)
    return MappingProxyType(crossings)


def _read_file(
    path: Path,
    editions: Mapping[str, Procedure],
    policies: Mapping[str, Policy],
    forms: frozenset[str] | None,
    problems: list[LawProblem],
) -> Crossing | None:
    before = len(problems)
    source, raw = read_toml(path, problems)
    problems.extend(
        LawProblem(source.name, source.line_of(name, 0, ""), name, "is not a known table")
        for name in sorted(set(raw) - _TABLES)
    )
    head = raw.get("changeover")
    if not isinstance(head, dict):
        problems.append(
            LawProblem(source.name, 1, "changeover", "is missing: every file of changeovers starts with it")
        )
        return None
    table = Table(head, source, "changeover", 0, problems)
    common = _read_landing(table, Landing(""), state="")
    procedure = table.word("procedure")
    changeover = Changeover(
        procedure=procedure,
        from_edition=table.word("from"),
        to_procedure=table.word("to_procedure", procedure),
        to_edition=table.word("to"),
        basis=table.words("basis", required=True),
        rules=tuple(read_tables(raw, source, "rule", problems, lambda inner: _read_rule(inner, common))),
        sha256=content_hash(source),
        file=source.name,
        papers=common.papers,
    )
    table.done()
    old = editions.get(f"{changeover.procedure}@{changeover.from_edition}")
    new = editions.get(f"{changeover.to_procedure}@{changeover.to_edition}")
    for key, found in (("from", old), ("to", new)):
        if found is None:
            table.problem(key, "names an edition that does not exist")
    if old is None or new is None or len(problems) > before:
        return None
    crossing = Crossing(changeover, old, new)
    problems.extend(check_changeover(crossing, source, forms=forms, policies=policies))
    return crossing


def content_hash(source: Source) -> str:
    """Return the SHA-256 of the meaning of a file, so that a comment or a line break changes nothing."""
    try:
        content = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError:
        content = {"text": source.text}
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _read_rule(table: Table, common: Landing) -> Rule:
    when = table.any("when")
    rule = Rule(
        id=table.word("id"),
        states=table.words("states", required=True),
        way=table.enum("way", Way),
        text=table.text("text"),
        cure=table.maybe_text("cure"),
        basis=table.word("basis"),
        confidence=table.confidence(),
        when=None if when is None else read_predicate(table, when, "when"),
        policies=table.words("policies"),
        landings=tuple(_read_own_landing(inner, common) for inner in table.tables("landing")),
        may_stay=table.flag("may_stay"),
    )
    if rule.way is Way.STAYS and rule.landings:
        table.problem("landing", "a rule under which a dossier stays leads nowhere")
    if rule.way is Way.SWITCHES and len(rule.landings) != 1:
        table.problem("landing", f"a switch has exactly one landing, not {len(rule.landings)}")
    if rule.way is Way.REVIEW and rule.cure is None:
        table.problem("cure", "is missing: a review says what people can do")
    if rule.way is not Way.REVIEW and rule.may_stay:
        table.problem("may_stay", "is for a review only")
    return rule


def _read_own_landing(table: Table, common: Landing) -> Landing:
    landing = _read_landing(table, common, state=table.word("state"))
    table.done()
    return landing


def _read_landing(table: Table, common: Landing, *, state: str) -> Landing:
    """Read what a landing says; what it does not say is as the head of the file has it."""
    carries, restarts = _names(table, "carries"), _names(table, "restarts")
    stops, reviews = table.words("stops"), table.words("reviews")
    own = {*carries, *restarts, *stops, *reviews}
    return Landing(
        state=state,
        facts=_merged(common.facts, _names(table, "facts")),
        values=_merged(common.values, _values(table)),
        drops=(*common.drops, *table.words("drops")),
        sets=_merged(common.sets, _sets(table)),
        bodies=_merged(common.bodies, _names(table, "bodies")),
        fills=_merged(common.fills, _names(table, "fills")),
        carries=_merged({old: new for old, new in common.carries.items() if old not in own}, carries),
        restarts=_merged({old: new for old, new in common.restarts.items() if old not in own}, restarts),
        starts=(*common.starts, *table.words("starts")),
        stops=(*(old for old in common.stops if old not in own), *stops),
        reviews=(*(old for old in common.reviews if old not in own), *reviews),
        papers=_merged(common.papers, _names(table, "papers")),
        same_limits=table.flag("same_limits", default=common.same_limits),
    )


def _merged(common: Mapping[str, V], own: Mapping[str, V]) -> Mapping[str, V]:
    return MappingProxyType({**common, **own})


def _names(table: Table, key: str) -> Mapping[str, str]:
    """Read a table from names to names."""
    raw = table.mapping(key) or {}
    if not all(isinstance(value, str) for value in raw.values()):
        table.problem(key, "must map names of the old edition to names of the new one")
        return {}
    return {name: str(value) for name, value in raw.items()}


def _values(table: Table) -> Mapping[str, Mapping[str, FactValue]]:
    """Read a table from facts to tables from old values to new ones."""
    found: dict[str, Mapping[str, FactValue]] = {}
    for fact, values in (table.mapping("values") or {}).items():
        if isinstance(values, dict) and all(isinstance(value, str) for value in values.values()):
            found[fact] = MappingProxyType(dict(values))
        else:
            table.problem("values", f"{fact}: must map old values to new ones")
    return found


def _sets(table: Table) -> Facts:
    facts: dict[str, FactValue] = {}
    for fact, value in (table.mapping("sets") or {}).items():
        if isinstance(value, bool | int | str):
            facts[fact] = value
        else:
            table.problem("sets", f"{fact}: a changeover sets a word, a whole number, true or false")
    return facts
