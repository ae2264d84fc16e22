"""Shared column types: the same meaning on both engines."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import StatementError

from storage.columns import dump_json
from storage.database import Database
from storage.errors import NaiveDateTimeError, UnstorableTextError
from tests.storage.tables import Note

VIETNAM = timezone(timedelta(hours=7))


def store_and_read(database: Database, **values: Any) -> Note:
    """Write one row in one unit and read it in another."""
    with database.transaction() as session:
        note = Note(**values)
        session.add(note)
    with database.reading() as session:
        return session.get_one(Note, note.id)


def test_a_time_comes_back_as_the_same_instant_in_utc(database: Database) -> None:
    """Seven o'clock in Việt Nam is midnight in UTC, to the microsecond."""
    read = store_and_read(database, at=datetime(2026, 7, 1, 7, 0, 0, 123456, VIETNAM))

    assert read.at == datetime(2026, 7, 1, 0, 0, 0, 123456, UTC)
    assert read.at is not None
    assert read.at.tzinfo is UTC


@pytest.mark.postgresql
def test_the_time_zone_of_a_connection_changes_nothing(postgres_database: Database) -> None:
    """Also where an administrator's script set another zone, UTC comes out."""
    note = store_and_read(postgres_database, at=datetime(2026, 7, 1, 7, 0, tzinfo=VIETNAM))
    with postgres_database.reading() as session:
        session.execute(text("SET LOCAL timezone = 'Asia/Ho_Chi_Minh'"))
        read = session.get_one(Note, note.id).at

    assert read is not None
    assert (read, read.tzinfo) == (datetime(2026, 7, 1, 0, 0, tzinfo=UTC), UTC)


def test_a_naive_time_is_refused(database: Database) -> None:
    """A time without a zone is refused when stored and when compared."""
    naive = datetime(2026, 7, 1, 7, 0)  # noqa: DTZ001 - what must be refused
    with pytest.raises(StatementError) as stored, database.transaction() as session:
        session.add(Note(at=naive))
        session.flush()
    with pytest.raises(StatementError) as compared, database.reading() as session:
        session.scalars(select(Note).where(Note.at > naive)).all()

    assert isinstance(stored.value.orig, NaiveDateTimeError)
    assert isinstance(compared.value.orig, NaiveDateTimeError)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    at=st.datetimes(
        min_value=datetime(1900, 1, 3),  # noqa: DTZ001 - the zone is drawn apart
        max_value=datetime(2200, 1, 1),  # noqa: DTZ001
        timezones=st.builds(timezone, st.timedeltas(timedelta(hours=-14), timedelta(hours=14))),
    )
)
def test_every_time_survives_storage(sqlite_database: Database, at: datetime) -> None:
    """No instant is moved, whatever the zone it was stated in."""
    assert store_and_read(sqlite_database, at=at).at == at


def test_order_and_comparison_follow_the_instant(database: Database) -> None:
    """The later wall clock may be the earlier instant."""
    early = datetime(2026, 7, 1, 6, 30, tzinfo=VIETNAM)
    late = datetime(2026, 7, 1, 0, 0, tzinfo=UTC)
    with database.transaction() as session:
        session.add_all([Note(label="late", at=late), Note(label="early", at=early)])
    with database.reading() as session:
        ordered = session.scalars(select(Note.label).order_by(Note.at)).all()
        before = session.scalars(select(Note.label).where(Note.at < datetime(2026, 7, 1, 7, 0, tzinfo=VIETNAM))).all()

    assert ordered == ["early", "late"]
    assert before == ["early"]


def test_json_and_uuid_come_back_as_they_went_in(database: Database) -> None:
    """Vietnamese text, nesting, numbers and null inside a value."""
    content = {"họ tên": "NGUYỄN VĂN THỬ", "days": [1, 2.5, None, True], "nested": {"đ": "Đ"}, "path": "C:\\u0000"}
    read = store_and_read(database, content=content)

    assert read.content == content
    assert isinstance(read.id, UUID)


def test_no_json_is_null(database: Database) -> None:
    """None is SQL NULL, so that IS NULL finds it."""
    store_and_read(database, label="empty", content=None)
    with database.reading() as session:
        assert session.scalars(select(Note.label).where(Note.content.is_(None))).all() == ["empty"]


def test_json_can_be_searched_by_key(database: Database) -> None:
    """The same expression works on text and on jsonb."""
    store_and_read(database, label="found", content={"kind": "hold"})
    store_and_read(database, label="other", content={"kind": "transfer"})
    with database.reading() as session:
        found = session.scalars(select(Note.label).where(Note.content["kind"].as_string() == "hold")).all()

    assert found == ["found"]


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ({"text": "a\x00b"}, UnstorableTextError),
        ({"text": "\\\x00"}, UnstorableTextError),
        ({"x": float("nan")}, ValueError),
        ({"day": date(2026, 7, 1)}, TypeError),
    ],
)
def test_what_one_engine_could_not_keep_is_refused_by_both(
    database: Database, value: dict[str, Any], refusal: type[Exception]
) -> None:
    """SQLite would take NUL and NaN, PostgreSQL would not."""
    with pytest.raises(refusal):
        dump_json(value)
    with pytest.raises(StatementError), database.transaction() as session:
        session.add(Note(content=value))


def test_constraints_have_names(database: Database) -> None:
    """Migrations can only change what has a name."""
    inspector = inspect(database.engine)

    assert inspector.get_pk_constraint("note")["name"] == "pk_note"
    assert [each["name"] for each in inspector.get_foreign_keys("note")] == ["fk_note_counter_counter"]
    assert [each["name"] for each in inspector.get_unique_constraints("note")] == ["uq_note_label"]
