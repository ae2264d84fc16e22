"""Turns what the domain returns into lines that templates print: reasons, limits, diary entries, policies.

Reads only, and shows no id that only programs use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.house import house
from api.languages import say
from api.pages.citing import cite
from api.pages.forms import OCCURRED_AT, OVERRIDE, Control
from api.pages.standing import Standing
from api.pages.words import (
    CALENDAR_ROLE,
    CLOCK_ROLE,
    EFFECTS,
    HANDOVER_ACTS,
    LIMIT_KINDS,
    LIMIT_STATES,
    PAPER_ACTS,
    Due,
    aftercare_title,
    badge_of,
    day,
    due_of,
    moment,
)
from dossiers.bodies.kinds import ROLES
from dossiers.bodies.naming import names_of
from dossiers.errors import DossierError, KeyReusedError
from dossiers.evidence.changes import CHANGED, TAKEN_BACK
from dossiers.evidence.eras import Eras, eras_of
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from dossiers.limits.models import Deadline
from dossiers.limits.operations import overdue_code, shortened_code
from dossiers.moves.recount import RECOUNTED
from dossiers.moves.situations import proceedings_of
from dossiers.papers.catalogue import UnknownFormError
from workflow.calendar import Calendar
from workflow.certificates import VIETNAM
from workflow.model import FactDef, Limit, Procedure, Transition
from workflow.refusals import Reason
from workflow.vocabulary import Effect, FactType, Text

_TIMES = {"DATE_IN_FUTURE": OCCURRED_AT, "DATE_BEFORE_PREVIOUS": OCCURRED_AT}
_ALARM_DEALT_WITH = Text("Đã xử lý báo động", "Alarm dealt with")
_OPENED = Text("Mở hồ sơ", "Dossier opened")
_RECOUNTED = Text("Tính lại thời hạn vì lịch nghỉ thay đổi", "Limits counted again: the days off changed")
_EDITIONS = {
    "edition_kept": Text("Tiếp tục theo bản thủ tục cũ", "Goes on under the old edition of the procedure"),
    "edition_changed": Text("Chuyển sang bản thủ tục mới", "Goes on under the new edition of the procedure"),
    "edition_in_review": Text("Chờ quyết định bản thủ tục áp dụng", "People must decide on the edition"),
    "edition_restored": Text("Thu hồi việc chuyển bản thủ tục", "The change of edition was taken back"),
}


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason: what is wrong, how to mend it, where the law says so, and the item of the form it is about."""

    text: str
    cure: str | None
    basis: str
    badge: str | None
    effect: str
    label: str
    guard: str
    anchor: str | None = None
    policies: tuple[str, ...] = ()
    #: The officer's reason for going on all the same.
    said: str | None = None


