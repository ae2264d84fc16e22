"""Random lives of every edition end well: title, term and limits hold whatever chance lets the officers do."""

from __future__ import annotations

import pytest

from tests.workflow.walking import Life, shipped

MAINS = shipped().mains()


@pytest.mark.parametrize("key", MAINS)
def test_the_same_seed_gives_the_same_life(key):
    """A life that broke something can be lived again."""
    first, second = (Life(shipped(), key, seed=5).live(30) for _ in range(2))
    other = Life(shipped(), key, seed=6).live(30)

    assert first.steps == second.steps
    assert first.steps != other.steps
    assert len(first.steps) > 5
