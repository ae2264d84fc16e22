"""The areas of facilities with their capacity, and who is placed where, each from a moment to another.

A capacity that changes begins a new row; a person who moves begins a new placement.  Nothing is overwritten.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.database import Base


class FacilityArea(Base):
    """How many places a facility has in an area of a kind, from a day on."""

    __tablename__ = "facility_area"
    __table_args__ = (
        UniqueConstraint("facility_id", "kind", "valid_from"),
        CheckConstraint("capacity >= 0", name="capacity"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    facility_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    #: A key of `areas.toml`.
    kind: Mapped[str] = mapped_column(String(40))
    capacity: Mapped[int]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Placement(Base):
    """A person's place in an area of a facility, from a moment to another; None while it lasts."""

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("to_at is null or to_at >= from_at", name="span"),
        Index("ix_placement_dossier_to", "dossier_id", "to_at"),
        Index("ix_placement_facility_to", "facility_id", "to_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    facility_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    kind: Mapped[str] = mapped_column(String(40))
    from_at: Mapped[datetime] = mapped_column(UtcDateTime)
    to_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    placed_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
