"""The diary of each dossier and the log of who opened it; rows are added, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base


class DiaryEntry(Base):
    """One thing that happened: what, by whom, when it took place, when we learned it, and the chain."""

    __tablename__ = "diary"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint("length(hash) = 64 and length(prev_hash) = 64", name="hash"),
        #: Most dossiers have no entry of most kinds; that is seen here without reading the diary.
        Index("ix_diary_dossier_kind", "dossier_id", "kind"),
        Index("ix_diary_recorded_at", "recorded_at"),
    )

    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    #: `opened`, `moved`, `proceeding`, `paper`, `draft`, `alarm`, `aftercare`, `handover`, `changeover` or
    #: `changeover_undone`.
    kind: Mapped[str] = mapped_column(String(20))
    trigger: Mapped[str] = mapped_column(String(60))
    from_state: Mapped[str | None] = mapped_column(String(60))
    to_state: Mapped[str] = mapped_column(String(60))
    #: None when the clock acted.
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(40))
    body_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))
    occurred_at: Mapped[datetime] = mapped_column(UtcDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[dict[str, Any]] = mapped_column(Json)
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AccessLog(Base):
    """Who opened which dossier or paper, when, and for which declared purpose."""

    __tablename__ = "access_log"
    __table_args__ = (Index("ix_access_log_dossier_at", "dossier_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    body_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    what: Mapped[str] = mapped_column(String(40))
    purpose: Mapped[str] = mapped_column(String(80))
