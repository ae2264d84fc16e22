"""Whoever made an act is led on: what comes next, whose it is, and every paper that stands in the way."""

import json

import pytest

from dossiers.files.editions import load_law
from dossiers.moves.possibilities import papers_asked, papers_of_act
from workflow.engine import Possibility
from workflow.predicates import Not, PaperTest, wanted_in
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

HEAD, OFFICER, COURT, DOCTOR = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99", "yte"


@pytest.fixture(scope="module")
def adult():
    """The procedure in force."""
    return next(each for each in load_law().procedures if each.id == "cnbb-adult" and "2026" in str(each.edition))


def headings(page):
    """Return the headings of a page."""
    return [" ".join("".join(each.itertext()).split()) for each in page.tree.xpath("//main//h2 | //main//h3")]


def test_the_page_after_an_act_shows_what_comes_next(after, visit):
    """No way back to the dossier is needed; only the newest act leads on."""
    scene = after("start_residence_check")
    officer = visit(scene, OFFICER)
    links = officer.get(f"/dossiers/{scene.dossier_id}").links()
    newest, oldest = (
        officer.get(links["Bắt đầu xác minh nơi cư trú"]),
        officer.get(f"/dossiers/{scene.dossier_id}/entries/1"),
    )

    assert "Việc tiếp theo" in headings(newest)
    assert any("/moves/record_residence_result" in link for link in newest.links().values())
    assert "Việc tiếp theo" not in headings(oldest)


def test_an_act_of_the_own_head_is_not_called_another_bodys(after, visit):
    """The officer sees that the head has to act; the court sees the same act as another body's."""
    scene = after("run_gates")
    own = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    (heading,) = own.tree.xpath("//h3[contains(., 'Việc của chức vụ khác trong cơ quan bạn')]")
    colleagues = " ".join("".join(heading.getnext().itertext()).split())

    assert "Lập hồ sơ đề nghị – Trưởng Công an cấp xã" in colleagues
    assert "Việc của chức vụ khác" not in visit(scene, HEAD).get(f"/dossiers/{scene.dossier_id}").text


def test_a_body_is_told_which_papers_others_wait_for(after, visit):
    """The hospital has no act of its own in the law; its result is what the police wait for."""
    scene = after("refer_assessment")
    page = visit(scene, DOCTOR).get(f"/dossiers/{scene.dossier_id}")

    assert "Văn bản cơ quan khác đang chờ cơ quan bạn lập" in headings(page)
    assert any(link.endswith("/papers/new/N05") for link in page.links().values())
    police = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    assert "Văn bản cơ quan khác đang chờ cơ quan bạn lập" not in headings(police)


def test_the_commune_that_detected_prepares_the_notice_of_use(after, visit):
    """The place counts, not the title: the head of the commune police signs what the detecting body issues."""
    scene = after("record_residence_result")

    assert visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}/papers/new/III02").status == 200
    assert visit(scene, DOCTOR).get(f"/dossiers/{scene.dossier_id}/papers/new/III02").status in (403, 404)


def test_a_paper_that_a_condition_asks_for_can_be_handed_in_with_the_act(adult):
    """Without a stable residence the finding of the police must be on file: the act asks for it only then."""
    (act,) = adult.by_trigger["complete_dossier"]
    reason = Reason("G-RESIDENCE", Text("", ""), "", Effect.REFUSE, clause="finding")

    asked = papers_asked(adult, Possibility(act, allowed=False, reasons=(reason,), remarks=()))
    unasked = papers_asked(adult, Possibility(act, allowed=True, reasons=(), remarks=()))

    assert ("D-NORES",) in asked
    assert unasked == act.requires
    assert set(asked) <= set(papers_of_act(adult, act))


def test_a_paper_that_served_an_earlier_act_is_asked_for_again(after, visit):
    """The record of serving the result is on file; serving the notice takes another one."""
    scene = after("complete_dossier")
    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}/moves/serve_notice")

    assert scene.rows("select count(*) from paper where form = 'V23' and used_seq is not null") == [(1,)]
    assert page.tree.xpath("//input[@type='file' and @name='V23']")


def test_a_paper_that_must_not_be_there_is_never_asked_for(adult):
    """What stands under a not is no wish."""
    assert list(wanted_in(Not(PaperTest(("V32",))))) == []


def test_no_sentence_of_a_condition_speaks_in_codes_of_formless_papers(adult):
    """Officers know form numbers, not the program's names of papers without a form."""
    said = [
        json.dumps([clause.text.vi, clause.text.en, clause.cure.vi, clause.cure.en])
        for procedure in load_law().procedures
        for guard in procedure.guards.values()
        for clause in guard.clauses
    ]

    assert len(said) > 100
    assert [line for line in said if " D-" in line or "(D-" in line] == []
