"""What is stated about a person, and everything that can be wrong with it, found at once.

Never quotes a stated value in a reason: reasons end up in logs and on screens of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from dossiers.people.folding import tidy
from dossiers.people.sealing import normalise_number
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

SEXES: Final = ("male", "female")
#: Identity papers by the abbreviation that the forms print, with the shape of their number.
ID_NUMBERS: Final[Mapping[str, re.Pattern[str]]] = MappingProxyType(
    {
        "CC": re.compile("[0-9]{12}"),
        "CCCD": re.compile("[0-9]{12}"),
        "CMND": re.compile("[0-9]{9}|[0-9]{12}"),
        "HC": re.compile("[A-Z0-9]{5,20}"),
    }
)
RELATIONS: Final = ("father", "mother", "spouse", "child", "sibling", "guardian", "representative", "other")
#: Items that only forms print, under their names in the dictionary of the forms, with what users call them.
DETAILS: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "subj_birth_place": Text("Nơi sinh", "Place of birth"),
        "subj_hometown": Text("Quê quán", "Home town"),
        "subj_permanent_addr": Text("Nơi thường trú", "Permanent residence"),
        "subj_temporary_addr": Text("Nơi tạm trú", "Temporary residence"),
        "subj_nationality": Text("Quốc tịch", "Nationality"),
        "subj_ethnicity": Text("Dân tộc", "Ethnicity"),
        "subj_religion": Text("Tôn giáo", "Religion"),
        "subj_education": Text("Trình độ đào tạo/học vấn", "Education"),
        "subj_occupation": Text("Nghề nghiệp", "Occupation"),
        "subj_workplace": Text("Nơi làm việc/học tập", "Place of work or study"),
        "subj_phone": Text("Điện thoại", "Telephone"),
        "subj_height_m": Text("Chiều cao (m)", "Height (m)"),
        "subj_weight_kg": Text("Cân nặng (kg)", "Weight (kg)"),
        "subj_marks": Text("Đặc điểm nhận dạng", "Distinguishing marks"),
        "subj_criminal_record": Text("Tiền án", "Criminal record"),
        "subj_admin_record": Text("Tiền sự", "Administrative record"),
    }
)
_NUMBERS: Final = ("subj_height_m", "subj_weight_kg")
_LENGTHS: Final[Mapping[str, tuple[int, Text]]] = MappingProxyType(
    {
        "full_name": (200, Text("Họ và tên", "The full name")),
        "other_name": (200, Text("Tên gọi khác", "The other name")),
        "id_issued_by": (200, Text("Nơi cấp giấy tờ", "The place of issue")),
        "residence": (300, Text("Nơi cư trú", "The residence")),
        "occupation": (200, Text("Nghề nghiệp", "The occupation")),
        "phone": (40, Text("Điện thoại", "The telephone number")),
        "commune_code": (10, Text("Mã đơn vị hành chính cấp xã", "The commune code")),
    }
)
_DETAIL_LENGTH_MAX: Final = 2_000
#: Nobody alive was born earlier; an earlier date is a slip of the hand.
BORN_MIN: Final = date(1900, 1, 1)


@dataclass(frozen=True, slots=True)
class RelativeForm:
    """A relative as stated; identity paper, sex and birth date only for the one who represents the person."""

    relation: str
    full_name: str
    represents: bool = False
    sex: str | None = None
    birth_year: int | None = None
    born_on: date | None = None
    id_type: str | None = None
    id_number: str | None = field(default=None, repr=False)
    id_issued_on: date | None = None
    id_issued_by: str = ""
    occupation: str = ""
    residence: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class PersonForm:
    """A person as stated; `details` uses the names in DETAILS."""

    full_name: str
    sex: str
    born_on: date
    other_name: str = ""
    aliases: tuple[str, ...] = ()
    id_type: str | None = None
    id_number: str | None = field(default=None, repr=False)
    id_issued_on: date | None = None
    id_issued_by: str = ""
    residence: str = ""
    commune_code: str | None = None
    details: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    relatives: tuple[RelativeForm, ...] = ()


#: What `correct_person` may change; relatives have operations of their own.
CORRECTABLE: Final = frozenset(item.name for item in fields(PersonForm)) - {"aliases", "relatives"}


def tidied(form: PersonForm) -> PersonForm:
    """Return the form as it will be kept: texts tidied, numbers normalised, empty details left out."""
    return replace(
        form,
        **_tidied_texts(form),
        aliases=tuple(dict.fromkeys(name for alias in form.aliases if (name := tidy(alias)))),
        details={name: text for name, value in form.details.items() if (text := tidy(value))},
        relatives=tuple(tidied_relative(relative) for relative in form.relatives),
    )


def tidied_relative(form: RelativeForm) -> RelativeForm:
    """Return a relative's form as it will be kept; the year of birth follows from the date when that is known."""
    year = form.born_on.year if form.born_on is not None else form.birth_year
    return replace(form, **_tidied_texts(form), birth_year=year)


def person_faults(form: PersonForm, *, today: date) -> list[Reason]:
    """Return everything that is wrong with a tidied form; nothing when it can be kept."""
    reasons = _text_faults(form)
    if form.sex not in SEXES:
        reasons.append(reason("UNKNOWN_SEX", "sex", "Giới tính phải là nam hoặc nữ", "The sex must be male or female"))
    reasons += _birth_faults(form.born_on, today)
    reasons += _paper_faults(form, born_on=form.born_on, today=today)
    for alias in form.aliases:
        if len(alias) > _LENGTHS["other_name"][0]:
            reasons.append(_too_long("aliases", _LENGTHS["other_name"][1]))
    reasons += _detail_faults(form.details)
    for number, relative in enumerate(form.relatives):
        reasons += relative_faults(relative, today=today, item=f"relatives.{number}.")
    return reasons


