"""Acts through pages: the form of an act and doing it, for a dossier and for its side machines.

A refusal shows every reason at once and keeps what was typed; nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from flask import render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.changes import changes_since
from api.pages.forms import VERSION, blame, fill, form_version, submit
from api.pages.move_page import MovePage, build_page, override_controls, procedure_of, typed_move
from api.pages.showing import items_of, problem_of, reason_lines
from api.problems import status_of
from api.writing import Unit
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError, MoveRefusedError, StaleVersionError
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.possibilities import proceeding_to_read, transition_of
from dossiers.moves.run_proceeding import run_proceeding
from workflow.refusals import Reason

#: Refusals that show the form again; any other is a page of its own.
_SHOWN_AGAIN: Final = (MoveRefusedError, InvalidDataError, StaleVersionError, KeyReusedError)

Shown = BaseResponse | str | tuple[str, int]


@pages.get("/dossiers/<uuid:dossier_id>/moves/<string:trigger>")
@allow("dossier:read")
def show_move(dossier_id: UUID, trigger: str) -> Shown:
    """Show the form of an act."""
    return _show(dossier_id, None, trigger)


@pages.post("/dossiers/<uuid:dossier_id>/moves/<string:trigger>")
@allow("dossier:move")
def do_move(dossier_id: UUID, trigger: str) -> Shown:
    """Let the act happen, or show every reason why it cannot."""

    def work(unit: Unit) -> str:
        moved = move_dossier(
            unit.session,
            house().law,
            dossier_id,
            _stated(unit, dossier_id, None, trigger),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        return url_for("pages.show_entry", dossier_id=dossier_id, seq=moved.recorded.entry.seq)

    return _do(work, dossier_id, None, trigger)


@pages.get("/proceedings/<uuid:proceeding_id>/moves/<string:trigger>")
@allow("dossier:read")
def show_proceeding_move(proceeding_id: UUID, trigger: str) -> Shown:
    """Show the form of an act in a side machine."""
    return _show(None, proceeding_id, trigger)


@pages.post("/proceedings/<uuid:proceeding_id>/moves/<string:trigger>")
@allow("dossier:move")
def do_proceeding_move(proceeding_id: UUID, trigger: str) -> Shown:
    """Let the act happen in a side machine, or show every reason why it cannot."""

    def work(unit: Unit) -> str:
        moved = run_proceeding(
            unit.session,
            house().law,
            proceeding_id,
            _stated(unit, None, proceeding_id, trigger),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        dossier_id = moved.dossier.id
        return url_for("pages.show_entry", dossier_id=dossier_id, seq=moved.recorded.entry.seq)

    return _do(work, None, proceeding_id, trigger)


def _found(session: Session, dossier_id: UUID | None, proceeding_id: UUID | None) -> tuple[Dossier, Proceeding | None]:
    if proceeding_id is not None:
        proceeding, dossier = proceeding_to_read(session, proceeding_id, caller())
        return dossier, proceeding
    assert dossier_id is not None
    return dossier_to_read(session, dossier_id, caller()), None


def _stated(unit: Unit, dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> MoveForm:
    """Return the act that the form states, read by the law of the machine it is for."""
    dossier, proceeding = _found(unit.session, dossier_id, proceeding_id)
    procedure = procedure_of(unit.session, dossier, proceeding)
    standing = proceeding or dossier
    return typed_move(procedure, transition_of(procedure, standing.state, trigger), standing.last_act_at)


def _show(dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> str:
    with house().database.reading() as session:
        dossier, proceeding = _found(session, dossier_id, proceeding_id)
        return render_template("move.html", page=build_page(session, dossier, proceeding, trigger))


def _do(work: Callable[[Unit], str], dossier_id: UUID | None, proceeding_id: UUID | None, trigger: str) -> Shown:
    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        with house().database.reading() as session:
            dossier, proceeding = _found(session, dossier_id, proceeding_id)
            page = build_page(session, dossier, proceeding, trigger)
            _explain(session, page, refusal)
            return render_template("move.html", page=page), status_of(refusal)


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
    items = [*page.controls, *page.overrides]
    page.refused = reason_lines(reasons, items)
    for reason in reasons:
        blame(items, items_of(reason), say(reason.text))
