"""`hoso law migrate`: bring open dossiers from one edition of their procedure to the next, or look where they would go.

A command line trusts whoever may run it; `--by` names who stands behind a plan, and two different people must.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.files.editions import load_law
from dossiers.files.models import Dossier
from dossiers.moves import migrate_edition
from dossiers.moves.migrate_edition import Done, items_of, plan_to_change
from dossiers.moves.models import MigrationPlan
from dossiers.moves.outlooks import LimitChange, Outlook, Rulebook, choices_of
from dossiers.papers.catalogue_files import official_catalogue
from storage.database import Database, open_database
from workflow.certificates import VIETNAM
from workflow.changeover import Crossing
from workflow.changeover_reading import load_changeovers
from workflow.refusals import Reason


@dataclass(frozen=True, slots=True)
class Options:
    """What was given on the command line, besides the mode."""

    from_key: str | None
    to_key: str | None
    by: str | None
    approve_by: str | None
    reason: str | None
    dossier: str | None
    decide: str | None
    at: datetime

    def needed(self, *names: str) -> list[str]:
        """Return the values of options that the mode cannot do without; raises UsageError."""
        missing = [name for name in names if getattr(self, name) is None]
        if missing:
            raise click.UsageError(f"give {', '.join(_shown(name) for name in missing)}")
        return [str(getattr(self, name)) for name in names]


#: What each mode cannot do without.
_NEEDED = {
    "dry_run": ("from_key", "to_key"),
    "propose": ("from_key", "to_key", "by", "reason"),
    "approve": ("by",),
    "undo": ("by", "approve_by", "reason"),
}


@click.command("migrate")
@click.argument("from_key", metavar="[FROM]", required=False)
@click.argument("to_key", metavar="[TO]", required=False)
@click.option("--dry-run", is_flag=True, help="Show where every open dossier under FROM would go; writes nothing.")
@click.option("--propose", is_flag=True, help="Keep that as a plan; prints its id.  Needs --by and --reason.")
@click.option("--approve", type=click.UUID, metavar="PLAN", help="Approve a plan, as somebody else than its proposer.")
@click.option("--apply", type=click.UUID, metavar="PLAN", help="Do what an approved plan says; may be run again.")
@click.option("--undo", type=click.UUID, metavar="PLAN", help="Take it back.  Needs --by, --approve-by and --reason.")
@click.option("--show", "look", type=click.UUID, metavar="PLAN", help="Show a plan and what became of each dossier.")
@click.option("--by", metavar="LOGIN", help="Who proposes, approves or takes back.")
@click.option("--approve-by", metavar="LOGIN", help="Who approves the taking back.")
@click.option("--reason", help="Why; kept with the plan and in every diary entry.")
@click.option("--dossier", metavar="NUMBER", help="Only this dossier; with --propose, a decision about it.")
@click.option("--decide", metavar="stay|STATE", help="With --propose --dossier: what people decided for it.")
@click.option("--on", "on", metavar="INSTANT", help="With --dry-run: the moment to judge at; now otherwise.")
@json_option
@click.pass_context
def migrate_law(context: click.Context, /, **given: Any) -> None:  # noqa: ANN401 - what the options above say
    """Bring open dossiers from edition FROM to edition TO (ID@EDITION): plan, approve, apply, take back.

    Exit 1 when a dossier of the plan was not changed, or not taken back.
    """
    modes = ("dry_run", "propose", "approve", "apply", "undo", "look")
    chosen = [mode for mode in modes if given[mode]]
    if len(chosen) != 1:
        raise click.UsageError("give exactly one of --dry-run, --propose, --approve, --apply, --undo, --show")
    mode, plan_id = chosen[0], given[chosen[0]]
    if given["on"] is not None and mode != "dry_run":
        raise click.UsageError("--on is for --dry-run: what is written is written now")
    names = ("from_key", "to_key", "by", "approve_by", "reason", "dossier", "decide")
    options = Options(**{name: given[name] for name in names}, at=_moment(given["on"]))
    options.needed(*_NEEDED.get(mode, ()))
    if (options.dossier is None) != (options.decide is None) and mode == "propose":
        raise click.UsageError("--dossier and --decide go together")
    with _opened() as database:
        match mode:
            case "dry_run":
                value, lines, failed = _dry_run(database, _book(), options)
            case "propose":
                value, lines, failed = _propose(database, _book(), options)
            case "approve":
                value, lines, failed = _approve(database, plan_id, options)
            case "apply":
                done = migrate_edition.apply_plan(database, _book(), plan_id, at=options.at)
                value, lines, failed = _done(done, "applied")
            case "undo":
                value, lines, failed = _undo(database, plan_id, options)
            case _:
                value, lines, failed = _show_plan(database, plan_id)
    show(value, as_json=given["as_json"], lines=lines)
    if failed:
        context.exit(1)


_Said = tuple[Any, list[str], bool]


@contextmanager
def _opened() -> Iterator[Database]:
    database = open_database(settings_from_environment().database_url)
    try:
        yield database
    finally:
        database.dispose()


def _book() -> Rulebook:
    """Return the law and the rules between its editions; raises LawFileError."""
    forms = [edition.form_id for edition in official_catalogue().forms()]
    law = load_law(forms=forms)
    return Rulebook(law, load_changeovers(law.procedures, law.policies, forms=forms))


def _crossing(book: Rulebook, options: Options) -> Crossing:
    from_key, to_key = options.needed("from_key", "to_key")
    return migrate_edition.crossing_between(book.crossings, from_key, to_key)


# --- Looking --------------------------------------------------------------------------------------------------


def _dry_run(database: Database, book: Rulebook, options: Options) -> _Said:
    crossing = _crossing(book, options)
    with database.reading() as session:
        seen = list(migrate_edition.outlooks(session, book, crossing, at=options.at))
        if options.dossier is not None:
            seen = [each for each in seen if each.number == options.dossier]
        rows = [_outlook_json(each) for each in seen]
        if options.dossier is not None:
            for row, each in zip(rows, seen, strict=True):
                dossier = session.get_one(Dossier, each.dossier_id)
                row["choices"] = choices_of(session, book, crossing, dossier, at=options.at)
    states = Counter((each.state, each.way.value, each.landing, _rule(each), _mark(each)) for each in seen)
    totals = [
        {"state": state, "way": way, "landing": landing, "rule": rule, "confidence": mark, "dossiers": count}
        for (state, way, landing, rule, mark), count in sorted(states.items())
    ]
    value = {
        "from": crossing.old.key,
        "to": crossing.new.key,
        "rules_sha256": crossing.changeover.sha256,
        "on": options.at.isoformat(),
        "counts": {"dossiers": len(seen), "noted": sum(each.noted for each in seen), **_ways(seen)},
        "states": totals,
        "dossiers": rows,
    }
    lines = [f"{crossing.changeover.key}: {len(seen)} open dossiers", ""]
    lines += [f"{row['dossiers']:>6}  {_line(row)}  {row['rule']} [{row['confidence']}]" for row in totals]
    for row in rows:
        lines += _outlook_lines(row)
    return value, lines, False


def _line(row: Mapping[str, Any]) -> str:
    return f"{row['state']:<24} {row['way']:<9} {row['landing']:<24}"


def _ways(seen: list[Outlook]) -> dict[str, int]:
    counted = Counter(each.way.value for each in seen)
    return {way: counted[way] for way in ("stays", "switches", "review")}


def _rule(outlook: Outlook) -> str:
    return outlook.rule.id if outlook.rule else "-"


def _mark(outlook: Outlook) -> str:
    return outlook.rule.confidence.mark if outlook.rule else "-"


def _outlook_json(outlook: Outlook) -> dict[str, Any]:
    rule, landed = outlook.rule, outlook.landed
    limits = [*outlook.limits, *(change for side in outlook.sides for change in side.limits)]
    return {
        "number": outlook.number,
        "version": outlook.version,
        "state": outlook.state,
        "way": outlook.way.value,
        "landing": outlook.landing,
        "rule": rule.id if rule else None,
        "text": {"vi": rule.text.vi, "en": rule.text.en} if rule else None,
        "basis": rule.basis if rule else None,
        "confidence": rule.confidence.mark if rule else None,
        "policies": list(rule.policies) if rule else [],
        "noted": outlook.noted,
        "reasons": [_reason_json(reason) for reason in outlook.reasons],
        "limits": [_limit_json(change) for change in limits],
        "missing_papers": [list(forms) for forms in landed.missing] if landed else [],
        "left_behind": list(landed.left_behind) if landed else [],
        "side_machines": [{"name": s.name, "rule": s.rule.id, "landing": s.landed.state} for s in outlook.sides],
    }


def _reason_json(reason: Reason) -> dict[str, Any]:
    return {
        "code": reason.clause,
        "text": {"vi": reason.text.vi, "en": reason.text.en},
        "cure": {"vi": reason.cure.vi, "en": reason.cure.en} if reason.cure else None,
        "basis": reason.basis,
        "policies": list(reason.policies),
    }


def _limit_json(change: LimitChange) -> dict[str, Any]:
    return {
        "fate": change.fate,
        "old": change.old,
        "new": change.new,
        "old_due": change.old_due.isoformat() if change.old_due else None,
        "new_due": change.new_due.isoformat() if change.new_due else None,
    }


def _outlook_lines(row: Mapping[str, Any]) -> list[str]:
    noted = " (đã ghi / noted)" if row["noted"] else ""
    lines = [
        "",
        f"{row['number']} v{row['version']}: {row['state']} {row['way']} {row['landing']} {row['rule']}{noted}",
    ]
    if row["text"] and row["way"] != "review":
        lines.append(f"    {row['text']['vi']} ({row['basis']} [{row['confidence']}])")
    for reason in row["reasons"]:
        cure = f" {reason['cure']['vi']}" if reason["cure"] else ""
        lines.append(f"    {reason['text']['vi']}{cure} ({reason['basis']})")
    for limit in row["limits"]:
        ends = f"{_day(limit['old_due'])} -> {_day(limit['new_due'])}"
        lines.append(f"    {limit['fate']:<9} {limit['old'] or '-'} -> {limit['new'] or '-'}: {ends}")
    if row["missing_papers"]:
        lines.append(f"    thiếu / missing: {', '.join('|'.join(forms) for forms in row['missing_papers'])}")
    if row.get("choices"):
        lines.append(f"    --decide {' | '.join(row['choices'])}")
    return lines


def _day(instant: str | None) -> str:
    return datetime.fromisoformat(instant).astimezone(VIETNAM).strftime("%Y-%m-%d %H:%M") if instant else "-"


# --- Plans ----------------------------------------------------------------------------------------------------


def _propose(database: Database, book: Rulebook, options: Options) -> _Said:
    crossing = _crossing(book, options)
    by, reason = options.needed("by", "reason")
    with database.transaction() as session:
        if options.dossier is not None and options.decide is not None:
            plan = migrate_edition.propose_decision(
                session, book, crossing, options.dossier, options.decide, by=by, reason=reason, at=options.at
            )
        else:
            plan = migrate_edition.propose(session, book, crossing, by=by, reason=reason, at=options.at)
        value = _plan_json(session, plan)
    return value, [value["plan"]], False


def _approve(database: Database, plan_id: UUID, options: Options) -> _Said:
    (by,) = options.needed("by")
    with database.transaction() as session:
        value = _plan_json(session, migrate_edition.approve(session, plan_id, by=by, at=options.at))
    return value, [f"{value['plan']}: {value['state']}"], False


def _undo(database: Database, plan_id: UUID, options: Options) -> _Said:
    by, approved_by, reason = options.needed("by", "approve_by", "reason")
    done = migrate_edition.undo_plan(database, plan_id, by=by, approved_by=approved_by, reason=reason, at=options.at)
    return _done(done, "undone")


def _done(done: list[Done], wanted: str) -> _Said:
    """Return what a run did; it failed where a dossier was not brought to the wanted outcome."""
    left = [each for each in done if each.outcome != wanted]
    value = {
        wanted: len(done) - len(left),
        "left": [{"number": each.number, "outcome": each.outcome, "note": each.note} for each in left],
    }
    lines = [f"{each.number}: {each.outcome}: {each.note}" for each in left]
    return value, [*lines, f"{len(done) - len(left)} {wanted}, {len(left)} left alone"], bool(left)


def _show_plan(database: Database, plan_id: UUID) -> _Said:
    with database.transaction() as session:
        plan = plan_to_change(session, plan_id)
        value = _plan_json(session, plan)
        value["dossiers"] = [
            {
                "number": item.dossier.number,
                "way": item.way,
                "rule": item.rule,
                "landing": item.landing,
                "outcome": item.outcome,
                "entry": item.entry_seq,
                "note": item.note,
            }
            for item in items_of(session, plan.id)
        ]
    lines = [
        f"{name}: {value[name]}" for name in ("plan", "from", "to", "state", "proposed_by", "approved_by", "reason")
    ]
    lines += [
        f"{row['number']} {row['way']:<9} {row['landing']:<24} {': '.join(filter(None, (row['outcome'], row['note'])))}"
        for row in value["dossiers"]
    ]
    return value, lines, False


def _plan_json(session: Session, plan: MigrationPlan) -> dict[str, Any]:
    fresh = session.scalars(select(MigrationPlan).where(MigrationPlan.id == plan.id)).one()
    session.refresh(fresh)
    outcomes = Counter(item.outcome for item in items_of(session, plan.id))
    return {
        "plan": str(fresh.id),
        "from": fresh.from_key,
        "to": fresh.to_key,
        "state": fresh.state,
        "decision": fresh.decision,
        "reason": fresh.reason,
        "proposed_by": fresh.proposed_by.username,
        "approved_by": fresh.approved_by.username if fresh.approved_by else None,
        "undone_by": fresh.undone_by.username if fresh.undone_by else None,
        "undo_approved_by": fresh.undo_approved_by.username if fresh.undo_approved_by else None,
        "undo_reason": fresh.undo_reason,
        "outcomes": dict(sorted(outcomes.items())),
    }


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as bad:
        raise click.BadParameter(f"{text} is no ISO day or instant") from bad
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _shown(name: str) -> str:
    return name.removesuffix("_key").upper() if name.endswith("_key") else f"--{name.replace('_', '-')}"
