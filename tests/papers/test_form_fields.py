"""Every field that the reference names for a form is declared and printed by its template, or left out for a reason.

The reference stands beside this file as tables of our own, one list a form and the data dictionary's column of forms.
"""

import io
import re
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dossiers.papers.catalogue import FormEdition
from dossiers.papers.catalogue_files import official_catalogue

REFERENCE = Path(__file__).parent / "reference"
DICTIONARY = "dictionary.toml"
CATALOGUE = official_catalogue()
#: The data dictionary names the forms of the law in force.
IN_FORCE = {form.form_id: form for form in CATALOGUE.forms(date(2026, 8, 1)) if form.template}


def key_of(form: FormEdition) -> str:
    """Return what the reference calls a form: V36@2026-07-01."""
    return f"{form.form_id}@{form.valid_from}"


PRINTED = {key_of(form): form for form in CATALOGUE.forms() if form.template}


def read_reference() -> dict[str, Mapping[str, Any]]:
    """Return the list of each form; two files may not speak of the same form."""
    found: dict[str, Mapping[str, Any]] = {}
    for path in sorted(REFERENCE.glob("*.toml")):
        if path.name != DICTIONARY:
            forms = tomllib.loads(path.read_text(encoding="utf-8"))["form"]
            assert not found.keys() & forms.keys(), path.name
            found |= forms
    return found


FORMS = read_reference()
NAMED = tomllib.loads((REFERENCE / DICTIONARY).read_text(encoding="utf-8"))


def printed_names(form: FormEdition) -> set[str]:
    """Return every word inside the tags of a template's parts; read from the file, not through the program's lint."""
    with zipfile.ZipFile(io.BytesIO(CATALOGUE.template_bytes(form))) as package:
        parts = [package.read(name).decode() for name in package.namelist() if name.endswith(".xml")]
    tags = re.findall(r"\{\{.*?\}\}|\{%.*?%\}", " ".join(re.sub(r"<[^>]+>", "", part) for part in parts))
    return {word for tag in tags for word in re.findall(r"(?<![.\w])[a-z][a-z0-9_]*", tag)}


def missing(form: FormEdition, wanted: set[str]) -> dict[str, str]:
    """Return the wanted fields that the catalogue does not declare or the template does not print."""
    printed = printed_names(form)
    found = dict.fromkeys(wanted - form.declared, "not declared")
    return found | dict.fromkeys(wanted & form.declared - printed, "not printed")


@pytest.mark.parametrize("key", PRINTED)
def test_the_form_prints_every_field_of_its_specification(key: str) -> None:
    """Whatever is named and not left out for a reason stands on the paper; a reason for what is printed is stale."""
    listed = FORMS[key]
    without = listed.get("without", {})

    assert missing(PRINTED[key], set(listed["fields"]) - set(without)) == {}
    assert set(without) & PRINTED[key].declared == set()
    assert all(reason.strip() for reason in without.values())
    assert listed["source"].strip()


def test_the_reference_speaks_of_the_forms_that_have_a_template_and_of_no_other() -> None:
    """No form escapes, and no list outlives its form."""
    assert set(FORMS) == set(PRINTED)


def forms_named(names: list[str]) -> Iterator[str]:
    """Yield the ids that a list of forms, series ("C*"), blocks or "*" stands for, those that have a template."""
    for name in names:
        if name in NAMED["block"]:
            yield from forms_named(NAMED["block"][name])
        elif name.endswith("*"):
            yield from (form_id for form_id in IN_FORCE if form_id.startswith(name[:-1]))
        elif name in IN_FORCE:
            yield name


def left_out() -> dict[tuple[str, str], str]:
    """Return (form, variable) -> why the form does not print what the dictionary names it for."""
    reasons: dict[tuple[str, str], str] = {}
    for row in NAMED["without"]:
        for form_id in forms_named(row["forms"]):
            reasons |= {(form_id, variable): row["reason"] for variable in row["variables"]}
    for form_id, form in IN_FORCE.items():
        for variable, reason in FORMS[key_of(form)].get("without", {}).items():
            reasons[form_id, variable] = reason
    return reasons


LEFT_OUT = left_out()
COLUMN = {variable: row["forms"] for row in NAMED["named"] for variable in row["variables"]}


def test_the_program_has_every_variable_of_the_data_dictionary() -> None:
    """A variable without a place in the program is named with its reason."""
    assert set(COLUMN) - set(CATALOGUE.variables) == set(NAMED["absent"])
    assert len(COLUMN) == sum(len(row["variables"]) for row in NAMED["named"])


@pytest.mark.parametrize("form_id", IN_FORCE)
def test_the_form_prints_every_variable_that_the_data_dictionary_names_it_for(form_id: str) -> None:
    """The other direction: from the variables to the forms."""
    wanted = {variable for variable, forms in COLUMN.items() if form_id in set(forms_named(forms))}
    excused = {variable for form, variable in LEFT_OUT if form == form_id} | set(NAMED["absent"])

    assert missing(IN_FORCE[form_id], wanted - excused) == {}


def test_no_reason_is_given_for_what_a_form_prints() -> None:
    """A template that is completed later takes its excuse away with it."""
    stale = {(form_id, name) for form_id, name in LEFT_OUT if name in printed_names(IN_FORCE[form_id])}

    assert stale == set()
    assert all(reason.strip() for reason in (*LEFT_OUT.values(), *NAMED["absent"].values()))


def test_a_variable_that_no_form_names_is_known_to_the_program_only() -> None:
    """Facts that choose forms or stop a filing are printed nowhere, so the dictionary names no form for them."""
    assert {name for name, forms in COLUMN.items() if not forms} == {"subj_stable_residence", "subj_age_group"}
