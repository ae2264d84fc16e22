"""Notices for the caller's bodies, read from diaries, alarms and hand-overs: none is lost, doubled or written twice.

A notice is about a dossier in which one of the caller's bodies takes part now, and never about an own act.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, String, Subquery, and_, case, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from dossiers.bodies.access import Actor
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, DossierParty
from dossiers.handovers.models import Handover
from dossiers.limits.models import Alarm
from dossiers.notices.models import NoticeMark
from workflow.vocabulary import Text

_TOLD: Final = tomllib.loads((files("dossiers.notices") / "data" / "notices.toml").read_text(encoding="utf-8"))
#: How far notices reach back.
REACH: Final = timedelta(days=_TOLD["days"])
#: Kind of notice -> what it says, the most urgent first.
KINDS: Final[Mapping[str, Text]] = MappingProxyType(
    {kind: Text(**table["title"]) for kind, table in _TOLD["kinds"].items()}
)
ALARM, HANDOVER, ARRIVED, ACTED = KINDS
#: More unread ones are not counted: nobody reads them one by one.
COUNTED_MAX: Final = 99
#: What of a diary is told; papers and drafts are the daily work of others.
_ACTS: Final = ("opened", "moved", "proceeding", "changeover", "changeover_undone")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: what kind, about which dossier, when it was recorded; the act, where it is one, and its entry."""

    kind: str
    dossier_id: UUID
    number: str
    at: datetime
    trigger: str | None
    seq: int | None
    unread: bool


def notices(
    session: Session, actor: Actor, *, at: datetime, limit: int, offset: int = 0, unread_only: bool = False
) -> Sequence[Notice]:
    """Return the notices of the caller's bodies, the newest first."""
    read = read_until(session, actor, at=at)
    found = _happened(actor, since=read if unread_only else at - REACH)
    query = (
        select(found.c.kind, found.c.dossier_id, Dossier.number, found.c.at, found.c.trigger, found.c.seq)
        .join(Dossier, Dossier.id == found.c.dossier_id)
        .order_by(found.c.at.desc(), Dossier.number, found.c.seq.desc(), found.c.kind)
    )
    rows = session.execute(query.limit(limit).offset(offset))
    return [Notice(kind, about, number, when, act, seq, when > read) for kind, about, number, when, act, seq in rows]


def count_unread(session: Session, actor: Actor, *, at: datetime) -> int:
    """Return how many notices the caller has not read, at most one more than are counted; one statement."""
    mark = select(NoticeMark.read_until).where(NoticeMark.account_id == actor.account_id).scalar_subquery()
    first = at - REACH
    found = _happened(actor, since=first, after=func.coalesce(mark, literal(first, NoticeMark.read_until.type)))
    few = select(found.c.kind).limit(COUNTED_MAX + 1).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def read_until(session: Session, actor: Actor, *, at: datetime) -> datetime:
    """Return up to when the caller has read; never further back than notices reach."""
    mark = session.get(NoticeMark, actor.account_id)
    return at - REACH if mark is None else max(mark.read_until, at - REACH)


def mark_read(session: Session, actor: Actor, until: datetime, *, at: datetime) -> None:
    """Take everything up to a moment for read, never what is still to come and never less than before."""
    until, mark = min(until, at), session.get(NoticeMark, actor.account_id)
    if mark is None:
        session.add(NoticeMark(account_id=actor.account_id, read_until=until))
    else:
        mark.read_until = max(mark.read_until, until)


def _happened(actor: Actor, *, since: datetime, after: Any = None) -> Subquery:  # noqa: ANN401 - a moment or an expression
    """Return what happened after a moment: kind, dossier, when it was recorded, act and entry."""
    later = since if after is None else after
    own = actor.organization_ids
    takes_part = and_(DossierParty.organization_id.in_(own), DossierParty.until_seq.is_(None))
    here = select(DossierParty.dossier_id).where(takes_part)
    return union_all(
        _acts(own, since, later), _alarms(here, since, later), _handovers(own, here, since, later)
    ).subquery()


def _acts(own: frozenset[UUID], since: datetime, later: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401
    """Select acts of others and of time in dossiers of the caller's bodies, from the entry that brought them in.

    A body may fill several places of a dossier: the first of them stands for all.
    """
    earlier = aliased(DossierParty)
    first = ~(
        select(earlier.body)
        .where(earlier.dossier_id == DossierParty.dossier_id, earlier.until_seq.is_(None))
        .where(earlier.organization_id.in_(own))
        .where(
            or_(
                earlier.since_seq < DossierParty.since_seq,
                and_(earlier.since_seq == DossierParty.since_seq, earlier.id < DossierParty.id),
            )
        )
        .exists()
    )
    return (
        select(
            case((DiaryEntry.seq == DossierParty.since_seq, ARRIVED), else_=ACTED).label("kind"),
            DiaryEntry.dossier_id.label("dossier_id"),
            DiaryEntry.recorded_at.label("at"),
            DiaryEntry.trigger.label("trigger"),
            DiaryEntry.seq.label("seq"),
        )
        .select_from(DossierParty)
        .join(DiaryEntry, DiaryEntry.dossier_id == DossierParty.dossier_id)
        .where(DossierParty.organization_id.in_(own), DossierParty.until_seq.is_(None))
        .where(DiaryEntry.recorded_at > since, DiaryEntry.recorded_at > later, DiaryEntry.kind.in_(_ACTS))
        .where(DiaryEntry.seq >= DossierParty.since_seq, first)
        .where(or_(DiaryEntry.body_id.is_(None), DiaryEntry.body_id.not_in(own)))
    )


def _alarms(here: Select[Any], since: datetime, later: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401
    """Select alarms that still stand in dossiers of the caller's bodies."""
    return select(
        literal(ALARM),
        Alarm.dossier_id,
        Alarm.raised_at,
        null().cast(String),
        Alarm.raised_seq,
    ).where(Alarm.raised_at > since, Alarm.raised_at > later, Alarm.resolved_at.is_(None), Alarm.dossier_id.in_(here))


def _handovers(own: frozenset[UUID], here: Select[Any], since: datetime, later: Any) -> Select[*tuple[Any, ...]]:  # noqa: ANN401
    """Select hand-overs whose present version waits for one of the caller's bodies."""
    next_version = aliased(Handover)
    waits = or_(
        and_(Handover.from_body_id.in_(own), Handover.sender_at.is_(None)),
        and_(Handover.to_body_id.in_(own), Handover.receiver_at.is_(None)),
    )
    return select(
        literal(HANDOVER), Handover.dossier_id, Handover.made_at, null().cast(String), null().cast(Integer)
    ).where(
        waits,
        Handover.made_at > since,
        Handover.made_at > later,
        Handover.dossier_id.in_(here),
        ~select(next_version.id).where(next_version.supersedes_id == Handover.id).exists(),
    )
