"""A new file in three pages: who it is about, the positive test, and what comes next.

Opening, the papers of the test and the first act happen together or not at all.
A search is posted: names and numbers never stand in an address.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.fact_fields import fact_controls, typed_facts
from api.pages.forms import NOTE, Control, blame, fill, new_hidden, submit
from api.pages.move_page import common_controls, typed_occurred_at
from api.pages.next_acts import next_acts
from api.pages.person_form import add_typed_person, own_commune, person_controls, with_details
from api.pages.scans import file_scans, scan_control, stored_scan
from api.pages.showing import form_title, items_of, limit_lines, problem_of, procedures_of, reason_lines
from api.pages.standing import dossier_to_add_to, standings_of
from api.problems import status_of
from api.writing import Unit
from dossiers.commune.opening import first_act
from dossiers.errors import (
    DossierError,
    InvalidDataError,
    KeyReusedError,
    MoveRefusedError,
    PaperRefusedError,
    UploadTooLargeError,
    UploadTypeError,
)
from dossiers.evidence.diary import diary_of
from dossiers.files.queries import dossiers_about, visible_persons
from dossiers.limits.queries import limits_of
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.open_dossier import OpenForm, open_dossier, procedure_for
from dossiers.papers.preparing import draftable_forms
from dossiers.papers.uploads import StoredUpload
from dossiers.people.models import Person
from dossiers.people.queries import search_persons, visible_person
from workflow.certificates import VIETNAM
from workflow.model import Procedure, Transition
from workflow.refusals import Reason

_ROWS: Final = 20
_TEXT_MAX: Final = 200
_BEGIN: Final = "begin"
_SHOWN_AGAIN: Final = (
    InvalidDataError,
    KeyReusedError,
    MoveRefusedError,
    PaperRefusedError,
    UploadTooLargeError,
    UploadTypeError,
)

Shown = BaseResponse | str | tuple[str, int]


@pages.get("/new-file")
@allow("dossier:open")
def show_new_file() -> str:
    """Show the first page: find somebody in the register, or record somebody new."""
    return _who()


@pages.post("/new-file/search")
@allow("dossier:open")
def search_for_new_file() -> str:
    """Show the first page with the persons who were found."""
    return _who(text=request.form.get("text", "").strip()[:_TEXT_MAX], searched=True)


@pages.post("/new-file")
@allow("dossier:open")
def do_new_file_person() -> Shown:
    """Record somebody new and go on to the test."""

    def work(unit: Unit) -> str:
        return url_for("pages.show_new_file_about", person_id=add_typed_person(unit).id)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _who(refusal=refusal), status_of(refusal)


@pages.get("/persons/<uuid:person_id>/new-file")
@allow("dossier:open")
def show_new_file_about(person_id: UUID) -> Shown:
    """Show the second page: the positive test and the opening."""
    return _test(person_id)


@pages.post("/persons/<uuid:person_id>/new-file")
@allow("dossier:open")
def do_new_file_about(person_id: UUID) -> Shown:
    """Open the file, put the papers of the test on it and make the first act; or show everything in the way."""

    def work(unit: Unit) -> str:
        person = _visible(unit.session, person_id)
        occurred_at = typed_occurred_at()
        form = OpenForm(person_id, occurred_at, note=request.form.get(NOTE, "").strip())
        dossier = open_dossier(unit.session, house().law, form, actor=unit.actor, at=unit.at)
        procedure = procedure_for(house().law, person, dossier.opened_at.astimezone(VIETNAM).date())
        act = first_act(procedure)
        if act is not None and request.form.get(_BEGIN) == "yes":
            _begin(unit, dossier.id, procedure, act, uploads)
        return url_for("pages.show_opened", dossier_id=dossier.id)

    try:
        uploads = _uploads(person_id)
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _test(person_id, refusal=refusal), status_of(refusal)


@pages.get("/dossiers/<uuid:dossier_id>/opened")
@allow("dossier:open")
def show_opened(dossier_id: UUID) -> str:
    """Show the third page: the number, what runs, what comes next and which papers it needs."""
    at = house().now()
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        on, procedures = at.astimezone(VIETNAM).date(), procedures_of(session, dossier)
        running = [row for row in limits_of(session, dossier.id) if row.state == "running"]
        forms = diary_of(session, dossier.id)[-1].payload.get("generates", ())
        draftable = {form.form_id for form in draftable_forms(session, house().desk, dossier, caller(), on=on)}
        return render_template(
            "new_file_done.html",
            dossier=dossier,
            state=say(procedures[""].states[dossier.state].title),
            limits=limit_lines(running, procedures, at),
            forms=[{"id": form, "title": form_title(form, on), "draftable": form in draftable} for form in forms],
            **next_acts(session, dossier, procedures[""], running, at=at),
        )


def _begin(
    unit: Unit, dossier_id: UUID, procedure: Procedure, act: Transition, uploads: Mapping[str, StoredUpload]
) -> None:
    """Put the scans on the new file and make its first act."""
    occurred_at = typed_occurred_at()
    file_scans(unit, dossier_id, uploads, occurred_at, expected_version=None)
    form = MoveForm(act.trigger, occurred_at, typed_facts(procedure, act))
    move_dossier(unit.session, house().law, dossier_id, form, expected_version=None, actor=unit.actor, at=unit.at)


def _uploads(person_id: UUID) -> dict[str, StoredUpload]:
    """Store the scans of the request, by form; only those the first act asks for."""
    with house().database.reading() as session:
        act = _act_about(_visible(session, person_id))
    wanted = [forms[0] for forms in act.requires] if act else []
    stored = {name: stored_scan(name) for name in wanted}
    return {name: staged.upload for name, staged in stored.items() if staged is not None}


def _who(*, text: str = "", searched: bool = False, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        found = (
            search_persons(
                session,
                text,
                house().sealer,
                visible_to=caller(),
                party_to=visible_persons(caller()),
                limit=_ROWS + 1,
            )
            if text
            else []
        )
        controls, _details = with_details(person_controls(session, caller(), relatives=False))
        reasons = _explain(controls, refusal, known={"commune_code": own_commune(session, caller())})
        return render_template(
            "new_file_who.html",
            text=text,
            searched=searched,
            persons=found[:_ROWS],
            more=len(found) > _ROWS,
            controls=controls,
            hidden=new_hidden(),
            refused=reason_lines(reasons, controls),
            problem=problem_of(refusal),
        )


def _test(person_id: UUID, *, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        person = _visible(session, person_id)
        on = house().now().astimezone(VIETNAM).date()
        procedure = _procedure_about(person)
        act = first_act(procedure) if procedure else None
        asked = _act_controls(session, procedure, act) if procedure and act else []
        common = common_controls()
        reasons = _explain([*asked, *common], refusal, known={})
        earlier = dossiers_about(session, person.id, caller())
        standings = standings_of(session, earlier)
        return render_template(
            "new_file_test.html",
            person=person,
            procedure=procedure,
            act=act,
            asked=asked,
            common=common,
            earlier=[(each, standings[each.id]) for each in earlier],
            today=on,
            hidden=new_hidden(),
            refused=reason_lines(reasons, [*asked, *common]),
            problem=problem_of(refusal),
        )


def _act_controls(session: Session, procedure: Procedure, act: Transition) -> list[Control]:
    """Return the items of the first act: whether to make it now, what it asks and the papers it needs."""
    on = house().now().astimezone(VIETNAM).date()
    begin = Control(
        _BEGIN,
        "radio",
        say(act.title),
        options=[("yes", _("Ghi ngay cùng việc mở hồ sơ")), ("no", _("Để sau, chỉ mở hồ sơ"))],
        value="yes",
        help=f"[{cite(act.basis)}]",
    )
    papers = [scan_control(forms[0], on, required=True) for forms in act.requires]
    return [begin, *fact_controls(session, procedure, act, on=on), *papers]


def _explain(controls: list[Control], refusal: DossierError | None, *, known: Mapping[str, str]) -> Sequence[Reason]:
    """Fill the items with what is known or, after a refusal, what was typed; put each reason beside its item."""
    if refusal is not None:
        fill(controls)
        for control in controls:
            control.source = _("Hãy chọn lại tệp.") if control.kind == "file" else control.source
    for control in controls if refusal is None else ():
        control.value = known.get(control.name) or control.value
    reasons: Sequence[Reason] = getattr(refusal, "reasons", ())
    for reason in reasons:
        blame(controls, items_of(reason), say(reason.text))
    return reasons


def _act_about(person: Person) -> Transition | None:
    procedure = _procedure_about(person)
    return first_act(procedure) if procedure else None


def _procedure_about(person: Person) -> Procedure | None:
    """Return the procedure that the person's age leads to today, None where there is none."""
    with suppress(InvalidDataError):
        return procedure_for(house().law, person, house().now().astimezone(VIETNAM).date())
    return None


def _visible(session: Session, person_id: UUID) -> Person:
    return visible_person(session, person_id, visible_to=caller(), party_to=visible_persons(caller()))
