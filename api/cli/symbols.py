"""`hoso org symbol`: what the papers of a body bear after their number, from which day on."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from api.cli.bodies import body_of
from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.bodies.access import actor_of
from dossiers.bodies.queries import account_named
from dossiers.bodies.validity import day_of
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.symbols import set_symbol, symbols_of
from storage.database import open_database


@click.group("symbol")
def symbol() -> None:
    """Symbols that bodies choose for their papers."""


@symbol.command("set")
@click.argument("code")
@click.argument("form")
@click.argument("pattern")
@click.option("--by", "username", required=True, help="Account of the body's head or of an administrator.")
@click.option("--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="First day; today otherwise.")
def set_command(code: str, form: str, pattern: str, username: str, valid_from: datetime | None) -> None:
    """Let papers of FORM that the body CODE issues bear PATTERN ({year} is the year of issue)."""
    at = datetime.now(UTC)
    first = valid_from.date() if valid_from else day_of(at)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            account = account_named(session, username)
            if account is None:
                raise click.ClickException(f"no account {username}")
            actor, body = actor_of(session, account, on=day_of(at)), body_of(session, code, at)
            set_symbol(session, official_catalogue(), body, form, pattern, valid_from=first, actor=actor, at=at)
    finally:
        database.dispose()
    click.echo(f"{code} {form}: {pattern} from {first}")


@symbol.command("list")
@click.argument("code")
@json_option
def list_command(code: str, *, as_json: bool) -> None:
    """List the symbols that the body CODE chose; every other form bears that of the catalogue."""
    database = open_database(settings_from_environment().database_url)
    try:
        with database.reading() as session:
            rows = [
                {"form": each.form, "pattern": each.pattern, "from": each.valid_from.isoformat()}
                for each in symbols_of(session, body_of(session, code, datetime.now(UTC)))
            ]
    finally:
        database.dispose()
    show(rows, as_json=as_json, lines=[f"{row['form']}: {row['pattern']} from {row['from']}" for row in rows])
