"""Says which paper on file another one may be issued in place of, and lets one take the place of the other.

Called while a paper is issued, so that both are written together; never writes the diary itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import PaperRefusedError
from dossiers.papers.models import Paper
from dossiers.papers.queries import paper_to_read
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: A paper in one of these states stands, unless another one has taken its place.
STANDING: Final = ("issued", "signed")
_OTHER_PAPER: Final = Text(
    "Chỉ thay thế được văn bản cùng loại, của cùng cơ quan, trong cùng hồ sơ",
    "Only a paper of the same kind, of the same body and in the same dossier can be replaced",
)
_NOT_STANDING: Final = Text(
    "Văn bản được thay thế phải còn hiệu lực: đã ban hành, chưa hủy, chưa bị văn bản khác thay thế",
    "The replaced paper must stand: issued, not void, not replaced by another one",
)


def replaceable_papers(session: Session, paper: Paper, actor: Actor) -> Sequence[Paper]:
    """Return the papers that this draft may be issued in place of, by folio."""
    query = select(Paper).where(
        Paper.dossier_id == paper.dossier_id,
        Paper.form == paper.form,
        Paper.state.in_(STANDING),
        Paper.superseded_by_id.is_(None),
    )
    found = session.scalars(query.order_by(Paper.folio)).all()
    return [each for each in found if _same_body(each, paper, actor)]


def take_place_of(session: Session, paper: Paper, replaced_id: UUID, actor: Actor) -> Paper:
    """Let a paper that is being issued take the place of another one; return that one.

    An act that used the other up has used this one up too: a correction is no new ground for a second act.  Raises
    NotFoundError or PaperRefusedError.
    """
    replaced = paper_to_read(session, replaced_id, actor)
    session.refresh(replaced)
    if replaced.dossier_id != paper.dossier_id or replaced.form != paper.form or not _same_body(replaced, paper, actor):
        raise PaperRefusedError([Reason("PAPER", _OTHER_PAPER, "", Effect.REFUSE)])
    if replaced.state not in STANDING or replaced.superseded_by_id is not None:
        raise PaperRefusedError([Reason("PAPER", _NOT_STANDING, "", Effect.REFUSE)])
    replaced.superseded_by_id, paper.used_seq = paper.id, replaced.used_seq
    return replaced


def replaced_by(session: Session, paper: Paper) -> Sequence[Paper]:
    """Return the papers that this one was issued in place of."""
    return session.scalars(select(Paper).where(Paper.superseded_by_id == paper.id).order_by(Paper.folio)).all()


def _same_body(replaced: Paper, paper: Paper, actor: Actor) -> bool:
    """Say whether the caller's body issued both, or has succeeded the body that issued the one."""
    return any(office.acts_for(replaced.issuer_id) and office.acts_for(paper.issuer_id) for office in actor.offices)
