"""Nothing a person types can break a paper, run in it, or be lost from it without a word."""

import io
import unicodedata
import zipfile

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.printing import DOTS, template_environment
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.values import MissingFieldsError, UnprintableFieldsError, WrongFieldsError, clean_text
from tests.papers.hostile_strings import STRINGS, UNPRINTABLE
from tests.papers.reading import DAY, paragraphs

CATALOGUE = official_catalogue()
FORM = CATALOGUE.form("V36", DAY)
SAMPLE = sample_values(CATALOGUE, FORM)


def opened(data: bytes) -> None:
    """Open the file as a zip reader and as Word do; every part must be whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert package.namelist()[0] == "[Content_Types].xml"
    document = docx.Document(io.BytesIO(data))
    assert not list(document.part.element.iter(qn("w:instrText"), qn("w:del")))


def values_with(typed: str) -> dict[str, object]:
    """Put a string wherever a person can type: required and optional, of one line and of several, in both lists."""
    return {
        **SAMPLE,
        "addressee": typed,
        "subj_other_name": typed,
        "violation_text": typed,
        "doc_list": [{"title": f"Tài liệu {typed}", "pages": 1}, {"title": "Cuối", "folio": typed}],
        "recipients": ["Đầu", typed, "Cuối"],
    }


def test_there_are_enough_of_them() -> None:
    """Two hundred different strings, of each kind some."""
    assert len(STRINGS) >= 200


@pytest.mark.parametrize("sign", UNPRINTABLE, ids=ascii)
def test_what_no_paper_can_show_is_refused_by_the_labels_of_its_fields(sign: str) -> None:
    """A sign from a font of its own, or half a sign, would be missing from the paper without anybody knowing."""
    with pytest.raises(UnprintableFieldsError) as refusal:
        render_form(CATALOGUE, FORM, values_with(f"a{sign}b"))

    typed = ["addressee", "violation_text", "doc_list", "subj_other_name", "recipients"]
    assert sorted(name for name, _ in refusal.value.fields) == sorted(typed)
    assert {label.vi for _, label in refusal.value.fields} == {CATALOGUE.variable(name).label.vi for name in typed}
    assert sign not in str(refusal.value)


def test_whatever_is_typed_is_on_the_paper_or_refused() -> None:
    """Each string, in each kind of field: a file that opens and holds the whole text as text, or a refusal."""
    printed = 0
    for typed in STRINGS:
        if any(sign in typed for sign in UNPRINTABLE):
            with pytest.raises(UnprintableFieldsError):
                render_form(CATALOGUE, FORM, values_with(typed))
            continue
        line = clean_text(typed, lines=False)
        if not line:
            with pytest.raises(MissingFieldsError):
                render_form(CATALOGUE, FORM, values_with(typed))
            continue
        data = render_form(CATALOGUE, FORM, values_with(typed))
        opened(data)
        text = paragraphs(data)
        assert f"Kính gửi: {line}" in text
        assert f"Tên gọi khác (nếu có): {line}." in text
        assert f"1) {clean_text(f'Tài liệu {typed}', lines=False)}: 01 tờ;" in text
        assert f"2) Cuối; bút lục {line}." in text
        assert text.index("- Đầu;") < text.index(f"- {line};") < text.index("- Cuối;")
        lines = clean_text(typed, lines=True).split("\n")
        start = text.index("2. Lý do đề nghị") + 1
        assert text[start : start + len(lines)] == lines
        printed += 1
    assert printed >= 150


def seen(sign: str) -> bool:
    """Tell whether a character leaves a trace on paper; one that is not assigned yet may do so one day."""
    return unicodedata.category(sign) not in {"Cc", "Cf", "Zs", "Zl", "Zp"}


def test_nothing_that_can_be_seen_is_cleaned_away() -> None:
    """What was typed and what is printed differ by spaces and by characters that nobody can see."""
    for typed in STRINGS:
        if not any(sign in typed for sign in UNPRINTABLE):
            seen = [
                c
                for c in unicodedata.normalize("NFD", typed)
                if unicodedata.category(c)[0] not in "CZ" or c == "\u0378"
            ]
            kept = unicodedata.normalize("NFD", clean_text(typed, lines=False))
            assert [c for c in kept if not c.isspace()] == seen


def test_a_number_or_a_choice_takes_no_text_at_all() -> None:
    """Where the dictionary asks for something else, hostile text is of the wrong type."""
    for typed in STRINGS:
        with pytest.raises(WrongFieldsError):
            render_form(CATALOGUE, FORM, {**SAMPLE, "subj_gender": typed, "subj_dob": typed})


@pytest.mark.parametrize("said", ["x", "x|upper", "x|two", "x|dmy", "x|given_case", "'<&'", "rows", "record.title"])
def test_every_output_of_a_template_is_escaped(said: str) -> None:
    """Whatever a template prints, by whatever road, is text and never XML."""
    nasty = "<&\"'>"
    context = {"x": nasty, "rows": [nasty], "record": {"title": nasty}}

    printed = template_environment().from_string(f"{{{{ {said} }}}}").render(context)

    assert "&lt;&amp;" in printed
    assert not set("<>\"'") & set(printed)


def test_xml_specials_survive() -> None:
    """`A & <B>` is text, also where a paragraph is repeated for each line."""
    values = {
        **SAMPLE,
        "subj_other_name": """A & <B> "q" 'a' {{ x }} {% y %} {_{ ]]> &amp;""",
        "violation_text": "dòng 1 & <một>\r\ndòng 2 </w:t>\u2028dòng 3",
    }

    text = paragraphs(render_form(CATALOGUE, FORM, values))

    assert f"Tên gọi khác (nếu có): {values['subj_other_name']}." in text
    start = text.index("dòng 1 & <một>")
    assert text[start : start + 3] == ["dòng 1 & <một>", "dòng 2 </w:t>", "dòng 3"]


@settings(max_examples=150, deadline=None)
@example("\ud800 \x00 \x08 \ufffe \U0001ffff \ufdd0 end")
@example("abc\u202edef\u2066ghi\u2069\u200f\ufeff")
@example("Nguyê\u0303n Va\u0306n Thư\u0309")
@example("\a\t\f\v\x1c\x85\r\n")
@example("</w:t></w:r><w:br/>" * 3)
@given(st.text(max_size=300))
def test_any_text_survives_and_never_breaks_the_document(typed: str) -> None:
    """Whatever is typed comes out cleaned and whole, in a line of its own type, or is refused."""
    values = {**SAMPLE, "subj_other_name": typed, "violation_text": f"x{typed}x"}

    try:
        text = paragraphs(render_form(CATALOGUE, FORM, values))
    except UnprintableFieldsError as refusal:
        assert {name for name, _ in refusal.fields} == {"subj_other_name", "violation_text"}  # noqa: PT017 - either way
        return

    assert f"Tên gọi khác (nếu có): {clean_text(typed, lines=False) or DOTS}." in text
    lines = clean_text(f"x{typed}x", lines=True).split("\n")
    assert any(text[start : start + len(lines)] == lines for start in range(len(text)))


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="NGUYỄN văn thử àáảãạ ", min_size=1, max_size=4000).filter(str.strip))
def test_long_names_survive_in_capitals(name: str) -> None:
    """A name is printed in capitals whatever its length."""
    values = {**SAMPLE, "subj_full_name": name}

    text = "\n".join(paragraphs(render_form(CATALOGUE, FORM, values)))

    assert clean_text(name, lines=False).upper() in text


@given(st.text(max_size=200), st.booleans())
def test_cleaning_twice_changes_nothing(typed: str, lines: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
    """What was cleaned is clean."""
    once = clean_text(typed, lines=lines)

    assert clean_text(once, lines=lines) == once
    assert lines or "\n" not in once
