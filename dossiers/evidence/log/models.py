"""The tables of the log: its leaves, its checkpoints, the keys of witnesses and what they countersigned."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base


class LogLeaf(Base):
    """The head of one diary when a checkpoint was taken: which dossier, how many entries, the hash of the last."""

    __tablename__ = "log_leaf"
    __table_args__ = (
        UniqueConstraint("dossier_id", "seq"),
        CheckConstraint("number >= 0", name="number"),
        CheckConstraint("seq >= 1 and length(head) = 64", name="head"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    #: No foreign key: a dossier that was removed is what the log is there to tell.
    dossier_id: Mapped[UUID]
    seq: Mapped[int]
    head: Mapped[str] = mapped_column(String(64))


class LogCheckpoint(Base):
    """What was signed over the log when it had `size` leaves."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (CheckConstraint("size >= 1", name="size"),)

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: Name, size and root, as signed; and the signature of the log, as a line of the note.
    text: Mapped[str] = mapped_column(String(500))
    signature: Mapped[str] = mapped_column(String(300))
    #: Roots (hex) of the perfect subtrees that the tree falls into: what it takes to grow.
    frontier: Mapped[list[str]] = mapped_column(Json)


class LogWitness(Base):
    """A key that countersigns, and the body that keeps it."""

    __tablename__ = "log_witness"

    verifier: Mapped[str] = mapped_column(String(200), primary_key=True)
    body_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class LogCosignature(Base):
    """That a witness saw a checkpoint which its earlier ones lead to."""

    __tablename__ = "log_cosignature"

    size: Mapped[int] = mapped_column(ForeignKey("log_checkpoint.size"), primary_key=True)
    verifier: Mapped[str] = mapped_column(ForeignKey("log_witness.verifier"), primary_key=True)
    line: Mapped[str] = mapped_column(String(300))
    #: The moment the witness signed with it.
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
