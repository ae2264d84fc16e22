"""What the code at the foot of a printed page says: which issued bytes, which page, of how many.

A code holds no word about anybody.  It tells mistakes apart (a lost, a foreign, an older page), not forgeries: whoever
holds a page can copy its code.  Pure; knows neither printers nor scanners.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, TypeAlias

#: Hexadecimal digits of the SHA-256 that a code carries: 64 bits, so that no two versions share them by chance.
DIGITS: Final = 16
#: Pages of the longest paper whose codes all fit the same small symbol.
PAGES_MAX: Final = 99
_GRAMMAR: Final = re.compile(rf"HOSO1:([0-9A-F]{{{DIGITS}}}):([1-9][0-9]?)/([1-9][0-9]?)")
_SHORT_GROUP: Final = 4


@dataclass(frozen=True, slots=True)
class PageCode:
    """One page of one print of one issued version; `version` is the beginning of the SHA-256 of the issued bytes."""

    version: str
    page: int
    pages: int

    @property
    def text(self) -> str:
        """Return what the QR code holds: only characters of its alphanumeric mode, which makes it small."""
        return f"HOSO1:{self.version.upper()}:{self.page}/{self.pages}"

    @property
    def short(self) -> str:
        """Return what a person compares by eye: eight digits, the page and how many there are."""
        return f"{short_code(self.version)}  {self.page}/{self.pages}"


#: For each page of a scan, in order, the codes that were read on it: usually one.
Seen: TypeAlias = tuple[tuple[PageCode, ...], ...]


def version_of(sha256: str) -> str:
    """Return the digits by which codes name the bytes with this SHA-256."""
    assert len(sha256) > DIGITS
    return sha256[:DIGITS].lower()


def short_code(version: str) -> str:
    """Return the eight digits that stand beside each QR code and on the page of the paper."""
    digits = version[: 2 * _SHORT_GROUP].upper()
    return f"{digits[:_SHORT_GROUP]}-{digits[_SHORT_GROUP:]}"


def read_code(text: str) -> PageCode | None:
    """Return what the text of a QR code says; None for one that is not ours or says what cannot be."""
    found = _GRAMMAR.fullmatch(text)
    if found is None:
        return None
    page, pages = int(found[2]), int(found[3])
    return PageCode(found[1].lower(), page, pages) if page <= pages else None
