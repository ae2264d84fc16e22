"""A decision on days off that comes while limits run: a new count beside the old one, and no right cut short."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from api.cli.main import cli
from api.worker import run, tick
from dossiers.errors import InvalidDataError
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from dossiers.jobs import Job
from dossiers.moves.recount import decree_day, outlooks
from dossiers.policies import calendar_with, known_calendars
from tests.api.refusals import problem_of
from tests.api.scenes import Mark, Recording, Scene
from tests.playing import SceneBefore
from workflow.canonical import canonical_json
from workflow.certificates import VIETNAM
from workflow.deadlines import verify

HEAD, COURT = "cax.truong.minhhoa", "toa.kv99"
CHECKER = Path(__file__).parents[2] / "docs" / "verify_deadline.py"
DECISION = "Quyết định giả định 1/QĐ"


def decree(scene: Scene, day: str, kind: str, decision: str = DECISION) -> None:
    """Let somebody record a decreed day at the scene's clock."""
    with scene.house.database.transaction() as session:
        decree_day(session, date.fromisoformat(day), kind, decision, at=scene.house.now())


def counts(scene: Scene, rule: str, by: str = HEAD) -> list[dict[str, Any]]:
    """Return every count of a limit in the order they were made, as the interface lists them."""
    rows = [row for row in scene.get(by, f"{scene.path}/deadlines")["items"] if row["rule"] == rule]
    return sorted(rows, key=lambda row: int(row["started_by"]))


def certificate(scene: Scene, row: dict[str, Any], by: str = HEAD) -> dict[str, Any]:
    """Return what the interface tells about one count."""
    found: dict[str, Any] = scene.get(by, f"/api/v1/deadlines/{row['id']}/certificate")
    return found


def recount_entries(scene: Scene, by: str = HEAD) -> list[dict[str, Any]]:
    """Return the diary entries about limits that were counted again."""
    return [each for each in scene.get(by, f"{scene.path}/diary")["items"] if each["trigger"] == "limits_recounted"]


