"""`hoso storage`: what this object store really does."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import click

from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.evidence.sweeping import ORPHAN_AGE, sweep_orphans
from storage.database import open_database
from storage.objects import open_store
from storage.probe import probe_store


@click.group()
def storage() -> None:
    """Look at the object store."""


@storage.command("probe")
@click.pass_context
def probe(context: click.Context) -> None:
    """Try the store and print what holds (JSON); exit 1 when papers cannot be trusted to it."""
    store = open_store(settings_from_environment().storage_url)
    report = probe_store(store)
    click.echo(report.to_json())
    if not report.usable:
        context.exit(1)


@storage.command("sweep")
@click.option("--dry-run", is_flag=True, help="Count only; remove nothing.")
@json_option
def sweep(*, dry_run: bool, as_json: bool) -> None:
    """Remove objects older than a day that no paper names, and what broken-off uploads left behind."""
    settings = settings_from_environment()
    database, store = open_database(settings.database_url), open_store(settings.storage_url)
    try:
        swept = sweep_orphans(database, store, stored_before=datetime.now(UTC) - ORPHAN_AGE, dry_run=dry_run)
    finally:
        store.close()
        database.dispose()
    found = f"{swept.looked_at} objects, {swept.orphans} without a paper ({swept.orphan_bytes} bytes)"
    show(asdict(swept), as_json=as_json, lines=[f"{found}, {swept.removed + swept.unfinished_removed} removed"])
