"""12 to under 18 in the earlier regime: one dossier per window from detection to its close, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from tests.workflow.test_law_main_line import BODY, NO_CRIME, NOT_EXCLUDED, File
from tests.workflow.test_law_main_line_r22 import DIRECT, MONDAYS, Story
from workflow.calendar import load_calendar
from workflow.engine import Engine
from workflow.loader import load_procedures
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import Expiry

#: The first Monday of each window's story; no day off follows within five weeks.
FIRST = {**MONDAYS, "2022-03-24": "2022-05-09"}
LABOUR = ("2022-03-24", "2023-02-01")
EDITIONS = (*LABOUR, *DIRECT)
GROUND = {"ground_code": "A1a", "violation_text": "…", "age_at_ground": 15}
PARENTS = {"copy_delivered": True, "guardian_notice": "received"}
CHILD = {"family_circumstances": "…", "child_rights_plan": "…", "child_rights_opinion": "…"}
INTAKE = {"person_matched": True, "health_at_handover": "…", "belongings": "…"}


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    """Return an engine for each window."""
    calendar = load_calendar()
    law = {each.key: each for each in load_procedures()}
    return {edition: Engine(law[f"cnbb-minor@{edition}"], calendar) for edition in EDITIONS}


class Young(Story):
    """The dossier of somebody who turned 15 half a year before day 0."""

    def __init__(self, engine: Engine, edition: str, state: str | None = None, **facts: object) -> None:
        self.edition, self.monday = edition, date.fromisoformat(FIRST[edition])
        born = (self.monday - timedelta(days=180)).replace(year=self.monday.year - 16)
        self.file = File(engine, state, **{"subject_born_on": born.isoformat(), **facts})


def addicted(engines: dict[str, Engine], edition: str) -> Young:
    """Detected on day 0, addicted and told so on day 9 (Wednesday)."""
    story = Young(engines[edition], edition)
    seen = {"detected_at": story.at(0, 8), "positive_at": story.at(0, 9), "place_remote": False, "test_consent": True}
    story.act("record_test", 0, "III01", hour=10, **seen)
    story.act("verify_residence", 1, "D-RESVER", residence_stable=True, residence_result_at=story.at(1, 8))
    asked = {"assessment_group": "c", "assessment_facility": BODY, "assessment_file_received_at": story.at(7)}
    story.act("request_determination", 7, "N02", "N03", **asked)
    story.act("receive_person", 7, hour=10, assessment_person_received_at=story.at(7, 10))
    told = {"addiction_result_at": story.at(9, 8), "addiction_notified_at": story.at(9, 10)}
    return story.act("result_addict", 9, "N05", hour=11, criteria_count=4, **told)


def started(engines: dict[str, Engine], edition: str) -> Young:
    """The ground and the start of the dossier on day 17."""
    story = addicted(engines, edition)
    story.act("ground_found", 17, "A27", last_violation_date=story.day(16), **GROUND)
    maker = {"maker_kind": "committee", "maker_committee": BODY} if edition in LABOUR else {}
    crime = {} if edition in LABOUR else NO_CRIME
    return story.act("start_dossier", 17, hour=14, competence_basis="residence", is_foreigner=False, **maker, **crime)


def notified(engines: dict[str, Engine], edition: str) -> Young:
    """Complete on day 18 and served that day on the person and the parents."""
    story = started(engines, edition)
    story.act("complete_dossier", 18, "A29", "A30", "A31", "A38", folios_numbered=True, two_sets=True, **NOT_EXCLUDED)
    return story.act("serve_notice", 18, "A32", hour=11, **PARENTS)


def before_court(engines: dict[str, Engine], edition: str) -> Young:
    """Ready to be submitted on day 25: read until day 23, sent to the labour office where there is one."""
    story = notified(engines, edition).act("close_reading", 24, hour=0)
    if edition in LABOUR:
        story.act("send_to_labour", 24, labour_received_at=story.at(24))
    return story


def sent(story: Young) -> dict[str, object]:
    """Return what the submission states."""
    return {"court": BODY, "assigned_facility": BODY, "court_received_at": story.at(25), **NOT_EXCLUDED, **CHILD}


def hearing(engines: dict[str, Engine], edition: str) -> Young:
    """Submitted and accepted on days 25 and 28, the hearing set."""
    story = before_court(engines, edition)
    story.act("submit_to_court", 25, "A39", **sent(story))
    story.act("accept", 28, "C02", court_acceptance_no="01", court_regime="pl01")
    assert story.dues("T21", "T22") == [31, 43]
    return story.act("set_hearing", 28, "C07", hour=10, hearing_at=story.at(30))


def admitted(engines: dict[str, Engine], edition: str, months: int = 9) -> Young:
    """Decided on day 30, in force, taken to the facility and placed in its own zone."""
    story = hearing(engines, edition)
    told = {"court_decision_no": "01", "court_decision_date": story.day(30), "person_present": True}
    story.act("decide_apply", 30, "C11", term_months=months, age_at_decision=15, **told)
    last = int(story.due("T26"))
    story.act("lapse_review_window", last + 1, hour=0)
    received = {"decision_received_at": story.at(last + 2), "effective_copy_received_on": story.day(last + 2)}
    story.act("serve_effective", last + 2, **received)
    story.act("start_transport", last + 3, escort_officers="…", **NOT_EXCLUDED)
    return story.act("admit", last + 3, "A30", "A40", hour=15, own_zone=True, **INTAKE)


#: Custody for transport and the end of 9 months, counted by hand (7 April 2025 is a day off).
TERMS = [
    ("2022-03-24", "2022-06-18", "2023-03-18"),
    ("2023-02-01", "2023-03-18", "2023-12-18"),
    ("2025-03-01", "2025-04-13", "2026-01-13"),
    ("2025-07-01", "2025-08-23", "2026-05-23"),
]


@pytest.mark.parametrize(("edition", "begun", "ended"), TERMS)
def test_a_dossier_lives_from_detection_to_the_end_of_post_rehab(engines, edition, begun, ended):
    """Every window ends in CLOSED one year after the certificate, with no limit left open."""
    file = admitted(engines, edition).file
    assert (file.now.facts["term_start"], file.now.facts["term_end"]) == (begun, ended)
    end = date.fromisoformat(ended)
    hours = {"schooling": "compulsory", "labour_hours_day": 6, "labour_hours_week": 30}
    file.act("plan_schooling_labour", f"{end - timedelta(days=70)}T09:00", **hours)
    file.act("pre_expiry", f"{end - timedelta(days=20)}T09:00", "D-DOC")
    file.act("complete", f"{end}T07:00", "A46", property_returned=True, certificate_to_guardian=True)
    assert file.alarms() == set()
    file.act("hand_back", f"{end}T15:00", "A47", handed_to="family")
    file.act("report", f"{end + timedelta(days=1)}T09:00", reported_at=f"{end + timedelta(days=1)}T09:00+07:00")
    proposed = end + timedelta(days=2)
    file.act("propose_post", f"{proposed}T09:00", "A50", post_proposal_received_at=f"{proposed}T10:00+07:00")
    file.act("decide_post", f"{proposed}T11:00", "A51", pm_from=f"{end}", pm_responsible="…")
    last = end.replace(year=end.year + 1)
    assert file.due("T46") == last.isoformat()
    file.act("end_post", f"{last + timedelta(days=1)}T09:00", "A54", post_use_found=False)
    assert (file.now.state, file.running()) == ("CLOSED", set())


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_registration_is_the_parents(engines, edition):
    """L73-27.5c: a parent, guardian or representative registers."""
    story = addicted(engines, edition)
    asked = {"voluntary_place": "home", "registration_received_at": story.at(10)}
    alone = story.refused("register_voluntary", 10, "A22", registered_by_representative=False, **asked)
    assert alone == {"G-REG-MINOR.representative"}
    story.act("register_voluntary", 10, "A22", registered_by_representative=True, **asked)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("born", "age", "refused"),
    [
        (11, 11, {"G-AGE18.at_ground", "G-AGE18.twelve"}),
        (18, 18, {"G-AGE18.at_ground", "G-AGE18.under_18_or_decided"}),
        (18, 17, {"G-AGE18.under_18_or_decided"}),
    ],
)
def test_under_12_and_from_18_no_ground_is_recorded(engines, edition, born, age, refused):
    """L73-33.1: 12 to under 18 on the day of the breach; who turned 18 since waits for somebody's decision."""
    story = addicted(engines, edition)
    day = story.monday + timedelta(days=17)
    facts = {**story.file.now.facts, "subject_born_on": day.replace(year=day.year - born).isoformat()}
    story.file.now = replace(story.file.now, facts=facts)
    ground = {**GROUND, "age_at_ground": age, "last_violation_date": story.day(16)}
    assert story.refused("ground_found", 17, "A27", **ground) == refused


