"""Papers through pages: drafting a form, looking at it, issuing it, and putting scans on file.

A form is asked for what the file does not know; what it knows is shown with its source and may be overruled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import Response, flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.changes import changes_since
from api.pages.dossier import paper_line
from api.pages.form_fields import form_controls, in_groups, typed_values, value_lines, with_empty_rows
from api.pages.forms import VERSION, Control, blame, fill, form_version, new_hidden, submit
from api.pages.paper_standing import life_of, replaced_paper
from api.pages.showing import form_title, policy_lines, problem_of, reason_lines
from api.pages.staged import ACCEPT
from api.pages.standing import dossier_to_add_to, standing_of
from api.presenting import page_code, scan_verdict_json
from api.problems import status_of
from api.v1.papers import content_response, signed_scan_of_request
from api.writing import Unit
from dossiers.bodies.access import may
from dossiers.errors import (
    DossierError,
    InvalidDataError,
    KeyReusedError,
    NotFoundError,
    PaperRefusedError,
    StaleVersionError,
    UploadTooLargeError,
    UploadTypeError,
)
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.moves.possibilities import possible_moves
from dossiers.papers.catalogue import FormEdition
from dossiers.papers.context import Filled
from dossiers.papers.conversion import converter
from dossiers.papers.file_papers import attach_signed_scan, draft_paper, issue_paper
from dossiers.papers.models import Paper
from dossiers.papers.preparing import draftable_forms, known_values, may_sign
from dossiers.papers.queries import paper_to_read
from dossiers.papers.values import FieldsError
from workflow.certificates import VIETNAM
from workflow.refusals import Reason

SHOWN_AGAIN: Final = (
    FieldsError,
    InvalidDataError,
    KeyReusedError,
    PaperRefusedError,
    StaleVersionError,
    UploadTooLargeError,
    UploadTypeError,
)

Shown = BaseResponse | str | tuple[str, int]


@pages.get("/dossiers/<uuid:dossier_id>/papers/new")
@allow("paper:write")
def choose_form(dossier_id: UUID) -> Shown:
    """Show the forms the caller may prepare in a dossier, those the next acts need first."""
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        on = today()
        wanted = wanted_forms(session, dossier)
        forms = draftable_forms(session, house().desk, dossier, caller(), on=on)
        lines = [{"form": form, "title": form_title(form.form_id, on), "now": form.form_id in wanted} for form in forms]
        lines.sort(key=lambda line: not line["now"])
        return render_template("paper_choose.html", dossier=dossier, lines=lines)


@pages.get("/dossiers/<uuid:dossier_id>/papers/new/<string:form_id>")
@allow("paper:write")
def show_draft(dossier_id: UUID, form_id: str) -> Shown:
    """Show what a form asks; with `from`, filled with what an earlier draft stated."""
    earlier = request.args.get("from", "")
    return draft_form(dossier_id, form_id, stated=_stated_before(earlier, form_id) if earlier else None)


@pages.post("/dossiers/<uuid:dossier_id>/papers/new/<string:form_id>")
@allow("paper:write")
def do_draft(dossier_id: UUID, form_id: str) -> Shown:
    """Make a draft, or show every item that is missing or wrong."""
    if "more_rows" in request.form:
        return draft_form(dossier_id, form_id, typed=True)

    def work(unit: Unit) -> str:
        paper = draft_paper(
            unit.session,
            house().desk,
            dossier_id,
            form_id,
            typed_draft(unit, dossier_id, form_id),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        return url_for("pages.show_paper", paper_id=paper.id)

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return draft_form(dossier_id, form_id, typed=True, refusal=refusal), status_of(refusal)


@pages.get("/papers/<uuid:paper_id>")
@allow("dossier:read")
def show_paper(paper_id: UUID) -> Shown:
    """Show one paper: its values with their sources, and what can be done with it."""
    return paper_page(paper_id)


@pages.get("/papers/<uuid:paper_id>/file")
@allow("dossier:read")
def download(paper_id: UUID) -> Response:
    """Return the bytes of a paper: the stored Word file or scan, a PDF, or the signed scan."""
    wanted = request.args.get("format", "docx")
    if wanted not in ("docx", "pdf", "signed"):
        raise NotFoundError
    return content_response(paper_id, wanted)


@pages.post("/papers/<uuid:paper_id>/issue")
@allow("paper:write")
def do_issue(paper_id: UUID) -> Shown:
    """Give a draft its number, date and signer."""

    def work(unit: Unit) -> str:
        issue_paper(
            unit.session,
            house().desk,
            paper_id,
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
            replaces=replaced_paper(),
        )
        flash(_("Đã ban hành văn bản. In, ký, đóng dấu rồi nộp bản quét đã ký."))
        return url_for("pages.show_paper", paper_id=paper_id)

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return paper_page(paper_id, refusal), status_of(refusal)


@pages.post("/papers/<uuid:paper_id>/signed-scan")
@allow("paper:write")
def do_sign(paper_id: UUID) -> Shown:
    """File the signed scan of an issued paper."""

    def work(unit: Unit) -> str:
        attach_signed_scan(
            unit.session,
            paper_id,
            upload,
            seen=seen,
            signatures=signatures,
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã lưu bản đã ký vào hồ sơ."))
        return url_for("pages.show_paper", paper_id=paper_id)

    try:
        upload, seen, signatures = signed_scan_of_request(paper_id)
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return paper_page(paper_id, refusal), status_of(refusal)


def typed_draft(unit: Unit, dossier_id: UUID, form_id: str) -> dict[str, object]:
    """Return what an officer typed into the form of a draft, without what the file knows just so."""
    dossier = dossier_to_read(unit.session, dossier_id, unit.actor)
    form, filled = known_values(unit.session, house().desk, dossier, form_id, actor=unit.actor, at=unit.at)
    controls = form_controls(house().catalogue, form, filled)
    fill(controls)
    return typed_values(house().catalogue, controls, filled.values)


def draft_form(
    dossier_id: UUID,
    form_id: str,
    *,
    typed: bool = False,
    refusal: DossierError | None = None,
    stated: Mapping[str, object] | None = None,
    edited: UUID | None = None,
) -> str:
    """Return the page that asks what a form prints, with what was typed or `stated` before; `edited` is a draft."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        at = house().now()
        form, filled = known_values(session, house().desk, dossier, form_id, actor=caller(), at=at, stated=stated)
        controls = form_controls(house().catalogue, form, filled)
        if typed:
            fill(controls)
        faults = list(refusal.fields) if isinstance(refusal, FieldsError) else []
        for name, label in faults:
            blame(controls, (name,), f"{say(refusal.title) if refusal else ''}: {say(label)}")
        groups = in_groups(controls)
        with_empty_rows(controls)
        return render_template(
            "paper_draft.html",
            dossier=dossier,
            title=form_title(form_id, today()),
            form=form,
            edited=edited,
            **groups,
            hidden=new_hidden(dossier.version),
            faults=[(name, say(label)) for name, label in faults],
            policies=policy_lines(session, form.policies),
            **explained(session, dossier, refusal, controls),
        )


