"""What a body that has left a dossier sees on the pages: its part, as it stood then, and a sentence that says so."""

from uuid import UUID

import pytest

OLD, OLD_HEAD, NEW = "cax.canbo.minhhoa", "cax.truong.minhhoa", "cax.canbo.thunghiem"
LEFT = "Trang này cho thấy hồ sơ như khi đó"
THEN = "(như khi cơ quan bạn thôi tham gia)"


@pytest.fixture
def handed_over(before):
    """Open a dossier that was handed to the police of another commune, which has gone on with it."""
    scene = before("complete_dossier")
    scene.act(OLD, "transfer_competence", {"competent_cax": "@body:CAX-99002"})
    assert scene.scan(NEW, "D-RESVER").status == 201
    scene.clock.instant = scene.clock.instant.replace(minute=scene.clock.instant.minute + 5)
    scene.act(NEW, "complete_dossier", scene.recording.fields_of("complete_dossier"))
    return scene


@pytest.fixture
def moved(before):
    """Open a dossier of somebody whom another facility has taken over and led to the next stage."""
    scene = before("advance_stage", 1)
    for form in ("D-TRANSFER", "V42"):
        assert scene.scan("ca.tinh", form).status == 201
    stated = {
        "assigned_facility": "@body:CSCN-1-99",
        "facility_has_place": True,
        "facility_area_suitable": True,
        "transfer_reason": "Giả định.",
    }
    scene.act("ca.tinh", "transfer_facility", stated)
    scene.act("coso1.truong", "advance_stage", {"stage_result": "Kết quả giả định."})
    scene.act("coso1.canbo", "record_health_check")
    return scene


def dossier_of(scene):
    """Return the address of the page of the dossier."""
    return f"/dossiers/{scene.dossier_id}"


def fact(page, label):
    """Return what stands beside a label of the head of the page."""
    (cell,) = page.tree.xpath(f"//dl[@class='facts']/div[dt='{label}']/dd")
    return " ".join(cell.text_content().split())


def last_of(scene, place):
    """Return the last entry that a body which has left a place may read."""
    ((until,),) = scene.rows("select until_seq from dossier_party where body = ? and until_seq is not null", place)
    return until


def test_the_dossier_page_shows_the_dossier_as_it_stood_then(handed_over, visit):
    """State, holder, diary and parties of then; nothing to do; the new police see all of it and no such sentence."""
    until = last_of(handed_over, "CAX")
    page, now = (visit(handed_over, by).get(dossier_of(handed_over)) for by in (OLD_HEAD, NEW))

    assert LEFT in page.text
    assert LEFT not in now.text
    assert fact(page, "Trạng thái").startswith("Đang lập hồ sơ")
    assert not fact(now, "Trạng thái").startswith("Đang lập hồ sơ")
    assert fact(page, "Cơ quan đang giữ hồ sơ") == "Công an phường Minh Họa"
    assert fact(now, "Cơ quan đang giữ hồ sơ") == "Công an xã Thử Nghiệm"
    assert "Công an xã Thử Nghiệm" not in page.text
    assert "Công an phường Minh Họa (đã thôi tham gia)" in page.text
    rows = page.tree.xpath("//section[@aria-labelledby='diary']//tbody/tr/td[1]")
    assert [int(cell.text_content()) for cell in rows] == list(range(until, 0, -1))
    assert page.tree.xpath("//*[@id='do'] | //section[starts-with(@aria-labelledby, 'side-')]") == []
    links = set(page.links().values())
    assert not [link for link in links if "/moves/" in link or "/papers/new" in link or "/papers/attach" in link]


def test_an_entry_of_their_part_opens_and_a_later_one_does_not_exist(handed_over, visit):
    """Their last entry opens with the sentence; the next answers as what is not there."""
    until, old = last_of(handed_over, "CAX"), visit(handed_over, OLD)

    mine = old.get(f"{dossier_of(handed_over)}/entries/{until}")
    later = old.get(f"{dossier_of(handed_over)}/entries/{until + 1}")

    assert (mine.status, later.status) == (200, 404)
    assert LEFT in mine.text
    assert visit(handed_over, NEW).get(f"{dossier_of(handed_over)}/entries/{until + 1}").status == 200


def test_lists_and_the_person_show_the_state_of_then(handed_over, visit):
    """By number, by search and on the page of the person."""
    old, new = visit(handed_over, OLD), visit(handed_over, NEW)
    now = fact(new.get(dossier_of(handed_over)), "Trạng thái")
    ((person,),) = handed_over.rows("select person_id from dossier where number = ?", handed_over.number)
    found = old.send(old.get("/"), {"text": handed_over.number}, action="/dossiers/search")
    pages = [old.get("/dossiers"), found, old.get(f"/persons/{UUID(person)}")]

    for page in pages:
        assert handed_over.number in page.text
        assert f"Đang lập hồ sơ {THEN}" in page.text
        assert now not in page.text
        assert "Công an xã Thử Nghiệm" not in page.text
    listed = new.get("/dossiers")
    assert THEN not in listed.text
    times = [each.get("/dossiers").tree.xpath("//tbody/tr/td[5]")[0].text_content() for each in (old, new)]
    assert times[0] != times[1]


