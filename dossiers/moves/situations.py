"""Gathers what decisions may look at: facts, papers, limits, side machines, offices.  Reads only.

A survey reads it for many dossiers at once, in as many statements as for one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.evidence.changes import changes_by_dossier, stand_ins
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.files.operations import current_parties, parties_by_dossier
from dossiers.limits.queries import limits_as_guards_see_them
from dossiers.papers.queries import signed_forms
from workflow import engine
from workflow.calendar import Calendar
from workflow.model import Procedure
from workflow.predicates import OpenLimit, Situation


@dataclass(frozen=True, slots=True)
class Survey:
    """What the situations of some dossiers are made of, as it was when it was read; all by the id of the dossier."""

    calendar: Calendar
    policies: Mapping[str, str]
    proceedings: Mapping[UUID, list[Proceeding]]
    parties: Mapping[UUID, Mapping[str, DossierParty]]
    _limits: Mapping[UUID, Mapping[str, OpenLimit]]
    #: The forms on file, and those of which one is not used up.
    _papers: Mapping[UUID, tuple[frozenset[str], frozenset[str]]]

    def situation(self, dossier: Dossier, *, occurred_at: datetime, proceeding: Proceeding | None = None) -> Situation:
        """Return the situation of a dossier, or of one of its side machines, at the moment of an act."""
        on_file, unused = self._papers[dossier.id]
        return Situation(
            state=proceeding.state if proceeding else dossier.state,
            facts=dict(dossier.facts),
            occurred_at=occurred_at,
            papers=on_file,
            unused_papers=unused,
            limits=self._limits[dossier.id],
            proceedings={each.kind: each.state for each in self.proceedings[dossier.id]},
            policies=self.policies,
            last_act_at=proceeding.last_act_at if proceeding else dossier.last_act_at,
        )


def survey(session: Session, law: Law, ids: Collection[UUID]) -> Survey:
    """Read what the situations of these dossiers are made of."""
    return Survey(
        calendar=law.calendar(session),
        policies=law.policies_in_force(session),
        proceedings=proceedings_by_dossier(session, ids),
        parties=parties_by_dossier(session, ids),
        _limits=limits_as_guards_see_them(session, ids),
        _papers=_forms_on_file(session, ids),
    )


def situation_of(
    session: Session, law: Law, dossier: Dossier, *, occurred_at: datetime, proceeding: Proceeding | None = None
) -> Situation:
    """Return the situation of the dossier, or of one of its side machines, at the moment of an act."""
    return survey(session, law, [dossier.id]).situation(dossier, occurred_at=occurred_at, proceeding=proceeding)


def _forms_on_file(session: Session, ids: Collection[UUID]) -> Mapping[UUID, tuple[frozenset[str], frozenset[str]]]:
    """Return the forms of which a signed paper is on file, and those of which one is not used up, by dossier.

    A paper of an edition that the dossier has left counts as the form it stands for under the present one.
    """
    changes, found = changes_by_dossier(session, ids), {}
    for dossier_id, (on_file, unused) in signed_forms(session, ids).items():
        standing_in = stand_ins(changes.get(dossier_id, ()))
        also_on_file = {new for new, old in standing_in.items() if not on_file.isdisjoint(old)}
        also_unused = {new for new, old in standing_in.items() if not unused.isdisjoint(old)}
        found[dossier_id] = frozenset(on_file | also_on_file), frozenset(unused | also_unused)
    return found


def proceedings_of(session: Session, dossier: Dossier, *, open_only: bool = False) -> list[Proceeding]:
    """Return the side machines of a dossier in the order they were opened."""
    found = proceedings_by_dossier(session, [dossier.id])[dossier.id]
    return [each for each in found if each.closed_at is None] if open_only else found


def proceedings_by_dossier(session: Session, ids: Collection[UUID]) -> dict[UUID, list[Proceeding]]:
    """Return the side machines of these dossiers in the order they were opened, by dossier."""
    query = select(Proceeding).where(Proceeding.dossier_id.in_(ids)).order_by(Proceeding.opened_at, Proceeding.number)
    found: dict[UUID, list[Proceeding]] = {each: [] for each in ids}
    for proceeding in session.scalars(query):
        found[proceeding.dossier_id].append(proceeding)
    return found


def actor_in(session: Session, procedure: Procedure, dossier: Dossier, actor: Actor) -> engine.Actor:
    """Return the caller's offices as the procedure sees them: held in the body that fills the place, or elsewhere."""
    return offices_in(current_parties(session, dossier), procedure, actor)


def offices_in(parties: Mapping[str, DossierParty], procedure: Procedure, actor: Actor) -> engine.Actor:
    """Return the caller's offices as the procedure sees them, where these bodies fill its places."""
    places = {body: party.organization_id for body, party in parties.items()}
    here: set[str] = set()
    elsewhere: set[str] = set()
    for office in actor.offices:
        role = procedure.roles.get(office.role)
        if role is None or role.body is None:
            continue
        (here if office.acts_for(places.get(role.body)) else elsewhere).add(role.id)
    return engine.Actor(frozenset(here), frozenset(elsewhere - here))


def offices_of_bodies(parties: Mapping[str, DossierParty], procedure: Procedure, actor: Actor) -> frozenset[str]:
    """Return every office of the places that the caller's bodies fill in a dossier, whoever holds it."""
    here = {place for place, party in parties.items() if party.organization_id in actor.organization_ids}
    return frozenset(role.id for role in procedure.roles.values() if role.body in here)
