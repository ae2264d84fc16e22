"""Prints every form once with a real LibreOffice and reads back what stands where on its pages."""

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from dossiers.papers.catalogue import FormEdition
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values

CATALOGUE = official_catalogue()
#: Every edition of every form that has a template, by V36@2026-07-01.
PRINTED: Mapping[str, FormEdition] = {
    f"{form.form_id}@{form.valid_from}": form for form in CATALOGUE.forms() if form.template
}
#: A form filled as a demonstration, for the words in its header.
DEMO = "demo"
_POINTS_PER_MM = 72 / 25.4
_WORKERS = 2
#: LibreOffice has no Times New Roman; TeX Gyre Termes has its widths and the Vietnamese letters.
_SUBSTITUTION = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Font/Substitution">
<prop oor:name="Replacement" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Font/Substitution/FontPairs">
<node oor:name="_0" oor:op="replace">
<prop oor:name="Always" oor:op="fuse"><value>true</value></prop>
<prop oor:name="OnScreenOnly" oor:op="fuse"><value>false</value></prop>
<prop oor:name="ReplaceFont" oor:op="fuse"><value>Times New Roman</value></prop>
<prop oor:name="SubstituteFont" oor:op="fuse"><value>TeX Gyre Termes</value></prop>
</node></item>
</oor:items>
"""


@dataclass(frozen=True, slots=True)
class Word:
    """One word and its box, in millimetres from the upper left corner of its page (counted from 1)."""

    page: int
    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True, slots=True)
class Printed:
    """A form on paper: the sizes of its pages in millimetres, its words, and (font, whether embedded)."""

    pages: Sequence[tuple[float, float]]
    words: Sequence[Word]
    fonts: Sequence[tuple[str, bool]]

    @property
    def text(self) -> str:
        """Return all words with single spaces, as line ends differ from font to font."""
        return " ".join(word.text for word in self.words)

    def on(self, page: int) -> list[Word]:
        """Return the words of one page."""
        return [word for word in self.words if word.page == page]


@cache
def filled(key: str) -> bytes:
    """Return the Word file of a form filled with its sample."""
    form = PRINTED[key]
    return render_form(CATALOGUE, form, sample_values(CATALOGUE, form))


def print_all(folder: Path) -> dict[str, Printed]:
    """Fill every form, and V42 once more as a demo, convert all in one start of LibreOffice and measure each."""
    for tool in ("soffice", "pdftotext", "pdffonts"):
        assert shutil.which(tool), f"{tool} is needed to measure the forms"
    profile = folder / "office"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SUBSTITUTION, encoding="utf-8")
    for key in PRINTED:
        (folder / f"{key}.docx").write_bytes(filled(key))
    v42 = PRINTED["V42@2026-07-01"]
    (folder / f"{DEMO}.docx").write_bytes(render_form(CATALOGUE, v42, sample_values(CATALOGUE, v42), demo=True))
    files = sorted(map(str, folder.glob("*.docx")))
    office = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*office, "--outdir", str(folder), *files], check=True, capture_output=True, timeout=400)
    with ThreadPoolExecutor(_WORKERS) as workers:
        keys = [*PRINTED, DEMO]
        return dict(zip(keys, workers.map(lambda key: _measured(folder / f"{key}.pdf"), keys), strict=True))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def _measured(pdf: Path) -> Printed:
    """Read one file with the tools of poppler."""
    pages: list[tuple[float, float]] = []
    words: list[Word] = []
    sheet = re.compile(r'<page width="([\d.]+)" height="([\d.]+)">')
    box = re.compile(r'<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">(.*)</word>')
    for line in _run("pdftotext", "-bbox", str(pdf), "-").splitlines():
        if found := sheet.search(line):
            pages.append((float(found[1]) / _POINTS_PER_MM, float(found[2]) / _POINTS_PER_MM))
        elif found := box.search(line):
            left, top, right, bottom = (float(found[group]) / _POINTS_PER_MM for group in range(1, 5))
            words.append(Word(len(pages), left, top, right, bottom, unescape(found[5])))
    rows = (line.split() for line in _run("pdffonts", str(pdf)).splitlines()[2:])
    #: From the right: object number and generation, unicode, subset, embedded.
    return Printed(pages, words, [(row[0].split("+")[-1], row[-5] == "yes") for row in rows])
