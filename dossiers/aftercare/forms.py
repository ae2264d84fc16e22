"""What is stated in a record of aftercare, and everything that can be wrong with it, found at once.

Never quotes a stated value in a reason: reasons end up in logs and on screens of others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from dossiers.aftercare.kinds import Item, Kind
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

ON: Final = "on_date"
UNTIL: Final = "until_date"
WHY: Final = "correction_reason"
_LENGTHS: Final = {"line": 200, "text": 2_000}
_WHY_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class AftercareForm:
    """A record as stated; `replaces` and `why` when it corrects an earlier one, `withdrawn` when it takes it back."""

    kind: str
    on: date | None
    until: date | None = None
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    replaces: UUID | None = None
    why: str = ""
    withdrawn: bool = False


def form_faults(kind: Kind, form: AftercareForm, *, today: date, since: date, accounts: Iterable[str]) -> list[Reason]:
    """Return everything wrong with a record; `since` is the day the dossier began, `accounts` may be named."""
    faults = _day_faults(kind, form, today, since)
    for item in kind.items:
        faults += _item_faults(item, form.values.get(item.name, ""), frozenset(accounts))
    if kind.one_of and not any(form.values.get(name) for name in kind.one_of):
        faults.append(refused("MISSING_FIELD", kind.one_of[-1], "Phải nêu một người", "Name somebody"))
    if form.replaces is not None and not form.why:
        faults.append(refused("MISSING_FIELD", WHY, "Chưa nêu lý do đính chính", "Give the reason of the correction"))
    if len(form.why) > _WHY_LENGTH:
        faults.append(_too_long(WHY, _WHY_LENGTH))
    return faults


def content_of(kind: Kind, form: AftercareForm) -> dict[str, str]:
    """Return what of a record is kept, without items left empty or of another kind."""
    kept = {item.name: form.values[item.name] for item in kind.items if form.values.get(item.name)}
    return {**kept, WHY: form.why} if form.replaces is not None else kept


def refused(code: str, item: str, vi: str, en: str) -> Reason:
    """Return a reason about one item of the form."""
    return Reason(code, Text(vi, en), "", Effect.REFUSE, clause=item)


def _day_faults(kind: Kind, form: AftercareForm, today: date, since: date) -> list[Reason]:
    if form.on is None:
        return [refused("MISSING_FIELD", ON, "Chưa nêu ngày", "The day is missing")]
    faults = []
    if form.on > today and not kind.future:
        faults.append(refused("BAD_FIELD", ON, "Ngày ở tương lai", "The day lies in the future"))
    if form.on < since:
        faults.append(refused("BAD_FIELD", ON, "Ngày trước khi mở hồ sơ", "The day lies before the dossier began"))
    if form.until is not None and (kind.until is None or form.until < form.on):
        faults.append(refused("BAD_FIELD", UNTIL, "Ngày kết thúc trước ngày bắt đầu", "The end lies before the start"))
    return faults


def _item_faults(item: Item, value: str, accounts: frozenset[str]) -> list[Reason]:
    if not value:
        label = item.label
        missing = refused("MISSING_FIELD", item.name, f"Chưa khai: {label.vi}", f"Missing: {label.en}")
        return [missing] if item.required else []
    known = item.choices if item.type == "choice" else accounts if item.type == "account" else None
    if known is not None:
        unknown = refused("BAD_FIELD", item.name, "Lựa chọn không có trong danh sách", "Not one of the choices")
        return [] if value in known else [unknown]
    longest = _LENGTHS[item.type]
    return [_too_long(item.name, longest)] if len(value) > longest else []


def _too_long(item: str, longest: int) -> Reason:
    return refused("BAD_FIELD", item, f"Dài quá {longest} ký tự", f"Longer than {longest} characters")
