"""Acts through their pages: refusals that lose nothing, forms sent twice, forms that come too late, other offices."""

from datetime import timedelta

HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"
OTHER_COMMUNE = "cax.truong.thunghiem"


def move_path(scene, trigger):
    """Return the address of an act of the dossier."""
    return f"/dossiers/{scene.dossier_id}/moves/{trigger}"


def test_an_act_is_recorded_and_its_page_shows_what_it_did(before, visit):
    """Afterwards one sees the new state, the limits that run and both times."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)

    page = clerk.send(clerk.get(move_path(scene, "court_accepts")), {"court_acceptance_no": "01/2026/TL"})

    assert page.status == 200
    assert "Đã ghi nhận." in page.text
    assert "Tòa án đã thụ lý, xem xét" in page.text
    assert "Thời hạn bắt đầu tính" in page.text
    assert "01/2026/TL" in page.text
    assert scene.state == "COURT_REVIEW"


def test_a_refusal_shows_every_reason_at_once_and_keeps_what_was_typed(before, visit):
    """Nothing is asked twice and nothing was changed."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    traces = scene.traces()

    note = "Ghi chú dài của thư ký\nvới hai dòng"
    page = clerk.send(clerk.get(move_path(scene, "court_accepts")), {"note": note, "occurred_at": "2031-01-01T08:00"})

    assert page.status == 409
    assert any("Chưa khai: Số thụ lý" in reason for reason in page.reasons)
    assert any("không được ở tương lai" in reason for reason in page.reasons)
    assert page.held()["note"].replace("\r", "") == note
    assert page.held()["occurred_at"] == "2031-01-01T08:00"
    assert scene.traces() == traces


def test_each_reason_leads_to_its_item_and_stands_beside_it(before, visit):
    """A reader of a screen hears the fault with the item."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)

    page = clerk.send(clerk.get(move_path(scene, "court_accepts")), {"occurred_at": "không phải giờ"})
    anchors = [link.get("href") for link in page.tree.xpath("//*[@id='refusal']//a")]

    assert anchors == ["#f-occurred_at"]
    (item,) = page.tree.xpath("//*[@id='f-occurred_at']")
    assert item.get("aria-invalid") == "true"
    assert page.tree.xpath(f"//*[@id='{item.get('aria-describedby').split()[-1]}']")
    assert page.tree.xpath("//*[@id='refusal']")[0].get("role") == "alert"


def test_a_missing_paper_is_named_by_its_title_and_leads_to_where_it_is_made(after, visit):
    """An officer knows papers by their names, and makes them from there."""
    scene = after("decision_effective_received")
    head = visit(scene, HEAD)

    page = head.get(move_path(scene, "request_facility"))

    assert "Chưa có bản đã ký trong hồ sơ: Công văn đề nghị quyết định cơ sở tiếp nhận" in page.text
    assert page.links()["Soạn"] == f"/dossiers/{scene.dossier_id}/papers/new/D-FACREQ"


def test_pressing_twice_does_one_thing(before, visit):
    """The second press leads to the same page and writes nothing."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form = clerk.get(move_path(scene, "court_accepts"))

    first = clerk.send(form, {"court_acceptance_no": "01/2026/TL"})
    version = scene.version
    second = clerk.send(form, {"court_acceptance_no": "01/2026/TL"})

    assert (first.status, second.status) == (200, 200)
    assert first.path == second.path
    assert scene.version == version


