"""Scans that are handed in with the form of an act: stored when it is sent, filed with the act or not at all.

Between its check and its record a scan travels through the page as a mark, see `api.pages.staged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from api.house import house
from api.pages.forms import Control
from api.pages.showing import form_title
from api.pages.staged import ACCEPT, Staged, mark_of, stage, staged_of
from api.writing import Unit
from dossiers.errors import InvalidDataError
from dossiers.files.models import Dossier
from dossiers.papers.file_scans import Scan, attach_scans
from dossiers.papers.uploads import StoredUpload
from workflow.certificates import VIETNAM
from workflow.refusals import Reason

#: The hidden item that carries the mark of a scan of a form: this and the form's number.
MARK: Final = "scan."


@dataclass
class Scans:
    """What was handed in for a dossier, by form: stored scans, the marks that stand for them, and what was refused."""

    uploads: dict[str, StoredUpload] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    faults: list[Reason] = field(default_factory=list)


def scan_control(form: str, on: date, *, required: bool = False) -> Control:
    """Return the item that asks for the scan of a form; its name is the form's number."""
    words = _("Bản quét đã ký: PDF, JPEG, PNG, TIFF hoặc Word (.docx).")
    return Control(form, "file", form_title(form, on), required=required, help=words, value=ACCEPT)


def stored_scan(name: str) -> Staged | None:
    """Store the file of an item, None when none was chosen; raises InvalidDataError about that item."""
    file = request.files.get(name)
    if file is None or not file.filename:
        return None
    try:
        return stage(file)
    except InvalidDataError as refused:
        raise InvalidDataError([replace(reason, clause=name) for reason in refused.reasons]) from refused


def take_scans(dossier_id: UUID, forms: Iterable[str]) -> Scans:
    """Store the scans that the request brings for these forms; those of an earlier sending come along as marks."""
    taken, here = Scans(), str(dossier_id)
    for form in forms:
        try:
            staged = stored_scan(form)
        except InvalidDataError as refused:
            taken.faults += refused.reasons
            continue
        # a mark keeps its own age: what it stands for is swept a day after it was stored
        mark = mark_of(staged, here, form) if staged else request.form.get(MARK + form, "")
        staged = staged or staged_of(mark, here, form)
        if staged is not None:
            taken.uploads[form], taken.marks[form] = staged.upload, mark
    return taken


def file_scans(
    unit: Unit,
    dossier_id: UUID,
    uploads: Mapping[str, StoredUpload],
    occurred_at: datetime | None,
    *,
    expected_version: int | None,
) -> int | None:
    """Put scans on file, dated with the act they belong to; return the version that the dossier has then."""
    if not uploads:
        return expected_version
    on = (occurred_at or unit.at).astimezone(VIETNAM).date()
    named = [Scan(form_title(form, on), form, on, upload, form) for form, upload in uploads.items()]
    attach_scans(
        unit.session,
        house().desk,
        dossier_id,
        named,
        expected_version=expected_version,
        actor=unit.actor,
        at=unit.at,
    )
    return None if expected_version is None else unit.session.get_one(Dossier, dossier_id).version
