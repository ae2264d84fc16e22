"""The law files at work: a dossier walked through the engine, with the dates that the reference works out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM
from workflow.effects import open_limit
from workflow.engine import Act, Actor, Decision, Engine
from workflow.loader import load_policies, load_procedures
from workflow.predicates import Situation
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import Effect

BODY = "00000000-0000-4000-8000-000000000001"
NOT_EXCLUDED = {"excl_no_capacity": False, "excl_pregnant": False, "excl_child_u36m": False}
NO_CRIME = {"crim_check_result": "not_criminal", "crim_check_basis": "đã đối chiếu"}
FACILITY = {"assigned_facility": BODY, "facility_has_place": True, "facility_area_suitable": True}


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    """Return an engine for each procedure id of regime R26."""
    calendar = load_calendar()
    return {law.id: Engine(law, calendar) for law in load_procedures() if law.edition == "2026-07-01"}


class File:
    """A dossier in memory: acts change it, papers are put on it, time is what the test says."""

    def __init__(self, engine: Engine, state: str | None = None, **facts: Any) -> None:
        policies = {name: policy.default for name, policy in load_policies().items()}
        known = {"subject_born_on": "1999-01-01", **facts}
        start = datetime(2026, 7, 1, tzinfo=VIETNAM)
        self.engine = engine
        self.now = Situation(state or engine.procedure.initial.id, known, start, policies=policies)
        self.last: Decision | None = None

    def act(self, trigger: str, at: str, *papers: str, overrides: dict[str, str] | None = None, **fields: Any) -> File:
        """Let an act happen at `at`, after putting `papers` on file, by the first office that may do it."""
        moment = datetime.fromisoformat(at).replace(tzinfo=VIETNAM)
        role = next(act.roles[0] for act in self.engine.procedure.by_trigger[trigger] if self.now.state in act.source)
        seen = replace(
            self.now,
            occurred_at=moment,
            papers=self.now.papers | set(papers),
            unused_papers=self.now.papers | set(papers),
        )
        done = self.engine.decide(
            seen, Act(trigger, fields, moment + timedelta(days=3), overrides or {}), Actor(frozenset([role]))
        )
        limits = dict(self.now.limits)
        for stop in done.effects.stopped:
            limits[stop.limit_id] = replace(limits[stop.limit_id], running=False)
        limits |= {start.limit.id: open_limit(start) for start in done.effects.started}
        self.now = replace(seen, state=done.state.id, facts=done.effects.facts, limits=limits, last_act_at=moment)
        self.last = done
        return self

    def refusal(self, trigger: str, at: str, *papers: str, **fields: Any) -> set[str]:
        """Return `guard.clause` of everything that refuses the act."""
        before = self.now
        with pytest.raises(MoveRefusedError) as caught:
            self.act(trigger, at, *papers, **fields)
        assert self.now == before
        return {f"{reason.guard}.{reason.clause}" for reason in caught.value.reasons}

    def due(self, limit: str) -> str:
        """Return the last day (days, months, years) or the last moment (hours) of a limit."""
        end = self.now.limits[limit].due_at
        assert end is not None
        if end.time() == datetime.min.time():
            return (end - timedelta(days=1)).date().isoformat()
        return end.isoformat(timespec="minutes")[:16]

    def running(self) -> set[str]:
        """Return the limits that are open."""
        return {name for name, limit in self.now.limits.items() if limit.running}

    def alarms(self) -> set[str]:
        """Return `guard.clause` of the alarms of the last act."""
        assert self.last is not None
        return {f"{one.guard}.{one.clause}" for one in self.last.remarks if one.effect is Effect.ALARM}


def notified(engines: dict[str, Engine]) -> File:
    """Return a file whose person was notified as addicted on 03/08/2026 at 09:00."""
    file = File(engines["cnbb-adult"])
    times = {"detected_at": "2026-07-06T07:00+07:00", "positive_at": "2026-07-06T08:00+07:00"}
    file.act("start_residence_check", "2026-07-06T09:00", "III01", place_remote=False, **times)
    result = {"residence_stable": True, "residence_result_at": "2026-07-06T15:00+07:00"}
    file.act("record_residence_result", "2026-07-06T15:00", "D-RESVER", **result)
    received = {"notice_received_at": "2026-07-06T16:00+07:00"}
    file.act("send_use_notice", "2026-07-06T16:00", "III02", "III03", **received)
    mgmt = {"user_exempt_case": False, "crim_check_result": "not_criminal"}
    file.act("decide_user_mgmt", "2026-07-07T09:00", "III04", **mgmt)
    group = {"assessment_group": "c", "assessment_facility": BODY}
    file.act("refer_assessment", "2026-07-20T09:00", "D-HSDN", "N02", "N03", **group)
    found = {"addiction_result_at": "2026-08-03T08:00+07:00"}
    return file.act("result_addicted", "2026-08-03T09:00", "N05", "V23", **found)


def ready_to_file(engines: dict[str, Engine]) -> File:
    """Return the same file with the reading window over."""
    file = notified(engines).act("window_expired", "2026-08-04T09:00")
    ground = {"ground_code": "a", "last_violation_date": "2026-08-04", "violation_text": "…", "witness_count": 2}
    file.act("record_ground", "2026-08-04T10:00", "V34", **ground)
    file.act("run_gates", "2026-08-04T11:00", is_foreigner=False, **NO_CRIME, **NOT_EXCLUDED)
    file.act("open_dossier", "2026-08-04T13:00", competence_basis="residence")
    hold = {"hold_facility": BODY, "hold_facility_nearest": True, "hold_reason": "…"}
    file.act("order_hold", "2026-08-04T14:00", "V33", "V32", **hold)
    done = {"folios_numbered": True, "two_sets": True, "episode_count": 1}
    file.act("complete_dossier", "2026-08-05T10:00", **done)
    file.act("serve_notice", "2026-08-06T09:00", "V37", copy_delivered=True)
    return file.act("reading_ended", "2026-08-12T00:00")


def assigned(engines: dict[str, Engine]) -> File:
    """Return the same file with the facility decided and the assignment received on 29/08/2026."""
    file = ready_to_file(engines).act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    file.act("court_accepts", "2026-08-13T15:00", "C02", court_acceptance_no="01")
    file.act("open_hearing", "2026-08-17T09:00", "C07", hearing_at="2026-08-20T09:00+07:00")
    decision = {"court_decision_no": "01", "court_decision_date": "2026-08-20", "term_months": 24}
    file.act("decide_apply", "2026-08-20T10:00", "C11", **decision)
    effect = {"decision_effective_on": "2026-08-28", "decision_received_at": "2026-08-28T08:00+07:00"}
    file.act("decision_effective_received", "2026-08-28T09:00", **effect)
    file.act("request_facility", "2026-08-28T15:00", "D-FACREQ", facreq_received_at="2026-08-28T16:00+07:00")
    file.act("assign_facility_province", "2026-08-29T09:00", "D-FACDEC", **FACILITY)
    return file.act("deliver_assignment", "2026-08-29T15:00")


def serving(engines: dict[str, Engine]) -> File:
    """Return the same file with the person admitted on 30/08/2026."""
    file = assigned(engines).act("depart", "2026-08-30T08:00", escort_officers="…", **NOT_EXCLUDED)
    intake = {"person_matched": True, "health_at_handover": "…", "belongings": "…"}
    return file.act("admit", "2026-08-30T11:00", "V42", **intake)


def test_the_dossier_clock_of_the_reference(engines):
    """Notified 03/08 09:00; ground 04/08 09:00; dossier by 05/08; V37 on 06/08; file by 12/08."""
    file = notified(engines)
    assert file.due("T-REG24") == "2026-08-04T09:00"
    file = ready_to_file(engines)
    assert (file.due("T-DOS1"), file.due("T-READ3"), file.due("T-FILE1")) == ("2026-08-05", "2026-08-11", "2026-08-12")
    assert file.due("T-LIMIT") == "2026-11-04"


def test_the_five_legs_of_enforcement_count_from_receipt(engines):
    """N106.1–4 and N107.1: each leg starts when the next body has the paper in hand."""
    file = assigned(engines)
    legs = [file.due(name) for name in ("T-ENF1", "T-ENF2", "T-ENF4", "T-ENF5")]
    assert legs == ["2026-08-29T09:00", "2026-08-29T16:00", "2026-08-30T09:00", "2026-08-30T15:00"]


def test_the_hold_shortens_the_term_and_a_flight_lengthens_it(engines):
    """Hold 04/08 to 30/08 = 26 days off; ten days of flight on top (L37.2, N109.3)."""
    file = serving(engines)
    assert file.now.facts["term_end"] == "2028-08-04"
    assert (file.due("T-FIN30"), file.due("T-SOC15")) == ("2028-07-05", "2028-07-20")
    file.act("escape", "2027-01-10T09:00", escaped_from="…")
    assert "term_end" not in file.now.facts
    assert not {"TERM", "T-FIN30", "T-DONE24"} & file.running()
    file.act("recapture", "2027-01-20T09:00", found_place="…")
    assert file.now.facts["term_end"] == "2028-08-14"
    assert file.due("T-FIN30") == "2028-07-15"


def test_reading_the_dossier_cannot_be_cut_short(engines):
    """L35.3c: nobody files before three working days are over."""
    file = notified(engines).act("window_expired", "2026-08-04T09:00")
    ground = {"ground_code": "a", "last_violation_date": "2026-08-04", "violation_text": "…", "witness_count": 2}
    file.act("record_ground", "2026-08-04T10:00", "V34", **ground)
    file.act("run_gates", "2026-08-04T11:00", is_foreigner=False, **NO_CRIME, **NOT_EXCLUDED)
    file.act("open_dossier", "2026-08-04T13:00", competence_basis="residence")
    done = {"folios_numbered": True, "two_sets": True, "episode_count": 1}
    file.act("complete_dossier", "2026-08-05T10:00", "V33", **done)
    assert file.refusal("serve_notice", "2026-08-06T09:00", "V37", copy_delivered=False) == {"G-NOTICE.copy"}
    file.act("serve_notice", "2026-08-06T09:00", "V37", copy_delivered=True)
    assert file.refusal("reading_ended", "2026-08-11T23:00") == {"G-READING.over"}


def test_a_pregnant_person_is_never_filed_nor_brought_away(engines):
    """L35.2b is asked again at filing and before the transport; an old answer does not count."""
    pregnant = {**NOT_EXCLUDED, "excl_pregnant": True}
    file = ready_to_file(engines)
    assert file.refusal("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **pregnant) == {"G-EXCL.pregnant"}
    file.act("exclude", "2026-08-12T10:00", "D-PREG", exclusion_reason="pregnant", decision_reason="…")
    assert file.now.state == "CLOSED_NO_GROUND"
    assert file.now.facts["hold_title_ended"] is True
    assert file.running() == set()
    other = assigned(engines)
    assert other.refusal("depart", "2026-08-30T08:00", escort_officers="…", **pregnant) == {"G-EXCL.pregnant"}


def test_the_limitation_blocks_the_filing(engines):
    """L35.4: after three months the only way on is to close."""
    file = ready_to_file(engines)
    reasons = file.refusal("file_to_court", "2026-11-05T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    assert reasons == {"G-LIMIT.open"}
    file.act("exclude", "2026-11-05T09:00", exclusion_reason="limitation_gone", decision_reason="…")
    assert file.now.state == "CLOSED_NO_GROUND"


def test_grounds_b_and_d_stop_at_the_criminal_gate(engines):
    """POL-CRIM-GATE: “not criminal” and its basis come before the violation record."""
    file = File(engines["cnbb-adult"], "VOL_IN_PROGRESS", addiction_result="addicted")
    papers = ("V34", "N05", "III01", "V22")
    ground = {"ground_code": "b", "last_violation_date": "2026-08-04", "violation_text": "…", "witness_count": 2}
    assert file.refusal("record_ground", "2026-08-05T09:00", *papers, **ground) == {"G-CRIM.recorded_b_d"}
    file.act("record_ground", "2026-08-05T09:00", *papers, **ground, **NO_CRIME)
    assert file.now.state == "GROUND_RECORDED"


def test_nobody_has_a_ground_while_the_time_to_register_runs(engines):
    """N4.7: the 24 hours belong to the person; no reason of an officer shortens them."""
    file = notified(engines)
    ground = {"ground_code": "a", "last_violation_date": "2026-08-03", "violation_text": "…", "witness_count": 2}
    with pytest.raises(MoveRefusedError) as caught:
        file.act("record_ground", "2026-08-03T20:00", "V34", overrides={"G-GROUND": "vội"}, **ground)
    assert [reason.clause for reason in caught.value.reasons] == ["window_running"]


def test_a_registration_made_in_time_and_entered_late_takes_the_ground_away(engines):
    """The clock made a ground of it; the person had registered within the 24 hours."""
    file = notified(engines).act("window_expired", "2026-08-04T09:00")
    late = {"voluntary_place": "home", "registration_received_at": "2026-08-04T08:00+07:00", "decision_reason": "…"}
    file.act("register_voluntary", "2026-08-04T10:00", "V20", "V33", **late)
    assert file.now.state == "VOL_REGISTERED"
    assert {"ground_origin", "last_violation_date"}.isdisjoint(file.now.facts)
    assert not {"T-LIMIT", "T-DOS1"} & file.running()


def test_a_minor_does_not_pass_the_gate_of_the_adult_procedure(engines):
    """L35: at least 18 on the day of the act, to the day."""
    gate = {"is_foreigner": False, **NO_CRIME, **NOT_EXCLUDED}
    file = File(engines["cnbb-adult"], "GROUND_RECORDED", subject_born_on="2008-08-06")
    assert file.refusal("run_gates", "2026-08-05T09:00", **gate) == {"G-AGE18.adult"}
    file.act("run_gates", "2026-08-06T09:00", **gate)


def test_nobody_is_certified_early_and_nobody_is_kept_late(engines):
    """N123.2 and POL-V53-LATE: only the last day opens, and nothing but the day is asked for."""
    file = serving(engines)
    end = date.fromisoformat(str(file.now.facts["term_end"]))
    before, after = (end - timedelta(days=1)).isoformat(), (end + timedelta(days=1)).isoformat()
    assert file.refusal("issue_completion", f"{before}T23:00", "V50", property_returned=True) == {"G-DONE.window"}
    file.act("issue_completion", f"{end}T00:00", property_returned=False)
    assert (file.now.state, file.alarms() >= {"G-DONE.v53", "G-DONE.v51"}) == ("COMPLETED", True)
    late = serving(engines).act("issue_completion", f"{after}T08:00", "V50", "V53", property_returned=True)
    assert late.alarms() == {"G-DONE.late", "G-DONE.v51"}


@pytest.mark.parametrize("state", ["SERVING", "FORTHCOMING", "HOSPITALISED", "FUNERAL_LEAVE", "OUT_PROSECUTION"])
def test_the_term_ends_wherever_the_person_is(engines, state):
    """A person in hospital, on leave or with a criminal body is certified on the same day."""
    file = serving(engines)
    file.now = replace(file.now, state=state)
    file.act("issue_completion", f"{file.now.facts['term_end']}T08:00", "V50", "V53", property_returned=True)
    assert file.now.state == "COMPLETED"
    assert not {"TERM", "T-DONE24", "T-FIN30"} & file.running()


def test_less_than_three_months_left_nobody_is_taken_back(engines):
    """L39.3, example 5 of the reference: E − 3 months is the last day on which a return is due."""
    file = serving(engines).act("grant_suspend", "2027-12-01T09:00", "C14")
    assert file.due("T-RESUME3M") == "2028-05-04"
    short = file.refusal("suspension_ended_return", "2028-05-05T09:00", "V42", health_at_handover="…")
    assert short == {"G-RETURN3M.three_months"}
    file.act("suspension_ended_return", "2028-05-04T09:00", "V42", health_at_handover="…")
    assert file.now.facts["term_end"] == "2028-08-04"


def test_a_flight_during_a_suspension_is_excluded_until_the_person_is_found(engines):
    """L39.6, N107.4: the term goes on after the second intake, it does not begin again."""
    file = serving(engines).act("grant_suspend", "2027-03-01T09:00", "C14")
    file.act("revoke_suspend", "2027-04-01T09:00", "C15")
    file.act("found_before_intake", "2027-05-01T09:00", found_place="…")
    file.act("depart", "2027-05-01T10:00", escort_officers="…", **NOT_EXCLUDED)
    file.act("admit", "2027-05-01T12:00", person_matched=True, health_at_handover="…", belongings="…")
    assert file.now.facts["term_start"] == "2026-08-30"
    assert file.now.facts["term_end"] == "2028-09-03"


def test_post_rehab_runs_two_years_from_completion_and_ends_in_its_last_days(engines):
    """L42.2 and N138: never from a later day, certificate in the last three working days."""
    file = serving(engines)
    end = str(file.now.facts["term_end"])
    file.act("issue_completion", f"{end}T08:00", "V50", "V53", property_returned=True)
    assert file.refusal("start_post_rehab", f"{end}T10:00", pm_from="2028-08-05") == {"G-POSTTERM.not_later"}
    file.act("start_post_rehab", f"{end}T10:00", pm_from=end)
    assert file.now.facts["post_rehab_end"] == "2030-08-04"
    assert file.refusal("complete_post_rehab", "2030-07-29T09:00", "V56") == {"G-PDONE.window"}
    file.act("complete_post_rehab", "2030-07-31T09:00", "V56")
    assert (file.now.state, file.running()) == ("POST_REHAB_DONE", set())


def test_the_unverified_limits_of_the_court_never_refuse(engines):
    """POL-COURT-LAW: a late court and an early receipt are recorded, not stopped."""
    file = ready_to_file(engines).act("file_to_court", "2026-08-12T09:00", "V36", court=BODY, **NOT_EXCLUDED)
    file.act("court_accepts", "2026-08-25T15:00", "C02", court_acceptance_no="01")
    file.act("open_hearing", "2026-09-14T09:00", "C07", hearing_at="2026-09-28T09:00+07:00")
    decision = {"court_decision_no": "01", "court_decision_date": "2026-09-28", "term_months": 24}
    file.act("decide_apply", "2026-09-28T10:00", "C11", **decision)
    effect = {"decision_effective_on": "2026-09-29", "decision_received_at": "2026-09-29T08:00+07:00"}
    file.act("decision_effective_received", "2026-09-29T09:00", **effect)
    assert file.last is not None
    assert ("G-EFFECTIVE", "window_over", Effect.WARN) in {(r.guard, r.clause, r.effect) for r in file.last.remarks}


def test_the_hold_is_handed_over_escaped_recaptured_and_released(engines):
    """N99, N109: flight from the hold is a period of its own; the release asks for nothing."""
    hold = File(engines["cnbb-hold"])
    hold.act("handover_hold", "2026-08-04T16:00", "V31", "V32", "V33", person_matched=True, health_at_handover="…")
    hold.act("hold_escape", "2026-08-10T02:00")
    assert hold.due("T-ESC24") == "2026-08-11T02:00"
    hold.act("hold_send_flight_notice", "2026-08-10T08:00", "D-FLIGHT24")
    hold.act("hold_recapture", "2026-08-15T08:00", found_place="…")
    assert hold.now.facts["hold_escapes"] == (("2026-08-10", "2026-08-15"),)
    hold.act("hold_release_no_measure", "2026-08-20T11:00")
    assert hold.now.state == "HREL"
    assert str(hold.now.facts["hold_ended_at"]).startswith("2026-08-20T11:00")
