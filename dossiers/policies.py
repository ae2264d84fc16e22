"""The decisions in force on unsettled points of law, and the calendar days decreed since the release."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from storage.columns import UtcDateTime
from storage.database import Base
from workflow.calendar import CalendarEntry


class PolicyDecision(Base):
    """Which value of a policy somebody decided on, when and why; the latest one is in force."""

    __tablename__ = "policy_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    policy: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(1000))
    decided_by: Mapped[str] = mapped_column(String(200))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarDay(Base):
    """A day off or a make-up working day that a decision set after the release of the program."""

    __tablename__ = "calendar_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(4))
    decision: Mapped[str] = mapped_column(String(200))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


def decided_values(session: Session) -> dict[str, str]:
    """Return the decided value of each policy somebody decided on; the others keep their default."""
    rows = session.scalars(select(PolicyDecision).order_by(PolicyDecision.decided_at))
    return {row.policy: row.value for row in rows}


def decreed_days(session: Session) -> list[CalendarEntry]:
    """Return the decreed days that were added, in the order they were learned."""
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.recorded_at))
    return [CalendarEntry(row.day, row.kind, row.decision, row.recorded_at.date()) for row in rows]
