"""How wide a text is and where it breaks, without a font at hand.

The widths are those of DejaVu Sans, the widest of the usual fonts, so that a text which fits here fits in any of them.
"""

from __future__ import annotations

import unicodedata
from functools import cache

FONTS = "Noto Sans, Segoe UI, Roboto, Arial, DejaVu Sans, sans-serif"
_BOLD = 1.12
#: Widths in thousandths of the font size; a letter with marks is as wide as its base letter.
_WIDTHS = {
    278: "ijlIJ'|",
    320: " \u00a0.,;:!/\\‘’",
    360: "f-",
    400: "()[]rt*",
    460: '"“”',
    500: "–",
    550: "csz?_",
    600: "aekvxyFLTYZ",
    640: "bdghnopquBCEKPSXđ0123456789#$",
    700: "AR",
    780: "DGHNUVĐ•●■▶",
    840: "wOQ+<=>~→←↔↺",
    880: "M",
    1000: "mW%&@—…",
}
_ADVANCE = {letter: width for width, letters in _WIDTHS.items() for letter in letters}
_UNKNOWN = 900
_HORNED = {"ơ": 660, "ư": 700, "Ơ": 840, "Ư": 800}


@cache
def _advance(letter: str) -> int:
    bare = unicodedata.normalize("NFD", letter)
    composed = unicodedata.normalize("NFC", bare[0] + ("\u031b" if "\u031b" in bare else ""))
    return _HORNED.get(composed) or _ADVANCE.get(bare[0], _UNKNOWN)


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Return the width of one line of text in pixels at a font size in pixels."""
    wide = sum(_advance(letter) for letter in unicodedata.normalize("NFC", text)) * size / 1000
    return wide * _BOLD if bold else wide


def wrap(text: str, size: float, room: float, *, bold: bool = False) -> list[str]:
    """Return the text in lines no wider than `room` pixels; a word that is wider by itself is cut.

    Lines break at spaces, never at a no-break space.
    """
    assert room > size
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".strip()
        if text_width(longer, size, bold=bold) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        line = word
        while text_width(line, size, bold=bold) > room:
            cut = _fitting(line, size, room, bold=bold)
            lines.append(line[:cut])
            line = line[cut:]
    return [*lines, line] if line else lines


def _fitting(word: str, size: float, room: float, *, bold: bool) -> int:
    """Return how many letters of a word fit, at least one."""
    count = 1
    while count < len(word) and text_width(word[: count + 1], size, bold=bold) <= room:
        count += 1
    return count
