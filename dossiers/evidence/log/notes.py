"""Signed notes: a text with signatures that name their keys, as transparency logs write their checkpoints.

The forms are those that other programs read too: signed notes, `tlog-checkpoint` and `tlog-cosignature` of C2SP, keys
as Go's `sumdb/note` writes them.  Pure but for the making of keys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

#: First byte of a key: what its signatures say.  A witness signs the moment it saw the text with the text.
SIGNS: Final = 0x01
COSIGNS: Final = 0x04
_PRIVATE: Final = "PRIVATE+KEY+"
_DASH: Final = "\N{EM DASH} "
_STAMP: Final = struct.Struct(">Q")
_ID_LENGTH: Final = 4
_KEY_LENGTH: Final = 32
_PARTS: Final = 3


class NoteError(ValueError):
    """A key or a note cannot be read; the message says what is wrong and quotes nothing."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a key: its name, what it signs, and the point on the curve."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes by which a signature names its key."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.key
        return hashlib.sha256(named).digest()[:_ID_LENGTH]

    def __str__(self) -> str:
        """Return the key as people exchange it: name, id and key in one line."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.key)}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A whole key; the secret half is never shown by `repr`."""

    verifier: Verifier
    _seed: bytes

    def __repr__(self) -> str:
        """Return the public half."""
        return f"Signer({self.verifier})"

    def line(self, text: str, *, seconds: int = 0) -> str:
        """Return the signature of a text, as a line of a note; a witness signs the moment (Unix seconds) with it."""
        key = Ed25519PrivateKey.from_private_bytes(self._seed)
        if self.verifier.kind == COSIGNS:
            signed = _STAMP.pack(seconds) + key.sign(_cosigned(text, seconds))
        else:
            signed = key.sign(text.encode())
        return f"{_DASH}{self.verifier.name} {_base64(self.verifier.id + signed)}\n"

    def secret(self) -> str:
        """Return the key as it is kept in a file that only its owner reads."""
        packed = _base64(bytes([self.verifier.kind]) + self._seed)
        return f"{_PRIVATE}{self.verifier.name}+{self.verifier.id.hex()}+{packed}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log says of itself: its name, how many leaves it has, and their root."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


def new_signer(name: str, kind: int = SIGNS) -> Signer:
    """Return a fresh key; raises NoteError for a name that a line could not carry."""
    if not name or any(char.isspace() or char == "+" or not char.isprintable() for char in name):
        raise NoteError("the name of a key has no spaces and no plus sign")
    return _signer(name, kind, Ed25519PrivateKey.generate().private_bytes_raw())


def read_signer(line: str) -> Signer:
    """Return the key that a file keeps; raises NoteError."""
    line = line.strip()
    if not line.startswith(_PRIVATE):
        raise NoteError("this is not a private key")
    name, kind, seed, key_id = _fields(line.removeprefix(_PRIVATE))
    signer = _signer(name, kind, seed)
    if signer.verifier.id != key_id:
        raise NoteError("the key does not fit its id")
    return signer


def read_verifier(line: str) -> Verifier:
    """Return the public key that a line names; raises NoteError."""
    name, kind, key, key_id = _fields(line.strip())
    verifier = Verifier(name, kind, key)
    if verifier.id != key_id:
        raise NoteError("the key does not fit its id")
    return verifier


def read_checkpoint(text: str) -> Checkpoint:
    """Return what the text of a note says about a log; raises NoteError."""
    lines = text.split("\n")
    if len(lines) != _PARTS + 1 or lines[-1] or not lines[0] or not lines[1].isdecimal():
        raise NoteError("the note is not a checkpoint")
    found = Checkpoint(lines[0], int(lines[1]), _bytes(lines[2]))
    if found.text != text:
        raise NoteError("the checkpoint is not written as checkpoints are")
    return found


def split_note(note: str) -> tuple[str, list[str]]:
    """Return the text of a note and the lines of its signatures; raises NoteError."""
    text, blank, rest = note.rpartition("\n\n")
    lines = [line + "\n" for line in rest.split("\n") if line]
    if not blank or not lines or not all(line.startswith(_DASH) for line in lines):
        raise NoteError("this is not a signed note")
    return text + "\n", lines


def joined(text: str, lines: Iterable[str]) -> str:
    """Return a note: the text and its signatures."""
    return f"{text}\n{''.join(lines)}"


def signed_at(verifier: Verifier, text: str, line: str) -> int | None:
    """Return when a witness says to have seen the text (Unix seconds; 0 from a key that signs no time).

    None when the line is not a good signature of this text by this key.
    """
    name, space, packed = line.removeprefix(_DASH).rstrip("\n").partition(" ")
    try:
        raw = _bytes(packed)
    except NoteError:
        return None
    if not line.startswith(_DASH) or not space or name != verifier.name or raw[:_ID_LENGTH] != verifier.id:
        return None
    seconds, signed, said = 0, raw[_ID_LENGTH:], text.encode()
    if verifier.kind == COSIGNS:
        if len(signed) < _STAMP.size:
            return None
        (seconds,) = _STAMP.unpack(signed[: _STAMP.size])
        signed, said = signed[_STAMP.size :], _cosigned(text, seconds)
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(signed, said)
    except InvalidSignature:
        return None
    return int(seconds)


def _cosigned(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _signer(name: str, kind: int, seed: bytes) -> Signer:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return Signer(Verifier(name, kind, public), seed)


def _fields(line: str) -> tuple[str, int, bytes, bytes]:
    parts = line.split("+", _PARTS - 1)
    if len(parts) != _PARTS or not parts[0]:
        raise NoteError("a key has a name, an id and a key")
    raw = _bytes(parts[2])
    if len(raw) != 1 + _KEY_LENGTH or raw[0] not in (SIGNS, COSIGNS):
        raise NoteError("this kind of key is not known")
    try:
        return parts[0], raw[0], raw[1:], bytes.fromhex(parts[1])
    except ValueError:
        raise NoteError("the id of a key is hexadecimal") from None


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(packed: str) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError):
        raise NoteError("this is not Base64") from None
