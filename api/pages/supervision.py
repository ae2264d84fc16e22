"""What supervisors look into beside the figures: custody whose title is in doubt, and room in the facilities."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from flask import render_template, request
from flask_babel import gettext as _

from api.auth.callers import allow, caller
from api.house import house
from api.pages.blueprint import pages
from api.pages.showing import form_title
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.naming import names_of
from dossiers.bodies.validity import day_of
from dossiers.facilities.capacities import rooms
from dossiers.facilities.places import WORK
from dossiers.overview.gaps import SOON, Gap, Why, gap_figures, gaps_to_read
from dossiers.overview.territory import facilities_in, territory_of

_ROWS: Final = 200
_PERIODS: Final = (30, 90, 365)
#: The kinds of bodies that keep people in areas: those whose officers place them.
_FACILITIES: Final = frozenset(kind for role in ROLES.values() if WORK in role.rights for kind in role.held_in)


@pages.get("/overview/custody-gaps")
@allow("overview:read")
def show_custody_gaps() -> str:
    """Show who is or was held with a title in doubt: figures of the whole territory, lines of own dossiers only."""
    at, days = house().now(), _days()
    since = at - timedelta(days=days)
    with house().database.reading() as session:
        territory, law = territory_of(session, caller(), on=day_of(at)), house().law
        figures = gap_figures(session, law, territory, at=at, since=since)
        found = gaps_to_read(session, law, territory, caller(), at=at, since=since, limit=_ROWS + 1)
        bodies = {each.body_id for each in figures} | {each.body_id for each in found}
        names = names_of(session, accounts=[], organizations=bodies)
        lines = [_gap_line(each, names) for each in found[:_ROWS]]
    words = _words()
    return render_template(
        "custody_gaps.html",
        territory=territory.bodies,
        days=days,
        periods=_PERIODS,
        soon=int(SOON.total_seconds() // 3600),
        figures=[
            {"figure": each, "why": words[each.why], "body": names.get(str(each.body_id), "")} for each in figures
        ],
        lines=lines,
        cut=len(found) > _ROWS,
    )


@pages.get("/overview/capacity")
@allow("overview:read")
def show_capacity() -> str:
    """Show how much room each facility of the territory has, who is expected and who will leave."""
    at = house().now()
    with house().database.reading() as session:
        territory = territory_of(session, caller(), on=day_of(at))
        facilities = facilities_in(session, caller(), _FACILITIES, on=day_of(at))
        found = rooms(session, house().law, facilities, at=at)
        return render_template("capacity.html", territory=territory.bodies, rooms=found, at=at)


def _days() -> int:
    raw = request.args.get("days", "")
    return int(raw) if raw in map(str, _PERIODS) else _PERIODS[0]


def _words() -> dict[Why, str]:
    return {
        Why.NO_TITLE: _("Bị giữ khi không còn căn cứ"),
        Why.UNEXPLAINED: _("Thời gian giữ không được giải thích"),
        Why.NO_PAPER: _("Chưa có văn bản căn cứ trong hồ sơ"),
        Why.ENDS_SOON: _("Căn cứ sắp hết"),
    }


def _gap_line(gap: Gap, names: dict[str, str]) -> dict[str, Any]:
    at = house().now()
    return {
        "gap": gap,
        "why": _words()[gap.why],
        "grave": gap.why is Why.NO_TITLE,
        "number": gap.dossier.number,
        "body": names.get(str(gap.body_id), ""),
        "title": form_title(gap.instrument, day_of(gap.since)) if gap.instrument else "",
        "hours": gap.hours(at),
    }
