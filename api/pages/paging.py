"""Which page of a list is asked for."""

from __future__ import annotations

from typing import Final

from flask import request

#: No list has more pages; a longer number is somebody's trial.
_DIGITS_MAX: Final = 4


def page_number() -> int:
    """Return the page that the address asks for, from 1; the first when that is no number."""
    raw = request.args.get("page", "1")
    return max(1, int(raw)) if raw.isascii() and raw.isdecimal() and len(raw) <= _DIGITS_MAX else 1
