"""Opens and closes accounts, grants offices, and lets people and programs sign in.

Never keeps a password or a token, and never says which of name and password was wrong.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from dossiers.bodies import passwords
from dossiers.bodies.access import token_digest
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.models import AccessToken, Account, Membership, Organization, SignInAttempt
from dossiers.bodies.throttling import MEMORY, paused_until
from dossiers.errors import InvalidDataError, SignInFailedError, SignInPausedError
from storage.database import Database
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 200
TOKEN_DAYS_MAX: Final = 366
_USERNAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,79}")
_MARK: Final = "hoso_"  # lets scanners of repositories and logs find a token that leaked


def add_account(
    session: Session, username: str, full_name: str, password: str, *, rank: str = "", at: datetime
) -> Account:
    """Open an account; raises InvalidDataError that lists everything wrong with name and password.

    User names are lower-case ASCII (letters, digits, `.`, `-`, `_`) and never given twice.
    """
    reasons = _username_faults(session, username)
    reasons += _text_faults("full_name", "Họ và tên", "The full name", full_name, length_max=200, required=True)
    reasons += _text_faults("rank", "Cấp bậc hàm", "The rank", rank, length_max=80)
    reasons += _password_faults(username, password)
    if reasons:
        raise InvalidDataError(reasons)
    return add_hashed_account(session, username, full_name, passwords.hash_password(password), rank=rank, at=at)


def add_hashed_account(
    session: Session, username: str, full_name: str, password_hash: str, *, rank: str = "", at: datetime
) -> Account:
    """Open an account whose password was hashed before, as demonstrations and migrations do."""
    account = Account(
        username=username,
        full_name=full_name.strip(),
        rank=rank.strip(),
        password_hash=password_hash,
        password_changed_at=at,
        created_at=at,
    )
    session.add(account)
    session.flush()
    return account


def change_password(session: Session, account: Account, current: str, new: str, *, at: datetime) -> None:
    """Let the holder change the password; all sessions end.

    Raises SignInFailedError when `current` is wrong, InvalidDataError when `new` is no good.
    """
    if not passwords.verify(current, account.password_hash):
        raise SignInFailedError
    _set_password(account, new, at=at)
    session.flush()


def reset_password(session: Session, account: Account, new: str, *, at: datetime) -> None:
    """Set the password of somebody who lost it; all sessions end and all tokens are revoked."""
    _set_password(account, new, at=at)
    _revoke_all(session, account, at=at)


def end_sessions(session: Session, account_id: UUID) -> None:
    """End every session of an account, also one whose cookie somebody has copied; tokens of programs stay."""
    account = session.get_one(Account, account_id, with_for_update=True)
    account.session_epoch += 1
    session.flush()


def close_account(session: Session, account: Account, *, at: datetime) -> None:
    """Close an account: nobody signs in with it again, its sessions end, its tokens are revoked.

    It is kept, with its offices, because the diary names it.  Closing twice changes nothing.
    """
    if account.closed_at is None:
        account.closed_at = at
        account.session_epoch += 1
        _revoke_all(session, account, at=at)


def grant_membership(
    session: Session,
    account: Account,
    organization: Organization,
    role: str,
    *,
    valid_from: date,
    valid_to: date | None = None,
    at: datetime,
) -> Membership:
    """Give somebody an office in a body from a day on, up to the day before `valid_to`.

    Raises InvalidDataError for an office that does not exist or is not held in that kind of body, days
    in the wrong order or before the body's own, an office already held then, or a closed account.
    """
    reasons = _office_faults(organization, role, valid_from, valid_to)
    if account.closed_at is not None:
        reasons.append(_reason("ACCOUNT_CLOSED", None, "Tài khoản đã đóng", "The account is closed"))
    if not reasons and _holds(session, account, organization, role, valid_from, valid_to):
        reasons.append(
            _reason(
                "OFFICE_HELD",
                "valid_from",
                "Tài khoản đã giữ vai trò này trong thời gian đó",
                "The office is held then",
            )
        )
    if reasons:
        raise InvalidDataError(reasons)
    membership = Membership(
        account=account,
        organization=organization,
        role=role,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_at=at,
    )
    session.add(membership)
    session.flush()
    return membership


def end_membership(session: Session, membership: Membership, *, on: date, at: datetime) -> None:
    """End an office: `on` is the first day on which it is no longer held.

    Raises InvalidDataError unless that day lies after the first and not after an end already set.
    """
    if on <= membership.valid_from or (membership.valid_to is not None and on > membership.valid_to):
        text = ("Ngày kết thúc không phù hợp với thời gian giữ vai trò", "The office cannot end on that day")
        raise InvalidDataError([_reason("BAD_DAY", "on", *text)])
    membership.valid_to, membership.ended_at = on, at
    session.flush()


@dataclass(frozen=True, slots=True)
class PendingSignIn:
    """A try to sign in that was written down and waits for its password to be looked at."""

    attempt_id: UUID
    account_id: UUID | None
    password_hash: str | None = field(repr=False)


def sign_in(database: Database, username: str, password: str, *, at: datetime) -> Account:
    """Return the account that name and password open; raises SignInFailedError or SignInPausedError.

    The one operation that opens its own units of work: a failure has to be kept although the answer
    is a refusal, and hashing must not hold a lock.  The try counts as failed from the start, so that
    many at once, in any number of processes, cannot pass the limit.
    """
    with database.transaction() as session:
        pending = begin_sign_in(session, username, at=at)
    if not passwords.verify(password, pending.password_hash) or pending.password_hash is None:
        raise SignInFailedError
    rehashed = passwords.hash_password(password) if passwords.needs_rehash(pending.password_hash) else None
    with database.transaction() as session:
        return finish_sign_in(session, pending, rehashed=rehashed)


def begin_sign_in(session: Session, username: str, *, at: datetime) -> PendingSignIn:
    """Write down a try, as failed until `finish_sign_in`; raises SignInPausedError and writes nothing in a pause."""
    name = username.strip().casefold()
    # The lock makes tries for one account wait for each other; those for nobody need none.
    query = select(Account).where(Account.username == name).with_for_update()
    account = session.scalars(query).one_or_none() if _USERNAME.fullmatch(name) else None
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    until = paused_until(_failures(session, digest, at=at))
    if until is not None and at < until:
        raise SignInPausedError(max(1, -(-(until - at) // timedelta(seconds=1))))
    attempt = SignInAttempt(id=uuid4(), name_sha256=digest, attempted_at=at)
    session.add(attempt)
    session.flush()
    if account is None or account.closed_at is not None:
        return PendingSignIn(attempt.id, None, None)
    return PendingSignIn(attempt.id, account.id, account.password_hash)


def finish_sign_in(session: Session, pending: PendingSignIn, *, rehashed: str | None = None) -> Account:
    """Let somebody in whose password was found right; raises SignInFailedError if it was changed meanwhile."""
    assert pending.account_id is not None
    account = session.get_one(Account, pending.account_id, with_for_update=True, populate_existing=True)
    if account.closed_at is not None or account.password_hash != pending.password_hash:
        raise SignInFailedError
    if rehashed is not None:
        account.password_hash = rehashed
    session.get_one(SignInAttempt, pending.attempt_id).succeeded = True
    session.flush()
    return account


def forget_sign_in_attempts(session: Session, *, before: datetime) -> int:
    """Delete tries to sign in that are older than a point in time; returns how many."""
    forgotten = session.execute(
        delete(SignInAttempt).where(SignInAttempt.attempted_at < before).returning(SignInAttempt.id)
    )
    return len(forgotten.all())


def issue_token(session: Session, account: Account, label: str, *, at: datetime, days: int = 90) -> str:
    """Return a new bearer token for programs, valid for 1 to TOKEN_DAYS_MAX days; it is never shown again.

    Raises InvalidDataError for a bad label or number of days, or a closed account.
    """
    reasons = _text_faults("label", "Tên mã truy cập", "The label", label, length_max=80, required=True)
    if not 1 <= days <= TOKEN_DAYS_MAX:
        vi, en = f"Thời hạn phải từ 1 đến {TOKEN_DAYS_MAX} ngày", f"A token is valid for 1 to {TOKEN_DAYS_MAX} days"
        reasons.append(_reason("BAD_DAYS", "days", vi, en))
    if account.closed_at is not None:
        reasons.append(_reason("ACCOUNT_CLOSED", None, "Tài khoản đã đóng", "The account is closed"))
    if reasons:
        raise InvalidDataError(reasons)
    token = _MARK + secrets.token_urlsafe(32)
    session.add(
        AccessToken(
            account_id=account.id,
            token_sha256=token_digest(token),
            label=label.strip(),
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
    )
    session.flush()
    return token


def revoke_token(session: Session, token: AccessToken, *, at: datetime) -> None:
    """Make a token worthless from now on; revoking twice changes nothing."""
    token.revoked_at = token.revoked_at or at
    session.flush()


def _set_password(account: Account, new: str, *, at: datetime) -> None:
    reasons = _password_faults(account.username, new)
    if reasons:
        raise InvalidDataError(reasons)
    account.password_hash, account.password_changed_at = passwords.hash_password(new), at
    account.session_epoch += 1


def _revoke_all(session: Session, account: Account, *, at: datetime) -> None:
    live = (AccessToken.account_id == account.id) & AccessToken.revoked_at.is_(None)
    session.execute(update(AccessToken).where(live).values(revoked_at=at))
    session.flush()


def _failures(session: Session, name_sha256: str, *, at: datetime) -> list[datetime]:
    """Return the failures under a name since its last success, oldest first."""
    mine = (SignInAttempt.name_sha256 == name_sha256) & (SignInAttempt.attempted_at > at - MEMORY)
    last = session.scalar(select(func.max(SignInAttempt.attempted_at)).where(mine, SignInAttempt.succeeded))
    failed = select(SignInAttempt.attempted_at).where(mine, ~SignInAttempt.succeeded)
    if last is not None:
        failed = failed.where(SignInAttempt.attempted_at > last)
    return list(session.scalars(failed.order_by(SignInAttempt.attempted_at)))


def _holds(
    session: Session, account: Account, organization: Organization, role: str, start: date, end: date | None
) -> bool:
    overlapping = select(Membership.id).where(
        Membership.account_id == account.id,
        Membership.organization_id == organization.id,
        Membership.role == role,
        Membership.valid_to.is_(None) | (Membership.valid_to > start),
    )
    if end is not None:
        overlapping = overlapping.where(Membership.valid_from < end)
    return session.scalars(overlapping.limit(1)).first() is not None


def _office_faults(organization: Organization, role: str, start: date, end: date | None) -> list[Reason]:
    faults = []
    known = ROLES.get(role)
    if known is None:
        faults.append(_reason("UNKNOWN_ROLE", "role", "Không có vai trò này", "There is no such role"))
    elif organization.type not in known.held_in:
        vi, en = "Vai trò này không thuộc loại cơ quan đó", "This office does not exist in that kind of body"
        faults.append(_reason("WRONG_BODY", "role", vi, en))
    if end is not None and end <= start:
        vi, en = "Ngày kết thúc phải sau ngày bắt đầu", "The end must come after the start"
        faults.append(_reason("BAD_DAYS", "valid_to", vi, en))
    if start < organization.valid_from or (organization.valid_to is not None and start >= organization.valid_to):
        vi, en = "Cơ quan chưa hoặc không còn hoạt động vào ngày đó", "The body does not exist on that day"
        faults.append(_reason("NO_BODY", "valid_from", vi, en))
    return faults


def _username_faults(session: Session, username: str) -> list[Reason]:
    if not _USERNAME.fullmatch(username):
        vi = "Tên đăng nhập gồm 2–80 chữ thường không dấu, chữ số, dấu chấm, gạch nối hoặc gạch dưới"
        en = "A user name has 2 to 80 lower-case letters without accents, digits, dots, hyphens or underscores"
        return [_reason("BAD_USERNAME", "username", vi, en)]
    if session.scalars(select(Account.id).where(Account.username == username)).first() is not None:
        return [_reason("USERNAME_TAKEN", "username", "Tên đăng nhập đã có người dùng", "The user name is taken")]
    return []


def _password_faults(username: str, password: str) -> list[Reason]:
    faults = []
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        vi = f"Mật khẩu phải dài từ {PASSWORD_LENGTH_MIN} đến {PASSWORD_LENGTH_MAX} ký tự"
        en = f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
        faults.append(_reason("BAD_PASSWORD", "password", vi, en))
    if username and username in password.casefold():
        vi, en = "Mật khẩu không được chứa tên đăng nhập", "The password must not contain the user name"
        faults.append(_reason("NAME_IN_PASSWORD", "password", vi, en))
    return faults


def _text_faults(item: str, vi: str, en: str, text: str, *, length_max: int, required: bool = False) -> list[Reason]:
    if required and not text.strip():
        return [_reason("EMPTY", item, f"{vi} không được để trống", f"{en} is empty")]
    if len(text) > length_max or not text.isprintable():
        too = f"{vi} quá dài hoặc có ký tự không hợp lệ", f"{en} is too long or has characters that are not allowed"
        return [_reason("BAD_TEXT", item, *too)]
    return []


def _reason(code: str, item: str | None, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE, clause=item)
