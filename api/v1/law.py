"""Procedures and policies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.auth.callers import allow
from api.house import house
from api.presenting import policy_json, procedure_json
from api.schemas.answers import Page, Thing
from api.v1.blueprint import v1
from dossiers.errors import NotFoundError


@v1.get("/procedures")
@allow("law:read")
@v1.response(HTTPStatus.OK, Page)
def list_procedures() -> dict[str, Any]:
    """Return every procedure edition."""
    return {"items": [procedure_json(procedure) for procedure in house().law.procedures], "next": None}


@v1.get("/procedures/<string:procedure_id>")
@allow("law:read")
@v1.response(HTTPStatus.OK, Thing)
def get_procedure(procedure_id: str) -> dict[str, Any]:
    """Return one edition (`cnbb-adult@2026-07-01`), or the latest of a procedure (`cnbb-adult`)."""
    fitting = [each for each in house().law.procedures if procedure_id in (each.id, each.key)]
    if not fitting:
        raise NotFoundError
    return procedure_json(max(fitting, key=lambda procedure: procedure.edition))


@v1.get("/policies")
@allow("law:read")
@v1.response(HTTPStatus.OK, Page)
def list_policies() -> dict[str, Any]:
    """Return every unsettled point of law with the value in force."""
    with house().database.reading() as session:
        values = house().law.policies_in_force(session)
    return {
        "items": [policy_json(policy, values[policy.id]) for policy in house().law.policies.values()],
        "next": None,
    }
