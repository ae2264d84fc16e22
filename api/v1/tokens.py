"""Sign-in for programs: a name and a password for a bearer token."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from api.auth.callers import allow, caller, public
from api.house import house
from api.schemas.answers import Thing, Token
from api.schemas.requests import SignInIn
from api.v1.blueprint import v1
from dossiers.bodies.access import Actor, actor_of
from dossiers.bodies.models import Account
from dossiers.bodies.operations import issue_token, sign_in
from workflow.certificates import VIETNAM


@v1.post("/tokens")
@public
@v1.arguments(SignInIn)
@v1.response(HTTPStatus.CREATED, Token)
def create_token(form: dict[str, Any]) -> dict[str, Any]:
    """Exchange a name and a password for a bearer token."""
    at = house().now()
    signed_in = sign_in(house().database, form["username"], form["password"], at=at)
    with house().database.transaction() as session:
        account = session.get_one(Account, signed_in.id)
        token = issue_token(session, account, form["label"], at=at)
        actor = actor_of(session, account, on=at.astimezone(VIETNAM).date())
    return {"token": token, "account": account_json(actor)}


@v1.get("/me")
@allow("law:read")
@v1.response(HTTPStatus.OK, Thing)
def me() -> dict[str, Any]:
    """Say who calls and in which offices."""
    return account_json(caller())


def account_json(actor: Actor) -> dict[str, Any]:
    """Return an account with its offices of today."""
    return {
        "id": str(actor.account_id),
        "username": actor.username,
        "full_name": actor.full_name,
        "offices": [
            {"role": each.role, "organization": {"id": str(each.organization_id), "name": each.name}}
            for each in actor.offices
        ],
    }
