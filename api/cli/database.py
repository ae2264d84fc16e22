"""`hoso db`: the tables."""

from __future__ import annotations

import click

from api.config import settings_from_environment
from dossiers.migrating import differences, make_revision, upgrade


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
