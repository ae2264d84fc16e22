"""Persons through their pages: added, found, corrected, and a dossier opened about one."""

import pytest

from api.pages.forms import form_version
from api.problems import PreconditionMissingError

OFFICER, CHAIR = "cax.canbo.minhhoa", "ubnd.chutich.minhhoa"
NEW = {
    "full_name": "LÝ VĂN TRANG",
    "sex": "male",
    "born_on": "1991-04-05",
    "id_type": "CC",
    "id_number": "099099123456",
}


def test_a_person_is_added_with_relatives_and_a_dossier_is_opened(start, visit):
    """The officer's first ten minutes, through pages alone."""
    officer = visit(start, OFFICER)
    form = officer.get("/persons/new")

    person = officer.send(
        form,
        {
            **NEW,
            "relatives.0.relation": "mother",
            "relatives.0.full_name": "TRẦN THỊ TRANG",
            "relatives.0.birth_year": "1970",
        },
    )
    assert person.heading == "LÝ VĂN TRANG"
    assert "TRẦN THỊ TRANG" in person.text
    opened = officer.send(officer.get(person.links()["Mở hồ sơ"]), {"note": "Phát hiện khi kiểm tra (giả định)."})

    assert opened.path.startswith("/dossiers/")
    assert "LÝ VĂN TRANG" in opened.heading
    assert "Phát hiện sử dụng" in opened.text


def test_everything_wrong_with_a_person_is_said_at_once_and_stays_typed(start, visit):
    """Name, day and number in one answer, each at its item."""
    officer = visit(start, OFFICER)

    page = officer.send(
        officer.get("/persons/new"),
        {
            "full_name": "",
            "sex": "female",
            "born_on": "",
            "id_type": "CC",
            "id_number": "12",
            "details.subj_height_m": "cao",
        },
    )

    assert page.status == 422
    anchors = {link.get("href") for link in page.tree.xpath("//*[@id='refusal']//a")}
    assert anchors == {"#f-full_name", "#f-born_on", "#f-id_number", "#f-details.subj_height_m"}
    assert page.held()["id_number"] == "12"
    assert page.held()["details.subj_height_m"] == "cao"
    assert "Chiều cao (m) phải là số dương" in page.text


def test_adding_a_person_twice_by_pressing_twice_makes_one(start, visit):
    """The second press leads to the same record."""
    officer = visit(start, OFFICER)
    form = officer.get("/persons/new")

    first, second = officer.send(form, NEW), officer.send(form, NEW)

    assert first.path == second.path
    assert start.rows("select count(*) from person where full_name = 'LÝ VĂN TRANG'") == [(1,)]


def test_a_person_is_found_without_accents_and_by_number(start, visit):
    """Both searches are posted, so that neither stands in an address."""
    officer = visit(start, OFFICER)
    officer.send(officer.get("/persons/new"), NEW)

    by_name = officer.send(officer.get("/persons"), {"text": "ly van trang"})
    by_number = officer.send(officer.get("/persons"), {"text": "099099123456"})

    assert "LÝ VĂN TRANG" in by_name.links()
    assert "LÝ VĂN TRANG" in by_number.links()
    assert "NGUYỄN VĂN THỬ" not in by_number.links()


def test_a_correction_keeps_what_was_typed_when_somebody_was_faster(start, visit):
    """The second officer sees the refusal and sends again on the new version."""
    officer, colleague = visit(start, OFFICER), visit(start, "cax.truong.minhhoa")
    person = officer.send(officer.get("/persons/new"), NEW)
    late = officer.get(f"{person.path}/correct")
    colleague.send(colleague.get(f"{person.path}/correct"), {"residence": "Số 1, đường Mẫu (giả định)"})

    refused = officer.send(late, {"other_name": "Tèo Giả"})
    assert refused.status == 412
    assert refused.held()["other_name"] == "Tèo Giả"
    page = officer.send(refused, {"residence": "Số 1, đường Mẫu (giả định)"})

    assert page.status == 200
    assert "Tèo Giả" in page.text


def test_a_relative_is_added_later(start, visit):
    """What was not known at first is added without touching the rest."""
    officer = visit(start, OFFICER)
    person = officer.send(officer.get("/persons/new"), NEW)

    page = officer.send(
        officer.get(f"{person.path}/relatives/new"),
        {"relation": "father", "full_name": "LÝ VĂN CHA", "birth_year": "1965", "represents": "yes"},
    )

    assert page.status == 200, page.reasons
    assert "LÝ VĂN CHA" in page.text
    assert "đại diện hợp pháp" in page.text


def test_an_office_that_records_nobody_has_no_buttons_and_is_refused(start, visit):
    """The chair of the committee reads; persons are recorded by the police."""
    chair = visit(start, CHAIR)

    assert "Thêm người" not in chair.get("/persons").links()
    assert chair.get("/persons/new").status == 403


def test_a_person_of_another_commune_is_not_shown(start, visit):
    """Records of one body are not a register for all."""
    officer = visit(start, OFFICER)
    person = officer.send(officer.get("/persons/new"), NEW)

    assert visit(start, "cax.canbo.thunghiem").get(person.path).status == 404


def test_a_version_with_thousands_of_digits_is_no_version(start) -> None:
    """A trial of the form's hidden items is answered in words, not with a fault."""
    for version in ("9" * 5000, "-1", "", "1.5"):
        sent = start.app.test_request_context(method="POST", data={"version": version})
        with sent, pytest.raises(PreconditionMissingError):
            form_version()


@pytest.mark.parametrize(
    ("born_on", "said"),
    [
        ("2012-01-15", "Đưa đi cai nghiện bắt buộc (người từ đủ 12 đến dưới 18 tuổi)"),
        ("1991-04-05", "Đưa đi cai nghiện bắt buộc (người từ đủ 18 tuổi)"),
    ],
)
def test_the_page_says_which_procedure_the_age_leads_to(start, visit, born_on, said):
    """Before anything is opened the officer sees which safeguards apply."""
    officer = visit(start, OFFICER)
    person = officer.send(officer.get("/persons/new"), {**NEW, "id_type": "", "id_number": "", "born_on": born_on})

    opening = officer.get(person.links()["Mở hồ sơ"])

    assert said in opening.text
    assert officer.send(opening, {}).path.startswith("/dossiers/")


def test_the_page_opens_nothing_about_a_child_of_eleven(start, visit):
    """The refusal names both procedures with their articles."""
    officer = visit(start, OFFICER)
    person = officer.send(officer.get("/persons/new"), {**NEW, "id_type": "", "id_number": "", "born_on": "2015-06-01"})

    refused = officer.send(officer.get(person.links()["Mở hồ sơ"]), {})

    assert refused.status == 422
    assert "chỉ áp dụng cho người từ đủ 12 tuổi đến dưới 18 tuổi" in refused.text
    assert "Điều 36" in refused.text
