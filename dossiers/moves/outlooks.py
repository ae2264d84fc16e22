"""Looks ahead: where one dossier goes when another edition begins, with what that means for its limits and papers.

Reads only; `change_edition.py` writes down what is seen here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.changes import changes_of
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.limits.models import Deadline
from dossiers.limits.queries import standing_alarms
from dossiers.moves.places import places_after
from dossiers.moves.situations import proceedings_of, situation_of
from workflow.calendar import CalendarUnknownError
from workflow.certificates import VIETNAM
from workflow.changeover import Crossing, Landed, Review, Rule, Stay, Switch, Verdict, Way, for_people
from workflow.effects import StartedLimit, start_limit
from workflow.model import Limit
from workflow.predicates import Situation
from workflow.refusals import Reason
from workflow.vocabulary import FactValue, Text

Crossings = Mapping[str, Crossing]

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The law as it stands, and the rules from each edition to the next."""

    law: Law
    crossings: Crossings


@dataclass(frozen=True, slots=True)
class LimitChange:
    """What becomes of one running limit: its fate, its names, its ends; None where there is none."""

    #: `carried`, `restarted`, `started` or `stopped`.
    fate: str
    old: str | None
    new: str | None
    old_due: datetime | None
    new_due: datetime | None
    #: The row that runs now, and the limit as it begins anew.
    row_id: UUID | None = None
    begun: StartedLimit | None = None


