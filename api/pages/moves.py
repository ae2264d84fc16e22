"""Acts through pages: the form of an act and doing it, for a dossier and for its side machines.

A refusal shows every reason at once and keeps what was typed; nothing has changed then.  Before the act is recorded its
page shows what would be, and a form may be left and gone on with later.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.changes import changes_since
from api.pages.forms import VERSION, blame, fill, form_version, submit
from api.pages.move_check import STEP, answer_lines, rehearse, sent_items, typed_in
from api.pages.move_page import MovePage, build_page, override_controls, procedure_of, typed_move
from api.pages.scans import Scans, file_scans, take_scans
from api.pages.showing import items_of, problem_of, reason_lines
from api.problems import status_of
from api.writing import Unit, form_parts
from dossiers.bodies.access import may
from dossiers.errors import (
    DossierError,
    InvalidDataError,
    KeyReusedError,
    MoveRefusedError,
    PaperRefusedError,
    StaleVersionError,
)
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read
from dossiers.moves.drafts import draft_of, drop_draft, keep_draft
from dossiers.moves.move_dossier import Moved, move_dossier
from dossiers.moves.possibilities import papers_of_act, proceeding_to_read, transition_of
from dossiers.moves.run_proceeding import run_proceeding
from workflow.refusals import Reason

#: Refusals that show the form again; any other is a page of its own.
_SHOWN_AGAIN: Final = (MoveRefusedError, InvalidDataError, PaperRefusedError, StaleVersionError, KeyReusedError)

Shown = BaseResponse | str | tuple[str, int]


@pages.get("/dossiers/<uuid:dossier_id>/moves/<string:trigger>")
@allow("dossier:read")
def show_move(dossier_id: UUID, trigger: str) -> Shown:
    """Show the form of an act."""
    return _show(dossier_id, None, trigger)


@pages.post("/dossiers/<uuid:dossier_id>/moves/<string:trigger>")
@allow("dossier:move")
def do_move(dossier_id: UUID, trigger: str) -> Shown:
    """Let the act happen, or show every reason why it cannot; or first what it would do, or keep what was typed."""
    return _do(dossier_id, None, trigger)


@pages.get("/proceedings/<uuid:proceeding_id>/moves/<string:trigger>")
@allow("dossier:read")
def show_proceeding_move(proceeding_id: UUID, trigger: str) -> Shown:
    """Show the form of an act in a side machine."""
    return _show(None, proceeding_id, trigger)


@pages.post("/proceedings/<uuid:proceeding_id>/moves/<string:trigger>")
@allow("dossier:move")
def do_proceeding_move(proceeding_id: UUID, trigger: str) -> Shown:
    """Let the act happen in a side machine, or show every reason why it cannot; or first what it would do."""
    return _do(None, proceeding_id, trigger)


def _found(session: Session, dossier_id: UUID | None, proceeding_id: UUID | None) -> tuple[Dossier, Proceeding | None]:
    if proceeding_id is not None:
        proceeding, dossier = proceeding_to_read(session, proceeding_id, caller())
        return dossier, proceeding
    assert dossier_id is not None
    return dossier_to_read(session, dossier_id, caller()), None


def _handed_in(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Scans:
    """Store the scans that came with the form, of the papers that the act or a condition of it asks for."""
    with house().database.reading() as session:
        dossier, proceeding = _found(session, dossier_id, proceeding_id)
        procedure = procedure_of(session, dossier, proceeding)
        acts = procedure.by_trigger.get(trigger, ())
        here = dossier.id
    forms = dict.fromkeys(form for act in acts for forms in papers_of_act(procedure, act) for form in forms)
    return take_scans(here, forms if may(caller(), "paper:write") else ())


def _move(unit: Unit, dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str, scans: Scans) -> Moved:
    """Let the act happen that the form states, with the scans that came with it on file."""
    if scans.faults:
        raise InvalidDataError(scans.faults)
    dossier, proceeding = _found(unit.session, dossier_id, proceeding_id)
    procedure, standing = procedure_of(unit.session, dossier, proceeding), proceeding or dossier
    form = typed_move(procedure, transition_of(procedure, standing.state, trigger), standing.last_act_at)
    version = file_scans(unit, dossier.id, scans.uploads, form.occurred_at, expected_version=form_version())
    how: dict[str, Any] = {"expected_version": version, "actor": unit.actor, "at": unit.at}
    if proceeding_id is not None:
        moved = run_proceeding(unit.session, house().law, proceeding_id, form, **how)
    else:
        moved = move_dossier(unit.session, house().law, dossier.id, form, **how)
    drop_draft(unit.session, unit.actor, moved.dossier.id, proceeding_id, trigger)
    return moved


def _show(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> str:
    with house().database.reading() as session:
        dossier, proceeding = _found(session, dossier_id, proceeding_id)
        page = build_page(session, dossier, proceeding, trigger)
        draft = draft_of(session, caller(), dossier.id, proceeding_id, trigger)
        if draft is not None and page.mine:
            fill([*page.controls, *page.overrides], typed_in(draft.typed, [*page.controls, *page.overrides]))
            page.kept_at = draft.saved_at
        return render_template("move.html", page=page)


def _do(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Shown:
    """Do what the button says: record (no button says otherwise), look first, go back to the form, or keep a draft."""
    where = (dossier_id, proceeding_id, trigger)
    match request.form.get(STEP):
        case "edit":
            return _again(*where, _handed_in(*where))
        case "draft":
            return _keep(*where)
        case "check":
            return _checked(*where)
        case _:
            return _recorded(*where)


def _recorded(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Shown:
    scans = _handed_in(dossier_id, proceeding_id, trigger)

    def work(unit: Unit) -> str:
        moved = _move(unit, dossier_id, proceeding_id, trigger, scans)
        return url_for("pages.show_entry", dossier_id=moved.dossier.id, seq=moved.recorded.entry.seq)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _again(dossier_id, proceeding_id, trigger, scans, refusal), status_of(refusal)


def _checked(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Shown:
    """Show what the act would record, after doing it and taking it back: the check and the act cannot differ."""
    scans = _handed_in(dossier_id, proceeding_id, trigger)
    try:
        told = rehearse(lambda unit: _move(unit, dossier_id, proceeding_id, trigger, scans))
    except _SHOWN_AGAIN as refusal:
        return _again(dossier_id, proceeding_id, trigger, scans, refusal), status_of(refusal)
    with house().database.reading() as session:
        dossier, proceeding = _found(session, dossier_id, proceeding_id)
        page = build_page(session, dossier, proceeding, trigger)
        page.overrides = [control for control in page.overrides if request.form.get(control.name)]
        fill([*page.controls, *page.overrides])
        sent = sent_items()
        return render_template(
            "move_check.html", page=page, told=told, answers=answer_lines(page, scans), sent=sent, marks=scans.marks
        )


def _keep(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Shown:
    """Keep what was typed for this officer; nothing is recorded in the dossier."""
    form_parts()
    with house().database.transaction() as session:
        dossier, _proceeding = _found(session, dossier_id, proceeding_id)
        keep_draft(session, caller(), dossier.id, proceeding_id, trigger, dict(sent_items()), at=house().now())
    return redirect(request.path, HTTPStatus.SEE_OTHER)


def _again(
    dossier_id: UUID | None,
    proceeding_id: UUID | None,
    trigger: str,
    scans: Scans,
    refusal: DossierError | None = None,
) -> str:
    """Return the form with what was typed, and everything that was said against it."""
    with house().database.reading() as session:
        dossier, proceeding = _found(session, dossier_id, proceeding_id)
        page = build_page(session, dossier, proceeding, trigger)
        if refusal is not None:
            _explain(session, page, refusal)
        else:
            fill([*page.controls, *page.overrides])
        page.marks = scans.marks
        for control in page.scans:
            control.source = _("Đã nhận tệp; chọn tệp khác để thay.") if control.name in scans.marks else None
        return render_template("move.html", page=page)


def _explain(session: Session, page: MovePage, refusal: DossierError) -> None:
    """Put what was typed back, and every reason beside the item it is about."""
    reasons: tuple[Reason, ...] = getattr(refusal, "reasons", ())
    known = {control.name for control in page.overrides}
    page.overrides += [control for control in override_controls(reasons, page.transition) if control.name not in known]
    fill(page.controls)
    fill(page.overrides)
    if isinstance(refusal, StaleVersionError):
        version = request.form.get(VERSION, "")
        page.changes = changes_since(session, page.dossier, int(version) if version.isdecimal() else 0)
    page.problem = problem_of(refusal)
    items = [*page.scans, *page.controls, *page.overrides]
    page.refused = reason_lines(reasons, items)
    for reason in reasons:
        blame(items, items_of(reason), say(reason.text))
