"""`hoso audit` between two machines: the one that keeps the log, and a witness's that has no database."""

import json
import sqlite3

import pytest

from api.app import create_app
from api.config import Settings
from api.demo.client import Office
from api.demo.drive import ADULT
from api.demo.filling import AppWire
from api.house import EXTENSION
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from tests.api.scenes import drop_guards

HOME_SECRET = "a secret only of this test " * 2


@pytest.fixture
def filled(hoso, tmp_path, monkeypatch):
    """An installation with two dossiers; returns a function that opens one more."""
    monkeypatch.setenv("HOSO_SECRET_KEY", HOME_SECRET)
    monkeypatch.setenv("HOSO_DEMO", "1")
    assert hoso("db", "upgrade")[0] == 0
    home = tmp_path / "home"
    settings = Settings(f"sqlite:///{home}/hoso.sqlite", (home / "papers").as_uri(), HOME_SECRET, demo=True)
    app = create_app(settings)
    load(app)
    office = Office(AppWire(app.test_client(use_cookies=False)), "cax.canbo.minhhoa", DEMO_PASSWORD)
    numbers = iter(range(1, 10))

    def open_one():
        plain = {key: value for key, value in ADULT.items() if not key.startswith("id_")}
        person = {**plain, "full_name": f"NGUYỄN VĂN THỬ {next(numbers)}"}
        office.post("/api/v1/dossiers", {"person_id": office.post("/api/v1/persons", person)["id"]})

    open_one()
    open_one()
    return open_one


def load(app):
    """Fill the fictitious province in."""
    house = app.extensions[EXTENSION]
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=house.now())


@pytest.fixture
def witness(hoso, tmp_path):
    """A witness with a key and a memory of its own; returns a function that countersigns what is proven to it."""
    key, memory, proven = tmp_path / "court.key", tmp_path / "last.note", tmp_path / "latest.json"
    code, public, _ = hoso("audit", "witness-key", "court-99", "--out", str(key))
    assert code == 0
    assert key.stat().st_mode & 0o077 == 0
    assert "PRIVATE" not in public
    log = hoso("audit", "log-key")[1].strip()

    def countersign():
        since = memory.read_text().split("\n")[1] if memory.exists() else "0"
        code, proof, err = hoso("audit", "prove", "--since", since)
        assert code == 0, err
        proven.write_text(proof)
        return hoso("audit", "cosign", str(proven), "--key", str(key), "--memory", str(memory), "--log", log)

    countersign.public, countersign.memory = public.strip(), memory
    return countersign


def test_a_witness_goes_along_and_its_name_stands_at_the_checkpoint(hoso, filled, witness):
    """From the key on paper to the list of checkpoints."""
    assert hoso("audit", "trust", witness.public, "--body", "TANDKV-99")[:2] == (0, "ok\n")
    for size in (2, 3):
        assert hoso("audit", "checkpoint")[0] == 0
        code, line, _ = witness()
        assert code == 0
        assert hoso("audit", "accept", str(size), line)[:2] == (0, "ok\n")
        filled()

    listed = json.loads(hoso("audit", "checkpoints", "--json")[1])
    assert [(each["size"], each["witnesses"]) for each in listed] == [(2, ["court-99"]), (3, ["court-99"])]
    assert hoso("audit", "verify", "--kept", str(witness.memory))[:2] == (0, "4 dossiers, 0 problems\n")


def test_a_log_that_was_set_back_is_not_signed_and_is_told_by_what_the_witness_kept(hoso, filled, witness, tmp_path):
    """Yesterday's copy in today's place."""
    rows = tmp_path / "home" / "hoso.sqlite"
    assert hoso("audit", "checkpoint")[0] == 0
    link = sqlite3.connect(rows)
    link.execute("vacuum into ?", (str(tmp_path / "yesterday"),))
    link.close()
    filled()
    assert hoso("audit", "checkpoint")[0] == 0
    assert witness()[0] == 0
    remembered = witness.memory.read_text()
    for left in rows.parent.glob("hoso.sqlite*"):
        left.unlink()
    (tmp_path / "yesterday").rename(rows)

    assert hoso("audit", "prove", "--since", "3")[0] == 1
    code, line, err = refused(hoso, witness, hoso("audit", "prove")[1])
    assert (code, line) == (1, "")
    assert "set back" in err
    assert witness.memory.read_text() == remembered
    code, _, err = hoso("audit", "verify", "--kept", str(witness.memory))
    assert code == 1
    assert "it was set back" in err


def refused(hoso, witness, newest):
    """Hand the witness what there is to hand."""
    proven = witness.memory.parent / "latest.json"
    proven.write_text(newest)
    log = hoso("audit", "log-key")[1].strip()
    key = witness.memory.parent / "court.key"
    return hoso("audit", "cosign", str(proven), "--key", str(key), "--memory", str(witness.memory), "--log", log)


def test_an_altered_entry_is_told_with_dossier_and_number(hoso, filled, tmp_path):
    """Whoever drops the guards of the tables first is found out all the same."""
    assert hoso("audit", "checkpoint")[0] == 0
    with sqlite3.connect(tmp_path / "home" / "hoso.sqlite") as link:
        drop_guards(link)
        link.execute("update diary set role = 'CAX_HEAD' where rowid = 1")
    code, _, err = hoso("audit", "verify")

    assert code == 1
    assert "entry 1: is not what was written" in err
    assert "99001-2026-0000" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("trust", "nonsense", "--body", "TANDKV-99"),
        ("accept", "2", "nonsense"),
        ("accept", "99", "nonsense"),
        ("prove", "--since", "99"),
    ],
)
def test_what_is_no_key_no_line_and_no_checkpoint_is_refused_in_words(hoso, filled, arguments):
    """Exit code 1, no trace of the program."""
    assert hoso("audit", "checkpoint")[0] == 0
    code, out, err = hoso("audit", *arguments)

    assert (code, out) == (1, "")
    assert err.strip()
    assert "Traceback" not in err


def test_a_key_is_never_written_over_and_a_file_that_is_none_is_told(hoso, tmp_path):
    """The witness's key exists once."""
    key = tmp_path / "court.key"
    assert hoso("audit", "witness-key", "court-99", "--out", str(key))[0] == 0
    kept = key.read_text()
    assert hoso("audit", "witness-key", "court-99", "--out", str(key))[0] == 1
    assert hoso("audit", "witness-key", "court 99", "--out", str(tmp_path / "other"))[0] == 1
    assert key.read_text() == kept
    (tmp_path / "latest.json").write_text("[]")
    arguments = ("--key", str(key), "--memory", str(tmp_path / "m"), "--log", "nonsense")
    assert hoso("audit", "cosign", str(tmp_path / "latest.json"), *arguments)[0] == 1
