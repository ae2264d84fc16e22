"""The form of a manifest: what is asked, what is filled in already, and what was typed.  Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.form_fields import with_empty_rows
from api.pages.forms import Control, fill, typed_rows
from api.pages.showing import form_title
from dossiers.files.models import Dossier
from dossiers.handovers.models import Handover
from dossiers.handovers.occasions import occasion_titled, occasions_of
from dossiers.handovers.operations import ManifestForm, papers_on_file
from dossiers.handovers.queries import bodies_of
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM


def manifest_controls(session: Session, dossier: Dossier, before: Handover | None, *, typed: bool) -> list[Control]:
    """Return the items of a manifest: as typed, as the version before has them, or with every paper on file named."""
    bodies = [(str(body.id), body.name) for body in bodies_of(session, dossier)]
    mine = next((key for key, _name in bodies if UUID(key) in caller().organization_ids), "")
    papers = papers_on_file(session, dossier, caller())
    controls = [
        Control(
            "occasion", "select", _("Giao nhận kèm theo việc"), required=True, options=_occasions(session, dossier)
        ),
        Control("from_body", "select", _("Bên giao"), required=True, options=bodies, value=mine),
        Control("to_body", "select", _("Bên nhận"), required=True, options=bodies),
        Control(
            "papers",
            "checks",
            _("Giấy tờ giao theo"),
            options=[(str(paper.id), paper_words(paper)) for paper in papers],
            value=[str(paper.id) for paper in papers],
            help=_("Mỗi giấy tờ được ghi kèm số bút lục và mã SHA-256 của đúng tệp đang có trong hồ sơ."),
        ),
        Control(
            "belongings",
            "rows",
            _("Tư trang, tài sản"),
            columns=[("item", _("Tên đồ vật"), "text"), ("quantity", _("Số lượng"), "text")],
            value=[],
        ),
        Control(
            "medicines",
            "rows",
            _("Thuốc đang dùng"),
            columns=[
                ("name", _("Tên thuốc, hàm lượng"), "text"),
                ("quantity", _("Số lượng"), "text"),
                ("use", _("Cách dùng"), "text"),
            ],
            value=[],
        ),
        Control(
            "health",
            "textarea",
            _("Tình trạng sức khỏe khi giao"),
            help=_("Chỉ bên giao và bên nhận đọc được; nhật ký hồ sơ chỉ giữ mã SHA-256 của bản kê."),
        ),
    ]
    if typed:
        fill(controls)
    elif before is not None:
        _as_before(controls, before)
    with_empty_rows(controls)
    return controls


def typed_manifest(controls: Sequence[Control], before: Handover | None) -> ManifestForm:
    """Return what the officer states; the two sides of a version that follows another are those of the first."""
    named = {control.name: control for control in controls}
    sides = (before.from_body_id, before.to_body_id) if before else (_id("from_body"), _id("to_body"))
    papers = (_uuid(raw) for raw in request.form.getlist("papers"))
    return ManifestForm(
        from_body_id=sides[0],
        to_body_id=sides[1],
        occasion=request.form.get("occasion", ""),
        paper_ids=tuple(each for each in papers if each is not None),
        belongings=tuple(typed_rows(named["belongings"])),
        medicines=tuple(typed_rows(named["medicines"])),
        health=request.form.get("health", "").replace("\r\n", "\n"),
    )


def paper_words(paper: Paper) -> str:
    """Return a paper as a manifest names it: folio, title, number."""
    on = paper.doc_date or paper.created_at.astimezone(VIETNAM).date()
    number = f", {_('số')} {paper.display_number}" if paper.display_number else ""
    return f"{_('Bút lục')} {paper.folio}: {form_title(paper.form, on, numbered=False)}{number}"


def occasion_words(session: Session, dossier: Dossier, trigger: str) -> str:
    """Return what the act is called that a hand-over goes with."""
    law = house().law
    procedures = [law.pinned(session, dossier.procedure_sha256), *law.procedures]
    found = occasion_titled(procedures, trigger)
    return say(found.title) if found else ""


def _occasions(session: Session, dossier: Dossier) -> list[tuple[str, str]]:
    return [(each.trigger, say(each.title)) for each in occasions_of(session, house().law, dossier)]


def _as_before(controls: Sequence[Control], before: Handover) -> None:
    manifest = before.manifest
    known = {
        "occasion": before.occasion,
        "from_body": str(before.from_body_id),
        "to_body": str(before.to_body_id),
        "papers": [paper["paper"] for paper in manifest["papers"]],
        "belongings": [dict(row) for row in manifest["belongings"]],
        "medicines": [dict(row) for row in manifest["medicines"]],
        "health": manifest["health"],
    }
    for control in controls:
        control.value = known[control.name]


def _id(name: str) -> UUID | None:
    return _uuid(request.form.get(name, ""))


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None
