"""Papers of a dossier and the counters that number them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dossiers.bodies.models import Organization
from storage.columns import Json, UtcDateTime
from storage.database import Base


class Paper(Base):
    """One document in the file: drafted here or scanned, then issued, then signed; or void."""

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'issued', 'signed', 'void')", name="state"),
        CheckConstraint("origin in ('generated', 'scan')", name="origin"),
        CheckConstraint("state = 'draft' or object_sha256 is not null", name="content"),
        CheckConstraint("state <> 'signed' or signed_sha256 is not null", name="signed"),
        CheckConstraint("superseded_by_id is null or superseded_by_id <> id", name="superseded"),
        UniqueConstraint("issuer_id", "series", "number_year", "number"),
        UniqueConstraint("dossier_id", "folio"),
        Index("ix_paper_dossier_form", "dossier_id", "form", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    dossier_id: Mapped[UUID] = mapped_column(ForeignKey("dossier.id"))
    #: Document id of the catalogue (`V36`, `C11`, `D-FACREQ`, or `OTHER`).
    form: Mapped[str] = mapped_column(String(20))
    edition: Mapped[str] = mapped_column(String(10))
    title: Mapped[str] = mapped_column(String(300))
    origin: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(10))
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    #: What numbers run in: the symbol (`QĐ-CAX`); None for papers that carry no number.
    series: Mapped[str | None] = mapped_column(String(60))
    number: Mapped[int | None]
    number_year: Mapped[int | None]
    #: What the officer stated for a draft; printed values are frozen into the bytes at issue.
    fields: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    #: Where each printed value came from: person, body, dossier, act or officer.
    sources: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    object_sha256: Mapped[str | None] = mapped_column(String(64))
    media_type: Mapped[str | None] = mapped_column(String(100))
    size_bytes: Mapped[int | None]
    signed_sha256: Mapped[str | None] = mapped_column(String(64))
    signed_media_type: Mapped[str | None] = mapped_column(String(100))
    #: The PDF to print, a code on each page (see `print_versions`); None until somebody or a job asked for it.
    print_sha256: Mapped[str | None] = mapped_column(String(64))
    #: What the page codes of the signed scan say (see `scan_verdicts`); None where no scan was held against a version.
    scan_verdict: Mapped[dict[str, Any] | None]
    #: Position in the file (bút lục), given when the paper becomes part of it.
    folio: Mapped[int | None]
    #: The diary entry of the act that used the paper up; None while it can still serve one.
    used_seq: Mapped[int | None]
    drafted_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    issued_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    doc_date: Mapped[date | None]
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    void_reason: Mapped[str | None] = mapped_column(String(500))
    #: The paper that was issued in its place; both stay on file, and their numbers stay given.
    superseded_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("paper.id"))
    issuer: Mapped[Organization] = relationship()

    @property
    def display_number(self) -> str | None:
        """Return the number and symbol as printed (`07/QĐ-CAX`), None when the paper has none."""
        if self.number is None or self.series is None:
            return None
        return f"{self.number:02d}/{self.series}"


class PaperCounter(Base):
    """The last number given by a body in a series in a year: the row that numbering locks."""

    __tablename__ = "paper_counter"

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    series: Mapped[str] = mapped_column(String(60), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int]


class BodySymbol(Base):
    """What a body writes after the number of a form from a day on, in place of the symbol of the catalogue."""

    __tablename__ = "body_symbol"
    __table_args__ = (UniqueConstraint("organization_id", "form", "valid_from"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"))
    form: Mapped[str] = mapped_column(String(20))
    #: `{year}` stands for the year of issue.
    pattern: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[date]
    set_by_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


class StoredObject(Base):
    """A content key that rows may name: written before the paper row, swept when nobody names it."""

    __tablename__ = "stored_object"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(100))
    stored_at: Mapped[datetime] = mapped_column(UtcDateTime)
