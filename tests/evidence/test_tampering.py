"""Alterations behind the program: each is found, by chain, fold, store, log or witness; a clean copy raises no alarm.

Works on copies of the finished story.  `HOSO_TAMPERS` says how many alterations are tried (500: the campaign).
"""

import os
import random
import shutil
import sqlite3
from collections import Counter
from datetime import timedelta

import pytest

from dossiers.evidence.diary import GENESIS, entry_hash
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.log.checkpoints import hash_of, note_of, take_checkpoint
from dossiers.evidence.log.merkle import grown, root_of
from dossiers.evidence.log.models import LogLeaf
from dossiers.evidence.log.notes import Checkpoint
from dossiers.evidence.log.verifying import kept_problems, log_problems
from dossiers.evidence.missing import damaged_objects, missing_objects
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from dossiers.papers.outgoing import register_problems
from storage.database import open_database
from storage.objects import open_store
from tests.api.scenes import drop_guards

TAMPERS = int(os.environ.get("HOSO_TAMPERS", "60"))


@pytest.fixture(scope="module")
def original(recording, tmp_path_factory, log_key):
    """The finished story with two checkpoints, both kept by a witness, and yesterday's copy of it all."""
    folder = tmp_path_factory.mktemp("tampering")
    papers = folder / "papers"
    shutil.copytree(recording.house.settings.storage_url.removeprefix("file://"), papers)
    notes = []
    for name, mark in (("yesterday", recording.ends[len(recording.ends) // 2]), ("today", recording.ends[-1])):
        rows = folder / f"{name}.sqlite"
        shutil.copyfile(mark.database, rows)
        if name == "today":
            _carry_log(folder / "yesterday.sqlite", rows)
        database = open_database(f"sqlite:///{rows}")
        with database.transaction() as session:
            notes.append(note_of(take_checkpoint(session, log_key, at=mark.instant + timedelta(minutes=1))))
        database.dispose()
    return Copy(folder / "today.sqlite", papers, tuple(notes))


def _carry_log(source, target):
    """Copy the log of yesterday into the rows of today, as if it had stood there all the while."""
    link = sqlite3.connect(target)
    with link:
        link.execute("attach database ? as old", (str(source),))
        for table in ("log_leaf", "log_checkpoint"):
            link.execute(f"insert into {table} select * from old.{table}")  # noqa: S608
    link.close()


class Copy:
    """Rows, papers and the checkpoints that a witness kept."""

    def __init__(self, rows, papers, kept):
        self.rows, self.papers, self.kept = rows, papers, kept

    def copied(self, folder):
        """Return a copy that may be altered."""
        rows = folder / "rows.sqlite"
        shutil.copyfile(self.rows, rows)
        shutil.copytree(self.papers, folder / "papers")
        return Copy(rows, folder / "papers", self.kept)

    def problems(self, key):
        """Return what the whole audit says."""
        database, store = open_database(f"sqlite:///{self.rows}"), open_store(self.papers.as_uri())
        try:
            with database.reading() as session:
                found = [each for row in session.query(Dossier) for each in dossier_problems(session, row)]
                found += [*missing_objects(session, store), *damaged_objects(session, store)]
                found += [*register_problems(session), *log_problems(session, key.verifier)]
                return found + kept_problems(session, key.verifier, self.kept)
        finally:
            database.dispose()
            store.close()

    def link(self):
        """Return a connection past the program, with the guards of the tables gone."""
        link = sqlite3.connect(self.rows)
        drop_guards(link)
        return link


def edit_entry(copy, luck, _key):
    """Change one column of one entry."""
    changes = {
        "kind": "'paper_'",
        "trigger": "trigger || 'x'",
        "to_state": "to_state || 'x'",
        "role": "role || 'x'",
        "occurred_at": "datetime(occurred_at, '-1 day')",
        "recorded_at": "datetime(recorded_at, '+1 hour')",
        "account_id": "(select id from account where account.id is not diary.account_id limit 1)",
        "body_id": "(select id from organization where organization.id is not diary.body_id limit 1)",
        "payload": "json_set(payload, '$.note', 'khác')",
        "prev_hash": "hash",
        "hash": "lower(hex(randomblob(32)))",
    }
    column = luck.choice(sorted(changes))
    with copy.link() as link:
        seq = luck.choice([seq for (seq,) in link.execute("select seq from diary where seq > 1")])
        link.execute(f"update diary set {column} = {changes[column]} where seq = ?", (seq,))  # noqa: S608
    return f"{column} of an entry"


def remove_entry(copy, luck, _key):
    """Take an entry out; with its row in order when it is the last."""
    with copy.link() as link:
        seqs = [seq for (seq,) in link.execute("select seq from diary order by seq")]
        seq = luck.choice([*seqs, *[seqs[-1]] * 5])
        link.execute("delete from diary where seq = ?", (seq,))
        if seq == seqs[-1]:
            link.execute(
                "update dossier set version = ?, head_hash = (select hash from diary where seq = ?)", (seq - 1, seq - 1)
            )
    return "an entry removed"


def swap_entries(copy, luck, _key):
    """Let two entries change places."""
    with copy.link() as link:
        seqs = [seq for (seq,) in link.execute("select seq from diary order by seq")]
        one, other = luck.sample(seqs, 2)
        for old, new in ((one, -1), (other, one), (-1, other)):
            link.execute("pragma ignore_check_constraints = on")
            link.execute("update diary set seq = ? where seq = ?", (new, old))
    return "entries reordered"


#: What is changed of rows that follow from the diary: table, change (None: the row is removed), which rows.
EDITS = {
    "state of the dossier": ("dossier", "state = 'SERVING'", "true"),
    "facts": ("dossier", "facts = json_set(facts, '$.term_months', 36)", "true"),
    "day of a limit": ("deadline", "due_at = datetime(due_at, '+1 day')", "due_at is not null"),
    "state of a limit": ("deadline", "state = 'lapsed'", "state = 'met'"),
    "certificate": (
        "deadline",
        "certificate = json_set(certificate, '$.due', 'x')",
        "certificate is not null",
    ),
    "custody begun": ("custody_interval", "from_at = datetime(from_at, '-1 day')", "true"),
    "custody removed": ("custody_interval", None, "true"),
    "paper swapped": ("paper", "signed_sha256 = '" + "0" * 64 + "'", "signed_sha256 is not null"),
    "paper re-dated": ("paper", "doc_date = date(doc_date, '-1 day')", "doc_date is not null and state = 'signed'"),
    "paper removed": ("paper", None, "state = 'signed'"),
}


def edit_rows(copy, luck, _key):
    """Change what follows from the diary."""
    name = luck.choice(sorted(EDITS))
    table, change, which = EDITS[name]
    with copy.link() as link:
        ids = [each for (each,) in link.execute(f"select id from {table} where {which} order by id")]  # noqa: S608
        act = f"delete from {table}" if change is None else f"update {table} set {change}"  # noqa: S608
        link.execute(f"{act} where id = ?", (luck.choice(ids),))
    return name


def edit_bytes(copy, luck, _key):
    """Change, cut or take away the bytes of a paper."""
    files = sorted(path for path in copy.papers.rglob("*") if path.is_file())
    with copy.link() as link:
        named = {key for row in link.execute("select object_sha256, signed_sha256 from paper") for key in row if key}
    path = luck.choice([path for path in files if path.name in named or path.parent.name + path.name in named])
    path.chmod(0o644)
    how, data = luck.choice(["flip", "cut", "gone"]), bytearray(path.read_bytes())
    if how == "gone":
        path.unlink()
    elif how == "cut":
        path.write_bytes(data[:-1])
    else:
        data[luck.randrange(len(data))] ^= 1 << luck.randrange(8)
        path.write_bytes(data)
    return f"bytes of a paper: {how}"


def swap_bytes(copy, luck, _key):
    """Put one paper's bytes in another's place."""
    files = sorted(path for path in copy.papers.rglob("*") if path.is_file())
    one, other = luck.sample(files, 2)
    one.chmod(0o644)
    one.write_bytes(other.read_bytes())
    with copy.link() as link:
        named = {key for row in link.execute("select object_sha256, signed_sha256 from paper") for key in row if key}
    if one.name not in named and one.parent.name + one.name not in named:
        return None
    return "papers' bytes swapped"


def rewrite_with_the_key(copy, luck, key):
    """Rewrite history from one entry on and sign the whole log anew, with the stolen key of the log."""
    database = open_database(f"sqlite:///{copy.rows}")
    with copy.link() as link:
        first = luck.randrange(2, 12)
        link.execute("update diary set occurred_at = datetime(occurred_at, '-2 minutes') where seq = ?", (first,))
    with database.transaction() as session:
        previous, hashes = GENESIS, {}
        for entry in session.query(DiaryEntry).order_by(DiaryEntry.seq):
            entry.prev_hash = previous
            previous = entry.hash = hashes[entry.seq] = entry_hash(entry)
        session.query(Dossier).one().head_hash = previous
        session.flush()
        for leaf in session.query(LogLeaf):
            leaf.head = hashes[leaf.seq]
        session.flush()
        leaves = [hash_of(leaf) for leaf in session.query(LogLeaf).order_by(LogLeaf.number)]
        for checkpoint in list(session.connection().exec_driver_sql("select size from log_checkpoint")):
            parts = grown((), 0, leaves[: checkpoint.size])
            text = Checkpoint(key.verifier.name, checkpoint.size, root_of(parts)).text
            session.connection().exec_driver_sql(
                "update log_checkpoint set text = ?, signature = ?, frontier = ? where size = ?",
                (text, key.line(text), "[" + ", ".join(f'"{part.hex()}"' for part in parts) + "]", checkpoint.size),
            )
    database.dispose()
    return "rewritten and signed with the stolen key"


def set_back(copy, _luck, _key):
    """Put yesterday's copy in today's place."""
    shutil.copyfile(copy.rows.parent / "yesterday.sqlite", copy.rows)
    return "set back to yesterday"


KINDS = (edit_entry, edit_entry, remove_entry, swap_entries, edit_rows, edit_rows, edit_bytes, swap_bytes)
WITNESSED = (rewrite_with_the_key, set_back)


def test_the_clean_copy_raises_no_alarm(original, log_key):
    """Otherwise finding everything would be easy."""
    assert original.problems(log_key) == []


def test_every_alteration_is_found(original, log_key, tmp_path):
    """Whatever was altered; how often each kind was tried is told."""
    luck, tried, missed = random.Random(20260730), Counter(), []
    while tried.total() < TAMPERS:
        alter = luck.choice((*KINDS, *WITNESSED))
        folder = tmp_path / "copy"
        folder.mkdir()
        copy = original.copied(folder)
        shutil.copyfile(original.rows.parent / "yesterday.sqlite", folder / "yesterday.sqlite")
        name = alter(copy, luck, log_key)
        if name is not None:
            tried[name] += 1
            found = copy.problems(log_key)
            if not found:
                missed.append(name)
            elif alter in WITNESSED:
                assert replace_kept(copy).problems(log_key) == [] or alter is set_back
        shutil.rmtree(folder)

    print(dict(sorted(tried.items())))  # noqa: T201 - the campaign's result is read by people
    assert missed == []
    assert len(tried) > 12 or TAMPERS < 60


def replace_kept(copy):
    """Return the copy as it looks to somebody without a witness."""
    return Copy(copy.rows, copy.papers, ())
