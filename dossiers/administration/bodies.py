"""Begins, ends, merges and renames bodies on a day, and says beforehand what the day changes.

All of it goes through the import of bodies, so that a page and a file are refused for the same faults.
A body with dossiers in hand is never ended without one that carries them on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.importing import ImportProblem, check_organizations, import_organizations
from dossiers.bodies.models import AdminUnit, Delegation, Jurisdiction, Membership, Organization
from dossiers.bodies.operations import end_membership, grant_membership
from dossiers.bodies.organization_rows import COLUMNS
from dossiers.bodies.validity import valid_on
from dossiers.errors import InvalidDataError
from dossiers.files.models import DossierParty
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: One row of the file of bodies, as the import reads it.
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class BodyOutlook:
    """What the end of a body on a day changes."""

    on: date
    successor: Organization | None
    #: The offices that are held the day before and end with the body, or go on in its next version.
    offices: Sequence[Membership]
    carries_offices: bool
    #: Dossiers in which the body takes part now.
    dossiers: int
    #: Bodies that stand below it.
    children: int
    #: Communes that no body of its kind covers from the day on.
    uncovered: Sequence[str]


def body_row(session: Session, body: Organization) -> dict[str, str]:
    """Return a body as a row of the file of bodies."""
    names = ("code", "type", "name", "letterhead", "symbol", "place", "address", "province_code", "commune_code")
    related = select(Organization.id, Organization.code).where(
        Organization.id.in_([each for each in (body.parent_id, body.successor_id) if each])
    )
    codes: dict[UUID, str] = {row.id: row.code for row in session.execute(related)}
    communes = select(Jurisdiction.commune_code).where(Jurisdiction.organization_id == body.id)
    return {
        **{name: getattr(body, name) or "" for name in names},
        "parent_code": codes.get(body.parent_id, "") if body.parent_id else "",
        "valid_from": body.valid_from.isoformat(),
        "valid_to": body.valid_to.isoformat() if body.valid_to else "",
        "successor_code": codes.get(body.successor_id, "") if body.successor_id else "",
        "jurisdiction": " ".join(sorted(session.scalars(communes))),
    }


def open_body(session: Session, row: Row, *, at: datetime) -> Organization:
    """Begin a body; raises InvalidDataError for everything the import refuses, and for a code that was given before."""
    faults = _new_code_faults(session, row) or _faults(check_organizations(session, [row]))
    if faults:
        raise InvalidDataError(faults)
    import_organizations(session, [row], at=at)
    return _version(session, row["code"], row["valid_from"])


def check_opening(session: Session, row: Row) -> list[Reason]:
    """Return what `open_body` would refuse; writes nothing."""
    return _new_code_faults(session, row) or _faults(check_organizations(session, [row]))


def end_body(session: Session, body: Organization, *, on: date, successor_code: str, at: datetime) -> None:
    """End a body: `on` is the first day without it; its dossiers go to the successor, which exists that day.

    Raises InvalidDataError for a body that has ended, what the import refuses, and dossiers left to nobody.
    """
    faults = check_ending(session, body, on=on, successor_code=successor_code)
    if faults:
        raise InvalidDataError(faults)
    import_organizations(session, [_ended_row(session, body, on, successor_code)], at=at)


def check_ending(session: Session, body: Organization, *, on: date, successor_code: str) -> list[Reason]:
    """Return what `end_body` would refuse; writes nothing."""
    faults = _ended_faults(body)
    faults += _faults(check_organizations(session, [_ended_row(session, body, on, successor_code)]))
    if not faults and not successor_code and dossiers_in_hand_of(session, body):
        faults.append(
            _fault(
                "DOSSIERS_LEFT",
                "successor_code",
                "Cơ quan đang tham gia hồ sơ: phải nêu cơ quan kế thừa, để không hồ sơ nào không có người phụ trách",
                "The body takes part in dossiers: name the one that carries them on, so that none is left to nobody",
            )
        )
    return faults


def renew_body(session: Session, body: Organization, said: Row, *, on: date, at: datetime) -> Organization:
    """Let a body go on from a day with another name, superior or territory; offices held go on in the new version.

    Raises InvalidDataError for what the import refuses.
    """
    faults = check_renewal(session, body, said, on=on)
    if faults:
        raise InvalidDataError(faults)
    until, offices = body.valid_to, _offices_reaching(session, body, on)
    import_organizations(session, _renewed_rows(session, body, said, on), at=at)
    renewed = _version(session, body.code, on.isoformat())
    for office in offices:
        first, last = max(on, office.valid_from), office.valid_to
        if office.valid_from < on:
            end_membership(session, office, on=on, at=at)
        # What was delegated is not an own office: it ends with this version of the body and is given anew.
        if (until is None or first < until) and session.get(Delegation, office.id) is None:
            grant_membership(session, office.account, renewed, office.role, valid_from=first, valid_to=last, at=at)
    return renewed


def check_renewal(session: Session, body: Organization, said: Row, *, on: date) -> list[Reason]:
    """Return what `renew_body` would refuse; writes nothing."""
    return _ended_faults(body) + _faults(check_organizations(session, _renewed_rows(session, body, said, on)))


def outlook(session: Session, body: Organization, *, on: date, successor_code: str, renewed: bool) -> BodyOutlook:
    """Return what the end of a body, or its next version, changes on a day; writes nothing."""
    successor = select(Organization).where(Organization.code == successor_code, valid_on(Organization, on))
    below = select(func.count()).where(Organization.parent_id == body.id, valid_on(Organization, on))
    return BodyOutlook(
        on=on,
        successor=session.scalars(successor).one_or_none() if successor_code else None,
        offices=_offices_reaching(session, body, on),
        carries_offices=renewed,
        dossiers=dossiers_in_hand_of(session, body),
        children=session.scalar(below) or 0,
        uncovered=[] if renewed else _uncovered(session, body, on),
    )


def dossiers_in_hand_of(session: Session, body: Organization) -> int:
    """Return in how many dossiers a body takes part now."""
    query = select(func.count(DossierParty.dossier_id.distinct())).where(
        DossierParty.organization_id == body.id, DossierParty.until_seq.is_(None)
    )
    return session.scalar(query) or 0


def _ended_row(session: Session, body: Organization, on: date, successor_code: str) -> Row:
    return {**body_row(session, body), "valid_to": on.isoformat(), "successor_code": successor_code}


def _renewed_rows(session: Session, body: Organization, said: Row, on: date) -> list[Row]:
    row = body_row(session, body)
    changed = {name: value for name, value in said.items() if name in COLUMNS and name not in ("code", "type")}
    ended = {**row, "valid_to": on.isoformat(), "successor_code": ""}
    return [ended, {**row, **changed, "valid_from": on.isoformat(), "valid_to": row["valid_to"]}]


def _offices_reaching(session: Session, body: Organization, on: date) -> Sequence[Membership]:
    """Return the offices in a body that would be held on the day or after it."""
    query = (
        select(Membership)
        .where(Membership.organization_id == body.id, or_(Membership.valid_to.is_(None), Membership.valid_to > on))
        .options(joinedload(Membership.account))
        .order_by(Membership.role, Membership.valid_from, Membership.id)
    )
    return session.scalars(query).all()


def _uncovered(session: Session, body: Organization, on: date) -> list[str]:
    """Return the names of the communes that the body covers and no other of its kind covers on the day."""
    own = select(Jurisdiction.commune_code).where(Jurisdiction.organization_id == body.id)
    codes = {*session.scalars(own), *([body.commune_code] if body.commune_code else [])}
    others = (Organization.type == body.type) & (Organization.id != body.id) & valid_on(Organization, on)
    seated = select(Organization.commune_code).where(others, Organization.commune_code.in_(codes))
    listed = (
        select(Jurisdiction.commune_code)
        .join(Organization, Organization.id == Jurisdiction.organization_id)
        .where(others, valid_on(Jurisdiction, on), Jurisdiction.commune_code.in_(codes))
    )
    covered = {*session.scalars(seated), *session.scalars(listed)}
    units = select(AdminUnit.name).where(
        AdminUnit.level == "commune", AdminUnit.code.in_(codes - covered), valid_on(AdminUnit, on)
    )
    return list(session.scalars(units.order_by(AdminUnit.code)))


def _version(session: Session, code: str, valid_from: str) -> Organization:
    query = select(Organization).where(
        Organization.code == code, Organization.valid_from == date.fromisoformat(valid_from)
    )
    return session.scalars(query).one()


def _new_code_faults(session: Session, row: Row) -> list[Reason]:
    known = select(Organization.id).where(Organization.code == row["code"])
    if session.scalars(known.limit(1)).first() is None:
        return []
    vi, en = "Mã này đã cấp cho một cơ quan; mã không dùng lại", "The code was given to a body; it is not used again"
    return [_fault("CODE_TAKEN", "code", vi, en)]


def _ended_faults(body: Organization) -> list[Reason]:
    if body.valid_to is None:
        return []
    vi, en = "Đã ghi ngày kết thúc của cơ quan này", "The end of this body is recorded already"
    return [_fault("ENDED", "on", vi, en)]


def _faults(problems: Sequence[ImportProblem]) -> list[Reason]:
    """Return the problems of rows as reasons; a column that a problem quotes is the item it is about."""
    found: dict[str, Reason] = {}
    for problem in problems:
        item = next((name for name in COLUMNS if f"“{name}”" in problem.reason.vi), None)
        text = problem.reason
        found.setdefault(text.vi, Reason("BAD_BODY", text, "", Effect.REFUSE, clause=item))
    return list(found.values())


def _fault(code: str, item: str, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE, clause=item)
