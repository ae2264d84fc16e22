"""Pictures on pages: of the law, of the way a dossier took, and the difference of two editions; who may see them."""

import re
from itertools import pairwise

import pytest
from lxml import etree

OFFICER, HEAD, STRANGER = "cax.canbo.minhhoa", "cax.truong.minhhoa", "cax.canbo.thunghiem"
SVG = "{http://www.w3.org/2000/svg}"
#: What a page and a picture may weigh on the line, before they are compressed.
PAGE_BYTES_MAX, WAY_BYTES_MAX, WHOLE_BYTES_MAX = 400_000, 80_000, 300_000


def pictures_of(scene):
    """Return the addresses of the pictures of a dossier."""
    return [f"/dossiers/{scene.dossier_id}/{name}" for name in ("way.svg", "diagram.svg")]


def drawing(visitor, path):
    """Return a picture as a tree."""
    answer = visitor.client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml"), path
    return etree.fromstring(answer.get_data())


def heavy(tree):
    """Return the moves that are drawn as taken."""
    lines = [each for each in tree.iter(f"{SVG}path") if float(each.get("stroke-width")) > 3]
    return {(each.get("data-from"), each.get("data-to")) for each in lines}


def acts(scene):
    """Return the (from, to) pairs of the acts in the diary that changed the state, and where it stands."""
    rows = scene.rows("select from_state, to_state from diary where kind = 'moved' order by seq")
    assert all(before[1] == after[0] for before, after in pairwise(rows))
    return {row for row in rows if row[0] != row[1]}, rows[-1][1]


def test_the_page_of_a_dossier_shows_its_way_as_a_picture_and_in_words(after, visit):
    """The picture is fetched from an address of its own; its frame scrolls and can be reached by keyboard."""
    scene = after("decide_apply")
    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    (section,) = page.tree.xpath("//section[@aria-labelledby='picture']")
    (image,) = section.xpath(".//img")
    states = scene.house.law.procedures
    here = next(each for each in states if each.id == "cnbb-adult" and each.key in page.response.get_data(as_text=True))
    taken, current = acts(scene)

    assert image.get("src") == f"/dossiers/{scene.dossier_id}/way.svg"
    assert image.get("alt")
    frame = image.getparent()
    assert (frame.get("tabindex"), frame.get("role"), bool(frame.get("aria-label"))) == ("0", "region", True)
    words = [" ".join(item.text_content().split()) for item in section.xpath(".//ol/li")]
    assert words[-1] == f"Đang ở: {here.states[current].code} {here.states[current].title.vi}"
    assert len(words) > len(taken)
    ahead = [act.title.vi for act in here.by_source[current]]
    assert len(section.xpath(".//ul/li")) == len(ahead)
    assert len(page.response.get_data()) < PAGE_BYTES_MAX


def test_the_pictures_point_out_the_acts_of_the_diary_and_where_it_stands(after, visit):
    """Heavy lines are the moves that were made, the heaviest border is the state now."""
    scene = after("decide_apply")
    officer = visit(scene, OFFICER)
    taken, current = acts(scene)

    for path in pictures_of(scene):
        tree = drawing(officer, path)
        borders = {
            each.get("data-state"): float(each.get("stroke-width"))
            for each in tree.iter(f"{SVG}rect")
            if each.get("data-state")
        }
        assert heavy(tree) == taken, path
        assert max(borders, key=borders.__getitem__) == current, path
    name = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}").heading.split(" Hồ sơ")[0]
    for path in pictures_of(scene):
        assert name not in officer.client.get(path).get_data(as_text=True), (
            "a picture is about the law, not about a name"
        )
    sizes = [len(officer.client.get(path).get_data()) for path in pictures_of(scene)]
    assert sizes[0] < WAY_BYTES_MAX
    assert sizes[1] < WHOLE_BYTES_MAX


def test_the_whole_picture_has_a_page_with_every_state_in_words(after, visit):
    """For those who cannot see it, the list says the same."""
    scene = after("decide_apply")
    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}/diagram")

    assert page.heading == "Đường đi của hồ sơ trong toàn bộ thủ tục"
    assert page.tree.xpath("//main//img/@src") == [f"/dossiers/{scene.dossier_id}/diagram.svg"]
    said = page.tree.xpath("//section[@aria-labelledby='words']//details/ol/li")
    assert len(said) > 50
    assert len(page.tree.xpath("//section[@aria-labelledby='way']//li")) > 10
    seen = scene.rows("select count(*) from access_log where what = 'page'")[0][0]
    visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}/diagram")
    assert scene.rows("select count(*) from access_log where what = 'page'")[0][0] == seen + 1


def test_a_stranger_sees_no_picture_of_a_dossier(after, visit):
    """Another commune gets the answer of what does not exist; who is not signed in gets nothing either."""
    scene = after("decide_apply")
    stranger, nobody = visit(scene, STRANGER), visit(scene)

    for path in [*pictures_of(scene), f"/dossiers/{scene.dossier_id}/diagram"]:
        assert stranger.get(path).status == 404, path
        refused = nobody.client.get(path)
        assert refused.status_code in (303, 401), path
        assert b"<svg" not in refused.get_data()
        assert visit(scene, OFFICER).client.get(path).headers["Cache-Control"] == "private, no-store"


