"""The records of aftercare; rows are added, never changed: a correction is a new row that names the one it replaces."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base


class AftercareRecord(Base):
    """One thing recorded about somebody under post-rehab management, with the diary entry that says so."""

    __tablename__ = "aftercare_record"
    __table_args__ = (
        CheckConstraint("until_date is null or until_date >= on_date", name="span"),
        Index("ix_aftercare_record_dossier_kind", "dossier_id", "kind", "on_date"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    seq: Mapped[int]
    #: A key of `data/aftercare.toml`.
    kind: Mapped[str] = mapped_column(String(20))
    on_date: Mapped[date]
    until_date: Mapped[date | None]
    #: The choice that boards are sorted by (who is responsible, what a test said …), also in `content`.
    mark: Mapped[str | None] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    #: Whether it takes the one it replaces back without putting anything in its place.
    withdrawn: Mapped[bool] = mapped_column(default=False)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    body_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaces_id: Mapped[UUID | None] = mapped_column(ForeignKey("aftercare_record.id"), unique=True)
