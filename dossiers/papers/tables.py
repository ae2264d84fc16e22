"""Read TOML tables strictly: every key is expected, every type is checked, every fault says where it is.

Knows nothing of forms.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Final, TypeVar

from workflow.vocabulary import Text

_E = TypeVar("_E", bound=StrEnum)
_T = TypeVar("_T")
_MISSING: Final = object()


class CatalogueError(Exception):
    """A fault in the catalogue or dictionary: the file, the key, and what is wrong with it."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


class Table:
    """One TOML table that remembers which of its keys were asked for."""

    def __init__(self, file: str, path: str, data: Mapping[str, object]) -> None:
        self._file, self._path, self._data = file, path, data
        self._asked: set[str] = set()

    def error(self, key: str, reason: str) -> CatalogueError:
        """Return the error for one key of this table."""
        return CatalogueError(self._file, f"{self._path}.{key}".lstrip("."), reason)

    def close(self) -> None:
        """Refuse keys that nobody asked for: a misspelt key must not be ignored."""
        if unknown := sorted(set(self._data) - self._asked):
            raise self.error(unknown[0], "is not a known key")

    def anything(self, key: str) -> object:
        """Return a value of any type that must be there."""
        return self._take(key, object)

    def string(self, key: str) -> str:
        """Return a text that must be there."""
        return self._take(key, str)

    def optional_string(self, key: str) -> str | None:
        """Return a text or None."""
        return self._take(key, str) if key in self._data else None

    def boolean(self, key: str, *, default: bool | None = None) -> bool:
        """Return a truth value; it must be there unless a default is given."""
        if key not in self._data and default is not None:
            self._asked.add(key)
            return default
        return self._take(key, bool)

    def day(self, key: str) -> date:
        """Return a day that must be there."""
        value = self._take(key, date)
        if isinstance(value, datetime):
            raise self.error(key, "must be a day without a time")
        return value

    def optional_day(self, key: str) -> date | None:
        """Return a day or None."""
        return self.day(key) if key in self._data else None

    def strings(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts; it must be there unless a default is given."""
        if key not in self._data and default is not None:
            self._asked.add(key)
            return default
        values = self._take(key, list)
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, "must be a list of texts")
        return tuple(values)

    def text(self, key: str) -> Text:
        """Return a text in the two languages."""
        table = Table(self._file, f"{self._path}.{key}", self._take(key, dict))
        text = Text(table.string("vi"), table.string("en"))
        table.close()
        return text

    def optional_text(self, key: str) -> Text | None:
        """Return a text in the two languages, or None."""
        return self.text(key) if key in self._data else None

    def choice(self, key: str, kind: type[_E]) -> _E:
        """Return one member of an enumeration."""
        return self.member(key, self.string(key), kind)

    def member(self, key: str, value: str, kind: type[_E]) -> _E:
        """Return the member of an enumeration with that value; `key` is where it was read."""
        try:
            return kind(value)
        except ValueError:
            raise self.error(key, f"{value!r} is none of {', '.join(kind)}") from None

    def tables(self, key: str) -> dict[str, Table]:
        """Return the tables below a key by name."""
        below = self._take(key, dict)
        return {name: self._below(f"{key}.{name}", value) for name, value in below.items()}

    def mapping(self, key: str) -> dict[str, object]:
        """Return the values below a key as they are; an absent table is empty."""
        return dict(self._take(key, dict)) if key in self._data else {}

    def list_of_tables(self, key: str) -> list[Table]:
        """Return the tables of a list; an absent list is empty."""
        if key not in self._data:
            return []
        values = self._take(key, list)
        return [self._below(f"{key}[{self._mark(value, place)}]", value) for place, value in enumerate(values)]

    @staticmethod
    def _mark(value: object, place: int) -> object:
        """Name a list entry by its id if it has one: a reader finds "form[V36]" sooner than "form[11]"."""
        return value.get("id", place) if isinstance(value, dict) else place

    def _below(self, path: str, value: object) -> Table:
        if not isinstance(value, dict):
            raise self.error(path, "must be a table")
        return Table(self._file, f"{self._path}.{path}".lstrip("."), value)

    def _take(self, key: str, kind: type[_T]) -> _T:
        self._asked.add(key)
        value = self._data.get(key, _MISSING)
        if value is _MISSING:
            raise self.error(key, "is missing")
        if not isinstance(value, kind) or (kind is not bool and kind is not object and isinstance(value, bool)):
            raise self.error(key, f"must be of type {kind.__name__}")
        return value


def read_file(folder: Traversable, name: str) -> Table:
    """Return one TOML file as a table; raises CatalogueError when it is missing or cannot be read."""
    try:
        data = tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, FileNotFoundError) as error:
        raise CatalogueError(name, "file", str(error)) from error
    return Table(name, "", data)


def included(folder: Traversable, root: Table) -> Iterator[Table]:
    """Yield the files that a main file includes, in order; nothing in the main file may be left unread by then."""
    parts = [read_file(folder, name) for name in root.strings("include")]
    root.close()
    yield from parts
