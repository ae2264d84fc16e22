"""Along the whole story: what is offered can be done, what is refused is refused, and the file proves itself."""

import hashlib
import json
import sqlite3
from itertools import pairwise
from uuid import UUID

import pytest

from api.demo.client import Office
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.missing import missing_objects
from dossiers.files.models import Dossier
from tests.api.refusals import move_refused, problem_of
from tests.api.scenes import Mark, Recording, Scene, drop_guards
from workflow.deadlines import verify
from workflow.model import Procedure

OFFICES = ("cax.truong.minhhoa", "toa.kv99", "coso2.truong")


def problems(scene: Scene) -> list[str]:
    """Return every place where the row is not the fold of its diary or the chain is broken."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


def adult(recording: Recording) -> Procedure:
    """Return the procedure the story follows."""
    return recording.house.law.in_force("cnbb-adult", recording.marks[0].instant.date())


def test_every_state_offers_each_of_its_moves_with_all_there_is_to_know(recording: Recording, scene_at) -> None:
    """No move of the procedure is missing from the list, and none is there that does not start here."""
    procedure = adult(recording)
    for _, mark in recording.states():
        scene = scene_at(mark)
        offered = scene.get("cax.truong.minhhoa", f"{scene.path}/moves")["items"]
        starting = procedure.by_source[mark.state]
        assert {each["trigger"] for each in offered} <= {each.trigger for each in starting}
        assert {each["trigger"] for each in offered} >= {each.trigger for each in starting if each.when is None}
        for move in offered:
            assert move.keys() >= {"trigger", "title", "actor", "allowed", "reasons", "fields", "requires", "generates"}
            assert move["allowed"] == (not move["reasons"])
            assert move["title"]
            assert move["basis"]
            assert all(each["label"] and each["type"] for each in move["fields"])


def test_what_is_not_allowed_is_refused_in_every_state(recording: Recording, scene_at) -> None:
    """The list and the act are judged by the same rules: asked of several offices in each state of the story."""
    tried = 0
    for _, mark in recording.states():
        scene = scene_at(mark)
        parties = [by for by in OFFICES if scene.office(by).call("GET", scene.path).status == 200]
        rows = scene.traces()
        for by in parties:
            for move in scene.get(by, f"{scene.path}/moves")["items"]:
                if move["allowed"]:
                    continue
                problem = problem_of(scene.send(by, move["trigger"]), 409, "move-refused")
                told = {(each["guard"], each["clause"]) for each in problem["reasons"]}
                assert {(each["guard"], each["clause"]) for each in move["reasons"]} <= told
                tried += 1
        assert scene.traces() == rows
    assert tried > 100


def test_every_act_of_the_story_was_offered_to_the_one_who_did_it(recording: Recording, scene_at) -> None:
    """As allowed, with every field that was stated, right before it happened."""
    for number, step in enumerate(recording.steps):
        if "move" not in step:
            continue
        scene = scene_at(recording.marks[number])
        path = scene.side(step["proceeding"]) if "proceeding" in step else scene.path
        offered = {each["trigger"]: each for each in scene.get(step["by"], f"{path}/moves")["items"]}
        move = offered[step["move"]]
        assert move["allowed"], (step["move"], move["reasons"])
        stated = set(step.get("fields", {}))
        assert {each["name"] for each in move["fields"] if each["required"]} <= stated, step["move"]
        assert stated <= {each["name"] for each in move["fields"]}, step["move"]


def test_the_row_is_the_fold_of_its_diary_at_every_moment(recording: Recording, scene_at) -> None:
    """And the chain of hashes holds from the first entry to the last."""
    for mark in recording.ends[::4] + recording.ends[-1:]:
        scene = scene_at(mark)
        assert problems(scene) == []


def test_the_diary_is_a_chain_that_a_reader_can_follow(finished: Scene) -> None:
    """Numbers without a gap, each entry naming the hash before it, the last being the dossier's own."""
    entries = finished.get("cax.truong.minhhoa", f"{finished.path}/diary")["items"]
    dossier = finished.get("cax.truong.minhhoa", finished.path)

    assert [each["seq"] for each in entries] == list(range(1, dossier["version"] + 1))
    assert all(later["prev_hash"] == earlier["hash"] for earlier, later in pairwise(entries))
    assert entries[0]["prev_hash"] == "0" * 64
    assert entries[-1]["hash"] == dossier["head_hash"]
    assert all(each["recorded_at"] >= each["occurred_at"] for each in entries)
    assert {each["trigger"] for each in entries if each["actor"] is None} == {"window_expired", "reading_ended"}


