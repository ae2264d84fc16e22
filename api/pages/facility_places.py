"""The places of a facility: taken and free by area, who is where; the head says how many there are, the staff place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import Control, blame, fill, new_hidden, submit
from api.pages.paging import page_number
from api.pages.showing import problem_of, reason_lines
from api.problems import status_of
from api.writing import Unit
from dossiers.bodies.naming import names_of
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError
from dossiers.facilities.areas import AREA_KINDS
from dossiers.facilities.board import Page
from dossiers.facilities.places import (
    UNPLACED,
    AreaLine,
    area_lines,
    bodies_of_facility,
    count_unplaced,
    facility_of,
    people_by_area,
    people_in,
    place_person,
    set_capacity,
)
from workflow.certificates import VIETNAM

Shown = BaseResponse | str | tuple[str, int]

_SHOWN_AGAIN: Final = (InvalidDataError, KeyReusedError)
_ROWS: Final = 25
#: No capacity has more digits.
_DIGITS_MAX: Final = 6


@pages.get("/facility/places")
@allow("facility:work")
def show_places() -> Shown:
    """Show the areas with their places, and the people in them."""
    return _page()


@pages.post("/facility/places/capacity")
@allow("facility:capacity")
def do_set_capacity() -> Shown:
    """Say how many places an area has from a day on."""

    def work(unit: Unit) -> None:
        raw, day = request.form.get("capacity", "").strip(), request.form.get("valid_from", "").strip()
        capacity = int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= _DIGITS_MAX else None
        kind = request.form.get("kind", "")
        set_capacity(unit.session, kind, capacity, _day(day), actor=unit.actor, at=unit.at)
        flash(_("Đã ghi sức chứa."))

    return _do(work, typed=True)


@pages.post("/facility/places/people/<uuid:dossier_id>")
@allow("facility:work")
def do_place_person(dossier_id: UUID) -> Shown:
    """Give a person a place in an area."""

    def work(unit: Unit) -> None:
        place_person(unit.session, dossier_id, request.form.get("area", ""), actor=unit.actor, at=unit.at)
        flash(_("Đã xếp khu."))

    return _do(work)


def _do(work: Callable[[Unit], None], *, typed: bool = False) -> Shown:
    def done(unit: Unit) -> str:
        work(unit)
        return url_for("pages.show_places")

    try:
        return submit(done)
    except _SHOWN_AGAIN as refusal:
        return _page(refusal, typed=typed), status_of(refusal)


def _day(raw: str) -> date | None:
    """Return the day that was typed, None for nothing; one that is none is left to be refused as too early."""
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        return date.min


def _page(refusal: DossierError | None = None, *, typed: bool = False) -> str:
    today, wanted = house().now().astimezone(VIETNAM).date(), request.args.get("area", "")
    number = page_number()
    kind = wanted if wanted in AREA_KINDS or wanted == UNPLACED else None
    with house().database.reading() as session:
        facility_id = facility_of(caller())
        bodies = bodies_of_facility(caller(), facility_id)
        areas = area_lines(session, bodies, on=today)
        page = Page(_ROWS + 1, (number - 1) * _ROWS)
        people = people_by_area(session, bodies, kind=kind, page=page, on=today)
        controls, reasons = _capacity_controls(today), getattr(refusal, "reasons", ())
        if typed:
            fill(controls)
            for reason in reasons:
                blame(controls, (reason.clause or "",), say(reason.text))
        return render_template(
            "facility_places.html",
            name=names_of(session, accounts=[], organizations=[facility_id])[str(facility_id)],
            areas=[_area(line) for line in areas],
            total=people_in(areas),
            unplaced=count_unplaced(session, bodies),
            people=people[:_ROWS],
            more=len(people) > _ROWS,
            number=number,
            wanted=kind or "",
            choices=[(line.kind.id, say(line.kind.title)) for line in areas if line.capacity is not None],
            controls=controls,
            hidden=new_hidden,
            refused=reason_lines(reasons, controls if typed else ()),
            problem=problem_of(refusal),
        )


def _area(line: AreaLine) -> dict[str, Any]:
    return {"line": line, "id": line.kind.id, "title": say(line.kind.title), "basis": line.kind.basis}


def _capacity_controls(today: date) -> list[Control]:
    kinds = [(kind.id, say(kind.title)) for kind in AREA_KINDS.values()]
    return [
        Control("kind", "select", _("Khu"), required=True, options=kinds),
        Control("capacity", "number", _("Số chỗ"), required=True),
        Control("valid_from", "date", _("Áp dụng từ ngày"), required=True, value=today.isoformat()),
    ]
