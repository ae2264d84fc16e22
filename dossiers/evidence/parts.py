"""What a body that has left a dossier still sees of it: how it stood after the last entry that body may read.

Reads only; for those who take part the rows themselves are the answer.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.evidence.diary import diary_of
from dossiers.evidence.folding import Folded, fold
from dossiers.files.models import Dossier
from dossiers.files.queries import readable_until, takes_part


def part_of(session: Session, dossier: Dossier, actor: Actor) -> Folded | None:
    """Return the dossier as it stood when the caller's bodies left it, None while one of them takes part."""
    if takes_part(session, dossier, actor):
        return None
    return fold(diary_of(session, dossier.id, until_seq=readable_until(session, dossier, actor)))
