"""Who may do and read what: every door has its right, strangers see nothing, former bodies only their part."""

import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from werkzeug.routing import Rule

from api.demo.client import Office
from api.demo.papers import demo_scan
from dossiers.bodies.access import RIGHTS
from dossiers.demonstration.world import DEMO_PASSWORD
from tests.api.refusals import move_refused, problem_of, refused
from tests.api.scenes import PDF, AppWire, Recording, Scene
from tests.playing import SceneBefore

#: Files that belong to the look of the pages, and the description of the interface itself.
OPEN_BY_NATURE = {"static", "bootstrap.static", "api-docs.openapi_json"}
NOBODY = "00000000-0000-4000-8000-000000000000"


def rules(recording: Recording) -> list[tuple[Rule, Any]]:
    """Return every route with the right its view carries (None: anybody), below all that wraps the view."""
    found = []
    for rule in recording.app.url_map.iter_rules():
        view = recording.app.view_functions[rule.endpoint]
        while not hasattr(view, "right") and hasattr(view, "__wrapped__"):
            view = view.__wrapped__
        found.append((rule, getattr(view, "right", "no mark at all")))
    return found


def address(rule: Rule) -> str:
    """Return an address that the rule matches."""
    return re.sub(r"<(?:uuid:)\w+>", NOBODY, re.sub(r"<(?!uuid)\w*:?\w+>", "1", rule.rule))


def test_every_route_names_its_right_or_is_marked_public(recording: Recording) -> None:
    """A route without a right does not exist."""
    unmarked = {rule.endpoint for rule, right in rules(recording) if right is not None and right not in RIGHTS}

    assert unmarked == OPEN_BY_NATURE


def test_only_the_doors_that_must_be_open_are_public(recording: Recording) -> None:
    """Health, signing in and out, the language, the time of a demonstration: nothing that knows a person."""
    assert {rule.rule for rule, right in rules(recording) if right is None} == {
        "/api/v1/tokens", "/healthz", "/readyz", "/sign-in", "/sign-out", "/language", "/trial/time"
    }  # fmt: skip


def test_nobody_gets_anywhere_without_signing_in(recording: Recording) -> None:
    """Asked of every route of the interface and of every page, with every method it knows."""
    wire, asked = AppWire(recording.app), 0
    for rule, right in rules(recording):
        if right is None or rule.endpoint in OPEN_BY_NATURE:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            reply = wire.send(method, address(rule), {"Accept": "text/html", "Content-Type": "application/json"}, b"{}")
            asked += 1
            if rule.rule.startswith("/api/"):
                problem_of(reply, 401, "sign-in-needed")
            else:
                assert reply.status in (HTTPStatus.SEE_OTHER, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN), rule.rule
                assert reply.status != HTTPStatus.SEE_OTHER or "/sign-in" in reply.headers["Location"]
    assert asked > 50


def test_an_office_gets_only_through_the_doors_of_its_rights(finished: Scene, recording: Recording) -> None:
    """An administrator keeps accounts and never sees a dossier or a person."""
    office, refused_doors = finished.office("quantri"), 0
    for rule, right in rules(recording):
        if not rule.rule.startswith("/api/") or right is None or rule.endpoint in OPEN_BY_NATURE:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            reply = office.call(method, address(rule), body=None if method == "GET" else b"{}", version=1)
            if "ADMIN" in RIGHTS[right]:
                assert reply.status != HTTPStatus.FORBIDDEN
            else:
                refused_doors += 1
                problem_of(reply, 403, "not-allowed")
    assert refused_doors > 20


# --- Cookies --------------------------------------------------------------------------------------------------------


