"""Reads records of aftercare: of one person, and in short for a board.  Each question is asked once, not once a row."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from dossiers.aftercare.kinds import ABSENCE, RESPONSIBLE, SETTINGS, TEAM, TEST, VISIT
from dossiers.aftercare.models import AftercareRecord
from dossiers.bodies.access import Actor
from dossiers.bodies.models import Account, Membership, Organization
from dossiers.bodies.validity import valid_on
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.files.queries import dossiers_in_hand
from dossiers.limits.models import Deadline


@dataclass
class Summary:
    """What a board says of one person: who is responsible, the last visit and test, open absences, monitoring."""

    responsible: list[AftercareRecord] = field(default_factory=list)
    last_visit: date | None = None
    last_test: AftercareRecord | None = None
    open_absences: list[AftercareRecord] = field(default_factory=list)
    monitoring: list[Proceeding] = field(default_factory=list)
    ends: Deadline | None = None


def standing() -> ColumnElement[bool]:
    """Return the condition of records that nothing replaced and that take nothing back."""
    later = aliased(AftercareRecord)
    return and_(~exists().where(later.replaces_id == AftercareRecord.id), AftercareRecord.withdrawn.is_(False))


def records_of(session: Session, dossier_id: UUID, *, until_seq: int) -> Sequence[AftercareRecord]:
    """Return every record of a dossier up to a diary entry, the newest day first."""
    query = select(AftercareRecord).where(AftercareRecord.dossier_id == dossier_id, AftercareRecord.seq <= until_seq)
    return session.scalars(query.order_by(AftercareRecord.on_date.desc(), AftercareRecord.seq.desc())).all()


def record_of(session: Session, dossier_id: UUID, record_id: UUID) -> AftercareRecord | None:
    """Return one record of a dossier."""
    found = session.get(AftercareRecord, record_id)
    return found if found is not None and found.dossier_id == dossier_id else None


def colleagues(session: Session, dossier: Dossier, *, on: date) -> dict[UUID, str]:
    """Return the accounts of the commune's bodies that take part in a dossier now, by id, with their names.

    Of those bodies, the ones that have a commune of their own: who is responsible sits near the person.
    """
    bodies = (
        select(DossierParty.organization_id)
        .join(Organization, Organization.id == DossierParty.organization_id)
        .where(DossierParty.dossier_id == dossier.id, DossierParty.until_seq.is_(None))
        .where(Organization.commune_code.is_not(None))
    )
    query = (
        select(Account.id, Account.full_name)
        .join(Membership, Membership.account_id == Account.id)
        .where(Membership.organization_id.in_(bodies), valid_on(Membership, on), Account.closed_at.is_(None))
        .order_by(Account.full_name)
    )
    return {row.id: row.full_name for row in session.execute(query)}


def managed_states(law: Law) -> set[str]:
    """Return the states in which somebody is under post-rehab management, from the law."""
    wanted = SETTINGS.managed_by_acts
    return {
        state
        for procedure in law.procedures
        if not procedure.side
        for transition in procedure.transitions
        if transition.trigger in wanted
        for state in transition.source
    }


def count_managed(session: Session, law: Law, actor: Actor) -> int:
    """Return how many people under post-rehab management the caller's bodies have."""
    query = select(func.count()).select_from(Dossier).where(_managed(law, actor))
    return session.scalar(query) or 0


def managed(session: Session, law: Law, actor: Actor, *, on: date, start: int, limit: int) -> Sequence[Dossier]:
    """Return a page of the people under management: nobody responsible first, then without a visit for long."""
    today = AftercareRecord.until_date.is_(None) | (AftercareRecord.until_date >= on)
    of_dossier = (AftercareRecord.dossier_id == Dossier.id) & standing()
    responsible = exists().where(
        of_dossier,
        AftercareRecord.kind == TEAM,
        AftercareRecord.mark == RESPONSIBLE,
        today,
        AftercareRecord.on_date <= on,
    )
    visited = (
        select(func.max(AftercareRecord.on_date))
        .where(of_dossier, AftercareRecord.kind == VISIT)
        .correlate(Dossier)
        .scalar_subquery()
    )
    long_ago = or_(visited.is_(None), visited < on - timedelta(days=SETTINGS.visit_days))
    query = (
        select(Dossier)
        .where(_managed(law, actor))
        .options(joinedload(Dossier.person))
        .order_by(
            case((responsible, 1), else_=0), case((long_ago, 0), else_=1), visited.is_not(None), visited, Dossier.number
        )
    )
    return session.scalars(query.offset(start).limit(limit)).all()


def summaries(session: Session, dossiers: Collection[Dossier], *, on: date) -> dict[UUID, Summary]:
    """Return what a board says of each dossier, in a number of statements that does not grow with them."""
    found = {each.id: Summary() for each in dossiers}
    for record in session.scalars(_latest(found)):
        _take(found[record.dossier_id], record, on)
    sides = select(Proceeding).where(
        Proceeding.dossier_id.in_(found), Proceeding.kind.in_(SETTINGS.monitoring), Proceeding.closed_at.is_(None)
    )
    for side in session.scalars(sides.order_by(Proceeding.number)):
        found[side.dossier_id].monitoring.append(side)
    ends = select(Deadline).where(
        Deadline.dossier_id.in_(found), Deadline.state == "running", Deadline.rule.in_(SETTINGS.ends_with)
    )
    for row in session.scalars(ends):
        found[row.dossier_id].ends = row
    return found


def _latest(ids: Collection[UUID]) -> Select[AftercareRecord]:
    """Return the standing records that a summary is made of: of visits and tests only those of the last day."""
    newer = aliased(AftercareRecord)
    replaced = aliased(AftercareRecord)
    stands = and_(~exists().where(replaced.replaces_id == newer.id), newer.withdrawn.is_(False))
    latest = ~exists().where(
        newer.dossier_id == AftercareRecord.dossier_id,
        newer.kind == AftercareRecord.kind,
        newer.on_date > AftercareRecord.on_date,
        stands,
    )
    wanted = or_(AftercareRecord.kind.in_((TEAM, ABSENCE)), and_(AftercareRecord.kind.in_((VISIT, TEST)), latest))
    return (
        select(AftercareRecord)
        .where(AftercareRecord.dossier_id.in_(ids), standing(), wanted)
        .order_by(AftercareRecord.on_date, AftercareRecord.seq)
    )


def _take(summary: Summary, record: AftercareRecord, on: date) -> None:
    open_now = record.until_date is None or record.until_date >= on
    if record.kind == TEAM and record.mark == RESPONSIBLE and open_now and record.on_date <= on:
        summary.responsible.append(record)
    elif record.kind == VISIT:
        summary.last_visit = record.on_date
    elif record.kind == TEST:
        summary.last_test = record
    elif record.kind == ABSENCE and open_now:
        summary.open_absences.append(record)


def _managed(law: Law, actor: Actor) -> ColumnElement[bool]:
    return and_(Dossier.state.in_(managed_states(law)), Dossier.id.in_(dossiers_in_hand(actor)))
