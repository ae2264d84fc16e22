"""Fill a form: values in, the bytes of a Word document out, the same bytes for the same values.

A template is patched by docxtpl and compiled once, in a sandbox; filling it afterwards is string work, and only the
parts that say something of the person are written anew.  Never decides who may make a paper and never stores one.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat

from docxtpl import DocxTemplate
from jinja2 import Template, TemplateError
from jinja2.meta import find_undeclared_variables

from dossiers.papers.catalogue import Catalogue, FormEdition
from dossiers.papers.packing import Package
from dossiers.papers.printing import NEW_PARAGRAPH, SYSTEM_VARIABLES, template_environment
from dossiers.papers.unpatched import UnpatchedTemplate, needs_docxtpl, tagged_in_vain
from dossiers.papers.values import printable_values

_FILLED = ("word/document.xml", "word/header", "word/footer")
#: What template code can raise while it runs; the values were checked before, so none of these is about them.
_FAULTS = (TemplateError, TypeError, ArithmeticError, LookupError)
_PARAGRAPH_END, _TEXT = "</w:p>", '<w:t xml:space="preserve">'
_RUN = re.compile("(?=<w:r[ >])")
_PARAGRAPH_LOOKS, _RUN_LOOKS = re.compile("<w:pPr>.*?</w:pPr>"), re.compile("<w:rPr>.*?</w:rPr>")
#: Templates that are kept compiled: more than the catalogue has, so that none is compiled twice.
_TEMPLATES_MAX = 512


class TemplateFaultError(Exception):
    """A template asks for what it may not have: a fault of the template, not of the values."""


@dataclass(frozen=True, slots=True, eq=False)
class CompiledTemplate:
    """A template in three layers: what never changes, what only the program's own variables change, and the rest."""

    constant: Package
    margins: Mapping[str, Template]
    parts: Mapping[str, Template]


def render_form(
    catalogue: Catalogue,
    form: FormEdition,
    values: Mapping[str, object],
    *,
    demo: bool = False,
    draft: bool = False,
    show_number: bool = True,
) -> bytes:
    """Return the .docx of a form filled with `values`.

    `demo` prints the word DEMO in the header; `draft` allows what is only known at signing to be missing;
    `show_number` is the choice of POL-TEXT-VERIFY.  Raises MissingFieldsError, UnknownFieldsError, WrongFieldsError
    or UnprintableFieldsError for the values, TemplateFaultError for the template, CatalogueError for a form without
    one.
    """
    context = printable_values(catalogue, form, values, draft=draft)
    context["demo"] = demo
    context["form_number_line"] = form.number_line if show_number else None
    return fill(compile_template(catalogue.template_bytes(form)), context)


def fill(compiled: CompiledTemplate | UnpatchedTemplate, context: Mapping[str, object]) -> bytes:
    """Return the package with every part filled from `context`; raises TemplateFaultError.

    `context` names the program's own variables too, `demo` and `form_number_line`.
    """
    if isinstance(compiled, UnpatchedTemplate):
        try:
            return compiled.fill(context)
        except _FAULTS as error:
            raise TemplateFaultError(str(error)) from error
    package = _with_margins(compiled, *(context[name] for name in SYSTEM_VARIABLES))
    return _with_parts(package, compiled.parts, context).to_bytes()


@lru_cache(maxsize=4 * _TEMPLATES_MAX)
def _with_margins(compiled: CompiledTemplate, *system: object) -> Package:
    """Return what is the same on every paper of a form, whoever it is about."""
    context = dict(zip(SYSTEM_VARIABLES, system, strict=True))
    return _with_parts(compiled.constant, compiled.margins, context)


def _with_parts(package: Package, parts: Mapping[str, Template], context: Mapping[str, object]) -> Package:
    for name, part in parts.items():
        try:
            xml = part.render(context)
        except _FAULTS as error:
            raise TemplateFaultError(f"{name}: {error}") from error
        if NEW_PARAGRAPH in xml:
            xml = _with_lines(xml)
        package = package.with_member(name, xml.encode("utf-8"), deflate=False)
    return package


def _with_lines(xml: str) -> str:
    """Return `xml` with paragraphs of several lines repeated for each line, in their looks, as docxtpl does."""
    paragraphs = xml.split(_PARAGRAPH_END)
    for number, paragraph in enumerate(paragraphs):
        if NEW_PARAGRAPH in paragraph:
            before, *runs = _RUN.split(paragraph)
            looks = _looks(_PARAGRAPH_LOOKS, before)
            again = (f"</w:t></w:r></w:p><w:p>{looks}<w:r>{_looks(_RUN_LOOKS, run)}{_TEXT}" for run in runs)
            paragraphs[number] = before + "".join(map(str.replace, runs, repeat(NEW_PARAGRAPH), again))
    return _PARAGRAPH_END.join(paragraphs)


def _looks(pattern: re.Pattern[str], element: str) -> str:
    found = pattern.search(element)
    return found[0] if found else ""


@lru_cache(maxsize=_TEMPLATES_MAX)
def compile_template(template: bytes) -> CompiledTemplate | UnpatchedTemplate:
    """Return the compiled form of a template's bytes.

    Raises TemplateFaultError for a syntax fault, and for a tag where none is filled: it would stay in the paper.
    """
    with zipfile.ZipFile(io.BytesIO(template)) as source:
        members = {name: source.read(name) for name in source.namelist()}
    filled = {name: member for name, member in members.items() if name.startswith(_FILLED)}
    constant = {name: member for name, member in members.items() if name not in filled}
    if (vain := tagged_in_vain(constant)) is not None:
        raise TemplateFaultError(f"{vain}: a tag where nothing is filled")
    if needs_docxtpl(filled, constant):
        return UnpatchedTemplate(template)
    package = Package()
    for name, member in constant.items():
        package = package.with_member(name, member, deflate=True)
    environment, patcher = template_environment(), DocxTemplate(io.BytesIO(template))
    margins: dict[str, Template] = {}
    parts: dict[str, Template] = {}
    for name, member in filled.items():
        try:
            patched = patcher.patch_xml(member.decode("utf-8"))
            used = find_undeclared_variables(environment.parse(patched))
            layer = margins if used <= set(SYSTEM_VARIABLES) else parts
            layer[name] = environment.from_string(patched)
        except TemplateError as error:
            raise TemplateFaultError(f"{name}: {error}") from error
    return CompiledTemplate(package, margins, parts)
