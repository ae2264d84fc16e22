"""The decisions in force on unsettled points of law, and the calendar days decreed since the release."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dossiers.errors import InvalidDataError
from storage.columns import UtcDateTime
from storage.database import Base
from workflow.calendar import Calendar, CalendarDataError, CalendarEntry, CalendarUnknownError, load_calendar
from workflow.certificates import VIETNAM
from workflow.model import Policy
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

_DECISION_LENGTH_MAX = 200
_DECIDER_LENGTH_MAX = 200
_REASON_LENGTH_MAX = 1000


class PolicyDecision(Base):
    """Which value of a policy somebody decided on, when and why; the latest one is in force."""

    __tablename__ = "policy_decision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    policy: Mapped[str] = mapped_column(String(40), index=True)
    value: Mapped[str] = mapped_column(String(60))
    reason: Mapped[str] = mapped_column(String(_REASON_LENGTH_MAX))
    decided_by: Mapped[str] = mapped_column(String(_DECIDER_LENGTH_MAX))
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CalendarDay(Base):
    """A day off or a make-up working day that a decision set after the release of the program."""

    __tablename__ = "calendar_entry"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    day: Mapped[date] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(4))
    decision: Mapped[str] = mapped_column(String(_DECISION_LENGTH_MAX))
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)


def decided_values(session: Session) -> dict[str, str]:
    """Return the decided value of each policy somebody decided on; the others keep their default."""
    rows = session.scalars(select(PolicyDecision).order_by(PolicyDecision.decided_at))
    return {row.policy: row.value for row in rows}


def policy_decisions(session: Session) -> dict[str, list[PolicyDecision]]:
    """Return every decision on each policy somebody decided on, the latest first."""
    found: dict[str, list[PolicyDecision]] = {}
    for row in session.scalars(select(PolicyDecision).order_by(PolicyDecision.decided_at.desc())):
        found.setdefault(row.policy, []).append(row)
    return found


def decreed_days(session: Session) -> list[CalendarEntry]:
    """Return the decreed days that were added, in the order they were learned; a correction made the same day replaces.

    Each is known from the day in Việt Nam on which it was recorded.
    """
    return _entries(session.scalars(select(CalendarDay).order_by(CalendarDay.recorded_at)))


def known_calendars(session: Session) -> list[Calendar]:
    """Return the calendar as it was after each day that was added, the present one first, the shipped one last."""
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.recorded_at)).all()
    return [load_calendar(_entries(rows[:length])) for length in range(len(rows), -1, -1)]


def calendar_with(session: Session, day: date, kind: str, decision: str, *, at: datetime) -> Calendar:
    """Return the calendar as it would be with one more decreed day; raises InvalidDataError when it cannot be."""
    rows = session.scalars(select(CalendarDay).order_by(CalendarDay.recorded_at)).all()
    try:
        return load_calendar(_entries([*rows, _decreed(day, kind, decision, at)]))
    except (CalendarUnknownError, CalendarDataError) as fault:
        vi, _, en = str(fault).rpartition(" / ")
        raise InvalidDataError([_refused("BAD_FIELD", vi or en, en)]) from fault


def _entries(rows: Iterable[CalendarDay]) -> list[CalendarEntry]:
    known: dict[tuple[date, date], CalendarEntry] = {}
    for row in rows:
        recorded_on = row.recorded_at.astimezone(VIETNAM).date()
        known.pop((row.day, recorded_on), None)
        known[row.day, recorded_on] = CalendarEntry(row.day, row.kind, row.decision, recorded_on)
    return list(known.values())


def decide_policy(
    session: Session,
    policies: Mapping[str, Policy],
    policy_id: str,
    value: str,
    *,
    decided_by: str,
    reason: str,
    at: datetime,
    account_id: UUID | None = None,
) -> PolicyDecision:
    """Put a value of a policy in force; raises InvalidDataError for what is no policy, no value or no reason.

    `account_id` is who entered the decision, where somebody signed in did.
    """
    reasons = []
    known = policies.get(policy_id)
    if known is None:
        reasons.append(_refused("UNKNOWN_POLICY", "Không có chính sách này", "There is no such policy"))
    elif value not in {choice.id for choice in known.values}:
        reasons.append(_refused("UNKNOWN_VALUE", "Chính sách không có giá trị này", "The policy has no such value"))
    if not decided_by.strip() or not reason.strip():
        reasons.append(_refused("MISSING_FIELD", "Phải nêu người quyết định và lý do", "Say who decided, and why"))
    if len(decided_by) > _DECIDER_LENGTH_MAX or len(reason) > _REASON_LENGTH_MAX:
        reasons.append(_refused("BAD_FIELD", "Nội dung quá dài", "What was written is too long"))
    if reasons:
        raise InvalidDataError(reasons)
    decision = PolicyDecision(
        policy=policy_id, value=value, reason=reason, decided_by=decided_by, account_id=account_id, decided_at=at
    )
    session.add(decision)
    session.flush()
    return decision


def add_decreed_day(session: Session, day: date, kind: str, decision: str, *, at: datetime) -> CalendarDay:
    """Record a decreed day (`off` or `work`).

    Raises InvalidDataError for another kind, a missing decision, or a day that the calendar cannot hold.
    """
    calendar_with(session, day, kind, decision, at=at)
    row = _decreed(day, kind, decision, at)
    session.add(row)
    session.flush()
    return row


def _decreed(day: date, kind: str, decision: str, at: datetime) -> CalendarDay:
    if kind not in ("off", "work") or not 0 < len(decision.strip()) <= _DECISION_LENGTH_MAX:
        raise InvalidDataError(
            [_refused("BAD_FIELD", "Cần loại ngày (off/work) và số quyết định", "Give off or work, and the decision")]
        )
    return CalendarDay(day=day, kind=kind, decision=decision.strip(), recorded_at=at)


def _refused(code: str, vi: str, en: str) -> Reason:
    return Reason(code, Text(vi, en), "", Effect.REFUSE)