@dataclass(frozen=True, slots=True)
class LimitLine:
    """One limit of a dossier as the page shows it."""

    id: UUID
    title: str
    due: Due
    state: str
    state_label: str
    kind: str
    owner: str
    basis: str
    badge: str | None
    started_at: datetime
    provisional: bool
    note: str | None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One diary entry: what happened, where it led, who did it, and both times."""

    seq: int
    title: str
    detail: str | None
    state: str | None
    actor: str
    office: str
    body: str
    occurred_at: datetime
    recorded_at: datetime
    hash: str


def form_title(form_id: str, on: date, *, numbered: bool = True) -> str:
    """Return the official title of a form, with the number of the form, in the language of the page."""
    try:
        form = house().catalogue.form(form_id, on)
    except UnknownFormError:
        return form_id
    return f"{say(form.title)} ({form.number_line})" if numbered and form.number_line else say(form.title)


def reason_lines(reasons: Iterable[Reason], controls: Sequence[Control] = ()) -> list[ReasonLine]:
    """Return the reasons with their articles, each tied to the item of the form it is about."""
    return [
        ReasonLine(
            text=_reason_text(reason),
            cure=say(reason.cure) if reason.cure else None,
            basis=cite(reason.basis),
            badge=badge_of(reason.confidence),
            effect=reason.effect.value,
            label=say(EFFECTS[reason.effect]),
            guard=reason.guard,
            anchor=next((control.anchor for control in controls if control.name in items_of(reason)), None),
            policies=policy_questions(reason.policies),
        )
        for reason in reasons
    ]


def problem_of(refusal: DossierError | None) -> str | None:
    """Return why a form was refused, where the refusal has no list of reasons to say it."""
    if refusal is None or hasattr(refusal, "reasons"):
        return None
    if isinstance(refusal, KeyReusedError):
        return str(_("Biểu mẫu này đã được gửi trước đó với nội dung khác. Hãy xem lại hồ sơ trước khi gửi lần nữa."))
    return say(refusal.detail)


def items_of(reason: Reason) -> tuple[str, ...]:
    """Return the names of the items of a form that a reason may be about."""
    clause = reason.clause or ""
    table, dot, _column = clause.partition(".")
    return (clause, table if dot else "", _TIMES.get(reason.guard, ""), OVERRIDE + reason.guard)


def remark_lines(payload: Mapping[str, Any]) -> list[ReasonLine]:
    """Return what a diary entry recorded as warnings, alarms and reasons for going on."""
    return [
        ReasonLine(
            text=say(Text(remark["text"]["vi"], remark["text"]["en"])),
            cure=None,
            basis=cite(remark["basis"]),
            badge=badge_of(remark["confidence"]),
            effect=remark["effect"],
            label=say(EFFECTS[Effect(remark["effect"])]),
            guard=remark["guard"],
            policies=policy_questions(remark["policies"]),
            said=remark.get("reason"),
        )
        for remark in payload.get("remarks", ())
    ]


def policy_questions(ids: Iterable[str]) -> tuple[str, ...]:
    """Return the open questions of law behind policy ids."""
    policies = house().law.policies
    return tuple(say(policies[name].question) for name in ids if name in policies)


def policy_lines(session: Session, ids: Iterable[str]) -> list[dict[str, str]]:
    """Return each open question once, with the answer in force and why."""
    law = house().law
    values = law.policies_in_force(session)
    lines = []
    for name in sorted(set(ids) & set(law.policies)):
        policy = law.policies[name]
        labels = {choice.id: say(choice.label) for choice in policy.values}
        lines.append(
            {
                "question": say(policy.question),
                "value": labels.get(values[name], values[name]),
                "reason": say(policy.reason),
                "basis": cite(policy.basis),
                "decided_by": policy.decided_by,
                "decided_on": policy.decided_on,
            }
        )
    return lines


def offices_of(procedure: Procedure, transition: Transition) -> str:
    """Return who makes a move, in words."""
    return ", ".join(dict.fromkeys(say(procedure.roles[role].title) for role in transition.roles))


def procedures_of(session: Session, dossier: Dossier) -> dict[str, Procedure]:
    """Return the procedures of the side machines of a dossier by kind; the main one stands under an empty name.

    The editions that the dossier has left follow under their own names, so that what came before them is told right.
    """
    return eras_of(session, house().law, dossier, proceedings_of(session, dossier))


def limit_lines(
    rows: Iterable[Deadline],
    procedures: Mapping[str, Procedure],
    now: datetime,
    standing: Standing | None = None,
    calendar: Calendar | None = None,
) -> list[LimitLine]:
    """Return limits with their titles and what is left of them; `standing` tells a body that left what ran then.

    With a calendar, what is left of a limit in working days is told in working days.
    """
    left = standing if standing is not None and standing.left else None
    return [
        _limit_line(row, procedures, now, "then" if left and left.runs(row) else row.state, calendar) for row in rows
    ]


def rule_of(row: Deadline, procedures: Mapping[str, Procedure]) -> Limit | None:
    """Return the limit of the law that a row counts."""
    return next((each.limits[row.rule] for each in procedures.values() if row.rule in each.limits), None)


def entry_lines(
    entries: Iterable[DiaryEntry], procedures: Mapping[str, Procedure], names: Mapping[str, str]
) -> list[EntryLine]:
    """Return diary entries in words; `names` gives accounts and bodies by id."""
    return [_entry_line(entry, procedures, names) for entry in entries]


def entry_transition(entry: DiaryEntry, procedures: Mapping[str, Procedure]) -> Transition | None:
    """Return the move of the law that an entry records, None for openings, papers and alarms."""
    procedure = _procedure_of(entry, procedures)
    group = procedure.by_trigger.get(entry.trigger, ()) if procedure and entry.kind in ("moved", "proceeding") else ()
    fitting = [each for each in group if entry.from_state in each.source and each.dest in (entry.to_state, "=")]
    return next(iter([*fitting, *group]), None)


def stated_lines(session: Session, procedures: Mapping[str, Procedure], entry: DiaryEntry) -> list[tuple[str, str]]:
    """Return what the officer stated with an act, as label and value."""
    procedure = _procedure_of(entry, procedures)
    stated = entry.payload.get("fields") or {}
    if procedure is None:
        return []
    facts = [(procedure.facts[name], value) for name, value in stated.items() if name in procedure.facts]
    ids = [UUID(str(value)) for fact, value in facts if fact.type is FactType.ORGANIZATION]
    names = names_of(session, accounts=[], organizations=ids)
    return [(say(fact.label), fact_text(fact, value, names)) for fact, value in facts]


def fact_text(fact: FactDef, value: object, names: Mapping[str, str]) -> str:
    """Return the value of a fact in words; `names` gives bodies by id."""
    match fact.type:
        case FactType.BOOL:
            return say(Text("Có", "Yes") if value else Text("Không", "No"))
        case FactType.ENUM:
            return next((say(choice.label) for choice in fact.choices if choice.id == value), str(value))
        case FactType.DATE:
            return day(str(value))
        case FactType.DATETIME:
            return moment(datetime.fromisoformat(str(value)))
        case FactType.ORGANIZATION:
            return names.get(str(value), "")
        case _:
            return str(value)


def _procedure_of(entry: DiaryEntry, procedures: Mapping[str, Procedure]) -> Procedure | None:
    kind = str(entry.payload.get("proceeding", "")).partition("/")[0] if entry.kind == "proceeding" else ""
    return procedures.at(kind, entry.seq) if isinstance(procedures, Eras) else procedures.get(kind)


def _entry_line(entry: DiaryEntry, procedures: Mapping[str, Procedure], names: Mapping[str, str]) -> EntryLine:
    procedure, transition = _procedure_of(entry, procedures), entry_transition(entry, procedures)
    detail, state = entry.payload.get("note") or None, None
    if entry.trigger in PAPER_ACTS:
        title = say(PAPER_ACTS[entry.trigger])
        detail = form_title(entry.payload["form"], entry.recorded_at.astimezone(VIETNAM).date(), numbered=False)
    elif entry.trigger in HANDOVER_ACTS:
        title = say(HANDOVER_ACTS[entry.trigger])
    elif entry.kind == "alarm":
        title, detail = _alarm_title(entry.payload["code"], procedures), entry.payload["reason"]
    elif entry.kind == RECOUNTED:
        title = say(_RECOUNTED)
    elif told := aftercare_title(entry.trigger):
        title, detail = told, day(entry.payload["on"])
    elif entry.kind in (CHANGED, TAKEN_BACK):
        title, detail = say(_EDITIONS[entry.trigger]), _edition_detail(entry)
    elif transition is not None:
        title = say(transition.title)
    else:
        title = say(procedure.title) if entry.kind == "proceeding" and procedure else say(_OPENED)
    if entry.trigger not in PAPER_ACTS and procedure is not None and entry.to_state != entry.from_state:
        # A change of edition that was taken back led to a state of an edition the dossier is not under.
        state = say(procedure.states[entry.to_state].title) if entry.to_state in procedure.states else None
    role = ROLES.get(entry.role)
    office = [say(role.title)] if role else []
    if given := entry.payload.get("delegation"):
        words = {"number": given["decision_no"], "day": day(given["decision_date"])}
        office.append(_("theo ủy quyền số %(number)s ngày %(day)s", **words))
    return EntryLine(
        seq=entry.seq,
        title=title,
        detail=detail,
        state=state,
        actor=names.get(str(entry.account_id), "") or say(CALENDAR_ROLE if entry.kind == RECOUNTED else CLOCK_ROLE),
        office=", ".join(office),
        body=names.get(str(entry.body_id), ""),
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        hash=entry.hash,
    )


def _edition_detail(entry: DiaryEntry) -> str:
    """Return why a dossier goes on under an edition: the rule with its article, and the reason of those who decided."""
    payload = entry.payload
    rule = Text(payload["text"]["vi"], payload["text"]["en"]) if payload.get("text") else None
    article = cite(payload["basis"]) if payload.get("basis") else ""
    ruled = f"{say(rule)} ({article})" if rule and article else say(rule) if rule else ""
    return " – ".join(filter(None, (ruled, payload.get("note"))))


def _alarm_title(code: str, procedures: Mapping[str, Procedure]) -> str:
    """Return which alarm was dealt with: the limit that ran out, or the condition that was not met."""
    guard = code.partition(".")[0]
    rules = [rule for each in procedures.values() for rule in each.limits.values()]
    titles = [rule.title for rule in rules if code in (overdue_code(rule.id), shortened_code(rule.id))]
    titles += [each.guards[guard].title for each in procedures.values() if guard in each.guards]
    return ": ".join([say(_ALARM_DEALT_WITH), *map(say, titles[:1])])


def _limit_line(
    row: Deadline, procedures: Mapping[str, Procedure], now: datetime, state: str, calendar: Calendar | None
) -> LimitLine:
    rule = rule_of(row, procedures)
    bodies = {body.id: body for procedure in procedures.values() for body in procedure.bodies.values()}
    owner = bodies.get(row.owner_body or "")
    return LimitLine(
        id=row.id,
        title=say(rule.title) if rule else "",
        due=due_of(row.due_at, rule, now, calendar),
        state=state,
        state_label=say(LIMIT_STATES[state]),
        kind=say(LIMIT_KINDS[rule.kind]) if rule else "",
        owner=say(owner.title) if owner else "",
        basis=cite(rule.basis) if rule else "",
        badge=badge_of(rule.confidence.mark) if rule else None,
        started_at=row.started_at,
        provisional=row.provisional,
        note=say(rule.note) if rule and rule.note else None,
    )


def _reason_text(reason: Reason) -> str:
    if reason.guard != "MISSING_PAPER" or reason.clause is None:
        return say(reason.text)
    on = house().now().astimezone(VIETNAM).date()
    titles = [form_title(form, on) for form in reason.clause.split(" / ")]
    wanted = f" {say(Text('hoặc', 'or'))} ".join(titles)
    return say(Text(f"Chưa có bản đã ký trong hồ sơ: {wanted}", f"Not on file, signed: {wanted}"))
