"""The life of a paper in a real browser without scripts: drafted, read in the page, issued, void, in the register."""

from datetime import datetime

import pytest

from api.demo.drive import ADULT
from api.demo.story import Play, Stage, load_story
from tests.browser.desk import Desk
from tests.browser.test_look import CONTRAST

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = load_story("adult")
HEAD = "cax.truong.minhhoa"


def looked_at(desk, folder, name):
    """Keep a picture of the page and see that its words can be read and that nothing hangs over its edge."""
    desk.page.screenshot(path=folder / f"{name}.png", full_page=True)
    wide = desk.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wide <= 0


def test_a_paper_is_followed_through_its_pages_without_scripts(server, stage: Stage, chromium, tmp_path):
    """Every step with links and buttons alone."""
    play = Play(stage, {**ADULT, "id_number": "099099000884"})
    server.set_clock(datetime.fromisoformat(str(STORY[0]["at"])))
    play.run(STORY, until="FILED")

    with Desk(chromium, server.url, HEAD, javascript=False) as desk:
        desk.open(f"/dossiers/{play.dossier_id}/papers/new/D-FACREQ")
        desk.fill({"Số quyết định": "05/2026/QĐ-TA", "Ngày quyết định": "2026-08-10", "Thời hạn (tháng)": "12"})
        desk.fill({"Kính gửi": "<b>Giám đốc</b> Công an tỉnh Giả Định"})
        desk.page.get_by_role("button", name="Lập bản nháp").last.click()
        assert looked_at(desk, tmp_path, "draft")
        draft = desk.page.url

        desk.page.get_by_role("link", name="Xem ngay trên trang").click()
        assert looked_at(desk, tmp_path, "preview")
        assert "<b>Giám đốc</b>" in desk.page.locator(".paper-preview").inner_text()

        desk.open(draft)
        desk.page.get_by_role("button", name="Ban hành văn bản này").click()
        desk.page.get_by_label("Lý do hủy").fill("Ghi sai nơi nhận (giả định)")
        assert looked_at(desk, tmp_path, "issued")
        desk.page.get_by_role("button", name="Hủy văn bản này").click()
        assert looked_at(desk, tmp_path, "void")

        desk.page.get_by_role("link", name="Sổ văn bản đi").click()
        assert looked_at(desk, tmp_path, "register")
        assert "Ghi sai nơi nhận (giả định)" in desk.page.inner_text("main")
        assert desk.complaints == []

    with Desk(chromium, server.url, HEAD) as desk:
        weak = {}
        for path in (draft, f"{draft}/preview", f"{server.url}/registers/outgoing"):
            desk.open(path)
            weak[path] = desk.page.evaluate(CONTRAST)
        assert not any(weak.values()), weak
