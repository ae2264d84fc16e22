"""What my body must do next, and every dossier my body may read.

A search is posted: names of persons never stand in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import render_template, request
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.showing import group_moves, limit_lines, procedures_of
from api.pages.standing import standings_of
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import DossierFilter, list_dossiers, places_filled
from dossiers.moves.possibilities import INBOX_ROWS_MAX, InboxItem, inbox, possible_moves
from dossiers.moves.situations import proceedings_of
from workflow.vocabulary import Text

#: The places of the procedure that my bodies fill, by dossier.
Mine = Mapping[UUID, set[str]]
_PAGE_ROWS: Final = 20
_LIST_ROWS: Final = 50
_TEXT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Todo:
    """Something I can do, or could once nothing is in the way: the name of the act and where its form is."""

    title: str
    allowed: bool
    dossier_id: UUID
    proceeding_id: UUID | None
    trigger: str


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One dossier that waits: where it stands, its soonest limit, its alarms and what I can do."""

    dossier: Dossier
    state: str
    soonest: Any
    #: Whose duty the soonest limit is, when it is not one of my bodies'.
    whose: str
    alarms: list[str]
    todo: list[Todo]


@pages.get("/")
@allow("inbox:read")
def show_inbox() -> str:
    """Show the inbox of the caller's bodies: alarms first, then the soonest limit."""
    with house().database.reading() as session:
        items = inbox(session, house().law, caller(), limit=INBOX_ROWS_MAX)
        mine = places_filled(session, caller(), [item.dossier.id for item in items])
        wanted, number = request.args.get("state", ""), _page_number()
        fitting = [item for item in items if wanted in ("", item.dossier.state)]
        start = (number - 1) * _PAGE_ROWS
        return render_template(
            "inbox.html",
            lines=[_line(session, item, mine) for item in fitting[start : start + _PAGE_ROWS]],
            counts=_counts(items, mine),
            states=_states(items),
            wanted=wanted,
            number=number,
            more=len(fitting) > start + _PAGE_ROWS,
        )


@pages.get("/dossiers")
@allow("dossier:read")
def show_dossiers() -> str:
    """Show every dossier the caller's bodies take or took part in, by number."""
    return _list("", request.args.get("after") or None)


@pages.post("/dossiers/search")
@allow("dossier:read")
def search_dossiers() -> str:
    """Show the dossiers whose number or name has the text, whatever the accents."""
    return _list(request.form.get("text", "").strip()[:_TEXT_MAX], request.form.get("after") or None)


def _list(text: str, after: str | None) -> str:
    with house().database.reading() as session:
        wanted = DossierFilter(text=text or None)
        rows = list_dossiers(session, caller(), wanted, due=None, limit=_LIST_ROWS + 1, after=after)
        shown = rows[:_LIST_ROWS]
        standings = standings_of(session, shown)
        lines = [{"dossier": row, "standing": standings[row.id]} for row in shown]
        following = shown[-1].number if len(rows) > _LIST_ROWS else None
        return render_template("dossiers.html", lines=lines, text=text, following=following)


def _line(session: Session, item: InboxItem, mine: Mine) -> InboxLine:
    now, dossier = house().now(), item.dossier
    procedures = procedures_of(session, dossier) if item.soonest else {"": item.procedure}
    urgent = frozenset([item.soonest.rule] if item.soonest else [])
    todo = _todo(session, dossier, None, urgent, now)
    for proceeding in proceedings_of(session, dossier, open_only=True):
        todo += _todo(session, dossier, proceeding, urgent, now)
    soonest = limit_lines([item.soonest], procedures, now)[0] if item.soonest else None
    return InboxLine(
        dossier=dossier,
        state=say(item.procedure.states[dossier.state].title),
        soonest=soonest,
        whose="" if soonest is None or _is_mine(item, mine) else soonest.owner,
        alarms=[say(Text(alarm.text_vi, alarm.text_en)) for alarm in item.alarms],
        todo=todo,
    )


def _todo(
    session: Session, dossier: Dossier, proceeding: Proceeding | None, urgent: frozenset[str], now: datetime
) -> list[Todo]:
    """Return what I can do, and what I must do although something is still in its way."""
    found = possible_moves(session, house().law, dossier, caller(), at=now, proceeding=proceeding)
    moves = group_moves(found, urgent=urgent)
    return [
        Todo(
            title=say(each.transition.title),
            allowed=each.allowed,
            dossier_id=dossier.id,
            proceeding_id=proceeding.id if proceeding else None,
            trigger=each.transition.trigger,
        )
        for each in sorted(
            [*moves.allowed, *moves.due],
            key=lambda one: (urgent.isdisjoint(one.transition.stops), len(one.transition.source)),
        )
    ]


def _is_mine(item: InboxItem, mine: Mine) -> bool:
    """Say whether the soonest limit is a duty of my bodies, or of nobody."""
    assert item.soonest is not None
    owner = item.soonest.owner_body
    return owner is None or owner in mine.get(item.dossier.id, ())


def _counts(items: list[InboxItem], mine: Mine) -> dict[str, int]:
    now = house().now()
    lines = [
        limit_lines([item.soonest], {"": item.procedure}, now)[0].due.level
        for item in items
        if item.soonest and _is_mine(item, mine)
    ]
    return {
        "all": len(items),
        "alarms": sum(1 for item in items if item.alarms),
        "late": lines.count("late"),
        "soon": lines.count("soon"),
    }


def _states(items: list[InboxItem]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for item in items:
        state = item.procedure.states[item.dossier.state]
        line = found.setdefault(state.id, {"id": state.id, "title": say(state.title), "count": 0})
        line["count"] += 1
    return sorted(found.values(), key=lambda line: -int(line["count"]))


def _page_number() -> int:
    raw = request.args.get("page", "1")
    return max(1, int(raw)) if raw.isdecimal() and len(raw) < len("10000") else 1