def problems(scene: Scene) -> list[str]:
    """Return what an audit says about the dossier."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


def last_day(row: dict[str, Any]) -> str:
    """Return the last day of a limit in Việt Nam."""
    end = datetime.fromisoformat(row["due_at"]) - timedelta(seconds=1)
    return end.astimezone(VIETNAM).date().isoformat()


@pytest.fixture
def reading(after: SceneBefore) -> Scene:
    """Open the moment after the notice was served on 6 August 2026: reading on the 7th, 10th and 11th."""
    return after("serve_notice")


def test_a_day_off_decreed_later_moves_the_end_and_keeps_both_counts(reading: Scene) -> None:
    """Monday the 10th is decreed off: the window ends on the 12th, and whoever asks sees both certificates."""
    decree(reading, "2026-08-10", "off")
    tick(reading.house)
    old, new = counts(reading, "T-READ3")

    assert (old["state"], last_day(old), old["superseded_by"]) == ("superseded", "2026-08-11", new["id"])
    assert (new["state"], last_day(new), new["stopped_by"]) == ("running", "2026-08-12", None)
    assert reading.get(HEAD, reading.path)["facts"]["reading_ends_on"] == "2026-08-12"
    shown = certificate(reading, new)
    assert [each["id"] for each in shown["superseded"]] == [old["id"]]
    assert shown["superseding"] == []
    reasons = {row["date"]: row["reason"]["vi"] for row in shown["certificate"]["days"]}
    assert reasons["2026-08-10"] == "Ngày nghỉ theo quyết định"
    assert [row["date"] for row in shown["superseded"][0]["certificate"]["days"]][-1] == "2026-08-11"
    assert [each["id"] for each in certificate(reading, old)["superseding"]] == [new["id"]]
    assert DECISION in shown["why"]
    assert problems(reading) == []


def test_the_diary_says_why_from_when_to_when_and_by_which_decision(reading: Scene) -> None:
    """One entry, by the system, in both languages, that changes neither the state nor what was stored."""
    before = [certificate(reading, row)["certificate"] for row in counts(reading, "T-READ3")]
    decree(reading, "2026-08-10", "off")
    tick(reading.house)
    (entry,) = recount_entries(reading)
    (recount,) = entry["payload"]["recounts"]
    (remark,) = entry["payload"]["remarks"]

    assert (entry["from"], entry["to"]) == ("READING_WINDOW", "READING_WINDOW")
    assert entry["role"] == "SYSTEM"
    assert (recount["rule"], recount["days"], recount["kept"]) == ("T-READ3", 1, False)
    assert recount["supersedes"] == before[0]["hash"]
    assert [day["date"] for day in recount["changed"]] == ["2026-08-10"]
    assert "12/08/2026 thay cho ngày 11/08/2026" in remark["text"]["vi"]
    assert "12/08/2026 instead of 11/08/2026" in remark["text"]["en"]
    assert [certificate(reading, row)["certificate"] for row in counts(reading, "T-READ3")][:1] == before


def test_the_window_stays_open_as_long_as_the_new_count_says(reading: Scene) -> None:
    """Time ends it on the 13th at midnight, not on the 12th; the next duty counts from the new last day."""
    decree(reading, "2026-08-10", "off")
    reading.let_time_pass("2026-08-12T09:00:00+07:00")
    assert reading.state == "READING_WINDOW"
    problem_of(reading.send(HEAD, "file_to_court"), 409, "move-refused")

    reading.let_time_pass("2026-08-13T00:00:01+07:00")

    assert reading.state == "DECIDING_TO_FILE"
    (filing,) = counts(reading, "T-FILE1")
    assert last_day(filing) == "2026-08-13"
    assert problems(reading) == []


def test_a_right_of_the_person_is_never_shortened(reading: Scene) -> None:
    """Saturday the 8th is decreed a working day: by that count reading ends on the 10th; the 11th stays in force."""
    decree(reading, "2026-08-08", "work")
    tick(reading.house)
    _, new = counts(reading, "T-READ3")
    shown = certificate(reading, new)
    (remark,) = recount_entries(reading)[0]["payload"]["remarks"]

    assert (last_day(new), new["protects"]) == ("2026-08-11", "person")
    assert shown["certificate"]["due_on"] == "2026-08-10"
    assert "không bị rút ngắn" in remark["text"]["vi"]
    assert "stays in force" in remark["text"]["en"]
    assert remark["effect"] == "warn"
    assert reading.get(HEAD, reading.path)["facts"]["reading_ends_on"] == "2026-08-11"
    assert reading.get(HEAD, reading.path)["alarms"] == []
    reading.let_time_pass("2026-08-11T00:00:01+07:00")
    assert reading.state == "READING_WINDOW"
    assert problems(reading) == []


def test_what_was_kept_is_kept_through_further_decisions(reading: Scene) -> None:
    """The Saturday is taken back, then a day off is added: the end only ever moves to the later day."""
    decree(reading, "2026-08-08", "work")
    tick(reading.house)
    decree(reading, "2026-08-08", "off", "Quyết định giả định 2/QĐ")
    tick(reading.house)
    decree(reading, "2026-08-11", "off", "Quyết định giả định 3/QĐ")
    tick(reading.house)
    chain = counts(reading, "T-READ3")

    assert [last_day(row) for row in chain] == ["2026-08-11", "2026-08-11", "2026-08-11", "2026-08-12"]
    assert [row["state"] for row in chain] == ["superseded"] * 3 + ["running"]
    assert [each["id"] for each in certificate(reading, chain[-1])["superseded"]] == [row["id"] for row in chain[:-1]]
    assert [each["id"] for each in certificate(reading, chain[0])["superseding"]] == [row["id"] for row in chain[1:]]
    assert problems(reading) == []


def test_a_shortened_duty_raises_an_alarm_until_somebody_answers_or_does_it(after: SceneBefore) -> None:
    """The hearing must be held a day earlier, because a Sunday is worked: the court is told where all can see it."""
    scene = after("open_hearing")
    (old,) = counts(scene, "T-CT-HEAR", COURT)
    decree(scene, "2026-08-23", "work")
    tick(scene.house)
    _, new = counts(scene, "T-CT-HEAR", COURT)
    alarms = [alarm for alarm in scene.get(COURT, scene.path)["alarms"] if alarm["code"].startswith("RECOUNT.")]

    assert (last_day(old), last_day(new)) == ("2026-08-28", "2026-08-27")
    assert [alarm["code"] for alarm in alarms] == ["RECOUNT.T-CT-HEAR"]
    assert "hết hạn sớm hơn, ngày 27/08/2026 thay cho ngày 28/08/2026" in alarms[0]["text"]
    assert problems(scene) == []

    scene.let_time_pass("2026-08-27T10:00:00+07:00")
    assert scene.scan(COURT, "C11", dated="2026-08-27").status == 201
    scene.act(COURT, "decide_apply", scene.recording.fields_of("decide_apply"))

    assert "RECOUNT.T-CT-HEAR" not in {alarm["code"] for alarm in scene.get(COURT, scene.path)["alarms"]}
    assert problems(scene) == []


def test_an_alarm_about_a_shortened_duty_can_be_answered(after: SceneBefore) -> None:
    """By a word in the diary, as any alarm."""
    scene = after("open_hearing")
    decree(scene, "2026-08-23", "work")
    tick(scene.house)
    (alarm,) = scene.get(COURT, scene.path)["alarms"]
    path, body = f"/api/v1/alarms/{alarm['id']}/acknowledge", json.dumps({"reason": "Đã dời (giả định)"}).encode()

    assert scene.office(COURT).call("POST", path, body=body, version=scene.version).status == 200
    assert scene.get(COURT, scene.path)["alarms"] == []
    assert problems(scene) == []


def test_a_duty_that_was_overdue_and_is_not_any_more_is_alarmed_no_longer(before: SceneBefore) -> None:
    """The day it ran out turns out to have been off: the alarm ends with the recount, and the audit agrees."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-13T09:00:00+07:00")
    assert [alarm["code"] for alarm in scene.get(HEAD, scene.path)["alarms"]] == ["LIMIT.T-FILE1"]
    decree(scene, "2026-08-12", "off")
    tick(scene.house)

    assert last_day(counts(scene, "T-FILE1")[-1]) == "2026-08-13"
    assert scene.get(HEAD, scene.path)["alarms"] == []
    assert problems(scene) == []


