"""Merkle trees: the values that RFC 6962's own implementation gives, and every proof of every small tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.evidence.log.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    consistent,
    grown,
    includes,
    inclusion_proof,
    leaf_hash,
    root,
    root_of,
)

#: The inputs and roots that implementations of RFC 6962 are compared by.
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = {
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def tree(size):
    """Return the leaf hashes of a tree."""
    return [leaf_hash(str(number).encode()) for number in range(size)]


def plain_root(leaves):
    """Return the root as section 2.1 of the RFC defines it, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + plain_root(leaves[:split]) + plain_root(leaves[split:])).digest()


@pytest.mark.parametrize("size", ROOTS)
def test_the_roots_are_those_of_other_implementations(size):
    """Otherwise nobody else could check a proof."""
    leaves = [leaf_hash(bytes.fromhex(each)) for each in INPUTS[:size]]

    assert root(leaves).hex() == ROOTS[size]


def test_no_leaves_have_the_root_of_nothing():
    """SHA-256 of no bytes."""
    assert root([]) == EMPTY_ROOT == hashlib.sha256().digest()


@given(st.integers(1, 130))
def test_a_root_is_what_the_definition_says(size):
    """The frontier is only a shorter way there."""
    assert root(tree(size)) == plain_root(tree(size))


@given(st.integers(0, 70), st.integers(0, 70))
def test_a_tree_grows_to_the_same_root_in_one_step_or_in_two(first, more):
    """What a checkpoint keeps is enough to go on."""
    leaves = tree(first + more)
    frontier = grown((), 0, leaves[:first])

    assert root_of(grown(frontier, first, leaves[first:])) == root(leaves)


@given(st.data())
def test_every_leaf_is_shown_to_be_in_and_no_other(data):
    """A proof holds for its leaf, its place and its root alone."""
    size = data.draw(st.integers(1, 70))
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    leaves = tree(size)
    proof = inclusion_proof(leaves, index)

    assert includes(leaves[index], index, size, proof, root(leaves))
    assert includes(leaves[index], other, size, proof, root(leaves)) == (other == index)
    assert not includes(leaf_hash(b"another"), index, size, proof, root(leaves))
    assert not includes(leaves[index], index, size, [*proof, leaves[0]], root(leaves))
    assert not includes(leaves[index], index, size, proof, leaf_hash(b"another"))


@given(st.data())
def test_a_later_tree_is_shown_to_begin_with_the_earlier_and_with_no_other(data):
    """One changed leaf among the first ones, and no proof leads there."""
    new = data.draw(st.integers(1, 70))
    old = data.draw(st.integers(1, new))
    leaves = tree(new)
    earlier, later, proof = root(leaves[:old]), root(leaves), consistency_proof(leaves, old)
    forged = list(leaves)
    forged[data.draw(st.integers(0, old - 1))] = leaf_hash(b"forged")

    assert consistent(old, new, earlier, later, proof)
    assert not consistent(old, new, root(forged[:old]), later, proof)
    assert not consistent(old, new, earlier, root(forged), consistency_proof(forged, old))
    assert not consistent(old, new, earlier, later, [*proof, leaves[0]])
    assert proof == [] or not consistent(old, new, earlier, later, proof[:-1])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3), (-1, 2)])
def test_there_is_no_proof_about_a_tree_that_never_was(old, new):
    """Neither made nor believed."""
    with pytest.raises(IndexError):
        consistency_proof(tree(new), old)
    assert not consistent(old, new, root(tree(max(old, 0))), root(tree(new)), [])
    with pytest.raises(IndexError):
        inclusion_proof(tree(new), new)
    assert not includes(leaf_hash(b""), new, new, [], root(tree(new)))
