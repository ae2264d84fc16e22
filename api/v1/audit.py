"""Checkpoints of the log over all diaries: for witnesses, and for whoever keeps one to check the log by later."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from api.auth.callers import allow, caller
from api.house import house
from api.log_json import checkpoint_json, for_witness, proof_json
from api.schemas.answers import Page, Thing
from api.schemas.requests import CheckpointArgs, CosignatureIn, SinceArgs
from api.v1.blueprint import v1
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.log.checkpoints import (
    add_cosignature,
    checkpoints,
    cosignatures_of,
    latest,
    note_of,
    prove_inclusion,
)
from dossiers.files.queries import dossier_to_read


@v1.get("/audit/checkpoints")
@allow("law:read")
@v1.arguments(CheckpointArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def list_checkpoints(args: dict[str, Any]) -> dict[str, Any]:
    """Return checkpoints of the log, the smallest first; they say how many diaries went on, never which."""
    with house().database.reading() as session:
        found = checkpoints(session, after=args["after"], limit=args["limit"] + 1)
        shown = found[: args["limit"]]
        signed = cosignatures_of(session, [each.size for each in shown])
        items = [checkpoint_json(each, signed.get(each.size, ())) for each in shown]
    return {"items": items, "next": str(shown[-1].size) if len(found) > len(shown) else None}


@v1.get("/audit/checkpoints/latest")
@allow("law:read")
@v1.arguments(SinceArgs, location="query")
@v1.response(HTTPStatus.OK, Thing)
def get_latest_checkpoint(args: dict[str, Any]) -> dict[str, Any]:
    """Return the newest checkpoint, with the proof that the one of `since` leaves leads to it."""
    with house().database.reading() as session:
        return for_witness(session, args["since"])


@v1.post("/audit/checkpoints/<int:size>/cosignatures")
@allow("law:read")
@v1.arguments(CosignatureIn)
@v1.response(HTTPStatus.CREATED, Thing)
def post_cosignature(form: dict[str, Any], size: int) -> dict[str, Any]:
    """Keep what a witness signed; only a registered key counts, whoever brings its line."""
    with house().database.transaction() as session:
        kept = add_cosignature(session, size, form["line"].rstrip("\n") + "\n")
        return {"size": kept.size, "seen_at": kept.seen_at.isoformat()}


@v1.get("/dossiers/<uuid:dossier_id>/inclusion")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Thing)
def get_inclusion(dossier_id: UUID) -> dict[str, Any]:
    """Return the proof that the newest logged head of a dossier's diary is in the newest checkpoint."""
    with house().database.transaction() as session:
        note_access(session, dossier_to_read(session, dossier_id, caller()), caller(), what="proof", at=house().now())
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        newest = latest(session)
        if newest is None:
            raise NotFoundError
        return {**proof_json(prove_inclusion(session, dossier.id)), "note": note_of(newest)}
