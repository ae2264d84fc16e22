"""The pages of who keeps the installation: who is refused, what is told beforehand, what is written and what not."""

import re
from datetime import date
from uuid import UUID

import pytest

from api.worker import tick
from dossiers.administration.accounts import first_password
from dossiers.bodies.models import Organization
from dossiers.bodies.operations import add_hashed_account, grant_membership
from dossiers.jobs import ATTEMPTS_MAX, Job
from tests.pages.browsing import Page, Visitor
from tests.pages.crowding import statements

ADMIN = "quantri"
HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"
DOORS = (
    "/admin",
    "/admin/bodies",
    "/admin/bodies/new",
    "/admin/accounts",
    "/admin/accounts/new",
    "/admin/calendar",
    "/admin/calendar/new",
    "/admin/policies",
    "/admin/policies/POL-FORMLESS",
    "/admin/system",
)
DECISION = "Quyết định giả định 1/QĐ"


@pytest.fixture
def keeper(start, visit) -> Visitor:
    """Sign the administrator in before anything happened."""
    return visit(start, ADMIN)


def body(scene, code, valid_to=None):
    """Return the id of a body's version."""
    query = "select id from organization where code = ? and valid_to is ?"
    return str(UUID(scene.rows(query, code, valid_to)[0][0]))


def account(scene, username):
    """Return the id of an account."""
    return str(UUID(scene.rows("select id from account where username = ?", username)[0][0]))


def in_english(visitor: Visitor, page: Page) -> None:
    """Switch a visitor to English."""
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    visitor.post("/language", {"csrf_token": token, "language": "en", "next": "/admin"})


def test_every_page_answers_in_both_languages_and_leads_back(keeper, start):
    """No page is half in one language, none shows an inner name, each has one first heading."""
    own = [f"/admin/bodies/{body(start, 'CAX-99001')}", f"/admin/accounts/{account(start, HEAD)}"]
    paths = [*DOORS, *own, f"{own[0]}/end", f"{own[0]}/renew"]
    paths += [f"{own[1]}/{tail}" for tail in ("offices/new", "close", "password")]
    vietnamese = {path: keeper.get(path) for path in paths}
    in_english(keeper, vietnamese["/admin"])

    for path, page in vietnamese.items():
        english = keeper.get(path)
        assert (page.status, english.status) == (200, 200), path
        assert (page.tree.get("lang"), english.tree.get("lang")) == ("vi", "en")
        assert len(page.tree.xpath("//h1")) == 1
        assert re.search(r"POL-[A-Z]|[A-Z]+_[A-Z]+|provincial_police|None", page.text) is None, path
        labelled = set(page.tree.xpath("//label/@for"))
        items = page.tree.xpath("//main//input[not(@type='hidden')] | //main//select | //main//textarea")
        assert all(item.get("id") in labelled for item in items), path


def test_nobody_else_comes_in(start, visit):
    """Police, court and a stranger are refused at every door, reading and writing."""
    for username in (HEAD, COURT):
        visitor, before = visit(start, username), start.traces()
        token = visitor.get("/").tree.xpath("//input[@name='csrf_token']/@value")[0]
        for path in DOORS:
            assert visitor.get(path).status == 403, path
        for path in (path for path in DOORS if path.count("/") == 3):
            refused = visitor.post(path, {"csrf_token": token, "once": "x", "day": "2026-12-24"})
            assert refused.status == 403, path
        assert "/admin" not in visitor.get("/").tree.xpath("//nav//a/@href")
        assert start.traces() == before
    assert visit(start).get("/admin", follow=False).status == 303


def test_an_administrator_lands_on_the_own_page_and_reads_no_dossier(after, visit):
    """The right to keep accounts opens no file."""
    scene = after("serve_notice")
    keeper = visit(scene, ADMIN)

    assert keeper.get("/").path == "/admin"
    assert keeper.get(f"/dossiers/{scene.dossier_id}").status == 403
    assert keeper.get("/overview").status == 403


