"""What people decide for the whole installation: days off and days worked instead, and unsettled points of law."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from flask import render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import allow
from api.house import house
from api.languages import say
from api.pages.admin_forms import (
    AdminForm,
    Preview,
    Shown,
    day_control,
    needed,
    refuse,
    send,
    send_after_preview,
    show,
    today,
    typed_day,
    typed_text,
)
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.forms import Control
from api.writing import Unit
from dossiers.administration.calendars import movements
from dossiers.bodies.naming import names_of
from dossiers.errors import NotFoundError
from dossiers.moves.recount import decree_day
from dossiers.policies import PolicyDecision, decide_policy, decreed_days, policy_decisions
from workflow.calendar import CalendarUnknownError
from workflow.model import Policy
from workflow.refusals import Reason
from workflow.vocabulary import Text

_KINDS: Final = {
    "off": Text("Ngày nghỉ", "Day off"),
    "work": Text("Ngày làm việc bù", "Day worked to make up for another"),
}


@pages.get("/admin/calendar")
@allow("admin")
def show_calendar() -> str:
    """Show the decisions on days off that were recorded here, and the days off of this year as they are in force."""
    year = _year(request.args.get("year", ""))
    with house().database.reading() as session:
        recorded = [(each, say(_KINDS[each.kind])) for each in decreed_days(session)]
        calendar = house().law.calendar(session)
    try:
        found = calendar.year(year)
    except CalendarUnknownError:
        raise NotFoundError from None
    years = range(max(calendar.first_year, today().year - 1), min(calendar.last_year, today().year + 1) + 1)
    return render_template("admin_calendar.html", recorded=recorded, year=found, years=years)


@pages.get("/admin/calendar/new")
@allow("admin")
def show_new_day() -> Shown:
    """Show the form of a decision on a day."""
    return show(_day_form())


@pages.post("/admin/calendar/new")
@allow("admin")
def do_new_day() -> Shown:
    """Tell which running limits a decision moves; record it once that is confirmed."""

    def look(session: Session) -> Preview:
        faults: list[Reason] = []
        day = typed_day("day", faults)
        needed(("kind", "decision"), faults)
        refuse(faults)
        assert day is not None
        found = movements(session, house().law, day, typed_text("kind"), typed_text("decision"), at=house().now())
        lines = [{"movement": each, "title": say(each.limit.title), "basis": cite(each.limit.basis)} for each in found]
        told = repr([(each.limit.id, each.before, each.after, each.kept, each.running) for each in found])
        return Preview("_admin_day_outlook.html", {"lines": lines}, told)

    def work(unit: Unit) -> str:
        day = date.fromisoformat(typed_text("day"))
        decree_day(unit.session, day, typed_text("kind"), typed_text("decision"), at=unit.at)
        return url_for("pages.show_calendar", year=day.year)

    return send_after_preview(_day_form(), look, work)


@pages.get("/admin/policies")
@allow("admin")
def show_policies() -> str:
    """Show each unsettled point of law: the question, the answers, the one in force, who decided and why."""
    with house().database.reading() as session:
        decisions = policy_decisions(session)
        accounts = [each.account_id for found in decisions.values() for each in found]
        names = names_of(session, accounts=accounts, organizations=[])
    lines = [_policy_line(each, decisions.get(each.id, []), names) for each in house().law.policies.values()]
    return render_template("admin_policies.html", lines=lines)


@pages.get("/admin/policies/<string:policy_id>")
@allow("admin")
def show_policy(policy_id: str) -> Shown:
    """Show the form that decides a point of law."""
    return show(_policy_form(_policy(policy_id)))


@pages.post("/admin/policies/<string:policy_id>")
@allow("admin")
def do_policy(policy_id: str) -> Shown:
    """Put an answer in force from now on."""
    policy = _policy(policy_id)

    def work(unit: Unit) -> str:
        faults: list[Reason] = []
        needed(("value", "decided_by", "document", "reason"), faults)
        refuse(faults)
        decide_policy(
            unit.session,
            house().law.policies,
            policy.id,
            typed_text("value"),
            decided_by=typed_text("decided_by"),
            reason=f"{typed_text('document')}: {typed_text('reason')}",
            at=unit.at,
            account_id=unit.actor.account_id,
        )
        return url_for("pages.show_policies")

    return send(_policy_form(policy), work)


def _day_form() -> AdminForm:
    def build(_session: Session) -> list[Control]:
        return [
            day_control("day", _("Ngày")),
            Control("kind", "radio", _("Ngày đó là"), required=True, options=[(k, say(v)) for k, v in _KINDS.items()]),
            Control("decision", "text", _("Số và ngày của quyết định"), required=True),
        ]

    intro = _("Trước tiên hệ thống cho biết thời hạn nào đang tính sẽ đổi ngày; chỉ khi xác nhận mới ghi.")
    back = url_for("pages.show_calendar")
    return AdminForm(_("Ghi quyết định về ngày nghỉ"), back, _("Ghi quyết định"), build, intro, previews=True)


def _policy_form(policy: Policy) -> AdminForm:
    def build(session: Session) -> list[Control]:
        in_force = house().law.policies_in_force(session)[policy.id]
        choices = [(each.id, say(each.label)) for each in policy.values]
        return [
            Control("value", "radio", _("Cách áp dụng"), required=True, options=choices, value=in_force),
            Control("decided_by", "text", _("Người hoặc cơ quan quyết định"), required=True),
            Control("document", "text", _("Văn bản quyết định (số, ngày)"), required=True),
            Control("reason", "textarea", _("Lý do"), required=True),
        ]

    intro = f"{say(policy.question)} [{cite(policy.basis)}]"
    return AdminForm(_("Quyết định cách áp dụng"), url_for("pages.show_policies"), _("Ghi quyết định"), build, intro)


def _policy(policy_id: str) -> Policy:
    found = house().law.policies.get(policy_id)
    if found is None:
        raise NotFoundError
    return found


def _policy_line(policy: Policy, decisions: list[PolicyDecision], names: dict[str, str]) -> dict[str, Any]:
    labels = {choice.id: say(choice.label) for choice in policy.values}
    value = decisions[0].value if decisions else policy.default
    return {
        "policy": policy,
        "question": say(policy.question),
        "basis": cite(policy.basis),
        "value": labels.get(value, value),
        "others": [label for key, label in labels.items() if key != value],
        "default_reason": say(policy.reason),
        "decisions": [
            (each, labels.get(each.value, each.value), names.get(str(each.account_id), "")) for each in decisions
        ],
    }


def _year(raw: str) -> int:
    return int(raw) if raw.isdecimal() and len(raw) == len("2026") else today().year
