"""The workplace of a court: the docket by step and by day, and the list of who is heard on a day.

Lists, like the inbox: what a dossier says is read on its own page, and opening that is noted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.grouping import group_moves
from api.pages.move_page import forms_of_the_day
from api.pages.paging import page_number
from api.pages.showing import LimitLine, form_title, limit_lines
from api.pages.words import ending
from dossiers.court.queries import Line, docket, hearing_of, hearings, lines_of
from dossiers.court.steps import Docket, court_offices, outcomes
from dossiers.errors import NotFoundError
from dossiers.files.models import Dossier
from workflow.certificates import VIETNAM
from workflow.engine import Possibility
from workflow.vocabulary import Text

_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(days=7)
#: How far ahead days of hearings are named on the page of all lists.
_AHEAD: Final = timedelta(days=60)
#: Lines of each list on the page of all lists, and on a page of its own; lines of hearings in a week.
_SHOWN: Final = 10
_PAGE: Final = 50
_WEEK_LINES: Final = 100
_PAGES_MAX: Final = 1000
_MISSING_PAPER: Final = "MISSING_PAPER"

LISTS: Final = {
    Docket.TO_ACCEPT: Text("Chờ thụ lý", "To be accepted"),
    Docket.NO_DAY: Text("Đã thụ lý, chưa có ngày họp", "Accepted, no day of hearing yet"),
    Docket.HEARD: Text("Đến ngày họp, chưa ghi kết quả", "Day of hearing come, no result recorded"),
    Docket.WAITING: Text(
        "Đã trả lại, chờ làm rõ hoặc tạm đình chỉ", "Returned, clarification awaited, or review stayed"
    ),
    Docket.DECIDED: Text(
        "Đã quyết định, còn thời hạn khiếu nại, kiến nghị, kháng nghị hoặc chưa gửi",
        "Decided, still open to challenge or not sent yet",
    ),
    Docket.OTHER: Text("Việc khác đang có thời hạn của Tòa án", "Other work with a limit of the court"),
}
_WEEKDAYS: Final = (
    Text("Thứ Hai", "Monday"),
    Text("Thứ Ba", "Tuesday"),
    Text("Thứ Tư", "Wednesday"),
    Text("Thứ Năm", "Thursday"),
    Text("Thứ Sáu", "Friday"),
    Text("Thứ Bảy", "Saturday"),
    Text("Chủ Nhật", "Sunday"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """Something the court can do next: the name of the act, and the papers it lacks or whether it lacks anything."""

    title: str
    trigger: str
    allowed: bool
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourtLine:
    """One dossier of a docket in words."""

    dossier: Dossier
    state: str
    hearing_at: datetime | None
    judge: str
    proposer: str
    soonest: LimitLine | None
    #: Whose duty the soonest limit is, when it is not the court's.
    whose: str
    #: When the last window ends within which the decision may be challenged; empty where none runs.
    open_until: str
    steps: tuple[Step, ...]
    #: Whether the hearing waits for its result.
    open: bool

    @property
    def hour(self) -> str:
        """Return the hour of the hearing."""
        return f"{self.hearing_at:%H:%M}" if self.hearing_at else "–"


@pages.get("/court")
@allow("court:work")
def show_court() -> str:
    """Show the docket: each list with its first lines, and the hearings of one week by day."""
    today = _today()
    monday = _asked_day(request.args.get("week"), today)
    monday -= timedelta(days=monday.weekday())
    with house().database.reading() as session:
        lists = {each: docket(session, house().law, caller(), each, today=today, limit=_SHOWN) for each in Docket}
        held = hearings(session, house().law, caller(), first=monday, last=monday + _WEEK - _DAY)
        coming = hearings(session, house().law, caller(), first=today, last=today + _AHEAD)
        wanted = {row.id: row for listed in lists.values() for row in listed.dossiers}
        wanted |= {row.id: row for row in held[:_WEEK_LINES]}
        lines = court_lines(session, list(wanted.values()))
    return render_template(
        "court.html",
        lists=[
            {"id": each.value, "title": say(LISTS[each]), "total": listed.total, "lines": _of(lines, listed.dossiers)}
            for each, listed in lists.items()
        ],
        days=_days(held, lines),
        coming=_days(coming, {}),
        first=monday,
        last=monday + _WEEK - _DAY,
        before=monday - _WEEK,
        after=monday + _WEEK,
        today=today,
    )


@pages.get("/court/lists/<string:name>")
@allow("court:work")
def show_court_list(name: str) -> str:
    """Show one list of the docket, page by page."""
    if name not in set(Docket):
        raise NotFoundError
    wanted, number = Docket(name), page_number()
    with house().database.reading() as session:
        listed = docket(session, house().law, caller(), wanted, today=_today(), limit=_PAGE, after=(number - 1) * _PAGE)
        lines = _of(court_lines(session, listed.dossiers), listed.dossiers)
    return render_template(
        "court_list.html",
        name=name,
        title=say(LISTS[wanted]),
        lines=lines,
        total=listed.total,
        number=number,
        more=listed.total > number * _PAGE,
    )


@pages.get("/court/days/<string:day>")
@allow("court:work")
def show_court_day(day: str) -> str:
    """Show who is heard on a day, in the order of the hours: a list to print and to hang up."""
    on = day_of_address(day)
    with house().database.reading() as session:
        held = hearings(session, house().law, caller(), first=on, last=on)
        lines = _of(court_lines(session, held), held)
    return render_template(
        "court_day.html",
        on=on,
        title=day_title(on),
        courts=court_names(),
        lines=lines,
        open=sum(1 for line in lines if line.open),
        come=on <= _today(),
        before=on - _DAY,
        after=on + _DAY,
    )


def day_of_address(raw: str) -> date:
    """Return the day that an address names; raises NotFoundError for anything else."""
    try:
        found = date.fromisoformat(raw)
    except ValueError:
        raise NotFoundError from None
    if not date.min + _WEEK < found < date.max - _WEEK:
        raise NotFoundError
    return found


def day_title(on: date) -> str:
    """Return a day with its weekday."""
    return f"{say(_WEEKDAYS[on.weekday()])}, {on:%d/%m/%Y}"


def court_names() -> list[str]:
    """Return the courts whose work the caller does."""
    return list(dict.fromkeys(office.name for office in court_offices(caller())))


def court_lines(session: Session, dossiers: Sequence[Dossier]) -> dict[UUID, CourtLine]:
    """Return dossiers as lines of a docket, by id; as many statements as for one."""
    now = house().now()
    lines = lines_of(session, house().law, caller(), dossiers, at=now)
    return {line.dossier.id: _line(line, now) for line in lines}


def missing_papers(possibility: Possibility) -> tuple[str, ...]:
    """Return the titles of the papers that an act lacks on file, signed."""
    on = _today()
    lacking = [
        reason.clause
        for reason in (*possibility.reasons, *possibility.remarks)
        if reason.guard == _MISSING_PAPER and reason.clause
    ]
    return tuple(
        f" {_('hoặc')} ".join(form_title(form, on) for form in forms_of_the_day(clause.split(" / "), on))
        for clause in lacking
    )


def _line(line: Line, now: datetime) -> CourtLine:
    steps, procedure = line.steps, line.steps.procedure
    sides = {each.key: each for each in house().law.procedures if each.side}
    own = [row for row in line.limits if row.owner_body in steps.bodies]
    soonest = next(iter([*own, *line.limits]), None)
    shown = limit_lines([soonest], {"": procedure, **sides}, now)[0] if soonest else None
    windows = [row.due_at for row in line.limits if row.rule in steps.windows and row.due_at is not None]
    moves = group_moves(line.possible, urgent=frozenset(row.rule for row in line.limits))
    return CourtLine(
        dossier=line.dossier,
        state=say(procedure.states[line.dossier.state].title),
        hearing_at=line.hearing_at,
        judge=line.judge,
        proposer=line.proposer,
        soonest=shown,
        whose=shown.owner if shown is not None and not own else "",
        open_until=ending(max(windows)) if windows else "",
        steps=tuple(
            Step(say(each.transition.title), each.transition.trigger, each.allowed, missing_papers(each))
            for each in sorted([*moves.allowed, *moves.due, *moves.waiting], key=lambda one: len(one.transition.source))
        ),
        open=bool(outcomes(procedure, line.dossier.state)) and line.dossier.state in steps.hearing,
    )


def _of(lines: Mapping[UUID, CourtLine], dossiers: Sequence[Dossier]) -> list[CourtLine]:
    return [lines[dossier.id] for dossier in dossiers if dossier.id in lines]


def _days(held: Sequence[Dossier], lines: Mapping[UUID, CourtLine]) -> list[dict[str, object]]:
    """Return the days of a week on which somebody is heard; a week too full for one page has days without lines."""
    found: dict[date, list[Dossier]] = {}
    for dossier in held:
        at = hearing_of(dossier)
        assert at is not None
        found.setdefault(at.date(), []).append(dossier)
    return [
        {"on": on, "title": day_title(on), "total": len(rows), "lines": _of(lines, rows)} for on, rows in found.items()
    ]


def _asked_day(raw: str | None, otherwise: date) -> date:
    return day_of_address(raw) if raw else otherwise


def _today() -> date:
    return house().now().astimezone(VIETNAM).date()
