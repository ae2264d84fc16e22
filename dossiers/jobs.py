"""Work that follows a commit: deferred inside the transaction, done after it, retried until it succeeds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, String, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base

#: Before every clock, the simulated one of a demonstration included.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
#: A job that failed this often waits for a person.
ATTEMPTS_MAX = 8
Handler = Callable[[Session, Mapping[str, Any], datetime], None]


class Job(Base):
    """One piece of deferred work."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint("state in ('waiting', 'done', 'failed')", name="state"),
        Index("ix_job_state_run_at", "state", "run_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    attempts: Mapped[int] = mapped_column(default=0)
    run_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(String(200))


def defer(
    session: Session, kind: str, payload: Mapping[str, Any], *, at: datetime, run_at: datetime | None = None
) -> None:
    """Ask for `kind` to be done once this transaction is committed; nothing happens if it is not.

    `run_at` may be AT_ONCE when the one who asks goes by another clock than the one who works.
    """
    session.add(Job(kind=kind, payload=dict(payload), run_at=run_at or at, created_at=at))


def defer_once(session: Session, kind: str, *, at: datetime, run_at: datetime) -> None:
    """Ask for `kind` to be done at `run_at`, unless it is asked for already: for work that comes round by itself."""
    waiting = select(Job.id).where(Job.state == "waiting", Job.kind == kind).limit(1)
    if session.scalar(waiting) is None:
        session.add(Job(kind=kind, payload={}, run_at=run_at, created_at=at))


@dataclass(frozen=True, slots=True)
class JobFigure:
    """How many jobs of a kind wait after a failure or have failed for good; what they are about is not told."""

    kind: str
    state: str
    attempts: int
    last_error: str | None
    jobs: int
    since: datetime


def troubled_jobs(session: Session) -> list[JobFigure]:
    """Return the jobs that failed at least once and are not done, those that wait for a person first."""
    group = (Job.kind, Job.state, Job.attempts, Job.last_error)
    query = (
        select(*group, func.count(), func.min(Job.created_at))
        .where(Job.state != "done", Job.attempts > 0)
        .group_by(*group)
        .order_by(Job.state, Job.attempts.desc(), Job.kind)
    )
    return [JobFigure(*row) for row in session.execute(query)]


def take_next(session: Session, *, at: datetime, kinds: Collection[str]) -> Job | None:
    """Return the next job of one of the kinds that is due, locked for this transaction, or None."""
    due = (
        select(Job)
        .where(Job.state == "waiting", Job.run_at <= at, Job.kind.in_(list(kinds)))
        .order_by(Job.run_at, Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.scalars(due).first()


def run_job(session: Session, job: Job, handlers: Mapping[str, Handler], *, at: datetime) -> None:
    """Do one job inside the session's transaction and mark it done; the handler's faults are its caller's."""
    handlers[job.kind](session, job.payload, at)
    job.state = "done"


def lend(job: Job, *, at: datetime, seconds: int) -> None:
    """Give a job away that takes longer than a transaction may: unless it is done by then, it comes up again."""
    job.attempts += 1
    job.run_at = at + timedelta(seconds=seconds)
    if job.attempts >= ATTEMPTS_MAX:
        job.state = "failed"


def put_off(job: Job, error: Exception, *, at: datetime) -> None:
    """Note that a job failed and when to try again; after ATTEMPTS_MAX it waits for a person."""
    job.attempts += 1
    job.last_error = type(error).__name__
    job.run_at = at + timedelta(seconds=2**job.attempts)
    if job.attempts >= ATTEMPTS_MAX:
        job.state = "failed"
