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
from collections.abc import Callable, Iterator
from typing import Final

import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter, ImageOps, ImageSequence

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
_QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

Pass = Callable[[Image.Image], Image.Image]


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
    found = _read(page)
    passes = iter(_PASSES)
    while not found and (change := next(passes, None)) is not None:
        found = _read(change(page))
    return sorted(found.elements())


def _read(page: Image.Image) -> Counter[str]:
    """Read a picture with both ways of telling black from white: what one overlooks, the other may see."""
    found: Counter[str] = Counter()
    for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
        codes = zxingcpp.read_barcodes(
            page, formats=_QR, binarizer=binarizer, try_invert=False
        )
        found |= Counter(code.text for code in codes if code.valid and read_code(code.text))
    return found


def _enlarged(page: Image.Image) -> Image.Image:
    return page.resize((page.width * 2, page.height * 2), Image.Resampling.BICUBIC)


def _sharpened(page: Image.Image) -> Image.Image:
    return page.filter(ImageFilter.UnsharpMask(radius=3, percent=300, threshold=0))


def _smoothed(page: Image.Image) -> Image.Image:
    return page.filter(ImageFilter.MedianFilter(3))


def _stretched(page: Image.Image) -> Image.Image:
    return ImageOps.autocontrast(page, cutoff=2)


#: What is tried, one after the other, when a page shows no code as it is: blurred, noisy and pale scans.
_PASSES: Final[tuple[Pass, ...]] = (
    _sharpened,
    _smoothed,
    _stretched,
    _enlarged,
    lambda page: _sharpened(_enlarged(page)),
)


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


def main(media_type: str) -> None:
    """Read a file from the standard input and write the codes of its pages, null for one that cannot be examined."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    Image.MAX_IMAGE_PIXELS = PIXELS_MAX
    try:
        read = list(codes_of_pages(sys.stdin.buffer.read(), media_type))
    except NotExaminedError:
        read = None
    sys.stdout.write(json.dumps(read))


if __name__ == "__main__":
    main(sys.argv[1])
