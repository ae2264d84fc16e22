"""`hoso demo` from the commune to the end of post-rehab: on the embedded files, and on PostgreSQL with S3."""

import itertools
import os
import shutil
import subprocess
import sys

import docx
import pytest

from api.config import settings_from_environment
from api.demo.drive import LEFTOVER

pytestmark = pytest.mark.slow

SOFFICE_SECONDS = 180
#: What differs between two runs by chance: ids of rows.
CHANCE = ("certificate", "paper_id")


def moves(run, what=None):
    """Return the steps that are acts, or those of one trigger."""
    acts = [step for step in run.summary["steps"] if step["kind"] in ("moved", "proceeding")]
    return [step for step in acts if what is None or step["what"] == what]


def limits(run, rule):
    """Return the limits of a rule in the order they were started."""
    return [row for row in run.summary["limits"] if row["rule"] == rule]


def without_chance(value):
    """Return a value without what differs by chance between runs."""
    if isinstance(value, dict):
        return {name: without_chance(inner) for name, inner in value.items() if name not in CHANCE}
    return [without_chance(inner) for inner in value] if isinstance(value, list) else value


def test_the_story_ends_when_post_rehab_management_is_over(run):
    """The whole way, with nothing left running and nobody alarmed."""
    assert run.summary["state"] == "POST_REHAB_DONE"
    assert run.summary["alarms"] == []
    assert [row["rule"] for row in run.summary["limits"] if row["state"] == "running"] == []
    assert [step["remarks"] for step in moves(run) if step["remarks"]] == []


def test_every_act_says_who_where_and_by_which_article(run):
    """An act without actor, body or article could not be answered for; the clock alone has no body."""
    acts = [step for step in moves(run) if step["what"] != "opened"]
    assert len(acts) > 30
    for step in acts:
        assert step["basis"], step
        assert step["title"], step
        assert step["role"], step
        assert (step["body"] is None) == (step["actor"] == "SYSTEM"), step
    assert {step["what"] for step in acts if step["actor"] == "SYSTEM"} == {"window_expired", "reading_ended"}
    assert len({step["body"] for step in acts if step["body"]}) >= 6


def test_every_limit_is_told_where_it_starts_and_where_it_stops_with_its_end(run):
    """Both ends of a limit are found in the steps, under the same certificate."""
    started = {row["certificate"] for step in moves(run) for row in step["limits_started"]}
    stopped = {row["certificate"] for step in moves(run) for row in step["limits_stopped"]}
    known = {row["certificate"] for row in run.summary["limits"]}
    assert started == known
    assert stopped == known
    counted = [row for step in moves(run) for row in step["limits_stopped"] if row["due_at"]]
    assert len(counted) > 20
    assert {row["state"] for row in counted} <= {"met", "lapsed", "superseded"}


def test_papers_are_told_with_the_act_they_were_made_for(run):
    """An act lists the papers that went before it, numbered as printed."""
    (filing,) = moves(run, "file_to_court")
    assert [paper["number"] for paper in filing["papers"]] == ["01/ĐN-CAX"]
    (done,) = moves(run, "issue_completion")
    assert [paper["form"] for paper in done["papers"]] == ["V50"]
    told = {paper["folio"] for step in moves(run) for paper in step["papers"]}
    assert told == {paper["folio"] for paper in run.summary["papers"]}


def test_the_person_is_held_before_the_decision_and_the_cover_has_no_hole(run):
    """Every instant has exactly one holder, or liberty; the hold is one of the intervals."""
    cover = run.summary["custody"]
    assert cover[0]["from"] == run.summary["steps"][0]["at"]
    for before, after in itertools.pairwise(cover):
        assert before["to"] == after["from"]
        assert before["to_seq"] == after["from_seq"]
    assert cover[-1]["to"] is None
    kinds = [each["kind"] for each in cover]
    assert kinds == ["at_liberty", "held_pending", "in_transit", "in_facility", "at_liberty"]
    (held,) = moves(run, "handover_hold")
    assert held["custody"]["kind"] == "held_pending"
    assert held["custody"]["instrument"] == "V32"
    assert held["custody"]["holder"] == "Cơ sở cai nghiện ma túy số 1 Giả Định"


def test_the_court_returns_the_file_once_and_takes_it_the_second_time(run):
    """Return and refiling are acts of their own; the file goes back to the police in between."""
    order = [step["what"] for step in moves(run)]
    for before, after in itertools.pairwise(["file_to_court", "court_returns", "refile", "court_accepts"]):
        assert order.index(before) < order.index(after)
    assert order.count("court_returns") == 1
    (returned,) = moves(run, "court_returns")
    assert returned["state"] == "RETURNED"
    assert [row["state"] for row in limits(run, "T-FILE1")].count("late") == 0


