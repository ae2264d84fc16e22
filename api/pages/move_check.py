"""What an act would record, shown before it does: answers in words, the new state, limits with their days, warnings.

The act is really done and then taken back, so that what is shown is what would have happened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import request
from flask_babel import gettext as _

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.forms import KEY, TOKEN, Control, local_instant
from api.pages.move_page import MovePage
from api.pages.scans import MARK, Scans
from api.pages.showing import ReasonLine, reason_lines
from api.pages.words import day, ending, moment
from api.writing import Unit
from dossiers.moves.move_dossier import Moved

#: The button that was pressed: `check`, `edit` or `draft`; none records.
STEP: Final = "step"
_DAY_LENGTH: Final = len("2026-07-01")


class _TakenBackError(Exception):
    """Ends a rehearsal: the transaction is rolled back."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an act would do: where the machine would stand, (title, end) of each limit, and what would be noted."""

    state: str
    limits: list[tuple[str, str]]
    stopped: int
    remarks: list[ReasonLine]


def rehearse(move: Callable[[Unit], Moved]) -> Told:
    """Return what the act does, and take it back; raises what the act raises."""
    told: list[Told] = []

    def play() -> None:
        with house().database.transaction() as session:
            told.append(_told(move(Unit(session, caller(), house().now()))))
            raise _TakenBackError

    try:
        play()
    except _TakenBackError:
        return told[0]
    raise AssertionError("a rehearsal was not taken back")


def _told(moved: Moved) -> Told:
    effects = moved.decision.effects
    limits = [(say(each.limit.title), ending(each.due_at) if each.due_at else "") for each in effects.started]
    return Told(say(moved.decision.state.title), limits, len(effects.stopped), reason_lines(moved.decision.remarks))


def answer_lines(page: MovePage, scans: Scans) -> list[tuple[str, str]]:
    """Return what the officer answered and handed in, in words; what was left empty is not named."""
    lines = [(control.label, _answer(control)) for control in [*page.controls, *page.overrides]]
    lines += [(control.label, _("bản quét đã nhận")) for control in page.scans if control.name in scans.marks]
    return [(label, answer) for label, answer in lines if answer]


def sent_items() -> list[tuple[str, str]]:
    """Return what the form holds, without what belongs to one sending of it and the marks of scans."""
    return [
        item
        for item in request.form.items(multi=True)
        if item[0] not in (TOKEN, KEY, STEP) and not item[0].startswith(MARK)
    ]


def typed_in(kept: Mapping[str, str], controls: Sequence[Control]) -> dict[str, Any]:
    """Return what a draft keeps for these items; an item it does not know stays as it is."""
    return {control.name: kept.get(control.name, control.value) for control in controls}


def _answer(control: Control) -> str:
    raw = str(control.value or "").strip()
    if not raw or control.kind == "file":
        return ""
    if control.options:
        return next((label for value, label in control.options if value == raw), raw)
    try:
        if control.kind == "datetime":
            instant: datetime | None = local_instant(raw)
            return moment(instant) if instant else ""
        return day(raw) if control.kind == "date" and len(raw) == _DAY_LENGTH else raw
    except ValueError:
        return raw
