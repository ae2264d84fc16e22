"""Every page of the address map with real arguments, opened by an account that may: also pages nobody thought of here.

A route with an argument that is unknown here fails, so that a new page is looked at from its first day.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from pathlib import Path
from urllib.parse import urlsplit

from lxml import html
from lxml.html import HtmlElement
from playwright.sync_api import BrowserContext
from werkzeug.routing import Rule

from api.app import create_app
from api.config import Settings
from api.demo.story import Play
from dossiers.aftercare.kinds import KINDS
from dossiers.commune.sections import SECTIONS
from dossiers.court.steps import Docket

#: Who may look, in the order they are asked; the administrator last.
VIEWERS = (
    "cax.truong.minhhoa",
    "cax.canbo.minhhoa",
    "coso2.truong",
    "toa.kv99",
    "ca.tinh",
    "ubnd.chutich.minhhoa",
    "vks.kv99",
    "coso1.truong",
    "c10",
    "quantri",
)
ADMINISTRATOR, OVERSEER = "quantri", "ca.tinh"
BEHIND_FIGURES = "/overview/dossiers"
#: Opens the window of an account, once.
Window = Callable[[str], BrowserContext]
#: The day on which the court hears the person of the story.
HEARING_DAY = "2026-08-27"
#: A place of an address that an argument fills.
_PLACE = re.compile(r"<(?:[^<>:]+:)?(\w+)>")
#: Where the only answer is a file for another program; all else that answers GET must answer with a page.
_FILES = ("file", "files", ".svg", ".bpmn", ".json", ".csv", "download", "export")


@dataclass(frozen=True)
class Found:
    """A page somebody reached: its route, its address, by whom, and what was sent."""

    endpoint: str
    path: str
    viewer: str
    headers: Mapping[str, str] = field(repr=False)
    tree: HtmlElement = field(repr=False)


def page_rules(folder: Path) -> list[Rule]:
    """Return the routes of pages that answer GET, from the application itself."""
    settings = Settings(
        f"sqlite:///{folder}/map.sqlite", (folder / "papers").as_uri(), "a secret only of this test " * 2
    )
    rules = create_app(settings).url_map.iter_rules()
    pages = [rule for rule in rules if rule.endpoint.startswith("pages.") and "GET" in (rule.methods or ())]
    # The demonstration of these tests is told its time by a file: it has no page that puts the time ahead.
    pages = [rule for rule in pages if rule.endpoint != "pages.show_trial_time"]
    return sorted(pages, key=lambda rule: rule.rule)


def is_file(rule: Rule) -> bool:
    """Say whether a route sends a file and no page."""
    return rule.rule.rpartition("/")[2].endswith(_FILES)


def arguments_of(window: Window, play: Play, *sides: Play) -> dict[str, list[str]]:
    """Return what may stand in the places of an address, by the name of the place, the likeliest first."""
    head = play.stage.office("cax.truong.minhhoa")
    dossiers = [each.dossier_id for each in (play, *sides)]
    at = [f"/api/v1/dossiers/{each}" for each in dossiers]
    seen = [head.get(each) for each in at]
    proceedings = [row for each in at for row in head.get(f"{each}/proceedings")["items"]]
    limits = [row["id"] for each in at for row in head.everything(f"{each}/deadlines")]
    term = [row["id"] for row in head.everything(f"{at[0]}/deadlines") if row["rule"] == "TERM"]
    papers: dict[str, str] = {}
    for each in at:
        for row in head.everything(f"{each}/papers"):
            papers.setdefault(f"{row['state']} {row['origin']}", row["id"])
    triggers = [move["trigger"] for each in at for move in head.get(f"{each}/moves")["items"]]
    side = [m["trigger"] for p in proceedings for m in head.get(f"/api/v1/proceedings/{p['id']}/moves")["items"]]
    procedure = seen[0]["procedure"]
    return {
        "dossier_id": dossiers,
        "proceeding_id": [row["id"] for row in proceedings],
        "person_id": [each["person"]["id"] for each in seen],
        "deadline_id": [*term, *limits[:2]],
        "paper_id": list(papers.values()),
        "trigger": list(dict.fromkeys([*triggers[:6], *side[:3], "admit", "advance_stage", "file_to_court"])),
        "form_id": ["V33", "V34", "V52", "C11", "V51"],
        "seq": ["1", "2"],
        "key": [f"{procedure['id']}@{procedure['edition']}"],
        "organization_id": [play.stage.body(code) for code in ("CAX-99001", "TANDKV-99", "CSCN-2-99")],
        "year": ["2026"],
        "day": [HEARING_DAY],
        "name": [str(each) for each in Docket],
        "section_id": list(SECTIONS),
        "kind_id": list(KINDS),
        "policy_id": ["POL-ROLL"],
        "handover_id": [_made_handover(window, play)],
        **_kept_by_the_administrator(window),
    }


def _kept_by_the_administrator(window: Window) -> dict[str, list[str]]:
    """Return accounts with an office, the offices and the bodies, from the links of the lists."""
    accounts = _ids(window, "/admin/accounts", "/admin/accounts/")
    held = {each: _ids(window, f"/admin/accounts/{each}", f"/admin/accounts/{each}/offices/") for each in accounts[:5]}
    account, offices = next((each, found) for each, found in held.items() if found)
    bodies = _ids(window, "/admin/bodies", "/admin/bodies/")
    return {"account_id": [account], "office_id": offices, "body_id": bodies[:2]}


def _ids(window: Window, page: str, before: str) -> list[str]:
    text = window(ADMINISTRATOR).request.get(page, headers={"Accept": "text/html"}).text()
    return list(dict.fromkeys(re.findall(re.escape(before) + r"([0-9a-f-]{36})", text)))


def _made_handover(window: Window, play: Play) -> str:
    """Make the manifest of a hand-over with its form and return its id."""
    address = f"/dossiers/{play.dossier_id}/handovers/new"
    asked = window(VIEWERS[0]).request
    form = html.document_fromstring(asked.get(address, headers={"Accept": "text/html"}).text()).forms[-1]
    hidden = {item.get("name"): item.get("value", "") for item in form.xpath(".//input[@type='hidden']")}
    occasion, *_ = _options(form, "occasion")
    giver, taker, *_ = _options(form, "to_body")
    sides = {"occasion": occasion, "from_body": giver, "to_body": taker}
    made = asked.post(address, form={**hidden, **sides, "health": "Bình thường (giả định)"})
    assert not made.url.endswith("/new"), made.text()
    return urlsplit(made.url).path.rpartition("/")[2]


def _options(form: HtmlElement, name: str) -> list[str]:
    return [value for value in form.xpath(f".//select[@name='{name}']/option/@value") if value]


def _query(rule: Rule, window: Window) -> str:
    """Return what the address of a list needs besides its path: as the first link to it says."""
    if rule.rule != BEHIND_FIGURES:
        return ""
    page = window(OVERSEER).request.get("/overview", headers={"Accept": "text/html"}).text()
    links = html.document_fromstring(page).xpath(f"//main//a[starts-with(@href, '{BEHIND_FIGURES}?')]/@href")
    return f"?{urlsplit(links[0]).query}"


def pages_found(rules: Sequence[Rule], arguments: Mapping[str, Sequence[str]], window: Window) -> list[Found]:
    """Open every route with the first arguments that somebody may see; for papers with each of them.

    Raises AssertionError naming every route whose arguments are unknown here, or that answers nobody with a page.
    """
    found: list[Found] = []
    lost: list[str] = []
    for rule in rules:
        names = sorted(rule.arguments)
        unknown = [name for name in names if name not in arguments]
        lost += [f"{rule.rule}: say in `arguments_of` what {name} may be" for name in unknown]
        enough = len(arguments["paper_id"]) if names == ["paper_id"] else 1
        reached = [] if unknown else list(islice(_reached(rule, names, arguments, window), enough))
        if not unknown and not reached:
            lost.append(f"{rule.rule} answers nobody with a page; give it arguments with which it does")
        found += reached
    assert lost == []
    return found


def _reached(
    rule: Rule, names: Sequence[str], arguments: Mapping[str, Sequence[str]], window: Window
) -> Iterator[Found]:
    for values in product(*(arguments[name] for name in names)):
        address = _address(rule, dict(zip(names, values, strict=True))) + _query(rule, window)
        found = _first_answer(rule, address, window)
        if found is not None:
            yield found


def _address(rule: Rule, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda place: values[place.group(1)], rule.rule)


def _first_answer(rule: Rule, path: str, window: Window) -> Found | None:
    for viewer in VIEWERS:
        answer = window(viewer).request.get(path, headers={"Accept": "text/html"})
        kind = answer.headers.get("content-type", "")
        if answer.status == 200 and kind.startswith("text/html"):
            tree = html.document_fromstring(answer.text())
            arrived = urlsplit(answer.url)
            whole = f"{arrived.path}?{arrived.query}" if arrived.query else arrived.path
            return Found(rule.endpoint, whole, viewer, answer.headers, tree)
    return None
