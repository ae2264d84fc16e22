"""Signed notes: what others can read, what is no signature, and what is no key."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.evidence.log.merkle import consistency_proof, leaf_hash, root
from dossiers.evidence.log.notes import (
    COSIGNS,
    SIGNS,
    Checkpoint,
    NoteError,
    joined,
    new_signer,
    read_checkpoint,
    read_signer,
    read_verifier,
    signed_at,
    split_note,
)
from dossiers.evidence.log.witness import WitnessRefusedError, cosign

LOG, WITNESS = new_signer("hoso/log"), new_signer("witness/minh-hoa", COSIGNS)
#: The pair of keys by which programs that write such notes are compared.
GO_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"


def note(size, leaves, signer=LOG):
    """Return the signed checkpoint of a tree."""
    text = Checkpoint(signer.verifier.name, size, root(leaves[:size])).text
    return joined(text, [signer.line(text)])


def leaves(number, salt=b""):
    """Return leaf hashes."""
    return [leaf_hash(salt + bytes([each])) for each in range(number)]


def test_keys_are_written_as_other_programs_write_them():
    """Public and private half belong together, by name, id and curve."""
    assert read_signer(GO_PRIVATE).verifier == read_verifier(GO_PUBLIC)
    assert str(read_verifier(GO_PUBLIC)) == GO_PUBLIC
    assert read_signer(GO_PRIVATE).secret() == GO_PRIVATE


@pytest.mark.parametrize("kind", [SIGNS, COSIGNS])
def test_a_key_is_kept_and_read_again(kind):
    """And `repr` never shows its secret half."""
    signer = new_signer("cơ-quan/x", kind)

    assert read_signer(signer.secret() + "\n") == signer
    assert read_verifier(str(signer.verifier)) == signer.verifier
    assert signer.secret().rsplit("+", 1)[1] not in repr(signer)


@given(st.data())
def test_any_changed_byte_of_a_note_is_seen(data):
    """In the text or in the signature."""
    whole = note(5, leaves(5)).encode()
    at, bit = data.draw(st.integers(0, len(whole) - 1)), data.draw(st.integers(0, 7))
    flipped = bytearray(whole)
    flipped[at] ^= 1 << bit

    try:
        text, lines = split_note(flipped.decode())
        read_checkpoint(text)
        good = [line for line in lines if signed_at(LOG.verifier, text, line) is not None]
    except (NoteError, UnicodeDecodeError):
        good = []
    assert good == []


def test_a_witness_signs_the_moment_with_the_text():
    """A moment that is changed afterwards does not fit."""
    text = Checkpoint("hoso/log", 3, root(leaves(3))).text
    line = WITNESS.line(text, seconds=1_800_000_000)
    name, packed = line.removeprefix("— ").split(" ")
    raw = bytearray(base64.b64decode(packed))
    raw[11] ^= 1

    assert signed_at(WITNESS.verifier, text, line) == 1_800_000_000
    assert signed_at(WITNESS.verifier, text, f"— {name} {base64.b64encode(raw).decode()}\n") is None
    assert signed_at(LOG.verifier, text, line) is None


@pytest.mark.parametrize(
    "line", ["", "x", "a+b+c", GO_PUBLIC[:-4], GO_PUBLIC.replace("c74f", "c740"), GO_PRIVATE, "a+00+" + "A" * 44]
)
def test_what_is_no_key_is_refused_without_being_quoted(line):
    """The message names the fault."""
    with pytest.raises(NoteError) as refused:
        read_verifier(line)
    assert "PRIVATE" not in str(refused.value)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb"])
def test_a_name_that_no_line_could_carry_is_refused(name):
    """Before a key is made."""
    with pytest.raises(NoteError):
        new_signer(name)


@pytest.mark.parametrize(
    "text", ["", "log\n1\n", "log\n1\n!\n", "log\n01\nAA==\n", "log\n1\nAA==\nmore\n", "\n1\nAA==\n"]
)
def test_what_is_no_checkpoint_is_refused(text):
    """Written otherwise than checkpoints are."""
    with pytest.raises(NoteError):
        read_checkpoint(text)


def test_a_witness_goes_along_with_a_log_that_grows():
    """From nothing, then step by step, and again over the same."""
    all_leaves, remembered = leaves(9), None
    for before, now in ((0, 3), (3, 7), (7, 7), (7, 9)):
        proof = consistency_proof(all_leaves[:now], before) if before else []
        line = cosign(WITNESS, LOG.verifier, remembered, note(now, all_leaves), proof, seconds=7)
        remembered = note(now, all_leaves)
        assert signed_at(WITNESS.verifier, split_note(remembered)[0], line) == 7


def test_a_witness_refuses_a_log_that_was_set_back_written_anew_or_is_another():
    """Also when the log's own key was stolen: that is what it is for."""
    true, false, other = leaves(9), leaves(9, b"false"), new_signer("other/log")
    remembered = note(7, true)
    proof = consistency_proof(true, 7)
    forged = consistency_proof(false, 7)

    for words, shown, steps in (
        ("set back", note(5, true), []),
        ("written anew", note(9, false), forged),
        ("written anew", note(7, false), []),
        ("written anew", note(9, true), proof[:-1]),
        ("not signed", note(9, true, other), proof),
        ("not signed", remembered.replace("\n7\n", "\n8\n"), []),
    ):
        with pytest.raises(WitnessRefusedError, match=words):
            cosign(WITNESS, LOG.verifier, remembered, shown, steps, seconds=1)
