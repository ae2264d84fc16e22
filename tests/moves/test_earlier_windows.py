"""Dossiers of the earlier regime in a real database: who fills the places of a window, who opens, who holds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import AdminUnit, Jurisdiction, Organization
from dossiers.custody.models import CustodyInterval
from dossiers.errors import InvalidDataError, MoveRefusedError
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.people.models import Person
from tests.moves.migrating import COURT, FACILITY, HOME, House, build_house
from workflow.certificates import VIETNAM
from workflow.loader import PROCEDURES_FOLDER

NOT_EXCLUDED = {"excl_no_capacity": False, "excl_pregnant": False, "excl_child_u36m": False}
NO_CRIME = {"crim_check_result": "not_criminal", "crim_check_basis": "đã đối chiếu"}
DISTRICT = {
    "CAH-9": ("district_police", "CAH_HEAD"),
    "LD-9": ("district_labour", "LD_HEAD"),
    "TANDH-9": ("district_court", "TANDH"),
    "VKSH-9": ("district_procuracy", "VKSH"),
}


def moment(monday: date, days: int, hour: int = 9) -> datetime:
    """Return an instant some days after the Monday of a story."""
    day = monday + timedelta(days=days)
    return datetime(day.year, day.month, day.day, hour, tzinfo=VIETNAM)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Return the demonstration under the shipped law, with the bodies of a former district, all since 2021."""
    url, at = f"sqlite:///{tmp_path / 'house.db'}", datetime(2025, 7, 1, 7, tzinfo=VIETNAM)
    (tmp_path / "no-rules").mkdir()
    made = build_house(url, tmp_path / "papers", PROCEDURES_FOLDER, tmp_path / "no-rules", at)
    since, offices = date(2021, 1, 1), list(made.everybody.offices)
    with made.database.transaction() as session:
        session.execute(update(Organization).values(valid_from=since))
        session.execute(update(AdminUnit).values(valid_from=since))
        session.execute(update(Jurisdiction).values(valid_from=since))
        parent = session.scalars(select(Organization).where(Organization.code == "TAND-99")).one()
        for code, (kind, role) in DISTRICT.items():
            body = Organization(
                code=code,
                type=kind,
                name=f"Cơ quan {code}",
                letterhead=f"CƠ QUAN {code}",
                symbol="CQ",
                place="Giả Định",
                province_code="99",
                parent_id=parent.id if kind == "district_court" else None,
                valid_from=since,
                recorded_at=at,
            )
            session.add(body)
            session.flush()
            for commune in ("99001", "99002", "99003"):
                session.add(Jurisdiction(organization_id=body.id, commune_code=commune, valid_from=since))
            made.organizations = {**made.organizations, code: str(body.id)}
            offices.append(Office(role, body.id, kind, body.name))
    made.everybody = Actor(
        made.everybody.account_id, made.everybody.full_name, made.everybody.username, tuple(offices), "vi"
    )
    return made


class Told:
    """One dossier of the house, told in days after a Monday."""

    def __init__(self, house: House, monday: date, dossier_id: UUID) -> None:
        self.house, self.monday, self.id = house, monday, dossier_id

    def act(
        self, trigger: str, day: int, *papers: str, hour: int = 9, side: str | None = None, **fields: object
    ) -> None:
        """Put papers on file and let an act happen."""
        at = moment(self.monday, day, hour)
        for form in papers:
            self.house.paper(self.id, form, at)
        self.house.act(self.id, trigger, at, side=side, **fields)

    def iso(self, day: int, hour: int = 9) -> str:
        """Return an instant as a form states it."""
        return moment(self.monday, day, hour).isoformat()

    def places(self) -> dict[str, str]:
        """Return who fills each place, by code."""
        with self.house.database.reading() as session:
            dossier = session.get_one(Dossier, self.id)
            return {body: party.organization.code for body, party in current_parties(session, dossier).items()}

    def custody(self) -> list[str]:
        """Return the kinds of custody in order."""
        with self.house.database.reading() as session:
            query = (
                select(CustodyInterval).where(CustodyInterval.dossier_id == self.id).order_by(CustodyInterval.from_at)
            )
            return [row.kind for row in session.scalars(query)]

    def found_addicted(self) -> None:
        """From the test on day 0 to a ground on day 17."""
        seen = {"detected_at": self.iso(0, 8), "positive_at": self.iso(0, 8), "place_remote": False}
        self.act("record_test", 0, "III01", **seen)
        self.act("verify_residence", 1, "D-RESVER", residence_stable=True, residence_result_at=self.iso(1, 8))
        health = self.house.organizations["CSYT-99"]
        asked = {"assessment_group": "a", "assessment_facility": health, "assessment_file_received_at": self.iso(7, 8)}
        self.act("request_determination", 7, "N02", "N03", **asked)
        told = {"addiction_result_at": self.iso(9, 8), "addiction_notified_at": self.iso(9, 8)}
        self.act("result_addict", 9, "N05", criteria_count=4, **told)
        day = (self.monday + timedelta(days=17)).isoformat()
        ground = {"ground_code": "A1a", "last_violation_date": day, "violation_text": "…", "age_at_ground": 26}
        self.act("ground_found", 17, "A27", **ground)

    def read(self) -> None:
        """From the papers on day 18 to the end of the reading on day 24, which time alone brings."""
        self.act("complete_dossier", 18, "A29", "A30", "A31", folios_numbered=True, two_sets=True, **NOT_EXCLUDED)
        self.act("serve_notice", 18, "A32", hour=10, copy_delivered=True)