def test_a_form_that_was_sent_with_other_content_is_shown_again_and_not_recorded(before, visit):
    """Going back and changing what was sent is no way to change the record."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form = clerk.get(move_path(scene, "court_accepts"))
    clerk.send(form, {"court_acceptance_no": "01/2026/TL"})
    version = scene.version

    page = clerk.send(form, {"court_acceptance_no": "02/2026/TL"})

    assert page.status == 422
    assert "đã được gửi trước đó với nội dung khác" in page.text
    assert page.held()["court_acceptance_no"] == "02/2026/TL"
    assert scene.version == version


def test_a_form_that_comes_too_late_shows_what_changed_and_keeps_what_was_typed(after, visit):
    """Two officers racing: the second sees the first's act and can go on."""
    scene = after("file_to_court")
    clerk, colleague = visit(scene, COURT), visit(scene, COURT)
    form = clerk.get(move_path(scene, "court_returns"))
    scan = ("c01.pdf", b"%PDF-1.4\n%%EOF\n", "application/pdf")
    attach = colleague.get(f"/dossiers/{scene.dossier_id}/papers/attach")
    assert colleague.send(attach, {"form": "C01", "file": scan}).status == 200

    late = clerk.send(form, {"return_reason": "Thiếu xác nhận của gia đình (giả định)."})

    assert late.status == 412
    assert "Hồ sơ đã thay đổi sau khi bạn mở trang này" in late.text
    assert "Đưa bản quét vào hồ sơ" in late.text
    assert late.held()["return_reason"] == "Thiếu xác nhận của gia đình (giả định)."
    again = clerk.send(late)
    assert again.status == 200
    assert scene.state == "RETURNED"


def test_a_form_without_its_version_or_key_is_refused(before, visit):
    """Both are what keeps an act from happening on a file nobody saw, or twice."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form = clerk.get(move_path(scene, "court_accepts"))
    version = scene.version

    assert clerk.send(form, {"court_acceptance_no": "1"}, without=("version",)).status == 428
    assert clerk.send(form, {"court_acceptance_no": "1"}, without=("once",)).status == 400
    assert scene.version == version


def test_another_office_sees_no_button_and_its_post_is_refused(before, visit):
    """The officer of the commune may read the file but cannot act for the court."""
    scene = before("court_accepts")
    officer, clerk = visit(scene, OFFICER), visit(scene, COURT)
    version = scene.version

    page = officer.get(move_path(scene, "court_accepts"))
    assert page.tree.xpath("//main//form") == []
    assert "Việc này không thuộc thẩm quyền của bạn" in page.text
    assert move_path(scene, "court_accepts") not in officer.get(f"/dossiers/{scene.dossier_id}").links().values()

    sent = clerk.get(move_path(scene, "court_accepts")).held()
    token = officer.get("/persons/new").held()["csrf_token"]
    refused = officer.post(
        move_path(scene, "court_accepts"), {**sent, "csrf_token": token, "court_acceptance_no": "01/2026/TL"}
    )
    assert refused.status == 409
    assert any("thuộc thẩm quyền của" in reason for reason in refused.reasons)
    assert scene.version == version


def test_the_office_of_another_commune_does_not_know_the_dossier(before, visit):
    """Neither its page nor its acts exist for a body that takes no part."""
    scene = before("court_accepts")
    stranger = visit(scene, OTHER_COMMUNE)

    assert stranger.get(f"/dossiers/{scene.dossier_id}").status == 404
    assert stranger.get(move_path(scene, "court_accepts")).status == 404


def test_an_act_that_the_law_does_not_have_is_not_found(before, visit):
    """A made-up name is not repeated to the reader."""
    scene = before("court_accepts")
    page = visit(scene, COURT).get(move_path(scene, "make_it_so"))

    assert page.status == 404
    assert "make_it_so" not in page.text


def test_within_the_minute_of_the_act_before_an_act_is_not_refused_as_earlier(before, visit):
    """A form knows minutes, the diary seconds: the minute shown by default must always be taken."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    scene.clock.instant = scene.clock.instant.replace(second=20)
    clerk.send(clerk.get(move_path(scene, "court_accepts")), {"court_acceptance_no": "01", "occurred_at": ""})
    scene.clock.instant += timedelta(seconds=15)

    page = clerk.send(clerk.get(move_path(scene, "notify_acceptance")))

    assert page.status == 200, page.reasons
    assert "Đã ghi nhận." in page.text


