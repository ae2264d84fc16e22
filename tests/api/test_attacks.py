"""What somebody tries who may sign in but means harm, or is careless: nothing leaks, nothing breaks."""

import json
import re
from pathlib import Path

import docx
import pytest
from flask.testing import FlaskClient

from api.v1 import papers
from dossiers.demonstration.world import DEMO_PASSWORD
from dossiers.papers import print_versions
from dossiers.papers.uploads import DOCX
from tests.api.refusals import move_refused, problem_of, refused
from tests.api.scenes import Scene
from tests.playing import SceneBefore

HEAD = "cax.truong.minhhoa"
STRANGER = "cax.canbo.kiemthu"
#: The facility that held the person before the decision; another one carried it out.
FORMER = "coso1.truong"
#: What acts state that take a person away.
STATED = {
    "criminal_body": "@body:CQDT-99",
    "decision_reason": "Bị khởi tố (giả định)",
    "died_at": "2026-08-04T14:30:00+07:00",
}


def subject(scene: Scene) -> str:
    """Return the address of the person the dossier is about."""
    return f"/api/v1/persons/{scene.get(HEAD, scene.path)['person']['id']}"


def test_nobody_opens_a_dossier_about_a_person_they_may_not_know_of(finished: Scene) -> None:
    """Opening one would let them read the person, identity number and all."""
    person = subject(finished)
    body = json.dumps({"person_id": person.rpartition("/")[2]}).encode()
    stranger = finished.office(STRANGER)
    assert stranger.call("GET", person).status == 404

    problem = refused(finished, lambda: stranger.call("POST", "/api/v1/dossiers", body=body), 422, "invalid-data")

    assert [reason["guard"] for reason in problem["reasons"]] == ["UNKNOWN_PERSON"]
    assert stranger.call("GET", person).status == 404


def test_a_body_that_has_left_corrects_nobody(finished: Scene) -> None:
    """It may still read whom it held; what the record says is no longer its business."""
    person, former = subject(finished), finished.office(FORMER)
    assert former.call("GET", person).status == 200
    body = json.dumps({"full_name": "NGUYỄN VĂN SỬA TRỘM"}).encode()

    refused(finished, lambda: former.call("PATCH", person, body=body, version=1), 403, "not-allowed")


def test_a_body_that_takes_part_may_correct_the_person(finished: Scene) -> None:
    """The facility that carried the decision out recorded nobody, and corrects all the same."""
    body = json.dumps({"residence": "Số 1, đường Giả Định"}).encode()

    assert finished.office("coso2.truong").call("PATCH", subject(finished), body=body, version=1).status == 200


def test_a_body_that_has_left_cannot_ask_where_the_dossier_stands(finished: Scene) -> None:
    """Neither state nor holder nor limit can be guessed by narrowing the list."""
    now = finished.get(HEAD, finished.path)
    assert [line["number"] for line in finished.get(FORMER, "/api/v1/dossiers")["items"]] == [finished.number]

    for guess in (f"state={now['state']['id']}", f"holder={now['holder']['id']}"):
        assert finished.get(FORMER, f"/api/v1/dossiers?{guess}")["items"] == []
        found = finished.get(HEAD, f"/api/v1/dossiers?{guess}")["items"]
        assert finished.number in [line["number"] for line in found]


def test_no_identity_number_is_kept_in_clear_anywhere(before: SceneBefore) -> None:
    """Not even in the answers that are kept for a request that is sent again."""
    scene, number = before("file_to_court"), "099099000123"
    form = {"full_name": "TRẦN THỊ MẪU", "sex": "female", "born_on": "1990-01-01", "id_type": "CCCD"}
    body = json.dumps({**form, "id_number": number, "relatives": []}).encode()
    ask = lambda: scene.office(HEAD).call("POST", "/api/v1/persons", body=body, key="once")  # noqa: E731

    first, again = ask(), ask()

    assert (first.status, again.status) == (201, 201)
    assert first.json() == again.json()
    assert first.json()["id_number"] == number
    files = Path(scene.database_file).parent.glob(scene.database_file.name + "*")
    assert not [file for file in files if number.encode() in file.read_bytes()]


