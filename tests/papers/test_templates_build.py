"""The templates are made from their layouts, the same bytes each time; catalogue and dictionary are read strictly."""

import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import templates_docx
from dossiers.papers.catalogue import Source
from dossiers.papers.catalogue_files import load_catalogue, official_catalogue
from dossiers.papers.tables import CatalogueError
from templates_docx.builder.__main__ import build_templates
from templates_docx.builder.compose import compose
from templates_docx.builder.layout import LAYOUTS, Layout, LayoutError, load_design, load_layouts

PACKAGE = Path(templates_docx.__file__).parent
DAY = date(2026, 8, 1)

#: What the decree requires without giving a form.
WITHOUT_FORM = {
    "D-RESVER",
    "D-NORES",
    "D-HSDN",
    "D-PREG",
    "D-CHILD36",
    "D-CAPACITY",
    "D-FACREQ",
    "D-FACUP",
    "D-FACDEC",
    "D-ADMHOLD",
    "D-ESCORT",
    "D-SEARCH-GD",
    "D-FLIGHT24",
    "D-ILL",
    "D-HARD",
    "D-CRIT",
    "D-NOTADD",
    "D-PROSREQ",
    "D-PROSEXT",
    "D-TRANSFER",
    "D-DEATHREC",
    "D-DEATHNOT",
    "D-SOCREQ",
    "D-CLARIFY",
    "D-RESREG",
    "D-REMIND",
    "D-REVIEW",
    "D-MEDREC",
    "D-RELEASE",
}

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """Return a function that copies catalogue and dictionary with one change and gives the folder."""

    def edit(file: str, old: str, new: str) -> Path:
        for name in ("catalogue", "dictionary"):
            shutil.copyfile(PACKAGE / f"{name}.toml", tmp_path / f"{name}.toml")
            shutil.copytree(PACKAGE / name, tmp_path / name)
        text = (tmp_path / file).read_text(encoding="utf-8")
        assert old in text
        (tmp_path / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return tmp_path

    return edit


def test_a_rebuild_gives_the_shipped_bytes(tmp_path: Path) -> None:
    """Whoever changes a layout must build the templates, and nobody can change a template by hand."""
    built = {path.relative_to(tmp_path) for path in build_templates(tmp_path)}

    assert built == {path.relative_to(PACKAGE) for path in PACKAGE.glob("20??-??-??/*.docx")}
    for path in built:
        assert (tmp_path / path).read_bytes() == (PACKAGE / path).read_bytes(), path


def test_the_builder_runs_from_the_command_line(tmp_path: Path) -> None:
    """`python -m templates_docx.builder DIRECTORY` writes every template, in a process of its own."""
    subprocess.run(
        [sys.executable, "-m", "templates_docx.builder", str(tmp_path)],
        check=True,
        capture_output=True,
        cwd=PACKAGE.parent,
    )

    assert (tmp_path / "2026-07-01/V36.docx").read_bytes() == (PACKAGE / "2026-07-01/V36.docx").read_bytes()


def test_every_layout_is_a_template_of_the_catalogue_and_the_other_way_round() -> None:
    """No template without a form, no form that promises a template nobody describes."""
    promised = {form.template for form in official_catalogue().forms() if form.template}

    assert promised == {layout.file for layout in load_layouts()}


def test_templates_carry_no_date_and_no_name_of_a_machine() -> None:
    """Members are dated 1980 and nothing says who built them."""
    for path in PACKAGE.glob("20??-??-??/*.docx"):
        with zipfile.ZipFile(path) as package:
            assert {entry.date_time[0] for entry in package.infolist()} == {1980}
            core = package.read("docProps/core.xml").decode()
        assert "python-docx" not in core
        assert "<dc:creator></dc:creator>" in core or "<dc:creator/>" in core


@pytest.mark.parametrize(
    ("element", "reason"),
    [
        ({"bogus": "x"}, "neither a style nor a known element"),
        ({"p": "x", "title": "y"}, "exactly one key"),
        ({"use": "NO-SUCH-BLOCK"}, "no such block"),
        ({"p": "<<no_such_phrase>>"}, "no such phrase"),
        ({"p": "<<law-2025>>"}, "phrase.law-2025: no such phrase"),
        ({"tag": "if <<Law 2>>"}, "no such phrase"),
        ({"signers": [{"title": "<<law"}]}, "opened or closed, but not both"),
    ],
)
def test_a_layout_that_cannot_be_built_is_refused(element: dict[str, str], reason: str) -> None:
    """The message names file, key and reason."""
    with pytest.raises(LayoutError, match=reason):
        compose(Layout("T", DAY, [element]), load_design())


@pytest.mark.parametrize(
    ("end", "kept"),
    [
        ([{"p": "a"}], {"a"}),
        ([{"tag": "for r in recipients"}, {"p": "b"}, {"p": "c"}, {"tag": "endfor"}], {"a", "c"}),
        ([{"tag": "if place"}, {"p": "b"}, {"tag": "endif"}], {"a", "b"}),
        ([{"tag": "if place"}, {"p": "b"}, {"tag": "else"}, {"p": "c"}, {"tag": "endif"}], {"b", "c"}),
        ([{"tag": "if place"}, {"p": "b"}, {"tag": "elif doc_date"}, {"p": "c"}, {"tag": "endif"}], {"a", "b", "c"}),
        (
            [
                {"tag": "if place"},
                {"tag": "for r in recipients"},
                {"p": "b"},
                {"tag": "endfor"},
                {"tag": "else"},
                {"p": "c"},
                {"tag": "endif"},
            ],
            {"a", "b", "c"},
        ),
        ([{"p": "b"}, {"gap": 4}], {"b", ""}),
    ],
)
def test_the_last_printed_words_stay_with_the_signature(end: list[dict[str, object]], kept: set[str]) -> None:
    """Whatever a condition or a list leaves on the paper, its end is never torn from the signature."""
    body = [{"p": "before"}, {"p": "a"}, *end] if end != [{"p": "a"}] else [{"p": "before"}, {"p": "a"}]
    document = compose(Layout("T", DAY, [*body, {"sig1": ["Như trên"]}]), load_design())

    words = document.paragraphs[:-1]
    assert {each.text for each in words if each.paragraph_format.keep_with_next} == kept


@pytest.mark.parametrize(("small", "sizes"), [(False, {12, 13}), (True, {9})])
def test_a_table_of_many_columns_may_be_set_small(*, small: bool, sizes: set[int]) -> None:
    """Eleven columns fit between the margins only in small letters."""
    columns = [
        {"width": 12, "head": "TT", "cell": "{{ loop.index }}", "center": True},
        {"width": 153, "head": "Tên", "cell": "{{ d.title }}"},
    ]
    table = {"columns": columns, "each": "d in doc_list", "small": small}

    document = compose(Layout("T", DAY, [{"table": table}]), load_design())

    cells = [cell for row in (0, 2) for cell in document.tables[0].rows[row].cells]
    assert {run.font.size.pt for cell in cells for run in cell.paragraphs[0].runs if run.font.size} == sizes


def test_a_paper_may_be_signed_by_another_block_than_the_usual_one() -> None:
    """C02 is the presiding judge's: its signature says so, whatever title the office of the court has."""
    design = load_design()
    signed = {
        name: "\n".join(cell.text for cell in compose(Layout("T", DAY, body), design).tables[0].rows[0].cells)
        for name, body in (
            ("usual", [{"p": "x"}, {"sig1": ["Như trên"]}]),
            ("chief", [{"p": "x"}, {"sig1": {"to": ["Như trên"], "signer": "SIGNER-CHIEF"}}]),
        )
    }

    assert all("- Như trên;" in text for text in signed.values())
    assert "signer_title" in signed["usual"]
    assert "CHÁNH ÁN" in signed["chief"]
    assert "signer_title" not in signed["chief"]


def test_a_broken_layout_file_is_refused_by_name(tmp_path: Path) -> None:
    """A slip of the pen in TOML names its file."""
    shutil.copyfile(LAYOUTS / "design.toml", tmp_path / "design.toml")
    for folder, text, fault in [
        ("2026-07-01", "body = ", "syntax"),
        ("2026-07-01", "bodies = []", "top level"),
        ("new", "body = []", "a folder that is not named by a day"),
    ]:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "X.toml").write_text(text, encoding="utf-8")
        with pytest.raises(LayoutError, match=rf"X\.toml: .*{fault}"):
            load_layouts(tmp_path)
        (tmp_path / folder / "X.toml").unlink()


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "reason"),
    [
        ("catalogue/V.toml", 'id = "V36"', 'id = "V36"\nbogus = 1', "form[V36].bogus", "is not a known key"),
        ("catalogue/V.toml", 'issuers = ["CAX_HEAD"]', 'issuers = ["KING"]', "issuers", "'KING' is not defined"),
        ("catalogue/V.toml", "POL-HOLD-BASIS", "hold basis", "policies", "is no policy id"),
        ("catalogue/C.toml", 'id = "C12"', 'id = "C12"\nnumber = "12"', "form[C12].number", "no official number"),
        ("catalogue/V.toml", 'groups = ["H1",', 'groups = ["H9",', "groups", "'H9' is not defined"),
        ("catalogue/V.toml", '"served_doc_title"', '"served_title"', "required/optional", "is not defined"),
        ("catalogue.toml", "from = 2026-07-01", 'from = "2026"', "series.V.from", "must be of type date"),
        ("catalogue/V.toml", 'id = "V18"', 'id = "V17"', "form[V17].id", "two editions are in force"),
        ("catalogue/C.toml", 'mark = "C"', 'mark = "Z"', "mark", "is none of"),
        ("catalogue.toml", "[series.V]", "[series.V", "file", ""),
        ("catalogue/V.toml", "sample = { addressee", "sample = { judge_name", "sample", "is not declared"),
        ("dictionary/document.toml", 'type = "enum"', 'type = "str"', "variable.regime.values", "an enum needs values"),
        ("dictionary/document.toml", 'item = "text"', 'item = "poem"', "variable.legal_bases.item", "is none of"),
        ("dictionary/document.toml", 'source = "officer"', 'source = "oracle"', "source", "is none of"),
        ("dictionary/document.toml", "[variable.place]", "[variable.Place]", "Place", "lower-case identifier"),
        ("dictionary/relatives.toml", 'en = "Address', 'fr = "Adresse', "label", "is missing"),
    ],
)
def test_a_fault_in_the_data_is_named_with_file_key_and_reason(
    edited: Edit, file: str, old: str, new: str, key: str, reason: str
) -> None:
    """Whoever edits the catalogue is told where the slip is."""
    with pytest.raises(CatalogueError) as fault:
        load_catalogue(edited(file, old, new))

    assert fault.value.file == file
    assert key in fault.value.key
    assert reason in fault.value.reason


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """An empty folder is no catalogue."""
    with pytest.raises(CatalogueError, match=r"dictionary\.toml: file"):
        load_catalogue(tmp_path)


