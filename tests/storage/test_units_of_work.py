"""The door to the database, on both engines."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.database import Database, after_commit
from storage.errors import AfterCommitError, ReadOnlyUnitError, UnitOfWorkError
from tests.storage.tables import Counter, Note

ROOMS = ("api", "dossiers", "storage", "templates_docx", "workflow")


class ActFailedError(Exception):
    """What an act raises in these tests."""


def count_notes(database: Database) -> int:
    """Return the number of rows another unit sees."""
    with database.reading() as session:
        return session.scalars(select(func.count()).select_from(Note)).one()


def test_the_program_commits_in_one_place_only() -> None:
    """`commit` stands once in all rooms: in the door."""
    root = Path(__file__).parents[2]
    found = [
        f"{path.relative_to(root)}"
        for room in ROOMS
        for path in sorted((root / room).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]

    assert found == ["storage/database.py"]


def test_a_unit_that_ends_well_is_kept(database: Database) -> None:
    """What a unit wrote is there for the next."""
    with database.transaction() as session:
        session.add(Note(label="kept"))

    assert count_notes(database) == 1


def test_a_unit_that_fails_leaves_nothing(database: Database) -> None:
    """Also what was already sent to the database is undone."""
    with pytest.raises(ActFailedError), database.transaction() as session:
        session.add(Note(label="lost"))
        session.flush()
        raise ActFailedError

    assert count_notes(database) == 0


def test_a_broken_constraint_undoes_the_whole_unit(database: Database) -> None:
    """A foreign key that leads nowhere is refused on SQLite too."""
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Note(label="good"))
        session.flush()
        session.add(Note(label="bad", counter="absent"))

    assert count_notes(database) == 0


def test_rows_stay_readable_after_their_unit(database: Database) -> None:
    """An answer is written from the rows after the commit."""
    with database.transaction() as session:
        note = Note(label="read me")
        session.add(note)

    assert note.label == "read me"


def test_effects_run_after_the_commit_and_in_order(database: Database) -> None:
    """Each effect already sees the committed row from another unit."""
    seen: list[tuple[str, int]] = []
    with database.transaction() as session:
        session.add(Note(label="cause"))
        after_commit(session, lambda: seen.append(("first", count_notes(database))))
        after_commit(session, lambda: seen.append(("second", count_notes(database))))
        session.flush()
        assert seen == []

    assert seen == [("first", 1), ("second", 1)]


def test_effects_of_a_failed_unit_never_run(database: Database) -> None:
    """Nothing is announced that did not happen."""
    seen: list[str] = []
    with pytest.raises(ActFailedError), database.transaction() as session:
        after_commit(session, lambda: seen.append("announced"))
        raise ActFailedError

    assert seen == []


@pytest.mark.postgresql
def test_effects_do_not_run_when_the_commit_itself_fails(postgres_database: Database) -> None:
    """A constraint that is checked only at the end is a failed unit like any other."""
    seen: list[str] = []
    with postgres_database.transaction() as session:
        session.execute(
            text("ALTER TABLE note ADD CONSTRAINT late UNIQUE (counter, content) DEFERRABLE INITIALLY DEFERRED")
        )
        session.add(Counter(name="c", value=1))
    with pytest.raises(IntegrityError), postgres_database.transaction() as session:
        session.add_all([Note(counter="c", content={}), Note(counter="c", content={})])
        session.flush()
        after_commit(session, lambda: seen.append("announced"))

    assert seen == []
    assert count_notes(postgres_database) == 0


def test_effects_of_an_undone_savepoint_never_run(database: Database) -> None:
    """Only the part that is kept has effects, before and after the part that is not."""
    seen: list[str] = []
    with database.transaction() as session:
        after_commit(session, lambda: seen.append("before"))
        with pytest.raises(ActFailedError), session.begin_nested():
            session.add(Note(label="undone"))
            after_commit(session, lambda: seen.append("undone"))
            with session.begin_nested():
                after_commit(session, lambda: seen.append("undone, deeper"))
            raise ActFailedError
        with session.begin_nested():
            session.add(Note(label="kept"))
            after_commit(session, lambda: seen.append("kept"))

    assert seen == ["before", "kept"]
    assert count_notes(database) == 1


def test_a_failed_effect_stops_neither_the_others_nor_the_unit(database: Database) -> None:
    """The caller learns that the unit is committed and what failed afterwards."""
    seen: list[str] = []

    def fail() -> None:
        raise ActFailedError

    with pytest.raises(AfterCommitError) as raised, database.transaction() as session:
        session.add(Note(label="kept"))
        after_commit(session, fail)
        after_commit(session, lambda: seen.append("still run"))

    assert [type(each) for each in raised.value.failures] == [ActFailedError]
    assert seen == ["still run"]
    assert count_notes(database) == 1


def test_an_effect_may_open_a_unit_of_its_own(database: Database) -> None:
    """The turn to write has been given back before effects run."""

    def follow_up() -> None:
        with database.transaction() as session:
            session.add(Note(label="follow-up"))

    with database.transaction() as session:
        session.add(Note(label="cause"))
        after_commit(session, follow_up)

    assert count_notes(database) == 2


@pytest.mark.parametrize("wrong", ["commit", "rollback", "close"])
def test_a_unit_cannot_be_ended_by_hand(database: Database, wrong: str) -> None:
    """Whoever holds the session cannot keep or lose half an act in silence."""
    with pytest.raises(UnitOfWorkError), database.transaction() as session:
        session.add(Note(label="half"))
        session.flush()
        getattr(session, wrong)()

    assert count_notes(database) == 0


def test_a_unit_inside_a_unit_is_refused(database: Database) -> None:
    """And the outer one can still be used afterwards."""
    with database.transaction() as session:
        with pytest.raises(UnitOfWorkError), database.transaction():
            pass
        session.add(Note(label="outer"))

    assert count_notes(database) == 1


def test_reading_cannot_write_by_statement(database: Database) -> None:
    """The database itself refuses."""
    with pytest.raises(ReadOnlyUnitError), database.reading() as session:
        session.execute(text("INSERT INTO counter (name, value) VALUES ('c', 1)"))


def test_reading_cannot_write_by_object(database: Database) -> None:
    """A change that was never sent to the database is not lost in silence."""
    with database.transaction() as session:
        session.add(Counter(name="c", value=1))
    with pytest.raises(ReadOnlyUnitError), database.reading() as session:
        session.add(Note(label="new"))
    with pytest.raises(ReadOnlyUnitError), database.reading() as session:
        session.get_one(Counter, "c").value = 2
    with pytest.raises(ReadOnlyUnitError), database.reading() as session:
        session.delete(session.get_one(Counter, "c"))

    with database.reading() as session:
        assert session.get_one(Counter, "c").value == 1
    assert count_notes(database) == 0


def test_a_connection_that_read_can_write_again(database: Database) -> None:
    """Read-only belongs to the unit, not to the pooled connection."""
    for label in ("first", "second", "third"):
        count_notes(database)
        with database.transaction() as session:
            session.add(Note(label=label))

    assert count_notes(database) == 3


def test_reading_sees_one_state_of_the_data(database: Database) -> None:
    """What others commit meanwhile does not appear half-way through a list."""
    with database.reading() as reader:
        before = reader.scalars(select(func.count()).select_from(Note)).one()
        with database.transaction() as writer:
            writer.add(Note(label="meanwhile"))
        after = reader.scalars(select(func.count()).select_from(Note)).one()

    assert (before, after) == (0, 0)
    assert count_notes(database) == 1


def test_reading_has_no_commit_to_wait_for(database: Database) -> None:
    """Effects need a unit that writes, and one from the door."""
    with database.reading() as session, pytest.raises(UnitOfWorkError):
        after_commit(session, lambda: None)
    with Session(database.engine) as foreign, pytest.raises(UnitOfWorkError):
        after_commit(foreign, lambda: None)
