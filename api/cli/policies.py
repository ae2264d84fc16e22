"""`hoso policy`: the unsettled points of law, and what was decided on them here."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from api.cli.output import json_option, show
from api.config import settings_from_environment
from dossiers.policies import decide_policy, decided_values
from storage.database import open_database
from workflow.loader import load_policies


@click.group()
def policy() -> None:
    """Unsettled points of law."""


@policy.command("list")
@json_option
def list_policies(*, as_json: bool) -> None:
    """List every question with the value in force and the other values."""
    database = open_database(settings_from_environment().database_url)
    try:
        with database.reading() as session:
            decided = decided_values(session)
    finally:
        database.dispose()
    policies = load_policies().values()
    rows = [
        {
            "id": each.id,
            "question": each.question.vi,
            "value": decided.get(each.id, each.default),
            "default": each.default,
            "values": [choice.id for choice in each.values],
        }
        for each in policies
    ]
    lines = [f"{row['id']:<22} {row['value']:<22} {row['question']}" for row in rows]
    show(rows, as_json=as_json, lines=lines)


@policy.command("decide")
@click.argument("policy_id")
@click.argument("value")
@click.option("--by", "decided_by", required=True, help="Who decided.")
@click.option("--reason", required=True)
def decide(policy_id: str, value: str, decided_by: str, reason: str) -> None:
    """Put another value of a policy in force from now on; earlier certificates keep the one they were counted with."""
    policies = load_policies()
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            decide_policy(
                session, policies, policy_id, value, decided_by=decided_by, reason=reason, at=datetime.now(UTC)
            )
    finally:
        database.dispose()
    click.echo(f"{policy_id} = {value}")
