"""Finds out who calls and checks the right that a route names.

A route without a right does not exist: `allow` and `public` mark each, and a test walks the URL map.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from flask import Flask, Request, g, request, session
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from api.house import house
from api.problems import ForgeryError, SignInNeededError
from dossiers.bodies.access import Actor, account_of_token, actor_of, may
from dossiers.bodies.models import Account
from dossiers.errors import NotAllowedError, TokenRefusedError
from workflow.certificates import VIETNAM

P = ParamSpec("P")
R = TypeVar("R")

csrf = CSRFProtect()
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SignedIn(UserMixin):  # type: ignore[misc]
    """The caller of a request; the cookie carries account and epoch, so that closing all sessions is one number."""

    def __init__(self, account: Account, actor: Actor) -> None:
        self.actor = actor
        self.id = f"{account.id}:{account.session_epoch}"


def install(app: Flask) -> None:
    """Let the application know its callers and refuse forged writes."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    # No `current_user` in templates: the page of a fault must not ask the database who looks at it.
    manager = LoginManager()
    manager.init_app(app, add_context_processor=False)
    manager.session_protection = "strong"
    manager.user_loader(_from_cookie)
    manager.request_loader(_from_token)
    manager.unauthorized_handler(_unauthorized)
    app.before_request(_refuse_forgery)


def allow(right: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Mark a route with the right it needs and check it at each call."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            if not may(caller(), right):
                raise NotAllowedError
            return view(*args, **kwargs)

        checked.right = right  # type: ignore[attr-defined]
        return checked

    return decorate


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a route that anybody may call."""
    view.right = None  # type: ignore[attr-defined]
    return view


def caller() -> Actor:
    """Return who calls; raises SignInNeededError when nobody is signed in."""
    if not current_user.is_authenticated:
        raise SignInNeededError
    actor = current_user.actor
    assert isinstance(actor, Actor)
    return actor


def _unauthorized() -> None:
    raise SignInNeededError


def _bearer(req: Request) -> str | None:
    scheme, _, token = req.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _from_cookie(kept: str) -> SignedIn | None:
    if _bearer(request) is not None:
        return None
    account_id, _, epoch = kept.partition(":")
    at = house().now()
    with house().database.reading() as unit:
        account = unit.get(Account, UUID(account_id))
        if account is None or account.closed_at is not None or str(account.session_epoch) != epoch:
            return None
        return _signed_in(SignedIn(account, actor_of(unit, account, on=at.astimezone(VIETNAM).date())))


def _from_token(req: Request) -> SignedIn | None:
    token = _bearer(req)
    if token is None:
        return None
    at = house().now()
    with house().database.reading() as unit:
        try:
            account = account_of_token(unit, token, at=at)
        except TokenRefusedError:
            return None
        return _signed_in(SignedIn(account, actor_of(unit, account, on=at.astimezone(VIETNAM).date())))


def _signed_in(user: SignedIn) -> SignedIn:
    g.account_language = user.actor.language
    return user


def _refuse_forgery() -> None:
    """Ask writes that a cookie could authorise for the token of the page they came from."""
    if request.method in _SAFE_METHODS or _bearer(request) is not None:
        return
    if request.path.startswith("/api/") and "_user_id" not in session:
        return
    try:
        csrf.protect()
    except CSRFError as forged:
        raise ForgeryError from forged
