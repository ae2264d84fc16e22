"""Which dossiers the figures of a reader count: those of the territory of the bodies for which they supervise.

A figure counts dossiers that the reader may not open; the list behind it holds only those that they may.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import ColumnElement, false, or_, select, true
from sqlalchemy.orm import Session

from dossiers.bodies.access import RIGHTS, Actor
from dossiers.bodies.models import AdminUnit, Jurisdiction, Organization
from dossiers.bodies.validity import valid_on
from dossiers.files.models import Dossier

#: The right that opens the figures.
OVERVIEW: Final = "overview:read"


@dataclass(frozen=True)
class Territory:
    """The bodies a reader supervises for, and the condition that a dossier belongs to one of their territories."""

    bodies: Sequence[str]
    dossiers: ColumnElement[bool]


def territory_of(session: Session, actor: Actor, *, on: date) -> Territory:
    """Return the territory of every body in which the reader holds an office that supervises.

    A national body covers everything; a body with a list of communes those, with the communes that merged into
    them; one of a commune that commune; any other its province.
    """
    ids = {office.organization_id for office in actor.offices if office.role in RIGHTS[OVERVIEW]}
    bodies = session.scalars(select(Organization).where(Organization.id.in_(ids)).order_by(Organization.name)).all()
    listed: dict[object, set[str]] = {}
    areas = select(Jurisdiction.organization_id, Jurisdiction.commune_code).where(
        Jurisdiction.organization_id.in_(ids), valid_on(Jurisdiction, on)
    )
    for body_id, commune in session.execute(areas):
        listed.setdefault(body_id, set()).add(commune)
    wanted: list[ColumnElement[bool]] = [false()]
    for body in bodies:
        communes = listed.get(body.id, set()) | ({body.commune_code} if body.commune_code else set())
        if body.province_code is None:
            wanted.append(true())
        elif communes:
            former = select(AdminUnit.code).where(AdminUnit.successor_code.in_(communes), AdminUnit.level == "commune")
            here = or_(Dossier.commune_code.in_(communes), Dossier.commune_code.in_(former))
            wanted.append((Dossier.province_code == body.province_code) & here)
        else:
            wanted.append(Dossier.province_code == body.province_code)
    return Territory([body.name for body in bodies], or_(*wanted))


def facilities_in(session: Session, actor: Actor, types: Collection[str], *, on: date) -> Sequence[Organization]:
    """Return the bodies of these types in the provinces of the bodies for which the reader supervises, by name.

    A national body sees those of every province.
    """
    ids = {office.organization_id for office in actor.offices if office.role in RIGHTS[OVERVIEW]}
    provinces = set(session.scalars(select(Organization.province_code).where(Organization.id.in_(ids))))
    query = select(Organization).where(Organization.type.in_(types), valid_on(Organization, on))
    if None not in provinces:
        query = query.where(Organization.province_code.in_(provinces))
    return session.scalars(query.order_by(Organization.name, Organization.code)).all()
