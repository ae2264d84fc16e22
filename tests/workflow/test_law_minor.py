"""The procedure for 12 to under 18 at work: its main line, what it asks of parents, its places, and turning 18."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.workflow.test_law_main_line import BODY, NO_CRIME, NOT_EXCLUDED, File, engines
from workflow.loader import load_policies
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import Effect

__all__ = ["engines"]

SCHOOL = "00000000-0000-4000-8000-000000000002"
#: The reference's example: 18 on 14/02/2028.
BORN = "2010-02-14"
GROUND = {"ground_code": "a", "last_violation_date": "2026-08-04", "violation_text": "…", "witness_count": 2}
DONE = {"folios_numbered": True, "two_sets": True, "episode_count": 1, "no_hold_reason": "…"}
PARENTS = {"copy_delivered": True, "guardian_notice": "received"}
INTAKE = {"person_matched": True, "health_at_handover": "…", "belongings": "…"}
TRANSFER = {
    "assigned_facility": BODY,
    "facility_has_place": True,
    "facility_area_suitable": True,
    "transfer_reason": "…",
}


def minor(engines, state: str | None = None, **facts) -> File:
    """Return a file about somebody of 16."""
    return File(engines["cnbb-minor"], state, **{"subject_born_on": BORN, **facts})


def notified(engines) -> File:
    """Return a file whose person and parents were told the result on 03/08/2026 at 09:00."""
    file = minor(engines)
    times = {"detected_at": "2026-07-31T07:00+07:00", "positive_at": "2026-07-31T08:00+07:00"}
    file.act("start_residence_check", "2026-07-31T09:00", "III01", place_remote=False, test_sample="urine", **times)
    result = {"residence_stable": True, "residence_result_at": "2026-07-31T15:00+07:00"}
    file.act("record_residence_result", "2026-07-31T15:00", "D-RESVER", **result)
    group = {"assessment_group": "c", "assessment_facility": BODY}
    file.act("refer_assessment", "2026-07-31T16:00", "D-HSDN", "N02", "N03", **group)
    found = {"addiction_result_at": "2026-08-03T08:00+07:00", "guardian_informed_of_result": True}
    return file.act("result_addicted", "2026-08-03T09:00", "N05", "V23", **found)


def building(engines) -> File:
    """Return the same file with the dossier opened."""
    file = notified(engines).act("window_expired", "2026-08-04T09:00")
    file.act("record_ground", "2026-08-04T10:00", "V34", **GROUND)
    file.act("run_gates", "2026-08-04T11:00", is_foreigner=False, **NO_CRIME, **NOT_EXCLUDED)
    return file.act("open_dossier", "2026-08-04T13:00", competence_basis="residence")


def ready_to_file(engines) -> File:
    """Return the same file with the reading window over."""
    file = building(engines).act("complete_dossier", "2026-08-05T10:00", "V33", "V38", "V39", **DONE)
    file.act("serve_notice", "2026-08-06T09:00", "V37", **PARENTS)
    return file.act("reading_ended", "2026-08-12T00:00")


def requested(engines) -> File:
    """Return the same file with the decision in force and a place asked for on 27/08/2026."""
    file = ready_to_file(engines).act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    file.act("court_accepts", "2026-08-13T15:00", "C02", court_acceptance_no="01")
    file.act("open_hearing", "2026-08-14T09:00", "C07", hearing_at="2026-08-18T09:00+07:00")
    decision = {"court_decision_no": "01", "court_decision_date": "2026-08-18", "term_months": 24}
    file.act("decide_apply", "2026-08-18T10:00", "C11", **decision)
    effect = {"decision_effective_on": "2026-08-26", "decision_received_at": "2026-08-26T08:00+07:00"}
    file.act("decision_effective_received", "2026-08-26T09:00", **effect)
    return file.act("request_facility", "2026-08-26T15:00", "D-FACREQ", facreq_received_at="2026-08-26T15:30+07:00")


def serving(engines) -> File:
    """Return the same file with the person admitted to a reform school on 01/09/2026."""
    file = requested(engines).act(
        "escalate_c10", "2026-08-27T09:00", "D-FACUP", facup_received_at="2026-08-27T10:00+07:00"
    )
    place = {"assigned_school": SCHOOL, "facility_has_place": True}
    file.act("assign_facility_tgd", "2026-08-27T15:00", "D-FACDEC", **place)
    file.act("deliver_assignment", "2026-08-31T09:00")
    file.act("depart", "2026-09-01T08:00", escort_officers="…", **NOT_EXCLUDED)
    return file.act("admit", "2026-09-01T11:00", "V42", **INTAKE)


# --- The main line ------------------------------------------------------------------------------------------------


def test_the_example_of_the_reference(engines):
    """24 months from 01/09/2026; 18 on 14/02/2028 with more than 3 months left; one year after the completion."""
    file = serving(engines)
    assert file.now.facts["term_end"] == "2028-09-01"
    assert file.now.facts["turns_18_on"] == "2028-02-14"
    file.act("turn_18", "2028-02-15T00:00")
    assert file.alarms() == {"G-18-MOVE.move"}
    assert file.due("T-18") == "2028-06-01"
    file.act("transfer_facility", "2028-02-20T09:00", "D-TRANSFER", "V42", **TRANSFER)
    assert file.now.facts["in_school"] is False
    assert "T-18" not in file.running()
    file.act("send_completion_notice", "2028-08-01T09:00", "V51", v51_received_at="2028-08-01T09:00+07:00")
    file.act("propose_post_rehab", "2028-08-02T09:00", "V52")
    decided = {"v53_received_at": "2028-08-03T09:00+07:00", "pm_responsible": "…"}
    file.act("decide_post_rehab", "2028-08-03T09:00", "V53", **decided)
    copied = {"property_returned": True, "certificate_to_guardian": True}
    file.act("issue_completion", "2028-09-01T08:00", "V50", **copied)
    assert file.alarms() == set()
    file.act("start_post_rehab", "2028-09-01T10:00", pm_from="2028-09-01")
    assert file.now.facts["post_rehab_end"] == "2029-09-01"
    file.act("complete_post_rehab", "2029-08-30T09:00", "V56")
    assert (file.now.state, file.running()) == ("POST_REHAB_DONE", set())


def test_the_term_statement_speaks_of_one_year_after(engines):
    """L42.1: the dates derived from the end of the term are those of 12 to under 18."""
    file = serving(engines)
    assert file.last is not None
    (term,) = [start.certificate for start in file.last.effects.started if start.limit.id == "TERM"]
    assert term.derived_on("POST-REHAB-END") == date(2029, 9, 1)


def test_less_than_three_months_left_the_person_stays(engines):
    """L36.4: 18 in the last three months is no reason to move anybody."""
    file = serving(engines)
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2010-06-15"})
    file.act("turn_18", "2028-06-16T00:00")
    assert file.alarms() == set()
    assert "T-18" not in file.running()


def test_every_act_is_cited_under_the_articles_for_12_to_under_18(engines):
    """L36 and N103–N105 stand beside L35 and N100–N102; the adults' ordinance is nobody's article here."""
    law = engines["cnbb-minor"].procedure
    cited = {act.trigger: act.basis for act in law.transitions}
    assert cited["open_dossier"].startswith("N103.1–2; L36.2a")
    assert cited["file_to_court"] == "N105.4; L36.2d"
    assert law.limits["T-READ3"].basis == "L36.2c; N105.3"
    bases = [act.basis for act in law.transitions] + [limit.basis for limit in law.limits.values()]
    bases += [clause.basis for guard in law.guards.values() for clause in guard.clauses]
    tokens = {token for basis in bases for token in basis.split("; ")}
    adult = {token for token in tokens if token.startswith(("L35", "N100", "N101", "N102", "PL03"))}
    assert adult == {"L35.1đ", "L35.2 (Điều 36 không nhắc lại)"}


def test_what_was_not_read_for_12_to_under_18_never_stops_an_act(engines):
    """PL 01/2022 is known from secondary notes: its limits warn, whatever mark the adults' have."""
    law = engines["cnbb-minor"].procedure
    for limit in law.limits.values():
        if "PL 01" in limit.basis or "PL01" in limit.basis:
            assert limit.confidence.mark in ("B†", "D", "C"), limit.id
            assert limit.on_expiry.value in ("warn", "nothing"), limit.id


