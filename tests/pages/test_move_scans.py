"""Signed scans handed in on the page of the act itself: filed with the act, in one step, or not at all."""

from datetime import timedelta

from api.demo.papers import demo_scan

OFFICER, HEAD = "cax.canbo.minhhoa", "cax.truong.minhhoa"
PAPER = "D-RESVER"
MARK = f"scan.{PAPER}"
SCAN = ("ket-qua.pdf", demo_scan("kết quả xác minh"), "application/pdf")
NOT_A_SCAN = ("ket-qua.pdf", b"khong phai PDF", "application/pdf")


def waiting(after):
    """Return a scene in which an act waits for a paper that is not on file, and the address of the act."""
    scene = after("start_residence_check")
    scene.clock.instant += timedelta(hours=2)
    return scene, f"/dossiers/{scene.dossier_id}/moves/record_residence_result"


def stated(**more):
    """Return the answers of the act."""
    return {"residence_stable": "yes", "residence_result_at": "2026-07-30T08:30", **more}


def papers(scene):
    """Return what is on file: form, folio and hash."""
    return scene.rows("select form, folio, object_sha256 from paper order by folio")


def test_a_scan_is_shown_in_the_check_and_filed_with_the_act(after, visit):
    """One page asks for everything; the check files nothing; the record files the paper and makes the act."""
    scene, act = waiting(after)
    officer, before, traces = visit(scene, OFFICER), papers(scene), scene.traces()

    check = officer.send(officer.get(act), stated(step="check", **{PAPER: SCAN}))

    assert check.heading == "Kiểm tra lại trước khi ghi nhận"
    assert "bản quét đã nhận" in check.text
    assert scene.traces() == traces
    assert papers(scene) == before
    done = officer.send(check)
    assert "Đã ghi nhận." in done.text
    assert [form for form, _folio, _hash in papers(scene)[len(before) :]] == [PAPER]
    kinds = [kind for (kind,) in scene.rows("select kind from diary where dossier_id = ? order by seq", own(scene))]
    assert kinds[-2:] == ["paper", "moved"]


def own(scene):
    """Return the id of the dossier as the embedded engine keeps it."""
    return scene.dossier_id.replace("-", "")


def test_sent_twice_it_is_filed_once(after, visit):
    """The second press of the button finds the work done."""
    scene, act = waiting(after)
    officer, before = visit(scene, OFFICER), papers(scene)
    check = officer.send(officer.get(act), stated(step="check", **{PAPER: SCAN}))

    pages = [officer.send(check) for _time in range(2)]

    assert ["Đã ghi nhận." in page.text for page in pages] == [True, True]
    assert len(papers(scene)) == len(before) + 1


def test_a_refusal_files_nothing_and_keeps_what_was_handed_in(after, visit):
    """What is missing is named; the scan need not be chosen again."""
    scene, act = waiting(after)
    officer, traces = visit(scene, OFFICER), scene.traces()

    refused = officer.send(officer.get(act), {"step": "check", PAPER: SCAN})

    assert refused.status == 409
    assert not any("Chưa có bản đã ký" in reason for reason in refused.reasons)
    assert "Đã nhận tệp" in refused.text
    assert scene.traces() == traces
    check = officer.send(refused, stated(step="check"), action=act)
    assert "Đã ghi nhận." in officer.send(check).text


def test_from_the_check_back_to_the_form_the_scan_comes_along(after, visit):
    """Changing an answer does not lose a paper."""
    scene, act = waiting(after)
    officer = visit(scene, OFFICER)
    check = officer.send(officer.get(act), stated(step="check", **{PAPER: SCAN}))

    form = officer.send(check, {"step": "edit"})

    assert form.held(act)[MARK] == check.held(act)[MARK]


def test_what_is_no_scan_is_refused_at_its_item(after, visit):
    """The kind is read from the content; the answers stay."""
    scene, act = waiting(after)
    officer, traces = visit(scene, OFFICER), scene.traces()

    for step in ("check", ""):
        page = officer.send(officer.get(act), stated(step=step, **{PAPER: NOT_A_SCAN}))

        assert page.status == 422
        assert any("Chỉ nhận tệp PDF" in reason for reason in page.reasons)
        assert page.tree.xpath(f"//input[@name='{PAPER}' and contains(@class, 'is-invalid')]")
        assert page.held(act)["residence_result_at"] == "2026-07-30T08:30"
    assert scene.traces() == traces


def test_a_mark_of_somebody_else_or_made_up_stands_for_nothing(after, visit):
    """Only who handed a scan in can file it, only as what it was handed in for."""
    scene, act = waiting(after)
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    mark = officer.send(officer.get(act), stated(step="check", **{PAPER: SCAN})).held(act)[MARK]
    before = papers(scene)
    form = head.get(act).held(act)

    for wrong in (mark, mark[:-1], "x"):
        page = head.post(act, {**form, **stated(), MARK: wrong})
        assert page.status == 409
        assert any("Chưa có bản đã ký" in reason for reason in page.reasons)
    assert papers(scene) == before


def test_a_paper_on_file_is_not_asked_for_again(before, visit):
    """Items stand for what is lacking only."""
    scene = before("record_residence_result")
    officer = visit(scene, OFFICER)

    page = officer.get(f"/dossiers/{scene.dossier_id}/moves/record_residence_result")

    assert page.tree.xpath("//main//input[@type='file']") == []
