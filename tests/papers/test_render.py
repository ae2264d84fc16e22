"""Filling forms: what is asked, what is refused, and how it looks on paper."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from dossiers.papers.catalogue import Catalogue, FormEdition, UnknownFormError
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.printing import DOTS
from dossiers.papers.render import TemplateFaultError, compile_template, fill, render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.tables import CatalogueError
from dossiers.papers.values import MissingFieldsError, UnknownFieldsError, WrongFieldsError
from tests.papers.reading import DAY, header_texts, paragraphs, template_of

CATALOGUE = official_catalogue()
PRINTED = tuple(edition for edition in CATALOGUE.forms() if edition.template)


def form(form_id: str) -> FormEdition:
    """Return the edition of 2026."""
    return CATALOGUE.form(form_id, DAY)


@pytest.mark.parametrize("edition", PRINTED, ids=lambda edition: edition.form_id)
def test_every_form_is_filled_from_its_sample_without_a_tag_left(edition: FormEdition) -> None:
    """Each template opens in python-docx, names the person, and keeps no brace."""
    data = render_form(CATALOGUE, edition, sample_values(CATALOGUE, edition))

    text = "\n".join(paragraphs(data)) + header_texts(data)
    assert not any(brace in text for brace in ("{{", "}}", "{%", "%}"))
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    if "subj_full_name" in edition.declared:
        assert "NGUYỄN VĂN THỬ" in text


@pytest.mark.parametrize("edition", PRINTED, ids=lambda edition: edition.form_id)
def test_every_form_is_filled_from_its_required_values_alone(edition: FormEdition) -> None:
    """Optional values may all be missing."""
    sample = sample_values(CATALOGUE, edition)
    data = render_form(CATALOGUE, edition, {name: sample[name] for name in edition.required})

    assert "None" not in "".join(paragraphs(data))


@pytest.mark.parametrize("edition", PRINTED, ids=lambda edition: edition.form_id)
def test_the_same_values_give_the_same_bytes(edition: FormEdition) -> None:
    """A paper is named by the hash of its bytes, so they may depend on nothing else, not even a compiled template."""
    values = sample_values(CATALOGUE, edition)
    first = render_form(CATALOGUE, edition, values)
    compile_template.cache_clear()

    assert render_form(CATALOGUE, edition, values) == first


def test_an_optional_value_that_is_missing_prints_dots() -> None:
    """What is left out is written by hand."""
    values = sample_values(CATALOGUE, form("V36"))
    del values["subj_other_name"]

    assert f"Tên gọi khác (nếu có): {DOTS}." in paragraphs(render_form(CATALOGUE, form("V36"), values))


def test_blank_text_counts_as_missing() -> None:
    """Spaces and invisible characters are no name."""
    values = {**sample_values(CATALOGUE, form("V36")), "subj_full_name": " \u202e\u200b\t ", "doc_list": []}

    with pytest.raises(MissingFieldsError) as refusal:
        render_form(CATALOGUE, form("V36"), values)

    assert {name for name, _ in refusal.value.fields} == {"subj_full_name", "doc_list"}


def test_every_missing_field_is_named_at_once() -> None:
    """An officer sees the whole list with its labels, not one field after another."""
    with pytest.raises(MissingFieldsError) as refusal:
        render_form(CATALOGUE, form("V36"), {})

    assert [name for name, _ in refusal.value.fields] == list(form("V36").required)
    labels = {label.vi for _, label in refusal.value.fields}
    assert {
        "Kính gửi (cán bộ soạn văn bản)",
        "Họ và tên (viết in hoa) (ghi trong hồ sơ nhân thân)",
        "Họ và tên người ký (người ký, khi ban hành)",
    } <= labels
    assert "Kính gửi" in refusal.value.detail.vi


def test_a_draft_waits_for_what_only_the_signing_gives() -> None:
    """Number, date and signer may be missing from a draft; the facts may not."""
    values = sample_values(CATALOGUE, form("V36"))
    for name in ("doc_number", "doc_date", "signer_name"):
        del values[name]
    with pytest.raises(MissingFieldsError):
        render_form(CATALOGUE, form("V36"), values)

    text = paragraphs(render_form(CATALOGUE, form("V36"), values, draft=True))
    assert f"Số: {DOTS}/ĐN-CAX" in text
    assert "Minh Họa, ngày …… tháng …… năm ……" in text

    del values["court_name"]
    with pytest.raises(MissingFieldsError):
        render_form(CATALOGUE, form("V36"), values, draft=True)


def test_a_field_the_form_does_not_print_is_refused() -> None:
    """A misspelt or misplaced field must not vanish; every one is named."""
    values = {**sample_values(CATALOGUE, form("V36")), "funeral_of": "x", "subj_ful_name": "x"}

    with pytest.raises(UnknownFieldsError) as refusal:
        render_form(CATALOGUE, form("V36"), values)

    assert {name: label.vi for name, label in refusal.value.fields} == {
        "funeral_of": "Chịu tang ai",
        "subj_ful_name": "subj_ful_name",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subj_dob", "01/01/1999"),
        ("subj_dob", datetime(1999, 1, 1, tzinfo=UTC)),
        ("subj_dob", 19990101),
        ("subj_gender", "nam"),
        ("subj_full_name", 7),
        ("doc_list", "một tài liệu"),
        ("doc_list", [{"title": "a", "bogus": 1}]),
        ("doc_list", [{"pages": 1}]),
        ("doc_list", [{"title": "a", "pages": -1}]),
        ("doc_list", [{"title": "a", "pages": True}]),
        ("recipients", ["a", 1]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_by_its_label(name: str, value: object) -> None:
    """The message names the label and the expected type, never the value."""
    values = {**sample_values(CATALOGUE, form("V36")), name: value}

    with pytest.raises(WrongFieldsError) as refusal:
        render_form(CATALOGUE, form("V36"), values)

    ((wrong, label),) = refusal.value.fields
    assert wrong == name
    assert label.vi.startswith(CATALOGUE.variable(name).label.vi)


@pytest.mark.parametrize(
    ("form_id", "name", "value"),
    [
        ("V43", "subj_height_m", "cao"),
        ("V43", "subj_height_m", Decimal("NaN")),
        ("V43", "subj_height_m", True),
        ("V43", "escaped_at", "2026-10-10"),
        ("V43", "escaped_at", date(2026, 10, 10)),
        ("V33", "ost_participated", "có"),
        ("V33", "voluntary_rehab_count", 1.0),
        ("V33", "drug_routes", ["hít", "uống"]),
    ],
)
def test_numbers_instants_truths_and_choices_are_checked_too(form_id: str, name: str, value: object) -> None:
    """Every kind of value has its own check."""
    values = {**sample_values(CATALOGUE, form(form_id)), name: value}

    with pytest.raises(WrongFieldsError) as refusal:
        render_form(CATALOGUE, form(form_id), values)

    assert [wrong for wrong, _ in refusal.value.fields] == [name]


def test_no_value_stands_in_a_refusal() -> None:
    """Messages reach logs; personal data must not."""
    values = {**sample_values(CATALOGUE, form("V36")), "subj_dob": "bí mật", "subj_gender": "bí mật"}

    with pytest.raises(WrongFieldsError) as refusal:
        render_form(CATALOGUE, form("V36"), values)

    assert "bí mật" not in f"{refusal.value} {refusal.value.detail} {refusal.value.fields}"


def test_days_instants_and_numbers_are_printed_as_the_decree_writes_them() -> None:
    """Zero before days below 10 and before months 1 and 2; hours of Việt Nam; decimal comma."""
    letter = {**sample_values(CATALOGUE, form("V36")), "doc_date": date(2026, 2, 5), "doc_number": "07"}
    search = {
        **sample_values(CATALOGUE, form("V43")),
        "escaped_at": datetime(2026, 10, 9, 17, 5, tzinfo=UTC),
        "subj_height_m": 1.68,
    }

    assert "Minh Họa, ngày 05 tháng 02 năm 2026" in paragraphs(render_form(CATALOGUE, form("V36"), letter))
    assert "Số: 07/ĐN-CAX" in paragraphs(render_form(CATALOGUE, form("V36"), letter))
    text = "\n".join(paragraphs(render_form(CATALOGUE, form("V43"), search)))
    assert "00 giờ 05 phút ngày 10 tháng 10 năm 2026" in text
    assert "cao 1,68 m" in text


def test_a_deputy_signs_for_the_head_and_an_acting_head_alone() -> None:
    """KT. stands before the head's title with the deputy's below; Q. stands before the title itself."""
    values = sample_values(CATALOGUE, form("V36"))
    deputy = {**values, "signer_prefix": "KT.", "signer_for": "Trưởng Công an", "signer_title": "Phó Trưởng Công an"}
    acting = {**values, "signer_prefix": "Q."}

    text = paragraphs(render_form(CATALOGUE, form("V36"), deputy))
    assert text.index("KT. TRƯỞNG CÔNG AN") + 1 == text.index("PHÓ TRƯỞNG CÔNG AN")
    assert "Q. TRƯỞNG CÔNG AN" in paragraphs(render_form(CATALOGUE, form("V36"), acting))


@pytest.mark.parametrize(
    ("written", "shown"),
    [("TRẦN THỊ MẪU", "Trần Thị Mẫu"), ("H'Mẫu Niê K'Đăm", "H'Mẫu Niê K'Đăm"), ("Y MẪU K'ĐĂM", "Y Mẫu K'Đăm")],
)
def test_the_signers_name_has_one_capital_a_word(written: str, shown: str) -> None:
    """NĐ 30/2020 writes signers in lower case; names typed in mixed case stay as typed."""
    values = {**sample_values(CATALOGUE, form("V36")), "signer_name": written, "signer_rank": "Thiếu tá"}

    assert f"Thiếu tá {shown}" in paragraphs(render_form(CATALOGUE, form("V36"), values))


def test_the_assessment_ticks_exactly_one_box() -> None:
    """The result sheet says one of two things and names substances only with the first."""
    values = sample_values(CATALOGUE, form("N05"))

    addicted = paragraphs(render_form(CATALOGUE, form("N05"), {**values, "addiction_result": "nghien"}))
    clean = paragraphs(render_form(CATALOGUE, form("N05"), {**values, "addiction_result": "khong_nghien"}))

    assert "☒ Nghiện ma túy; loại ma túy (nếu xác định được): chất mẫu A, chất mẫu B." in addicted
    assert "☐ Không nghiện ma túy." in addicted
    assert "☐ Nghiện ma túy." in clean
    assert "☒ Không nghiện ma túy." in clean


def test_an_empty_list_prints_none_and_an_unknown_one_prints_dots() -> None:
    """To have no children and not to have been asked are two different statements."""
    values = sample_values(CATALOGUE, form("V33"))

    none = paragraphs(render_form(CATALOGUE, form("V33"), {**values, "children": []}))
    unknown = paragraphs(render_form(CATALOGUE, form("V33"), {k: v for k, v in values.items() if k != "children"}))

    assert "11. Con: không." in none
    assert f"11. Con: {DOTS}." in unknown


def test_the_corner_carries_the_form_number_unless_it_is_suppressed() -> None:
    """POL-TEXT-VERIFY: shown by default, suppressible."""
    values = sample_values(CATALOGUE, form("V36"))

    assert "Mẫu số 36 – Phụ lục V NĐ 163/2026/NĐ-CP" in header_texts(render_form(CATALOGUE, form("V36"), values))
    assert "Mẫu số" not in header_texts(render_form(CATALOGUE, form("V36"), values, show_number=False))


@pytest.mark.parametrize("edition", PRINTED, ids=lambda edition: edition.form_id)
def test_court_papers_and_papers_without_form_never_carry_a_number(edition: FormEdition) -> None:
    """POL-COURT-FORMS and POL-FORMLESS: nobody may invent a form number."""
    data = render_form(CATALOGUE, edition, sample_values(CATALOGUE, edition))

    assert ("Mẫu số" in header_texts(data)) == (not edition.form_id.startswith(("C", "D-")))
    assert "Mẫu số" not in "\n".join(paragraphs(data))


def test_a_simulated_clock_is_printed_on_every_page() -> None:
    """DEMO stands in the header of the first page and of the others, and only then."""
    values = sample_values(CATALOGUE, form("V36"))
    demo = render_form(CATALOGUE, form("V36"), values, demo=True)

    with zipfile.ZipFile(io.BytesIO(demo)) as package:
        headers = [package.read(n).decode() for n in package.namelist() if n.startswith("word/header")]
    assert len(headers) == 2
    assert all("DEMO" in header for header in headers)
    assert "DEMO" not in header_texts(render_form(CATALOGUE, form("V36"), values))


@pytest.mark.parametrize(
    "attack",
    [
        "{{ subj_full_name.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{% if subj_full_name.__class__ %}x{% endif %}",
        "{{ subj_full_name.__init__.__globals__ }}",
        "{{ (subj_full_name|upper).__class__ }}",
        "{{ items.append(1) }}",
        "{{ subj_full_name.nothing }}",
        "{{ items[9] }}",
        "{{ items.clear() }}",
        "{{ lipsum.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ nobody_said }}",
        "{{ nobody_said|upper }}",
        "{{ subj_full_name|attr('__class__') }}",
        "{% include 'x' %}",
        "{{ 1 / 0 }}",
    ],
)
def test_the_sandbox_refuses_template_code(attack: str) -> None:
    """A template can print and choose; reaching for Python is a fault, whatever the road."""
    with pytest.raises(TemplateFaultError):
        fill(
            compile_template(template_of({"p": attack})),
            {"subj_full_name": "A", "items": [1], "demo": False, "form_number_line": None},
        )


def test_a_form_without_template_cannot_be_filled() -> None:
    """Such papers are scanned, not made."""
    with pytest.raises(CatalogueError, match="filed as a scan"):
        render_form(CATALOGUE, CATALOGUE.form("C12", date(2026, 6, 30)), {})


def test_the_day_chooses_the_edition_of_a_form() -> None:
    """Papers of 30/06/2026 use the old set, those of the next day the new one."""
    old, new = date(2026, 6, 30), date(2026, 7, 1)

    assert "đưa vào cơ sở cai nghiện bắt buộc" in CATALOGUE.form("C11", old).title.vi
    assert "đưa đi cai nghiện bắt buộc" in CATALOGUE.form("C11", new).title.vi
    assert CATALOGUE.form("A36", old).number_line == "Mẫu số 36 – Phụ lục II NĐ 116/2021/NĐ-CP"
    for form_id, day in (("V36", old), ("A36", new), ("Z99", new)):
        with pytest.raises(UnknownFormError):
            CATALOGUE.form(form_id, day)


def test_a_day_outside_every_edition_is_told_with_the_days_of_each() -> None:
    """So that whoever asked sees which law the paper belongs to; a form that nobody knows has none to name."""
    with pytest.raises(UnknownFormError) as refusal:
        CATALOGUE.form("A36", date(2026, 8, 1))
    told = refusal.value.detail
    assert "01/08/2026" in told.vi
    assert "NĐ 116/2021/NĐ-CP, từ 01/01/2022 đến 30/06/2026" in told.vi
    assert "from 2022-01-01 to 2026-06-30" in told.en

    with pytest.raises(UnknownFormError) as refusal:
        CATALOGUE.form("C11", date(2020, 1, 1))
    assert all(
        edition.instrument in refusal.value.detail.vi for edition in CATALOGUE.forms() if edition.form_id == "C11"
    )

    with pytest.raises(UnknownFormError) as refusal:
        CATALOGUE.form("Z99", date(2026, 8, 1))
    assert refusal.value.detail == UnknownFormError.title


def test_the_catalogue_type_is_immutable() -> None:
    """Forms are shared by all threads."""
    assert isinstance(CATALOGUE, Catalogue)
    with pytest.raises(TypeError):
        CATALOGUE.variables["x"] = None  # type: ignore[index]
    with pytest.raises(AttributeError):
        form("V36").symbol = "X"  # type: ignore[misc]
