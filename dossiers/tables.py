"""Imports every room that has tables, so that `Base.metadata` is whole for migrations and checks."""

from __future__ import annotations

from sqlalchemy import MetaData

from storage.database import Base


def metadata() -> MetaData:
    """Return the description of every table."""
    return Base.metadata
