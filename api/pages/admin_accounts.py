"""People and offices: accounts, a first password that is shown once, offices from a day to a day, closing.

A search is posted, and an account is known by an id: names stand in no address.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.admin_forms import (
    SHOWN_AGAIN,
    TEXT_MAX,
    AdminForm,
    Shown,
    day_control,
    fault,
    kind_options,
    needed,
    refuse,
    send,
    show,
    today,
    typed_day,
    typed_text,
)
from api.pages.blueprint import pages
from api.pages.forms import KEY, TOKEN, Control
from api.problems import status_of
from api.writing import Answer, Unit, do_once, form_parts
from dossiers.administration.accounts import (
    account_with_offices,
    admit,
    end_office,
    find_accounts,
    give_office,
    office_of,
    replace_password,
    shut_account,
)
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import Account, Membership, Organization
from dossiers.bodies.queries import account
from dossiers.bodies.validity import is_valid, valid_on
from dossiers.idempotency import request_digest
from workflow.refusals import Reason

_ROWS: Final = 50


@pages.get("/admin/accounts")
@allow("admin")
def show_accounts() -> str:
    """Show the accounts by user name, each with the offices of today."""
    return _list("", None)


@pages.post("/admin/accounts/search")
@allow("admin")
def search_accounts() -> str:
    """Show the accounts whose name, user name or body has the text."""
    return _list(typed_text("text")[:TEXT_MAX], typed_text("after")[:TEXT_MAX] or None)


@pages.get("/admin/accounts/new")
@allow("admin")
def show_new_account() -> Shown:
    """Show the form of a new account."""
    return show(_new_form())


@pages.post("/admin/accounts/new")
@allow("admin")
def do_new_account() -> Shown:
    """Open an account, give it its first office, and show its first password, this once."""

    def work(unit: Unit) -> tuple[Account, str]:
        office = _typed_office(unit, "username", "full_name")
        opened, password = admit(
            unit.session, typed_text("username"), typed_text("full_name"), rank=typed_text("rank"), at=unit.at
        )
        give_office(unit.session, opened, actor=unit.actor, at=unit.at, **office)
        return opened, password

    return _with_password(_new_form(), work)


@pages.get("/admin/accounts/<uuid:account_id>")
@allow("admin")
def show_account(account_id: UUID) -> str:
    """Show one account with every office it holds, held or will hold."""
    with house().database.reading() as session:
        found, on = account_with_offices(session, account_id), today()
        return render_template(
            "admin_account.html",
            account=found,
            own=found.id == caller().account_id,
            held_offices=[
                {
                    "office": each,
                    "title": say(ROLES[each.role].title),
                    "held": is_valid(each, on) and is_valid(each.organization, on),
                    "open": each.valid_to is None or each.valid_to > on,
                }
                for each in found.memberships
            ],
        )


@pages.get("/admin/accounts/<uuid:account_id>/offices/new")
@allow("admin")
def show_new_office(account_id: UUID) -> Shown:
    """Show the form that gives an office."""
    return show(_office_form(account_id))


@pages.post("/admin/accounts/<uuid:account_id>/offices/new")
@allow("admin")
def do_new_office(account_id: UUID) -> Shown:
    """Give an office from a day on."""

    def work(unit: Unit) -> str:
        office = _typed_office(unit)
        give_office(unit.session, account(unit.session, account_id), actor=unit.actor, at=unit.at, **office)
        return url_for("pages.show_account", account_id=account_id)

    return send(_office_form(account_id), work)


@pages.get("/admin/accounts/<uuid:account_id>/offices/<uuid:office_id>/end")
@allow("admin")
def show_office_end(account_id: UUID, office_id: UUID) -> Shown:
    """Show the form that ends an office."""
    return show(_end_form(account_id, office_id))


@pages.post("/admin/accounts/<uuid:account_id>/offices/<uuid:office_id>/end")
@allow("admin")
def do_office_end(account_id: UUID, office_id: UUID) -> Shown:
    """End an office on a day."""

    def work(unit: Unit) -> str:
        faults: list[Reason] = []
        on = typed_day("on", faults)
        refuse(faults)
        assert on is not None
        office = office_of(unit.session, account_id, office_id)
        end_office(unit.session, office, on=on, actor=unit.actor, at=unit.at)
        return url_for("pages.show_account", account_id=account_id)

    return send(_end_form(account_id, office_id), work)


@pages.get("/admin/accounts/<uuid:account_id>/close")
@allow("admin")
def show_closing(account_id: UUID) -> Shown:
    """Show what closing an account means."""
    return show(_closing_form(account_id))


@pages.post("/admin/accounts/<uuid:account_id>/close")
@allow("admin")
def do_closing(account_id: UUID) -> Shown:
    """Close an account; its past stays."""

    def work(unit: Unit) -> str:
        shut_account(unit.session, account(unit.session, account_id), actor=unit.actor, at=unit.at)
        return url_for("pages.show_account", account_id=account_id)

    return send(_closing_form(account_id), work)


@pages.get("/admin/accounts/<uuid:account_id>/password")
@allow("admin")
def show_new_password(account_id: UUID) -> Shown:
    """Show what a new password means."""
    return show(_password_form(account_id))


@pages.post("/admin/accounts/<uuid:account_id>/password")
@allow("admin")
def do_new_password(account_id: UUID) -> Shown:
    """Give somebody a new password and show it, this once."""

    def work(unit: Unit) -> tuple[Account, str]:
        found = account(unit.session, account_id)
        return found, replace_password(unit.session, found, actor=unit.actor, at=unit.at)

    return _with_password(_password_form(account_id), work)


def _with_password(form: AdminForm, work: Callable[[Unit], tuple[Account, str]]) -> Shown:
    """Do `work` once and show the password that it made; sent again, only go to the account.

    The password is in no answer that is kept.
    """
    made: list[tuple[Account, str]] = []

    def answer(unit: Unit) -> Answer:
        made.append(work(unit))
        return Answer({"location": url_for("pages.show_account", account_id=made[0][0].id)}, HTTPStatus.SEE_OTHER)

    digest = request_digest(request.method.encode(), request.path.encode(), *form_parts(without=(TOKEN,)))
    try:
        kept = do_once(request.form.get(KEY, "").strip(), digest, answer)
    except SHOWN_AGAIN as refusal:
        return show(form, typed=True, refusal=refusal), status_of(refusal)
    if kept.replayed:
        return redirect(kept.body["location"], HTTPStatus.SEE_OTHER)
    found, password = made[0]
    return render_template("admin_password.html", account=found, password=password)


def _list(text: str, after: str | None) -> str:
    on = today()
    with house().database.reading() as session:
        found = find_accounts(session, text, after=after, limit=_ROWS + 1)
        rows = [
            (each, [(say(ROLES[held.role].title), held.organization.name) for held in _held(each, on)])
            for each in found[:_ROWS]
        ]
        following = found[_ROWS - 1].username if len(found) > _ROWS else None
        return render_template("admin_accounts.html", rows=rows, text=text, following=following)


def _held(found: Account, on: date) -> list[Membership]:
    return [each for each in found.memberships if is_valid(each, on) and is_valid(each.organization, on)]


def _typed_office(unit: Unit, *also_needed: str) -> dict[str, Any]:
    """Return the office that the form gives, as `give_office` takes it; refuses with everything that is wrong."""
    faults: list[Reason] = []
    needed((*also_needed, "body", "role"), faults)
    valid_from = typed_day("valid_from", faults)
    valid_to = typed_day("valid_to", faults, required=False)
    body = _body(unit.session, faults) if valid_from and typed_text("body") else None
    refuse(faults)
    return {"body": body, "role": typed_text("role"), "valid_from": valid_from, "valid_to": valid_to}


def _body(session: Session, faults: list[Reason]) -> Organization | None:
    """Return the body of the code that was typed, as it is on the first day of the office."""
    on = typed_day("valid_from", [])
    query = select(Organization).where(Organization.code == typed_text("body"), valid_on(Organization, on or today()))
    found = session.scalars(query).one_or_none()
    if found is None:
        faults.append(fault("body", "Không có cơ quan mang mã này vào ngày đó", "No body has this code on that day"))
    return found


def _office_controls() -> list[Control]:
    return [
        Control("body", "text", _("Mã cơ quan"), required=True, help=_("Xem ở trang Cơ quan theo thời gian.")),
        Control("role", "select", _("Vai trò"), required=True, options=_roles()),
        day_control("valid_from", _("Giữ vai trò từ ngày"), value=today().isoformat()),
        day_control(
            "valid_to",
            _("Ngày đầu tiên không còn giữ"),
            required=False,
            help=_("Ghi ngày này khi được giao quyền hoặc phụ trách có thời hạn; bỏ trống nếu chưa biết."),
        ),
    ]


def _roles() -> list[tuple[str, str]]:
    return kind_options((role.id, role.title) for role in ROLES.values())


def _new_form() -> AdminForm:
    def build(_session: Session) -> list[Control]:
        return [
            Control(
                "username", "text", _("Tên đăng nhập"), required=True, help=_("Chữ thường không dấu, chữ số, . - _")
            ),
            Control("full_name", "text", _("Họ và tên"), required=True),
            Control("rank", "text", _("Cấp bậc hàm")),
            *_office_controls(),
        ]

    intro = _("Mật khẩu đầu tiên do hệ thống tạo và chỉ hiện một lần sau khi lập.")
    return AdminForm(_("Lập tài khoản"), url_for("pages.show_accounts"), _("Lập tài khoản"), build, intro)


def _office_form(account_id: UUID) -> AdminForm:
    return _form_of(account_id, _("Giao vai trò"), _("Giao vai trò"), lambda _session: _office_controls())


def _end_form(account_id: UUID, office_id: UUID) -> AdminForm:
    def build(_session: Session) -> list[Control]:
        return [day_control("on", _("Ngày đầu tiên không còn giữ"), value=today().isoformat())]

    with house().database.reading() as session:
        office = office_of(session, account_id, office_id)
    words = f"{office.account.full_name}: {say(ROLES[office.role].title)} – {office.organization.name}"
    back = url_for("pages.show_account", account_id=account_id)
    return AdminForm(_("Kết thúc vai trò"), back, _("Kết thúc vai trò"), build, words)


def _closing_form(account_id: UUID) -> AdminForm:
    text = _("Không ai đăng nhập được bằng tài khoản này nữa; việc đã ghi trong hồ sơ vẫn mang tên người đó.")
    return _form_of(account_id, _("Đóng tài khoản"), _("Đóng tài khoản"), lambda _session: [], text)


def _password_form(account_id: UUID) -> AdminForm:
    text = _("Mọi phiên làm việc và mã truy cập của tài khoản chấm dứt. Mật khẩu mới chỉ hiện một lần.")
    return _form_of(account_id, _("Cấp lại mật khẩu"), _("Cấp lại mật khẩu"), lambda _session: [], text)


def _form_of(
    account_id: UUID, title: str, button: str, build: Callable[[Session], list[Control]], text: str = ""
) -> AdminForm:
    with house().database.reading() as session:
        name = account(session, account_id).full_name
    intro = f"{name}. {text}" if text else name
    return AdminForm(title, url_for("pages.show_account", account_id=account_id), button, build, intro)
