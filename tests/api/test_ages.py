"""Which procedure rules a dossier follows from the person's age on the day it begins, and nobody chooses it."""

from __future__ import annotations

import json

import pytest

from tests.api.scenes import Scene
from tests.playing import SceneBefore

OFFICER = "cax.canbo.minhhoa"
#: The story begins on this day.
DAY = "2026-07-30T08:00:00+07:00"


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open the morning on which the story begins."""
    return before("start_residence_check")


def person(scene: Scene, born_on: str) -> str:
    """Add a fictitious person born on a day and return the id."""
    sent = {"full_name": "VÕ MINH THỬ TUỔI", "sex": "male", "born_on": born_on}
    added: str = scene.office(OFFICER).post("/api/v1/persons", sent)["id"]
    return added


@pytest.mark.parametrize(
    ("born_on", "procedure"),
    [
        ("2014-07-30", "cnbb-minor"),
        ("2008-07-31", "cnbb-minor"),
        ("2008-07-30", "cnbb-adult"),
        ("1999-01-01", "cnbb-adult"),
    ],
)
def test_a_dossier_is_opened_under_the_procedure_for_the_age(scene: Scene, born_on: str, procedure: str) -> None:
    """12 on that day, 18 tomorrow, 18 today, long grown up."""
    body = {"person_id": person(scene, born_on), "occurred_at": DAY}
    opened = scene.office(OFFICER).post("/api/v1/dossiers", body)
    assert opened["procedure"]["id"] == procedure


def test_the_day_the_case_began_decides_not_the_day_it_is_entered(scene: Scene) -> None:
    """Entered at 18, begun at 17: the procedure is the one for 17."""
    body = {"person_id": person(scene, "2008-07-30"), "occurred_at": "2026-07-29T22:00:00+07:00"}
    opened = scene.office(OFFICER).post("/api/v1/dossiers", body)
    assert opened["procedure"]["id"] == "cnbb-minor"


def test_about_a_child_of_eleven_no_dossier_is_opened(scene: Scene) -> None:
    """The refusal says for whom each procedure is meant, with its article, and nothing is left behind."""
    body = {"person_id": person(scene, "2014-07-31"), "occurred_at": DAY}
    reply = scene.office(OFFICER).call("POST", "/api/v1/dossiers", body=json.dumps(body).encode())
    assert reply.status == 422
    reasons = reply.json()["reasons"]
    assert {each["guard"] for each in reasons} == {"AGE"}
    assert {each["basis"] for each in reasons} == {"L28; L36", "L28; L35"}
    assert all("11 tuổi" in each["text"] for each in reasons)
    assert scene.office(OFFICER).everything("/api/v1/dossiers?q=tuoi") == []


def test_a_program_cannot_name_the_procedure(scene: Scene) -> None:
    """An adult cannot be filed as a minor, nor the other way round."""
    body = {"person_id": person(scene, "1999-01-01"), "procedure_id": "cnbb-minor"}
    reply = scene.office(OFFICER).call("POST", "/api/v1/dossiers", body=json.dumps(body).encode())
    assert reply.status == 422