def paper_page(paper_id: UUID, refusal: DossierError | None = None) -> str:
    """Return the page of one paper, after a refusal with its reasons."""
    with house().database.reading() as session:
        paper = paper_to_read(session, paper_id, caller())
        dossier = dossier_to_read(session, paper.dossier_id, caller())
        left = standing_of(session, dossier).left
        mine = may(caller(), "paper:write") and paper.issuer_id in caller().organization_ids and not left
        form, filled = _values_of(session, dossier, paper, mine=mine)
        return render_template(
            "paper.html",
            dossier=dossier,
            left=left,
            line=paper_line(paper),
            paper=paper,
            values=value_lines(form, filled) if filled else [],
            code=page_code(paper),
            verdict=scan_verdict_json(paper),
            can_pdf=paper.print_sha256 is not None or converter() is not None,
            can_issue=mine and paper.state == "draft" and may_sign(house().desk, paper, caller(), on=today()),
            signers=[say(role.label) for role in form.issuers],
            can_sign=mine and paper.state == "issued" and paper.superseded_by_id is None,
            can_redo=mine and paper.state == "draft",
            hidden=new_hidden(dossier.version),
            accept=ACCEPT,
            policies=policy_lines(session, form.policies),
            **life_of(session, paper, mine=mine),
            **explained(session, dossier, refusal, []),
        )


def _values_of(session: Session, dossier: Dossier, paper: Paper, *, mine: bool) -> tuple[FormEdition, Filled | None]:
    """Return the form of a paper and, for a draft of the caller's, the values it prints as things stand now."""
    on = paper.doc_date or paper.created_at.astimezone(VIETNAM).date()
    if paper.state != "draft" or not mine:
        return house().catalogue.form(paper.form, on), None
    return known_values(
        session, house().desk, dossier, paper.form, actor=caller(), at=house().now(), stated=paper.fields
    )


def explained(
    session: Session, dossier: Dossier, refusal: DossierError | None, controls: Sequence[Control]
) -> dict[str, Any]:
    """Return why a form is shown again: the reasons, or the refusal itself, and what changed meanwhile."""
    reasons: Sequence[Reason] = getattr(refusal, "reasons", ())
    for reason in reasons:
        blame(controls, (reason.clause or "",), say(reason.text))
    changes = []
    if isinstance(refusal, StaleVersionError):
        version = request.form.get(VERSION, "")
        changes = changes_since(session, dossier, int(version) if version.isdecimal() else 0)
    return {
        "refused": reason_lines(reasons, controls),
        "problem": problem_of(refusal),
        "changes": changes,
    }


def _stated_before(paper_id: str, form_id: str) -> Mapping[str, object]:
    try:
        wanted = UUID(paper_id)
    except ValueError:
        raise NotFoundError from None
    with house().database.reading() as session:
        paper = paper_to_read(session, wanted, caller())
        if paper.form != form_id:
            raise NotFoundError
        return dict(paper.fields)


def wanted_forms(session: Session, dossier: Dossier) -> set[str]:
    """Return the forms that the caller's next acts require or offer."""
    found = possible_moves(session, house().law, dossier, caller(), at=house().now())
    return {
        form for each in found for forms in (*each.transition.requires, each.transition.generates) for form in forms
    }


def today() -> date:
    """Return the day in Việt Nam."""
    return house().now().astimezone(VIETNAM).date()
