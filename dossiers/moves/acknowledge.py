"""Somebody has dealt with an alarm and says how: the alarm leaves the screens, the diary keeps the word."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError
from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from dossiers.limits.models import Alarm
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from workflow.changeover import CHANGEOVER
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text


def acknowledge_alarm(
    session: Session,
    alarm_id: UUID,
    reason: str,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Dossier:
    """Resolve a standing alarm with the reason given by an office of a body that takes part now.

    Nobody can talk away that a person is held without a title, or that an edition is to be decided on: only the
    release, only the decision ends that alarm.
    """
    alarm = session.get(Alarm, alarm_id)
    if alarm is None:
        raise NotFoundError
    dossier = dossier_to_change(session, alarm.dossier_id, actor, expected_version=expected_version)
    taking_part = {party.organization_id for party in current_parties(session, dossier).values()}
    office = next((each for each in actor.offices if any(map(each.acts_for, taking_part))), None)
    if office is None:
        raise NotAllowedError
    reasons = _problems(alarm, reason)
    if reasons:
        raise InvalidDataError(reasons)
    alarm.resolved_at = at
    append_entry(
        session,
        dossier,
        Happening(
            "alarm",
            "alarm_acknowledged",
            dossier.state,
            dossier.state,
            {"code": alarm.code, "reason": reason.strip()},
        ),
        author=Author(actor.account_id, office.role, office.organization_id),
        occurred_at=at,
        at=at,
    )
    return dossier


def _problems(alarm: Alarm, reason: str) -> list[Reason]:
    problems = []
    if alarm.resolved_at is not None:
        problems.append(_refused("ALARM_RESOLVED", "Báo động này đã được xử lý", "This alarm has been dealt with"))
    if alarm.code == HELD_WITHOUT_TITLE:
        vi = "Báo động này chỉ hết khi người đó được trả tự do"
        problems.append(_refused("RELEASE_FIRST", vi, "Only the release of the person ends this alarm"))
    if alarm.code.startswith(f"{CHANGEOVER}."):
        vi = "Báo động này chỉ hết khi hai người quyết định hồ sơ đi theo bản thủ tục nào"
        problems.append(_refused("DECIDE_FIRST", vi, "Only the decision of two people on the edition ends this alarm"))
    if not reason.strip():
        problems.append(_refused("MISSING_FIELD", "Phải nêu cách xử lý", "Say how it was dealt with"))
    return problems


def _refused(code: str, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE)
