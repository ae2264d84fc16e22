"""Wrong orders and late acts: nobody is held without a title, and no limit gets lost on the way."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.workflow.test_law_main_line import (
    BODY,
    FACILITY,
    NOT_EXCLUDED,
    File,
    assigned,
    engines,
    notified,
    ready_to_file,
    serving,
)

__all__ = ["engines"]

INTAKE = {"person_matched": True, "health_at_handover": "…", "belongings": "…"}
HANDOVER = {"person_matched": True, "health_at_handover": "…"}
OVER = "G-TERM-OVER.running"


def suspended_and_fled(engines) -> File:
    """Return a file with the term ending 04/08/2028, suspended, and fled ten days before that day."""
    file = serving(engines).act("grant_suspend", "2028-01-03T09:00", "C14")
    return file.act("revoke_suspend", "2028-07-25T09:00", "C15")


# --- The hold -------------------------------------------------------------------------------------------------


def test_nobody_is_handed_over_to_a_hold_whose_title_has_ended(engines):
    """L37, N98.3: the court said no before V32 was carried out; the only way on is the release."""
    hold = File(engines["cnbb-hold"], hold_title_ended=True)
    assert hold.refusal("handover_hold", "2026-08-20T16:00", "V31", "V32", "V33", **HANDOVER) == {"G-HOLD-TITLE.title"}
    hold.act("hold_release_no_measure", "2026-08-20T16:00")
    assert hold.now.state == "HREL"


def test_nobody_is_taken_back_into_a_hold_whose_title_has_ended(engines):
    """L37, N98.3: a flight does not keep the title alive."""
    hold = File(engines["cnbb-hold"], "HESC", hold_title_ended=True)
    assert hold.refusal("hold_recapture", "2026-08-20T16:00", found_place="…") == {"G-HOLD-TITLE.title"}
    hold.act("hold_release_no_measure", "2026-08-20T16:00")
    assert hold.now.state == "HREL"


def test_a_flight_on_the_way_is_no_credited_hold(engines):
    """N107.4, N109.3: hold from 04/08, brought away 30/08, fled for 90 days: 26 days are credited, no more."""
    file = assigned(engines).act("depart", "2026-08-30T08:00", escort_officers="…", **NOT_EXCLUDED)
    file.act("abscond_before_intake", "2026-08-30T09:00", escaped_from="…")
    file.act("found_before_intake", "2026-11-28T09:00", found_place="…")
    file.act("depart", "2026-11-28T10:00", escort_officers="…", **NOT_EXCLUDED)
    file.act("admit", "2026-11-28T11:00", "V42", **INTAKE)
    assert file.now.facts["term_end"] == "2028-11-02"


def test_two_records_of_one_flight_are_one_flight(engines):
    """The facility and the police both record it; the days count once and the intake is not stopped."""
    file = assigned(engines)
    file.now = replace(file.now, facts={**file.now.facts, "hold_escapes": (("2026-08-29", None),)})
    file.act("abscond_before_intake", "2026-08-30T09:00", escaped_from="…")
    file.act("found_before_intake", "2026-11-28T09:00", found_place="…")
    file.act("depart", "2026-11-28T10:00", escort_officers="…", **NOT_EXCLUDED)
    file.act("admit", "2026-11-28T11:00", "V42", **INTAKE)
    assert file.now.facts["term_end"] == "2028-11-03"


# --- The end of the term --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "trigger", "fields"),
    [
        ("SERVING", "escape", {"escaped_from": "…"}),
        ("FUNERAL_LEAVE", "leave_overdue", {}),
        ("FUNERAL_LEAVE", "return_from_leave", {"return_health_checked": True}),
        ("HOSPITALISED", "hospital_return", {}),
        ("OUT_PROSECUTION", "return_from_prosecution", {}),
        ("SUSPENDED_ILL", "revoke_suspend", {}),
        ("SERVING", "convicted_to_prison", {"judgment_no": "01"}),
        ("SERVING", "transfer_facility", {**FACILITY, "transfer_reason": "…"}),
    ],
)
def test_after_the_last_day_there_is_only_the_certificate(engines, state, trigger, fields):
    """L29.1, L35.5: the term is over; nobody is taken back, sought or moved, they are let go."""
    file = serving(engines)
    assert file.now.facts["term_end"] == "2028-08-04"
    file.now = replace(file.now, state=state)
    assert OVER in file.refusal(trigger, "2028-08-05T08:00", "C15", "V42", "D-TRANSFER", **fields)
    file.act("issue_completion", "2028-08-05T08:00", "V50", property_returned=True)
    assert file.now.state == "COMPLETED"


def test_a_term_that_ends_after_the_person_was_found_brings_nobody_back(engines):
    """L39.6, N109.3: ten days were left; found on 01/09/2028 the term ends on 11/09/2028, wherever the person is."""
    file = suspended_and_fled(engines).act("found_before_intake", "2028-09-01T09:00", found_place="…")
    assert file.now.facts["term_end"] == "2028-09-11"
    assert OVER in file.refusal("depart", "2028-09-12T08:00", escort_officers="…", **NOT_EXCLUDED)
    file.act("issue_completion", "2028-09-12T08:00", "V50", property_returned=True)
    assert (file.now.state, file.running() & {"TERM", "T-DONE24", "T-ENF5"}) == ("COMPLETED", set())


@pytest.mark.parametrize("state", ["TO_ENFORCE", "FACILITY_REQUESTED", "IN_TRANSIT", "ADMIN_CUSTODY", "POSTPONED"])
def test_a_term_that_ends_on_the_way_lets_the_person_go(engines, state):
    """L35.5: the day comes on the road as well."""
    file = suspended_and_fled(engines).act("found_before_intake", "2028-09-01T09:00", found_place="…")
    file.now = replace(file.now, state=state)
    file.act("issue_completion", "2028-09-11T08:00", "V50", property_returned=True)
    assert file.now.state == "COMPLETED"


def test_before_the_first_intake_there_is_nothing_to_complete(engines):
    """N123.2: no certificate for somebody whose term has not begun."""
    assert assigned(engines).refusal("issue_completion", "2026-08-30T08:00", "V50", property_returned=True)


def test_a_second_flight_before_the_second_intake_is_excluded_too(engines):
    """N107.4: the term had begun, so the second flight does not count either."""
    file = suspended_and_fled(engines).act("found_before_intake", "2028-09-01T09:00", found_place="…")
    file.act("abscond_before_intake", "2028-09-03T09:00", escaped_from="…")
    assert "term_end" not in file.now.facts
    assert not {"TERM", "T-DONE24"} & file.running()
    file.act("found_before_intake", "2028-09-23T09:00", found_place="…")
    assert file.now.facts["term_end"] == "2028-10-01"


def test_a_cancelled_measure_leaves_no_absence_open(engines):
    """XL116.2: were the flight left open, a later term would never have an end."""
    file = serving(engines).act("escape", "2027-01-10T09:00", escaped_from="…")
    file.act("cancel_measure_criminal", "2027-01-20T09:00", criminal_body=BODY, decision_reason="…")
    assert file.now.facts["excluded_periods"] == (("2027-01-10", "2027-01-20"),)


def test_nobody_is_overdue_before_the_leave_is_over(engines):
    """N121.4: three days were granted from 10/01; V43 is possible when they have passed."""
    petition = {"funeral_relative": "father", "funeral_proof": True, "v48_received_at": "2027-01-10T07:00+07:00"}
    leave = {"leave_days": 3, "leave_from": "2027-01-10"}
    file = serving(engines).act("petition_funeral_leave", "2027-01-10T07:30", "V48", **petition)
    assert "G-FUNERAL.petitioned" in file.refusal("grant_funeral_leave", "2027-01-10T08:00", "V49", **leave)
    file.now = replace(file.now, proceedings={"cnbb-funeral": "F1"})
    file.act("grant_funeral_leave", "2027-01-10T08:00", "V49", **leave)
    assert file.due("T-FUN5") == "2027-01-13"
    assert file.refusal("leave_overdue", "2027-01-12T08:00") == {"G-OVERDUE.over"}
    file.act("leave_overdue", "2027-01-14T00:00")
    assert file.now.state == "ABSCONDED_IN"


def test_the_notice_is_due_again_after_a_suspension(engines):
    """N123.1: V51 was sent, then the person was away; the new V51 has its limit."""
    file = serving(engines).act(
        "send_completion_notice", "2027-05-03T09:00", "V51", v51_received_at="2027-05-03T10:00+07:00"
    )
    file.act("grant_suspend", "2027-06-01T09:00", "C14")
    file.act("suspension_ended_return", "2027-07-01T09:00", "V42", health_at_handover="…")
    assert file.due("T-FIN30") == "2028-07-05"
    assert "T-FIN30" in file.running()


# --- The court ------------------------------------------------------------------------------------------------


def challenged(engines, trigger: str, paper: str, **fields) -> File:
    """Return a file whose court decision was challenged."""
    file = ready_to_file(engines).act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    file.act("court_accepts", "2026-08-13T15:00", "C02", court_acceptance_no="01")
    file.act("open_hearing", "2026-08-17T09:00", "C07", hearing_at="2026-08-20T09:00+07:00")
    file.act(trigger, "2026-08-20T10:00", paper, court_decision_no="01", court_decision_date="2026-08-20", **fields)
    return file.act("lodge_appeal", "2026-08-24T10:00", appellant_kind="protest")


def test_a_measure_that_the_higher_court_applies_has_a_term(engines):
    """L29.1: without the months no end could ever be computed and nobody could be certified."""
    file = challenged(engines, "decide_not_apply", "C12")
    assert file.refusal("appeal_upheld_apply", "2026-09-01T09:00", "C16")
    decision = {"court_decision_no": "02", "court_decision_date": "2026-09-01", "term_months": 24}
    file.act("appeal_upheld_apply", "2026-09-01T09:00", "C16", **decision)
    assert (file.now.state, file.now.facts["term_months"]) == ("TO_ENFORCE", 24)


def test_enforcement_after_an_appeal_starts_with_the_receipt(engines):
    """N106.1: the facility is asked for when the decision is received, and the 24 hours run from there."""
    file = challenged(engines, "decide_apply", "C11", term_months=24)
    file.act("appeal_upheld_apply", "2026-09-01T09:00", "C16")
    asked = {"facreq_received_at": "2026-09-02T08:00+07:00"}
    assert file.refusal("request_facility", "2026-09-02T09:00", "D-FACREQ", **asked) == {"G-RECEIVED.received"}
    effect = {"decision_effective_on": "2026-09-01", "decision_received_at": "2026-09-02T08:00+07:00"}
    file.act("decision_effective_received", "2026-09-02T09:00", **effect)
    assert file.due("T-ENF1") == "2026-09-03T09:00"
    file.act("request_facility", "2026-09-02T10:00", "D-FACREQ", **asked)


def test_nobody_enforces_a_decision_before_the_day_of_its_effect(engines):
    """N106.1: the hours run from the moment when it is both in force and received."""
    file = ready_to_file(engines)
    file.now = replace(file.now, state="DECIDED_APPLY")
    early = {"decision_effective_on": "2026-08-22", "decision_received_at": "2026-08-20T10:00+07:00"}
    refused = file.refusal("decision_effective_received", "2026-08-20T11:00", "C11", **early)
    assert refused == {"G-EFFECTIVE.both_by_now"}
    file.act("decision_effective_received", "2026-08-22T00:00", "C11", **early)


def test_nothing_of_a_cancelled_decision_serves_the_next_one(engines):
    """N106.4, N107.1: receipt, assignment and term are those of the decision in force."""
    file = serving(engines).act("cancel_measure_criminal", "2026-09-10T09:00", criminal_body=BODY, decision_reason="…")
    file.act("criminal_dropped", "2026-09-20T09:00", criminal_decision="…")
    old = {"decision_received_at", "decision_effective_on", "assignment_received_at", "term_months", "term_end"}
    assert old.isdisjoint(file.now.facts)


# --- Postponement and exemption -------------------------------------------------------------------------------


def test_a_flight_does_not_end_a_postponement_only_the_court_does(engines):
    """L39.6: found again, the person is still postponed until the court revokes it (C15)."""
    file = assigned(engines).act("grant_postpone", "2026-08-29T16:00", "C13")
    file.act("abscond_before_intake", "2026-09-10T09:00", escaped_from="…")
    file.act("found_before_intake", "2026-09-20T09:00", found_place="…")
    assert (file.now.state, file.now.facts["postponed"]) == ("POSTPONED", True)
    assert "T-ENF5" not in file.running()
    file.act("revoke_postpone", "2026-09-21T09:00", "C15", person_located=True)
    assert (file.now.state, file.due("T-ENF1")) == ("TO_ENFORCE", "2026-09-22T09:00")


def test_a_term_that_had_begun_runs_on_for_somebody_found_while_postponed(engines):
    """N107.4: only the flight is excluded, and the end of the term is known again."""
    file = suspended_and_fled(engines).act("found_before_intake", "2028-09-01T09:00", found_place="…")
    file.act("grant_postpone", "2028-09-02T09:00", "C13")
    file.act("abscond_before_intake", "2028-09-03T09:00", escaped_from="…")
    file.act("found_before_intake", "2028-09-23T09:00", found_place="…")
    assert (file.now.state, file.now.facts["term_end"]) == ("POSTPONED", "2028-10-01")
    assert OVER in file.refusal("abscond_before_intake", "2028-10-02T09:00", escaped_from="…")
    file.act("issue_completion", "2028-10-02T09:00", "V50", property_returned=True)


def test_a_conversion_in_place_ends_every_hold(engines):
    """N107.1: a second hold, ordered by mistake and never carried out, may not outlive the intake."""
    convert = engines["cnbb-adult"].procedure.by_trigger["convert_in_place"][0]
    hold = engines["cnbb-hold"].procedure
    moved = [also.trigger for also in convert.also if also.procedure == hold.id]
    ended = {s for trigger in moved for act in hold.by_trigger[trigger] for s in act.source}
    assert ended == {"HO", "HELD", "HESC"}


def test_the_court_revokes_the_postponement_of_somebody_who_is_already_sought(engines):
    """L39.6: C15 may come after the search has begun; found, the enforcement goes on."""
    file = assigned(engines).act("grant_postpone", "2026-08-29T16:00", "C13")
    file.act("abscond_before_intake", "2026-09-10T09:00", escaped_from="…")
    file.act("revoke_postpone", "2026-09-12T09:00", "C15", person_located=False)
    assert file.now.state == "ABSCONDED_PRE"
    file.act("found_before_intake", "2026-09-20T09:00", found_place="…")
    assert file.now.state == "FACILITY_ASSIGNED"


@pytest.mark.parametrize(("trigger", "state"), [("grant_postpone", "POSTPONED"), ("grant_exempt", "EXEMPTED_BEFORE")])
@pytest.mark.parametrize("before", ["IN_TRANSIT", "ADMIN_CUSTODY"])
def test_the_court_frees_somebody_who_is_on_the_way(engines, before, trigger, state):
    """L39.1–2, N110.5: not yet delivered to the facility, so the court may postpone or exempt, and the person goes."""
    file = assigned(engines).act("depart", "2026-08-30T08:00", escort_officers="…", **NOT_EXCLUDED)
    file.now = replace(file.now, state=before)
    pregnant = {"petition_reason": "pregnant", "petition_received_at": "2026-08-30T08:30+07:00"}
    file.act("petition_exempt", "2026-08-30T09:00", "V44", "D-PREG", **pregnant)
    file.act(trigger, "2026-08-30T10:00", "C13")
    assert file.now.state == state
    assert file.last is not None
    assert file.last.transition.custody is not None
    assert file.last.transition.custody.kind == "at_liberty"


# --- Competence -----------------------------------------------------------------------------------------------


def test_a_residence_found_after_the_opening_decides_who_is_competent(engines):
    """L35.3a: opened as the police of residence, no stable residence found: the dossier is not completed as it is."""
    file = notified(engines).act("window_expired", "2026-08-04T09:00")
    ground = {"ground_code": "a", "last_violation_date": "2026-08-04", "violation_text": "…", "witness_count": 2}
    file.act("record_ground", "2026-08-04T10:00", "V34", **ground)
    checked = {"crim_check_result": "not_criminal", "crim_check_basis": "…", "is_foreigner": False}
    file.act("run_gates", "2026-08-04T11:00", **checked, **NOT_EXCLUDED)
    file.now = replace(file.now, facts={k: v for k, v in file.now.facts.items() if k != "residence_stable"})
    file.act("open_dossier", "2026-08-04T13:00", competence_basis="residence")
    file.act(
        "record_residence_result",
        "2026-08-04T15:00",
        "D-NORES",
        residence_stable=False,
        residence_result_at="2026-08-04T15:00+07:00",
    )
    done = {"folios_numbered": True, "two_sets": True, "episode_count": 1, "no_hold_reason": "…"}
    assert "G-COMPETENT.matches_residence" in file.refusal("complete_dossier", "2026-08-05T10:00", "V33", **done)
    file.act("transfer_competence", "2026-08-05T10:00", competent_cax=BODY, competence_basis="last_act")
    file.act("complete_dossier", "2026-08-05T11:00", "V33", **done)
    assert file.now.state == "DOSSIER_COMPLETE"
