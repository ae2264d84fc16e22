"""Open a dossier about a person: number, law in force that day, first places, first diary entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import Organization
from dossiers.bodies.queries import admin_unit
from dossiers.custody.operations import custody_said, record_custody
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError
from dossiers.evidence.diary import GENESIS, Happening, append_entry, author_in
from dossiers.files.editions import Law, keep_edition
from dossiers.files.models import Dossier
from dossiers.files.operations import let_take_part, next_dossier_number
from dossiers.files.queries import visible_persons
from dossiers.moves.recording import Circumstances, no_organization
from dossiers.people.models import Person
from dossiers.people.queries import visible_person
from workflow import refusals
from workflow.certificates import VIETNAM
from workflow.model import Ages, Procedure
from workflow.predicates import full_years
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text


@dataclass(frozen=True, slots=True)
class OpenForm:
    """What the caller states: the person, when it began, and facts known from the start.

    Which procedure rules the dossier follows from the person's age on that day.  `commune_code` is needed only
    where a body opens that is not the body of a commune (a district police until 2025): the commune it is about.
    """

    person_id: UUID
    occurred_at: datetime | None = None
    note: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    commune_code: str | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Who opens a dossier and which commune it is about."""

    opener: Organization
    commune_code: str


def open_dossier(session: Session, law: Law, form: OpenForm, *, actor: Actor, at: datetime) -> Dossier:
    """Open a dossier at the first state of the edition in force on the day it began for a person of that age.

    The caller must hold an office in a body that opens dossiers (the first state's holder); raises
    NotAllowedError otherwise, InvalidDataError for a person the caller may not know of, a day that cannot be,
    or an age that no procedure is meant for.
    """
    occurred_at = form.occurred_at or at
    if occurred_at > at:
        raise InvalidDataError([refusals.in_future()])
    try:
        person = visible_person(session, form.person_id, visible_to=actor, party_to=visible_persons(actor))
    except NotFoundError as unknown:
        text = Text("Không có người này trong dữ liệu", "There is no such person")
        raise InvalidDataError([Reason("UNKNOWN_PERSON", text, "", Effect.REFUSE)]) from unknown
    procedure = procedure_for(law, person, occurred_at.astimezone(VIETNAM).date())
    office = _opening_office(procedure, actor)
    author = author_in(actor, office)
    opener = session.get(Organization, office.organization_id)
    assert opener is not None
    circumstances = Circumstances(author, occurred_at, at, form.note)
    commune = opener.commune_code or _stated_commune(session, procedure, opener, form.commune_code, circumstances)
    return _create(session, procedure, person, _Place(opener, commune), circumstances, facts=dict(form.facts))


def procedure_for(law: Law, person: Person, on: date) -> Procedure:
    """Return the procedure meant for a person of that age on a day; raises InvalidDataError where there is none."""
    opening = law.opening_on(on)
    if not opening:
        text = Text("Chưa có thủ tục áp dụng cho ngày này", "No procedure applies to this day")
        raise InvalidDataError([Reason("NO_PROCEDURE", text, "", Effect.REFUSE)])
    for procedure in opening:
        if procedure.ages is None or procedure.ages.admit(person.born_on, on):
            return procedure
    age = full_years(person.born_on, on)
    raise InvalidDataError([_not_of_age(procedure, procedure.ages, age) for procedure in opening if procedure.ages])


def _not_of_age(procedure: Procedure, ages: Ages, age: int) -> Reason:
    """Say for whom a procedure is meant."""
    title = procedure.title
    for_vi = f"từ đủ {ages.since} tuổi" + ("" if ages.below is None else f" đến dưới {ages.below} tuổi")
    for_en = f"aged {ages.since} " + ("or older" if ages.below is None else f"to under {ages.below}")
    text = Text(
        f"Người này {age} tuổi vào ngày đó. “{title.vi}” chỉ áp dụng cho người {for_vi}",
        f"The person is {age} years old on that day. “{title.en}” is only for people {for_en}",
    )
    return Reason("AGE", text, ages.basis, Effect.REFUSE, clause=procedure.id)


