"""Persons and relatives; the national id is encrypted at rest and found through a keyed index."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.columns import Json, UtcDateTime
from storage.database import Base


class Person(Base):
    """A subject of dossiers; `details` holds the items that only forms print (schooling, records …)."""

    __tablename__ = "person"
    __table_args__ = (CheckConstraint("sex in ('male', 'female')", name="sex"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    full_name: Mapped[str] = mapped_column(String(200))
    #: Lower case, no accents, đ as d: what a search compares.
    folded_name: Mapped[str] = mapped_column(String(600), index=True)
    other_name: Mapped[str] = mapped_column(String(200), default="")
    sex: Mapped[str] = mapped_column(String(10))
    born_on: Mapped[date]
    #: AES-GCM of the identity number and its keyed index; both None when the person has no paper.
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_number_index: Mapped[str | None] = mapped_column(String(64), index=True)
    id_type: Mapped[str | None] = mapped_column(String(20))
    id_issued_on: Mapped[date | None]
    id_issued_by: Mapped[str] = mapped_column(String(200), default="")
    residence: Mapped[str] = mapped_column(String(300), default="")
    commune_code: Mapped[str | None] = mapped_column(String(10), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    created_by_body_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    relatives: Mapped[list[Relative]] = relationship(
        back_populates="person", order_by="Relative.position", cascade="all, delete-orphan"
    )
    aliases: Mapped[list[PersonAlias]] = relationship(back_populates="person", order_by="PersonAlias.folded_name")
    corrections: Mapped[list[PersonCorrection]] = relationship(
        back_populates="person", order_by="PersonCorrection.version"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own declaration


class PersonAlias(Base):
    """Another name under which the person is known, searchable like the first."""

    __tablename__ = "person_alias"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    folded_name: Mapped[str] = mapped_column(String(600), index=True)
    person: Mapped[Person] = relationship(back_populates="aliases")


class Relative(Base):
    """A parent, spouse, child, guardian or representative of the person.

    Sex, birth date and identity paper are stated only for the one who represents the person: the
    papers about persons from 12 to under 18 print them.
    """

    __tablename__ = "relative"
    __table_args__ = (CheckConstraint("sex is null or sex in ('male', 'female')", name="sex"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    #: The order in which they were stated.
    position: Mapped[int]
    relation: Mapped[str] = mapped_column(String(40))
    #: True for the parent, guardian or other adult who speaks for the person in the proceedings.
    represents: Mapped[bool] = mapped_column(default=False)
    full_name: Mapped[str] = mapped_column(String(200))
    sex: Mapped[str | None] = mapped_column(String(10))
    birth_year: Mapped[int | None]
    born_on: Mapped[date | None]
    id_type: Mapped[str | None] = mapped_column(String(20))
    id_number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    id_issued_on: Mapped[date | None]
    id_issued_by: Mapped[str] = mapped_column(String(200), default="")
    occupation: Mapped[str] = mapped_column(String(200), default="")
    residence: Mapped[str] = mapped_column(String(300), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    person: Mapped[Person] = relationship(back_populates="relatives")


class PersonCorrection(Base):
    """What a record said before somebody corrected it; identity numbers stay sealed here too."""

    __tablename__ = "person_correction"
    __table_args__ = (UniqueConstraint("person_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    #: The version that was corrected.
    version: Mapped[int]
    before: Mapped[dict[str, Any]] = mapped_column(Json)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    corrected_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person: Mapped[Person] = relationship(back_populates="corrections")
