"""What follows from instruments cannot be typed over the interface, in no state and by nobody."""

import json
from collections.abc import Callable
from functools import partial

from dossiers.files.models import Dossier
from tests.api.refusals import move_refused, problem_of
from tests.api.scenes import Mark, Recording, Scene

HEAD = "cax.truong.minhhoa"
MOVES_A_STATE = 2


def procedure_of(scene: Scene):
    """Return the edition the dossier is pinned to."""
    with scene.house.database.reading() as session:
        return scene.house.law.pinned(session, session.query(Dossier).one().procedure_sha256)


def test_no_state_of_the_story_takes_a_typed_end_of_the_term(
    recording: Recording, scene_at: Callable[[Mark], Scene]
) -> None:
    """Moves offered there are sent with every derived fact; it is refused by name and nothing changes.

    That no act of any edition asks for one is proven elsewhere, for all of them; here the doors are tried.
    """
    tried = 0
    for _, mark in recording.states():
        scene = scene_at(mark)
        derived = {name: "2030-01-01" for name, fact in procedure_of(scene).facts.items() if fact.derived}
        assert {"term_end", "post_rehab_end", "reading_ends_on", "term_start"} <= set(derived)
        for move in scene.get(HEAD, f"{scene.path}/moves")["items"][:MOVES_A_STATE]:
            reasons = move_refused(scene, partial(scene.send, HEAD, move["trigger"], derived))
            assert "UNKNOWN_FIELD" in reasons, move["trigger"]
            tried += 1
    assert tried > 40


def test_a_dossier_is_opened_without_facts(finished: Scene) -> None:
    """The body of the request has no place for them."""
    person = finished.get(HEAD, finished.path)["person"]["id"]
    body = json.dumps({"person_id": person, "facts": {"term_end": "2026-12-31"}}).encode()

    problem_of(finished.office(HEAD).call("POST", "/api/v1/dossiers", body=body), 422, "invalid-request")


def test_a_number_that_readers_would_round_is_refused(before: Callable[..., Scene]) -> None:
    """Beyond 2^53 - 1 two readers of the same diary could read two numbers."""
    scene = before("decide_apply")
    fields = {**scene.recording.fields_of("decide_apply"), "term_months": 2**53}

    assert "BAD_FIELD.term_months" in move_refused(scene, lambda: scene.send("toa.kv99", "decide_apply", fields))
