"""Read the layouts: page, styles and shared blocks once, then one file per template in the folder of its edition.

A layout is a list of elements; an element is a TOML table whose single key beside its options names what it is: a
style (`p`, `title`, ...) or one of `tag`, `use`, `h1`, `h2`, `sig1`, `signers`, `table`, `photo`, `rule`, `gap`.
Never touches Word.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

Element = Mapping[str, object]

LAYOUTS = Path(__file__).resolve().parent.parent / "layouts"
DESIGN_FILE = "design.toml"
#: Whatever stands between the signs is taken for a name, so that a misspelt one is refused and never printed.
_PHRASE = re.compile(r"<<(.*?)>>")


class LayoutError(Exception):
    """A layout file that cannot be built; the message names the file, the key and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")


@dataclass(frozen=True, slots=True)
class Style:
    """How one kind of paragraph looks; sizes and spacing in points, indents in millimetres."""

    size: float
    bold: bool = False
    italic: bool = False
    align: str = "left"
    first_line: float = 0
    before: float = 0
    after: float = 0
    keep: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The sheet of paper; lengths in millimetres, sizes in points."""

    font: str
    language: str
    width_mm: float
    height_mm: float
    top_mm: float
    bottom_mm: float
    left_mm: float
    right_mm: float
    header_mm: float
    page_number_size: float

    @property
    def text_mm(self) -> float:
        """Return the width of the text in millimetres."""
        return self.width_mm - self.left_mm - self.right_mm


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that all templates share."""

    page: Page
    columns: Mapping[str, tuple[float, float]]
    rules: Mapping[str, float]
    styles: Mapping[str, Style]
    phrases: Mapping[str, str]
    blocks: Mapping[str, Sequence[Element]]

    def text(self, source: str) -> str:
        """Return `source` with every `<<phrase>>` replaced; a phrase may hold another one."""
        while _PHRASE.search(source):
            source = _PHRASE.sub(self._phrase, source)
        if "<<" in source or ">>" in source:
            raise LayoutError(DESIGN_FILE, source, "a phrase is opened or closed, but not both")
        return source

    def _phrase(self, match: re.Match[str]) -> str:
        try:
            return self.phrases[match[1]]
        except KeyError:
            raise LayoutError(DESIGN_FILE, f"phrase.{match[1]}", "no such phrase") from None

    def expanded(self, body: Sequence[Element]) -> Iterator[Element]:
        """Yield the elements of `body`, each `use` replaced by the block of that name."""
        for element in body:
            name = element.get("use")
            if name is None:
                yield element
            elif isinstance(name, str) and name in self.blocks:
                yield from self.expanded(self.blocks[name])
            else:
                raise LayoutError(DESIGN_FILE, f"block.{name}", "no such block")


@dataclass(frozen=True, slots=True)
class Layout:
    """One template: `name` is the file's stem, `edition` the first day its text applies."""

    name: str
    edition: date
    body: Sequence[Element]

    @property
    def identity(self) -> str:
        """Return what the template says it is, e.g. "V36@2026-07-01"."""
        return f"{self.name}@{self.edition.isoformat()}"

    @property
    def file(self) -> str:
        """Return the template's path below the package, e.g. "2026-07-01/V36.docx"."""
        return f"{self.edition.isoformat()}/{self.name}.docx"


def load_design(directory: Path = LAYOUTS) -> Design:
    """Return the shared design; raises LayoutError with file, key and reason."""
    data = _read(directory / DESIGN_FILE)
    known = {field.name for field in fields(Style)}
    for name, style in data["style"].items():
        if unknown := set(style) - known:
            raise LayoutError(DESIGN_FILE, f"style.{name}", f"unknown keys {sorted(unknown)}")
    return Design(
        page=Page(**data["page"]),
        columns={name: (left, right) for name, (left, right) in data["columns"].items()},
        rules=data["rules"],
        styles={name: Style(**style) for name, style in data["style"].items()},
        phrases=data["phrase"],
        blocks=data["block"],
    )


def load_layouts(directory: Path = LAYOUTS) -> tuple[Layout, ...]:
    """Return every layout, sorted by edition and name; raises LayoutError with file, key and reason."""
    layouts = []
    for path in sorted(directory.glob("*/*.toml")):
        data = _read(path)
        if set(data) != {"body"}:
            raise LayoutError(path.name, "top level", "needs exactly `body`")
        layouts.append(Layout(path.stem, _edition(path), data["body"]))
    return tuple(layouts)


def _edition(path: Path) -> date:
    """Return the first day of the edition in whose folder a layout stands."""
    try:
        return date.fromisoformat(path.parent.name)
    except ValueError:
        raise LayoutError(path.name, path.parent.name, "stands in a folder that is not named by a day") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(path.name, "syntax", str(error)) from error