def open_successor(
    session: Session,
    law: Law,
    dossier: Dossier,
    state: str,
    circumstances: Circumstances,
    *,
    stated: Mapping[str, Any],
) -> Dossier:
    """Open a new dossier about the same person that starts in `state` because of an act in the old one.

    The person may have come of age since; a state that the law of that day does not know is its first one instead.
    `stated` are the facts that act stated or set: nobody types them twice.
    """
    procedure = procedure_for(law, dossier.person, circumstances.occurred_at.astimezone(VIETNAM).date())
    place = _Place(dossier.holder, dossier.holder.commune_code or dossier.commune_code)
    facts = {name: value for name, value in stated.items() if name in procedure.facts}
    return _create(
        session, procedure, dossier.person, place, circumstances, facts=facts, state=state, predecessor=dossier
    )


def _opening_office(procedure: Procedure, actor: Actor) -> Office:
    first = procedure.bodies[procedure.initial.holder]
    for office in actor.offices:
        role = procedure.roles.get(office.role)
        if role is not None and role.body is not None and office.organization_type in first.org_types:
            return office
    raise NotAllowedError


def _stated_commune(
    session: Session, procedure: Procedure, opener: Organization, stated: str | None, circumstances: Circumstances
) -> str:
    """Return the commune that a body without one of its own says the dossier is about; it lies in its province."""
    on = circumstances.occurred_at.astimezone(VIETNAM).date()
    unit = None if stated is None else admin_unit(session, stated, on=on)
    if unit is None or unit.level != "commune" or unit.province_code != opener.province_code:
        raise InvalidDataError([no_organization(procedure, procedure.initial.holder)])
    return unit.code


def _create(
    session: Session,
    procedure: Procedure,
    person: Person,
    place: _Place,
    circumstances: Circumstances,
    *,
    facts: dict[str, Any],
    state: str | None = None,
    predecessor: Dossier | None = None,
) -> Dossier:
    opener = place.opener
    if opener.province_code is None:
        raise InvalidDataError([no_organization(procedure, procedure.initial.holder)])
    keep_edition(session, procedure, at=circumstances.at)
    known = {"subject_born_on": person.born_on.isoformat(), "subject_sex": person.sex}
    facts = {**facts, **{name: value for name, value in known.items() if name in procedure.facts}}
    first = procedure.states.get(state or procedure.initial.id, procedure.initial)
    day = circumstances.occurred_at.astimezone(VIETNAM).date()
    dossier = Dossier(
        id=uuid4(),
        number=next_dossier_number(session, place.commune_code, day),
        person_id=person.id,
        province_code=opener.province_code,
        commune_code=place.commune_code,
        procedure_id=procedure.id,
        edition=procedure.edition,
        procedure_sha256=procedure.sha256,
        state=first.id,
        facts=facts,
        holder_id=opener.id,
        version=0,
        head_hash=GENESIS,
        last_act_at=circumstances.occurred_at,
        opened_at=circumstances.occurred_at,
        predecessor_id=predecessor.id if predecessor else None,
    )
    session.add(dossier)
    session.flush()
    places = {
        body.id: opener.id
        for body in procedure.bodies.values()
        if body.bind == "opener" and opener.type in body.org_types
    }
    bodies = let_take_part(session, dossier, places, seq=1)
    _write_first_entry(session, procedure, dossier, bodies, circumstances)
    record_custody(
        session,
        dossier,
        first.person,
        holder_id=None,
        instrument=None,
        paper_id=None,
        occurred_at=circumstances.occurred_at,
        seq=1,
    )
    return dossier


def _write_first_entry(
    session: Session, procedure: Procedure, dossier: Dossier, bodies: dict[str, str], circumstances: Circumstances
) -> None:
    payload = {
        "number": dossier.number,
        "procedure": procedure.key,
        "sha256": procedure.sha256,
        "facts": dossier.facts,
        "bodies": bodies,
        "note": circumstances.note,
        "custody": custody_said(procedure.states[dossier.state].person),
        "predecessor": str(dossier.predecessor_id) if dossier.predecessor_id else None,
    }
    append_entry(
        session,
        dossier,
        Happening("opened", "opened", None, dossier.state, payload),
        author=circumstances.author,
        occurred_at=circumstances.occurred_at,
        at=circumstances.at,
    )
