"""Fill a form: values in, the bytes of a Word document out, the same bytes for the same values.

A template is patched by docxtpl and compiled once, in a sandbox; filling it afterwards is string work.  Never decides
who may make a paper and never stores one.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from docxtpl import DocxTemplate
from jinja2 import Template, TemplateError

from dossiers.papers.catalogue import Catalogue, FormEdition
from dossiers.papers.printing import template_environment
from dossiers.papers.values import printable_values

_FILLED = ("word/document.xml", "word/header", "word/footer")
#: What template code can raise while it runs; the values were checked before, so none of these is about them.
_FAULTS = (TemplateError, TypeError, ArithmeticError, LookupError)
_EPOCH = (1980, 1, 1, 0, 0, 0)


class TemplateFaultError(Exception):
    """A template asks for what it may not have: a fault of the template, not of the values."""


@dataclass(frozen=True, slots=True)
class CompiledTemplate:
    """The unchanging members of a package, already zipped, and the parts that are filled."""

    base: bytes
    parts: Mapping[str, Template]
    docxtpl: DocxTemplate


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
    `show_number` is the choice of POL-TEXT-VERIFY.  Raises MissingFieldsError, UnknownFieldsError or
    WrongFieldsError for the values, TemplateFaultError for the template, CatalogueError for a form without one.
    """
    context = printable_values(catalogue, form, values, draft=draft)
    context["demo"] = demo
    context["form_number_line"] = form.number_line if show_number else None
    return fill(compile_template(catalogue.template_bytes(form)), context)


def fill(compiled: CompiledTemplate, context: Mapping[str, object]) -> bytes:
    """Return the package with every part filled from `context`; raises TemplateFaultError."""
    package = io.BytesIO(compiled.base)
    with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as target:
        for name, part in compiled.parts.items():
            try:
                xml = part.render(context)
            except _FAULTS as error:
                raise TemplateFaultError(f"{name}: {error}") from error
            if "\a" in xml:
                xml = compiled.docxtpl.resolve_listing(xml)
            target.writestr(_entry(name), xml.encode("utf-8"))
    return package.getvalue()


@lru_cache(maxsize=128)
def compile_template(template: bytes) -> CompiledTemplate:
    """Return the compiled form of a template's bytes; raises TemplateFaultError for a syntax fault."""
    environment = template_environment()
    patcher = DocxTemplate(io.BytesIO(template))
    base = io.BytesIO()
    parts: dict[str, Template] = {}
    with (
        zipfile.ZipFile(io.BytesIO(template)) as source,
        zipfile.ZipFile(base, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            member = source.read(name)
            if not name.startswith(_FILLED):
                target.writestr(_entry(name), member)
                continue
            try:
                parts[name] = environment.from_string(patcher.patch_xml(member.decode("utf-8")))
            except TemplateError as error:
                raise TemplateFaultError(f"{name}: {error}") from error
    return CompiledTemplate(base.getvalue(), parts, patcher)


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    return entry