def relative_faults(form: RelativeForm, *, today: date, item: str = "") -> list[Reason]:
    """Return everything that is wrong with a tidied relative's form; `item` goes before the names of its fields."""
    reasons = _text_faults(form, item)
    if form.relation not in RELATIONS:
        reasons.append(
            reason("UNKNOWN_RELATION", f"{item}relation", "Không có quan hệ này", "There is no such relationship")
        )
    if form.sex is not None and form.sex not in SEXES:
        vi, en = "Giới tính phải là nam hoặc nữ", "The sex must be male or female"
        reasons.append(reason("UNKNOWN_SEX", f"{item}sex", vi, en))
    if form.born_on is not None:
        reasons += _birth_faults(form.born_on, today, item)
    elif form.birth_year is not None and not BORN_MIN.year <= form.birth_year <= today.year:
        vi, en = "Năm sinh không hợp lý", "The year of birth cannot be right"
        reasons.append(reason("BAD_BIRTH_YEAR", f"{item}birth_year", vi, en))
    return reasons + _paper_faults(form, born_on=form.born_on, today=today, item=item)


def unknown_items(names: Iterable[str]) -> list[Reason]:
    """Return a reason for each name that a correction does not know: a misspelt one must not be lost in silence."""
    vi, en = "Không có mục này để sửa", "There is no such item to correct"
    return [reason("UNKNOWN_ITEM", tidy(name)[:60], vi, en) for name in names]


def reason(code: str, item: str, vi: str, en: str) -> Reason:
    """Return one reason about one item of a form."""
    return Reason(code, Text(vi, en), "", Effect.REFUSE, clause=item)


def _tidied_texts(form: PersonForm | RelativeForm) -> dict[str, Any]:
    changed: dict[str, Any] = {
        item.name: tidy(value)
        for item in fields(form)
        if item.name != "id_number" and isinstance(value := getattr(form, item.name), str)
    }
    changed["id_number"] = normalise_number(form.id_number) if form.id_number else None
    return {**changed, "id_type": form.id_type or None}


def _text_faults(form: PersonForm | RelativeForm, item: str = "") -> list[Reason]:
    reasons = []
    if not form.full_name:
        vi, en = "Họ và tên không được để trống", "The full name is empty"
        reasons.append(reason("EMPTY_NAME", f"{item}full_name", vi, en))
    for name, (length_max, label) in _LENGTHS.items():
        if len(getattr(form, name, None) or "") > length_max:
            reasons.append(_too_long(item + name, label))
    return reasons


def _too_long(item: str, label: Text) -> Reason:
    return reason("TOO_LONG", item, f"{label.vi} quá dài", f"{label.en} is too long")


def _birth_faults(born_on: date, today: date, item: str = "") -> list[Reason]:
    if born_on > today:
        vi, en = "Ngày sinh không được ở tương lai", "The date of birth lies in the future"
        return [reason("BIRTH_IN_FUTURE", f"{item}born_on", vi, en)]
    if born_on < BORN_MIN:
        vi, en = "Ngày sinh trước năm 1900", "The date of birth lies before 1900"
        return [reason("BIRTH_TOO_EARLY", f"{item}born_on", vi, en)]
    return []


def _paper_faults(
    form: PersonForm | RelativeForm, *, born_on: date | None, today: date, item: str = ""
) -> list[Reason]:
    reasons = []
    if form.id_type is not None and form.id_type not in ID_NUMBERS:
        vi, en = "Không có loại giấy tờ này", "There is no such kind of identity paper"
        reasons.append(reason("UNKNOWN_ID_TYPE", f"{item}id_type", vi, en))
    elif (form.id_type is None) != (form.id_number is None):
        vi, en = "Phải ghi cả loại và số giấy tờ", "State both the kind and the number of the identity paper"
        reasons.append(reason("ID_INCOMPLETE", f"{item}id_number", vi, en))
    elif form.id_type is not None and not ID_NUMBERS[form.id_type].fullmatch(form.id_number or ""):
        vi = "Số giấy tờ không đúng: căn cước 12 chữ số, CMND 9 hoặc 12 chữ số, hộ chiếu 5–20 chữ và số"
        en = "The number does not fit the paper: identity card 12 digits, CMND 9 or 12, passport 5 to 20 characters"
        reasons.append(reason("BAD_ID_NUMBER", f"{item}id_number", vi, en))
    issued = form.id_issued_on
    if issued is not None and (issued > today or (born_on is not None and issued < born_on)):
        vi, en = "Ngày cấp giấy tờ không hợp lý", "The paper cannot have been issued on that day"
        reasons.append(reason("BAD_ISSUE_DATE", f"{item}id_issued_on", vi, en))
    return reasons


def _detail_faults(details: Mapping[str, str]) -> list[Reason]:
    reasons = unknown_items(f"details.{name}" for name in details if name not in DETAILS)
    for name, label in DETAILS.items():
        text = details.get(name, "")
        if len(text) > _DETAIL_LENGTH_MAX:
            reasons.append(_too_long(f"details.{name}", label))
        elif text and name in _NUMBERS and not _is_number(text):
            vi, en = f"{label.vi} phải là số dương", f"{label.en} must be a positive number"
            reasons.append(reason("BAD_NUMBER", f"details.{name}", vi, en))
    return reasons


def _is_number(text: str) -> bool:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return False
    return number.is_finite() and number > 0
