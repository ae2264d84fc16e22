"""Says whether a scan is one issued version, all its pages, in order.

Pure.  A verdict only tells: it refuses nothing, for a paper may have been printed from Word and carry no code.  What
the codes do not prove is never called complete.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from dossiers.papers.page_codes import PageCode, Seen
from workflow.vocabulary import Text


class Result(StrEnum):
    """What a scan is, seen against one issued version."""

    #: Pages 1 to n of exactly this version, each once, in order, and nothing else.
    COMPLETE = "complete"
    #: Pages of this version, but not all, not once, not in order, or beside pages without a readable code.
    INCOMPLETE = "incomplete"
    #: A page of another paper or another version lies among them.
    FOREIGN = "foreign"
    #: No page shows a code: a print from Word, or a scan too poor to read.
    NO_CODE = "no_code"
    #: The file could not be examined: a Word file, a broken or very long one.
    NOT_EXAMINED = "not_examined"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a scan shows of one version; pages of the scan and of the paper are counted from 1."""

    result: Result
    #: Digits of the version that the scan was held against.
    version: str
    #: How many pages the print has, None when no page of it was read.
    pages: int | None
    #: For each page of the scan the page of this version on it, None for any other.
    found: tuple[int | None, ...]
    #: Pages of the version that were not seen, and those that were seen more than once.
    missing: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()
    in_order: bool = True
    #: Pages of the scan of another paper or version, without a readable code, and with several codes.
    foreign: tuple[int, ...] = ()
    unreadable: tuple[int, ...] = ()
    several: tuple[int, ...] = ()


def judge(version: str, seen: Seen | None) -> Verdict:
    """Return the verdict on a scan whose pages show the codes `seen`; None for a file that was not examined."""
    if seen is None:
        return Verdict(Result.NOT_EXAMINED, version, None, ())
    pages = _length_of(version, seen)
    found = tuple(_page_of(codes, version, pages) for codes in seen)
    own = [page for page in found if page is not None]
    times = Counter(own)
    foreign = _places(len(codes) == 1 and page is None for codes, page in zip(seen, found, strict=True))
    return Verdict(
        _result(version, seen, any_foreign=bool(foreign)),
        version,
        pages,
        found,
        missing=tuple(page for page in range(1, (pages or 0) + 1) if page not in times),
        doubled=tuple(sorted(page for page, count in times.items() if count > 1)),
        in_order=own == sorted(own),
        foreign=foreign,
        unreadable=_places(not codes for codes in seen),
        several=_places(len(codes) > 1 for codes in seen),
    )


def _result(version: str, seen: Seen, *, any_foreign: bool) -> Result:
    """Return the result; complete is what equals the whole print, and nothing short of it."""
    whole = tuple((PageCode(version, page, len(seen)),) for page in range(1, len(seen) + 1))
    if not any(seen):
        return Result.NO_CODE
    if seen == whole:
        return Result.COMPLETE
    return Result.FOREIGN if any_foreign else Result.INCOMPLETE


def _length_of(version: str, seen: Seen) -> int | None:
    """Return how many pages the print has by most of its codes, the fewest when they are divided."""
    told = Counter(code.pages for codes in seen for code in codes if code.version == version)
    return min(told, key=lambda pages: (-told[pages], pages)) if told else None


def _page_of(codes: Sequence[PageCode], version: str, pages: int | None) -> int | None:
    """Return which page of the version a page of the scan is; None without exactly one code, which says so."""
    if len(codes) != 1 or codes[0].version != version or codes[0].pages != pages:
        return None
    return codes[0].page


def _places(flags: Iterable[bool]) -> tuple[int, ...]:
    return tuple(place for place, flag in enumerate(flags, 1) if flag)


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as it is kept with the paper and in the diary."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(verdict).items()}


_HEADLINES: Final[Mapping[str, Text]] = {
    Result.COMPLETE: Text(
        "Bản quét khớp: đúng bản đã ban hành, đủ trang, đúng thứ tự.",
        "The scan matches: exactly the issued version, all pages, in order.",
    ),
    Result.INCOMPLETE: Text(
        "Bản quét chưa khớp với bản đã ban hành; hãy kiểm tra lại từng trang.",
        "The scan does not match the issued version; check it page by page.",
    ),
    Result.FOREIGN: Text(
        "Bản quét có trang của văn bản khác hoặc phiên bản khác; hãy kiểm tra lại từng trang.",
        "The scan holds a page of another paper or another version; check it page by page.",
    ),
    Result.NO_CODE: Text(
        "Không đọc được mã trên trang nào (có thể in từ bản Word): hãy đối chiếu bằng mắt.",
        "No page shows a readable code (it may have been printed from Word): compare by eye.",
    ),
    Result.NOT_EXAMINED: Text(
        "Không kiểm tra được mã trang trong tệp này: hãy đối chiếu bằng mắt.",
        "The page codes of this file could not be examined: compare by eye.",
    ),
}

_FAULTS: Final[Mapping[str, Text]] = {
    "missing": Text("Chưa thấy trang", "Pages not seen"),
    "doubled": Text("Trang có nhiều lần", "Pages seen more than once"),
    "order": Text("Trang không đúng thứ tự, đã quét theo thứ tự", "Pages out of order, scanned as"),
    "foreign": Text("Trang quét thuộc văn bản hoặc phiên bản khác", "Scanned pages of another paper or version"),
    "unreadable": Text("Trang quét không đọc được mã", "Scanned pages without a readable code"),
    "several": Text("Trang quét có nhiều mã", "Scanned pages with several codes"),
}


def verdict_lines(kept: Mapping[str, Any]) -> list[Text]:
    """Return a kept verdict in words: what the scan is, then everything that is wrong with it."""
    lines = [_HEADLINES[kept["result"]]]
    if kept["result"] not in (Result.INCOMPLETE, Result.FOREIGN):
        return lines
    own = [page for page in kept["found"] if page is not None]
    told = {**kept, "order": [] if kept["in_order"] else own}
    for name, words in _FAULTS.items():
        if told[name]:
            numbers = ", ".join(map(str, told[name]))
            lines.append(Text(f"{words.vi}: {numbers}.", f"{words.en}: {numbers}."))
    if kept["pages"] is not None:
        lines.append(Text(f"Văn bản có {kept['pages']} trang.", f"The paper has {kept['pages']} pages."))
    return lines
