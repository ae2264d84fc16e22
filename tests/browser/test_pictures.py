"""What only a real browser can say of the pictures: whether their texts fit, and whether Mermaid reads what is its."""

from dataclasses import replace
from importlib.resources import as_file, files

import pytest
from playwright.sync_api import Browser, Page

from workflow.diagram.mermaid import mermaid
from workflow.diagram.svg import swim_lanes
from workflow.loader import load_procedures
from workflow.vocabulary import Text

pytestmark = pytest.mark.browser

EDITIONS = load_procedures()
#: For each text of a box: whether the letters that were really drawn stay inside the border.
OUTSIDE = """() => {
  const outside = [];
  let box = null;
  for (const each of document.querySelectorAll("svg > g > *")) {
    if (each.dataset.state) { box = each.getBBox(); continue; }
    if (each.tagName !== "text" || !box) { continue; }
    const text = each.getBBox();
    if (text.x < box.x || text.x + text.width > box.x + box.width || text.y < box.y ||
        text.y + text.height > box.y + box.height) { outside.push(each.textContent); }
  }
  return outside;
}"""
READ = """async (text) => {
  mermaid.initialize({ startOnLoad: false });
  await mermaid.parse(text);
  const read = await mermaid.mermaidAPI.getDiagramFromText(text);
  const states = [...read.db.getStates().values()].map((state) => [state.id, state.descriptions]);
  return { type: read.type, states, moves: read.db.getRelations() };
}"""


@pytest.fixture
def sheet(chromium: Browser):
    """Return an empty page without a network."""
    context = chromium.new_context(offline=True)
    yield context.new_page()
    context.close()


@pytest.fixture
def reader(sheet: Page):
    """Return a page that has Mermaid itself, as a test package brings it."""
    with as_file(files("mermaidx") / "assets" / "mermaid.js") as script:
        sheet.add_script_tag(path=script)
    return sheet


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_drawn_texts_stay_inside_their_boxes(edition, language, sheet):
    """With the fonts of this machine, not with an estimate."""
    sheet.set_content(f"<body>{swim_lanes(edition, language=language)}</body>")

    assert sheet.locator("svg > g > text").count() > 2 * len(edition.states)
    assert sheet.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda each: each.key)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_mermaid_reads_every_state_and_every_move(edition, language, reader):
    """Its own parser, and nothing else than what was written."""
    text = mermaid(edition, language=language)
    read = reader.evaluate(READ, text)
    pairs = {(source, source if act.dest == "=" else act.dest) for act in edition.transitions for source in act.source}
    ends = [state for state in edition.states.values() if state.terminal]
    titles = {
        f"{state.code} {state.title.vi if language == 'vi' else state.title.en}" for state in edition.states.values()
    }

    assert read["type"] == "stateDiagram"
    assert len(read["moves"]) == len(pairs) + 1 + len(ends)
    assert {said for _, described in read["states"] for said in described} == {shown(title) for title in titles}
    assert len([state for state, described in read["states"] if described]) == len(edition.states)
    # A longer text is not drawn where nobody has raised the bound of Mermaid.
    assert len(text) < 50_000


def test_nothing_in_a_title_means_anything_to_mermaid(reader):
    """Quotation marks, arrows, comments, braces, words of the language: all of it is only text."""
    nasty = Text('a "b"; c --> d : %% %%{init: {}}%% {x} <b> `#35; end note\n [*] state \\n style x:y#1; @z', "x")
    edition = min(EDITIONS, key=lambda each: len(each.states))
    states = {name: replace(state, title=nasty, code="end") for name, state in edition.states.items()}
    bodies = {name: replace(body, title=nasty) for name, body in edition.bodies.items()}
    moves = tuple(replace(each, title=nasty) for each in edition.transitions)
    strange = replace(edition, title=nasty, states=states, bodies=bodies, transitions=moves)

    plain, odd = (reader.evaluate(READ, mermaid(each)) for each in (edition, strange))

    assert [state for state, _ in odd["states"]] == [state for state, _ in plain["states"]]
    assert len(odd["moves"]) == len(plain["moves"])
    drawn = reader.evaluate("async (text) => (await mermaid.render('it', text)).svg", mermaid(strange))
    assert 'a "b"; c --&gt; d : %%' in drawn


def shown(text: str) -> str:
    """Return a text as Mermaid keeps it until it draws."""
    flat = " ".join(text.split())
    return "".join(each if each.isalnum() or each in KEPT else f"ﬂ°°{ord(each)}¶ß" for each in flat)


KEPT = " .,()/–—…“”‘’!?+*=-_"
