"""Papers through their pages: drafted, looked at, issued, signed; scans put on file."""

from api.demo.papers import demo_scan
from dossiers.papers import print_versions

HEAD, OFFICER = "cax.truong.minhhoa", "cax.canbo.minhhoa"
SCAN = ("ban-ky.pdf", demo_scan("signed"), "application/pdf")


def facreq(scene):
    """Return the address of the draft of the request for a facility."""
    return f"/dossiers/{scene.dossier_id}/papers/new/D-FACREQ"


def drafted(scene, officer):
    """Make a draft and return its page."""
    page = officer.send(officer.get(facreq(scene)), {"addressee": "Giám đốc Công an tỉnh Giả Định"})
    assert page.path.startswith("/papers/"), page.text
    return page


def test_a_form_asks_only_for_what_the_file_does_not_know(after, visit):
    """What is known is shown with its source, folded away."""
    scene = after("decision_effective_received")

    page = visit(scene, OFFICER).get(facreq(scene))

    open_items = page.tree.xpath("//main//form//*[@id and @name and not(ancestor::details) and not(@type='hidden')]")
    assert [item.get("name") for item in open_items] == ["addressee"]
    assert page.held()["subj_full_name"] == "NGUYỄN VĂN THỬ NGHIỆM"
    assert "từ dữ liệu người được lập hồ sơ" in page.text
    assert "từ hồ sơ" in page.text


def test_missing_items_are_named_all_at_once_and_nothing_typed_is_lost(after, visit):
    """A draft that cannot be printed is no draft."""
    scene = after("complete_dossier")
    officer = visit(scene, OFFICER)
    address = f"/dossiers/{scene.dossier_id}/papers/new/V34"

    page = officer.send(officer.get(address), {"violation_text": "Nội dung giả định, dòng một\ndòng hai"})

    assert page.status == 422
    faults = [link.get("href") for link in page.tree.xpath("//*[@id='refusal']//a")]
    assert len(faults) > 3
    assert all(page.tree.xpath(f"//*[@id='{fault.removeprefix('#')}']") for fault in faults)
    assert page.held()["violation_text"].replace("\r", "") == "Nội dung giả định, dòng một\ndòng hai"
    assert scene.rows("select count(*) from paper where state = 'draft'") == [(0,)]


def test_more_rows_keep_what_was_typed_and_make_nothing(after, visit):
    """The table grows without scripts."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    page = officer.get(facreq(scene))
    rows = len(page.tree.xpath("//input[contains(@name, 'doc_list.') and contains(@name, '.title')]"))

    more = officer.send(
        page, {"addressee": "Nơi nhận giả định", f"doc_list.{rows - 1}.title": "Thêm", "more_rows": "1"}
    )

    assert more.held()["addressee"] == "Nơi nhận giả định"
    assert len(more.tree.xpath("//input[contains(@name, 'doc_list.') and contains(@name, '.title')]")) > rows
    assert scene.rows("select count(*) from paper where state = 'draft'") == [(0,)]


def test_a_paper_goes_from_draft_to_signed_copy_through_the_pages(after, visit):
    """Drafted by the officer, issued by the head, signed on paper, back as a scan."""
    scene = after("decision_effective_received")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    draft = drafted(scene, officer)
    assert "Bản nháp" in draft.text
    assert "Người ký phải là: Trưởng Công an" in draft.text

    issued = head.send(head.get(draft.path), action=f"{draft.path}/issue")
    assert "Đã ban hành, chờ bản đã ký" in issued.text
    signed = officer.send(officer.get(draft.path), {"file": SCAN}, action=f"{draft.path}/signed-scan")

    assert "Đã ký, có trong hồ sơ" in signed.text
    content = officer.client.get(f"{draft.path}/file?format=docx")
    assert content.get_data().startswith(b"PK")
    assert officer.client.get(f"{draft.path}/file?format=signed").get_data() == SCAN[1]


def test_the_page_offers_the_print_and_says_what_the_signed_scan_is(after, visit, monkeypatch):
    """The code to compare by eye, the print to sign, and after the scan the verdict in words."""
    scene = after("decision_effective_received")
    monkeypatch.setattr(print_versions, "as_pdf", lambda _: SCAN[1])
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    draft = drafted(scene, officer)
    issued = head.send(head.get(draft.path), action=f"{draft.path}/issue")
    assert "Mã ở chân trang bản in" in issued.text
    stamped = officer.client.get(issued.links()["Bản in (PDF)"]).get_data()

    signed = officer.send(
        officer.get(draft.path), {"file": ("ky.pdf", stamped, SCAN[2])}, action=f"{draft.path}/signed-scan"
    )

    assert "Bản quét khớp: đúng bản đã ban hành, đủ trang, đúng thứ tự." in signed.text


def test_an_officer_who_may_not_sign_cannot_issue(after, visit):
    """There is no button, and a post all the same is refused in words."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    draft = drafted(scene, officer)
    assert draft.tree.xpath("//form[contains(@action, '/issue')]") == []

    held = officer.get(facreq(scene)).held()
    sent = {name: held[name] for name in ("csrf_token", "once", "version")}
    page = officer.post(f"{draft.path}/issue", sent)

    assert page.status == 409
    assert any("Người ký phải là" in reason for reason in page.reasons)


