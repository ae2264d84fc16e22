"""Gathers what a decision may look at: facts, papers, limits, side machines, offices.  Reads only."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.evidence.changes import changes_of, stand_ins
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.operations import current_parties
from dossiers.limits.queries import limits_as_guards_see_them
from dossiers.papers.queries import signed_forms
from workflow import engine
from workflow.model import Procedure
from workflow.predicates import Situation


def situation_of(
    session: Session, law: Law, dossier: Dossier, *, occurred_at: datetime, proceeding: Proceeding | None = None
) -> Situation:
    """Return the situation of the dossier, or of one of its side machines, at the moment of an act."""
    on_file, unused = forms_on_file(session, dossier)
    return Situation(
        state=proceeding.state if proceeding else dossier.state,
        facts=dict(dossier.facts),
        occurred_at=occurred_at,
        papers=on_file,
        unused_papers=unused,
        limits=limits_as_guards_see_them(session, dossier.id),
        proceedings={each.kind: each.state for each in proceedings_of(session, dossier)},
        policies=law.policies_in_force(session),
        last_act_at=proceeding.last_act_at if proceeding else dossier.last_act_at,
    )


def forms_on_file(session: Session, dossier: Dossier) -> tuple[frozenset[str], frozenset[str]]:
    """Return the forms of which a signed paper is on file, and those of which one is not used up.

    A paper of an edition that the dossier has left counts as the form it stands for under the present one.
    """
    on_file, unused = signed_forms(session, dossier.id)
    standing_in = stand_ins(changes_of(session, dossier.id))
    also_on_file = {new for new, old in standing_in.items() if not on_file.isdisjoint(old)}
    also_unused = {new for new, old in standing_in.items() if not unused.isdisjoint(old)}
    return on_file | also_on_file, unused | also_unused


def proceedings_of(session: Session, dossier: Dossier, *, open_only: bool = False) -> list[Proceeding]:
    """Return the side machines of a dossier in the order they were opened."""
    query = (
        select(Proceeding).where(Proceeding.dossier_id == dossier.id).order_by(Proceeding.opened_at, Proceeding.number)
    )
    if open_only:
        query = query.where(Proceeding.closed_at.is_(None))
    return list(session.scalars(query))


def actor_in(session: Session, procedure: Procedure, dossier: Dossier, actor: Actor) -> engine.Actor:
    """Return the caller's offices as the procedure sees them: held in the body that fills the place, or elsewhere."""
    places = {body: party.organization_id for body, party in current_parties(session, dossier).items()}
    here: set[str] = set()
    elsewhere: set[str] = set()
    for office in actor.offices:
        role = procedure.roles.get(office.role)
        if role is None or role.body is None:
            continue
        (here if office.acts_for(places.get(role.body)) else elsewhere).add(role.id)
    return engine.Actor(frozenset(here), frozenset(elsewhere - here))
