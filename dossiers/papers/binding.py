"""Binds the papers of a set: all of them in one zip with an index, or one after the other in one PDF.

The zip is the same bytes for the same papers.  Only what was made here is given to the word processor: a Word file
from outside may name addresses that a converter would fetch.  What cannot be bound is named in the index.
"""

from __future__ import annotations

import io
import subprocess
import tempfile
import zipfile
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Final

import pikepdf
from docx import Document
from docx.shared import Pt
from PIL import Image

from dossiers.papers.conversion import SECONDS_MAX, NoConverterError, converter
from dossiers.papers.form_sets import FormSet, SetItem
from dossiers.papers.uploads import DOCX, KEPT_TYPES

INDEX_NAME: Final = "00-muc-luc.txt"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
#: Windows shows Vietnamese text right only when the file says that it is UTF-8.
_BOM: Final = "\ufeff"
_PDF: Final = "application/pdf"
#: No set takes longer: one start of the word processor, then each paper.
_SECONDS_EACH: Final = 10
_STATES: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "draft": ("nhap", "bản nháp"),
        "issued": ("ban-hanh", "đã ban hành, chưa có bản ký"),
        "signed": ("da-ky", "bản đã ký"),
        "awaited": ("", "chưa có trong hồ sơ"),
    }
)
#: What Pillow raises for an image that is broken or too large to open.
_IMAGE_FAULTS: Final = (OSError, ValueError, SyntaxError, Image.DecompressionBombError)


def as_zip(found: FormSet) -> bytes:
    """Return one zip: an index, then the papers in order, each as it is kept or drafted."""
    packed = io.BytesIO()
    names = file_names(found)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        index = "\r\n".join(_index_lines(found, unbound=()))
        target.writestr(_entry(INDEX_NAME), (_BOM + index + "\r\n").encode("utf-8"))
        for name, item in zip(names, found.enclosed, strict=True):
            assert item.content is not None
            target.writestr(_entry(name), item.content)
    return packed.getvalue()


def file_names(found: FormSet) -> list[str]:
    """Return the names of the enclosed papers: their place, form and state (`01-V36-nhap.docx`), never a person."""
    return [
        f"{number:02d}-{item.form}-{_STATES[item.state][0]}{KEPT_TYPES[item.media_type][0]}"
        for number, item in enumerate(found.enclosed, 1)
    ]


def as_one_pdf(found: FormSet) -> bytes:
    """Return one PDF: an index page, then every paper; raises NoConverterError when LibreOffice is not there or fails.

    One start of the word processor converts all drafts; scans go in as they are, links and actions in them do not.
    """
    foreign = {number: _foreign_pdf(item) for number, item in enumerate(found.enclosed) if not item.made_here}
    unbound = {number for number, pages in foreign.items() if pages is None}
    words = {"00": _index_page(found, unbound)}
    for number, item in enumerate(found.enclosed):
        if item.made_here:
            assert item.content is not None
            words[f"{number + 1:02d}"] = item.content
    made = convert_together(words)
    with ExitStack() as open_files:
        book = open_files.enter_context(pikepdf.new())
        _add_pages(book, open_files, made["00"])
        for number, item in enumerate(found.enclosed):
            pages = made[f"{number + 1:02d}"] if item.made_here else foreign[number]
            if pages is not None:
                _add_pages(book, open_files, pages)
        bound = io.BytesIO()
        book.save(bound, deterministic_id=True)
    return bound.getvalue()


def convert_together(words: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the PDF of each Word file by its name, from one start of LibreOffice; raises NoConverterError."""
    office = converter()
    if office is None:
        raise NoConverterError
    with tempfile.TemporaryDirectory(prefix="hoso-set-") as folder:
        sources = [Path(folder) / f"{name}.docx" for name in words]
        for source, content in zip(sources, words.values(), strict=True):
            source.write_bytes(content)
        profile = (Path(folder) / "profile").as_uri()
        command = [office, f"-env:UserInstallation={profile}", "--headless", "--convert-to", "pdf", "--outdir", folder]
        seconds = SECONDS_MAX + _SECONDS_EACH * len(sources)
        try:
            subprocess.run([*command, *map(str, sources)], check=True, capture_output=True, timeout=seconds)  # noqa: S603
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failed:
            raise NoConverterError from failed
        made = {source.stem: source.with_suffix(".pdf") for source in sources}
        if not all(path.is_file() for path in made.values()):
            raise NoConverterError
        return {name: path.read_bytes() for name, path in made.items()}


def _foreign_pdf(item: SetItem) -> bytes | None:
    """Return a scan as PDF pages; None for a Word file from outside and for what cannot be read."""
    assert item.content is not None
    if item.media_type == _PDF:
        try:
            with pikepdf.open(io.BytesIO(item.content)) as read:
                return item.content if len(read.pages) else None
        except pikepdf.PdfError:
            return None
    if item.media_type == DOCX:
        return None
    try:
        with Image.open(io.BytesIO(item.content)) as picture:
            pages = io.BytesIO()
            picture.save(pages, "PDF", save_all=True)
    except _IMAGE_FAULTS:
        return None
    return pages.getvalue()


def _add_pages(book: pikepdf.Pdf, open_files: ExitStack, pages: bytes) -> None:
    """Add the pages of a PDF without anything in them that acts or leads elsewhere; it stays open until saving."""
    source = open_files.enter_context(pikepdf.open(io.BytesIO(pages)))
    for page in source.pages:
        if "/AA" in page.obj:
            del page.obj["/AA"]
        annotations = page.obj.get("/Annots", pikepdf.Array())
        for annotation in annotations if isinstance(annotations, pikepdf.Array) else ():
            for key in ("/A", "/AA"):
                if isinstance(annotation, pikepdf.Dictionary) and key in annotation:
                    del annotation[key]
    book.pages.extend(source.pages)


def _index_page(found: FormSet, unbound: Collection[int]) -> bytes:
    """Return the index as a Word file, for the first page of the PDF."""
    page = Document()
    style = page.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(13)
    for line in _index_lines(found, unbound=unbound):
        page.add_paragraph(line)
    written = io.BytesIO()
    page.save(written)
    return written.getvalue()


def _index_lines(found: FormSet, *, unbound: Collection[int]) -> list[str]:
    """Return the index: what the set is for, each paper with its state, and what is still missing."""
    lines = [
        f"Bộ văn bản của bước: {found.step.vi}",
        f"Hồ sơ số {found.dossier_number}, tính đến ngày {found.on:%d/%m/%Y}. Bản nháp chưa có giá trị pháp lý.",
        "",
    ]
    for number, item in enumerate(found.enclosed):
        told = [_STATES[item.state][1]]
        if item.number:
            told.append(f"số {item.number}")
        if item.doc_date:
            told.append(f"ngày {item.doc_date:%d/%m/%Y}")
        if item.blanks:
            told.append(f"còn {item.blanks} mục để trống")
        if number in unbound:
            told.append("không gộp được vào tệp PDF này, hãy mở tệp gốc trong hồ sơ")
        lines.append(f"{number + 1:02d}. {item.title.vi} ({item.form}): {'; '.join(told)}")
    awaited = [item for item in found.items if item.content is None]
    if awaited:
        lines += ["", "Không có trong bộ này (do cơ quan khác soạn hoặc chỉ có bản quét):"]
        lines += [f"- {item.title.vi} ({item.form})" for item in awaited]
    return lines


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    entry.create_system = 3
    return entry
