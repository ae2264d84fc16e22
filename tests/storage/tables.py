"""Two small tables of the storage tests, apart from the program's own metadata."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from storage.database import Base, Database


class TestBase(DeclarativeBase):
    """The program's naming and types over a metadata of its own."""

    __test__ = False
    metadata = MetaData(naming_convention=Base.metadata.naming_convention)
    type_annotation_map = Base.type_annotation_map


class Counter(TestBase):
    """A number that writers raise."""

    __tablename__ = "counter"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int]


class Note(TestBase):
    """A row with every shared column type and a foreign key."""

    __tablename__ = "note"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    counter: Mapped[str | None] = mapped_column(ForeignKey("counter.name"))
    label: Mapped[str | None] = mapped_column(String(200), unique=True)
    at: Mapped[datetime | None]
    content: Mapped[dict[str, Any] | None]


def create_tables(database: Database) -> None:
    """Create both tables unless they exist."""
    with database.transaction() as session:
        TestBase.metadata.create_all(session.connection())
