"""Packages written by hand: what any reader of zip files finds in them."""

import io
import zipfile

from hypothesis import given
from hypothesis import strategies as st

from dossiers.papers.packing import STORED_BYTES_MAX, Package


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\:"), min_size=1, max_size=20),
        st.tuples(st.binary(max_size=200), st.integers(1, 400), st.booleans()),
        max_size=8,
    )
)
def test_any_reader_finds_every_member_under_its_name(members: dict[str, tuple[bytes, int, bool]]) -> None:
    """Names in any script, in the order they came; stored or deflated, short or long, every sum is right."""
    package = Package()
    for name, (data, times, deflate) in members.items():
        package = package.with_member(name, data * times, deflate=deflate)

    with zipfile.ZipFile(io.BytesIO(package.to_bytes())) as read:
        assert read.namelist() == list(members)
        assert read.testzip() is None
        for name, (data, times, deflate) in members.items():
            entry = read.getinfo(name)
            assert read.read(name) == data * times
            assert (entry.compress_type == zipfile.ZIP_DEFLATED) == (deflate or len(data * times) > STORED_BYTES_MAX)
            assert entry.date_time == (1980, 1, 1, 0, 0, 0)


def test_a_package_that_grew_leaves_the_one_it_grew_from_as_it_was() -> None:
    """What is the same on every paper of a form is kept, and shared by threads."""
    shared = Package().with_member("chung", b"1", deflate=True)
    one, other = (shared.with_member(name, b"2", deflate=False) for name in ("một", "hai"))

    assert [len(zipfile.ZipFile(io.BytesIO(each.to_bytes())).namelist()) for each in (shared, one, other)] == [1, 2, 2]
