"""`hoso storage`: what this object store really does."""

from __future__ import annotations

import click

from api.config import settings_from_environment
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
