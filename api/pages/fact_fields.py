"""Asks for the facts an act states and reads them back, in the shapes that `workflow.fields` expects.

Judges nothing: what cannot be read is handed on as it was typed, and refused there with the other reasons.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.house import house
from api.languages import say
from api.pages.forms import Control, local_instant, yes_no
from api.pages.grounds import GROUNDS, ground_controls, with_grounds
from dossiers.bodies.queries import organizations
from workflow.certificates import VIETNAM
from workflow.model import FactDef, Procedure, Transition
from workflow.vocabulary import FactType

#: More choices than this are a list to open, not buttons.
_RADIO_MAX: Final = 6
_BODIES_MAX: Final = 500
_WHOLE: Final = re.compile(r"-?\d{1,9}")
_KINDS: Final = {
    FactType.INT: "number",
    FactType.STR: "text",
    FactType.TEXT: "textarea",
    FactType.DATE: "date",
    FactType.DATETIME: "datetime",
}


def fact_controls(session: Session, procedure: Procedure, transition: Transition, *, on: date) -> list[Control]:
    """Return one control for each fact the act states, the required ones first."""
    required = frozenset(transition.fields.required)
    controls = []
    for name in transition.fields.all:
        offered = ground_controls(procedure, transition, name, on)
        control = _control(session, procedure.facts[name], name in required, on)
        if offered:
            control.required, control.help = False, _("Để trống nếu căn cứ chọn ở trên đã nói đủ.")
        controls += [*offered, control]
    return controls


def typed_facts(
    procedure: Procedure, transition: Transition, typed: Mapping[str, str] | None = None
) -> dict[str, object]:
    """Return the facts that the form (or what else was `typed`) states; what was left empty is not stated."""
    facts: dict[str, object] = {}
    for name in transition.fields.all:
        raw = (request.form if typed is None else typed).get(name, "").strip()
        if typed is None and name in GROUNDS:
            raw = with_grounds(procedure, transition, name, raw, house().now().astimezone(VIETNAM).date())
        if raw:
            facts[name] = _value(procedure.facts[name], raw)
    return facts


def _control(session: Session, fact: FactDef, required: bool, on: date) -> Control:  # noqa: FBT001 - part of the shape
    control = Control(
        name=fact.id,
        kind=_KINDS.get(fact.type, "text"),
        label=say(fact.label),
        required=required,
        help=say(fact.help) if fact.help else None,
    )
    if fact.type is FactType.BOOL:
        control.kind, control.options = "radio", yes_no(unsaid=not required)
    elif fact.type is FactType.ENUM:
        _offer(control, [(choice.id, say(choice.label)) for choice in fact.choices])
    elif fact.type is FactType.ORGANIZATION:
        kinds = fact.org_types or (None,)
        bodies = [body for kind in kinds for body in organizations(session, type=kind, on=on, limit=_BODIES_MAX)]
        control.kind, control.options = "select", [(str(body.id), body.name) for body in bodies]
        if len(bodies) == 1:
            control.value = str(bodies[0].id)
    return control


def _offer(control: Control, choices: Sequence[tuple[str, str]]) -> None:
    few = len(choices) <= _RADIO_MAX
    control.kind = "radio" if few else "select"
    control.options = [*choices, ("", _("Không nêu"))] if few and not control.required else choices


def _value(fact: FactDef, raw: str) -> object:
    if fact.type is FactType.BOOL:
        return {"yes": True, "no": False}.get(raw, raw)
    if fact.type is FactType.INT and _WHOLE.fullmatch(raw):
        return int(raw)
    if fact.type is FactType.DATETIME:
        return _instant(raw)
    return raw


def _instant(raw: str) -> str:
    try:
        found = local_instant(raw)
    except ValueError:
        return raw
    assert found is not None
    return found.isoformat()
