"""Count running limits again when a later decision changed the days off: a new certificate, a diary entry, both kept.

Asks nobody and reads no clock; never touches a stored certificate, never shortens a right of the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.evidence.models import DiaryEntry
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.jobs import AT_ONCE, defer
from dossiers.limits.models import Deadline
from dossiers.limits.operations import SHORTENED, raise_alarm, shortened_code, start_limits
from dossiers.limits.recounting import (
    Recount,
    dossiers_to_recount,
    last_day,
    recounts_of,
    rows_to_recount,
    running_limits,
)
from dossiers.policies import CalendarDay, add_decreed_day
from workflow.calendar import Calendar
from workflow.certificates import VIETNAM
from workflow.effects import StartedLimit
from workflow.model import Limit
from workflow.vocabulary import Effect, Protects, Text

#: The author of what the clock and the calendar do.
CLOCK: Final = Author(None, "SYSTEM", None)
#: The kind of a diary entry about limits that were counted again, and its trigger.
RECOUNTED: Final = "recount"
TRIGGER: Final = "limits_recounted"
#: Work that looks for dossiers with limits to recount, and work that recounts those of one.
RECOUNT_ALL: Final = "recount-limits"
RECOUNT_ONE: Final = "recount-dossier"
#: How many dossiers are looked at with one statement.
_AT_A_TIME: Final = 500


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a recount would do, or did, in one dossier."""

    dossier: Dossier
    recounts: tuple[Recount, ...]


def recount_dossier(session: Session, law: Law, dossier: Dossier, *, at: datetime) -> int:
    """Bring the running limits of a dossier up to the calendar in force; return how many were counted again.

    The caller holds the row lock.  Done twice, the second time finds nothing.
    """
    calendar = law.calendar(session)
    found = recounts_in(session, law, dossier, calendar)
    if not found:
        return 0
    facts = _ends_facts(found)
    seq = dossier.version + 1
    append_entry(
        session,
        dossier,
        Happening(RECOUNTED, TRIGGER, dossier.state, dossier.state, _payload(found, calendar, facts)),
        author=CLOCK,
        occurred_at=at,
        at=at,
    )
    dossier.facts = {**dossier.facts, **facts}
    for each in found:
        start_limits(session, dossier, [_started(each)], seq=seq, at=at, proceeding_id=each.row.proceeding_id)
        if _effect(each) is Effect.ALARM:
            code, text = shortened_code(each.limit.id), _said(each, calendar)
            raise_alarm(session, dossier.id, code, text, basis=each.limit.basis, seq=seq, at=at)
    session.flush()
    return len(found)


def recounts_in(session: Session, law: Law, dossier: Dossier, calendar: Calendar) -> list[Recount]:
    """Return what a recount under `calendar` changes in a dossier."""
    rows = rows_to_recount(session, dossier.id, calendar.revision)
    return recounts_of(rows, _limits_of(session, law, dossier, rows), calendar)


def explanations(session: Session, dossier_id: UUID) -> dict[tuple[int, str], Text]:
    """Return what each recount of a dossier said, by the diary entry and the rule."""
    query = select(DiaryEntry).where(DiaryEntry.dossier_id == dossier_id, DiaryEntry.kind == RECOUNTED)
    return {
        (entry.seq, remark["clause"]): Text(remark["text"]["vi"], remark["text"]["en"])
        for entry in session.scalars(query)
        for remark in entry.payload["remarks"]
    }


def outlooks(session: Session, law: Law, calendar: Calendar, *, day: date | None = None) -> list[Outlook]:
    """Return what a recount under `calendar` would do, by dossier, the soonest end first; changes nothing."""
    found = []
    concerned = dossiers_to_recount(session, calendar.revision, day=day)
    for start in range(0, len(concerned), _AT_A_TIME):
        ids = concerned[start : start + _AT_A_TIME]
        dossiers = {each.id: each for each in session.scalars(select(Dossier).where(Dossier.id.in_(ids)))}
        rows = running_limits(session, ids)
        sides = {each.id: each for each in session.scalars(select(Proceeding).where(Proceeding.dossier_id.in_(ids)))}
        for dossier_id in ids:
            limits = _limits_behind(session, law, dossiers[dossier_id], rows.get(dossier_id, ()), sides)
            recounts = recounts_of(rows.get(dossier_id, ()), limits, calendar)
            if recounts:
                found.append(Outlook(dossiers[dossier_id], tuple(recounts)))
    return found


def decree_day(session: Session, day: date, kind: str, decision: str, *, at: datetime) -> CalendarDay:
    """Record a decreed day and ask for every running limit that it may move to be counted again.

    Raises InvalidDataError for what is no decreed day.
    """
    row = add_decreed_day(session, day, kind, decision, at=at)
    defer(session, RECOUNT_ALL, {"day": day.isoformat()}, at=at, run_at=AT_ONCE)
    return row


def plan_recounts(session: Session, law: Law, payload: Mapping[str, Any], *, at: datetime) -> int:
    """Ask for a recount of each dossier concerned, every one as work of its own; return how many."""
    day = date.fromisoformat(payload["day"]) if payload.get("day") else None
    concerned = dossiers_to_recount(session, law.calendar(session).revision, day=day)
    for dossier_id in concerned:
        defer(session, RECOUNT_ONE, {"dossier": str(dossier_id)}, at=at, run_at=AT_ONCE)
    return len(concerned)


def recount_one(session: Session, law: Law, payload: Mapping[str, Any], *, at: datetime) -> int:
    """Recount the limits of the dossier that a job names; return how many were counted again."""
    query = select(Dossier).where(Dossier.id == UUID(payload["dossier"])).with_for_update(of=Dossier)
    dossier = session.scalars(query.execution_options(populate_existing=True)).one()
    return recount_dossier(session, law, dossier, at=at)


