"""The results of a day of hearings in one go: one form, one page that shows what will be recorded, one confirmation.

Each dossier is recorded by an act and a transaction of its own, once under a key of its own: what is refused stays on
the page with every reason, what was recorded stays recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.court import court_names, day_of_address, day_title
from api.pages.court_records import Entry, Recorded, foreseen, read_entries, record_entry
from api.pages.court_rows import (
    ROWS_MAX,
    Row,
    build_rows,
    carried_items,
    common_controls,
    explain,
    fill_rows,
    item,
    latest_hearing,
    typed_rows,
)
from api.pages.court_scans import handed_in_before, take_scans
from api.pages.forms import KEY, Control, fill, new_hidden
from api.pages.move_page import override_controls
from api.pages.showing import ReasonLine, problem_of, reason_lines
from api.problems import IdempotencyKeyMissingError
from api.writing import KEY_LENGTH_MAX, form_parts
from dossiers.court.queries import dossiers_before_court, hearings
from dossiers.court.steps import outcomes
from dossiers.errors import DossierError, InvalidDataError
from dossiers.files.models import Dossier
from workflow.certificates import VIETNAM

#: Room for the id of a dossier behind the key of the page.
_KEY_MAX: Final = KEY_LENGTH_MAX - 40

Shown = str | tuple[str, int]


@dataclass
class Checked:
    """One row as the page that checks it shows it."""

    entry: Entry
    #: What will be recorded, as label and value.
    stated: list[tuple[str, str]]
    remarks: list[ReasonLine] = field(default_factory=list)
    reasons: list[ReasonLine] = field(default_factory=list)
    problem: str | None = None
    overrides: list[Control] = field(default_factory=list)

    @property
    def fine(self) -> bool:
        """Say whether nothing stands against the row."""
        return not self.reasons and self.problem is None


@pages.get("/court/days/<string:day>/decisions")
@allow("court:work")
def show_day_decisions(day: str) -> Shown:
    """Show the form for the results of a day: a row for each person whose hearing waits for one."""
    on = day_of_address(day)
    with house().database.reading() as session:
        waiting = _waiting(session, on)
        return _form(session, on, waiting[:ROWS_MAX], left=len(waiting[ROWS_MAX:]))


@pages.post("/court/days/<string:day>/decisions")
@allow("court:work")
def check_day_decisions(day: str) -> Shown:
    """Show what will be recorded, or the form again to mend it; records nothing."""
    on = day_of_address(day)
    form_parts()
    scans, faults = take_scans()
    with house().database.reading() as session:
        if request.form.get("step") == "edit" or not typed_rows():
            waiting = _waiting(session, on)
            return _form(session, on, waiting[:ROWS_MAX], left=len(waiting[ROWS_MAX:]), scans=scans)
        return _check(session, on, scans, faults)


@pages.post("/court/days/<string:day>/decisions/record")
@allow("court:work")
def record_day_decisions(day: str) -> Shown:
    """Record each row that can be; what is refused is shown again with every reason."""
    on = day_of_address(day)
    form_parts()
    once = request.form.get(KEY, "").strip()
    if not once or len(once) > _KEY_MAX:
        raise IdempotencyKeyMissingError
    scans = handed_in_before()
    with house().database.reading() as session:
        entries = read_entries(session, typed_rows(), scans)
    recorded: list[Recorded] = []
    refused: dict[UUID, DossierError] = {}
    for entry in entries:
        done = record_entry(entry, once)
        if isinstance(done, DossierError):
            refused[entry.dossier_id] = done
        else:
            recorded.append(done)
    with house().database.reading() as session:
        page = _result(session, on, recorded, refused, scans)
    return (page, HTTPStatus.CONFLICT.value) if refused else page


def _waiting(session: Session, on: date) -> list[Dossier]:
    """Return those heard on a day whose hearing has no result yet; nobody before the day has come."""
    if on > house().now().astimezone(VIETNAM).date():
        return []
    held = hearings(session, house().law, caller(), first=on, last=on)
    return [row for row in held if outcomes(house().law.pinned(session, row.procedure_sha256), row.state)]


def _form(
    session: Session,
    on: date,
    dossiers: Sequence[Dossier],
    *,
    left: int,
    scans: Mapping[UUID, str] | None = None,
    recorded: Sequence[Recorded] = (),
    refused: Mapping[UUID, DossierError] | None = None,
) -> str:
    """Return the form, as it is asked first or with what was typed, and what was recorded or refused just now."""
    rows = build_rows(session, dossiers, on)
    common = common_controls(session, dossiers, on, latest_hearing(dossiers))
    if request.method == "POST":
        fill_rows(rows, scans or {})
        fill(common)
    for row in rows:
        if refused and (refusal := refused.get(row.dossier.id)) is not None:
            _refuse(row, refusal)
    return render_template(
        "court_batch.html",
        on=on,
        title=day_title(on),
        courts=court_names(),
        rows=rows,
        common=common,
        left=left,
        recorded=recorded,
        megabytes=house().settings.upload_bytes_max // (1024 * 1024),
        hidden=new_hidden(),
        come=on <= house().now().astimezone(VIETNAM).date(),
        refused=sum(1 for row in rows if row.refused or row.problem),
    )


def _refuse(row: Row, refusal: DossierError) -> None:
    """Write a refusal of what was to be recorded into a row."""
    row.problem = problem_of(refusal)
    explain(row, getattr(refusal, "reasons", ()))


def _check(session: Session, on: date, scans: Mapping[UUID, str], faults: Mapping[UUID, InvalidDataError]) -> str:
    entries = read_entries(session, typed_rows(), scans)
    found = foreseen(session, entries)
    rows = []
    for entry in entries:
        row = Checked(entry, entry.in_words(session))
        if entry.dossier_id in faults:
            row.problem = "; ".join(say(reason.text) for reason in faults[entry.dossier_id].reasons)
        elif entry.refusal is not None:
            row.problem = problem_of(entry.refusal)
            row.reasons = reason_lines(getattr(entry.refusal, "reasons", ()))
        elif (judged := found[entry.dossier_id]).decision is None:
            row.reasons = reason_lines(judged.reasons)
            row.overrides = _overrides(entry, judged.reasons)
        else:
            row.remarks = reason_lines(judged.decision.remarks)
            row.overrides = _overrides(entry, judged.decision.remarks)
        rows.append(row)
    shown = {control.name for row in rows for control in row.overrides}
    marks = {item(dossier_id, "scan") for dossier_id in scans}
    return render_template(
        "court_check.html",
        on=on,
        title=day_title(on),
        rows=rows,
        fine=sum(1 for row in rows if row.fine),
        carried=[(name, value) for name, value in carried_items() if name not in shown | marks],
        scans=[(item(dossier_id, "scan"), mark) for dossier_id, mark in scans.items()],
        hidden=new_hidden(),
        back=url_for("pages.check_day_decisions", day=on),
        onward=url_for("pages.record_day_decisions", day=on),
    )


def _overrides(entry: Entry, reasons: Sequence[object]) -> list[Control]:
    """Return an item for each condition that may be passed over with a reason, with the reason typed before."""
    if entry.transition is None:
        return []
    controls = override_controls(reasons, entry.transition)  # type: ignore[arg-type]
    for control in controls:
        control.name = item(entry.dossier_id, control.name)
    fill(controls)
    return controls


def _result(
    session: Session,
    on: date,
    recorded: Sequence[Recorded],
    refused: Mapping[UUID, DossierError],
    scans: Mapping[UUID, str],
) -> str:
    """Return the page after recording: what went, and the form with what did not."""
    rows = dossiers_before_court(session, caller(), list(refused))
    dossiers = [rows[dossier_id] for dossier_id in refused if dossier_id in rows]
    left = [row for row in _waiting(session, on) if row.id not in refused]
    return _form(session, on, dossiers, left=len(left), scans=scans, recorded=recorded, refused=refused)