def test_done_twice_it_changes_nothing_and_far_days_change_nothing(reading: Scene) -> None:
    """The same decision recorded again, a tick more, a day outside every running limit: one entry in all."""
    decree(reading, "2026-08-10", "off")
    decree(reading, "2026-08-10", "off")
    decree(reading, "2026-11-02", "off")
    for _ in range(3):
        tick(reading.house)

    assert len(recount_entries(reading)) == 1
    assert len(counts(reading, "T-READ3")) == 2
    with reading.house.database.reading() as session:
        assert {job.state for job in session.scalars(select(Job))} == {"done"}


def test_an_officer_who_is_faster_than_the_worker_acts_under_the_new_calendar(reading: Scene) -> None:
    """Before every act the limits are brought up to the days known then; one decision never waits for a tick."""
    decree(reading, "2026-08-10", "off")
    reading.clock.instant = datetime.fromisoformat("2026-08-12T09:00:00+07:00")
    reading._offices.clear()

    problem_of(reading.send(HEAD, "file_to_court"), 409, "move-refused")
    reading.act("cax.canbo.minhhoa", "transfer_competence", {"competent_cax": "@body:CAX-99002"})

    assert [kind for (kind,) in reading.rows("select kind from diary order by seq desc limit 2")] == [
        "moved",
        "recount",
    ]
    assert problems(reading) == []


def test_a_preview_says_exactly_what_the_decision_then_does(reading: Scene) -> None:
    """Which limits of which dossiers move, by how many days, before anything is written."""
    traces = reading.traces()
    with reading.house.database.reading() as session:
        calendar = calendar_with(session, date(2026, 8, 10), "off", DECISION, at=reading.house.now())
        (outlook,) = outlooks(session, reading.house.law, calendar, day=date(2026, 8, 10))
        told = {(each.limit.id, each.due_at, each.moved_days, each.kept) for each in outlook.recounts}
        assert outlook.dossier.number == reading.number
    assert reading.traces() == traces

    decree(reading, "2026-08-10", "off")
    tick(reading.house)
    done = {
        (each["rule"], datetime.fromisoformat(each["due_at"]), each["days"], each["kept"])
        for each in recount_entries(reading)[0]["payload"]["recounts"]
    }

    assert told == done