@pytest.mark.parametrize("edition", EDITIONS)
def test_relapse_is_no_ground_under_18(engines, edition):
    """L73-33.1 names no A4: the new dossier leads to the registration and says so; from 18 on to the ground."""
    law = engines[edition].procedure
    assert "A4" not in {choice.id for choice in law.facts["ground_code"].choices}
    story = Young(engines[edition], edition, "POST_REHAB")
    story.act("relapse", 9, "N05", addiction_result_at=story.at(9, 8))
    last = story.file.last
    assert last is not None
    assert (story.file.now.state, last.transition.opens_dossier) == ("RELAPSED", "DETERMINATION_REQUESTED")
    assert "G-RELAPSE-MINOR" in {one.guard for one in last.remarks}
    grown = Young(engines[edition], edition, "POST_REHAB", subject_born_on="2000-01-01")
    grown.act("relapse", 9, "N05", "A27", addiction_result_at=grown.at(9, 8), **NO_CRIME)
    assert grown.file.last is not None
    assert grown.file.last.transition.opens_dossier == "GROUND_MET"


@pytest.mark.parametrize("edition", EDITIONS)
def test_without_the_opinion_of_the_parents_the_dossier_is_not_complete(engines, edition):
    """NĐ116-51.1đ, L73-34.1c: A38 in every dossier, though the list beside A29 omits it."""
    story = started(engines, edition)
    with pytest.raises(MoveRefusedError, match="MISSING_PAPER"):
        story.act("complete_dossier", 18, "A29", "A30", "A31", folios_numbered=True, two_sets=True, **NOT_EXCLUDED)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_notice_goes_to_the_parents_too(engines, edition):
    """L73-34.2: to the person and the parents; without that nothing is sent on either."""
    story = started(engines, edition)
    story.act("complete_dossier", 18, "A29", "A30", "A31", "A38", folios_numbered=True, two_sets=True, **NOT_EXCLUDED)
    unknown = {"copy_delivered": False, "guardian_notice": "refused"}
    assert story.refused("serve_notice", 18, "A32", **unknown) == {"G-NOTICE.copy"}
    story.act("serve_notice", 18, "A32", hour=11, copy_delivered=True, guardian_notice="refused")
    assert story.due("T12") == 23
    act = "send_to_labour" if edition in LABOUR else "submit_to_court"
    story.act("close_reading", 24, hour=0)
    forgotten = {name: value for name, value in story.file.now.facts.items() if name != "guardian_notice"}
    story.file.now = replace(story.file.now, facts=forgotten)
    stated = {"labour_received_at": story.at(24)} if edition in LABOUR else sent(story)
    assert story.refused(act, 24, "A39", **stated) == {"G-NOTICE-MINOR.guardian"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_proposal_is_a39_and_never_a34(engines, edition):
    """NĐ116-53.2, L73-34.4: A39 with the rights of the child."""
    (act, *others) = engines[edition].procedure.by_trigger["submit_to_court"]
    assert others == []
    papers = {form for one in act.requires for form in one}
    assert ("A39" in papers, "A34" in papers, "A34" in act.generates) == (True, False, False)
    story = before_court(engines, edition)
    silent = {name: value for name, value in sent(story).items() if name != "child_rights_opinion"}
    with pytest.raises(MoveRefusedError, match="MISSING_FIELD"):
        story.act("submit_to_court", 25, "A39", **silent)


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("months", [5, 13, 18])
def test_a_term_outside_6_to_12_months_needs_a_reason(engines, edition, months):
    """L73-33.3; what the court wrote is recorded all the same."""
    story = hearing(engines, edition)
    told = {"court_decision_no": "01", "court_decision_date": story.day(30), "person_present": True}
    decided = {**told, "term_months": months, "age_at_decision": 15}
    assert story.refused("decide_apply", 30, "C11", **decided) == {"G-TERM.length"}


def test_the_court_proceeds_under_the_ordinance_for_minors(engines):
    """PL 01/2022 [B]: another one only with a reason."""
    for edition in EDITIONS:
        story = before_court(engines, edition)
        story.act("submit_to_court", 25, "A39", **sent(story))
        other = story.refused("accept", 28, "C02", court_acceptance_no="01", court_regime="pl03")
        assert other == {"G-COURTLAW.pinned"}


def test_a_reduction_needs_a_legal_basis_and_may_be_ruled_out(engines):
    """POL-R22-MINOR-REDUCTION: by default a reason; as for adults nothing more; never means never."""
    asked = {"relief_kind": "reduce", "relief_reason": "progress", "half_served": True, "grade_ok": True}
    proposal = {**asked, "petition_received_at": "2026-02-09T09:00+07:00"}
    story = admitted(engines, "2025-07-01")
    assert story.file.engine.procedure.limits["T40"].on_expiry is Expiry.NOTHING
    story.file.act("post_list", "2026-02-01T09:00", "A44")
    at = ("propose_review", "2026-02-09T10:00", "A43")
    assert story.file.refusal(*at, **proposal) == {"G-RELIEF.reduce_minor"}
    before = story.file.now
    for decided, refused in (("never", {"G-RELIEF.reduce_never"}), ("as_adults", set())):
        story.file.now = replace(before, policies={**before.policies, "POL-R22-MINOR-REDUCTION": decided})
        if refused:
            assert story.file.refusal(*at, **proposal) == refused
        else:
            story.file.act(*at, **proposal)
    assert story.file.now.state == "REVIEW_REQ"


def test_illness_treated_outside_is_enough_and_prison_counts_from_14(engines):
    """PL01-31.1 [B]; L73-39."""
    file = admitted(engines, "2025-07-01").file
    ill = {"relief_kind": "suspend", "relief_reason": "outpatient", "half_served": False, "grade_ok": False}
    received = {"petition_received_at": "2025-12-01T09:00+07:00"}
    file.act("propose_review", "2025-12-01T10:00", "A43", "D-ILL", **ill, **received)
    young = admitted(engines, "2025-07-01").file
    young.now = replace(young.now, facts={**young.now.facts, "subject_born_on": "2012-06-01"})
    prison = {**ill, "relief_kind": "exempt", "relief_reason": "prison", **received}
    assert young.refusal("propose_review", "2025-12-01T10:00", "A43", **prison) == {"G-RELIEF.exempt"}


def test_labour_and_schooling_go_by_the_age(engines):
    """NĐ116-25, 68, 73, 74: up to 15 four hours, up to 18 six; primary schooling is compulsory."""
    file = admitted(engines, "2025-07-01").file
    too_much = {"schooling": "none", "labour_hours_day": 7, "labour_hours_week": 30}
    refused = file.refusal("plan_schooling_labour", "2025-10-01T09:00", **too_much)
    assert refused == {"G-LABOUR-MINOR.under_18", "G-LABOUR-MINOR.schooling"}
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2012-06-01"})
    young = {"schooling": "compulsory", "labour_hours_day": 5, "labour_hours_week": 20}
    refused = file.refusal("plan_schooling_labour", "2025-10-01T09:00", **young)
    assert refused == {"G-LABOUR-MINOR.under_15"}


@pytest.mark.parametrize("edition", EDITIONS)
def test_turning_18_before_the_court_asks_somebody_to_decide(engines, edition):
    """POL-TURN18: the clock tells; kept, the dossier goes on; switched, a new one opens for adults."""
    story = started(engines, edition)
    facts = {**story.file.now.facts, "subject_born_on": story.monday.replace(year=story.monday.year - 18).isoformat()}
    story.file.now = replace(story.file.now, facts=facts)
    story.act("turn_18", 17, hour=15)
    assert story.file.alarms() == {"G-18-ROUTE.decide"}
    done = {"folios_numbered": True, "two_sets": True, **NOT_EXCLUDED}
    story.act("complete_dossier", 18, "A29", "A30", "A31", "A38", **done)
    assert story.refused("serve_notice", 18, "A32", **PARENTS) == {"G-AGE18.under_18_or_decided"}
    before = story.file.now
    story.act("decide_route_18", 18, hour=10, turn18_route="switch", decision_reason="…")
    assert (story.file.now.state, story.file.now.facts["hold_title_ended"]) == ("SWITCHED_ADULT", True)
    story.file.now = before
    story.act("decide_route_18", 18, hour=10, turn18_route="keep", decision_reason="…")
    story.act("serve_notice", 18, "A32", hour=11, **PARENTS)


def test_turning_18_while_serving_is_told_and_nobody_is_moved(engines):
    """No rule was found: the own zone no longer fits, the term goes on."""
    story = admitted(engines, "2025-07-01")
    end = story.file.now.facts["term_end"]
    story.file.now = replace(story.file.now, facts={**story.file.now.facts, "subject_born_on": "2007-10-01"})
    story.file.act("turn_18", "2025-10-02T00:00")
    assert story.file.alarms() == set()
    assert story.file.last is not None
    assert {one.guard for one in story.file.last.remarks} == {"G-18-ZONE"}
    assert (story.file.now.state, story.file.now.facts["term_end"]) == ("ADMITTED", end)


def test_social_protection_asks_for_nobodys_ability_to_work(engines):
    """NĐ116-63: without parents or a known residence."""
    story = Young(engines["2025-07-01"], "2025-07-01", "COMPLETED")
    act = engines["2025-07-01"].procedure.by_trigger["send_social_protection"][0]
    assert "work_capacity" not in act.fields.all
    stated = {"residence_identifiable": True, "social_facility": BODY}
    refused = story.refused("send_social_protection", 1, "D-SOCREQ", without_support=False, **stated)
    assert refused == {"G-SOCIAL.no_residence"}
    story.act("send_social_protection", 1, "D-SOCREQ", without_support=True, **stated)


def test_the_two_windows_before_march_2025_say_the_same(engines):
    """PL 03/2022 concerns adults: for minors nothing changes on 2023-02-01."""
    one, other = (engines[edition].procedure for edition in LABOUR)
    assert (one.transitions, one.guards, one.limits, one.facts) == (
        other.transitions,
        other.guards,
        other.limits,
        other.facts,
    )
