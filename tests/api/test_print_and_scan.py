"""A paper on its way through printer and scanner: its print carries codes, its scan comes back with a verdict."""

import dataclasses
import io
import json
from typing import Any

import pikepdf
import pytest

from api.demo.papers import demo_scan
from api.house import EXTENSION
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from dossiers.papers import print_versions
from tests.api.scenes import PDF, Scene
from tests.papers.scanning import as_file, rendered
from tests.playing import SceneBefore

OFFICER, HEAD = "cax.canbo.minhhoa", "cax.truong.minhhoa"
FIELDS = {
    "drug_types": ["chất mẫu A"],
    "drug_routes": ["hít"],
    "drug_first_use": "2020-01-01",
    "voluntary_rehab_count": 0,
}


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open a moment at which the commune's police makes papers."""
    return before("complete_dossier")


@pytest.fixture
def quick_pdf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every paper become three empty pages without a word processor."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(3):
            document.add_blank_page(page_size=(595, 842))
        document.save(target)
    monkeypatch.setattr(print_versions, "as_pdf", lambda _: target.getvalue())


def drafted(scene: Scene, **changes: Any) -> str:
    """Draft a paper and return its address."""
    body = json.dumps({"form": "V33", "fields": FIELDS | changes}).encode()
    reply = scene.office(OFFICER).call("POST", f"{scene.path}/papers", body=body, version=scene.version)
    return f"/api/v1/papers/{reply.json()['id']}"


def issued(scene: Scene, **changes: Any) -> str:
    """Draft and issue a paper and return its address."""
    paper = drafted(scene, **changes)
    scene.office(HEAD).post(f"{paper}/issue", {}, version=scene.version)
    return paper


def print_of(scene: Scene, paper: str) -> bytes:
    """Return the PDF to print."""
    reply = scene.office(OFFICER).call("GET", f"{paper}/content?format=pdf")
    assert (reply.status, reply.headers["Content-Type"]) == (200, PDF)
    return reply.data


def sign(scene: Scene, paper: str, scan: bytes) -> Any:
    """Hand in a signed scan and return the paper."""
    reply = scene.upload(OFFICER, f"{paper}/signed-scan", {}, ("scan.pdf", scan, PDF))
    assert reply.status == 200, reply.data
    return reply.json()


def scan_of(*prints: bytes, order: tuple[int, ...]) -> bytes:
    """Return a scan of pages, counted from 0 through all the prints."""
    pages = [page for pdf in prints for page in rendered(pdf)]
    return as_file([pages[number] for number in order], "pdf", 40)[0]


@pytest.mark.slow
def test_a_paper_printed_signed_and_scanned_whole_is_complete(scene: Scene) -> None:
    """With a real word processor; the verdict is in the answer, with the paper, in the diary, and is audited."""
    paper = issued(scene)
    pdf = print_of(scene, paper)
    before = scene.get(OFFICER, paper)

    signed = sign(scene, paper, as_file(rendered(pdf), "pdf", 40)[0])

    verdict = signed["scan_verdict"]
    pages = len(rendered(pdf))
    assert (verdict["result"], verdict["found"]) == ("complete", list(range(1, pages + 1)))
    assert verdict["text"][0].startswith("Bản quét khớp")
    assert before["page_code"].replace("-", "").lower() == before["sha256"][:8]
    assert scene.get(OFFICER, paper)["scan_verdict"] == verdict
    entry = scene.office(OFFICER).everything(f"{scene.path}/diary")[-1]
    assert entry["payload"]["scan_verdict"] == {name: value for name, value in verdict.items() if name != "text"}
    assert audited(scene) == []


def test_everybody_prints_the_same_bytes(scene: Scene, quick_pdf: None) -> None:
    """Made once, kept under its hash, and never made again."""
    paper = issued(scene)
    assert scene.get(OFFICER, paper)["print_sha256"] is None

    first = print_of(scene, paper)

    assert print_of(scene, paper) == first
    kept = scene.get(OFFICER, paper)["print_sha256"]
    assert scene.house.store.read(kept) == first


