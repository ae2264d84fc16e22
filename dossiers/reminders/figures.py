"""What a reminder says: four figures about an officer's inbox, nothing of any dossier or person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import actor_of
from dossiers.files.editions import Law
from dossiers.moves.inboxes import waiting_dossiers
from dossiers.reminders.models import Reminder
from workflow.certificates import VIETNAM

_SOON: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Figures:
    """How many dossiers wait for an officer's bodies, and how many of them are late, soon due, or have an alarm."""

    address: str
    language: str
    #: All dossiers in hand: where there is none, there is nothing to do.
    in_hand: int
    waiting: int
    late: int
    soon: int
    alarmed: int


def figures_of(session: Session, law: Law, account_id: UUID, *, at: datetime) -> Figures | None:
    """Return what an officer is to be told now; None for who wants no mail or has closed the account."""
    reminder = session.get(Reminder, account_id)
    if reminder is None or reminder.account.closed_at is not None:
        return None
    actor = actor_of(session, reminder.account, on=at.astimezone(VIETNAM).date())
    found = waiting_dossiers(session, law, actor, at=at, soon=_SOON)
    ours = [each for each in found if each.ours]
    return Figures(
        reminder.address,
        reminder.account.language,
        len(found),
        len(ours),
        sum(each.late for each in found),
        sum(each.soon for each in found),
        sum(each.alarmed for each in found),
    )