def test_a_cookie_alone_writes_nothing(before: SceneBefore, recording: Recording) -> None:
    """A page elsewhere that makes a browser send its cookie has no token of ours; with the token the write goes on."""
    scene = before("start_residence_check")
    browser = scene.app.test_client()
    token = _token_in(browser.get("/sign-in").get_data(as_text=True))
    form = {"username": "cax.canbo.minhhoa", "password": DEMO_PASSWORD, "csrf_token": token}
    assert browser.post("/sign-in", data=form).status_code == HTTPStatus.SEE_OTHER
    headers = {"If-Match": f'"{scene.version}"', "Idempotency-Key": "k", "Accept": "application/json"}
    body = {"trigger": "start_residence_check", "fields": recording.fields_of("start_residence_check")}
    rows = scene.traces()

    forged = browser.post(f"{scene.path}/moves", json=body, headers=headers)
    assert (forged.status_code, forged.get_json()["type"]) == (403, "/problems/csrf-token")
    assert browser.post("/api/v1/persons", json={}, headers=headers).status_code == HTTPStatus.FORBIDDEN
    assert scene.traces() == rows

    token = _token_in(browser.get("/persons/new").get_data(as_text=True))
    done = browser.post(f"{scene.path}/moves", json=body, headers={**headers, "X-CSRFToken": token})
    assert done.status_code == HTTPStatus.CREATED
    assert browser.get(scene.path).status_code == HTTPStatus.OK


def _token_in(page: str) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


# --- Strangers ------------------------------------------------------------------------------------------------------


def everything_about(scene: Scene, reader: str = "cax.canbo.minhhoa") -> list[str]:
    """Return the address of all there is to read about the dossier."""
    office = scene.office(reader)
    papers = [paper["id"] for paper in office.get(f"{scene.path}/papers")["items"]]
    limits = office.get(f"{scene.path}/deadlines")["items"]
    counted = [
        each["id"] for each in limits
        if office.call("GET", f"/api/v1/deadlines/{each['id']}/certificate").status == HTTPStatus.OK
    ]  # fmt: skip
    sides = [each["id"] for each in office.get(f"{scene.path}/proceedings")["items"]]
    assert papers
    assert counted
    assert sides
    return [
        scene.path,
        *(f"{scene.path}/{part}" for part in ("diary", "papers", "moves", "deadlines", "custody", "proceedings")),
        *(f"/api/v1/papers/{each}" for each in papers[:3]),
        *(f"/api/v1/papers/{each}/content" for each in papers[:3]),
        *(f"/api/v1/deadlines/{each}/certificate" for each in counted[:3]),
        *(f"/api/v1/proceedings/{each}/moves" for each in sides),
    ]


