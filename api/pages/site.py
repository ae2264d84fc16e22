"""Hangs the pages on the application: languages, look, what every template may use, and refusals as pages.

The page of a fault never asks the database anything: the database may be the fault.
"""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, g, redirect, render_template, request, url_for
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from werkzeug.wrappers import Response as BaseResponse

from api.house import house
from api.languages import language, say
from api.pages import (
    access_log,
    admin,
    admin_accounts,
    admin_bodies,
    admin_decisions,
    aftercare,
    alarms,
    attach,
    commune,
    court,
    court_batch,
    delegations,
    dossier,
    facility,
    facility_places,
    form_sets,
    handovers,
    helping,
    inbox,
    law,
    moves,
    new_file,
    notices,
    outgoing,
    overview,
    paper_life,
    papers,
    persons,
    pictures,
    preview,
    reminders,
    signing,
    supervision,
    trial,
)
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.showing import offices_of, reason_lines
from api.pages.words import badge_of, day, moment, unverified
from api.problems import ForgeryError, SignInNeededError, answer, status_of
from dossiers.bodies.access import Actor, may
from dossiers.bodies.kinds import ROLES

#: The modules whose import hangs their routes on the blueprint.
ROUTES = (
    access_log,
    admin,
    admin_accounts,
    admin_bodies,
    admin_decisions,
    aftercare,
    alarms,
    attach,
    commune,
    court,
    court_batch,
    delegations,
    dossier,
    facility,
    facility_places,
    form_sets,
    handovers,
    helping,
    inbox,
    law,
    moves,
    new_file,
    notices,
    outgoing,
    overview,
    paper_life,
    papers,
    persons,
    pictures,
    preview,
    reminders,
    signing,
    supervision,
    trial,
)
#: Styles and scripts carry their own hash in their address, so browsers may keep them.
_STATIC_SECONDS = 30 * 24 * 3600
_HASH_LENGTH = 10
_NOT_KEPT = ("csrf_token", "once", "version", "password")


def install_pages(app: Flask) -> None:
    """Register every page."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="vi",
        BOOTSTRAP_SERVE_LOCAL=True,
        SEND_FILE_MAX_AGE_DEFAULT=_STATIC_SECONDS,
    )
    Babel(app, locale_selector=language)
    Bootstrap5(app)
    app.jinja_env.filters.update(say=say, moment=moment, day=day, cite=cite, badge=badge_of)
    app.jinja_env.globals.update(
        unverified=unverified, version_of=_versions(app), reason_lines=reason_lines, offices_of=offices_of
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.context_processor(_every_page)
    app.register_error_handler(SignInNeededError, _sign_in_first)
    app.register_error_handler(ForgeryError, _page_expired)
    app.register_blueprint(pages)


def _every_page() -> dict[str, Any]:
    """Return what every template may use; nothing here asks the database by itself, a page of a fault never does."""
    viewer = _viewer()
    return {
        "viewer": viewer,
        "offices": [(say(ROLES[office.role].title), office.name) for office in viewer.offices] if viewer else [],
        "can": lambda right: viewer is not None and may(viewer, right),
        "language": language(),
        "demo": house().settings.demo,
        "simulated": house().settings.clock_file is not None,
        "movable": house().settings.trial_clock is not None,
        "unread_notices": notices.unread_words,
        "now": house().now,
        "here": request.full_path.rstrip("?") if request.method == "GET" else None,
    }


def _viewer() -> Actor | None:
    """Return who looks at the page, if that was found out already."""
    user = g.get("_login_user")
    return user.actor if user is not None and user.is_authenticated else None


def _sign_in_first(error: SignInNeededError) -> BaseResponse:
    """Send a browser to the form to sign in, and from there back to where it wanted to go."""
    if request.path.startswith("/api/") or not request.accept_mimetypes.accept_html or request.method != "GET":
        return answer(status_of(error), error.code, error.detail)
    wanted = request.full_path.rstrip("?")
    onward = None if wanted == url_for("pages.show_inbox") else wanted
    return redirect(url_for("pages.show_sign_in", next=onward), HTTPStatus.SEE_OTHER)


def _page_expired(error: ForgeryError) -> BaseResponse | tuple[str, int]:
    """Refuse a form without its token; what was typed is shown, so that it can be copied and is not lost."""
    status = status_of(error)
    if request.path.startswith("/api/") or not request.accept_mimetypes.accept_html:
        return answer(status, error.code, error.detail)
    typed = [value for name, value in request.form.items() if name not in _NOT_KEPT and len(value) > 1]
    problem = {"title": say(error.detail), "status": status.value, "typed": typed}
    return render_template("problem.html", problem=problem), status


def _versions(app: Flask) -> dict[str, str]:
    """Return a short hash of each style and script, for their addresses."""
    folder = Path(app.root_path) / "static"
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:_HASH_LENGTH]
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
