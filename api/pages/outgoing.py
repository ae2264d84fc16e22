"""The register of outgoing papers as a page: by symbol, every number in order, and those that no paper bears."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.pages.blueprint import pages
from api.v1.outgoing import register_file
from dossiers.bodies.naming import names_of
from dossiers.errors import NotFoundError
from dossiers.papers.outgoing import STATES, outgoing_register, years_of
from workflow.certificates import VIETNAM


@pages.get("/registers/outgoing")
@allow("dossier:read")
def show_registers() -> BaseResponse:
    """Go to the register of the caller's first body and this year."""
    offices = caller().offices
    if not offices:
        raise NotFoundError
    year = house().now().astimezone(VIETNAM).year
    return redirect(url_for("pages.show_register", organization_id=offices[0].organization_id, year=year))


@pages.get("/registers/outgoing/<uuid:organization_id>/<int:year>")
@allow("dossier:read")
def show_register(organization_id: UUID, year: int) -> str:
    """Show the register of one body and year."""
    with house().database.reading() as session:
        register = outgoing_register(session, caller(), organization_id, year)
        names = names_of(session, accounts=[], organizations=caller().organization_ids)
        this_year = house().now().astimezone(VIETNAM).year
        return render_template(
            "register.html",
            register=register,
            bodies=sorted(names.items(), key=lambda each: each[1]),
            years=sorted({this_year, year, *years_of(session, organization_id)}, reverse=True),
            states=STATES,
        )


@pages.get("/registers/outgoing/<uuid:organization_id>/<int:year>/file")
@allow("dossier:read")
def download_register(organization_id: UUID, year: int) -> Response:
    """Return the register for a spreadsheet."""
    return register_file(organization_id, year)
