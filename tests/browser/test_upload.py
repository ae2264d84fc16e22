"""Several files over a slow line: how much is sent is seen and read out, the answer takes the place of the page."""

from datetime import datetime

import pytest

from api.demo.drive import ADULT
from api.demo.papers import demo_scan
from api.demo.story import Play, Stage, load_story
from tests.browser.desk import Desk
from tests.browser.test_access import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = load_story("adult")
HEAD = "cax.truong.minhhoa"
PDF = "application/pdf"
LARGE = demo_scan("large") + b"\n%" + b"0" * 600_000
#: A line of 200 KB a second.
SLOW = {"offline": False, "latency": 20, "downloadThroughput": -1, "uploadThroughput": 200_000}
FREE = {**SLOW, "latency": 0, "uploadThroughput": -1}


def chosen(*names):
    """Return files to choose: the first is large."""
    contents = [LARGE, *(demo_scan(name) for name in names[1:])]
    return [{"name": name, "mimeType": PDF, "buffer": content} for name, content in zip(names, contents, strict=True)]


@pytest.fixture(scope="module")
def play(server, stage: Stage):
    """Open a dossier at the commune."""
    opened = Play(stage, {**ADULT, "id_number": "099099000771"})
    server.set_clock(datetime.fromisoformat(str(STORY[0]["at"])))
    opened.run(STORY, until="GROUND_RECORDED")
    return opened


def test_a_long_upload_tells_how_far_it_is_and_the_answer_is_the_page(server, play, chromium):
    """The bar moves, what is read out moves in tens, the keyboard starts in the new page, and the file has them."""
    with Desk(chromium, server.url, HEAD) as desk:
        line = desk.context.new_cdp_session(desk.page)
        desk.page.add_init_script(AXE)
        desk.open(f"/dossiers/{play.dossier_id}/papers/attach")
        assert not desk.page.locator(".upload").is_visible()
        line.send("Network.emulateNetworkConditions", SLOW)
        desk.page.locator("input[type=file]").set_input_files(chosen("mot.pdf", "hai.pdf"))
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        desk.page.locator(".upload [role=status]", has_text="%").wait_for()
        assert desk.page.get_by_label("Đang gửi tệp").is_visible()

        desk.page.get_by_role("heading", name="Đưa nhiều bản quét vào hồ sơ").wait_for()
        line.send("Network.emulateNetworkConditions", FREE)
        assert desk.page.evaluate("document.activeElement.id") == "main"
        assert desk.page.locator("fieldset legend").all_inner_texts()[1].startswith("hai.pdf")
        assert violations(desk.page) == []
        desk.page.locator("[name='row.1.form']").select_option("D-CAPACITY")
        desk.page.locator("[name='row.2.form']").select_option("D-PREG")
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        desk.page.get_by_text("Đã đưa 2 bản quét vào hồ sơ.").wait_for()
        assert desk.complaints == []


def test_one_large_file_goes_in_one_step_and_a_lost_line_is_told(server, play, chromium):
    """After the loss the same form is sent again; the address is that of the dossier then."""
    with Desk(chromium, server.url, HEAD) as desk:
        desk.open(f"/dossiers/{play.dossier_id}/papers/attach")
        desk.page.locator("[name=form]").select_option("D-CAPACITY")
        desk.page.locator("input[type=file]").set_input_files(chosen("mot.pdf"))
        desk.context.set_offline(True)
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        desk.page.locator(".upload [role=status]", has_text="Mất kết nối").wait_for()

        desk.context.set_offline(False)
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        desk.page.get_by_text("Đã đưa bản quét vào hồ sơ.").wait_for()
        assert desk.page.url == f"{server.url}/dossiers/{play.dossier_id}"


def test_several_files_go_in_without_scripts(server, play, chromium):
    """Two pages, two buttons."""
    with Desk(chromium, server.url, HEAD, javascript=False) as desk:
        desk.open(f"/dossiers/{play.dossier_id}/papers/attach")
        desk.page.locator("input[type=file]").set_input_files(chosen("mot.pdf", "hai.pdf"))
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        desk.page.locator("[name='row.1.form']").select_option("D-CAPACITY")
        desk.page.locator("[name='row.2.form']").select_option("D-PREG")
        desk.page.get_by_role("button", name="Đưa vào hồ sơ").click()
        assert "Đã đưa 2 bản quét vào hồ sơ." in desk.page.inner_text("main")
        assert desk.complaints == []
