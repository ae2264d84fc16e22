"""The persons that dossiers are about: finding, adding, correcting, and opening a dossier.

A search is posted: names and numbers never stand in an address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.form_fields import with_empty_rows
from api.pages.forms import NOTE, Control, blame, fill, form_version, new_hidden, submit
from api.pages.move_page import common_controls, typed_occurred_at
from api.pages.person_form import (
    add_typed_person,
    changes_of,
    person_controls,
    relative_controls,
    typed_person,
    typed_relative,
    values_of,
    with_details,
)
from api.pages.showing import items_of, problem_of, reason_lines
from api.pages.standing import standings_of
from api.pages.words import RELATIONS, SEXES
from api.problems import status_of
from api.writing import Unit
from dossiers.errors import (
    DossierError,
    InvalidDataError,
    KeyReusedError,
    MoveRefusedError,
    NotFoundError,
    StaleVersionError,
)
from dossiers.files.queries import dossiers_about, person_to_correct, visible_persons
from dossiers.moves.open_dossier import OpenForm, open_dossier, procedure_for
from dossiers.people.forms import DETAILS, PersonForm, RelativeForm, relative_faults
from dossiers.people.models import Person
from dossiers.people.operations import add_relative, correct_person
from dossiers.people.queries import id_number, search_persons, visible_person
from workflow.certificates import VIETNAM
from workflow.refusals import Reason

_ROWS: Final = 50
_TEXT_MAX: Final = 200
_SHOWN_AGAIN: Final = (MoveRefusedError, InvalidDataError, StaleVersionError, KeyReusedError)

Shown = BaseResponse | str | tuple[str, int]


@pages.get("/persons")
@allow("person:read")
def show_persons() -> str:
    """Show the persons the caller may know of."""
    return _list("", None)


@pages.post("/persons/search")
@allow("person:read")
def search() -> str:
    """Show the persons whose name has the text, whatever the accents, or whose identity number it is."""
    return _list(request.form.get("text", "").strip()[:_TEXT_MAX], _after(request.form.get("after", "")))


@pages.get("/persons/new")
@allow("person:write")
def show_new_person() -> Shown:
    """Show the form of a new person."""
    return _form(_new_controls, _("Thêm người"))


@pages.post("/persons/new")
@allow("person:write")
def do_new_person() -> Shown:
    """Add a person."""

    def work(unit: Unit) -> str:
        return url_for("pages.show_person", person_id=add_typed_person(unit).id)

    return _do(work, _new_controls, _("Thêm người"))


@pages.get("/persons/<uuid:person_id>")
@allow("person:read")
def show_person(person_id: UUID) -> str:
    """Show one person with relatives and dossiers."""
    with house().database.reading() as session:
        person = _visible(session, person_id)
        found = dossiers_about(session, person.id, caller())
        standings = standings_of(session, found)
        return render_template(
            "person.html",
            person=person,
            sex=say(SEXES[person.sex]),
            number=id_number(person, house().sealer),
            details=[(say(label), person.details[name]) for name, label in DETAILS.items() if person.details.get(name)],
            relatives=[(say(RELATIONS[each.relation]), each) for each in person.relatives],
            dossiers=[{"dossier": each, "standing": standings[each.id]} for each in found],
        )


@pages.get("/persons/<uuid:person_id>/correct")
@allow("person:write")
def show_correction(person_id: UUID) -> Shown:
    """Show the form that corrects a person."""
    return _form(_correction_controls, _("Sửa thông tin"), person_id)


@pages.post("/persons/<uuid:person_id>/correct")
@allow("person:write")
def do_correction(person_id: UUID) -> Shown:
    """Correct a person; what the record said before is kept."""

    def work(unit: Unit) -> str:
        typed = typed_person()
        assert isinstance(typed.form, PersonForm)
        if typed.faults:
            raise InvalidDataError(typed.faults)
        correct_person(
            unit.session,
            person_to_correct(unit.session, person_id, unit.actor),
            changes_of(typed.form),
            house().sealer,
            expected_version=form_version(),
            account_id=unit.actor.account_id,
            at=unit.at,
        )
        return url_for("pages.show_person", person_id=person_id)

    return _do(work, _correction_controls, _("Sửa thông tin"), person_id)


@pages.get("/persons/<uuid:person_id>/relatives/new")
@allow("person:write")
def show_new_relative(person_id: UUID) -> Shown:
    """Show the form of a new relative."""
    return _form(_relative_controls, _("Thêm thân nhân"), person_id)


@pages.post("/persons/<uuid:person_id>/relatives/new")
@allow("person:write")
def do_new_relative(person_id: UUID) -> Shown:
    """Add a relative of a person."""

    def work(unit: Unit) -> str:
        typed = typed_relative()
        assert isinstance(typed.form, RelativeForm)
        if typed.faults:
            today = unit.at.astimezone(VIETNAM).date()
            raise InvalidDataError([*typed.faults, *relative_faults(typed.form, today=today)])
        person = person_to_correct(unit.session, person_id, unit.actor)
        add_relative(unit.session, person, typed.form, house().sealer, at=unit.at)
        return url_for("pages.show_person", person_id=person_id)

    return _do(work, _relative_controls, _("Thêm thân nhân"), person_id)


@pages.get("/persons/<uuid:person_id>/open-dossier")
@allow("dossier:open")
def show_opening(person_id: UUID) -> Shown:
    """Show the form that opens a dossier about a person."""
    return _form(_opening_controls, _("Mở hồ sơ"), person_id)


@pages.post("/persons/<uuid:person_id>/open-dossier")
@allow("dossier:open")
def do_opening(person_id: UUID) -> Shown:
    """Open a dossier about a person."""

    def work(unit: Unit) -> str:
        _visible(unit.session, person_id)
        form = OpenForm(person_id, typed_occurred_at(), note=request.form.get(NOTE, "").strip())
        dossier = open_dossier(unit.session, house().law, form, actor=unit.actor, at=unit.at)
        return url_for("pages.show_dossier", dossier_id=dossier.id)

    return _do(work, _opening_controls, _("Mở hồ sơ"), person_id)


Build = Callable[[Session, Person | None], list[Control]]


def _new_controls(session: Session, person: Person | None) -> list[Control]:
    assert person is None
    return person_controls(session, caller(), relatives=True)


def _correction_controls(session: Session, person: Person | None) -> list[Control]:
    assert person is not None
    controls = person_controls(session, caller(), relatives=False)
    fill(controls, values_of(person, id_number(person, house().sealer)))
    return controls


def _relative_controls(_session: Session, person: Person | None) -> list[Control]:
    assert person is not None
    return relative_controls()


def _opening_controls(_session: Session, person: Person | None) -> list[Control]:
    """Return when and a note; beside the day, which procedure the person's age leads to today."""
    assert person is not None
    controls = common_controls()
    with suppress(InvalidDataError):
        procedure = procedure_for(house().law, person, house().now().astimezone(VIETNAM).date())
        controls[0].help = f"{_('Thủ tục áp dụng')}: {say(procedure.title)}. {controls[0].help}"
    return controls


