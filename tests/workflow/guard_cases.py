"""The guards of the reference in cases of real life, with dates: what each lets pass, and what it does not.

Written by hand from the table of guards.  All persons are adults in the procedure in force since 01/07/2026 unless the
case says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflow.vocabulary import Effect

ADULT, MINOR = "cnbb-adult@2026-07-01", "cnbb-minor@2026-07-01"
#: Nobody here is foreign, a suspect or excluded; the officer found so.
CLEAN = {
    "subject_born_on": "1999-01-01",
    "is_foreigner": False,
    "crim_check_result": "not_criminal",
    "crim_check_basis": "đã đối chiếu",
    "excl_no_capacity": False,
    "excl_pregnant": False,
    "excl_child_u36m": False,
}
#: A ground of 04/08/2026, a complete dossier, served on Thursday 06/08, read until Tuesday 11/08.
SERVED = {
    "ground_code": "a",
    "ground_origin": "not_registered",
    "last_violation_date": "2026-08-04",
    "addiction_result": "addicted",
    "residence_stable": True,
    "competence_basis": "residence",
    "dossier_opened_at": "2026-08-04T13:00:00+07:00",
    "copy_delivered": True,
    "folios_numbered": True,
    "two_sets": True,
    "notice_served_on": "2026-08-06",
}
READ = {"T-READ3": ("2026-08-06T09:00", "2026-08-12T00:00")}


@dataclass(frozen=True)
class Case:
    """A guard, what it means, an act that it lets pass, and what is different when it does not."""

    guard: str
    means: str
    state: str
    act: str
    on: str
    #: Facts known or stated; what the act asks besides is filled in without harm.
    facts: Mapping[str, Any] = field(default_factory=dict)
    papers: tuple[str, ...] = ()
    #: Limit -> from, to, and for a window the moment it opens.
    limits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sides: Mapping[str, str] = field(default_factory=dict)
    policies: Mapping[str, str] = field(default_factory=dict)
    key: str = ADULT
    #: The clause that is missed in the other case, what the other case changes, and what then happens.
    clause: str = ""
    other: Mapping[str, Any] = field(default_factory=dict)
    effect: Effect = Effect.REFUSE
    #: Other clauses of the same guard that cannot but be missed with it.
    besides: tuple[tuple[str, Effect], ...] = ()


CASES = [
    Case(
        "G-ADDICTED",
        "a result that says “not addicted” proves no addiction",
        "GROUND",
        "record_ground",
        "2026-08-04T10:00",
        {**SERVED, "witness_count": 2},
        ("N05", "V23"),
        clause="proof",
        other={"facts": {"addiction_result": "not_addicted"}},
    ),
    Case(
        "G-ASSESS",
        "only one of the groups a to đ is referred; somebody in none of them is not",
        "NOTICE_SENT",
        "refer_assessment",
        "2026-07-31T09:00",
        {"assessment_group": "đ", "residence_stable": False},
        clause="group",
        other={"facts": {"assessment_group": None}},
    ),
    Case(
        "G-AGE18",
        "18 on the day of the act: allowed on the birthday, refused the day before",
        "GROUND_RECORDED",
        "run_gates",
        "2026-08-06T09:00",
        {"subject_born_on": "2008-08-06"},
        clause="adult",
        other={"on": "2026-08-05T09:00"},
    ),
    Case(
        "G-GROUND",
        "notified on 03/08 at 09:00: there is no ground a that evening, there is one when the 24 hours are over",
        "GROUND",
        "record_ground",
        "2026-08-04T09:00",
        {**SERVED, "witness_count": 2},
        ("N05", "V23"),
        {"T-REG24": ("2026-08-03T09:00", "2026-08-04T09:00")},
        clause="window_running",
        other={
            "state": "ADDICTED_NOTIFIED",
            "on": "2026-08-03T20:00",
            "facts": {"ground_origin": None, "last_violation_date": "2026-08-03"},
        },
        besides=(("windows_over", Effect.OVERRIDE),),
    ),
    Case(
        "G-EXCL",
        "the only carer of a child of 20 months is not filed against",
        "DECIDING_TO_FILE",
        "file_to_court",
        "2026-08-12T09:00",
        SERVED,
        limits=READ,
        clause="child",
        other={"facts": {"excl_child_u36m": True}},
    ),
    Case(
        "G-LIMIT",
        "three months from 04/08/2026: 04/11 is the last day to file, 05/11 is too late",
        "DECIDING_TO_FILE",
        "file_to_court",
        "2026-11-04T16:00",
        SERVED,
        limits=READ,
        clause="open",
        other={"on": "2026-11-05T09:00"},
    ),
    Case(
        "G-CRIM",
        "use during voluntary rehab (ground b) waits for a recorded finding of no crime",
        "VOL_IN_PROGRESS",
        "record_ground",
        "2026-08-05T09:00",
        {**SERVED, "ground_code": "b", "witness_count": 2},
        ("N05", "III01", "V22"),
        clause="recorded_b_d",
        other={"facts": {"crim_check_result": None, "crim_check_basis": None}},
    ),
    Case(
        "G-RESIDENCE",
        "no notice of use before the residence was found to be stable or not",
        "RESIDENCE_CHECK",
        "send_use_notice",
        "2026-07-30T16:00",
        {"residence_stable": True, "notice_received_at": "2026-07-30T15:50:00+07:00"},
        clause="known",
        other={"facts": {"residence_stable": None}},
    ),
    Case(
        "G-COMPETENT",
        "a person of stable residence belongs to the commune police of residence, not to where the act was found",
        "GATE_CHECK",
        "open_dossier",
        "2026-08-04T13:00",
        {**SERVED, "dossier_opened_at": None},
        clause="matches_residence",
        other={"facts": {"competence_basis": "last_act"}},
    ),
    Case(
        "G-FILE",
        "served on Thursday 06/08: three working days are 07, 10 and 11/08; nobody files on the 11th",
        "DECIDING_TO_FILE",
        "file_to_court",
        "2026-08-12T00:00",
        SERVED,
        limits=READ,
        clause="reading",
        other={"on": "2026-08-11T16:00"},
    ),
    Case(
        "G-HOLD",
        "the hold is in the nearest facility; another one needs a reason",
        "DOSSIER_BUILDING",
        "order_hold",
        "2026-08-04T14:00",
        {**SERVED, "hold_facility_nearest": True},
        clause="nearest",
        other={"facts": {"hold_facility_nearest": False}},
        effect=Effect.OVERRIDE,
    ),
    Case(
        "G-TRANSPORT",
        "nobody is brought away before the commune police has the assignment in hand",
        "FACILITY_ASSIGNED",
        "depart",
        "2026-08-30T08:00",
        {"decision_received_at": "2026-08-28T08:00:00+07:00", "assignment_received_at": "2026-08-29T15:00:00+07:00"},
        clause="assignment",
        other={"facts": {"assignment_received_at": None}},
    ),
    Case(
        "G-FAC",
        "a facility without an area for women is chosen only with a reason",
        "FACILITY_REQUESTED",
        "assign_facility_province",
        "2026-08-29T09:00",
        {"subject_sex": "female", "facility_has_place": True, "facility_area_suitable": True},
        clause="area",
        other={"facts": {"facility_area_suitable": False}},
        effect=Effect.OVERRIDE,
    ),
    Case(
        "G-POSTPONE",
        "illness postpones with the paper of a hospital (D-ILL), hardly without",
        "TO_ENFORCE",
        "petition_postpone",
        "2026-08-29T09:00",
        {"petition_reason": "ill", "petition_received_at": "2026-08-29T08:00:00+07:00"},
        ("D-ILL",),
        clause="proof",
        other={"papers": ("D-HARD",)},
        effect=Effect.OVERRIDE,
    ),
    Case(
        "G-EXEMPT-NOTADD",
        "“no longer addicted” exempts somebody whose execution is postponed, nobody else",
        "POSTPONED",
        "petition_exempt",
        "2026-10-01T09:00",
        {"petition_reason": "not_addicted", "postponed": True, "petition_received_at": "2026-10-01T08:00:00+07:00"},
        ("D-NOTADD",),
        clause="during_postponement",
        other={"state": "TO_ENFORCE", "facts": {"postponed": None}},
        effect=Effect.OVERRIDE,
    ),
    Case(
        "G-SUSPEND",
        "an ill person goes home when the family can have them treated",
        "SERVING",
        "propose_suspend",
        "2027-03-01T09:00",
        {
            "suspend_reason": "ill",
            "family_treatment_feasible": True,
            "petition_received_at": "2027-03-01T08:00:00+07:00",
        },
        ("D-ILL",),
        clause="family",
        other={"facts": {"family_treatment_feasible": False}},
        effect=Effect.OVERRIDE,
    ),
    Case(
        "G-STAGE",
        "stage 2 begun on 01/09/2026 lasts ten days: on the 11th it is not over, on the 12th it is",
        "SERVING",
        "advance_stage",
        "2026-09-12T00:00",
        {"stage": "ST2"},
        limits={"T-ST2": ("2026-09-01T09:00", "2026-09-12T00:00")},
        clause="stage_2",
        other={"on": "2026-09-11T17:00"},
    ),
    Case(
        "G-FUNERAL",
        "leave for the burial of a mother, not of an uncle",
        "SERVING",
        "grant_funeral_leave",
        "2027-02-01T09:00",
        {"funeral_relative": "mother", "funeral_proof": True, "leave_days": 5},
        sides={"cnbb-funeral": "F2"},
        clause="relative",
        other={"facts": {"funeral_relative": "other"}},
    ),
    Case(
        "G-DONE",
        "the term ends on 04/08/2028: the certificate is given from 00:00 of that day, not at 23:59 of the day before",
        "FORTHCOMING",
        "issue_completion",
        "2028-08-04T00:00",
        {"term_end": "2028-08-04", "v51_sent_on": "2028-07-04"},
        ("V53",),
        {"T-DONE24": ("2028-08-04T00:00", "2028-08-05T00:00", "2028-08-04T00:00")},
        clause="window",
        other={"on": "2028-08-03T23:59"},
    ),
    Case(
        "G-SOCIAL",
        "social protection takes who has no identifiable residence and cannot work, not somebody who can",
        "COMPLETED",
        "send_social_protection",
        "2028-08-04T10:00",
        {"residence_identifiable": False, "work_capacity": False},
        clause="no_work",
        other={"facts": {"work_capacity": True}},
    ),
    Case(
        "G-POSTTERM",
        "management counts from 04/08/2028, the day of completion, though the file is opened in September",
        "COMPLETED",
        "start_post_rehab",
        "2028-09-15T09:00",
        {"completed_on": "2028-08-04", "pm_from": "2028-08-04", "measure_kind": "compulsory"},
        clause="not_later",
        other={"facts": {"pm_from": "2028-09-15"}},
    ),
    Case(
        "G-EM",
        "an adult is monitored during post-rehab management, somebody of 17 only on request or without a residence",
        "EM_DUE",
        "em_decide",
        "2028-09-16T09:00",
        {"em_group": "post_rehab"},
        key="cnbb-monitoring@2026-07-01",
        clause="age",
        other={"facts": {"subject_born_on": "2010-12-01"}},
    ),
    Case(
        "G-EMGROUND",
        "a breach of monitoring is a ground at home, not in a public facility",
        "VOL_IN_PROGRESS",
        "voluntary_breach",
        "2026-08-05T09:00",
        {
            **SERVED,
            "breach_kind": "em_breach",
            "voluntary_place": "home",
            "left_for_home_remainder": False,
            "em_breach_kind": "b",
            "em_breach_count": 2,
        },
        clause="home_or_ost",
        other={"facts": {"voluntary_place": "public"}},
    ),
    Case(
        "G-EMGROUND",
        "refusing the device is a ground the second time; the first time only a reminder",
        "VOL_IN_PROGRESS",
        "voluntary_breach",
        "2026-08-05T09:00",
        {
            **SERVED,
            "breach_kind": "em_breach",
            "voluntary_place": "home",
            "left_for_home_remainder": False,
            "em_breach_kind": "b",
            "em_breach_count": 2,
        },
        clause="escalated",
        other={"facts": {"em_breach_count": 1}},
    ),
    Case(
        "G-DATES",
        "a decision dated before the filing of 12/08/2026 is a slip of the pen: said, and not in the court's way",
        "HEARING",
        "decide_apply",
        "2026-08-20T10:00",
        {**SERVED, "filed_on": "2026-08-12", "court_decision_date": "2026-08-20", "term_months": 24},
        clause="filing_decision",
        other={"facts": {"court_decision_date": "2026-08-02"}},
        effect=Effect.WARN,
    ),
    Case(
        "G-CITIZEN",
        "the law says nothing of foreigners here: a doubt to be shown, not a refusal",
        "GATE_CHECK",
        "open_dossier",
        "2026-08-04T13:00",
        {**SERVED, "dossier_opened_at": None},
        clause="not_foreigner",
        other={"facts": {"is_foreigner": True}},
        effect=Effect.WARN,
    ),
    Case(
        "G-HOLD",
        "one hold at a time: nobody is held twice for one dossier",
        "DOSSIER_COMPLETE",
        "order_hold",
        "2026-08-05T14:00",
        {**SERVED, "hold_facility_nearest": True},
        sides={"cnbb-hold": "HREL"},
        clause="none_open",
        other={"sides": {"cnbb-hold": "HELD"}},
        effect=Effect.WARN,
    ),
    Case(
        "G-AGE18",
        "the procedure for 12 to under 18 opens no dossier on the 18th birthday, unless a human decided to keep it",
        "GATE_CHECK",
        "open_dossier",
        "2026-08-12T09:00",
        {**SERVED, "dossier_opened_at": None, "subject_born_on": "2008-08-13"},
        key=MINOR,
        clause="under_18_or_decided",
        other={"facts": {"subject_born_on": "2008-08-12"}},
    ),
    Case(
        "G-AGE18",
        "under 12 nobody is in this procedure: 12 on 12/08/2026 is old enough, a day younger is not",
        "GROUND_RECORDED",
        "run_gates",
        "2026-08-12T09:00",
        {"subject_born_on": "2014-08-12"},
        key=MINOR,
        clause="twelve",
        other={"facts": {"subject_born_on": "2014-08-13"}},
    ),
]
