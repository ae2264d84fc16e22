"""Asks for the values a form prints and reads them back; what the file knows already is shown with its source.

Judges nothing: the form itself says what is missing or of the wrong type.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from flask_babel import gettext as _

from api.house import house
from api.languages import say
from api.pages.forms import LOCAL_MINUTE, Control, local_instant, yes_no
from api.pages.words import SOURCES, day, moment
from dossiers.papers.catalogue import Catalogue, FormEdition, Source, Variable, VariableType
from dossiers.papers.context import Filled, asked_of_officer
from workflow.certificates import VIETNAM

#: Empty rows that a table offers besides those that are filled.
_ROWS_MORE: Final = 2
_WHOLE: Final = re.compile(r"\d{1,9}")
_KINDS: Final = {
    VariableType.STR: "text",
    VariableType.TEXT: "textarea",
    VariableType.DATE: "date",
    VariableType.DATETIME: "datetime",
    VariableType.INT: "number",
    VariableType.DECIMAL: "text",
}


def form_controls(catalogue: Catalogue, form: FormEdition, filled: Filled) -> list[Control]:
    """Return one control for each value the officer may state, filled with what is known."""
    asked = asked_of_officer(catalogue, form, filled)
    controls = [_control(variable, required, value) for variable, required, value in asked]
    for control in controls:
        source = filled.sources.get(control.name)
        control.source = say(SOURCES[source]) if source and source != Source.OFFICER else None
    return controls


def typed_values(catalogue: Catalogue, controls: Sequence[Control], known: Mapping[str, object]) -> dict[str, object]:
    """Return what the officer stated: what was typed and is not what the file says anyway."""
    stated: dict[str, object] = {}
    for control in controls:
        variable = catalogue.variable(control.name)
        if control.value in ("", [], None) or control.value == _shown(variable, known.get(control.name)):
            continue
        stated[control.name] = _value(variable, control.value)
    return stated


def with_empty_rows(controls: Sequence[Control]) -> None:
    """Add the empty rows of every table, as the last thing before it is shown."""
    for control in controls:
        if control.kind == "rows":
            control.value = [*control.value, *({} for _row in range(_ROWS_MORE))]


def shown_value(variable: Variable, value: Any) -> str:  # noqa: ANN401 - any value of a form
    """Return a value as a reader sees it in a table."""
    labels = {each.value: say(each.label) for each in variable.values}
    match value:
        case bool():
            return str(_("Có") if value else _("Không"))
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case list() | tuple():
            return "\n".join(_shown_item(item, labels) for item in value)
    if variable.type is VariableType.DATE:
        return day(str(value))
    if variable.type is VariableType.DATETIME:
        return moment(datetime.fromisoformat(str(value)))
    return labels.get(str(value), str(value))


def _shown_item(item: object, labels: Mapping[str, str]) -> str:
    if isinstance(item, Mapping):
        return " · ".join(str(part) for part in item.values() if part not in (None, ""))
    return labels.get(str(item), str(item))


def _control(variable: Variable, required: bool, value: object) -> Control:  # noqa: FBT001 - part of the shape
    control = Control(
        name=variable.name,
        kind=_KINDS.get(variable.type, "text"),
        label=say(variable.label),
        required=required,
        value=_shown(variable, value),
    )
    choices = [(each.value, say(each.label)) for each in variable.values]
    if variable.type is VariableType.BOOL:
        control.kind, control.options = "radio", yes_no(unsaid=not required)
    elif variable.type is VariableType.ENUM:
        control.kind, control.options = "select", choices
    elif variable.type is VariableType.LIST and variable.fields:
        control.kind = "rows"
        control.columns = [(each.name, say(each.label), _KINDS[each.type]) for each in variable.fields]
    elif variable.type is VariableType.LIST and variable.item is VariableType.ENUM:
        control.kind, control.options = "checks", choices
    elif variable.type is VariableType.LIST:
        control.kind, control.help = "lines", _("Mỗi dòng một mục.")
    return control


def _shown(variable: Variable, value: Any) -> Any:  # noqa: ANN401 - any value of a form
    """Return a value as its control holds it."""
    if variable.type is VariableType.LIST:
        return _shown_list(variable, value or [])
    if value is None:
        return ""
    if variable.type is VariableType.BOOL:
        return "yes" if value else "no"
    if isinstance(value, datetime) or (variable.type is VariableType.DATETIME and isinstance(value, str)):
        instant = datetime.fromisoformat(value) if isinstance(value, str) else value
        return (instant.astimezone(VIETNAM) if instant.tzinfo else instant).strftime(LOCAL_MINUTE)
    return value.isoformat() if isinstance(value, date) else str(value)


def _shown_list(variable: Variable, items: Any) -> Any:  # noqa: ANN401 - any list of a form
    if variable.fields:
        return [{name: str(text) for name, text in item.items() if text not in (None, "")} for item in items]
    if variable.item is VariableType.ENUM:
        return [str(item) for item in items]
    return "\n".join(str(item) for item in items)


def _value(variable: Variable, raw: Any) -> object:  # noqa: ANN401 - what its control held
    if variable.type is VariableType.LIST:
        return _list_value(variable, raw)
    if variable.type is VariableType.BOOL:
        return {"yes": True, "no": False}.get(raw, raw)
    if variable.type is VariableType.INT and _WHOLE.fullmatch(raw.strip()):
        return int(raw)
    if variable.type is VariableType.DECIMAL:
        return raw.strip().replace(",", ".")
    if variable.type is VariableType.DATETIME:
        return _instant(raw)
    return raw


def _list_value(variable: Variable, raw: Any) -> object:  # noqa: ANN401 - what its control held
    if isinstance(raw, str):
        return [line.strip() for line in raw.splitlines() if line.strip()]
    if not variable.fields:
        return list(raw)
    whole = {each.name for each in variable.fields if each.type is VariableType.INT}
    return [
        {name: int(text) if name in whole and _WHOLE.fullmatch(text) else text for name, text in record.items() if text}
        for record in raw
    ]


def _instant(raw: str) -> str:
    try:
        found = local_instant(raw)
    except ValueError:
        return raw
    return found.isoformat() if found else raw


def in_groups(controls: Sequence[Control]) -> dict[str, list[Control]]:
    """Return what the officer must look at, what the file knows already, and what may stay empty."""
    known = [control for control in controls if control.source and not control.errors]
    asked = [control for control in controls if control not in known]
    main = [control for control in asked if control.required or control.errors or control.value]
    return {"main": main, "known": known, "rest": [control for control in asked if control not in main]}


def value_lines(form: FormEdition, filled: Filled) -> list[dict[str, Any]]:
    """Return what a draft prints, item by item, with where each value comes from."""
    catalogue = house().catalogue
    return [
        {
            "label": say(catalogue.variable(name).label),
            "value": shown_value(catalogue.variable(name), filled.values[name]),
            "source": say(SOURCES[filled.sources[name]]),
        }
        for name in (*form.required, *form.optional)
        if name in filled.values
    ]
