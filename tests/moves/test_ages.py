"""Which procedure a person's age leads to, to the day."""

from __future__ import annotations

from datetime import date

import pytest

from dossiers.errors import InvalidDataError
from dossiers.files.editions import load_law
from dossiers.moves.open_dossier import procedure_for
from dossiers.people.models import Person


@pytest.mark.parametrize(
    ("born", "procedure"),
    [
        ("2014-07-01", "cnbb-minor"),
        ("2008-07-02", "cnbb-minor"),
        ("2008-07-01", "cnbb-adult"),
        ("1999-01-01", "cnbb-adult"),
    ],
)
def test_the_procedure_follows_the_age_on_the_day(born, procedure):
    """To the day: 12 years old on 1 July 2026, 18 the day after, 18 on that day."""
    person = Person(born_on=date.fromisoformat(born))
    assert procedure_for(load_law(), person, date(2026, 7, 1)).id == procedure


def test_a_child_of_eleven_gets_no_dossier():
    """L36: under 12 nothing of this applies, and the refusal says for whom each procedure is meant."""
    person = Person(born_on=date(2014, 7, 2))
    with pytest.raises(InvalidDataError) as caught:
        procedure_for(load_law(), person, date(2026, 7, 1))
    reasons = {reason.clause: reason for reason in caught.value.reasons}
    assert set(reasons) == {"cnbb-minor", "cnbb-adult"}
    assert "từ đủ 12 tuổi đến dưới 18 tuổi" in reasons["cnbb-minor"].text.vi
    assert "11 tuổi" in reasons["cnbb-minor"].text.vi
    assert reasons["cnbb-minor"].basis == "L28; L36"


@pytest.mark.parametrize(
    ("on", "edition"),
    [
        ("2022-03-24", "2022-03-24"),
        ("2023-01-31", "2022-03-24"),
        ("2023-02-01", "2023-02-01"),
        ("2025-02-28", "2023-02-01"),
        ("2025-03-01", "2025-03-01"),
        ("2025-07-01", "2025-07-01"),
        ("2026-06-30", "2025-07-01"),
        ("2026-07-01", "2026-07-01"),
    ],
)
def test_a_minor_gets_the_edition_of_the_day(on, edition):
    """Each window of the earlier regime has its own for 12 to under 18."""
    day = date.fromisoformat(on)
    assert (
        procedure_for(load_law(), Person(born_on=day.replace(year=day.year - 15)), day).key == f"cnbb-minor@{edition}"
    )


def test_before_the_ordinance_for_minors_no_dossier_about_one_is_opened():
    """PL 01/2022 has been in force since 2022-03-24; until then no court law for them was."""
    with pytest.raises(InvalidDataError) as caught:
        procedure_for(load_law(), Person(born_on=date(2007, 3, 1)), date(2022, 3, 23))
    assert [reason.clause for reason in caught.value.reasons] == ["cnbb-adult"]


def test_no_two_procedures_are_meant_for_the_same_person_on_a_day():
    """Somebody of any age falls under one procedure at most, on every day an edition begins."""
    law = load_law()
    for day in sorted({date.fromisoformat(each.edition) for each in law.procedures}):
        opening = law.opening_on(day)
        for age in range(100):
            fitting = [each.id for each in opening if each.ages and each.ages.admit(date(day.year - age, 1, 1), day)]
            assert len(fitting) <= (age >= 12), (day, age, fitting)