def test_a_side_machine_moves_through_its_own_page(before, visit):
    """The facility records the hand-over of the hold; it counts as a change of the dossier."""
    scene = before("handover_hold")
    facility = visit(scene, "coso1.truong")
    proceeding = scene.hold().rpartition("/")[2]
    version = scene.version

    form = facility.get(f"/proceedings/{proceeding}/moves/handover_hold")
    page = facility.send(
        form, {"person_matched": "yes", "health_at_handover": "Bình thường (giả định)", "belongings": "01 bộ quần áo"}
    )

    assert page.status == 200, page.reasons
    assert scene.version == version + 1
    dossier = facility.get(f"/dossiers/{scene.dossier_id}")
    assert "Quản lý trong thời gian lập hồ sơ" in dossier.text
    assert "Đang bị quản lý trong thời gian lập hồ sơ" in dossier.text


def test_every_side_machine_stands_on_the_page_of_the_dossier(before, visit):
    """Open ones with what can be done in them, ended ones folded away with how they ended."""
    scene = before("em_decide")
    scene.scan("coso2.canbo", "D-PROSREQ")
    scene.act("coso2.canbo", "request_prosecution", {"requesting_body": "@body:CQDT-99", "case_concerns_person": True})
    facility = visit(scene, "coso2.truong").get(f"/dossiers/{scene.dossier_id}")
    panels = [text.strip() for text in facility.tree.xpath("//section[contains(@class, 'panel')]/h2/text()")]
    assert panels[-2:] == ["Giám sát điện tử", "Trích xuất tạm thời theo yêu cầu tố tụng hình sự"]
    ended = facility.tree.xpath("//details[summary[contains(., 'Thủ tục kèm theo đã kết thúc')]]//li")
    assert ["Quản lý trong thời gian lập hồ sơ" in each.text_content() for each in ended].count(True) == 1

    proceeding = scene.side("cnbb-prosecution").rpartition("/")[2]
    (link,) = facility.tree.xpath(f"//a[@href='/proceedings/{proceeding}/moves/pros_decline']")
    page = visit(scene, "coso2.truong")
    done = page.send(page.get(link.get("href")), {"decision_reason": "Không liên quan (giả định)."})
    assert done.status == 200, done.reasons
    assert "Không trích xuất" in page.get(f"/dossiers/{scene.dossier_id}").text


def test_a_yes_or_no_question_that_must_be_answered_has_no_answer_ready(before, visit):
    """Nobody confirms by overlooking."""
    scene = before("handover_hold")
    proceeding = scene.hold().rpartition("/")[2]
    page = visit(scene, "coso1.truong").get(f"/proceedings/{proceeding}/moves/handover_hold")

    buttons = page.tree.xpath("//input[@name='person_matched']")
    assert [button.get("value") for button in buttons] == ["yes", "no"]
    assert [button.get("checked") for button in buttons] == [None, None]


def test_a_condition_that_may_be_passed_over_asks_for_the_reason_and_records_it(before, visit):
    """The officer goes on knowingly, and the file says why."""
    scene = before("order_hold")
    head = visit(scene, HEAD)
    stated = {"hold_facility": scene.body("CSCN-2-99"), "hold_facility_nearest": "no", "hold_reason": "Lý do giả định."}

    refused = head.send(head.get(move_path(scene, "order_hold")), stated)

    assert refused.status == 409
    assert any("không phải cơ sở gần nhất" in reason for reason in refused.reasons)
    (item,) = refused.tree.xpath("//textarea[starts-with(@name, 'override.')]")
    assert refused.held()["hold_facility"] == scene.body("CSCN-2-99")
    done = head.send(refused, {item.get("name"): "Cơ sở gần nhất đã hết chỗ (giả định)."})
    assert done.status == 200, done.reasons
    assert "Lưu ý được ghi cùng việc này" in done.text
    assert "không phải cơ sở gần nhất" in done.text
    assert "Lý do vẫn tiếp tục: Cơ sở gần nhất đã hết chỗ (giả định)." in done.text
