"""How things look from outside: plain JSON values, in the language of the request.

Used by the interface and by the pages, so that both say the same.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from api.languages import say
from api.problems import reason_json
from dossiers.bodies.models import Organization
from dossiers.custody.models import CustodyInterval
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.limits.models import Alarm, Deadline
from dossiers.papers.models import Paper
from dossiers.papers.page_codes import short_code, version_of
from dossiers.papers.print_versions import can_be_printed
from dossiers.papers.scan_verdicts import verdict_lines
from dossiers.papers.signature_words import signature_lines
from dossiers.people.models import Person
from workflow.engine import Possibility
from workflow.model import Body, FactDef, Limit, Policy, Procedure, Role, State, Transition
from workflow.vocabulary import Text


def instant(moment: datetime | None) -> str | None:
    """Return a moment as ISO 8601 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def organization_json(organization: Organization) -> dict[str, Any]:
    """Return a body."""
    return {
        "id": str(organization.id),
        "code": organization.code,
        "type": organization.type,
        "name": organization.name,
        "place": organization.place,
        "address": organization.address,
        "province_code": organization.province_code,
        "commune_code": organization.commune_code,
        "parent_id": str(organization.parent_id) if organization.parent_id else None,
        "valid_from": organization.valid_from.isoformat(),
        "valid_to": organization.valid_to.isoformat() if organization.valid_to else None,
    }


def person_json(person: Person, id_number: str | None) -> dict[str, Any]:
    """Return a person; `id_number` is the opened identity number, for those who may see it."""
    return {
        "id": str(person.id),
        "full_name": person.full_name,
        "other_name": person.other_name,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "id_type": person.id_type,
        "id_number": id_number,
        "id_issued_on": person.id_issued_on.isoformat() if person.id_issued_on else None,
        "id_issued_by": person.id_issued_by,
        "residence": person.residence,
        "commune_code": person.commune_code,
        "details": person.details,
        "relatives": [
            {
                "relation": each.relation,
                "full_name": each.full_name,
                "birth_year": each.birth_year,
                "occupation": each.occupation,
                "residence": each.residence,
                "phone": each.phone,
            }
            for each in person.relatives
        ],
        "version": person.version,
    }


def state_json(state: State) -> dict[str, Any]:
    """Return a state of a procedure."""
    return {
        "id": state.id,
        "code": state.code,
        "title": say(state.title),
        "phase": state.phase,
        "holder": state.holder,
        "person": state.person.value,
        "machine": state.machine,
        "terminal": state.terminal,
        "no_limit": say(state.no_limit) if state.no_limit else None,
    }


def dossier_line(dossier: Dossier, procedure: Procedure) -> dict[str, Any]:
    """Return a dossier as lists show it."""
    state = procedure.states[dossier.state]
    return {
        "id": str(dossier.id),
        "number": dossier.number,
        "person": {"id": str(dossier.person_id), "full_name": dossier.person.full_name},
        "state": {"id": state.id, "title": say(state.title), "terminal": state.terminal},
        "holder": {"id": str(dossier.holder_id), "name": dossier.holder.name},
        "version": dossier.version,
        "opened_at": instant(dossier.opened_at),
        "last_act_at": instant(dossier.last_act_at),
    }


def dossier_json(dossier: Dossier, procedure: Procedure, parties: list[DossierParty]) -> dict[str, Any]:
    """Return a whole dossier, without its diary, papers and limits."""
    person = dossier.person
    return {
        **dossier_line(dossier, procedure),
        "person": {
            "id": str(person.id),
            "full_name": person.full_name,
            "sex": person.sex,
            "born_on": person.born_on.isoformat(),
        },
        "procedure": {"id": procedure.id, "edition": procedure.edition, "sha256": procedure.sha256},
        "state": state_json(procedure.states[dossier.state]),
        "facts": dossier.facts,
        "head_hash": dossier.head_hash,
        "predecessor": str(dossier.predecessor_id) if dossier.predecessor_id else None,
        "parties": [
            {
                "body": party.body,
                "title": say(procedure.bodies[party.body].title) if party.body in procedure.bodies else party.body,
                "organization": {"id": str(party.organization_id), "name": party.organization.name},
                "current": party.until_seq is None,
            }
            for party in parties
        ],
    }


def proceeding_json(proceeding: Proceeding, procedure: Procedure) -> dict[str, Any]:
    """Return a side machine of a dossier."""
    return {
        "id": str(proceeding.id),
        "dossier_id": str(proceeding.dossier_id),
        "kind": proceeding.kind,
        "number": proceeding.number,
        "title": say(procedure.title),
        "edition": proceeding.edition,
        "state": state_json(procedure.states[proceeding.state]),
        "opened_at": instant(proceeding.opened_at),
        "closed_at": instant(proceeding.closed_at),
    }


