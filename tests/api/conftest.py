"""What the tests of the interface go on from; the story itself is played in `tests/playing.py`."""

from collections.abc import Callable

import pytest

from tests.api.scenes import Mark, Recording, Scene


@pytest.fixture
def finished(recording: Recording, scene_at: Callable[[Mark], Scene]) -> Scene:
    """Open the dossier as it stands after the story."""
    return scene_at(recording.ends[-1])
