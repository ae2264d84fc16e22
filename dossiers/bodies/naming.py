"""The names behind ids, for showing a diary or a custody cover.  Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Account, Organization


def names_of(
    session: Session, *, accounts: Iterable[UUID | None], organizations: Iterable[UUID | None]
) -> dict[str, str]:
    """Return the full name of each account and the name of each body by id (text)."""
    people = {each for each in accounts if each is not None}
    bodies = {each for each in organizations if each is not None}
    found = [*session.execute(select(Account.id, Account.full_name).where(Account.id.in_(people)))]
    found += session.execute(select(Organization.id, Organization.name).where(Organization.id.in_(bodies)))
    return {str(key): name for key, name in found}
