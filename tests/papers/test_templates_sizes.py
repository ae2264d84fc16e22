"""The letters of every form have the sizes and looks of NĐ 30/2020/NĐ-CP, Phụ lục I; read from the filled Word files.

Where things stand on paper is measured in test_templates_layout.py.
"""

import io
import re
from collections.abc import Iterator
from functools import cache

import docx
import pytest
from docx.document import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from tests.papers.measuring import PRINTED, filled

STATE, CREED = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"
TEXT_MM = 210 - 30 - 15
#: A contract of two parties has a number and belongs to no body alone.
CONTRACTS = ("V29", "A28")
OF_A_BODY = [key for key, form in PRINTED.items() if "doc_number" in form.declared and form.form_id not in CONTRACTS]
DATED = re.compile(r".+, ngày \d\d tháng (0[12]|[3-9]|1[0-2]) năm \d{4}")


@cache
def document(key: str) -> Document:
    """Return a form filled with its sample."""
    return docx.Document(io.BytesIO(filled(key)))


def paragraphs(container: Document | _Cell) -> Iterator[Paragraph]:
    """Yield every paragraph that says something, those inside tables too, in reading order."""
    for element in container.iter_inner_content():
        if isinstance(element, Table):
            for row in element.rows:
                for cell in row.cells:
                    yield from paragraphs(cell)
        elif element.text.strip():
            yield element


def sizes(paragraph: Paragraph) -> set[float]:
    """Return the sizes of its letters in points."""
    return {run.font.size.pt if run.font.size else 0 for run in paragraph.runs if run.text.strip()}


def looks(paragraph: Paragraph) -> set[tuple[bool, bool]]:
    """Return (bold, italic) of its letters."""
    return {(bool(run.bold), bool(run.italic)) for run in paragraph.runs if run.text.strip()}


def is_ruled(table: Table) -> bool:
    """Tell a table with lines from one that only sets columns."""
    return table._tbl.find(f".//{qn('w:tblBorders')}") is not None


def signature_tables(key: str) -> list[Table]:
    """Return the columns that stand at the end of the form, one below the other; a slip to tear off may follow."""
    found: list[Table] = []
    for element in reversed(list(document(key).iter_inner_content())):
        if isinstance(element, Table) and not is_ruled(element):
            found.append(element)
        elif found and (isinstance(element, Table) or element.text.strip()):
            break
    return found


@pytest.mark.parametrize("key", PRINTED)
def test_the_sheet_has_the_margins_of_the_decree(key: str) -> None:
    """A4 upright; 20 to 25 above and below, 30 to 35 left, 15 to 20 right."""
    for section in document(key).sections:
        page = (section.page_width, section.page_height)
        assert [round(length.mm) for length in page if length] == [210, 297]
        margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
        assert [round(length.mm) for length in margins if length is not None] == [20, 20, 30, 15]
        assert section.different_first_page_header_footer
        instructions = section.header._element.iter(qn("w:instrText"))
        assert [(field.text or "").strip() for field in instructions] == ["PAGE"]
        assert not list(section.first_page_header._element.iter(qn("w:instrText")))


@pytest.mark.parametrize("key", PRINTED)
def test_the_motto_is_printed_as_the_decree_asks(key: str) -> None:
    """Capitals of 12 or 13 points, below them 13 or 14; bold, upright, centred; once a paper."""
    (state,) = (each for each in paragraphs(document(key)) if each.text == STATE)
    (creed,) = (each for each in paragraphs(document(key)) if each.text == CREED)

    assert looks(state) == looks(creed) == {(True, False)}
    assert sizes(state) <= {12, 13}
    assert sizes(creed) <= {13, 14}
    assert max(sizes(state)) <= min(sizes(creed))
    assert {state.alignment, creed.alignment} == {WD_ALIGN_PARAGRAPH.CENTER}


@pytest.mark.parametrize("key", PRINTED)
def test_only_papers_of_a_body_begin_with_two_columns(key: str) -> None:
    """Records and petitions that nobody numbers begin with the motto alone."""
    first = next(iter(document(key).iter_inner_content()))

    assert isinstance(first, Table) == (key in OF_A_BODY)


