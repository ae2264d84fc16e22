"""Putting scans on file through pages: one in one step, several by a page that asks what each of them is.

Several files are stored when they are handed in and filed together, in the order of the page, all or none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from api.auth.callers import allow
from api.house import house
from api.pages.blueprint import pages
from api.pages.forms import Control, fill, form_version, new_hidden, submit
from api.pages.papers import SHOWN_AGAIN, Shown, explained, today, wanted_forms
from api.pages.showing import form_title
from api.pages.staged import ACCEPT, Staged, mark_of, refuse_locked, stage, staged_of
from api.pages.standing import dossier_to_add_to
from api.problems import status_of
from api.v1.papers import upload_of_request
from api.writing import Unit
from dossiers.errors import DossierError, InvalidDataError
from dossiers.files.models import Dossier
from dossiers.papers.file_papers import attach_scan
from dossiers.papers.file_scans import Scan, about, attach_scans, scan_problems
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: No more files in one step.
FILES_MAX: Final = 20
_BAD_DAY: Final = Text("Ngày văn bản không phải ngày hợp lệ", "The date of the paper is not valid")
_NO_FORM: Final = Text("Chưa chọn loại văn bản", "No kind of paper was chosen")
_BAD_ORDER: Final = Text(
    "Thứ tự phải là một số, mỗi tệp một số khác nhau", "The order must be a number, another for each"
)
_GONE: Final = Text(
    "Tệp này đã được nhận quá lâu hoặc không phải của trang này; hãy chọn lại tệp",
    "This file was handed in too long ago or is not of this page; choose it again",
)
_NOTHING_LEFT: Final = Text("Không còn tệp nào để đưa vào hồ sơ", "No file is left to put on file")
_TOO_MANY: Final = Text(f"Mỗi lần không quá {FILES_MAX} tệp", f"No more than {FILES_MAX} files at once")
_MARK: Final = re.compile(r"row\.([0-9]{1,3})\.mark")
_ORDER: Final = re.compile(r"[0-9]{1,3}")


@dataclass
class Row:
    """One file that waits to be filed, with what is asked about it; `staged` is None for one that is gone."""

    number: int
    mark: str
    staged: Staged | None
    form: Control
    doc_date: Control
    order: Control
    leave: bool = False

    @property
    def name(self) -> str:
        """Return what the file is called."""
        return self.staged.name if self.staged else str(_("Tệp %(number)s", number=self.number))

    @property
    def controls(self) -> tuple[Control, ...]:
        """Return the items of the row."""
        return (self.order, self.form, self.doc_date)

    def item(self, name: str) -> str:
        """Return the name of an item of the row in the form."""
        return f"row.{self.number}.{name}"


@pages.get("/dossiers/<uuid:dossier_id>/papers/attach")
@allow("paper:write")
def show_attach(dossier_id: UUID) -> Shown:
    """Show the form that puts scans on file."""
    return _attach_form(dossier_id)


@pages.post("/dossiers/<uuid:dossier_id>/papers/attach")
@allow("paper:write")
def do_attach(dossier_id: UUID) -> Shown:
    """Put the scan of a paper that was signed elsewhere on file; of several files, ask first what each of them is."""
    files = _files()
    if len(files) > 1:
        return _take(dossier_id, files)

    def work(unit: Unit) -> str:
        attach_scan(
            unit.session,
            house().desk,
            dossier_id,
            form_id,
            upload,
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
            doc_date=doc_date,
        )
        flash(_("Đã đưa bản quét vào hồ sơ."))
        return url_for("pages.show_dossier", dossier_id=dossier_id, _anchor="papers")

    try:
        form_id, doc_date = _chosen_form(), _day(request.form.get("doc_date", ""))
        upload = upload_of_request()
        refuse_locked(files[0], upload)
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return _attach_form(dossier_id, refusal), status_of(refusal)


@pages.post("/dossiers/<uuid:dossier_id>/papers/attach/several")
@allow("paper:write")
def do_attach_several(dossier_id: UUID) -> Shown:
    """File the files of the page in their order, all or none; or take more of them, and file nothing yet.

    Whoever chose more files and pressed the other button is asked about them too: no file is dropped unsaid.
    """
    if request.form.get("step") == "add" or _files():
        return _take(dossier_id, _files())

    def work(unit: Unit) -> str:
        scans = _scans(dossier_id)
        attach_scans(
            unit.session,
            house().desk,
            dossier_id,
            scans,
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã đưa %(count)s bản quét vào hồ sơ.", count=len(scans)))
        return url_for("pages.show_dossier", dossier_id=dossier_id, _anchor="papers")

    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return _several_page(dossier_id, (), refusal), status_of(refusal)


def _take(dossier_id: UUID, files: Sequence[FileStorage]) -> Shown:
    """Store files and show the page that asks what each of them is, with every file that is not taken and why."""
    with house().database.reading() as session:
        dossier_to_add_to(session, dossier_id)
    taken, reasons = _staged(files)
    refusal = InvalidDataError(reasons) if reasons else None
    if not taken and not _numbers():
        assert refusal is not None
        return _attach_form(dossier_id, refusal), status_of(refusal)
    page = _several_page(dossier_id, taken, refusal)
    return page if refusal is None else (page, status_of(refusal))


def _staged(files: Sequence[FileStorage]) -> tuple[list[Staged], list[Reason]]:
    """Store files; return those that are taken, and why the others are not."""
    taken: list[Staged] = []
    reasons: list[Reason] = []
    if not files:
        text = Text("Chưa chọn tệp", "No file was sent")
        return [], [Reason("MISSING_FILE", text, "", Effect.REFUSE, clause="file")]
    if len(files) + len(_numbers()) > FILES_MAX:
        return [], [Reason("UPLOAD", _TOO_MANY, "", Effect.REFUSE, clause="file")]
    for file in files:
        try:
            taken.append(stage(file))
        except InvalidDataError as refused:
            reasons += refused.reasons
    return taken, reasons


def _scans(dossier_id: UUID) -> list[Scan]:
    """Return what is to be filed, in order; raises InvalidDataError naming every file and all that is wrong with it."""
    rows = [row for row in _rows(dossier_id, ()) if not row.leave]
    orders = [str(row.order.value).strip() for row in rows]
    scans, reasons = [], []
    for row, order in zip(rows, orders, strict=True):
        found, scan = _scan(row)
        if not _ORDER.fullmatch(order) or [each.lstrip("0") for each in orders].count(order.lstrip("0")) > 1:
            found.append(about(row.name, Reason("BAD_FIELD", _BAD_ORDER, "", Effect.REFUSE), row.order.name))
        if scan is not None:
            found += scan_problems(house().catalogue, scan, house().now())
            scans.append((order, scan))
        reasons += found
    if not rows:
        reasons.append(Reason("MISSING_FILE", _NOTHING_LEFT, "", Effect.REFUSE))
    if len(rows) > FILES_MAX:
        reasons.append(Reason("UPLOAD", _TOO_MANY, "", Effect.REFUSE))
    if reasons:
        raise InvalidDataError(reasons)
    return [scan for _order, scan in sorted(scans, key=lambda each: int(each[0]))]


def _scan(row: Row) -> tuple[list[Reason], Scan | None]:
    """Return what is wrong with what was said of a file, and the scan where nothing is."""
    reasons, on = [], None
    if row.staged is None:
        reasons.append(about(row.name, Reason("UPLOAD", _GONE, "", Effect.REFUSE), "file"))
    if not row.form.value:
        reasons.append(about(row.name, Reason("MISSING_FIELD", _NO_FORM, "", Effect.REFUSE), row.form.name))
    try:
        on = _day(row.doc_date.value)
    except InvalidDataError as refused:
        reasons += [about(row.name, each, row.doc_date.name) for each in refused.reasons]
    if reasons or row.staged is None:
        return reasons, None
    return [], Scan(row.name, row.form.value, on, row.staged.upload, row.form.name)


def _rows(dossier_id: UUID, taken: Sequence[Staged], options: Sequence[tuple[str, str]] = ()) -> list[Row]:
    """Return the rows that the page brought along, as they were filled, and one for each file taken now."""
    numbers = _numbers()
    rows = []
    for number in numbers:
        mark = request.form.get(f"row.{number}.mark", "")
        rows.append(_row(number, mark, staged_of(mark, str(dossier_id)), options))
        rows[-1].leave = f"row.{number}.leave" in request.form
    fill([control for row in rows for control in row.controls])
    first = max(numbers, default=0) + 1
    for number, staged in enumerate(taken, first):
        row = _row(number, mark_of(staged, str(dossier_id)), staged, options)
        row.order.value = str(number)
        if not numbers:
            row.form.value, row.doc_date.value = request.form.get("form", ""), request.form.get("doc_date", "")
        rows.append(row)
    return rows


def _row(number: int, mark: str, staged: Staged | None, options: Sequence[tuple[str, str]]) -> Row:
    head = f"row.{number}"
    return Row(
        number,
        mark,
        staged,
        form=Control(f"{head}.form", "select", _("Loại văn bản"), required=True, options=options),
        doc_date=Control(f"{head}.doc_date", "date", _("Ngày văn bản"), help=_("Để trống nếu là hôm nay.")),
        order=Control(f"{head}.order", "number", _("Thứ tự trong hồ sơ"), required=True),
    )


def _numbers() -> list[int]:
    """Return the numbers of the rows that the page brought along."""
    found = (_MARK.fullmatch(name) for name in request.form)
    return sorted({int(each[1]) for each in found if each})[: FILES_MAX + 1]


def _files() -> list[FileStorage]:
    """Return the files of the request; an item that was left empty is none."""
    return [file for file in request.files.getlist("file") if file.filename]


def _attach_form(dossier_id: UUID, refusal: DossierError | None = None) -> str:
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        controls = [
            Control(
                "form",
                "select",
                _("Loại văn bản"),
                required=True,
                options=_options(session, dossier),
                value=request.args.get("form", ""),
                help=_("Các văn bản mà bước tiếp theo cần đứng đầu danh sách."),
            ),
            Control("doc_date", "date", _("Ngày văn bản"), help=_("Để trống nếu là hôm nay.")),
            _file_control(),
        ]
        if refusal is not None:
            fill(controls)
        return render_template(
            "paper_attach.html",
            dossier=dossier,
            controls=controls,
            hidden=new_hidden(dossier.version),
            **explained(session, dossier, refusal, controls),
        )


def _several_page(dossier_id: UUID, taken: Sequence[Staged], refusal: DossierError | None) -> str:
    """Return the page that asks what each file is, after a refusal with every reason and with all that was filled."""
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        rows = _rows(dossier_id, taken, _options(session, dossier))
        more = _file_control(more=True)
        controls = [*(control for row in rows for control in row.controls), more]
        shown: Mapping[str, Any] = explained(session, dossier, refusal, controls)
        return render_template(
            "paper_attach_several.html",
            dossier=dossier,
            rows=rows,
            more=more,
            hidden=new_hidden(dossier.version),
            **shown,
        )


def _options(session: Session, dossier: Dossier) -> list[tuple[str, str]]:
    """Return the kinds of paper, those that the caller's next acts need first."""
    wanted, on = wanted_forms(session, dossier), today()
    forms = sorted(house().catalogue.forms(on), key=lambda form: form.form_id not in wanted)
    return [(form.form_id, form_title(form.form_id, on)) for form in forms]


def _file_control(*, more: bool = False) -> Control:
    """Return the item that takes files; `more` where some were taken already."""
    megabytes = house().settings.upload_bytes_max // (1024 * 1024)
    taken = _(
        "PDF, JPEG, PNG, TIFF hoặc Word (.docx); tất cả tệp trong một lần gửi không quá %(megabytes)s MB.",
        megabytes=megabytes,
    )
    several = _("Có thể chọn nhiều tệp: khi đó trang sau hỏi loại văn bản của từng tệp.")
    help_text = taken if more else f"{taken} {several}"
    return Control("file", "files", _("Tệp quét"), required=not more, value=ACCEPT, help=help_text)


def _chosen_form() -> str:
    form_id = request.form.get("form", "")
    if not form_id:
        raise InvalidDataError([Reason("MISSING_FIELD", _NO_FORM, "", Effect.REFUSE, clause="form")])
    return form_id


def _day(typed: str) -> date | None:
    raw = typed.strip()
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        raise InvalidDataError([Reason("BAD_FIELD", _BAD_DAY, "", Effect.REFUSE, clause="doc_date")]) from None