def test_the_documents_of_the_procedure_are_all_listed() -> None:
    """Each paper a dossier may hold can be filed under its official title."""
    catalogue = official_catalogue()
    known = {form.form_id for form in catalogue.forms(DAY)}
    wanted = {f"V{n:02d}" for n in range(17, 61)} | {f"III{n:02d}" for n in range(1, 11)}
    wanted |= {f"I{n:02d}" for n in range(1, 19)} | {f"N{n:02d}" for n in range(1, 10)}
    wanted |= {f"C{n:02d}" for n in range(1, 18)}
    wanted |= WITHOUT_FORM

    assert wanted <= known


def test_forms_of_2026_are_shown_as_unverified() -> None:
    """POL-TEXT-VERIFY: the numbers rest on one unofficial copy."""
    for form in official_catalogue().forms(DAY):
        if form.number and "163/2026" in form.instrument:
            assert form.unverified
            assert "POL-TEXT-VERIFY" in form.policies


def test_every_signature_asks_for_a_title_and_every_numbered_paper_has_a_symbol() -> None:
    """Defaults are there for whoever signs first; a body may use its own symbol."""
    for form in official_catalogue().forms():
        assert form.signer_title
        assert form.symbol or not form.numbered
        if "doc_symbol" in form.required:
            assert form.symbol, form.form_id


def test_every_source_is_used() -> None:
    """The page that asks the officer leaves out what the other sources give."""
    assert {variable.source for variable in official_catalogue().variables.values()} == set(Source)
