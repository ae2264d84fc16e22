"""Counts what stands and what is late, by body: a handful of SQL statements, however many dossiers there are.

Every figure is summed up by the database; only groups come back.  Reads only, and names no person.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from dossiers.bodies.naming import names_of
from dossiers.custody.models import CustodyInterval
from dossiers.evidence.models import DiaryEntry
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.limits.models import Alarm, Deadline
from dossiers.limits.operations import overdue_code
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from dossiers.overview.conditions import held_now, holes, is_duty, overdue, owner_of_limit, standing, without_paper
from dossiers.overview.returns import RETURNS
from dossiers.overview.territory import Territory
from workflow.model import Limit, Procedure
from workflow.vocabulary import Unit

_MOVED: Final = ("moved", "proceeding")


@dataclass(frozen=True, slots=True)
class PhaseFigure:
    """How many dossiers a body has in a phase."""

    body_id: UUID
    phase: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class LateFigure:
    """How many limits of one rule are overdue at a body, and since when the oldest is."""

    body_id: UUID | None
    limit: Limit
    limits: int
    since: datetime


@dataclass(frozen=True, slots=True)
class AlarmFigure:
    """How many alarms of one kind stand in the dossiers that a body has; `grave` about custody without a title."""

    body_id: UUID
    code: str
    procedure: Procedure
    alarms: int
    since: datetime
    grave: bool


@dataclass(frozen=True, slots=True)
class CustodyFigure:
    """How many persons a body holds now, how many of them without the paper of the title on file."""

    body_id: UUID | None
    kind: str
    held: int
    without_paper: int


@dataclass(frozen=True, slots=True)
class HoleFigure:
    """How often the custody cover of a body has a time that nothing explains."""

    body_id: UUID | None
    holes: int


@dataclass(frozen=True, slots=True)
class ReturnFigure:
    """How often files of a body were handed in, and how often one act sent them back."""

    body_id: UUID
    trigger: str
    handed_in: int
    returned: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Every figure of a territory at a moment, and the names of the bodies in them by id (text)."""

    phases: Sequence[PhaseFigure]
    late: Sequence[LateFigure]
    alarms: Sequence[AlarmFigure]
    custody: Sequence[CustodyFigure]
    holes: Sequence[HoleFigure]
    returns: Sequence[ReturnFigure]
    names: dict[str, str]


def overview(session: Session, law: Law, territory: Territory, *, at: datetime, since: datetime) -> Overview:
    """Return the figures of a territory as they are at a moment; returns are counted from `since` on."""
    phases = _phases(session, law, territory)
    late = _late(session, law, territory, at=at)
    alarms = _alarms(session, law, territory)
    custody, gaps = _custody(session, territory), _holes(session, territory)
    returns = _returns(session, territory, at=at, since=since)
    ids: set[UUID | None] = {each.body_id for each in phases}
    ids |= {each.body_id for each in alarms} | {each.body_id for each in returns}
    ids |= {each.body_id for each in late} | {each.body_id for each in custody} | {each.body_id for each in gaps}
    return Overview(
        phases=phases,
        late=late,
        alarms=alarms,
        custody=custody,
        holes=gaps,
        returns=returns,
        names=names_of(session, accounts=[], organizations=ids),
    )


def grave_codes(procedures: Iterable[Procedure]) -> frozenset[str]:
    """Return the codes of alarms about somebody kept without a title: after an act ended it, or after the term."""
    terms = (limit for each in procedures for limit in each.limits.values() if limit.unit is Unit.TERM)
    return frozenset((HELD_WITHOUT_TITLE, *(overdue_code(limit.id) for limit in terms)))


def _phases(session: Session, law: Law, territory: Territory) -> list[PhaseFigure]:
    group = (Dossier.procedure_sha256, Dossier.state, Dossier.holder_id)
    query = select(*group, func.count()).where(territory.dossiers).group_by(*group)
    counted: dict[tuple[UUID, str], int] = {}
    for sha256, state, holder, dossiers in session.execute(query):
        key = holder, law.pinned(session, sha256).states[state].phase
        counted[key] = counted.get(key, 0) + dossiers
    return [PhaseFigure(body, phase, dossiers) for (body, phase), dossiers in counted.items()]


