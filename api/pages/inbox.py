"""What my body must do next, what it waits for, and every dossier it may read.

A search is posted: names of persons never stand in an address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import Control, new_hidden
from api.pages.grouping import group_moves
from api.pages.paging import page_number
from api.pages.showing import LimitLine, limit_lines, reason_lines
from api.pages.standing import standings_of
from api.pages.words import SOON
from dossiers.bodies.access import may
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import DossierFilter, list_dossiers
from dossiers.moves.acknowledge import ends_by_word
from dossiers.moves.inboxes import InboxItem, Waiting, inbox_items, waiting_dossiers
from dossiers.moves.possibilities import surveyed_moves
from dossiers.moves.situations import Survey, survey
from workflow.refusals import Reason
from workflow.vocabulary import Text

#: How the address names what we wait for.
OTHERS: Final = "others"
#: How the address names dossiers with a standing alarm.
ALARM: Final = "alarm"
_PAGE_ROWS: Final = 20
_LIST_ROWS: Final = 50
_TEXT_MAX: Final = 200
_WORD_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Todo:
    """Something I can do, or could once nothing is in the way: the name of the act and where its form is."""

    title: str
    allowed: bool
    dossier_id: UUID
    proceeding_id: UUID | None
    trigger: str


@dataclass(frozen=True, slots=True)
class AlarmOffer:
    """An alarm in the list, and whether it can be dealt with from there together with others."""

    id: UUID
    text: str
    ends_by_word: bool

    @property
    def anchor(self) -> str:
        """Return the id of its box in the page."""
        return f"f-{self.id}"


@dataclass(frozen=True, slots=True)
class InboxLine:
    """One dossier that waits: where it stands, its soonest limit, its alarms and what I can do."""

    dossier: Dossier
    state: str
    soonest: LimitLine | None
    #: Whose duty the soonest limit is, when it is not one of my bodies'.
    whose: str
    alarms: list[AlarmOffer]
    todo: list[Todo]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to: what waits for us or what we wait for, in a state, with something urgent."""

    ours: bool
    state: str
    urgent: str

    def takes(self, waiting: Waiting) -> bool:
        """Say whether a dossier is one of those wanted."""
        here = self.state in ("", waiting.state)
        return waiting.ours is self.ours and here and self.urgent in ("", *urgencies(waiting))

    def query(self, **changed: str | int | None) -> dict[str, str | int | None]:
        """Return what the address of the list says, with something changed."""
        kept = {"view": None if self.ours else OTHERS, "state": self.state or None, "urgent": self.urgent or None}
        return {**kept, **changed}


def urgencies(waiting: Waiting) -> list[str]:
    """Return what is urgent about a dossier: an alarm, a duty of ours that is overdue, or one that soon ends."""
    named = {ALARM: waiting.alarmed, "late": waiting.late, "soon": waiting.soon}
    return [name for name, holds in named.items() if holds]


@pages.get("/")
@allow("inbox:read")
def show_inbox() -> str:
    """Show what waits for the caller's bodies, or what they wait for: alarms first, then the soonest limit."""
    return inbox_page()


def inbox_page(
    word: Control | None = None,
    chosen: Collection[str] = (),
    reasons: Sequence[Reason] = (),
    problem: str | None = None,
) -> str:
    """Return the inbox, after a refused word on several alarms with its reasons and with what was chosen and typed."""
    wanted = Wanted(
        request.args.get("view") != OTHERS, request.args.get("state", ""), request.args.get("urgent", "")[:_WORD_MAX]
    )
    with house().database.reading() as session:
        now, number = house().now(), page_number()
        waiting = waiting_dossiers(session, house().law, caller(), at=now, soon=SOON)
        fitting = [each for each in waiting if wanted.takes(each)]
        start = (number - 1) * _PAGE_ROWS
        shown = [each.dossier_id for each in fitting[start : start + _PAGE_ROWS]]
        lines = _lines(session, shown, now)
        alarms = [each for line in lines for each in line.alarms]
        word = word or alarm_word()
        boxes = [Control(str(each.id), "checks", each.text) for each in alarms if each.ends_by_word]
        offered = wanted.urgent == ALARM and may(caller(), "dossier:move") and bool(boxes)
        return render_template(
            "inbox.html",
            lines=lines,
            counts=_counts(waiting),
            states=_states(session, [each for each in waiting if each.ours is wanted.ours]),
            total=sum(each.ours is wanted.ours for each in waiting),
            wanted=wanted,
            number=number,
            more=len(fitting) > start + _PAGE_ROWS,
            word=word if offered else None,
            typed=str(word.value).strip() if not offered else "",
            apart=offered and not all(each.ends_by_word for each in alarms),
            chosen=frozenset(chosen),
            hidden=new_hidden(),
            refused=reason_lines(reasons, [word, *boxes] if offered else []),
            problem=problem,
        )


