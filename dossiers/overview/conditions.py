"""Whether a dossier, limit, alarm or custody interval belongs to a figure: one place for the figure and its list."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from dossiers.custody.models import CustodyInterval
from dossiers.files.models import DossierParty
from dossiers.limits.models import Alarm, Deadline
from workflow.model import Limit
from workflow.vocabulary import LimitKind, Person

#: Kinds of limits that somebody can be late for.
_DUTIES: Final = frozenset((LimitKind.MAXIMUM, LimitKind.WINDOW, LimitKind.RECURRING))
#: Where somebody is held under the title of a dossier.
HELD: Final = tuple(kind.value for kind in Person if kind.deprived_of_liberty)


def is_duty(limit: Limit) -> bool:
    """Say whether somebody can be late for a limit."""
    return limit.kind in _DUTIES and limit.duty


def overdue(at: datetime) -> ColumnElement[bool]:
    """Return the condition that a limit has run out and nobody has done what it asks for."""
    return and_(Deadline.state == "running", Deadline.due_at <= at)


def owner_of_limit() -> ColumnElement[bool]:
    """Return the condition that a party fills the place whose act stops a limit."""
    return and_(
        DossierParty.dossier_id == Deadline.dossier_id,
        DossierParty.body == Deadline.owner_body,
        DossierParty.until_seq.is_(None),
    )


def standing() -> ColumnElement[bool]:
    """Return the condition that an alarm was not dealt with."""
    return Alarm.resolved_at.is_(None)


def held_now() -> ColumnElement[bool]:
    """Return the condition that somebody is held under an interval now."""
    return and_(CustodyInterval.to_at.is_(None), CustodyInterval.kind.in_(HELD))


def without_paper() -> ColumnElement[bool]:
    """Return the condition that the paper of the title is not on file."""
    return or_(CustodyInterval.instrument.is_(None), CustodyInterval.paper_id.is_(None))


def holes() -> Select[tuple[object, object]]:
    """Return dossier and holder of each custody interval that ended before the next began, or before anything did."""
    following = func.lead(CustodyInterval.from_at).over(
        partition_by=CustodyInterval.dossier_id, order_by=(CustodyInterval.from_seq, CustodyInterval.from_at)
    )
    ordered = select(
        CustodyInterval.dossier_id,
        CustodyInterval.holder_id,
        CustodyInterval.kind,
        CustodyInterval.to_at,
        following.label("next_at"),
    ).subquery()
    ended = ordered.c.to_at.is_not(None)
    hole = or_(ordered.c.next_at.is_(None), ordered.c.next_at > ordered.c.to_at)
    return select(ordered.c.dossier_id, ordered.c.holder_id).where(ordered.c.kind.in_(HELD), ended, hole)
