"""The forms of the earlier regime are signed as they were then, whoever holds the office today."""

import io
from collections.abc import Mapping
from datetime import date

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values

DAY = date(2026, 6, 15)


def filled(form_id: str, changes: Mapping[str, object] | None = None) -> Document:
    """Return the sample of a form of that time with some values changed."""
    catalogue = official_catalogue()
    form = catalogue.form(form_id, DAY)
    values = {**sample_values(catalogue, form), **(changes or {})}
    return docx.Document(io.BytesIO(render_form(catalogue, form, values)))


def lines(document: Document) -> list[str]:
    """Return the text of every paragraph, tables included."""
    paragraphs = document.part.element.iter(qn("w:p"))
    return ["".join(piece.text or "" for piece in paragraph.iter(qn("w:t"))) for paragraph in paragraphs]


@pytest.mark.parametrize("form_id", ["A43", "A44", "A45", "A46", "A49"])
def test_the_head_of_a_facility_signs_as_its_director(form_id: str) -> None:
    """The office is called "Trưởng cơ sở" from 01/07/2026 only."""
    text = lines(filled(form_id))

    assert "GIÁM ĐỐC" in text
    assert not any("TRƯỞNG CƠ SỞ" in line for line in text)


@pytest.mark.parametrize("form_id", ["A51", "A54"])
@pytest.mark.parametrize(
    ("signing", "expected"),
    [
        ({}, ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]),
        ({"signer_prefix": "TM.", "signer_for": "Ủy ban nhân dân"}, ["TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"]),
        (
            {"signer_prefix": "KT.", "signer_for": "Chủ tịch", "signer_title": "Phó Chủ tịch"},
            ["TM. ỦY BAN NHÂN DÂN", "KT. CHỦ TỊCH", "PHÓ CHỦ TỊCH"],
        ),
    ],
)
def test_the_chair_signs_for_the_committee(form_id: str, signing: Mapping[str, object], expected: list[str]) -> None:
    """The words "TM. ỦY BAN NHÂN DÂN" stand once, also where the signer chose them or a deputy signs."""
    text = lines(filled(form_id, signing))
    start = text.index("TM. ỦY BAN NHÂN DÂN")

    assert text[start : start + len(expected)] == expected
    assert text.count("TM. ỦY BAN NHÂN DÂN") == 1


@pytest.mark.parametrize(
    ("body", "title", "authority"),
    [
        ("Ủy ban nhân dân xã Minh Họa", "CHỦ TỊCH", "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ MINH HỌA"),
        ("Công an huyện Minh Họa", "TRƯỞNG CÔNG AN", "TRƯỞNG CÔNG AN HUYỆN MINH HỌA"),
        ("Công an tỉnh Giả Định", "GIÁM ĐỐC", "GIÁM ĐỐC CÔNG AN TỈNH GIẢ ĐỊNH"),
    ],
)
def test_the_authority_line_follows_the_body(body: str, title: str, authority: str) -> None:
    """Different bodies made the dossier in those years; none of them is a fixed word of the form."""
    assert authority in lines(filled("A36", {"issuing_org": body, "signer_title": title}))


def test_a_facility_searches_in_the_name_of_its_director() -> None:
    """The form is used by the police before intake and by the facility after it."""
    text = lines(filled("A41", {"issuing_org": "Cơ sở số 0 Giả Định", "signer_title": "TRƯỞNG CƠ SỞ"}))

    assert "GIÁM ĐỐC CƠ SỞ SỐ 0 GIẢ ĐỊNH" in text
    assert "GIÁM ĐỐC" in text


@pytest.mark.parametrize(("form_id", "columns"), [("A44", 11), ("A52", 9)])
def test_the_lists_have_their_columns_in_small_type(form_id: str, columns: int) -> None:
    """An upright page holds so many columns only in small type."""
    table = filled(form_id).tables[0]

    assert len(table.columns) == columns
    assert {run.font.size for cell in table.rows[1].cells for run in cell.paragraphs[0].runs} == {Pt(9)}
