"""`hoso forms`: the official forms."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import click

from api.cli.output import json_option, show
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.lint import lint_templates
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values


@click.group()
def forms() -> None:
    """List, lint, render and sample the forms."""


@forms.command("list")
@json_option
def list_forms(*, as_json: bool) -> None:
    """List every document of the catalogue."""
    rows = [
        {
            "form": each.form_id,
            "number": each.number,
            "title": each.title.vi,
            "from": each.valid_from.isoformat(),
            "to": each.valid_to.isoformat() if each.valid_to else None,
            "template": each.template,
            "mark": each.mark,
            "unverified": each.unverified,
        }
        for each in official_catalogue().forms()
    ]
    lines = [
        f"{row['form']:<12} {row['from']}  {'docx' if row['template'] else '-   '}  {row['title']}" for row in rows
    ]
    show(rows, as_json=as_json, lines=lines)


@forms.command("lint")
@click.pass_context
def lint(context: click.Context) -> None:
    """Check every template; exit 1 with file, paragraph and reason of each fault."""
    problems = lint_templates(official_catalogue())
    for problem in problems:
        click.echo(f"{problem.file}: {problem.paragraph}: {problem.reason}", err=True)
    if problems:
        context.exit(1)
    click.echo("ok")


@forms.command("sample")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True)
def sample(out: Path) -> None:
    """Write every form filled with fictitious values, as ID@EDITION.docx."""
    catalogue = official_catalogue()
    out.mkdir(parents=True, exist_ok=True)
    for form in catalogue.forms():
        if form.template is not None:
            target = out / f"{form.form_id}@{form.valid_from}.docx"
            target.write_bytes(render_form(catalogue, form, sample_values(catalogue, form)))
            click.echo(str(target))


@forms.command("render")
@click.argument("form")
@click.option("--data", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True)
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="Day of issue; today otherwise.")
def render(form: str, data: Path, out: Path, on: datetime | None) -> None:
    """Render one form from a JSON file of values."""
    catalogue = official_catalogue()
    day: date = on.date() if on else datetime.now(UTC).date()
    values = json.loads(data.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise click.BadParameter("the data file must hold one JSON object")
    out.write_bytes(render_form(catalogue, catalogue.form(form, day), values))
    click.echo(str(out))
