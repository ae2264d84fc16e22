"""Saying how alarms were dealt with: one on the page of its dossier, several of any dossiers in the inbox.

A refusal shows its reasons on the same page and keeps what was typed; nothing has changed then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.changes import changes_since
from api.pages.dossier import dossier_page, reason_item
from api.pages.forms import VERSION, blame, fill, form_version, submit
from api.pages.inbox import alarm_word, inbox_page
from api.pages.showing import problem_of, reason_lines
from api.problems import PreconditionMissingError, status_of
from api.writing import Unit
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError, NotFoundError, StaleVersionError
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.limits.models import Alarm
from dossiers.moves.acknowledge import acknowledge_alarm, acknowledge_alarms
from workflow.refusals import Reason

_SHOWN_AGAIN: Final = (InvalidDataError, KeyReusedError, StaleVersionError)
#: What of the address of the inbox stays when several alarms were dealt with.
_KEPT: Final = ("view", "state", "urgent")

Shown = BaseResponse | tuple[str, int]


@pages.post("/alarms/<uuid:alarm_id>/acknowledge")
@allow("dossier:move")
def do_acknowledge(alarm_id: UUID) -> Shown:
    """Record how an alarm was dealt with, or show on the page of its dossier why that cannot be."""

    def work(unit: Unit) -> str:
        dossier = acknowledge_alarm(
            unit.session,
            alarm_id,
            _typed(alarm_id),
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        return url_for("pages.show_entry", dossier_id=dossier.id, seq=dossier.version)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        with house().database.reading() as session:
            return _refused(session, alarm_id, refusal), status_of(refusal)


@pages.post("/alarms/acknowledge")
@allow("dossier:move")
def do_acknowledge_several() -> Shown:
    """Record in each dossier how the chosen alarms were dealt with, all or none, or show in the inbox why not."""

    def work(unit: Unit) -> str:
        count = acknowledge_alarms(
            unit.session,
            _chosen(),
            _word(),
            expected_versions=_versions(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã ghi nhận xử lý %(count)s báo động.", count=count))
        kept: dict[str, Any] = {name: request.args[name] for name in _KEPT if name in request.args}
        return url_for("pages.show_inbox", **kept)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        word = alarm_word()
        word.value = _word()
        reasons = _beside_item(getattr(refusal, "reasons", ()), word.name)
        for reason in reasons:
            blame([word], (reason.clause or "",), say(reason.text))
        page = inbox_page(word, request.form.getlist("alarm"), reasons, problem_of(refusal))
        return page, status_of(refusal)


def _word() -> str:
    return request.form.get("reason", "").replace("\r\n", "\n")


def _chosen() -> list[UUID]:
    """Return the alarms chosen; what is no id is nobody's alarm."""
    found = []
    for raw in request.form.getlist("alarm"):
        try:
            found.append(UUID(raw))
        except ValueError:
            raise NotFoundError from None
    return found


def _versions() -> dict[UUID, int]:
    """Return the version of each dossier that was seen; raises PreconditionMissingError for a page without any."""
    found = {}
    for name, value in request.form.items():
        head, dot, dossier = name.partition(".")
        if head == VERSION and dot and value.isdecimal():
            try:
                found[UUID(dossier)] = int(value[:9])
            except ValueError:
                raise NotFoundError from None
    if not found:
        raise PreconditionMissingError
    return found


def _typed(alarm_id: UUID) -> str:
    return request.form.get(reason_item(alarm_id), "").replace("\r\n", "\n")


def _refused(session: Session, alarm_id: UUID, refusal: DossierError) -> str:
    """Return the page of the dossier with the reasons; what was typed stands in its item, or to be copied."""
    alarm = session.get(Alarm, alarm_id)
    if alarm is None:
        raise NotFoundError
    dossier = dossier_to_read(session, alarm.dossier_id, caller())
    shown, name = dossier_page(session, dossier), reason_item(alarm_id)
    controls = [line.control for line in shown["alarms"] if line.id == alarm_id and line.control]
    fill(controls)
    reasons = _beside_item(getattr(refusal, "reasons", ()), name)
    for reason in reasons:
        blame(controls, (reason.clause or "",), say(reason.text))
    shown |= {
        "refused": reason_lines(reasons, controls),
        "problem": problem_of(refusal),
        "changes": _changes(session, dossier, refusal),
        "typed": "" if controls else _typed(alarm_id).strip(),
    }
    return render_template("dossier.html", **shown)


def _beside_item(reasons: Sequence[Reason], name: str) -> list[Reason]:
    """Return the reasons, tying the one about the missing word to its item."""
    return [replace(reason, clause=name) if reason.guard == "MISSING_FIELD" else reason for reason in reasons]


def _changes(session: Session, dossier: Dossier, refusal: DossierError) -> list[object]:
    if not isinstance(refusal, StaleVersionError):
        return []
    version = request.form.get(VERSION, "")
    return [*changes_since(session, dossier, int(version[:9]) if version.isdecimal() else 0)]
