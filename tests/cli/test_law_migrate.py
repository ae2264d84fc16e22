"""`hoso law migrate`, as a script would use it: look, propose, approve, apply, verify, decide, take back."""

import json
from datetime import timedelta

import pytest

from dossiers.files.models import Dossier
from tests.moves.migrating import FIRST, SECOND, THIRD, build_house
from tests.moves.test_changeover import EVE, NEW, OLD, populate
from workflow.changeover_reading import CHANGEOVERS_FOLDER
from workflow.loader import PROCEDURES_FOLDER

KINDS = ("SUBMITTED", "ADMITTED", "ENFORCEABLE")


@pytest.fixture
def hoso(command, tmp_path, monkeypatch):
    """Return a function that runs the command, expects an exit code and gives back what it printed."""
    monkeypatch.setenv("HOSO_HOME", str(tmp_path))
    monkeypatch.setenv("HOSO_DATABASE_URL", f"sqlite:///{tmp_path / 'hoso.sqlite'}")
    monkeypatch.setenv("HOSO_STORAGE_URL", (tmp_path / "papers").as_uri())

    def run(*words, code=0):
        ended, out, err = command(*words)
        assert ended == code, out + err
        return (err or out) if code else out.strip()

    return run


@pytest.fixture
def numbers(tmp_path):
    """Fill the installation: a dossier at the court, one of somebody who serves, a decision not carried out."""
    url = f"sqlite:///{tmp_path / 'hoso.sqlite'}"
    house = build_house(url, tmp_path / "papers", PROCEDURES_FOLDER, CHANGEOVERS_FOLDER, EVE - timedelta(360))
    made = populate(house, KINDS, scale=48)
    with house.database.reading() as session:
        numbers = {kind: session.get_one(Dossier, dossier_id).number for dossier_id, kind in made.items()}
    house.database.dispose()
    return numbers


def look(hoso, *more):
    """Return what the dry run says, as a program reads it."""
    return json.loads(hoso("law", "migrate", OLD, NEW, "--dry-run", "--json", *more))


@pytest.mark.slow
def test_a_script_can_bring_dossiers_over_and_back(hoso, numbers):
    """One command a step; the exit code says whether every dossier was done."""
    seen = look(hoso)
    assert seen["counts"] == {"dossiers": 3, "noted": 0, "stays": 1, "switches": 1, "review": 1}
    at_court = next(each for each in seen["dossiers"] if each["number"] == numbers["SUBMITTED"])
    assert (at_court["way"], at_court["landing"], at_court["basis"]) == ("switches", "FILED", "L56.2; N150.3")
    assert {change["old"]: change["new"] for change in at_court["limits"]}["T34"] == "T-LIMIT"
    assert all(change["old_due"] == change["new_due"] for change in at_court["limits"] if change["fate"] == "carried")

    plan = hoso("law", "migrate", OLD, NEW, "--propose", "--by", FIRST, "--reason", "Luật mới")
    assert "Two different people" in hoso("law", "migrate", "--approve", plan, "--by", FIRST, code=1)
    assert "not approved" in hoso("law", "migrate", "--apply", plan, code=1)
    hoso("law", "migrate", "--approve", plan, "--by", SECOND)
    assert hoso("law", "migrate", "--apply", plan) == "3 applied, 0 left alone"
    assert hoso("law", "migrate", "--apply", plan) == "0 applied, 0 left alone"
    assert hoso("audit", "verify") == "3 dossiers, 0 problems"

    number = numbers["ENFORCEABLE"]
    told = hoso("law", "migrate", OLD, NEW, "--dry-run", "--dossier", number)
    assert "(đã ghi / noted)" in told
    assert "--decide TO_ENFORCE" in told
    decision = ("--propose", "--dossier", number, "--decide", "TO_ENFORCE", "--by", FIRST, "--reason", "Đã xác nhận")
    decided = json.loads(hoso("law", "migrate", OLD, NEW, *decision, "--json"))
    assert (decided["state"], decided["decision"]) == ("proposed", "TO_ENFORCE")
    hoso("law", "migrate", "--approve", decided["plan"], "--by", SECOND)
    hoso("law", "migrate", "--apply", decided["plan"])

    undo = ("--by", SECOND, "--approve-by", THIRD, "--reason", "Nhầm")
    assert f"{number}: applied: not taken back" in hoso("law", "migrate", "--undo", plan, *undo, code=1)
    assert hoso("law", "migrate", "--undo", decided["plan"], *undo) == "1 undone, 0 left alone"
    shown = json.loads(hoso("law", "migrate", "--show", plan, "--json"))
    assert shown["outcomes"] == {"applied": 1, "undone": 2}
    assert (shown["undone_by"], shown["undo_approved_by"], shown["undo_reason"]) == (SECOND, THIRD, "Nhầm")
    assert hoso("audit", "verify") == "3 dossiers, 0 problems"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--dry-run",), "give FROM, TO"),
        ((OLD, NEW), "give exactly one of"),
        ((OLD, NEW, "--dry-run", "--propose"), "give exactly one of"),
        ((OLD, NEW, "--propose", "--by", FIRST), "give --reason"),
        ((OLD, NEW, "--propose", "--by", FIRST, "--reason", "x", "--decide", "stay"), "go together"),
        ((OLD, NEW, "--propose", "--by", FIRST, "--reason", "x", "--on", "2026-07-01"), "--on is for --dry-run"),
        ((OLD, NEW, "--dry-run", "--on", "tomorrow"), "no ISO day"),
    ],
)
def test_wrong_usage_says_what_is_missing(hoso, words, told):
    """Exit code 2, nothing touched."""
    assert told in hoso("law", "migrate", *words, code=2)