# --- For whom -----------------------------------------------------------------------------------------------------


def test_eighteen_on_the_ground_day_is_no_minor(engines):
    """L36.1: to the day; whoever is 18 when the ground is recorded falls under Article 35."""
    file = minor(engines, "GROUND", addiction_result="addicted", ground_origin="not_registered")
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2008-08-05"})
    papers = ("V34", "N05", "V23")
    refused = file.refusal("record_ground", "2026-08-05T09:00", *papers, **GROUND)
    assert refused == {"G-AGE18.under_18_or_decided", "G-AGE-GROUND.under_18"}
    route = {"turn18_route": "switch", "decision_reason": "…"}
    assert file.refusal("decide_route_18", "2026-08-04T20:00", "N05", **route) == {"G-IS-18.adult"}
    day_before = file.now
    file.act("record_ground", "2026-08-04T23:00", *papers, **GROUND)
    file.now = day_before
    file.act("decide_route_18", "2026-08-05T09:00", "N05", **route)
    assert file.now.state == "SWITCHED_ADULT"
    assert file.last is not None
    assert file.last.transition.opens_dossier == "GROUND_RECORDED"


def test_eleven_years_old_passes_no_act_of_this_procedure(engines):
    """Under 12 never, even where a wrong birth date was corrected after the opening."""
    file = minor(engines, "GROUND_RECORDED", subject_born_on="2015-01-01")
    gate = {"is_foreigner": False, **NO_CRIME, **NOT_EXCLUDED}
    assert file.refusal("run_gates", "2026-08-05T09:00", **gate) == {"G-AGE18.twelve"}


