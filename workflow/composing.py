"""Puts the tables of a main file, of what it inherits and of its own files together into one list a kind.

Two rules of inheritance, both written in the main file and nowhere else: `without` names inherited records that it
leaves out (usually because it states its own), and `[[binding]]` says which offices fill an abstract role.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from workflow.adapting import ADAPTING
from workflow.model import Binding, Transition
from workflow.reading import LawProblem, Source, Table, read_tables, tables_of
from workflow.records import READERS

Sources = Sequence[tuple[Source, Mapping[str, object]]]


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


def gather(
    sources: Sources,
    header: str,
    reader: Callable[[Table], N],
    problems: list[LawProblem],
    without: set[str],
    own: int,
) -> list[N]:
    """Return the records of one kind from all files, less the inherited ones that the main file leaves out.

    The main file and the last `own` files are the edition's own.  Takes every `without` entry (`kind:name`) that it
    used out of the set, so that the caller sees what named nothing.
    """
    gathered: list[N] = []
    left_out = {entry for entry in without if entry.startswith(f"{header}:")}
    for number, (source, raw) in enumerate(sources):
        read = read_tables(raw, source, header, problems, reader)
        if 0 < number < len(sources) - own:
            names = {f"{header}:{_name(record)}" for record in read} & left_out
            without -= names
            read = [record for record in read if f"{header}:{_name(record)}" not in names]
        refuse_doubles(read, gathered, source, header, problems)
        gathered.extend(read)
    return gathered


def _name(record: object) -> str:
    return str(getattr(record, "id", None) or getattr(record, "trigger", ""))


def refuse_doubles(
    read: Iterable[N], before: Iterable[N], source: Source, header: str, problems: list[LawProblem]
) -> None:
    """Note every id that an earlier table of the same kind has; transitions have none."""
    seen = {getattr(record, "id", None) for record in before}
    for index, record in enumerate(read):
        name = getattr(record, "id", None)
        if name is not None and name in seen:
            line = source.line_of(header, index, "id")
            problems.append(LawProblem(source.name, line, f"{header}.id", f"{name!r} is defined twice"))
        seen.add(name)


def unknown_tables(sources: Sources, problems: list[LawProblem]) -> None:
    """Note every table of a kind that no file of law has."""
    problems.extend(
        LawProblem(source.name, source.line_of(unknown, 0, ""), unknown, "is not a known table")
        for source, raw in sources
        for unknown in sorted(set(raw) - set(READERS) - set(ADAPTING) - {"procedure"})
    )


def bind_roles(transitions: Iterable[Transition], bindings: Mapping[str, Binding]) -> tuple[Transition, ...]:
    """Return the acts with every abstract role replaced by the offices that fill it, in the order stated."""
    return tuple(
        replace(act, actor=_offices(act.actor, bindings), recorded_by=_offices(act.recorded_by, bindings))
        for act in transitions
    )


def _offices(roles: Iterable[str], bindings: Mapping[str, Binding]) -> tuple[str, ...]:
    offices = (office for role in roles for office in (bindings[role].offices if role in bindings else (role,)))
    return tuple(dict.fromkeys(offices))


def _meaning(tables: Mapping[str, object]) -> Mapping[str, object]:
    """Return the tables of one file without the names of the files that it includes; of its own, their number."""
    head = tables.get("procedure")
    if not isinstance(head, dict):
        return tables
    said = {key: value for key, value in head.items() if key != "include"}
    return {**tables, "procedure": {**said, "own": len(said["own"])} if "own" in said else said}


def content_hash(sources: Sources) -> str:
    """Return the SHA-256 of the meaning, so that a comment or a line break changes nothing."""
    content = [_meaning(tables_of(source.text)) for source, _ in sources]
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()
