"""What may happen to a paper besides being issued and signed: a draft is edited or discarded, an issued one made void.

A void paper keeps its number, its folio and its bytes; only what it did ends.  Never touches what an act rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, and_, column, or_, select, table
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.errors import InvalidDataError, NotAllowedError, PaperRefusedError
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_change
from dossiers.papers.context import GIVEN_AT_ISSUE
from dossiers.papers.entering import enter_paper, must_take_part
from dossiers.papers.file_papers import PaperDesk, drafting_office, render_draft, signing_office
from dossiers.papers.models import Paper
from dossiers.papers.queries import paper_to_read
from dossiers.papers.replacing import replaced_by
from dossiers.papers.values import UnknownFieldsError, clean_text, label_of
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

VOID_REASON_MAX: Final = 500

_NO_DRAFT: Final = Text("Văn bản không còn là bản nháp", "The paper is no draft any more")
_STILL_DRAFT: Final = Text(
    "Bản nháp thì bỏ đi, không hủy: chưa có số nào được cấp", "A draft is discarded, not made void: it has no number"
)
_IS_VOID: Final = Text("Văn bản đã bị hủy", "The paper is void already")
_IS_REPLACED: Final = Text("Văn bản đã được văn bản khác thay thế", "Another paper has taken its place already")
_IS_USED: Final = Text(
    "Đã có quyết định, hành vi tố tụng dựa trên văn bản này: không hủy được, hãy ban hành văn bản thay thế",
    "An act has been made on the strength of this paper: it cannot be void; issue one that replaces it",
)
_IS_TITLE: Final = Text(
    "Văn bản đang là căn cứ quản lý người: không hủy được khi người đó còn bị quản lý theo văn bản này",
    "The paper is the title under which the person is held: it cannot be void while that lasts",
)
_BAD_REASON: Final = Text(
    f"Phải nêu lý do, không quá {VOID_REASON_MAX} ký tự", f"A reason is needed, of at most {VOID_REASON_MAX} characters"
)

# Names of columns instead of models: custody is a room on this floor.
_CUSTODY = table(
    "custody_interval", column("dossier_id", Uuid), column("instrument"), column("paper_id", Uuid), column("to_at")
)


def edit_draft(
    session: Session,
    desk: PaperDesk,
    paper_id: UUID,
    fields: Mapping[str, object],
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Paper:
    """Put other values into a draft; the diary names which changed, never what they were.

    Raises PaperRefusedError when it is no draft, MissingFieldsError, UnknownFieldsError, NotAllowedError.
    """
    paper, dossier = _to_change(session, paper_id, actor, expected_version)
    form = desk.catalogue.form(paper.form, at.astimezone(VIETNAM).date())
    _must_be_draft(paper)
    office = _drafting(session, desk, dossier, paper, actor, at)
    forbidden = sorted(name for name in fields if name in GIVEN_AT_ISSUE or name not in form.declared)
    if forbidden:
        raise UnknownFieldsError([(name, label_of(desk.catalogue, name)) for name in forbidden])
    before = paper.fields
    changed = sorted(name for name in {*before, *fields} if before.get(name) != fields.get(name))
    paper.fields, paper.edition = dict(fields), form.valid_from.isoformat()
    _, filled = render_draft(session, desk, dossier, paper, at=at)
    paper.sources = dict(filled.sources)
    enter_paper(session, dossier, paper, "draft_edited", actor, office, at, {"changed": changed})
    return paper


def discard_draft(
    session: Session, desk: PaperDesk, paper_id: UUID, *, expected_version: int | None, actor: Actor, at: datetime
) -> Dossier:
    """Take a draft away for good and return its dossier; it had no number, so none is lost."""
    paper, dossier = _to_change(session, paper_id, actor, expected_version)
    _must_be_draft(paper)
    office = _drafting(session, desk, dossier, paper, actor, paper.created_at)
    enter_paper(session, dossier, paper, "draft_discarded", actor, office, at, {})
    session.delete(paper)
    session.flush()
    return dossier


def void_paper(
    session: Session,
    desk: PaperDesk,
    paper_id: UUID,
    reason: str,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Paper:
    """Make an issued or signed paper void; its number stays given, and what it replaced stands again.

    Raises PaperRefusedError for a draft, a paper that is void, replaced or used up, and for a title in force;
    InvalidDataError without a reason; PaperRefusedError or NotAllowedError when the caller's office does not sign it.
    """
    paper, dossier = _to_change(session, paper_id, actor, expected_version)
    said = clean_text(reason, lines=False)
    if not said or len(said) > VOID_REASON_MAX:
        raise InvalidDataError([Reason("BAD_FIELD", _BAD_REASON, "", Effect.REFUSE, clause="reason")])
    office = _voiding_office(desk, paper, actor)
    must_take_part(session, dossier, office)
    if why := obstacles_to_void(session, paper):
        raise PaperRefusedError([Reason("PAPER", text, "", Effect.REFUSE) for text in why])
    standing_again = replaced_by(session, paper)
    for each in standing_again:
        each.superseded_by_id = None
    paper.state, paper.void_reason = "void", said
    more = {"reason": said, "reinstates": [str(each.id) for each in standing_again]}
    enter_paper(session, dossier, paper, "paper_voided", actor, office, at, more)
    return paper


def obstacles_to_void(session: Session, paper: Paper) -> list[Text]:
    """Return every reason why a paper cannot be made void as things stand."""
    if paper.state in ("draft", "void"):
        return [_STILL_DRAFT if paper.state == "draft" else _IS_VOID]
    why = []
    if paper.superseded_by_id is not None:
        why.append(_IS_REPLACED)
    if paper.used_seq is not None:
        why.append(_IS_USED)
    if _is_title_in_force(session, paper):
        why.append(_IS_TITLE)
    return why


def may_void(desk: PaperDesk, paper: Paper, actor: Actor) -> bool:
    """Say whether the caller holds an office that may make this paper void."""
    try:
        _voiding_office(desk, paper, actor)
    except (PaperRefusedError, NotAllowedError):
        return False
    return True


def _is_title_in_force(session: Session, paper: Paper) -> bool:
    """Say whether the person is held now under this paper, named by its id or, before it was on file, by its form."""
    unnamed = and_(_CUSTODY.c.paper_id.is_(None), _CUSTODY.c.instrument == paper.form)
    query = select(_CUSTODY.c.dossier_id).where(
        _CUSTODY.c.dossier_id == paper.dossier_id,
        _CUSTODY.c.to_at.is_(None),
        or_(_CUSTODY.c.paper_id == paper.id, unnamed),
    )
    return session.execute(query.limit(1)).first() is not None


def _to_change(session: Session, paper_id: UUID, actor: Actor, expected_version: int | None) -> tuple[Paper, Dossier]:
    """Return a paper and its dossier, locked; raises NotFoundError or StaleVersionError."""
    paper = paper_to_read(session, paper_id, actor)
    dossier = dossier_to_change(session, paper.dossier_id, actor, expected_version=expected_version)
    session.refresh(paper)
    return paper, dossier


def _must_be_draft(paper: Paper) -> None:
    if paper.state != "draft":
        raise PaperRefusedError([Reason("PAPER", _NO_DRAFT, "", Effect.REFUSE)])


def _drafting(
    session: Session, desk: PaperDesk, dossier: Dossier, paper: Paper, actor: Actor, moment: datetime
) -> Office:
    """Return the caller's office that prepares the form for the body whose draft it is; raises NotAllowedError."""
    form = desk.catalogue.form(paper.form, moment.astimezone(VIETNAM).date())
    office = drafting_office(session, desk.law, dossier, form, actor)
    if not office.acts_for(paper.issuer_id):
        raise NotAllowedError
    return office


def _voiding_office(desk: PaperDesk, paper: Paper, actor: Actor) -> Office:
    """Return the office that signs the form, or, for a scan, one of the body that put it on file."""
    if paper.origin == "generated":
        day = paper.doc_date or paper.created_at.astimezone(VIETNAM).date()
        return signing_office(desk.catalogue.form(paper.form, day), paper, actor)[0]
    office = next((each for each in actor.offices if each.acts_for(paper.issuer_id)), None)
    if office is None:
        raise NotAllowedError
    return office
