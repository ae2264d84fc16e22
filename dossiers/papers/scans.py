"""Has pages, page codes and digital signatures of a handed-in file read by processes of their own, within bounds.

Never fails because of the file: one that breaks a reader was not examined, and its signatures count as unreadable.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from dossiers.papers import scan_pages
from dossiers.papers.page_codes import Seen, read_code
from dossiers.papers.scan_pages import PDF, PICTURES
from dossiers.papers.uploads import StoredUpload

#: Longest time that one reader may take over one file, in seconds.
SECONDS_MAX: Final = 60
#: The program that reads signatures, by name: the one that asks does not load what it parses strangers' files with.
_SIGNATURE_READER: Final = "dossiers.papers.pdf_signatures"
#: Stands in plain sight in every PDF that was signed, since a signature cannot lie in what it signs.
_SIGNED_MARK: Final = b"/ByteRange"
#: Stands in plain sight in every PDF that is encrypted: what says how cannot be encrypted itself.
_ENCRYPTED_MARK: Final = b"/Encrypt"
#: The program that counts pages.
_PAGE_COUNTER: Final = "dossiers.papers.outlines"

#: What is reported of a signature that cannot be taken apart.
UNREADABLE: Final[dict[str, Any]] = {
    "kind": "unreadable",
    "signer": None,
    "organization": None,
    "time": None,
    "time_source": None,
    "digest": None,
    "intact": False,
    "valid": False,
    "coverage": "unclear",
    "trust": "not_checked",
}


#: What `pdf_signatures` reports of each digital signature, in signing order; empty for a file without.
Signatures: TypeAlias = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """How many pages a file has, None when that cannot be told, and whether only a password opens it."""

    pages: int | None
    locked: bool


def read_scan(upload: StoredUpload) -> Seen | None:
    """Return the codes on each page of a stored scan; None when it cannot be examined (a Word file, a broken one).

    Takes a tenth of a second a page, so it is called before the transaction that files the scan.
    """
    if upload.media_type != PDF and upload.media_type not in PICTURES:
        return None
    return read_codes(upload.store.read(upload.sha256), upload.media_type)


def read_codes(data: bytes, media_type: str) -> Seen | None:
    """Return the codes on each page of a PDF or picture; None when it cannot be examined."""
    pages = _read_apart(data, scan_pages.__name__, media_type)
    if pages is None:
        return None
    return tuple(tuple(code for text in page if (code := read_code(text))) for page in pages)


def read_upload_signatures(upload: StoredUpload) -> Signatures:
    """Return the digital signatures of a stored file; called like `read_scan`."""
    return read_signatures(upload.store.read(upload.sha256)) if upload.media_type == PDF else ()


def read_signatures(data: bytes) -> Signatures:
    """Return the digital signatures of a PDF; for one without no reader is started."""
    if _SIGNED_MARK not in data:
        return ()
    told = _read_apart(data, _SIGNATURE_READER)
    return (UNREADABLE,) if told is None else tuple(told)


def outline_of(upload: StoredUpload) -> Outline:
    """Return how many pages a stored file has and whether only a password opens it; called like `read_scan`."""
    if upload.media_type != PDF and upload.media_type not in PICTURES:
        return Outline(None, locked=False)
    told = _read_apart(upload.store.read(upload.sha256), _PAGE_COUNTER, upload.media_type)
    return Outline(None, locked=False) if told is None else Outline(told["pages"], locked=told["locked"])


def is_locked(upload: StoredUpload) -> bool:
    """Return whether only a password opens a stored file; no reader is started for one that is not encrypted."""
    if upload.media_type != PDF or _ENCRYPTED_MARK not in upload.store.read(upload.sha256):
        return False
    return outline_of(upload).locked


def _read_apart(data: bytes, program: str, *arguments: str) -> Any:  # noqa: ANN401 - JSON
    """Return what a program of ours read in a stranger's file, None when it broke or took too long."""
    command = [sys.executable, "-P", "-m", program, *arguments]
    # The reader finds its own code and nothing else: no address of a database or store, no secret.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=data, capture_output=True, check=True, timeout=SECONDS_MAX, env=environment
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return json.loads(done.stdout)
