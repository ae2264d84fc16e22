"""Writes down what a decision changed: row, parties, limits, custody, alarms, and the one diary entry.

Never decides anything; never commits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.models import Organization
from dossiers.custody.operations import custody_said, record_custody
from dossiers.errors import MoveRefusedError
from dossiers.evidence.changes import changes_of, stand_ins
from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.evidence.models import DiaryEntry
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.operations import current_parties, follow_territory, let_leave, let_take_part, places_needed
from dossiers.limits.models import Deadline
from dossiers.limits.operations import raise_alarm, resolve_alarm, start_limits, stop_limits
from dossiers.moves.situations import proceedings_of
from dossiers.papers.models import Paper
from dossiers.papers.queries import use_up
from workflow.certificates import VIETNAM
from workflow.engine import Decision
from workflow.model import Procedure, Transition
from workflow.refusals import Reason
from workflow.sides import holds_somebody
from workflow.vocabulary import Effect, FactType, Person, Text

#: Raised while somebody is still held under a title that has ended.
HELD_WITHOUT_TITLE = "HELD_WITHOUT_TITLE"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a move left behind: its diary entry and the limits it started."""

    entry: DiaryEntry
    limits: tuple[Deadline, ...]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Who acted, when it took place, when we learned it, the officer's note and reasons for going on, by guard."""

    author: Author
    occurred_at: datetime
    at: datetime
    note: str = ""
    overrides: Mapping[str, str] = field(default_factory=dict)


def record_decision(
    session: Session,
    law: Law,
    procedure: Procedure,
    dossier: Dossier,
    decision: Decision,
    circumstances: Circumstances,
    *,
    proceeding: Proceeding | None = None,
) -> Recorded:
    """Write one decision; raises MoveRefusedError when a place of the procedure finds no organization."""
    transition, seq = decision.transition, dossier.version + 1
    before = proceeding.state if proceeding else dossier.state
    payload = _payload(dossier, decision, circumstances, proceeding)
    places = _places(session, procedure, dossier, decision, circumstances)
    payload["bodies"] = let_take_part(session, dossier, places, seq=seq)
    payload["bodies"] |= let_leave(session, dossier, transition.leaves, seq=seq)
    payload["papers_used"] = _use_up(session, dossier, transition, seq=seq) if transition.fresh else []
    _move_row(session, procedure, dossier, decision, circumstances, proceeding)
    payload["custody"] = _cover_custody(session, law, dossier, transition, circumstances.occurred_at, seq)
    entry = append_entry(
        session,
        dossier,
        Happening("proceeding" if proceeding else "moved", transition.trigger, before, decision.state.id, payload),
        author=circumstances.author,
        occurred_at=circumstances.occurred_at,
        at=circumstances.at,
    )
    left = {name: value for name, value in dossier.facts.items() if name not in payload["cleared"]}
    dossier.facts = {**left, **payload["facts"]}
    stop_limits(session, dossier, decision.effects.stopped, seq=seq, at=circumstances.at)
    limits = start_limits(
        session,
        dossier,
        decision.effects.started,
        seq=seq,
        at=circumstances.at,
        proceeding_id=proceeding.id if proceeding else None,
    )
    _raise_alarms(session, dossier, decision, seq=seq, at=circumstances.at)
    session.flush()
    return Recorded(entry, tuple(limits))


def _use_up(session: Session, dossier: Dossier, transition: Transition, *, seq: int) -> list[str]:
    """Note which papers the act used up, with those of a former edition that stand for its forms; return their ids."""
    standing_in = stand_ins(changes_of(session, dossier.id))
    forms = {old for form in transition.fresh for old in (form, *standing_in.get(form, ()))}
    return use_up(session, dossier.id, forms, seq=seq)