def test_the_diary_as_of_a_moment_knows_nothing_later(finished: Scene) -> None:
    """What was recorded by then, no more and no less."""
    path = f"{finished.path}/diary"
    whole = finished.get("cax.truong.minhhoa", path)["items"]
    then = finished.get("cax.truong.minhhoa", f"{path}?as_of=2026-08-27T23:59:59Z")["items"]

    assert then == [each for each in whole if each["recorded_at"] <= "2026-08-27T23:59:59Z"]
    assert 0 < len(then) < len(whole)


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("update diary set payload = json_set(payload, '$.note', 'khác') where seq = 20", "is not what was written"),
        ("update diary set occurred_at = '2026-07-30 01:00:00.000001' where seq = 20", "is not what was written"),
        ("update diary set role = 'CAX_HEAD' where seq = 2", "is not what was written"),
        ("update diary set prev_hash = hash where seq = 20", "does not follow the entry before it"),
        ("delete from diary where seq = 20", "expected number 20"),
        ("update dossier set state = 'SERVING'", "state: the row is not the fold"),
        ("update dossier set facts = json_set(facts, '$.term_months', 36)", "facts: the row is not the fold"),
        ("update proceeding set state = 'HELD' where kind = 'cnbb-hold'", "proceedings: the rows are not the fold"),
    ],
)
def test_who_changes_a_row_behind_the_program_is_found_out(finished: Scene, statement: str, told: str) -> None:
    """Hash, link, number or fold: one of them tells."""
    assert problems(finished) == []
    finished.change(statement)

    assert any(told in each for each in problems(finished))


def test_a_rewritten_end_of_the_diary_is_found_out(finished: Scene) -> None:
    """Taking the last entry away, and the version with it, still leaves facts or state that nothing explains."""
    link = sqlite3.connect(finished.database_file)
    with link:
        drop_guards(link)
        (last,) = link.execute("select max(seq) from diary").fetchone()
        link.execute("delete from diary where seq = ?", (last,))
        link.execute(
            "update dossier set version = ?, head_hash = (select hash from diary where seq = ?)", (last - 1, last - 1)
        )
    link.close()

    assert problems(finished)


def test_every_certificate_of_the_story_can_be_recounted(finished: Scene) -> None:
    """By the program's own verifier; one changed day no longer holds."""
    office = finished.office("cax.truong.minhhoa")
    with finished.house.database.reading() as session:
        calendar = finished.house.law.calendar(session)
    held = 0
    for row in office.get(f"{finished.path}/deadlines")["items"]:
        reply = office.call("GET", f"/api/v1/deadlines/{row['id']}/certificate")
        if reply.status == 404:
            continue
        certificate = reply.json()["certificate"]
        if "days" not in certificate:
            continue
        held += 1
        assert verify(json.dumps(certificate), calendar) == [], row["rule"]
        certificate["due_on"] = "2030-01-01"
        assert verify(json.dumps(certificate), calendar)
    assert held > 25


def test_every_paper_named_is_in_the_store_and_is_what_it_was(finished: Scene) -> None:
    """Bytes come back with the SHA-256 under which they are filed, whatever is asked for."""
    office = finished.office("cax.truong.minhhoa")
    with finished.house.database.reading() as session:
        assert list(missing_objects(session, finished.house.store)) == []
    papers = office.get(f"{finished.path}/papers")["items"]

    assert [each["folio"] for each in papers] == list(range(1, len(papers) + 1))
    assert {each["state"] for each in papers} == {"signed"}
    for paper in papers[-3:]:
        assert _sha256_of(office, paper["id"], "docx") == paper["sha256"]
        assert _sha256_of(office, paper["id"], "signed") == paper["signed_sha256"]


def _sha256_of(office: Office, paper_id: str, wanted: str) -> str:
    reply = office.call("GET", f"/api/v1/papers/{paper_id}/content?format={wanted}")
    assert reply.status == 200
    assert reply.headers["Content-Disposition"].startswith("attachment;")
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    return hashlib.sha256(reply.data).hexdigest()


def test_a_finished_dossier_takes_no_more_acts(finished: Scene) -> None:
    """The last state is the last."""
    assert finished.get("cax.truong.minhhoa", f"{finished.path}/moves")["items"] == []
    assert "WRONG_STATE" in move_refused(finished, lambda: finished.send("cax.truong.minhhoa", "start_post_rehab"))


def test_marks_cover_every_state_of_the_story(recording: Recording) -> None:
    """The properties above look at the whole way, from detection to the end."""
    states = [mark.state for _, mark in recording.states()]

    assert len(states) > 20
    assert isinstance(recording.ends[-1], Mark)
    assert recording.ends[-1].state == "POST_REHAB_DONE"
