"""The engine said a second time, plainly and slowly: every predicate interpreted where it stands, nothing prepared.

What `workflow.engine` works out beforehand must come to the same answer; see `test_plainly.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from workflow import effects, refusals
from workflow.calendar import Calendar
from workflow.canonical import INTEGER_MAX
from workflow.certificates import VIETNAM, CountingRule, Suspension, start_of
from workflow.deadlines import count
from workflow.effects import Effects, StartedLimit, StoppedLimit
from workflow.engine import Act, Actor, Decision
from workflow.fields import STR_LENGTH_MAX, TEXT_LENGTH_MAX, YEARS_STATED
from workflow.model import FactDef, Limit, Procedure, Transition
from workflow.predicates import Situation, fact_date, holds
from workflow.refusals import MoveRefusedError, Reason
from workflow.vocabulary import Effect, Facts, FactType, FactValue, LimitKind, Unit


def decide_plainly(procedure: Procedure, calendar: Calendar, situation: Situation, act: Act, actor: Actor) -> Decision:
    """Return what an act does, or raise MoveRefusedError with every reason against it."""
    cases = [each for each in procedure.transitions if each.trigger == act.trigger]
    if not cases:
        raise MoveRefusedError(act.trigger, [refusals.unknown_move(act.trigger)])
    here = [each for each in cases if situation.state in each.source]
    chosen = next((each for each in here if _case_holds(procedure, each, situation, act)), None)
    judged = chosen or (here or cases)[0]
    stated, reasons = read_plainly(procedure, judged, act)
    after = replace(situation, facts={**situation.facts, **stated})
    if not here:
        reasons.append(refusals.wrong_state(procedure, judged, situation.state))
    elif chosen is None:
        reasons.append(refusals.no_case(judged))
    if judged.along_only and not act.along:
        reasons.append(refusals.along_only(judged))
    if not set(judged.roles) & actor.roles:
        elsewhere = set(judged.roles) & actor.roles_elsewhere
        reasons.append((refusals.wrong_body if elsewhere else refusals.wrong_role)(procedure, judged))
    if situation.occurred_at > act.recorded_at:
        reasons.append(refusals.in_future())
    if situation.last_act_at is not None and situation.occurred_at < situation.last_act_at:
        reasons.append(refusals.before_previous())
    reasons += _unmet(procedure, judged, after)
    blocking = [each for each in reasons if _blocks(each, judged, act.overrides)]
    if blocking:
        raise MoveRefusedError(act.trigger, blocking)
    assert chosen is not None
    state = procedure.states[situation.state if chosen.dest == "=" else chosen.dest]
    return Decision(chosen, state, stated, _effects(procedure, calendar, chosen, after), tuple(reasons))


def _case_holds(procedure: Procedure, transition: Transition, situation: Situation, act: Act) -> bool:
    stated, _ = read_plainly(procedure, transition, act)
    after = replace(situation, facts={**situation.facts, **stated})
    return transition.when is None or holds(transition.when, after)


def _blocks(reason: Reason, transition: Transition, overrides: Mapping[str, str]) -> bool:
    if reason.effect is Effect.OVERRIDE:
        return not transition.release and not overrides.get(reason.guard, "").strip()
    return reason.effect is Effect.REFUSE


def _unmet(procedure: Procedure, transition: Transition, after: Situation) -> list[Reason]:
    unmet = []
    for forms in transition.requires:
        have = [after.unused_papers if form in transition.fresh else after.papers for form in forms]
        if not any(form in papers for form, papers in zip(forms, have, strict=True)):
            unmet.append(refusals.missing_paper(transition, forms, release=transition.release))
    for guard in (procedure.guards[name] for name in transition.guards):
        unmet += [refusals.from_clause(guard, each) for each in guard.clauses if not holds(each.require, after)]
    return unmet


def read_plainly(procedure: Procedure, transition: Transition, act: Act) -> tuple[dict[str, FactValue], list[Reason]]:
    """Return the facts that the fields of an act state, and what is wrong with the others."""
    facts: dict[str, FactValue] = {}
    reasons = [refusals.unknown_field(name) for name in act.fields if name not in transition.fields.all]
    for name in transition.fields.all:
        fact, raw = procedure.facts[name], act.fields.get(name)
        if raw is None or raw == "":
            if name in transition.fields.required:
                reasons.append(refusals.missing_field(fact))
        else:
            value = _read(fact, raw, act.recorded_at)
            if isinstance(value, Reason):
                reasons.append(value)
            else:
                facts[name] = value
    return facts, reasons


def _read(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    try:
        match fact.type:
            case FactType.BOOL if not isinstance(raw, bool):
                return refusals.bad_field(fact, "phải là có hoặc không", "must be yes or no")
            case FactType.INT if not isinstance(raw, int) or isinstance(raw, bool) or abs(raw) > INTEGER_MAX:
                return refusals.bad_field(fact, "phải là số nguyên", "must be a whole number")
            case FactType.BOOL | FactType.INT:
                assert isinstance(raw, int)
                return raw
            case FactType.ENUM if raw not in [choice.id for choice in fact.choices]:
                return refusals.bad_field(fact, "không có trong danh sách", "is not in the list")
            case FactType.DATE | FactType.DATETIME:
                return _read_time(fact, raw, recorded_at)
            case FactType.ORGANIZATION:
                return str(UUID(str(raw)))
    except ValueError:
        return refusals.bad_field(fact, "không phải mã cơ quan", "is not the id of an organization")
    return _read_text(fact, raw)


def _read_text(fact: FactDef, raw: object) -> FactValue | Reason:
    longest = TEXT_LENGTH_MAX if fact.type is FactType.TEXT else STR_LENGTH_MAX
    if not isinstance(raw, str):
        return refusals.bad_field(fact, "phải là chữ", "must be text")
    if len(raw) > longest:
        return refusals.bad_field(fact, f"dài quá {longest} ký tự", f"is longer than {longest} characters")
    if "\x00" in raw:
        return refusals.bad_field(fact, "có ký tự không hợp lệ", "holds a character that cannot be kept")
    return raw


def _read_time(fact: FactDef, raw: object, recorded_at: datetime) -> FactValue | Reason:
    wrong = refusals.bad_field(fact, "không phải ngày giờ hợp lệ", "is not a valid date or time")
    kind = date if fact.type is FactType.DATE else datetime
    try:
        when = kind.fromisoformat(raw) if isinstance(raw, str) else None
        if isinstance(when, datetime) and when.tzinfo is None:
            return refusals.bad_field(fact, "thiếu múi giờ", "has no time zone")
        day = when.astimezone(VIETNAM).date() if isinstance(when, datetime) else when
    except (ValueError, OverflowError):
        return wrong
    if when is None or day is None or day.year not in YEARS_STATED:
        return wrong
    known = recorded_at if isinstance(when, datetime) else recorded_at.astimezone(VIETNAM).date()
    if when > known and not fact.future:
        return refusals.bad_field(fact, "không được ở tương lai", "cannot be in the future")
    return when.isoformat()


def _effects(procedure: Procedure, calendar: Calendar, transition: Transition, after: Situation) -> Effects:
    facts: dict[str, FactValue] = {name: value for name, value in after.facts.items() if name not in transition.clears}
    today = after.occurred_on.isoformat()
    tokens = {"@occurred_at": after.occurred_at.isoformat(), "@occurred_on": today}
    for name, value in transition.sets.items():
        facts[name] = tokens.get(value, value) if isinstance(value, str) else value
    for name in transition.closes_period:
        facts[name] = tuple((opened, closed or today) for opened, closed in effects.periods(facts, name))
    if transition.opens_period is not None:
        name = transition.opens_period
        facts[name] = (*effects.periods(facts, name), (today, None))
    running = {name for name, limit in after.limits.items() if limit.running}
    named = after.limits if transition.stops_all else transition.stops
    stopped = tuple(_stop(procedure, name, after) for name in named if name in running)
    running -= {stop.limit_id for stop in stopped}
    wanted = [(name, True) for name in transition.restarts] + [(name, False) for name in transition.starts]
    started = []
    for name, again in sorted(wanted, key=lambda entry: procedure.limits[entry[0]].ends_fact is None):
        if name in running and not again:
            continue
        limit = procedure.limits[name]
        start = _start(limit, replace(after, facts=facts), calendar, supersedes=name in running)
        started.append(start)
        if limit.ends_fact is not None:
            end = start.due_at
            last = None if end is None else (end - timedelta(microseconds=1)).astimezone(VIETNAM).date().isoformat()
            facts = {**facts, limit.ends_fact: last}
    return Effects(facts, tuple(started), stopped)


def _stop(procedure: Procedure, name: str, after: Situation) -> StoppedLimit:
    limit, due_at = procedure.limits.get(name), after.limits[name].due_at
    over = due_at is not None and due_at < after.occurred_at
    duty = limit is not None and limit.duty and limit.kind not in (LimitKind.MINIMUM, LimitKind.PERIOD)
    return StoppedLimit(name, late=over and duty, lapsed=over and not duty)


def _start(limit: Limit, seen: Situation, calendar: Calendar, *, supersedes: bool) -> StartedLimit:
    variant = next((each for each in limit.variants if holds(each.when, seen)), None)
    from_fact = (variant.from_fact if variant else None) or limit.from_fact
    stated = _moment(seen.facts, from_fact)
    start = stated if from_fact else seen.occurred_at
    if limit.unit is Unit.TERM:
        return effects._start_term(limit, seen.facts, seen, supersedes=supersedes)
    if limit.unit is Unit.STATED and limit.until:
        until = seen.facts.get(limit.until)
        due = _moment(seen.facts, limit.until)
        if due is not None and isinstance(until, str) and len(until) == len("2026-07-01"):
            due += timedelta(days=1)
        return StartedLimit(limit, start or seen.occurred_at, None, due, None, supersedes)
    if limit.unit is Unit.NONE or (start is None and limit.direction == "before"):
        return StartedLimit(limit, start or seen.occurred_at, None, None, None, supersedes)
    if start is not None and limit.direction == "before" and limit.unit is Unit.HOURS:
        value = seen.facts.get(from_fact or "")
        start += timedelta(days=isinstance(value, str) and len(value) == len("2026-07-01"))
    spans = effects.periods(seen.facts, limit.suspended_by) if limit.suspended_by else ()
    if any(closed is None for _, closed in spans):
        return StartedLimit(limit, start or seen.occurred_at, None, None, None, supersedes)
    days = [(date.fromisoformat(opened), date.fromisoformat(str(closed))) for opened, closed in spans]
    rule = CountingRule(
        id=limit.id,
        amount=variant.amount if variant else limit.amount,
        unit=limit.unit,
        direction=limit.direction,
        kind=LimitKind.MAXIMUM if limit.kind is LimitKind.RECURRING else limit.kind,
        rolls=limit.rolls and limit.direction == "after",
        basis=(variant.basis if variant else None) or limit.basis,
        confidence=limit.confidence.mark,
    )
    stopped = [Suspension(first, last) for first, last in days if first < last]
    paper = count(rule, start or seen.occurred_at, calendar, policies=seen.policies, suspensions=stopped)
    return StartedLimit(limit, start or seen.occurred_at, paper.opens_at, paper.due_at, paper, supersedes)


def _moment(facts: Facts, name: str | None) -> datetime | None:
    """Return the instant a fact states, the first one of its day if it states a day."""
    value = facts.get(name) if name else None
    if name is None or not isinstance(value, str):
        return None
    day = fact_date(facts, name)
    return start_of(day) if day and len(value) == len("2026-07-01") else datetime.fromisoformat(value)
