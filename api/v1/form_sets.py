"""Everything a step needs on paper, in one call: as a zip or as one PDF.  Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response

from api.auth.callers import allow, caller
from api.house import house
from api.schemas.requests import FormSetArgs
from api.v1.blueprint import v1
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.files.queries import dossier_to_read, takes_part
from dossiers.moves.possibilities import proceeding_to_read, transition_of
from dossiers.papers.binding import as_one_pdf, as_zip
from dossiers.papers.form_sets import form_set

ZIP, PDF = "application/zip", "application/pdf"
_TWO_KINDS: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "OK",
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (ZIP, PDF)},
        }
    }
}


@v1.get("/dossiers/<uuid:dossier_id>/form-set")
@allow("paper:write")
@v1.arguments(FormSetArgs, location="query")
@v1.response(HTTPStatus.OK, content_type=ZIP)
@v1.doc(**_TWO_KINDS)
def get_form_set(args: Mapping[str, Any], dossier_id: UUID) -> Response:
    """Return every paper that an act requires or offers: on file as it is, the others as drafts."""
    return form_set_response(dossier_id, args["proceeding"], args["trigger"], args["format"])


def form_set_response(dossier_id: UUID, proceeding_id: UUID | None, trigger: str, wanted: str) -> Response:
    """Return the set as a download; raises NotFoundError, also for a body that has left the dossier, NoFormsError."""
    at = house().now()
    with house().database.transaction() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        proceeding = None
        if proceeding_id is not None:
            proceeding, owner = proceeding_to_read(session, proceeding_id, caller())
            if owner.id != dossier.id:
                raise NotFoundError
        if not takes_part(session, dossier, caller()):
            raise NotFoundError
        machine = proceeding or dossier
        procedure = house().law.pinned(session, machine.procedure_sha256)
        transition = transition_of(procedure, machine.state, trigger)
        note_access(session, dossier, caller(), what=f"form-set {wanted}", at=at)
        found = form_set(session, house().desk, dossier, transition, actor=caller(), at=at)
        name = f"{dossier.number}-{transition.trigger}.{wanted}"
    data, media_type = (as_one_pdf(found), PDF) if wanted == "pdf" else (as_zip(found), ZIP)
    response = Response(data, mimetype=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
