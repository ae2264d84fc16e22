"""Walks a story through the pages by clicks alone: one window an office, every item of every form filled by hand.

Reads the same steps as `api.demo.story.Play` and knows the addresses of no page: each is reached by a link or a button.
Only the clock of the server is set from outside.
"""

import csv
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator

from api.demo.papers import demo_scan
from api.demo.server import DemoServer
from api.demo.story import WAIT_SECONDS, Step
from tests.browser.desk import Desk
from workflow.certificates import VIETNAM
from workflow.loader import load_procedures

#: Acts whose pages are kept as pictures: the filled form, and the dossier after it.
PICTURED = frozenset(
    (
        "start_residence_check",
        "order_hold",
        "serve_notice",
        "file_to_court",
        "decide_apply",
        "admit",
        "convert_in_place",
        "transfer_facility",
        "issue_completion",
        "complete_post_rehab",
    )
)
_INSTANT = re.compile(r"20\d\d-\d\d-\d\dT")
_BODY = "@body:"
_PATIENCE_MS = 20_000
#: A picture of a whole page takes long on a machine that does much else.
_PICTURE_MS = 120_000
#: The items of the page by name: their kind, and whether they are folded away.
_ITEMS = """() => Object.fromEntries([...document.querySelectorAll("main [name]")].map((item) => [
  item.name, { kind: item.type, folded: item.closest("details:not([open])") !== null }
]))"""


