"""The life of a paper after its draft: edited, discarded, made void, replaced; each in the diary, none half done."""

import json
from typing import Any
from uuid import UUID

import pytest

from api.demo.client import Reply
from api.demo.papers import demo_scan
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from tests.api.refusals import refused
from tests.api.scenes import PDF, Scene
from tests.playing import SceneBefore

HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"
STATED = {"addressee": "Nơi nhận giả định"}


@pytest.fixture
def scene(after: SceneBefore) -> Scene:
    """Open the moment at which the police ask for a facility."""
    return after("decision_effective_received")


def ask(scene: Scene, by: str, method: str, path: str, body: Any = None, *, version: int | None = None) -> Reply:
    """Send a write on the present version, or on another one, and return the answer."""
    sent = b"" if body is None else json.dumps(body).encode()
    version = scene.version if version is None else version
    return scene.office(by).call(method, f"/api/v1{path}", body=sent, version=version)


def done(reply: Reply) -> Any:
    """Return what a write that must succeed answered."""
    assert reply.status in (200, 201), reply.data.decode()
    return reply.json()


def draft(scene: Scene) -> str:
    """Make a draft and return its id."""
    body = {"form": "D-FACREQ", "fields": STATED}
    return str(done(ask(scene, OFFICER, "POST", f"/dossiers/{scene.dossier_id}/papers", body))["id"])


def issued(scene: Scene, replaces: str | None = None) -> str:
    """Issue a paper, in place of another one when that is named, and return its id."""
    paper = draft(scene)
    done(ask(scene, HEAD, "POST", f"/papers/{paper}/issue", {"replaces": replaces} if replaces else None))
    return paper


def signed(scene: Scene, paper: str) -> str:
    """File the signed scan of a paper."""
    done(scene.upload(OFFICER, f"/api/v1/papers/{paper}/signed-scan", {}, ("a.pdf", demo_scan(paper), PDF)))
    return paper


