"""Acts: what is possible from where a dossier stands, and doing it; the same for its side machines."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.presenting import deadline_json, entry_json, move_json, proceeding_json, state_json
from api.schemas.answers import MoveOut, Page
from api.schemas.requests import MoveIn
from api.v1.blueprint import v1
from api.v1.dossiers import rules_of
from api.v1.writing import Answer, Unit, etag, expected_version, write
from dossiers.bodies.naming import names_of
from dossiers.errors import NotFoundError
from dossiers.evidence.parts import part_of
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.moves.move_dossier import Moved, MoveForm, move_dossier
from dossiers.moves.possibilities import possible_moves, proceeding_to_read
from dossiers.moves.recording import Recorded
from dossiers.moves.run_proceeding import run_proceeding
from dossiers.moves.situations import proceedings_of
from workflow.model import State


@v1.get("/dossiers/<uuid:dossier_id>/moves")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def list_moves(dossier_id: UUID) -> dict[str, Any]:
    """Return every move from here, with what stands in its way."""
    law, at = house().law, house().now()
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        procedure = law.pinned(session, dossier.procedure_sha256)
        if part_of(session, dossier, caller()) is not None:
            return {"items": [], "next": None}
        found = possible_moves(session, law, dossier, caller(), at=at)
        return {"items": [move_json(each, procedure) for each in found], "next": None}


@v1.post("/dossiers/<uuid:dossier_id>/moves")
@allow("dossier:move")
@v1.arguments(MoveIn)
@v1.response(HTTPStatus.CREATED, MoveOut)
def create_move(form: dict[str, Any], dossier_id: UUID) -> Response:
    """Let one act happen to a dossier."""
    return _act(move_dossier, dossier_id, form)


@v1.get("/dossiers/<uuid:dossier_id>/proceedings")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def list_proceedings(dossier_id: UUID) -> dict[str, Any]:
    """Return the side machines of a dossier."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        rows = proceedings_of(session, dossier) if part_of(session, dossier, caller()) is None else []
        items = [proceeding_json(row, house().law.pinned(session, row.procedure_sha256)) for row in rows]
        return {"items": items, "next": None}


@v1.get("/proceedings/<uuid:proceeding_id>/moves")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def list_proceeding_moves(proceeding_id: UUID) -> dict[str, Any]:
    """Return every move of a side machine from where it stands."""
    law, at = house().law, house().now()
    with house().database.reading() as session:
        proceeding, dossier = proceeding_to_read(session, proceeding_id, caller())
        if part_of(session, dossier, caller()) is not None:
            raise NotFoundError
        procedure = law.pinned(session, proceeding.procedure_sha256)
        found = possible_moves(session, law, dossier, caller(), at=at, proceeding=proceeding)
        return {"items": [move_json(each, procedure) for each in found], "next": None}


@v1.post("/proceedings/<uuid:proceeding_id>/moves")
@allow("dossier:move")
@v1.arguments(MoveIn)
@v1.response(HTTPStatus.CREATED, MoveOut)
def create_proceeding_move(form: dict[str, Any], proceeding_id: UUID) -> Response:
    """Let one act happen in a side machine; If-Match names the version of the dossier."""
    return _act(run_proceeding, proceeding_id, form)


def _act(operation: Callable[..., Moved], target: UUID, form: dict[str, Any]) -> Response:
    """Do one act to a dossier or a side machine and answer with what it did."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        moved = operation(
            unit.session,
            house().law,
            target,
            move_form(form),
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        body = done(unit.session, moved.dossier, moved.recorded, moved.decision.state)
        return Answer({**body, "forms": list(moved.decision.transition.generates)}, headers=etag(moved.dossier.version))

    return write(work)


def move_form(form: dict[str, Any]) -> MoveForm:
    """Return what the caller stated, in the domain's own form."""
    return MoveForm(form["trigger"], form["occurred_at"], form["fields_"], form["note"], form["overrides"])


def done(session: Session, dossier: Dossier, recorded: Recorded, state: State) -> dict[str, Any]:
    """Return what an act did: its entry, the new state, the limits it started, the version to go on from."""
    entry, rules = recorded.entry, rules_of(session, dossier)
    names = names_of(session, accounts=[entry.account_id], organizations=[entry.body_id])
    return {
        "entry": entry_json(entry, names),
        "state": state_json(state),
        "deadlines": [deadline_json(row, rules.get(row.rule)) for row in recorded.limits],
        "remarks": entry.payload.get("remarks", []),
        "version": dossier.version,
    }
