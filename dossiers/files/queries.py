"""Reads dossiers: only those that the caller's bodies take or took part in; for anybody else they do not exist."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.errors import NotAllowedError, NotFoundError, StaleVersionError
from dossiers.files.models import Dossier, DossierParty
from dossiers.people.folding import fold
from dossiers.people.models import Person, PersonAlias
from dossiers.people.queries import visible_person


@dataclass(frozen=True, slots=True)
class DossierFilter:
    """What a list of dossiers may be narrowed by."""

    state: str | None = None
    holder_id: UUID | None = None
    text: str | None = None
    due_before: datetime | None = None


def visible_dossiers(actor: Actor) -> Select[UUID]:
    """Return the ids of the dossiers that the caller's bodies take or took part in."""
    return select(DossierParty.dossier_id).where(DossierParty.organization_id.in_(actor.organization_ids))


def dossiers_in_hand(actor: Actor) -> Select[UUID]:
    """Return the ids of the dossiers that the caller's bodies take part in now."""
    return visible_dossiers(actor).where(DossierParty.until_seq.is_(None))


def dossier_to_read(session: Session, dossier_id: UUID, actor: Actor) -> Dossier:
    """Return a dossier that the caller may read; raises NotFoundError, also for one they may not know of."""
    query = select(Dossier).where(Dossier.id == dossier_id, Dossier.id.in_(visible_dossiers(actor)))
    dossier = session.scalars(query.options(joinedload(Dossier.person), joinedload(Dossier.holder))).one_or_none()
    if dossier is None:
        raise NotFoundError
    return dossier


def readable_until(session: Session, dossier: Dossier, actor: Actor) -> int:
    """Return the last diary entry the caller's bodies may read: all of it while one of them takes part."""
    query = select(DossierParty.until_seq).where(
        DossierParty.dossier_id == dossier.id, DossierParty.organization_id.in_(actor.organization_ids)
    )
    ends = session.scalars(query).all()
    return dossier.version if any(end is None for end in ends) else max((end or 0 for end in ends), default=0)


def takes_part(session: Session, dossier: Dossier, actor: Actor) -> bool:
    """Return whether one of the caller's bodies fills a place of the dossier now."""
    query = select(DossierParty.id).where(
        DossierParty.dossier_id == dossier.id,
        DossierParty.until_seq.is_(None),
        DossierParty.organization_id.in_(actor.organization_ids),
    )
    return session.scalars(query.limit(1)).first() is not None


def dossier_to_change(session: Session, dossier_id: UUID, actor: Actor, *, expected_version: int | None) -> Dossier:
    """Return a dossier locked for change; raises NotFoundError, or StaleVersionError when it moved on since."""
    dossier_to_read(session, dossier_id, actor)
    locked = select(Dossier).where(Dossier.id == dossier_id).with_for_update(of=Dossier)
    dossier = session.scalars(locked.execution_options(populate_existing=True)).one()
    if expected_version is not None and dossier.version != expected_version:
        raise StaleVersionError(dossier.version)
    return dossier


def list_dossiers(
    session: Session, actor: Actor, wanted: DossierFilter, *, due: Select[UUID] | None, limit: int, after: str | None
) -> Sequence[Dossier]:
    """Return a page of the dossiers the caller may read, by number; `after` is the last number of the page before.

    `wanted.text` finds a part of the number or of the folded name; `due` narrows to the given dossier ids.
    """
    query = select(Dossier).join(Person).where(Dossier.id.in_(visible_dossiers(actor)))
    if wanted.state is not None or wanted.holder_id is not None or due is not None:
        # Who has left a dossier must not learn by asking where it stands now.
        query = query.where(Dossier.id.in_(dossiers_in_hand(actor)))
    if wanted.state is not None:
        query = query.where(Dossier.state == wanted.state)
    if wanted.holder_id is not None:
        query = query.where(Dossier.holder_id == wanted.holder_id)
    if due is not None:
        query = query.where(Dossier.id.in_(due))
    if wanted.text:
        query = query.where(_matches(wanted.text))
    if after is not None:
        query = query.where(Dossier.number > after)
    query = query.options(joinedload(Dossier.person), joinedload(Dossier.holder)).order_by(Dossier.number)
    return session.scalars(query.limit(limit)).unique().all()


def places_filled(session: Session, actor: Actor, ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return the places of the procedure that the caller's bodies fill now, by dossier."""
    query = select(DossierParty.dossier_id, DossierParty.body).where(
        DossierParty.dossier_id.in_(ids),
        DossierParty.until_seq.is_(None),
        DossierParty.organization_id.in_(actor.organization_ids),
    )
    found: dict[UUID, set[str]] = {}
    for dossier_id, body in session.execute(query):
        found.setdefault(dossier_id, set()).add(body)
    return found


def parties_through_time(session: Session, dossier: Dossier) -> Sequence[DossierParty]:
    """Return every body that takes or took part in a dossier, with its organization, in the order they came in."""
    query = select(DossierParty).where(DossierParty.dossier_id == dossier.id).order_by(DossierParty.since_seq)
    return session.scalars(query.options(joinedload(DossierParty.organization))).all()


def count_dossiers(session: Session) -> int:
    """Return how many dossiers there are."""
    return session.scalar(select(func.count()).select_from(Dossier)) or 0


def _matches(text: str) -> ColumnElement[bool]:
    folded = fold(text)
    pattern = "%" + folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    aliased = select(PersonAlias.person_id).where(PersonAlias.folded_name.like(pattern, escape="\\"))
    return or_(
        Person.folded_name.like(pattern, escape="\\"),
        Person.id.in_(aliased),
        func.lower(Dossier.number).like(pattern, escape="\\"),
    )


def dossiers_about(session: Session, person_id: UUID, actor: Actor) -> Sequence[Dossier]:
    """Return the dossiers about a person that the caller may read, the newest first."""
    query = select(Dossier).where(Dossier.person_id == person_id, Dossier.id.in_(visible_dossiers(actor)))
    return session.scalars(query.order_by(Dossier.opened_at.desc())).all()


def person_to_correct(session: Session, person_id: UUID, actor: Actor) -> Person:
    """Return a person that the caller may correct: recorded by their body, or subject of a dossier it takes part in.

    Raises NotAllowedError for a body that has left the dossier, NotFoundError for one that may not know of the person.
    """
    visible_person(session, person_id, visible_to=actor, party_to=visible_persons(actor))
    in_hand = select(Dossier.person_id).where(Dossier.id.in_(dossiers_in_hand(actor)))
    try:
        return visible_person(session, person_id, visible_to=actor, party_to=in_hand)
    except NotFoundError as left:
        raise NotAllowedError from left


def visible_persons(actor: Actor) -> Select[UUID]:
    """Return the ids of the persons whose dossiers the caller's bodies take or took part in."""
    return select(Dossier.person_id).where(Dossier.id.in_(visible_dossiers(actor)))
