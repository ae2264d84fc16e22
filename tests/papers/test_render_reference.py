"""docxtpl is the reference: what we fill from compiled parts is, tag for tag and pixel for pixel, what it fills."""

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path

import docx
import pytest
from docx.shared import Mm
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from lxml import etree

from dossiers.papers.catalogue import FormEdition
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.packing import STORED_BYTES_MAX
from dossiers.papers.render import CompiledTemplate, TemplateFaultError, compile_template, fill, render_form
from dossiers.papers.samples import sample_values
from dossiers.papers.unpatched import UnpatchedTemplate
from dossiers.papers.values import printable_values
from tests.papers.generating import values_of
from tests.papers.reading import DAY, by_docxtpl, paragraphs, template_of

CATALOGUE = official_catalogue()
PRINTED = tuple(edition for edition in CATALOGUE.forms() if edition.template)
#: Generated papers a form; the environment makes a night's run of it.
EXAMPLES = int(os.environ.get("HOSO_TEST_EXAMPLES", "3"))
#: Forms whose pages are compared: a letter, one with a table of relatives, one with many choices, a decision.
PICTURED = ("V36", "V33", "V52", "C11")
#: The smallest PNG there is: one grey point.
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108000000003a7e9b550000000a49444154789c636800000082008177cd72b600"
    "00000049454e44ae426082"
)
LISTED = {"name": "A & {_{ <B> _ }_}\ndòng hai", "items": ["một", "hai"], "demo": True, "form_number_line": None}


def reference(edition: FormEdition, values: Mapping[str, object], *, demo: bool, show_number: bool) -> bytes:
    """Fill a form by docxtpl alone, with the values as they were checked."""
    context = printable_values(CATALOGUE, edition, values, draft=False)
    context |= {"demo": demo, "form_number_line": edition.number_line if show_number else None}
    return by_docxtpl(CATALOGUE.template_bytes(edition), context)


