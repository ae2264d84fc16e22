"""The adult story, played once for all tests of a run, and copies of its moments: a test of it takes milliseconds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from dossiers.bodies import passwords
from tests.api.scenes import Mark, Recording, Scene, open_scene, record_story

#: Opens the scene right before, or right after, the given move of the story (the nth time it occurs).
SceneBefore = Callable[..., Scene]


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recording]:
    """Play the adult story once and keep every moment of it.

    From then on passwords of this process are hashed in a moment: a thousand tests sign in, and what signing in costs
    is tested where the real hasher is put back (`tests/bodies/test_sign_in.py`).
    """
    with pytest.MonkeyPatch.context() as quick:
        quick.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield record_story(tmp_path_factory.mktemp("story"))


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