@pytest.mark.parametrize("by", ["cax.truong.thunghiem", "ubnd.chutich.kiemthu", "truonggd.hieutruong", "c10", "btxh"])
def test_a_stranger_cannot_tell_that_the_dossier_exists(finished: Scene, by: str) -> None:
    """Dossier, diary, papers and their bytes, limits, side machines, custody: all answer as what is not there."""
    stranger = finished.office(by)
    for path in everything_about(finished):
        reply = stranger.call("GET", path)
        missing = stranger.call("GET", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", NOBODY, path))
        problem = problem_of(reply, 404, "not-found")
        assert {**problem, "instance": ""} == {**problem_of(missing, 404, "not-found"), "instance": ""}
    assert stranger.get("/api/v1/dossiers")["items"] == []
    assert stranger.get("/api/v1/inbox")["items"] == []


def test_a_stranger_cannot_write_either(finished: Scene) -> None:
    """No act, no paper, no signature; and an upload by a stranger is not kept."""
    papers = finished.get("cax.canbo.minhhoa", f"{finished.path}/papers")["items"]
    made = next(each["id"] for each in papers if each["origin"] == "generated")
    by, kept = "cax.truong.thunghiem", sorted(finished.house.store.keys())
    content = demo_scan("a stranger's")
    for ask in (
        lambda: finished.send(by, "complete_post_rehab"),
        lambda: finished.send(by, "hold_escape", path=f"{finished.hold()}/moves"),
        lambda: finished.office(by).call("POST", f"/api/v1/papers/{made}/issue", body=b"{}", version=1),
        lambda: finished.upload(by, f"/api/v1/papers/{made}/signed-scan", {}, ("s.pdf", content, PDF)),
        lambda: finished.scan(by, "V33", content=content),
    ):
        refused(finished, ask, 404, "not-found")
    assert sorted(finished.house.store.keys()) == kept


def test_persons_are_seen_by_the_body_that_recorded_them_and_the_parties(finished: Scene) -> None:
    """Another commune neither finds nor opens them, nor learns by the identity number that they exist."""
    person = finished.get("cax.canbo.minhhoa", finished.path)["person"]["id"]
    stranger = finished.office("cax.canbo.thunghiem")

    assert finished.get("toa.kv99", f"/api/v1/persons/{person}")["full_name"] == "NGUYỄN VĂN THỬ NGHIỆM"
    assert stranger.get("/api/v1/persons?q=099099000777")["items"] == []
    problem_of(stranger.call("GET", f"/api/v1/persons/{person}"), 404, "not-found")
    problem_of(stranger.call("PATCH", f"/api/v1/persons/{person}", body=b"{}", version=1), 404, "not-found")


# --- Former bodies --------------------------------------------------------------------------------------------------


@pytest.fixture
def handed_over(before: SceneBefore) -> Scene:
    """Open a dossier that was handed to the police of another commune, which has gone on with it."""
    scene = before("complete_dossier")
    draft = json.dumps({"form": "V33", "fields": {
        "drug_types": ["x"], "drug_routes": ["hít"], "drug_first_use": "2020-01-01", "voluntary_rehab_count": 0,
    }}).encode()  # fmt: skip
    made = scene.office("cax.canbo.minhhoa").call("POST", f"{scene.path}/papers", body=draft, version=scene.version)
    assert made.status == HTTPStatus.CREATED
    scene.act("cax.canbo.minhhoa", "transfer_competence", {"competent_cax": "@body:CAX-99002"})
    assert scene.scan("cax.canbo.thunghiem", "D-RESVER").status == HTTPStatus.CREATED
    scene.act("cax.canbo.thunghiem", "complete_dossier", scene.recording.fields_of("complete_dossier"))
    return scene


def test_police_that_handed_the_case_over_read_their_part_only(handed_over: Scene) -> None:
    """The diary until their last entry, the papers filed until then, the dossier as it stood then."""
    left = handed_over.rows("select until_seq from dossier_party where body = 'CAX' and until_seq is not null")[0][0]
    old, new = handed_over.office("cax.canbo.minhhoa"), handed_over.office("cax.canbo.thunghiem")
    mine, theirs = (office.get(f"{handed_over.path}/diary")["items"] for office in (old, new))
    papers = [{each["id"] for each in office.get(f"{handed_over.path}/papers")["items"]} for office in (old, new)]
    then, now = old.get(handed_over.path), new.get(handed_over.path)

    assert [each["seq"] for each in mine] == list(range(1, left + 1))
    assert len(theirs) == handed_over.version > left
    added = papers[1] - papers[0]
    assert len(added) == 1
    for paper in added:
        for tail in ("", "/content"):
            problem_of(old.call("GET", f"/api/v1/papers/{paper}{tail}"), 404, "not-found")
    assert (then["state"]["id"], then["version"], then["head_hash"]) == ("DOSSIER_BUILDING", left, mine[-1]["hash"])
    assert "episode_count" in now["facts"]
    assert "episode_count" not in then["facts"]


def test_police_that_handed_the_case_over_add_nothing(handed_over: Scene) -> None:
    """No act, no scan, no draft; a draft from their time is neither issued nor signed any more."""
    by, path = "cax.truong.minhhoa", handed_over.path
    assert "WRONG_BODY" in move_refused(
        handed_over, lambda: handed_over.send(by, "transfer_competence", {"competent_cax": "@body:CAX-99001"})
    )
    refused(handed_over, lambda: handed_over.scan(by, "III01"), 403, "not-allowed")
    body = json.dumps({"form": "V33", "fields": {}}).encode()
    refused(
        handed_over,
        lambda: handed_over.office(by).call("POST", f"{path}/papers", body=body, version=handed_over.version),
        403,
        "not-allowed",
    )
    (draft,) = [each["id"] for each in handed_over.get(by, f"{path}/papers")["items"] if each["state"] == "draft"]
    issue, version = f"/api/v1/papers/{draft}/issue", handed_over.version
    ask = lambda: handed_over.office(by).call("POST", issue, body=b"{}", version=version)  # noqa: E731 - asked once
    refused(handed_over, ask, 403, "not-allowed")
    assert handed_over.get(by, f"{path}/moves")["items"] == []
    assert handed_over.get(by, "/api/v1/inbox")["items"] == []


def test_a_facility_reads_its_part_only_after_a_transfer(before: SceneBefore) -> None:
    """What the next facility writes is not for the one before; limits and custody end there too."""
    scene = before("advance_stage", 1)
    for form in ("D-TRANSFER", "V42"):
        assert scene.scan("ca.tinh", form).status == HTTPStatus.CREATED
    stated = {
        "assigned_facility": "@body:CSCN-1-99",
        "facility_has_place": True,
        "facility_area_suitable": True,
        "transfer_reason": "Giả định.",
    }
    moved = scene.act("ca.tinh", "transfer_facility", stated)["entry"]["seq"]
    scene.act("coso1.truong", "advance_stage", {"stage_result": "Kết quả giả định."})
    scene.act("coso1.canbo", "record_health_check")
    old, new = scene.office("coso2.truong"), scene.office("coso1.truong")

    assert old.get(f"{scene.path}/diary")["items"][-1]["seq"] == moved - 1
    assert len(new.get(f"{scene.path}/diary")["items"]) == scene.version
    assert len(old.get(f"{scene.path}/deadlines")["items"]) < len(new.get(f"{scene.path}/deadlines")["items"])
    hidden = {each["id"] for each in new.get(f"{scene.path}/deadlines")["items"]} - {
        each["id"] for each in old.get(f"{scene.path}/deadlines")["items"]
    }
    for each in hidden:
        problem_of(old.call("GET", f"/api/v1/deadlines/{each}/certificate"), 404, "not-found")
    assert old.get(f"{scene.path}/custody")["items"][-1]["to"] is None
    assert old.get(f"{scene.path}/custody")["items"][-1]["holder"] == "Cơ sở cai nghiện ma túy số 2 Giả Định"
    assert "WRONG_BODY" in move_refused(
        scene, lambda: scene.send("coso2.truong", "advance_stage", {"stage_result": "x"})
    )
    refused(scene, lambda: scene.scan("coso2.truong", "V18"), 403, "not-allowed")


def test_an_act_is_signed_in_the_body_that_fills_the_place(before: SceneBefore) -> None:
    """Somebody who heads the police of two communes acts here for the one whose case it is."""
    scene = before("open_dossier")
    scene.change(
        "insert into membership (id, account_id, organization_id, role, valid_from, granted_at) "
        "select lower(hex(randomblob(16))), a.id, o.id, 'CAX_HEAD', '2025-01-01', '2025-07-01 00:00:00.000000' "
        "from account a, organization o where a.username = 'cax.truong.minhhoa' and o.code = 'CAX-99002'"
    )
    offices = scene.get("cax.truong.minhhoa", "/api/v1/me")["offices"]
    assert offices[0]["organization"]["name"] == "Công an xã Thử Nghiệm"
    done = scene.act("cax.truong.minhhoa", "open_dossier", {"competence_basis": "residence"})

    assert done["entry"]["body"] == "Công an phường Minh Họa"


def test_whoever_opens_a_dossier_is_noted(finished: Scene) -> None:
    """Reading the dossier and a paper's bytes leaves a line each with account, body and purpose."""
    paper = finished.get("toa.kv99", f"{finished.path}/papers")["items"][0]["id"]
    before = len(finished.rows("select * from access_log"))
    finished.get("toa.kv99", finished.path)
    assert isinstance(finished.office("toa.kv99"), Office)
    finished.office("toa.kv99").call("GET", f"/api/v1/papers/{paper}/content?format=docx")
    lines = finished.rows("select what, purpose from access_log order by at, what")

    assert len(lines) == before + 2
    assert ("dossier", "case-work") in lines
    assert ("paper docx", "case-work") in lines
