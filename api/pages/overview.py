"""Figures about the dossiers of a territory, for supervisors: by body and never a name; lists of own dossiers only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import render_template, request

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.standing import standings_of
from api.pages.words import PERSONS, badge_of
from dossiers.bodies.validity import day_of
from dossiers.errors import NotFoundError
from dossiers.limits.operations import SHORTENED, overdue_code, shortened_code
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from dossiers.overview.figures import (
    AlarmFigure,
    CustodyFigure,
    LateFigure,
    Overview,
    PhaseFigure,
    ReturnFigure,
    overview,
)
from dossiers.overview.lists import Figure, dossiers_behind
from dossiers.overview.returns import RETURNS
from dossiers.overview.territory import territory_of
from workflow.phrases import PHASES
from workflow.vocabulary import Person, Text

_ROWS: Final = 50
_KEY_MAX: Final = 60
#: Returns are counted over this time.
_PERIOD: Final = timedelta(days=365)
_HELD_WITHOUT_TITLE: Final = Text("Bị giữ khi không còn căn cứ", "Held without a title")
_SHORTENED: Final = Text("Thời hạn hết sớm hơn vì lịch nghỉ thay đổi", "A limit ends earlier: the days off changed")
_RAN_OUT: Final = Text("Quá thời hạn", "A limit ran out")
_OTHER: Final = Text("Báo động khác", "Another alarm")
_NOBODY: Final = Text("Không giao cho cơ quan nào", "No body in particular")


@pages.get("/overview")
@allow("overview:read")
def show_overview() -> str:
    """Show the figures of the territory of the reader's bodies."""
    at = house().now()
    with house().database.reading() as session:
        territory = territory_of(session, caller(), on=day_of(at))
        found = overview(session, house().law, territory, at=at, since=at - _PERIOD)
    phases = [phase for phase in PHASES if any(each.phase == phase for each in found.phases)]
    phases += sorted({each.phase for each in found.phases} - set(PHASES))
    return render_template(
        "overview.html",
        territory=territory.bodies,
        since=day_of(at - _PERIOD),
        until=day_of(at),
        phases=[(phase, _phase_title(phase)) for phase in phases],
        table=_by_body(found, phases),
        totals=_totals(found),
        late=[_late_line(found, each) for each in found.late],
        alarms=[_alarm_line(found, each) for each in found.alarms],
        custody=_by_name(_custody_line(found, each) for each in found.custody),
        holes=_by_name(
            {"id": each.body_id, "body": _name(found, each.body_id), "figure": each} for each in found.holes
        ),
        returns=[_return_line(found, each) for each in found.returns],
    )


@pages.get("/overview/dossiers")
@allow("overview:read")
def show_behind() -> str:
    """Show those dossiers behind a figure that the reader may open."""
    figure = Figure(request.args.get("kind", ""), request.args.get("key", "")[:_KEY_MAX], _body_id())
    at, after = house().now(), request.args.get("after") or None
    with house().database.reading() as session:
        territory = territory_of(session, caller(), on=day_of(at))
        rows = dossiers_behind(session, house().law, territory, figure, caller(), at=at, limit=_ROWS + 1, after=after)
        shown = rows[:_ROWS]
        standings = standings_of(session, shown)
        lines = [{"dossier": row, "standing": standings[row.id]} for row in shown]
    following = shown[-1].number if len(rows) > _ROWS else None
    return render_template("overview_dossiers.html", lines=lines, figure=figure, following=following)


def _body_id() -> UUID | None:
    raw = request.args.get("body", "")
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise NotFoundError from None


def _by_body(found: Overview, phases: list[str]) -> list[dict[str, Any]]:
    """Return a row for each body: how many dossiers it has in each phase."""
    bodies: dict[UUID, dict[str, PhaseFigure]] = {}
    for each in found.phases:
        bodies.setdefault(each.body_id, {})[each.phase] = each
    return _by_name(
        {
            "id": body,
            "body": _name(found, body),
            "cells": [(phase, _phase_title(phase), row[phase].dossiers if phase in row else 0) for phase in phases],
            "total": sum(each.dossiers for each in row.values()),
        }
        for body, row in bodies.items()
    )


def _totals(found: Overview) -> dict[str, int]:
    return {
        "dossiers": sum(each.dossiers for each in found.phases),
        "late": sum(each.limits for each in found.late),
        "alarms": sum(each.alarms for each in found.alarms),
        "grave": sum(each.alarms for each in found.alarms if each.grave),
        "held": sum(each.held for each in found.custody),
        "without_paper": sum(each.without_paper for each in found.custody),
        "holes": sum(each.holes for each in found.holes),
    }


def _late_line(found: Overview, each: LateFigure) -> dict[str, Any]:
    return {
        "id": each.body_id,
        "body": _name(found, each.body_id),
        "figure": each,
        "title": say(each.limit.title),
        "basis": cite(each.limit.basis),
        "badge": badge_of(each.limit.confidence.mark),
    }


def _alarm_line(found: Overview, each: AlarmFigure) -> dict[str, Any]:
    return {"id": each.body_id, "body": _name(found, each.body_id), "figure": each, "title": _alarm_title(each)}


def _alarm_title(each: AlarmFigure) -> str:
    """Return what an alarm is about: a limit that ran out or became shorter, or a condition that was not met."""
    if each.code == HELD_WITHOUT_TITLE:
        return say(_HELD_WITHOUT_TITLE)
    guard = each.code.partition(".")[0]
    procedures = [each.procedure, *(one for one in house().law.procedures if one.side)]
    for procedure in procedures:
        for limit in procedure.limits.values():
            if each.code in (overdue_code(limit.id), shortened_code(limit.id)):
                what = _SHORTENED if guard == SHORTENED else _RAN_OUT
                return f"{say(what)}: {say(limit.title)}"
        if guard in procedure.guards:
            return say(procedure.guards[guard].title)
    return say(_OTHER)


def _custody_line(found: Overview, each: CustodyFigure) -> dict[str, Any]:
    where = say(PERSONS[Person(each.kind)])
    return {"id": each.body_id, "body": _name(found, each.body_id), "figure": each, "where": where}


def _return_line(found: Overview, each: ReturnFigure) -> dict[str, Any]:
    """Return who sent how many files of a body back; the reasons may name persons and stand in the dossiers alone."""
    acts = (act for one in house().law.procedures for act in one.by_trigger.get(each.trigger, ()))
    title = next((say(act.title) for act in acts), "")
    return {
        "body": _name(found, each.body_id),
        "figure": each,
        "title": title,
        "basis": cite(RETURNS[each.trigger].basis),
        "share": round(100 * each.returned / each.handed_in) if each.handed_in else None,
    }


def _phase_title(phase: str) -> str:
    return say(PHASES[phase]) if phase in PHASES else phase


def _name(found: Overview, body_id: UUID | None) -> str:
    return found.names.get(str(body_id), "") if body_id else say(_NOBODY)


def _by_name(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: str(line["body"]))
