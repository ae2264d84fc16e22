"""Writes one dossier's change of edition: row, parties, limits, side machines, alarms, and the one diary entry.

Decides nothing and moves nobody: what is written here was seen before in an outlook, and approved by two people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dossiers.evidence.changes import CHANGED, MAIN
from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.evidence.models import DiaryEntry
from dossiers.files.editions import keep_edition
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.files.operations import current_parties
from dossiers.limits.models import Deadline
from dossiers.limits.operations import overdue_code, raise_alarm, resolve_alarm, start_limits
from dossiers.limits.queries import standing_alarms
from dossiers.moves.models import MigrationPlan
from dossiers.moves.outlooks import LimitChange, Outlook, SideOutlook, alarm_code
from workflow.changeover import CHANGEOVER, Crossing, Way
from workflow.model import Procedure
from workflow.refusals import Reason
from workflow.vocabulary import Text

#: What the diary calls each answer.
_ACTS: Mapping[Way, str] = {
    Way.STAYS: "edition_kept",
    Way.SWITCHES: "edition_changed",
    Way.REVIEW: "edition_in_review",
}
#: The office in which a change of edition is written: it is made by two people, for no body of the dossier.
ROLE = "CHANGEOVER"


def change_edition(
    session: Session, dossier: Dossier, crossing: Crossing, outlook: Outlook, plan: MigrationPlan, *, at: datetime
) -> DiaryEntry:
    """Write what an outlook says; the caller holds the row lock and has compared the version."""
    assert outlook.version == dossier.version
    seq, before = dossier.version + 1, dossier.state
    payload = _said(crossing, outlook, plan)
    payload["alarms_ended"] = _end_alarms(session, dossier, outlook, at=at)
    if outlook.way is Way.SWITCHES:
        payload |= _switch(session, dossier, crossing, outlook, seq=seq, at=at)
    entry = append_entry(
        session,
        dossier,
        Happening(CHANGED, _ACTS[outlook.way], before, dossier.state, payload),
        author=Author(plan.approved_by_id, ROLE, None),
        occurred_at=at,
        at=at,
    )
    for reason in outlook.reasons:
        raise_alarm(session, dossier.id, alarm_code(reason), _full_text(reason), basis=reason.basis, seq=seq, at=at)
    session.flush()
    return entry


def _said(crossing: Crossing, outlook: Outlook, plan: MigrationPlan) -> dict[str, Any]:
    """Return what every entry about an edition says: the rule, its article, the plan and the two people behind it."""
    rule = outlook.rule
    return {
        "plan": str(plan.id),
        "from": crossing.old.key,
        "to": crossing.new.key,
        "in_force_on": crossing.new.edition,
        "way": outlook.way.value,
        "rule": rule.id if rule else None,
        "text": {"vi": rule.text.vi, "en": rule.text.en} if rule else None,
        "basis": rule.basis if rule else "",
        "confidence": rule.confidence.mark if rule else None,
        "policies": list(rule.policies) if rule else [],
        "decision": plan.decision,
        "note": plan.reason,
        "proposed_by": str(plan.proposed_by_id),
        "approved_by": str(plan.approved_by_id),
        "remarks": [_remark(reason) for reason in outlook.reasons],
        # Who goes on under the old edition makes papers in the forms of their day.
        "stand_ins": [[new, old] for old, new in sorted(crossing.changeover.papers.items())],
    }


def _remark(reason: Reason) -> dict[str, Any]:
    return {
        "guard": reason.guard,
        "clause": reason.clause,
        "effect": reason.effect.value,
        "text": {"vi": reason.text.vi, "en": reason.text.en},
        "basis": reason.basis,
        "confidence": reason.confidence,
        "policies": list(reason.policies),
    }


def _full_text(reason: Reason) -> Text:
    """Return why people must look, and what they can do."""
    if reason.cure is None:
        return reason.text
    return Text(f"{reason.text.vi} {reason.cure.vi}", f"{reason.text.en} {reason.cure.en}")


def _end_alarms(session: Session, dossier: Dossier, outlook: Outlook, *, at: datetime) -> list[str]:
    """End the alarms of earlier looks at this dossier that the present one does not raise again; return their codes."""
    wanted = {alarm_code(reason) for reason in outlook.reasons}
    codes = [alarm.code for alarm in standing_alarms(session, dossier.id) if alarm.code.startswith(f"{CHANGEOVER}.")]
    ended = sorted({code for code in codes if code not in wanted})
    for code in ended:
        resolve_alarm(session, dossier.id, code, at=at)
    return ended


# --- Switching ------------------------------------------------------------------------------------------------


def _switch(
    session: Session, dossier: Dossier, crossing: Crossing, outlook: Outlook, *, seq: int, at: datetime
) -> dict[str, Any]:
    """Move the rows under the new edition; return what the diary needs to do the same."""
    landed, places = outlook.landed, outlook.places
    assert landed is not None
    assert places is not None
    changes: list[tuple[LimitChange, UUID | None, Procedure]] = [(each, None, crossing.new) for each in outlook.limits]
    changes += [(change, side.proceeding_id, side.crossing.new) for side in outlook.sides for change in side.limits]
    left = {MAIN: dossier.procedure_sha256}
    after = dict(landed.facts)
    facts = {name: value for name, value in after.items() if dossier.facts.get(name, ...) != value}
    cleared = [name for name in dossier.facts if name not in after]
    bodies = _move_parties(session, dossier, places, seq=seq)
    keep_edition(session, crossing.new, at=at)
    dossier.edition, dossier.procedure_sha256 = crossing.new.edition, crossing.new.sha256
    dossier.state = landed.state
    dossier.holder_id = places[crossing.new.states[landed.state].holder]
    dossier.facts = {**{name: value for name, value in dossier.facts.items() if name in after}, **facts}
    sides = [_move_side(session, side, left, at=at) for side in outlook.sides]
    papers = {*landed.papers.items(), *(pair for side in outlook.sides for pair in side.landed.papers.items())}
    return {
        "procedure": crossing.new.key,
        "sha256": crossing.new.sha256,
        "left": left,
        "facts": facts,
        "cleared": cleared,
        "bodies": bodies,
        **_move_limits(session, dossier, changes, seq=seq, at=at),
        "proceedings": sides,
        "stand_ins": [list(pair) for pair in sorted(papers)],
        "missing": [list(forms) for forms in landed.missing],
    }


def _move_parties(session: Session, dossier: Dossier, places: Mapping[str, UUID], *, seq: int) -> dict[str, str | None]:
    """End the places that the new edition does not have, and fill those that it has instead."""
    now, changed = current_parties(session, dossier), dict[str, str | None]()
    going_on = set(places.values())
    for body, party in now.items():
        if places.get(body) != party.organization_id:
            last = seq - 1 if party.organization_id in going_on else seq
            party.until_seq = max(last, party.since_seq)
            changed[body] = None
    for body, organization_id in places.items():
        if body not in now or now[body].organization_id != organization_id:
            session.add(DossierParty(dossier_id=dossier.id, body=body, organization_id=organization_id, since_seq=seq))
            changed[body] = str(organization_id)
    session.flush()
    return changed


def _move_side(session: Session, side: SideOutlook, left: dict[str, str], *, at: datetime) -> dict[str, str]:
    proceeding = session.get_one(Proceeding, side.proceeding_id)
    new, before = side.crossing.new, proceeding.state
    keep_edition(session, new, at=at)
    left[side.name] = proceeding.procedure_sha256
    if proceeding.kind != new.id:
        same = select(func.count()).where(Proceeding.dossier_id == proceeding.dossier_id, Proceeding.kind == new.id)
        proceeding.kind, proceeding.number = new.id, 1 + (session.scalar(same) or 0)
    proceeding.edition, proceeding.procedure_sha256 = new.edition, new.sha256
    proceeding.state = side.landed.state
    if new.states[side.landed.state].terminal:
        proceeding.closed_at = at
    return {
        "proceeding": side.name,
        "as": f"{proceeding.kind}/{proceeding.number}",
        "from": before,
        "to": side.landed.state,
        "procedure": new.key,
        "sha256": new.sha256,
        "rule": side.rule.id,
    }


def _move_limits(
    session: Session,
    dossier: Dossier,
    changes: Iterable[tuple[LimitChange, UUID | None, Procedure]],
    *,
    seq: int,
    at: datetime,
) -> dict[str, Any]:
    """Carry, stop and begin limits; return what the diary says of it."""
    said: dict[str, list[Any]] = {"limits_carried": [], "limits_dropped": [], "limits_started": []}
    for change, proceeding_id, procedure in changes:
        old = session.get_one(Deadline, change.row_id) if change.row_id else None
        new: Deadline | None = None
        if change.begun is not None:
            (new,) = start_limits(session, dossier, [change.begun], seq=seq, at=at, proceeding_id=proceeding_id)
            said["limits_started"].append(_begun(change, new))
        elif old is not None and change.new is not None and change.new != old.rule:
            new = _carried(session, old, change.new, procedure, seq=seq)
            said["limits_carried"].append({"rule": old.rule, "as": change.new})
        if old is None or old.rule == change.new:
            _hand_on(old, procedure)
            continue
        if change.fate != "carried":
            said["limits_dropped"].append(old.rule)
        old.state, old.stopped_seq, old.superseded_by_id = "superseded", seq, new.id if new else None
        resolve_alarm(session, dossier.id, overdue_code(old.rule), at=at)
    return said


def _hand_on(row: Deadline | None, procedure: Procedure) -> None:
    """Let the place that the new edition names own a limit that runs on under its own name."""
    if row is not None and row.rule in procedure.limits:
        row.owner_body = procedure.limits[row.rule].owner


def _carried(session: Session, old: Deadline, name: str, procedure: Procedure, *, seq: int) -> Deadline:
    row = Deadline(
        dossier_id=old.dossier_id,
        rule=name,
        proceeding_id=old.proceeding_id,
        started_seq=seq,
        started_at=old.started_at,
        opens_at=old.opens_at,
        due_at=old.due_at,
        owner_body=procedure.limits[name].owner,
        provisional=old.provisional,
        certificate=old.certificate,
        state="running",
    )
    session.add(row)
    session.flush()
    return row


def _begun(change: LimitChange, row: Deadline) -> dict[str, Any]:
    assert change.begun is not None
    certificate = change.begun.certificate
    return {
        "rule": row.rule,
        "started_at": change.begun.started_at.isoformat(),
        "due_at": change.begun.due_at.isoformat() if change.begun.due_at else None,
        "certificate": certificate.hash if certificate else None,
    }
