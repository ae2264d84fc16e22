"""`hoso calendar`: the working days, and what a decision has changed since the release."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import click
from sqlalchemy import inspect, make_url

from api.cli.output import json_option, show
from api.config import database_address, settings_from_environment
from dossiers.files.editions import load_law
from dossiers.limits.recounting import Recount, last_day
from dossiers.moves.recount import Outlook, decree_day, outlooks
from dossiers.policies import CalendarDay, calendar_with, known_calendars
from storage.database import open_database
from workflow.calendar import Calendar, CalendarUnknownError, load_calendar
from workflow.certificates import VIETNAM

_DAY: Final = click.DateTime(["%Y-%m-%d"])


@click.group()
def calendar() -> None:
    """Look at the working days."""


@calendar.command("show")
@click.argument("year", type=int)
@click.option("--known-on", type=_DAY, help="As it was known on this day, to check a certificate of that time.")
@json_option
def show_calendar(year: int, known_on: datetime | None, *, as_json: bool) -> None:
    """Show the days off and the make-up working days of a year."""
    known = calendars_of_this_house()[0]
    if known_on is not None:
        known = known.as_known_on(known_on.date())
    try:
        found, export = known.year(year), known.export(year)
    except CalendarUnknownError as unknown:
        raise click.ClickException(str(unknown)) from unknown
    lines = [f"{year}: {found.working_days} working days{'' if found.announced else ' (provisional)'}"]
    lines += [
        f"{day.date} {'work' if day.working else 'off '} {day.reason.vi}{' (provisional)' if day.provisional else ''}"
        for day in found.days
    ]
    show(export, as_json=as_json, lines=[*lines, f"revision {known.revision}"])


@calendar.command("add")
@click.argument("day", type=_DAY)
@click.option("--off", "kind", flag_value="off", help="The day becomes a day off.")
@click.option("--work", "kind", flag_value="work", help="The day is worked to make up for another.")
@click.option("--decision", required=True, help="Number and date of the decision.")
@click.option("--dry-run", "--preview", "dry", is_flag=True, help="Only say which running limits would move.")
@json_option
def add_day(day: datetime, kind: str | None, decision: str, *, dry: bool, as_json: bool) -> None:
    """Record a day that a decision set; the worker then counts the running limits again that depend on it.

    Certificates already stored stay as they were counted: a new count is a new certificate beside the old one.
    """
    if kind is None:
        raise click.UsageError("say --off or --work")
    on, at, law = day.date(), datetime.now(UTC), load_law()
    database = open_database(settings_from_environment().database_url)
    try:
        with database.reading() as session:
            found = outlooks(session, law, calendar_with(session, on, kind, decision, at=at), day=on)
            value = {"date": f"{on}", "kind": kind, "decision": decision, "written": not dry, "limits": _plain(found)}
            lines = [f"{on}: {kind} ({decision}){' - chỉ xem trước / only a preview' if dry else ''}", *_lines(found)]
        if not dry:
            with database.transaction() as session:
                decree_day(session, on, kind, decision, at=at)
    finally:
        database.dispose()
    show(value, as_json=as_json, lines=lines)


def calendars_of_this_house() -> list[Calendar]:
    """Return the calendars this installation has known, the present one first, the shipped one last.

    An installation without a database knows the shipped one; none is made by asking.
    """
    address = database_address()
    url = make_url(address)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return [load_calendar()]
    database = open_database(address)
    try:
        if not inspect(database.engine).has_table(CalendarDay.__tablename__):
            return [load_calendar()]
        with database.reading() as session:
            return known_calendars(session)
    finally:
        database.dispose()


def _plain(found: Iterable[Outlook]) -> list[dict[str, Any]]:
    return [
        {
            "dossier": outlook.dossier.number,
            "rule": each.limit.id,
            "title": {"vi": each.limit.title.vi, "en": each.limit.title.en},
            "due_before": _iso(each.row.due_at),
            "counted": _iso(each.certificate.due_at),
            "due_at": _iso(each.due_at),
            "days": each.moved_days,
            "kept": each.kept,
        }
        for outlook in found
        for each in outlook.recounts
    ]


def _lines(found: Iterable[Outlook]) -> list[str]:
    lines = [f"{outlook.dossier.number}  {_line(each)}" for outlook in found for each in outlook.recounts]
    return lines or ["không có thời hạn nào đang tính thay đổi / no running limit changes"]


def _line(each: Recount) -> str:
    before = _shown(each.row.due_at)
    if each.kept:
        counted = _shown(each.certificate.due_at)
        return f"{each.limit.id} {each.limit.title.vi}: giữ ngày {before} (tính lại: {counted}) / the later day is kept"
    return f"{each.limit.id} {each.limit.title.vi}: {before} → {_shown(each.due_at)} ({each.moved_days:+d} ngày / days)"


def _shown(moment: datetime | None) -> str:
    assert moment is not None
    found: date = last_day(moment)
    return f"{found:%d/%m/%Y}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(VIETNAM).isoformat()
