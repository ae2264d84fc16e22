"""Alarms on the page of a dossier: saying how one was dealt with, refusals that lose nothing, and the diary's word."""

from tests.pages.test_moves import HEAD, OFFICER, OTHER_COMMUNE

COURT = "toa.kv99"
FILING_ALARM = "LIMIT.T-FILE1"
WORD = "Đã làm việc với Tòa án, chuyển hồ sơ trong ngày (giả định)."


def overdue(before):
    """Open the dossier that should be at the court since two days, and its alarm."""
    scene = before("file_to_court")
    scene.let_time_pass("2026-08-14T09:00:00+07:00")
    (alarm,) = scene.get(HEAD, scene.path)["alarms"]
    assert alarm["code"] == FILING_ALARM
    return scene, alarm["id"]


def door(alarm_id):
    """Return where the form of an alarm goes."""
    return f"/alarms/{alarm_id}/acknowledge"


def dossier_of(scene):
    """Return the address of the page of the dossier."""
    return f"/dossiers/{scene.dossier_id}"


def standing(scene):
    """Return how many alarms stand."""
    return scene.rows("select count(*) from alarm where resolved_at is null")[0][0]


def test_saying_how_an_alarm_was_dealt_with_leads_to_its_entry(before, visit):
    """The alarm leaves the page, the diary names it and keeps the word."""
    scene, alarm = overdue(before)
    head = visit(scene, HEAD)
    page = head.get(dossier_of(scene))
    assert "Đã xử lý: nêu cách xử lý" in page.text

    entry = head.send(page, {f"reason-{alarm}": WORD}, action=door(alarm))

    assert (entry.status, entry.path) == (200, f"{dossier_of(scene)}/entries/{scene.version}")
    assert entry.heading == "Đã xử lý báo động: Chuyển hồ sơ đến Tòa án"
    assert f"Cách xử lý {WORD}" in entry.text
    assert standing(scene) == 0
    later = head.get(dossier_of(scene))
    assert later.tree.xpath("//*[@id='alarms']") == []
    row = " ".join(later.tree.xpath("//section[@aria-labelledby='diary']//tbody/tr")[0].text_content().split())
    assert "Đã xử lý báo động" in row
    assert WORD in row
    assert "Mở hồ sơ" not in row


def test_an_alarm_without_a_word_is_refused_beside_its_item(before, visit):
    """The reason leads to the item, which is open, and nothing was changed."""
    scene, alarm = overdue(before)
    head, traces = visit(scene, HEAD), scene.traces()

    page = head.send(head.get(dossier_of(scene)), {f"reason-{alarm}": "  \n "}, action=door(alarm))

    assert page.status == 422
    assert page.reasons == ["Phải nêu cách xử lý"]
    assert [link.get("href") for link in page.tree.xpath("//*[@id='refusal']//a")] == [f"#f-reason-{alarm}"]
    (item,) = page.tree.xpath(f"//*[@id='f-reason-{alarm}']")
    assert item.get("aria-invalid") == "true"
    assert item.xpath("ancestor::details[@open]")
    assert scene.traces() == traces


def test_a_word_that_comes_too_late_is_kept_and_can_be_sent_again(before, visit):
    """Somebody else put a paper on file meanwhile: the page shows it, and the word is still in its item."""
    scene, alarm = overdue(before)
    head = visit(scene, HEAD)
    form = head.get(dossier_of(scene))
    assert scene.scan(OFFICER, "III01").status == 201

    late = head.send(form, {f"reason-{alarm}": WORD}, action=door(alarm))

    assert late.status == 412
    assert "Hồ sơ đã thay đổi sau khi bạn mở trang này" in late.text
    assert late.held(door(alarm))[f"reason-{alarm}"] == WORD
    assert head.send(late, action=door(alarm)).status == 200
    assert standing(scene) == 0


def test_a_word_on_an_alarm_that_a_colleague_dealt_with_is_shown_to_be_copied(before, visit):
    """The alarm has no form any more; what was typed is not lost with it."""
    scene, alarm = overdue(before)
    head, officer = visit(scene, HEAD), visit(scene, OFFICER)
    form, other = head.get(dossier_of(scene)), officer.get(dossier_of(scene))
    assert officer.send(other, {f"reason-{alarm}": "Đã xử lý trước."}, action=door(alarm)).status == 200
    version = scene.version

    late = head.send(form, {f"reason-{alarm}": WORD}, action=door(alarm))
    assert late.status == 412
    assert WORD in late.tree.xpath("//section[@aria-labelledby='typed']")[0].text_content()
    assert "Đã xử lý báo động" in late.tree.xpath("//section[@aria-labelledby='changes']")[0].text_content()

    held = {**form.held(door(alarm)), "version": str(version), "once": "another", f"reason-{alarm}": WORD}
    again = head.post(door(alarm), held)
    assert (again.status, again.reasons) == (422, ["Báo động này đã được xử lý"])
    assert WORD in again.text
    assert scene.version == version


