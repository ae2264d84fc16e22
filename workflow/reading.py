"""Reads TOML tables strictly: every key is asked for by name, every mistake says file, line, key and reason.

Knows nothing of procedures; `loader.py` says which keys a table has.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from workflow.vocabulary import Confidence, Text

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")

_CONFIDENCE = re.compile(r"^(A|A¹|B|C|D)?[†‡?]*!?$")


@dataclass(frozen=True, slots=True)
class LawProblem:
    """One mistake in a file of law: where it stands and what is wrong with it."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        """Return the line that an editor understands."""
        return f"{self.file}:{self.line}: {self.key}: {self.reason}"


class LawFileError(Exception):
    """A file of law cannot be read; `problems` lists every mistake found, not only the first."""

    def __init__(self, problems: list[LawProblem]) -> None:
        assert problems
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Source:
    """A file of law as text, so that a mistake found later can still name its line."""

    name: str
    text: str

    def line_of(self, header: str, index: int, key: str) -> int:
        """Return the line (from 1) of `key` in the `index`-th table `header`, or of the header itself."""
        lines = self.text.splitlines()
        starts = [n for n, line in enumerate(lines) if line.strip() in (f"[[{header}]]", f"[{header}]")]
        if index >= len(starts):
            return 1
        for number in range(starts[index] + 1, len(lines)):
            stripped = lines[number].strip()
            if re.match(rf"{re.escape(key)}\s*[=.]", stripped):
                return number + 1
            if stripped.startswith("[") and not stripped.startswith(f"[[{header}."):
                break
        return starts[index] + 1


def read_toml(path: Path, problems: list[LawProblem]) -> tuple[Source, Mapping[str, object]]:
    """Return a file's text and its tables; a file that is no TOML adds a problem and reads as empty."""
    source = Source(path.name, path.read_text(encoding="utf-8"))
    return source, parse_toml(source, problems)


@lru_cache(maxsize=1024)
def tables_of(text: str) -> Mapping[str, object]:
    """Return the tables of a text, parsed once: many editions include the same files.  Nobody may change them."""
    return tomllib.loads(text)


def parse_toml(source: Source, problems: list[LawProblem]) -> Mapping[str, object]:
    """Return the tables of a text; one that is no TOML adds a problem and reads as empty."""
    try:
        return tables_of(source.text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else len(source.text.splitlines())
        problems.append(LawProblem(source.name, line, "-", f"not valid TOML: {error}"))
        return {}


class Table:
    """A TOML table being read: each key is taken once, what is left at the end is a mistake."""

    def __init__(
        self, raw: Mapping[str, object], source: Source, header: str, index: int, problems: list[LawProblem]
    ) -> None:
        self._left = dict(raw)
        self._source, self._header, self._index, self._problems = source, header, index, problems

    def problem(self, key: str, reason: str) -> None:
        """Note a mistake at `key` and go on, so that all are reported at once."""
        line = self._source.line_of(self._header, self._index, key)
        self._problems.append(LawProblem(self._source.name, line, f"{self._header}.{key}", reason))

    def _take(self, key: str, kind: type, default: object, name: str) -> object:
        if key not in self._left:
            if default is ...:
                self.problem(key, "is missing")
                return kind()
            return default
        value = self._left.pop(key)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.problem(key, f"must be {name}, not {type(value).__name__}")
            return kind() if default is ... else default
        return value

    def word(self, key: str, default: str | None = None) -> str:
        """Take a string; without a default it must be there."""
        value = self._take(key, str, ... if default is None else default, "a string")
        assert isinstance(value, str)
        return value

    def maybe_word(self, key: str) -> str | None:
        """Take a string that may be absent."""
        value = self._take(key, str, None, "a string")
        assert value is None or isinstance(value, str)
        return value

    def number(self, key: str, default: int | None = None) -> int:
        """Take a whole number."""
        value = self._take(key, int, ... if default is None else default, "a whole number")
        assert isinstance(value, int)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Take true or false."""
        value = self._take(key, bool, default, "true or false")
        assert isinstance(value, bool)
        return value

    def words(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """Take a list of strings."""
        value = self._take(key, list, ... if required else [], "a list of strings")
        assert isinstance(value, list)
        if not all(isinstance(item, str) for item in value):
            self.problem(key, "must be a list of strings")
            return ()
        return tuple(value)

    def any(self, key: str, default: object = None) -> object:
        """Take a value whose shape the caller checks."""
        return self._left.pop(key, default)

    def mapping(self, key: str) -> Mapping[str, object] | None:
        """Take an inner table that may be absent."""
        value = self._take(key, dict, None, "a table")
        assert value is None or isinstance(value, dict)
        return value

    def enum(self, key: str, kind: type[E], default: E | None = None) -> E:
        """Take one word of a closed list."""
        word = self.word(key, None if default is None else default.value)
        found = next((member for member in kind if member.value == word), None)
        if found is not None:
            return found
        self.problem(key, f"must be one of {', '.join(kind)}, not {word!r}")
        return next(iter(kind))

    def text(self, key: str) -> Text:
        """Take a sentence in both languages."""
        found = self.maybe_text(key)
        if found is None:
            self.problem(key, "is missing: { vi = …, en = … }")
            return Text("", "")
        return found

    def maybe_text(self, key: str) -> Text | None:
        """Take a sentence in both languages that may be absent."""
        value = self.mapping(key)
        if value is None:
            return None
        vi, en = value.get("vi"), value.get("en")
        if not isinstance(vi, str) or not isinstance(en, str) or set(value) != {"vi", "en"} or not vi or not en:
            self.problem(key, "needs exactly two non-empty sentences: { vi = …, en = … }")
            return Text("", "")
        return Text(vi, en)

    def confidence(self, key: str = "confidence", default: str | None = None) -> Confidence:
        """Take a confidence mark of the reference."""
        mark = self.word(key, default)
        if not mark or not _CONFIDENCE.match(mark):
            self.problem(key, f"is no confidence mark: {mark!r}")
            return Confidence("!")
        return Confidence(mark)

    def tables(self, key: str) -> Iterator[Table]:
        """Take the inner tables of a list."""
        value = self._take(key, list, [], "a list of tables")
        assert isinstance(value, list)
        for item in value:
            if isinstance(item, dict):
                yield Table(item, self._source, self._header, self._index, self._problems)
            else:
                self.problem(key, "must be a list of tables")

    def done(self) -> None:
        """Refuse every key that nobody asked for: a misspelt rule must not be silently ignored."""
        for key in self._left:
            self.problem(key, "is not a known key")


def read_tables(
    raw: Mapping[str, object], source: Source, header: str, problems: list[LawProblem], read: Callable[[Table], T]
) -> list[T]:
    """Read every table of the list `header` with `read` and return the records in order."""
    records: list[T] = []
    value = raw.get(header, [])
    if not isinstance(value, list):
        problems.append(LawProblem(source.name, 1, header, f"must be a list of tables: [[{header}]]"))
        return records
    for index, item in enumerate(value):
        table = Table(item, source, header, index, problems)
        records.append(read(table))
        table.done()
    return records
