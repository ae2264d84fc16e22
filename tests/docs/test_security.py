"""What SECURITY.md claims is tested is tested: every test that it names exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_threats_are_held_by_exists():
    """By name, in this tree."""
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    files = (ROOT / "tests").rglob("test_*.py")
    texts = [file.read_text(encoding="utf-8") for file in files]
    found = {name for text in texts for name in re.findall(r"^def (test_\w+)", text, re.MULTILINE)}

    assert len(named) > 20
    assert named - found == set()
