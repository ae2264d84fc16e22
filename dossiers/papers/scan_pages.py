"""Reads the page codes of a scan: a program of its own that takes the bytes of a file and writes what it read as JSON.

A scan is a stranger's file, so it is taken apart in a process with little memory and time and nothing to steal (see
`scans`).  Writes codes of ours only: what other codes on a page say (a citizen's card has one) never leaves.
"""

from __future__ import annotations

import io
import json
import math
import resource
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Final

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageSequence

from dossiers.papers.page_codes import read_code

PDF: Final = "application/pdf"
#: The formats of pictures that are read, by media type.
PICTURES: Final = {"image/jpeg": "JPEG", "image/png": "PNG", "image/tiff": "TIFF"}
PAGES_READ_MAX: Final = 60
#: A3 at 600 dpi; a larger picture is not opened.
PIXELS_MAX: Final = 72_000_000
#: What is searched: A4 at 300 dpi and a little more; larger pages are made smaller.
PIXELS_SEARCHED_MAX: Final = 9_000_000
DPI: Final = 200
_POINTS: Final = 72
_MEMORY_BYTES_MAX: Final = 2 * 1024**3
_CPU_SECONDS_MAX: Final = 60
_GREY: Final = "L"
#: Side of the corner that holds the code, as a part of the shorter edge of the page.
_CORNER: Final = 0.35
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


class NotExaminedError(Exception):
    """The file is broken, too large or too long to be examined."""


def codes_of_pages(data: bytes, media_type: str) -> Iterator[list[str]]:
    """Yield for each page, in order, the texts of the codes of ours on it; raises NotExaminedError."""
    for count, page in enumerate(_pdf_pages(data) if media_type == PDF else _pictures(data, PICTURES[media_type])):
        if count >= PAGES_READ_MAX:
            raise NotExaminedError
        yield codes_in(page)


def codes_in(page: Image.Image) -> list[str]:
    """Return the texts of the codes of ours in one picture; a code that stands there twice is returned twice."""
    found: Counter[str] = Counter()
    views = _views_of(page)
    while not found and (view := next(views, None)) is not None:
        found = _read(view)
    return sorted(found.elements())


def _read(view: Image.Image) -> Counter[str]:
    """Read a picture with both ways of telling black from white: what one overlooks, the other may see."""
    found: Counter[str] = Counter()
    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        codes = zxingcpp.read_barcodes(view, formats=_QR, binarizer=binarizer, try_invert=False)
        found |= Counter(code.text for code in codes if code.valid and read_code(code.text))
    return found


def _views_of(page: Image.Image) -> Iterator[Image.Image]:
    """Yield a page as it is, then smoothed, then each corner enlarged: where the code is, whichever way it was fed."""
    grain = ImageFilter.GaussianBlur(1)
    yield page
    yield page.filter(grain)
    side = round(_CORNER * min(page.size))
    if side == 0:
        return
    edges = [(left, top) for left in (0, page.width - side) for top in (page.height - side, 0)]
    corners = [page.crop((left, top, left + side, top + side)) for left, top in edges]
    enlarged = [corner.resize((side * 2, side * 2), Image.Resampling.BICUBIC) for corner in corners]
    yield from enlarged
    yield from (view.filter(grain) for view in enlarged)


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    try:
        document = pypdfium2.PdfDocument(data)
        for number in range(len(document)):
            page = document[number]
            width, height = page.get_size()
            pixels = max(width * height, 1.0) * (DPI / _POINTS) ** 2
            scale = DPI / _POINTS * min(1.0, (PIXELS_SEARCHED_MAX / pixels) ** 0.5)
            yield page.render(scale=scale, grayscale=True).to_pil().convert(_GREY)
            page.close()
    except (pypdfium2.PdfiumError, ValueError, MemoryError) as fault:
        raise NotExaminedError from fault


def _pictures(data: bytes, kind: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=[kind]) as file:
            for frame in ImageSequence.Iterator(file):
                if frame.width * frame.height > PIXELS_MAX:
                    raise NotExaminedError
                yield _searchable(frame)
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError) as fault:
        raise NotExaminedError from fault


def _searchable(frame: Image.Image) -> Image.Image:
    """Return a picture in grey, made smaller when it is larger than needed, transparent parts white."""
    if frame.has_transparency_data:
        plain = Image.new("RGBA", frame.size, "white")
        plain.alpha_composite(frame.convert("RGBA"))
        frame = plain
    grey = frame.convert(_GREY)
    factor = math.ceil(math.sqrt(grey.width * grey.height / PIXELS_SEARCHED_MAX))
    return grey.reduce(factor) if factor > 1 else grey


def stay_small() -> None:
    """Bound the memory and time of this process: what no honest file needs, a hostile one does not get."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))


def main(media_type: str) -> None:
    """Read a file from the standard input and write the codes of its pages, null for one that cannot be examined."""
    stay_small()
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        read = list(codes_of_pages(sys.stdin.buffer.read(), media_type))
    except NotExaminedError:
        read = None
    sys.stdout.write(json.dumps(read))


if __name__ == "__main__":
    main(sys.argv[1])
