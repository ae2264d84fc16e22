"""What the caller's body must do next."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.auth.callers import allow, caller
from api.house import house
from api.presenting import alarm_json, deadline_json, dossier_line
from api.schemas.answers import Page
from api.schemas.requests import PageArgs
from api.v1.blueprint import v1
from dossiers.moves.inboxes import InboxItem, inbox


@v1.get("/inbox")
@allow("inbox:read")
@v1.arguments(PageArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def get_inbox(args: dict[str, Any]) -> dict[str, Any]:
    """Return the dossiers that wait for my body: alarms first, then the soonest limit."""
    with house().database.reading() as session:
        items = inbox(session, house().law, caller(), at=house().now(), limit=args["limit"])
        return {"items": [inbox_json(item) for item in items], "next": None}


def inbox_json(item: InboxItem) -> dict[str, Any]:
    """Return one line of the inbox."""
    soonest = item.soonest
    rule = item.procedure.limits.get(soonest.rule) if soonest else None
    return {
        **dossier_line(item.dossier, item.procedure),
        "soonest": deadline_json(soonest, rule) if soonest else None,
        "alarms": [alarm_json(alarm) for alarm in item.alarms],
    }
