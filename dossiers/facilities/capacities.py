"""Room in several facilities at once, for whoever supervises them: a fixed number of statements, and never a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Organization
from dossiers.custody.models import CustodyInterval
from dossiers.facilities import law_reading
from dossiers.facilities.areas import AREA_KINDS, BOARD
from dossiers.facilities.board import PRESENT
from dossiers.facilities.models import FacilityArea, Placement
from dossiers.facilities.places import AreaLine
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty
from dossiers.limits.models import Deadline
from workflow.certificates import VIETNAM
from workflow.vocabulary import Person


@dataclass(frozen=True, slots=True)
class Room:
    """The room in one facility: its areas, how many people are there, without an area, expected and about to leave."""

    facility: Organization
    areas: tuple[AreaLine, ...]
    present: int
    unplaced: int
    expected: int
    leaving: int

    @property
    def stated(self) -> int | None:
        """Return all places that were stated; None while nobody stated any."""
        known = [line.capacity for line in self.areas if line.capacity is not None]
        return sum(known) if known else None

    @property
    def free(self) -> int | None:
        """Return how many more people than there are could be there; negative when there are too many."""
        return None if self.stated is None else self.stated - self.present


def rooms(session: Session, law: Law, facilities: Sequence[Organization], *, at: datetime) -> list[Room]:
    """Return the room in each facility at a moment, in the order given."""
    ids, on = [each.id for each in facilities], at.astimezone(VIETNAM).date()
    valid = and_(FacilityArea.valid_from <= on, or_(FacilityArea.valid_to.is_(None), FacilityArea.valid_to > on))
    stated = session.scalars(select(FacilityArea).where(FacilityArea.facility_id.in_(ids), valid)).all()
    capacity = {(row.facility_id, row.kind): row for row in stated}
    taken = _taken(session, ids)
    here = _count(session, _present(ids))
    placed = _count(session, _present(ids).where(_has_place_there().exists()))
    expected, leaving = _count(session, _expected(law, ids)), _count(session, _leaving(law, ids, at))
    return [
        Room(
            facility=each,
            areas=tuple(
                AreaLine(
                    kind,
                    capacity[each.id, kind.id].capacity if (each.id, kind.id) in capacity else None,
                    capacity[each.id, kind.id].valid_from if (each.id, kind.id) in capacity else None,
                    taken[each.id, kind.id],
                )
                for kind in AREA_KINDS.values()
            ),
            present=here[each.id],
            unplaced=here[each.id] - placed[each.id],
            expected=expected[each.id],
            leaving=leaving[each.id],
        )
        for each in facilities
    ]


def _taken(session: Session, ids: Sequence[UUID]) -> Mapping[tuple[UUID, str], int]:
    """Return how many people have a place in each area: they are there, or on a permitted leave and come back."""
    there = and_(CustodyInterval.kind.in_(PRESENT), CustodyInterval.holder_id == Placement.facility_id)
    query = (
        select(Placement.facility_id, Placement.kind, func.count())
        .join(CustodyInterval, CustodyInterval.dossier_id == Placement.dossier_id)
        .where(Placement.facility_id.in_(ids), Placement.to_at.is_(None), CustodyInterval.to_at.is_(None))
        .where(or_(there, CustodyInterval.kind == Person.ON_LEAVE.value))
        .group_by(Placement.facility_id, Placement.kind)
    )
    return Counter({(facility, kind): people for facility, kind, people in session.execute(query)})


def _count(session: Session, query: Select[Any, Any]) -> Mapping[UUID, int]:
    """Return how many rows of a query of (facility, dossier) each facility has."""
    facility, dossier = query.subquery().c
    grouped = select(facility, func.count(dossier.distinct())).group_by(facility)
    return Counter(dict(session.execute(grouped).all()))


def _present(ids: Sequence[UUID]) -> Select[Any, Any]:
    return select(CustodyInterval.holder_id, CustodyInterval.dossier_id).where(
        CustodyInterval.to_at.is_(None), CustodyInterval.kind.in_(PRESENT), CustodyInterval.holder_id.in_(ids)
    )


def _has_place_there() -> Select[Any]:
    return select(Placement.id).where(
        Placement.dossier_id == CustodyInterval.dossier_id,
        Placement.facility_id == CustodyInterval.holder_id,
        Placement.to_at.is_(None),
    )


def _given(law: Law, ids: Sequence[UUID]) -> Select[Any, Any]:
    places = sorted(law_reading.facility_places(law))
    return (
        select(DossierParty.organization_id, DossierParty.dossier_id)
        .join(Dossier, Dossier.id == DossierParty.dossier_id)
        .where(DossierParty.until_seq.is_(None), DossierParty.organization_id.in_(ids), DossierParty.body.in_(places))
    )


def _expected(law: Law, ids: Sequence[UUID]) -> Select[Any, Any]:
    return _given(law, ids).where(Dossier.state.in_(law_reading.states_arriving(law)))


def _leaving(law: Law, ids: Sequence[UUID], at: datetime) -> Select[Any, Any]:
    """Select those whose last day is at most so many days from today: a term ends with the midnight after that day."""
    after = at.astimezone(VIETNAM).date() + timedelta(days=BOARD.leavers_days + 1)
    return (
        _given(law, ids)
        .join(Deadline, Deadline.dossier_id == Dossier.id)
        .where(Deadline.state == "running", Deadline.rule.in_(law_reading.term_rules(law)))
        .where(Deadline.due_at <= datetime.combine(after, time(), VIETNAM))
    )