def test_the_forms_of_somebody_who_left_say_so_and_take_nothing(handed_over, visit):
    """No act, no paper; the form of an act shows neither what is in the way now nor which papers are there."""
    old, path = visit(handed_over, OLD_HEAD), dossier_of(handed_over)
    traces = handed_over.traces()

    act = old.get(f"{path}/moves/complete_dossier")
    assert (act.status, LEFT in act.text) == (200, True)
    assert act.tree.xpath("//main//form | //*[@id='needed'] | //*[@id='obstacles']") == []
    for door in ("papers/attach", "papers/new", "papers/new/V33"):
        assert old.get(f"{path}/{door}").status == 403, door
    assert handed_over.traces() == traces


def test_a_form_opened_before_leaving_keeps_what_was_typed_and_shows_no_later_entry(before, visit):
    """The act comes too late; what happened afterwards is not told."""
    scene = before("complete_dossier")
    head = visit(scene, OLD_HEAD)
    form = head.get(f"{dossier_of(scene)}/moves/transfer_competence")
    scene.act(OLD, "transfer_competence", {"competent_cax": "@body:CAX-99002"})

    late = head.send(form, {"note": "Ghi chú đã nhập"})

    assert late.status == 412
    assert LEFT in late.text
    assert late.held()["note"] == "Ghi chú đã nhập"
    assert late.tree.xpath("//*[@id='changes'] | //main//form//button[contains(@class, 'btn-primary')]") == []


def test_a_draft_of_their_time_opens_without_buttons(before, visit):
    """It is neither issued nor signed nor made anew any more."""
    scene = before("complete_dossier")
    officer = visit(scene, OLD)
    form = officer.get(f"{dossier_of(scene)}/papers/new/V33")
    needed = {"drug_types": "x", "drug_routes": "hít", "drug_first_use": "2020-01-01", "voluntary_rehab_count": "0"}
    drafted = officer.send(form, needed)
    assert drafted.path.startswith("/papers/"), drafted.text
    scene.act(OLD, "transfer_competence", {"competent_cax": "@body:CAX-99002"})

    page = visit(scene, OLD_HEAD).get(drafted.path)

    assert page.status == 200
    assert LEFT in page.text
    assert page.tree.xpath("//main//form") == []
    assert "Sửa: lập bản nháp khác" not in page.text


def test_a_former_facility_sees_limits_and_custody_as_they_ran_then(moved, visit):
    """What the next facility started is not there, what ran is told as running then, the certificate follows."""
    old, new = visit(moved, "coso2.truong"), visit(moved, "coso1.truong")
    mine, all_of_it = (each.get(dossier_of(moved)) for each in (old, new))

    def limits(page):
        return {link for link in page.links().values() if link.startswith("/deadlines/")}

    assert LEFT in mine.text
    assert limits(mine) < limits(all_of_it)
    for hidden in limits(all_of_it) - limits(mine):
        assert old.get(hidden).status == 404
        assert new.get(hidden).status == 200
    running = mine.tree.xpath("//section[@aria-labelledby='limits']/table/tbody/tr")
    assert running
    for row in running:
        assert "đang tính khi cơ quan bạn thôi tham gia" in row.xpath("td[2]")[0].text_content()
        certificate = old.get(row.xpath("td[1]/a/@href")[0])
        assert LEFT in certificate.text
        assert "đang tính khi cơ quan bạn thôi tham gia" in certificate.text
        assert "xem lần tính sau" not in certificate.text
    custody = " ".join(mine.tree.xpath("//section[@aria-labelledby='custody']//tbody/tr")[-1].text_content().split())
    assert "Cơ sở cai nghiện ma túy số 2 Giả Định" in custody
    assert custody.endswith("chưa kết thúc khi cơ quan bạn thôi tham gia")
    assert "Cơ sở cai nghiện ma túy số 2 Giả Định" in fact(mine, "Người được lập hồ sơ")


def test_alarms_of_a_dossier_they_left_are_neither_shown_nor_dealt_with(before, visit):
    """A form opened before leaving comes too late and keeps its words; one made by hand is refused."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    head = visit(scene, OLD_HEAD)
    form = head.get(dossier_of(scene))
    ((door,),) = [form.tree.xpath("//section[@aria-labelledby='alarms']//form/@action")]
    scene.act(OLD, "transfer_competence", {"competent_cax": "@body:CAX-99002"})
    traces = scene.traces()
    sent = {name: value or "Đã xong." for name, value in form.held(door).items()}

    late = head.post(door, sent)
    refused = head.post(door, {**sent, "version": str(scene.version)})

    assert (late.status, refused.status) == (412, 403)
    assert LEFT in late.text
    assert "Đã xong." in late.tree.xpath("//section[@aria-labelledby='typed']")[0].text_content()
    assert late.tree.xpath("//*[@id='alarms'] | //*[@id='changes']") == []
    assert scene.traces() == traces
    assert visit(scene, NEW).get(dossier_of(scene)).tree.xpath("//*[@id='alarms']")


def test_a_body_whose_part_ended_with_the_last_entry_has_left(before, visit):
    """The facility that held the person lets them go: nothing came after it yet, and still it takes no part."""
    scene = before("decide_apply")
    scene.scan("toa.kv99", "C12")
    stated = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}
    scene.act("toa.kv99", "decide_not_apply", stated)
    scene.act("coso1.truong", "hold_release_no_measure", path=f"{scene.hold()}/moves")
    assert last_of(scene, "HOLD_FAC") == scene.version

    page = visit(scene, "coso1.truong").get(dossier_of(scene))

    assert LEFT in page.text
    assert page.tree.xpath("//*[@id='do']") == []
