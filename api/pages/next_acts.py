"""Says on the page that follows an act what can be done next, so that nobody has to look for the way on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.pages.grouping import group_moves
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.limits.models import Deadline
from dossiers.moves.possibilities import possible_moves
from dossiers.moves.situations import offices_of_bodies
from workflow.model import Procedure


def next_acts(
    session: Session, dossier: Dossier, procedure: Procedure, limits: Iterable[Deadline], *, at: datetime
) -> Mapping[str, Any]:
    """Return what the lists of acts of a page need: the moves from here, those that end a running limit first."""
    urgent = frozenset(row.rule for row in limits if row.state == "running")
    found = possible_moves(session, house().law, dossier, caller(), at=at)
    own = offices_of_bodies(current_parties(session, dossier), procedure, caller())
    return {"moves": group_moves(found, urgent=urgent, own=own), "procedure": procedure, "urgent": urgent}
