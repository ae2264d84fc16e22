"""Fill a template that only docxtpl itself can fill, from its file each time.

docxtpl numbers pictures anew, fills footnotes, and fits the grid of a table to what its rows became; none of this is
string work on one part.  Never decides what a value looks like.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docxtpl import DocxTemplate

from dossiers.papers.packing import Package
from dossiers.papers.printing import finalize, template_environment

_PICTURE = re.compile(rb"<w:(?:drawing|pict|object)[ />]")
_COLUMN_TAG = re.compile(rb"\{[{%#]\s*(?:tc|colspan|hm)\s")
_ROW_TAG = re.compile(r"\{[{%#]tr ")
_TAG = re.compile(rb"\{[{%#]")
_FOOTNOTES = "word/footnotes.xml"


@dataclass(frozen=True, slots=True, eq=False)
class UnpatchedTemplate:
    """The file of a template that docxtpl fills whole."""

    file: bytes

    def fill(self, context: Mapping[str, object]) -> bytes:
        """Return the package filled from `context`, without the moment at which docxtpl saved it."""
        environment = template_environment()
        environment.finalize = _finalize
        document = DocxTemplate(io.BytesIO(self.file))
        document.render(dict(context), environment)
        saved = io.BytesIO()
        document.save(saved)
        package = Package()
        with zipfile.ZipFile(saved) as written:
            for name in written.namelist():
                package = package.with_member(name, written.read(name), deflate=True)
        return package.to_bytes()


def needs_docxtpl(filled: Mapping[str, bytes], constant: Mapping[str, bytes]) -> bool:
    """Tell whether a template has what is more than text in its parts to be filled, or a tag in its footnotes."""
    return (
        any(_PICTURE.search(part) or _COLUMN_TAG.search(part) for part in filled.values())
        or _TAG.search(constant.get(_FOOTNOTES, b"")) is not None
        or not all(_grid_holds(table) for part in filled.values() for table in parse_xml(part).iter(qn("w:tbl")))
    )


def tagged_in_vain(constant: Mapping[str, bytes]) -> str | None:
    """Return a part that has a tag though it is never filled."""
    parts = (name for name, part in constant.items() if name.endswith(".xml") and _TAG.search(part))
    return next((name for name in parts if name != _FOOTNOTES), None)


def _grid_holds(table: BaseOxmlElement) -> bool:
    """Tell whether every row that can be printed is as wide as the grid, and one always is."""
    grid = len(table.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}"))
    rows = [row for row in table.iter(qn("w:tr")) if not _is_tag(row)]
    always = next(table.iter(qn("w:tr")), None)
    return always in rows and all(_width(row) == grid for row in rows)


def _is_tag(row: BaseOxmlElement) -> bool:
    return _ROW_TAG.search("".join(text.text or "" for text in row.iter(qn("w:t")))) is not None


def _width(row: BaseOxmlElement) -> int:
    spans = (cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}") for cell in row.findall(qn("w:tc")))
    return sum(1 if span is None else int(span.get(qn("w:val"), "1")) for span in spans)


def _finalize(value: object) -> str:
    """Print a value so that docxtpl, which reads `{_{` as braces, finds no underscore of it to read."""
    return finalize(value).replace("_", "&#95;")
