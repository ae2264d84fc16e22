"""Asks for a person and for relatives, and reads both back; what is wrong is said by `dossiers.people`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.house import house
from api.languages import say
from api.pages.forms import Control, typed_rows, yes_no
from api.pages.words import RELATIONS, SEXES
from api.writing import Unit
from dossiers.bodies.access import Actor
from dossiers.bodies.queries import communes, organization
from dossiers.errors import InvalidDataError, NotAllowedError
from dossiers.people.forms import DETAILS, ID_NUMBERS, PersonForm, RelativeForm, person_faults, reason, tidied
from dossiers.people.models import Person
from dossiers.people.operations import add_person
from workflow.certificates import VIETNAM
from workflow.refusals import Reason

DETAIL: Final = "details."
RELATIVES: Final = "relatives"
_LONG: Final = frozenset(("subj_criminal_record", "subj_admin_record", "subj_marks"))
#: Stands in for a day that cannot be read while the other items are looked at; it is never kept.
_ANY_DAY: Final = date(2000, 1, 1)
_BAD_DAY: Final = ("Không phải ngày hợp lệ", "This is not a valid day")
_BAD_YEAR: Final = ("Năm sinh phải là số", "The year of birth must be a number")


@dataclass
class Typed:
    """What was typed, as far as it can be read, and what cannot be read."""

    form: PersonForm | RelativeForm
    faults: list[Reason] = field(default_factory=list)


def person_controls(session: Session, actor: Actor, *, relatives: bool) -> list[Control]:
    """Return the items of a person, with those only forms print; `relatives` adds a table of relatives."""
    controls = [
        Control("full_name", "text", _("Họ và tên"), required=True),
        Control("other_name", "text", _("Tên gọi khác")),
        Control("sex", "radio", _("Giới tính"), required=True, options=[(key, say(SEXES[key])) for key in SEXES]),
        Control("born_on", "date", _("Ngày, tháng, năm sinh"), required=True),
        Control("residence", "text", _("Nơi cư trú")),
        Control("commune_code", "select", _("Xã, phường nơi cư trú"), options=_communes(session, actor)),
        *_paper_controls(),
    ]
    details = [
        Control(DETAIL + name, "textarea" if name in _LONG else "text", say(label)) for name, label in DETAILS.items()
    ]
    return [*controls, *details, *([_relatives()] if relatives else [])]


def relative_controls() -> list[Control]:
    """Return the items of one relative."""
    options = [(key, say(label)) for key, label in RELATIONS.items()]
    return [
        Control("relation", "select", _("Quan hệ"), required=True, options=options),
        Control("full_name", "text", _("Họ và tên"), required=True),
        Control(
            "represents",
            "radio",
            _("Là người đại diện hợp pháp"),
            options=yes_no(),
            value="no",
            help=_("Cha, mẹ, người giám hộ hoặc người đại diện của người dưới 18 tuổi."),
        ),
        Control(
            "sex", "radio", _("Giới tính"), options=[*((key, say(SEXES[key])) for key in SEXES), ("", _("Không nêu"))]
        ),
        Control("born_on", "date", _("Ngày, tháng, năm sinh")),
        Control("birth_year", "number", _("Năm sinh (khi không biết ngày)")),
        Control("residence", "text", _("Nơi cư trú")),
        Control("occupation", "text", _("Nghề nghiệp")),
        Control("phone", "text", _("Điện thoại")),
        *_paper_controls(),
    ]


def typed_person() -> Typed:
    """Return the person that the form states, without relatives."""
    faults: list[Reason] = []
    born_on = _day("born_on", faults)
    if born_on is None and not faults:
        vi, en = "Chưa khai ngày, tháng, năm sinh", "The date of birth is missing"
        faults.append(reason("MISSING_FIELD", "born_on", vi, en))
    form = PersonForm(
        full_name=_text("full_name"),
        sex=_text("sex"),
        born_on=born_on or _ANY_DAY,
        other_name=_text("other_name"),
        id_type=_text("id_type") or None,
        id_number=_text("id_number") or None,
        id_issued_on=_day("id_issued_on", faults),
        id_issued_by=_text("id_issued_by"),
        residence=_text("residence"),
        commune_code=_text("commune_code") or None,
        details={name: _text(DETAIL + name) for name in DETAILS},
        relatives=tuple(_row(row, faults) for row in typed_rows(_relatives())),
    )
    return Typed(form, faults)


def typed_relative() -> Typed:
    """Return the relative that the form states."""
    faults: list[Reason] = []
    form = RelativeForm(
        relation=_text("relation"),
        full_name=_text("full_name"),
        represents=_text("represents") == "yes",
        sex=_text("sex") or None,
        birth_year=_year(_text("birth_year"), "birth_year", faults),
        born_on=_day("born_on", faults),
        id_type=_text("id_type") or None,
        id_number=_text("id_number") or None,
        id_issued_on=_day("id_issued_on", faults),
        id_issued_by=_text("id_issued_by"),
        occupation=_text("occupation"),
        residence=_text("residence"),
        phone=_text("phone"),
    )
    return Typed(form, faults)


def values_of(person: Person, number: str | None) -> dict[str, str]:
    """Return a record as the controls hold it."""
    names = ("full_name", "other_name", "sex", "id_issued_by", "residence", "commune_code", "id_type")
    return {
        **{name: getattr(person, name) or "" for name in names},
        "born_on": person.born_on.isoformat(),
        "id_issued_on": person.id_issued_on.isoformat() if person.id_issued_on else "",
        "id_number": number or "",
        **{DETAIL + name: str(value) for name, value in person.details.items()},
    }


def changes_of(form: PersonForm) -> dict[str, Any]:
    """Return what a correction may change, as `correct_person` takes it."""
    names = ("full_name", "other_name", "sex", "born_on", "id_type", "id_number", "id_issued_on", "id_issued_by")
    return {
        **{name: getattr(form, name) for name in (*names, "residence", "commune_code")},
        "details": dict(form.details),
    }


def with_details(controls: Sequence[Control]) -> tuple[list[Control], list[Control]]:
    """Return the items of the record, and those that only forms print."""
    details = [control for control in controls if control.name.startswith(DETAIL)]
    return [control for control in controls if control not in details], details


def _paper_controls() -> list[Control]:
    kinds = {"CC": _("Căn cước"), "CCCD": _("Căn cước công dân"), "CMND": _("Chứng minh nhân dân"), "HC": _("Hộ chiếu")}
    return [
        Control("id_type", "select", _("Loại giấy tờ"), options=[(key, kinds.get(key, key)) for key in ID_NUMBERS]),
        Control("id_number", "text", _("Số giấy tờ"), help=_("Được mã hóa khi lưu.")),
        Control("id_issued_on", "date", _("Ngày cấp")),
        Control("id_issued_by", "text", _("Nơi cấp")),
    ]


def _relatives() -> Control:
    columns = [
        ("relation", _("Quan hệ"), "choice"),
        ("full_name", _("Họ và tên"), "text"),
        ("birth_year", _("Năm sinh"), "number"),
        ("occupation", _("Nghề nghiệp"), "text"),
        ("residence", _("Nơi cư trú"), "text"),
        ("phone", _("Điện thoại"), "text"),
    ]
    options = [(key, say(label)) for key, label in RELATIONS.items()]
    return Control(RELATIVES, "rows", _("Thân nhân"), columns=columns, options=options, value=[])


def _row(row: Mapping[str, str], faults: list[Reason]) -> RelativeForm:
    return RelativeForm(
        relation=row.get("relation", ""),
        full_name=row.get("full_name", ""),
        birth_year=_year(row.get("birth_year", ""), RELATIVES, faults),
        occupation=row.get("occupation", ""),
        residence=row.get("residence", ""),
        phone=row.get("phone", ""),
    )


def _communes(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return the communes of the provinces the caller's bodies stand in."""
    on = house().now().astimezone(VIETNAM).date()
    provinces = {organization(session, office.organization_id).province_code for office in actor.offices}
    units = [unit for code in sorted(filter(None, provinces)) for unit in communes(session, code, on=on)]
    return [(unit.code, unit.name) for unit in units]


