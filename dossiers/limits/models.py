"""Running and past limits with their certificates, and alarms.

A certificate is stored as it was counted; a recount makes a new row that supersedes the old one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base


class Deadline(Base):
    """One limit as one act started it."""

    __tablename__ = "deadline"
    __table_args__ = (
        CheckConstraint("state in ('running', 'met', 'late', 'lapsed', 'superseded')", name="state"),
        Index("ix_deadline_state_due_at", "state", "due_at"),
        #: All that a list of work asks of a limit.
        Index("ix_deadline_dossier_work", "dossier_id", "state", "due_at", "owner_body", "rule"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    rule: Mapped[str] = mapped_column(String(40))
    proceeding_id: Mapped[UUID | None] = mapped_column(ForeignKey("proceeding.id"))
    started_seq: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The body whose act stops it.
    owner_body: Mapped[str | None] = mapped_column(String(20))
    provisional: Mapped[bool] = mapped_column(default=False)
    certificate: Mapped[dict[str, Any] | None] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20), default="running")
    stopped_seq: Mapped[int | None]
    #: When the worker did what the end of the limit asks for by itself; None while that is still to do.
    expiry_seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("deadline.id"))


class Alarm(Base):
    """A fault that must be seen until somebody has dealt with it; it never held anybody up."""

    __tablename__ = "alarm"
    __table_args__ = (
        Index("ix_alarm_raised_at", "raised_at"),
        Index("ix_alarm_dossier_resolved", "dossier_id", "resolved_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    code: Mapped[str] = mapped_column(String(60))
    text_vi: Mapped[str] = mapped_column(String(500))
    text_en: Mapped[str] = mapped_column(String(500))
    basis: Mapped[str] = mapped_column(String(200))
    raised_seq: Mapped[int | None]
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