def _payload(
    dossier: Dossier, decision: Decision, circumstances: Circumstances, proceeding: Proceeding | None
) -> dict[str, Any]:
    """Return what the diary says about a decision, besides who came in and which papers it used up."""
    effects = decision.effects
    changed_facts, cleared = _fact_changes(dossier, decision)
    payload: dict[str, Any] = {
        "fields": _plain(decision.stated),
        "note": circumstances.note,
        "facts": changed_facts,
        "cleared": cleared,
        "remarks": [_remark(reason, circumstances.overrides) for reason in decision.remarks],
        "limits_started": [
            {
                "rule": start.limit.id,
                "started_at": start.started_at.isoformat(),
                "due_at": _iso(start.due_at),
                "certificate": start.certificate.hash if start.certificate else None,
            }
            for start in effects.started
        ],
        "limits_stopped": [
            {"rule": stop.limit_id, "late": stop.late, "lapsed": stop.lapsed} for stop in effects.stopped
        ],
        "generates": list(decision.transition.generates),
        "basis": decision.transition.basis,
    }
    if proceeding is not None:
        payload["proceeding"] = f"{proceeding.kind}/{proceeding.number}"
    return payload


def _raise_alarms(session: Session, dossier: Dossier, decision: Decision, *, seq: int, at: datetime) -> None:
    for reason in decision.remarks:
        if reason.effect is Effect.ALARM:
            code = f"{reason.guard}.{reason.clause}" if reason.clause else reason.guard
            raise_alarm(session, dossier.id, code[:60], reason.text, basis=reason.basis, seq=seq, at=at)


def watch_custody(session: Session, law: Law, dossier: Dossier, *, released: bool, at: datetime) -> None:
    """Keep an alarm standing while somebody is still held although an act ended the title to hold them."""
    if not held_by_proceeding(session, law, dossier):
        resolve_alarm(session, dossier.id, HELD_WITHOUT_TITLE, at=at)
    elif released:
        text = Text(
            "Người đang bị quản lý không còn căn cứ giữ: phải trả tự do ngay",
            "The person is held although the title to hold has ended: release at once",
        )
        raise_alarm(session, dossier.id, HELD_WITHOUT_TITLE, text, basis="POL-HOLD-RELEASE", seq=None, at=at)


def held_by_proceeding(session: Session, law: Law, dossier: Dossier) -> bool:
    """Return whether a side machine itself holds the person: only its own act can say that they left."""
    return any(
        holds_somebody(law.pinned(session, each.procedure_sha256), each.state)
        for each in proceedings_of(session, dossier, open_only=True)
    )


def _move_row(
    session: Session,
    procedure: Procedure,
    dossier: Dossier,
    decision: Decision,
    circumstances: Circumstances,
    proceeding: Proceeding | None,
) -> None:
    if proceeding is not None:
        proceeding.state, proceeding.last_act_at = decision.state.id, circumstances.occurred_at
        if decision.state.terminal and proceeding.closed_at is None:
            proceeding.closed_at = circumstances.occurred_at
        return
    dossier.state, dossier.last_act_at = decision.state.id, circumstances.occurred_at
    holder = current_parties(session, dossier).get(decision.state.holder)
    assert holder is not None
    assert decision.state.holder in procedure.bodies
    dossier.holder_id = holder.organization_id


def _places(
    session: Session, procedure: Procedure, dossier: Dossier, decision: Decision, circumstances: Circumstances
) -> dict[str, UUID]:
    """Return the organizations that this act brings in: those it names, the new holder, those it is shared with."""
    transition = decision.transition
    named = {
        body: UUID(str(decision.effects.facts[fact]))
        for body, fact in transition.binds.items()
        if decision.effects.facts.get(fact)
    }
    follow_territory(session, procedure, dossier, named)
    wanted = [body for body in (decision.state.holder, *transition.shares_with) if body not in named]
    if transition.custody is not None and transition.custody.holder is not None:
        wanted.append(transition.custody.holder)
    on = circumstances.occurred_at.astimezone(VIETNAM).date()
    found, missing = places_needed(session, procedure, dossier, [w for w in wanted if w not in named], on=on)
    needed = [body for body in missing if body == decision.state.holder and not transition.along_only]
    if needed:
        raise MoveRefusedError([no_organization(procedure, body) for body in needed])
    return {**found, **named}


