"""Finds persons: by a name typed without accents, by another name, by the exact identity number.

Never shows a person to somebody whose body neither recorded them nor takes part in a dossier about them.
"""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, or_, select, tuple_
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import NotFoundError
from dossiers.people.folding import fold
from dossiers.people.models import Person, PersonAlias
from dossiers.people.sealing import Sealer, normalise_number

#: Shorter than every identity number: what is shorter is looked for in names only.
_NUMBER: Final = re.compile("[A-Z]{0,3}[0-9]{5,20}")

#: A query for ids of persons, as the rooms above give it: people know no dossiers.
PersonIds = Select[UUID]


def person(session: Session, person_id: UUID) -> Person:
    """Return one person; raises NotFoundError.  For callers that have checked the right to read."""
    found = session.get(Person, person_id)
    if found is None:
        raise NotFoundError
    return found


def visible_person(
    session: Session, person_id: UUID, *, visible_to: Actor, party_to: PersonIds | None = None
) -> Person:
    """Return one person if the actor may know of them; raises NotFoundError alike for nobody and for hidden ones."""
    query = select(Person).where(Person.id == person_id, _visible(visible_to, party_to))
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def search_persons(
    session: Session,
    text: str,
    sealer: Sealer,
    *,
    visible_to: Actor,
    party_to: PersonIds | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Person]:
    """Return up to `limit` persons the actor may know of, by folded name, those after the person `after`.

    Every word of `text` must occur in the name, or every word in one of the other names, whatever the
    accents; or `text` is the whole identity number.  No text finds everybody.  `party_to` selects the
    ids of those who are subjects of dossiers in which the actor's bodies take part.
    """
    query = select(Person).where(_visible(visible_to, party_to)).order_by(Person.folded_name, Person.id)
    words = fold(text).split()
    if words:
        query = query.where(or_(*_matches(words, text, sealer)))
    if after is not None:
        last = visible_person(session, after, visible_to=visible_to, party_to=party_to)
        query = query.where(tuple_(Person.folded_name, Person.id) > (last.folded_name, last.id))
    return list(session.scalars(query.limit(limit)))


def same_number(session: Session, number: str, sealer: Sealer) -> list[Person]:
    """Return every record with an identity number, whichever body made it, the oldest first.

    For counting earlier episodes of the same person; what a caller shows of it is the caller's duty.
    """
    query = select(Person).where(Person.id_number_index == sealer.index(number))
    return list(session.scalars(query.order_by(Person.created_at, Person.id)))


def id_number(subject: Person, sealer: Sealer) -> str | None:
    """Return the identity number in clear, for the paper or the page that must show it."""
    return None if subject.id_number_sealed is None else sealer.open(subject.id_number_sealed)


def _visible(actor: Actor, party_to: PersonIds | None) -> ColumnElement[bool]:
    own = Person.created_by_body_id.in_(actor.organization_ids)
    return own if party_to is None else own | Person.id.in_(party_to)


def _matches(words: list[str], text: str, sealer: Sealer) -> list[ColumnElement[bool]]:
    named = [Person.folded_name.contains(word, autoescape=True) for word in words]
    known = [PersonAlias.folded_name.contains(word, autoescape=True) for word in words]
    alias = exists().where(PersonAlias.person_id == Person.id, *known)
    matches = [_all(named), alias]
    if _NUMBER.fullmatch(normalise_number(text)):
        matches.append(Person.id_number_index == sealer.index(text))
    return matches


def _all(conditions: list[ColumnElement[bool]]) -> ColumnElement[bool]:
    joined, *rest = conditions
    for condition in rest:
        joined &= condition
    return joined
