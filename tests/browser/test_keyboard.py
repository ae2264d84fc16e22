"""One act with the keyboard alone: from the way in through a refusal to the recorded act, the focus always in sight."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Page

from api.demo.drive import ADULT
from api.demo.story import Play, Stage, load_story
from dossiers.demonstration.world import DEMO_PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STORY = load_story("adult")
STOPS_MAX = 120
#: What the keyboard stands on: its id, its words and address, and whether somebody sees that it does.
STANDING = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  const x = box.left + Math.min(box.width, 20) / 2, y = box.top + Math.min(box.height, 20) / 2;
  const top = document.elementFromPoint(x, y);
  return {
    id: at.id, tag: at.tagName, value: at.value, text: at.textContent.trim(),
    name: at.getAttribute("name"), href: at.getAttribute("href"),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inSight: box.bottom > 0 && box.top < innerHeight && (at.contains(top) || (top !== null && top.contains(at)))
  };
}"""


class Keys:
    """Somebody who has no mouse."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def at(self) -> dict:
        """Return what the keyboard stands on, once the page has scrolled to it and drawn its ring."""
        for _look in range(20):
            found = self.page.evaluate(STANDING)
            if found["inSight"] and found["ring"]:
                break
            self.page.wait_for_timeout(50)
        return found

    def press(self, key: str) -> None:
        """Press one key."""
        self.page.keyboard.press(key)

    def enter(self, key: str = "Enter") -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation(wait_until="load"):
            self.press(key)

    def go_to(self, **wanted: str) -> None:
        """Go from stop to stop until the wanted one; each must be seen."""
        for _stop in range(STOPS_MAX):
            self.press("Tab")
            at = self.at
            if at["tag"] == "BODY":
                continue
            assert at["ring"], f"no ring: {at}"
            assert at["inSight"], f"hidden: {at}"
            if all((at[name] or "").endswith(value) for name, value in wanted.items()):
                return
        raise AssertionError(f"the keyboard never comes to {wanted}")

    def write(self, text: str) -> None:
        """Type a text."""
        self.page.keyboard.type(text)


@pytest.fixture
def keys(server, chromium) -> Iterator[Keys]:
    """Open a window that nobody clicks in."""
    context = chromium.new_context(base_url=server.url, viewport={"width": 1100, "height": 800})
    yield Keys(context.new_page())
    context.close()


def test_an_act_is_done_with_the_keyboard_alone(server, stage: Stage, keys):
    """Signed in, found in the inbox, refused, led to each missing item, recorded."""
    play = Play(stage, {**ADULT, "full_name": "NGUYỄN THỊ BÀN PHÍM", "id_number": "099099000886"})
    server.set_clock(datetime.fromisoformat(str(STORY[0]["at"])))
    play.run(STORY, until="DECIDING_TO_FILE")
    place = next(number for number, step in enumerate(STORY) if step.get("move") == "file_to_court")
    play.run(STORY[place - 1 : place])

    keys.page.goto("/")
    keys.go_to(id="f-username")
    keys.write("cax.truong.minhhoa")
    keys.go_to(id="f-password")
    keys.write(DEMO_PASSWORD)
    keys.enter()

    skip_to_content(keys)
    keys.go_to(text="NGUYỄN THỊ BÀN PHÍM")
    keys.enter()
    skip_to_content(keys)
    keys.go_to(href="/moves/file_to_court")
    keys.enter()

    skip_to_content(keys)
    keys.go_to(text="Tiếp tục: kiểm tra lại")
    keys.enter()
    assert keys.at["id"] == "refusal"
    assert keys.at["ring"]
    assert keys.at["inSight"]

    keys.go_to(href="#f-excl_pregnant")
    keys.press("Enter")
    assert keys.at["id"] == "f-excl_pregnant"
    answer_everything(keys)
    keys.go_to(text="Tiếp tục: kiểm tra lại")
    keys.enter("Space")
    skip_to_content(keys)
    keys.go_to(text="Ghi nhận: Chuyển hồ sơ đến Tòa án (V36)")
    keys.enter("Space")

    assert "Đã ghi nhận." in keys.page.inner_text("main"), keys.page.inner_text("#refusal")
    assert stage.office("toa.kv99").get(f"/api/v1/dossiers/{play.dossier_id}")["state"]["id"] == "FILED"


def skip_to_content(keys: Keys) -> None:
    """Leave the navigation out: the first stop of a page does that."""
    keys.press("Tab")
    assert keys.at["href"] == "#main"
    assert keys.at["ring"]
    assert keys.at["inSight"]
    keys.press("Enter")
    assert keys.at["id"] == "main"


def answer_everything(keys: Keys) -> None:
    """Choose the court with the arrows and answer each question with no."""
    page = keys.page
    page.keyboard.press("Shift+Tab")
    while keys.at["id"] != "f-court":
        page.keyboard.press("Shift+Tab")
        at = keys.at
        assert at["ring"], at
        assert at["inSight"], at
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    answered: set[str] = set()
    while True:
        keys.press("Tab")
        at = keys.at
        if not (at["name"] or "").startswith("excl_"):
            break
        assert at["name"] not in answered
        answered.add(at["name"])
        page.keyboard.press("Space")
        if at["value"] != "no":
            page.keyboard.press("ArrowDown")
        assert keys.at["value"] == "no"
    assert answered == {"excl_no_capacity", "excl_pregnant", "excl_child_u36m"}