def test_in_the_last_window_the_commune_police_does_it_all_and_the_interim_days_are_deducted(house: House) -> None:
    """R4: one body detects, makes, proposes and enforces; the interim facility gives the person up."""
    monday = date(2025, 7, 14)
    told = Told(house, monday, house.open(moment(monday, 0, 8)))
    told.found_addicted()
    told.act("start_dossier", 17, hour=14, competence_basis="residence", is_foreigner=False, **NO_CRIME)
    facility = house.organizations[FACILITY]
    hold = {"hold_place": "facility", "hold_facility": facility, "hold_reason": "…"}
    told.act("order_interim", 17, "A30", "A36", hour=15, **hold)
    handed = {"person_matched": True, "health_at_handover": "…"}
    told.act("handover_interim", 17, "A37", hour=16, side="cnbb-interim", **handed)
    assert told.places()["HOLD_FAC"] == FACILITY
    told.read()
    sent = {"court": house.organizations[COURT], "assigned_facility": facility, "court_received_at": told.iso(24)}
    told.act("submit_to_court", 24, "A34", hour=10, **sent, **NOT_EXCLUDED)
    told.act("accept", 25, "C02", court_acceptance_no="01", court_regime="pl03")
    told.act("set_hearing", 28, "C07", hearing_at=told.iso(30))
    decision = {"court_decision_no": "01", "court_decision_date": "2025-08-13", "person_present": True}
    told.act("decide_apply", 30, "C11", term_months=18, age_at_decision=26, **decision)
    told.act("serve_effective", 39, decision_received_at=told.iso(39, 8))
    told.act("start_transport", 40, escort_officers="…", **NOT_EXCLUDED)
    told.act("admit", 40, "A40", hour=15, person_matched=True, health_at_handover="…", belongings="…")

    assert house.state(told.id) == ("2025-07-01", "ADMITTED")
    places = told.places()
    assert {places[name] for name in ("DETECT", "CAX", "MAKER", "PROPOSER", "ENFORCER")} == {HOME}
    assert (places["COURT"], places["CSCN"], "HOLD_FAC" in places) == (COURT, FACILITY, False)
    assert told.custody() == ["at_liberty", "held_pending", "in_transit", "in_facility"]
    with house.database.reading() as session:
        facts = session.get_one(Dossier, told.id).facts
    assert facts["decision_effective_on"] == "2025-08-21"
    assert (facts["term_start"], facts["term_end"]) == ("2025-08-23", "2027-01-31")
    assert facts["hold_periods"] == [["2025-07-31", "2025-08-23"]]
    assert house.problems() == []


def test_the_district_police_opens_a_case_of_its_own_and_makes_the_dossier(house: House) -> None:
    """R2: it names the commune; the labour office proposes to the district court, the police stays the maker."""
    monday = date(2023, 2, 6)
    police = next(office for office in house.everybody.offices if office.role == "CAH_HEAD")
    alone = Actor(house.everybody.account_id, "…", "…", (police,), "vi")
    opened, person = moment(monday, 0, 8), house.persons[0]
    with house.database.transaction() as session:
        session.execute(update(Person).where(Person.id == person).values(created_by_body_id=police.organization_id))
    law = house.book.law
    for commune in (None, "99", "00001"):
        with house.database.reading() as session, pytest.raises(InvalidDataError):
            open_dossier(session, law, OpenForm(person, opened, commune_code=commune), actor=alone, at=opened)
    with house.database.transaction() as session:
        form = OpenForm(person, opened, commune_code="99001")
        dossier = open_dossier(session, law, form, actor=alone, at=opened)
        told = Told(house, monday, dossier.id)
        assert (dossier.commune_code, dossier.number[:5], dossier.edition) == ("99001", "99001", "2023-02-01")
    house.opened.append(told.id)
    assert told.places() == {"DETECT": "CAH-9", "ENFORCER": "CAH-9"}
    told.found_addicted()
    assert told.places()["CAX"] == HOME

    start = {"maker_kind": "district", "maker_district": house.organizations["CAH-9"], "is_foreigner": False}
    told.act("start_dossier", 17, hour=14, competence_basis="own_case", **start)
    assert (told.places()["MAKER"], "UBNDX" in told.places()) == ("CAH-9", False)
    told.read()
    told.act("send_to_labour", 24, labour_received_at=told.iso(24, 8))
    facility = house.organizations[FACILITY]
    sent = {"court": house.organizations["TANDH-9"], "assigned_facility": facility, "court_received_at": told.iso(25)}
    with pytest.raises(MoveRefusedError) as refused:
        told.act("submit_to_court", 25, "A34", **{**sent, "court": house.organizations[COURT]}, **NOT_EXCLUDED)
    assert [(one.guard, one.clause) for one in refused.value.reasons] == [("BAD_FIELD", "court")]
    told.act("submit_to_court", 25, **sent, **NOT_EXCLUDED)
    told.act("accept", 26, "C02", court_acceptance_no="01", court_regime="pl03")

    places = told.places()
    assert (places["PROPOSER"], places["COURT"], places["PROSECUTOR"]) == ("LD-9", "TANDH-9", "VKSH-9")
    assert house.state(told.id) == ("2023-02-01", "ACCEPTED")
    assert house.problems() == []
