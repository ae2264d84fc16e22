"""Canonical JSON: one value, one text; and a comparison that overlooks nothing."""

import pytest

from workflow.canonical import canonical_json, differences, filled, read_object, sealed_json, sha256_hex, text_of
from workflow.vocabulary import Text


def test_keys_are_sorted_letters_stay_and_no_space_is_left() -> None:
    """Two machines write the same bytes."""
    assert canonical_json({"b": [1, None], "a": "Đường"}) == '{"a":"Đường","b":[1,null]}'
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))


def test_the_seal_is_the_hash_of_the_body_without_it() -> None:
    """Anyone with SHA-256 can check the seal."""
    assert read_object(sealed_json({"a": 1})) == {"a": 1, "hash": sha256_hex('{"a":1}')}


@pytest.mark.parametrize("text", ['{"a":1,"a":2}', '{"a":{"b":1,"b":1}}', '{"a":NaN}', "[1]", "7", "{"])
def test_ambiguous_or_foreign_json_is_refused(text: str) -> None:
    """A key that stands twice lets two readers see two papers."""
    with pytest.raises(ValueError, match=r"\S"):
        read_object(text)


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
