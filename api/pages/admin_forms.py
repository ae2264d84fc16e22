"""Forms of who keeps the installation: shown, refused with what was typed, and shown beforehand what they change.

A form with a preview is sent twice: first it only tells what would happen; what is then confirmed must be what was
told, or the preview is shown again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from http import HTTPStatus
from typing import Any, Final

from flask import render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.house import house
from api.languages import say
from api.pages.forms import KEY, TOKEN, Control, blame, fill, new_hidden, submit
from api.pages.showing import items_of, problem_of, reason_lines
from api.problems import status_of
from api.writing import Unit
from dossiers.bodies.validity import day_of
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

Shown = BaseResponse | str | tuple[str, int]
SHOWN_AGAIN: Final = (InvalidDataError, KeyReusedError)
#: What the buttons of a form with a preview say, and the fingerprint of the preview that is confirmed.
STEP, SEEN = "step", "seen"
_CONFIRM, _EDIT = "confirm", "edit"
TEXT_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class AdminForm:
    """One form: its title, the way back, what is asked, and what the button says."""

    title: str
    back: str
    button: str
    build: Callable[[Session], list[Control]]
    intro: str = ""
    #: Whether the button first only tells what would change.
    previews: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What a form would change: a template that shows it, what that template needs, and what stands in the way."""

    template: str
    shown: dict[str, Any]
    #: Everything that is told, so that a changed outlook is told anew.
    told: str


def show(form: AdminForm, *, typed: bool = False, refusal: DossierError | None = None) -> str:
    """Return a form, with what was typed and why it was refused."""
    with house().database.reading() as session:
        controls = form.build(session)
    reasons: Sequence[Reason] = getattr(refusal, "reasons", ())
    if typed:
        fill(controls)
    lines = reason_lines(reasons, controls)
    for reason, line in zip(reasons, lines, strict=True):
        blame(controls, items_of(reason), line.text)
    return render_template(
        "admin_form.html",
        form=form,
        controls=controls,
        hidden=new_hidden(),
        refused=lines,
        problem=problem_of(refusal),
        preview=None,
    )


def send(form: AdminForm, work: Callable[[Unit], str]) -> Shown:
    """Do `work` once and go where it says; refused, show the form again."""
    try:
        return submit(work)
    except SHOWN_AGAIN as refusal:
        return show(form, typed=True, refusal=refusal), status_of(refusal)


def send_after_preview(form: AdminForm, look: Callable[[Session], Preview], work: Callable[[Unit], str]) -> Shown:
    """Tell what a form would change; do it once that very outlook is confirmed."""
    step = request.form.get(STEP, "")
    if step == _EDIT:
        return show(form, typed=True)
    try:
        if step == _CONFIRM:
            return submit(lambda unit: _confirmed(unit, look, work))
        return _preview(form, look)
    except _OutlookChangedError:
        return _preview(form, look, changed=True), HTTPStatus.CONFLICT
    except SHOWN_AGAIN as refusal:
        return show(form, typed=True, refusal=refusal), status_of(refusal)


def _confirmed(unit: Unit, look: Callable[[Session], Preview], work: Callable[[Unit], str]) -> str:
    if _fingerprint(look(unit.session)) != request.form.get(SEEN, ""):
        raise _OutlookChangedError
    return work(unit)


class _OutlookChangedError(Exception):
    """What would happen is no longer what was told."""


def _preview(form: AdminForm, look: Callable[[Session], Preview], *, changed: bool = False) -> str:
    with house().database.reading() as session:
        controls, preview = form.build(session), look(session)
        fill(controls)
        return render_template(
            "admin_form.html",
            form=form,
            controls=controls,
            hidden=new_hidden(),
            refused=[],
            problem=None,
            preview=preview,
            seen=_fingerprint(preview),
            changed=changed,
        )


def _fingerprint(preview: Preview) -> str:
    """Return what tells one outlook, of one set of items, from another."""
    items = sorted(
        (name, value.replace("\r\n", "\n"))
        for name, value in request.form.items(multi=True)
        if name not in (STEP, SEEN, KEY, TOKEN)
    )
    return hashlib.sha256(repr((items, preview.told)).encode()).hexdigest()


def typed_text(name: str) -> str:
    """Return what was typed into an item, without spaces around it and with plain line ends."""
    return request.form.get(name, "").replace("\r\n", "\n").strip()


def typed_day(name: str, faults: list[Reason], *, required: bool = True) -> date | None:
    """Return the day that was typed; adds a fault for one that is missing or no day."""
    raw = typed_text(name)
    if not raw and not required:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        vi, en = ("Ngày không hợp lệ", "Not a day") if raw else ("Chưa điền ngày", "The day is missing")
        faults.append(fault(name, vi, en))
        return None


def needed(names: Iterable[str], faults: list[Reason]) -> None:
    """Add a fault for each item that was left empty."""
    faults += [fault(name, "Chưa điền mục này", "This item is empty") for name in names if not typed_text(name)]


def fault(name: str, vi: str, en: str) -> Reason:
    """Return one fault of an item."""
    return Reason("BAD_FIELD", Text(vi, en), "", Effect.REFUSE, clause=name)


def refuse(faults: Sequence[Reason]) -> None:
    """Raise InvalidDataError if there are faults."""
    if faults:
        raise InvalidDataError(faults)


def today() -> date:
    """Return the day it is in Việt Nam."""
    return day_of(house().now())


def asked_day(raw: str | None) -> date:
    """Return the day that a list is asked for, today when it is none."""
    try:
        return date.fromisoformat(raw) if raw else today()
    except ValueError:
        return today()


def kind_options(kinds: Iterable[tuple[str, Text]]) -> list[tuple[str, str]]:
    """Return choices with their words, in the order of the data."""
    return [(key, say(title)) for key, title in kinds]


def day_control(name: str, label: str, *, value: str = "", required: bool = True, help: str | None = None) -> Control:  # noqa: A002 - the name of the field of Control
    """Return an item for a day."""
    return Control(name, "date", label, required=required, value=value, help=help)


def reworded(reason: Reason, labels: Mapping[str, str]) -> Reason:
    """Return a reason with the labels of a page in place of the names of columns that it quotes."""
    vi, en = reason.text.vi, reason.text.en
    for name, label in labels.items():
        vi, en = vi.replace(f"“{name}”", f"“{label}”"), en.replace(f"“{name}”", f"“{label}”")
    return replace(reason, text=Text(vi, en))
