"""Delegations of an office: given, received, a new one, one taken back; all of them for who keeps the accounts."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.admin_forms import AdminForm, Shown, day_control, send, show, today, typed_day, typed_text
from api.pages.blueprint import pages
from api.pages.forms import Control, new_hidden, submit
from api.pages.paging import page_number
from api.writing import Unit
from dossiers.bodies.access import may
from dossiers.bodies.delegating import (
    WRITE,
    DelegationForm,
    colleagues,
    delegate,
    delegations,
    delegations_of,
    own_office,
    revoke,
)
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Delegation
from dossiers.bodies.validity import is_valid

_ROWS: Final = 50


@pages.get("/delegations")
@allow("inbox:read")
def show_delegations() -> str:
    """Show what the caller gave and was given."""
    with house().database.reading() as session:
        lines = [_line(each, today()) for each in delegations_of(session, caller())]
    return render_template(
        "delegations.html", lines=lines, hidden=new_hidden(), writes=may(caller(), WRITE), everywhere=False, more=None
    )


@pages.get("/delegations/new")
@allow("delegation:write")
def show_new_delegation() -> Shown:
    """Show the form of a delegation."""
    return show(_form())


@pages.post("/delegations/new")
@allow("delegation:write")
def do_new_delegation() -> Shown:
    """Delegate the caller's office."""

    def work(unit: Unit) -> str:
        form = DelegationForm(
            receiver_id=_receiver(),
            decision_no=typed_text("decision_no"),
            decision_date=typed_day("decision_date", []),
            reason=typed_text("reason"),
            valid_from=typed_day("valid_from", []),
            valid_to=typed_day("valid_to", []),
        )
        delegate(unit.session, form, actor=unit.actor, on=today(), at=unit.at)
        return url_for("pages.show_delegations")

    return send(_form(), work)


@pages.post("/delegations/<uuid:delegation_id>/revoke")
@allow("inbox:read")
def do_revoke_delegation(delegation_id: UUID) -> Shown:
    """Take back what the caller gave, at once."""

    def work(unit: Unit) -> str:
        revoke(unit.session, delegation_id, actor=unit.actor, at=unit.at)
        return url_for("pages.show_delegations")

    return submit(work)


@pages.get("/admin/delegations")
@allow("admin")
def show_all_delegations() -> str:
    """Show every delegation, the newest first."""
    page = page_number()
    with house().database.reading() as session:
        found = delegations(session, limit=_ROWS + 1, offset=(page - 1) * _ROWS)
        lines = [_line(each, today()) for each in found[:_ROWS]]
    more = page + 1 if len(found) > _ROWS else None
    return render_template(
        "delegations.html", lines=lines, hidden=new_hidden(), writes=False, everywhere=True, more=more
    )


@pages.post("/admin/delegations/<uuid:delegation_id>/revoke")
@allow("admin")
def do_revoke_any_delegation(delegation_id: UUID) -> Shown:
    """Take back a delegation that somebody gave, at once."""

    def work(unit: Unit) -> str:
        revoke(unit.session, delegation_id, actor=unit.actor, everywhere=True, at=unit.at)
        return url_for("pages.show_all_delegations")

    return submit(work)


def _receiver() -> UUID | None:
    try:
        return UUID(request.form.get("receiver", ""))
    except ValueError:
        return None


def _form() -> AdminForm:
    def build(session: Session) -> list[Control]:
        own = own_office(session, caller(), on=today())
        options = [(str(each.id), each.full_name) for each in colleagues(session, own, on=today())]
        return [
            Control("receiver", "select", _("Người nhận ủy quyền"), required=True, options=options),
            Control("decision_no", "text", _("Số văn bản ủy quyền"), required=True),
            day_control("decision_date", _("Ngày văn bản ủy quyền"), value=today().isoformat()),
            Control("reason", "textarea", _("Lý do ủy quyền"), required=True),
            day_control("valid_from", _("Ủy quyền từ ngày"), value=today().isoformat()),
            day_control("valid_to", _("Ngày đầu tiên hết ủy quyền")),
        ]

    intro = _(
        "Người nhận làm thay mọi việc của chức vụ trong thời gian ủy quyền, không được ủy quyền lại; "
        "nhật ký ghi rõ số văn bản."
    )
    return AdminForm(_("Ủy quyền"), url_for("pages.show_delegations"), _("Ủy quyền"), build, intro)


def _line(given: Delegation, on: date) -> dict[str, Any]:
    held, ahead = given.membership, given.membership.valid_from > on
    stands = is_valid(held, on) and is_valid(given.giver, on)
    return {
        "given": given,
        "title": say(ROLES[held.role].title),
        "state": _state(given, stands=stands, ahead=ahead),
        "open": given.revoked_at is None and (stands or ahead),
        "own": given.giver.account_id == caller().account_id,
    }


def _state(given: Delegation, *, stands: bool, ahead: bool) -> str:
    if given.revoked_at is not None:
        state = _("đã thu hồi")
    elif ahead:
        state = _("chưa bắt đầu")
    else:
        state = _("đang có hiệu lực") if stands else _("đã hết")
    return str(state)
