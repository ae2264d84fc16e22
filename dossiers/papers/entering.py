"""What every act on a paper shares: who may act now, and the diary entry that the act leaves.

Never changes a paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.errors import NotAllowedError
from dossiers.evidence.diary import Happening, append_entry, author_in
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.papers.models import Paper

#: The kind of the diary entries about papers on file, and of those about drafts: they file nothing.
FILED: Final = "paper"
DRAFTED: Final = "draft"


def must_take_part(session: Session, dossier: Dossier, office: Office) -> None:
    """Refuse an office whose body has left the dossier: what it prepared while it took part is not done later."""
    if not any(office.acts_for(party.organization_id) for party in current_parties(session, dossier).values()):
        raise NotAllowedError


def enter_paper(
    session: Session,
    dossier: Dossier,
    paper: Paper,
    trigger: str,
    actor: Actor,
    office: Office,
    at: datetime,
    more: Mapping[str, Any],
) -> None:
    """Write the diary entry of an act on a paper, with what `more` says about the act; about a draft it says no more.

    The row of the paper is flushed first, so that what the entry says of it is what is kept.
    """
    session.flush()
    kind = DRAFTED if paper.state == "draft" else FILED
    payload: dict[str, Any] = {"paper": str(paper.id), "form": paper.form}
    if kind == FILED:
        payload |= {
            "number": paper.display_number,
            "doc_date": paper.doc_date.isoformat() if paper.doc_date else None,
            "folio": paper.folio,
            "sha256": paper.signed_sha256 or paper.object_sha256,
        }
    append_entry(
        session,
        dossier,
        Happening(kind, trigger, dossier.state, dossier.state, {**payload, **more}),
        author=author_in(actor, office),
        occurred_at=at,
        at=at,
    )
