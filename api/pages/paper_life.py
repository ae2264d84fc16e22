"""The buttons of a paper's life: a draft edited or discarded, an issued paper made void with a reason."""

from __future__ import annotations

from uuid import UUID

from flask import flash, request, url_for
from flask_babel import gettext as _

from api.auth.callers import allow, caller
from api.house import house
from api.pages.blueprint import pages
from api.pages.forms import form_version, submit
from api.pages.papers import SHOWN_AGAIN, Shown, draft_form, paper_page, typed_draft
from api.problems import status_of
from api.writing import Unit
from dossiers.errors import DossierError, NotFoundError
from dossiers.papers.models import Paper
from dossiers.papers.paper_life import discard_draft, edit_draft, void_paper
from dossiers.papers.queries import paper_to_read


@pages.get("/papers/<uuid:paper_id>/edit")
@allow("paper:write")
def show_edit(paper_id: UUID) -> Shown:
    """Show a draft as a form that holds what was stated."""
    return _edit_form(paper_id)


@pages.post("/papers/<uuid:paper_id>/edit")
@allow("paper:write")
def do_edit(paper_id: UUID) -> Shown:
    """Put what was typed into the draft, or show every item that is missing or wrong."""
    if "more_rows" in request.form:
        return _edit_form(paper_id, typed=True)

    def work(unit: Unit) -> str:
        paper = paper_to_read(unit.session, paper_id, unit.actor)
        edit_draft(
            unit.session,
            house().desk,
            paper_id,
            typed_draft(unit, paper.dossier_id, paper.form),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã sửa bản nháp."))
        return url_for("pages.show_paper", paper_id=paper_id)

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return _edit_form(paper_id, typed=True, refusal=refusal), status_of(refusal)


@pages.post("/papers/<uuid:paper_id>/discard")
@allow("paper:write")
def do_discard(paper_id: UUID) -> Shown:
    """Take a draft away."""

    def work(unit: Unit) -> str:
        dossier = discard_draft(
            unit.session, house().desk, paper_id, expected_version=form_version(), actor=unit.actor, at=unit.at
        )
        flash(_("Đã bỏ bản nháp."))
        return url_for("pages.show_dossier", dossier_id=dossier.id, _anchor="papers")

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return paper_page(paper_id, refusal), status_of(refusal)


@pages.post("/papers/<uuid:paper_id>/void")
@allow("paper:write")
def do_void(paper_id: UUID) -> Shown:
    """Make an issued paper void."""

    def work(unit: Unit) -> str:
        void_paper(
            unit.session,
            house().desk,
            paper_id,
            request.form.get("reason", ""),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã hủy văn bản. Số đã cấp không dùng lại."))
        return url_for("pages.show_paper", paper_id=paper_id)

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return paper_page(paper_id, refusal), status_of(refusal)


def _edit_form(paper_id: UUID, *, typed: bool = False, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        paper: Paper = paper_to_read(session, paper_id, caller())
        if paper.state != "draft":
            raise NotFoundError
        dossier_id, form_id, stated = paper.dossier_id, paper.form, dict(paper.fields)
    return draft_form(dossier_id, form_id, typed=typed, refusal=refusal, stated=stated, edited=paper_id)
