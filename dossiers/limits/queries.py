"""Reads limits and alarms."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, defer

from dossiers.limits.models import Alarm, Deadline
from workflow.predicates import OpenLimit


def limits_of(session: Session, dossier_id: UUID) -> Sequence[Deadline]:
    """Return every limit of a dossier, running ones first, then the soonest end; certificates are read when asked."""
    rows = session.scalars(
        select(Deadline).where(Deadline.dossier_id == dossier_id).options(defer(Deadline.certificate))
    ).all()
    return sorted(
        rows,
        key=lambda row: (row.state != "running", row.due_at is None, row.due_at or row.started_at, row.started_seq),
    )


def limits_as_guards_see_them(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, OpenLimit]]:
    """Return, by dossier, the latest limit of each rule; a guard may ask for one that ran out long ago."""
    columns = (
        Deadline.dossier_id,
        Deadline.rule,
        Deadline.started_at,
        Deadline.due_at,
        Deadline.opens_at,
        Deadline.state == "running",
    )
    rows = session.execute(
        select(*columns)
        .where(Deadline.dossier_id.in_(ids), Deadline.state != "superseded")
        .order_by(Deadline.started_seq, Deadline.started_at)
    )
    found: dict[UUID, dict[str, OpenLimit]] = {each: {} for each in ids}
    for dossier_id, rule, started_at, due_at, opens_at, running in rows:
        found[dossier_id][rule] = OpenLimit(started_at, due_at, opens_at, running=bool(running))
    return found


def running_of_each(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Deadline]]:
    """Return the running limits of each of several dossiers, the soonest end first, those without an end last."""
    query = select(Deadline).where(Deadline.dossier_id.in_(ids), Deadline.state == "running")
    query = query.options(defer(Deadline.certificate))
    found: dict[UUID, list[Deadline]] = {dossier_id: [] for dossier_id in ids}
    for row in session.scalars(query.order_by(Deadline.due_at.is_(None), Deadline.due_at, Deadline.rule)):
        found[row.dossier_id].append(row)
    return found


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


def urgency_order(
    dossier_id: InstrumentedAttribute[UUID], *, over: tuple[Collection[str], datetime] | None = None
) -> tuple[ColumnElement[Any], ...]:
    """Return what sorts dossiers by urgency: standing alarms first, then the soonest end (`over` as there)."""
    due = soonest_end(dossier_id, over=over)
    return alarmed(dossier_id).desc(), due.is_(None), due


def alarmed(dossier_id: InstrumentedAttribute[UUID]) -> ColumnElement[bool]:
    """Return whether a standing alarm is about the dossier of the row."""
    return exists().where(Alarm.dossier_id == dossier_id, Alarm.resolved_at.is_(None))


def soonest_end(
    dossier_id: InstrumentedAttribute[UUID],
    *,
    owner: InstrumentedAttribute[str] | None = None,
    without: Collection[str] = (),
    over: tuple[Collection[str], datetime] | None = None,
) -> ColumnElement[datetime | None]:
    """Return the soonest end of a running limit of the dossier of the row.

    `owner` takes only limits that this place of the procedure, or nobody named, must keep; `without` leaves rules out;
    `over` leaves out limits of these rules that had ended by then: they are nothing to be late with.
    """
    query = select(func.min(Deadline.due_at)).where(Deadline.dossier_id == dossier_id, Deadline.state == "running")
    if owner is not None:
        query = query.where(or_(Deadline.owner_body.is_(None), Deadline.owner_body == owner))
    if without:
        query = query.where(Deadline.rule.not_in(without))
    if over is not None:
        query = query.where(or_(Deadline.rule.not_in(over[0]), Deadline.due_at > over[1]))
    return query.scalar_subquery()