def test_a_reason_with_a_character_that_cannot_be_kept_is_refused(before: SceneBefore) -> None:
    """A NUL in the word on an alarm is the caller's fault, not the server's."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    (alarm,) = scene.get(HEAD, scene.path)["alarms"]
    path, body = f"/api/v1/alarms/{alarm['id']}/acknowledge", json.dumps({"reason": "a\0b"}).encode()

    refused(
        scene,
        lambda: scene.office(HEAD).call("POST", path, body=body, version=scene.version),
        422,
        "invalid-request",
    )


@pytest.mark.parametrize("move", ["die", "transfer_criminal"])
def test_an_act_cannot_be_dated_before_what_the_side_machine_did(after: SceneBefore, move: str) -> None:
    """The person was handed over at 16:00; the main line, last moved at 14:00, cannot take them away at 15:00."""
    scene = after("handover_hold")
    offered = {each["trigger"]: each for each in scene.get(HEAD, f"{scene.path}/moves")["items"]}
    stated = {each["name"]: STATED[each["name"]] for each in offered[move]["fields"] if each["required"]}
    for forms in offered[move]["requires"]:
        assert scene.scan(HEAD, forms[0]).status == 201

    too_early = lambda: scene.send(HEAD, move, stated, occurred_at="2026-08-04T15:00:00+07:00")  # noqa: E731

    assert move_refused(scene, too_early) == {"DATE_BEFORE_PREVIOUS"}


def test_a_word_file_from_outside_is_never_converted(before: SceneBefore, monkeypatch, tmp_path: Path) -> None:
    """It may name addresses that a converter would fetch: who asks for a PDF gets the file as it was filed."""
    scene, file = before("file_to_court"), tmp_path / "scan.docx"
    docx.Document().save(str(file))
    sent = scene.upload(HEAD, f"{scene.path}/papers", {"form": "V29"}, ("scan.docx", file.read_bytes(), DOCX))
    assert sent.status == 201, sent.data.decode()
    for door in (papers, print_versions):
        monkeypatch.setattr(door, "as_pdf", lambda _: pytest.fail("was converted"))

    reply = scene.office(HEAD).call("GET", f"/api/v1/papers/{sent.json()['id']}/content?format=pdf")

    assert (reply.status, reply.data) == (200, file.read_bytes())


def test_a_refused_request_frees_its_key_and_a_used_key_fits_no_other_door(before: SceneBefore) -> None:
    """What was refused may be sent again put right; what was done cannot be mistaken for something else."""
    scene = before("file_to_court")
    stated = scene.recording.fields_of("file_to_court")
    assert scene.send(HEAD, "no_such_move", key="mine").status == 409
    assert scene.send(HEAD, "file_to_court", stated, key="mine").status == 201

    body = json.dumps({"person_id": subject(scene).rpartition("/")[2]}).encode()
    problem_of(
        scene.office(HEAD).call("POST", "/api/v1/dossiers", body=body, key="mine"), 422, "idempotency-key-reused"
    )


def signed_in(scene: Scene) -> FlaskClient:
    """Return a browser in which an officer has signed in."""
    browser = scene.app.test_client()
    entered = browser.post(
        "/sign-in", data={"csrf_token": page_token(browser, "/sign-in"), "username": HEAD, "password": DEMO_PASSWORD}
    )
    assert entered.status_code == 303
    return browser


def page_token(browser: FlaskClient, path: str) -> str:
    """Return the token that the forms of a page carry against forgery."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', browser.get(path).text)
    assert found is not None
    return found[1]


def test_a_copied_cookie_is_worth_nothing_once_the_officer_has_signed_out(finished: Scene) -> None:
    """Signing out ends the session itself, not only what one browser remembers of it."""
    officer, thief = signed_in(finished), finished.app.test_client()
    copied = officer.get_cookie("hoso")
    assert copied is not None
    thief.set_cookie("hoso", copied.value)
    assert thief.get("/api/v1/me").status_code == 200

    assert officer.post("/sign-out", data={"csrf_token": page_token(officer, "/")}).status_code == 303

    assert thief.get("/api/v1/me").status_code == 401
    assert signed_in(finished).get("/api/v1/me").status_code == 200


def test_a_note_with_a_character_that_cannot_be_kept_is_refused_on_the_page(finished: Scene) -> None:
    """The form comes back; it is no fault of the server."""
    officer = signed_in(finished)
    path = subject(finished).removeprefix("/api/v1") + "/open-dossier"
    typed = {"csrf_token": page_token(officer, path), "once": "key", "occurred_at": "", "note": "a\0b"}

    answer = officer.post(path, data=typed)

    assert answer.status_code == 422
    assert "Nội dung có ký tự không lưu được" in answer.text
