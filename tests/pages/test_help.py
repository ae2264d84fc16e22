"""Help: what the pages are for, what each office does, an act as the law file has it, and the words of the field."""

import re
from http import HTTPStatus

import pytest

from dossiers.bodies.kinds import ROLES
from dossiers.demonstration.world import DEMO_PASSWORD

OFFICER, HEAD, COURT, ADMIN = "cax.canbo.minhhoa", "cax.truong.minhhoa", "toa.kv99", "quantri"
ADULT = "cnbb-adult@2026-07-01"


def in_english(visitor):
    """Switch the language of a visitor."""
    token = visitor.get("/help").tree.xpath("//input[@name='csrf_token']/@value")[0]
    visitor.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    return visitor


@pytest.mark.parametrize("username", [OFFICER, COURT, ADMIN])
def test_help_tells_each_what_their_pages_are_for(start, visit, username):
    """Every tab of the navigation that somebody sees is explained to them, and nothing that they may not open."""
    stranger = visit(start)
    page = stranger.send(stranger.get("/sign-in?next=/help"), {"username": username, "password": DEMO_PASSWORD})

    tabs = set(page.tree.xpath("//nav//a/@href")) - {"/help"}
    explained = set(page.tree.xpath("//section[@aria-labelledby='parts']//dt/a/@href"))
    assert tabs <= explained
    assert [link for link in explained if stranger.get(link).status != HTTPStatus.OK] == []


def test_help_lists_what_my_office_does_under_the_law_in_force(start, visit):
    """Each act of the office in each procedure of the day, and nothing of editions that ended."""
    role = "TANDKV"
    page = visit(start, COURT).get("/help")

    shown = set(page.tree.xpath("//a[starts-with(@href, '/help/moves/')]/@href"))
    today = [each for each in start.house.law.procedures if each.in_force_to is None and each.edition <= "2026-07-30"]
    expected = {
        f"/help/moves/{each.key}/{act.trigger}" for each in today for act in each.transitions if role in act.roles
    }
    assert shown == expected
    assert len(shown) > 10
    assert ROLES[role].title.vi in page.text


def test_help_shows_another_office_when_asked_and_refuses_what_is_none(start, visit):
    """Whoever hands work on sees what comes next there."""
    officer = visit(start, OFFICER)

    page = officer.get("/help?office=CSCN_HEAD")

    assert ROLES["CSCN_HEAD"].title.vi in page.text
    assert f"/help/moves/{ADULT}/admit" in page.tree.xpath("//a/@href")
    assert officer.get("/help?office=KHONG_CO").status == 404


def test_the_help_of_an_act_says_what_the_law_file_says(start, visit):
    """Who, from where, papers, items, conditions, limits: each with its article, none left out."""
    procedure = next(each for each in start.house.law.procedures if each.key == ADULT)
    (act,) = procedure.by_trigger["file_to_court"]

    page = visit(start, HEAD).get(f"/help/moves/{ADULT}/file_to_court")

    assert page.heading == act.title.vi
    told = [procedure.guards[name].title.vi for name in act.guards]
    told += [procedure.facts[name].label.vi for name in act.fields.all]
    told += [procedure.limits[name].title.vi for name in (*act.starts, *act.stops)]
    told += [procedure.states[name].title.vi for name in (*act.source, act.dest)]
    assert [text for text in told if text not in page.text] == []
    assert "Điều 35 Luật 120/2025/QH15" in page.text
    assert "Mẫu số" in page.text


def test_every_act_of_every_edition_has_its_help_in_both_languages(start, visit):
    """None shows an inner name of its own (a note is the law file's); a way out says that it is one."""
    vietnamese, english = visit(start, HEAD), in_english(visit(start, HEAD))
    for procedure in start.house.law.procedures:
        if procedure.in_force_to is not None:
            continue
        inner = {*procedure.states, *procedure.facts, *procedure.limits, *procedure.guards, *procedure.by_trigger}
        pattern = re.compile(rf"(?<![\w-])({'|'.join(re.escape(name) for name in inner if '_' in name)})(?![\w-])")
        for trigger, group in procedure.by_trigger.items():
            page = vietnamese.get(f"/help/moves/{procedure.key}/{trigger}")
            assert page.status == 200
            assert page.heading == group[0].title.vi
            for note in page.tree.xpath("//p[@class='note']"):
                note.drop_tree()
            assert pattern.search(page.text) is None, (trigger, pattern.search(page.text))
            assert ("Đây là lối ra" in page.text) == any(act.release for act in group), trigger
    assert english.get(f"/help/moves/{ADULT}/admit").heading == procedure_title(start, "admit")


def procedure_title(scene, trigger):
    """Return the English title of an act."""
    procedure = next(each for each in scene.house.law.procedures if each.key == ADULT)
    return procedure.by_trigger[trigger][0].title.en


@pytest.mark.parametrize("path", [f"/help/moves/{ADULT}/khong_co", "/help/moves/khong-co@2020-01-01/admit"])
def test_help_that_does_not_exist_is_not_found(start, visit, path):
    """A mistyped address gets a page, not a fault."""
    assert visit(start, OFFICER).get(path).status == 404


@pytest.mark.parametrize("path", ["/help", "/help/glossary", f"/help/moves/{ADULT}/admit"])
def test_help_asks_who_is_there(start, visit, path):
    """Strangers sign in first."""
    assert visit(start).get(path).path == "/sign-in"


def test_the_page_of_an_act_leads_to_its_help(before, visit):
    """Also in a side machine, by the edition of the dossier."""
    scene = before("file_to_court")
    head = visit(scene, HEAD)

    main = head.get(f"/dossiers/{scene.dossier_id}/moves/file_to_court").links()
    side = head.get(f"{scene.hold().removeprefix('/api/v1')}/moves/handover_hold").links()

    assert main["Trợ giúp về bước này"] == f"/help/moves/{ADULT}/file_to_court"
    assert head.get(side["Trợ giúp về bước này"]).status == 200


def test_the_glossary_gives_each_word_in_both_languages(start, visit):
    """Once each, every one with its meaning; the language of each word is marked for who hears it."""
    officer = visit(start, OFFICER)
    page, english = officer.get("/help/glossary"), in_english(visit(start, COURT)).get("/help/glossary")

    words = page.tree.xpath("//dt/span[@lang='vi']/text()")
    assert len(words) == len(set(words)) == len(page.tree.xpath("//dt//span[@lang='en']/text()")) > 40
    assert all(text.text_content().strip() for text in page.tree.xpath("//dd"))
    assert english.tree.xpath("//dt/span[@lang='vi']/text()") == words
    assert english.tree.xpath("//dd/text()") != page.tree.xpath("//dd/text()")
