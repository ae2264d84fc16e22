"""Issue, print, scan: real PDFs of LibreOffice, stamped, seen by a poor scanner, and judged by what is read on them.

`HOSO_SCANS=100` and more run a longer campaign.
"""

import hashlib
import io
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import date

import pikepdf
import pypdfium2
import pytest

from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.page_codes import PageCode, read_code, version_of
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.scan_pages import PDF, codes_of_pages
from dossiers.papers.scan_verdicts import Result, judge
from dossiers.papers.scans import read_codes
from dossiers.papers.stamping import BOTTOM_MM, LEFT_MM, MODULE_MM, stamp_pages
from tests.papers.scanning import DPI, as_file, case_of, printed, rendered, scanned

pytestmark = pytest.mark.slow

CATALOGUE = official_catalogue()
SCANS = int(os.environ.get("HOSO_SCANS", "40"))
LONG = "\n".join(f"Đợt {number}: chuyển khoản (giả định)" for number in range(1, 45))
#: Papers of one to four pages; the last two are versions of one paper.
PAPERS = {
    "one": ("V21", {}),
    "two": ("V38", {}),
    "three": ("V29", {}),
    "four": ("V29", {"contract_payment": LONG}),
    "corrected": ("V38", {"subj_residence": "Số 9, đường Sửa, phường Minh Họa, tỉnh Giả Định"}),
}
#: How often each is scanned: most papers have one page or two.
OFTEN = (3, 3, 1, 1, 2)


@pytest.fixture(scope="module")
def issued():
    """The issued bytes of a few papers."""
    made = {}
    for name, (form_id, changes) in PAPERS.items():
        form = CATALOGUE.form(form_id, date(2026, 8, 1))
        made[name] = render_form(CATALOGUE, form, {**sample_values(CATALOGUE, form), **changes})
    return made


@pytest.fixture(scope="module")
def pdfs(issued, tmp_path_factory):
    """Their PDFs, converted in one go."""
    folder = tmp_path_factory.mktemp("prints")
    for name, docx in issued.items():
        (folder / f"{name}.docx").write_bytes(docx)
    profile = (folder / "profile").as_uri()
    command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run([*command, *sorted(folder.glob("*.docx"))], check=True, capture_output=True, timeout=240)
    return {name: (folder / f"{name}.pdf").read_bytes() for name in issued}


@pytest.fixture(scope="module")
def prints(issued, pdfs):
    """The stamped papers, each page rendered once."""
    return {name: printed(pdf, hashlib.sha256(issued[name]).hexdigest()) for name, pdf in pdfs.items()}


def read(data, media_type):
    """Return what the reader sees, in this process."""
    return tuple(tuple(map(read_code, page)) for page in codes_of_pages(data, media_type))


def test_the_papers_have_one_to_four_pages(prints):
    """So that every kind of loss can happen."""
    assert [len(paper.pages) for paper in prints.values()] == [1, 2, 3, 4, 2]


@pytest.mark.timeout(300 + 2 * SCANS)
def test_generated_scans_get_the_right_verdict_and_never_a_wrong_complete(prints):
    """At least 95 of 100 at 200 dpi, turned, noisy, blurred, pale; shuffled, short, doubled or mixed."""
    chance = random.Random(20260801)
    told = Counter()
    for _ in range(SCANS):
        (paper,) = chance.choices(list(prints.values()), weights=OFTEN)
        case = case_of(paper, [other for other in prints.values() if other is not paper], chance)
        seen = [scanned(of.pages[page], chance) for of, page in case.pages]
        data, media_type = as_file(seen, "tiff" if chance.random() < 0.5 else "pdf", chance.randint(25, 90))
        verdict = judge(paper.version, read(data, media_type))
        told["right"] += verdict == case.right
        told["complete"] += case.right.result is Result.COMPLETE
        told["wrong complete"] += verdict.result is Result.COMPLETE != case.right.result

    sys.stdout.write(f"{SCANS} scans: {dict(told)}\n")
    assert told["wrong complete"] == 0
    assert told["right"] >= 0.95 * SCANS
    assert 0.2 * SCANS < told["complete"] < 0.8 * SCANS


def test_every_page_reads_at_any_quarter_turn_and_in_every_kind_of_file(prints):
    """Through the process that reads for the program: PDF, TIFF, JPEG, PNG."""
    paper = prints["three"]
    turned = [page.rotate(90 * quarter, expand=True) for quarter, page in enumerate(paper.pages, 1)]
    whole = tuple((code,) for code in paper.codes)

    assert read_codes(*as_file(turned, "pdf", 80)) == whole
    assert read_codes(*as_file(turned, "tiff", 80)) == whole
    assert [read_codes(*as_file(turned[:1], kind, 80)) for kind in ("jpeg", "png")] == [whole[:1], whole[:1]]


def test_the_code_stands_in_the_bottom_margin_and_hides_nothing(pdfs, prints):
    """Where it stands there was nothing before; everywhere else the page is as it was."""
    pixels = DPI / 25.4
    for name, pdf in pdfs.items():
        for before, after in zip(rendered(pdf), prints[name].pages, strict=True):
            top = before.height - round((BOTTOM_MM + 29 * MODULE_MM) * pixels)
            quiet = round((LEFT_MM - 4 * MODULE_MM) * pixels), top, round((LEFT_MM + 35) * pixels), before.height
            assert before.crop(quiet).getextrema() == (255, 255)
            assert after.crop(quiet).getextrema()[0] == 0
            above = (0, 0, before.width, top)
            assert before.crop(above).tobytes() == after.crop(above).tobytes()


def test_stamping_is_repeatable_and_draws_in_vectors(issued, pdfs):
    """The same PDF gives the same bytes; there is no picture in them, and the short code is text."""
    sha256 = hashlib.sha256(issued["two"]).hexdigest()
    stamped = stamp_pages(pdfs["two"], sha256)

    assert stamped == stamp_pages(pdfs["two"], sha256)
    with pikepdf.open(io.BytesIO(stamped)) as document:
        assert [page.get_images() for page in document.pages] == [{}, {}]
    text = pypdfium2.PdfDocument(stamped)[1].get_textpage().get_text_bounded()
    assert PageCode(version_of(sha256), 2, 2).short.split()[0] in text
    assert "2/2" in text


def test_a_page_without_a_code_and_a_file_that_is_none_are_told_apart(pdfs):
    """A print from Word has pages without codes; what cannot be opened was not examined."""
    assert read_codes(pdfs["two"], PDF) == ((), ())
    assert read_codes(b"%PDF-1.4 nothing follows", PDF) is None
    assert read_codes(b"\x89PNG\r\n\x1a\n" + bytes(100), "image/png") is None
