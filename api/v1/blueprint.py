"""The blueprint all routes of version 1 hang on."""

from __future__ import annotations

from flask_smorest import Blueprint

v1 = Blueprint("v1", __name__, url_prefix="/api/v1", description="hoso, version 1")
