"""What the dossier knows reaches the forms in the forms' own words: no fact that a form cannot print."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from dossiers.papers.catalogue_files import official_catalogue
from dossiers.papers.filling import Filling, check_filling, official_filling
from dossiers.papers.tables import CatalogueError
from workflow.loader import load_procedures
from workflow.model import Procedure
from workflow.vocabulary import FactType

CATALOGUE = official_catalogue()
PROCEDURES = load_procedures()
FILLING = official_filling()


def shaped(name: str, value: object) -> object:
    """Return what the form gets for a value that is known of a variable."""
    return FILLING.shaped(CATALOGUE.variable(name), value)


def variables_of(fact: str) -> set[str]:
    """Return the variables that print a fact, under its own name or by the mapping."""
    return ({fact} & set(CATALOGUE.variables)) | {name for name, source in FILLING.fact.items() if source == fact}


def test_every_choice_of_every_edition_has_its_word_on_the_forms() -> None:
    """Written apart from the check itself: each printed enumeration, each edition, each choice."""
    checked = 0
    for procedure in PROCEDURES:
        for fact in procedure.facts.values():
            for name in variables_of(fact.id) if fact.type is FactType.ENUM else ():
                allowed = {value.value for value in CATALOGUE.variable(name).values}
                assert {shaped(name, choice.id) for choice in fact.choices} <= allowed | {""}, (procedure.key, name)
                checked += 1
    assert checked > 50


def test_every_printed_fact_has_a_type_that_its_variable_takes() -> None:
    """Whatever the procedures and the forms become, they fit each other; the program checks it when it starts."""
    assert check_filling(FILLING, CATALOGUE, PROCEDURES) is None


@pytest.mark.parametrize(
    ("name", "known", "printed"),
    [
        ("addiction_result", "addicted", "nghien"),
        ("addiction_result", "not_addicted", "khong_nghien"),
        ("voluntary_place", "public", "cong_lap"),
        ("voluntary_place", "ost", ""),
        ("ground_code", "b", "b"),
        ("ground_code", "A1a", ""),
        ("belongings", "01 bộ quần áo\n\n 01 đồng hồ \n", ["01 bộ quần áo", "01 đồng hồ"]),
        ("belongings", ["01 bộ quần áo"], ["01 bộ quần áo"]),
        ("custody_from", "2026-08-03T15:00:00+07:00", "2026-08-03"),
        ("custody_from", "2026-08-02T18:00:00+00:00", "2026-08-03"),
        ("custody_from", "2026-08-03", "2026-08-03"),
        ("court_acceptance_no", 7, "7"),
    ],
)
def test_a_known_value_is_told_in_the_words_of_the_form(name: str, known: object, printed: object) -> None:
    """Choices by the mapping, lines as a list, an instant as the day it was in Việt Nam."""
    assert shaped(name, known) == printed


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"fact": {"no_such": "term_start"}}, "fact.no_such", "no such variable"),
        ({"fact": {"custody_from": "no_such"}}, "fact.custody_from", "no procedure has the fact no_such"),
        ({"fact": {"place": "term_start"}}, "fact.place", "str cannot print term_start (date)"),
        ({"fact": {"witness_list": "violation_text"}}, "fact.witness_list", "list cannot print violation_text (text)"),
        ({"value": {}}, "value.addiction_result", "the form has no value for addiction_result = addicted"),
        ({"value": {**FILLING.value, "em_group": {"house": "home"}}}, "value.em_group.house", "is no choice"),
        ({"value": {**FILLING.value, "no_such": {}}}, "value.no_such", "no such variable"),
        ({"number": {"pm_decision_no": "V99"}}, "number.pm_decision_no", "no such form: V99"),
    ],
)
def test_a_slip_in_the_mapping_is_named(change: Mapping[str, object], key: str, reason: str) -> None:
    """The program does not start with a mapping that names nothing or says what no form can print."""
    slipped: Filling = replace(FILLING, **change)

    with pytest.raises(CatalogueError) as fault:
        check_filling(slipped, CATALOGUE, PROCEDURES)

    assert (fault.value.file, fault.value.key) == ("filling.toml", key)
    assert reason in fault.value.reason


def test_a_new_choice_without_a_word_is_found() -> None:
    """Whoever adds a choice to a procedure must say what the forms call it."""
    procedure = next(each for each in PROCEDURES if "voluntary_place" in each.facts)
    fact = procedure.facts["voluntary_place"]
    choice = replace(fact.choices[0], id="at_sea")
    grown: Procedure = replace(
        procedure, facts={**procedure.facts, fact.id: replace(fact, choices=(*fact.choices, choice))}
    )

    with pytest.raises(CatalogueError, match="no value for voluntary_place = at_sea"):
        check_filling(FILLING, CATALOGUE, [*PROCEDURES, grown])
