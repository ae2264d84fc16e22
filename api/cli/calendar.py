"""`hoso calendar`: the working days, and what a decision has changed since the release."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.policies import add_decreed_day, decreed_days
from storage.database import open_database
from workflow.calendar import load_calendar


@click.group()
def calendar() -> None:
    """Look at the working days."""


@calendar.command("show")
@click.argument("year", type=int)
@json_option
def show_calendar(year: int, *, as_json: bool) -> None:
    """Show the days off and the make-up working days of a year."""
    database = open_database(settings_from_environment().database_url)
    try:
        with database.reading() as session:
            found = load_calendar(decreed_days(session)).year(year)
    finally:
        database.dispose()
    rows = [day.plain() for day in found.days]
    lines = [f"{year}: {found.working_days} working days{'' if found.announced else ' (provisional)'}"]
    lines += [
        f"{day.date} {'work' if day.working else 'off '} {day.reason.vi}{' (provisional)' if day.provisional else ''}"
        for day in found.days
    ]
    value = {"year": year, "announced": found.announced, "working_days": found.working_days, "days": rows}
    show(value, as_json=as_json, lines=lines)


@calendar.command("add")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--off", "kind", flag_value="off", help="The day becomes a day off.")
@click.option("--work", "kind", flag_value="work", help="The day is worked to make up for another.")
@click.option("--decision", required=True, help="Number and date of the decision.")
def add_day(day: datetime, kind: str | None, decision: str) -> None:
    """Record a day that a decision set; certificates already stored stay as they were counted."""
    if kind is None:
        raise click.UsageError("say --off or --work")
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            add_decreed_day(session, day.date(), kind, decision, at=datetime.now(UTC))
    finally:
        database.dispose()
    click.echo(f"{day.date()}: {kind} ({decision})")
