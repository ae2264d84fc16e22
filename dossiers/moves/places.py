"""Who fills each place of a new edition, given who filled those of the old one.  Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies import queries as bodies
from dossiers.bodies.models import Organization
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties, find_organization
from dossiers.moves.recording import no_organization
from workflow.changeover import Crossing, Landed, for_people
from workflow.model import Body, Procedure
from workflow.refusals import Reason
from workflow.vocabulary import Text


def places_after(
    session: Session,
    crossing: Crossing,
    dossier: Dossier,
    landed: Landed,
    sides: Iterable[tuple[Crossing, Landed]],
    *,
    on: date,
) -> tuple[dict[str, UUID], list[Reason]]:
    """Return who fills each place of the new edition, and what stands in the way of it.

    A body goes on where it is of a kind that the place takes, or where its successor is; places that nobody carries
    over are filled as the rule says, the holder's at the latest by whoever is competent for the territory.
    """
    new = dict(crossing.new.bodies)
    named: dict[str, str] = {}
    for rules, side in sides:
        new |= {name: body for name, body in rules.new.bodies.items() if name not in new}
        named |= side.bodies
    named |= landed.bodies
    now = current_parties(session, dossier)
    places: dict[str, UUID] = {}
    reasons: list[Reason] = []
    wanted = [(named.get(body, body), body) for body in now]
    wanted += [(place, old) for place, old in landed.fills.items() if old in now]
    for number, (place, old) in enumerate(wanted):
        organization = _going_on(session, new[place], now[old].organization, on) if place in new else None
        if organization is None or (number >= len(now) and place in places):
            continue
        if places.setdefault(place, organization.id) != organization.id:
            reasons.append(_two_bodies(crossing, place))
    holder = crossing.new.states[landed.state].holder
    if holder not in places:
        found = _competent(session, crossing.new, holder, dossier, on)
        if found is None:
            reasons.append(_nobody(no_organization(crossing.new, holder).text))
        else:
            places[holder] = found.id
    return places, reasons


def _going_on(session: Session, place: Body, organization: Organization, on: date) -> Organization | None:
    """Return the body, or the one that carries its dossiers on that day, if the place takes its kind."""
    present = bodies.as_of(session, organization, on=on)
    return present if present is not None and present.type in place.org_types else None


def _competent(session: Session, procedure: Procedure, place: str, dossier: Dossier, on: date) -> Organization | None:
    """Return the one body that is competent for the territory, also for a place that an act would name."""
    found = find_organization(session, procedure, place, dossier, on=on)
    commune, province = dossier.commune_code, dossier.province_code
    for kind in procedure.bodies[place].org_types if found is None else ():
        found = found or bodies.bodies_for(session, kind, commune_code=commune, province_code=province, on=on)
    return found


def _nobody(text: Text) -> Reason:
    return for_people("places", text.vi, text.en)


def _two_bodies(crossing: Crossing, place: str) -> Reason:
    title = crossing.new.bodies[place].title if place in crossing.new.bodies else Text(place, place)
    return for_people(
        "places",
        f"{title.vi}: hai cơ quan khác nhau cùng giữ vai trò này trong hồ sơ cũ",
        f"{title.en}: two different bodies filled this place under the old edition",
    )