@dataclass
class Walk:
    """One dossier on its way through the pages."""

    server: DemoServer
    browser: Browser
    person: Mapping[str, Any]
    procedure: str
    pictures: Path
    javascript: bool = True
    number: str = ""
    state: str = ""
    #: The window whose page of the dossier shows what was done last.
    fresh: Desk | None = None
    desks: dict[str, Desk] = field(default_factory=dict)
    #: What was done, a line a step, for whoever reads why a walk ended where it did.
    log: list[str] = field(default_factory=list)

    @cached_property
    def _bodies(self) -> dict[str, str]:
        text = files("dossiers.demonstration").joinpath("data/organizations.csv").read_text(encoding="utf-8")
        return {row["code"]: row["name"] for row in csv.DictReader(text.splitlines(keepends=True))}

    @cached_property
    def _law(self) -> dict[str, Any]:
        return {each.key: each for each in load_procedures()} | {each.id: each for each in load_procedures()}

    def run(self, steps: Iterable[Step], *, until: str | None = None) -> None:
        """Walk the steps in order; stop after the one that leads to the state `until`."""
        for step in steps:
            if "at" in step:
                self.server.set_clock(datetime.fromisoformat(str(step["at"])))
                self.fresh = None
            self.log.append(" ".join(str(step.get(name, "")) for name in ("at", "by", "move", "scan", "form", "wait")))
            self._walk(step)
            if until is not None and self.state == until:
                return

    def close(self) -> None:
        """Close every window."""
        for desk in self.desks.values():
            desk.context.close()

    def desk(self, username: str) -> Desk:
        """Return the window of an account, signed in at the first time."""
        if username not in self.desks:
            self.desks[username] = Desk(self.browser, self.server.url, username, self.javascript)
            self.look(self.desks[username], f"inbox-{username}")
        return self.desks[username]

    def look(self, desk: Desk, name: str) -> None:
        """Keep a picture of the page."""
        count = len(list(self.pictures.glob("*.png")))
        desk.page.wait_for_load_state("load")
        path = self.pictures / f"{count:02d}-{name}.png"
        desk.page.screenshot(path=path, full_page=True, timeout=_PICTURE_MS)

    def _walk(self, step: Step) -> None:
        desk = self.desk(step["by"])
        if "open" in step:
            self._open(desk, step)
        elif "scan" in step:
            for form in step["scan"] if isinstance(step["scan"], list) else [step["scan"]]:
                self._scan(desk, form)
        elif "form" in step:
            self._form(desk, step)
        elif "wait" in step:
            self._wait(desk, step)
        elif "alarm" in step:
            self._acknowledge(desk, step)
        else:
            self._move(desk, step)

    def _open(self, desk: Desk, step: Step) -> None:
        """Record the person with relatives and open a dossier."""
        person = {name: value for name, value in self.person.items() if name not in ("details", "relatives")}
        apart = [each for each in self.person["relatives"] if each.get("represents")]
        self._tab(desk, "Người")
        self._click(desk, desk.page.get_by_role("main").get_by_role("link", name="Thêm người"))
        details = {f"details.{name}": value for name, value in self.person["details"].items()}
        others = [each for each in self.person["relatives"] if each not in apart]
        self._fill(desk, {**person, **details, "relatives": others})
        self.look(desk, "new-person")
        self._press(desk, "Thêm người")
        assert desk.heading == person["full_name"], desk.text
        for relative in apart:
            self._click(desk, desk.page.get_by_role("link", name="Thêm thân nhân"))
            self._fill(desk, relative | {"represents": True})
            self._press(desk, "Thêm thân nhân")
            assert relative["full_name"] in desk.text
        self._click(desk, desk.page.get_by_role("link", name="Mở hồ sơ"))
        self._fill(desk, {"note": step.get("note", "")})
        self._press(desk, "Mở hồ sơ")
        self.number = desk.page.locator("h1 .quiet").inner_text().split()[-1]
        assert person["full_name"] in desk.heading
        self.fresh = desk
        self.look(desk, "dossier-opened")

    def _scan(self, desk: Desk, form: str) -> None:
        """Put the scan of a paper made elsewhere on file."""
        self._reach(desk)
        self._click(desk, self._papers(desk).get_by_role("link", name="Đưa bản quét vào hồ sơ"))
        self._fill(desk, {"form": form})
        self._choose_file(desk, form)
        self._press(desk, "Đưa vào hồ sơ")
        assert "Đã đưa bản quét vào hồ sơ." in desk.text, desk.text
        self.fresh = desk

    def _form(self, desk: Desk, step: Step) -> None:
        """Draft a form, have it issued by who signs it, and hand in the signed scan."""
        form = step["form"]
        self._reach(desk)
        self._click(desk, self._papers(desk).get_by_role("link", name="Soạn văn bản"))
        self._click(desk, desk.page.locator(f"main a[href$='/papers/new/{form}']"))
        self._fill(desk, step.get("fields", {}))
        first = not any(self.pictures.glob("*-draft-*.png"))
        if first:
            self.look(desk, f"draft-{form}")
        self._press(desk, "Lập bản nháp")
        assert desk.page.get_by_role("heading", name="Nội dung sẽ in").count() == 1, desk.text
        paper = desk.page.url.removeprefix(self.server.url)
        signer = self.desk(step.get("signed_by", step["by"]))
        if signer is not desk:
            self._reach_paper(signer, paper)
        self._press(signer, "Ban hành văn bản này")
        assert "Đã ban hành văn bản." in signer.text, signer.text
        if first:
            self.look(signer, f"issued-{form}")
        if signer is not desk:
            self._reach_paper(desk, paper)
        self._choose_file(desk, f"signed-{form}")
        self._press(desk, "Nộp bản đã ký")
        assert "Đã lưu bản đã ký vào hồ sơ." in desk.text, desk.text

    def _wait(self, desk: Desk, step: Step) -> None:
        """Look again and again until time alone has brought the dossier to the state."""
        until = time.monotonic() + WAIT_SECONDS
        state = self._law[self.procedure].states[step["wait"]].title.vi
        acts = {each.title.vi for each in self._law[self.procedure].by_trigger.get(step.get("act", ""), ())}
        while time.monotonic() < until:
            self._reach(desk)
            last = desk.page.locator("section[aria-labelledby=diary] tbody tr").first.inner_text()
            if self._stands_at(desk, state) and (not acts or any(title in last for title in acts)):
                self.state = step["wait"]
                return
            time.sleep(0.2)
        raise AssertionError(f"time did not bring {self.number} to {state}: {desk.text[:500]}")

    def _acknowledge(self, desk: Desk, step: Step) -> None:
        """Say how a standing alarm was dealt with."""
        self._reach(desk)
        alarm = desk.page.locator("section[aria-labelledby=alarms] > ul > li").filter(has=desk.page.locator("form"))
        assert alarm.count() == 1, desk.text
        self.look(desk, "alarm")
        alarm.locator("summary").click()
        alarm.locator("textarea").fill(step["note"])
        self._press(desk, "Ghi nhận đã xử lý")
        assert "Đã ghi nhận." in desk.text, desk.text

    def _move(self, desk: Desk, step: Step) -> None:
        """Make an act happen from its page."""
        trigger, kind = step["move"], step.get("proceeding")
        self._reach(desk)
        where = "/proceedings/" if kind else "/dossiers/"
        self._click(desk, desk.page.locator(f"main a[href^='{where}'][href$='/moves/{trigger}']").first)
        common = {name: step[name] for name in ("occurred_at", "note") if name in step}
        overrides = {f"override.{guard}": reason for guard, reason in step.get("overrides", {}).items()}
        self._fill(desk, {**step.get("fields", {}), **common, **overrides})
        if trigger in PICTURED:
            self.look(desk, f"act-{trigger}")
        self._press(desk, "Tiếp tục: kiểm tra lại")
        assert desk.heading == "Kiểm tra lại trước khi ghi nhận", f"{trigger}: {desk.text}"
        if trigger in PICTURED:
            self.look(desk, f"check-{trigger}")
        self._press(desk, "Ghi nhận")
        assert "Đã ghi nhận." in desk.text, f"{trigger}: {desk.text}"
        if "expect" in step and kind:
            assert self._law[kind].states[step["expect"]].title.vi in desk.text, desk.text
        self._click(desk, desk.page.get_by_role("link", name="Về hồ sơ"))
        self.fresh = desk
        if "expect" in step and not kind:
            self.state = step["expect"]
            assert self._stands_at(desk, self._law[self.procedure].states[self.state].title.vi), desk.text
        if trigger in PICTURED:
            self.look(desk, f"dossier-{trigger}")

    def _stands_at(self, desk: Desk, state: str) -> bool:
        """Say whether the page of the dossier shows the state."""
        return desk.page.locator("dl.facts dd").first.inner_text().startswith(state)

    def _reach(self, desk: Desk) -> None:
        """Open the dossier: by the link of the page, else from the inbox, else by searching its number."""
        if self.fresh is desk:
            return
        here = desk.page.locator("main p.crumbs a[href^='/dossiers/']")
        if here.count():
            self._click(desk, here.first)
            return
        self._tab(desk, "Hộp việc")
        link = desk.page.get_by_role("main").get_by_role("link", name=self.person["full_name"], exact=True)
        if not link.count():
            desk.page.get_by_label("Tìm theo số hồ sơ").fill(self.number)
            self._press(desk, "Tìm")
            link = desk.page.get_by_role("main").get_by_role("link", name=self.number, exact=True)
        self._click(desk, link.first)

    def _reach_paper(self, desk: Desk, address: str) -> None:
        """Open a paper from the page of the dossier."""
        self._reach(desk)
        self._click(desk, self._papers(desk).locator(f"a[href='{address}']"))

    def _papers(self, desk: Desk) -> Locator:
        return desk.page.locator("section[aria-labelledby=papers]")

    def _tab(self, desk: Desk, name: str) -> None:
        self._click(desk, desk.page.get_by_role("navigation").get_by_role("link", name=name, exact=True))

    def _press(self, desk: Desk, name: str) -> None:
        self._click(desk, desk.page.locator("main button:not(.visually-hidden)").filter(has_text=name).last)

    @contextmanager
    def _navigating(self, desk: Desk) -> Iterator[None]:
        with desk.page.expect_navigation(wait_until="domcontentloaded", timeout=_PATIENCE_MS):
            yield

    def _click(self, desk: Desk, target: Locator) -> None:
        """Click what leads to another page and wait for that."""
        self.fresh = None
        with self._navigating(desk):
            target.click(timeout=_PATIENCE_MS)

    def _choose_file(self, desk: Desk, name: str) -> None:
        scan = demo_scan(f"{name} {self.number}")
        file = {"name": f"{name}.pdf", "mimeType": "application/pdf", "buffer": scan}
        desk.page.locator("main input[type=file]").set_input_files(file)

    def _fill(self, desk: Desk, values: Mapping[str, Any]) -> None:
        """Fill items of the form, whatever their kinds; what is folded away is unfolded first."""
        flat = dict(_flat(values))
        items = desk.page.evaluate(_ITEMS)
        missing = [name for name in flat if name not in items]
        assert not missing, f"the page has no item {missing}: {desk.heading}"
        if any(items[name]["folded"] for name in flat):
            folded = desk.page.locator("main details:not([open]) > summary")
            for _more in range(folded.count()):
                folded.first.click()
        for name, value in flat.items():
            self._fill_one(desk, name, items[name]["kind"], value)

    def _fill_one(self, desk: Desk, name: str, kind: str, value: Any) -> None:
        item = desk.page.locator(f"main [name='{name}']")
        if kind in ("radio", "checkbox"):
            for answer in value if isinstance(value, list) else [{True: "yes", False: "no"}.get(value, value)]:
                desk.page.locator(f"main [name='{name}'][value='{answer}']").check()
        elif kind == "select-one":
            body = isinstance(value, str) and value.startswith(_BODY)
            named = {"label": self._bodies[value.removeprefix(_BODY)]} if body else {"value": str(value)}
            item.select_option(**named)
        else:
            item.fill(_typed(value))


def _flat(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return items by their names in the page; a table has one for each row and column."""
    for name, value in values.items():
        if isinstance(value, list) and value and isinstance(value[0], Mapping):
            for row, record in enumerate(value):
                yield from ((f"{name}.{row}.{column}", content) for column, content in record.items())
        else:
            yield name, value


def _typed(value: Any) -> str:
    """Return a value as somebody types it."""
    if isinstance(value, list):
        return "\n".join(map(str, value))
    text = str(value)
    if _INSTANT.match(text):
        return datetime.fromisoformat(text).astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")
    return text
