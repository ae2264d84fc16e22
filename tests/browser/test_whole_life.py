"""Whole lives by clicks alone in a real browser: an adult's and a minor's, to the end of post-rehab management.

In every run the minor's ends with the court's decision, where its pages stop being others than the adult's;
HOSO_LIVES=whole leads it to the end.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from api.demo.drive import ADULT, MINOR
from api.demo.server import new_server
from api.demo.story import load_story
from tests.browser.walking import Walk

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

MINOR_END = "POST_REHAB_DONE" if os.environ.get("HOSO_LIVES") == "whole" else "DECIDED_APPLY"
ADULT_LAW, MINOR_LAW = "cnbb-adult@2026-07-01", "cnbb-minor@2026-07-01"


@pytest.mark.parametrize(
    ("story", "cast", "end"),
    [("adult", (ADULT, ADULT_LAW), "POST_REHAB_DONE"), ("minor", (MINOR, MINOR_LAW), MINOR_END)],
    ids=["adult", "minor"],
)
def test_a_whole_life_is_led_through_the_pages_by_clicks_alone(chromium, tmp_path, shots, story, cast, end):
    """Each office does its steps in its own window; nothing is asked of another server, nothing is complained about."""
    with walking(tmp_path, chromium, story, *cast, shots(f"life-{story}")) as walk:
        walk.run(load_story(story), until=end)

        assert walk.state == end
        if end == "POST_REHAB_DONE":
            assert {step["by"] for step in load_story(story)} <= set(walk.desks)


def test_the_part_of_the_commune_is_led_without_scripts(chromium, tmp_path, shots):
    """From detection to the complete file, in windows that run no script."""
    pictures = shots("no-scripts")
    with walking(tmp_path, chromium, "adult", ADULT, ADULT_LAW, pictures, javascript=False) as walk:
        walk.run(load_story("adult"), until="DOSSIER_COMPLETE")

        assert walk.state == "DOSSIER_COMPLETE"


@contextmanager
def walking(
    folder: Path, chromium: Browser, story: str, person: Mapping[str, Any], procedure: str, pictures: Path, **how: bool
) -> Iterator[Walk]:
    """Lead a walk on a server of its own; afterwards no window has complained or asked another server."""
    server = new_server(folder, datetime.fromisoformat(str(load_story(story)[0]["at"])))
    server.start()
    walk = Walk(server, chromium, person, procedure, pictures, **how)
    try:
        yield walk
        assert {name: desk.complaints for name, desk in walk.desks.items() if desk.complaints} == {}
        assert {name: desk.strangers() for name, desk in walk.desks.items() if desk.strangers()} == {}
    finally:
        walk.close()
        server.stop()
