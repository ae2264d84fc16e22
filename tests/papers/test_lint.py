"""The lint finds each fault that can be planted in a template, and none in the templates that are shipped."""

import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.document import Document
from docx.shared import Mm

from dossiers.papers.catalogue import Catalogue
from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.lint import LintProblem, lint_templates
from dossiers.papers.samples import sample_values
from dossiers.papers.values import printable_values
from templates_docx.builder.compose import compose
from templates_docx.builder.layout import Layout, load_design, load_layouts
from templates_docx.builder.package import package_bytes

FILE = "2026-07-01/V36.docx"

Lint = Callable[[Callable[[Document], None]], list[LintProblem]]
LintBody = Callable[..., list[LintProblem]]


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Return a catalogue of one form whose template may be spoilt."""
    official = official_catalogue()
    form = official.form("V36", date(2026, 8, 1))
    path = tmp_path / FILE
    path.parent.mkdir()
    path.write_bytes(official.template_bytes(form))
    return replace(official, editions=(form,), folder=tmp_path)


@pytest.fixture
def lint_after(catalogue: Catalogue, tmp_path: Path) -> Lint:
    """Return a function that spoils the template as Word would and lints it."""

    def spoil_and_lint(spoil: Callable[[Document], None]) -> list[LintProblem]:
        document = docx.Document(str(tmp_path / FILE))
        spoil(document)
        document.save(str(tmp_path / FILE))
        return lint_templates(catalogue)

    return spoil_and_lint


@pytest.fixture
def lint_with(catalogue: Catalogue, tmp_path: Path) -> LintBody:
    """Return a function that adds elements to the template and lints it."""

    def add_and_lint(*texts: str) -> list[LintProblem]:
        (layout,) = (one for one in load_layouts() if one.name == "V36")
        added = [{"p": text} for text in texts]
        document = compose(Layout("V36", layout.edition, [*layout.body, *added]), load_design())
        (tmp_path / FILE).write_bytes(package_bytes(document))
        return lint_templates(catalogue)

    return add_and_lint


def reasons(problems: Sequence[LintProblem]) -> str:
    """Return all reasons in one text."""
    return "\n".join(problem.reason for problem in problems)


def last_paragraph(document: Document) -> int:
    """Return the number of the last paragraph of the body."""
    return sum(1 for _ in document.part.element.iter("{*}p"))


def test_the_shipped_templates_are_sound() -> None:
    """No fault in any template, and no form whose template was forgotten."""
    assert lint_templates(official_catalogue()) == []


def test_the_untouched_copy_is_sound(catalogue: Catalogue) -> None:
    """What the other tests find is what they planted."""
    assert lint_templates(catalogue) == []


def test_an_unknown_variable_is_found_where_it_stands(lint_with: LintBody, tmp_path: Path) -> None:
    """A misspelt name is no variable; the problem names the paragraph."""
    (problem,) = lint_with("{{ subj_ful_name }}")

    count = last_paragraph(docx.Document(str(tmp_path / FILE)))
    assert problem == LintProblem(FILE, count, "unknown variable 'subj_ful_name'")


def test_a_variable_of_another_form_is_found(lint_with: LintBody) -> None:
    """The dictionary knows it, the catalogue does not declare it for this form."""
    assert reasons(lint_with("{{ funeral_of }}")) == "variable 'funeral_of' is not declared for this form"


def test_a_declared_variable_that_is_not_printed_is_found(catalogue: Catalogue) -> None:
    """Officers must not be asked for what no paper shows."""
    (form,) = catalogue.editions
    greedy = replace(catalogue, editions=(replace(form, optional=(*form.optional, "funeral_of")),))

    assert reasons(lint_templates(greedy)) == "variable 'funeral_of' is declared for form V36 but not used"


def test_a_tag_split_over_runs_is_found(lint_after: Lint) -> None:
    """Word splits what looks like one word; docxtpl would leave it in the text or lose its look."""

    def split(document: Document) -> None:
        paragraph = document.add_paragraph()
        paragraph.add_run("{{ court_")
        paragraph.add_run("name }}").bold = True

    problems = lint_after(split)

    assert "tag split over runs: {{ court_name }}" in reasons(problems)


def test_a_phrase_that_was_never_replaced_is_found(lint_after: Lint) -> None:
    """The signs of the layouts have no meaning in a template, so they would be printed."""
    problems = lint_after(lambda document: document.add_paragraph("Căn cứ <<law-2025>>;") and None)

    assert reasons(problems) == "a phrase of the layouts was never replaced"


def test_half_a_tag_is_found(lint_after: Lint) -> None:
    """An opened tag that is never closed swallows the rest."""
    problems = lint_after(lambda document: document.add_paragraph("{ { } } }} còn lại") and None)

    assert "a tag is opened or closed, but not both" in reasons(problems)


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("{{ court_name.upper() }}", "call"),
        ("{{ court_name.__class__ }}", "attribute '__class__'"),
        ("{{ court_name.real }}", "attribute 'real'"),
        ("{{ court_name|attr('x') }}", "filter 'attr'"),
        ("{{ court_name|upper(1) }}", "a filter takes no arguments"),
        ("{{ doc_list[0] }}", "getitem"),
        ("{{ court_name ~ place }}", "concat"),
        ("{{ 9 * 9 }}", "mul"),
        ("{{ [1, 2] }}", "list"),
        ("{{ 1.5 }}", "constant"),
        ("{{ court_name is defined }}", "test"),
        ("{% include 'x' %}", "include"),
        ("{% import 'x' as y %}", "import"),
        ("{% from 'x' import y %}", "fromimport"),
        ("{% macro m() %}{% endmacro %}", "macro"),
        ("{% set x = 1 %}", "assign"),
        ("{% block b %}{% endblock %}", "block"),
        ("{% filter upper %}x{% endfilter %}", "filterblock"),
        ("{% for a, b in doc_list %}{% endfor %}", "a loop takes one name"),
        ("{% for a in doc_list if a %}{% endfor %}", "a loop takes one name"),
        ("{% for a in doc_list %}{{ a.bogus }}{% endfor %}", "a has no field 'bogus'"),
        ("{% for a in recipients %}{{ a.title }}{% endfor %}", "a has no field 'title'"),
        ("{% for a in doc_list %}{{ loop.previtem }}{% endfor %}", "loop has no field 'previtem'"),
        ("{{ loop.index }}", "attribute 'index'"),
    ],
)
def test_forbidden_constructs_are_found(lint_with: LintBody, code: str, named: str) -> None:
    """A template prints, chooses and repeats; everything else is a program."""
    problems = lint_with(code)

    assert any("forbidden construct" in problem.reason and named in problem.reason for problem in problems)


def test_a_loop_over_what_is_no_list_is_found(lint_with: LintBody) -> None:
    """Looping over a text would print it letter by letter."""
    assert reasons(lint_with("{% for c in court_name %}{{ c }}{% endfor %}")) == "variable 'court_name' is no list"


def test_a_template_that_cannot_be_read_is_found(lint_with: LintBody) -> None:
    """An `if` without `endif` is named with its paragraph."""
    problems = lint_with("{% if court_name %}")

    assert "cannot be read as a template" in reasons(problems)


def test_a_missing_template_is_found(catalogue: Catalogue, tmp_path: Path) -> None:
    """The catalogue promises a file that is not there."""
    (tmp_path / FILE).unlink()

    assert lint_templates(catalogue) == [LintProblem(FILE, 0, "missing template of form V36")]


def test_a_file_that_is_no_word_document_is_found(catalogue: Catalogue, tmp_path: Path) -> None:
    """Half a download is no template."""
    (tmp_path / FILE).write_bytes(b"PK\x03\x04 torn")

    (problem,) = lint_templates(catalogue)
    assert problem.reason.startswith("is no Word document")


def test_a_template_of_another_edition_is_found(catalogue: Catalogue) -> None:
    """The text of one year under the number of another would be a wrong paper."""
    (form,) = catalogue.editions
    later = replace(catalogue, editions=(replace(form, valid_from=date(2027, 1, 1)),))

    assert reasons(lint_templates(later)) == (
        "wrong edition: says 'V36@2026-07-01', the catalogue expects 'V36@2027-01-01'"
    )


def test_a_template_of_another_form_is_found(catalogue: Catalogue, tmp_path: Path) -> None:
    """Two files may be swapped; each says what it is."""
    official = official_catalogue()
    shutil.copyfile(Path(str(official.folder.joinpath("2026-07-01/V37.docx"))), tmp_path / FILE)

    assert "wrong edition: says 'V37@2026-07-01'" in reasons(lint_templates(catalogue))


def test_a_strange_font_is_found_in_a_paragraph(lint_after: Lint) -> None:
    """NĐ 30/2020 asks for one font."""

    def dress(document: Document) -> None:
        document.add_paragraph().add_run("Chữ lạ").font.name = "Arial"

    assert "font is Arial, not Times New Roman" in reasons(lint_after(dress))


def test_a_strange_font_is_found_in_the_styles(lint_after: Lint) -> None:
    """A style dresses paragraphs that name no font themselves."""

    def dress(document: Document) -> None:
        document.styles["Normal"].font.name = "Calibri"

    assert "a style uses the font Calibri, not Times New Roman" in reasons(lint_after(dress))


def test_a_page_that_is_not_a4_is_found(lint_after: Lint) -> None:
    """Letter paper and a sheet on its side are both wrong."""

    def letter(document: Document) -> None:
        document.sections[0].page_width = Mm(216)

    assert reasons(lint_after(letter)) == "page is not A4 upright"


def test_braces_left_after_filling_are_found(catalogue: Catalogue) -> None:
    """An example that looks like a tag would print as one."""
    (form,) = catalogue.editions
    odd = replace(form, sample={**form.sample, "court_name": "{{ tòa }}"})

    problems = lint_templates(replace(catalogue, editions=(odd,)))

    assert set(reasons(problems).split("\n")) == {"braces are left over after filling"}


def test_an_example_of_the_wrong_type_is_found(catalogue: Catalogue) -> None:
    """The dictionary's own examples must pass the checks that officers' values pass."""
    (form,) = catalogue.editions
    odd = replace(form, sample={**form.sample, "subj_dob": "hôm qua"})

    (problem,) = lint_templates(replace(catalogue, editions=(odd,)))
    assert (problem.file, problem.paragraph) == ("dictionary.toml", 0)


def test_a_fault_in_a_header_is_found(lint_after: Lint) -> None:
    """Headers are templates too."""

    def spoil(document: Document) -> None:
        document.sections[0].header.paragraphs[0].add_run("{{ nobody }}")

    (problem,) = lint_after(spoil)
    assert problem.file.startswith(f"{FILE}#/word/header")
    assert problem.reason == "unknown variable 'nobody'"


def test_every_example_of_the_dictionary_passes_its_own_check() -> None:
    """Also those that no template prints yet."""
    official = official_catalogue()
    form = official.form("V36", date(2026, 8, 1))
    everything = replace(form, required=tuple(official.variables), optional=())
    examples = {name: variable.example for name, variable in official.variables.items()}

    assert set(printable_values(official, everything, examples, draft=False)) == set(official.variables)


def test_a_sample_has_a_value_for_every_variable_but_the_signing_mode() -> None:
    """Samples are whole, so that a picture of the form shows every line."""
    official = official_catalogue()
    for form in official.forms():
        missing = form.declared - set(sample_values(official, form))
        assert missing <= {"signer_prefix", "signer_for", "signer_rank"}


def test_a_rendered_sample_is_a_word_document_of_the_catalogue() -> None:
    """The identity of the template survives filling, so a paper can be traced to its edition."""
    official = official_catalogue()
    form = official.form("V36", date(2026, 8, 1))
    document = docx.Document(io.BytesIO(official.template_bytes(form)))

    assert document.core_properties.identifier == "V36@2026-07-01"
