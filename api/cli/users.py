"""`hoso user`: accounts, offices, tokens."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.config import settings_from_environment
from dossiers.bodies.models import Account, Organization
from dossiers.bodies.operations import add_account, close_account, grant_membership, issue_token, reset_password
from dossiers.bodies.queries import account_named
from dossiers.bodies.validity import day_of, valid_on
from storage.database import open_database

PASSWORD = click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="Asked when absent.")


@click.group()
def user() -> None:
    """Accounts and their offices."""


@user.command("add")
@click.argument("username")
@click.option("--name", required=True, help="Full name.")
@click.option("--rank", default="", help="Rank printed above the name (police).")
@click.option("--role", required=True, help="Office, as the procedure names it (CAX_HEAD …).")
@click.option("--body", "code", required=True, help="Code of the organization.")
@click.option(
    "--from", "valid_from", type=click.DateTime(["%Y-%m-%d"]), help="First day of the office; today otherwise."
)
@PASSWORD
def add(username: str, name: str, rank: str, role: str, code: str, valid_from: datetime | None, password: str) -> None:
    """Add an account with one office."""
    at = datetime.now(UTC)
    first = valid_from.date() if valid_from else day_of(at)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            account = add_account(session, username, name, password, rank=rank, at=at)
            grant_membership(session, account, _body(session, code, first), role, valid_from=first, at=at)
    finally:
        database.dispose()
    click.echo(f"{username}: {role} @ {code}")


@user.command("grant")
@click.argument("username")
@click.option("--role", required=True)
@click.option("--body", "code", required=True)
def grant(username: str, role: str, code: str) -> None:
    """Give an account one more office from today."""
    at = datetime.now(UTC)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            body = _body(session, code, day_of(at))
            grant_membership(session, _account(session, username), body, role, valid_from=day_of(at), at=at)
    finally:
        database.dispose()
    click.echo(f"{username}: {role} @ {code}")


@user.command("password")
@click.argument("username")
@PASSWORD
def password(username: str, password: str) -> None:
    """Set a new password and end all sessions."""
    at = datetime.now(UTC)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            reset_password(session, _account(session, username), password, at=at)
    finally:
        database.dispose()
    click.echo("ok")


@user.command("close")
@click.argument("username")
def close(username: str) -> None:
    """Close an account; its past stays."""
    at = datetime.now(UTC)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            close_account(session, _account(session, username), at=at)
    finally:
        database.dispose()
    click.echo("ok")


@user.command("token")
@click.argument("username")
@click.option("--label", default="cli")
@click.option("--days", default=90, show_default=True)
def token(username: str, label: str, days: int) -> None:
    """Issue a bearer token; it is shown this once."""
    at = datetime.now(UTC)
    database = open_database(settings_from_environment().database_url)
    try:
        with database.transaction() as session:
            made = issue_token(session, _account(session, username), label, at=at, days=days)
    finally:
        database.dispose()
    click.echo(made)


def _account(session: Session, username: str) -> Account:
    account = account_named(session, username)
    if account is None:
        raise click.ClickException(f"no account {username}")
    return account


def _body(session: Session, code: str, on: date) -> Organization:
    query = select(Organization).where(Organization.code == code, valid_on(Organization, on))
    body = session.scalars(query).one_or_none()
    if body is None:
        raise click.ClickException(f"no organization {code} on {on}")
    return body
