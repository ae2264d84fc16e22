"""Starts and stops limits, and raises the alarms that nobody may overlook.

A stored certificate is never recounted in place: a new count is a new row that supersedes the old one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.files.models import Dossier
from dossiers.limits.models import Alarm, Deadline
from workflow.effects import StartedLimit, StoppedLimit
from workflow.vocabulary import Text

#: What stands before the rule in the code of an alarm about a limit that a recount shortened.
SHORTENED: Final = "RECOUNT"


def start_limits(
    session: Session,
    dossier: Dossier,
    started: Iterable[StartedLimit],
    *,
    seq: int,
    at: datetime,
    proceeding_id: UUID | None = None,
) -> list[Deadline]:
    """Store each started limit with its certificate; a running one of the same rule is superseded."""
    rows = []
    for start in started:
        row = Deadline(
            dossier_id=dossier.id,
            rule=start.limit.id,
            proceeding_id=proceeding_id,
            started_seq=seq,
            started_at=start.started_at,
            opens_at=start.opens_at,
            due_at=start.due_at,
            owner_body=start.limit.owner,
            provisional=bool(getattr(start.certificate, "provisional", False)),
            certificate=certificate_json(start),
            state="running",
        )
        session.add(row)
        session.flush()
        for old in _running(session, dossier.id, start.limit.id):
            if old.id != row.id:
                old.state, old.stopped_seq, old.superseded_by_id = "superseded", seq, row.id
                _resolve_alarms(session, dossier, old.rule, at)
        rows.append(row)
    return rows


def stop_limits(session: Session, dossier: Dossier, stopped: Iterable[StoppedLimit], *, seq: int, at: datetime) -> None:
    """Close the running limits that an act stops, as met, late or lapsed; done late, the alarm has done its work."""
    for stop in stopped:
        for row in _running(session, dossier.id, stop.limit_id):
            row.state, row.stopped_seq = ("late" if stop.late else "lapsed" if stop.lapsed else "met"), seq
            _resolve_alarms(session, dossier, row.rule, at)


def raise_alarm(
    session: Session, dossier_id: UUID, code: str, text: Text, *, basis: str, seq: int | None, at: datetime
) -> None:
    """Raise an alarm unless the same one already stands."""
    standing = select(Alarm.id).where(Alarm.dossier_id == dossier_id, Alarm.code == code, Alarm.resolved_at.is_(None))
    if session.scalar(standing) is None:
        session.add(
            Alarm(
                dossier_id=dossier_id,
                code=code,
                text_vi=text.vi,
                text_en=text.en,
                basis=basis,
                raised_seq=seq,
                raised_at=at,
            )
        )


def overdue_code(rule: str) -> str:
    """Return the code of the alarm for a limit that ran out."""
    return f"LIMIT.{rule}"


def shortened_code(rule: str) -> str:
    """Return the code of the alarm for a duty that ends earlier than it did, since the days off changed."""
    return f"{SHORTENED}.{rule}"


def _resolve_alarms(session: Session, dossier: Dossier, rule: str, at: datetime) -> None:
    """Note that what is alarmed about a limit is over, because it was stopped or runs anew."""
    for code in (overdue_code(rule), shortened_code(rule)):
        resolve_alarm(session, dossier.id, code, at=at)


def resolve_alarm(session: Session, dossier_id: UUID, code: str, *, at: datetime) -> None:
    """Note that the fault behind an alarm is gone; the alarm itself stays on record."""
    standing = select(Alarm).where(Alarm.dossier_id == dossier_id, Alarm.code == code, Alarm.resolved_at.is_(None))
    for alarm in session.scalars(standing):
        alarm.resolved_at = at


def certificate_json(start: StartedLimit) -> dict[str, Any] | None:
    """Return the certificate (or term statement) of a started limit as plain JSON values."""
    return None if start.certificate is None else dict(json.loads(start.certificate.to_json()))


def _running(session: Session, dossier_id: UUID, rule: str) -> list[Deadline]:
    query = select(Deadline).where(
        Deadline.dossier_id == dossier_id, Deadline.rule == rule, Deadline.state == "running"
    )
    return list(session.scalars(query))
