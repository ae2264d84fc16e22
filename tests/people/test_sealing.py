"""Numbers sealed at rest, and the index that finds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.errors import SealBrokenError
from dossiers.people.sealing import Sealer, normalise_number

SEALER = Sealer(b"a secret of the tests, long enough")
OTHER = Sealer(b"another secret of the tests, long")
NUMBERS = st.text(alphabet="0123456789ABCXYZ", min_size=1, max_size=20)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_is_sealed_opens_again(text: str) -> None:
    """With the same secret, also in another process."""
    assert Sealer(b"a secret of the tests, long enough").open(SEALER.seal(text)) == text


@given(NUMBERS)
def test_the_same_number_is_never_sealed_alike(number: str) -> None:
    """Equal rows cannot be told from equal ciphertexts."""
    assert SEALER.seal(number) != SEALER.seal(number)


@given(NUMBERS, st.data())
def test_an_altered_seal_does_not_open(number: str, data: st.DataObject) -> None:
    """Any changed bit, any missing byte, is noticed."""
    sealed = bytearray(SEALER.seal(number))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8
    shorter = SEALER.seal(number)[: data.draw(st.integers(0, len(sealed) - 1))]

    for broken in (bytes(sealed), shorter):
        with pytest.raises(SealBrokenError):
            SEALER.open(broken)


def test_another_installation_opens_nothing_and_finds_nothing() -> None:
    """Both keys depend on the secret."""
    with pytest.raises(SealBrokenError):
        OTHER.open(SEALER.seal("099099000001"))
    assert OTHER.index("099099000001") != SEALER.index("099099000001")


@given(NUMBERS, NUMBERS)
def test_two_indexes_are_equal_exactly_when_the_numbers_are(first: str, second: str) -> None:
    """The index finds the number and no other."""
    assert (SEALER.index(first) == SEALER.index(second)) == (first == second)


@pytest.mark.parametrize("typed", ["099099000001", " 099 099 000 001", "099.099-000001", "０９９０９９０００００１"])
def test_a_number_is_found_however_it_was_typed(typed: str) -> None:
    """Spaces, dots, hyphens and wide digits make no difference."""
    assert normalise_number(typed) == "099099000001"
    assert SEALER.index(typed) == SEALER.index("099099000001")


def test_a_short_secret_is_refused_and_no_key_is_shown() -> None:
    """A fault at the start is better than a key that can be guessed."""
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"short")
    assert "secret" not in repr(SEALER)
