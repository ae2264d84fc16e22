"""Write values so that two machines always get the same bytes.

Filled texts, canonical JSON (RFC 8785), SHA-256 over it, strict reading and a named comparison: the ground on which
certificates and statements stand.  Never reads a clock, a file or a table.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from workflow.vocabulary import Text

Json = dict[str, Any]

#: The largest whole number that every JSON reader keeps exactly (RFC 8785, section 3.2.2.3; RFC 7493).
INTEGER_MAX: Final = 2**53 - 1
#: What needs no look inside.
_PLAIN: Final = frozenset((str, bool, type(None)))
_BASIC_PLANE_LAST: Final = "\uffff"
_COMPACT: Final = (",", ":")
#: How a paper may be laid out on its way to a reader: compact, or evenly indented; anything else was tampered with.
_LAYOUTS: Final = ((None, _COMPACT), (None, (", ", ": ")), *((step, (",", ": ")) for step in (1, 2, 3, 4, "\t")))
_SORTED: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=_COMPACT, allow_nan=False)
_AS_GIVEN: Final = json.JSONEncoder(ensure_ascii=False, separators=_COMPACT, allow_nan=False)


class CanonicalError(ValueError):
    """The value has no canonical JSON: a fraction, a number beyond INTEGER_MAX, half a character, a nameless key."""


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
    """Return the canonical JSON of `value` (RFC 8785): keys in the order of UTF-16 code units, no spaces, real letters.

    Numbers are whole and at most INTEGER_MAX away from zero; fractions are not written, so that nobody has to round.
    Raises CanonicalError for what has no such form.
    """
    encoder, ordered = (_AS_GIVEN, _in_utf16_order(value)) if _beyond_basic_plane(value) else (_SORTED, value)
    try:
        text = encoder.encode(ordered)
        text.encode()
    except (TypeError, UnicodeEncodeError, RecursionError) as fault:
        raise CanonicalError(f"no canonical JSON: {fault}") from fault
    return text


def sha256_hex(text: str) -> str:
    """Return the SHA-256 of the UTF-8 bytes of `text`, in 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def sealed_json(body: Json) -> str:
    """Return `body` as canonical JSON with its own hash under `hash`."""
    assert "hash" not in body
    before = canonical_json({key: value for key, value in body.items() if key < "hash"})[1:-1]
    after = canonical_json({key: value for key, value in body.items() if key > "hash"})[1:-1]
    seal = sha256_hex("{" + ",".join(filter(None, (before, after))) + "}")
    return "{" + ",".join(filter(None, (before, f'"hash":"{seal}"', after))) + "}"


def read_object(paper: str | bytes) -> Json:
    """Read one JSON object strictly; bytes must be UTF-8.

    Raises ValueError for text that is not JSON, for anything but an object at the top, for a key that stands twice,
    for a value without a canonical form, and for an uneven layout: each of them lets two readers see two papers, or
    lets somebody change a byte unseen.
    """
    value = read_value(paper)
    if not isinstance(value, dict):
        raise ValueError("the top of the paper is not a JSON object")  # noqa: TRY004 - the caller reads data, not types
    return value


def read_value(paper: str | bytes) -> object:
    """Read one JSON value as strictly as `read_object`, whatever stands at its top."""
    text = (paper.decode() if isinstance(paper, bytes) else paper).replace("\r\n", "\n").removesuffix("\n")
    value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_no_number)
    canonical_json(value)
    if not any(
        text == json.dumps(value, ensure_ascii=escaped, indent=step, separators=marks)
        for step, marks in _LAYOUTS
        for escaped in (False, True)
    ):
        raise ValueError("the paper is laid out unevenly: spaces, line breaks or escapes were changed")
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
    left, right = _AS_GIVEN.encode(stored), _AS_GIVEN.encode(fresh)
    return [f"{path}: ghi {left}, tính lại {right} / states {left}, the recount gives {right}"]


def _unique(pairs: list[tuple[str, Any]]) -> Json:
    read: Json = {}
    for key, value in pairs:
        if key in read:
            raise ValueError(f"the key {key!r} stands twice")
        read[key] = value
    return read


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not a whole number")


def _beyond_basic_plane(value: object) -> bool:
    """Check numbers and keys of a value; return whether a key needs UTF-16 order because it leaves the basic plane."""
    waiting, beyond = [value], False
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            try:
                names = "".join(item)
            except TypeError as fault:
                raise CanonicalError("a key is no text") from fault
            beyond = beyond or (not names.isascii() and max(names) > _BASIC_PLANE_LAST)
            waiting += [inner for inner in item.values() if type(inner) not in _PLAIN]
        elif isinstance(item, list | tuple):
            waiting += [inner for inner in item if type(inner) not in _PLAIN]
        elif isinstance(item, float) or (isinstance(item, int) and abs(item) > INTEGER_MAX):
            raise CanonicalError(f"{item!r} is not a whole number within ±(2^53 - 1)")
    return beyond


def _in_utf16_order(value: object) -> object:
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda key: str(key).encode("utf-16-be", "surrogatepass"))
        return {key: _in_utf16_order(value[key]) for key in ordered}
    return [_in_utf16_order(one) for one in value] if isinstance(value, list | tuple) else value
