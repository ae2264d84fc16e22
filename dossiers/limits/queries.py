"""Reads limits and alarms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from dossiers.limits.models import Alarm, Deadline
from workflow.predicates import OpenLimit


def limits_of(session: Session, dossier_id: UUID) -> Sequence[Deadline]:
    """Return every limit of a dossier, running ones first, then the soonest end."""
    rows = session.scalars(select(Deadline).where(Deadline.dossier_id == dossier_id)).all()
    return sorted(
        rows,
        key=lambda row: (row.state != "running", row.due_at is None, row.due_at or row.started_at, row.started_seq),
    )


def limits_as_guards_see_them(session: Session, dossier_id: UUID) -> dict[str, OpenLimit]:
    """Return the latest limit of each rule; a guard may ask for one that ran out long ago."""
    rows = session.scalars(
        select(Deadline).where(Deadline.dossier_id == dossier_id).order_by(Deadline.started_seq, Deadline.started_at)
    )
    return {
        row.rule: OpenLimit(row.started_at, row.due_at, row.opens_at, running=row.state == "running")
        for row in rows
        if row.state != "superseded"
    }


def limit(session: Session, deadline_id: UUID) -> Deadline | None:
    """Return one limit."""
    return session.get(Deadline, deadline_id)


def counts_around(session: Session, row: Deadline) -> tuple[list[Deadline], list[Deadline]]:
    """Return the counts that led to `row` and those that came after it, each in the order they were made."""
    query = select(Deadline).where(Deadline.dossier_id == row.dossier_id).order_by(Deadline.started_seq)
    rows = {each.id: each for each in session.scalars(query)}
    later: list[Deadline] = []
    following = row.superseded_by_id
    while following is not None and following in rows:
        later.append(rows[following])
        following = later[-1].superseded_by_id
    earlier: list[Deadline] = []
    wanted = {row.id}
    while found := [each for each in rows.values() if each.superseded_by_id in wanted]:
        earlier, wanted = found + earlier, {each.id for each in found}
    return earlier, later


def standing_alarms(session: Session, dossier_id: UUID) -> Sequence[Alarm]:
    """Return the alarms that nobody has dealt with yet, the oldest first."""
    query = select(Alarm).where(Alarm.dossier_id == dossier_id, Alarm.resolved_at.is_(None)).order_by(Alarm.raised_at)
    return session.scalars(query).all()


def run_out(session: Session, *, at: datetime, limit_rows: int = 200) -> Sequence[UUID]:
    """Return dossiers with a running limit whose end has come and was not seen to yet, the longest overdue first."""
    query = (
        select(Deadline.dossier_id)
        .where(Deadline.state == "running", Deadline.due_at <= at, Deadline.expiry_seen_at.is_(None))
        .group_by(Deadline.dossier_id)
        .order_by(func.min(Deadline.due_at))
        .limit(limit_rows)
    )
    return session.scalars(query).all()


def due_dossiers(before: datetime) -> Select[UUID]:
    """Return the ids of dossiers with a running limit that ends before a moment."""
    return select(Deadline.dossier_id).where(Deadline.state == "running", Deadline.due_at < before)


def urgency_order(dossier_id: InstrumentedAttribute[UUID]) -> tuple[ColumnElement[Any], ...]:
    """Return what sorts dossiers by urgency: standing alarms first, then the soonest end of a running limit."""
    alarm = exists().where(Alarm.dossier_id == dossier_id, Alarm.resolved_at.is_(None))
    due = (
        select(func.min(Deadline.due_at))
        .where(Deadline.dossier_id == dossier_id, Deadline.state == "running")
        .scalar_subquery()
    )
    return alarm.desc(), due.is_(None), due
