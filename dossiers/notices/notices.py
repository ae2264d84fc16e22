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

from sqlalchemy import Integer, Select, String, Subquery, Uuid, and_, case, literal, null, or_, select, union_all
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
#: How long a commit may come after the moment that it records: a look at what time brought about has one moment.
_LATE: Final = timedelta(hours=1)
#: What of a diary is told; papers and drafts are the daily work of others.
_ACTS: Final = ("opened", "moved", "proceeding", "changeover", "changeover_undone")


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice: what kind, about which dossier, when it was recorded; the act, where it is one, and its entry.

    `source` is the alarm or the hand-over that it tells of.
    """

    kind: str
    dossier_id: UUID
    number: str
    at: datetime
    trigger: str | None
    seq: int | None
    source: UUID | None
    unread: bool


def notices(
    session: Session, actor: Actor, *, at: datetime, limit: int, offset: int = 0, unread_only: bool = False
) -> Sequence[Notice]:
    """Return the notices of the caller's bodies, the newest first."""
    mark = _mark(session, actor, at)
    found = _happened(actor, since=mark.begins if unread_only else at - REACH)
    query = (
        select(
            found.c.kind, found.c.dossier_id, Dossier.number, found.c.at, found.c.trigger, found.c.seq, found.c.source
        )
        .join(Dossier, Dossier.id == found.c.dossier_id)
        .order_by(found.c.at.desc(), Dossier.number, found.c.seq.desc(), found.c.kind, found.c.source)
    )
    if not unread_only:
        query = query.limit(limit).offset(offset)
    told = [
        Notice(kind, about, number, when, act, seq, source, mark.leaves(when, _key(kind, about, seq, source)))
        for kind, about, number, when, act, seq, source in session.execute(query)
    ]
    return [each for each in told if each.unread][offset : offset + limit] if unread_only else told


def count_unread(session: Session, actor: Actor, *, at: datetime) -> int:
    """Return how many notices the caller has not read, at most one more than are counted."""
    mark = _mark(session, actor, at)
    found = _happened(actor, since=mark.begins)
    few = select(found.c.kind, found.c.dossier_id, found.c.seq, found.c.source, found.c.at)
    rows = session.execute(few.limit(COUNTED_MAX + 1 + len(mark.lately)))
    unread = sum(mark.leaves(when, _key(kind, about, seq, source)) for kind, about, seq, source, when in rows)
    return min(unread, COUNTED_MAX + 1)


def mark_read(session: Session, actor: Actor, until: datetime, *, shown: int, at: datetime) -> bool:
    """Take everything up to a moment for read, never what is still to come and never less than before.

    `shown` is how many unread ones up to that moment there were when the caller looked: where there are others now,
    nothing is marked and False is returned, so that nothing is taken for read that was never shown.
    """
    until = min(until, at)
    if unread_until(session, actor, until, at=at) != shown:
        return False
    until = max(until, _mark(session, actor, at).until)
    lately = [key for when, key in _all(session, actor, since=until - _LATE) if when <= until]
    kept = session.get(NoticeMark, actor.account_id)
    if kept is None:
        session.add(NoticeMark(account_id=actor.account_id, read_until=until, lately=lately))
    else:
        kept.read_until, kept.lately = until, lately
    session.flush()
    return True


def unread_until(session: Session, actor: Actor, until: datetime, *, at: datetime) -> int:
    """Return how many unread notices there are up to a moment: what `mark_read` asks for."""
    mark = _mark(session, actor, at)
    return sum(when <= until and mark.leaves(when, key) for when, key in _all(session, actor, since=mark.begins))


@dataclass(frozen=True, slots=True)
class _Mark:
    """Up to when somebody has read, and what of the while before that moment."""

    until: datetime
    lately: frozenset[str]
    #: From here on something may be unread.
    begins: datetime

    def leaves(self, when: datetime, key: str) -> bool:
        """Say whether a notice is unread: later than the mark, or committed after it was set."""
        return when > self.until or (when > self.begins and key not in self.lately)


def _mark(session: Session, actor: Actor, at: datetime) -> _Mark:
    first, kept = at - REACH, session.get(NoticeMark, actor.account_id)
    if kept is None:
        return _Mark(first, frozenset(), first)
    return _Mark(max(kept.read_until, first), frozenset(kept.lately), max(kept.read_until - _LATE, first))


def _key(kind: str, dossier_id: UUID, seq: int | None, source: UUID | None) -> str:
    # An entry that brings a body in stays the same entry when an earlier place of that body ends.
    return f"{dossier_id}/{seq}" if source is None else f"{kind}/{source}"


def _all(session: Session, actor: Actor, *, since: datetime) -> list[tuple[datetime, str]]:
    found = _happened(actor, since=since)
    query = select(found.c.at, found.c.kind, found.c.dossier_id, found.c.seq, found.c.source)
    return [(when, _key(kind, about, seq, source)) for when, kind, about, seq, source in session.execute(query)]


def _happened(actor: Actor, *, since: datetime) -> Subquery:
    """Return what happened after a moment: kind, dossier, when it was recorded, act, entry and source."""
    own = actor.organization_ids
    takes_part = and_(DossierParty.organization_id.in_(own), DossierParty.until_seq.is_(None))
    here = select(DossierParty.dossier_id).where(takes_part)
    return union_all(_acts(own, since), _alarms(here, since), _handovers(own, here, since)).subquery()


def _acts(own: frozenset[UUID], since: datetime) -> Select[*tuple[Any, ...]]:
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
            null().cast(Uuid).label("source"),
        )
        .select_from(DossierParty)
        .join(DiaryEntry, DiaryEntry.dossier_id == DossierParty.dossier_id)
        .where(DossierParty.organization_id.in_(own), DossierParty.until_seq.is_(None))
        .where(DiaryEntry.recorded_at > since, DiaryEntry.kind.in_(_ACTS))
        .where(DiaryEntry.seq >= DossierParty.since_seq, first)
        .where(or_(DiaryEntry.body_id.is_(None), DiaryEntry.body_id.not_in(own)))
    )


def _alarms(here: Select[Any], since: datetime) -> Select[*tuple[Any, ...]]:
    """Select alarms that still stand in dossiers of the caller's bodies."""
    return select(
        literal(ALARM), Alarm.dossier_id, Alarm.raised_at, null().cast(String), Alarm.raised_seq, Alarm.id
    ).where(Alarm.raised_at > since, Alarm.resolved_at.is_(None), Alarm.dossier_id.in_(here))


def _handovers(own: frozenset[UUID], here: Select[Any], since: datetime) -> Select[*tuple[Any, ...]]:
    """Select hand-overs whose present version waits for one of the caller's bodies."""
    next_version = aliased(Handover)
    waits = or_(
        and_(Handover.from_body_id.in_(own), Handover.sender_at.is_(None)),
        and_(Handover.to_body_id.in_(own), Handover.receiver_at.is_(None)),
    )
    told = (literal(HANDOVER), Handover.dossier_id, Handover.made_at)
    return select(*told, null().cast(String), null().cast(Integer), Handover.id).where(
        waits,
        Handover.made_at > since,
        Handover.dossier_id.in_(here),
        ~select(next_version.id).where(next_version.supersedes_id == Handover.id).exists(),
    )
