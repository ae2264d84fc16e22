"""Says in words what the digital signatures of a signed copy show.

Pure.  Only what was verified is said: content is called intact where the signature verifies and covers the whole file,
and no certificate is called trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dossiers.papers.scans import Signatures
from workflow.certificates import VIETNAM
from workflow.vocabulary import Text

#: Digests for which other content of the same digest can be made.
WEAK_DIGESTS: Final = frozenset({"md5", "sha1"})
_CLOCKS: Final[Mapping[str, Text]] = {
    "timestamp_token": Text("theo dấu thời gian điện tử", "by a timestamp token"),
    "signer_clock": Text("theo giờ máy ký", "by the clock of the signing machine"),
}
_KINDS: Final[Mapping[str, Text]] = {
    "signature": Text("Chữ ký số", "Digital signature"),
    "timestamp": Text("Dấu thời gian điện tử", "Timestamp"),
}
_COVERAGE: Final[Mapping[str, Text]] = {
    "whole_file": Text("nội dung nguyên vẹn", "the content is intact"),
    "signatures_added": Text(
        "phần đã ký không đổi, sau đó tệp chỉ có thêm chữ ký khác hoặc dữ liệu kiểm chứng",
        "what was signed is unchanged, and only other signatures or data to verify them were added later",
    ),
    "changed_after": Text(
        "TỆP ĐÃ BỊ THAY ĐỔI SAU KHI KÝ: phần thêm vào không được chữ ký này xác nhận",
        "THE FILE WAS CHANGED AFTER SIGNING: this signature does not vouch for what was added",
    ),
    "unclear": Text(
        "KHÔNG XÁC ĐỊNH ĐƯỢC chữ ký bao trùm phần nào của tệp",
        "it is NOT CLEAR what part of the file the signature covers",
    ),
}
_BROKEN: Final = Text(
    "NỘI DUNG ĐÃ BỊ THAY ĐỔI so với lúc ký, chữ ký không còn giá trị kiểm chứng",
    "THE CONTENT DIFFERS from what was signed, the signature proves nothing",
)
_INVALID: Final = Text(
    "CHỮ KÝ KHÔNG ĐÚNG với chứng thư đi kèm", "THE SIGNATURE DOES NOT FIT the certificate that comes with it"
)
_WEAK: Final = Text(
    "ký bằng thuật toán băm đã lỗi thời, không chứng minh được nội dung",
    "signed with an outdated digest, which does not prove the content",
)
_UNREADABLE: Final = Text(
    "Chữ ký số: không đọc được, bị hỏng hoặc thuộc loại không hỗ trợ; không chứng minh được điều gì.",
    "Digital signature: unreadable, broken or of a kind that is not supported; it proves nothing.",
)
_NOT_CHECKED: Final = Text(
    "chứng thư chưa được đối chiếu với danh sách tin cậy", "the certificate was not checked against a trust list"
)


def signatures_json(signatures: Signatures) -> dict[str, Any]:
    """Return what is kept of the signatures beside the verdict on page codes: nothing for a file without any."""
    return {"signatures": [dict(each) for each in signatures]} if signatures else {}


def signature_lines(kept: Mapping[str, Any]) -> list[Text]:
    """Return the kept signatures in words, in signing order; none for a paper scan."""
    return [_line(each) for each in kept.get("signatures", ())]


def _line(each: Mapping[str, Any]) -> Text:
    if each["kind"] == "unreadable":
        return _UNREADABLE
    kind, moment, proven = _KINDS[each["kind"]], _moment(each), _proven(each)
    name = each["signer"] or "?"
    name = f"{name} ({each['organization']})" if each["organization"] else name
    return Text(
        f"{kind.vi}: {name}, {moment.vi}; {proven.vi}; {_NOT_CHECKED.vi}.",
        f"{kind.en}: {name}, {moment.en}; {proven.en}; {_NOT_CHECKED.en}.",
    )


def _moment(each: Mapping[str, Any]) -> Text:
    if each["time"] is None:
        return Text("không ghi giờ ký", "without a time of signing")
    stated = datetime.fromisoformat(each["time"])
    local = stated.astimezone(VIETNAM) if stated.tzinfo else stated
    clock = _CLOCKS[each["time_source"]]
    return Text(f"lúc {local:%H:%M %d/%m/%Y} ({clock.vi})", f"at {local:%H:%M %d/%m/%Y} ({clock.en})")


def _proven(each: Mapping[str, Any]) -> Text:
    """Return the worst that is known of a signature, the best only where nothing is wrong with it."""
    if not each["intact"]:
        return _BROKEN
    if not each["valid"]:
        return _INVALID
    return _WEAK if each["digest"] in WEAK_DIGESTS else _COVERAGE[each["coverage"]]
