"""Write Word packages from members that were zipped before: only what changed is summed and written anew.

The same members in the same order give the same bytes: no clock, no user and no file system stands in them.  Never
reads a package.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

#: A member of up to this many bytes is not worth deflating: a form of two pages takes longer to deflate than to fill.
STORED_BYTES_MAX: Final = 32_768

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_STORED, _DEFLATED = 0, 8
#: Version 2.0 of the format, the first with DEFLATE; made on Unix, which says how the permissions are to be read.
_VERSION, _MADE_BY = 20, 3 << 8 | 20
_UTF8_NAME = 0x800
#: 1980-01-01 00:00, the earliest moment a package can name.
_TIME, _DAY = 0, 1 << 5 | 1
_PERMISSIONS = 0o644 << 16
#: Beyond these the format needs records of another kind; no paper comes near.
_BYTES_MAX, _MEMBERS_MAX = 2**32 - 1, 2**16 - 1


@dataclass(frozen=True, slots=True)
class Package:
    """A package that can grow: its members and its directory in pieces as they stand in the file, and their sizes."""

    body: tuple[bytes, ...] = ()
    body_bytes: int = 0
    directory: tuple[bytes, ...] = ()
    directory_bytes: int = 0
    members: int = 0

    def with_member(self, name: str, data: bytes, *, deflate: bool) -> Package:
        """Return the package with one more member; a short one is stored unless `deflate` asks for the smaller file."""
        if deflate or len(data) > STORED_BYTES_MAX:
            method, written = _DEFLATED, _deflated(data)
        else:
            method, written = _STORED, data
        encoded = name.encode("utf-8")
        flags = 0 if name.isascii() else _UTF8_NAME
        assert self.body_bytes + len(written) < _BYTES_MAX
        assert len(data) < _BYTES_MAX
        about = (flags, method, _TIME, _DAY, zlib.crc32(data), len(written), len(data), len(encoded), 0)
        local = _LOCAL.pack(b"PK\3\4", _VERSION, *about)
        central = _CENTRAL.pack(b"PK\1\2", _MADE_BY, _VERSION, *about, 0, 0, 0, _PERMISSIONS, self.body_bytes)
        return Package(
            (*self.body, local, encoded, written),
            self.body_bytes + len(local) + len(encoded) + len(written),
            (*self.directory, central, encoded),
            self.directory_bytes + len(central) + len(encoded),
            self.members + 1,
        )

    def to_bytes(self) -> bytes:
        """Return the file."""
        assert self.members < _MEMBERS_MAX
        end = _END.pack(b"PK\5\6", 0, 0, self.members, self.members, self.directory_bytes, self.body_bytes, 0)
        return b"".join((*self.body, *self.directory, end))


def _deflated(data: bytes) -> bytes:
    """Return raw DEFLATE data, as packages hold it."""
    deflating = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflating.compress(data) + deflating.flush()
