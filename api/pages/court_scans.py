"""Scans that are handed in with the rows of a day: stored when the rows are checked, filed when they are recorded.

Between the two a scan travels through the page as a signed mark for this account, dossier and result.
"""

from __future__ import annotations

from uuid import UUID

from flask import request

from api.pages.court_rows import FILE, OUTCOME, SCAN, item, typed_rows
from api.pages.scans import stored_scan
from api.pages.staged import mark_of, staged_of
from dossiers.errors import InvalidDataError
from dossiers.papers.uploads import StoredUpload


def take_scans() -> tuple[dict[UUID, str], dict[UUID, InvalidDataError]]:
    """Store the scans of a form; return the mark of each row's scan (also of one handed in before), and refusals."""
    marks, faults = handed_in_before(), dict[UUID, InvalidDataError]()
    for dossier_id, typed in typed_rows().items():
        try:
            staged = stored_scan(item(dossier_id, FILE))
        except InvalidDataError as refused:
            faults[dossier_id] = refused
            continue
        if staged is not None:
            marks[dossier_id] = mark_of(staged, str(dossier_id), typed[OUTCOME])
    return marks, faults


def handed_in_before() -> dict[UUID, str]:
    """Return the marks that the form brought along and that stand for the result chosen now."""
    return {
        dossier_id: mark
        for dossier_id, typed in typed_rows().items()
        if (mark := request.form.get(item(dossier_id, SCAN), "")) and scan_of(dossier_id, typed[OUTCOME], mark)
    }


def scan_of(dossier_id: UUID, outcome: str, mark: str) -> StoredUpload | None:
    """Return the stored scan that a mark stands for; None for a mark of another account, dossier or result."""
    staged = staged_of(mark, str(dossier_id), outcome)
    return staged.upload if staged else None
