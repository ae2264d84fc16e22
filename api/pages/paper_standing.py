"""What the page of a paper tells and offers about its life: what it replaces, what replaced it, whether it can be void.

Reads only.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.words import day
from dossiers.errors import NotFoundError
from dossiers.papers.models import Paper
from dossiers.papers.paper_life import VOID_REASON_MAX, may_void, obstacles_to_void
from dossiers.papers.replacing import replaceable_papers, replaced_by


def life_of(session: Session, paper: Paper, *, mine: bool) -> dict[str, Any]:
    """Return what the template shows; `mine` says that the caller's body takes part and issues the paper."""
    voids = mine and paper.state in ("issued", "signed") and may_void(house().desk, paper, caller())
    why_not = obstacles_to_void(session, paper) if voids else []
    offered = replaceable_papers(session, paper, caller()) if mine and paper.state == "draft" else ()
    newer = session.get(Paper, paper.superseded_by_id) if paper.superseded_by_id else None
    return {
        "replaces": [(each.id, number_and_day(each)) for each in replaced_by(session, paper)],
        "newer": (newer.id, number_and_day(newer)) if newer else None,
        "can_void": voids and not why_not,
        "why_not_void": [say(text) for text in why_not],
        "void_reason_max": VOID_REASON_MAX,
        "replaceable": [(each.id, number_and_day(each)) for each in offered],
    }


def number_and_day(paper: Paper) -> str:
    """Return what people call a paper: its number, or its place in the file, and its date."""
    name = paper.display_number or f"{paper.title} ({paper.folio})"
    return f"{name}, {day(paper.doc_date)}" if paper.doc_date else name


def replaced_paper() -> UUID | None:
    """Return the paper that the form of an issue names; raises NotFoundError for what is no id."""
    raw = request.form.get("replaces", "")
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise NotFoundError from None
