"""The papers of a step as a download from its page."""

from __future__ import annotations

from uuid import UUID

from flask import Response, request

from api.auth.callers import allow, caller
from api.house import house
from api.pages.blueprint import pages
from api.v1.form_sets import form_set_response
from dossiers.errors import NotFoundError
from dossiers.moves.possibilities import proceeding_to_read

_KINDS = ("zip", "pdf")


@pages.get("/dossiers/<uuid:dossier_id>/moves/<string:trigger>/files")
@allow("paper:write")
def download_form_set(dossier_id: UUID, trigger: str) -> Response:
    """Return every paper that an act requires or offers, in one file."""
    return form_set_response(dossier_id, None, trigger, _wanted())


@pages.get("/proceedings/<uuid:proceeding_id>/moves/<string:trigger>/files")
@allow("paper:write")
def download_proceeding_form_set(proceeding_id: UUID, trigger: str) -> Response:
    """Return every paper that an act of a side machine requires or offers, in one file."""
    with house().database.reading() as session:
        dossier_id = proceeding_to_read(session, proceeding_id, caller())[1].id
    return form_set_response(dossier_id, proceeding_id, trigger, _wanted())


def _wanted() -> str:
    wanted = request.args.get("format", "zip")
    if wanted not in _KINDS:
        raise NotFoundError
    return wanted