@dataclass(frozen=True, slots=True)
class SideOutlook:
    """Where a side machine goes with its dossier."""

    proceeding_id: UUID
    name: str
    crossing: Crossing
    rule: Rule
    landed: Landed
    limits: tuple[LimitChange, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where one dossier goes; `landed` and what follows are empty unless it switches."""

    dossier_id: UUID
    number: str
    version: int
    state: str
    way: Way
    rule: Rule | None
    landing: str
    #: Why people must look at it (review only).
    reasons: tuple[Reason, ...] = ()
    #: Whether the diary and the alarms say just this already; only looked up for a plan.
    noted: bool = False
    landed: Landed | None = None
    #: Place of the new edition -> organization, for the parties that go on.
    places: Mapping[str, UUID] | None = None
    limits: tuple[LimitChange, ...] = ()
    sides: tuple[SideOutlook, ...] = ()

    @property
    def answer(self) -> tuple[str, str | None, str]:
        """Return what a plan keeps of it: the way, the rule, the state."""
        return self.way.value, self.rule.id if self.rule else None, self.landing


def look_ahead(session: Session, book: Rulebook, crossing: Crossing, dossier: Dossier, *, at: datetime) -> Outlook:
    """Return where the rules send a dossier that is under the old edition of `crossing`, judged at a moment."""
    situation = situation_of(session, book.law, dossier, occurred_at=at)
    rows = _running(session, dossier)
    verdict = crossing.judge(situation, [row.rule for row in rows if row.proceeding_id is None])
    return _outlook(session, book, crossing, dossier, verdict, situation)


def look_at_decision(
    session: Session, book: Rulebook, crossing: Crossing, dossier: Dossier, decision: str, *, at: datetime
) -> Outlook | None:
    """Return where people's own decision (`stay` or a state) sends a dossier; None when no rule offers that choice."""
    chosen = _choices(session, book, crossing, dossier, at=at).get(decision)
    if chosen is None:
        return None
    situation = situation_of(session, book.law, dossier, occurred_at=at)
    return _outlook(session, book, crossing, dossier, chosen, situation, decided=True)


def choices_of(session: Session, book: Rulebook, crossing: Crossing, dossier: Dossier, *, at: datetime) -> list[str]:
    """Return what people may decide for a dossier now: `stay` and states of the new edition; often nothing."""
    found = _choices(session, book, crossing, dossier, at=at)
    seen = {each: look_at_decision(session, book, crossing, dossier, each, at=at) for each in found}
    return [each for each, outlook in seen.items() if outlook is not None and not outlook.reasons]


def _choices(
    session: Session, book: Rulebook, crossing: Crossing, dossier: Dossier, *, at: datetime
) -> Mapping[str, Verdict]:
    """Return what people may choose for a dossier that the rules leave to them.

    One that the rules would send on, but for a side machine that they leave to people, may go where they send it.
    """
    situation = situation_of(session, book.law, dossier, occurred_at=at)
    running = [row.rule for row in _running(session, dossier) if row.proceeding_id is None]
    verdict = crossing.judge(situation, running)
    if isinstance(verdict, Switch):
        return {verdict.landed.state: verdict}
    if verdict.rule is None or isinstance(verdict, Stay):
        return {}
    answers = {policy.id: [choice.id for choice in policy.values] for policy in book.law.policies.values()}
    return crossing.choices(verdict.rule, situation, running, answers)


def _outlook(
    session: Session,
    book: Rulebook,
    crossing: Crossing,
    dossier: Dossier,
    verdict: Verdict,
    situation: Situation,
    *,
    decided: bool = False,
) -> Outlook:
    base = Outlook(dossier.id, dossier.number, dossier.version, dossier.state, Way.STAYS, verdict.rule, dossier.state)
    if isinstance(verdict, Stay):
        return base
    if isinstance(verdict, Review):
        return replace(base, way=Way.REVIEW, reasons=verdict.reasons)
    sides, reasons = _sides(session, book, crossing, dossier, situation, decided=decided)
    day = situation.occurred_at.astimezone(VIETNAM).date()
    of_sides = [(side.crossing, side.landed) for side in sides]
    places, missing = places_after(session, crossing, dossier, verdict.landed, of_sides, on=day)
    if reasons or missing:
        return replace(base, way=Way.REVIEW, reasons=(*reasons, *missing))
    landed = _with_facts_of_sides(session, book.law, dossier, verdict.landed, sides)
    rows = [row for row in _running(session, dossier) if row.proceeding_id is None]
    try:
        landed, limits = _limit_changes(session, book.law, crossing, landed, rows, situation)
        sides = list(_side_limits(session, book.law, dossier, sides, situation))
    except (ValueError, CalendarUnknownError):
        return replace(base, way=Way.REVIEW, reasons=(_uncounted(),))
    return replace(
        base,
        way=Way.SWITCHES,
        landing=landed.state,
        landed=landed,
        places=places,
        limits=limits,
        sides=tuple(sides),
    )


# --- Side machines --------------------------------------------------------------------------------------------


def _sides(
    session: Session, book: Rulebook, crossing: Crossing, dossier: Dossier, situation: Situation, *, decided: bool
) -> tuple[list[SideOutlook], list[Reason]]:
    """Return where each open side machine goes, and why people must look where one cannot simply go on.

    Once people have decided, one that may stay under its edition does.
    """
    found: list[SideOutlook] = []
    reasons: list[Reason] = []
    day = crossing.changeover.to_edition
    for proceeding in proceedings_of(session, dossier, open_only=True):
        procedure = book.law.pinned(session, proceeding.procedure_sha256)
        rules = next(
            (each for each in book.crossings.values() if each.old.key == procedure.key and each.new.edition == day),
            None,
        )
        if rules is None:
            if procedure.edition < day and procedure.in_force_to is not None and procedure.in_force_to < day:
                reasons.append(_side_without_rule(procedure.title))
            continue
        seen = situation_of(session, book.law, dossier, occurred_at=situation.occurred_at, proceeding=proceeding)
        running = [row.rule for row in _running(session, dossier) if row.proceeding_id == proceeding.id]
        verdict = rules.judge(seen, running)
        if isinstance(verdict, Switch):
            found.append(SideOutlook(proceeding.id, _name(proceeding), rules, verdict.rule, verdict.landed, ()))
        elif isinstance(verdict, Review) and not (decided and verdict.rule is not None and verdict.rule.may_stay):
            reasons += verdict.reasons
    return found, reasons


def _name(proceeding: Proceeding) -> str:
    return f"{proceeding.kind}/{proceeding.number}"


def _with_facts_of_sides(
    session: Session, law: Law, dossier: Dossier, landed: Landed, sides: Iterable[SideOutlook]
) -> Landed:
    """Keep the facts that only an open side machine knows: it goes on reading them."""
    moved = {side.proceeding_id: side for side in sides}
    facts: dict[str, FactValue] = {}
    kept: set[str] = set()
    for proceeding in proceedings_of(session, dossier, open_only=True):
        side = moved.get(proceeding.id)
        known = side.crossing.new.facts if side else law.pinned(session, proceeding.procedure_sha256).facts
        found = side.landed.facts if side else dossier.facts
        facts |= {name: value for name, value in found.items() if name in known}
        kept |= set(dossier.facts) - set(side.landed.left_behind) if side else set(known)
    left_behind = tuple(name for name in landed.left_behind if name not in kept)
    return replace(landed, facts={**facts, **landed.facts}, left_behind=left_behind)


def _side_limits(
    session: Session, law: Law, dossier: Dossier, sides: Iterable[SideOutlook], situation: Situation
) -> Iterable[SideOutlook]:
    for side in sides:
        rows = [row for row in _running(session, dossier) if row.proceeding_id == side.proceeding_id]
        _, limits = _limit_changes(session, law, side.crossing, side.landed, rows, situation)
        yield replace(side, limits=limits)


# --- Limits ---------------------------------------------------------------------------------------------------


def _limit_changes(
    session: Session, law: Law, crossing: Crossing, landed: Landed, rows: Iterable[Deadline], situation: Situation
) -> tuple[Landed, tuple[LimitChange, ...]]:
    """Return what becomes of each running limit, and the facts with the ends that limits give."""
    facts, changes = dict(landed.facts), []
    after = replace(situation, state=landed.state, facts=facts)
    calendar, limits = law.calendar(session), crossing.new.limits
    by_rule = {row.rule: row for row in rows}
    for name, row in sorted(by_rule.items()):
        if name in landed.carried:
            new = landed.carried[name]
            changes.append(LimitChange("carried", name, new, row.due_at, row.due_at, row.id))
            if limits[new].ends_fact not in facts:
                _note_end(facts, limits[new], row.due_at)
        elif name in landed.restarted:
            begun = start_limit(_from_now(limits[landed.restarted[name]]), after, calendar)
            changes.append(LimitChange("restarted", name, begun.limit.id, row.due_at, begun.due_at, row.id, begun))
            _note_end(facts, begun.limit, begun.due_at)
        else:
            changes.append(LimitChange("stopped", name, None, row.due_at, None, row.id))
    for name in landed.started:
        begun = start_limit(limits[name], replace(after, facts=dict(facts)), calendar)
        changes.append(LimitChange("started", None, name, None, begun.due_at, None, begun))
        _note_end(facts, begun.limit, begun.due_at)
    return replace(landed, facts=facts), tuple(changes)


def _from_now(limit: Limit) -> Limit:
    """Return a limit that is counted from the act itself: what is counted anew does not look back."""
    if limit.direction != "after":
        return limit
    variants = tuple(replace(variant, from_fact=None) for variant in limit.variants)
    return replace(limit, from_fact=None, variants=variants)


def _note_end(facts: dict[str, FactValue], limit: Limit, due_at: datetime | None) -> None:
    if limit.ends_fact is not None and due_at is not None:
        facts[limit.ends_fact] = (due_at - _INSTANT).astimezone(VIETNAM).date().isoformat()


def _running(session: Session, dossier: Dossier) -> list[Deadline]:
    query = select(Deadline).where(Deadline.dossier_id == dossier.id, Deadline.state == "running")
    return list(session.scalars(query.order_by(Deadline.started_seq, Deadline.rule)))


# --- Reviews --------------------------------------------------------------------------------------------------


def alarm_code(reason: Reason) -> str:
    """Return the code of the alarm that asks people to look, as the diary names it."""
    return ".".join(filter(None, (reason.guard, reason.clause)))[:60]


def is_noted(session: Session, crossing: Crossing, outlook: Outlook) -> bool:
    """Return whether the last word in the diary about editions says the same, and the alarms it raised still stand."""
    changes = [] if outlook.way is Way.SWITCHES else changes_of(session, outlook.dossier_id)
    if not changes:
        return False
    said = changes[-1].payload
    rule = outlook.rule.id if outlook.rule else None
    if (said["to"], said["way"], said["rule"]) != (crossing.new.key, outlook.way.value, rule):
        return False
    standing = {alarm.code for alarm in standing_alarms(session, outlook.dossier_id)}
    return {alarm_code(reason) for reason in outlook.reasons} <= standing


def _uncounted() -> Reason:
    return for_people(
        "count",
        "Các mốc thời gian trong hồ sơ mâu thuẫn hoặc ngoài lịch: không tính được thời hạn của bản mới",
        "The dates on file contradict each other or lie outside the calendar: no limit can be counted anew",
    )


def _side_without_rule(title: Text) -> Reason:
    return for_people(
        "side",
        f"Thủ tục phụ “{title.vi}” đang mở: chưa có quy tắc chuyển tiếp",
        f"The side machine “{title.en}” is open: there is no rule of changeover for it",
    )
