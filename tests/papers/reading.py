"""What the tests of papers share: reading a Word file, making a small template, and filling one by docxtpl alone."""

import io
import zipfile
from collections.abc import Mapping
from datetime import date

import docx
from docx.oxml.ns import qn
from docxtpl import DocxTemplate

from dossiers.papers.printing import template_environment
from templates_docx.builder.compose import compose
from templates_docx.builder.layout import Layout, load_design
from templates_docx.builder.package import package_bytes

DAY = date(2026, 8, 1)


def paragraphs(data: bytes) -> list[str]:
    """Return the text of every paragraph of the body, tables included."""
    document = docx.Document(io.BytesIO(data))
    return ["".join(t.text or "" for t in p.iter(qn("w:t"))) for p in document.part.element.iter(qn("w:p"))]


def tables(data: bytes) -> list[list[list[str]]]:
    """Return the text of every cell of every table."""
    document = docx.Document(io.BytesIO(data))
    return [[[cell.text for cell in row.cells] for row in table.rows] for table in document.tables]


def header_texts(data: bytes) -> str:
    """Return the text of all headers."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return "".join(package.read(n).decode() for n in package.namelist() if n.startswith("word/header"))


def template_of(*elements: dict[str, object]) -> bytes:
    """Build a template that says just that."""
    return package_bytes(compose(Layout("T", DAY, elements), load_design()))


def by_docxtpl(template: bytes, context: Mapping[str, object]) -> bytes:
    """Return the template filled by docxtpl as its manual says, in our sandbox: load, render, save."""
    document = DocxTemplate(io.BytesIO(template))
    document.render(dict(context), template_environment())
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()
