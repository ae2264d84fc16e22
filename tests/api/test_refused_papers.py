"""Files and papers that are not taken, made or issued: what is wrong is named, nothing is kept, no number is lost."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import docx
import pytest

from api.demo.client import Reply
from api.demo.papers import demo_scan
from tests.api.refusals import refused
from tests.api.scenes import PDF, UPLOAD_BYTES_MAX, Scene
from tests.playing import SceneBefore

OFFICER = "cax.canbo.minhhoa"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PNG = b"\x89PNG\r\n\x1a\n" + bytes.fromhex("0000000d49484452000000010000000108060000001f15c489") + bytes(40)
EXECUTABLE = b"MZ\x90\x00\x03" + bytes(120) + b"PE\x00\x00" + bytes(400)


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open the moment before the check of the residence begins."""
    return before("start_residence_check")


# --- Files ----------------------------------------------------------------------------------------------------------


def zipped(**members: bytes) -> bytes:
    """Return a zip with these members (two underscores stand for a slash, one at the start for the types part)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as package:
        for name, content in members.items():
            package.writestr(
                "[Content_Types].xml" if name == "types" else name.replace("__", "/").replace("_dot_", "."), content
            )
    return data.getvalue()


WORD = {"types": b"<Types/>", "word__document_dot_xml": b"<w/>"}


@pytest.mark.parametrize(
    ("name", "content", "declared"),
    [
        ("scan.exe", EXECUTABLE, "application/octet-stream"),
        ("scan.pdf", EXECUTABLE, PDF),
        ("scan.pdf", PNG, PDF),
        ("scan.png", demo_scan("x"), "image/png"),
        ("scan.pdf", demo_scan("x"), "text/html"),
        ("scan.docx", zipped(readme=b"x"), DOCX),
        ("scan.docx", zipped(**WORD, word__vbaProject_dot_bin=b"x"), DOCX),
        ("scan.docm", zipped(**WORD), "application/vnd.ms-word.document.macroEnabled.12"),
        ("scan.docx", b"PK\x03\x04" + b"\x00" * 60, DOCX),
        ("scan.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/svg+xml"),
        ("scan.html", b"<html><script>alert(1)</script></html>", "text/html"),
        ("scan.pdf", b"", PDF),
        ("scan", demo_scan("x"), PDF),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_file_that_is_not_what_it_says_is_refused(scene: Scene, name: str, content: bytes, declared: str) -> None:
    """Programs, wrong names, wrong labels, macros, broken packages: refused by content, and not stored."""
    kept = sorted(scene.house.store.keys())
    ask = lambda: scene.upload(OFFICER, f"{scene.path}/papers", {"form": "III01"}, (name, content, declared))  # noqa: E731

    refused(scene, ask, 415, "upload-type")
    assert sorted(scene.house.store.keys()) == kept


def test_a_real_word_file_is_taken(scene: Scene) -> None:
    """The refusals above are not for every package."""
    data = io.BytesIO()
    docx.Document().save(data)
    reply = scene.upload(OFFICER, f"{scene.path}/papers", {"form": "III01"}, ("a.docx", data.getvalue(), DOCX))

    assert reply.status == 201
    assert reply.json()["media_type"] == DOCX


@pytest.mark.parametrize("beyond", [1, 128 * 1024], ids=["by the limit of files", "by the limit of requests"])
def test_a_file_that_is_too_large_is_refused_and_not_stored(scene: Scene, beyond: int) -> None:
    """One byte over the limit is too much; one byte less is not."""
    kept = sorted(scene.house.store.keys())
    pad = UPLOAD_BYTES_MAX - len(demo_scan("x"))
    ask = lambda: scene.scan(OFFICER, "III01", content=demo_scan("x") + b"\n" * (pad + beyond))  # noqa: E731
    refused(scene, ask, 413, "upload-too-large")
    assert sorted(scene.house.store.keys()) == kept

    assert scene.scan(OFFICER, "III01", content=demo_scan("x") + b"\n" * pad).status == 201


def test_a_paper_needs_a_file_a_known_form_and_a_possible_day(scene: Scene) -> None:
    """Each is told by its own name."""
    file = ("a.pdf", demo_scan("x"), PDF)
    papers = f"{scene.path}/papers"
    refused(scene, lambda: scene.upload(OFFICER, papers, {}, file), 404, "unknown-form")
    refused(scene, lambda: scene.upload(OFFICER, papers, {"form": "Z99"}, file), 404, "unknown-form")
    refused(scene, lambda: scene.scan(OFFICER, "III01", dated="31/07/2026"), 422, "invalid-data")
    refused(scene, lambda: scene.scan(OFFICER, "III01", dated="2026-07-31"), 409, "paper-refused")
    refused(scene, lambda: scene.upload(OFFICER, papers, {"form": "III01"}, ("", b"", PDF)), 422, "invalid-data")


# --- Papers made here -----------------------------------------------------------------------------------------------

DRAFT = {
    "drug_types": ["chất mẫu A"],
    "drug_routes": ["hít"],
    "drug_first_use": "2020-01-01",
    "voluntary_rehab_count": 0,
}


def drafting(scene: Scene, fields: dict[str, Any], form: str = "V33", by: str = OFFICER) -> Callable[[], Reply]:
    """Return a way to ask for a draft."""
    body = json.dumps({"form": form, "fields": fields}).encode()
    return lambda: scene.office(by).call("POST", f"{scene.path}/papers", body=body, version=scene.version)


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ({"drug_types": None, "drug_routes": []}, "missing-fields", {"drug_types", "drug_routes"}),
        ({"voluntary_rehab_count": 2.5e-42}, "wrong-fields", {"voluntary_rehab_count"}),
        ({"voluntary_rehab_count": True}, "wrong-fields", {"voluntary_rehab_count"}),
        ({"drug_first_use": "01/01/2020", "drug_types": "chất"}, "wrong-fields", {"drug_first_use", "drug_types"}),
        ({"zzz": 1, "doc_number": "99"}, "unknown-fields", {"zzz", "doc_number"}),
    ],
)
def test_a_form_names_every_field_that_is_not_right(
    before: SceneBefore, change: dict[str, Any], code: str, named: set[str]
) -> None:
    """Missing, of the wrong type, unknown, or given only at issue: no draft is made."""
    scene = before("order_hold")
    problem = refused(scene, drafting(scene, DRAFT | change), 422, code)

    assert {each["name"] for each in problem["fields"]} == named
    assert all(each["label"] for each in problem["fields"])


def test_only_the_body_that_issues_a_form_drafts_it_and_only_its_signer_issues_it(before: SceneBefore) -> None:
    """The hold facility is a party, but V33 is not its paper; the officer drafts what the head signs."""
    scene = before("complete_dossier")
    refused(scene, drafting(scene, DRAFT, by="coso1.canbo"), 403, "not-allowed")
    draft = drafting(scene, DRAFT)().json()

    def issue(by: str) -> Reply:
        return scene.office(by).call("POST", f"/api/v1/papers/{draft['id']}/issue", body=b"{}", version=scene.version)

    problem = refused(scene, lambda: issue(OFFICER), 409, "paper-refused")
    assert "Trưởng Công an" in problem["reasons"][0]["text"]
    refused(scene, lambda: issue("coso1.truong"), 404, "not-found")

    assert issue("cax.truong.minhhoa").status == 200
    refused(scene, lambda: issue("cax.truong.minhhoa"), 409, "paper-refused")


def test_only_an_issued_paper_takes_its_signed_scan_and_once(before: SceneBefore) -> None:
    """A draft has nothing to sign yet; a signed paper has been signed."""
    scene = before("complete_dossier")
    draft = drafting(scene, DRAFT)().json()["id"]
    sign = lambda: scene.upload(OFFICER, f"/api/v1/papers/{draft}/signed-scan", {}, ("s.pdf", demo_scan("s"), PDF))  # noqa: E731
    refused(scene, sign, 409, "paper-refused")
    scene.office("cax.truong.minhhoa").post(f"/api/v1/papers/{draft}/issue", {}, version=scene.version)

    assert sign().json()["state"] == "signed"
    refused(scene, sign, 409, "paper-refused")


def test_an_issue_that_fails_gives_its_number_back(before: SceneBefore) -> None:
    """What became unknown after the draft stops the issue; the number it would have had goes to the next."""
    scene = before("complete_dossier")
    fields = {"addressee": "Ông NGUYỄN VĂN THỬ NGHIỆM", "violation_article": "điểm a khoản 1 Điều 35 (giả định)"}
    draft = drafting(scene, fields, form="V37")().json()["id"]
    head, officer = scene.office("cax.truong.minhhoa"), scene.office(OFFICER)
    person = f"/api/v1/persons/{officer.get(scene.path)['person']['id']}"
    home = officer.get(person)["residence"]

    def live_at(residence: str) -> None:
        body = json.dumps({"residence": residence}).encode()
        assert officer.call("PATCH", person, body=body, version=officer.get(person)["version"]).status == 200

    def issue() -> Reply:
        return head.call("POST", f"/api/v1/papers/{draft}/issue", body=b"{}", version=scene.version)

    live_at("")
    problem = refused(scene, issue, 422, "missing-fields")
    assert [each["name"] for each in problem["fields"]] == ["subj_residence"]
    live_at(home)
    assert issue().json()["number"] == "01/TB-CAX"
