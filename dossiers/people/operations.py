"""Records persons and their relatives, and corrects what was recorded, keeping what it said before.

Never deletes a person and never writes an identity number in clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from dossiers.errors import InvalidDataError, StaleVersionError
from dossiers.people.folding import fold
from dossiers.people.forms import (
    CORRECTABLE,
    PersonForm,
    RelativeForm,
    person_faults,
    reason,
    relative_faults,
    tidied,
    tidied_relative,
    unknown_items,
)
from dossiers.people.models import Person, PersonAlias, PersonCorrection, Relative
from dossiers.people.sealing import Sealer
from workflow.certificates import VIETNAM
from workflow.refusals import Reason

_COLUMNS = (
    "full_name",
    "other_name",
    "sex",
    "born_on",
    "id_type",
    "id_issued_on",
    "id_issued_by",
    "residence",
    "commune_code",
)


def add_person(session: Session, form: PersonForm, sealer: Sealer, *, body_id: UUID, at: datetime) -> Person:
    """Record a person for a body, with relatives and other names; raises InvalidDataError with every reason.

    A number that the same body has recorded before is refused; other bodies may have a record of their own.
    """
    kept = tidied(form)
    reasons = person_faults(kept, today=_today(at))
    reasons += _number_faults(session, kept, sealer, body_id=body_id, person_id=None)
    if reasons:
        raise InvalidDataError(reasons)
    person = Person(created_by_body_id=body_id, created_at=at, changed_at=at, details=dict(kept.details))
    for name in _COLUMNS:
        setattr(person, name, getattr(kept, name))
    person.folded_name = fold(kept.full_name)
    _set_number(person, kept.id_number, sealer)
    for alias in (kept.other_name, *kept.aliases):
        _know_as(person, alias)
    for relative in kept.relatives:
        _append_relative(person, relative, sealer)
    session.add(person)
    session.flush()
    return person


def correct_person(
    session: Session,
    person: Person,
    changes: Mapping[str, Any],
    sealer: Sealer,
    *,
    expected_version: int,
    account_id: UUID,
    at: datetime,
) -> Person:
    """Change items of a record (names as in PersonForm) and keep what they were before.

    `details` is merged: an empty text removes a detail.  A name that is corrected still finds the person.
    Raises StaleVersionError when somebody changed the record since `expected_version`, InvalidDataError
    with every reason otherwise.  Changes that change nothing leave the version as it is.
    """
    _lock(session, person, expected_version)
    reasons = unknown_items(sorted(set(changes) - CORRECTABLE))
    if reasons:
        raise InvalidDataError(reasons)
    old = _form_of(person, sealer)
    new = tidied(replace(old, **{**changes, "details": {**old.details, **changes.get("details", {})}}))
    reasons = person_faults(new, today=_today(at))
    reasons += _number_faults(session, new, sealer, body_id=person.created_by_body_id, person_id=person.id)
    if reasons:
        raise InvalidDataError(reasons)
    before = _before(person, old, new)
    if not before:
        return person
    for alias in (old.full_name if new.full_name != old.full_name else "", new.other_name):
        _know_as(person, alias)
    for name in _COLUMNS:
        setattr(person, name, getattr(new, name))
    person.folded_name, person.details = fold(new.full_name), dict(new.details)
    if new.id_number != old.id_number:
        _set_number(person, new.id_number, sealer)
    _record_change(session, person, before, account_id=account_id, at=at)
    return person


def add_relative(session: Session, person: Person, form: RelativeForm, sealer: Sealer, *, at: datetime) -> Relative:
    """Record a relative of a person; raises InvalidDataError with every reason."""
    kept = tidied_relative(form)
    reasons = relative_faults(kept, today=_today(at))
    if reasons:
        raise InvalidDataError(reasons)
    relative = _append_relative(person, kept, sealer)
    _touch(session, person, at=at)
    return relative


def remove_relative(session: Session, person: Person, relative: Relative, *, account_id: UUID, at: datetime) -> None:
    """Take a relative who was recorded by mistake out of the record; what it said is kept with the corrections."""
    assert relative.person_id == person.id
    number = relative.id_number_sealed
    before = {
        "relation": relative.relation,
        "full_name": relative.full_name,
        "represents": relative.represents,
        "sex": relative.sex,
        "birth_year": relative.birth_year,
        "born_on": _plain(relative.born_on),
        "id_type": relative.id_type,
        "id_number_sealed": number.hex() if number else None,
        "id_issued_on": _plain(relative.id_issued_on),
        "id_issued_by": relative.id_issued_by,
        "occupation": relative.occupation,
        "residence": relative.residence,
        "phone": relative.phone,
    }
    person.relatives.remove(relative)
    _record_change(session, person, {"relative": before}, account_id=account_id, at=at)


def _today(at: datetime) -> date:
    return at.astimezone(VIETNAM).date()


def _lock(session: Session, person: Person, expected_version: int) -> None:
    session.refresh(person, with_for_update=True)
    if person.version != expected_version:
        raise StaleVersionError(person.version)


def _form_of(person: Person, sealer: Sealer) -> PersonForm:
    number = None if person.id_number_sealed is None else sealer.open(person.id_number_sealed)
    columns = {name: getattr(person, name) for name in _COLUMNS}
    return PersonForm(**columns, id_number=number, details=dict(person.details))


def _number_faults(
    session: Session, form: PersonForm, sealer: Sealer, *, body_id: UUID, person_id: UUID | None
) -> list[Reason]:
    if form.id_number is None:
        return []
    same = select(Person.id).where(
        Person.id_number_index == sealer.index(form.id_number), Person.created_by_body_id == body_id
    )
    if all(found == person_id for found in session.scalars(same)):
        return []
    vi, en = "Cơ quan đã có hồ sơ người mang số giấy tờ này", "The body has already recorded a person with this number"
    return [reason("NUMBER_RECORDED", "id_number", vi, en)]


def _set_number(person: Person, number: str | None, sealer: Sealer) -> None:
    person.id_number_sealed = None if number is None else sealer.seal(number)
    person.id_number_index = None if number is None else sealer.index(number)


def _know_as(person: Person, name: str) -> None:
    if name and fold(name) not in {alias.folded_name for alias in person.aliases}:
        person.aliases.append(PersonAlias(name=name, folded_name=fold(name)))


def _append_relative(person: Person, form: RelativeForm, sealer: Sealer) -> Relative:
    relative = Relative(
        position=1 + max((other.position for other in person.relatives), default=0),
        relation=form.relation,
        represents=form.represents,
        full_name=form.full_name,
        sex=form.sex,
        birth_year=form.birth_year,
        born_on=form.born_on,
        id_type=form.id_type,
        id_number_sealed=None if form.id_number is None else sealer.seal(form.id_number),
        id_issued_on=form.id_issued_on,
        id_issued_by=form.id_issued_by,
        occupation=form.occupation,
        residence=form.residence,
        phone=form.phone,
    )
    person.relatives.append(relative)
    return relative


def _before(person: Person, old: PersonForm, new: PersonForm) -> dict[str, Any]:
    """Return what each changed item said, as JSON keeps it; the number stays sealed."""
    before = {name: _plain(getattr(old, name)) for name in _COLUMNS if getattr(old, name) != getattr(new, name)}
    if new.id_number != old.id_number:
        sealed = person.id_number_sealed
        before["id_number_sealed"] = sealed.hex() if sealed else None
    if dict(new.details) != dict(old.details):
        names = sorted(set(old.details) | set(new.details))
        before["details"] = {
            name: old.details.get(name) for name in names if old.details.get(name) != new.details.get(name)
        }
    return before


def _plain(value: Any) -> Any:  # noqa: ANN401 - any column value
    return value.isoformat() if isinstance(value, date) else value


def _record_change(session: Session, person: Person, before: dict[str, Any], *, account_id: UUID, at: datetime) -> None:
    session.add(
        PersonCorrection(person=person, version=person.version, before=before, account_id=account_id, corrected_at=at)
    )
    _touch(session, person, at=at)


def _touch(session: Session, person: Person, *, at: datetime) -> None:
    """Raise the version even when two changes carry the same time."""
    person.changed_at = at
    flag_modified(person, "changed_at")
    session.flush()