def test_the_clock_runs_as_in_the_worked_example(run):
    """Notice on the 6th, reading on 7, 10 and 11 August, the file due by the end of the 12th."""
    (reading,) = limits(run, "T-READ3")
    assert reading["due_at"] == "2026-08-12T00:00:00+07:00"
    filing = limits(run, "T-FILE1")[0]
    assert filing["due_at"] == "2026-08-13T00:00:00+07:00"
    (ended,) = moves(run, "reading_ended")
    assert ended["at"] == "2026-08-12T00:00:00+07:00"
    (ground,) = moves(run, "window_expired")
    assert ground["at"] == "2026-08-04T09:00:00+07:00"


def test_the_term_is_told_line_by_line(run):
    """24 months from the intake minus 37 days of hold: 4 August 2028."""
    (term,) = run.summary["terms"]
    assert (term["starts_on"], term["ends_on"]) == ("2026-09-10", "2028-08-04")
    assert [line["running"] for line in term["steps"]] == ["2026-09-10", None, "2028-09-10", "2028-08-04"]
    assert all(line["basis"] and line["text"]["vi"] and line["text"]["en"] for line in term["steps"])
    assert run.summary["facts"]["term_end"] == "2028-08-04"
    (released,) = moves(run, "issue_completion")
    assert released["at"].startswith("2028-08-04")


def test_numbers_run_without_gap_or_duplicate(run):
    """Each body counts each symbol of each year from one."""
    series: dict[tuple, list[int]] = {}
    told = [paper for each in (run.summary, run.summary["minor"]) for paper in each["papers"]]
    for paper in told:
        if paper["number"]:
            number, _, symbol = paper["number"].partition("/")
            series.setdefault((paper["issuer"], symbol, paper["doc_date"][:4]), []).append(int(number))
    assert len(series) > 8
    for key, numbers in series.items():
        assert sorted(numbers) == list(range(1, len(numbers) + 1)), key
    folios = [paper["folio"] for paper in run.summary["papers"]]
    assert folios == list(range(1, len(folios) + 1))


def test_every_paper_opens_in_word_and_prints(run, tmp_path):
    """python-docx reads each file; LibreOffice prints each: no tag is left over and each says DEMO."""
    files = sorted(run.papers.glob("*.docx"))
    assert len(files) == len(run.summary["files"]) + len(run.summary["minor"]["files"]) >= 30
    for file in files:
        assert any(paragraph.text.strip() for paragraph in docx.Document(str(file)).paragraphs), file.name
    for file in files:
        text = printed_text(file, tmp_path)
        assert LEFTOVER.search(text) is None, file.name
        assert "DEMO" in text, file.name
        assert "THỬ NGHIỆM" in text.upper(), file.name


def printed_text(file, folder):
    """Return the text of the printed page; the first call prints every paper of the folder at once."""
    pdf = folder / file.with_suffix(".pdf").name
    if not pdf.exists():
        office = shutil.which("soffice")
        assert office is not None, "LibreOffice is needed: make system"
        profile = (folder / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
        papers = sorted(file.parent.glob("*.docx"))
        subprocess.run([*command, *papers], check=True, capture_output=True, timeout=SOFFICE_SECONDS)
    return subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout


def test_what_is_stored_proves_itself(run):
    """`hoso audit verify` recounts chains and folds and looks for every object."""
    command = [sys.executable, "-m", "api.cli", "audit", "verify"]
    environment = {**os.environ, **run.environment, "HOSO_HOME": str(run.home)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert "0 problems" in done.stdout


@pytest.mark.postgresql
@pytest.mark.s3
def test_both_installations_tell_the_same_story(embedded, served):
    """Same states, ends, numbers and bytes, step by step, whatever keeps them."""
    assert (embedded.summary["database"], embedded.summary["storage"]) == ("sqlite", "file")
    assert (served.summary["database"], served.summary["storage"]) == ("postgresql", "s3")
    for mine, theirs in zip(embedded.summary["steps"], served.summary["steps"], strict=True):
        assert without_chance(mine) == without_chance(theirs)
    for name in ("custody", "limits", "papers", "files"):
        assert without_chance(embedded.summary[name]) == without_chance(served.summary[name]), name
    assert embedded.summary["terms"][0]["hash"] == served.summary["terms"][0]["hash"]


def test_a_demonstration_named_by_its_environment_looks_at_time_every_second(tmp_path):
    """The serving process knows of the demonstration through HOSO_DEMO only; it must not wait 15 seconds."""
    settings = settings_from_environment({"HOSO_DEMO": "1", "HOSO_HOME": str(tmp_path)})

    assert settings.demo
    assert settings.worker_seconds == 1