def alarm_word() -> Control:
    """Return the item that asks how alarms were dealt with."""
    help_text = _("Cùng một nội dung được ghi vào nhật ký của từng hồ sơ đã chọn.")
    return Control("reason", "textarea", _("Cách xử lý"), required=True, help=help_text)


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


def _lines(session: Session, ids: Sequence[UUID], now: datetime) -> list[InboxLine]:
    """Return the lines of a page; the number of statements does not grow with them."""
    items, seen = inbox_items(session, house().law, ids, at=now), survey(session, house().law, ids)
    return [_line(session, item, seen, now) for item in items]


def _line(session: Session, item: InboxItem, seen: Survey, now: datetime) -> InboxLine:
    dossier, law = item.dossier, house().law
    urgent = frozenset([item.soonest.rule] if item.soonest else [])
    open_sides = [each for each in seen.proceedings[dossier.id] if each.closed_at is None]
    todo = [each for side in (None, *open_sides) for each in _todo(session, dossier, side, seen, urgent, now)]
    soonest = None
    if item.soonest is not None:
        sides = {each.kind: law.pinned(session, each.procedure_sha256) for each in seen.proceedings[dossier.id]}
        (soonest,) = limit_lines([item.soonest], {"": item.procedure, **sides}, now, calendar=seen.calendar)
    return InboxLine(
        dossier=dossier,
        state=say(item.procedure.states[dossier.state].title),
        soonest=soonest,
        whose="" if soonest is None or _is_mine(item, seen) else soonest.owner,
        alarms=[
            AlarmOffer(alarm.id, say(Text(alarm.text_vi, alarm.text_en)), ends_by_word(alarm)) for alarm in item.alarms
        ],
        todo=todo,
    )


def _todo(
    session: Session,
    dossier: Dossier,
    proceeding: Proceeding | None,
    seen: Survey,
    urgent: frozenset[str],
    now: datetime,
) -> list[Todo]:
    """Return what I can do, and what I must do although something is still in its way."""
    found = surveyed_moves(session, house().law, seen, dossier, caller(), at=now, proceeding=proceeding)
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


def _is_mine(item: InboxItem, seen: Survey) -> bool:
    """Say whether the soonest limit is a duty of my bodies, or of nobody."""
    assert item.soonest is not None
    owner = item.soonest.owner_body
    party = seen.parties[item.dossier.id].get(owner or "")
    return owner is None or (party is not None and party.organization_id in caller().organization_ids)


def _counts(waiting: Sequence[Waiting]) -> dict[str, int]:
    urgent = [name for each in waiting if each.ours for name in urgencies(each)]
    ours = sum(each.ours for each in waiting)
    named = {name: urgent.count(name) for name in (ALARM, "late", "soon")}
    return {"ours": ours, "others": len(waiting) - ours, **named}


def _states(session: Session, waiting: Sequence[Waiting]) -> list[dict[str, Any]]:
    """Return the states of the dossiers with how many stand there, most first; told by the edition of the first."""
    found: dict[str, dict[str, Any]] = {}
    for each in waiting:
        line = found.get(each.state)
        if line is None:
            title = say(house().law.pinned(session, each.procedure_sha256).states[each.state].title)
            line = found[each.state] = {"id": each.state, "title": title, "count": 0}
        line["count"] += 1
    return sorted(found.values(), key=lambda line: -int(line["count"]))