def test_issuing_twice_gives_one_number(after, visit):
    """The head presses twice; the book of numbers has one line."""
    scene = after("decision_effective_received")
    head = visit(scene, HEAD)
    page = head.get(drafted(scene, visit(scene, OFFICER)).path)
    action = f"{page.path}/issue"

    first, second = head.send(page, action=action), head.send(page, action=action)

    assert (first.status, second.status) == (200, 200)
    numbers = scene.rows("select number from paper where form = 'D-FACREQ'")
    assert len(numbers) == 1
    assert numbers[0][0] is not None


def test_a_draft_can_be_made_again_from_what_was_stated(after, visit):
    """A slip is corrected without typing everything again."""
    scene = after("decision_effective_received")
    officer = visit(scene, OFFICER)
    draft = drafted(scene, officer)

    again = officer.get(draft.links()["Sửa: lập bản nháp khác từ nội dung này"])

    assert again.held()["addressee"] == "Giám đốc Công an tỉnh Giả Định"


def test_a_scan_of_another_paper_is_put_on_file(after, visit):
    """The title is chosen from the official list; those needed now stand first."""
    scene = after("file_to_court")
    clerk = visit(scene, "toa.kv99")
    page = clerk.get(f"/dossiers/{scene.dossier_id}/papers/attach")
    titles = [option.text_content() for option in page.tree.xpath("//select[@id='f-form']/option")]
    assert any("trả lại hồ sơ" in title for title in titles[:12])

    shown = clerk.send(page, {"form": "C01", "doc_date": "2026-08-12", "file": SCAN})

    assert "Đã đưa bản quét vào hồ sơ." in shown.text
    assert "Văn bản trả lại hồ sơ đề nghị" in shown.text


def test_a_file_of_another_kind_a_missing_file_and_a_missing_title_are_refused(after, visit):
    """Every fault in words, the chosen title kept."""
    scene = after("file_to_court")
    clerk = visit(scene, "toa.kv99")
    address = f"/dossiers/{scene.dossier_id}/papers/attach"
    version = scene.version

    program = clerk.send(
        clerk.get(address), {"form": "C01", "file": ("c01.pdf", b"MZ\x90\x00 program", "application/pdf")}
    )
    missing = clerk.send(clerk.get(address), {"form": "C01"}, without=("file",))
    untitled = clerk.send(clerk.get(address), {"form": "", "file": SCAN})

    assert (program.status, missing.status, untitled.status) == (415, 422, 422)
    assert "Chỉ nhận tệp PDF" in program.text
    assert "Chưa chọn tệp" in missing.text
    assert "Chưa chọn loại văn bản" in untitled.text
    assert missing.held()["form"] == "C01"
    assert "Hãy chọn lại tệp" in missing.text
    assert scene.version == version


def test_a_draft_of_one_body_is_nothing_to_another(after, visit):
    """What is not issued yet stays in the house."""
    scene = after("decision_effective_received")
    draft = drafted(scene, visit(scene, OFFICER))

    assert visit(scene, "toa.kv99").get(draft.path).status == 404
