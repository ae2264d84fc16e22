"""The story, played once for the tests of the pages, and visitors of any moment of it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.api.scenes import Mark, Recording, Scene, open_scene, record_story
from tests.pages.browsing import Visitor

SceneBefore = Callable[..., Scene]
Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Play the adult story once and keep every moment of it."""
    return record_story(tmp_path_factory.mktemp("pages"))


@pytest.fixture
def scene_at(recording: Recording, tmp_path: Path) -> Iterator[Callable[[Mark], Scene]]:
    """Return a function that opens a moment of the story."""
    opened: list[Scene] = []

    def open_at(mark: Mark) -> Scene:
        opened.append(open_scene(recording, mark, tmp_path))
        return opened[-1]

    yield open_at
    for scene in opened:
        scene.house.database.dispose()


@pytest.fixture
def before(recording: Recording, scene_at: Callable[[Mark], Scene]) -> SceneBefore:
    """Return a function that opens the moment before a move of the story."""
    return lambda move, nth=0: scene_at(recording.marks[recording.step_of(move, nth)])


@pytest.fixture
def after(recording: Recording, scene_at: Callable[[Mark], Scene]) -> SceneBefore:
    """Return a function that opens the moment after a move of the story."""
    return lambda move, nth=0: scene_at(recording.ends[recording.step_of(move, nth)])


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