def told(scene: Scene) -> list[str]:
    """Return what an audit says about the dossier."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


def last_entry(scene: Scene) -> tuple[str, str, dict[str, Any]]:
    """Return kind, act and payload of the last entry of the diary."""
    (row,) = scene.rows("select kind, trigger, payload from diary order by recorded_at desc, seq desc limit 1")
    return row[0], row[1], json.loads(row[2])


# --- Drafts ---------------------------------------------------------------------------------------------------------


def test_a_draft_is_edited_and_the_diary_names_the_items_only(scene: Scene) -> None:
    """What was stated is personal; that it changed is not."""
    paper = draft(scene)

    body = {"fields": {"addressee": "Giám đốc Công an giả định"}}
    edited = done(ask(scene, OFFICER, "PATCH", f"/papers/{paper}", body))

    assert edited["version"] == scene.version
    (row,) = scene.rows("select fields, state from paper where id = ?", UUID(paper).hex)
    assert (json.loads(row[0]), row[1]) == (body["fields"], "draft")
    kind, trigger, payload = last_entry(scene)
    assert (kind, trigger, payload["changed"]) == ("draft", "draft_edited", ["addressee"])
    assert "giả định" not in json.dumps(payload, ensure_ascii=False)
    assert told(scene) == []


def test_a_draft_is_discarded_and_no_number_is_lost(scene: Scene) -> None:
    """The next paper gets the number it would have got."""
    paper = draft(scene)

    done(ask(scene, OFFICER, "DELETE", f"/papers/{paper}"))

    assert scene.rows("select 1 from paper where id = ?", UUID(paper).hex) == []
    assert last_entry(scene)[:2] == ("draft", "draft_discarded")
    assert told(scene) == []
    first, second = issued(scene), issued(scene)
    numbers = [scene.get(HEAD, f"/api/v1/papers/{each}")["number"] for each in (first, second)]
    assert int(numbers[1][:2]) == int(numbers[0][:2]) + 1


def test_an_edit_that_cannot_be_printed_or_that_names_what_issue_gives_changes_nothing(scene: Scene) -> None:
    """Missing, unknown, reserved, of the wrong type: every fault is named, the draft stays."""
    paper = draft(scene)

    for fields, code in (
        ({}, "missing-fields"),
        ({**STATED, "doc_number": "01"}, "unknown-fields"),
        ({**STATED, "no_such": "x"}, "unknown-fields"),
        ({"addressee": 7}, "wrong-fields"),
    ):
        body = {"fields": fields}
        refused(scene, lambda body=body: ask(scene, OFFICER, "PATCH", f"/papers/{paper}", body), 422, code)


def test_a_draft_is_only_its_own_bodys_and_only_on_the_present_version(scene: Scene) -> None:
    """For others there is no such paper; on an old version nothing happens."""
    paper, body, old = draft(scene), {"fields": STATED}, scene.version - 1

    refused(scene, lambda: ask(scene, COURT, "PATCH", f"/papers/{paper}", body), 404, "not-found")
    refused(scene, lambda: ask(scene, COURT, "DELETE", f"/papers/{paper}"), 404, "not-found")
    stale = "stale-version"
    refused(scene, lambda: ask(scene, OFFICER, "PATCH", f"/papers/{paper}", body, version=old), 412, stale)
    refused(scene, lambda: ask(scene, OFFICER, "DELETE", f"/papers/{paper}", version=old), 412, stale)


def test_what_was_issued_is_neither_edited_nor_discarded(scene: Scene) -> None:
    """Its bytes never change and its number never comes back."""
    paper = issued(scene)

    refused(scene, lambda: ask(scene, HEAD, "PATCH", f"/papers/{paper}", {"fields": STATED}), 409, "paper-refused")
    refused(scene, lambda: ask(scene, HEAD, "DELETE", f"/papers/{paper}"), 409, "paper-refused")


# --- Void -----------------------------------------------------------------------------------------------------------


def test_a_void_paper_keeps_its_number_and_counts_no_more(scene: Scene) -> None:
    """The act that needs it is refused again; the next paper gets the next number."""
    paper = signed(scene, issued(scene))
    number = scene.get(HEAD, f"/api/v1/papers/{paper}")["number"]

    void = done(ask(scene, HEAD, "POST", f"/papers/{paper}/void", {"reason": "Ghi sai nơi nhận (giả định)"}))

    assert (void["state"], void["number"], void["void_reason"]) == ("void", number, "Ghi sai nơi nhận (giả định)")
    assert void["folio"] is not None
    assert last_entry(scene)[2]["reason"] == "Ghi sai nơi nhận (giả định)"
    assert told(scene) == []
    moves = {move["trigger"]: move for move in scene.get(HEAD, f"{scene.path}/moves")["items"]}
    assert not moves["request_facility"]["allowed"]
    assert scene.get(HEAD, f"/api/v1/papers/{issued(scene)}")["number"] != number


def test_only_who_signs_the_form_makes_it_void(scene: Scene) -> None:
    """Not the officer who drafted it, not another body, not on an old version, not without a reason, not twice."""
    paper, why = issued(scene), {"reason": "Lý do giả định"}
    path, old = f"/papers/{paper}/void", scene.version - 1

    refused(scene, lambda: ask(scene, OFFICER, "POST", path, why), 409, "paper-refused")
    refused(scene, lambda: ask(scene, COURT, "POST", path, why), 409, "paper-refused")
    refused(scene, lambda: ask(scene, "cax.truong.thunghiem", "POST", path, why), 404, "not-found")
    refused(scene, lambda: ask(scene, HEAD, "POST", path, why, version=old), 412, "stale-version")
    refused(scene, lambda: ask(scene, HEAD, "POST", path, {"reason": " \u200b "}), 422, "invalid-data")
    done(ask(scene, HEAD, "POST", path, why))
    refused(scene, lambda: ask(scene, HEAD, "POST", path, why), 409, "paper-refused")


def test_a_draft_is_not_made_void(scene: Scene) -> None:
    """It is discarded: it has no number that must be accounted for."""
    paper = draft(scene)

    refused(scene, lambda: ask(scene, HEAD, "POST", f"/papers/{paper}/void", {"reason": "x"}), 409, "paper-refused")


def test_a_paper_that_an_act_used_up_cannot_be_void(scene: Scene) -> None:
    """What was done on its strength would stand on nothing."""
    paper = signed(scene, issued(scene))
    scene.change("update paper set used_seq = 3 where id = ?", UUID(paper).hex)

    problem = refused(
        scene, lambda: ask(scene, HEAD, "POST", f"/papers/{paper}/void", {"reason": "x"}), 409, "paper-refused"
    )

    assert len(problem["reasons"]) == 1


def test_the_title_under_which_somebody_is_held_cannot_be_void(before: SceneBefore) -> None:
    """The hold would go on without a title."""
    scene = before("file_to_court")
    (row,) = scene.rows("select paper_id, holder_id from custody_interval where to_at is null and paper_id is not null")
    paper = str(UUID(row[0]))

    problem = refused(
        scene, lambda: ask(scene, HEAD, "POST", f"/papers/{paper}/void", {"reason": "x"}), 409, "paper-refused"
    )

    assert problem["reasons"]


# --- Replaced -------------------------------------------------------------------------------------------------------


def test_a_paper_is_issued_in_place_of_another_and_both_are_shown(scene: Scene) -> None:
    """Both keep their numbers; the diary says which took whose place."""
    old = signed(scene, issued(scene))

    new = issued(scene, replaces=old)

    shown = scene.get(HEAD, f"/api/v1/papers/{old}")
    assert (shown["state"], shown["superseded_by"]) == ("signed", new)
    assert scene.get(HEAD, f"/api/v1/papers/{new}")["number"] != shown["number"]
    assert last_entry(scene)[2]["replaces"] == old
    signed(scene, new)
    assert told(scene) == []


def test_a_correction_is_no_new_ground_for_the_same_act(scene: Scene) -> None:
    """What replaces a paper that was used up is used up by the same act."""
    old = signed(scene, issued(scene))
    (row,) = scene.rows("select payload from diary where kind = 'moved' order by seq desc limit 1")
    assert "papers_used" in json.loads(row[0])
    scene.change("update paper set used_seq = 5 where id = ?", UUID(old).hex)

    new = issued(scene, replaces=old)

    assert scene.rows("select used_seq from paper where id = ?", UUID(new).hex) == [(5,)]


def test_when_the_new_paper_is_void_the_old_one_stands_again(scene: Scene) -> None:
    """And can be replaced once more; one that is replaced can be neither void nor signed."""
    old = issued(scene)
    new = issued(scene, replaces=old)
    why = {"reason": "Lý do giả định"}
    scan = ("a.pdf", demo_scan("x"), PDF)
    refused(scene, lambda: ask(scene, HEAD, "POST", f"/papers/{old}/void", why), 409, "paper-refused")
    assert scene.upload(OFFICER, f"/api/v1/papers/{old}/signed-scan", {}, scan).status == 409

    done(ask(scene, HEAD, "POST", f"/papers/{new}/void", why))

    assert scene.get(HEAD, f"/api/v1/papers/{old}")["superseded_by"] is None
    assert told(scene) == []
    third = issued(scene, replaces=old)
    assert scene.get(HEAD, f"/api/v1/papers/{old}")["superseded_by"] == third
    assert told(scene) == []


def test_only_a_standing_paper_of_the_same_kind_can_be_replaced(scene: Scene) -> None:
    """A refusal gives no number and leaves the draft a draft."""
    old, other = issued(scene), draft(scene)
    (row,) = scene.rows("select id from paper where form <> 'D-FACREQ' and state = 'signed' limit 1")
    another_kind = str(UUID(row[0]))
    issued(scene, replaces=old)
    path = f"/papers/{draft(scene)}/issue"

    for replaces, status, code in (
        (old, 409, "paper-refused"),
        (other, 409, "paper-refused"),
        (another_kind, 409, "paper-refused"),
        (str(UUID(int=7)), 404, "not-found"),
    ):
        body = {"replaces": replaces}
        refused(scene, lambda body=body: ask(scene, HEAD, "POST", path, body), status, code)


@pytest.mark.parametrize(
    "statement",
    [
        "update paper set state = 'void', void_reason = 'x' where id = ?",
        "update paper set superseded_by_id = (select id from paper where folio = 1) where id = ?",
    ],
)
def test_a_paper_changed_past_the_program_is_found_out(scene: Scene, statement: str) -> None:
    """The diary says nothing of it."""
    paper = issued(scene)
    assert told(scene) == []

    scene.change(statement, UUID(paper).hex)

    assert [problem.partition(":")[0] for problem in told(scene)] == ["papers"]
