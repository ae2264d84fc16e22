"""Has the page codes of a stored scan read by a process of its own, with bounds on time, memory and pages.

Never fails because of the scan: a file that breaks the reader is a file whose codes were not examined.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Final

from dossiers.papers import scan_pages
from dossiers.papers.page_codes import Seen, read_code
from dossiers.papers.scan_pages import PDF, PICTURES
from dossiers.papers.uploads import StoredUpload

#: Longest time that the codes of one scan may take, in seconds.
SECONDS_MAX: Final = 60


def read_scan(upload: StoredUpload) -> Seen | None:
    """Return the codes on each page of a stored scan; None when it cannot be examined (a Word file, a broken one).

    Takes a tenth of a second a page, so it is called before the transaction that files the scan.
    """
    if upload.media_type != PDF and upload.media_type not in PICTURES:
        return None
    return read_codes(upload.store.read(upload.sha256), upload.media_type)


def read_codes(data: bytes, media_type: str) -> Seen | None:
    """Return the codes on each page of a PDF or picture; None when it cannot be examined."""
    command = [sys.executable, "-P", "-m", scan_pages.__name__, media_type]
    # The reader finds its own code and nothing else: no address of a database or store, no secret.
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, input=data, capture_output=True, check=True, timeout=SECONDS_MAX, env=environment
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    pages = json.loads(done.stdout)
    if pages is None:
        return None
    return tuple(tuple(code for text in page if (code := read_code(text))) for page in pages)
