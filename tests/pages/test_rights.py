"""The rights of the person on the page of a dossier: from the law, the diary, the papers and the limits of the file."""

import pytest

from api.pages.rights import RIGHTS, parts_of
from tests.pages.crowding import statements
from workflow.loader import load_procedures

HEAD, OFFICER, COURT, FACILITY = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99", "coso2.truong"
LAW = {each.key: each for each in load_procedures()}
PLACES = [(right.id, under, key) for right in RIGHTS for under in right.under for key in sorted(under.editions)]


def named(places):
    """Return readable names of the cases."""
    return [f"{right}-{key}" for right, _under, key in places]


def machines(under, key):
    """Return the main procedure and the side procedures a right names."""
    return [LAW[key], *(each for each in LAW.values() if each.side and each.id in under.sides)]


def row_of(page, title):
    """Return the cells of the row of a right, empty when it stands in no row."""
    for row in page.tree.xpath("//section[@aria-labelledby='rights']//tbody/tr"):
        if row.xpath("./td[1]/strong")[0].text_content() == title:
            return [" ".join(cell.text_content().split()) for cell in row.xpath("./td")]
    return []


def unopened(page):
    """Return the rights of which nothing is recorded."""
    return " ".join(
        " ".join(item.text_content().split())
        for item in page.tree.xpath("//section[@aria-labelledby='rights']/details/ul/li")
    )


@pytest.mark.parametrize(("_right", "under", "key"), PLACES, ids=named(PLACES))
def test_every_name_is_one_of_the_law_it_is_said_to_stand_in(_right, under, key):
    """An act, a limit, a paper or a side procedure that the edition does not know would never show."""
    law = machines(under, key)
    acts = [each for procedure in law for each in procedure.transitions]
    forms = {form for act in acts for form in (*act.generates, *(one for group in act.requires for one in group))}

    assert set(under.acts) <= {act.trigger for act in acts}
    assert set(under.rules) <= {rule for procedure in law for rule in procedure.limits}
    assert set(under.papers) <= forms
    assert len(law) == 1 + len(under.sides)


@pytest.mark.parametrize(("_right", "under", "key"), PLACES, ids=named(PLACES))
def test_every_article_is_one_that_the_law_cites_for_what_is_named(_right, under, key):
    """No right has an article of its own invention."""
    law = machines(under, key)
    cited = [act.basis for procedure in law for act in procedure.transitions if act.trigger in under.acts]
    cited += [procedure.limits[rule].basis for procedure in law for rule in under.rules if rule in procedure.limits]

    assert parts_of(under.basis)
    assert parts_of(under.basis) <= frozenset().union(*map(parts_of, cited))


def test_every_edition_of_a_main_procedure_tells_rights_once():
    """No dossier is without the section, and no right stands twice in it."""
    for key in (key for key, procedure in LAW.items() if not procedure.side):
        found = [
            right.id
            for right, under in ((right, one) for right in RIGHTS for one in right.under)
            if key in under.editions
        ]
        assert {"result", "notice", "reading", "decision", "appeal", "postpone"} <= set(found), key
        assert len(found) == len(set(found)), key


def test_the_page_says_what_was_served_when_by_which_paper_and_until_when_it_may_be_read(after, visit):
    """The notice with its folio, the running limit with its certificate."""
    scene = after("serve_notice")

    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    notice = row_of(page, "Được thông báo việc lập hồ sơ, kèm bản sao hồ sơ")
    reading = row_of(page, "Đọc hồ sơ")

    assert "Nghị định 163/2026/NĐ-CP" in notice[0]
    assert "06/08/2026" in notice[1]
    (folio,) = scene.rows("select folio from paper where form = 'V37'")[0]
    assert f"bút lục {folio}" in notice[1]
    assert "hết ngày 11/08/2026" in reading[2]
    (certificate,) = page.tree.xpath("//section[@aria-labelledby='rights']//a[text()='Đọc hồ sơ']/@href")
    assert visit(scene, OFFICER).get(certificate).status == 200


def test_before_the_notice_is_served_nothing_says_it_was(before, visit):
    """The draft or the paper alone is no service; what nobody recorded stands apart."""
    scene = before("serve_notice")

    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")
    notice = row_of(page, "Được thông báo việc lập hồ sơ, kèm bản sao hồ sơ")

    assert not notice or "Chưa ghi nhận việc thông báo" in notice[1]
    assert row_of(page, "Đọc hồ sơ") == []
    assert "Đọc hồ sơ" in unopened(page)
    assert "Khiếu nại quyết định của Tòa án" in unopened(page)


def test_a_duty_to_tell_that_runs_shows_that_nothing_was_told(after, visit):
    """The court has accepted the file: the person must hear of it, and has not."""
    scene = after("court_accepts")

    acceptance = row_of(visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}"), "Được Tòa án thông báo thụ lý")

    assert "Chưa ghi nhận việc thông báo" in acceptance[1]
    assert "Thông báo thụ lý" in acceptance[2]
    assert "chưa kiểm chứng" in acceptance[0]


def test_what_the_family_asked_and_got_stands_with_its_outcome(before, visit):
    """The petition, the limit to answer it, and the side procedure with where it stands."""
    scene = before("record_health_check")
    stated = {"funeral_relative": "father", "funeral_proof": True, "v48_received_at": "2027-01-01T08:00:00+07:00"}
    assert scene.scan("coso2.canbo", "V48").status == 201
    scene.act("coso2.canbo", "petition_funeral_leave", stated)

    page = visit(scene, FACILITY).get(f"/dossiers/{scene.dossier_id}")
    funeral = row_of(page, "Gia đình đề nghị cho về chịu tang")

    assert "(V48)" in funeral[3]
    assert "Giải quyết đơn xin về chịu tang" in funeral[2]
    assert "chịu tang: " in funeral[3]
    assert "Đề nghị hoãn hoặc miễn chấp hành" in unopened(page)


def test_a_body_that_left_sees_the_rights_as_they_stood_then(after, visit):
    """What the court did later is not told to who has no part any more."""
    scene = after("issue_completion")

    page = visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}")

    assert row_of(page, "Đăng ký cai nghiện tự nguyện hoặc điều trị thay thế")
    links = page.tree.xpath("//section[@aria-labelledby='rights']//a/@href")
    assert links
    assert all(visit(scene, COURT).get(link).status == 200 for link in dict.fromkeys(links))


def test_the_section_asks_the_database_nothing_more(after, visit, monkeypatch):
    """It is made from what the page has read anyway."""
    scene = after("issue_completion")
    head, path = visit(scene, HEAD), f"/dossiers/{scene.dossier_id}"
    with_rights = statements(scene, lambda: head.get(path))

    monkeypatch.setattr("api.pages.dossier.right_lines", lambda *_: [])

    assert statements(scene, lambda: head.get(path)) == with_rights
    assert "Quyền của người bị đề nghị" not in head.get(path).text


def test_the_rights_read_well_in_english(after, visit):
    """The section in the other language."""
    scene = after("serve_notice")
    officer = visit(scene, OFFICER)
    token = officer.get("/persons/new").held()["csrf_token"]
    officer.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    page = officer.get(f"/dossiers/{scene.dossier_id}")

    assert "Rights of the person" in page.text
    assert row_of(page, "To read the file")[2].startswith("Reading")
