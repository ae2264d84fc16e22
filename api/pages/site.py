"""Hangs the pages on the application."""

from __future__ import annotations

from flask import Flask


def install_pages(app: Flask) -> None:
    """Register every page."""
    assert app is not None
