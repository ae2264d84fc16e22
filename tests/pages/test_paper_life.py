"""The life of a paper through its page, the register, the papers of a step, and the preview."""

import io
import zipfile
from uuid import UUID

from tests.pages.test_papers import HEAD, OFFICER, drafted

WHY = "Ghi sai nơi nhận (giả định)"


def issued(scene, officer, head):
    """Draft and issue a paper and return its page."""
    draft = drafted(scene, officer)
    return head.send(head.get(draft.path), action=f"{draft.path}/issue")


def test_a_draft_is_edited_in_its_own_form(after, visit):
    """The same draft, with what was stated before in the form."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    draft = drafted(scene, officer)
    form = officer.get(draft.links()["Sửa bản nháp này"])
    assert form.held()["addressee"] == "Giám đốc Công an tỉnh Giả Định"

    page = officer.send(form, {"addressee": "Nơi nhận khác (giả định)"})

    assert page.path == draft.path
    assert "Đã sửa bản nháp." in page.text
    assert "Nơi nhận khác (giả định)" in page.text
    assert scene.rows("select count(*) from paper where state = 'draft'") == [(1,)]
    assert "Sửa bản nháp" in officer.get(f"/dossiers/{scene.dossier_id}").text


def test_an_edit_without_a_required_item_keeps_the_draft(after, visit):
    """What was typed is kept, the draft too."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    draft = drafted(scene, officer)

    page = officer.send(officer.get(f"{draft.path}/edit"), {"addressee": ""})

    assert page.status == 422
    assert "Giám đốc Công an tỉnh Giả Định" in officer.get(draft.path).text


def test_a_draft_is_discarded_with_one_button(after, visit):
    """Back to the dossier; pressing twice changes nothing more."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    draft = drafted(scene, officer)

    first = officer.send(draft, action=f"{draft.path}/discard")
    second = officer.send(draft, action=f"{draft.path}/discard")

    assert first.path == second.path == f"/dossiers/{scene.dossier_id}"
    assert "Đã bỏ bản nháp." in first.text
    assert officer.get(draft.path).status == 404
    assert officer.get(f"{draft.path}/edit").status == 404


def test_a_paper_is_made_void_with_a_reason_and_the_register_tells_it(after, visit):
    """The head sees the button, the officer does not."""
    scene = after("decision_effective_received")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    page = issued(scene, officer, head)
    action = f"{page.path}/void"
    assert officer.get(page.path).tree.xpath("//form[contains(@action, '/void')]") == []

    refused = head.send(page, {"reason": " "}, action=action)
    void = head.send(head.get(page.path), {"reason": WHY}, action=action)

    assert refused.status == 422
    assert any("lý do" in reason for reason in refused.reasons)
    assert "Đã hủy" in void.text
    assert WHY in void.text
    register = head.get("/registers/outgoing")
    assert WHY in register.text
    assert "Đủ các số từ 1 đến số cuối." in register.text
    assert "Hủy văn bản" in head.get(f"/dossiers/{scene.dossier_id}").text


def test_a_paper_is_issued_in_place_of_another_through_its_page(after, visit):
    """Each page leads to the other; the register shows both."""
    scene = after("decision_effective_received")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    old = issued(scene, officer, head)
    draft = head.get(drafted(scene, officer).path)
    (choice,) = draft.tree.xpath("//select[@name='replaces']/option[@value!='']")

    new = head.send(draft, {"replaces": choice.get("value")}, action=f"{draft.path}/issue")

    assert "Thay thế văn bản" in new.text
    again = head.get(old.path)
    assert "Đã được thay thế" in again.text
    assert new.path in again.links().values()
    assert "Nộp bản đã ký" not in again.text
    assert "Đã được thay thế" in head.get("/registers/outgoing").text
    assert "Đã được thay thế" in head.get(f"/dossiers/{scene.dossier_id}").text


def test_why_a_paper_cannot_be_void_is_said_instead_of_a_button(before, visit):
    """The title under which the person is held."""
    scene = before("file_to_court")
    rows = scene.rows("select paper_id from custody_interval where to_at is null and paper_id is not null")
    head = visit(scene, HEAD)

    pages = [head.get(f"/papers/{UUID(paper_id)}") for (paper_id,) in rows]

    assert pages
    assert all("căn cứ quản lý người" in page.text for page in pages)


def test_the_page_of_a_step_offers_all_its_papers_in_one_file(after, visit):
    """One click; nothing is kept."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    page = officer.get(f"/dossiers/{scene.dossier_id}/moves/request_facility")

    answer = officer.client.get(page.links()["Tải cả bộ (zip)"])

    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as package:
        assert len(package.namelist()) >= 2
    assert "Tải cả bộ thành một tệp PDF" in page.links()
    assert officer.get(page.links()["Tải cả bộ (zip)"].replace("zip", "exe")).status == 404
    assert scene.rows("select count(*) from paper where state = 'draft'") == [(0,)]


def test_a_register_of_another_body_is_refused_and_a_gap_is_shown(after, visit):
    """The number that no paper bears stands above the table."""
    scene = after("decision_effective_received")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    path = issued(scene, officer, head).path
    issued(scene, officer, head)
    scene.change("delete from paper where id = ?", path.removeprefix("/papers/").replace("-", ""))

    assert "Số không có văn bản" in head.get("/registers/outgoing").text
    assert head.get(f"/registers/outgoing/{scene.body('TANDKV-99')}/2026").status == 403
    csv = head.client.get(head.get("/registers/outgoing").links()["Tải về cho bảng tính (CSV)"])
    assert csv.mimetype == "text/csv"


def test_a_draft_and_an_issued_paper_are_shown_inside_the_page(after, visit):
    """The words of the paper, no script, and markup that was typed is text."""
    scene = after("decision_effective_received")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    form = officer.get(f"/dossiers/{scene.dossier_id}/papers/new/D-FACREQ")
    draft = officer.send(form, {"addressee": "<img src=x onerror=alert(1)> Nơi nhận"})

    shown = officer.get(draft.links()["Xem ngay trên trang"])

    assert shown.status == 200
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in shown.text
    assert "<img src=x onerror=alert(1)> Nơi nhận" in shown.text
    assert shown.tree.xpath("//div[@class='paper-preview']//*[self::img or self::a or self::script or @onerror]") == []
    assert "unsafe-inline" not in shown.response.headers["Content-Security-Policy"]
    head.send(head.get(draft.path), action=f"{draft.path}/issue")
    assert "NGUYỄN VĂN THỬ NGHIỆM" in head.get(f"{draft.path}/preview").text
    assert visit(scene, "toa.kv99").get(f"{draft.path}/edit").status in (403, 404)
    assert scene.rows("select count(*) from access_log where what = 'paper preview'") == [(2,)]


def test_a_scan_is_downloaded_and_not_shown_inside(before, visit):
    """What comes from outside is not turned into a page."""
    scene = before("file_to_court")
    officer = visit(scene, OFFICER)
    links = officer.get(f"/dossiers/{scene.dossier_id}").tree.xpath("//section[@aria-labelledby='papers']//td/a/@href")
    scans = [link for link in links if "Xem ngay trên trang" not in officer.get(link).links()]

    assert scans
    assert all(officer.get(f"{link}/preview").status == 404 for link in scans)
