"""Somebody who turns 18 between detection and the ground: a human switches, and the adult procedure begins anew."""

import dataclasses
from datetime import datetime

import pytest

from api.app import create_app_in
from api.config import Settings
from api.demo.client import RefusedError
from api.demo.drive import MINOR
from api.demo.filling import AppWire
from api.demo.story import Play, Stage, load_story
from api.house import build_house
from api.worker import tick
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from dossiers.migrating import upgrade

HEAD = "cax.truong.minhhoa"
SWITCH = {"turn18_route": "switch", "decision_reason": "Đã đủ 18 tuổi (giả định)."}


@pytest.fixture
def told(tmp_path):
    """Play the story of somebody who is 18 on 1 October 2026 up to the morning of that day."""
    story = load_story("minor")
    now = [datetime.fromisoformat(str(story[0]["at"]))]
    settings = Settings(f"sqlite:///{tmp_path}/rows.sqlite", (tmp_path / "papers").as_uri(), "x" * 40, demo=True)
    upgrade(settings.database_url)
    house = dataclasses.replace(build_house(settings), clock=lambda: now[0])
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=house.now())

    def set_clock(moment):
        now[0] = moment
        tick(house)

    wire = AppWire(create_app_in(house).test_client(use_cookies=False))
    play = Play(Stage(wire, DEMO_PASSWORD, set_clock), {**MINOR, "born_on": "2008-10-01"})
    play.run(story, until="GROUND")
    yield play, story[[step.get("wait") for step in story].index("GROUND") + 1 :], house
    house.database.dispose()


def test_at_18_the_ground_is_recorded_under_the_adult_procedure(told):
    """L36.1, L36.3: refused here, switched by the head, and begun anew there with what is known."""
    play, rest, house = told
    with pytest.raises(RefusedError) as refused:
        play.run(rest, until="GROUND_RECORDED")
    reasons = {each["guard"] for each in refused.value.reply.json()["reasons"]}
    assert reasons == {"G-AGE18", "G-AGE-GROUND"}
    head = play.stage.office(HEAD)
    path = f"/api/v1/dossiers/{play.dossier_id}"
    version = head.get(path)["version"]
    moved = head.post(f"{path}/moves", {"trigger": "decide_route_18", "fields": SWITCH, "note": ""}, version=version)
    assert moved["state"]["id"] == "SWITCHED_ADULT"
    (new,) = [each for each in head.everything("/api/v1/dossiers") if each["id"] != play.dossier_id]
    opened = head.get(f"/api/v1/dossiers/{new['id']}")
    assert (opened["procedure"]["id"], opened["state"]["id"]) == ("cnbb-adult", "GROUND_RECORDED")
    assert opened["facts"]["addiction_result"] == "addicted"
    assert "turn18_route" not in opened["facts"]
    with house.database.reading() as session:
        assert [problem for each in session.query(Dossier) for problem in dossier_problems(session, each)] == []


def test_before_the_birthday_there_is_nothing_to_switch(told):
    """The day before, the same act is refused: the person is 17."""
    play, _, _ = told
    head = play.stage.office(HEAD)
    path = f"/api/v1/dossiers/{play.dossier_id}"
    moves = {each["trigger"]: each for each in head.get(f"{path}/moves")["items"]}
    assert moves["decide_route_18"]["actor"] == ["CAX_HEAD"]
    early = {"trigger": "decide_route_18", "fields": SWITCH, "occurred_at": "2026-09-30T20:00:00+07:00"}
    with pytest.raises(RefusedError) as refused:
        head.post(f"{path}/moves", early, version=head.get(path)["version"])
    assert "G-IS-18" in {each["guard"] for each in refused.value.reply.json()["reasons"]}
