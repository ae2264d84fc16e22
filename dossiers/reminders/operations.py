"""Keeps an officer's own address for reminders, and asks once a day for a mail to each of them."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.errors import InvalidDataError
from dossiers.jobs import defer
from dossiers.reminders.models import Reminder
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: The job that asks for the mails of a day, and the job that is one of them.
REMIND_ALL: Final = "remind_all"
REMIND_ONE: Final = "remind_one"
#: Before the offices open.
MORNING: Final = time(7, 0)
_LENGTH_MAX: Final = 254
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BAD_ADDRESS: Final = Text("Địa chỉ thư điện tử không hợp lệ", "Not an e-mail address")


def reminder_of(session: Session, actor: Actor) -> Reminder | None:
    """Return where the caller is reminded, None where that was not asked for."""
    return session.get(Reminder, actor.account_id)


def set_reminder(session: Session, actor: Actor, address: str, *, at: datetime) -> None:
    """Remind the caller at an address from tomorrow on, never again when it is empty; raises InvalidDataError."""
    found = reminder_of(session, actor)
    if not address:
        if found is not None:
            session.delete(found)
        return
    if len(address) > _LENGTH_MAX or not _ADDRESS.fullmatch(address):
        raise InvalidDataError([Reason("BAD_FIELD", _BAD_ADDRESS, "", Effect.REFUSE, clause="address")])
    if found is None:
        session.add(Reminder(account_id=actor.account_id, address=address, set_at=at))
    else:
        found.address, found.set_at = address, at


def next_morning(at: datetime) -> datetime:
    """Return the next moment at which reminders go out, in the hours of Việt Nam."""
    local = at.astimezone(VIETNAM)
    morning = datetime.combine(local.date(), MORNING, VIETNAM)
    return morning if local < morning else morning + timedelta(days=1)


def plan_reminders(session: Session, *, at: datetime) -> int:
    """Ask for one mail to everybody who wants one and whose account is open; return how many."""
    query = select(Reminder).options(joinedload(Reminder.account))
    wanted = [each for each in session.scalars(query) if each.account.closed_at is None]
    day = at.astimezone(VIETNAM).date().isoformat()
    for each in wanted:
        defer(session, REMIND_ONE, {"account": str(each.account_id), "day": day}, at=at)
    return len(wanted)
