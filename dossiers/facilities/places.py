"""Places of a facility by area: how many there are, how many are taken, who is placed where.

A placement never holds anybody up: an area may be overfull and a person may not fit it, which is said and not refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import RIGHTS, Actor
from dossiers.custody.models import CustodyInterval
from dossiers.errors import InvalidDataError, NotAllowedError
from dossiers.facilities.areas import AREA_KINDS, AreaKind
from dossiers.facilities.board import PRESENT, Page
from dossiers.facilities.models import FacilityArea, Placement
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_change
from dossiers.people.models import Person as PersonRow
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Person, Text

#: The rights: to see the board and place people, and to say how many places there are.
WORK: Final = "facility:work"
CAPACITY: Final = "facility:capacity"
CAPACITY_MAX: Final = 100_000
#: The filter for those who have no place yet.
UNPLACED: Final = "none"

_BAD_KIND: Final = Text("Chọn một khu của cơ sở", "Choose an area of the facility")
_BAD_NUMBER: Final = Text(
    f"Sức chứa là số nguyên từ 0 đến {CAPACITY_MAX}", f"The capacity is a whole number from 0 to {CAPACITY_MAX}"
)
_BAD_DAY: Final = Text(
    "Ngày áp dụng không được trước lần khai gần nhất của khu này",
    "The day may not lie before the last capacity of this area",
)
_NOT_HERE: Final = Text("Người này hiện không do cơ sở quản lý", "The facility does not hold this person now")


@dataclass(frozen=True, slots=True)
class AreaLine:
    """One area of a facility on a day: its places and how many are taken; `capacity` is None while nobody said it."""

    kind: AreaKind
    capacity: int | None
    since: date | None
    taken: int

    @property
    def free(self) -> int:
        """Return how many places are free; negative when there are more people than places."""
        return (self.capacity or 0) - self.taken

    @property
    def overfull(self) -> bool:
        """Say whether more people are placed than there are places."""
        return self.capacity is not None and self.taken > self.capacity


@dataclass(frozen=True, slots=True)
class PlacedLine:
    """Somebody in the facility with the area, if one was given, and whether sex and age fit it."""

    dossier: Dossier
    placement: Placement | None
    suits: bool


def facility_of(actor: Actor, right: str = WORK) -> UUID:
    """Return the facility that the caller works in with that right; raises NotAllowedError."""
    for office in actor.offices:
        if office.role in RIGHTS[right]:
            return office.organization_id
    raise NotAllowedError


def bodies_of_facility(actor: Actor, facility_id: UUID) -> frozenset[UUID]:
    """Return a facility of the caller and the bodies that it has succeeded."""
    former = [office.succeeded_ids for office in actor.offices if office.organization_id == facility_id]
    return frozenset({facility_id}).union(*former)


def area_lines(session: Session, bodies: Collection[UUID], *, on: date) -> list[AreaLine]:
    """Return every kind of area with its places and how many are taken, in two statements."""
    valid = and_(FacilityArea.valid_from <= on, or_(FacilityArea.valid_to.is_(None), FacilityArea.valid_to > on))
    rows = session.scalars(select(FacilityArea).where(FacilityArea.facility_id.in_(bodies), valid)).all()
    counted = (
        select(Placement.kind, func.count(Placement.id).label("people"))
        .join(CustodyInterval, CustodyInterval.dossier_id == Placement.dossier_id)
        .where(_kept(bodies))
        .group_by(Placement.kind)
    )
    taken = {row.kind: row.people for row in session.execute(counted)}
    areas = {row.kind: row for row in rows}
    lines = []
    for kind in AREA_KINDS.values():
        row = areas.get(kind.id)
        since = row.valid_from if row else None
        lines.append(AreaLine(kind, row.capacity if row else None, since, taken.get(kind.id, 0)))
    return lines


def count_unplaced(session: Session, bodies: Collection[UUID]) -> int:
    """Return how many people in the facility have no area yet."""
    query = select(func.count()).select_from(CustodyInterval).where(_here(bodies), ~_has_place(bodies))
    return session.scalar(query) or 0


def people_by_area(
    session: Session, bodies: Collection[UUID], *, kind: str | None, page: Page, on: date
) -> list[PlacedLine]:
    """Return who is in the facility with the area of each, those without one first; `kind` narrows to one area."""
    present = and_(Placement.dossier_id == Dossier.id, Placement.facility_id.in_(bodies), Placement.to_at.is_(None))
    query = (
        select(Dossier, Placement)
        .join(CustodyInterval, CustodyInterval.dossier_id == Dossier.id)
        .join(PersonRow, PersonRow.id == Dossier.person_id)
        .outerjoin(Placement, present)
        .where(_here(bodies))
        .options(joinedload(Dossier.person))
        .order_by(Placement.id.is_not(None), PersonRow.folded_name, Dossier.number)
    )
    if kind is not None:
        query = query.where(Placement.id.is_(None) if kind == UNPLACED else Placement.kind == kind)
    found = session.execute(query.limit(page.limit).offset(page.offset)).all()
    return [PlacedLine(row, placed, _suits(row, placed, on)) for row, placed in found]


def placements_of(session: Session, ids: Collection[UUID], bodies: Collection[UUID]) -> dict[UUID, str]:
    """Return the kind of area of each person who has one, by dossier."""
    query = select(Placement.dossier_id, Placement.kind).where(
        Placement.dossier_id.in_(ids), Placement.facility_id.in_(bodies), Placement.to_at.is_(None)
    )
    return {row.dossier_id: row.kind for row in session.execute(query)}


def set_capacity(
    session: Session, kind: str, capacity: int | None, valid_from: date | None, *, actor: Actor, at: datetime
) -> FacilityArea:
    """Say how many places an area of the caller's facility has from a day on; said again for the same day, it counts.

    Raises InvalidDataError and, for anybody but the head of a facility, NotAllowedError.
    """
    facility_id = facility_of(actor, CAPACITY)
    reasons = []
    if kind not in AREA_KINDS:
        reasons.append(_refused(_BAD_KIND, "kind"))
    if capacity is None or not 0 <= capacity <= CAPACITY_MAX:
        reasons.append(_refused(_BAD_NUMBER, "capacity"))
    query = select(FacilityArea).where(
        FacilityArea.facility_id == facility_id, FacilityArea.kind == kind, FacilityArea.valid_to.is_(None)
    )
    last = session.scalars(query.with_for_update()).one_or_none()
    day = valid_from or at.astimezone(VIETNAM).date()
    if last is not None and day < last.valid_from:
        reasons.append(_refused(_BAD_DAY, "valid_from"))
    if reasons:
        raise InvalidDataError(reasons)
    assert capacity is not None
    if last is not None and last.valid_from == day:
        last.capacity, last.set_by_id, last.set_at = capacity, actor.account_id, at
        return last
    if last is not None:
        last.valid_to = day
    area = FacilityArea(
        facility_id=facility_id, kind=kind, capacity=capacity, valid_from=day, set_by_id=actor.account_id, set_at=at
    )
    session.add(area)
    session.flush()
    return area


def place_person(session: Session, dossier_id: UUID, kind: str, *, actor: Actor, at: datetime) -> Placement:
    """Give a person whom the caller's facility holds a place in one of its areas; the place before ends.

    Raises InvalidDataError for an area without places stated or somebody who is not there, NotFoundError,
    NotAllowedError.
    """
    facility_id = facility_of(actor)
    bodies = bodies_of_facility(actor, facility_id)
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=None)
    reasons = []
    on = at.astimezone(VIETNAM).date()
    if kind not in {line.kind.id for line in area_lines(session, bodies, on=on) if line.capacity is not None}:
        reasons.append(_refused(_BAD_KIND, "kind"))
    here = select(CustodyInterval.id).where(CustodyInterval.dossier_id == dossier.id, _here(bodies))
    if session.scalars(here).first() is None:
        reasons.append(_refused(_NOT_HERE, "kind"))
    if reasons:
        raise InvalidDataError(reasons)
    open_ones = select(Placement).where(Placement.dossier_id == dossier.id, Placement.to_at.is_(None))
    for before in session.scalars(open_ones).all():
        if before.kind == kind and before.facility_id == facility_id:
            return before
        before.to_at = at
    placement = Placement(
        dossier_id=dossier.id, facility_id=facility_id, kind=kind, from_at=at, placed_by_id=actor.account_id
    )
    session.add(placement)
    session.flush()
    return placement


def _suits(dossier: Dossier, placement: Placement | None, on: date) -> bool:
    """Say whether the person fits the area; also for one that the data file has no more, and without an area."""
    kind = AREA_KINDS.get(placement.kind) if placement is not None else None
    return kind is None or kind.suits(dossier.person, on)


def _here(bodies: Collection[UUID]) -> ColumnElement[bool]:
    return and_(
        CustodyInterval.to_at.is_(None), CustodyInterval.kind.in_(PRESENT), CustodyInterval.holder_id.in_(bodies)
    )


def _kept(bodies: Collection[UUID]) -> ColumnElement[bool]:
    """Return the condition that a place is taken: its person is there, or on a permitted leave and comes back."""
    here_or_on_leave = or_(
        and_(CustodyInterval.kind.in_(PRESENT), CustodyInterval.holder_id.in_(bodies)),
        CustodyInterval.kind == Person.ON_LEAVE.value,
    )
    return and_(
        Placement.to_at.is_(None), Placement.facility_id.in_(bodies), CustodyInterval.to_at.is_(None), here_or_on_leave
    )


def _has_place(bodies: Collection[UUID]) -> ColumnElement[bool]:
    query = select(Placement.id).where(
        Placement.dossier_id == CustodyInterval.dossier_id,
        Placement.facility_id.in_(bodies),
        Placement.to_at.is_(None),
    )
    return query.exists()


def people_in(lines: Sequence[AreaLine]) -> tuple[int, int]:
    """Return all places that were stated and how many people have one."""
    return sum(line.capacity or 0 for line in lines), sum(line.taken for line in lines)


def _refused(text: Text, item: str) -> Reason:
    return Reason("FACILITY", text, "", Effect.REFUSE, clause=item)
