"""Up to which moment an account has seen its notices."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Json, UtcDateTime
from storage.database import Base


class NoticeMark(Base):
    """The moment of the newest notice that the holder of an account has marked as read.

    What is recorded in one moment may be committed in another: which notices of the last while were read stands apart.
    """

    __tablename__ = "notice_mark"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    read_until: Mapped[datetime] = mapped_column(UtcDateTime)
    #: The keys of the notices shortly before that moment that were there when they were marked.
    lately: Mapped[list[str]] = mapped_column(Json)