def _limits_of(session: Session, law: Law, dossier: Dossier, rows: Iterable[Deadline]) -> Mapping[UUID, Limit]:
    """Return the limit of the law behind each row: of the edition of the dossier, or of the side machine it runs in."""
    ids = {row.proceeding_id for row in rows if row.proceeding_id}
    sides = session.scalars(select(Proceeding).where(Proceeding.id.in_(ids))) if ids else ()
    return _limits_behind(session, law, dossier, rows, {each.id: each for each in sides})


def _limits_behind(
    session: Session, law: Law, dossier: Dossier, rows: Iterable[Deadline], sides: Mapping[UUID, Proceeding]
) -> Mapping[UUID, Limit]:
    limits: dict[UUID, Limit] = {}
    for row in rows:
        pinned = sides[row.proceeding_id].procedure_sha256 if row.proceeding_id else dossier.procedure_sha256
        procedure = law.pinned(session, pinned)
        if row.rule in procedure.limits:
            limits[row.id] = procedure.limits[row.rule]
    return limits


def _started(each: Recount) -> StartedLimit:
    return StartedLimit(
        each.limit, each.certificate.start, each.opens_at, each.due_at, each.certificate, supersedes=True
    )


def _ends_facts(found: Sequence[Recount]) -> dict[str, str]:
    """Return the facts that hold the last day of a limit which moved."""
    return {
        each.limit.ends_fact: last_day(each.due_at).isoformat()
        for each in found
        if each.limit.ends_fact is not None and each.due_at != each.row.due_at
    }


def _payload(found: Sequence[Recount], calendar: Calendar, facts: Mapping[str, str]) -> dict[str, Any]:
    """Return what the diary says about a recount: ends before and after, why, and which days changed."""
    return {
        "note": "",
        "fields": {},
        "facts": dict(facts),
        "cleared": [],
        "remarks": [_remark(each, calendar) for each in found],
        "limits_started": [
            {
                "rule": each.limit.id,
                "started_at": each.certificate.start.isoformat(),
                "due_at": each.due_at.isoformat(),
                "certificate": each.certificate.hash,
            }
            for each in found
        ],
        "limits_stopped": [],
        "generates": [],
        "calendar_revision": calendar.revision,
        "recounts": [
            {
                "rule": each.limit.id,
                "due_before": _iso(each.row.due_at),
                "counted": each.certificate.due_at.isoformat(),
                "due_at": each.due_at.isoformat(),
                "days": each.moved_days,
                "kept": each.kept,
                "supersedes": (each.row.certificate or {}).get("hash"),
                "changed": [calendar.day(day).plain() for day in each.changed if _known(calendar, day)],
            }
            for each in found
        ],
    }


def _remark(each: Recount, calendar: Calendar) -> dict[str, Any]:
    text = _said(each, calendar)
    return {
        "guard": SHORTENED,
        "clause": each.limit.id,
        "effect": _effect(each).value,
        "text": {"vi": text.vi, "en": text.en},
        "basis": each.limit.basis,
        "confidence": each.limit.confidence.mark,
        "policies": list(each.limit.policies),
    }


def _effect(each: Recount) -> Effect:
    """Return how loudly a recount is said: a duty that ends earlier must be seen until somebody has answered it."""
    return Effect.ALARM if each.shortened and each.limit.protects is Protects.NOBODY else Effect.WARN


def _said(each: Recount, calendar: Calendar) -> Text:
    """Say what became of a limit, in both languages."""
    title, why = each.limit.title, _decisions(each, calendar)
    before, counted = _day(each.row.due_at), _day(each.certificate.due_at)
    if each.kept:
        return Text(
            f"Tính lại thời hạn “{title.vi}”{why.vi}: theo lịch mới hết ngày {counted}. Thời hạn này bảo vệ người được "
            f"lập hồ sơ nên không bị rút ngắn: ngày muộn hơn, {_day(each.due_at)}, vẫn có hiệu lực",
            f"“{title.en}” was counted again{why.en}: by the new calendar it ends on {counted}. This limit protects "
            f"the person and is not shortened: the later day, {_day(each.due_at)}, stays in force",
        )
    if each.due_at == each.row.due_at:
        return Text(
            f"Tính lại thời hạn “{title.vi}”{why.vi}: ngày hết hạn không đổi, {before}",
            f"“{title.en}” was counted again{why.en}: its last day is still {before}",
        )
    if each.shortened:
        return Text(
            f"Tính lại thời hạn “{title.vi}”{why.vi}: hết hạn sớm hơn, ngày {counted} thay cho ngày {before}",
            f"“{title.en}” was counted again{why.en}: it ends earlier, on {counted} instead of {before}",
        )
    return Text(
        f"Tính lại thời hạn “{title.vi}”{why.vi}: hết hạn ngày {counted} thay cho ngày {before}",
        f"“{title.en}” was counted again{why.en}: it ends on {counted} instead of {before}",
    )


def _decisions(each: Recount, calendar: Calendar) -> Text:
    """Return by which decisions the days of a limit changed, in brackets; nothing when none is known."""
    named = {calendar.day(day).decision for day in each.changed if _known(calendar, day)}
    papers = "; ".join(sorted(filter(None, named)))
    return Text(f" ({papers})" if papers else "", f" ({papers})" if papers else "")


def _known(calendar: Calendar, day: date) -> bool:
    return calendar.first_year <= day.year <= calendar.last_year


def _day(moment: datetime | None) -> str:
    assert moment is not None
    return f"{last_day(moment):%d/%m/%Y}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(VIETNAM).isoformat()
