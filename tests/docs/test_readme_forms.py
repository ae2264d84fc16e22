"""The README says which forms are made and which come in as scans, and says it as it is."""

import re
from datetime import date
from pathlib import Path

from dossiers.papers.catalogue_files import official_catalogue

README = re.sub(r"\s+", " ", (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8"))
NUMBERED = [form for form in official_catalogue().forms() if form.number]


def test_every_numbered_form_has_a_template() -> None:
    """Of the law in force and of the earlier regime."""
    assert [form.form_id for form in NUMBERED if not form.template] == []


def test_the_readme_names_the_instruments_whose_forms_are_made() -> None:
    """An instrument that joins the catalogue is named to the reader."""
    instruments = {form.instrument for form in NUMBERED}

    assert {name for name in instruments if re.sub(r"/(NĐ-CP|TT-BYT)$", "", name) not in README} == set()


def test_the_readme_says_which_papers_come_in_as_scans() -> None:
    """In force these are papers of the court, of the earlier regime also what bodies wrote without a form."""
    scanned = [form for form in official_catalogue().forms() if not form.template]
    in_force = [form for form in scanned if form.in_force(date(2026, 8, 1))]

    assert {form.form_id[0] for form in scanned} <= {"C", "D"}
    assert {form.form_id[0] for form in in_force} <= {"C"}
    assert ("the court's other papers" in README) == bool(in_force)
    assert ("under the earlier regime" in README) == (len(scanned) > len(in_force))