def _late(session: Session, law: Law, territory: Territory, *, at: datetime) -> list[LateFigure]:
    pinned = func.coalesce(Proceeding.procedure_sha256, Dossier.procedure_sha256)
    group = (pinned, Deadline.rule, DossierParty.organization_id)
    query = (
        select(*group, func.count(Deadline.id.distinct()), func.min(Deadline.due_at))
        .join(Dossier, Dossier.id == Deadline.dossier_id)
        .outerjoin(Proceeding, Proceeding.id == Deadline.proceeding_id)
        .outerjoin(DossierParty, owner_of_limit())
        .where(territory.dossiers, overdue(at))
        .group_by(*group)
    )
    found: dict[tuple[UUID | None, str], LateFigure] = {}
    for sha256, rule, body, limits, since in session.execute(query):
        limit = law.pinned(session, sha256).limits.get(rule)
        if limit is None or since is None or not is_duty(limit):
            continue
        # The same rule of two editions is one line.
        other = found.get((body, rule)) or LateFigure(body, limit, 0, since)
        found[body, rule] = LateFigure(body, other.limit, other.limits + limits, min(since, other.since))
    return sorted(found.values(), key=lambda each: each.since)


def _alarms(session: Session, law: Law, territory: Territory) -> list[AlarmFigure]:
    group = (Dossier.procedure_sha256, Alarm.code, Dossier.holder_id)
    query = (
        select(*group, func.count(), func.min(Alarm.raised_at))
        .join(Dossier, Dossier.id == Alarm.dossier_id)
        .where(territory.dossiers, standing())
        .group_by(*group)
    )
    grave = grave_codes(law.procedures)
    found: dict[tuple[UUID, str], AlarmFigure] = {}
    for sha256, code, body, alarms, since in session.execute(query):
        procedure = law.pinned(session, sha256)
        other = found.get((body, code)) or AlarmFigure(body, code, procedure, 0, since, grave=code in grave)
        found[body, code] = replace(other, alarms=other.alarms + alarms, since=min(since, other.since))
    return sorted(found.values(), key=lambda each: (not each.grave, each.since))


def _custody(session: Session, territory: Territory) -> list[CustodyFigure]:
    missing = func.sum(case((without_paper(), 1), else_=0))
    query = (
        select(CustodyInterval.holder_id, CustodyInterval.kind, func.count(), missing)
        .join(Dossier, Dossier.id == CustodyInterval.dossier_id)
        .where(territory.dossiers, held_now())
        .group_by(CustodyInterval.holder_id, CustodyInterval.kind)
    )
    return [CustodyFigure(body, kind, held, without) for body, kind, held, without in session.execute(query)]


def _holes(session: Session, territory: Territory) -> list[HoleFigure]:
    found = holes().subquery()
    query = (
        select(found.c.holder_id, func.count())
        .join(Dossier, Dossier.id == found.c.dossier_id)
        .where(territory.dossiers)
        .group_by(found.c.holder_id)
    )
    return [HoleFigure(body, count) for body, count in session.execute(query)]


def _returns(session: Session, territory: Territory, *, at: datetime, since: datetime) -> list[ReturnFigure]:
    """Return the figures of each kind of return, of the body that filled the place of the maker at that entry."""
    places: dict[str, set[str]] = {}
    for each in RETURNS.values():
        places.setdefault(each.file_of, set()).update((each.trigger, *each.handed_in))
    made = or_(*((DossierParty.body == place) & DiaryEntry.trigger.in_(acts) for place, acts in places.items()))
    then = (DossierParty.since_seq <= DiaryEntry.seq) & or_(
        DossierParty.until_seq.is_(None), DossierParty.until_seq >= DiaryEntry.seq
    )
    group = (DossierParty.organization_id, DossierParty.body, DiaryEntry.trigger)
    query = (
        select(*group, func.count())
        .select_from(DiaryEntry)
        .join(Dossier, Dossier.id == DiaryEntry.dossier_id)
        .join(DossierParty, (DossierParty.dossier_id == DiaryEntry.dossier_id) & then & made)
        .where(territory.dossiers, DiaryEntry.kind.in_(_MOVED))
        .where(DiaryEntry.occurred_at > since, DiaryEntry.occurred_at <= at)
        .group_by(*group)
    )
    counted = {(body, place, act): times for body, place, act, times in session.execute(query)}
    bodies = {(body, place) for body, place, _ in counted}
    figures = [
        ReturnFigure(
            body,
            each.trigger,
            handed_in=sum(counted.get((body, each.file_of, act), 0) for act in each.handed_in),
            returned=counted.get((body, each.file_of, each.trigger), 0),
        )
        for each in RETURNS.values()
        for body, place in bodies
        if place == each.file_of
    ]
    return [each for each in figures if each.handed_in or each.returned]
