"""Which running limits the calendar in force would count otherwise than they stand, and to when.  Reads only.

A limit of the person never ends earlier for a later decision on days off: the later of the two ends stays in force.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from dossiers.limits.models import Deadline
from workflow.calendar import Calendar, CalendarUnknownError
from workflow.canonical import canonical_json
from workflow.certificates import SCHEMA, VIETNAM, Certificate, CertificateError, read_certificate, start_of
from workflow.deadlines import depends_on_calendar, recount
from workflow.model import Limit
from workflow.vocabulary import Protects

log = logging.getLogger("hoso.worker")

_ONE_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Recount:
    """A running limit and its new count; `due_at` and `opens_at` are what is in force from now on."""

    row: Deadline
    limit: Limit
    certificate: Certificate
    opens_at: datetime | None
    due_at: datetime
    #: Days that count, do not count, or are certain, other than before.
    changed: tuple[date, ...]

    @property
    def kept(self) -> bool:
        """Say whether the new count ends earlier and does not apply, because the limit protects the person."""
        return self.due_at > self.certificate.due_at

    @property
    def moved_days(self) -> int:
        """Return by how many days the end in force moves, negative when it comes earlier."""
        assert self.row.due_at is not None
        return (last_day(self.due_at) - last_day(self.row.due_at)).days

    @property
    def shortened(self) -> bool:
        """Say whether the limit ends earlier than it did."""
        assert self.row.due_at is not None
        return self.due_at < self.row.due_at


def recounts_of(rows: Iterable[Deadline], limits: Mapping[UUID, Limit], calendar: Calendar) -> list[Recount]:
    """Return what changes when the running `rows` of one dossier are counted under `calendar`.

    `limits` gives the limit of the law behind each row, by the id of the row.  Only limits whose days changed are
    named.  A limit that counts from the last day of another one moves with it.
    """
    found: list[Recount] = []
    moved: dict[str, tuple[date, date]] = {}
    for row in sorted(rows, key=lambda each: (not _feeds(each, limits), each.started_seq, each.rule)):
        limit = limits.get(row.id)
        if limit is None or row.due_at is None or row.certificate is None or "rule" not in row.certificate:
            continue
        try:
            again = _recounted(row, limit, calendar, moved)
        except (CalendarUnknownError, CertificateError):
            # An act or a release must not wait for this; the audit names a certificate that is not what was written.
            log.exception("limit %s of dossier %s cannot be recounted", row.rule, row.dossier_id)
            continue
        if again is None:
            continue
        found.append(again)
        if limit.ends_fact is not None and again.due_at != row.due_at:
            moved[limit.ends_fact] = last_day(row.due_at), last_day(again.due_at)
    return found


def rows_to_recount(session: Session, dossier_id: UUID, revision: str) -> Sequence[Deadline]:
    """Return the running limits of a dossier, all of them if any was counted under another calendar than `revision`."""
    running = select(Deadline).where(Deadline.dossier_id == dossier_id, Deadline.state == "running")
    if session.scalars(running.where(_counted_otherwise(revision)).limit(1)).first() is None:
        return []
    return session.scalars(running.where(Deadline.certificate.is_not(None))).all()


def running_limits(session: Session, ids: Collection[UUID]) -> Mapping[UUID, Sequence[Deadline]]:
    """Return the running limits that have a certificate, by dossier."""
    query = select(Deadline).where(
        Deadline.dossier_id.in_(ids), Deadline.state == "running", Deadline.certificate.is_not(None)
    )
    found: dict[UUID, list[Deadline]] = {}
    for row in session.scalars(query):
        found.setdefault(row.dossier_id, []).append(row)
    return found


def dossiers_to_recount(session: Session, revision: str, *, day: date | None = None) -> list[UUID]:
    """Return dossiers with a running limit counted under another calendar than `revision`, near `day` if one is given.

    Near means that the day lies between the start and the end (or the opening) of the limit.
    """
    query = (
        select(Deadline.dossier_id)
        .where(Deadline.state == "running", _counted_otherwise(revision))
        .group_by(Deadline.dossier_id)
        .order_by(func.min(Deadline.due_at))
    )
    if day is not None:
        begins, ends = start_of(day), start_of(day) + _ONE_DAY
        edges = (Deadline.started_at, Deadline.opens_at, Deadline.due_at)
        query = query.where(or_(*(edge <= ends for edge in edges)), or_(*(edge >= begins for edge in edges)))
    return list(session.scalars(query))


def _counted_otherwise(revision: str) -> ColumnElement[bool]:
    other: ColumnElement[bool] = Deadline.certificate["calendar_revision"].as_string() != revision
    return other


def last_day(due_at: datetime) -> date:
    """Return the day in Việt Nam within which a limit ends."""
    return (due_at - _MOMENT).astimezone(VIETNAM).date()


def _feeds(row: Deadline, limits: Mapping[UUID, Limit]) -> bool:
    return row.id in limits and limits[row.id].ends_fact is not None


def _recounted(
    row: Deadline, limit: Limit, calendar: Calendar, moved: Mapping[str, tuple[date, date]]
) -> Recount | None:
    """Return the new count, None when every day of it is as it was."""
    assert row.due_at is not None
    stored = read_certificate(canonical_json(row.certificate))[1]
    start = _moved_start(stored, limit, moved)
    if start is None and (stored.calendar_revision == calendar.revision or not depends_on_calendar(stored.rule)):
        return None
    same_shape = recount(stored, calendar, start=start, schema=stored.schema)
    if same_shape.days == stored.days:
        return None
    fresh = same_shape if stored.schema == SCHEMA else recount(stored, calendar, start=start)
    due_at, opens_at = fresh.due_at, fresh.opens_at
    if limit.protects is Protects.PERSON:
        due_at = max(due_at, row.due_at)
        opens_at = min(opens_at, row.opens_at) if opens_at and row.opens_at else opens_at
    return Recount(row, limit, fresh, opens_at, due_at, _changed(stored, same_shape))


def _changed(stored: Certificate, again: Certificate) -> tuple[date, ...]:
    """Return the days that count where they did not, or the reverse, or are as sure or unsure as they were not."""
    before = {row.date: row for row in stored.days}
    pairs = [(row, before[row.date]) for row in again.days if row.date in before]
    return tuple(
        sorted(
            new.date
            for new, old in pairs
            if new.provisional != old.provisional
            or (new.mark == "skipped") != (old.mark == "skipped")
            or (new.mark == "skipped" and new.reason != old.reason)
        )
    )


def _moved_start(stored: Certificate, limit: Limit, moved: Mapping[str, tuple[date, date]]) -> datetime | None:
    """Return the new start of a limit that counts from a day which has moved, None for any other."""
    for fact in (limit.from_fact, *(variant.from_fact for variant in limit.variants)):
        before, after = moved.get(fact or "", (None, None))
        if before is not None and after is not None and stored.start in (start_of(before), start_of(before) + _ONE_DAY):
            return stored.start + (after - before)
    return None
