"""Asks for a record of aftercare and reads it back; what is wrong is said by `dossiers.aftercare`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from api.languages import say
from api.pages.forms import Control, yes_no
from dossiers.aftercare.forms import ON, UNTIL, WHY, AftercareForm, refused
from dossiers.aftercare.kinds import Item, Kind
from dossiers.aftercare.models import AftercareRecord
from workflow.refusals import Reason

WITHDRAWN: Final = "withdrawn"
_TYPES: Final = {"line": "text", "text": "textarea", "account": "select"}
#: More choices than this are a list to open, not buttons.
_RADIO_MAX: Final = 4


def record_controls(kind: Kind, people: Mapping[UUID, str], *, today: date, corrects: bool) -> list[Control]:
    """Return the items of a record, its days first; a correction also asks why, and whether nothing takes its place."""
    controls = [Control(ON, "date", say(kind.on), required=True, value=today.isoformat())]
    if kind.until is not None:
        controls.append(Control(UNTIL, "date", say(kind.until), help=_("Để trống nếu chưa kết thúc.")))
    controls += [_control(item, people) for item in kind.items]
    if corrects:
        controls.append(Control(WHY, "text", _("Lý do đính chính"), required=True))
        controls.append(
            Control(
                WITHDRAWN,
                "radio",
                _("Ghi nhầm, bỏ hẳn nội dung này"),
                options=yes_no(),
                value="no",
                help=_("Nội dung cũ vẫn còn trong lịch sử và trong nhật ký."),
            )
        )
    return controls


def typed_record(kind: Kind, replaces: UUID | None) -> tuple[AftercareForm, list[Reason]]:
    """Return the record that the form states, as far as it can be read, and what cannot be read."""
    faults: list[Reason] = []
    form = AftercareForm(
        kind=kind.id,
        on=_day(ON, faults),
        until=_day(UNTIL, faults) if kind.until is not None else None,
        values={item.name: _text(item.name) for item in kind.items},
        replaces=replaces,
        why=_text(WHY),
        withdrawn=_text(WITHDRAWN) == "yes",
    )
    return form, faults


def values_of_record(record: AftercareRecord) -> dict[str, str]:
    """Return a record as the controls of its correction hold it, without the reason."""
    days = {ON: record.on_date.isoformat(), UNTIL: record.until_date.isoformat() if record.until_date else ""}
    return {**{name: str(value) for name, value in record.content.items()}, **days, WHY: "", WITHDRAWN: "no"}


def _control(item: Item, people: Mapping[UUID, str]) -> Control:
    control = Control(item.name, _TYPES.get(item.type, "text"), say(item.label), required=item.required)
    if item.type == "account":
        control.options = [(str(key), name) for key, name in people.items()]
    elif item.type == "choice":
        control.kind = "radio" if len(item.choices) <= _RADIO_MAX else "select"
        control.options = [(key, say(label)) for key, label in item.choices.items()]
    return control


def _day(name: str, faults: list[Reason]) -> date | None:
    raw = _text(name)
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        faults.append(refused("BAD_FIELD", name, "Không phải ngày hợp lệ", "This is not a valid day"))
        return None


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").strip()
