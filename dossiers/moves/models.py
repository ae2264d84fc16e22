"""Plans to bring open dossiers under another edition: who proposed, who approved, what became of each dossier.

A plan moves nothing by itself; what it did to a dossier stands in that dossier's diary.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dossiers.bodies.models import Account
from dossiers.files.models import Dossier
from storage.columns import Json, UtcDateTime
from storage.database import Base


class MigrationPlan(Base):
    """One proposal to bring dossiers from one edition to the next, approved or not, applied or taken back."""

    __tablename__ = "migration_plan"
    __table_args__ = (
        CheckConstraint("state in ('proposed', 'approved', 'applied', 'undoing', 'undone')", name="state"),
        CheckConstraint("approved_by_id is null or approved_by_id <> proposed_by_id", name="approver"),
        CheckConstraint("undone_by_id is null or undone_by_id <> undo_approved_by_id", name="undo_approver"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: `procedure@edition` of both ends, and the rules and the new edition as they were when it was proposed.
    from_key: Mapped[str] = mapped_column(String(80))
    to_key: Mapped[str] = mapped_column(String(80))
    rules_sha256: Mapped[str] = mapped_column(String(64))
    to_sha256: Mapped[str] = mapped_column(String(64))
    #: For a decision about one dossier: STAY, or the state it goes to; None when the rules themselves answer.
    decision: Mapped[str | None] = mapped_column(String(60))
    state: Mapped[str] = mapped_column(String(10), default="proposed")
    reason: Mapped[str] = mapped_column(String(1000))
    proposed_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    proposed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undo_reason: Mapped[str | None] = mapped_column(String(1000))
    undone_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    undo_approved_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proposed_by: Mapped[Account] = relationship(foreign_keys=[proposed_by_id])
    approved_by: Mapped[Account | None] = relationship(foreign_keys=[approved_by_id])
    undone_by: Mapped[Account | None] = relationship(foreign_keys=[undone_by_id])
    undo_approved_by: Mapped[Account | None] = relationship(foreign_keys=[undo_approved_by_id])


class MigrationItem(Base):
    """One dossier of a plan: what was planned for it, and what became of it."""

    __tablename__ = "migration_item"
    __table_args__ = (
        CheckConstraint("outcome in ('waiting', 'applied', 'changed', 'undone')", name="outcome"),
        CheckConstraint("way in ('stays', 'switches', 'review')", name="way"),
        Index("ix_migration_item_plan_outcome", "plan_id", "outcome"),
    )

    plan_id: Mapped[UUID] = mapped_column(ForeignKey("migration_plan.id"), primary_key=True)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), primary_key=True, index=True)
    #: The dossier as it was planned: its version, and what the rules say of it then.
    version: Mapped[int]
    way: Mapped[str] = mapped_column(String(10))
    rule: Mapped[str | None] = mapped_column(String(60))
    landing: Mapped[str] = mapped_column(String(60))
    outcome: Mapped[str] = mapped_column(String(10), default="waiting")
    #: The diary entry that the plan wrote, and the rows of the dossier right before it.
    entry_seq: Mapped[int | None]
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    #: Why it was not applied, or not taken back.
    note: Mapped[str | None] = mapped_column(String(500))
    dossier: Mapped[Dossier] = relationship()


class MoveDraft(Base):
    """What an officer typed into the form of an act and left to go on with later; nothing of it is in the dossier."""

    __tablename__ = "move_draft"
    __table_args__ = (Index("ix_move_draft_whose", "account_id", "dossier_id", "trigger"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), index=True)
    proceeding_id: Mapped[UUID | None] = mapped_column(ForeignKey("proceeding.id"))
    trigger: Mapped[str] = mapped_column(String(60))
    #: Item of the form -> what was typed.
    typed: Mapped[dict[str, Any]] = mapped_column(Json)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
