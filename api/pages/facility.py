"""The board of a facility: who is expected, who is there in which stage, who is away, who leaves and what is missing.

Lists, so no access is noted; every list is paged and read in a fixed number of statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from api.pages.citing import cite
from api.pages.handovers import handover_state
from api.pages.paging import page_number
from api.pages.showing import form_title
from api.pages.words import PERSONS, Due, due_of
from dossiers.errors import NotFoundError
from dossiers.facilities import board
from dossiers.facilities.areas import AREA_KINDS, BOARD
from dossiers.facilities.law_reading import stages
from dossiers.facilities.leavers import leaving
from dossiers.facilities.places import WORK, bodies_of_facility, facility_of, placements_of
from dossiers.handovers.queries import latest_handovers
from workflow.certificates import VIETNAM
from workflow.model import Limit, Procedure
from workflow.vocabulary import Person

#: The lists of the board, in the order in which they stand.
ARRIVING, PRESENT, AWAY, LEAVING = "arriving", "present", "away", "leaving"
_LISTS: Final = (LEAVING, ARRIVING, AWAY, PRESENT)
#: Rows of a list on the whole board, and on a page of its own.
_FEW: Final = 10
_ROWS: Final = 25


@dataclass(frozen=True, slots=True)
class LimitWords:
    """A limit of somebody on the board: its title, what is left, and where it is explained."""

    id: UUID
    title: str
    due: Due
    basis: str


@dataclass(frozen=True)
class Part:
    """One list of the board as it is shown: its rows, and whether there are more."""

    name: str
    title: str
    rows: list[dict[str, Any]]
    more: bool


@pages.get("/facility")
@allow("facility:work")
def show_facility() -> str:
    """Show the board: the counts, and the beginning of each list or, when one is named, a page of it."""
    wanted, number = request.args.get("list", ""), page_number()
    if wanted and wanted not in _LISTS:
        raise NotFoundError
    at, law = house().now(), house().law
    with house().database.reading() as session:
        bodies = bodies_of_facility(caller(), facility_of(caller(), WORK))
        counts = board.count_board(session, law, bodies, at=at)
        rows = _ROWS if wanted else _FEW
        page = board.Page(rows + 1, (number - 1) * rows if wanted else 0)
        sections = [_part(session, bodies, name, page, at) for name in ((wanted,) if wanted else _LISTS)]
        return render_template(
            "facility.html",
            counts=counts,
            sections=sections,
            groups=_groups(counts),
            wanted=wanted,
            stage=request.args.get("stage", ""),
            number=number,
            days=BOARD.leavers_days,
        )


def _part(session: Session, bodies: frozenset[UUID], name: str, page: board.Page, at: datetime) -> Part:
    make: dict[str, tuple[str, Callable[[], list[dict[str, Any]]]]] = {
        ARRIVING: (_("Người sắp được đưa đến"), lambda: _arriving(session, bodies, page, at)),
        PRESENT: (_("Người đang ở cơ sở"), lambda: _present(session, bodies, page, at)),
        AWAY: (_("Người đang vắng"), lambda: _away(session, bodies, page, at)),
        LEAVING: (
            _("Người hết thời hạn trong %(days)s ngày tới", days=BOARD.leavers_days),
            lambda: _leaving(session, bodies, page, at),
        ),
    }
    title, rows = make[name]
    found = rows()
    return Part(name, title, found[: page.limit - 1], len(found) >= page.limit)


def _arriving(session: Session, bodies: frozenset[UUID], page: board.Page, at: datetime) -> list[dict[str, Any]]:
    lines = board.arriving(session, house().law, bodies, page=page)
    handovers = latest_handovers(session, _ids(lines), caller())
    rows = []
    for line in lines:
        state = line.procedure.states[line.dossier.state].title
        found = handovers.get(line.dossier.id)
        if line.hold is not None:
            held = house().law.pinned(session, line.hold.procedure_sha256)
            state = held.states[line.hold.state].title
        rows.append(
            {
                **_row(line, at),
                "state": say(state),
                "person": say(PERSONS[line.person]),
                "handover": found,
                "handover_state": handover_state(found) if found else None,
            }
        )
    return rows


def _present(session: Session, bodies: frozenset[UUID], page: board.Page, at: datetime) -> list[dict[str, Any]]:
    lines = board.present(session, house().law, bodies, page=page, group=request.args.get("stage") or None)
    areas = placements_of(session, _ids(lines), bodies)
    today = at.astimezone(VIETNAM).date()
    rows = []
    for line in lines:
        kind = AREA_KINDS.get(areas.get(line.dossier.id, ""))
        since = line.since.astimezone(VIETNAM).date() if line.since else None
        rows.append(
            {
                **_row(line, at),
                "stage": _stage_words(line),
                "since": since,
                "days": (today - since).days if since else None,
                "area": say(kind.title) if kind else "",
            }
        )
    return rows


def _away(session: Session, bodies: frozenset[UUID], page: board.Page, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            **_row(line, at),
            "state": say(line.procedure.states[line.dossier.state].title),
            "person": say(PERSONS[line.person]),
            "since": line.since,
        }
        for line in board.away(session, house().law, bodies, page=page)
    ]


def _leaving(session: Session, bodies: frozenset[UUID], page: board.Page, at: datetime) -> list[dict[str, Any]]:
    rows = []
    for leaver in leaving(session, house().law, bodies, at=at, page=page):
        state = leaver.procedure.states[leaver.dossier.state]
        on = at.astimezone(VIETNAM).date()
        rows.append(
            {
                "dossier": leaver.dossier,
                "state": say(state.title),
                "person": say(PERSONS[state.person]),
                "term": leaver.term.id,
                "last_day": leaver.last_day,
                "days_left": leaver.days_left,
                "papers": [
                    {
                        "title": f" {_('hoặc')} ".join(dict.fromkeys(form_title(form, on) for form in each.forms)),
                        "on_file": each.on_file,
                        "waited_for": each.waited_for,
                    }
                    for each in leaver.papers
                ],
                "duties": [
                    {"words": _limit_words(each.row.id, each.row.due_at, each.limit, at), "state": each.row.state}
                    for each in leaver.duties
                ],
            }
        )
    return rows


def _row(line: board.Line, at: datetime) -> dict[str, Any]:
    rule = _rule(line.procedure, line.limit.rule) if line.limit else None
    limit = _limit_words(line.limit.id, line.limit.due_at, rule, at) if line.limit else None
    return {"dossier": line.dossier, "limit": limit, "held": line.person is Person.HELD_PENDING}


def _limit_words(row_id: UUID, due_at: datetime | None, rule: Limit | None, at: datetime) -> LimitWords:
    title, basis = (say(rule.title), cite(rule.basis)) if rule else ("", "")
    return LimitWords(row_id, title, due_of(due_at, rule, at), basis)


def _rule(procedure: Procedure, rule: str) -> Limit | None:
    """Return a limit of the dossier's law, or of a side machine of it."""
    own = procedure.limits.get(rule)
    others = (each.limits[rule] for each in house().law.procedures if rule in each.limits)
    return own or next(others, None)


def _stage_words(line: board.Line) -> str:
    fact = line.procedure.facts.get(BOARD.stage_fact)
    choices = fact.choices if fact else ()
    unknown = say(PERSONS[line.person])
    return next((say(choice.label) for choice in choices if choice.id == line.stage), unknown)


def _groups(counts: board.Counts) -> list[dict[str, Any]]:
    """Return the stages with how many are in each, then those held while the dossier is made and those in no stage."""
    groups = [
        {"id": stage.id, "title": say(stage.title), "count": counts.stages.get(stage.id, 0)}
        for stage in stages(house().law)
    ]
    held = {"id": board.HELD, "title": say(PERSONS[Person.HELD_PENDING]), "count": counts.stages.get(board.HELD, 0)}
    known = {group["id"] for group in groups} | {board.HELD}
    others = sum(number for group, number in counts.stages.items() if group not in known)
    unsaid = [{"id": "", "title": _("Chưa ghi giai đoạn"), "count": others}] if others else []
    return [*groups, held, *unsaid]


def _ids(lines: Sequence[board.Line]) -> list[UUID]:
    return [line.dossier.id for line in lines]
