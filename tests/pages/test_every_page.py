"""What holds for every page: rights, accessibility, no inner names, no scripts inside, light enough for a slow line."""

import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from babel.messages.pofile import read_po

from tests.pages.browsing import Page, Visitor

HEAD, COURT, FACILITY = "cax.truong.minhhoa", "toa.kv99", "coso1.truong"
#: Served by libraries, with nothing but styles and the description of the interface.
LIBRARY = {"static", "bootstrap.static", "api-docs.openapi_json"}
FIRST_LOAD_BYTES_MAX = 300_000


def crawl(visitor: Visitor, first: list[str], pages_max: int = 60) -> list[Page]:
    """Open every page that links lead to, one of each route at least."""
    waiting, seen, found = list(first), set(), []
    while waiting and len(found) < pages_max:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        page = visitor.get(path)
        if "text/html" not in page.response.headers["Content-Type"]:
            continue
        found.append(page)
        for link in page.tree.xpath("//a[@href]"):
            address = link.get("href")
            kept = urlsplit(address)
            if address.startswith("/") and "/file" not in kept.path:
                waiting.append(kept.path + (f"?{kept.query}" if kept.query else ""))
    return found


@pytest.fixture
def pages(after, visit):
    """Return the pages that the head of the commune police and the head of a facility reach from where they work."""
    scene = after("decision_effective_received")
    dossier = f"/dossiers/{scene.dossier_id}"
    papers = [f"{dossier}/papers/new/D-FACREQ", f"{dossier}/papers/attach", f"{dossier}/papers/new"]
    acts = [f"{dossier}/moves/request_facility", f"{dossier}/moves/abscond_before_intake"]
    facility = ["/facility", "/facility?list=present", "/facility/places", "/handovers", f"{dossier}/handovers/new"]
    of_police = crawl(visit(scene, HEAD), ["/", dossier, "/persons/new", "/law", "/dossiers", *papers, *acts])
    return of_police + crawl(visit(scene, FACILITY), facility, pages_max=8)


def test_every_route_has_a_right_or_is_public(start):
    """A route that nobody thought about does not exist."""
    unmarked = [
        rule.endpoint
        for rule in start.app.url_map.iter_rules()
        if rule.endpoint not in LIBRARY and not hasattr(start.app.view_functions[rule.endpoint], "right")
    ]

    assert unmarked == []


def test_only_signing_and_language_are_public_pages(start):
    """Everything about persons asks who is there."""
    public = {
        rule.endpoint
        for rule in start.app.url_map.iter_rules()
        if rule.endpoint.startswith("pages.") and start.app.view_functions[rule.endpoint].right is None
    }

    signing = {"pages.show_sign_in", "pages.do_sign_in", "pages.do_sign_out", "pages.switch_language"}
    # The time of a demonstration; no other installation answers there.
    assert public == {*signing, "pages.show_trial_time", "pages.do_trial_time"}


def test_every_page_answers_and_none_shows_an_inner_name_or_a_trace(pages, start):
    """Readers see words of the law; ids of states, acts, offices, limits and facts stay inside."""
    inner = set()
    for procedure in start.house.law.procedures:
        inner |= {*procedure.states, *procedure.by_trigger, *procedure.roles, *procedure.facts, *procedure.limits}
        inner |= set(procedure.guards)
    inner = {name for name in inner if "_" in name or re.match(r"[TG]-", name)}
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, sorted(inner))) + r")(?![\w-])|Traceback|POL-[A-Z]")

    assert len(pages) > 40
    for page in pages:
        assert page.status in (200, 403), (page.path, page.text)
        found = pattern.search(page.text)
        assert found is None, (page.path, found.group(0), page.text[max(0, found.start() - 80) : found.end() + 40])


def test_every_page_can_be_used_by_keyboard_and_heard(pages):
    """One first heading, no level left out, a label for each item, a language, a way past the navigation."""
    for page in pages:
        tree, where = page.tree, page.path
        assert tree.get("lang") == "vi"
        assert len(tree.xpath("//h1")) == 1, where
        levels = [
            int(heading.tag[1]) for heading in tree.xpath("//main//*[self::h1 or self::h2 or self::h3 or self::h4]")
        ]
        assert levels[0] == 1, where
        assert all(after <= before + 1 for before, after in pairwise(levels)), (where, levels)
        assert tree.xpath("//a[@class='skip']")[0].get("href") == "#main"
        assert tree.xpath("//title")[0].text, where
        assert unlabelled(page) == [], where
        ids = tree.xpath("//@id")
        assert len(ids) == len(set(ids)), (where, [name for name in ids if ids.count(name) > 1])
        for item in tree.xpath("//*[@aria-describedby]"):
            assert all(name in ids for name in item.get("aria-describedby").split()), where


