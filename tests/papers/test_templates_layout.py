"""How the forms look on paper, measured on the PDF that a real LibreOffice makes of each.

Paper, margins and page numbers: NĐ 30/2020/NĐ-CP, Phụ lục I.  Sizes of letters are read from the Word files, see
test_templates_sizes.py.
"""

import io
import re
from collections.abc import Mapping
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn

from tests.papers.measuring import DEMO, PRINTED, Printed, Word, filled, print_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(500)]

#: NĐ 30/2020 in millimetres; a letter may lean over its box by a hair.
LEFT, RIGHT, TOP, BOTTOM = 30, 210 - 15, 20, 297 - 20
HAIR = 0.5
#: Above this line stands nothing but the page's header.
HEADER_END = 18


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Printed]:
    """Fill every form with its sample, one more as a demo, and print all of them in one go."""
    return print_all(tmp_path_factory.mktemp("forms"))


def body_of(words: list[Word]) -> list[Word]:
    """Return the words below the header."""
    return [word for word in words if word.top >= HEADER_END]


def test_there_are_as_many_forms_as_promised() -> None:
    """At least 120 files can be made of the forms that have a template."""
    assert len(PRINTED) >= 120


@pytest.mark.parametrize("key", PRINTED)
def test_every_form_prints_on_a4_with_its_words(key: str, printed: Mapping[str, Printed]) -> None:
    """Motto and the person's name are found in the PDF; no tag, no phrase of the layouts and no `None` is."""
    paper, form = printed[key], PRINTED[key]

    assert all(abs(width - 210) < HAIR and abs(height - 297) < HAIR for width, height in paper.pages)
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in paper.text
    assert "Độc lập - Tự do - Hạnh phúc" in paper.text
    if "subj_full_name" in form.declared:
        assert re.search("nguyễn văn thử", paper.text, re.IGNORECASE)
    assert not re.search(r"[{}]|<<|>>|\*\*|\bNone\b", paper.text)


@pytest.mark.parametrize("key", PRINTED)
def test_every_form_fills_the_space_between_the_margins(key: str, printed: Mapping[str, Printed]) -> None:
    """Left 30, right 15, top and bottom 20 millimetres: nothing beyond them, and the text reaches three of them.

    The words of a ruled table begin inside its rules.
    """
    words = printed[key].words
    body = body_of(list(words))
    left, right = min(word.left for word in body), max(word.right for word in body)
    top, bottom = min(word.top for word in body), max(word.bottom for word in body)

    assert LEFT - HAIR < left < LEFT + 4
    assert RIGHT - 4 < right < RIGHT + HAIR
    assert 0 <= top - TOP < 1
    assert bottom < BOTTOM + HAIR
    assert all(word.top > 8 and word.left > LEFT - HAIR and word.right < RIGHT + HAIR for word in words)


@pytest.mark.parametrize("key", PRINTED)
def test_the_page_number_is_centred_above_and_hidden_on_the_first_page(
    key: str, printed: Mapping[str, Printed]
) -> None:
    """NĐ 30/2020: Arabic, in the middle of the top margin, from the second page on; the first shows the form number."""
    paper = printed[key]
    above = {
        page: [word for word in paper.on(page) if word.top < HEADER_END] for page in range(1, len(paper.pages) + 1)
    }

    assert " ".join(word.text for word in above.pop(1)) == (PRINTED[key].number_line or "")
    for page, words in above.items():
        (number,) = words
        assert number.text == str(page)
        assert abs((number.left + number.right) / 2 - (LEFT + RIGHT) / 2) < 1.5


@pytest.mark.parametrize("key", PRINTED)
def test_every_form_uses_one_typeface_and_carries_it_along(key: str, printed: Mapping[str, Printed]) -> None:
    """Only signs that Times New Roman lacks (the boxes to tick) may come from another font; all are embedded."""
    paper = printed[key]
    strange = {name for name, _ in paper.fonts if not name.startswith("TeXGyreTermes")}

    assert paper.fonts
    assert all(embedded for _, embedded in paper.fonts)
    assert strange == set() or re.search("[☐☒]", paper.text)


@pytest.mark.parametrize("key", PRINTED)
def test_no_page_is_empty(key: str, printed: Mapping[str, Printed]) -> None:
    """Every page says more than its number, the last one too."""
    paper = printed[key]

    assert all(body_of(paper.on(page)) for page in range(1, len(paper.pages) + 1))