def test_a_body_that_left_sees_the_way_up_to_then(before, visit):
    """What happened afterwards is neither drawn nor told."""
    scene = before("complete_dossier")
    scene.act(OFFICER, "transfer_competence", {"competent_cax": "@body:CAX-99002"})
    assert scene.scan(STRANGER, "D-RESVER").status == 201
    scene.clock.instant = scene.clock.instant.replace(minute=scene.clock.instant.minute + 5)
    scene.act(STRANGER, "complete_dossier", scene.recording.fields_of("complete_dossier"))
    old, new = visit(scene, HEAD), visit(scene, STRANGER)
    last = acts(scene)[1]

    for path in pictures_of(scene):
        assert heavy(drawing(old, path)) < heavy(drawing(new, path))
    then = drawing(old, pictures_of(scene)[0])
    assert "▶ đang ở đây" in " ".join(then.itertext())
    assert last not in {move[1] for move in heavy(then)}
    page = old.get(f"/dossiers/{scene.dossier_id}/diagram")
    assert "Trang này cho thấy hồ sơ như khi đó" in page.text


def test_every_edition_has_a_page_with_its_picture_and_the_same_in_words(start, visit):
    """Linked from the page of the edition; the picture and the BPMN document are well formed."""
    officer = visit(start, OFFICER)
    assert "/law/compare" in officer.get("/law").links().values()
    for edition in start.house.law.procedures:
        page = officer.get(f"/law/{edition.key}/diagram")
        assert f"/law/{edition.key}/diagram" in officer.get(f"/law/{edition.key}").links().values()
        assert len(page.tree.xpath("//section[@aria-labelledby='words']/ol/li")) == len(edition.states)
        tree = drawing(officer, f"/law/{edition.key}/diagram.svg")
        assert len([each for each in tree.iter(f"{SVG}rect") if each.get("data-state")]) == len(edition.states)
        kept = officer.client.get(f"/law/{edition.key}/diagram.bpmn")
        assert etree.fromstring(kept.get_data()).tag.endswith("}definitions")
        assert kept.headers["Content-Disposition"] == f'attachment; filename="{edition.key}.bpmn"'
    for path in ("diagram", "diagram.svg", "diagram.bpmn"):
        assert officer.get(f"/law/khong-co@2020-01-01/{path}").status == 404


def test_pictures_of_the_law_are_for_those_who_may_read_it(start, visit):
    """Nobody gets them without signing in."""
    key = start.house.law.procedures[0].key

    for path in ("/law/compare", f"/law/{key}/diagram", f"/law/{key}/diagram.svg", f"/law/{key}/diagram.bpmn"):
        assert visit(start).client.get(path).status_code in (303, 401), path


def test_two_editions_are_chosen_and_compared(start, visit):
    """The form keeps the choice; an edition does not differ from itself."""
    officer = visit(start, OFFICER)
    first, second = start.house.law.procedures[:2]

    empty = officer.get("/law/compare")
    same = officer.get(f"/law/compare?old={first.key}&new={first.key}")
    other = officer.get(f"/law/compare?old={first.key}&new={second.key}")

    assert empty.tree.xpath("//section[@aria-labelledby='difference']") == []
    assert len(empty.tree.xpath("//select/option")) == 2 * (1 + len(start.house.law.procedures))
    assert "Hai bản không khác nhau." in same.text
    assert other.held()["new"] == second.key
    assert other.tree.xpath("//ul[@class='difference']/li")
    assert {" ".join(each.text_content().split()) for each in other.tree.xpath("//span[@class='difference-what']")} <= {
        "thêm mới",
        "bỏ",
        "thay đổi",
    }
    assert officer.get(f"/law/compare?old={first.key}&new=khong-co").status == 404


@pytest.mark.parametrize("language", ["vi", "en"])
def test_differences_and_pictures_show_no_inner_names(start, visit, language):
    """Readers see words of the law; ids of states, acts, offices, limits and facts stay inside."""
    officer, law = visit(start, OFFICER), start.house.law
    token = officer.get("/").held("/dossiers/search")["csrf_token"]
    officer.post("/language", {"csrf_token": token, "language": language, "next": "/"})
    inner = set()
    for each in law.procedures:
        inner |= {*each.states, *each.by_trigger, *each.roles, *each.facts, *each.limits, *each.guards}
    # The code of a state is what people call it by (S03, EM_DUE), also where programs do.
    inner -= {state.code for each in law.procedures for state in each.states.values()}
    clauses = [clause for each in law.procedures for guard in each.guards.values() for clause in guard.clauses]
    # Where a sentence of the law itself speaks of an act by its name, that is what it says.
    said = [text for each in clauses for text in (each.text, each.cure)]
    said += [fact.help for each in law.procedures for fact in each.facts.values() if fact.help]
    sentences = " ".join(text.vi + text.en for text in said)
    names = sorted(name for name in inner if ("_" in name or re.match(r"[TG]-", name)) and name not in sentences)
    pattern = re.compile(r"(?<![\w-])(" + "|".join(map(re.escape, names)) + r")(?![\w-])")
    pairs = [(old.key, new.key) for old, new in pairwise(law.procedures)]

    for path in [f"/law/compare?old={old}&new={new}" for old, new in pairs] + [
        f"/law/{key}/diagram" for key, _ in pairs
    ]:
        text = officer.get(path).text
        found = pattern.search(text)
        assert found is None, (path, found.group(0), text[max(0, found.start() - 80) : found.end() + 40])
