"""No number without a paper: the pure check behind the register of outgoing papers."""

from hypothesis import given
from hypothesis import strategies as st

from dossiers.papers.numbering import number_faults

LAST = st.integers(min_value=0, max_value=60)


@given(LAST)
def test_numbers_that_are_all_there_have_no_fault(last):
    """In any order."""
    assert not number_faults(last, reversed(range(1, last + 1)))


@given(LAST, st.sets(st.integers(min_value=1, max_value=60)))
def test_every_number_that_is_taken_away_is_named(last, taken):
    """A gap at the beginning, inside or at the end."""
    left = [number for number in range(1, last + 1) if number not in taken]

    assert number_faults(last, left).missing == tuple(sorted(number for number in taken if number <= last))


@given(LAST, st.integers(min_value=1, max_value=9))
def test_a_number_beyond_the_last_was_never_given(last, beyond):
    """Somebody wrote it past the counter."""
    faults = number_faults(last, [*range(1, last + 1), last + beyond])

    assert (faults.missing, faults.never_given) == ((), (last + beyond,))


def test_a_number_on_two_papers_is_told():
    """Both are wrong until people say which is right."""
    assert number_faults(3, [1, 2, 2, 3]).double == (2,)
    assert number_faults(1, [0, 1]).never_given == (0,)
