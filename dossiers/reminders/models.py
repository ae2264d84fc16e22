"""Who wants to be reminded by e-mail, and where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dossiers.bodies.models import Account
from storage.columns import UtcDateTime
from storage.database import Base


class Reminder(Base):
    """The address of an account that asked for a reminder each day; no row, no mail."""

    __tablename__ = "reminder"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()
