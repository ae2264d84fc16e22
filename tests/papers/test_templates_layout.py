"""How the forms look on paper, measured on the PDF that a real LibreOffice makes of each."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from dossiers.papers.catalogue import FormEdition, official_catalogue
from dossiers.papers.render import render_form
from dossiers.papers.samples import sample_values

pytestmark = pytest.mark.slow

CATALOGUE = official_catalogue()
FORMS = {form.form_id: form for form in CATALOGUE.forms(date(2026, 8, 1)) if form.template}
_POINTS_PER_MM = 72 / 25.4
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


@pytest.fixture(scope="module")
def pdfs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Fill every form with its sample, one more as a demo, and convert all of them in one go."""
    for tool in ("soffice", "pdftotext", "pdfinfo", "pdffonts"):
        assert shutil.which(tool), f"{tool} is needed to measure the forms"
    folder = tmp_path_factory.mktemp("forms")
    profile = tmp_path_factory.mktemp("office")
    (profile / "user").mkdir()
    (profile / "user" / "registrymodifications.xcu").write_text(_SUBSTITUTION, encoding="utf-8")
    for form_id, form in FORMS.items():
        (folder / f"{form_id}.docx").write_bytes(render_form(CATALOGUE, form, sample_values(CATALOGUE, form)))
    v42 = FORMS["V42"]
    (folder / "demo.docx").write_bytes(render_form(CATALOGUE, v42, sample_values(CATALOGUE, v42), demo=True))
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *map(str, sorted(folder.glob("*.docx"))),
        ],
        check=True,
        capture_output=True,
        timeout=240,
    )
    return {path.stem: path for path in folder.glob("*.pdf")}


def run(*command: str) -> str:
    """Return what a poppler tool prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def pages(pdf: Path) -> list[str]:
    """Return the text of each page with its layout."""
    return run("pdftotext", "-layout", str(pdf), "-").split("\f")[:-1]


def squeezed(text: str) -> str:
    """Return a text with single spaces, as line ends differ from font to font."""
    return re.sub(r"\s+", " ", text)


def words(pdf: Path) -> list[tuple[int, float, float, float, float, str]]:
    """Return (page, left, top, right, bottom, word) with lengths in millimetres."""
    found, page = [], 0
    pattern = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*)</word>')
    for line in run("pdftotext", "-bbox", str(pdf), "-").splitlines():
        if "<page " in line:
            page += 1
        elif match := pattern.search(line):
            left, top, right, bottom = (float(match[group]) / _POINTS_PER_MM for group in range(1, 5))
            found.append((page, left, top, right, bottom, match[5]))
    return found


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_prints_on_a4_with_its_words(form: FormEdition, pdfs: Mapping[str, Path]) -> None:
    """Motto, title and the person's name are found in the PDF; no tag is."""
    pdf = pdfs[form.form_id]
    text = squeezed(" ".join(pages(pdf)))

    assert set(re.findall(r"Page +\d+ size: +(\S+) x (\S+) pts", run("pdfinfo", "-l", "9", str(pdf)))) == {
        ("595.304", "841.89")
    }
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in text
    assert "Độc lập - Tự do - Hạnh phúc" in text
    if "subj_full_name" in form.declared:
        assert re.search("nguyễn văn thử", text, re.IGNORECASE)
    assert not re.search(r"\{\{|\}\}|\{%|%\}", text)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_keeps_the_margins(form: FormEdition, pdfs: Mapping[str, Path]) -> None:
    """Left 30, right 15, top and bottom 20 millimetres; only the header stands above."""
    for _, left, top, right, bottom, word in words(pdfs[form.form_id]):
        assert left >= 29.5, word
        assert right <= 195.5, word
        assert bottom <= 277.5, word
        assert top >= 8, word


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_the_page_number_is_centred_above_and_hidden_on_the_first_page(
    form: FormEdition, pdfs: Mapping[str, Path]
) -> None:
    """NĐ 30/2020: Arabic, in the middle of the top margin, from the second page on."""
    above = [word for word in words(pdfs[form.form_id]) if word[2] < 18]
    first = " ".join(word[5] for word in above if word[0] == 1)

    assert first == (form.number_line or "")
    for page in range(2, len(pages(pdfs[form.form_id])) + 1):
        ((_, left, _, right, _, number),) = (word for word in above if word[0] == page)
        assert number == str(page)
        assert abs((left + right) / 2 - (30 + 165 / 2)) < 1.5


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_form_uses_one_typeface(form: FormEdition, pdfs: Mapping[str, Path]) -> None:
    """Only signs that Times New Roman lacks (the boxes of the result sheets) may come from another font."""
    fonts = {line.split()[0].split("+")[-1] for line in run("pdffonts", str(pdfs[form.form_id])).splitlines()[2:]}

    strange = {font for font in fonts if not font.startswith("TeXGyreTermes")}
    assert strange == set() or re.search("[☐☒]", " ".join(pages(pdfs[form.form_id])))