@pytest.mark.parametrize("key", OF_A_BODY)
def test_the_two_columns_are_those_of_the_decree(key: str) -> None:
    """Bodies and number left on 40 to 45 in a hundred of the width, motto, place and date right."""
    table = document(key).tables[0]
    left, right = (cell.width.mm for cell in table.rows[0].cells if cell.width)
    (bodies, motto), (number, dated) = ([cell.text.strip() for cell in row.cells] for row in table.rows)

    assert not is_ruled(table)
    assert abs(left + right - TEXT_MM) < 1
    assert 0.40 <= left / TEXT_MM <= 0.45
    assert motto.startswith(STATE)
    assert bodies.isupper()
    assert number.startswith("Số: ")
    assert DATED.fullmatch(dated)


@pytest.mark.parametrize("key", OF_A_BODY)
def test_bodies_number_and_date_have_their_sizes(key: str) -> None:
    """Parent 12 or 13 plain, issuing body bold, number 13, a letter's subject 12 or 13, the date 13 or 14 italic."""
    (bodies, _), (number, dated) = (row.cells for row in document(key).tables[0].rows)
    *parents, issuer = paragraphs(bodies)
    line, *about = paragraphs(number)
    (date,) = paragraphs(dated)

    assert sizes(issuer) <= {12, 13}
    assert looks(issuer) == {(True, False)}
    assert all(sizes(parent) <= {12, 13} and looks(parent) == {(False, False)} for parent in parents)
    assert (sizes(line), looks(line)) == ({13}, {(False, False)})
    assert all(sizes(each) <= {12, 13} and each.text.startswith("V/v ") for each in about)
    assert sizes(date) <= {13, 14}
    assert looks(date) == {(False, True)}


@pytest.mark.parametrize("key", PRINTED)
def test_the_title_is_printed_as_the_decree_asks(key: str) -> None:
    """Capitals of 13 or 14 points, bold, centred; a letter has its subject below the number instead."""
    after = list(paragraphs(document(key)))
    after = after[next(place for place, each in enumerate(after) if each.text == CREED) + 1 :]
    titles = [each for each in after if each.text.isupper() and looks(each) == {(True, False)}]
    letter = any(each.text.startswith("V/v ") for each in after)

    if not letter:
        assert sizes(titles[0]) <= {13, 14}
        assert titles[0].alignment == WD_ALIGN_PARAGRAPH.CENTER


@pytest.mark.parametrize("key", PRINTED)
def test_the_text_is_printed_as_the_decree_asks(key: str) -> None:
    """13 or 14 points, justified, first line 10 or 12.7 millimetres in, 6 points apart, bases in italic."""
    found = [each for each in document(key).paragraphs if each.paragraph_format.first_line_indent]

    assert found or document(key).tables
    for each in found:
        form = each.paragraph_format
        indent, after = form.first_line_indent, form.space_after
        assert sizes(each) <= {13, 14}, each.text
        assert indent is not None
        assert after is not None
        assert round(indent.mm, 1) in (10, 12.7)
        assert after.pt >= 6
        assert form.alignment == WD_ALIGN_PARAGRAPH.JUSTIFY
        assert form.line_spacing == 1
        if each.text.startswith("Căn cứ ") and each.text.endswith(";"):
            assert looks(each) == {(False, True)}, each.text


@pytest.mark.parametrize("key", PRINTED)
def test_recipients_and_signatures_have_their_sizes(key: str) -> None:
    """Recipients: head 12 bold italic, list 11; titles 13 or 14 capitals bold, names 13 or 14 bold."""
    tables = signature_tables(key)
    words = [each for table in tables for row in table.rows for cell in row.cells for each in paragraphs(cell)]

    assert words
    for each in words:
        if each.text == "Nơi nhận:":
            assert (sizes(each), looks(each)) == ({12}, {(True, True)})
        elif each.text.startswith("- "):
            assert (sizes(each), looks(each)) == ({11}, {(False, False)})
        elif each.text.startswith("("):
            assert looks(each) == {(False, True)}, each.text
        elif looks(each) == {(True, False)}:
            assert sizes(each) <= {13, 14}, each.text
    assert any(each.text.isupper() and looks(each) == {(True, False)} for each in words)


@pytest.mark.parametrize("key", PRINTED)
def test_no_table_is_wider_than_the_text(key: str) -> None:
    """The widths of the columns are those of the text together."""
    for table in document(key).tables:
        widths = [cell.width.mm for cell in table.rows[0].cells if cell.width]
        assert len(widths) == len(table.columns)
        assert abs(sum(widths) - TEXT_MM) < 1
