"""Says what happened to a dossier since somebody opened a form, for a form that came too late.  Reads only."""

from __future__ import annotations

from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.pages.showing import EntryLine, entry_lines, procedures_of
from dossiers.bodies.naming import names_of
from dossiers.evidence.diary import diary_of
from dossiers.files.models import Dossier
from dossiers.files.queries import readable_until


def changes_since(session: Session, dossier: Dossier, version: int) -> list[EntryLine]:
    """Return the diary entries after the version a form was made on."""
    entries = diary_of(session, dossier.id, until_seq=readable_until(session, dossier, caller()))
    later = [entry for entry in entries if entry.seq > version]
    names = names_of(session, accounts=[e.account_id for e in later], organizations=[e.body_id for e in later])
    return entry_lines(later, procedures_of(session, dossier), names)
