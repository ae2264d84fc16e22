"""The log over all diaries: what a checkpoint covers, what it proves, and how each engine keeps its rows."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.keeping import log_signer
from api.worker import tick
from dossiers.bodies.models import Organization
from dossiers.errors import InvalidDataError, NotFoundError
from dossiers.evidence.log.checkpoints import (
    CHECKPOINT,
    add_cosignature,
    checkpoints,
    cosignatures_of,
    latest,
    note_of,
    prove_consistency,
    prove_inclusion,
    take_checkpoint,
    trust_witness,
)
from dossiers.evidence.log.merkle import consistent, includes, leaf_hash
from dossiers.evidence.log.notes import COSIGNS, new_signer, read_checkpoint, split_note
from dossiers.evidence.log.verifying import kept_problems, log_problems
from dossiers.files.models import Dossier
from dossiers.jobs import defer
from workflow.canonical import canonical_json

AT = datetime(2026, 7, 30, 9, tzinfo=UTC)
KEPT = ("diary", "access_log", "log_leaf", "log_checkpoint", "log_witness", "log_cosignature")


def taken(house, key, at=AT):
    """Take a checkpoint and return its note."""
    with house.database.transaction() as session:
        made = take_checkpoint(session, key, at=at)
        return None if made is None else note_of(made)


def told(note):
    """Return what a note says."""
    return read_checkpoint(split_note(note)[0])


def problems(house, key, kept=()):
    """Return what an audit says about the log."""
    with house.database.reading() as session:
        return [*log_problems(session, key.verifier), *kept_problems(session, key.verifier, kept)]


def test_a_checkpoint_covers_every_diary_and_stands_until_one_goes_on(house, opened, log_key):
    """Nothing new, nothing signed anew; one diary more, one leaf more."""
    assert taken(house, log_key) is None
    for _each in range(3):
        opened()

    first = taken(house, log_key)
    assert told(first).size == 3
    assert taken(house, log_key, AT + timedelta(hours=1)) == first
    opened()
    second = taken(house, log_key, AT + timedelta(hours=2))

    assert told(second).size == 4
    assert problems(house, log_key, [first, second]) == []
    with house.database.reading() as session:
        assert [each.size for each in checkpoints(session, limit=9)] == [3, 4]
        assert [each.size for each in checkpoints(session, after=3, limit=9)] == [4]


def test_a_proof_shows_that_a_head_is_in_and_that_the_log_only_grew(house, opened, log_key):
    """By the tree's own checks, from what is handed out alone."""
    ids = [opened() for _each in range(3)]
    first = told(taken(house, log_key))
    opened()
    second = told(taken(house, log_key))
    with house.database.reading() as session:
        grew, head = prove_consistency(session, 3, 4), prove_inclusion(session, UUID(ids[1]))
        row = session.get_one(Dossier, UUID(ids[1]))
        assert head.leaf == {"dossier": ids[1], "seq": row.version, "head": row.head_hash}

    steps = [bytes.fromhex(each) for each in head.hashes]
    assert includes(leaf_hash(canonical_json(head.leaf).encode()), head.number, head.size, steps, second.root)
    assert consistent(3, 4, first.root, second.root, [bytes.fromhex(each) for each in grew.hashes])


@pytest.mark.parametrize(("old", "new"), [(0, 1), (2, 1), (1, 9)])
def test_what_never_was_has_no_proof(house, opened, log_key, old, new):
    """Not found, like everything else that is not there."""
    opened()
    taken(house, log_key)
    with house.database.reading() as session:
        with pytest.raises(NotFoundError):
            prove_consistency(session, old, new)
        with pytest.raises(NotFoundError):
            prove_inclusion(session, uuid4())


@pytest.mark.parametrize("statement", ["update {} set {} = {}", "delete from {}"])
def test_rows_of_the_record_are_never_changed_also_past_the_program(house, opened, log_key, witness_key, statement):
    """The database itself refuses, on both engines."""
    opened()
    with house.database.transaction() as session:
        body = session.scalars(select(Organization).limit(1)).one()
        trust_witness(session, str(witness_key.verifier), body, at=AT)
        made = take_checkpoint(session, log_key, at=AT)
        add_cosignature(session, made.size, witness_key.line(made.text, seconds=1_800_000_000))
    columns = {"diary": "kind", "access_log": "what", "log_leaf": "head", "log_checkpoint": "text"}
    for table in KEPT:
        column = columns.get(table, "verifier")
        with pytest.raises(DBAPIError, match="never changed"), house.database.transaction() as session:
            session.execute(text(statement.format(table, column, column)))
    assert problems(house, log_key) == []


def test_only_a_registered_witness_countersigns(house, opened, log_key, witness_key):
    """A key that nobody registered, a line over another text, a key that is none: refused; twice the same: once."""
    opened()
    stranger, size = new_signer("stranger", COSIGNS), told(taken(house, log_key)).size
    with house.database.transaction() as session:
        body, text_signed = session.scalars(select(Organization).limit(1)).one(), latest(session).text
        trust_witness(session, str(witness_key.verifier), body, at=AT)
        trust_witness(session, str(witness_key.verifier), body, at=AT)
        for line in (
            stranger.line(text_signed, seconds=5),
            witness_key.line("another text\n", seconds=5),
            log_key.line(text_signed),
            "nonsense",
        ):
            with pytest.raises(InvalidDataError):
                add_cosignature(session, size, line)
        for wrong in ("nonsense", str(log_key.verifier), witness_key.secret()):
            with pytest.raises(InvalidDataError) as refused:
                trust_witness(session, wrong, body, at=AT)
            assert "PRIVATE" not in str(refused.value.reasons)
        with pytest.raises(NotFoundError):
            add_cosignature(session, size + 1, witness_key.line(text_signed, seconds=5))
        good = witness_key.line(text_signed, seconds=1_800_000_000)
        assert add_cosignature(session, size, good).line == add_cosignature(session, size, good).line
    with house.database.reading() as session:
        assert [each.verifier for each in cosignatures_of(session, [size])[size]] == [str(witness_key.verifier)]
    assert problems(house, log_key) == []


def test_the_worker_takes_a_checkpoint_with_the_key_of_the_installation(house, opened):
    """The key is made when it is first needed and is its owner's alone to read."""
    opened()
    with house.database.transaction() as session:
        defer(session, CHECKPOINT, {}, at=house.now())
    tick(house)

    assert house.settings.log_key.stat().st_mode & 0o077 == 0
    with house.database.reading() as session:
        assert latest(session).size == 1
    assert problems(house, log_signer(house.settings.log_key)) == []
