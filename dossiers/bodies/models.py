"""Organizations, accounts and memberships: who may act, in which body, from when to when.

`valid_from` is the first day, `valid_to` the first day no longer (None while it lasts): where one
thing follows another, the one's `valid_to` is the other's `valid_from`.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from storage.columns import UtcDateTime
from storage.database import Base


class AdminUnit(Base):
    """A province or commune of the official list, with the days on which it exists."""

    __tablename__ = "admin_unit"
    __table_args__ = (
        UniqueConstraint("level", "code", "valid_from"),
        CheckConstraint("level in ('province', 'commune')", name="level"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    level: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(10), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(40))
    province_code: Mapped[str] = mapped_column(String(10), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    successor_code: Mapped[str | None] = mapped_column(String(10))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Organization(Base):
    """A body: its kind, its place in the hierarchy, its territory, and the days on which it exists.

    A body that is renamed gets a new row with the same code; the old row names it as its successor.
    """

    __tablename__ = "organization"
    __table_args__ = (
        UniqueConstraint("code", "valid_from"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
        Index("ix_organization_type_province", "type", "province_code"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str] = mapped_column(String(40), index=True)
    type: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(200))
    #: The name as the left column of an official paper prints it.
    letterhead: Mapped[str] = mapped_column(String(200))
    #: What stands after "/" in the symbols of its papers (`CAX`, `UBND` …).
    symbol: Mapped[str] = mapped_column(String(40))
    place: Mapped[str] = mapped_column(String(100))
    address: Mapped[str] = mapped_column(String(300), default="")
    #: Official code of the province, and of the commune for bodies of a commune; None for national bodies.
    province_code: Mapped[str | None] = mapped_column(String(10))
    commune_code: Mapped[str | None] = mapped_column(String(10), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    #: Who carries on its dossiers after `valid_to`.
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    parent: Mapped[Organization | None] = relationship(foreign_keys=[parent_id], remote_side="Organization.id")


class Jurisdiction(Base):
    """A commune that a body without a commune of its own covers (a regional court and its communes)."""

    __tablename__ = "jurisdiction"
    __table_args__ = (CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),)

    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    commune_code: Mapped[str] = mapped_column(String(10), primary_key=True, index=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    valid_to: Mapped[date | None]


class Account(Base):
    """Somebody who signs in; an account is closed, never deleted."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    rank: Mapped[str] = mapped_column(String(80), default="")
    password_hash: Mapped[str] = mapped_column(Text)
    password_changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    language: Mapped[str] = mapped_column(String(2), default="vi")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Changes when the password does or all sessions must end: a cookie carries it.
    session_epoch: Mapped[int] = mapped_column(default=0)
    memberships: Mapped[list[Membership]] = relationship(back_populates="account", order_by="Membership.valid_from")


class Membership(Base):
    """An office that an account holds in a body, with the days on which it may sign."""

    __tablename__ = "membership"
    __table_args__ = (
        UniqueConstraint("account_id", "organization_id", "role", "valid_from"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    role: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    granted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When the end was recorded; the end itself is `valid_to`.
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship(back_populates="memberships")
    organization: Mapped[Organization] = relationship()


class Delegation(Base):
    """The written decision by which the head of a body lets a colleague act in the head's office for a time."""

    __tablename__ = "delegation"

    #: The office that the colleague holds by it.
    membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id"), primary_key=True)
    #: The head's own office: when it ends, what was delegated ends with it.
    giver_membership_id: Mapped[UUID] = mapped_column(ForeignKey("membership.id"), index=True)
    decision_no: Mapped[str] = mapped_column(String(60))
    decision_date: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    membership: Mapped[Membership] = relationship(foreign_keys=membership_id)
    giver: Mapped[Membership] = relationship(foreign_keys=giver_membership_id)


class AccessToken(Base):
    """A bearer token for programs; only its SHA-256 is kept."""

    __tablename__ = "access_token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    label: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInAttempt(Base):
    """One try to sign in under a name, existing or not; it counts as failed until it has succeeded."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (Index("ix_sign_in_attempt_name_at", "name_sha256", "attempted_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    #: Only the SHA-256 of the name: people type passwords into the wrong box.
    name_sha256: Mapped[str] = mapped_column(String(64))
    attempted_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    succeeded: Mapped[bool] = mapped_column(default=False)
