"""`hoso db` and `hoso audit`: the tables, and whether rows and diaries agree."""

from __future__ import annotations

import click
from sqlalchemy import select

from api.config import settings_from_environment
from dossiers.errors import NotFoundError
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.missing import missing_objects
from dossiers.files.models import Dossier
from dossiers.migrating import differences, make_revision, upgrade
from dossiers.papers.outgoing import register_problems
from storage.database import open_database
from storage.objects import open_store


@click.group()
def db() -> None:
    """Bring the tables forward, or check them."""


@db.command("upgrade")
def upgrade_database() -> None:
    """Bring the database to the newest revision."""
    upgrade(settings_from_environment().database_url)
    click.echo("ok")


@db.command("check")
@click.pass_context
def check_database(context: click.Context) -> None:
    """Say whether tables and models agree; exit 1 when they do not."""
    found = differences(settings_from_environment().database_url)
    if found is not None:
        click.echo(found, err=True)
        context.exit(1)
    click.echo("ok")


@db.command("revision", hidden=True)
@click.argument("message")
def revision(message: str) -> None:
    """Write a migration from the differences (for developers)."""
    make_revision(settings_from_environment().database_url, message)


@click.group()
def audit() -> None:
    """Check that what is stored is what was written."""


@audit.command("verify")
@click.option("--dossier", "number", help="Only the dossier with this number.")
@click.pass_context
def verify(context: click.Context, number: str | None) -> None:
    """Recount every chain, fold every diary, look for every named object and number; exit 1 when anything is wrong."""
    settings = settings_from_environment()
    database, store = open_database(settings.database_url), open_store(settings.storage_url)
    problems: list[str] = []
    try:
        with database.reading() as session:
            query = select(Dossier).order_by(Dossier.number)
            rows = session.scalars(query if number is None else query.where(Dossier.number == number)).all()
            if number is not None and not rows:
                raise NotFoundError
            for row in rows:
                problems += [f"{row.number}: {problem}" for problem in dossier_problems(session, row)]
            if number is None:
                problems += [f"storage: {key} is named but not there" for key in missing_objects(session, store)]
                problems += [f"numbers: {problem}" for problem in register_problems(session)]
    finally:
        database.dispose()
    for problem in problems:
        click.echo(problem, err=True)
    click.echo(f"{len(rows)} dossiers, {len(problems)} problems")
    if problems:
        context.exit(1)
