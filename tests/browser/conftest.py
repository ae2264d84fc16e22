"""A real server in demonstration mode and a real Chromium; both end with the tests that started them."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright

from api.demo.client import HttpWire
from api.demo.server import DemoServer, new_server
from api.demo.story import Stage, load_story
from dossiers.demonstration.world import DEMO_PASSWORD

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """Run one server whose clock stands at the beginning of the story."""
    first = datetime.fromisoformat(str(load_story("adult")[0]["at"]))
    started = new_server(Path(tmp_path_factory.mktemp("browser")), first)
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def stage(server: DemoServer) -> Iterator[Stage]:
    """Return the programming interface of that server, for the long stretches between two pages."""
    wire = HttpWire(server.url)
    yield Stage(wire, DEMO_PASSWORD, server.set_clock)
    wire.close()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Run the driver of the browser."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """Run one Chromium."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def shots(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a folder for pictures: under HOSO_SHOTS where that is set, for people to look at."""

    def folder(name: str) -> Path:
        made = Path(os.environ.get("HOSO_SHOTS") or tmp_path / "shots") / name
        made.mkdir(parents=True, exist_ok=True)
        for old in made.glob("*.png"):
            old.unlink()
        return made

    return folder
