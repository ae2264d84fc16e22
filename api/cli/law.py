"""`hoso law`, `hoso deadline`, `hoso calendar`, `hoso term`: the law as the program reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from api.cli.calendar import calendars_of_this_house
from api.cli.output import json_option, show
from api.comparing import difference_json, names_for
from api.presenting import procedure_json
from dossiers.papers.catalogue_files import official_catalogue
from workflow.calendar import CalendarUnknownError, load_calendar
from workflow.canonical import canonical_json, read_value
from workflow.certificates import VIETNAM
from workflow.deadlines import verify
from workflow.diagram.bpmn import bpmn
from workflow.diagram.graph import Highlight, Step
from workflow.diagram.mermaid import mermaid
from workflow.diagram.svg import swim_lanes
from workflow.diagram.wording import Language
from workflow.difference import compare, sentence
from workflow.effects import start_limit
from workflow.loader import load_policies, load_procedures
from workflow.model import Limit, Procedure, Transition
from workflow.predicates import Situation
from workflow.proven import with_proofs
from workflow.statements import Interval, TermStatement
from workflow.term import compute_term, verify_term

DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def law() -> None:
    """Look at procedures."""


@law.command("list")
@click.option("--on", type=DAY, help="Only editions in force on this day.")
@json_option
def list_law(on: datetime | None, *, as_json: bool) -> None:
    """List the procedure editions."""
    day = on.date().isoformat() if on else None
    shipped = with_proofs(load_procedures(), load_policies())
    editions = [each for each in shipped if day is None or _in_force(each, day)]
    rows = [
        {
            "id": each.id,
            "edition": each.edition,
            "in_force_to": each.in_force_to,
            "title": each.title.vi,
            "states": len(each.states),
            "transitions": len(each.transitions),
            "sha256": each.sha256,
            "proof": each.proof,
        }
        for each in editions
    ]
    lines = [
        f"{each.key}  {len(each.states)} states, {len(each.transitions)} moves, {_proof_line(each)}  {each.title.vi}"
        for each in editions
    ]
    show(rows, as_json=as_json, lines=lines)


def _proof_line(procedure: Procedure) -> str:
    return f"proof {procedure.proof['sha256'][:12]}" if procedure.proof else "NOT PROVEN"


@law.command("check")
def check_law() -> None:
    """Read every file of law; exit 1 with file, line, key and reason of each mistake."""
    catalogue = official_catalogue()
    for each in load_procedures(forms=[edition.form_id for edition in catalogue.forms()]):
        click.echo(f"{each.key}: {len(each.states)} states, {len(each.transitions)} moves, {len(each.limits)} limits")


@law.command("show")
@click.argument("procedure")
@click.option("--svg", "shape", flag_value="svg", help="Print swim lanes: bodies by phases, as SVG.")
@click.option("--mermaid", "shape", flag_value="mermaid", help="Print a Mermaid state diagram.")
@click.option("--bpmn", "shape", flag_value="bpmn", help="Print BPMN 2.0 XML.")
@click.option("--language", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Of the picture.")
@click.option(
    "--step", "steps", multiple=True, help="STATE:TRIGGER, a step of a path that the SVG points out; in order."
)
@click.option("--current", help="STATE where the path stands now.")
@click.option("--story", is_flag=True, help="Only the path and what can come next.")
@json_option
def show_law(
    procedure: str,
    shape: str | None,
    language: Language,
    steps: tuple[str, ...],
    current: str | None,
    *,
    story: bool,
    as_json: bool,
) -> None:
    """Show one edition (ID or ID@EDITION): states, moves, limits, or a picture of it."""
    found = find_procedure(procedure)
    if (steps or current or story) and shape != "svg":
        raise click.UsageError("--step, --current and --story belong to --svg")
    if shape == "svg":
        way = Highlight(tuple(_step(found, step) for step in steps), current and _state(found, current))
        click.echo(swim_lanes(found, way, story=story, language=language), nl=False)
    elif shape is not None:
        click.echo({"mermaid": mermaid, "bpmn": bpmn}[shape](found, language=language), nl=False)
    else:
        _show_words(found, as_json=as_json)


def _show_words(found: Procedure, *, as_json: bool) -> None:
    lines = [f"{found.key}: {found.title.vi}", f"  {', '.join(found.basis)}", f"  sha256 {found.sha256}", ""]
    for state in found.states.values():
        lines.append(f"{state.code:>6} {state.id}: {state.title.vi} [{state.holder}, {state.person}]")
        lines += [_move_line(each, state.id) for each in found.by_source[state.id]]
    show(procedure_json(found), as_json=as_json, lines=lines)


def _step(procedure: Procedure, text: str) -> Step:
    state, _, trigger = text.partition(":")
    if trigger not in procedure.by_trigger:
        raise click.BadParameter(f"{text} is not STATE:TRIGGER of {procedure.key}")
    return Step(_state(procedure, state), trigger)


def _state(procedure: Procedure, name: str) -> str:
    if name not in procedure.states:
        raise click.BadParameter(f"{procedure.key} has no state {name}")
    return name


@law.command("diff")
@click.argument("old")
@click.argument("new")
@json_option
def diff_law(old: str, new: str, *, as_json: bool) -> None:
    """Say how edition NEW differs from edition OLD (each ID or ID@EDITION), in words."""
    before, after = find_procedure(old), find_procedure(new)
    changes = compare(before, after, names=names_for(official_catalogue(), load_policies(), load_procedures()))
    said = [sentence(each) for each in changes]
    lines = [f"{before.key} → {after.key}: {len(changes)}", *(f"- {text.vi}\n  {text.en}" for text in said)]
    show(difference_json(before, after, changes), as_json=as_json, lines=lines)


class _RuleGroup(click.Group):
    """Lets `hoso deadline T-READ3 --start …` stand beside `hoso deadline verify FILE`."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return `verify`, or a command that counts the rule of that name."""
        found = super().get_command(ctx, cmd_name)
        return found if found is not None else _counting_command(cmd_name)


