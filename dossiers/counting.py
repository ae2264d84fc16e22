"""Takes a row that must be there once: created by the first caller, locked by whoever holds it (numbers, claims)."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.database import Base

C = TypeVar("C", bound=Base)


def locked_counter(session: Session, query: Select[C], new: C) -> C:
    """Return the counter that `query` names, locked; the first caller creates it, racing ones wait for it."""
    counter = session.scalars(query.with_for_update()).one_or_none()
    if counter is not None:
        return counter
    try:
        with session.begin_nested():
            session.add(new)
    except IntegrityError:
        return session.scalars(query.with_for_update()).one()
    return new
