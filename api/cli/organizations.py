"""`hoso org`: bodies and administrative units."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.bodies.importing import import_admin_units, import_organizations
from storage.database import open_database


@click.group()
def org() -> None:
    """Bodies."""


@org.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_context
def import_file(context: click.Context, file: Path, *, as_json: bool) -> None:
    """Import organizations from a CSV file: all of it, or nothing and every problem by line."""
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session, file.open(encoding="utf-8", newline="") as stream:
            import_admin_units(session, at=datetime.now(UTC))
            report = import_organizations(session, stream, at=datetime.now(UTC))
    finally:
        database.dispose()
    problems = [{"line": each.line, "reason": each.reason.vi} for each in report.problems]
    lines = [f"{file.name}:{each['line']}: {each['reason']}" for each in problems]
    lines.append(f"{report.created} created, {report.updated} updated, {len(problems)} problems")
    value = {"created": report.created, "updated": report.updated, "problems": problems}
    show(value, as_json=as_json, lines=lines)
    if problems:
        context.exit(1)
