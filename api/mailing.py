"""Sends the reminders of the day by SMTP, outside any transaction; a mail that is refused is tried again later.

A mail that was sent just before a crash may go out twice: both have one Message-ID, which mail programs show once.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy.orm import Session

from api.config import Settings
from api.house import House
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.jobs import Job, lend, take_next
from dossiers.notices.notices import count_unread
from dossiers.reminders.figures import Figures, figures_of
from dossiers.reminders.operations import REMIND_ONE
from workflow.certificates import VIETNAM

log = logging.getLogger("hoso.mail")

_TIMEOUT_SECONDS: Final = 20
#: A mail that was refused is tried again after this.
_AGAIN_SECONDS: Final = 600
_SUBJECT: Final = {"vi": "hoso: việc trong ngày", "en": "hoso: the work of the day"}
_LINES: Final = {
    "vi": (
        "Hồ sơ chờ xử lý: {waiting}",
        "Quá hạn: {late}",
        "Hết hạn trong 24 giờ: {soon}",
        "Có báo động: {alarmed}",
        "Thông báo chưa đọc: {unread}",
    ),
    "en": (
        "Dossiers waiting: {waiting}",
        "Late: {late}",
        "Due within 24 hours: {soon}",
        "With an alarm: {alarmed}",
        "Notices not read: {unread}",
    ),
}
_END: Final = {
    "vi": "Thư tự động, chỉ có con số; nội dung hồ sơ chỉ xem được sau khi đăng nhập.",
    "en": "Sent by a machine and in figures only; what is in a dossier is shown after signing in.",
}


def mail_next(house: House) -> bool:
    """Send the next reminder that is due; return whether there was one."""
    at = house.now()
    with house.database.transaction() as session:
        job = take_next(session, at=at, kinds=(REMIND_ONE,))
        if job is None:
            return False
        lend(job, at=at, seconds=_AGAIN_SECONDS)
        job_id, account_id, day = job.id, UUID(job.payload["account"]), str(job.payload["day"])
        stale = day != at.astimezone(VIETNAM).date().isoformat()
        told = None if stale else figures_of(session, house.law, account_id, at=at)
        unread = _unread(session, account_id, at) if told is not None else 0
    fault = None
    try:
        if told is not None and (told.in_hand or unread) and house.settings.mail_url is not None:
            deliver(house.settings, message(house.settings, told, account_id, day, at=at, unread=unread))
    except (smtplib.SMTPException, OSError) as failed:
        # what a server answers may quote the address: only the kind of the fault is kept
        log.warning("job %s failed: %s", REMIND_ONE, type(failed).__name__)
        fault = type(failed).__name__
    with house.database.transaction() as session:
        job = session.get_one(Job, job_id)
        job.last_error = fault
        if fault is None:
            job.state = "done"
    return True


def message(
    settings: Settings, told: Figures, account_id: UUID, day: str, *, at: datetime, unread: int
) -> EmailMessage:
    """Return the mail of a day to one officer: figures, in the officer's language."""
    language = told.language if told.language in _SUBJECT else "vi"
    mail = EmailMessage()
    mail["Subject"] = _SUBJECT[language]
    mail["From"], mail["To"] = settings.mail_from, told.address
    mail["Date"] = format_datetime(at)
    mark = hashlib.sha256(f"{account_id}/{day}/{settings.secret_key}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{mark}@{settings.mail_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    figures = {"waiting": told.waiting, "late": told.late, "soon": told.soon, "alarmed": told.alarmed, "unread": unread}
    lines = [line.format(**figures) for line in _LINES[language]]
    link = [settings.public_url] if settings.public_url else []
    mail.set_content("\n".join([*lines, "", *link, _END[language]]) + "\n")
    return mail


def _unread(session: Session, account_id: UUID, at: datetime) -> int:
    account = session.get_one(Account, account_id)
    return count_unread(session, actor_of(session, account, on=at.astimezone(VIETNAM).date()), at=at)


def deliver(settings: Settings, mail: EmailMessage) -> None:
    """Hand a mail to the server of the settings; raises smtplib.SMTPException and OSError."""
    assert settings.mail_url is not None
    to = urlsplit(settings.mail_url)
    host, safe = to.hostname or "", ssl.create_default_context()
    if to.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, to.port or 465, timeout=_TIMEOUT_SECONDS, context=safe)
    else:
        server = smtplib.SMTP(host, to.port or 25, timeout=_TIMEOUT_SECONDS)
    with server:
        server.ehlo()
        if to.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls(context=safe)
            server.ehlo()
        if to.username:
            server.login(unquote(to.username), unquote(to.password or ""))
        server.send_message(mail)
