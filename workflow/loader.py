"""Turns the TOML files of the law into procedures, or says every mistake with file, line, key and reason.

The only module of `workflow` that opens a file.  What it returns is complete: every id that a
transition, guard or limit names exists, and no clause is stronger than its confidence mark allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, TypeVar

from workflow.adapting import Concordance, amended
from workflow.checks import check_procedure, check_together
from workflow.composing import bind_roles, content_hash, gather, refuse_doubles, unknown_tables
from workflow.model import Ages, Policy, Procedure
from workflow.reading import LawFileError, LawProblem, Source, Table, parse_toml, read_tables, read_toml
from workflow.records import READERS, read_choices

LAW_FOLDER = Path(__file__).parent
PROCEDURES_FOLDER = LAW_FOLDER / "procedures"


class _Named(Protocol):
    @property
    def id(self) -> str: ...


N = TypeVar("N", bound=_Named)


def load_policies(path: Path = LAW_FOLDER / "policies.toml") -> Mapping[str, Policy]:
    """Return the open questions of law by id; raises LawFileError."""
    problems: list[LawProblem] = []
    source, raw = read_toml(path, problems)
    found = read_tables(raw, source, "policy", problems, lambda table: _read_policy(table, source))
    refuse_doubles(found, [], source, "policy", problems)
    policies = {policy.id: policy for policy in found}
    if problems:
        raise LawFileError(problems)
    return MappingProxyType(policies)


def load_procedures(folder: Path = PROCEDURES_FOLDER, *, forms: Iterable[str] | None = None) -> tuple[Procedure, ...]:
    """Return every procedure edition in `folder`, sorted by id and edition; raises LawFileError.

    `forms` are the document ids that exist (the forms catalogue); None skips that check.
    """
    known = frozenset(forms) if forms is not None else None
    policies = load_policies()
    loaded = [load_procedure(path, forms=known, policies=policies) for path in sorted(folder.glob("*.toml"))]
    problems = check_together(loaded)
    if problems:
        raise LawFileError(problems)
    return tuple(sorted(loaded, key=lambda procedure: (procedure.id, procedure.edition)))


def load_procedure(
    path: Path, *, forms: frozenset[str] | None = None, policies: Mapping[str, Policy] | None = None
) -> Procedure:
    """Return the procedure edition that `path` describes, with what it includes; raises LawFileError."""
    problems: list[LawProblem] = []
    sources = _read_with_includes(path, problems)
    return _build(sources, problems, forms, load_policies() if policies is None else policies)


def parse_procedure(files: Iterable[tuple[str, str]]) -> Procedure:
    """Return the procedure edition that stored files (name, text) describe: how an old dossier finds its law."""
    problems: list[LawProblem] = []
    sources = [(Source(name, text), parse_toml(Source(name, text), problems)) for name, text in files]
    return _build(sources, problems, None, load_policies())


_Sources = list[tuple[Source, Mapping[str, object]]]


def _build(
    sources: _Sources, problems: list[LawProblem], forms: frozenset[str] | None, policies: Mapping[str, Policy]
) -> Procedure:
    if problems:
        raise LawFileError(problems)
    main_source, main = sources[0]
    head = main.get("procedure")
    table = Table(head if isinstance(head, dict) else {}, main_source, "procedure", 0, problems)
    without, own = set(table.words("without")), len(table.words("own"))
    unknown_tables(sources, problems)
    records = {header: gather(sources, header, reader, problems, without, own) for header, reader in READERS.items()}
    for entry in sorted(without):
        table.problem("without", f"{entry!r} names nothing that is included")
    bindings = _by_id(records["binding"])
    acts = bind_roles(amended(records["transition"], sources, problems), bindings)
    here = Concordance(sources, problems)
    procedure = Procedure(
        id=table.word("id"),
        edition=table.word("edition"),
        title=table.text("title"),
        basis=table.words("basis", required=True),
        side=table.flag("side"),
        several=table.flag("several"),
        in_force_to=table.maybe_word("in_force_to"),
        sha256=content_hash(sources),
        files=tuple((source.name, source.text) for source, _ in sources),
        ages=_read_ages(table),
        transitions=tuple(here.act(act) for act in acts),
        bindings=bindings,
        bodies=_by_id(records["body"]),
        roles=_by_id(here.role(role) for role in records["role"]),
        facts=_by_id(here.fact(fact) for fact in records["fact"]),
        guards=_by_id(here.guard(guard) for guard in records["guard"]),
        limits=_by_id(here.limit(limit) for limit in records["deadline"]),
        states=_by_id(records["state"]),
    )
    here.close()
    table.any("include")
    table.done()
    where = [source for source, _ in (sources[0], *sources[len(sources) - own :], *sources[1 : len(sources) - own])]
    problems.extend(check_procedure(procedure, where, forms=forms, policies=policies))
    if problems:
        raise LawFileError(problems)
    return procedure


def _read_ages(table: Table) -> Ages | None:
    """Read `ages = { since = 12, below = 18, basis = "…" }`."""
    raw = table.mapping("ages")
    if raw is None:
        return None
    since, below, basis = raw.get("since"), raw.get("below"), raw.get("basis")
    whole = isinstance(below, int | None) and not set(raw) - {"since", "below", "basis"}
    if whole and isinstance(since, int) and isinstance(basis, str):
        return Ages(since, None if below is None else int(str(below)), basis)
    table.problem("ages", "needs { since = full years, below = full years or nothing, basis = article }")
    return None


def _read_policy(table: Table, source: Source) -> Policy:
    policy = Policy(
        id=table.word("id"),
        question=table.text("question"),
        default=table.word("default"),
        values=read_choices(table, "values"),
        basis=table.word("basis"),
        decided_by=table.word("decided_by"),
        decided_on=table.word("decided_on"),
        reason=table.text("reason"),
    )
    if policy.default not in {choice.id for choice in policy.values}:
        table.problem("default", f"{policy.default!r} is none of the values ({source.name})")
    return policy


def _read_with_includes(path: Path, problems: list[LawProblem]) -> _Sources:
    source, raw = read_toml(path, problems)
    head = raw.get("procedure")
    lists = [(key, head.get(key, [])) for key in ("include", "own")] if isinstance(head, dict) else []
    if not isinstance(head, dict) and not problems:
        problems.append(LawProblem(source.name, 1, "procedure", "is missing: every file of law starts with it"))
    sources = [(source, raw)]
    for key, name in ((key, name) for key, names in lists if isinstance(names, list) for name in names):
        included = path.parent / str(name)
        if included.is_file():
            sources.append(read_toml(included, problems))
        else:
            line = source.line_of("procedure", 0, key)
            problems.append(LawProblem(source.name, line, f"procedure.{key}", f"no such file: {name}"))
    return sources


def _by_id(records: Iterable[N]) -> Mapping[str, N]:
    return MappingProxyType({record.id: record for record in records})


__all__ = [
    "LawFileError",
    "LawProblem",
    "load_policies",
    "load_procedure",
    "load_procedures",
    "parse_procedure",
]
