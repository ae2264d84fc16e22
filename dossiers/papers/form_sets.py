"""Gathers everything a step needs on paper: what is on file as it is, and the rest as drafts from what is known.

Reads only: nothing of a set is kept, numbered or written into the diary.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.orm import Session

from dossiers.bodies import queries as bodies
from dossiers.bodies.access import Actor
from dossiers.bodies.models import Organization
from dossiers.errors import NotFoundError
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.papers.catalogue import FormEdition, Source, UnknownFormError
from dossiers.papers.context import fill_form
from dossiers.papers.file_papers import PaperDesk, office_to_draft, prints_form_numbers
from dossiers.papers.models import Paper
from dossiers.papers.queries import papers_of
from dossiers.papers.render import render_form
from dossiers.papers.uploads import DOCX
from dossiers.papers.values import WrongFieldsError
from workflow.certificates import VIETNAM
from workflow.model import Transition
from workflow.vocabulary import Text

_ON_FILE: Final = ("issued", "signed")


class NoFormsError(NotFoundError):
    """The step needs no paper that is on file or that the caller's body could prepare."""

    code = "no-forms"
    title = Text(
        "Bước này không có văn bản nào mà cơ quan bạn soạn hoặc đã có trong hồ sơ",
        "For this step there is no paper on file and none that your body prepares",
    )


@dataclass(frozen=True, slots=True)
class SetItem:
    """One paper of a set; without `content` it is only named, for another body prepares it or a scan is awaited."""

    form: str
    title: Text
    #: `draft`, `issued`, `signed`, or `awaited` when there is nothing to enclose.
    state: str
    number: str | None = None
    doc_date: date | None = None
    content: bytes | None = None
    media_type: str = DOCX
    #: How many values that the form requires are left as dots.
    blanks: int = 0
    #: Whether the bytes were made here: only these may be handed to a word processor.
    made_here: bool = True


@dataclass(frozen=True, slots=True)
class FormSet:
    """The papers of one step of one dossier, in the order in which the law names them."""

    dossier_number: str
    step: Text
    on: date
    items: tuple[SetItem, ...]

    @property
    def enclosed(self) -> tuple[SetItem, ...]:
        """Return the papers that have content."""
        return tuple(item for item in self.items if item.content is not None)


@dataclass(frozen=True, slots=True)
class _Gathering:
    """What the making of one set goes by."""

    session: Session
    desk: PaperDesk
    dossier: Dossier
    actor: Actor
    transition: Transition
    at: datetime
    papers: Mapping[str, Sequence[Paper]]

    @property
    def on(self) -> date:
        """Return the day in Việt Nam."""
        return self.at.astimezone(VIETNAM).date()


def form_set(
    session: Session, desk: PaperDesk, dossier: Dossier, transition: Transition, *, actor: Actor, at: datetime
) -> FormSet:
    """Return every form the step requires or offers: on file as it is, else a draft, else its title only.

    A value nobody knows is left as dots; a form of which several may be used is there in each kind.  Raises
    NoFormsError when nothing could be enclosed.
    """
    papers: dict[str, list[Paper]] = {}
    for paper in papers_of(session, dossier, actor):
        papers.setdefault(paper.form, []).append(paper)
    gathering = _Gathering(session, desk, dossier, actor, transition, at, papers)
    items = tuple(item for form_id in _forms_of(transition) for item in _items(gathering, form_id))
    if not any(item.content is not None for item in items):
        raise NoFormsError
    return FormSet(dossier.number, transition.title, gathering.on, items)


def draft_with_blanks(
    session: Session,
    desk: PaperDesk,
    dossier: Dossier,
    form: FormEdition,
    issuer: Organization,
    stated: Mapping[str, object],
    *,
    on: date,
) -> tuple[bytes, int]:
    """Return the .docx of a form with dots for what nobody knows, and how many required values are left so.

    A known value of the wrong kind is left as dots too: a set is a help, an officer fills in by hand.
    """
    filled = fill_form(session, desk.catalogue, form, dossier, issuer, desk.sealer, stated, on=on)
    values = dict(filled.values)
    relaxed = replace(form, required=(), optional=(*form.required, *form.optional))
    show_number = prints_form_numbers(session, desk.law)
    try:
        data = render_form(desk.catalogue, relaxed, values, demo=desk.demo, draft=True, show_number=show_number)
    except WrongFieldsError as wrong:
        values = {name: value for name, value in values.items() if name not in {field for field, _ in wrong.fields}}
        data = render_form(desk.catalogue, relaxed, values, demo=desk.demo, draft=True, show_number=show_number)
    asked = [name for name in form.required if desk.catalogue.variable(name).source is not Source.DOCUMENT]
    return data, sum(name not in values for name in asked)


def _forms_of(transition: Transition) -> Iterable[str]:
    """Return the ids of the forms, each once: those that must be there first, then those that are made."""
    return dict.fromkeys([form for forms in transition.requires for form in forms] + list(transition.generates))


def _items(gathering: _Gathering, form_id: str) -> Iterator[SetItem]:
    """Yield the papers of one form: the latest on file that still serves, else a draft, else its title."""
    on_file = [paper for paper in gathering.papers.get(form_id, ()) if _serves(paper, gathering.transition)]
    if on_file:
        yield _as_filed(gathering, on_file[-1])
        return
    try:
        form = gathering.desk.catalogue.form(form_id, gathering.on)
    except UnknownFormError:
        return  # a form of another time that the step names beside its successor
    yield _as_draft(gathering, form) or SetItem(form_id, form.title, "awaited")


def _serves(paper: Paper, transition: Transition) -> bool:
    """Say whether a paper on file is one for this step: not void, not replaced, not used up where it must be new."""
    used = paper.used_seq is not None and paper.form in transition.fresh
    return paper.state in _ON_FILE and paper.superseded_by_id is None and not used


def _as_filed(gathering: _Gathering, paper: Paper) -> SetItem:
    signed = paper.state == "signed"
    key, media_type = (paper.signed_sha256, paper.signed_media_type) if signed else (None, None)
    key, media_type = key or paper.object_sha256, media_type or paper.media_type
    assert key is not None
    assert media_type is not None
    form = gathering.desk.catalogue.form(paper.form, paper.doc_date or gathering.on)
    return SetItem(
        form=paper.form,
        title=form.title,
        state=paper.state,
        number=paper.display_number,
        doc_date=paper.doc_date,
        content=gathering.desk.store.read(key),
        media_type=media_type,
        made_here=paper.origin == "generated" and key == paper.object_sha256,
    )


def _as_draft(gathering: _Gathering, form: FormEdition) -> SetItem | None:
    """Return the newest draft of the caller's body, or a first one; None for a form that it does not prepare."""
    if form.template is None:
        return None
    session, dossier = gathering.session, gathering.dossier
    procedure = gathering.desk.law.pinned(session, dossier.procedure_sha256)
    office = office_to_draft(procedure, current_parties(session, dossier), form, gathering.actor)
    if office is None:
        return None
    drafts = [paper for paper in gathering.papers.get(form.form_id, ()) if paper.state == "draft"]
    issuer = drafts[-1].issuer if drafts else bodies.organization(session, office.organization_id)
    stated = {name: value for name, value in drafts[-1].fields.items() if name in form.declared} if drafts else {}
    content, blanks = draft_with_blanks(session, gathering.desk, dossier, form, issuer, stated, on=gathering.on)
    return SetItem(form.form_id, form.title, "draft", content=content, blanks=blanks)