@pytest.mark.parametrize(
    ("form_id", "expected"),
    [
        ("V36", ["Số: 07/ĐN-CAX", "Kính gửi: Tòa án nhân dân khu vực 99 – Giả Định", "1) Bản tóm tắt lý lịch: 02 tờ"]),
        ("V32", ["QUYẾT ĐỊNH", "TRƯỞNG CÔNG AN PHƯỜNG MINH HỌA", "Điều 1.", "Điều 2.", "Điều 3.", "Nơi nhận:"]),
        ("V33", ["BẢN TÓM TẮT LÝ LỊCH", "Ảnh 4 x 6", "XÁC NHẬN CỦA CƠ QUAN LẬP HỒ SƠ", "20. Đã tham gia"]),
        ("V34", ["BIÊN BẢN VI PHẠM", "NGƯỜI VI PHẠM", "NGƯỜI CHỨNG KIẾN", "NGƯỜI LẬP BIÊN BẢN"]),
        ("V37", ["THÔNG BÁO", "03 ngày làm việc"]),
        ("V42", ["ĐẠI DIỆN BÊN GIAO", "ĐẠI DIỆN BÊN NHẬN", "Bút lục", "00/2026/QĐ-TA"]),
        ("V50", ["GIẤY XÁC NHẬN", "XÁC NHẬN:", "TRƯỞNG CƠ SỞ CAI NGHIỆN MA TÚY SỐ 0 GIẢ ĐỊNH"]),
        ("V53", ["CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG MINH HỌA", "Điều 4."]),
        ("C11", ["TÒA ÁN NHÂN DÂN KHU VỰC 99", "Thời hạn: 24 tháng", "THẨM PHÁN", "05 ngày làm việc"]),
        ("D-FACREQ", ["V/v đề nghị quyết định cơ sở", "Kính gửi: Giám đốc Công an tỉnh Giả Định"]),
        ("D-SEARCH-GD", ["GIÁM ĐỐC CÔNG AN TỈNH GIẢ ĐỊNH", "cao 1,68 m"]),
    ],
)
def test_the_forms_say_what_their_specification_asks(
    form_id: str, expected: list[str], pdfs: Mapping[str, Path]
) -> None:
    """The blocks of each form are found in the printed text."""
    text = squeezed(" ".join(pages(pdfs[form_id])))

    assert [wanted for wanted in expected if wanted not in text] == []


def test_the_signature_stands_right_of_the_recipients(pdfs: Mapping[str, Path]) -> None:
    """NĐ 30/2020: recipients at the lower left, the signer's title at the same height on the right."""
    for form_id in ("V32", "V36", "V50", "V53", "C11"):
        found = words(pdfs[form_id])
        ((page, left, top, *_),) = (word for word, after in pairwise(found) if (word[5], after[5]) == ("Nơi", "nhận:"))
        title = FORMS[form_id].signer_title.split()[0]
        beside = [word for word in found if word[0] == page and word[5] == title and abs(word[2] - top) < 3]
        assert left < 31
        assert beside
        assert all(word[1] > 100 for word in beside)


def test_a_demo_says_so_on_every_page(pdfs: Mapping[str, Path]) -> None:
    """Nobody may take a paper of a simulated day for a real one."""
    printed = pages(pdfs["demo"])

    assert len(printed) > 1
    assert all("DEMO" in page.lstrip().splitlines()[0] for page in printed)