def test_bodies_are_found_by_text_kind_and_day(keeper):
    """Before the first day there are none."""
    page = keeper.get("/admin/bodies")
    found = keeper.send(page, {"text": "minh họa", "kind": "commune_police"}, action="/admin/bodies/search")
    none = keeper.send(page, {"on": "2020-01-01"}, action="/admin/bodies/search")

    assert "Công an phường Minh Họa" in found.text
    assert "Công an xã Thử Nghiệm" not in found.text
    assert "Không có cơ quan nào." in none.text
    assert found.response.request.url.endswith("/admin/bodies/search")


def test_a_body_begins_once_and_its_code_is_not_used_again(keeper, start):
    """What the import refuses is refused here, in the words of the page."""
    form = keeper.get("/admin/bodies/new")
    said = {
        "code": "CSYT-100", "type": "health_facility", "name": "Bệnh viện Kiểm Thử (giả định)",
        "letterhead": "BỆNH VIỆN KIỂM THỬ", "symbol": "BV", "place": "Kiểm Thử", "province_code": "99",
        "valid_from": "2026-08-01",
    }  # fmt: skip
    made = keeper.send(form, said)
    assert made.heading.startswith("Bệnh viện Kiểm Thử (giả định)")

    before = start.traces()
    again = keeper.send(keeper.get("/admin/bodies/new"), said)
    lacking = keeper.send(
        keeper.get("/admin/bodies/new"), {**said, "code": "CSYT-101", "province_code": "", "name": ""}
    )
    wrong = keeper.send(keeper.get("/admin/bodies/new"), {**said, "code": "CSYT-101", "province_code": ""})
    assert [page.status for page in (again, lacking, wrong)] == [422] * 3
    assert "mã không dùng lại" in again.text
    assert lacking.held()["code"] == "CSYT-101"
    assert wrong.reasons == ["Loại cơ quan này phải có “Tỉnh, thành phố”"]
    assert start.traces() == before


def test_the_end_of_a_body_is_told_first_and_changes_nothing(after, visit):
    """Offices that end, dossiers that go over, a commune that nobody of the kind covers any more."""
    scene = after("serve_notice")
    keeper, path = visit(scene, ADMIN), f"/admin/bodies/{body(scene, 'CAX-99001')}"
    before = scene.traces()

    told = keeper.send(keeper.get(f"{path}/end"), {"on": "2026-10-01", "successor_code": "CAX-99002"})

    assert told.status == 200
    assert "Công an xã Thử Nghiệm" in told.text
    assert "1 hồ sơ cơ quan này đang tham gia" in told.text
    assert "Phường Minh Họa không còn cơ quan nào thuộc loại này" in told.text
    assert "TRẦN VĂN MẪU – Trưởng Công an cấp xã" in told.text
    assert scene.traces() == before
    done = keeper.send(told, {"step": "confirm"})
    assert done.path == path
    assert scene.rows("select count(*) from organization where code = 'CAX-99001' and valid_to = '2026-10-01'") == [
        (1,)
    ]


def test_a_body_with_dossiers_is_not_ended_without_a_successor(after, visit):
    """No dossier is left to nobody."""
    scene = after("serve_notice")
    keeper, before = visit(scene, ADMIN), scene.traces()
    path = f"/admin/bodies/{body(scene, 'CAX-99001')}/end"

    refused = keeper.send(keeper.get(path), {"on": "2026-10-01"})
    other_kind = keeper.send(keeper.get(path), {"on": "2026-10-01", "successor_code": "TANDKV-99"})

    assert (refused.status, other_kind.status) == (422, 422)
    assert "phải nêu cơ quan kế thừa" in refused.reasons[0]
    assert other_kind.reasons == ["Cơ quan kế thừa phải cùng loại"]
    assert scene.traces() == before


