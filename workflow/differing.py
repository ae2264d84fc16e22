"""Says how two records of the law differ, value by value, in words.

Every value is compared, also one that nobody has thought of words for: it is then named as programs name it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Final

from workflow.model import AskedFields, Limit, LimitVariant
from workflow.phrases import KINDS, Names, condition, entry, joined, length_of, plain, span, words_for
from workflow.vocabulary import Text


@dataclass(frozen=True, slots=True)
class Aspect:
    """One value that differs: the name of the value in the record, and the difference in words."""

    field: str
    words: Text


#: What the values of records are called.
_CALLED: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "title": Text("tên gọi", "title"),
        "label": Text("tên gọi", "label"),
        "text": Text("câu giải thích", "sentence"),
        "cure": Text("cách khắc phục", "cure"),
        "help": Text("hướng dẫn", "help"),
        "note": Text("ghi chú", "note"),
        "basis": Text("căn cứ", "basis"),
        "confidence": Text("độ tin cậy", "confidence"),
        "code": Text("mã", "code"),
        "phase": Text("giai đoạn", "phase"),
        "holder": Text("cơ quan giữ hồ sơ", "body that has the dossier"),
        "person": Text("tình trạng của người", "where the person is"),
        "machine": Text("nhóm trạng thái", "group of states"),
        "initial": Text("trạng thái bắt đầu", "first state"),
        "terminal": Text("trạng thái kết thúc", "final state"),
        "no_limit": Text("lý do không có thời hạn", "why there is no limit"),
        "source": Text("từ trạng thái", "from"),
        "dest": Text("sang trạng thái", "to"),
        "actor": Text("người thực hiện", "who does it"),
        "recorded_by": Text("người được ghi nhận thay", "who may record it"),
        "when": Text("trường hợp", "case"),
        "guards": Text("quy tắc phải đáp ứng", "rules to meet"),
        "requires": Text("văn bản phải có", "papers required"),
        "fresh": Text("văn bản chỉ dùng một lần", "papers used up"),
        "generates": Text("văn bản được lập", "papers offered"),
        "required": Text("thông tin bắt buộc", "facts that must be stated"),
        "optional": Text("thông tin có thể nêu", "facts that may be stated"),
        "starts": Text("thời hạn bắt đầu", "limits started"),
        "restarts": Text("thời hạn tính lại", "limits counted anew"),
        "stops": Text("thời hạn kết thúc", "limits ended"),
        "stops_all": Text("kết thúc mọi thời hạn", "ends every limit"),
        "sets": Text("thông tin được ghi", "facts set"),
        "clears": Text("thông tin bị xóa", "facts cleared"),
        "opens_period": Text("khoảng thời gian bắt đầu", "period opened"),
        "closes_period": Text("khoảng thời gian kết thúc", "periods closed"),
        "custody": Text("việc quản lý người", "custody"),
        "binds": Text("cơ quan được xác định", "bodies bound"),
        "shares_with": Text("cơ quan được xem hồ sơ", "bodies that may read"),
        "leaves": Text("cơ quan thôi tham gia", "bodies that leave"),
        "starts_proceeding": Text("thủ tục kèm theo được mở", "side procedure opened"),
        "also": Text("bước kèm theo", "moves that go along"),
        "opens_dossier": Text("hồ sơ mới bắt đầu ở", "a new dossier starts in"),
        "release": Text("đưa người ra khỏi nơi bị giữ", "way out of custody"),
        "ends_title": Text("chấm dứt căn cứ giữ người", "ends the title to hold"),
        "along_only": Text("chỉ xảy ra kèm bước khác", "only along with another step"),
        "policies": Text("vấn đề còn bỏ ngỏ", "open questions"),
        "amount": Text("độ dài", "length"),
        "unit": Text("đơn vị", "unit"),
        "kind": Text("ý nghĩa", "meaning"),
        "start_event": Text("tính từ", "counted from"),
        "stop_event": Text("kết thúc khi", "ends with"),
        "from_fact": Text("mốc tính", "start is held in"),
        "until": Text("mốc kết thúc", "end is held in"),
        "direction": Text("chiều tính", "direction"),
        "rolls": Text("chuyển sang ngày làm việc khi hết hạn vào ngày nghỉ", "moves to a working day"),
        "on_expiry": Text("khi hết hạn", "when it runs out"),
        "duty": Text("có người phải làm", "somebody must act"),
        "advances": Text("bước tự xảy ra", "step that follows by itself"),
        "owner": Text("cơ quan phải làm", "body that must act"),
        "protects": Text("bảo vệ ai", "whom it protects"),
        "suspended_by": Text("khoảng thời gian không tính", "time that does not count"),
        "track": Text("cách tính các ngày theo thời hạn", "how the dates that hang on the term are derived"),
        "variants": Text("trường hợp riêng", "special cases"),
        "ends_fact": Text("ngày cuối ghi vào", "last day goes to"),
        "inputs": Text("dữ liệu đầu vào", "inputs"),
        "require": Text("điều kiện", "condition"),
        "effect": Text("khi không đáp ứng", "when not met"),
        "org_types": Text("loại cơ quan", "kinds of bodies"),
        "bind": Text("cách xác định", "how it is found"),
        "of": Text("cấp trên của", "superior of"),
        "body": Text("thuộc cơ quan", "sits in"),
        "level": Text("cấp", "level"),
        "offices": Text("chức danh đảm nhiệm", "offices that fill it"),
        "type": Text("loại", "type"),
        "choices": Text("các lựa chọn", "choices"),
        "derived": Text("do hệ thống xác định", "set by the system"),
        "future": Text("có thể ở tương lai", "may lie in the future"),
        "sensitive": Text("nhạy cảm", "sensitive"),
        "in_force_to": Text("áp dụng đến", "in force to"),
        "side": Text("thủ tục kèm theo", "side procedure"),
        "ages": Text("độ tuổi áp dụng", "ages"),
        "several": Text("có thể mở nhiều lần cùng lúc", "several at a time"),
    }
)
_ORDER: Final = Text("thứ tự thay đổi", "the order changed")
_ENGLISH: Final = Text("bản tiếng Anh", "English")
_SAME_STATE: Final = Text("giữ nguyên", "the same")


def aspects_between(old: Any, new: Any, names: Names, *, without: Collection[str] = ()) -> tuple[Aspect, ...]:  # noqa: ANN401 - any two records of one shape
    """Return every value that differs between two records of the same shape, in the order of the shape."""
    aspects: list[Aspect] = []
    for field in fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if before == after or field.name in without:
            continue
        if isinstance(before, AskedFields):
            aspects += aspects_between(before, after, names)
        elif isinstance(old, Limit) and field.name in ("amount", "unit"):
            aspects += [_length(old, new)] if not any(each.field == "amount" for each in aspects) else []
        elif isinstance(new, Limit) and field.name == "variants":
            cases = [tuple(_case(limit, each, names) for each in limit.variants) for limit in (old, new)]
            aspects.append(_aspect(field.name, cases[0], cases[1], names))
        else:
            aspects.append(_aspect(field.name, before, after, names))
    return tuple(aspects)


def _case(limit: Limit, variant: LimitVariant, names: Names) -> Text:
    """Return one special case of a limit: its length, when it holds, where it says so."""
    length, when = span(variant.amount, limit.unit), condition(variant.when, names)
    start = words_for(variant.from_fact, names, "fact") if variant.from_fact else None
    since = (f", tính từ {start.vi}", f", counted from {start.en}") if start else ("", "")
    basis = f" [{variant.basis}]" if variant.basis else ""
    return Text(f"{length.vi} khi {when.vi}{since[0]}{basis}", f"{length.en} when {when.en}{since[1]}{basis}")


def _length(old: Limit, new: Limit) -> Aspect:
    before, after = length_of(old), length_of(new)
    if old.unit == new.unit:
        return Aspect("amount", Text(f"{old.amount} → {after.vi}", f"{old.amount} → {after.en}"))
    return Aspect("amount", Text(f"{before.vi} → {after.vi}", f"{before.en} → {after.en}"))


def _aspect(field: str, before: Any, after: Any, names: Names) -> Aspect:  # noqa: ANN401 - any value of a record
    name = _CALLED.get(field, plain(field))
    words = _change(field, before, after, names)
    return Aspect(field, Text(f"{name.vi}: {words.vi}", f"{name.en}: {words.en}"))


def _change(field: str, before: Any, after: Any, names: Names) -> Text:  # noqa: ANN401 - any value of a record
    kind = KINDS.get(field, "")
    if isinstance(before, tuple) and isinstance(after, tuple):
        return _lists(before, after, names, kind)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = [tuple(entry(field, key, value, names) for key, value in each.items()) for each in (before, after)]
        return _lists(pairs[0], pairs[1], names, "")
    if isinstance(before, Text) and isinstance(after, Text) and before.vi == after.vi:
        return Text(f"{_ENGLISH.vi} “{before.en}” → “{after.en}”", f"{_ENGLISH.en} “{before.en}” → “{after.en}”")
    old, new = (_SAME_STATE if value == "=" else words_for(value, names, kind) for value in (before, after))
    return Text(f"{old.vi} → {new.vi}", f"{old.en} → {new.en}")


def _lists(before: tuple[Any, ...], after: tuple[Any, ...], names: Names, kind: str) -> Text:
    came, went = [each for each in after if each not in before], [each for each in before if each not in after]
    parts = []
    for found, said in ((came, Text("thêm", "added")), (went, Text("bỏ", "removed"))):
        if found:
            words = joined((_member(each, names, kind) for each in found), plain(", "))
            parts.append(Text(f"{said.vi} {words.vi}", f"{said.en} {words.en}"))
    return joined(parts, plain("; ")) if parts else _ORDER


def _member(value: Any, names: Names, kind: str) -> Text:  # noqa: ANN401 - any value in a list
    if isinstance(value, Text):
        return value
    if isinstance(value, tuple) and kind:
        return joined((words_for(each, names, kind) for each in value), Text(" hoặc ", " or "))
    return words_for(value, names, kind)
