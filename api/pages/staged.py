"""Files that were handed in and wait to be filed: in the store already, named by nothing but a signed mark in the page.

Only the server can make a mark, for one account and one matter, and it stands for half a day: what is never filed is
an object that nobody names, and is swept a day after it was stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, Final, cast

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import FileStorage

from api.auth.callers import caller
from api.house import house
from dossiers.errors import DossierError, InvalidDataError, UploadTooLargeError, UploadTypeError
from dossiers.evidence.sweeping import ORPHAN_AGE
from dossiers.papers.file_scans import about as told_of
from dossiers.papers.scans import is_locked, outline_of
from dossiers.papers.uploads import StoredUpload, store_upload
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: What a browser offers to choose from.
ACCEPT: Final = ".pdf,.jpg,.jpeg,.png,.tif,.tiff,.docx"
#: How long a mark stands: well before the sweep may take what it stands for.
MARK_AGE: Final = timedelta(hours=12)
assert MARK_AGE < ORPHAN_AGE
_SALT: Final = "file to be filed"
_NAME_MAX: Final = 120
_LOCKED: Final = Text(
    "Tệp PDF bị khóa bằng mật khẩu; hãy bỏ mật khẩu rồi chọn lại",
    "The PDF is locked with a password; take the password off and choose it again",
)


@dataclass(frozen=True, slots=True)
class Staged:
    """A file in the store: what it was called, how many pages it has, and what it is."""

    name: str
    pages: int | None
    upload: StoredUpload


def stage(file: FileStorage) -> Staged:
    """Store a file of the request and count its pages; raises InvalidDataError naming it and why it is not taken."""
    name = name_of(file)
    upload = _stored(file, name)
    told = outline_of(upload)
    if told.locked:
        raise _refused(name, _LOCKED)
    return Staged(name, told.pages, upload)


def refuse_locked(file: FileStorage, upload: StoredUpload) -> None:
    """Refuse a stored file that only a password opens; raises InvalidDataError."""
    if is_locked(upload):
        raise _refused(name_of(file), _LOCKED)


def name_of(file: FileStorage) -> str:
    """Return what a file of the request is called, without the folders of whoever sent it."""
    last = (file.filename or "").replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    return "".join(letter for letter in last if letter.isprintable())[:_NAME_MAX]


def mark_of(staged: Staged, *about: str) -> str:
    """Return the mark that stands for a staged file in the pages of the caller about a dossier (and a paper of it)."""
    upload = staged.upload
    told = [staged.name, staged.pages, upload.sha256, upload.media_type, upload.size_bytes]
    return str(_serializer().dumps([str(caller().account_id), *about, *told]))


def staged_of(mark: str, *about: str) -> Staged | None:
    """Return the file a mark stands for; None for one that is not ours, too old, or of another account or matter."""
    try:
        said = _serializer().loads(mark, max_age=int(MARK_AGE.total_seconds()))
    except BadSignature:
        return None
    *owner, name, pages, sha256, media_type, size_bytes = said
    if owner != [str(caller().account_id), *about]:
        return None
    upload = StoredUpload(sha256, media_type, size_bytes, house().store)
    return Staged(name, pages, upload) if house().store.exists(sha256) else None


def _stored(file: FileStorage, name: str) -> StoredUpload:
    try:
        return store_upload(
            house().store,
            cast("BinaryIO", file.stream),
            filename=file.filename or "",
            declared_type=file.mimetype or "",
            size_bytes_max=house().settings.upload_bytes_max,
        )
    except (UploadTooLargeError, UploadTypeError) as refused:
        raise _refused(name, refused.detail) from refused


def _refused(name: str, text: Text) -> DossierError:
    return InvalidDataError([told_of(name, Reason("UPLOAD", text, "", Effect.REFUSE), "file")])


def _serializer() -> URLSafeTimedSerializer:
    secret = current_app.secret_key
    assert secret is not None
    return URLSafeTimedSerializer(secret, salt=_SALT)
