"""Asks the engine for a decision and turns what stands against it into the domain's own refusals."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dossiers.errors import InvalidDataError, MoveRefusedError
from dossiers.files.editions import Law
from workflow import engine, refusals
from workflow.calendar import CalendarUnknownError
from workflow.effects import TermConflictError
from workflow.model import Procedure
from workflow.predicates import Situation
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text


def judge(
    session: Session, law: Law, procedure: Procedure, situation: Situation, act: engine.Act, who: engine.Actor
) -> engine.Decision:
    """Return what the act does; raises MoveRefusedError with every reason, InvalidDataError for dates on file."""
    return judge_by(law.engine(session, procedure), situation, act, who)


def judge_by(judging: engine.Engine, situation: Situation, act: engine.Act, who: engine.Actor) -> engine.Decision:
    """Return what the act does by an engine that is at hand; raises as `judge` does."""
    try:
        return judging.decide(situation, act, who)
    except refusals.MoveRefusedError as refused:
        raise MoveRefusedError(refused.reasons, refused.transition) from refused
    except CalendarUnknownError as unknown:
        raise InvalidDataError([_unknown_year(unknown)]) from unknown
    except TermConflictError as conflict:
        raise InvalidDataError([_conflict(conflict)]) from conflict


def _conflict(conflict: TermConflictError) -> Reason:
    text = Text(
        "Các mốc thời gian trong hồ sơ mâu thuẫn (quản lý, bỏ trốn, tiếp nhận): chưa tính được ngày kết thúc thời hạn",
        f"The dates on file contradict each other, no end can be computed: {conflict}",
    )
    return Reason("TERM_CONFLICT", text, "", Effect.REFUSE)


def _unknown_year(unknown: CalendarUnknownError) -> Reason:
    text = Text(
        f"Lịch làm việc chưa có năm {unknown.year}: không thể tính thời hạn",
        f"The working calendar does not cover {unknown.year}: no limit can be counted in it",
    )
    return Reason("CALENDAR_UNKNOWN", text, "", Effect.REFUSE)