def test_what_was_not_told_is_not_confirmed(after, visit):
    """Another day sent with the button to confirm is told anew and not recorded."""
    scene = after("serve_notice")
    keeper = visit(scene, ADMIN)
    path = f"/admin/bodies/{body(scene, 'CAX-99001')}/end"
    told = keeper.send(keeper.get(path), {"on": "2026-10-01", "successor_code": "CAX-99002"})
    before = scene.traces()

    changed = keeper.send(told, {"step": "confirm", "on": "2026-11-01"})

    assert changed.status == 409
    assert "Dự kiến đã khác" in changed.text
    assert scene.traces() == before


def test_a_renamed_body_goes_on_with_its_officers(after, visit):
    """From the day on the same people work under the new name, and the dossier stays theirs."""
    scene = after("serve_notice")
    keeper, old = visit(scene, ADMIN), body(scene, "CAX-99001")
    form = keeper.get(f"/admin/bodies/{old}/renew")

    told = keeper.send(form, {"on": "2026-08-07", "name": "Công an phường Minh Họa Mới"})
    assert "Các vai trò này được giữ tiếp" in told.text
    done = keeper.send(told, {"step": "confirm"})
    scene.let_time_pass("2026-08-07T08:00:00+07:00")

    assert done.heading.startswith("Công an phường Minh Họa Mới")
    assert "TRẦN VĂN MẪU" in visit(scene, ADMIN).get(f"/admin/bodies/{body(scene, 'CAX-99001')}").text
    head = visit(scene, HEAD)
    assert head.get(f"/dossiers/{scene.dossier_id}").status == 200
    assert "Công an phường Minh Họa Mới" in head.get("/").text


def test_an_account_is_opened_with_a_password_that_is_shown_once(keeper, start, visit):
    """It opens the account; sent again, the form shows it no more, and it is kept nowhere."""
    form = keeper.get("/admin/accounts/new")
    said = {"username": "can.bo.moi", "full_name": "LÝ VĂN MỚI", "body": "CAX-99002", "role": "CAX_OFF"}
    said |= {"valid_from": "2026-07-01"}

    shown = keeper.send(form, said)
    password = shown.tree.xpath("//code[@class='secret']")[0].text
    again = keeper.send(form, said)

    assert shown.status == 200
    assert again.path == f"/admin/accounts/{account(start, 'can.bo.moi')}"
    assert password not in again.text
    assert password not in repr(start.traces())
    assert Visitor(start.app).sign_in("can.bo.moi", password).get("/dossiers").status == 200


def test_a_refused_account_leaves_nothing_and_keeps_what_was_typed(keeper, start):
    """A name that is taken, an office that the kind of body does not have."""
    before = start.traces()
    said = {"username": HEAD, "full_name": "LÝ VĂN MỚI", "body": "CAX-99002", "role": "CAX_OFF"}

    taken = keeper.send(keeper.get("/admin/accounts/new"), said)
    odd = keeper.send(keeper.get("/admin/accounts/new"), {**said, "username": "moi.hon", "role": "TANDKV"})
    empty = keeper.send(keeper.get("/admin/accounts/new"), {"username": "", "body": "KHONG-CO"})

    assert [page.status for page in (taken, odd, empty)] == [422] * 3
    assert taken.reasons == ["Tên đăng nhập đã có người dùng"]
    assert odd.reasons == ["Vai trò này không thuộc loại cơ quan đó"]
    assert odd.held()["full_name"] == "LÝ VĂN MỚI"
    assert start.traces() == before


def test_accounts_are_found_without_a_name_in_the_address(keeper):
    """By name, by user name and by body."""
    page = keeper.get("/admin/accounts")
    for text, name in (("mẫu", "TRẦN VĂN MẪU"), ("toa.kv", "PHAN THỊ PHÁN"), ("xã Thử Nghiệm", "PHẠM VĂN NGHIỆM")):
        found = keeper.send(page, {"text": text}, action="/admin/accounts/search")
        assert name in found.text
        assert "quantri" not in found.tree.xpath("//main//table")[0].text_content()
        assert found.response.request.url.endswith("/admin/accounts/search")


