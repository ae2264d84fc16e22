"""Bodies as of a day."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.auth.callers import allow
from api.house import house
from api.presenting import organization_json
from api.schemas.answers import Page
from api.schemas.requests import OrganizationArgs
from api.v1.blueprint import v1
from dossiers.bodies.queries import organizations
from workflow.certificates import VIETNAM


@v1.get("/organizations")
@allow("organization:read")
@v1.arguments(OrganizationArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def list_organizations(args: dict[str, Any]) -> dict[str, Any]:
    """Return the bodies that exist on a day (today when not said), by code."""
    on = args["on"] or house().now().astimezone(VIETNAM).date()
    with house().database.reading() as session:
        rows = organizations(
            session, type=args["type"], province=args["province"], on=on, after=args["after"], limit=args["limit"] + 1
        )
        shown = rows[: args["limit"]]
        following = str(shown[-1].id) if len(rows) > args["limit"] else None
        return {"items": [organization_json(row) for row in shown], "next": following}
