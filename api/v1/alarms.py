"""Alarms: saying how one was dealt with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response

from api.auth.callers import allow
from api.schemas.answers import Thing
from api.schemas.requests import AlarmIn
from api.v1.blueprint import v1
from api.v1.dossiers import whole
from api.v1.writing import Answer, Unit, etag, expected_version, write
from dossiers.moves.acknowledge import acknowledge_alarm


@v1.post("/alarms/<uuid:alarm_id>/acknowledge")
@allow("dossier:move")
@v1.arguments(AlarmIn)
@v1.response(HTTPStatus.OK, Thing)
def acknowledge(form: dict[str, Any], alarm_id: UUID) -> Response:
    """Say how an alarm was dealt with; the diary keeps it."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        dossier = acknowledge_alarm(
            unit.session, alarm_id, form["reason"], expected_version=version, actor=unit.actor, at=unit.at
        )
        unit.session.flush()
        return Answer(whole(unit.session, dossier, None), HTTPStatus.OK, etag(dossier.version))

    return write(work)
