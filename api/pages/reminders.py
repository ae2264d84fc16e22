"""An officer's own wish to be reminded by e-mail: an address, or none."""

from __future__ import annotations

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.forms import Control, blame, fill, new_hidden, submit
from api.pages.showing import items_of, reason_lines
from api.problems import status_of
from api.writing import Unit
from dossiers.errors import InvalidDataError
from dossiers.reminders.operations import reminder_of, set_reminder


@pages.get("/reminders")
@allow("inbox:read")
def show_reminders() -> str:
    """Show where the caller is reminded."""
    return _form()


@pages.post("/reminders")
@allow("inbox:read")
def do_reminders() -> BaseResponse | tuple[str, int]:
    """Remind the caller at the address that was typed, or no longer."""

    def work(unit: Unit) -> str:
        set_reminder(unit.session, unit.actor, request.form.get("address", "").strip(), at=unit.at)
        flash(_("Đã lưu."))
        return url_for("pages.show_reminders")

    try:
        return submit(work)
    except InvalidDataError as refusal:
        return _form(refusal), status_of(refusal)


def _form(refusal: InvalidDataError | None = None) -> str:
    with house().database.reading() as session:
        kept = reminder_of(session, caller())
    address = Control(
        "address",
        "email",
        _("Địa chỉ thư điện tử"),
        value=kept.address if kept else "",
        help=_("Để trống nếu không muốn nhận thư."),
        autocomplete="email",
    )
    reasons = refusal.reasons if refusal else ()
    if refusal is not None:
        fill([address])
    for reason in reasons:
        blame([address], items_of(reason), say(reason.text))
    return render_template(
        "reminders.html",
        controls=[address],
        hidden=new_hidden(),
        refused=reason_lines(reasons, [address]),
        can_mail=house().settings.mail_url is not None,
    )
