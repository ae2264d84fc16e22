"""Counts the pages of a file and says whether it is locked: a program of its own, for the reason of `scan_pages`.

Writes `{"pages": 3, "locked": false}`; no number for what it cannot open.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Final

import pypdfium2
from PIL import Image

#: The reader's own code for a file that opens with a password only.
_LOCKED: Final = 4
_MEMORY_BYTES_MAX: Final = 1024**3
_CPU_SECONDS_MAX: Final = 20


def outline(data: bytes, media_type: str) -> dict[str, int | bool | None]:
    """Return how many pages a PDF or picture has, None when it cannot be opened, and whether a password locks it."""
    try:
        if media_type == "application/pdf":
            return {"pages": len(pypdfium2.PdfDocument(data)), "locked": False}
        with Image.open(io.BytesIO(data)) as picture:
            return {"pages": getattr(picture, "n_frames", 1), "locked": False}
    except pypdfium2.PdfiumError as fault:
        return {"pages": None, "locked": fault.err_code == _LOCKED}
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError, Image.DecompressionBombError):
        return {"pages": None, "locked": False}


def main(media_type: str) -> None:
    """Read a file from the standard input and write its outline."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES_MAX, _MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS_MAX, _CPU_SECONDS_MAX))
    sys.stdout.write(json.dumps(outline(sys.stdin.buffer.read(), media_type)))


if __name__ == "__main__":
    main(sys.argv[1])
