"""Canonical JSON: one value, one text (RFC 8785); and a comparison that overlooks nothing."""

import json
from enum import IntEnum, StrEnum

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow.canonical import (
    INTEGER_MAX,
    CanonicalError,
    canonical_json,
    differences,
    filled,
    read_object,
    read_value,
    sealed_json,
    sha256_hex,
    text_of,
)
from workflow.vocabulary import Text

LETTERS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
#: Keys that sort differently by code points and by UTF-16 code units are drawn often.
KEYS = st.text(
    st.sampled_from('aZ\x00\x1f"\\\u0080é\u20ac\ud7ff\ue000\ufb33\uffff\U00010000\U0001f600\U0010ffff'), max_size=4
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | LETTERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | LETTERS, inner, max_size=5),
    max_leaves=25,
)


def test_keys_are_sorted_letters_stay_and_no_space_is_left() -> None:
    """Two machines write the same bytes."""
    assert canonical_json({"b": [1, None], "a": "Đường"}) == '{"a":"Đường","b":[1,null]}'


def test_the_samples_of_the_standard_are_reproduced() -> None:
    """RFC 8785, 3.2.2 (literals and strings) and 3.2.3 (order of keys), without its fractions."""
    strings = {
        "string": '\u20ac$\u000f\nA\'B"\\"/',
        "literals": [None, True, False],
    }
    order = {
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\U0001f600": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis",
    }

    assert canonical_json(strings) == '{"literals":[null,true,false],"string":"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"}'
    assert [value.split()[0] for value in json.loads(canonical_json(order)).values()] == [
        "Carriage",
        "One",
        "Control",
        "Latin",
        "Euro",
        "Emoji:",
        "Hebrew",
    ]


@settings(deadline=None)
@given(VALUES)
def test_the_bytes_are_those_of_an_independent_implementation(value: object) -> None:
    """The package `rfc8785` writes the same bytes for every value that has a canonical form here."""
    text = canonical_json(value)

    assert text.encode() == rfc8785.dumps(value)
    assert canonical_json(json.loads(text)) == text


def test_numbers_are_whole_and_within_what_every_reader_keeps() -> None:
    """From -(2^53 - 1) to 2^53 - 1; a fraction would have to be rounded, so there is none."""
    assert canonical_json([INTEGER_MAX, -INTEGER_MAX, 0]) == "[9007199254740991,-9007199254740991,0]"
    for number in (INTEGER_MAX + 1, -INTEGER_MAX - 1, 1.0, 0.5, -0.0, float("nan"), float("inf")):
        with pytest.raises(CanonicalError):
            canonical_json({"a": [number]})


def test_words_and_numbers_of_closed_lists_are_written_as_what_they_are() -> None:
    """A member of an enumeration is its value."""
    word, number = StrEnum("Word", {"ONE": "một"}), IntEnum("Number", {"ONE": 1})

    assert canonical_json([word.ONE, number.ONE, (True,)]) == '["một",1,[true]]'


@pytest.mark.parametrize("value", ["\ud800", {"\udfff": 1}, {1: 2}, {None: 1}, {"a": {1, 2}}, b"x", [object()]])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """Half a surrogate pair, a key that is no text, a value that JSON does not know."""
    with pytest.raises(CanonicalError):
        canonical_json(value)


@settings(deadline=None)
@given(st.dictionaries(KEYS | st.sampled_from(["g", "hash0", "has", "hashed"]), VALUES, max_size=6))
def test_the_seal_is_the_hash_of_the_body_without_it(body: dict[str, object]) -> None:
    """Anyone with SHA-256 can check the seal."""
    sealed = sealed_json(body)

    assert sealed.encode() == rfc8785.dumps({**body, "hash": sha256_hex(rfc8785.dumps(body).decode())})
    assert read_object(sealed) == {**body, "hash": sha256_hex(canonical_json(body))}


@pytest.mark.parametrize(
    "text",
    [
        *('{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":NaN}', '{"a":-Infinity}', "[1]", "7", "{", ""),
        *('{"a":1.0}', '{"a":1e2}', '{"a":-0}', '{"a":9007199254740992}', '{"a":"\\ud800"}', '{"a":01}'),
    ],
)
def test_ambiguous_or_foreign_json_is_refused(text: str) -> None:
    """A key that stands twice, a number that readers round: each lets two readers see two papers."""
    with pytest.raises(ValueError, match=r"\S"):
        read_object(text)


@settings(deadline=None)
@given(st.dictionaries(LETTERS, VALUES, max_size=3), st.sampled_from([None, 1, 2, 4, "\t"]), st.booleans())
def test_a_paper_may_be_printed_evenly_and_no_other_way(
    value: dict[str, object],
    step: int | str | None,
    escaped: bool,  # noqa: FBT001 - drawn
) -> None:
    """Compact or indented as tools do it; one space, line break or escape changed in it is no even layout any more."""
    text = json.dumps(value, indent=step, ensure_ascii=escaped)

    assert read_object(text) == read_object(text.encode()) == read_object(text.replace("\n", "\r\n") + "\n") == value
    for crooked in (f" {text}", f"{text} ", f"{text}\n\n", f"{text}\r", f"\ufeff{text}"):
        with pytest.raises(ValueError, match=r"\S"):
            read_value(crooked)
    with pytest.raises(ValueError, match="unevenly"):
        read_value('{"a": 1,"b":2}')
    with pytest.raises(ValueError, match="unevenly"):
        read_value('{"a":"\\u0041"}')
    with pytest.raises(ValueError, match="utf-8"):
        read_value(b'{"a":"\xff"}')


def test_every_kind_of_difference_is_named_by_its_place() -> None:
    """Missing, added, changed, longer; and 1 is neither true nor 1.0."""
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2}]}) == []
    assert [line.split(":")[0] for line in differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 3}, 4]})] == [
        "a",
        "a[1].b",
    ]
    assert [line.split(":")[0] for line in differences({"x": 1}, {"y": 1})] == ["x", "y"]
    assert len(differences({"a": True}, {"a": 1})) == 1
    assert len(differences({"a": 1.0}, {"a": 1})) == 1
    assert len(differences({"a": None}, {"a": {}})) == 1


def test_a_text_needs_both_languages() -> None:
    """Users read either; a hole in one of them is a fault of the data file."""
    assert filled(text_of({"vi": "Ngày {n}", "en": "Day {n}"}), n=3) == Text("Ngày 3", "Day 3")
    with pytest.raises(ValueError, match="both languages"):
        text_of({"vi": "Ngày", "en": " "})
    with pytest.raises(KeyError):
        text_of({"vi": "Ngày"})
