"""The verdict on a scan: complete is what equals the whole print, and every other scan says what is wrong with it."""

from hypothesis import example, given
from hypothesis import strategies as st

from dossiers.papers.page_codes import DIGITS, PAGES_MAX, PageCode, read_code, short_code, version_of
from dossiers.papers.scan_verdicts import Result, judge, verdict_json, verdict_lines

OURS, OTHER = "0123456789abcdef", "fedcba9876543210"


def page(number, pages=3, version=OURS):
    """Return what a scanned page with one code shows."""
    return (PageCode(version, number, pages),)


def codes():
    """Return codes of two versions whose prints have one to four pages."""
    sizes = st.integers(1, 4).flatmap(lambda pages: st.tuples(st.integers(1, pages), st.just(pages)))
    return st.builds(lambda version, size: PageCode(version, *size), st.sampled_from([OURS, OTHER]), sizes)


SCANS = st.lists(st.lists(codes(), max_size=2).map(tuple), max_size=6).map(tuple)
WHOLE = st.integers(1, 6).map(lambda pages: tuple(page(number, pages) for number in range(1, pages + 1)))


@given(SCANS | WHOLE)
@example((page(1, 1),))
@example((page(1), page(2)))
@example((page(1), page(2), page(3), ()))
def test_complete_is_exactly_every_page_once_in_order_and_nothing_else(seen):
    """Said once more in other words than the program's: counting up from one to the number that every code names."""
    read = [code for codes_there in seen for code in codes_there]
    one_each = all(len(codes_there) == 1 for codes_there in seen)
    of_this = all(code.version == OURS and code.pages == len(read) for code in read)
    in_order = all(code.page == place for place, code in enumerate(read, 1))

    is_complete = judge(OURS, seen).result is Result.COMPLETE

    assert is_complete == (len(read) > 0 and one_each and of_this and in_order)


@given(SCANS)
def test_whatever_is_not_complete_says_what_is_wrong(seen):
    """No scan is refused without a reason that an officer can look for."""
    verdict = judge(OURS, seen)
    faults = [verdict.missing, verdict.doubled, verdict.foreign, verdict.unreadable, verdict.several]
    told = any(faults) or not verdict.in_order

    if verdict.result is Result.COMPLETE:
        assert not told
    elif verdict.result is not Result.NO_CODE:
        assert told
        assert len(verdict_lines(verdict_json(verdict))) > 1


@given(WHOLE, st.data())
def test_a_whole_scan_with_one_page_lost_turned_unreadable_or_swapped_is_not_complete(whole, data):
    """The smallest harm a feeder does."""
    place = data.draw(st.integers(0, len(whole) - 1))
    harm = data.draw(st.sampled_from([(), ((),), (page(1, version=OTHER),), (whole[place] * 2,), (whole[place],) * 2]))

    assert judge(OURS, whole[:place] + harm + whole[place + 1 :]).result is not Result.COMPLETE


def test_a_missing_page_is_named():
    """What the officer must look for."""
    verdict = judge(OURS, (page(1), page(3)))

    assert (verdict.result, verdict.missing, verdict.in_order) == (Result.INCOMPLETE, (2,), True)
    assert [line.en for line in verdict_lines(verdict_json(verdict))][1:] == [
        "Pages not seen: 2.",
        "The paper has 3 pages.",
    ]


def test_a_doubled_and_shuffled_page_is_named():
    """Both faults are told."""
    verdict = judge(OURS, (page(2), page(1), page(2), page(3)))

    assert (verdict.result, verdict.doubled, verdict.in_order, verdict.missing) == (
        Result.INCOMPLETE,
        (2,),
        False,
        (),
    )
    assert "Trang không đúng thứ tự, đã quét theo thứ tự: 2, 1, 2, 3." in [
        line.vi for line in verdict_lines(verdict_json(verdict))
    ]


def test_a_page_of_an_older_version_is_foreign():
    """The worst mistake: the right number of pages, one of them from before the correction."""
    verdict = judge(OURS, (page(1), page(2, version=OTHER), page(3)))

    assert (verdict.result, verdict.foreign, verdict.missing) == (Result.FOREIGN, (2,), (2,))


def test_a_page_of_a_print_of_another_length_is_foreign():
    """Two prints of the same bytes that broke their pages otherwise do not make one paper."""
    verdict = judge(OURS, (page(1), page(2, 2), page(3)))

    assert (verdict.result, verdict.foreign) == (Result.FOREIGN, (2,))


def test_an_unreadable_page_and_one_with_two_codes_keep_a_scan_from_being_complete():
    """What was not read once is not known."""
    assert judge(OURS, (page(1), (), page(3))).unreadable == (2,)
    assert judge(OURS, (page(1), page(2) + page(3), page(3))).several == (2,)
    assert judge(OURS, (page(1), (), page(3))).result is Result.INCOMPLETE


def test_a_scan_without_any_code_asks_for_eyes():
    """A print from Word, and a file that nobody could examine."""
    assert judge(OURS, ((), ())).result is Result.NO_CODE
    assert judge(OURS, ()).result is Result.NO_CODE
    assert judge(OURS, None).result is Result.NOT_EXAMINED


@given(codes())
def test_a_code_reads_back_as_what_was_written(code):
    """Upper case on paper, lower case in the file."""
    assert read_code(code.text) == code
    assert code.text == code.text.upper()
    assert len(PageCode(code.version, PAGES_MAX, PAGES_MAX).text) <= 29


@given(st.text() | st.from_regex(r"HOSO1:[0-9A-Fa-f]{14,17}:[0-9]{1,3}/[0-9]{1,3}", fullmatch=True))
def test_a_strange_code_is_none_of_ours_unless_it_is_exactly_one(text):
    """A citizen's card, a pay code, a forged page number: whatever is read is what would be written."""
    code = read_code(text)

    assert code is None or (code.text == text and 1 <= code.page <= code.pages <= PAGES_MAX)


def test_the_short_code_begins_the_hash_that_the_page_shows():
    """A person compares eight digits."""
    sha256 = "5f227c7b1192d8b0afb2" + "0" * 44

    assert version_of(sha256) == sha256[:DIGITS]
    assert short_code(version_of(sha256)) == "5F22-7C7B"
