"""Everybody can use every page: axe-core finds nothing against WCAG 2.2 AA, and no page needs a script or carries one.

The pages come from the address map of the application, so that a new one is looked at from its first day.
"""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from importlib.resources import files

import pytest
from playwright.sync_api import BrowserContext, Page

from api.demo.client import HttpWire
from api.demo.drive import ADULT
from api.demo.server import DemoServer, new_server
from api.demo.story import Play, Stage, load_story
from dossiers.demonstration.world import DEMO_PASSWORD
from tests.browser.desk import Desk
from tests.browser.mapped import Found, arguments_of, is_file, page_rules, pages_found

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

STORY = load_story("adult")
OFFICER, COURT, FACILITY = "cax.canbo.minhhoa", "toa.kv99", "coso2.truong"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SCREEN, TELEPHONE = 1100, 360
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
LOOK = """(tags) => axe.run(document, { runOnly: tags, resultTypes: ["violations"] }).then((found) =>
  found.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 160)}`)))"""
SignIn = Callable[..., Desk]
#: Pages on which each look at them is a new line.
GROWING = ("pages.show_accesses",)


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[DemoServer]:
    """Run a server of these tests alone: what they leave behind touches nobody."""
    started = new_server(tmp_path_factory.mktemp("access"), datetime.fromisoformat(str(STORY[0]["at"])))
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def plays(server) -> Iterator[tuple[Play, Play]]:
    """Play one dossier into the facility and home again; another stands at the commune, overdue, with a draft."""
    wire = HttpWire(server.url)
    stage = Stage(wire, DEMO_PASSWORD, server.set_clock)
    early, long = Play(stage, {**ADULT, "id_number": "099099000885"}), Play(stage, ADULT)
    early.run(STORY, until="DOSSIER_COMPLETE")
    stated = next(step for step in STORY if step.get("form") == "V37")["fields"]
    path = f"/api/v1/dossiers/{early.dossier_id}/papers"
    stage.office(OFFICER).post(path, {"form": "V37", "fields": stated}, version=early.version)
    long.run(STORY, until="POST_REHAB")
    yield long, early
    wire.close()


@pytest.fixture(scope="module")
def sign_in(server, chromium) -> Iterator[SignIn]:
    """Return a function that opens the window of an account in a language, once."""

    @cache
    def opened(username: str, language: str = "vi") -> Desk:
        desk = Desk(chromium, server.url, username)
        desk.context.add_init_script(AXE)
        if language == "en":
            desk.page.get_by_role("button", name="English").click()
            desk.page.get_by_role("button", name="Tiếng Việt").wait_for()
        windows.append(desk)
        return desk

    windows: list[Desk] = []
    yield opened
    for desk in windows:
        desk.context.close()


@pytest.fixture(scope="module")
def found(tmp_path_factory, plays, sign_in) -> list[Found]:
    """Return every page of the address map, opened by somebody who may."""
    rules = [rule for rule in page_rules(tmp_path_factory.mktemp("map")) if not is_file(rule)]

    def window(username: str) -> BrowserContext:
        return sign_in(username).context

    return pages_found(rules, arguments_of(window, *plays), window)


def violations(page: Page, widths: tuple[int, ...] = (SCREEN, TELEPHONE)) -> list[str]:
    """Return what axe-core finds on the page as it stands, on a screen and on a telephone."""
    lines = []
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        lines += [f"{width} px: {line}" for line in page.evaluate(LOOK, TAGS)]
    return lines


@pytest.mark.parametrize(
    ("language", "widths"),
    [("vi", (SCREEN, TELEPHONE)), ("en", (SCREEN, TELEPHONE) if os.environ.get("HOSO_AXE") == "all" else (TELEPHONE,))],
    ids=["vi", "en"],
)
def test_axe_finds_nothing_on_any_page(found, sign_in, language, widths):
    """Both languages, screen and telephone; the second language on a screen too with HOSO_AXE=all."""
    wrong = {}
    for each in found:
        desk = sign_in(each.viewer, language)
        desk.open(each.path)
        assert desk.page.locator("html").get_attribute("lang") == language
        lines = violations(desk.page, widths)
        if lines:
            wrong[each.path] = lines

    assert wrong == {}


