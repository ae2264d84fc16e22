"""Fills an empty demonstration with dossiers in many states, by playing the story up to each of them.

Everything happens through the interface, in the process, under a clock that runs ahead of the story; the story is
moved by whole weeks so that each dossier stands where it does shortly before today.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

from flask.testing import FlaskClient

from api.app import create_app_in
from api.demo.client import Reply
from api.demo.drive import ADULT, MINOR
from api.demo.story import Play, Stage, Step, load_story
from api.house import House
from api.worker import tick
from dossiers.demonstration.world import DEMO_PASSWORD
from dossiers.files.queries import count_dossiers

_WEEK = timedelta(weeks=1)
#: The offices of a commune are named after it; the story is told in this one.
_STORY_COMMUNE = "minhhoa"
#: The person each story is told of.
_TOLD_OF = {"adult": ADULT, "minor": MINOR}


class AppWire:
    """Requests straight into an application, without a socket."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        """Send one request and return the reply."""
        answer = self._client.open(path, method=method, headers=dict(headers), data=body)
        return Reply(answer.status_code, dict(answer.headers), answer.data)


def fill_demo(house: House) -> int:
    """Add the cast's dossiers if there are none yet; return how many were added."""
    with house.database.reading() as session:
        if count_dossiers(session):
            return 0
    today = house.now()
    moment = [today]
    told = replace(house, clock=lambda: moment[0])
    app = create_app_in(told)

    def set_clock(instant: datetime) -> None:
        moment[0] = min(instant, today)
        tick(told)

    stage = Stage(AppWire(app.test_client(use_cookies=False)), DEMO_PASSWORD, set_clock)
    cast = tomllib.loads(files("api.demo").joinpath("cast.toml").read_text(encoding="utf-8"))["dossier"]
    stories = {name: load_story(name) for name in _TOLD_OF}
    for number, entry in enumerate(cast, 1):
        told_of = entry.get("story", "adult")
        steps = _steps_until(stories[told_of], entry["until"], entry["commune"])
        shift = _whole_weeks(today - datetime.fromisoformat(_last_at(steps)))
        base = _TOLD_OF[told_of]
        person = {**base, "relatives": [], **entry["person"], "id_number": f"0992220{number:05d}"}
        Play(stage, person, shift=shift).run(steps)
    return len(cast)


def _steps_until(story: Sequence[Step], state: str, commune: str) -> list[dict[str, Any]]:
    """Return the steps that lead to a state, done by the offices of a commune."""
    steps: list[dict[str, Any]] = []
    for step in story:
        moved = {name: _of_commune(value, commune) for name, value in step.items()}
        steps.append(moved)
        if state in (step.get("expect"), step.get("wait")):
            return steps
    raise AssertionError(f"the story never comes to {state}")


def _of_commune(value: Any, commune: str) -> Any:  # noqa: ANN401 - any TOML value
    return value.replace(f".{_STORY_COMMUNE}", f".{commune}") if isinstance(value, str) else value


def _last_at(steps: Sequence[Step]) -> str:
    return str([step["at"] for step in steps if "at" in step][-1])


def _whole_weeks(gap: timedelta) -> timedelta:
    return max(gap // _WEEK, 0) * _WEEK
