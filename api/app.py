"""Builds the application from the settings; the only place where all doors come together."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Response
from flask_smorest import Api

from api import problems
from api.auth import callers
from api.compressing import install_compression
from api.config import Settings
from api.health import health
from api.house import EXTENSION, House, build_house
from api.pages.site import install_pages
from api.v1 import (
    alarms,
    audit,
    dossiers,
    form_sets,
    inbox,
    law,
    moves,
    organizations,
    outgoing,
    paper_life,
    papers,
    persons,
    tokens,
)
from api.v1.blueprint import v1

#: The modules whose import hangs the routes of version 1 on their blueprint.
ROUTES = (
    alarms,
    audit,
    dossiers,
    form_sets,
    inbox,
    law,
    moves,
    organizations,
    outgoing,
    paper_life,
    papers,
    persons,
    tokens,
)
#: Room for the other parts of a multipart request around the largest upload.
_ENVELOPE_BYTES = 64 * 1024
_SESSION_HOURS = 10
_CONTENT_SECURITY = (
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; form-action 'self'; base-uri 'none'"
)


def create_app(settings: Settings) -> Flask:
    """Return the application; raises ConfigError, ValueError or LawFileError when it cannot work."""
    return create_app_in(build_house(settings))


def create_app_in(house: House) -> Flask:
    """Return the application of a house that stands already."""
    app = Flask("api")
    settings = house.settings
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=settings.upload_bytes_max + _ENVELOPE_BYTES,
        SESSION_COOKIE_NAME="hoso",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=_SESSION_HOURS),
        API_TITLE="hoso",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions[EXTENSION] = house
    callers.install(app)
    Api(app).register_blueprint(v1)
    # After flask-smorest, which would otherwise answer HTTP errors in a shape of its own.
    problems.install(app)
    app.register_blueprint(health)
    install_pages(app)
    install_compression(app)
    app.after_request(_harden)
    return app


def _harden(response: Response) -> Response:
    """Add the headers that keep a page from being framed, sniffed or fed from elsewhere."""
    response.headers.setdefault("Content-Security-Policy", _CONTENT_SECURITY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "private, no-store")
    return response
