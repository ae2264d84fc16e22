"""The dossier row, its parties, its side proceedings and the editions of law it is pinned to.

The row is a projection: what happened stands in the diary (`dossiers.evidence`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dossiers.bodies.models import Organization
from dossiers.people.models import Person
from storage.columns import Json, UtcDateTime
from storage.database import Base


class ProcedureEdition(Base):
    """The bytes of every edition ever used, so that an old file still explains itself."""

    __tablename__ = "procedure_edition"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    procedure_id: Mapped[str] = mapped_column(String(60))
    edition: Mapped[str] = mapped_column(String(10))
    content: Mapped[dict[str, Any]] = mapped_column(Json)
    first_used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Dossier(Base):
    """One person's file under one procedure edition; `version` is the number of its last diary entry."""

    __tablename__ = "dossier"
    __table_args__ = (
        CheckConstraint("version >= 0", name="version"),
        Index("ix_dossier_holder_state", "holder_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    #: Part of every key that a sharded database would spread by.
    province_code: Mapped[str] = mapped_column(String(10), index=True)
    commune_code: Mapped[str] = mapped_column(String(10))
    procedure_id: Mapped[str] = mapped_column(String(60))
    edition: Mapped[str] = mapped_column(String(10))
    procedure_sha256: Mapped[str] = mapped_column(ForeignKey("procedure_edition.sha256"))
    state: Mapped[str] = mapped_column(String(60))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    version: Mapped[int]
    head_hash: Mapped[str] = mapped_column(String(64))
    last_act_at: Mapped[datetime] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    predecessor_id: Mapped[UUID | None] = mapped_column(ForeignKey("dossier.id"))
    person: Mapped[Person] = relationship()
    holder: Mapped[Organization] = relationship()
    parties: Mapped[list[DossierParty]] = relationship(back_populates="dossier", order_by="DossierParty.since_seq")
    proceedings: Mapped[list[Proceeding]] = relationship(back_populates="dossier", order_by="Proceeding.opened_at")


class DossierParty(Base):
    """A body that fills a place in this dossier, from one diary entry to another; it may read its part."""

    __tablename__ = "dossier_party"
    __table_args__ = (
        UniqueConstraint("dossier_id", "body", "since_seq"),
        CheckConstraint("until_seq is null or until_seq >= since_seq", name="span"),
        #: All that a list of work asks of a party.
        Index("ix_dossier_party_organization_work", "organization_id", "until_seq", "body", "dossier_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), index=True)
    #: The place in the procedure (`CAX`, `TANDKV` …).
    body: Mapped[str] = mapped_column(String(20))
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    since_seq: Mapped[int]
    #: The last entry it may read; None while it takes part.
    until_seq: Mapped[int | None]
    dossier: Mapped[Dossier] = relationship(back_populates="parties")
    organization: Mapped[Organization] = relationship()


class Proceeding(Base):
    """A side machine of a dossier (the hold before the decision …)."""

    __tablename__ = "proceeding"
    __table_args__ = (UniqueConstraint("dossier_id", "kind", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"), index=True)
    kind: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    edition: Mapped[str] = mapped_column(String(10))
    procedure_sha256: Mapped[str] = mapped_column(ForeignKey("procedure_edition.sha256"))
    state: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_act_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    dossier: Mapped[Dossier] = relationship(back_populates="proceedings")


class DossierCounter(Base):
    """The last dossier number given by a commune in a year: the row that numbering locks."""

    __tablename__ = "dossier_counter"

    commune_code: Mapped[str] = mapped_column(String(10), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]
