"""The earlier regime at work: one dossier per window from detection to its close, with the dates counted by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from tests.workflow.test_law_main_line import BODY, NO_CRIME, NOT_EXCLUDED, File
from workflow.calendar import load_calendar
from workflow.engine import Engine
from workflow.loader import load_procedures
from workflow.statements import TermStatement
from workflow.term import verify_term
from workflow.vocabulary import Effect

#: Mondays that at least four working weeks without a day off follow: the first day of each window's story.
MONDAYS = {
    "2022-01-01": "2022-02-14",
    "2023-02-01": "2023-02-06",
    "2025-03-01": "2025-03-03",
    "2025-07-01": "2025-07-14",
}
LABOUR = ("2022-01-01", "2023-02-01")
DIRECT = ("2025-03-01", "2025-07-01")
EDITIONS = tuple(MONDAYS)
GROUND = {"ground_code": "A1a", "violation_text": "…", "age_at_ground": 26}


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    """Return an engine for each window of the adult procedure, and for the interim management of the last."""
    calendar = load_calendar()
    law = {each.key: each for each in load_procedures()}
    found = {edition: Engine(law[f"cnbb-adult@{edition}"], calendar) for edition in EDITIONS}
    return found | {"interim": Engine(law["cnbb-interim@2025-07-01"], calendar)}


class Story:
    """A dossier of one window, told in days after its first Monday (day 0)."""

    def __init__(self, engine: Engine, edition: str, state: str | None = None, **facts: object) -> None:
        self.edition, self.monday = edition, date.fromisoformat(MONDAYS[edition])
        self.file = File(engine, state, **facts)

    def day(self, number: int) -> str:
        """Return the date of a day of the story."""
        return (self.monday + timedelta(days=number)).isoformat()

    def at(self, number: int, hour: int = 9) -> str:
        """Return an instant of a day of the story, with its zone."""
        return f"{self.day(number)}T{hour:02}:00+07:00"

    def act(self, trigger: str, number: int, *papers: str, hour: int = 9, **fields: object) -> Story:
        """Let an act happen on a day of the story."""
        self.file.act(trigger, f"{self.day(number)}T{hour:02}:00", *papers, **fields)
        return self

    def refused(self, trigger: str, number: int, *papers: str, hour: int = 9, **fields: object) -> set[str]:
        """Return what refuses an act."""
        return self.file.refusal(trigger, f"{self.day(number)}T{hour:02}:00", *papers, **fields)

    def due(self, limit: str) -> int | str:
        """Return the day of the story on which a limit ends, or the moment of one in hours."""
        end = self.file.due(limit)
        return (date.fromisoformat(end) - self.monday).days if len(end) == len("2022-01-01") else end

    def dues(self, *limits: str) -> list[int | str]:
        """Return the ends of several limits."""
        return [self.due(limit) for limit in limits]


def addicted(engines: dict[str, Engine], edition: str) -> Story:
    """Detected on day 0, under user management on day 2, addicted and told so on day 9 (Wednesday)."""
    story = Story(engines[edition], edition)
    seen = {"detected_at": story.at(0, 8), "positive_at": story.at(0, 9), "place_remote": False}
    story.act("record_test", 0, "III01", hour=10, **seen)
    assert story.due("T01") == 3
    story.act("verify_residence", 1, "D-RESVER", residence_stable=True, residence_result_at=story.at(1, 8))
    assert story.due("T02") == 4
    story.act("notify_use", 1, "III02", hour=10, notice_received_at=story.at(1, 10))
    assert story.due("T03") == 4
    story.act("decide_user_mgmt", 2, "III04", user_exempt_case=False)
    asked = {"assessment_group": "a", "assessment_facility": BODY, "assessment_file_received_at": story.at(7)}
    story.act("request_determination", 7, "N02", "N03", **asked)
    assert story.due("T04") == story.at(8)[:16]
    story.act("receive_person", 7, hour=10, assessment_person_received_at=story.at(7, 10))
    assert story.due("T05") == 14  # day 12 is a Saturday
    told = {"addiction_result_at": story.at(9, 8), "addiction_notified_at": story.at(9, 10)}
    return story.act("result_addict", 9, "N05", hour=11, criteria_count=4, **told)


def reading_over(engines: dict[str, Engine], edition: str) -> Story:
    """The ground on day 17, the dossier on day 18, read until day 23 (Wednesday)."""
    story = addicted(engines, edition)
    assert story.due("T06") == 16
    ground = {**GROUND, "last_violation_date": story.day(16)}
    assert story.refused("ground_found", 16, "A27", hour=23, **ground) == {"G-GROUND.not_registered"}
    story.act("ground_found", 17, "A27", **ground)
    assert story.due("T11") == 24
    maker = {"maker_kind": "committee", "maker_committee": BODY} if edition in LABOUR else {}
    start = {"competence_basis": "residence", "is_foreigner": False, **maker}
    crime = NO_CRIME if edition in DIRECT else {}
    story.act("start_dossier", 17, hour=14, **start, **crime)
    papers = ("A29", "A30", "A31")
    story.act("complete_dossier", 18, *papers, folios_numbered=True, two_sets=True, **NOT_EXCLUDED)
    assert story.refused("serve_notice", 18, "A32", hour=10, copy_delivered=False) == {"G-NOTICE.copy"}
    story.act("serve_notice", 18, "A32", hour=11, copy_delivered=True)
    assert story.due("T12") == 23
    story.act("open_reading", 21)
    assert story.refused("close_reading", 23, hour=23) == {"G-READING.over"}
    story.act("close_reading", 24, hour=0)
    assert story.due("T13") == 24
    return story


def at_court(engines: dict[str, Engine], edition: str) -> Story:
    """Before the court: on day 24 directly, or through the labour office, which returns it once, on day 29."""
    story = reading_over(engines, edition)
    received = 24
    if edition in LABOUR:
        received = 29
        story.act("send_to_labour", 24, labour_received_at=story.at(24))
        assert story.due("T14") == 28
        back = {"return_reason": "…", "returned_received_at": story.at(25)}
        story.act("return_for_supplement", 25, "A33", **back)
        assert story.due("T15") == 29
        story.act("resubmit", 28, labour_received_at=story.at(28))
        assert story.due("T16") == 30
    sent = {"court": BODY, "assigned_facility": BODY, "court_received_at": story.at(received)}
    story.act("submit_to_court", received, "A34", **sent, **NOT_EXCLUDED)
    assert story.dues("T18", "T19") == ([28, 25] if edition in DIRECT else [31, 30])
    return story


def applied(engines: dict[str, Engine], edition: str) -> Story:
    """Accepted the next day, heard and decided on a Wednesday (day 30 or 37): 18 months."""
    story = at_court(engines, edition)
    accepted, heard, decided = (25, 28, 30) if edition in DIRECT else (30, 32, 37)
    regime = "pl09" if edition == "2022-01-01" else "pl03"
    story.act("accept", accepted, "C02", court_acceptance_no="01", court_regime=regime)
    assert story.dues("T20", "T21", "T22") == ([29, 30, 42] if edition in DIRECT else [32, 35, 45])
    story.act("set_hearing", heard, "C07", hearing_at=story.at(decided))
    told = {"court_decision_no": "01", "court_decision_date": story.day(decided), "person_present": True}
    return story.act("decide_apply", decided, "C11", term_months=18, age_at_decision=26, **told)


def enforceable(engines: dict[str, Engine], edition: str) -> Story:
    """In force when every period to challenge is over, received by the enforcing body the day after."""
    story = applied(engines, edition)
    last = int(story.due("T26"))
    reasons = story.refused("lapse_review_window", last, hour=23)
    assert "G-LAPSE.complaint" in reasons
    story.act("lapse_review_window", last + 1, hour=0)
    assert story.file.now.facts["decision_effective_on"] == story.day(last + 1)
    received = {"decision_received_at": story.at(last + 2), "effective_copy_received_on": story.day(last + 2)}
    return story.act("serve_effective", last + 2, **received)


def admitted(engines: dict[str, Engine], edition: str, **facts: object) -> Story:
    """Taken to the facility the day after the receipt, and received there."""
    story = enforceable(engines, edition)
    story.file.now = replace(story.file.now, facts={**story.file.now.facts, **facts})
    day = int(story.due("T26")) + 3
    story.act("start_transport", day, escort_officers="…", **NOT_EXCLUDED)
    intake = {"person_matched": True, "health_at_handover": "…", "belongings": "…"}
    return story.act("admit", day, "A30", "A40", hour=15, **intake)


@pytest.mark.parametrize(
    ("edition", "last"), [("2022-01-01", 42), ("2023-02-01", 44), ("2025-03-01", 38), ("2025-07-01", 37)]
)
def test_the_period_to_complain_is_that_of_the_ordinance(engines, edition, last):
    """T26: 3 working days under PL 09/2014, 5 under PL 03/2022 (7 April 2025 is a day off)."""
    assert applied(engines, edition).due("T26") == last


#: Custody for transport and the end of 18 months, counted by hand (30 September 2023: there is no 31st).
TERMS = [
    ("2022-01-01", "2022-03-31", "2023-09-30"),
    ("2023-02-01", "2023-03-25", "2024-09-25"),
    ("2025-03-01", "2025-04-13", "2026-10-13"),
    ("2025-07-01", "2025-08-23", "2027-02-23"),
]


@pytest.mark.parametrize(("edition", "begun", "ended"), TERMS)
def test_a_dossier_lives_from_detection_to_the_end_of_post_rehab(engines, edition, begun, ended):
    """Every window ends in CLOSED, two years after the certificate, with no limit left open."""
    file = admitted(engines, edition).file
    assert (file.now.facts["term_start"], file.now.facts["term_end"]) == (begun, ended)
    end = date.fromisoformat(ended)
    assert file.due("T42") == (end - timedelta(days=15)).isoformat()
    for _ in range(4):
        file.act("phase_next", f"{end - timedelta(days=60)}T09:00", stage_result="…")
    file.act("pre_expiry", f"{end - timedelta(days=20)}T09:00", "D-DOC")
    early = file.refusal("complete", f"{end - timedelta(days=1)}T23:00", "A46", property_returned=True)
    assert early == {"G-DONE.window"}
    file.act("complete", f"{end}T07:00", "A46", property_returned=True)
    assert file.alarms() == set()
    file.act("report", f"{end + timedelta(days=1)}T09:00", reported_at=f"{end + timedelta(days=1)}T09:00+07:00")
    proposed = end + timedelta(days=2)
    file.act("propose_post", f"{proposed}T09:00", "A50", post_proposal_received_at=f"{proposed}T10:00+07:00")
    late = {"pm_from": f"{end + timedelta(days=1)}", "pm_responsible": "…"}
    assert file.refusal("decide_post", f"{proposed}T11:00", "A51", **late) == {"G-POSTTERM.not_later"}
    file.act("decide_post", f"{proposed}T11:00", "A51", pm_from=f"{end}", pm_responsible="…")
    last = end.replace(year=end.year + 2)
    assert file.due("T46") == last.isoformat()
    assert file.refusal("end_post", f"{last}T09:00", "A54", post_use_found=False) == {"G-PDONE.over"}
    file.act("end_post", f"{last + timedelta(days=1)}T09:00", "A54", post_use_found=False)
    assert (file.now.state, file.running()) == ("CLOSED", set())


def test_the_enforcement_counts_from_the_receipt_and_the_application_from_the_effective_copy(engines):
    """Window R4: received on Friday 22/08/2025; T30 two working days, T32 five days, then three months at most."""
    file = enforceable(engines, "2025-07-01").file
    assert (file.due("T30"), file.due("T32"), file.due("T35")) == ("2025-08-26", "2025-08-27", "2026-08-21")
    file.act("extend_capacity", "2025-08-25T09:00", decision_reason="…")
    assert file.due("T33") == "2025-11-27"


def test_facility_days_are_deducted_family_days_are_not_and_flight_is_added(engines):
    """NĐ116-44.3 and 56.4: 23 days in the facility off; nothing for the family; ten days of flight on top."""
    with_family = admitted(engines, "2025-07-01").file
    assert with_family.now.facts["term_end"] == "2027-02-23"
    file = admitted(engines, "2025-07-01", hold_periods=(("2025-07-31", None),)).file
    assert file.now.facts["term_start"] == "2025-08-23"
    assert file.now.facts["term_end"] == "2027-01-31"
    file.act("escape", "2026-01-10T09:00", escaped_from="…")
    assert "term_end" not in file.now.facts
    file.act("recaptured", "2026-01-20T09:00", found_place="…")
    assert file.now.facts["term_end"] == "2027-02-10"


def test_what_is_decided_for_the_later_law_moves_no_term_of_this_one(engines):
    """POL-TERM-START and the like belong to regime R26; the statement cites the articles of its own time."""
    decided = {"POL-TERM-START": "decision_date", "POL-HOLD-METHOD": "from_hold_start", "POL-HOLD-GAP": "no"}
    story = enforceable(engines, "2025-07-01")
    file = story.file
    held = {**file.now.facts, "hold_periods": (("2025-07-31", None),)}
    file.now = replace(file.now, facts=held, policies={**file.now.policies, **decided})
    file.act("start_transport", "2025-08-23T09:00", escort_officers="…", **NOT_EXCLUDED)
    assert file.last is not None
    statement = next(start.certificate for start in file.last.effects.started if start.limit.id == "T36")
    assert isinstance(statement, TermStatement)
    assert file.now.facts["term_end"] == "2027-01-31"
    assert [step.basis for step in statement.steps] == [
        "XL110.2; NQ04-2",
        "NĐ116-44.3",
        "XL95.2; L73-33.3",
        "NĐ116-44.3",
    ]
    assert [(one.id, one.on.isoformat()) for one in statement.derived] == [
        ("T42", "2027-01-16"),
        ("POST-REHAB-END", "2029-01-31"),
    ]
    assert verify_term(statement.to_json()) == []


def test_only_the_facility_opens_a_period_of_the_interim_management(engines):
    """The side machine: handed to the family nothing counts, moved to the facility it does, released it ends."""
    hold = File(engines["interim"], hold_place="family")
    taken = {"person_matched": True, "health_at_handover": "…"}
    hold.act("handover_interim", "2025-08-01T09:00", "A36", "A37", **taken)
    assert hold.now.state == "INTERIM_FAMILY"
    assert "hold_periods" not in hold.now.facts
    hold.act("interim_escape", "2025-08-03T09:00")
    hold.act("family_to_facility", "2025-08-05T09:00", hold_facility=BODY, decision_reason="…")
    assert hold.now.facts["hold_periods"] == (("2025-08-05", None),)
    hold.act("interim_release", "2025-08-20T09:00")
    assert hold.now.state == "INTERIM_RELEASED"
    assert hold.now.facts["hold_periods"] == (("2025-08-05", "2025-08-20"),)


def test_a_reduction_shortens_the_term_and_its_list_hangs_five_working_days(engines):
    """NĐ116-58: three months off; the end and the notice before it are counted anew."""
    file = admitted(engines, "2025-07-01").file
    file.act("post_list", "2026-06-01T09:00", "A44")
    assert file.due("T41") == "2026-06-08"
    asked = {"relief_kind": "reduce", "relief_reason": "progress", "half_served": True, "grade_ok": True}
    proposal = {**asked, "petition_received_at": "2026-06-09T09:00+07:00"}
    assert file.refusal("propose_review", "2026-06-08T09:00", "A43", **proposal) == {"G-RELIEF.posted_reduce"}
    file.act("propose_review", "2026-06-09T09:00", "A43", **proposal)
    longer = file.refusal("court_reduce", "2026-06-15T09:00", "C14", reduction_months=3, term_months=24)
    assert longer == {"G-REDUCED.shorter"}
    file.act("court_reduce", "2026-06-15T09:00", "C14", reduction_months=3, term_months=15)
    assert (file.now.state, file.now.facts["term_end"], file.due("T42")) == ("ADMITTED", "2026-11-23", "2026-11-08")


def test_grave_illness_waits_for_no_list(engines):
    """The posting warns; from the hospital the court suspends at once, and less than 3 months left nobody goes back."""
    file = admitted(engines, "2025-07-01").file
    file.act("to_hospital", "2026-09-01T09:00", hospital_name="…")
    ill = {"relief_kind": "suspend", "relief_reason": "ill", "half_served": False, "grade_ok": False}
    file.act("propose_review", "2026-09-14T09:00", "A43", "D-ILL", petition_received_at="2026-09-14T09:00+07:00", **ill)
    file.act("court_suspend_ill", "2026-09-16T09:00", "C14")
    assert (file.now.state, file.due("T-RESUME3M")) == ("SUSPENDED_ILL", "2026-11-23")
    short = file.refusal("recover", "2026-11-24T09:00", "A40", health_at_handover="…")
    assert short == {"G-RETURN3M.three_months"}
    file.act("recover_short", "2026-11-24T09:00", no_return_route="completed", decision_reason="…")
    assert file.now.state == "COMPLETED"


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_absent_person_complains_from_the_day_of_receipt(engines, edition):
    """PL03-32.1: without the receipt the decision never takes effect by itself."""
    story = at_court(engines, edition)
    regime = "pl09" if edition == "2022-01-01" else "pl03"
    story.act("accept", 30, "C02", court_acceptance_no="01", court_regime=regime)
    story.act("set_hearing", 30, "C07", hour=10, hearing_at=story.at(31))
    told = {"court_decision_no": "01", "court_decision_date": story.day(31), "person_present": False}
    story.act("decide_apply", 31, "C11", term_months=12, age_at_decision=26, **told)
    assert story.refused("lapse_review_window", 50) == {"G-LAPSE.received"}
    story.act("record_receipt", 50, decision_received_on=story.day(50))
    assert "G-LAPSE.complaint" in story.refused("lapse_review_window", 51)


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_criminal_gate_stands_before_every_dossier_since_july_2025(engines, edition):
    """BLHS-256a [B]: without a finding only a reason of the officer goes on; a crime is refused in every window."""
    known = {"addiction_result": "addicted", "age_at_ground": 26, "residence_stable": True}
    story = Story(engines[edition], edition, "GROUND_MET", last_violation_date=MONDAYS[edition], **known)
    maker = {"maker_kind": "committee", "maker_committee": BODY} if edition in LABOUR else {}
    start = {"competence_basis": "residence", "is_foreigner": False, **maker}
    crime = {"crim_check_result": "criminal", "crim_check_basis": "…"}
    gate = {"G-CRIM-256A.recorded"} if edition == "2025-07-01" else set()
    assert story.refused("start_dossier", 1, "N05", **start, **crime) == {"G-CRIM.no_crime"} | gate
    if gate:
        assert story.refused("start_dossier", 1, "N05", **start) == gate
        story.file.act("start_dossier", f"{story.day(1)}T09:00", "N05", overrides={"G-CRIM-256A": "…"}, **start)
    else:
        story.act("start_dossier", 1, "N05", **start)
    assert story.file.now.state == "DRAFTING"


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_dossier_that_a_relapse_opened_states_its_ground_first(engines, edition):
    """It starts at GROUND_MET and knows neither the ground nor the age: nobody is proposed before both are recorded."""
    story = Story(engines[edition], edition, "GROUND_MET", addiction_result="addicted", residence_stable=True)
    maker = {"maker_kind": "committee", "maker_committee": BODY} if edition in LABOUR else {}
    start = {"competence_basis": "residence", "is_foreigner": False, **maker, **NO_CRIME}
    if edition not in DIRECT:
        start = {name: value for name, value in start.items() if not name.startswith("crim")}
    assert story.refused("start_dossier", 1, "N05", **start) == {"G-AGE18.at_ground"}
    again = {**GROUND, "ground_code": "A4", "last_violation_date": story.day(0), "addiction_result_at": story.at(0)}
    story.act("ground_found", 1, "A27", "N05", **again)
    assert story.due("T11") == 8
    story.act("start_dossier", 1, **start)


RELEASES = [
    ("HEARING_SET", "decide_not_apply", {"person_present": True}, "NOT_APPLIED"),
    ("ACCEPTED", "terminate", {"termination_ground": "limitation", "person_present": True}, "TERMINATED"),
    ("NEED_MORE", "withdraw", {"decision_reason": "…", "person_present": True}, "TERMINATED"),
    ("READING", "abandon", {"exclusion_reason": "pregnant", "decision_reason": "…"}, "ABANDONED"),
    ("SUBMITTED", "transfer_criminal", {"criminal_body": BODY, "decision_reason": "…"}, "CRIMINAL_TRANSFER"),
    ("AT_PROVINCIAL", "review_annul", {"review_outcome": "not_applied"}, "NOT_APPLIED"),
    ("IN_TRANSIT", "grant_exempt", {}, "EXEMPTED"),
    ("ENFORCEABLE", "grant_postpone", {}, "POSTPONED"),
    ("ON_LEAVE", "court_exempt_rest", {}, "EXEMPTED_REST"),
    ("ADMITTED", "death", {"died_at": "2025-08-01T08:00+07:00"}, "DECEASED"),
]


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(("state", "trigger", "fields", "after"), RELEASES)
def test_nothing_but_office_and_place_holds_up_a_release(engines, edition, state, trigger, fields, after):
    """Without a single paper each way out works, says that it releases, and ends the title of the interim hold."""
    file = File(engines[edition], state, challenged="apply")
    dated = {"court_decision_no": "01", "court_decision_date": "2025-08-01"} if "person_present" in fields else {}
    file.act(trigger, "2025-08-01T09:00", **fields, **dated)
    assert file.last is not None
    assert (file.now.state, file.last.transition.release) == (after, True)
    assert all(remark.effect is not Effect.REFUSE for remark in file.last.remarks)
    if file.last.transition.ends_title:
        assert file.now.facts["hold_title_ended"] is True


def test_the_moments_of_the_story_are_working_days():
    """A story on a day off would prove nothing about working days."""
    calendar = load_calendar()
    for monday in MONDAYS.values():
        first = date.fromisoformat(monday)
        assert all(
            calendar.is_working_day(first + timedelta(days=week * 7 + day)) for week in range(5) for day in range(5)
        )
        assert datetime.fromisoformat(monday).weekday() == 0
