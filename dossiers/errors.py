"""The refusals of the domain: typed, each with a public code, none with a word of HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from workflow.model import Transition
from workflow.refusals import Reason
from workflow.vocabulary import Text


class DossierError(Exception):
    """A refusal the caller can act upon; `code` is public and never renamed."""

    code: ClassVar[str] = "dossier-refusal"
    title: ClassVar[Text] = Text("Yêu cầu không được chấp nhận", "The request was refused")

    def __init__(self, detail: Text | None = None) -> None:
        self.detail = detail or self.title
        super().__init__(self.detail.en)


class NotFoundError(DossierError):
    """There is no such thing, or the caller has no right to know that there is."""

    code = "not-found"
    title = Text("Không tìm thấy", "Not found")


class NotAllowedError(DossierError):
    """The caller's office does not include this right."""

    code = "not-allowed"
    title = Text("Tài khoản này không có quyền thực hiện việc đó", "This account has no right to do that")


class SignInFailedError(DossierError):
    """Name and password do not fit; which of the two is wrong is not said."""

    code = "sign-in-failed"
    title = Text("Tên đăng nhập hoặc mật khẩu không đúng", "The user name or the password is wrong")


class SignInPausedError(SignInFailedError):
    """Too many wrong passwords for this name, existing or not: nothing is tried for `pause_s` seconds."""

    code = "sign-in-paused"
    title = Text(
        "Đăng nhập sai quá nhiều lần; hãy thử lại sau ít phút",
        "Too many failed attempts to sign in; try again in a few minutes",
    )

    def __init__(self, pause_s: int) -> None:
        assert pause_s > 0
        self.pause_s = pause_s
        super().__init__(
            Text(
                f"Đăng nhập sai quá nhiều lần; hãy thử lại sau {pause_s} giây",
                f"Too many failed attempts to sign in; try again in {pause_s} seconds",
            )
        )


class TokenRefusedError(DossierError):
    """The token is unknown, revoked or out of date, or its account is closed; which one is not said."""

    code = "token-refused"
    title = Text("Mã truy cập không còn hiệu lực", "The access token is not valid")


class SealBrokenError(DossierError):
    """A sealed value was altered, moved from another record, or sealed with another installation's secret."""

    code = "seal-broken"
    title = Text("Không mở được dữ liệu đã niêm phong", "The sealed data cannot be opened")


class MoveRefusedError(DossierError):
    """The law does not allow this move now; `reasons` lists every unmet condition with its article.

    `transition` is the case of the act that was judged, None where none was.
    """

    code = "move-refused"
    title = Text("Chưa thể thực hiện bước này", "This step is not possible now")

    def __init__(self, reasons: Sequence[Reason], transition: Transition | None = None) -> None:
        assert reasons
        self.reasons, self.transition = tuple(reasons), transition
        super().__init__()


class StaleVersionError(DossierError):
    """Somebody changed the dossier since the caller read it; `current` is its version now."""

    code = "stale-version"
    title = Text(
        "Hồ sơ đã thay đổi sau khi bạn mở; hãy tải lại trang để xem thay đổi",
        "The dossier has changed since you opened it; reload to see what changed",
    )

    def __init__(self, current: int, changes: Sequence[str] = ()) -> None:
        self.current, self.changes = current, tuple(changes)
        super().__init__()


class KeyReusedError(DossierError):
    """The same Idempotency-Key came with another request."""

    code = "idempotency-key-reused"
    title = Text("Khóa yêu cầu đã dùng cho một nội dung khác", "The Idempotency-Key was used for another request")


class PaperRefusedError(DossierError):
    """A paper cannot be taken, made or issued as asked; `reasons` says everything that is wrong."""

    code = "paper-refused"
    title = Text("Không thể xử lý giấy tờ này", "This paper cannot be processed")

    def __init__(self, reasons: Sequence[Reason]) -> None:
        assert reasons
        self.reasons = tuple(reasons)
        super().__init__(reasons[0].text)


class UploadTooLargeError(DossierError):
    """The uploaded file is longer than the limit; nothing of it was kept."""

    code = "upload-too-large"
    title = Text("Tệp tải lên quá lớn", "The uploaded file is too large")

    def __init__(self, size_bytes_max: int) -> None:
        megabytes = size_bytes_max // (1024 * 1024)
        super().__init__(Text(f"Tệp tải lên vượt quá {megabytes} MB", f"The file is larger than {megabytes} MB"))


class UploadTypeError(DossierError):
    """The content is not of a kind that is kept, or not what its name and label say."""

    code = "upload-type"
    title = Text(
        "Chỉ nhận tệp PDF, JPEG, PNG, TIFF hoặc Word (.docx), đúng với nội dung bên trong",
        "Only PDF, JPEG, PNG, TIFF or Word (.docx) files are taken, and only if the content is what the name says",
    )


class InvalidDataError(DossierError):
    """Something that was stated cannot be right; `reasons` names every item."""

    code = "invalid-data"
    title = Text("Dữ liệu không hợp lệ", "The data is not valid")

    def __init__(self, reasons: Sequence[Reason]) -> None:
        assert reasons
        self.reasons = tuple(reasons)
        super().__init__(reasons[0].text)
