"""Visitors of any moment of the story, which is played in `tests/playing.py`."""

from collections.abc import Callable

import pytest

from tests.api.scenes import Mark, Recording, Scene
from tests.pages.browsing import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture
def start(recording: Recording, scene_at: Callable[[Mark], Scene]) -> Scene:
    """Open the installation before anything happened."""
    return scene_at(recording.marks[0])


@pytest.fixture
def visit() -> Visit:
    """Return a function that signs somebody in to a scene."""

    def visit_as(scene: Scene, username: str | None = None) -> Visitor:
        visitor = Visitor(scene.app)
        return visitor if username is None else visitor.sign_in(username)

    return visit_as
