"""The custody cover: intervals without holes, each with its holder and its instrument."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.database import Base


class CustodyInterval(Base):
    """Where the person is, in law, between two acts."""

    __tablename__ = "custody_interval"
    __table_args__ = (
        CheckConstraint("to_at is null or to_at >= from_at", name="span"),
        Index("ix_custody_interval_dossier_from", "dossier_id", "from_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    kind: Mapped[str] = mapped_column(String(20))
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"))
    #: The form that is the title (`V32`, `C11` …) and, when it is on file, its paper.
    instrument: Mapped[str | None] = mapped_column(String(20))
    paper_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper.id"))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    from_seq: Mapped[int]
    to_seq: Mapped[int | None]
