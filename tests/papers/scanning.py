"""Printed pages as a scanner gives them back: turned, noisy, blurred, pale, cropped, out of order, some lost."""

import io
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter

from dossiers.papers.page_codes import PageCode, version_of
from dossiers.papers.scan_verdicts import Verdict, judge
from dossiers.papers.stamping import stamp_pages

DPI = 200
_WHITE = 255


@dataclass(frozen=True)
class Printed:
    """A stamped paper, its pages rendered once, and what its pages say."""

    version: str
    pages: tuple[Image.Image, ...]

    @property
    def codes(self) -> tuple[PageCode, ...]:
        """Return the code of each page."""
        return tuple(PageCode(self.version, page, len(self.pages)) for page in range(1, len(self.pages) + 1))


def printed(pdf: bytes, sha256: str) -> Printed:
    """Print a PDF as the issued bytes with this SHA-256."""
    return Printed(version_of(sha256), rendered(stamp_pages(pdf, sha256)))


def rendered(pdf: bytes) -> tuple[Image.Image, ...]:
    """Return the pages of a PDF as a perfect scanner sees them."""
    document = pypdfium2.PdfDocument(pdf)
    return tuple(page.render(scale=DPI / 72, grayscale=True).to_pil().convert("L") for page in document)


def scanned(page: Image.Image, chance: random.Random) -> Image.Image:
    """Return a page as a real scanner sees it: each fault alone is common, all of them together are not rare."""
    askew = math.radians(chance.uniform(-3, 3) if chance.random() < 0.7 else 0)
    seen = _laid(page, chance.uniform(0.93, 1.03), chance.uniform(0.93, 1.03), askew, chance.randint(190, _WHITE))
    left, top, right, bottom = (round(chance.uniform(0, 0.008) * side) for side in (*seen.size, *seen.size))
    seen = seen.crop((left, top, seen.width - right, seen.height - bottom))
    if chance.random() < 0.6:
        seen = seen.filter(ImageFilter.BoxBlur(chance.uniform(0.3, 1.3)))
    contrast, brightness = chance.uniform(0.5, 1.2), chance.uniform(0.65, 1.25)
    seen = seen.point(
        [min(_WHITE, max(0, round((_PALE + (grey - _PALE) * contrast) * brightness))) for grey in range(256)]
    )
    if chance.random() < 0.6:
        seen = _with_grain(seen, chance)
    return seen.transpose(turn) if (turn := chance.choice(_TURNS)) is not None else seen


def _laid(page: Image.Image, wider: float, higher: float, askew: float, glass: int) -> Image.Image:
    """Return a page scaled and turned about its middle by `askew` radians; around it one sees the glass."""
    width, height = round(page.width * wider), round(page.height * higher)
    cos, sin = math.cos(askew), math.sin(askew)
    across, down = (cos / wider, sin / wider), (-sin / higher, cos / higher)
    left = page.width / 2 - across[0] * width / 2 - across[1] * height / 2
    top = page.height / 2 - down[0] * width / 2 - down[1] * height / 2
    place = (*across, left, *down, top)
    return page.transform((width, height), Image.Transform.AFFINE, place, Image.Resampling.BILINEAR, fillcolor=glass)


def _with_grain(seen: Image.Image, chance: random.Random) -> Image.Image:
    """Return a picture with noise in every pixel, taken from one sheet of it at a chance place."""
    strength, row, column = chance.randint(5, 35), chance.randrange(200), chance.randrange(200)
    grain = _GRAIN[row : row + seen.height, column : column + seen.width] * np.int16(strength)
    noisy = np.asarray(seen, dtype=np.int16) + grain
    return Image.fromarray(np.clip(noisy, 0, _WHITE, out=noisy).astype(np.uint8))


#: A print is never quite black and paper never quite white.
_PALE = 200
_GRAIN = np.random.default_rng(20260801).integers(-1, 2, (2700, 2700), dtype=np.int16)
_TURNS = (
    None,
    None,
    None,
    Image.Transpose.ROTATE_90,
    Image.Transpose.ROTATE_180,
    Image.Transpose.ROTATE_270,
)


def as_file(pages: Sequence[Image.Image], kind: str, quality: int) -> tuple[bytes, str]:
    """Return the pages as one file of a kind, and its media type; JPEG and PNG hold the first page only."""
    # Pillow keeps what a picture was last saved with; a copy knows nothing of it.
    pages, target = [page.copy() for page in pages], io.BytesIO()
    if kind == "pdf":
        pages[0].save(target, "PDF", save_all=True, append_images=pages[1:], resolution=DPI, quality=quality)
        return target.getvalue(), "application/pdf"
    if kind == "tiff":
        pages[0].save(target, "TIFF", save_all=True, append_images=pages[1:], compression="jpeg", quality=quality)
        return target.getvalue(), "image/tiff"
    pages[0].save(target, kind.upper(), quality=quality)
    return target.getvalue(), f"image/{kind}"


@dataclass(frozen=True)
class Case:
    """A generated scan of one version: which pages of which prints lie in it, and the right verdict on it."""

    what: str
    pages: tuple[tuple[Printed, int], ...]
    right: Verdict


def case_of(paper: Printed, others: Sequence[Printed], chance: random.Random) -> Case:
    """Return a stack of pages of a paper as officers hand them in: whole, shuffled, short, double, mixed."""
    whole = [(paper, page) for page in range(len(paper.pages))]
    stack, what = list(whole), chance.choice(("whole", "whole", "shuffled", "missing", "doubled", "foreign", "swapped"))
    other = chance.choice(others)
    foreign = (other, chance.randrange(len(other.pages)))
    if what == "shuffled":
        chance.shuffle(stack)
    elif what == "missing" and len(stack) > 1:
        stack.pop(chance.randrange(len(stack)))
    elif what == "doubled":
        stack.insert(chance.randrange(len(stack) + 1), chance.choice(whole))
    elif what == "foreign":
        stack.insert(chance.randrange(len(stack) + 1), foreign)
    elif what == "swapped":
        stack[chance.randrange(len(stack))] = foreign
    right = judge(paper.version, tuple((of.codes[page],) for of, page in stack))
    return Case(what, tuple(stack), right)