def field_json(fact: FactDef, *, required: bool) -> dict[str, Any]:
    """Return a field as a form asks for it."""
    return {
        "name": fact.id,
        "type": fact.type.value,
        "label": say(fact.label),
        "help": say(fact.help) if fact.help else None,
        "required": required,
        "choices": [{"id": choice.id, "label": say(choice.label)} for choice in fact.choices],
        "org_type": fact.org_type,
        "org_types": list(fact.org_types),
        "future": fact.future,
    }


def move_json(possibility: Possibility, procedure: Procedure) -> dict[str, Any]:
    """Return a move that is possible, or what stands in its way."""
    transition = possibility.transition
    asked = [(name, True) for name in transition.fields.required]
    asked += [(name, False) for name in transition.fields.optional]
    return {
        "trigger": transition.trigger,
        "title": say(transition.title),
        "actor": list(transition.actor),
        "recorded_by": list(transition.recorded_by),
        "allowed": possibility.allowed,
        "reasons": [reason_json(reason) for reason in possibility.reasons],
        "remarks": [reason_json(reason) for reason in possibility.remarks],
        "fields": [field_json(procedure.facts[name], required=required) for name, required in asked],
        "requires": [list(forms) for forms in transition.requires],
        "generates": list(transition.generates),
        "basis": transition.basis,
        "confidence": transition.confidence.mark,
        "release": transition.release,
        "policies": list(transition.policies),
        "note": say(transition.note) if transition.note else None,
    }


def entry_json(entry: DiaryEntry, names: dict[str, str]) -> dict[str, Any]:
    """Return a diary entry; `names` gives the names of accounts and bodies by id."""
    return {
        "seq": entry.seq,
        "kind": entry.kind,
        "trigger": entry.trigger,
        "from": entry.from_state,
        "to": entry.to_state,
        "actor": names.get(str(entry.account_id)),
        "role": entry.role,
        "body": names.get(str(entry.body_id)),
        "occurred_at": instant(entry.occurred_at),
        "recorded_at": instant(entry.recorded_at),
        "payload": entry.payload,
        "prev_hash": entry.prev_hash,
        "hash": entry.hash,
    }


def deadline_json(row: Deadline, rule: Limit | None) -> dict[str, Any]:
    """Return a limit of a dossier."""
    return {
        "id": str(row.id),
        "rule": row.rule,
        "title": say(rule.title) if rule else row.rule,
        "basis": rule.basis if rule else None,
        "confidence": rule.confidence.mark if rule else None,
        "kind": rule.kind.value if rule else None,
        "started_at": instant(row.started_at),
        "opens_at": instant(row.opens_at),
        "due_at": instant(row.due_at),
        "owner": row.owner_body,
        "state": row.state,
        "provisional": row.provisional,
        "counted_due_at": (row.certificate or {}).get("due_at"),
        "protects": rule.protects.value if rule else None,
        "started_by": row.started_seq,
        "stopped_by": row.stopped_seq,
        "superseded_by": str(row.superseded_by_id) if row.superseded_by_id else None,
        "policies": list(rule.policies) if rule else [],
        "note": say(rule.note) if rule and rule.note else None,
    }


def count_json(row: Deadline, rule: Limit | None, why: Text | None) -> dict[str, Any]:
    """Return one count of a limit: what is in force under it, why it was made anew, and its certificate as stored."""
    said = say(why) if why else None
    return {"id": str(row.id), "deadline": deadline_json(row, rule), "why": said, "certificate": row.certificate}


def alarm_json(alarm: Alarm) -> dict[str, Any]:
    """Return an alarm."""
    return {
        "id": str(alarm.id),
        "code": alarm.code,
        "text": say(Text(alarm.text_vi, alarm.text_en)),
        "basis": alarm.basis,
        "raised_at": instant(alarm.raised_at),
    }


