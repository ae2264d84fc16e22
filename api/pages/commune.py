"""The board of a commune: what its police and its committee have in hand, list by list, and everybody after rehab.

Lists only; names lead to the dossiers, which note who opens them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.paging import page_number
from api.pages.showing import LimitLine, limit_lines
from api.pages.words import day, moment
from dossiers.aftercare.kinds import KINDS, POSITIVE, SETTINGS
from dossiers.aftercare.models import AftercareRecord
from dossiers.aftercare.queries import Summary, count_managed, managed, summaries
from dossiers.bodies.naming import names_of
from dossiers.commune.queries import Row, add_limits, count_rows, list_rows
from dossiers.commune.sections import BOARD_ROWS, SECTIONS, Section
from dossiers.errors import NotFoundError
from dossiers.files.models import Dossier
from dossiers.limits.models import Deadline
from workflow.certificates import VIETNAM
from workflow.model import FactDef
from workflow.vocabulary import FactType

PAGE_ROWS: Final = 25
_DIGITS_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a list: whom it is about, where it stands, from when until when, what is due next, what is said."""

    dossier: Dossier
    state: str
    spans: list[LimitLine]
    duty: LimitLine | None
    facts: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One list with its count and the lines that are shown of it."""

    section: Section
    title: str
    count: int
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class AfterLine:
    """One person under post-rehab management: who is responsible, what was done last, what is open."""

    dossier: Dossier
    ends: LimitLine | None
    responsible: str
    visit_days: int | None
    visit_long_ago: bool
    test_days: int | None
    test_result: str
    positive: bool
    absences: int
    monitoring: str


@pages.get("/commune")
@allow("commune:read")
def show_commune() -> str:
    """Show every list with its count and its first lines."""
    at = house().now()
    with house().database.reading() as session:
        lists = [(each, _rows(session, each, at, 0, BOARD_ROWS)) for each in SECTIONS.values()]
        add_limits(session, house().law, lists)
        lines = [
            SectionLine(
                section,
                say(section.title),
                count_rows(session, house().law, section, caller(), at=at),
                [_line(section, row, at) for row in rows],
            )
            for section, rows in lists
        ]
        after = count_managed(session, house().law, caller())
        return render_template("commune.html", sections=lines, after=after)


@pages.get("/commune/<string:section_id>")
@allow("commune:read")
def show_commune_section(section_id: str) -> str:
    """Show one list, page by page."""
    section, at, number = SECTIONS.get(section_id), house().now(), page_number()
    if section is None:
        raise NotFoundError
    with house().database.reading() as session:
        start = (number - 1) * PAGE_ROWS
        rows = _rows(session, section, at, start, PAGE_ROWS)
        add_limits(session, house().law, [(section, rows)])
        count = count_rows(session, house().law, section, caller(), at=at)
        line = SectionLine(section, say(section.title), count, [_line(section, row, at) for row in rows])
        more = count > start + PAGE_ROWS
        return render_template("commune_section.html", line=line, number=number, more=more)


@pages.get("/commune/aftercare")
@allow("commune:read")
def show_aftercare_board() -> str:
    """Show everybody under post-rehab management: nobody responsible first, then without a visit for long."""
    at, number = house().now(), page_number()
    on, start = at.astimezone(VIETNAM).date(), (number - 1) * PAGE_ROWS
    with house().database.reading() as session:
        law = house().law
        people = managed(session, law, caller(), on=on, start=start, limit=PAGE_ROWS)
        told = summaries(session, people, on=on)
        named = [UUID(record.content["account"]) for each in told.values() for record in _with_accounts(each)]
        names = names_of(session, accounts=named, organizations=[])
        count = count_managed(session, law, caller())
        return render_template(
            "commune_aftercare.html",
            lines=[_after_line(session, each, told[each.id], names, at) for each in people],
            count=count,
            number=number,
            more=count > start + PAGE_ROWS,
            settings=SETTINGS,
        )


def helper_name(record: AftercareRecord, names: Mapping[str, str]) -> str:
    """Return the name of a responsible person or helper."""
    return names.get(record.content.get("account", ""), "") or str(record.content.get("name", ""))


def _rows(session: Session, section: Section, at: datetime, start: int, limit: int) -> list[Row]:
    return list_rows(session, house().law, section, caller(), at=at, start=start, limit=limit)


def _line(section: Section, row: Row, at: datetime) -> Line:
    known = row.procedure.facts
    facts = [(known[name], row.dossier.facts.get(name)) for name in section.facts if name in known]
    return Line(
        dossier=row.dossier,
        state=say(row.state.title),
        spans=_limits(row.spans, row, at),
        duty=next(iter(_limits([row.duty] if row.duty else [], row, at)), None),
        facts=[(say(fact.label), _said(fact, value)) for fact, value in facts if value is not None],
    )


def _limits(rows: Sequence[Deadline], row: Row, at: datetime) -> list[LimitLine]:
    return limit_lines(rows, {"": row.procedure}, at)


def _said(fact: FactDef, value: Any) -> str:  # noqa: ANN401 - the value of a fact
    if fact.type is FactType.DATETIME:
        return moment(datetime.fromisoformat(str(value)))
    return day(str(value)) if fact.type is FactType.DATE else str(value)


def _with_accounts(summary: Summary) -> list[AftercareRecord]:
    return [record for record in summary.responsible if record.content.get("account")]


def _after_line(
    session: Session, dossier: Dossier, summary: Summary, names: Mapping[str, str], at: datetime
) -> AfterLine:
    law, on = house().law, at.astimezone(VIETNAM).date()
    procedure = law.pinned(session, dossier.procedure_sha256)
    ends = limit_lines([summary.ends] if summary.ends else [], {"": procedure}, at)
    visit_days, test = _days_since(summary.last_visit, on), summary.last_test
    states = [law.pinned(session, each.procedure_sha256).states[each.state] for each in summary.monitoring]
    return AfterLine(
        dossier=dossier,
        ends=next(iter(ends), None),
        responsible=", ".join(helper_name(record, names) for record in summary.responsible),
        visit_days=visit_days,
        visit_long_ago=visit_days is None or visit_days > SETTINGS.visit_days,
        test_days=_days_since(test.on_date if test else None, on),
        test_result=mark_of(test) if test else "",
        positive=test is not None and test.mark == POSITIVE,
        absences=len(summary.open_absences),
        monitoring=", ".join(say(state.title) for state in states),
    )


def mark_of(record: AftercareRecord) -> str:
    """Return the choice that a record is sorted by, in words."""
    kind = KINDS[record.kind]
    labels = next((item.choices for item in kind.items if item.name == kind.mark), {})
    return say(labels[record.mark]) if record.mark and record.mark in labels else ""


def _days_since(last: date | None, on: date) -> int | None:
    return (on - last).days if last else None
