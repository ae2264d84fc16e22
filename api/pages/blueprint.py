"""The blueprint all pages hang on."""

from __future__ import annotations

from flask import Blueprint

pages = Blueprint("pages", __name__)
