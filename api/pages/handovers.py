"""Hand-overs as pages: the manifest is made, both sides confirm the same hash, the receiver says what differs.

Only the two bodies see a hand-over; for anybody else it does not exist.  Nothing here holds up an act of the law.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import blame, new_hidden, submit
from api.pages.handover_form import manifest_controls, occasion_words, paper_words, typed_manifest
from api.pages.paging import page_number
from api.pages.showing import form_title, problem_of, reason_lines
from api.pages.standing import dossier_to_add_to
from api.problems import status_of
from api.writing import Unit
from dossiers.bodies.naming import names_of
from dossiers.custody.operations import current_custody
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError
from dossiers.evidence.access import note_access
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.files.queries import takes_part
from dossiers.handovers.models import Handover
from dossiers.handovers.operations import (
    RECEIVER,
    SENDER,
    confirm_handover,
    make_handover,
    note_differences,
    side_office,
)
from dossiers.handovers.queries import (
    following_version,
    handover_to_read,
    handovers_of,
    handovers_of_bodies,
)
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM
from workflow.model import Transition

Shown = BaseResponse | str | tuple[str, int]

_SHOWN_AGAIN: Final = (InvalidDataError, KeyReusedError)
_ROWS: Final = 25
#: The item that carries the hash that a side confirms.
_HASH: Final = "manifest_sha256"
_SIDES: Final = (SENDER, RECEIVER)


@dataclass(frozen=True, slots=True)
class SideLine:
    """One side of a hand-over: its body, who confirmed for it and when, and whether the caller may."""

    side: str
    title: str
    body: str
    who: str
    at: Any
    may_confirm: bool
    is_mine: bool


@pages.get("/handovers")
@allow("dossier:read")
def show_handovers() -> str:
    """Show the hand-overs of the caller's bodies: those that wait for a side first."""
    number = page_number()
    with house().database.reading() as session:
        found = handovers_of_bodies(session, caller(), limit=_ROWS + 1, offset=(number - 1) * _ROWS)
        lines = [_line(session, each) for each in found[:_ROWS]]
        return render_template("handovers.html", lines=lines, number=number, more=len(found) > _ROWS)


@pages.get("/dossiers/<uuid:dossier_id>/handovers/new")
@allow("dossier:move")
def show_new_handover(dossier_id: UUID) -> Shown:
    """Show the form of a manifest, or with `supersedes` of the next version of one."""
    return _form(dossier_id)


