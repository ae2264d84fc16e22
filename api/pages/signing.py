"""Signing in and out, and the switch of the language.

Says never which of name and password was wrong, and goes after signing in only to addresses of its own.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from flask import redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import SignedIn, public
from api.house import house
from api.languages import LANGUAGES, say
from api.pages.blueprint import pages
from api.pages.forms import Control
from api.problems import status_of
from dossiers.bodies.access import actor_of
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Account
from dossiers.bodies.operations import end_sessions, sign_in
from dossiers.demonstration.world import DEMO_PASSWORD, demo_bodies, demo_offices
from dossiers.errors import SignInFailedError
from workflow.certificates import VIETNAM

_LENGTH_MAX: Final = 500


@pages.get("/sign-in")
@public
def show_sign_in() -> BaseResponse | str:
    """Show the form to sign in; who is signed in already goes on."""
    if current_user.is_authenticated:
        return redirect(own_address(request.args.get("next")), HTTPStatus.SEE_OTHER)
    return _form(own_address(request.args.get("next")))


@pages.post("/sign-in")
@public
def do_sign_in() -> BaseResponse | tuple[str, int]:
    """Sign in with name and password and go where one wanted to."""
    username, password = request.form.get("username", ""), request.form.get("password", "")
    onward, at = own_address(request.form.get("next")), house().now()
    try:
        account = sign_in(house().database, username[:_LENGTH_MAX], password[:_LENGTH_MAX], at=at)
    except SignInFailedError as refused:
        return _form(onward, username=username, refused=say(refused.detail)), status_of(refused)
    with house().database.reading() as unit:
        kept = unit.get_one(Account, account.id)
        actor = actor_of(unit, kept, on=at.astimezone(VIETNAM).date())
        signed_in = SignedIn(kept, actor)
    language = session.get("language")
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    login_user(signed_in)
    session.permanent = True
    return redirect(onward, HTTPStatus.SEE_OTHER)


@pages.post("/sign-out")
@public
def do_sign_out() -> BaseResponse:
    """Sign out everywhere: a copy of the cookie is worth nothing afterwards; only the language is kept."""
    language = session.get("language")
    if current_user.is_authenticated:
        with house().database.transaction() as unit:
            end_sessions(unit, current_user.actor.account_id)
    logout_user()
    session.clear()
    if language in LANGUAGES:
        session["language"] = language
    return redirect(url_for("pages.show_sign_in"), HTTPStatus.SEE_OTHER)


@pages.post("/language")
@public
def switch_language() -> BaseResponse:
    """Show the pages in another language from now on."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
    return redirect(own_address(request.form.get("next")), HTTPStatus.SEE_OTHER)


def own_address(wanted: str | None) -> str:
    """Return `wanted` if it is a path of this server, else the inbox: nobody is sent elsewhere after signing in."""
    home = url_for("pages.show_inbox")
    if not wanted or not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return home
    parts = urlsplit(wanted)
    harmless = not parts.scheme and not parts.netloc and wanted.isprintable() and "\\" not in wanted
    return wanted if harmless else home


def _form(onward: str, *, username: str = "", refused: str | None = None) -> str:
    controls = [
        Control("username", "text", _("Tên đăng nhập"), required=True, value=username, autocomplete="username"),
        Control("password", "password", _("Mật khẩu"), required=True, autocomplete="current-password"),
    ]
    trial = _trial_accounts() if house().settings.demo else []
    return render_template(
        "sign_in.html", controls=controls, onward=onward, refused=refused, trial=trial, password=DEMO_PASSWORD
    )


def _trial_accounts() -> list[tuple[str, str, str]]:
    """Return (user name, office, body) of the demonstration's accounts, for whoever tries it out."""
    names = demo_bodies()
    return [(username, say(ROLES[role].title), names[body]) for username, role, body in demo_offices()]
