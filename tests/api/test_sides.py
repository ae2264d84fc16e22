"""Side machines over the interface: they begin and move with acts of the dossier, and never stand in the way out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.api.refusals import move_refused
from tests.api.scenes import Scene

SceneBefore = Callable[..., Scene]
HEAD, CLERK = "coso2.truong", "coso2.canbo"
PETITION = {"funeral_relative": "father", "funeral_proof": True, "v48_received_at": "2027-01-01T08:00:00+07:00"}
REQUEST = {"requesting_body": "@body:CQDT-99", "case_concerns_person": True}
ILL = {"suspend_reason": "critical", "family_treatment_feasible": True}


@pytest.fixture
def serving(before: SceneBefore) -> Scene:
    """Open a dossier whose person has been in the facility for some months."""
    return before("record_health_check")


def sides(scene: Scene, by: str = HEAD) -> dict[str, Any]:
    """Return the latest side machine of each kind as the interface lists them."""
    return {each["kind"]: each for each in scene.get(by, f"{scene.path}/proceedings")["items"]}


def offered(scene: Scene, by: str, kind: str) -> set[str]:
    """Return the moves of a side machine that an office can make now."""
    items = scene.get(by, f"{scene.side(kind)}/moves")["items"]
    return {each["trigger"] for each in items if each["allowed"]}


def file(scene: Scene, by: str, *forms: str) -> None:
    """Put signed papers on file."""
    for form in forms:
        assert scene.scan(by, form).status == 201


def test_a_petition_is_decided_and_the_leave_ends_beside_the_dossier(serving: Scene) -> None:
    """M-FUN: petitioned, allowed, on leave, back; the dossier itself moves with two of the four."""
    file(serving, CLERK, "V48")
    stated = {**PETITION, "v48_received_at": serving.clock.instant.isoformat()}
    serving.act(CLERK, "petition_funeral_leave", stated)
    assert sides(serving)["cnbb-funeral"]["state"]["id"] == "F1"
    assert offered(serving, HEAD, "cnbb-funeral") >= {"funeral_withdraw"}

    file(serving, HEAD, "V49")
    path = f"{serving.side('cnbb-funeral')}/moves"
    decided = serving.act(HEAD, "funeral_decide", {"funeral_allowed": True}, path=path)
    assert decided["state"]["id"] == "F2"
    limits = serving.get(HEAD, f"{serving.path}/deadlines")["items"]
    assert [each["state"] for each in limits if each["rule"] == "T-FUN24"] == ["met"]

    today = serving.clock.instant.date().isoformat()
    serving.act(HEAD, "grant_funeral_leave", {"leave_days": 2, "leave_from": today})
    assert (serving.state, sides(serving)["cnbb-funeral"]["state"]["id"]) == ("FUNERAL_LEAVE", "F4")
    serving.act(CLERK, "return_from_leave", {"return_health_checked": True})
    ended = sides(serving)["cnbb-funeral"]
    assert (serving.state, ended["state"]["id"], ended["closed_at"] is not None) == ("SERVING", "F5", True)


def test_nothing_moves_alone_that_only_comes_along(serving: Scene) -> None:
    """The leave begins with the act of the dossier, not with a click in the proceeding."""
    file(serving, CLERK, "V48", "V49")
    serving.act(CLERK, "petition_funeral_leave", {**PETITION, "v48_received_at": serving.clock.instant.isoformat()})
    path = f"{serving.side('cnbb-funeral')}/moves"

    assert "funeral_leave" not in {each["trigger"] for each in serving.get(HEAD, path)["items"]}
    refused = move_refused(serving, lambda: serving.send(HEAD, "funeral_leave", path=path))
    assert "ALONG_ONLY" in refused


def test_a_second_request_waits_until_the_first_is_answered(serving: Scene) -> None:
    """One at a time: said beforehand, refused with the reason, and free again once the first has ended."""
    file(serving, CLERK, "D-PROSREQ")
    serving.act(CLERK, "request_prosecution", REQUEST)
    file(serving, CLERK, "D-PROSREQ")
    (move,) = (
        each
        for each in serving.get(CLERK, f"{serving.path}/moves")["items"]
        if each["trigger"] == "request_prosecution"
    )
    assert (move["allowed"], {each["guard"] for each in move["reasons"]}) == (False, {"PROCEEDING_OPEN"})
    ask = lambda: serving.send(CLERK, "request_prosecution", REQUEST)  # noqa: E731 - asked once
    assert move_refused(serving, ask) == {"PROCEEDING_OPEN.cnbb-prosecution"}

    path = f"{serving.side('cnbb-prosecution')}/moves"
    serving.act(HEAD, "pros_decline", {"decision_reason": "Không liên quan (giả định)."}, path=path)
    serving.act(CLERK, "request_prosecution", REQUEST)
    items = serving.get(HEAD, f"{serving.path}/proceedings")["items"]
    assert [each["number"] for each in items if each["kind"] == "cnbb-prosecution"] == [1, 2]


def test_nobody_is_handed_over_without_a_request(serving: Scene) -> None:
    """N111.1: the head of the facility releases on the request of a criminal-procedure body."""
    file(serving, HEAD, "V47", "V42", "D-PROSREQ")
    until = (serving.clock.instant + timedelta(days=9)).isoformat()
    ask = lambda: serving.send(HEAD, "release_to_prosecution", {"prosecution_until": until})  # noqa: E731 - asked once
    assert "G-PROSREQ.requested" in move_refused(serving, ask)


def test_a_release_is_never_held_up_by_what_happened_beside_it(serving: Scene) -> None:
    """C14 of this morning is entered after a treatment note of this noon: the person goes, both records stand."""
    serving.act(CLERK, "hospitalise", {"hospital_name": "Bệnh viện giả định"})
    morning = serving.clock.instant + timedelta(hours=1)
    serving.clock.instant += timedelta(hours=5)
    serving.act(CLERK, "hospital_treat", path=f"{serving.side('cnbb-hospital')}/moves")
    file(serving, "toa.kv99", "C14")
    serving.clock.instant += timedelta(hours=1)
    serving.act("toa.kv99", "grant_suspend", occurred_at=morning.isoformat())

    found = sides(serving)
    assert serving.state == "SUSPENDED_ILL"
    assert found["cnbb-hospital"]["state"]["id"] == "HOSPITAL_SUSPENDED"
    assert found["cnbb-suspend"]["state"]["id"] == "SU"
    assert serving.get(HEAD, f"{serving.path}/custody")["items"][-1]["kind"] == "at_liberty"


def test_a_pending_proceeding_hides_no_release_and_raises_no_alarm(serving: Scene) -> None:
    """Only the hold holds by itself: a request on file neither keeps the person in the cover nor calls for alarm."""
    file(serving, CLERK, "D-PROSREQ")
    serving.act(CLERK, "request_prosecution", REQUEST)
    file(serving, "toa.kv99", "C14")
    serving.act("toa.kv99", "waive_remainder")

    assert serving.state == "REMAINDER_WAIVED"
    assert serving.get(HEAD, f"{serving.path}/custody")["items"][-1]["kind"] == "at_liberty"
    assert "HELD_WITHOUT_TITLE" not in {each["code"] for each in serving.get(HEAD, serving.path)["alarms"]}
    assert all(each["closed_at"] for each in sides(serving).values())
    asked = {"residence_identifiable": False, "local_health_facility": "Trạm Y tế giả định"}
    serving.act(HEAD, "place_local_health", asked, path=f"{serving.side('cnbb-suspend')}/moves")


def test_a_search_begins_with_the_flight_and_ends_with_the_recapture(serving: Scene) -> None:
    """M-SEARCH: from the facility, found; a later flight is another search."""
    serving.act(HEAD, "escape", {"escaped_from": "Khu lao động (giả định)"})
    assert sides(serving)["cnbb-search"]["state"]["id"] == "SR2"
    serving.act(CLERK, "recapture", {"found_place": "Nơi giả định"})
    assert sides(serving)["cnbb-search"]["state"]["id"] == "SRF"
    serving.act(HEAD, "escape", {"escaped_from": "Khu lao động (giả định)"})
    assert (sides(serving)["cnbb-search"]["number"], sides(serving)["cnbb-search"]["state"]["id"]) == (2, "SR2")


def test_a_flight_from_the_hold_is_searched_until_the_title_ends(before: SceneBefore) -> None:
    """The court says no while the person is at large: from that moment nobody seeks them any more."""
    scene = before("decide_apply")
    scene.clock.instant += timedelta(hours=1)
    scene.act("coso1.truong", "hold_escape", path=f"{scene.hold()}/moves")
    assert sides(scene, "toa.kv99")["cnbb-search"]["state"]["id"] == "SR2"
    file(scene, "toa.kv99", "C12", "C10")
    stated = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}
    scene.act("toa.kv99", "decide_not_apply", stated)
    assert sides(scene, "toa.kv99")["cnbb-search"]["state"]["id"] == "SRX"


def test_a_proposal_the_court_refuses_is_an_act_of_the_proceeding(serving: Scene) -> None:
    """M-SUSPEND: the stay goes on, the age of the proposal stops, and another may follow."""
    file(serving, HEAD, "V46", "D-CRIT")
    stated = {**ILL, "petition_received_at": serving.clock.instant.isoformat()}
    serving.act(HEAD, "propose_suspend", stated)
    assert offered(serving, "toa.kv99", "cnbb-suspend") == {"suspend_refuse"}
    path = f"{serving.side('cnbb-suspend')}/moves"
    serving.act("toa.kv99", "suspend_refuse", {"decision_reason": "Giả định."}, path=path)

    limits = serving.get(HEAD, f"{serving.path}/deadlines")["items"]
    assert [each["state"] for each in limits if each["rule"] == "T-CT-POST"] == ["met"]
    assert serving.state == "SERVING"
    serving.act(HEAD, "propose_suspend", stated)
    assert (sides(serving)["cnbb-suspend"]["number"], sides(serving)["cnbb-suspend"]["state"]["id"]) == (2, "SP")


def test_the_inbox_names_the_dossier_for_work_in_a_side_machine(before: SceneBefore) -> None:
    """V53 has arrived: the commune police finds the decision on monitoring among its work."""
    scene = before("em_decide")
    lines = {each["number"] for each in scene.get("cax.truong.minhhoa", "/api/v1/inbox")["items"]}
    assert scene.number in lines
    moves = {
        each["trigger"]: each
        for each in scene.get("cax.truong.minhhoa", f"{scene.side('cnbb-monitoring')}/moves")["items"]
    }
    assert moves["em_decide"]["allowed"]
