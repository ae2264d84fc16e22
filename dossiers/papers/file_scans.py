"""Several scans enter the file in one step: in the order given, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.errors import PaperRefusedError
from dossiers.files.queries import dossier_to_change
from dossiers.papers.catalogue import Catalogue, UnknownFormError
from dossiers.papers.file_papers import DATED_IN_FUTURE, PaperDesk, attach_scan
from dossiers.papers.models import Paper
from dossiers.papers.uploads import StoredUpload
from workflow.certificates import VIETNAM
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan to be filed: what it is, its date (today when not said), the bytes, and what a refusal calls it."""

    name: str
    form_id: str
    doc_date: date | None
    upload: StoredUpload
    #: The item that a reason is about.
    item: str = ""


def attach_scans(
    session: Session,
    desk: PaperDesk,
    dossier_id: UUID,
    scans: Sequence[Scan],
    *,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> list[Paper]:
    """File scans one behind the other, each as `attach_scan` does; their folios follow their order.

    Raises PaperRefusedError naming every scan that cannot be filed and why; the caller's transaction must then write
    nothing.
    """
    dossier_to_change(session, dossier_id, actor, expected_version=expected_version)
    reasons = [each for scan in scans for each in scan_problems(desk.catalogue, scan, at)]
    if reasons:
        raise PaperRefusedError(reasons)
    return [
        attach_scan(
            session,
            desk,
            dossier_id,
            scan.form_id,
            scan.upload,
            expected_version=None,
            actor=actor,
            at=at,
            doc_date=scan.doc_date,
        )
        for scan in scans
    ]


def scan_problems(catalogue: Catalogue, scan: Scan, at: datetime) -> list[Reason]:
    """Return what stands against filing a scan, with its name."""
    today = at.astimezone(VIETNAM).date()
    on = scan.doc_date or today
    if on > today:
        return [about(scan.name, Reason("PAPER", DATED_IN_FUTURE, "", Effect.REFUSE), scan.item)]
    try:
        catalogue.form(scan.form_id, on)
    except UnknownFormError as unknown:
        return [about(scan.name, Reason("PAPER", unknown.detail, "", Effect.REFUSE), scan.item)]
    return []


def about(name: str, reason: Reason, item: str = "") -> Reason:
    """Return a reason with the name of the file it is about, tied to `item` where that is said."""
    text = Text(f"{name}: {reason.text.vi}", f"{name}: {reason.text.en}")
    return replace(reason, text=text, clause=item or reason.clause)
