"""Everything a step needs in one call: what is on file as it is, the rest as drafts, and nothing of it is kept."""

import io
import json
import zipfile
from typing import Any

import docx
import pikepdf
import pytest
from PIL import Image

from api.demo.papers import demo_scan
from api.v1.form_sets import PDF, ZIP
from dossiers.papers.binding import INDEX_NAME, as_one_pdf, as_zip, file_names
from dossiers.papers.form_sets import FormSet, NoFormsError, SetItem
from tests.api.refusals import refused
from tests.api.scenes import Scene
from tests.playing import SceneBefore
from workflow.vocabulary import Text

HEAD, OFFICER, STRANGER = "cax.truong.minhhoa", "cax.canbo.minhhoa", "cax.truong.thunghiem"


def fetched(scene: Scene, by: str, trigger: str, kind: str = "zip", more: str = "") -> Any:
    """Ask for the set of a step and return the answer, whatever it is."""
    return scene.office(by).call("GET", f"{scene.path}/form-set?trigger={trigger}&format={kind}{more}")


def members(data: bytes) -> dict[str, bytes]:
    """Return the files of a zip by name."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: package.read(name) for name in package.namelist()}


def words_of(word: bytes) -> str:
    """Return every text of a Word file, tables included."""
    return " ".join(text.text or "" for text in docx.Document(io.BytesIO(word)).element.body.iter() if text.text)


def test_a_set_has_what_is_on_file_as_it_is_and_the_rest_as_drafts(before: SceneBefore) -> None:
    """Before the police send the file to the court all its papers are signed; before that they are drafts."""
    scene = before("file_to_court")

    reply = fetched(scene, OFFICER, "file_to_court")

    assert (reply.status, reply.headers["Content-Type"]) == (200, ZIP)
    found = members(reply.data)
    names = list(found)
    assert names[0] == INDEX_NAME
    assert names == sorted(names)
    signed = [name for name in names if name.endswith("-da-ky.pdf")]
    assert signed
    assert all(found[name].startswith(b"%PDF") for name in signed)
    index = found[INDEX_NAME].decode("utf-8-sig")
    assert scene.number in index
    assert "NGUYỄN" not in index
    assert "NGUYỄN" not in " ".join(names)


def test_what_nobody_knows_is_left_as_dots_and_counted(after: SceneBefore) -> None:
    """The request for a facility lacks only whom it is addressed to."""
    scene = after("decision_effective_received")

    found = members(fetched(scene, OFFICER, "request_facility").data)

    (name,) = [each for each in found if each.endswith("-nhap.docx")]
    assert "………" in words_of(found[name])
    assert "NGUYỄN VĂN THỬ NGHIỆM" in words_of(found[name])
    assert "còn 1 mục để trống" in found[INDEX_NAME].decode()


def test_a_draft_that_was_begun_is_gone_on_from(after: SceneBefore) -> None:
    """What the officer stated stands in the set; nothing more is stored for it."""
    scene = after("decision_effective_received")
    body = json.dumps({"form": "D-FACREQ", "fields": {"addressee": "Nơi nhận giả định"}}).encode()
    assert scene.office(OFFICER).call("POST", f"{scene.path}/papers", body=body, version=scene.version).status == 201
    before = scene.traces()

    found = members(fetched(scene, OFFICER, "request_facility").data)

    assert any("Nơi nhận giả định" in words_of(data) for name, data in found.items() if name.endswith("-nhap.docx"))
    assert scene.traces() == before


def test_the_zip_is_the_same_bytes_for_the_same_file(before: SceneBefore) -> None:
    """Nothing of the clock or of chance is in it."""
    scene = before("file_to_court")

    assert fetched(scene, OFFICER, "file_to_court").data == fetched(scene, HEAD, "file_to_court").data


def test_a_set_as_one_pdf_has_an_index_and_every_paper(after: SceneBefore) -> None:
    """Made by one start of the word processor."""
    scene = after("decision_effective_received")

    reply = fetched(scene, OFFICER, "request_facility", "pdf")

    assert (reply.status, reply.headers["Content-Type"]) == (200, PDF)
    with pikepdf.open(io.BytesIO(reply.data)) as book:
        assert len(book.pages) >= 2


@pytest.mark.parametrize("trigger", ["no_such_act", "x" * 61])
def test_an_act_the_law_has_not_is_refused(before: SceneBefore, trigger: str) -> None:
    """By name, before anything is made."""
    assert fetched(before("file_to_court"), OFFICER, trigger).status in (404, 422)


def test_for_a_stranger_there_is_no_such_dossier(after: SceneBefore) -> None:
    """The same answer as for one that does not exist."""
    scene = after("decision_effective_received")

    refused(scene, lambda: fetched(scene, STRANGER, "request_facility"), 404, "not-found")


def test_a_side_machine_of_another_dossier_is_refused(before: SceneBefore) -> None:
    """The id must be one of this dossier."""
    scene = before("file_to_court")

    assert fetched(scene, OFFICER, "file_to_court", more="&proceeding=" + "0" * 32).status == 404


def test_a_step_without_papers_says_so(before: SceneBefore) -> None:
    """Instead of an empty file."""
    scene = before("file_to_court")
    (key,) = scene.rows("select procedure_sha256 from dossier where number = ?", scene.number)
    with scene.house.database.reading() as session:
        procedure = scene.house.law.pinned(session, key[0])
    empty = next(each for each in procedure.transitions if not each.requires and not each.generates)

    refused(scene, lambda: fetched(scene, OFFICER, empty.trigger), 404, NoFormsError.code)


def item(content: bytes, media_type: str) -> SetItem:
    """Return a scan from outside."""
    return SetItem("F", Text("Giấy", "Paper"), "signed", content=content, media_type=media_type, made_here=False)


def a_set(before: SceneBefore, *items: SetItem) -> FormSet:
    """Return a set of these papers."""
    scene = before("file_to_court")
    return FormSet(scene.number, Text("Bước", "Step"), scene.clock.instant.date(), items)


def picture(kind: str) -> bytes:
    """Return a small picture."""
    data = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(data, kind)
    return data.getvalue()


def acting_pdf() -> bytes:
    """Return a scan with a link and an action on its page and in the file."""
    data = io.BytesIO()
    with pikepdf.open(io.BytesIO(demo_scan("x"))) as book:
        act = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        link = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=act)
        book.pages[0].obj.Annots = pikepdf.Array([link])
        book.pages[0].obj.AA = pikepdf.Dictionary(O=act)
        book.Root.OpenAction = act
        book.save(data)
    return data.getvalue()


def test_scans_are_bound_and_what_cannot_be_bound_is_named(before: SceneBefore) -> None:
    """Pictures become pages; a broken PDF and a Word file from outside stay out of the book and in the zip."""
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    found = a_set(
        before,
        item(demo_scan("one"), PDF),
        item(picture("PNG"), "image/png"),
        item(picture("TIFF"), "image/tiff"),
        item(b"%PDF-1.4 broken", PDF),
        item(b"\xff\xd8\xff broken", "image/jpeg"),
        item(b"PK outside", word),
    )

    with pikepdf.open(io.BytesIO(as_one_pdf(found))) as book:
        assert len(book.pages) == 1 + 3
    assert len(file_names(found)) == len(set(file_names(found))) == 6
    assert members(as_zip(found))["06-F-da-ky.docx"] == b"PK outside"


def test_nothing_that_acts_gets_into_the_book(before: SceneBefore) -> None:
    """A scan from outside may carry scripts; the book of the set does not."""
    bound = as_one_pdf(a_set(before, item(acting_pdf(), PDF)))

    with pikepdf.open(io.BytesIO(bound)) as book:
        assert "/OpenAction" not in book.Root
        page = book.pages[1].obj
        assert "/AA" not in page
        assert [annotation.get("/A") for annotation in page.Annots] == [None]