@pages.post("/dossiers/<uuid:dossier_id>/handovers/new")
@allow("dossier:move")
def do_new_handover(dossier_id: UUID) -> Shown:
    """Make the manifest, or show everything that is wrong with it."""
    if "more_rows" in request.form:
        return _form(dossier_id, typed=True)

    def work(unit: Unit) -> str:
        dossier = dossier_to_add_to(unit.session, dossier_id)
        before = _before(unit.session, dossier)
        controls = manifest_controls(unit.session, dossier, before, typed=True)
        made = make_handover(
            unit.session,
            house().law,
            dossier_id,
            typed_manifest(controls, before),
            supersedes=before.id if before else None,
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã lập bản kê. Hai bên xác nhận trên trang này."))
        return url_for("pages.show_handover", handover_id=made.id)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _form(dossier_id, typed=True, refusal=refusal), status_of(refusal)


@pages.get("/handovers/<uuid:handover_id>")
@allow("dossier:read")
def show_handover(handover_id: UUID) -> str:
    """Show a hand-over: the manifest with its hash, who confirmed it, what differs."""
    _note(handover_id, "handover")
    return _page(handover_id)


@pages.get("/handovers/<uuid:handover_id>/sheet")
@allow("dossier:read")
def show_handover_sheet(handover_id: UUID) -> str:
    """Show the manifest as a sheet to print, with room for the two signatures."""
    _note(handover_id, "handover sheet")
    with house().database.reading() as session:
        return render_template("handover_sheet.html", **_shown(session, handover_id))


@pages.post("/handovers/<uuid:handover_id>/confirm")
@allow("dossier:move")
def do_confirm_handover(handover_id: UUID) -> Shown:
    """Confirm the manifest for one side."""

    def work(unit: Unit) -> None:
        side = request.form.get("side", "")
        shown = request.form.get(_HASH, "")
        confirm_handover(unit.session, handover_id, side=side, manifest_sha256=shown, actor=unit.actor, at=unit.at)
        flash(_("Đã xác nhận bản kê."))

    return _do(handover_id, work)


@pages.post("/handovers/<uuid:handover_id>/differences")
@allow("dossier:move")
def do_note_differences(handover_id: UUID) -> Shown:
    """Record what the receiver found to differ."""

    def work(unit: Unit) -> None:
        words = request.form.get("differences", "").replace("\r\n", "\n")
        shown = request.form.get(_HASH, "")
        note_differences(unit.session, handover_id, words, manifest_sha256=shown, actor=unit.actor, at=unit.at)
        flash(_("Đã ghi chênh lệch; bên giao thấy nội dung này."))

    return _do(handover_id, work)


def handover_lines(session: Session, dossier: Dossier) -> list[dict[str, Any]]:
    """Return the hand-overs of a dossier that the caller may read, for other pages."""
    return [_line(session, each) for each in handovers_of(session, dossier, caller())]


def handover_due(session: Session, dossier: Dossier, transition: Transition) -> bool:
    """Say whether an act gives the person to another body and no manifest of it is confirmed by both: a hint only."""
    custody = transition.custody
    if custody is None or custody.holder is None or not custody.kind.deprived_of_liberty:
        return False
    taker = current_parties(session, dossier).get(custody.holder)
    present = current_custody(session, dossier.id)
    if taker is None or (present is not None and present.holder_id == taker.organization_id):
        return False
    told = handovers_of(session, dossier, caller())
    return not any(each.confirmed and each.occasion == transition.trigger for each in told)


def handover_state(handover: Handover) -> tuple[str, str]:
    """Return how far a hand-over is: a key for its look, and the words."""
    if handover.differences is not None:
        return "late", _("có chênh lệch")
    if handover.confirmed:
        return "calm", _("hai bên đã xác nhận")
    if handover.sender_at is not None:
        return "soon", _("chờ bên nhận xác nhận")
    return "soon", _("chờ bên giao xác nhận") if handover.receiver_at is not None else _("chờ hai bên xác nhận")


def _line(session: Session, handover: Handover) -> dict[str, Any]:
    level, state = handover_state(handover)
    occasion = occasion_words(session, handover.dossier, handover.occasion)
    return {"handover": handover, "occasion": occasion, "state": state, "level": level}


def _do(handover_id: UUID, work: Callable[[Unit], None]) -> Shown:
    def done(unit: Unit) -> str:
        work(unit)
        return url_for("pages.show_handover", handover_id=handover_id)

    try:
        return submit(done)
    except _SHOWN_AGAIN as refusal:
        return _page(handover_id, refusal), status_of(refusal)


def _note(handover_id: UUID, what: str) -> None:
    with house().database.transaction() as session:
        dossier = handover_to_read(session, handover_id, caller()).dossier
        note_access(session, dossier, caller(), what=what, at=house().now())


def _form(dossier_id: UUID, *, typed: bool = False, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        before = _before(session, dossier)
        controls = manifest_controls(session, dossier, before, typed=typed)
        reasons = getattr(refusal, "reasons", ())
        for reason in reasons:
            blame(controls, (reason.clause or "",), say(reason.text))
        if before is not None:
            controls = [control for control in controls if control.name not in ("from_body", "to_body")]
        return render_template(
            "handover_form.html",
            dossier=dossier,
            before=before,
            controls=controls,
            hidden=new_hidden(),
            refused=reason_lines(reasons, controls),
            problem=problem_of(refusal),
        )


def _before(session: Session, dossier: Dossier) -> Handover | None:
    """Return the version that the form supersedes, None for a first one; raises NotFoundError for a stranger's."""
    raw = request.values.get("supersedes", "")
    try:
        wanted = UUID(raw)
    except ValueError:
        return None
    found = handover_to_read(session, wanted, caller())
    return found if found.dossier_id == dossier.id else None


def _page(handover_id: UUID, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        return render_template(
            "handover.html",
            **_shown(session, handover_id),
            hidden=new_hidden(),
            refused=reason_lines(getattr(refusal, "reasons", ())),
            problem=problem_of(refusal),
            typed=request.form.get("differences", ""),
        )


def _shown(session: Session, handover_id: UUID) -> dict[str, Any]:
    handover = handover_to_read(session, handover_id, caller())
    dossier, following = handover.dossier, following_version(session, handover)
    accounts = (handover.sender_account_id, handover.receiver_account_id, handover.made_by_id)
    names = names_of(session, accounts=[*accounts, handover.differences_by_id], organizations=[])
    level, state = handover_state(handover)
    return {
        "handover": handover,
        "dossier": dossier,
        "following": following,
        "occasion": occasion_words(session, dossier, handover.occasion),
        "papers": _papers(session, handover),
        "sides": [_side(handover, side, names, present=following is None) for side in _SIDES],
        "made_by": names.get(str(handover.made_by_id), ""),
        "found_by": names.get(str(handover.differences_by_id), ""),
        "state": state,
        "level": level,
        "takes_part": takes_part(session, dossier, caller()),
    }


def _side(handover: Handover, side: str, names: dict[str, str], *, present: bool) -> SideLine:
    giving = side == SENDER
    account_id = handover.sender_account_id if giving else handover.receiver_account_id
    at = handover.sender_at if giving else handover.receiver_at
    mine = side_office(handover, side, caller()) is not None
    return SideLine(
        side=side,
        title=_("Bên giao") if giving else _("Bên nhận"),
        body=(handover.from_body if giving else handover.to_body).name,
        who=names.get(str(account_id), ""),
        at=at,
        may_confirm=present and mine and at is None,
        is_mine=mine,
    )


def _papers(session: Session, handover: Handover) -> list[dict[str, Any]]:
    """Return the papers of the manifest in words; a file that is another one now is said to be."""
    ids = [UUID(each["paper"]) for each in handover.manifest["papers"]]
    rows = {paper.id: paper for paper in session.scalars(select(Paper).where(Paper.id.in_(ids)))}
    lines = []
    for each in handover.manifest["papers"]:
        paper = rows.get(UUID(each["paper"]))
        now = None if paper is None else paper.signed_sha256 or paper.object_sha256
        on = handover.made_at.astimezone(VIETNAM).date()
        title = paper_words(paper) if paper else f"{_('Bút lục')} {each['folio']}: {form_title(each['form'], on)}"
        lines.append({"id": each["paper"], "title": title, "sha256": each["sha256"], "changed": now != each["sha256"]})
    return lines
