"""A process to be killed while it stores: `python -m tests.storage.put_and_hang FOLDER hang|loop`."""

import io
import os
import sys
import time
from pathlib import Path
from typing import BinaryIO, cast

from storage.objects import open_store

_BLOCK = 256 * 1024


class HangingStream(io.RawIOBase):
    """Yields one block, says so on standard output and then never ends."""

    def __init__(self) -> None:
        self.blocks = 0

    def readable(self) -> bool:
        """Say yes."""
        return True

    def read(self, _size: int = -1) -> bytes:
        """Return a block twice, then hang: by then the first is with the operating system."""
        self.blocks += 1
        if self.blocks > 2:
            print("begun", flush=True)  # noqa: T201 - the parent waits for this line
            time.sleep(600)
        return b"x" * _BLOCK


def main(folder: str, way: str) -> None:
    """Store one object that never ends, or one object after another."""
    store = open_store(Path(folder).as_uri())
    if way == "hang":
        store.put(cast("BinaryIO", HangingStream()), size_bytes_max=10 * _BLOCK, content_type="text/plain")
    while True:
        print(store.put_bytes(os.urandom(_BLOCK), "text/plain").key, flush=True)  # noqa: T201 - receipts for the parent


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