def before_the_signatures(key: str) -> list[str]:
    """Return the last words before the signatures: three of a paragraph, or one of the last cell of a ruled table.

    What follows the signatures is a slip to tear off.
    """
    body = list(docx.Document(io.BytesIO(filled(key))).element.body)
    tables = [place for place, element in enumerate(body) if element.tag == qn("w:tbl")]
    for element in reversed(body[: tables[-1] + 1]):
        ruled = element.tag == qn("w:tbl") and element.find(f".//{qn('w:tblBorders')}") is not None
        if element.tag == qn("w:p") or ruled:
            parts = [element] if element.tag == qn("w:p") else list(element.iter(qn("w:p")))
            texts = ["".join(piece.text or "" for piece in part.iter(qn("w:t"))).strip() for part in parts]
            if said := [text for text in texts if text]:
                return said[-1].split()[-1 if ruled else -3 :]
    raise AssertionError(key)


def last_place(words: list[Word], said: list[str]) -> Word:
    """Return the word with which the last occurrence of `said` ends."""
    for start in range(len(words) - len(said), -1, -1):
        if [word.text for word in words[start : start + len(said)]] == said:
            return words[start + len(said) - 1]
    raise AssertionError(said)


@pytest.mark.parametrize("key", PRINTED)
def test_the_signatures_stand_with_the_last_words_they_sign(key: str, printed: Mapping[str, Printed]) -> None:
    """No page holds signatures alone, and no block of signatures is torn apart."""
    paper = printed[key]
    end = last_place(body_of(list(paper.words)), before_the_signatures(key))

    assert end.page == len(paper.pages)
    below = [word for word in paper.on(end.page) if word.top > end.bottom]
    assert below
    assert any(word.left > (LEFT + RIGHT) / 2 - 20 for word in below)


@pytest.mark.parametrize(
    ("form_id", "expected"),
    [
        ("V36", ["Số: 07/ĐN-CAX", "Kính gửi: Tòa án nhân dân khu vực 99 – Giả Định", "1) Bản tóm tắt lý lịch: 02 tờ"]),
        ("V32", ["QUYẾT ĐỊNH", "TRƯỞNG CÔNG AN PHƯỜNG MINH HỌA", "Điều 1.", "Điều 2.", "Điều 3.", "Nơi nhận:"]),
        ("V33", ["BẢN TÓM TẮT LÝ LỊCH", "Ảnh 4 x 6", "XÁC NHẬN CỦA CƠ QUAN LẬP HỒ SƠ", "20. Đã tham gia"]),
        ("V34", ["BIÊN BẢN VI PHẠM", "NGƯỜI VI PHẠM", "NGƯỜI CHỨNG KIẾN", "NGƯỜI LẬP BIÊN BẢN"]),
        ("V37", ["THÔNG BÁO", "03 ngày làm việc"]),
        ("V42", ["ĐẠI DIỆN BÊN GIAO", "ĐẠI DIỆN BÊN NHẬN", "Bút lục", "00/2026/QĐ-TA"]),
        ("V50", ["GIẤY XÁC NHẬN", "XÁC NHẬN:", "TRƯỞNG CƠ SỞ CAI NGHIỆN MA TÚY SỐ 0 GIẢ ĐỊNH"]),
        ("V53", ["CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG MINH HỌA", "Điều 4."]),
        ("C11", ["TÒA ÁN NHÂN DÂN KHU VỰC 99", "Thời hạn: 24 tháng", "THẨM PHÁN", "05 ngày làm việc"]),
        ("D-FACREQ", ["V/v đề nghị quyết định cơ sở", "Kính gửi: Giám đốc Công an tỉnh Giả Định"]),
        ("D-SEARCH-GD", ["GIÁM ĐỐC CÔNG AN TỈNH GIẢ ĐỊNH", "cao 1,68 m"]),
    ],
)
def test_the_forms_say_what_their_specification_asks(
    form_id: str, expected: list[str], printed: Mapping[str, Printed]
) -> None:
    """The blocks of each form are found in the printed text, in reading order or in the order of the lines."""
    text = printed[f"{form_id}@2026-07-01"].text

    assert [wanted for wanted in expected if wanted not in text] == []


def test_the_signature_stands_right_of_the_recipients(printed: Mapping[str, Printed]) -> None:
    """NĐ 30/2020: recipients at the lower left, the signer's title at the same height on the right."""
    for form_id in ("V32", "V36", "V50", "V53", "C11"):
        key = f"{form_id}@2026-07-01"
        words = printed[key].words
        (start,) = (word for word, after in pairwise(words) if (word.text, after.text) == ("Nơi", "nhận:"))
        title = PRINTED[key].signer_title.split()[0]
        beside = [word for word in printed[key].on(start.page) if word.text == title and abs(word.top - start.top) < 3]
        assert start.left < 31
        assert beside
        assert all(word.left > 100 for word in beside)


def test_a_demo_says_so_on_every_page(printed: Mapping[str, Printed]) -> None:
    """Nobody may take a paper of a simulated day for a real one."""
    paper = printed[DEMO]

    assert len(paper.pages) > 1
    for page in range(1, len(paper.pages) + 1):
        assert any(word.text == "DEMO" for word in paper.on(page) if word.top < HEADER_END)