deadline = _RuleGroup("deadline", help="Count a limit and print its certificate (JSON), or verify one.")


def _counting_command(rule: str) -> click.Command:
    @click.command(rule)
    @click.option("--start", required=True, help="ISO instant with a zone; a day counts as its first hour.")
    @click.option("--edition", help="Edition of the law (a date); the latest otherwise.")
    @click.option("--fact", "facts", multiple=True, help="NAME=VALUE, for limits that have cases.")
    @click.option("--suspended", multiple=True, help="FROM:TO, for limits that the law suspends.")
    def count_rule(start: str, edition: str | None, facts: tuple[str, ...], suspended: tuple[str, ...]) -> None:
        """Print the certificate of a limit."""
        limit = _find_limit(rule, edition)
        moment = _instant(start)
        stated: dict[str, Any] = dict(_pair(fact) for fact in facts)
        if limit.from_fact is not None:
            stated.setdefault(limit.from_fact, moment.isoformat())
        if suspended:
            limit = replace(limit, suspended_by=limit.suspended_by or "-")
            stated[str(limit.suspended_by)] = tuple(tuple(_interval(text).plain().values()) for text in suspended)
        policies = {policy.id: policy.default for policy in load_policies().values()}
        situation = Situation(state="-", facts=stated, occurred_at=moment, policies=policies)
        try:
            started = start_limit(limit, situation, calendars_of_this_house()[0])
        except (CalendarUnknownError, ValueError) as fault:
            raise click.ClickException(f"{rule}: {fault}") from fault
        if started.certificate is None:
            raise click.ClickException(f"{rule}: the law gives no number to count")
        click.echo(json.dumps(json.loads(started.certificate.to_json()), ensure_ascii=False, indent=2))

    return count_rule


@deadline.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_context
def verify_file(context: click.Context, file: Path) -> None:
    """Recount a certificate or a term statement, or a JSON list of them, offline; exit 1 when anything differs."""
    differences = _differences(file.read_bytes())
    for difference in differences:
        click.echo(difference, err=True)
    if differences:
        context.exit(1)
    click.echo("ok")


def _differences(data: bytes) -> list[str]:
    """Return what is wrong with every paper of a file; each certificate is counted under the calendar it names."""
    try:
        read = read_value(data)
    except (ValueError, RecursionError) as fault:
        return [f"không đọc được / the file cannot be read: {fault}"]
    papers = read if isinstance(read, list) else [read]
    shipped, found = load_calendar(), [] if papers else ["không có chứng thư nào / the file holds no paper"]
    named = {paper.get("calendar_revision") for paper in papers if isinstance(paper, dict)} - {None, shipped.revision}
    known = {each.revision: each for each in calendars_of_this_house()} if named else {}
    for paper in papers:
        text, is_statement = canonical_json(paper), isinstance(paper, dict) and "inputs" in paper
        revision = paper.get("calendar_revision") if isinstance(paper, dict) else None
        found += verify_term(text) if is_statement else verify(text, known.get(str(revision), shipped))
    return found


@click.command()
@click.option("--months", type=int, required=True)
@click.option("--intake", type=DAY, required=True)
@click.option("--hold", "holds", multiple=True, help="FROM:TO")
@click.option("--excluded", multiple=True, help="FROM:TO")
@click.option("--policy", "policies", multiple=True, help="ID=VALUE")
def term(
    months: int, intake: datetime, holds: tuple[str, ...], excluded: tuple[str, ...], policies: tuple[str, ...]
) -> None:
    """Compute the end of a term and print every step (JSON)."""
    defaults = {policy.id: policy.default for policy in load_policies().values()}
    try:
        statement: TermStatement = compute_term(
            months,
            intake.date(),
            holds=[_interval(text) for text in holds],
            excluded=[_interval(text) for text in excluded],
            policies={**defaults, **dict(_pair(text) for text in policies)},
        )
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(json.dumps(json.loads(statement.to_json()), ensure_ascii=False, indent=2))


def find_procedure(name: str) -> Procedure:
    """Return the edition that ID or ID@EDITION names, the latest for an id alone."""
    fitting = [each for each in load_procedures() if name in (each.id, each.key)]
    if not fitting:
        raise click.ClickException(f"no procedure {name}")
    return max(fitting, key=lambda each: each.edition)


def _move_line(move: Transition, state: str) -> str:
    where = state if move.dest == "=" else move.dest
    return f"         → {move.trigger} → {where}  ({', '.join(move.actor)}; {move.basis} [{move.confidence.mark}])"


def _in_force(procedure: Procedure, day: str) -> bool:
    return procedure.edition <= day and (procedure.in_force_to is None or day <= procedure.in_force_to)


def _find_limit(rule: str, edition: str | None) -> Limit:
    editions = [each for each in load_procedures() if edition is None or each.edition == edition]
    for procedure in sorted(editions, key=lambda each: each.edition, reverse=True):
        if rule in procedure.limits:
            return procedure.limits[rule]
    raise click.UsageError(f"no limit {rule}")


def _instant(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as bad:
        raise click.BadParameter(f"{text} is no ISO day or instant") from bad
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=VIETNAM)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text} is not NAME=VALUE")
    return name, value


def _interval(text: str) -> Interval:
    first, _, last = text.partition(":")
    try:
        return Interval(date.fromisoformat(first), date.fromisoformat(last) if last else None)
    except ValueError as bad:
        raise click.BadParameter(f"{text} is not FROM:TO") from bad
