"""What happened in the dossiers of the caller's bodies since the caller last looked; no names of persons."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import new_hidden, submit
from api.pages.paging import page_number
from api.writing import Unit
from dossiers.errors import InvalidDataError
from dossiers.notices.notices import (
    ARRIVED,
    COUNTED_MAX,
    KINDS,
    REACH,
    Notice,
    count_unread,
    mark_read,
    notices,
    unread_until,
)
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

_ROWS: Final = 50
_DIGITS_MAX: Final = 9
_NO_MOMENT: Final = Reason(
    "BAD_FIELD", Text("Thời điểm không hợp lệ", "Not a moment"), "", Effect.REFUSE, clause="until"
)


@pages.get("/notices")
@allow("inbox:read")
def show_notices() -> str:
    """Show a page of notices, the newest first: all of them, or those not read."""
    at, page, unread_only = house().now(), page_number(), request.args.get("show") == "unread"
    with house().database.reading() as session:
        offset = (page - 1) * _ROWS
        found = notices(session, caller(), at=at, limit=_ROWS + 1, offset=offset, unread_only=unread_only)
        newest = found[0].at if found and page == 1 else None
        shown = unread_until(session, caller(), newest, at=at) if newest else 0
    return render_template(
        "notices.html",
        lines=[_line(each) for each in found[:_ROWS]],
        newest=newest,
        shown=shown,
        unread_only=unread_only,
        more=page + 1 if len(found) > _ROWS else None,
        days=REACH.days,
        hidden=new_hidden(),
    )


@pages.post("/notices/read")
@allow("inbox:read")
def do_read_notices() -> BaseResponse:
    """Take everything that was shown for read; what came in meanwhile stays unread."""

    def work(unit: Unit) -> str:
        if not mark_read(unit.session, unit.actor, _until(), shown=_shown(), at=unit.at):
            flash(_("Có thông báo khác với lúc bạn xem: chưa đánh dấu gì, hãy xem lại."))
        return url_for("pages.show_notices")

    return submit(work)


def unread_words() -> str | None:
    """Return how many notices the caller has not read, None when there is none."""
    with house().database.reading() as session:
        number = count_unread(session, caller(), at=house().now())
    if not number:
        return None
    return f"{COUNTED_MAX}+" if number > COUNTED_MAX else str(number)


def _until() -> datetime:
    try:
        until = datetime.fromisoformat(request.form.get("until", ""))
    except ValueError:
        raise InvalidDataError([_NO_MOMENT]) from None
    if until.tzinfo is None:
        raise InvalidDataError([_NO_MOMENT])
    return until


def _shown() -> int:
    raw = request.form.get("shown", "")
    return int(raw) if raw.isascii() and raw.isdecimal() and len(raw) <= _DIGITS_MAX else -1


def _line(notice: Notice) -> dict[str, Any]:
    return {"notice": notice, "title": say(KINDS[notice.kind]), "act": _act(notice), "urgent": notice.kind == "alarm"}


def _act(notice: Notice) -> str | None:
    """Return what happened, in the words of the law; an opened dossier is named by its kind of notice alone."""
    if notice.trigger is None:
        return None
    acts = (act for one in house().law.procedures for act in one.by_trigger.get(notice.trigger or "", ()))
    title = next((say(act.title) for act in acts), None)
    return title or (_("Mở hồ sơ") if notice.kind == ARRIVED else None)
