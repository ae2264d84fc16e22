"""Papers enter the file: a scan attached, a draft made, a paper issued with its number, its signed scan filed.

Bytes are put into the store before the row that names them; an issued paper is never rendered again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import Account, Organization
from dossiers.counting import locked_counter
from dossiers.errors import NotAllowedError, PaperRefusedError
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from dossiers.jobs import AT_ONCE, defer
from dossiers.papers.catalogue import Catalogue, FormEdition, Role
from dossiers.papers.claiming import claim_object
from dossiers.papers.context import GIVEN_AT_ISSUE, Filled, fill_form, signature_values
from dossiers.papers.entering import enter_paper, must_take_part
from dossiers.papers.models import Paper, PaperCounter
from dossiers.papers.page_codes import Seen, version_of
from dossiers.papers.print_versions import PRINT
from dossiers.papers.queries import next_folio, paper_to_read
from dossiers.papers.render import render_form
from dossiers.papers.replacing import take_place_of
from dossiers.papers.scan_verdicts import judge, verdict_json
from dossiers.papers.scans import Signatures
from dossiers.papers.signature_words import signatures_json
from dossiers.papers.symbols import symbol_for
from dossiers.papers.uploads import DOCX, StoredUpload
from dossiers.papers.values import UnknownFieldsError, label_of
from dossiers.people.sealing import Sealer
from storage.objects import ObjectStore
from workflow.certificates import VIETNAM
from workflow.model import Procedure
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

DATED_IN_FUTURE: Final = Text("Ngày văn bản ở tương lai", "The paper is dated in the future")


@dataclass(frozen=True, slots=True)
class PaperDesk:
    """What making papers needs besides the session: the law, the forms, the store, the key to sealed numbers."""

    law: Law
    catalogue: Catalogue
    store: ObjectStore
    sealer: Sealer
    #: True in demonstration mode: every page says so.
    demo: bool = False
    #: Whether the version to print is made soon after issue; otherwise when somebody first asks for it.
    print_ahead: bool = False


def attach_scan(  # noqa: PLR0913 - a scan, where it goes, who brings it and when
    session: Session,
    desk: PaperDesk,
    dossier_id: UUID,
    form_id: str,
    upload: StoredUpload,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
    doc_date: date | None = None,
) -> Paper:
    """File a scan of a paper that was signed elsewhere; `upload` is already in the store."""
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=expected_version)
    office = _office_here(session, dossier, actor)
    on = doc_date or at.astimezone(VIETNAM).date()
    if on > at.astimezone(VIETNAM).date():
        raise PaperRefusedError([_reason(DATED_IN_FUTURE.vi, DATED_IN_FUTURE.en)])
    form = desk.catalogue.form(form_id, on)
    paper = Paper(
        id=uuid4(),
        dossier_id=dossier.id,
        form=form.form_id,
        edition=form.valid_from.isoformat(),
        title=form.title.vi,
        origin="scan",
        state="signed",
        issuer_id=office.organization_id,
        object_sha256=upload.sha256,
        media_type=upload.media_type,
        size_bytes=upload.size_bytes,
        signed_sha256=upload.sha256,
        signed_media_type=upload.media_type,
        folio=next_folio(session, dossier.id),
        drafted_by_id=actor.account_id,
        created_at=at,
        doc_date=on,
        signed_at=at,
    )
    session.add(paper)
    claim_object(session, upload, at)
    enter_paper(session, dossier, paper, "paper_attached", actor, office, at, _said_of_scan(paper))
    return paper


def draft_paper(
    session: Session,
    desk: PaperDesk,
    dossier_id: UUID,
    form_id: str,
    fields: Mapping[str, object],
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Paper:
    """Make a draft of a form from the file and what the officer states; it takes no number and no folio.

    Raises MissingFieldsError naming every value that is still unknown, UnknownFieldsError, NotAllowedError.
    """
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=expected_version)
    form = desk.catalogue.form(form_id, at.astimezone(VIETNAM).date())
    office = drafting_office(session, desk.law, dossier, form, actor)
    forbidden = sorted(name for name in fields if name in GIVEN_AT_ISSUE or name not in form.declared)
    if forbidden:
        raise UnknownFieldsError([(name, label_of(desk.catalogue, name)) for name in forbidden])
    paper = Paper(
        id=uuid4(),
        dossier_id=dossier.id,
        form=form.form_id,
        edition=form.valid_from.isoformat(),
        title=form.title.vi,
        origin="generated",
        state="draft",
        issuer_id=office.organization_id,
        fields=dict(fields),
        drafted_by_id=actor.account_id,
        created_at=at,
    )
    _, filled = render_draft(session, desk, dossier, paper, at=at)
    paper.sources = dict(filled.sources)
    session.add(paper)
    session.flush()
    return paper


def render_draft(
    session: Session, desk: PaperDesk, dossier: Dossier, paper: Paper, *, at: datetime
) -> tuple[bytes, Filled]:
    """Return the .docx of a draft as it would look today, without number and signer, and where its values are from."""
    on = at.astimezone(VIETNAM).date()
    form = desk.catalogue.form(paper.form, on)
    issuer = session.get(Organization, paper.issuer_id)
    assert issuer is not None
    filled = fill_form(session, desk.catalogue, form, dossier, issuer, desk.sealer, paper.fields, on=on)
    show_number = prints_form_numbers(session, desk.law)
    rendered = render_form(desk.catalogue, form, filled.values, demo=desk.demo, draft=True, show_number=show_number)
    return rendered, filled


def prints_form_numbers(session: Session, law: Law) -> bool:
    """Return whether official form numbers are printed while they rest on one unofficial copy (POL-TEXT-VERIFY)."""
    return law.policies_in_force(session)["POL-TEXT-VERIFY"] != "suppress"


def issue_paper(
    session: Session,
    desk: PaperDesk,
    paper_id: UUID,
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
    replaces: UUID | None = None,
) -> Paper:
    """Give a draft its number, date and signer and freeze its bytes; only an office that signs the form may.

    The number is the next of the body, symbol and year: taken in this transaction, so none is lost or double.
    `replaces` names the paper on file whose place this one takes.
    """
    paper = paper_to_read(session, paper_id, actor)
    dossier = dossier_to_change(session, paper.dossier_id, actor, expected_version=expected_version)
    session.refresh(paper)
    if paper.state != "draft":
        raise PaperRefusedError([_reason("Văn bản đã được ban hành", "The paper has been issued already")])
    on = at.astimezone(VIETNAM).date()
    form = desk.catalogue.form(paper.form, on)
    office, role = signing_office(form, paper, actor)
    must_take_part(session, dossier, office)
    account, issuer = session.get(Account, actor.account_id), session.get(Organization, paper.issuer_id)
    assert account is not None
    assert issuer is not None
    filled = fill_form(session, desk.catalogue, form, dossier, issuer, desk.sealer, paper.fields, on=on)
    given = signature_values(account, role) | {"doc_date": on}
    replaced = take_place_of(session, paper, replaces, actor) if replaces else None
    series = symbol_for(session, form, issuer, on=on)
    if form.numbered and series is not None:
        paper.series, paper.number_year = series, on.year
        paper.number = _next_number(session, issuer.id, series, on.year)
        given |= {"doc_number": f"{paper.number:02d}"}
    values = {**filled.values, **{name: value for name, value in given.items() if name in form.declared}}
    data = render_form(
        desk.catalogue,
        form,
        values,
        demo=desk.demo,
        draft=True,
        show_number=prints_form_numbers(session, desk.law),
    )
    stored = desk.store.put_bytes(data, DOCX)
    paper.state, paper.issued_at, paper.doc_date = "issued", at, on
    paper.issued_by_id, paper.edition = actor.account_id, form.valid_from.isoformat()
    paper.object_sha256, paper.media_type, paper.size_bytes = stored.key, DOCX, stored.size_bytes
    paper.folio = next_folio(session, dossier.id)
    paper.sources = dict(filled.sources)
    claim_object(session, StoredUpload(stored.key, DOCX, stored.size_bytes, desk.store), at)
    more = {"replaces": str(replaced.id)} if replaced else {}
    enter_paper(session, dossier, paper, "paper_issued", actor, office, at, more)
    if desk.print_ahead:
        # Its clock is the worker's, which may not be the one of `at`.
        defer(session, PRINT, {"paper": str(paper.id)}, at=at, run_at=AT_ONCE)
    return paper


def attach_signed_scan(
    session: Session,
    paper_id: UUID,
    upload: StoredUpload,
    *,
    seen: Seen | None,
    signatures: Signatures = (),
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Paper:
    """File the signed scan of an issued paper; from then on the paper counts as signed.

    `seen` is what `read_scan` read on its pages, `signatures` what was signed digitally.  The verdict on both is kept,
    and refuses nothing: whoever signed a print from Word has signed the paper.
    """
    paper = paper_to_read(session, paper_id, actor)
    dossier = dossier_to_change(session, paper.dossier_id, actor, expected_version=expected_version)
    session.refresh(paper)
    if paper.state != "issued" or paper.superseded_by_id is not None:
        raise PaperRefusedError(
            [_reason("Chỉ nộp bản ký cho văn bản đã ban hành", "Only an issued paper takes a signed scan")]
        )
    office = next((each for each in actor.offices if each.acts_for(paper.issuer_id)), None)
    if office is None:
        raise NotAllowedError
    must_take_part(session, dossier, office)
    paper.state, paper.signed_at = "signed", at
    paper.signed_sha256, paper.signed_media_type = upload.sha256, upload.media_type
    assert paper.object_sha256 is not None
    verdict = judge(version_of(paper.object_sha256), seen)
    paper.scan_verdict = verdict_json(verdict) | signatures_json(signatures)
    claim_object(session, upload, at)
    enter_paper(session, dossier, paper, "paper_signed", actor, office, at, _said_of_scan(paper))
    return paper


def _office_here(session: Session, dossier: Dossier, actor: Actor) -> Office:
    """Return an office of the caller in a body that takes part now; bodies that left may read, not add."""
    taking_part = {party.organization_id for party in current_parties(session, dossier).values()}
    office = next((each for each in actor.offices if any(map(each.acts_for, taking_part))), None)
    if office is None:
        raise NotAllowedError
    return office


def drafting_office(session: Session, law: Law, dossier: Dossier, form: FormEdition, actor: Actor) -> Office:
    """Return an office in the body whose head signs the form: its officers prepare what it issues.

    Raises NotAllowedError when the caller holds none.
    """
    procedure = law.pinned(session, dossier.procedure_sha256)
    office = office_to_draft(procedure, current_parties(session, dossier), form, actor)
    if office is None:
        raise NotAllowedError
    return office


def office_to_draft(
    procedure: Procedure, parties: Mapping[str, DossierParty], form: FormEdition, actor: Actor
) -> Office | None:
    """Return the caller's office that prepares the form; `parties` says who fills each place.  None without one.

    The place counts, not the title: the commune police that detected somebody prepare what the detecting body issues.
    """
    places = {procedure.roles[role.id].body for role in form.issuers if role.id in procedure.roles}
    signing = [party.organization_id for place, party in parties.items() if place in places]
    known = (office for office in actor.offices if office.role in procedure.roles)
    return next((office for office in known if any(map(office.acts_for, signing))), None)


def signing_office(form: FormEdition, paper: Paper, actor: Actor) -> tuple[Office, Role]:
    """Return the caller's office that signs the form for its issuer; raises PaperRefusedError when there is none."""
    for role in form.issuers:
        for office in actor.offices:
            if office.role == role.id and office.acts_for(paper.issuer_id):
                return office, role
    titles = ", ".join(role.label.vi for role in form.issuers), ", ".join(role.label.en for role in form.issuers)
    raise PaperRefusedError([_reason(f"Người ký phải là: {titles[0]}", f"Signed only by: {titles[1]}")])


def _next_number(session: Session, organization_id: UUID, series: str, year: int) -> int:
    key = {"organization_id": organization_id, "series": series, "year": year}
    query = select(PaperCounter).filter_by(**key)
    counter = locked_counter(session, query, PaperCounter(**key, last=0))
    counter.last += 1
    return counter.last


def _said_of_scan(paper: Paper) -> dict[str, object]:
    """Return what the diary says of a scan: the verdict on its pages, if it was held against a print of ours."""
    return {} if paper.scan_verdict is None else {"scan_verdict": paper.scan_verdict}


def _reason(vi: str, en: str) -> Reason:
    return Reason("PAPER", Text(vi, en), "", Effect.REFUSE)
