"""Somebody has dealt with alarms and says how: they leave the screens, the diary keeps the word.

One alarm, or several at once: each has its own diary entry, and of several none is dealt with when one cannot be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError, StaleVersionError
from dossiers.evidence.diary import Author, Happening, append_entry, author_in
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from dossiers.limits.models import Alarm
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from workflow.changeover import CHANGEOVER
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: No more at once: each locks its dossier until all are written.
ALARMS_MAX: Final = 200
_UNKNOWN: Final = Text(
    "Có báo động đã chọn không thuộc hồ sơ mà cơ quan bạn đang tham gia",
    "A chosen alarm is not of a dossier in which your body takes part",
)


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
    office = _office_here(session, dossier, actor)
    reasons = [*_problems(alarm), *_said(reason)]
    if reasons:
        raise InvalidDataError(reasons)
    _resolve(session, dossier, alarm, reason, author_in(actor, office), at)
    return dossier


def acknowledge_alarms(
    session: Session,
    chosen: Sequence[UUID],
    reason: str,
    *,
    expected_versions: Mapping[UUID, int],
    actor: Actor,
    at: datetime,
) -> int:
    """Resolve several standing alarms with one reason, each as `acknowledge_alarm` does; return how many.

    `expected_versions` says which version of each dossier the caller saw.  Raises InvalidDataError naming each alarm
    that cannot be dealt with so, by its dossier; the caller's transaction must then write nothing.
    """
    wanted = list(dict.fromkeys(chosen))[: ALARMS_MAX + 1]
    reasons = _said(reason)
    if not wanted:
        reasons.append(_refused("MISSING_CHOICE", "Chưa chọn báo động nào", "No alarm was chosen"))
    if len(wanted) > ALARMS_MAX:
        vi, en = f"Mỗi lần không quá {ALARMS_MAX} báo động", f"No more than {ALARMS_MAX} alarms at once"
        raise InvalidDataError([_refused("TOO_MANY", vi, en)])
    rows = session.execute(select(Alarm.id, Alarm.dossier_id).where(Alarm.id.in_(wanted))).all()
    places = {row.id: row.dossier_id for row in rows}
    reasons += [_unknown(each) for each in wanted if each not in places]
    offices: dict[UUID, tuple[Dossier, Office]] = {}
    # Always in the same order, so that two who choose the same dossiers wait for each other and nobody waits in a ring.
    for dossier_id in sorted(set(places.values())):
        try:
            dossier = dossier_to_change(session, dossier_id, actor, expected_version=None)
            offices[dossier_id] = dossier, _office_here(session, dossier, actor)
        except (NotFoundError, NotAllowedError):
            reasons += [_unknown(each) for each in wanted if places.get(each) == dossier_id]
    alarms = session.scalars(
        select(Alarm).where(Alarm.id.in_(wanted)).order_by(Alarm.raised_at).execution_options(populate_existing=True)
    ).all()
    here = [(alarm, *offices[alarm.dossier_id]) for alarm in alarms if alarm.dossier_id in offices]
    for alarm, dossier, _ in here:
        seen = dossier.version == expected_versions.get(dossier.id)
        problems = _problems(alarm) or ([] if seen else [Reason("STALE", StaleVersionError.title, "", Effect.REFUSE)])
        reasons += [_named(each, alarm, dossier) for each in problems]
    if reasons:
        raise InvalidDataError(reasons)
    for alarm, dossier, office in here:
        _resolve(session, dossier, alarm, reason, author_in(actor, office), at)
    return len(here)


def ends_by_word(alarm: Alarm) -> bool:
    """Say whether a word can end an alarm; where not, only a release or a decision does."""
    return alarm.code != HELD_WITHOUT_TITLE and not alarm.code.startswith(f"{CHANGEOVER}.")


def _office_here(session: Session, dossier: Dossier, actor: Actor) -> Office:
    """Return an office of the caller in a body that takes part now; raises NotAllowedError."""
    taking_part = {party.organization_id for party in current_parties(session, dossier).values()}
    office = next((each for each in actor.offices if any(map(each.acts_for, taking_part))), None)
    if office is None:
        raise NotAllowedError
    return office


def _resolve(session: Session, dossier: Dossier, alarm: Alarm, reason: str, author: Author, at: datetime) -> None:
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
        author=author,
        occurred_at=at,
        at=at,
    )


def _unknown(alarm_id: UUID) -> Reason:
    """Return what is said of an alarm that the caller may not know of, or that there is none: always the same."""
    return Reason("NOT_HERE", _UNKNOWN, "", Effect.REFUSE, clause=str(alarm_id))


def _named(reason: Reason, alarm: Alarm, dossier: Dossier) -> Reason:
    """Return a reason with the dossier and the alarm it is about."""
    vi = f"{dossier.number}: {alarm.text_vi} – {reason.text.vi}"
    en = f"{dossier.number}: {alarm.text_en} – {reason.text.en}"
    return replace(reason, text=Text(vi, en), clause=str(alarm.id))


def _problems(alarm: Alarm) -> list[Reason]:
    problems = []
    if alarm.resolved_at is not None:
        problems.append(_refused("ALARM_RESOLVED", "Báo động này đã được xử lý", "This alarm has been dealt with"))
    if alarm.code == HELD_WITHOUT_TITLE:
        vi = "Báo động này chỉ hết khi người đó được trả tự do"
        problems.append(_refused("RELEASE_FIRST", vi, "Only the release of the person ends this alarm"))
    elif not ends_by_word(alarm):
        vi = "Báo động này chỉ hết khi hai người quyết định hồ sơ đi theo bản thủ tục nào"
        problems.append(_refused("DECIDE_FIRST", vi, "Only the decision of two people on the edition ends this alarm"))
    return problems


def _said(reason: str) -> list[Reason]:
    """Return what is missing when nothing was said."""
    return [] if reason.strip() else [_refused("MISSING_FIELD", "Phải nêu cách xử lý", "Say how it was dealt with")]


def _refused(code: str, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE)
