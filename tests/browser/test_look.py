"""What only a real browser can show: width, contrast, focus, two presses, the weight on the line."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

from api.demo.drive import ADULT
from api.demo.story import Play, Stage, load_story
from tests.browser.desk import Desk

pytestmark = pytest.mark.browser

STORY = load_story("adult")
OFFICER = "cax.canbo.minhhoa"
#: For each text that is shown: its colour against the nearest background that is not clear.
CONTRAST = """() => {
  const light = ([r, g, b]) => {
    const part = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const found = colour(getComputedStyle(at).backgroundColor);
      if (found.length < 4 || found[3] === 1) { return found; }
    }
    return [255, 255, 255];
  };
  const weak = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || !element.checkVisibility() || element.tagName === "OPTION") { continue; }
    const a = light(colour(getComputedStyle(element).color)), b = light(ground(element));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) { weak.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`); }
  }
  return weak;
}"""


@pytest.fixture(scope="module")
def filed(server, stage: Stage) -> Play:
    """Play the story until the dossier is with the court."""
    play = Play(stage, {**ADULT, "id_number": "099099000883"})
    server.set_clock(datetime.fromisoformat(str(STORY[0]["at"])))
    play.run(STORY, until="FILED")
    return play


@pytest.fixture
def desk_of(server, chromium) -> Iterator[Callable[..., Desk]]:
    """Return a function that opens a window for an account."""
    opened: list[Desk] = []

    def sit_down(username: str, **how: object) -> Desk:
        opened.append(Desk(chromium, server.url, username, **how))
        return opened[-1]

    yield sit_down
    for desk in opened:
        desk.context.close()


def addresses(play: Play) -> list[str]:
    """Return a page of each kind."""
    dossier = f"/dossiers/{play.dossier_id}"
    acts = [f"{dossier}/moves/court_returns", f"{dossier}/moves/person_died", f"{dossier}/papers/attach"]
    pictures = [f"{dossier}/diagram", "/law/cnbb-hold@2026-07-01/diagram", "/law/compare"]
    others = ["/dossiers", "/persons", "/persons/new", "/law", "/khong-co"]
    return ["/", dossier, *acts, f"{dossier}/entries/3", *pictures, *others]


@pytest.mark.parametrize("width", [360, 1100])
def test_no_page_is_wider_than_its_screen(filed, desk_of, width):
    """Nobody scrolls sideways on a telephone."""
    desk = desk_of(OFFICER, width=width)

    for address in addresses(filed):
        desk.open(address)
        assert desk.page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_every_text_stands_out_from_its_ground(filed, desk_of):
    """4.5 to 1 at least, also for what is said quietly and for warnings."""
    desk = desk_of("toa.kv99")

    for address in addresses(filed):
        desk.open(address)
        assert desk.page.evaluate(CONTRAST) == [], address
    desk.open(f"/dossiers/{filed.dossier_id}/moves/court_returns")
    desk.press("Tiếp tục: kiểm tra lại")
    assert desk.page.evaluate(CONTRAST) == []


def test_the_keyboard_alone_reaches_the_content_and_shows_where_it_is(filed, desk_of):
    """The first stop skips the navigation; every stop has a ring."""
    desk = desk_of("toa.kv99")
    desk.open(f"/dossiers/{filed.dossier_id}/moves/court_returns")

    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.className") == "skip"
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "main"
    for _ in range(12):
        desk.page.keyboard.press("Tab")
        ring = desk.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring == "solid", desk.page.evaluate("document.activeElement.outerHTML")


def test_enter_in_a_line_sends_the_form_and_does_not_add_rows(desk_of):
    """The key that everybody presses does what the main button does."""
    desk = desk_of(OFFICER)
    desk.open("/persons/new")
    desk.page.locator("#f-residence").fill("Số 0, đường Mẫu (giả định)")

    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")

    assert "Chưa lưu được, vì" in desk.text
    assert desk.page.locator("#f-residence").input_value() == "Số 0, đường Mẫu (giả định)"


@pytest.mark.parametrize("javascript", [True, False])
def test_two_quick_presses_make_one_person(server, stage, desk_of, javascript):
    """With scripts the second press is held back; without them the server answers it with the first."""
    name = f"TRẦN VĂN HAI LẦN {'MỘT' if javascript else 'HAI'}"
    desk = desk_of(OFFICER, javascript=javascript)
    desk.open("/persons/new")
    desk.page.locator("#f-full_name").fill(name)
    desk.answer("Giới tính", "Nam")
    desk.page.locator("#f-born_on").fill("1990-01-01")

    desk.page.get_by_role("main").get_by_role("button", name="Thêm người").dblclick()
    desk.page.wait_for_url("**/persons/*-*")

    assert desk.heading == name
    desk.open("/persons")
    assert desk.page.get_by_role("link", name=name, exact=True).count() == 1


def test_paper_gets_the_content_and_not_the_buttons(filed, desk_of):
    """A printed page is a record, not a screen."""
    desk = desk_of(OFFICER)
    desk.open(f"/dossiers/{filed.dossier_id}")
    desk.page.emulate_media(media="print")

    assert not desk.page.locator("header.top").is_visible()
    assert not desk.page.locator("a[href$='/papers/attach']").is_visible()
    assert desk.page.locator("h1").is_visible()
    assert desk.page.locator(".demo").is_visible()
    assert not desk.page.locator("#do").is_visible()
    assert "In lúc" in desk.page.locator(".printed").inner_text()


def test_paper_gets_what_is_folded_and_tables_as_tables(filed, desk_of):
    """Nothing unfolds on paper by itself, and a sheet is no telephone."""
    desk = desk_of(OFFICER, width=700)
    for address in (f"/dossiers/{filed.dossier_id}", f"/dossiers/{filed.dossier_id}/entries/3", "/"):
        desk.open(address)
        desk.page.emulate_media(media="print")
        for folded in desk.page.locator("main section:not([aria-labelledby=do]) details > :not(summary, form)").all():
            assert folded.evaluate("part => part.checkVisibility() && part.getBoundingClientRect().height > 0"), address
        for head in desk.page.locator("main section > table thead").all():
            assert head.evaluate("part => getComputedStyle(part).position") == "static"
        desk.page.emulate_media(media="screen")
    desk.open(f"/dossiers/{filed.dossier_id}")
    desk.page.locator("section[aria-labelledby=limits] td a").first.click()
    desk.page.emulate_media(media="print")
    assert desk.page.locator("main table").first.is_visible()


def test_the_first_page_weighs_less_than_300_kilobytes_on_the_line(server, chromium):
    """Everything that a fresh browser fetches to show the first page."""
    context = chromium.new_context(base_url=server.url)
    sizes: list[int] = []
    page = context.new_page()
    page.on("response", lambda response: sizes.append(len(response.body())))

    page.goto("/sign-in", wait_until="networkidle")
    context.close()

    assert len(sizes) >= 4
    assert sum(sizes) < 300_000
