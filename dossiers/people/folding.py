"""Makes names comparable whatever the accents, the case and the spaces they were typed with.

Never changes what is kept: a folded text is only what a search compares.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_SPACES: Final = re.compile(r"\s+")
#: Control, format (direction marks, zero-width joiners), surrogate and private characters.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co"})
#: Decomposition leaves these whole: the stroke is no accent to Unicode.
_STROKES: Final = str.maketrans("đĐ", "dd")


def fold(text: str) -> str:
    """Return the text in lower case without accents, đ as d, every run of spaces as one.

    Folding a folded text changes nothing.
    """
    plain = text.translate(_STROKES)
    lower = unicodedata.normalize("NFD", unicodedata.normalize("NFD", plain).casefold())
    bare = "".join(character for character in lower if unicodedata.category(character) != "Mn")
    return _SPACES.sub(" ", bare).strip()


def tidy(text: str) -> str:
    """Return the text as it is kept: one line, NFC, no invisible characters, no needless spaces."""
    spaced = _SPACES.sub(" ", text)
    seen = "".join(character for character in spaced if unicodedata.category(character) not in _INVISIBLE)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", seen)).strip()