def _form(
    build: Build,
    title: str,
    person_id: UUID | None = None,
    *,
    typed: bool = False,
    refusal: DossierError | None = None,
) -> str:
    with house().database.reading() as session:
        person = _visible(session, person_id) if person_id else None
        controls = build(session, person)
        reasons: Sequence[Reason] = getattr(refusal, "reasons", ())
        if typed:
            fill(controls)
        for reason in reasons:
            blame(controls, items_of(reason), say(reason.text))
        refused = reason_lines(reasons, controls)
        with_empty_rows(controls)
        main, details = with_details(controls)
        return render_template(
            "person_form.html",
            title=title,
            person=person,
            main=main,
            details=details,
            hidden=new_hidden(person.version if person else None),
            refused=refused,
            problem=problem_of(refusal),
        )


def _do(work: Callable[[Unit], str], build: Build, title: str, person_id: UUID | None = None) -> Shown:
    if "more_rows" in request.form:
        return _form(build, title, person_id, typed=True)
    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _form(build, title, person_id, typed=True, refusal=refusal), status_of(refusal)


def _list(text: str, after: UUID | None) -> str:
    with house().database.reading() as session:
        rows: list[Any] = list(
            search_persons(
                session,
                text,
                house().sealer,
                visible_to=caller(),
                party_to=visible_persons(caller()),
                after=after,
                limit=_ROWS + 1,
            )
        )
        following = rows[_ROWS - 1].id if len(rows) > _ROWS else None
        return render_template("persons.html", persons=rows[:_ROWS], text=text, following=following)


def _after(raw: str) -> UUID | None:
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise NotFoundError from None


def _visible(session: Session, person_id: UUID) -> Person:
    return visible_person(session, person_id, visible_to=caller(), party_to=visible_persons(caller()))