def test_an_office_is_given_and_ended_on_a_day(keeper, start, visit):
    """An acting head holds it to the day before the end."""
    path = f"/admin/accounts/{account(start, OFFICER)}"
    said = {"body": "CAX-99001", "role": "CAX_HEAD", "valid_from": "2026-07-01", "valid_to": "2027-01-01"}
    given = keeper.send(keeper.get(f"{path}/offices/new"), said)
    assert "01/01/2027" in given.text
    twice = keeper.send(keeper.get(f"{path}/offices/new"), said)
    assert twice.reasons == ["Tài khoản đã giữ vai trò này trong thời gian đó"]

    links = [link for link in given.tree.xpath("//main//a/@href") if link.endswith("/end")]
    assert len(links) == 2
    ended = keeper.send(keeper.get(links[-1]), {"on": "2026-12-01"})
    assert "01/12/2026" in ended.text
    assert keeper.send(keeper.get(links[-1]), {"on": "2026-01-01"}).status == 422


def test_a_lost_password_is_replaced_and_a_closed_account_stays_closed(keeper, start, visit):
    """Sessions end with the old password; the names in dossiers stay."""
    path, officer = f"/admin/accounts/{account(start, OFFICER)}", visit(start, OFFICER)

    shown = keeper.send(keeper.get(f"{path}/password"))
    password = shown.tree.xpath("//code[@class='secret']")[0].text
    assert officer.get("/", follow=False).status == 303
    assert visit(start).sign_in(OFFICER, password).get("/").status == 200
    closed = keeper.send(keeper.get(f"{path}/close"))
    assert "đã đóng" in closed.text
    assert keeper.send(keeper.get(f"{path}/password")).reasons == ["Tài khoản đã đóng"]
    stranger = visit(start)
    assert stranger.send(stranger.get("/sign-in"), {"username": OFFICER, "password": password}).status == 401


def test_nobody_keeps_the_own_account(keeper, start):
    """An administrator who could make themselves a head would see every dossier: it takes another."""
    path, before = f"/admin/accounts/{account(start, ADMIN)}", start.traces()
    said = {"body": "CAT-99", "role": "GDCAT", "valid_from": "2026-07-01"}

    answers = [
        keeper.send(keeper.get(f"{path}/offices/new"), said),
        keeper.send(keeper.get(f"{path}/password")),
        keeper.send(keeper.get(f"{path}/close")),
    ]

    assert [each.status for each in answers] == [422] * 3
    assert all("quản trị viên khác" in each.reasons[0] for each in answers)
    assert start.traces() == before


def test_a_decision_on_a_day_off_tells_first_what_moves(after, visit):
    """From which day to which; nothing is recorded before it is confirmed, then the worker counts again."""
    scene = after("serve_notice")
    keeper, before = visit(scene, ADMIN), scene.traces()
    said = {"day": "2026-08-10", "kind": "off", "decision": DECISION}

    told = keeper.send(keeper.get("/admin/calendar/new"), said)

    rows = [" ".join(row.text_content().split()) for row in told.tree.xpath("//main//tbody/tr")]
    assert any("11/08/2026" in row and "12/08/2026" in row for row in rows), rows
    assert scene.number not in told.text
    assert "NGUYỄN VĂN THỬ NGHIỆM" not in told.text
    assert scene.traces() == before
    listed = keeper.send(told, {"step": "confirm"})
    assert listed.path == "/admin/calendar"
    assert DECISION in listed.text
    tick(scene.house)
    assert scene.rows("select count(*) from diary where kind = 'recount'") == [(1,)]


def test_a_limit_that_protects_the_person_is_told_to_stay(after, visit):
    """By the new calendar it would end earlier; it keeps its day."""
    scene = after("serve_notice")
    keeper = visit(scene, ADMIN)

    told = keeper.send(keeper.get("/admin/calendar/new"), {"day": "2026-08-08", "kind": "work", "decision": DECISION})

    assert "không bị rút ngắn; theo lịch mới là 10/08/2026" in told.text


