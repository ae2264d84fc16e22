"""The dossier of the story in a real database, played again under other editions; no row is ever changed."""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from api.cli.main import main
from dossiers.evidence.replays import Replayed, replays
from storage.database import open_database
from tests.api.scenes import Recording
from workflow.model import Clause, Guard, Procedure
from workflow.predicates import Comparison, FactTest, names_in
from workflow.recorded import Fate
from workflow.replay_differences import Verdict
from workflow.vocabulary import Confidence, Effect, Text, Unit

#: Plays the finished story under an edition.
Play = Callable[[Procedure], Replayed]

ADULT = "cnbb-adult@2026-07-01"


@pytest.fixture
def played(recording: Recording) -> Play:
    """Return a function that plays the finished story under an edition and gives back the one dossier."""

    def play(procedure: Procedure) -> Replayed:
        mark = recording.ends[-1]
        database = open_database(f"sqlite:///{mark.database}")
        before = dump(mark.database)
        try:
            with database.reading() as session:
                found = list(replays(session, recording.house.law, procedure, at=mark.instant))
        finally:
            database.dispose()
        assert dump(mark.database) == before
        (one,) = [each for each in found if each.number == mark.number]
        return one

    return play


@pytest.fixture
def adult(recording: Recording) -> Procedure:
    """Return the edition of the story."""
    return next(each for each in recording.house.law.procedures if each.key == ADULT)


def dump(file: Path) -> list[str]:
    """Return the whole content of a database as SQL."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_under_its_own_edition_nothing_differs(played: Play, adult: Procedure) -> None:
    """The diary alone is enough to live the dossier again, act by act."""
    one = played(adult)

    assert one.differences.none, one.differences
    assert one.acts > 20
    assert any(days for days, _ in one.differences.custody.values())


def test_a_condition_nobody_could_meet_stops_the_dossier_there(played: Play, adult: Procedure) -> None:
    """The act is refused with its rule and article; what comes after it are consequences, and nobody is held."""
    title = Text("Điều kiện thử", "A condition for trial")
    never = Clause(
        "never", FactTest("term_months", Comparison.AT_MOST, -1), title, title, "L1.1", Confidence("A"), Effect.REFUSE
    )
    guard = Guard("TRIAL", title, "L1.1", Confidence("A"), (never,))
    acts = tuple(
        replace(act, guards=(*act.guards, guard.id)) if act.trigger == "file_to_court" else act
        for act in adult.transitions
    )
    one = played(replace(adult, guards={**adult.guards, guard.id: guard}, transitions=acts)).differences

    first, *rest = one.replay.left_out
    assert (first.act.trigger, first.fate) == ("file_to_court", Fate.REFUSED)
    assert [(reason.guard, reason.clause, reason.basis) for reason in first.reasons] == [("TRIAL", "never", "L1.1")]
    assert rest
    assert {told.fate for told in rest if told.act.trigger != "file_to_court"} == {Fate.CONSEQUENCE}
    assert one.ends_differently
    assert [replayed for title, (_, replayed) in one.custody.items() if title.startswith("in_facility")] == [0.0]


def test_a_shorter_limit_would_have_been_missed(played: Play, adult: Procedure) -> None:
    """One limit of which the end is made one hour: missed, and nothing else differs."""
    clauses = [clause.require for guard in adult.guards.values() for clause in guard.clauses]
    cases = [act.when for act in adult.transitions if act.when is not None]
    read = {name for predicate in clauses + cases for kind, name in names_in(predicate) if kind == "limit"}
    met = [run.rule for run in played(adult).recorded.runs if run.how == "met" and run.duty and run.rule not in read]
    rule = next(name for name in met if name in adult.limits and adult.limits[name].unit is Unit.WORKING_DAYS)
    short = replace(adult.limits[rule], amount=1, unit=Unit.HOURS, rolls=False, variants=())
    one = played(replace(adult, limits={**adult.limits, rule: short})).differences

    assert [(each.rule, each.verdict) for each in one.limits] == [(rule, Verdict.MISSED)]
    assert (one.states, one.terms, one.replay.left_out) == ({}, {}, ())


def test_the_command_tells_numbers_states_rules_and_days(
    recording: Recording, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """JSON for programs; one line a dossier for people, without a name; days of opening choose."""
    mark = recording.ends[-1]
    monkeypatch.setenv("HOSO_DATABASE_URL", f"sqlite:///{mark.database}")
    before = dump(mark.database)

    def hoso(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["hoso", "law", "replay", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        return ended.value.code, *capsys.readouterr()

    code, out, _ = hoso("--under", ADULT, "--json")
    told = json.loads(out)
    assert code == 0
    assert told["totals"]["dossiers"] == told["totals"]["without_difference"] == len(told["dossiers"]) >= 1
    assert mark.number in {row["number"] for row in told["dossiers"]}

    code, out, _ = hoso("--under", "cnbb-adult@2025-07-01")
    (line,) = [line for line in out.splitlines() if line.startswith(f"{mark.number} ")]
    assert code == 0
    assert "no difference" not in line
    with closing(sqlite3.connect(mark.database)) as connection:
        names = [name for (name,) in connection.execute("select full_name from person")]
    assert names
    assert not [name for name in names if name in out]

    assert json.loads(hoso("--under", ADULT, "--to", "2026-07-01", "--json")[1])["dossiers"] == []
    assert json.loads(hoso("--under", ADULT, "--from", "2099-01-01", "--json")[1])["dossiers"] == []
    assert hoso("--under", "cnbb-hold@2026-07-01")[0] == 1
    assert hoso("--under", "cnbb-adult@1999-01-01")[0] == 1
    assert dump(mark.database) == before
