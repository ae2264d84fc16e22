"""What may happen to a paper besides issue and signature: a draft is edited or discarded, an issued one made void."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response

from api.auth.callers import allow
from api.house import house
from api.schemas.answers import Thing
from api.schemas.requests import DraftPatch, VoidIn
from api.v1.blueprint import v1
from api.v1.papers import shown
from api.v1.writing import Answer, Unit, etag, expected_version, write
from dossiers.papers.paper_life import discard_draft, edit_draft, void_paper


@v1.patch("/papers/<uuid:paper_id>")
@allow("paper:write")
@v1.arguments(DraftPatch)
@v1.response(HTTPStatus.OK, Thing)
def edit(stated: dict[str, Any], paper_id: UUID) -> Response:
    """Put other values into a draft; `fields` are all that the officer states."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        paper = edit_draft(
            unit.session,
            house().desk,
            paper_id,
            stated["fields_"],
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        return shown(unit, paper, HTTPStatus.OK)

    return write(work)


@v1.delete("/papers/<uuid:paper_id>")
@allow("paper:write")
@v1.response(HTTPStatus.OK, Thing)
def discard(paper_id: UUID) -> Response:
    """Take a draft away; a paper that was issued is made void instead."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        dossier = discard_draft(
            unit.session, house().desk, paper_id, expected_version=version, actor=unit.actor, at=unit.at
        )
        body = {"dossier_id": str(dossier.id), "version": dossier.version}
        return Answer(body, HTTPStatus.OK, etag(dossier.version))

    return write(work)


@v1.post("/papers/<uuid:paper_id>/void")
@allow("paper:write")
@v1.arguments(VoidIn)
@v1.response(HTTPStatus.OK, Thing)
def void(stated: dict[str, Any], paper_id: UUID) -> Response:
    """Make an issued paper void, with the reason; its number stays given."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        paper = void_paper(
            unit.session,
            house().desk,
            paper_id,
            stated["reason"],
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        return shown(unit, paper, HTTPStatus.OK)

    return write(work)
