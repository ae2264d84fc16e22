"""Writes the short citations of the law files out in words: "N100.1" becomes "khoản 1 Điều 100 Nghị định …".

Which letters stand for which instrument is data (`citations.toml`); what is not understood is shown as it stands.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from api.languages import say
from workflow.vocabulary import Text

_INSTRUMENTS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        letters: Text(table["vi"], table["en"])
        for letters, table in tomllib.loads((files("api.pages") / "citations.toml").read_text(encoding="utf-8"))[
            "instrument"
        ].items()
    }
)
_LETTERS: Final = "|".join(sorted(_INSTRUMENTS, key=len, reverse=True))
#: Instrument, article or articles, clause or clauses, point: `N100`, `N84–N88`, `N58.2–3`, `PL03-9.1`, `L35.3d`.
_CITATION: Final = re.compile(
    rf"(?P<law>{_LETTERS})-?(?P<article>\d+)(?:[–-](?:{_LETTERS})?-?(?P<last>\d+))?"
    r"(?:\.(?P<clause>\d+)(?:[–-](?P<clauses>\d+))?(?P<point>[a-zđ])?)?(?P<rest> .*)?"
)


def cite(basis: str) -> str:
    """Return a basis (`N58.1; L24.4a`) in the language of the page; parts that are no citation stay as they are."""
    return "; ".join(_one(part.strip()) for part in basis.split(";") if part.strip())


def _one(part: str) -> str:
    found = _CITATION.fullmatch(part)
    if found is None:
        return part
    law, point, rest = _INSTRUMENTS[found["law"]], found["point"], found["rest"] or ""
    article = found["article"] + (f"–{found['last']}" if found["last"] else "")
    clause = (found["clause"] or "") + (f"–{found['clauses']}" if found["clauses"] else "")
    vi = (f"điểm {point} " if point else "") + (f"khoản {clause} " if clause else "") + f"Điều {article} {law.vi}"
    en = f"Article {article}" + (f"({clause})" if clause else "") + (f"({point})" if point else "") + f" {law.en}"
    return say(Text(vi + rest, en + rest))
