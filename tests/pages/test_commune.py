"""The board of a commune: every list from the law, to those whom it serves, with a steady number of statements."""

import pytest

from tests.pages.crowding import crowd, statements

HEAD, CHAIR, COURT = "cax.truong.minhhoa", "ubnd.chutich.minhhoa", "toa.kv99"
OTHER = "cax.truong.thunghiem"
NAME = "NGUYỄN VĂN THỬ NGHIỆM"


def listed(page):
    """Return the lists of the board on which somebody stands, by their ids."""
    return {
        section.get("aria-labelledby")
        for section in page.tree.xpath("//main//section[@aria-labelledby]")
        if section.xpath(".//table")
    }


@pytest.mark.parametrize(
    ("move", "lists"),
    [
        ("start_residence_check", {"residence"}),
        ("record_residence_result", {"residence"}),
        ("decide_user_mgmt", {"managed-users"}),
        ("record_ground", {"making"}),
        ("complete_dossier", {"making"}),
        ("serve_notice", {"reading"}),
        ("court_returns", {"returned"}),
        ("court_accepts", set()),
        ("admit", set()),
        ("send_completion_notice", {"coming-home", "notices"}),
        ("em_fit", {"coming-home", "notices", "monitoring"}),
        ("issue_completion", {"to-start", "monitoring"}),
        ("start_post_rehab", {"monitoring"}),
        ("complete_post_rehab", {"monitoring"}),
    ],
)
def test_a_dossier_stands_on_the_lists_its_law_puts_it_on(after, visit, move, lists):
    """One life, list by list; none of them knows a state by name."""
    scene = after(move)

    assert listed(visit(scene, HEAD).get("/commune")) == lists


def test_a_file_ready_for_the_court_is_listed_so(before, visit):
    """Between the end of the reading and the filing."""
    scene = before("file_to_court")

    page = visit(scene, HEAD).get("/commune")

    assert listed(page) == {"ready"}
    assert "Chuyển hồ sơ đến Tòa án" in page.text


def test_lines_say_until_when_and_what_is_due_next(after, visit):
    """People under user management: a year, and the monthly check."""
    page = visit(after("decide_user_mgmt"), HEAD).get("/commune/managed-users")

    assert NAME in page.links()
    assert "30/07/2027" in page.text
    assert "Kiểm tra nơi cư trú ít nhất mỗi tháng một lần" in page.text


def test_a_returned_file_shows_the_reason_of_the_court(after, visit):
    """What the court said, on the list itself."""
    page = visit(after("court_returns"), HEAD).get("/commune")

    assert "Thiếu xác nhận của gia đình" in page.text


def test_the_committee_sees_what_it_takes_part_in(after, visit):
    """From the forthcoming-completion notice on."""
    page = visit(after("send_completion_notice"), CHAIR).get("/commune")

    assert "notices" in listed(page)
    assert "Lập hồ sơ mới" not in page.links()


def test_another_commune_sees_nobody_and_other_offices_no_board(after, visit):
    """The right belongs to offices of communes, the lines to the bodies that take part."""
    scene = after("start_post_rehab")

    assert NAME not in visit(scene, OTHER).get("/commune").text
    assert NAME not in visit(scene, OTHER).get("/commune/aftercare").text
    clerk = visit(scene, COURT)
    assert "Xã" not in {link.text_content() for link in clerk.get("/").tree.xpath("//nav//a")}
    for path in ("/commune", "/commune/monitoring", "/commune/aftercare"):
        assert clerk.get(path).status == 403
    assert visit(scene, HEAD).get("/commune/no-such-list").status == 404


@pytest.mark.parametrize("path", ["/commune", "/commune/monitoring", "/commune/aftercare"])
def test_statements_do_not_grow_with_lines(after, visit, path):
    """One person and thirty cost the database the same."""
    scene = after("start_post_rehab")
    head = visit(scene, HEAD)
    head.get(path)
    one = statements(scene, lambda: head.get(path))
    crowd(scene, 29)

    page = head.get(path)
    many = statements(scene, lambda: head.get(path))

    assert "(30)" in page.text
    assert many == one


def test_long_lists_are_paged(after, visit):
    """Twenty-five lines a page, the rest behind a link."""
    scene = after("decide_user_mgmt")
    crowd(scene, 29)
    head = visit(scene, HEAD)

    board = head.get("/commune")
    first = head.get(board.links()["Xem cả 30 người: Đang quản lý người sử dụng ma túy"])
    second = head.get(first.links()["Trang sau"])

    counts = [len(page.tree.xpath("//tbody/tr")) for page in (board, first, second)]
    assert counts == [5, 25, 5]
    assert head.get("/commune/managed-users?page=99999999").status == 200


def test_the_board_speaks_english(after, visit):
    """Titles of lists, states and limits change with the words of the page."""
    scene = after("serve_notice")
    head = visit(scene, HEAD)
    token = head.get("/").held("/dossiers/search")["csrf_token"]

    page = head.post("/language", {"csrf_token": token, "language": "en", "next": "/commune"})

    assert page.heading == "The commune’s board"
    assert "Waiting for the person's reading (1)" in page.text
