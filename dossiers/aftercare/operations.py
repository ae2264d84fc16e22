"""Adds a record of aftercare with its diary entry; corrects one by another.  Moves no dossier and no limit."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.aftercare.forms import AftercareForm, content_of, form_faults, refused
from dossiers.aftercare.kinds import ENTERED, KINDS, SETTINGS, act_name
from dossiers.aftercare.models import AftercareRecord
from dossiers.aftercare.queries import colleagues
from dossiers.bodies.access import RIGHTS, Actor, Office
from dossiers.errors import InvalidDataError, NotAllowedError, NotFoundError
from dossiers.evidence.diary import Author, Happening, append_entry
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from workflow.canonical import canonical_json, sha256_hex
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: The right that an office needs to record.
WRITE: Final = "aftercare:write"


def record_aftercare(
    session: Session,
    law: Law,
    dossier_id: UUID,
    form: AftercareForm,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> AftercareRecord:
    """Add a record and return it.

    Raises NotAllowedError unless an office with the right sits in a body that takes part now, InvalidDataError
    outside the post-rehab phase or with everything that is wrong, NotFoundError for a kind or a record to correct
    that is not there, StaleVersionError when the dossier moved on.
    """
    kind = KINDS.get(form.kind)
    if kind is None:
        raise NotFoundError
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=expected_version)
    office = _office_here(session, dossier, actor)
    if not in_phase(session, law, dossier):
        text = Text("Hồ sơ không ở giai đoạn sau cai nghiện", "The dossier is not in the post-rehab phase")
        raise InvalidDataError([Reason("NOT_AFTERCARE", text, SETTINGS.basis, Effect.REFUSE)])
    _must_stand(session, dossier, form)
    today = at.astimezone(VIETNAM).date()
    since = dossier.opened_at.astimezone(VIETNAM).date()
    known = {str(key) for key in colleagues(session, dossier, on=today)}
    faults = form_faults(kind, form, today=today, since=since, accounts=known)
    if faults:
        raise InvalidDataError(faults)
    assert form.on is not None
    content = content_of(kind, form)
    record = AftercareRecord(
        id=uuid4(),
        dossier_id=dossier.id,
        seq=dossier.version + 1,
        kind=kind.id,
        on_date=form.on,
        until_date=form.until,
        mark=content.get(kind.mark) if kind.mark else None,
        content=content,
        withdrawn=form.withdrawn and form.replaces is not None,
        account_id=actor.account_id,
        body_id=office.organization_id,
        recorded_at=at,
        replaces_id=form.replaces,
    )
    session.add(record)
    _enter(session, dossier, record, office)
    return record


def in_phase(session: Session, law: Law, dossier: Dossier) -> bool:
    """Return whether the dossier stands in a state of the post-rehab phase of its own law."""
    return law.pinned(session, dossier.procedure_sha256).states[dossier.state].phase == SETTINGS.phase


def _office_here(session: Session, dossier: Dossier, actor: Actor) -> Office:
    """Return the office that may record, in a body that takes part now."""
    taking_part = {party.organization_id for party in current_parties(session, dossier).values()}
    for office in actor.offices:
        if office.role in RIGHTS[WRITE] and any(map(office.acts_for, taking_part)):
            return office
    raise NotAllowedError


def _must_stand(session: Session, dossier: Dossier, form: AftercareForm) -> None:
    """Refuse to correct a record of another dossier or kind, or one that was corrected already."""
    if form.replaces is None:
        return
    earlier = session.get(AftercareRecord, form.replaces)
    if earlier is None or earlier.dossier_id != dossier.id or earlier.kind != form.kind:
        raise NotFoundError
    later = select(AftercareRecord.id).where(AftercareRecord.replaces_id == earlier.id)
    if earlier.withdrawn or session.scalars(later).first() is not None:
        vi, en = "Nội dung này đã được đính chính", "This record has been corrected already"
        raise InvalidDataError([refused("ALREADY_CORRECTED", "replaces", vi, en)])


def _enter(session: Session, dossier: Dossier, record: AftercareRecord, office: Office) -> None:
    """Write the diary entry: what kind, of which days, and the hash of the content, which may be about health."""
    session.flush()
    payload = {
        "record": str(record.id),
        "record_kind": record.kind,
        "on": record.on_date.isoformat(),
        "until": record.until_date.isoformat() if record.until_date else None,
        "mark": record.mark,
        "withdrawn": record.withdrawn,
        "content_sha256": sha256_hex(canonical_json(record.content)),
        "replaces": str(record.replaces_id) if record.replaces_id else None,
    }
    trigger = act_name(record.kind, corrects=record.replaces_id is not None)
    append_entry(
        session,
        dossier,
        Happening(ENTERED, trigger, dossier.state, dossier.state, payload),
        author=Author(record.account_id, office.role, office.organization_id),
        occurred_at=record.recorded_at,
        at=record.recorded_at,
    )
