"""`hoso law show` with a picture and `hoso law diff`, as others script against them."""

import json

import pytest
from lxml import etree

from workflow.difference import compare
from workflow.loader import load_procedures

EDITIONS = load_procedures()
ADULT = next(each for each in EDITIONS if each.key == "cnbb-adult@2026-07-01")


def test_an_edition_is_printed_as_svg_mermaid_and_bpmn(hoso):
    """Nothing but the picture goes out, so that it can be written to a file."""
    code, svg, _ = hoso("law", "show", ADULT.key, "--svg")
    assert (code, etree.fromstring(svg.encode()).tag) == (0, "{http://www.w3.org/2000/svg}svg")
    code, text, _ = hoso("law", "show", "cnbb-adult", "--mermaid")
    assert (code, text.splitlines()[0]) == (0, "stateDiagram-v2")
    code, document, _ = hoso("law", "show", "cnbb-adult", "--bpmn", "--language", "en")
    assert (code, etree.fromstring(document.encode()).tag.rpartition("}")[2]) == (0, "definitions")
    assert ADULT.title.en in document


def test_a_path_is_pointed_out_in_the_picture(hoso):
    """Step by step, with the whole procedure or as a story of its own."""
    act = next(each for each in ADULT.by_source[ADULT.initial.id] if each.dest not in ("=", ADULT.initial.id))
    way = ("--step", f"{ADULT.initial.id}:{act.trigger}", "--current", act.dest)

    _, whole, _ = hoso("law", "show", "cnbb-adult", "--svg", *way)
    _, story, _ = hoso("law", "show", "cnbb-adult", "--svg", "--story", *way)

    assert whole.count("▶ đang ở đây") == story.count("▶ đang ở đây") == 1
    assert story.count("data-state") < whole.count("data-state") == len(ADULT.states)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--svg", "--current", "NOWHERE"),
        ("--svg", "--step", "NOWHERE:x"),
        ("--bpmn", "--story"),
        ("--svg", "--language", "fr"),
    ],
)
def test_a_slip_in_a_path_is_wrong_usage(hoso, arguments):
    """What the edition does not know is said, not drawn."""
    code, out, err = hoso("law", "show", "cnbb-adult", *arguments)

    assert (code, out) == (2, "")
    assert "Error" in err


def test_two_editions_are_compared_in_words_and_as_json(hoso):
    """Both languages for people; parts, ids and words for programs."""
    old, new = EDITIONS[0], ADULT
    found = compare(old, new)

    code, out, _ = hoso("law", "diff", old.key, new.key)
    lines = out.splitlines()
    assert (code, lines[0]) == (0, f"{old.key} → {new.key}: {len(found)}")
    assert len(lines) == 1 + 2 * len(found)

    code, out, _ = hoso("law", "diff", old.key, new.key, "--json")
    told = json.loads(out)
    assert (code, told["from"], told["to"]) == (0, old.key, new.key)
    assert [(each["part"], each["what"], each["id"]) for each in told["changes"]] == [
        (each.part, each.what, each.id) for each in found
    ]
    assert all(each["sentence"]["vi"] and each["sentence"]["en"] for each in told["changes"])


def test_an_edition_does_not_differ_from_itself_and_an_unknown_one_is_refused(hoso):
    """Exit code 1 says that there is no such edition."""
    assert hoso("law", "diff", ADULT.key, ADULT.key)[:2] == (0, f"{ADULT.key} → {ADULT.key}: 0\n")
    code, _, err = hoso("law", "diff", ADULT.key, "khong-co")
    assert code == 1
    assert "khong-co" in err
