"""Signing in and out through the page, forged forms, and the switch of the language."""

import pytest

from api.pages.signing import own_address
from dossiers.demonstration.world import DEMO_PASSWORD

OFFICER = "cax.canbo.minhhoa"


def test_a_stranger_is_sent_to_sign_in_and_then_to_where_they_wanted(start, visit):
    """Nobody has to find the page again."""
    stranger = visit(start)

    page = stranger.get("/persons")
    assert page.path == "/sign-in"
    entered = stranger.send(page, {"username": OFFICER, "password": DEMO_PASSWORD})

    assert entered.path == "/persons"
    assert "LÊ THỊ LẬP" in entered.text
    assert "Cán bộ Công an cấp xã – Công an phường Minh Họa" in entered.text


def test_a_wrong_password_is_refused_in_words_and_keeps_the_name_only(start, visit):
    """Which of the two was wrong is not said, and no password comes back."""
    stranger = visit(start)

    page = stranger.send(stranger.get("/sign-in"), {"username": OFFICER, "password": "sai mat khau"})

    assert page.status == 401
    assert "Tên đăng nhập hoặc mật khẩu không đúng" in page.text
    assert page.held("/sign-in")["username"] == OFFICER
    assert page.held("/sign-in")["password"] == ""


def test_too_many_wrong_passwords_pause_the_name_in_words(start, visit):
    """The right password does not help during the pause."""
    stranger = visit(start)
    for _ in range(5):
        stranger.send(stranger.get("/sign-in"), {"username": OFFICER, "password": "sai mat khau"})

    page = stranger.send(stranger.get("/sign-in"), {"username": OFFICER, "password": DEMO_PASSWORD})

    assert page.status == 429
    assert "Đăng nhập sai quá nhiều lần; hãy thử lại sau 30 giây" in page.text


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.org/",
        "//example.org/",
        "/\\example.org",
        "\\\\example.org",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "/\t/example.org",
        "dossiers",
        "",
        None,
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(start, wanted):
    """A prepared link must not lead an officer to a stranger's page."""
    with start.app.test_request_context():
        assert own_address(wanted) == "/"


def test_a_path_of_this_server_is_kept(start):
    """Addresses of the pages survive signing in, with what stands behind the question mark."""
    with start.app.test_request_context():
        assert own_address("/dossiers?after=99001") == "/dossiers?after=99001"


def test_after_signing_out_every_page_asks_to_sign_in_again(start, visit):
    """The cookie is worth nothing any more."""
    officer = visit(start, OFFICER)

    officer.send(_any_form(officer.get("/")), action=None)
    page = officer.get("/")

    assert page.path == "/sign-in"


def _any_form(page):
    """Return the page with the form that signs out as the only one in its main part."""
    (form,) = page.tree.xpath("//form[@action='/sign-out']")
    main = page.tree.xpath("//main")[0]
    for child in list(main):
        main.remove(child)
    main.append(form)
    return page


@pytest.mark.parametrize("path", ["/sign-in", "/sign-out", "/language", "/persons/new", "/dossiers/search"])
def test_a_form_without_its_token_is_refused(start, visit, path):
    """Another site cannot make an officer's browser act."""
    officer = visit(start, OFFICER)
    before = start.traces()

    page = officer.post(path, {"username": "x", "full_name": "NGUYỄN VĂN GIẢ", "text": "gì đó", "language": "en"})

    assert page.status == 403
    assert "Trang đã hết hạn" in page.text
    assert start.traces() == before


def test_what_was_typed_is_shown_when_the_page_has_expired(start, visit):
    """A long text is not lost because the session ended while it was written."""
    officer = visit(start, OFFICER)

    page = officer.post("/persons/new", {"full_name": "NGUYỄN VĂN DÀI DÒNG", "password": "khong hien"})

    assert "NGUYỄN VĂN DÀI DÒNG" in page.text
    assert "khong hien" not in page.text


def test_pages_are_vietnamese_until_somebody_switches_whatever_the_browser_asks(start, visit):
    """Most browsers in Việt Nam were installed in English."""
    stranger = visit(start)

    page = stranger.get("/sign-in", headers={"Accept-Language": "en"})

    assert page.tree.get("lang") == "vi"
    assert page.heading == "Đăng nhập"


def test_the_switch_turns_every_following_page_into_english_and_back(start, visit):
    """The choice lives in the session and survives signing in."""
    stranger = visit(start)
    token = stranger.get("/sign-in").held("/sign-in")["csrf_token"]

    page = stranger.post("/language", {"csrf_token": token, "language": "en", "next": "/sign-in"})
    assert (page.heading, page.tree.get("lang")) == ("Sign in", "en")
    inbox = stranger.send(page, {"username": OFFICER, "password": DEMO_PASSWORD})
    assert (inbox.heading, inbox.tree.get("lang")) == ("Inbox", "en")
    token = inbox.held("/dossiers/search")["csrf_token"]
    back = stranger.post("/language", {"csrf_token": token, "language": "vi", "next": "/"})
    assert back.heading == "Hộp việc"