# --- Parents, guardian, representative ----------------------------------------------------------------------------


def test_a_blood_sample_needs_a_parent_and_urine_does_not(engines):
    """L23, N56: present at the sample, except for urine."""
    file = minor(engines)
    times = {"detected_at": "2026-07-31T07:00+07:00", "positive_at": "2026-07-31T08:00+07:00", "place_remote": False}
    refused = file.refusal("start_residence_check", "2026-07-31T09:00", "III01", test_sample="blood", **times)
    assert refused == {"G-TEST-MINOR.present"}
    file.act("start_residence_check", "2026-07-31T09:00", "III01", test_sample="blood", guardian_at_test=True, **times)


def test_the_24_hours_begin_when_the_parents_were_told(engines):
    """L31.4, N4.7: a result the parents do not know starts no clock."""
    file = minor(engines, "ASSESSMENT_REFERRED")
    told = {"addiction_result_at": "2026-08-03T08:00+07:00", "guardian_informed_of_result": False}
    assert file.refusal("result_addicted", "2026-08-03T09:00", "N05", "V23", **told) == {"G-TOLD-MINOR.told"}
    assert "T-REG24" not in file.running()


def test_the_parents_register(engines):
    """L31.6, N89."""
    file = notified(engines)
    place = {"voluntary_place": "home", "registration_received_at": "2026-08-03T10:00+07:00"}
    refused = file.refusal(
        "register_voluntary", "2026-08-03T10:00", "V20", "V33", registered_by_representative=False, **place
    )
    assert refused == {"G-REG-MINOR.representative"}
    file.act("register_voluntary", "2026-08-03T10:00", "V20", "V33", registered_by_representative=True, **place)


def test_the_set_holds_a_statement_and_the_opinion_of_the_parents(engines):
    """N104.1: V38 or V58, and V39; V40 stands for what is missing, and says for which."""
    file = building(engines)
    with pytest.raises(MoveRefusedError) as caught:
        file.act("complete_dossier", "2026-08-05T10:00", "V33", "V38", **DONE)
    assert ["V39" in reason.text.vi for reason in caught.value.reasons] == [True]


def test_v40_stands_for_what_it_says_and_needs_a_grown_witness(engines):
    """N104.1e: one record for the statement does not replace the parents' opinion."""
    file = building(engines)
    papers = ("V33", "V38", "V40")
    wrong = {"v40_covers": "statement", "v40_witness_adult": True, **DONE}
    assert file.refusal("complete_dossier", "2026-08-05T10:00", *papers, **wrong) == {"G-SET-MINOR.opinion"}
    child = {"v40_covers": "opinion", "v40_witness_adult": False, **DONE}
    assert file.refusal("complete_dossier", "2026-08-05T10:00", *papers, **child) == {"G-SET-MINOR.witness"}
    file.act("complete_dossier", "2026-08-05T10:00", *papers, v40_covers="opinion", v40_witness_adult=True, **DONE)


