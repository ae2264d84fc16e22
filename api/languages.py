"""Chooses the language of an answer: Vietnamese first, English on request."""

from __future__ import annotations

from flask import g, has_request_context, request, session

from workflow.vocabulary import Text

LANGUAGES = ("vi", "en")


def language() -> str:
    """Return the language of the present request: the page's switch, then the account's, then the header.

    The header counts for programs only: most browsers in Việt Nam were installed in English.
    """
    if not has_request_context():
        return "vi"
    chosen = session.get("language") or getattr(g, "account_language", None)
    if chosen in LANGUAGES:
        return str(chosen)
    if not request.path.startswith("/api/"):
        return "vi"
    return request.accept_languages.best_match(LANGUAGES, default="vi") or "vi"


def say(text: Text) -> str:
    """Return a sentence in the language of the present request."""
    return text.en if language() == "en" else text.vi
