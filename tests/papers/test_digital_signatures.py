"""What is said of a digitally signed PDF: who, when and whether it was changed, through the real bounded process."""

import re

import pytest
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from dossiers.papers.pdf_signatures import SIGNATURES_MAX, signatures_of
from dossiers.papers.scans import UNREADABLE, read_signatures
from dossiers.papers.signature_words import signature_lines, signatures_json
from tests.papers.signing import changed_later, empty_pdf, signed, signer, stamper

PRINT = empty_pdf(2)
CHIEF = signer("NGUYỄN VĂN THỬ", "Công an xã Giả Định")
CLERK = signer("TRẦN THỊ MẪU")


@pytest.fixture(scope="module")
def once():
    """Return the print with one signature, its time stated by the signer."""
    return signed(PRINT, "Chief", CHIEF)


def words(pdf):
    """Return what an officer reads about the signatures of a file."""
    return [line.vi for line in signature_lines(signatures_json(read_signatures(pdf)))]


def test_one_signature_tells_who_signed_when_and_that_nothing_changed(once):
    """The whole file; the clock is the signer's; nobody is called trusted."""
    (told,) = read_signatures(once)

    assert (told["kind"], told["signer"], told["organization"]) == (
        "signature",
        "NGUYỄN VĂN THỬ",
        "Công an xã Giả Định",
    )
    assert (told["intact"], told["valid"], told["coverage"]) == (True, True, "whole_file")
    assert (told["time_source"], told["trust"], told["digest"]) == ("signer_clock", "not_checked", "sha256")
    assert re.fullmatch(
        r"Chữ ký số: NGUYỄN VĂN THỬ \(Công an xã Giả Định\), lúc \d\d:\d\d \d\d/\d\d/\d{4} \(theo giờ máy ký\); "
        r"nội dung nguyên vẹn; chứng thư chưa được đối chiếu với danh sách tin cậy\.",
        words(once)[0],
    )


def test_two_signatures_stand_in_the_order_of_signing(once):
    """The first covers the file as it was; what came later is only the second, also where it is visible."""
    twice = signed(once, "A clerk", CLERK, box=(50, 50, 200, 100))

    first, second = read_signatures(twice)

    assert [first["signer"], second["signer"]] == ["NGUYỄN VĂN THỬ", "TRẦN THỊ MẪU"]
    assert [first["coverage"], second["coverage"]] == ["signatures_added", "whole_file"]
    assert all(each["intact"] and each["valid"] for each in (first, second))
    assert "chỉ có thêm chữ ký khác" in words(twice)[0]
    assert "nguyên vẹn" not in words(twice)[0]


def test_a_timestamp_token_states_the_time(once):
    """Said apart from the clock of the signer's machine; a token of somebody else's signature says nothing."""
    (told,) = read_signatures(signed(PRINT, "Chief", CHIEF, timestamper=stamper()))

    assert (told["time"], told["time_source"]) == ("2026-02-05T01:00:00Z", "timestamp_token")
    (line,) = signature_lines({"signatures": [told]})
    assert "lúc 08:00 05/02/2026 (theo dấu thời gian điện tử)" in line.vi


def test_one_changed_byte_in_what_was_signed_is_told(once):
    """One character of the size of a page."""
    tampered = once.replace(b"842", b"843", 1)
    assert tampered != once

    (told,) = read_signatures(tampered)

    assert (told["intact"], told["valid"], told["coverage"]) == (False, True, "whole_file")
    assert "NỘI DUNG ĐÃ BỊ THAY ĐỔI" in words(tampered)[0]
    assert "nguyên vẹn" not in words(tampered)[0]


@pytest.mark.parametrize("change", [changed_later, lambda pdf: pdf + b"\n% a word more"])
def test_what_was_added_after_signing_is_told(once, change):
    """The signed bytes are all there, and yet the file is not what was signed."""
    later = change(once)

    (told,) = read_signatures(later)

    assert (told["intact"], told["valid"], told["coverage"]) == (True, True, "changed_after")
    lines = words(later)
    assert "TỆP ĐÃ BỊ THAY ĐỔI SAU KHI KÝ" in lines[0]
    assert "nguyên vẹn" not in lines[0]


def test_a_signature_by_another_key_than_the_certificate_names_is_not_valid():
    """Anybody can put the certificate of a chief beside a signature of their own."""
    forger = SimpleSigner(
        signing_cert=CHIEF.signing_cert, signing_key=CLERK.signing_key, cert_registry=SimpleCertificateStore()
    )
    forged = signed(PRINT, "Chief", forger)

    (told,) = read_signatures(forged)

    assert (told["intact"], told["valid"]) == (True, False)
    assert "KHÔNG ĐÚNG với chứng thư" in words(forged)[0]


def test_a_hole_in_what_was_signed_is_not_called_whole(once):
    """A range that leaves out more than the signature hides whatever lies there."""
    start, end = (int(each) for each in re.search(rb"/ByteRange \[0 (\d+) (\d+)", once).groups())
    wide = once[:end] + b" " * 64 + once[end:]

    (told,) = read_signatures(wide)

    assert start < end
    assert told["coverage"] != "whole_file"
    assert "nguyên vẹn" not in words(wide)[0]


def test_a_broken_signature_is_reported_as_one(once):
    """What cannot be parsed proves nothing; the process that asks does not die of it."""
    broken = re.sub(rb"(?i)(/Contents\s*<)3082[0-9a-f]{40}", rb"\g<1>" + b"f" * 44, once)
    assert broken != once

    assert read_signatures(broken) == (UNREADABLE,)
    assert words(broken) == [
        "Chữ ký số: không đọc được, bị hỏng hoặc thuộc loại không hỗ trợ; không chứng minh được điều gì."
    ]


def test_a_file_without_signatures_has_none():
    """No reader is started, and nothing is kept."""
    assert read_signatures(PRINT) == ()
    assert signatures_json(()) == {}
    assert read_signatures(b"garbage") == ()


def test_garbage_that_speaks_of_a_signature_is_unreadable():
    """It is not passed over in silence."""
    assert read_signatures(b"%PDF-1.7 /ByteRange [0 1 2 3]") == (UNREADABLE,)


def test_a_file_of_more_signatures_than_hands_is_unreadable(once, monkeypatch):
    """The bound is on what one file may ask of the reader."""
    assert SIGNATURES_MAX >= 10
    monkeypatch.setattr("dossiers.papers.pdf_signatures.SIGNATURES_MAX", 0)

    assert signatures_of(once) == [UNREADABLE]


def test_a_weak_digest_proves_no_content(once):
    """Other content with the same digest can be made."""
    (told,) = read_signatures(once)

    (line,) = signature_lines({"signatures": [told | {"digest": "sha1"}]})

    assert "nguyên vẹn" not in line.vi