def test_the_notice_goes_to_the_parents_too(engines):
    """N105.1–3: V37 without the parents starts no reading; a refusal is V41 with a grown witness."""
    file = building(engines).act("complete_dossier", "2026-08-05T10:00", "V33", "V38", "V39", **DONE)
    alone = {"copy_delivered": True, "guardian_notice": "refused"}
    assert file.refusal("serve_notice", "2026-08-06T09:00", "V37", **alone) == {
        "G-NOTICE-MINOR.guardian",
        "G-NOTICE-MINOR.witness",
    }
    assert "T-READ3" not in file.running()
    file.act("serve_notice", "2026-08-06T09:00", "V37", "V41", v41_witness_adult=True, **alone)
    assert file.due("T-READ3") == "2026-08-11"


def test_the_file_does_not_reach_the_court_without_the_parents(engines):
    """The same is asked again at the filing."""
    file = ready_to_file(engines)
    del (facts := dict(file.now.facts))["guardian_notice"]
    file.now = replace(file.now, facts=facts, papers=file.now.papers - {"V39"})
    refused = file.refusal("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    assert "G-NOTICE-MINOR.guardian" in refused
    assert len(refused) == 2


def test_the_parents_petition(engines):
    """N110.1: V45, not V44; at 18 the person alone."""
    file = requested(engines)
    reason = {"petition_reason": "ill", "petition_received_at": "2026-08-26T16:00+07:00"}
    refused = file.refusal("petition_postpone", "2026-08-26T16:00", "V44", "D-ILL", **reason)
    assert refused == {"G-PETITION-MINOR.v45"}
    file.act("petition_postpone", "2026-08-26T16:00", "V45", "D-ILL", **reason)


def test_a_missing_copy_for_the_parents_delays_no_release(engines):
    """L36.5: an alarm, and the person goes."""
    file = serving(engines)
    file.act("issue_completion", f"{file.now.facts['term_end']}T08:00", "V50", "V53", property_returned=True)
    assert file.now.state == "COMPLETED"
    assert "G-COPY-MINOR.copy" in file.alarms()


# --- Exclusions, competence, place --------------------------------------------------------------------------------


def test_a_case_of_article_35_2_is_warned_of_and_decided_not_excluded(engines):
    """POL-MINOR-EXCL: the law does not repeat the list; by default a human decides, and may apply it."""
    pregnant = {**NOT_EXCLUDED, "excl_pregnant": True}
    file = ready_to_file(engines)
    file.act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **pregnant)
    assert file.last is not None
    assert [(one.guard, one.clause, one.effect) for one in file.last.remarks] == [("G-EXCL", "pregnant", Effect.WARN)]
    decided = ready_to_file(engines)
    decided.act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, minor_excl_decision="…", **pregnant)
    assert decided.last is not None
    assert decided.last.remarks == ()
    applied = ready_to_file(engines)
    applied.now = replace(applied.now, policies={**applied.now.policies, "POL-MINOR-EXCL": "apply"})
    refused = applied.refusal("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **pregnant)
    assert refused == {"G-EXCL.applied"}


def test_without_a_stable_residence_the_place_where_the_act_was_found_is_competent(engines):
    """L36.2a: there is no “last” act for 12 to under 18."""
    choices = {choice.id for choice in engines["cnbb-minor"].procedure.facts["competence_basis"].choices}
    assert choices == {"residence", "found_act"}
    file = minor(engines, "GATE_CHECK", residence_stable=False, last_violation_date="2026-08-04", is_foreigner=False)
    file.now = replace(file.now, facts={**file.now.facts, **NOT_EXCLUDED, **NO_CRIME, "ground_code": "a"})
    assert file.refusal("open_dossier", "2026-08-04T13:00", competence_basis="residence") == {
        "G-COMPETENT.matches_residence"
    }
    file.act("open_dossier", "2026-08-04T13:00", competence_basis="found_act")


def test_no_hold_where_there_is_no_area_for_them(engines):
    """L37.1, N66.4: a reform school, or a facility with an area for 12 to under 18."""
    file = building(engines)
    hold = {"hold_facility": BODY, "hold_facility_nearest": True, "hold_reason": "…"}
    refused = file.refusal("order_hold", "2026-08-04T14:00", "V33", "V32", hold_area_minor=False, **hold)
    assert refused == {"G-HOLD.area"}
    file.act("order_hold", "2026-08-04T14:00", "V33", "V32", hold_area_minor=True, **hold)
    kinds = engines["cnbb-minor"].procedure.facts["hold_facility"].org_types
    assert kinds == engines["cnbb-hold"].procedure.bodies["HOLD_FAC"].org_types == ("facility", "reform_school")
    handover = engines["cnbb-hold"].procedure.by_trigger["handover_hold"][0]
    assert {"CSCN_HEAD", "TGD_HEAD"} <= set(handover.actor)


def test_the_province_assigns_a_facility_with_an_area_or_asks_c10(engines):
    """N106.2b: two ways, in the same 24 hours; C04 is none of them."""
    law = engines["cnbb-minor"].procedure
    assert not {"escalate_c04", "assign_facility_national"} & set(law.by_trigger)
    file = requested(engines)
    assert file.due("T-ENF2") == "2026-08-27T15:30"
    place = {"assigned_facility": BODY, "facility_has_place": True, "facility_area_suitable": True}
    refused = file.refusal(
        "assign_facility_province", "2026-08-27T09:00", "D-FACDEC", facility_area_minor=False, **place
    )
    assert refused == {"G-FAC.area_minor"}
    file.act("assign_facility_province", "2026-08-27T09:00", "D-FACDEC", facility_area_minor=True, **place)
    assert file.now.facts["in_school"] is False
    other = requested(engines).act(
        "escalate_c10", "2026-08-27T09:00", "D-FACUP", facup_received_at="2026-08-27T10:00+07:00"
    )
    assert (other.now.state, law.states["FACILITY_ESCALATED"].holder) == ("FACILITY_ESCALATED", "C10")
    assert other.due("T-ENF3") == "2026-08-28T10:00"


def test_a_hold_in_a_school_converts_in_place(engines):
    """N107.1, L37.2: the school of the hold is the assigned one; the days are credited."""
    file = building(engines)
    hold = {"hold_facility": SCHOOL, "hold_facility_nearest": True, "hold_reason": "…", "hold_area_minor": True}
    file.act("order_hold", "2026-08-04T14:00", "V33", "V32", **hold)
    file.now = replace(
        file.now,
        state="FACILITY_ASSIGNED",
        proceedings={"cnbb-hold": "HELD"},
        facts={
            **file.now.facts,
            "term_months": 24,
            "decision_effective_on": "2026-08-26",
            "decision_received_at": "2026-08-26T09:00+07:00",
            "assignment_received_at": "2026-08-28T09:00+07:00",
            "court_decision_date": "2026-08-18",
            "in_school": True,
        },
    )
    act = {"held_at_assigned_facility": True, "health_at_handover": "…"}
    file.act("convert_in_place", "2026-08-28T10:00", "C11", "D-FACDEC", **act)
    assert file.now.facts["term_end"] == "2028-08-04"


# --- Stay and after -----------------------------------------------------------------------------------------------


def test_labour_is_capped_by_age_and_schooling_is_compulsory(engines):
    """N127–129: 4 and 20 hours under 15, 6 and 30 under 18; schooling to the end of lower secondary."""
    file = serving(engines)
    young = minor(engines, "SERVING", subject_born_on="2013-01-01")
    plan = {"schooling": "compulsory", "labour_hours_day": 6, "labour_hours_week": 30}
    file.act("plan_schooling_labour", "2026-09-10T09:00", **plan)
    assert young.refusal("plan_schooling_labour", "2026-09-10T09:00", **plan) == {"G-LABOUR-MINOR.under_15"}
    over = {"schooling": "none", "labour_hours_day": 7, "labour_hours_week": 30}
    assert file.refusal("plan_schooling_labour", "2026-09-11T09:00", **over) == {
        "G-LABOUR-MINOR.under_18",
        "G-LABOUR-MINOR.schooling",
    }


def test_social_protection_asks_for_no_inability_to_work(engines):
    """L36.6: no stable residence is enough."""
    file = serving(engines)
    assert "work_capacity" not in engines["cnbb-minor"].procedure.facts
    refused = file.refusal("request_social_protection", "2028-08-01T09:00", "D-SOCREQ", residence_identifiable=True)
    assert refused == {"G-SOCIAL.no_residence"}
    file.act("request_social_protection", "2028-08-01T09:00", "D-SOCREQ", residence_identifiable=False)


def test_monitoring_only_on_request_or_without_a_residence(engines):
    """N15.2, N16.2b: with a stable residence nobody is monitored unless the parents ask."""
    file = minor(engines, "FORTHCOMING", residence_stable=True, measure_kind="compulsory")
    decided = {"v53_received_at": "2026-09-03T09:00+07:00", "pm_responsible": "…"}
    file.act("decide_post_rehab", "2026-09-03T09:00", "V52", "V53", **decided)
    assert "T-EM12" not in file.running()
    monitoring = File(engines["cnbb-monitoring"], subject_born_on=BORN, residence_stable=True)
    asked = {"em_group": "requested", "em_effective_at": "2026-09-03T10:00+07:00"}
    assert monitoring.refusal("em_decide", "2026-09-03T10:00", "I02", **asked) == {"G-EM.requested"}
    file.act("request_monitoring", "2026-09-03T11:00", "I01")
    assert file.due("T-EM24") == "2026-09-04T11:00"
    assert file.last is not None
    assert file.last.transition.starts_proceeding == "cnbb-monitoring"
    monitoring.now = replace(monitoring.now, limits=file.now.limits)
    monitoring.act("em_decide", "2026-09-03T12:00", "I01", "I02", **asked)
    assert ("T-EM24" in monitoring.running(), monitoring.due("T-EM1Y")) == (False, "2027-09-03")
    homeless = minor(engines, "FORTHCOMING", residence_stable=False)
    homeless.act("decide_post_rehab", "2026-09-03T09:00", "V52", "V53", **decided)
    assert homeless.due("T-EM12") == "2026-09-03T21:00"


# --- Turning 18 before the court ----------------------------------------------------------------------------------


def test_turning_18_mid_dossier_stops_until_a_human_decides(engines):
    """POL-TURN18: a hard stop by default; kept, the dossier goes on; by policy it may also just go on."""
    file = building(engines)
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2008-08-05"})
    papers = ("V33", "V38", "V39")
    stop = {"G-AGE18.under_18_or_decided"}
    assert file.refusal("complete_dossier", "2026-08-05T10:00", *papers, **DONE) == stop
    by_policy = replace(file.now, policies={**file.now.policies, "POL-TURN18": "keep"})
    file.act("decide_route_18", "2026-08-05T11:00", turn18_route="keep", decision_reason="…")
    file.act("complete_dossier", "2026-08-05T12:00", *papers, **DONE)
    file.now = by_policy
    file.act("complete_dossier", "2026-08-05T12:00", *papers, **DONE)


def test_the_clock_raises_an_alarm_on_the_birthday(engines):
    """An officer who does not look at the birth date is told."""
    file = building(engines)
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2008-08-05"})
    file.act("turn_18", "2026-08-06T00:00")
    assert file.alarms() == {"G-18-ROUTE.decide"}
    assert "T-AGE18" not in file.running()


def test_who_evaded_and_is_18_falls_under_the_adult_procedure(engines):
    """L36.3, second paragraph: the route cannot be kept; the limitation counts from the end of the evasion."""
    file = building(engines)
    file.now = replace(file.now, facts={**file.now.facts, "subject_born_on": "2008-08-05", "turns_18_on": "2026-08-05"})
    evaded = {"decision_reason": "…", "evasion_ended_on": "2026-08-10"}
    refused = file.refusal("decide_route_18", "2026-08-11T09:00", turn18_route="keep", **evaded)
    assert refused == {"G-EVADER.adult_procedure"}
    file.act("decide_route_18", "2026-08-11T09:00", turn18_route="switch", **evaded)
    assert (file.now.state, file.running()) == ("SWITCHED_ADULT", set())
    adult = File(engines["cnbb-adult"], "GROUND_RECORDED", evasion_ended_on="2026-08-10", addiction_result="addicted")
    ground = {"ground_code": "đ", "last_violation_date": "2026-03-01", "violation_text": "…", "witness_count": 2}
    adult.act("record_ground", "2026-08-11T10:00", "V34", "N05", addiction_result="addicted", **ground)
    assert adult.due("T-LIMIT") == "2026-11-10"


def test_the_open_questions_of_this_procedure_are_policies():
    """What the law leaves open stands there by name."""
    assert {"POL-MINOR-EXCL", "POL-TURN18"} <= set(load_policies())


def test_who_fled_from_a_school_assigned_is_found_with_the_place_decided(engines):
    """N107.4: the assignment of C10 stands after a flight, as one to a facility does."""
    file = requested(engines).act(
        "escalate_c10", "2026-08-27T09:00", "D-FACUP", facup_received_at="2026-08-27T10:00+07:00"
    )
    file.act("assign_facility_tgd", "2026-08-27T15:00", "D-FACDEC", assigned_school=SCHOOL, facility_has_place=True)
    file.act("abscond_before_intake", "2026-08-28T09:00", escaped_from="…")
    file.act("found_before_intake", "2026-08-29T09:00", found_place="…")
    assert file.now.state == "FACILITY_ASSIGNED"
