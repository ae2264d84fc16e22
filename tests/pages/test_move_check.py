"""Looking before recording, and leaving a form to go on with later: both leave the dossier as it is."""

from datetime import timedelta

HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"
NUMBER = "01/2026/TL"


def accepting(scene):
    """Return the address of the court's acceptance."""
    return f"/dossiers/{scene.dossier_id}/moves/court_accepts"


def test_the_check_shows_what_will_be_recorded_and_records_nothing(before, visit):
    """Answers in words, the new state and the last day of each limit; the dossier is as it was."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form, traces = clerk.get(accepting(scene)), scene.traces()

    page = clerk.send(form, {"court_acceptance_no": NUMBER, "step": "check", "note": "Hồ sơ đủ"})

    assert page.status == 200
    assert page.heading == "Kiểm tra lại trước khi ghi nhận"
    assert f"Số thụ lý {NUMBER}" in page.text
    assert "Ghi chú Hồ sơ đủ" in page.text
    assert "Trạng thái: Tòa án đã thụ lý, xem xét" in page.text
    assert "Bắt đầu tính thời hạn" in page.text
    assert scene.traces() == traces


def test_what_was_checked_is_recorded_as_it_was_shown(before, visit):
    """The button of the check sends what was checked; the limits end on the days that were shown."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    check = clerk.send(clerk.get(accepting(scene)), {"court_acceptance_no": NUMBER, "step": "check"})
    shown = [item.text_content() for item in check.tree.xpath("//section[@aria-labelledby='after']//li")]

    done = clerk.send(check)

    assert "Đã ghi nhận." in done.text
    assert scene.state == "COURT_REVIEW"
    ends = scene.rows("select due_at from deadline where state = 'running' and started_seq = ?", scene.version)
    assert len(ends) == len([line for line in shown if "Bắt đầu tính thời hạn" in line]) > 0


def test_from_the_check_one_goes_back_to_the_form_with_everything_in_it(before, visit):
    """Changing an answer is no new beginning."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    check = clerk.send(clerk.get(accepting(scene)), {"court_acceptance_no": NUMBER, "step": "check"})

    form = clerk.send(check, {"step": "edit"})

    assert form.status == 200
    assert form.held()["court_acceptance_no"] == NUMBER
    assert scene.state == "FILED"


def test_a_check_of_what_cannot_be_shows_the_reasons_like_the_act(before, visit):
    """Nobody is led through a check to a refusal."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form, traces = clerk.get(accepting(scene)), scene.traces()

    page = clerk.send(form, {"step": "check"})

    assert page.status == 409
    assert any("Chưa khai: Số thụ lý" in reason for reason in page.reasons)
    assert scene.traces() == traces


def test_a_check_on_an_old_version_says_what_changed(before, visit):
    """What somebody else recorded meanwhile is seen before anything is confirmed."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form = clerk.get(accepting(scene))
    clerk.send(clerk.get(accepting(scene)), {"court_acceptance_no": NUMBER})

    page = clerk.send(form, {"court_acceptance_no": "02/2026/TL", "step": "check"})

    assert page.status == 412
    assert "Hồ sơ đã thay đổi sau khi bạn mở trang này" in page.text


def test_a_form_is_kept_for_the_officer_who_left_it_and_forgotten_once_recorded(before, visit):
    """Only the one who typed it sees it; nothing of it is in the dossier."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    version = scene.version

    kept = clerk.send(clerk.get(accepting(scene)), {"court_acceptance_no": NUMBER, "step": "draft"})

    assert kept.path == accepting(scene)
    assert "Bạn đã lưu nội dung này lúc" in kept.text
    scene.clock.instant += timedelta(hours=2)
    assert visit(scene, COURT).get(accepting(scene)).held()["court_acceptance_no"] == NUMBER
    assert NUMBER not in visit(scene, HEAD).get(accepting(scene)).text
    assert scene.version == version
    assert NUMBER not in str(scene.rows("select payload from diary"))

    clerk.send(clerk.get(accepting(scene)))
    assert scene.state == "COURT_REVIEW"
    assert scene.rows("select count(*) from move_draft") == [(0,)]


def test_a_stranger_keeps_nothing(before, visit):
    """A form about a dossier one may not know of does not exist."""
    scene = before("court_accepts")
    other = visit(scene, "cax.truong.thunghiem")
    form = other.get("/persons/new")
    token = form.tree.xpath("//main//input[@name='csrf_token']")[0].get("value")

    page = other.post(accepting(scene), {"csrf_token": token, "step": "draft", "court_acceptance_no": NUMBER})

    assert page.status == 404
    assert scene.rows("select count(*) from move_draft") == [(0,)]


def test_the_check_speaks_english_when_asked(before, visit):
    """Both languages, the law's words too."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    token = clerk.get("/").tree.xpath("//input[@name='csrf_token']")[0].get("value")
    clerk.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    page = clerk.send(clerk.get(accepting(scene)), {"court_acceptance_no": NUMBER, "step": "check"})

    assert page.heading == "Check before it is recorded"