def paper_json(paper: Paper) -> dict[str, Any]:
    """Return a paper of a dossier, without its bytes."""
    return {
        "id": str(paper.id),
        "dossier_id": str(paper.dossier_id),
        "form": paper.form,
        "edition": paper.edition,
        "title": paper.title,
        "origin": paper.origin,
        "state": paper.state,
        "number": paper.display_number,
        "doc_date": paper.doc_date.isoformat() if paper.doc_date else None,
        "issuer": {"id": str(paper.issuer_id), "name": paper.issuer.name},
        "folio": paper.folio,
        "sha256": paper.object_sha256,
        "media_type": paper.media_type,
        "size_bytes": paper.size_bytes,
        "signed_sha256": paper.signed_sha256,
        "signed_media_type": paper.signed_media_type,
        "print_sha256": paper.print_sha256,
        "page_code": page_code(paper),
        "scan_verdict": scan_verdict_json(paper),
        "created_at": instant(paper.created_at),
        "issued_at": instant(paper.issued_at),
        "signed_at": instant(paper.signed_at),
        "sources": paper.sources,
        "void_reason": paper.void_reason,
        "superseded_by": str(paper.superseded_by_id) if paper.superseded_by_id else None,
    }


def page_code(paper: Paper) -> str | None:
    """Return the short code that stands at the foot of each page of the print; None for what has no print."""
    if paper.object_sha256 is None or not can_be_printed(paper):
        return None
    return short_code(version_of(paper.object_sha256))


def scan_verdict_json(paper: Paper) -> dict[str, Any] | None:
    """Return what the page codes and digital signatures of the signed copy say, and say it in words."""
    kept = paper.scan_verdict
    if kept is None:
        return None
    told = {**kept, "text": [say(line) for line in verdict_lines(kept)]}
    return told | {"signature_text": [say(line) for line in signature_lines(kept)]} if "signatures" in kept else told


def custody_json(interval: CustodyInterval, names: dict[str, str]) -> dict[str, Any]:
    """Return an interval of the custody cover."""
    return {
        "kind": interval.kind,
        "holder": names.get(str(interval.holder_id)),
        "instrument": interval.instrument,
        "paper_id": str(interval.paper_id) if interval.paper_id else None,
        "from": instant(interval.from_at),
        "to": instant(interval.to_at),
        "from_seq": interval.from_seq,
        "to_seq": interval.to_seq,
    }


def procedure_json(procedure: Procedure) -> dict[str, Any]:
    """Return a procedure edition with states, moves and limits."""
    return {
        "id": procedure.id,
        "edition": procedure.edition,
        "key": procedure.key,
        "title": say(procedure.title),
        "basis": list(procedure.basis),
        "side": procedure.side,
        "sha256": procedure.sha256,
        "proof": procedure.proof,
        "bodies": [_body_json(body) for body in procedure.bodies.values()],
        "roles": [_role_json(role) for role in procedure.roles.values()],
        "states": [state_json(state) for state in procedure.states.values()],
        "moves": [_transition_json(transition) for transition in procedure.transitions],
        "deadlines": [limit_json(limit) for limit in procedure.limits.values()],
    }


def policy_json(policy: Policy, value: str) -> dict[str, Any]:
    """Return an unsettled point of law and the value in force."""
    return {
        "id": policy.id,
        "question": say(policy.question),
        "value": value,
        "default": policy.default,
        "values": [{"id": choice.id, "label": say(choice.label)} for choice in policy.values],
        "basis": policy.basis,
        "decided_by": policy.decided_by,
        "decided_on": policy.decided_on,
        "reason": say(policy.reason),
    }


def limit_json(limit: Limit) -> dict[str, Any]:
    """Return a time limit of the law."""
    return {
        "id": limit.id,
        "title": say(limit.title),
        "amount": limit.amount,
        "unit": limit.unit.value,
        "kind": limit.kind.value,
        "start_event": say(limit.start_event),
        "stop_event": say(limit.stop_event),
        "basis": limit.basis,
        "confidence": limit.confidence.mark,
        "protects": limit.protects.value,
    }


def _body_json(body: Body) -> dict[str, Any]:
    return {"id": body.id, "title": say(body.title), "org_type": body.org_type, "org_types": list(body.org_types)}


def _role_json(role: Role) -> dict[str, Any]:
    return {"id": role.id, "title": say(role.title), "body": role.body, "level": role.level}


def _transition_json(transition: Transition) -> dict[str, Any]:
    return {
        "trigger": transition.trigger,
        "title": say(transition.title),
        "source": list(transition.source),
        "dest": transition.dest,
        "actor": list(transition.actor),
        "recorded_by": list(transition.recorded_by),
        "guards": list(transition.guards),
        "requires": [list(forms) for forms in transition.requires],
        "generates": list(transition.generates),
        "starts": list(transition.starts + transition.restarts),
        "stops": list(transition.stops),
        "basis": transition.basis,
        "confidence": transition.confidence.mark,
    }
