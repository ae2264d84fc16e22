"""Puts a page code into the bottom margin of every page of a PDF: a QR code in vectors and a short code beside it.

NĐ 30/2020/NĐ-CP leaves 20 mm free at the foot of a page.  Printers leave the lowest 4 mm white and a sheet lies askew
on the glass, so the dark square stands between 6 and 18 mm and its quiet zone ends below the text.  Never draws above
the margin.
"""

from __future__ import annotations

import io
from itertools import groupby
from typing import Final

import pikepdf
import segno

from dossiers.papers.page_codes import PAGES_MAX, PageCode, version_of

_MM: Final = 72 / 25.4
#: Side of one module: 3.8 pixels at 200 dpi.
MODULE_MM: Final = 0.48
#: Left edge of the dark square, in line with the text, and its lower edge.
LEFT_MM: Final = 30.0
BOTTOM_MM: Final = 6.0
QUIET_MODULES: Final = 4
#: The symbol that holds every code and still reads with a quarter of it lost (a stamp, a fold, a pen stroke).  The
#: next larger one withstands more, but its modules are smaller: poor scans lose more by that.
_QR_VERSION: Final = 2
_QR_ERROR: Final = "q"
_QR_SIDE: Final = 25
_FONT: Final = pikepdf.Name("/HosoCode")
_FONT_POINTS: Final = 7
_FONT_COLUMN_MM: Final = LEFT_MM + (_QR_SIDE + QUIET_MODULES) * MODULE_MM


class TooManyPagesError(ValueError):
    """A paper has more pages than a code can count."""


def stamp_pages(pdf: bytes, issued_sha256: str) -> bytes:
    """Return the PDF with a code on every page that binds it to the issued bytes; the same PDF gives the same bytes."""
    target = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        pages = len(document.pages)
        if not 1 <= pages <= PAGES_MAX:
            raise TooManyPagesError
        font = document.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font,
                Subtype=pikepdf.Name.Type1,
                BaseFont=pikepdf.Name.Helvetica,
                Encoding=pikepdf.Name.WinAnsiEncoding,
            )
        )
        for number, page in enumerate(document.pages, 1):
            code = PageCode(version_of(issued_sha256), number, pages)
            left, bottom, *_ = (float(edge) for edge in page.mediabox)
            page.add_resource(font, pikepdf.Name.Font, _FONT)
            # Whatever the page left of its own drawing state does not reach the code.
            page.contents_add(b"q", prepend=True)
            page.contents_add(_drawing(code, left, bottom).encode("ascii"))
        document.save(target, deterministic_id=True, compress_streams=True)
    return target.getvalue()


def _drawing(code: PageCode, left: float, bottom: float) -> str:
    """Return the operators that draw one code; all modules are one path, so that no seams show between them."""
    matrix = segno.make_qr(
        code.text, version=_QR_VERSION, error=_QR_ERROR, mode="alphanumeric", boost_error=False
    ).matrix
    assert len(matrix) == _QR_SIDE
    side = MODULE_MM * _MM
    rectangles = []
    for row, modules in enumerate(matrix):
        column = 0
        for dark, run in groupby(modules):
            length = len(list(run))
            if dark:
                up = _QR_SIDE - 1 - row
                rectangles.append(f"{_n(column * side)} {_n(up * side)} {_n(length * side)} {_n(side)} re")
            column += length
    version, _, page = code.short.partition("  ")
    text_left = left + _FONT_COLUMN_MM * _MM
    text_top = bottom + (BOTTOM_MM + _QR_SIDE * MODULE_MM / 2) * _MM
    return "\n".join(
        [
            "Q q 0 g",
            f"1 0 0 1 {_n(left + LEFT_MM * _MM)} {_n(bottom + BOTTOM_MM * _MM)} cm",
            *rectangles,
            "f Q q 0 g BT",
            f"{_FONT} {_FONT_POINTS} Tf {_FONT_POINTS + 2} TL",
            f"1 0 0 1 {_n(text_left)} {_n(text_top)} Tm ({version}) Tj T* ({page}) Tj",
            "ET Q",
        ]
    )


def _n(number: float) -> str:
    return f"{number:.3f}"
