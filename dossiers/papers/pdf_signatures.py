"""Reads the digital signatures of a PDF: a program of its own that takes the bytes and writes what it read as JSON.

A signed file is a stranger's file, so it is taken apart like a scan (see `scans`), and whatever is broken is reported
as broken.  Says who signed by the certificate and whether the bytes are those that were signed; never that a
certificate can be trusted, for there is no list to hold it against.  No other word of a certificate leaves: many carry
a citizen's number.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from asn1crypto import cms, x509
from pyhanko.pdf_utils.generic import DictionaryObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.fields import enumerate_sig_fields
from pyhanko.sign.general import extract_signer_info
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import (
    extract_certs_for_validation,
    extract_tst_data_iter,
    validate_sig_integrity,
)
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import SignatureCoverageLevel

from dossiers.papers.scan_pages import stay_small
from dossiers.papers.scans import UNREADABLE
from workflow.certificates import VIETNAM

#: No paper of a dossier is signed by more hands; a file with more is reported as one that cannot be read.
SIGNATURES_MAX: Final = 20
NAME_CHARACTERS_MAX: Final = 120
_KINDS: Final = {
    "/adbe.pkcs7.detached": "signature",
    "/ETSI.CAdES.detached": "signature",
    "/ETSI.RFC3161": "timestamp",
}


class StrangeSignatureError(Exception):
    """The signature is of a kind that is not read here, or the file holds too many."""


def signatures_of(data: bytes) -> list[dict[str, Any]]:
    """Return what each signature says, in signing order; never raises."""
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        fields = _fields(reader)
        told = [_told(reader, data, name, field) for name, _value, field in fields]
    except Exception:  # noqa: BLE001 - a hostile file breaks a reader in any way it likes
        return [UNREADABLE]
    return [each for _revision, each in sorted(told, key=lambda pair: pair[0])]


def _fields(reader: PdfFileReader) -> list[tuple[str, Any, DictionaryObject]]:
    fields = list(enumerate_sig_fields(reader, filled_status=True))
    if len(fields) > SIGNATURES_MAX:
        raise StrangeSignatureError
    return fields


def _told(reader: PdfFileReader, data: bytes, name: str, field: DictionaryObject) -> tuple[int, dict[str, Any]]:
    """Return in which revision a signature stands (a broken one after all others) and what it is."""
    try:
        signature = EmbeddedPdfSignature(reader, field, name)
        return signature.signed_revision, _report(signature, data)
    except Exception:  # noqa: BLE001 - a hostile file breaks a reader in any way it likes
        return sys.maxsize, UNREADABLE


def _report(signature: EmbeddedPdfSignature, data: bytes) -> dict[str, Any]:
    kind = _KINDS.get(str(signature.sig_object.get("/SubFilter")))
    if kind is None:
        raise StrangeSignatureError
    if kind == "timestamp":
        moment, intact, valid = _stamp(signature.signed_data, signature.compute_digest)
        source = "timestamp_token"
    else:
        intact, valid = _integrity(signature.signed_data, "data", signature.compute_digest())
        moment, source = _time_of(signature)
    subject = extract_certs_for_validation(signature.signed_data).signer_cert.subject
    return UNREADABLE | {
        "kind": kind,
        "signer": _word(subject, "common_name"),
        "organization": _word(subject, "organization_name"),
        "time": moment,
        "time_source": source if moment else None,
        "digest": signature.external_md_algorithm,
        "intact": intact,
        "valid": valid,
        "coverage": _coverage(signature, data),
    }


def _integrity(signed: cms.SignedData, content: str, digest: bytes) -> tuple[bool, bool]:
    """Return whether the digest is the signed one, and whether the signature fits the certificate that it names."""
    certificate = extract_certs_for_validation(signed).signer_cert
    try:
        intact, valid = validate_sig_integrity(extract_signer_info(signed), certificate, content, digest)
    except SignatureValidationError:
        return False, False
    return bool(intact), bool(valid)


def _stamp(signed: cms.SignedData, digest_of: Callable[[str], bytes]) -> tuple[str | None, bool, bool]:
    """Return the moment of a timestamp token, whether it was given to these bytes, and whether it verifies."""
    content = signed["encap_content_info"]["content"]
    imprint = content.parsed["message_imprint"]
    asked = digest_of(imprint["hash_algorithm"]["algorithm"].native)
    algorithm = extract_signer_info(signed)["digest_algorithm"]["algorithm"].native
    own = hashlib.new(algorithm, bytes(content), usedforsecurity=False).digest()
    intact, valid = _integrity(signed, "tst_info", own)
    moment = _instant(content.parsed["gen_time"].native)
    return moment, intact and asked == imprint["hashed_message"].native, valid


def _time_of(signature: EmbeddedPdfSignature) -> tuple[str | None, str]:
    """Return when it was signed by a token that verifies, otherwise by the clock of whoever signed.

    Anybody can add a token later, so one that does not verify says nothing.
    """
    signer_info = signature.signer_info
    value = signer_info["signature"].native
    if signer_info["unsigned_attrs"].native is not None:
        for token in _tokens(signer_info):
            moment, intact, valid = _stamp(token, lambda name: hashlib.new(name, value, usedforsecurity=False).digest())
            if moment and intact and valid:
                return moment, "timestamp_token"
    return _instant(signature.self_reported_timestamp), "signer_clock"


def _tokens(signer_info: cms.SignerInfo) -> Iterator[cms.SignedData]:
    try:
        yield from extract_tst_data_iter(signer_info, signed=False)
    except (KeyError, ValueError):
        return


def _instant(moment: datetime | None) -> str | None:
    """Return a moment in UTC (as written where no zone is stated); None for one that no clock in Việt Nam shows."""
    if moment is None or moment.tzinfo is None:
        return None if moment is None else moment.isoformat()
    try:
        moment.astimezone(VIETNAM)
        return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return None


def _word(subject: x509.Name, name: str) -> str | None:
    """Return a name in a certificate, without signs that no page shows or that would end a sentence of ours."""
    value = subject.native.get(name)
    text = value[-1] if isinstance(value, list) else value
    shown = "".join(sign for sign in str(text or "") if sign.isprintable() and sign not in ";“”")
    return shown.strip()[:NAME_CHARACTERS_MAX] or None


def _coverage(signature: EmbeddedPdfSignature, data: bytes) -> str:
    """Return what part of the file was signed.

    The gap in the signed bytes must hold the signature itself and nothing else: a larger one hides what was put there.
    """
    start, length, after, rest = (int(number) for number in signature.byte_range)
    gap = data[length:after]
    tight = start == 0 and 0 < length < after and gap[:1] == b"<" and gap[-1:] == b">"
    if not tight or bytes.fromhex(gap[1:-1].decode("ascii")) != signature.pkcs7_content or after + rest > len(data):
        return "unclear"
    if after + rest == len(data):
        return "whole_file"
    covers_revision = signature.evaluate_signature_coverage() == SignatureCoverageLevel.ENTIRE_REVISION
    if covers_revision and _only_signed_since(signature.reader, data, signature.signed_revision):
        return "signatures_added"
    return "changed_after"


def _only_signed_since(reader: PdfFileReader, data: bytes, revision: int) -> bool:
    """Return whether every revision after this one added signatures and nothing that a reader sees as text."""
    if reader.xrefs.hybrid_xrefs_present:
        return False
    try:
        if data[_end_of_revision(reader, data, reader.xrefs.total_revisions - 1) :].strip():
            return False
        found = DEFAULT_DIFF_POLICY.review_file(reader, revision)
    except Exception:  # noqa: BLE001 - what cannot be compared counts as changed
        return False
    if not isinstance(found, DiffResult) or found.modification_level.value > ModificationLevel.FORM_FILLING.value:
        return False
    return found.changed_form_fields <= {name for name, _value, _field in enumerate_sig_fields(reader)}


def _end_of_revision(reader: PdfFileReader, data: bytes, revision: int) -> int:
    """Return where a revision ends; raises ValueError for one without an end."""
    mark = b"%%EOF"
    return data.index(mark, reader.xrefs.get_xref_container_info(revision).end_location) + len(mark)


def main() -> None:
    """Read a PDF from the standard input and write what its signatures say."""
    stay_small()
    # What a library has to say about a stranger's file is no business of a log.
    logging.disable()
    sys.stdout.write(json.dumps(signatures_of(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
