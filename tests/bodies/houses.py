"""A database with the tables of bodies and people, and short ways to put a body or an account into it."""

from datetime import UTC, date, datetime

from sqlalchemy import Table
from sqlalchemy.orm import Session

from dossiers.bodies import models as bodies
from dossiers.bodies.models import Account, Organization
from dossiers.bodies.operations import add_hashed_account
from dossiers.people import models as people
from storage.database import Base, Database

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
TODAY = date(2026, 11, 21)
SINCE = date(2025, 7, 1)
PASSWORD = "một-mật-khẩu-để-thử"


def own_tables() -> list[Table]:
    """Return the tables of both rooms, whatever else other tests have imported."""
    found = {
        value.__tablename__
        for module in (bodies, people)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Base) and value is not Base
    }
    return [table for table in Base.metadata.sorted_tables if table.name in found]


def create_tables(database: Database) -> None:
    """Create the tables of both rooms."""
    with database.transaction() as session:
        Base.metadata.create_all(session.connection(), tables=own_tables())


def add_body(session: Session, code: str, kind: str = "commune_police", **said: object) -> Organization:
    """Add a body that exists from 2025-07-01 on; `said` goes before the defaults."""
    defaults: dict[str, object] = {
        "name": f"Cơ quan {code}",
        "letterhead": f"CƠ QUAN {code}",
        "symbol": "CQ",
        "place": "Giả Định",
        "valid_from": SINCE,
        "recorded_at": AT,
    }
    body = Organization(code=code, type=kind, **{**defaults, **said})
    session.add(body)
    session.flush()
    return body


def add_somebody(session: Session, username: str = "can.bo.thu", hashed: str = "-") -> Account:
    """Add an account with which nobody can sign in unless a real hash is given."""
    return add_hashed_account(session, username, "NGUYỄN VĂN THỬ", hashed, at=AT)
