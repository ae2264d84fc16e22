"""Somebody at a desk: a browser window of their own, signed in, that notes everything that should not happen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

from dossiers.demonstration.world import DEMO_PASSWORD


@dataclass
class Desk:
    """One account at one window."""

    browser: Browser
    url: str
    username: str
    javascript: bool = True
    width: int = 1100
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    context: BrowserContext = field(init=False)
    page: Page = field(init=False)

    def __post_init__(self) -> None:
        """Open the window and sign in."""
        self.context = self.browser.new_context(
            viewport={"width": self.width, "height": 800}, java_script_enabled=self.javascript, base_url=self.url
        )
        self.page = self.context.new_page()
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._see)
        self.page.goto("/")
        self.page.get_by_label("Tên đăng nhập").fill(self.username)
        self.page.get_by_label("Mật khẩu").fill(DEMO_PASSWORD)
        self.page.get_by_role("button", name="Đăng nhập").click()

    def __enter__(self) -> Self:
        """Sit down."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the window."""
        self.context.close()

    def open(self, path: str) -> None:
        """Open an address."""
        self.page.goto(path)

    def answer(self, question: str, choice: str) -> None:
        """Choose an answer of a group of buttons."""
        self.page.get_by_role("group", name=question).get_by_label(choice, exact=True).check()

    def fill(self, values: Mapping[str, str]) -> None:
        """Fill items by their labels."""
        for label, value in values.items():
            self.page.get_by_label(label).fill(value)

    def press(self, name: str) -> None:
        """Press a button of the main part."""
        self.page.get_by_role("main").get_by_role("button", name=name).click()

    def record(self) -> None:
        """Go on from the form of an act to its check, and record it there."""
        self.press("Tiếp tục: kiểm tra lại")
        self.press("Ghi nhận")

    def follow(self, name: str) -> None:
        """Follow a link of the main part."""
        self.page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()

    @property
    def heading(self) -> str:
        """Return the first heading."""
        return self.page.locator("h1").inner_text()

    @property
    def text(self) -> str:
        """Return what the main part says."""
        return self.page.get_by_role("main").inner_text()

    def strangers(self) -> set[str]:
        """Return every other server that was asked for something."""
        return {urlsplit(address).netloc for address in self.asked} - {urlsplit(self.url).netloc, ""}

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _see(self, request: Request) -> None:
        self.asked.append(request.url)