def test_the_command_previews_records_and_verifies(
    reading: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`hoso calendar add --dry-run` writes nothing; without it the worker follows; every certificate still verifies."""
    monkeypatch.setenv("HOSO_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HOSO_DATABASE_URL", str(reading.house.database.url))
    traces = reading.traces()

    def hoso(*arguments: str) -> str:
        done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.output

    preview = json.loads(hoso("calendar", "add", "2026-08-10", "--off", "--decision", DECISION, "--dry-run", "--json"))
    assert reading.traces() == traces
    assert preview["written"] is False
    assert [(row["rule"], row["days"], row["kept"]) for row in preview["limits"]] == [("T-READ3", 1, False)]
    said = hoso("calendar", "add", "2026-08-10", "--off", "--decision", DECISION)
    assert f"{reading.number}  T-READ3 Đọc hồ sơ: 11/08/2026 → 12/08/2026 (+1 ngày / days)" in said
    tick(reading.house)
    old, new = (certificate(reading, row)["certificate"] for row in counts(reading, "T-READ3"))
    for name, paper in (("old.json", old), ("new.json", new)):
        (tmp_path / name).write_text(canonical_json(paper), encoding="utf-8")
        assert hoso("deadline", "verify", str(tmp_path / name)) == "ok\n"
    (tmp_path / "2026.json").write_text(hoso("calendar", "show", "2026", "--json"), encoding="utf-8")

    def check(name: str) -> int:
        command = [sys.executable, "-I", str(CHECKER), name, "--calendar", "2026.json"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert (check("new.json"), check("old.json")) == (0, 1)
    (tmp_path / "2026.json").write_text(hoso("calendar", "show", "2026", "--json", "--known-on", "2026-08-01"))
    assert (check("new.json"), check("old.json")) == (1, 0)


def test_every_calendar_that_was_ever_in_force_confirms_its_certificates(reading: Scene) -> None:
    """The history of decisions is enough to recount what was stored under each of them."""
    decree(reading, "2026-08-10", "off")
    tick(reading.house)
    decree(reading, "2026-08-15", "work", "Quyết định giả định 2/QĐ")
    with reading.house.database.reading() as session:
        known = {calendar.revision: calendar for calendar in known_calendars(session)}
    papers = [certificate(reading, row)["certificate"] for row in counts(reading, "T-READ3")]

    assert len(known) == 3
    assert [verify(json.dumps(paper), known[paper["calendar_revision"]]) for paper in papers] == [[], []]


@pytest.mark.parametrize(
    ("day", "kind", "decision"),
    [
        ("2050-01-01", "off", DECISION),
        ("2026-08-10", "holiday", DECISION),
        ("2026-08-10", "off", " "),
        ("2026-08-10", "off", "x" * 201),
    ],
)
def test_a_day_that_no_calendar_can_hold_is_refused_and_breaks_nothing(
    reading: Scene, day: str, kind: str, decision: str
) -> None:
    """A year that is not covered would stop every count; it never gets in."""
    with pytest.raises(InvalidDataError):
        decree(reading, day, kind, decision)

    assert tick(reading.house) == 0
    assert reading.get(HEAD, f"{reading.path}/deadlines")["items"]


def test_a_slip_can_be_corrected_the_same_day(reading: Scene) -> None:
    """The wrong kind, then the right one: the later word holds, and both decisions stay on record."""
    decree(reading, "2026-08-10", "work")
    decree(reading, "2026-08-10", "off")
    tick(reading.house)

    assert last_day(counts(reading, "T-READ3")[-1]) == "2026-08-12"
    assert reading.rows("select count(*) from calendar_entry") == [(2,)]


def test_a_body_that_has_left_is_told_of_no_later_count(before: SceneBefore) -> None:
    """It sees the count that ran when it left, as running, and nothing of the recount."""
    scene = before("complete_dossier")
    scene.act("cax.canbo.minhhoa", "transfer_competence", {"competent_cax": "@body:CAX-99002"})
    left, stays = "cax.canbo.minhhoa", "cax.canbo.thunghiem"
    row, _ = counts(scene, "T-DOS1", stays)
    decree(scene, "2026-08-06", "off")
    tick(scene.house)
    shown, inside = certificate(scene, row, left), certificate(scene, row, stays)

    assert shown["superseding"] == []
    assert shown["deadline"]["state"] == "running"
    assert len(inside["superseding"]) == 2
    assert recount_entries(scene, left) == []
    assert len(recount_entries(scene, stays)) == 1


def test_a_stored_certificate_that_was_tampered_with_holds_nobody_up(reading: Scene) -> None:
    """The audit names it; acts and time go on."""
    of_reading = "where rule = 'T-READ3' and state = 'running'"
    reading.change(f"update deadline set certificate = json_set(certificate, '$.start', 'x') {of_reading}")  # noqa: S608
    decree(reading, "2026-08-10", "off")
    reading.let_time_pass("2026-08-12T09:00:00+07:00")

    assert reading.state == "DECIDING_TO_FILE"
    assert [problem.partition(":")[0] for problem in problems(reading)] == ["limits"]


class OneTurn(Event):
    """Stops a worker after its first look."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = 0

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as the real one is asked
        """Let one turn pass, then say stop; never sleeps."""
        self.turns += 1
        return self.turns > 1


def test_a_worker_that_starts_counts_again_what_a_new_release_knows_better(reading: Scene) -> None:
    """Days off that came without a command (a release, a restored database) are found at the start, once."""
    values = "'0123456789abcdef0123456789abcdef', '2026-08-10', 'off', 'QĐ giả định', '2026-08-06 02:30:00.000000'"
    reading.change(f"insert into calendar_entry (id, day, kind, decision, recorded_at) values ({values})")  # noqa: S608
    tick(reading.house)
    assert recount_entries(reading) == []

    run(reading.house, OneTurn())
    run(reading.house, OneTurn())

    assert len(recount_entries(reading)) == 1
    assert last_day(counts(reading, "T-READ3")[-1]) == "2026-08-12"
    assert problems(reading) == []


def test_no_moment_of_the_story_changes_without_a_decision(
    recording: Recording, scene_at: Callable[[Mark], Scene]
) -> None:
    """A tick under the calendar under which everything was counted recounts nothing, anywhere."""
    for number, mark in recording.states():
        if mark.dossier_id:
            scene = scene_at(recording.ends[number])
            tick(scene.house)
            assert scene.rows("select count(*) from diary where kind = 'recount'") == [(0,)]
