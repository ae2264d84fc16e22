"""Reads papers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import NotFoundError
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read, readable_until
from dossiers.papers.models import Paper


def signed_forms(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[set[str], set[str]]]:
    """Return, by dossier, the forms of which a signed paper is on file, and those of which one is not used up."""
    query = select(Paper.dossier_id, Paper.form, Paper.used_seq).where(
        Paper.dossier_id.in_(ids), Paper.state == "signed"
    )
    found: dict[UUID, tuple[set[str], set[str]]] = {each: (set(), set()) for each in ids}
    for dossier_id, form, used in session.execute(query):
        on_file, unused = found[dossier_id]
        on_file.add(form)
        if used is None:
            unused.add(form)
    return found


def use_up(session: Session, dossier_id: UUID, forms: Iterable[str], *, seq: int) -> list[str]:
    """Note that an act used up the unused papers of `forms`; return their ids."""
    wanted = select(Paper).where(
        Paper.dossier_id == dossier_id, Paper.form.in_(list(forms)), Paper.state == "signed", Paper.used_seq.is_(None)
    )
    papers = session.scalars(wanted.order_by(Paper.folio)).all()
    for paper in papers:
        paper.used_seq = seq
    return [str(paper.id) for paper in papers]


def papers_of(session: Session, dossier: Dossier, actor: Actor) -> Sequence[Paper]:
    """Return the papers the caller may read: filed in their part, and their own drafts; by folio, drafts last."""
    until = readable_until(session, dossier, actor)
    if until < dossier.version:
        named = select(DiaryEntry.payload["paper"].as_string()).where(
            DiaryEntry.dossier_id == dossier.id, DiaryEntry.kind == "paper", DiaryEntry.seq <= until
        )
        visible = {UUID(text) for text in session.scalars(named) if text}
    else:
        visible = None
    query = select(Paper).where(Paper.dossier_id == dossier.id).order_by(Paper.folio, Paper.created_at)
    rows = [paper for paper in session.scalars(query) if _readable(paper, actor, visible)]
    return sorted(rows, key=lambda paper: (paper.folio is None, paper.folio or 0, paper.created_at))


def paper_to_read(session: Session, paper_id: UUID, actor: Actor) -> Paper:
    """Return a paper that the caller may read; raises NotFoundError, also for one they may not know of."""
    paper = session.get(Paper, paper_id)
    if paper is None:
        raise NotFoundError
    dossier = dossier_to_read(session, paper.dossier_id, actor)
    if paper.id not in {each.id for each in papers_of(session, dossier, actor)}:
        raise NotFoundError
    return paper


def next_folio(session: Session, dossier_id: UUID) -> int:
    """Return the next position in the file; the caller holds the dossier's row lock."""
    last = session.scalar(select(func.max(Paper.folio)).where(Paper.dossier_id == dossier_id))
    return (last or 0) + 1


def _readable(paper: Paper, actor: Actor, visible: set[UUID] | None) -> bool:
    if paper.state == "draft":
        return paper.issuer_id in actor.organization_ids
    return visible is None or paper.id in visible
