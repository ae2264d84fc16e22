"""Says times, limits and marks in words, in the language of the page.  Computes nothing that the law says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from api.languages import say
from dossiers.aftercare.kinds import kind_of_act
from workflow.calendar import Calendar
from workflow.certificates import VIETNAM
from workflow.model import Limit
from workflow.vocabulary import Effect, LimitKind, Person, Text, Unit

#: A limit that ends within this time is shown as urgent.
SOON: Final = timedelta(hours=24)
_HOURS_SHOWN_MAX: Final = 48
_HOUR: Final = timedelta(hours=1)
_INSTANT: Final = timedelta(microseconds=1)
#: Kinds of limits that somebody can be late for.
_DUTIES: Final = frozenset((LimitKind.MAXIMUM, LimitKind.WINDOW, LimitKind.RECURRING))

PERSONS: Final = {
    Person.AT_LIBERTY: Text("Không bị giữ", "At liberty"),
    Person.HELD_PENDING: Text("Đang bị quản lý trong thời gian lập hồ sơ", "Held while the dossier is made"),
    Person.IN_TRANSIT: Text("Đang được áp giải, bàn giao", "Being taken or handed over"),
    Person.IN_FACILITY: Text("Đang ở cơ sở", "In the facility"),
    Person.ON_LEAVE: Text("Đang tạm vắng có phép", "On permitted leave"),
    Person.ABSCONDED: Text("Đã bỏ trốn", "Absconded"),
    Person.DETAINED: Text("Đang bị tạm giữ, tạm giam", "Detained in a criminal case"),
    Person.NONE: Text("Không áp dụng", "Does not apply"),
}
_UNITS: Final = {
    Unit.HOURS: Text("giờ", "hours"),
    Unit.CALENDAR_DAYS: Text("ngày", "days"),
    Unit.WORKING_DAYS: Text("ngày làm việc", "working days"),
    Unit.MONTHS: Text("tháng", "months"),
    Unit.YEARS: Text("năm", "years"),
}
_UNCOUNTED: Final = {
    Unit.TERM: Text("theo thời hạn trong quyết định", "the term of the decision"),
    Unit.STATED: Text("đến ngày được nêu khi ghi nhận", "up to the day that is stated"),
    Unit.NONE: Text("không có số ngày trong luật", "no number in the law"),
}
LIMIT_STATES: Final = {
    "running": Text("đang tính", "running"),
    "met": Text("đã xong, đúng hạn", "done in time"),
    "late": Text("đã xong, trễ hạn", "done late"),
    "lapsed": Text("đã hết", "run out"),
    "superseded": Text("đã tính lại", "counted again"),
    "then": Text("đang tính khi cơ quan bạn thôi tham gia", "was running when your body left"),
}
LIMIT_KINDS: Final = {
    LimitKind.MAXIMUM: Text("phải làm trước khi hết hạn", "to be done before it ends"),
    LimitKind.MINIMUM: Text("chưa được làm trước khi hết hạn", "not to be done before it ends"),
    LimitKind.WINDOW: Text("chỉ làm trong khoảng thời gian này", "to be done within this time"),
    LimitKind.PERIOD: Text("khoảng thời gian kéo dài", "a state that lasts so long"),
    LimitKind.RECURRING: Text("việc phải làm định kỳ", "a duty that comes back"),
}
PAPER_STATES: Final = {
    "draft": Text("Bản nháp", "Draft"),
    "issued": Text("Đã ban hành, chờ bản đã ký", "Issued, signed copy awaited"),
    "signed": Text("Đã ký, có trong hồ sơ", "Signed and on file"),
    "void": Text("Đã hủy", "Void"),
    "superseded": Text("Đã được thay thế", "Replaced"),
}
#: What happens to papers, by the name of the act in the diary.
PAPER_ACTS: Final = {
    "paper_attached": Text("Đưa bản quét vào hồ sơ", "Scan put on file"),
    "paper_issued": Text("Ban hành văn bản", "Paper issued"),
    "paper_signed": Text("Đưa bản đã ký vào hồ sơ", "Signed copy put on file"),
    "paper_voided": Text("Hủy văn bản", "Paper made void"),
    "draft_edited": Text("Sửa bản nháp", "Draft edited"),
    "draft_discarded": Text("Bỏ bản nháp", "Draft discarded"),
}
#: What happens to hand-overs, by the name of the act in the diary.
HANDOVER_ACTS: Final = {
    "handover_made": Text("Lập bản kê giao nhận", "Manifest of a hand-over made"),
    "handover_changed": Text("Sửa bản kê giao nhận, thành bản mới", "New version of the manifest of a hand-over"),
    "handover_confirmed_sender": Text("Bên giao xác nhận bản kê", "The giving side confirmed the manifest"),
    "handover_confirmed_receiver": Text("Bên nhận xác nhận bản kê", "The receiving side confirmed the manifest"),
    "handover_differs": Text("Bên nhận ghi chênh lệch so với bản kê", "The receiving side noted differences"),
}
EFFECTS: Final = {
    Effect.REFUSE: Text("Không được", "Refused"),
    Effect.OVERRIDE: Text("Phải nêu lý do", "Needs a reason"),
    Effect.WARN: Text("Cảnh báo", "Warning"),
    Effect.ALARM: Text("Báo động", "Alarm"),
}
SEXES: Final = {"male": Text("Nam", "Male"), "female": Text("Nữ", "Female")}
RELATIONS: Final = {
    "father": Text("Cha", "Father"),
    "mother": Text("Mẹ", "Mother"),
    "spouse": Text("Vợ hoặc chồng", "Spouse"),
    "child": Text("Con", "Child"),
    "sibling": Text("Anh, chị, em", "Sibling"),
    "guardian": Text("Người giám hộ", "Guardian"),
    "representative": Text("Người đại diện hợp pháp", "Legal representative"),
    "other": Text("Khác", "Other"),
}
SOURCES: Final = {
    "document": Text("cho khi ban hành", "given at issue"),
    "body": Text("từ danh mục cơ quan", "from the list of bodies"),
    "subject": Text("từ dữ liệu người được lập hồ sơ", "from the record of the person"),
    "relatives": Text("từ dữ liệu thân nhân", "from the record of the relatives"),
    "dossier": Text("từ hồ sơ", "from the dossier"),
    "officer": Text("do cán bộ khai", "stated by the officer"),
}
CLOCK_ROLE: Final = Text("Hệ thống (thời hạn đã hết)", "The system (a limit ran out)")
CALENDAR_ROLE: Final = Text("Hệ thống (lịch nghỉ thay đổi)", "The system (the days off changed)")
_CORRECTED: Final = Text("Đính chính", "Corrected")
_DOUBTFUL: Final = Text("chưa kiểm chứng", "not verified")
_SECONDARY: Final = Text("nguồn thứ cấp", "secondary source")
_DERIVED: Final = Text("suy luận, luật không nêu", "derived, not stated in the law")


@dataclass(frozen=True, slots=True)
class Due:
    """How a limit stands: what is left in words, when it ends, and how urgent that is."""

    left: str
    ends: str
    #: `late`, `soon`, `calm` or `none`.
    level: str


def aftercare_title(act: str) -> str:
    """Return what an act of the diary recorded about somebody under post-rehab management, empty for another act."""
    kind, corrects = kind_of_act(act)
    if kind is None:
        return ""
    return f"{say(_CORRECTED)}: {say(kind.act)}" if corrects else say(kind.act)


def moment(value: datetime) -> str:
    """Return an instant as people in Việt Nam read it: 08:05 ngày 15/07/2026."""
    local = value.astimezone(VIETNAM)
    return say(Text(f"{local:%H:%M} ngày {local:%d/%m/%Y}", f"{local:%d/%m/%Y, %H:%M}"))


def day(value: date | str) -> str:
    """Return a day as 15/07/2026."""
    found = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{found:%d/%m/%Y}"


def ending(value: datetime) -> str:
    """Return the end of a limit: midnight is the end of the day before."""
    local = value.astimezone(VIETNAM)
    if (local.hour, local.minute, local.second) == (0, 0, 0):
        before = local - timedelta(days=1)
        return say(Text(f"hết ngày {before:%d/%m/%Y}", f"end of {before:%d/%m/%Y}"))
    return moment(value)


def due_of(due_at: datetime | None, limit: Limit | None, now: datetime, calendar: Calendar | None = None) -> Due:
    """Return what is left of a limit, or by how much it was missed; with a calendar, working days as the law counts."""
    if due_at is None:
        return Due(say(Text("không có ngày hết hạn", "no end date")), "", "none")
    ends = ending(due_at)
    if due_at > now:
        soon = due_at - now <= SOON
        span = _span(due_at - now) if soon else _span_of(due_at, limit, now, calendar)
        return Due(say(Text(f"còn {span.vi}", f"{span.en} left")), ends, "soon" if soon else "calm")
    span = _span(now - due_at)
    if limit is None or limit.kind in _DUTIES:
        return Due(say(Text(f"quá hạn {span.vi}", f"{span.en} overdue")), ends, "late")
    return Due(say(Text(f"đã hết từ {span.vi} trước", f"ended {span.en} ago")), ends, "none")


def length_of(limit: Limit) -> str:
    """Return how long a limit is, as the law states it."""
    if limit.unit in _UNCOUNTED:
        return say(_UNCOUNTED[limit.unit])
    return f"{limit.amount} {say(_UNITS[limit.unit])}"


def badge_of(mark: str | None) -> str | None:
    """Return what a confidence mark tells the officer; None for what was read in the law."""
    if mark is None or mark in ("A", "A¹"):
        return None
    if "†" in mark or "!" in mark or mark.startswith("C"):
        return say(_DOUBTFUL)
    return say(_SECONDARY if mark.startswith("B") else _DERIVED)


def unverified() -> str:
    """Return the badge of a form whose number rests on an unofficial copy."""
    return say(_DOUBTFUL)


def _span_of(due_at: datetime, limit: Limit | None, now: datetime, calendar: Calendar | None) -> Text:
    """Return what is left of a limit that does not end within the day."""
    if calendar is None or limit is None or limit.unit is not Unit.WORKING_DAYS:
        return _span(due_at - now)
    last = (due_at - _INSTANT).astimezone(VIETNAM).date()
    days = calendar.working_days_between(now.astimezone(VIETNAM).date(), last)
    return _counted(days, "ngày làm việc", "working day")


def _span(length: timedelta) -> Text:
    if length < _HOUR:
        return _counted(max(1, int(length / timedelta(minutes=1))), "phút", "minute")
    if length < timedelta(hours=_HOURS_SHOWN_MAX):
        return _counted(int(length / _HOUR), "giờ", "hour")
    return _counted(length.days, "ngày", "day")


def _counted(number: int, vi: str, en: str) -> Text:
    return Text(f"{number} {vi}", f"{number} {en}" + ("" if number == 1 else "s"))