def test_axe_finds_nothing_on_what_a_page_becomes(server, plays, sign_in, chromium):
    """Refusals, results of a search, folded parts opened, an alarm, a page that does not exist, the way in."""
    long, early = plays
    wrong = {}

    def look(desk: Desk, name: str) -> None:
        lines = violations(desk.page)
        if lines:
            wrong[name] = lines

    officer, court = sign_in(OFFICER), sign_in(COURT)
    for desk, path, button in (
        (officer, "/persons/new", "Thêm người"),
        (officer, f"/dossiers/{early.dossier_id}/papers/new/V34", "Lập bản nháp"),
        (officer, f"/dossiers/{early.dossier_id}/papers/attach", "Đưa vào hồ sơ"),
        (officer, f"/dossiers/{early.dossier_id}/moves/serve_notice", "Tiếp tục: kiểm tra lại"),
    ):
        desk.open(path)
        desk.page.locator("main button:not(.visually-hidden)").filter(has_text=button).last.click()
        desk.page.locator("#refusal").wait_for()
        desk.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        look(desk, f"refused {path}")
    officer.open(f"/dossiers/{early.dossier_id}")
    assert officer.page.locator("section[aria-labelledby=alarms]").count() == 1
    for desk in (officer, sign_in(FACILITY)):
        desk.open(f"/dossiers/{(early if desk is officer else long).dossier_id}")
        desk.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        look(desk, f"unfolded, {desk.username}")
    for path, label, text in (
        ("/dossiers", "Tìm theo số hồ sơ", long.number),
        ("/persons", "Tìm theo họ tên", "nguyen"),
    ):
        officer.open(path)
        officer.page.get_by_label(label).fill(text)
        officer.press("Tìm")
        look(officer, f"found {path}")
    for desk, path in ((officer, "/khong-co"), (court, "/persons/new")):
        desk.open(path)
        look(desk, f"no page {path}")
    stranger = chromium.new_context(base_url=server.url)
    stranger.add_init_script(AXE)
    page = stranger.new_page()
    page.goto("/sign-in")
    lines = violations(page)
    page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()
    page.locator("#refusal").wait_for()
    lines += violations(page)
    wrong |= {"the way in": lines} if lines else {}
    stranger.close()

    assert wrong == {}


def test_no_page_carries_a_script_or_a_style_inside_and_none_is_allowed(found):
    """The policy of contents forbids both, with no way around it; each form has a button, so nothing needs a script."""
    for each in found:
        policy = each.headers["content-security-policy"]
        assert "default-src 'self'" in policy, each.path
        assert "unsafe" not in policy, each.path
        inner = "//script[not(@src)] | //style | //@style | //@*[starts-with(name(), 'on')]"
        assert each.tree.xpath(inner) == [], each.path
        assert [link for link in each.tree.xpath("//a/@href") if link.startswith("javascript:")] == [], each.path
        fetched = each.tree.xpath("//script/@src | //link/@href | //img/@src | //form/@action")
        assert [address for address in fetched if not address.startswith("/") or address.startswith("//")] == []
        for form in each.tree.xpath("//form"):
            assert form.xpath(".//button[not(@type) or @type='submit'] | .//input[@type='submit']"), each.path


def test_every_page_says_the_same_without_scripts(found, server, chromium, sign_in):
    """A browser that runs no script shows every word."""
    viewers = sorted({each.viewer for each in found})
    desks = {viewer: Desk(chromium, server.url, viewer, javascript=False) for viewer in viewers}
    try:
        for each in found:
            plain, scripted = desks[each.viewer], sign_in(each.viewer)
            plain.open(each.path)
            scripted.open(each.path)
            # a table is broken into lines on a telephone, the size that the other window may still have
            if each.endpoint not in GROWING:
                assert plain.text.split() == scripted.text.split(), each.path
            assert plain.strangers() == scripted.strangers() == set()
    finally:
        for desk in desks.values():
            desk.context.close()
