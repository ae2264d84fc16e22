"""What a stranger may send as a scan: long, huge, broken or strange files are not examined, and never complete."""

import io
import tracemalloc

import pikepdf
import pytest
import segno
from PIL import Image

from dossiers.papers.page_codes import PAGES_MAX, PageCode
from dossiers.papers.scan_pages import PAGES_READ_MAX, PDF, PIXELS_MAX, NotExaminedError, codes_in, codes_of_pages
from dossiers.papers.scans import read_codes, read_scan
from dossiers.papers.stamping import TooManyPagesError, stamp_pages
from dossiers.papers.uploads import DOCX, StoredUpload

CODE = PageCode("0123456789abcdef", 1, 1)
SHA256 = "0123456789abcdef" * 4


def blank_pdf(pages):
    """Return a PDF of small empty pages."""
    target = io.BytesIO()
    with pikepdf.new() as document:
        for _ in range(pages):
            document.add_blank_page(page_size=(72, 72))
        document.save(target)
    return target.getvalue()


def picture_of(*texts):
    """Return a picture with one QR code per text, side by side."""
    page = Image.new("L", (300 * len(texts), 300), 255)
    for place, text in enumerate(texts):
        code = io.BytesIO()
        segno.make_qr(text).save(code, kind="png", scale=6)
        page.paste(Image.open(code).convert("L"), (300 * place + 10, 10))
    return page


def test_a_scan_with_more_pages_than_anybody_prints_is_not_examined():
    """The bound is on pages, not on bytes."""
    assert list(codes_of_pages(blank_pdf(3), PDF)) == [[], [], []]
    with pytest.raises(NotExaminedError):
        list(codes_of_pages(blank_pdf(PAGES_READ_MAX + 1), PDF))


def test_a_picture_that_unpacks_to_gigabytes_is_not_opened():
    """A few kilobytes of PNG hold as many white pixels as one likes."""
    side = int(PIXELS_MAX**0.5) + 1
    bomb = io.BytesIO()
    Image.new("1", (side, side), 1).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 100_000

    tracemalloc.start()
    with pytest.raises(NotExaminedError):
        list(codes_of_pages(bomb.getvalue(), "image/png"))
    assert tracemalloc.get_traced_memory()[1] < PIXELS_MAX // 8
    tracemalloc.stop()


@pytest.mark.parametrize("media_type", [PDF, "image/jpeg", "image/png", "image/tiff"])
def test_a_broken_file_of_any_kind_is_not_examined(media_type):
    """The process that reads may die of it; the one that asks does not."""
    assert read_codes(b"broken", media_type) is None


def test_a_word_file_is_no_scan():
    """It is kept as it is, and nothing is read from it."""
    assert read_scan(StoredUpload(SHA256, DOCX, 1, store=None)) is None


def test_only_codes_of_ours_are_read():
    """What a citizen's card on the same page says stays on the page."""
    assert codes_in(picture_of("012345678901|NGUYEN VAN THU|01011990", CODE.text)) == [CODE.text]
    assert codes_in(picture_of("HOSO1:0123456789ABCDEF:2/1")) == []


def test_two_codes_on_one_page_are_both_seen_also_when_they_are_the_same():
    """Two sheets on the glass at once are no page."""
    other = PageCode(CODE.version, 2, 2)

    assert codes_in(picture_of(CODE.text, other.text)) == sorted([CODE.text, other.text])
    assert codes_in(picture_of(CODE.text, CODE.text)) == [CODE.text] * 2


def test_a_picture_of_almost_nothing_has_no_code():
    """One pixel has no corners to enlarge."""
    assert codes_in(Image.new("L", (1, 1))) == []


def test_a_paper_of_more_pages_than_a_code_counts_is_not_stamped():
    """It is printed from Word, and compared by eye."""
    assert stamp_pages(blank_pdf(2), SHA256).startswith(b"%PDF")
    with pytest.raises(TooManyPagesError):
        stamp_pages(blank_pdf(PAGES_MAX + 1), SHA256)
