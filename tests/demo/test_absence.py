"""The side story: leave counts, an escape moves the end of the term day by day, a missing V53 delays nobody."""

import dataclasses
import itertools
from datetime import datetime

import pytest

from api.app import create_app_in
from api.config import Settings
from api.demo.drive import ADULT
from api.demo.filling import AppWire
from api.demo.story import Play, Stage, load_story
from api.demo.summary import summary_of
from api.house import build_house
from api.worker import tick
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from dossiers.migrating import upgrade


@dataclasses.dataclass
class Told:
    """The dossier after the side story, and what it looked like on the way."""

    summary: dict
    problems: list
    #: Alarms that stood after each act of the side story, by trigger.
    alarms: dict
    ends: dict


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Play the adult story up to the intake, then the side story, in this process."""
    folder = tmp_path_factory.mktemp("absence")
    adult, absence = load_story("adult"), load_story("absence")
    now = [datetime.fromisoformat(str(adult[0]["at"]))]
    url = f"sqlite:///{folder}/rows.sqlite"
    settings = Settings(url, (folder / "papers").as_uri(), "x" * 40, demo=True)
    upgrade(settings.database_url)
    house = dataclasses.replace(build_house(settings), clock=lambda: now[0])
    with house.database.transaction() as session:
        load_demo(session, house.sealer, at=house.now())

    def set_clock(moment):
        now[0] = moment
        tick(house)

    wire = AppWire(create_app_in(house).test_client(use_cookies=False))
    play = Play(Stage(wire, DEMO_PASSWORD, set_clock), ADULT)
    play.run(adult, until="SERVING")
    reader, alarms, ends = play.stage.office("cax.truong.minhhoa"), {}, {}
    for step in absence:
        play.play(step)
        if "move" in step:
            seen = reader.get(f"/api/v1/dossiers/{play.dossier_id}")
            alarms[step["move"]] = [alarm["code"] for alarm in seen["alarms"]]
            ends[step["move"]] = seen["facts"].get("term_end")
    summary = summary_of(reader, play.dossier_id)
    with house.database.reading() as session:
        problems = dossier_problems(session, session.query(Dossier).one())
    yield Told(summary, problems, alarms, ends)
    house.database.dispose()


def act(told, what):
    """Return the last step with this trigger."""
    return [step for step in told.summary["steps"] if step["what"] == what][-1]


def limits(told, rule):
    """Return the limits of a rule in the order they were started."""
    return [row for row in told.summary["limits"] if row["rule"] == rule]


def test_leave_counts_toward_the_term(told):
    """Three days at a funeral move nothing; the person is on leave, in nobody's hands, and back in time."""
    granted, back = act(told, "grant_funeral_leave"), act(told, "return_from_leave")

    assert granted["custody"]["kind"] == "on_leave"
    assert granted["custody"]["instrument"] == "V49"
    assert back["custody"]["kind"] == "in_facility"
    assert [row["state"] for row in limits(told, "T-FUN24")] == ["met"]
    assert [row["state"] for row in limits(told, "T-FUN5")] == ["met"]
    assert told.ends["return_from_leave"] == "2028-08-04"


def test_while_the_person_is_away_the_term_has_no_end(told):
    """A date that cannot be known is not invented."""
    assert act(told, "escape")["custody"]["kind"] == "absconded"
    assert told.ends["escape"] is None
    stopped = {row["rule"] for row in act(told, "escape")["limits_stopped"]}
    assert {"TERM", "T-FIN30", "T-DONE24"} <= stopped
    assert [row["state"] for row in limits(told, "T-ESC24")] == ["met"]


def test_the_escape_moves_the_end_by_its_days(told):
    """10 May to 2 June are 23 days: 4 August becomes 27 August, a Sunday, and is not moved for it."""
    first, second = told.summary["terms"]

    assert first["ends_on"] == "2028-08-04"
    assert second["ends_on"] == told.ends["recapture"] == "2028-08-27"
    assert second["starts_on"] == "2026-09-10"
    excluded = [line for line in second["steps"] if "N109.3" in line["basis"]]
    assert sum(line["amount"] for line in excluded) == 23
    (notice,) = [row for row in limits(told, "T-FIN30") if row["started_by"] == act(told, "recapture")["seq"]]
    assert notice["due_at"] == "2028-07-29T00:00:00+07:00"
    assert notice["state"] == "met"


def test_a_missing_v53_raises_an_alarm_and_delays_nobody(told):
    """The certificate is issued on the last day; the fault is on record for those whose duty it was."""
    released = act(told, "issue_completion")

    assert released["at"] == "2028-08-27T08:00:00+07:00"
    assert released["state"] == "COMPLETED"
    assert released["custody"]["kind"] == "at_liberty"
    assert [(each["guard"], each["clause"], each["effect"]) for each in released["remarks"]] == [
        ("G-DONE", "v53", "alarm")
    ]
    assert told.alarms["issue_completion"] == ["G-DONE.v53"]
    assert [row["state"] for row in limits(told, "T-DONE24")][-1] == "met"


def test_the_late_decision_does_not_lengthen_post_rehab_management(told):
    """Two years from the day of completion, whenever the decision came."""
    assert told.summary["state"] == "POST_REHAB"
    (running,) = [row for row in limits(told, "T-POST") if row["state"] == "running"]
    assert running["due_at"] == "2030-08-28T00:00:00+07:00"
    assert told.summary["facts"]["post_rehab_end"] == "2030-08-27"


def test_the_cover_has_no_hole_and_the_diary_folds(told):
    """Leave, flight and release are intervals like any other."""
    cover = told.summary["custody"]
    for before, after in itertools.pairwise(cover):
        assert before["to"] == after["from"]
    kinds = [each["kind"] for each in cover]
    assert kinds[-6:] == ["in_facility", "on_leave", "in_facility", "absconded", "in_facility", "at_liberty"]
    assert told.problems == []
