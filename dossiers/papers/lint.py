"""Find faults in the templates before an officer does: each with file, paragraph and reason.

Reads templates as text and as Word documents and fills each with its fictitious sample.  Never changes a template and
never runs one that the language check has not passed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

import docx
from docx.document import Document as WordDocument
from docx.opc.part import XmlPart
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.shared import Mm

from dossiers.papers.catalogue import DICTIONARY_FILE, Catalogue, FormEdition
from dossiers.papers.language import LanguageFault, check_language
from dossiers.papers.render import TemplateFaultError, render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.tables import CatalogueError
from dossiers.papers.values import FieldsError

__all__ = ["LintProblem", "lint_templates", "sample_values"]

#: NĐ 30/2020/NĐ-CP, Phụ lục I: paper and font of every document.
_FONT, _PAGE_MM = "Times New Roman", (210, 297)
_TOLERANCE_MM = 0.5
_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_BRACES = ("{{", "}}", "{%", "%}", "{#", "#}")


@dataclass(frozen=True, slots=True, order=True)
class LintProblem:
    """One fault: the template (and part), the paragraph counted from 1 (0: the whole file), and what is wrong."""

    file: str
    paragraph: int
    reason: str


def lint_templates(catalogue: Catalogue) -> list[LintProblem]:
    """Return every fault of every template, sorted by file and paragraph; an empty list means all are sound."""
    problems: set[LintProblem] = set()
    for form in catalogue.forms():
        if form.template is not None:
            problems.update(_lint_form(catalogue, form, form.template))
    return sorted(problems)


def _lint_form(catalogue: Catalogue, form: FormEdition, file: str) -> Iterator[LintProblem]:
    try:
        template = catalogue.template_bytes(form)
    except CatalogueError:
        yield LintProblem(file, 0, f"missing template of form {form.form_id}")
        return
    try:
        document = docx.Document(io.BytesIO(template))
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        yield LintProblem(file, 0, f"is no Word document: {error}")
        return
    yield from _identity(document, form, file)
    yield from _page(document, file)
    yield from _fonts(document, file)
    language = list(_language(document, catalogue, form, file))
    yield from language
    if not language:
        yield from _filled(catalogue, form, file)


def _identity(document: WordDocument, form: FormEdition, file: str) -> Iterator[LintProblem]:
    expected = f"{PurePosixPath(file).stem}@{form.valid_from.isoformat()}"
    found = document.core_properties.identifier
    if found != expected:
        yield LintProblem(file, 0, f"wrong edition: says {found!r}, the catalogue expects {expected!r}")


def _page(document: WordDocument, file: str) -> Iterator[LintProblem]:
    for section in document.sections:
        size = (section.page_width or 0, section.page_height or 0)
        if any(abs(found - Mm(wanted)) > Mm(_TOLERANCE_MM) for found, wanted in zip(size, _PAGE_MM, strict=True)):
            yield LintProblem(file, 0, "page is not A4 upright")


def _fonts(document: WordDocument, file: str) -> Iterator[LintProblem]:
    defaults = document.styles.element.find(f"{qn('w:docDefaults')}//{qn('w:rFonts')}")
    if defaults is None or defaults.get(qn("w:ascii")) != _FONT:
        yield LintProblem(file, 0, f"default font is not {_FONT}")
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        if strange := _strange_font(fonts.attrib):
            yield LintProblem(file, 0, f"a style uses the font {strange}, not {_FONT}")
    for part, paragraphs in _parts(document, file):
        for number, paragraph in enumerate(paragraphs, start=1):
            for fonts in paragraph.iter(qn("w:rFonts")):
                if strange := _strange_font(fonts.attrib):
                    yield LintProblem(part, number, f"font is {strange}, not {_FONT}")


def _strange_font(attributes: Mapping[str, str]) -> str | None:
    named = (value for name, value in attributes.items() if name != qn("w:hint"))
    return next((value for value in named if value != _FONT), None)


def _language(document: WordDocument, catalogue: Catalogue, form: FormEdition, file: str) -> Iterator[LintProblem]:
    """Check tags and template language of every part; unused variables can only be told from all of them."""
    used: set[str] = set()
    broken = False
    for part, paragraphs in _parts(document, file):
        lines: list[str] = []
        for number, paragraph in enumerate(paragraphs, start=1):
            pieces = [text.text or "" for text in paragraph.iter(qn("w:t"))]
            for reason in _torn_tags(pieces):
                broken = True
                yield LintProblem(part, number, reason)
            lines.append("".join(pieces))
            if "<<" in lines[-1] or ">>" in lines[-1]:
                yield LintProblem(part, number, "a phrase of the layouts was never replaced")
        found = check_language(lines, catalogue.variables, form.declared)
        used |= found.used
        yield from (_problem(part, fault) for fault in found.faults)
    if not broken:
        for name in sorted(form.declared - used):
            yield LintProblem(file, 0, f"variable {name!r} is declared for form {form.form_id} but not used")


def _problem(part: str, fault: LanguageFault) -> LintProblem:
    return LintProblem(part, fault.paragraph, fault.reason)


def _torn_tags(pieces: Sequence[str]) -> Iterator[str]:
    """Yield a reason for each tag that is split over runs, and for braces that are no tag at all."""
    text, borders = "".join(pieces), set()
    position = 0
    for piece in pieces:
        position += len(piece)
        borders.add(position)
    for tag in _TAG.finditer(text):
        if any(tag.start() < border < tag.end() for border in borders):
            yield f"tag split over runs: {tag[0]}"
    rest = _TAG.sub("", text)
    if any(brace in rest for brace in _BRACES):
        yield "a tag is opened or closed, but not both"


def _filled(catalogue: Catalogue, form: FormEdition, file: str) -> Iterator[LintProblem]:
    """Fill the template with its sample, whole and required values only, and look for what stayed behind."""
    sample = sample_values(catalogue, form)
    for values in (sample, {name: sample[name] for name in form.required if name in sample}):
        try:
            document = docx.Document(io.BytesIO(render_form(catalogue, form, values)))
        except FieldsError as error:
            yield LintProblem(DICTIONARY_FILE, 0, f"form {form.form_id}: {error}")
            return
        except TemplateFaultError as error:
            yield LintProblem(file, 0, f"cannot be filled: {error}")
            return
        for part, paragraphs in _parts(document, file):
            for number, paragraph in enumerate(paragraphs, start=1):
                text = "".join(piece.text or "" for piece in paragraph.iter(qn("w:t")))
                if any(brace in text for brace in _BRACES):
                    yield LintProblem(part, number, "braces are left over after filling")


def _parts(document: WordDocument, file: str) -> Iterator[tuple[str, list[CT_P]]]:
    """Yield the body, then headers and footers, each with its paragraphs in reading order."""
    yield file, list(document.part.element.iter(qn("w:p")))
    related = (relation.target_part for relation in document.part.rels.values() if not relation.is_external)
    margins = (part for part in related if part.partname.startswith(("/word/header", "/word/footer")))
    for part in sorted(margins, key=lambda margin: str(margin.partname)):
        assert isinstance(part, XmlPart)
        yield f"{file}#{part.partname}", list(part.element.iter(qn("w:p")))