def no_organization(procedure: Procedure, body: str) -> Reason:
    """Say that the list of organizations has nobody for a place."""
    title = procedure.bodies[body].title
    return Reason(
        "NO_ORGANIZATION",
        Text(
            f"Chưa có {title.vi} phụ trách địa bàn này trong danh mục cơ quan",
            f"The list of organizations has no {title.en} for this territory",
        ),
        "",
        Effect.REFUSE,
    )


def organization_problems(session: Session, procedure: Procedure, stated: Mapping[str, Any]) -> list[Reason]:
    """Return the reasons why an organization that an officer named cannot be taken."""
    reasons = []
    for name, value in stated.items():
        fact = procedure.facts.get(name)
        if fact is None or fact.type is not FactType.ORGANIZATION:
            continue
        organization = session.get(Organization, UUID(str(value)))
        if organization is None or (fact.org_types and organization.type not in fact.org_types):
            text = Text(f"{fact.label.vi}: không có cơ quan phù hợp", f"{fact.label.en}: no such organization")
            reasons.append(Reason("BAD_FIELD", text, fact.basis or "", Effect.REFUSE, clause=name))
    return reasons


def _cover_custody(
    session: Session, law: Law, dossier: Dossier, transition: Transition, occurred_at: datetime, seq: int
) -> dict[str, Any] | None:
    """Write where the person is from this act on; return it for the diary, None when the act does not say."""
    custody = transition.custody
    if custody is None:
        return None
    proceeding_holds = held_by_proceeding(session, law, dossier)
    if custody.kind is Person.AT_LIBERTY and proceeding_holds:
        return None
    parties = current_parties(session, dossier)
    holder = parties.get(custody.holder) if custody.holder else None
    holder_id = holder.organization_id if holder else None
    paper_id = _instrument_paper(session, dossier, custody.instrument)
    record_custody(
        session,
        dossier,
        custody.kind,
        holder_id=holder_id,
        instrument=custody.instrument,
        paper_id=paper_id,
        occurred_at=occurred_at,
        seq=seq,
    )
    return custody_said(custody.kind, holder_id=holder_id, instrument=custody.instrument, paper_id=paper_id)


def _instrument_paper(session: Session, dossier: Dossier, form: str | None) -> UUID | None:
    if form is None:
        return None
    query = select(Paper.id).where(Paper.dossier_id == dossier.id, Paper.form == form, Paper.state == "signed")
    return session.scalars(query.order_by(Paper.created_at.desc())).first()


def _fact_changes(dossier: Dossier, decision: Decision) -> tuple[dict[str, Any], list[str]]:
    after = _plain(decision.effects.facts)
    changed = {name: value for name, value in after.items() if dossier.facts.get(name, ...) != value}
    return changed, [name for name in dossier.facts if name not in after]


def _plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return facts as JSON keeps them: periods become lists."""
    return {name: _listed(value) for name, value in facts.items()}


def _listed(value: Any) -> Any:  # noqa: ANN401 - any fact value
    return [_listed(item) for item in value] if isinstance(value, tuple | list) else value


def _remark(reason: Reason, overrides: Mapping[str, str]) -> dict[str, Any]:
    said = overrides.get(reason.guard, "").strip() if reason.effect is Effect.OVERRIDE else ""
    return {
        "guard": reason.guard,
        "clause": reason.clause,
        "effect": reason.effect.value,
        "text": {"vi": reason.text.vi, "en": reason.text.en},
        "basis": reason.basis,
        "confidence": reason.confidence,
        "policies": list(reason.policies),
        **({"reason": said} if said else {}),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
