"""How commands name a body: by its code, as of a day."""

from __future__ import annotations

from datetime import datetime

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Organization
from dossiers.bodies.validity import day_of, valid_on


def body_of(session: Session, code: str, at: datetime) -> Organization:
    """Return the body that has a code at a moment; a code of nobody is told and ends the command."""
    query = select(Organization).where(Organization.code == code, valid_on(Organization, day_of(at)))
    body = session.scalars(query).one_or_none()
    if body is None:
        raise click.ClickException(f"no organization {code} on {day_of(at)}")
    return body
