"""Hand-overs: a manifest with its hash, and who confirmed exactly that for the side that gives and the side that takes.

A row is one version of a manifest and its manifest never changes; another version is another row that supersedes it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dossiers.bodies.models import Organization
from dossiers.files.models import Dossier
from storage.columns import Json, UtcDateTime
from storage.database import Base


class Handover(Base):
    """One version of what a body gives to another with a person: papers, belongings, medicines, health."""

    __tablename__ = "handover"
    __table_args__ = (
        CheckConstraint("from_body_id <> to_body_id", name="sides"),
        CheckConstraint("(sender_at is null) = (sender_seq is null)", name="sender"),
        CheckConstraint("(receiver_at is null) = (receiver_seq is null)", name="receiver"),
        CheckConstraint("supersedes_id is null or supersedes_id <> id", name="supersedes"),
        UniqueConstraint("supersedes_id"),
        Index("ix_handover_from_body_made", "from_body_id", "made_at"),
        Index("ix_handover_to_body_made", "to_body_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), index=True)
    from_body_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    to_body_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    #: The act of the law that it goes with.
    occasion: Mapped[str] = mapped_column(String(60))
    #: 1 for the first manifest, one more for each that superseded it.
    version: Mapped[int]
    manifest: Mapped[dict[str, Any]] = mapped_column(Json)
    #: SHA-256 of the canonical JSON of the manifest: what both sides confirm.
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    made_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_seq: Mapped[int]
    sender_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    sender_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sender_seq: Mapped[int | None]
    receiver_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    receiver_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    receiver_seq: Mapped[int | None]
    #: What the receiver found to differ from the manifest, in words, and who found it when.
    differences: Mapped[str | None] = mapped_column(String(2000))
    differences_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    differences_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    differences_seq: Mapped[int | None]
    #: The version before this one.
    supersedes_id: Mapped[UUID | None] = mapped_column(ForeignKey("handover.id"))
    dossier: Mapped[Dossier] = relationship()
    from_body: Mapped[Organization] = relationship(foreign_keys=[from_body_id])
    to_body: Mapped[Organization] = relationship(foreign_keys=[to_body_id])

    @property
    def confirmed(self) -> bool:
        """Say whether both sides have confirmed this manifest."""
        return self.sender_at is not None and self.receiver_at is not None
