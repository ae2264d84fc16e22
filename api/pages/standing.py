"""How a dossier stands for the caller: as it is now or, once the caller's bodies have left it, as it stood then.

Reads only; what happened after a body left is never shown to it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from dossiers.bodies.naming import names_of
from dossiers.errors import NotAllowedError
from dossiers.evidence.changes import MAIN
from dossiers.evidence.diary import diary_of
from dossiers.evidence.folding import Folded, fold
from dossiers.evidence.parts import part_of
from dossiers.files.models import Dossier, DossierParty
from dossiers.files.queries import dossier_to_read, places_filled
from dossiers.limits.models import Deadline
from workflow.model import State


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a dossier is, who has it and when it last moved; `version` is the last entry the caller may read."""

    state: State
    holder: str
    last_act_at: datetime
    version: int
    #: What the diary said when the caller's bodies left, None while one of them takes part.
    part: Folded | None = None

    @property
    def left(self) -> bool:
        """Say whether the caller's bodies have left the dossier."""
        return self.part is not None

    def runs(self, row: Deadline) -> bool:
        """Say whether a limit runs; for a body that has left, whether it ran then."""
        return row.state == "running" or (row.stopped_seq or 0) > self.version

    def takes_part(self, party: DossierParty) -> bool:
        """Say whether a party takes part; for a body that has left, whether it did then, itself left out."""
        if self.part is None:
            return party.until_seq is None
        own = party.organization_id in caller().organization_ids
        return not own and self.part.bodies.get(party.body) == str(party.organization_id)


def standing_of(session: Session, dossier: Dossier) -> Standing:
    """Return how one dossier stands for the caller."""
    return standings_of(session, [dossier])[dossier.id]


def standings_of(session: Session, dossiers: Collection[Dossier]) -> dict[UUID, Standing]:
    """Return how dossiers stand for the caller, by id; the diary is read only of those that were left."""
    mine = places_filled(session, caller(), [each.id for each in dossiers])
    return {each.id: _standing(session, each, None if each.id in mine else _left(session, each)) for each in dossiers}


def dossier_to_add_to(session: Session, dossier_id: UUID) -> Dossier:
    """Return a dossier that the caller's bodies take part in; raises NotFoundError, NotAllowedError once they left."""
    dossier = dossier_to_read(session, dossier_id, caller())
    if standing_of(session, dossier).left:
        raise NotAllowedError
    return dossier


def _left(session: Session, dossier: Dossier) -> Folded:
    """Return what the caller's bodies left behind; all of it while the act by which they left is the last one."""
    return part_of(session, dossier, caller()) or fold(diary_of(session, dossier.id))


def _standing(session: Session, dossier: Dossier, part: Folded | None) -> Standing:
    sha256 = dossier.procedure_sha256 if part is None else part.pins[MAIN]
    states = house().law.pinned(session, sha256).states
    if part is None:
        return Standing(states[dossier.state], dossier.holder.name, dossier.last_act_at, dossier.version)
    state = states[part.state]
    holder = part.bodies.get(state.holder)
    names = names_of(session, accounts=[], organizations=[UUID(holder)] if holder else [])
    entries = diary_of(session, dossier.id, until_seq=part.version)
    acts = [entry.occurred_at for entry in entries if entry.kind in ("opened", "moved")]
    return Standing(state, names.get(holder or "", ""), acts[-1], part.version, part)
