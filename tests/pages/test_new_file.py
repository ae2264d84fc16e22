"""A file from a positive test: three pages, few fields, everything or nothing."""

import pytest

from api.demo.papers import demo_scan
from tests.api.scenes import PDF

OFFICER, COURT, CHAIR = "cax.canbo.minhhoa", "toa.kv99", "ubnd.chutich.minhhoa"
KNOWN, TYPED = "TRẦN THỊ MẪU", "tran thi mau"
PAGES_MAX, FIELDS_MAX = 3, 25
SCAN = ("III01.pdf", demo_scan("III01"), PDF)
TEST = {
    "detected_at": "2026-07-30T07:30",
    "positive_at": "2026-07-30T07:45",
    "place_remote": "no",
    "note": "Phát hiện khi kiểm tra (giả định).",
    "III01": SCAN,
}
NEW = {"full_name": "LÝ VĂN TRANG", "sex": "male", "born_on": "1991-04-05", "residence": "Số 9, đường Mẫu (giả định)"}


def second_page(officer, name=KNOWN, typed=TYPED):
    """Find the known person by a name without accents and return the second page."""
    found = officer.send(officer.get("/new-file"), {"text": typed}, action="/new-file/search")
    return officer.get(found.links()[name])


def test_a_file_about_somebody_known_takes_three_pages_and_few_fields(start, visit):
    """Counted as an officer meets them: pages with something to do, items filled by hand."""
    officer = visit(start, OFFICER)
    first = officer.get(officer.get("/").links()["Lập hồ sơ mới"])
    searched = officer.send(first, {"text": TYPED}, action="/new-file/search")
    second = officer.get(searched.links()[KNOWN])
    asked = [name for name in second.held() if name not in ("csrf_token", "once")]
    third = officer.send(second, TEST)

    headings = [first.heading, second.heading, third.heading]
    assert [f"trang {number}/3" in heading for number, heading in enumerate(headings, 1)] == [True] * PAGES_MAX
    assert third.status == 200, third.reasons
    assert third.path.endswith("/opened")
    typed = 1 + len(TEST)
    assert typed <= FIELDS_MAX
    assert len(asked) <= FIELDS_MAX
    assert "Đang xác minh nơi cư trú" in third.text
    assert "Xác minh nơi cư trú" in third.text
    assert any("/moves/record_residence_result" in link for link in third.links().values())
    assert any("/papers/new/" in link for link in third.links().values()) or "Văn bản cần lập" in third.text
    (row,) = start.rows("select state, version from dossier")
    assert row == ("RESIDENCE_CHECK", 3)


def test_somebody_new_is_recorded_on_the_first_page_with_the_own_commune_filled_in(start, visit):
    """One more form, not one more page."""
    officer = visit(start, OFFICER)
    first = officer.get("/new-file")
    assert first.held("/new-file")["commune_code"] == "99001"

    second = officer.send(first, NEW, action="/new-file")
    assert "trang 2/3" in second.heading
    assert "LÝ VĂN TRANG" in second.text
    assert "Đưa đi cai nghiện bắt buộc (người từ đủ 18 tuổi)" in second.text
    third = officer.send(second, TEST)

    assert "trang 3/3" in third.heading
    assert "LÝ VĂN TRANG" in third.text


def test_the_moment_that_starts_a_limit_is_never_filled_in_for_the_officer(start, visit):
    """The time of the form is now; the time of the result is what the officer says."""
    held = second_page(visit(start, OFFICER)).held()

    assert held["occurred_at"] == "2026-07-30T08:00"
    assert held["positive_at"] == ""
    assert "place_remote" not in held


@pytest.mark.parametrize("left_out", ["positive_at", "III01", "place_remote"])
def test_what_is_missing_is_said_at_its_item_and_nothing_is_opened(start, visit, left_out):
    """Opening, papers and the first act happen together or not at all."""
    officer = visit(start, OFFICER)
    page = second_page(officer)
    before = start.traces()

    refused = officer.send(page, {name: value for name, value in TEST.items() if name != left_out})

    assert refused.status == 409
    assert f"#f-{left_out}" in {link.get("href") for link in refused.tree.xpath("//*[@id='refusal']//a")}
    assert refused.held()["detected_at"] == TEST["detected_at"]
    after = start.traces()
    assert [name for name in after if after[name] != before[name]] == []


def test_a_file_can_be_opened_alone_and_the_test_recorded_later(start, visit):
    """The third page then leads to the first act."""
    officer = visit(start, OFFICER)

    third = officer.send(second_page(officer), {"begin": "no"})

    assert "Phát hiện sử dụng" in third.text
    assert any("/moves/start_residence_check" in link for link in third.links().values())


def test_pressing_twice_opens_one_file(start, visit):
    """The second press leads to the same page."""
    officer = visit(start, OFFICER)
    page = second_page(officer)

    first, second = officer.send(page, TEST), officer.send(page, TEST)

    assert first.path == second.path
    assert start.rows("select count(*) from dossier") == [(1,)]


def test_an_earlier_file_about_the_person_is_shown_before_another_is_opened(after, visit):
    """Nobody opens a second file unaware of the first."""
    scene = after("file_to_court")

    page = second_page(visit(scene, OFFICER), "NGUYỄN VĂN THỬ NGHIỆM", "nguyen van thu nghiem")

    assert "Người này đã có hồ sơ" in page.text
    assert scene.number in page.text


def test_only_offices_that_open_files_have_the_button_and_the_pages(start, visit):
    """Court and committee read; a stranger's person does not exist for another commune."""
    officer = visit(start, OFFICER)
    page = second_page(officer)

    for username in (COURT, CHAIR):
        visitor = visit(start, username)
        assert "Lập hồ sơ mới" not in visitor.get("/").links()
        assert visitor.get("/new-file").status == 403
        assert visitor.get(page.path).status == 403
    assert visit(start, "cax.canbo.thunghiem").get(page.path).status == 404


def test_the_three_pages_speak_english(start, visit):
    """Each page has its words."""
    officer = visit(start, OFFICER)
    token = officer.get("/").held("/dossiers/search")["csrf_token"]
    officer.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    second = second_page(officer)
    third = officer.send(second, TEST)

    assert "page 2 of 3" in second.heading
    assert "page 3 of 3" in third.heading
