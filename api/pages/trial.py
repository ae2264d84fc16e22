"""A demonstration alone: its time can be put ahead, so that a file can be lived through in an afternoon."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus
from types import MappingProxyType
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import public
from api.clock import put_ahead
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import Control, blame, new_hidden
from api.pages.showing import reason_lines
from dossiers.errors import NotFoundError
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

Shown = BaseResponse | str | tuple[str, int]

_STEPS: Final = MappingProxyType(
    {
        "hour": timedelta(hours=1),
        "day": timedelta(days=1),
        "week": timedelta(days=7),
        "month": timedelta(days=30),
        "quarter": timedelta(days=91),
    }
)


@pages.get("/trial/time")
@public
def show_trial_time() -> Shown:
    """Show by how much the time of the demonstration can be put ahead; there is no such page elsewhere."""
    return _form()


@pages.post("/trial/time")
@public
def do_trial_time() -> Shown:
    """Put the time ahead; at its next look the worker lets it act: limits run out, alarms are raised."""
    if house().settings.trial_clock is None:
        raise NotFoundError
    step = _STEPS.get(request.form.get("step", ""))
    if step is None:
        return _form(refused=True), HTTPStatus.UNPROCESSABLE_ENTITY
    put_ahead(house().settings, step)
    flash(_("Thời gian của bản thử đã được dời tới."))
    return redirect(url_for("pages.show_trial_time"), HTTPStatus.SEE_OTHER)


def _form(*, refused: bool = False) -> str:
    if house().settings.trial_clock is None:
        raise NotFoundError
    options = [
        ("hour", _("1 giờ")),
        ("day", _("1 ngày")),
        ("week", _("7 ngày")),
        ("month", _("30 ngày")),
        ("quarter", _("91 ngày")),
    ]
    choice = Control("step", "radio", _("Dời tới thêm"), required=True, options=options)
    reasons = [_CHOOSE] if refused else []
    if refused:
        blame([choice], ["step"], say(_CHOOSE.text))
    return render_template(
        "trial_time.html", controls=[choice], hidden=new_hidden(), refused=reason_lines(reasons, [choice])
    )


_CHOOSE: Final = Reason(
    "TIME", Text("Hãy chọn một khoảng thời gian.", "Choose how far."), "", Effect.REFUSE, clause="step"
)
