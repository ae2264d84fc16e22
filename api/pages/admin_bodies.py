"""Bodies over time: which exist on a day, one with its papers' symbols, a new one, and what becomes of one on a day."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from api.auth.callers import allow
from api.house import house
from api.languages import say
from api.pages.admin_forms import (
    TEXT_MAX,
    AdminForm,
    Preview,
    Shown,
    asked_day,
    day_control,
    kind_options,
    needed,
    refuse,
    reworded,
    send,
    send_after_preview,
    show,
    today,
    typed_day,
    typed_text,
)
from api.pages.blueprint import pages
from api.pages.forms import Control, fill
from api.pages.showing import form_title
from api.writing import Unit
from dossiers.administration.bodies import (
    BodyOutlook,
    body_row,
    check_ending,
    check_opening,
    check_renewal,
    dossiers_in_hand_of,
    end_body,
    open_body,
    outlook,
    renew_body,
)
from dossiers.bodies.kinds import ORGANIZATION_KINDS, ROLES
from dossiers.bodies.models import AdminUnit, Jurisdiction, Organization
from dossiers.bodies.queries import members, organization, provinces
from dossiers.bodies.validity import is_valid, valid_on
from dossiers.papers.symbols import symbols_of
from workflow.refusals import Reason

_ROWS: Final = 50
_NEW: Final = ("code", "type", "name", "letterhead", "symbol", "place", "valid_from")
_RENEWED: Final = ("name", "letterhead", "symbol", "place")
_COLUMNS: Final = (
    "code", "type", "name", "letterhead", "symbol", "place", "address", "province_code", "commune_code",
    "parent_code", "valid_from", "jurisdiction",
)  # fmt: skip


@pages.get("/admin/bodies")
@allow("admin")
def show_bodies() -> str:
    """Show the bodies that exist today, by code."""
    return _list(request.args)


@pages.post("/admin/bodies/search")
@allow("admin")
def search_bodies() -> str:
    """Show the bodies that exist on a day and have the text in name or code, or are of a kind."""
    return _list(request.form)


@pages.get("/admin/bodies/new")
@allow("admin")
def show_new_body() -> Shown:
    """Show the form of a new body."""
    return show(_new_form())


@pages.post("/admin/bodies/new")
@allow("admin")
def do_new_body() -> Shown:
    """Begin a body."""

    def work(unit: Unit) -> str:
        faults: list[Reason] = []
        needed(_NEW, faults)
        typed_day("valid_from", faults)
        row = _typed_row()
        refuse(faults or [_worded(each) for each in check_opening(unit.session, row)])
        body = open_body(unit.session, row, at=unit.at)
        return url_for("pages.show_body", body_id=body.id)

    return send(_new_form(), work)


@pages.get("/admin/bodies/<uuid:body_id>")
@allow("admin")
def show_body(body_id: UUID) -> str:
    """Show one body: its place, its territory, its days, what it came from, who holds offices in it."""
    with house().database.reading() as session:
        body = organization(session, body_id)
        codes = [*_territory(session, body), *([body.commune_code] if body.commune_code else [])]
        wanted = AdminUnit.code.in_([*codes, *([body.province_code] if body.province_code else [])])
        units = {unit.code: unit.name for unit in session.scalars(select(AdminUnit).where(wanted))}
        before = session.scalars(select(Organization).where(Organization.successor_id == body.id)).all()
        on = today()
        return render_template(
            "admin_body.html",
            body=body,
            kind=say(ORGANIZATION_KINDS[body.type].title),
            living=is_valid(body, on),
            parent=session.get(Organization, body.parent_id) if body.parent_id else None,
            successor=session.get(Organization, body.successor_id) if body.successor_id else None,
            before=before,
            province=units.get(body.province_code or "", body.province_code),
            communes=[(code, units.get(code, "")) for code in codes],
            held_offices=[(say(ROLES[each.role].title), each) for each in members(session, body, on=on)],
            symbols=[(form_title(each.form, each.valid_from), each) for each in symbols_of(session, body)],
            dossiers=dossiers_in_hand_of(session, body),
        )


@pages.get("/admin/bodies/<uuid:body_id>/end")
@allow("admin")
def show_ending(body_id: UUID) -> Shown:
    """Show the form that ends a body or merges it into another."""
    return show(_ending_form(body_id))


@pages.post("/admin/bodies/<uuid:body_id>/end")
@allow("admin")
def do_ending(body_id: UUID) -> Shown:
    """Tell what the end of a body changes; end it once that is confirmed."""

    def look(session: Session) -> Preview:
        body, faults = organization(session, body_id), list[Reason]()
        on, successor = typed_day("on", faults), typed_text("successor_code")
        if on is not None:
            found = check_ending(session, body, on=on, successor_code=successor)
            faults += [_worded(each) for each in found]
        refuse(faults)
        assert on is not None
        return _told(outlook(session, body, on=on, successor_code=successor, renewed=False))

    def work(unit: Unit) -> str:
        on = date.fromisoformat(typed_text("on"))
        body = organization(unit.session, body_id)
        end_body(unit.session, body, on=on, successor_code=typed_text("successor_code"), at=unit.at)
        return url_for("pages.show_body", body_id=body_id)

    return send_after_preview(_ending_form(body_id), look, work)


@pages.get("/admin/bodies/<uuid:body_id>/renew")
@allow("admin")
def show_renewal(body_id: UUID) -> Shown:
    """Show the form that gives a body another name, superior or territory from a day on."""
    return show(_renewal_form(body_id))


@pages.post("/admin/bodies/<uuid:body_id>/renew")
@allow("admin")
def do_renewal(body_id: UUID) -> Shown:
    """Tell what the day of the change brings; let the body go on changed once that is confirmed."""

    def look(session: Session) -> Preview:
        body, faults = organization(session, body_id), list[Reason]()
        on = typed_day("on", faults)
        needed(_RENEWED, faults)
        if not faults and on is not None:
            faults += [_worded(each) for each in check_renewal(session, body, _typed_row(), on=on)]
        refuse(faults)
        assert on is not None
        return _told(outlook(session, body, on=on, successor_code="", renewed=True))

    def work(unit: Unit) -> str:
        on = date.fromisoformat(typed_text("on"))
        body = organization(unit.session, body_id)
        renewed = renew_body(unit.session, body, _typed_row(), on=on, at=unit.at)
        return url_for("pages.show_body", body_id=renewed.id)

    return send_after_preview(_renewal_form(body_id), look, work)


def _list(asked: MultiDict[str, str]) -> str:
    on, text = asked_day(asked.get("on")), asked.get("text", "").strip()[:TEXT_MAX]
    kind, after = asked.get("kind", ""), asked.get("after", "")[:TEXT_MAX]
    query = select(Organization).where(valid_on(Organization, on)).order_by(Organization.code)
    if text:
        variants = sorted({text, text.upper(), text.lower(), text.title()})
        query = query.where(
            or_(
                *(
                    each.contains(one, autoescape=True)
                    for one in variants
                    for each in (Organization.name, Organization.code)
                )
            )
        )
    if kind in ORGANIZATION_KINDS:
        query = query.where(Organization.type == kind)
    if after:
        query = query.where(Organization.code > after)
    with house().database.reading() as session:
        found = session.scalars(query.limit(_ROWS + 1)).all()
        ids = [each.parent_id for each in found if each.parent_id]
        parents = {each.id: each.name for each in session.scalars(select(Organization).where(Organization.id.in_(ids)))}
    rows = found[:_ROWS]
    return render_template(
        "admin_bodies.html",
        rows=[
            (each, say(ORGANIZATION_KINDS[each.type].title), parents.get(each.parent_id) if each.parent_id else None)
            for each in rows
        ],
        on=on,
        text=text,
        kind=kind,
        kinds=_kinds(),
        following=rows[-1].code if len(found) > _ROWS else None,
    )


def _new_form() -> AdminForm:
    def build(session: Session) -> list[Control]:
        return [
            Control("code", "text", _("Mã cơ quan"), required=True, help=_("Không đổi khi cơ quan đổi tên.")),
            Control("type", "select", _("Loại cơ quan"), required=True, options=_kinds()),
            *_said_controls(session, province=True),
            day_control("valid_from", _("Hoạt động từ ngày"), value=today().isoformat()),
        ]

    return AdminForm(_("Lập cơ quan mới"), url_for("pages.show_bodies"), _("Lập cơ quan"), build)


def _ending_form(body_id: UUID) -> AdminForm:
    def build(session: Session) -> list[Control]:
        organization(session, body_id)
        return [
            day_control("on", _("Ngày đầu tiên không còn cơ quan này")),
            Control(
                "successor_code",
                "text",
                _("Mã cơ quan kế thừa"),
                help=_("Cơ quan cùng loại, đã có vào ngày đó; hồ sơ chuyển sang cơ quan này. Bỏ trống nếu không có."),
            ),
        ]

    with house().database.reading() as session:
        name = organization(session, body_id).name
    back = url_for("pages.show_body", body_id=body_id)
    return AdminForm(_("Kết thúc hoặc sáp nhập"), back, _("Ghi nhận"), build, intro=name, previews=True)


def _renewal_form(body_id: UUID) -> AdminForm:
    def build(session: Session) -> list[Control]:
        controls = [day_control("on", _("Áp dụng từ ngày")), *_said_controls(session, province=False)]
        fill(controls, body_row(session, organization(session, body_id)))
        return controls

    with house().database.reading() as session:
        name = organization(session, body_id).name
    back = url_for("pages.show_body", body_id=body_id)
    return AdminForm(_("Đổi tên, cấp trên hoặc địa bàn"), back, _("Ghi nhận"), build, intro=name, previews=True)


def _said_controls(session: Session, *, province: bool) -> list[Control]:
    """Return what is said of a body from a day on."""
    labels = _labels()
    seat = [
        Control("province_code", "select", labels["province_code"], options=_provinces(session)),
        Control("commune_code", "text", labels["commune_code"], help=_("Chỉ với cơ quan của một xã, phường.")),
    ]
    return [
        Control("name", "text", labels["name"], required=True),
        Control(
            "letterhead", "textarea", labels["letterhead"], required=True, help=_("Như in ở cột trái của văn bản.")
        ),
        Control("symbol", "text", labels["symbol"], required=True, help=_("Phần đứng sau dấu “/” của số, ký hiệu.")),
        Control("place", "text", labels["place"], required=True),
        Control("address", "text", labels["address"]),
        *(seat if province else []),
        Control("parent_code", "text", labels["parent_code"]),
        Control(
            "jurisdiction",
            "textarea",
            labels["jurisdiction"],
            help=_("Mã các xã, phường mà cơ quan phụ trách, cách nhau bằng dấu cách; chỉ với cơ quan khu vực."),
        ),
    ]


def _labels() -> dict[str, str]:
    return {
        "code": _("Mã cơ quan"),
        "type": _("Loại cơ quan"),
        "name": _("Tên cơ quan"),
        "letterhead": _("Tên trên văn bản"),
        "symbol": _("Ký hiệu cơ quan"),
        "place": _("Địa danh"),
        "address": _("Địa chỉ"),
        "province_code": _("Tỉnh, thành phố"),
        "commune_code": _("Mã xã, phường"),
        "parent_code": _("Mã cơ quan cấp trên"),
        "valid_from": _("Hoạt động từ ngày"),
        "valid_to": _("Ngày đầu tiên không còn cơ quan này"),
        "on": _("Áp dụng từ ngày"),
        "successor_code": _("Mã cơ quan kế thừa"),
        "jurisdiction": _("Địa bàn"),
    }


def _worded(reason: Reason) -> Reason:
    """Return a reason with the labels of the page in place of the columns of the file of bodies."""
    return reworded(reason, _labels())


def _typed_row() -> dict[str, str]:
    return {name: typed_text(name) for name in _COLUMNS if name in request.form}


def _told(found: BodyOutlook) -> Preview:
    offices = [(say(ROLES[each.role].title), each) for each in found.offices]
    told = repr((found.on, found.successor and found.successor.id, found.dossiers, found.children, found.uncovered))
    told += repr([each.id for each in found.offices])
    return Preview("_admin_body_outlook.html", {"found": found, "offices": offices}, told)


def _territory(session: Session, body: Organization) -> list[str]:
    query = select(Jurisdiction.commune_code).where(Jurisdiction.organization_id == body.id)
    return sorted(session.scalars(query))


def _provinces(session: Session) -> list[tuple[str, str]]:
    return [(unit.code, unit.name) for unit in provinces(session, on=today())]


def _kinds() -> list[tuple[str, str]]:
    return kind_options((kind.id, kind.title) for kind in ORGANIZATION_KINDS.values())