def own_commune(session: Session, actor: Actor) -> str:
    """Return the commune that the caller's body is the body of, empty where it has none."""
    codes = (organization(session, office.organization_id).commune_code for office in actor.offices)
    return next((code for code in codes if code), "")


def _text(name: str) -> str:
    return request.form.get(name, "").strip()


def _day(name: str, faults: list[Reason]) -> date | None:
    raw = _text(name)
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        faults.append(reason("BAD_FIELD", name, *_BAD_DAY))
        return None


def _year(raw: str, item: str, faults: list[Reason]) -> int | None:
    if not raw:
        return None
    if not raw.isdecimal() or len(raw) != len("2026"):
        faults.append(reason("BAD_FIELD", item, *_BAD_YEAR))
        return None
    return int(raw)


def add_typed_person(unit: Unit) -> Person:
    """Add the person whom the form states; raises InvalidDataError with every fault."""
    typed = typed_person()
    assert isinstance(typed.form, PersonForm)
    if typed.faults:
        today = unit.at.astimezone(VIETNAM).date()
        raise InvalidDataError([*typed.faults, *person_faults(tidied(typed.form), today=today)])
    return add_person(unit.session, typed.form, house().sealer, body_id=own_body(unit.actor), at=unit.at)


def own_body(actor: Actor) -> UUID:
    """Return the body in whose name somebody records a person; raises NotAllowedError without an office."""
    if not actor.offices:
        raise NotAllowedError
    return actor.offices[0].organization_id
