"""The English of the pages: complete, without leftovers, and compiled from the text that is reviewed."""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

API = Path(__file__).parents[2] / "api"
ENGLISH = API / "translations" / "en" / "LC_MESSAGES"
_PLACE = re.compile(r"%\(\w+\)s")


@pytest.fixture(scope="module")
def used() -> set[str]:
    """Return every sentence that pages and templates say."""
    with (API / "translations" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    return {message for _file, _line, message, _notes, _context in extract_from_dir(str(API), methods, options)}


@pytest.fixture(scope="module")
def english() -> Catalog:
    """Return the reviewed translation."""
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def test_every_sentence_of_the_pages_has_an_english_one(used, english):
    """A page is never half in one language."""
    assert len(used) > 200
    assert {text for text in used if not (english.get(text) and english.get(text).string)} == set()


def test_the_translation_holds_nothing_that_no_page_says(used, english):
    """What is gone from the pages goes from the translation."""
    assert {message.id for message in english if message.id} - used == set()


def test_every_translation_has_the_same_places_for_values(english):
    """A lost place would lose a number or a name."""
    differing = [
        message.id
        for message in english
        if message.id and sorted(_PLACE.findall(message.id)) != sorted(_PLACE.findall(message.string))
    ]

    assert differing == []


def test_the_compiled_file_is_the_reviewed_one(english):
    """What runs is what was read; compile with `pybabel compile -d api/translations` after a change."""
    with (ENGLISH / "messages.mo").open("rb") as file:
        compiled = read_mo(file)
    fresh = io.BytesIO()
    write_mo(fresh, english)
    fresh.seek(0)

    assert {m.id: m.string for m in compiled if m.id} == {m.id: m.string for m in read_mo(fresh) if m.id}