def unlabelled(page: Page) -> list[str]:
    """Return the items of forms that nobody hears the name of."""
    labelled = set(page.tree.xpath("//label/@for"))
    items = page.tree.xpath("//input[not(@type='hidden')] | //select | //textarea")
    return [item.get("name") for item in items if item.get("id") not in labelled and not item.get("aria-label")]


def test_no_page_carries_a_script_or_a_style_inside(pages):
    """The policy of contents forbids both, and everything comes from this server."""
    for page in pages:
        assert page.tree.xpath("//script[not(@src)] | //style | //@style | //@onclick | //@onsubmit") == [], page.path
        fetched = page.tree.xpath("//script/@src | //link/@href | //img/@src | //form/@action")
        assert all(address.startswith("/") and not address.startswith("//") for address in fetched), page.path


def test_every_form_that_changes_something_carries_its_token(pages):
    """And everything that acts carries the key that makes it happen once."""
    forms = [(page, form) for page in pages for form in page.tree.xpath("//form[@method='post']")]

    assert len(forms) > 40
    for page, form in forms:
        names = {item.get("name") for item in form.xpath(".//input")}
        assert "csrf_token" in names, page.path
        if form.get("action") not in (
            "/language",
            "/sign-out",
            "/dossiers/search",
            "/persons/search",
            "/new-file/search",
        ):
            assert "once" in names, (page.path, form.get("action"))


def test_the_first_page_is_light_enough_for_a_slow_line(start, visit):
    """Page, styles and script together, uncompressed."""
    stranger = visit(start)
    page = stranger.get("/sign-in")
    parts = page.tree.xpath("//link[@rel='stylesheet']/@href | //script/@src | //link[@rel='icon']/@href")

    answers = [stranger.client.get(part) for part in parts]
    weight = len(page.response.get_data()) + sum(len(answer.get_data()) for answer in answers)

    assert [answer.status_code for answer in answers] == [200] * 4
    assert all("max-age=2592000" in answer.headers["Cache-Control"] for answer in answers)
    for answer in answers:
        answer.close()
    assert weight < FIRST_LOAD_BYTES_MAX


def test_a_fault_inside_shows_a_page_with_a_mark_and_no_trace(start, visit, monkeypatch):
    """The reader gets a mark to tell, the log gets the trace."""
    clerk = visit(start, COURT)

    def broken(*_args, **_kwargs):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("api.pages.inbox.waiting_dossiers", broken)
    page = clerk.get("/")

    assert page.status == 500
    assert "Có lỗi trong hệ thống" in page.text
    assert len(page.tree.xpath("//code")[0].text) == 12
    assert "secret detail" not in page.text
    assert "Traceback" not in page.text


def test_the_page_of_a_fault_does_not_need_the_database(start, visit, monkeypatch):
    """When the database is gone the reader still gets a page in words."""
    clerk = visit(start, COURT)
    start.house.database.dispose()
    start.database_file.write_bytes(b"this is no database")

    page = clerk.get("/")

    assert page.status in (500, 503)
    assert page.heading


def test_an_english_page_says_nothing_of_its_own_in_vietnamese(after, visit):
    """The switch leaves no sentence behind; names and titles that officials wrote stay as they are."""
    scene = after("decision_effective_received")
    head = visit(scene, HEAD)
    token = head.get("/").held("/dossiers/search")["csrf_token"]
    head.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    with reviewed_english().open("rb") as file:
        own = {m.id for m in read_po(file, locale="en") if m.id and m.id != m.string and len(m.id) > len("Không")}

    found = crawl(head, ["/", f"/dossiers/{scene.dossier_id}", "/persons/new"], pages_max=30)

    assert len(found) == 30
    for page in found:
        said = {" ".join(text.split()).rstrip(":") for text in page.tree.xpath("//body//text()")}
        assert page.tree.get("lang") == "en"
        assert said & own == set(), page.path


def reviewed_english() -> Path:
    """Return the reviewed English."""
    return Path(__file__).parents[2] / "api" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
