"""Write values so that two machines always get the same bytes.

Filled texts, canonical JSON, SHA-256 over it, strict reading and a named comparison: the ground on which
certificates and statements stand.  Never reads a clock, a file or a table.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from workflow.vocabulary import Text

Json = dict[str, Any]


def filled(text: Text, **values: object) -> Text:
    """Return `text` with its `{name}` places filled in both languages."""
    return Text(text.vi.format(**values), text.en.format(**values))


def plain(text: Text) -> dict[str, str]:
    """Return `text` as a mapping, ready for JSON."""
    return {"vi": text.vi, "en": text.en}


def text_of(table: Mapping[str, str]) -> Text:
    """Read a `{vi, en}` table of a data file; a missing language raises KeyError, an empty one ValueError."""
    if not (table["vi"].strip() and table["en"].strip()):
        raise ValueError("a text needs both languages")
    return Text(table["vi"], table["en"])


def canonical_json(value: object) -> str:
    """Return JSON with sorted keys, no spaces and real letters; a value that JSON cannot hold raises."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of `text`, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def sealed_json(body: Json) -> str:
    """Return `body` as canonical JSON with its own hash under `hash`."""
    assert "hash" not in body
    return canonical_json({**body, "hash": sha256_hex(canonical_json(body))})


def read_object(text: str) -> Json:
    """Read one JSON object strictly.

    Raises ValueError for text that is not JSON, for anything but an object at the top, for a key that stands twice
    and for NaN or Infinity: each of them lets two readers see two different papers.
    """
    value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    if not isinstance(value, dict):
        raise ValueError("the top of the paper is not a JSON object")  # noqa: TRY004 - the caller reads data, not types
    return value


def differences(stored: object, fresh: object, path: str = "") -> list[str]:
    """Name every place where two plain JSON values differ, in both languages; types count (1 is not true)."""
    if isinstance(stored, dict) and isinstance(fresh, dict):
        found: list[str] = []
        for key in sorted(stored.keys() | fresh.keys()):
            where = f"{path}.{key}" if path else str(key)
            if key not in fresh:
                found.append(f"{where}: không có khi tính lại / not in the recount")
            elif key not in stored:
                found.append(f"{where}: thiếu trong bản ghi / missing from the paper")
            else:
                found += differences(stored[key], fresh[key], where)
        return found
    if isinstance(stored, list) and isinstance(fresh, list):
        found = []
        if len(stored) != len(fresh):
            found.append(
                f"{path}: ghi {len(stored)} dòng, tính lại {len(fresh)} dòng / "
                f"states {len(stored)} rows, the recount gives {len(fresh)}"
            )
        for index, (left, right) in enumerate(zip(stored, fresh, strict=False)):
            found += differences(left, right, f"{path}[{index}]")
        return found
    if type(stored) is type(fresh) and stored == fresh:
        return []
    left, right = canonical_json(stored), canonical_json(fresh)
    return [f"{path}: ghi {left}, tính lại {right} / states {left}, the recount gives {right}"]


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    read: Json = {}
    for key, value in pairs:
        if key in read:
            raise ValueError(f"the key {key!r} stands twice")
        read[key] = value
    return read


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON value")
