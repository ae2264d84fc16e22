"""From the commune to the facility in a real browser, with scripts and without: the four acts that people do by hand.

What lies between them is done over the programming interface, by the same story as the demonstration.
"""

from datetime import datetime

import pytest

from api.demo.drive import ADULT
from api.demo.story import Play, Stage, load_story
from tests.browser.desk import Desk

pytestmark = pytest.mark.browser

STORY = load_story("adult")


def place(move: str) -> int:
    """Return where an act stands in the story (the first time it occurs)."""
    return next(number for number, step in enumerate(STORY) if step.get("move") == move)


@pytest.fixture(params=[True, False], ids=["scripts", "no-scripts"])
def scripts(request):
    """Return whether the browser runs scripts."""
    return request.param


def test_a_dossier_walks_from_the_commune_to_the_facility_through_the_pages(server, stage: Stage, chromium, scripts):
    """Opened by the officer, filed by the head, decided by the court, admitted by the facility."""
    name = "NGUYỄN VĂN CÓ LỆNH" if scripts else "NGUYỄN VĂN KHÔNG LỆNH"
    play = Play(stage, ADULT)
    server.set_clock(datetime.fromisoformat(str(STORY[0]["at"])))

    open_for_new_person(Desk(chromium, server.url, "cax.canbo.minhhoa", scripts), play, name)
    play_on(play, 1, place("file_to_court"))
    file_to_court(Desk(chromium, server.url, "cax.truong.minhhoa", scripts), play)
    play_on(play, place("file_to_court") + 1, place("decide_apply"))
    decide(Desk(chromium, server.url, "toa.kv99", scripts), play)
    play_on(play, place("decide_apply") + 1, place("admit"))
    admit(Desk(chromium, server.url, "coso2.truong", scripts), play)

    found = stage.office("coso2.truong").get(f"/api/v1/dossiers/{play.dossier_id}")
    assert found["state"]["id"] == "SERVING"
    assert found["person"]["full_name"] == name


def play_on(play: Play, first: int, end: int) -> None:
    """Play the steps of the story from `first` up to the act at `end`, which a page will do."""
    for step in STORY[first:end]:
        play.play(step)
    if "at" in STORY[end]:
        play.stage.set_clock(datetime.fromisoformat(str(STORY[end]["at"])))


def open_for_new_person(desk: Desk, play: Play, name: str) -> None:
    """Record a person with father and mother and open a dossier."""
    with desk:
        desk.open("/persons")
        desk.follow("Thêm người")
        desk.page.locator("#f-full_name").fill(name)
        desk.answer("Giới tính", "Nam")
        desk.page.locator("#f-born_on").fill("1999-01-01")
        desk.page.locator("#f-residence").fill(ADULT["residence"])
        desk.page.locator("#f-commune_code").select_option("99001")
        desk.page.locator("#f-id_type").select_option("CCCD")
        desk.page.locator("#f-id_number").fill("099099000881" if desk.javascript else "099099000882")
        desk.page.locator("#f-id_issued_on").fill("2021-05-05")
        desk.page.locator("#f-id_issued_by").fill("Cục Cảnh sát giả định")
        for row, relative in enumerate(ADULT["relatives"]):
            desk.page.locator(f"#f-relatives-{row}-relation").select_option(relative["relation"])
            for column in ("full_name", "birth_year", "occupation", "residence", "phone"):
                desk.page.locator(f"#f-relatives-{row}-{column}").fill(str(relative[column]))
        desk.page.get_by_text("Thông tin chỉ dùng khi in mẫu văn bản").click()
        for detail, value in ADULT["details"].items():
            desk.page.locator(f"[name='details.{detail}']").fill(value)
        desk.press("Thêm người")
        assert desk.heading == name
        desk.follow("Mở hồ sơ")
        desk.fill({"Ghi chú": "Phát hiện khi kiểm tra hành chính (tình tiết giả định)."})
        desk.press("Mở hồ sơ")
        assert name in desk.heading
        assert "Phát hiện sử dụng" in desk.text
        play.dossier_id = desk.page.url.rpartition("/")[2]
        play.number = desk.page.locator("h1 .quiet").inner_text().split()[-1]
        assert desk.complaints == []
        assert desk.strangers() == set()
    play.stage.office("cax.canbo.minhhoa").sign_in()


def file_to_court(desk: Desk, play: Play) -> None:
    """Send the dossier to the court; first without answering, which is refused and loses nothing."""
    with desk:
        desk.open("/")
        desk.open(f"/dossiers/{play.dossier_id}/moves/file_to_court")
        desk.fill({"Ghi chú": "Kèm một bộ hồ sơ gốc (giả định)."})
        desk.press("Tiếp tục: kiểm tra lại")
        assert "Chưa ghi nhận được, vì" in desk.text
        assert desk.page.evaluate("document.activeElement.id") == "refusal"
        assert desk.page.get_by_label("Ghi chú").input_value() == "Kèm một bộ hồ sơ gốc (giả định)."
        desk.page.locator("#f-court").select_option(label="Tòa án nhân dân khu vực 99 – Giả Định")
        for group in desk.page.locator("form.sheet fieldset").all():
            group.get_by_label("Không", exact=True).check()
        desk.record()
        assert "Đã ghi nhận." in desk.text
        assert "Đã chuyển Tòa án" in desk.text
        assert desk.strangers() == set()


def decide(desk: Desk, play: Play) -> None:
    """Record the decision of the court, found in the inbox by its person."""
    with desk:
        desk.page.get_by_label("Tìm theo số hồ sơ").fill(play.number)
        desk.press("Tìm")
        desk.follow(play.number)
        desk.open(f"/dossiers/{play.dossier_id}/moves/decide_apply")
        desk.page.locator("#f-court_decision_no").fill("01/2026/QĐ-TA")
        desk.page.locator("#f-court_decision_date").fill("2026-08-27")
        desk.page.locator("#f-term_months").fill("24")
        desk.record()
        assert "Đã ghi nhận." in desk.text
        assert "Có quyết định áp dụng, chưa hiệu lực" in desk.text
        assert desk.complaints == []


def admit(desk: Desk, play: Play) -> None:
    """Take the person in; the term is counted and explained."""
    with desk:
        desk.open(f"/dossiers/{play.dossier_id}/moves/admit")
        desk.page.locator("[name='person_matched'][value='yes']").check()
        desk.page.locator("#f-health_at_handover").fill("Bình thường (giả định)")
        desk.page.locator("#f-belongings").fill("01 bộ quần áo")
        desk.record()
        assert "Đã ghi nhận." in desk.text
        desk.follow("Về hồ sơ")
        assert "Đang ở cơ sở" in desk.text
        assert desk.complaints == []
        assert desk.strangers() == set()
