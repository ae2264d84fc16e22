"""What "valid on a day" means: from `valid_from` on, up to the day before `valid_to`.

Never reads a clock: the day is always stated.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ColumnElement, or_

from dossiers.bodies.models import AdminUnit, Jurisdiction, Membership, Organization
from workflow.certificates import VIETNAM

Dated = AdminUnit | Jurisdiction | Membership | Organization


def valid_on(table: type[Dated], on: date) -> ColumnElement[bool]:
    """Return the condition that a row of `table` holds on a day."""
    return (table.valid_from <= on) & or_(table.valid_to.is_(None), table.valid_to > on)


def is_valid(row: Dated, on: date) -> bool:
    """Say whether one row holds on a day."""
    return row.valid_from <= on and (row.valid_to is None or row.valid_to > on)


def day_of(moment: datetime) -> date:
    """Return the day it is in Việt Nam at a point in time."""
    return moment.astimezone(VIETNAM).date()
