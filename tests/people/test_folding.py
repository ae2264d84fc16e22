"""Names compared without accents, and texts as they are kept."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossiers.people.folding import fold, tidy

VIETNAMESE = "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("NGUYỄN VĂN THỬ", "nguyen van thu"),
        ("Đặng  Đình\tĐề ", "dang dinh de"),
        ("Trắc Ươm", "trac uom"),
        ("Straße ﬁ", "strasse fi"),
        ("", ""),
    ],
)
def test_a_name_folds_to_plain_letters(text: str, folded: str) -> None:
    """Accents, case and spaces go; đ is a d."""
    assert fold(text) == folded


@given(st.text(alphabet=VIETNAMESE + VIETNAMESE.upper() + " ", max_size=60))
def test_a_vietnamese_name_folds_to_ascii(text: str) -> None:
    """No Vietnamese letter is left over."""
    assert fold(text).isascii()
    assert fold(text) == fold(text.upper()) == fold(text.lower())


@given(st.text())
def test_folding_a_folded_text_changes_nothing(text: str) -> None:
    """What a search compares is stable."""
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_the_way_a_keyboard_writes_accents_does_not_matter(text: str) -> None:
    """Composed and decomposed letters fold alike."""
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == fold(text)


@given(st.text())
def test_a_tidied_text_is_one_visible_line(text: str) -> None:
    """Composed, without control or direction characters, and tidying again changes nothing."""
    kept = tidy(text)

    assert unicodedata.is_normalized("NFC", kept)
    assert not {unicodedata.category(character) for character in kept} & {"Cc", "Cf", "Cs", "Co"}
    assert "  " not in kept
    assert kept == kept.strip() == tidy(kept)


def test_invisible_characters_do_not_hide_a_name() -> None:
    """A zero-width space or a direction mark pasted with the name is dropped."""
    assert tidy("NGUYỄN\u200b VĂN\u202e\n THỬ\x00") == "NGUYỄN VĂN THỬ"