def test_pressing_twice_deals_with_an_alarm_once(before, visit):
    """The second press leads to the same entry; other words under the same key are not recorded."""
    scene, alarm = overdue(before)
    head = visit(scene, HEAD)
    form = head.get(dossier_of(scene))

    first = head.send(form, {f"reason-{alarm}": WORD}, action=door(alarm))
    version = scene.version
    second = head.send(form, {f"reason-{alarm}": WORD}, action=door(alarm))
    other = head.send(form, {f"reason-{alarm}": "Lời khác."}, action=door(alarm))

    assert first.path == second.path
    assert other.status == 422
    assert "đã được gửi trước đó với nội dung khác" in other.text
    assert "Lời khác." in other.text
    assert scene.version == version


def test_the_form_of_an_alarm_needs_token_key_and_version(before, visit):
    """As every form that acts."""
    scene, alarm = overdue(before)
    head = visit(scene, HEAD)
    form, word = head.get(dossier_of(scene)), {f"reason-{alarm}": WORD}
    traces = scene.traces()

    assert head.send(form, word, action=door(alarm), without=("csrf_token",)).status == 403
    assert head.send(form, word, action=door(alarm), without=("once",)).status == 400
    assert head.send(form, word, action=door(alarm), without=("version",)).status == 428
    assert scene.traces() == traces


def test_a_stranger_cannot_tell_that_the_alarm_exists(before, visit):
    """Another commune's form finds nothing."""
    scene, alarm = overdue(before)
    held = visit(scene, HEAD).get(dossier_of(scene)).held(door(alarm))
    stranger = visit(scene, OTHER_COMMUNE)
    sent = {**held, "csrf_token": stranger.get("/persons/new").held()["csrf_token"], f"reason-{alarm}": WORD}
    traces = scene.traces()

    nothing = stranger.post(door("11111111-1111-4111-8111-111111111111"), sent)
    refused = stranger.post(door(alarm), sent)

    assert (refused.status, nothing.status) == (404, 404)
    assert refused.heading == nothing.heading
    assert scene.traces() == traces


def test_only_the_release_ends_the_alarm_of_somebody_held_without_a_title(before, visit):
    """There is no form; the page says what ends it; a form made by hand is refused and its words are kept."""
    scene = before("decide_apply")
    scene.scan(COURT, "C12")
    stated = {"court_decision_no": "02/2026/QĐ-TA", "court_decision_date": "2026-08-27"}
    scene.act(COURT, "decide_not_apply", stated)
    head = visit(scene, HEAD)

    page = head.get(dossier_of(scene))
    alarms = scene.get(HEAD, scene.path)["alarms"]
    (held,) = [each["id"] for each in alarms if each["code"] == "HELD_WITHOUT_TITLE"]
    assert "Báo động này chỉ hết khi người đó được trả tự do" in page.text
    assert page.tree.xpath(f"//form[@action='{door(held)}']") == []

    token = head.get("/persons/new").held()["csrf_token"]
    sent = {"csrf_token": token, "once": "k", "version": str(scene.version), f"reason-{held}": "Sẽ xử lý sau."}
    refused = head.post(door(held), sent)

    assert refused.status == 422
    assert refused.reasons == ["Báo động này chỉ hết khi người đó được trả tự do"]
    assert "Sẽ xử lý sau." in refused.text
    assert [each["code"] for each in scene.get(HEAD, scene.path)["alarms"]] == [each["code"] for each in alarms]


def test_an_alarm_reads_well_in_english(before, visit):
    """Form, refusal and diary in the language that was chosen."""
    scene, alarm = overdue(before)
    head = visit(scene, HEAD)
    token = head.get("/persons/new").held()["csrf_token"]
    head.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    page = head.get(dossier_of(scene))
    assert "Dealt with: say how" in page.text

    assert head.send(page, action=door(alarm)).reasons == ["Say how it was dealt with"]
    entry = head.send(page, {f"reason-{alarm}": WORD}, action=door(alarm))

    assert entry.status == 200
    assert entry.heading.startswith("Alarm dealt with: ")
    assert f"How it was dealt with {WORD}" in entry.text
