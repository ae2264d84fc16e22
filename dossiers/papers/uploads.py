"""Takes an uploaded file: its kind by content, its size by limit, its name by SHA-256.

The bytes are stored before any row names them, so no paper can name what storage lacks.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import BinaryIO

import puremagic

from dossiers.errors import UploadTooLargeError, UploadTypeError
from storage.errors import ObjectTooLargeError
from storage.objects import ObjectStore

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: What is kept: the media type and the file name endings that fit it.
KEPT_TYPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "application/pdf": (".pdf",),
        "image/jpeg": (".jpg", ".jpeg"),
        "image/png": (".png",),
        "image/tiff": (".tif", ".tiff"),
        DOCX: (".docx",),
    }
)
_HEAD_BYTES = 4096
_ZIP_ENTRIES_MAX = 2_000
_UNTYPED = ("", "application/octet-stream")


@dataclass(frozen=True, slots=True)
class StoredUpload:
    """An uploaded file that is in the store: content key, media type by content, length, and which store."""

    sha256: str
    media_type: str
    size_bytes: int
    store: ObjectStore = field(repr=False, compare=False)


def store_upload(
    store: ObjectStore, stream: BinaryIO, *, filename: str, declared_type: str, size_bytes_max: int
) -> StoredUpload:
    """Store the stream and return what it is.

    Raises UploadTypeError for a kind that is not kept or that is not what name and label say, and
    UploadTooLargeError past the limit; nothing is left behind then.
    """
    media_type = sniff(stream)
    ending = PurePosixPath(filename).suffix.lower()
    declared = declared_type.split(";", maxsplit=1)[0].strip().lower()
    if ending not in KEPT_TYPES[media_type] or declared not in (media_type, *_UNTYPED):
        raise UploadTypeError
    stream.seek(0)
    try:
        stored = store.put(stream, size_bytes_max=size_bytes_max, content_type=media_type)
    except ObjectTooLargeError as too_large:
        raise UploadTooLargeError(size_bytes_max) from too_large
    return StoredUpload(stored.key, media_type, stored.size_bytes, store)


def sniff(stream: BinaryIO) -> str:
    """Return the media type that the content has; raises UploadTypeError for one that is not kept."""
    head = stream.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        stream.seek(0)
        if _is_word(stream):
            return DOCX
        raise UploadTypeError
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        raise UploadTypeError from None
    for match in matches:
        if match.mime_type in KEPT_TYPES and match.offset == 0:
            return str(match.mime_type)
    raise UploadTypeError


def _is_word(stream: BinaryIO) -> bool:
    """Return whether a zip is a Word document without macros."""
    try:
        with zipfile.ZipFile(stream) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    if len(names) > _ZIP_ENTRIES_MAX or any(name.lower().endswith((".bin", ".exe", ".js")) for name in names):
        return False
    return "[Content_Types].xml" in names and "word/document.xml" in names
