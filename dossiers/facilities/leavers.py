"""Who leaves a facility soon and what is missing for it: papers of the release, duties before the end.  Reads only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.changes import CHANGED, TAKEN_BACK, stand_ins, standing_entries
from dossiers.evidence.models import DiaryEntry
from dossiers.facilities import law_reading
from dossiers.facilities.board import Duty, Leaver, Needed, Page, last_day_of, leaving_query
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.limits.models import Deadline
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM
from workflow.model import Procedure


def leaving(session: Session, law: Law, bodies: Collection[UUID], *, at: datetime, page: Page) -> list[Leaver]:
    """Return a page of those whose term ends soon or has ended, the soonest first, each with what is missing."""
    found = session.execute(leaving_query(law, bodies, at).limit(page.limit).offset(page.offset)).all()
    ids = [row.id for row, _term in found]
    on_file, duties = _forms_on_file(session, ids), _limits(session, ids)
    today = at.astimezone(VIETNAM).date()
    leavers = []
    for row, term in found:
        procedure = law.pinned(session, row.procedure_sha256)
        last_day = last_day_of(term.due_at)
        leavers.append(
            Leaver(
                dossier=row,
                procedure=procedure,
                term=term,
                last_day=last_day,
                days_left=(last_day - today).days,
                papers=_papers(procedure, row, on_file.get(row.id, set())),
                duties=_duties(procedure, duties.get(row.id, {})),
            )
        )
    return leavers


def _papers(procedure: Procedure, dossier: Dossier, on_file: set[str]) -> tuple[Needed, ...]:
    release = law_reading.release_from(procedure, dossier.state)
    if release is None:
        return ()
    needed = [(forms, True) for forms in release.requires]
    needed += [(forms, False) for forms in law_reading.papers_handed_over(procedure, release)]
    return tuple(Needed(forms, not on_file.isdisjoint(forms), waited_for) for forms, waited_for in needed)


def _duties(procedure: Procedure, rows: dict[str, Deadline]) -> tuple[Duty, ...]:
    return tuple(Duty(limit, rows[limit.id]) for limit in law_reading.duties_before_end(procedure) if limit.id in rows)


def _forms_on_file(session: Session, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """Return the forms of which a signed paper is on file, with those that one of an edition before stands for."""
    query = select(Paper.dossier_id, Paper.form).where(Paper.dossier_id.in_(ids), Paper.state == "signed")
    found: dict[UUID, set[str]] = {}
    for dossier_id, form in session.execute(query):
        found.setdefault(dossier_id, set()).add(form)
    changes = select(DiaryEntry).where(DiaryEntry.dossier_id.in_(ids), DiaryEntry.kind.in_((CHANGED, TAKEN_BACK)))
    entries: dict[UUID, list[DiaryEntry]] = {}
    for entry in session.scalars(changes.order_by(DiaryEntry.dossier_id, DiaryEntry.seq)):
        entries.setdefault(entry.dossier_id, []).append(entry)
    for dossier_id, told in entries.items():
        forms = found.setdefault(dossier_id, set())
        forms |= {new for new, old in stand_ins(standing_entries(told)).items() if not forms.isdisjoint(old)}
    return found


def _limits(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, Deadline]]:
    """Return the present count of each limit, by dossier and rule."""
    query = select(Deadline).where(Deadline.dossier_id.in_(ids), Deadline.state != "superseded")
    found: dict[UUID, dict[str, Deadline]] = {}
    for row in session.scalars(query.order_by(Deadline.started_seq)):
        found.setdefault(row.dossier_id, {})[row.rule] = row
    return found
