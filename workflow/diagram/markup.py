"""Says values as XML: escaped, without what XML cannot hold, numbers with two places at most."""

from __future__ import annotations

import re
from html import escape

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def clean(value: str | float) -> str:
    """Return a value as it stands in XML, inside an element or an attribute."""
    if isinstance(value, str):
        return escape(_FORBIDDEN.sub("\ufffd", value))
    return f"{value:.2f}".rstrip("0").rstrip(".")


def element(tag: str, text: str | None = None, /, **attributes: str | float) -> str:
    """Return one element without children; an underscore in the name of an attribute stands for a hyphen."""
    said = "".join(f' {name.replace("_", "-")}="{clean(value)}"' for name, value in attributes.items())
    return f"<{tag}{said}/>" if text is None else f"<{tag}{said}>{clean(text)}</{tag}>"
