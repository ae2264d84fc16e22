"""The law through its pages: procedures, limits, open questions, and limits that are not counted in days."""

import pytest

OFFICER = "cax.canbo.minhhoa"


def test_the_law_lists_every_procedure_and_every_open_question_with_its_answer(start, visit):
    """What the program assumes can be read by anybody who works with it."""
    law = start.house.law

    page = visit(start, OFFICER).get("/law")

    for procedure in law.procedures:
        assert procedure.title.vi in page.text
    for policy in law.policies.values():
        assert policy.question.vi in page.text


def test_a_procedure_shows_its_moves_limits_and_articles(start, visit):
    """Each with who does it and where it stands in the law."""
    officer = visit(start, OFFICER)
    procedure = next(each for each in start.house.law.procedures if each.key == "cnbb-adult@2026-07-01")

    page = officer.get(f"/law/{procedure.key}")

    assert page.heading == procedure.title.vi
    assert len(page.tree.xpath("//article")) == len(procedure.transitions)
    assert "Nghị định 163/2026/NĐ-CP" in page.text


def test_an_edition_that_does_not_exist_is_not_found(start, visit):
    """A mistyped address gets a page, not a fault."""
    assert visit(start, OFFICER).get("/law/khong-co@2020-01-01").status == 404


def test_the_term_is_explained_step_by_step(after, visit):
    """The day of release is counted in the open."""
    scene = after("admit")
    facility = visit(scene, "coso2.truong")
    (found,) = scene.rows("select id from deadline where certificate like '%\"steps\"%' and state = 'running'")

    page = facility.get(
        f"/deadlines/{found[0][:8]}-{found[0][8:12]}-{found[0][12:16]}-{found[0][16:20]}-{found[0][20:]}"
    )

    assert page.status == 200
    assert "Cách tính thời hạn chấp hành" in page.text
    assert "04/08/2028" in page.text


@pytest.mark.parametrize(
    ("basis", "written"),
    [
        ("N100.1", "khoản 1 Điều 100 Nghị định 163/2026/NĐ-CP"),
        ("L35.3d", "điểm d khoản 3 Điều 35 Luật 120/2025/QH15"),
        ("N58.2–3", "khoản 2–3 Điều 58 Nghị định 163/2026/NĐ-CP"),
        ("N84–N88", "Điều 84–88 Nghị định 163/2026/NĐ-CP"),
        ("PL03-9.1", "khoản 1 Điều 9 Pháp lệnh 03/2022/UBTVQH15"),
        ("L73-34.2", "khoản 2 Điều 34 Luật 73/2021/QH14"),
        ("NĐ116-44–46", "Điều 44–46 Nghị định 116/2021/NĐ-CP"),
        ("N98.3; V32", "khoản 3 Điều 98 Nghị định 163/2026/NĐ-CP; V32"),
        ("suy luận từ trình tự / derived", "suy luận từ trình tự / derived"),
        ("", ""),
    ],
)
def test_citations_are_written_out(start, basis, written):
    """Officers read articles, not codes; what is no citation stays as it is."""
    cite = start.app.jinja_env.filters["cite"]

    with start.app.test_request_context():
        assert cite(basis) == written