def test_a_decision_that_cannot_be_is_refused_and_can_be_changed(keeper, start):
    """What was typed is kept, also on the way back from a preview."""
    before = start.traces()
    empty = keeper.send(keeper.get("/admin/calendar/new"), {"decision": ""})
    far = keeper.send(keeper.get("/admin/calendar/new"), {"day": "1990-01-01", "kind": "off", "decision": DECISION})
    told = keeper.send(keeper.get("/admin/calendar/new"), {"day": "2026-12-24", "kind": "off", "decision": DECISION})
    back = keeper.send(told, {"step": "edit"})

    assert (empty.status, far.status, back.status) == (422, 422, 200)
    assert len(empty.reasons) == 3
    assert back.held()["decision"] == DECISION
    assert start.traces() == before


def test_a_point_of_law_is_decided_with_name_document_and_reason(keeper, start):
    """Who entered it is kept too; without a document it is refused."""
    policy = start.house.law.policies["POL-FORMLESS"]
    path, before = f"/admin/policies/{policy.id}", start.traces()
    said = {"value": "local", "decided_by": "Giám đốc Công an tỉnh Giả Định", "reason": "Thống nhất trong tỉnh"}

    refused = keeper.send(keeper.get(path), said)
    assert refused.status == 422
    assert start.traces() == before
    listed = keeper.send(keeper.get(path), {**said, "document": "Công văn giả định 5/CV"})

    assert "Công văn giả định 5/CV: Thống nhất trong tỉnh" in listed.text
    assert "người ghi: NGHIÊM VĂN QUẢN" in listed.text
    assert keeper.get(path).held()["value"] == "local"
    with start.house.database.reading() as session:
        assert start.house.law.policies_in_force(session)[policy.id] == "local"
    assert keeper.get("/admin/policies/POL-KHONG-CO").status == 404


def test_jobs_that_failed_are_counted_without_what_they_were_about(keeper, start):
    """Kind, attempts and kind of fault; the payload may lead to a person."""
    at = start.house.now()
    with start.house.database.transaction() as session:
        job = {"kind": "recount-dossier", "attempts": ATTEMPTS_MAX, "run_at": at, "created_at": at}
        session.add(Job(payload={"dossier": "bi-mat"}, state="failed", last_error="KeyError", **job))

    page = keeper.get("/admin/system")

    assert "Tính lại thời hạn của một hồ sơ" in page.text
    assert f"{ATTEMPTS_MAX}/{ATTEMPTS_MAX}" in page.text
    assert "KeyError" in page.text
    assert "bi-mat" not in page.text
    assert start.house.settings.secret_key not in page.text
    assert "1 việc nền bị lỗi" in keeper.get("/admin").text


def test_lists_take_as_many_statements_for_many_rows_as_for_few(keeper, start):
    """Fifteen more accounts with offices change nothing."""
    paths = ("/admin/accounts", f"/admin/bodies/{body(start, 'CAX-99001')}", "/admin/bodies")
    few = [statements(start, lambda path=path: keeper.get(path)) for path in paths]
    with start.house.database.transaction() as session:
        place = session.get_one(Organization, UUID(body(start, "CAX-99001")))
        for number in range(15):
            made = add_hashed_account(session, f"nguoi.{number}", "HỒ VĂN NHIỀU", "-", at=start.house.now())
            grant_membership(session, made, place, "CAX_OFF", valid_from=date(2025, 7, 1), at=start.house.now())

    assert [statements(start, lambda path=path: keeper.get(path)) for path in paths] == few


def test_first_passwords_differ_and_never_hold_the_user_name():
    """Long enough, and nothing that is read wrongly aloud."""
    made = {first_password("ab") for _ in range(50)}

    assert len(made) == 50
    assert all(len(each) == 23 and "ab" not in each and not set(each) & set("il1o0") for each in made)