def filled_parts(data: bytes) -> dict[str, bytes]:
    """Return the canonical XML of body, headers and footers."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        names = [n for n in package.namelist() if n.startswith(("word/document", "word/header", "word/footer"))]
        return {name: etree.tostring(etree.fromstring(package.read(name)), method="c14n") for name in names}


@pytest.mark.parametrize("edition", PRINTED, ids=lambda edition: f"{edition.form_id}-{edition.valid_from}")
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink a fault would take minutes a form
)
@given(data=st.data(), demo=st.booleans(), show_number=st.booleans())
def test_every_paper_is_the_one_that_docxtpl_makes(
    edition: FormEdition,
    data: st.DataObject,
    demo: bool,  # noqa: FBT001 - drawn by hypothesis
    show_number: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    """Same paragraphs, same tables, same everything: the parts are one document written in two ways."""
    values = data.draw(values_of(CATALOGUE, edition))

    ours = render_form(CATALOGUE, edition, values, demo=demo, show_number=show_number)

    theirs = reference(edition, values, demo=demo, show_number=show_number)
    assert filled_parts(ours) == filled_parts(theirs)
    assert paragraphs(ours) == paragraphs(theirs)
    with zipfile.ZipFile(io.BytesIO(ours)) as one, zipfile.ZipFile(io.BytesIO(theirs)) as other:
        assert set(one.namelist()) == set(other.namelist())


def many(edition: FormEdition) -> dict[str, object]:
    """Return the sample of a form with long lists, several lines, specials and text from right to left."""
    values = sample_values(CATALOGUE, edition)
    for name, value in values.items():
        if isinstance(value, list):
            values[name] = [value[number % len(value)] for number in range(60)]
        elif name.endswith("_text"):
            values[name] = f"{value}\nA & <B> {{{{ x }}}}\tשלום \u202eمرحبا\n{'Nguyễn Ưởng ' * 200}"
    return values


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[bytes]]:
    """Print both papers of each form, whole and long, by one start of LibreOffice; return the images of the pages."""
    for tool in ("soffice", "pdftoppm"):
        assert shutil.which(tool), f"{tool} is needed to compare pages"
    folder, profile = tmp_path_factory.mktemp("pages"), tmp_path_factory.mktemp("office")
    for form_id in PICTURED:
        edition = CATALOGUE.form(form_id, DAY)
        values = many(edition)
        (folder / f"{form_id}-ours.docx").write_bytes(render_form(CATALOGUE, edition, values, demo=True))
        theirs = reference(edition, values, demo=True, show_number=True)
        (folder / f"{form_id}-theirs.docx").write_bytes(theirs)
    papers = sorted(map(str, folder.glob("*.docx")))
    office = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*office, "--outdir", str(folder), *papers], check=True, capture_output=True, timeout=240)
    for pdf in folder.glob("*.pdf"):
        subprocess.run(["pdftoppm", "-r", "50", str(pdf), str(pdf.with_suffix(""))], check=True, timeout=60)
    stems = [Path(paper).stem for paper in papers]
    return {stem: [page.read_bytes() for page in sorted(folder.glob(f"{stem}-*.ppm"))] for stem in stems}


@pytest.mark.slow
@pytest.mark.parametrize("form_id", PICTURED)
def test_every_page_looks_the_same(pages: Mapping[str, list[bytes]], form_id: str) -> None:
    """Pixel for pixel, over several pages."""
    ours, theirs = pages[f"{form_id}-ours"], pages[f"{form_id}-theirs"]

    assert len(ours) >= 2
    assert ours == theirs


def test_no_form_of_the_catalogue_needs_docxtpl_for_each_paper() -> None:
    """The short way is the way that papers are made."""
    compiled = {type(compile_template(CATALOGUE.template_bytes(edition))) for edition in PRINTED}

    assert compiled == {CompiledTemplate}


def with_picture(template: bytes) -> bytes:
    """Return a template with a picture in its last paragraph."""
    document = docx.Document(io.BytesIO(template))
    document.add_paragraph().add_run().add_picture(io.BytesIO(PNG), Mm(10))
    return saved(document)


def with_columns(template: bytes) -> bytes:
    """Return a template with a table that has a column for each item."""
    document = docx.Document(io.BytesIO(template))
    row = document.add_table(1, 3).rows[0]
    for cell, text in zip(row.cells, ("{%tc for item in items %}", "{{ item }}", "{%tc endfor %}"), strict=True):
        cell.text = text
    return saved(document)


def with_rows_only(template: bytes) -> bytes:
    """Return a template with a table that has no row without an item."""
    document = docx.Document(io.BytesIO(template))
    table = document.add_table(3, 2)
    for row, text in zip(table.rows, ("{%tr for item in items %}", "{{ item }}", "{%tr endfor %}"), strict=True):
        row.cells[0].text = text
    return saved(document)


def saved(document: docx.document.Document) -> bytes:
    """Return the bytes of a document."""
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


@pytest.mark.parametrize("change", [with_picture, with_columns, with_rows_only])
def test_what_is_more_than_text_is_filled_by_docxtpl(change) -> None:
    """Pictures, columns and bare rows come out as docxtpl makes them, in the same bytes each time, no brace lost."""
    compiled = compile_template(change(template_of({"p": "{{ name }}"})))

    assert isinstance(compiled, UnpatchedTemplate)
    data = fill(compiled, LISTED)
    assert data == fill(compiled, LISTED)
    text = paragraphs(data)
    assert text[text.index("A & {_{ <B> _ }_}") + 1] == "dòng hai"
    plain = {**LISTED, "name": "A & <B>"}
    theirs = by_docxtpl(compiled.file, plain)
    assert filled_parts(fill(compiled, plain)) == filled_parts(theirs)


def test_a_tag_where_nothing_is_filled_is_a_fault() -> None:
    """A title of the file that names a variable would print its braces for ever."""
    document = docx.Document(io.BytesIO(template_of({"p": "{{ name }}"})))
    document.core_properties.title = "{{ name }}"

    with pytest.raises(TemplateFaultError, match=r"docProps/core\.xml"):
        compile_template(saved(document))


def test_a_picture_keeps_its_place() -> None:
    """The picture is in the file, and its part says so."""
    data = fill(compile_template(with_picture(template_of({"p": "{{ name }}"}))), LISTED)

    with zipfile.ZipFile(io.BytesIO(data)) as package:
        assert package.testzip() is None
        assert [package.read(name) for name in package.namelist() if name.startswith("word/media/")] == [PNG]
    assert len(docx.Document(io.BytesIO(data)).inline_shapes) == 1


def test_a_template_with_a_picture_runs_in_the_same_sandbox() -> None:
    """The long way gives a template no more rights."""
    for attack in ("{{ name.__class__ }}", "{{ nobody_said }}", "{{ items.append(1) }}", "{% if %}"):
        with pytest.raises(TemplateFaultError):
            fill(compile_template(with_picture(template_of({"p": attack}))), LISTED)


def test_a_long_paper_is_deflated_and_a_short_one_stored() -> None:
    """A form of two pages is filled sooner than deflated; a list of a thousand papers is worth the wait."""
    compiled = compile_template(template_of({"p": "{{ name }}"}))
    for name in ("ngắn", "dài " * STORED_BYTES_MAX):
        with zipfile.ZipFile(io.BytesIO(fill(compiled, {**LISTED, "name": name}))) as package:
            part = package.getinfo("word/document.xml")
            assert (part.compress_type == zipfile.ZIP_DEFLATED) == (part.file_size > STORED_BYTES_MAX)
            assert name in package.read("word/document.xml").decode()