@pytest.mark.parametrize(
    ("order", "result", "told"),
    [
        ((0, 1, 2), "complete", {}),
        ((0, 2), "incomplete", {"missing": [2]}),
        ((0, 2, 1), "incomplete", {"in_order": False}),
        ((0, 1, 1, 2), "incomplete", {"doubled": [2]}),
        ((0, 4, 2), "foreign", {"foreign": [2], "missing": [2]}),
        ((3, 4, 5), "foreign", {"foreign": [1, 2, 3], "pages": None}),
    ],
)
def test_a_scan_that_is_not_the_issued_version_is_filed_and_told(
    scene: Scene, quick_pdf: None, order: tuple[int, ...], result: str, told: dict[str, Any]
) -> None:
    """Pages lost, shuffled, doubled, or of an earlier issue of the same paper: nothing is refused, all is said."""
    earlier, paper = issued(scene, voluntary_rehab_count=1), issued(scene)
    scan = scan_of(print_of(scene, paper), print_of(scene, earlier), order=order)

    signed = sign(scene, paper, scan)

    assert signed["state"] == "signed"
    assert signed["scan_verdict"]["result"] == result
    assert told.items() <= signed["scan_verdict"].items()
    assert (len(signed["scan_verdict"]["text"]) == 1) == (result == "complete")


def test_a_print_from_word_has_no_code(scene: Scene, quick_pdf: None) -> None:
    """Compared by eye; so is a Word file handed in as the signed paper."""
    paper, other = issued(scene), issued(scene)
    print_of(scene, paper)
    print_of(scene, other)
    word = scene.office(OFFICER).call("GET", f"{other}/content?format=docx")

    signed = sign(scene, paper, demo_scan("signed"))
    reply = scene.upload(OFFICER, f"{other}/signed-scan", {}, ("a.docx", word.data, word.headers["Content-Type"]))

    assert signed["scan_verdict"]["result"] == "no_code"
    assert reply.json()["scan_verdict"]["result"] == "not_examined"


def test_no_reader_is_started_for_a_paper_that_was_never_printed(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, quick_pdf: None
) -> None:
    """No page can carry the code of a print that nobody was given."""
    monkeypatch.setattr("api.v1.papers.read_scan", lambda _: pytest.fail("was read"))

    assert sign(scene, issued(scene), demo_scan("signed"))["scan_verdict"]["result"] == "no_code"


def test_a_draft_is_shown_without_codes_and_a_scan_from_elsewhere_has_no_verdict(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, quick_pdf: None
) -> None:
    """Only issued bytes have a version; a paper made elsewhere was never ours to number."""
    monkeypatch.setattr("api.v1.papers.as_pdf", lambda _: b"%PDF-1.7 a draft")
    draft = drafted(scene)
    attached = scene.scan(OFFICER, "III01").json()

    assert print_of(scene, draft) == b"%PDF-1.7 a draft"
    seen = scene.get(OFFICER, draft)
    assert (seen["page_code"], seen["print_sha256"], seen["scan_verdict"]) == (None, None, None)
    assert (attached["page_code"], attached["scan_verdict"]) == (None, None)


def test_a_verdict_that_was_changed_afterwards_is_found_out(scene: Scene, quick_pdf: None) -> None:
    """What the scan showed is in the chain; making it complete later leaves a trace."""
    paper = issued(scene)
    sign(scene, paper, scan_of(print_of(scene, paper), order=(0, 2)))
    assert audited(scene) == []

    told = "json_set(scan_verdict, '$.result', 'complete')"
    scene.change(f"update paper set scan_verdict = {told} where scan_verdict is not null and print_sha256 is not null")  # noqa: S608

    assert [problem.partition(":")[0] for problem in audited(scene)] == ["scan verdicts"]


def audited(scene: Scene) -> list[str]:
    """Return what an audit says about the dossier."""
    with scene.house.database.reading() as session:
        (dossier,) = session.query(Dossier).filter_by(number=scene.number)
        return dossier_problems(session, dossier)


def test_an_issue_asks_for_the_print_where_it_is_made_ahead(scene: Scene) -> None:
    """In the transaction of the issue; in a demonstration the print waits for whoever asks."""
    house = scene.house
    issued(scene)
    assert scene.rows("select kind from job where kind = 'print-paper'") == []
    settings = dataclasses.replace(house.settings, print_ahead=True)
    scene.app.extensions[EXTENSION] = dataclasses.replace(house, settings=settings)

    paper = issued(scene)

    (asked,) = scene.rows("select payload from job where kind = 'print-paper'")
    assert json.loads(asked[0]) == {"paper": paper.rpartition("/")[2]}
