"""Numbers dossiers and says which organization fills which place of the procedure, from which entry on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies import queries as bodies
from dossiers.bodies.models import Organization
from dossiers.counting import locked_counter
from dossiers.files.models import Dossier, DossierCounter, DossierParty
from workflow.model import Procedure


def next_dossier_number(session: Session, commune_code: str, on: date) -> str:
    """Return the next number of a commune and year (`99001-2026-00007`), without gap or duplicate."""
    key: dict[str, Any] = {"commune_code": commune_code, "year": on.year}
    counter = locked_counter(session, select(DossierCounter).filter_by(**key), DossierCounter(**key, last=0))
    counter.last += 1
    return f"{commune_code}-{on.year}-{counter.last:05d}"


def current_parties(session: Session, dossier: Dossier) -> dict[str, DossierParty]:
    """Return who fills each place of the procedure now."""
    return parties_by_dossier(session, [dossier.id])[dossier.id]


def parties_by_dossier(session: Session, ids: Collection[UUID]) -> dict[UUID, dict[str, DossierParty]]:
    """Return, by dossier, who fills each place of the procedure now."""
    query = select(DossierParty).where(DossierParty.dossier_id.in_(ids), DossierParty.until_seq.is_(None))
    found: dict[UUID, dict[str, DossierParty]] = {each: {} for each in ids}
    for party in session.scalars(query):
        found[party.dossier_id][party.body] = party
    return found


def find_organization(
    session: Session, procedure: Procedure, body: str, dossier: Dossier, *, on: date
) -> Organization | None:
    """Return the organization that fills a place by its territory, its rank or the nation; None when nobody does.

    A place of the opener that the opener could not fill, being of another kind, is filled by territory too.
    """
    place = procedure.bodies[body]
    if place.bind == "parent":
        assert place.of is not None
        below = current_parties(session, dossier).get(place.of)
        lower = below.organization if below else find_organization(session, procedure, place.of, dossier, on=on)
        return bodies.superior(session, lower, on=on) if lower else None
    if place.bind in ("territory", "national", "opener"):
        return bodies.bodies_for(
            session, place.org_type, commune_code=dossier.commune_code, province_code=dossier.province_code, on=on
        )
    return None


def let_take_part(session: Session, dossier: Dossier, places: Mapping[str, UUID], *, seq: int) -> dict[str, Any]:
    """Bind organizations to places from entry `seq` on; one that is replaced keeps what it could read.

    Whoever hands a place over leaves every place it took with the same entry: the police body that detected
    and opened a case is no party any more once another one has the case.  Returns what changed, as place ->
    organization id, None for a place that is left empty, for the diary.
    """
    now, changed = current_parties(session, dossier), dict[str, Any]()
    for body, organization_id in places.items():
        present = now.get(body)
        if present is not None and present.organization_id == organization_id:
            continue
        if present is not None:
            changed |= dict.fromkeys(_leave(present, now, places, seq=seq))
        session.add(DossierParty(dossier_id=dossier.id, body=body, organization_id=organization_id, since_seq=seq))
        changed[body] = str(organization_id)
    session.flush()
    return changed


def let_leave(session: Session, dossier: Dossier, places: Iterable[str], *, seq: int) -> dict[str, Any]:
    """End the part of whoever fills these places: entry `seq` is the last they may read; return it for the diary."""
    now = current_parties(session, dossier)
    left = [body for body in places if body in now]
    for body in left:
        now[body].until_seq = max(seq, now[body].since_seq)
    session.flush()
    return dict.fromkeys(left)


def _leave(
    replaced: DossierParty, now: Mapping[str, DossierParty], places: Mapping[str, UUID], *, seq: int
) -> list[str]:
    """End the part of a replaced organization; return the other places that it leaves empty."""
    replaced.until_seq = max(seq - 1, replaced.since_seq)
    left = []
    for body, party in now.items():
        together = (party.organization_id, party.since_seq) == (replaced.organization_id, replaced.since_seq)
        if together and party is not replaced and body not in places:
            party.until_seq = replaced.until_seq
            left.append(body)
    return left


def places_needed(
    session: Session, procedure: Procedure, dossier: Dossier, wanted: Iterable[str], *, on: date
) -> tuple[dict[str, UUID], list[str]]:
    """Return the organizations for places that nobody fills yet, and the places nobody was found for.

    A place that follows the territory is found anew: the dossier may have moved to another commune.
    """
    now = current_parties(session, dossier)
    found: dict[str, UUID] = {}
    missing: list[str] = []
    for body in wanted:
        follows = procedure.bodies[body].bind == "territory"
        if body in found or (body in now and not follows):
            continue
        organization = find_organization(session, procedure, body, dossier, on=on)
        if organization is not None:
            found[body] = organization.id
        elif body not in now:
            missing.append(body)
    return found, missing


def follow_territory(session: Session, procedure: Procedure, dossier: Dossier, bound: Mapping[str, UUID]) -> None:
    """Move the dossier to the commune of the body that takes over the opener's place."""
    for body, organization_id in bound.items():
        organization = session.get(Organization, organization_id)
        if procedure.bodies[body].bind == "opener" and organization is not None and organization.commune_code:
            dossier.commune_code = organization.commune_code
            dossier.province_code = organization.province_code or dossier.province_code
