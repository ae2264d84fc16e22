"""Aftercare through its pages: recorded, corrected, the board's order, and what a positive test opens."""

import pytest

OFFICER, CHAIR, COURT, OTHER = "cax.canbo.minhhoa", "ubnd.chutich.minhhoa", "toa.kv99", "cax.canbo.thunghiem"
VISIT = {"place": "Nhà riêng (giả định)", "who": "LÊ THỊ LẬP", "findings": "Ổn định (giả định)."}


@pytest.fixture
def managed(after):
    """Open the first day of the management."""
    return after("start_post_rehab")


def page_of(scene):
    """Return the address of the page of the person."""
    return f"/dossiers/{scene.dossier_id}/aftercare"


def add(visitor, scene, kind, values):
    """Record something through its form and return the page it leads to."""
    return visitor.send(visitor.get(f"{page_of(scene)}/{kind}/new"), values)


def test_a_visit_is_recorded_from_the_dossier_and_shown_with_who_recorded_it(managed, visit):
    """Dossier, aftercare, form, done; the diary has a line in words."""
    officer = visit(managed, OFFICER)
    page = officer.get(officer.get(f"/dossiers/{managed.dossier_id}").links()["Theo dõi sau cai"])

    done = officer.send(officer.get(page.links()["Ghi lần thăm, gặp gỡ"]), VISIT)

    assert done.path == page_of(managed)
    assert "Đã ghi nhận." in done.text
    assert "Nhà riêng (giả định)" in done.text
    assert "LÊ THỊ LẬP" in done.text
    assert "Ghi lần thăm, gặp gỡ" in officer.get(f"/dossiers/{managed.dossier_id}").text


def test_the_responsible_person_is_chosen_among_the_commune_or_named(managed, visit):
    """Accounts of the commune's own bodies are offered, of others not."""
    officer = visit(managed, OFFICER)
    form = officer.get(f"{page_of(managed)}/team/new")
    offered = {option.text: option.get("value") for option in form.tree.xpath("//select[@name='account']/option")}

    assert "LÊ THỊ LẬP" in offered
    assert "HOÀNG THỊ CHỦ" in offered
    assert "PHAN THỊ PHÁN" not in offered
    done = officer.send(form, {"duty": "responsible", "role": "police", "account": offered["LÊ THỊ LẬP"]})
    assert "Người phụ trách" in done.text
    assert "LÊ THỊ LẬP" in officer.get("/commune/aftercare").text


def test_a_correction_shows_both_and_the_old_one_as_corrected(managed, visit):
    """The form starts from what was recorded and asks why."""
    officer = visit(managed, OFFICER)
    page = add(officer, managed, "visit", VISIT)
    form = officer.get(page.links()["Đính chính"])
    assert form.held()["place"] == VISIT["place"]

    refused = officer.send(form, {"place": "Trụ sở (giả định)"})
    assert refused.status == 422
    assert refused.held()["place"] == "Trụ sở (giả định)"
    done = officer.send(refused, {"correction_reason": "Ghi sai nơi"})

    assert "Đã được đính chính" in done.text
    assert "Trụ sở (giả định)" in done.text
    assert VISIT["place"] in done.text
    assert "Đính chính: Ghi lần thăm, gặp gỡ" in officer.get(f"/dossiers/{managed.dossier_id}").text


def test_a_positive_test_shows_the_moves_that_the_law_opens_and_makes_none(managed, visit):
    """Each with its article and a link to its page; the dossier stays where it is."""
    officer = visit(managed, OFFICER)

    page = add(officer, managed, "test", {"test_kind": "urine", "result": "positive"})

    links = list(page.links().values())
    assert f"/dossiers/{managed.dossier_id}/moves/refer_assessment" in links
    assert f"/dossiers/{managed.dossier_id}/moves/post_rehab_relapse" in links
    assert "không tự chuyển hồ sơ" in page.text
    assert managed.state == "POST_REHAB"
    cleared = add(officer, managed, "test", {"test_kind": "laboratory", "result": "negative"})
    assert "không tự chuyển hồ sơ" not in cleared.text


def test_the_board_says_who_has_nobody_when_the_last_visit_was_and_who_is_absent(managed, visit):
    """Before and after an officer's afternoon."""
    officer = visit(managed, OFFICER)
    board = officer.get("/commune/aftercare").text
    assert "chưa có" in board
    assert "chưa thăm" in board
    assert "04/08/2030" in board
    assert "Đang đeo thiết bị" in board

    add(officer, managed, "team", {"duty": "responsible", "role": "hamlet", "name": "BÙI THỊ XÓM"})
    add(officer, managed, "visit", VISIT)
    add(officer, managed, "test", {"test_kind": "urine", "result": "negative"})
    add(officer, managed, "absence", {"reported": "not_allowed"})
    board = officer.get("/commune/aftercare").text

    assert "BÙI THỊ XÓM" in board
    assert "hôm nay" in board
    assert "Âm tính" in board
    assert "có (1)" in board
    assert "chưa thăm" not in board


def test_who_has_nobody_comes_first_then_who_was_not_visited_for_long(managed, visit):
    """The order of need, not of numbers."""
    from tests.pages.crowding import crowd  # noqa: PLC0415

    crowd(managed, 2)
    officer = visit(managed, OFFICER)
    rows = managed.rows("select id, number from dossier order by number")
    paths = {number: f"/dossiers/{key[:8]}-{key[8:12]}-{key[12:16]}-{key[16:20]}-{key[20:]}" for key, number in rows}
    alone, forgotten, cared = [number for _, number in rows]
    for number in (forgotten, cared):
        form = officer.get(f"{paths[number]}/aftercare/team/new")
        officer.send(form, {"duty": "responsible", "role": "hamlet", "name": "BÙI THỊ XÓM"})
    officer.send(officer.get(f"{paths[cared]}/aftercare/visit/new"), VISIT)

    shown = officer.get("/commune/aftercare").tree.xpath("//tbody/tr/td[1]/span/text()")

    assert shown == [alone, forgotten, cared]
    managed.clock.instant = managed.clock.instant.replace(month=9, day=10)
    later = visit(managed, OFFICER).get("/commune/aftercare").text
    assert "37 ngày trước" in later


def test_the_committee_records_the_court_and_other_communes_do_not(managed, visit):
    """403 for an office without the right, 404 for a commune that may not know of the dossier."""
    assert "Ổn định" in add(visit(managed, CHAIR), managed, "visit", VISIT).text
    for path in (page_of(managed), f"{page_of(managed)}/visit/new"):
        assert visit(managed, COURT).get(path).status == 403
        assert visit(managed, OTHER).get(path).status == 404
    assert visit(managed, OFFICER).get(f"{page_of(managed)}/no-such-kind/new").status == 404


def test_somebody_was_faster_and_what_was_typed_is_kept(managed, visit):
    """The second sender sees what changed and sends again."""
    officer, chair = visit(managed, OFFICER), visit(managed, CHAIR)
    late = officer.get(f"{page_of(managed)}/visit/new")
    add(chair, managed, "absence", {"reported": "allowed"})

    refused = officer.send(late, VISIT)

    assert refused.status == 412
    assert refused.held()["findings"] == VISIT["findings"]
    assert "Ghi việc vắng mặt" in refused.text
    assert officer.send(refused, {}).status == 200


def test_opening_the_page_is_noted_and_before_release_there_are_no_buttons(managed, after, visit):
    """Who looked stands in the log."""
    visit(managed, OFFICER).get(page_of(managed))
    assert managed.rows("select count(*) from access_log where what = 'aftercare'") == [(1,)]

    scene = after("admit")
    page = visit(scene, OFFICER).get(page_of(scene))
    assert "Chỉ ghi được khi hồ sơ ở giai đoạn sau cai nghiện." in page.text
    assert "Ghi lần thăm, gặp gỡ" not in page.links()


def test_the_pages_speak_english(managed, visit):
    """Kinds, items and states change with the words of the page."""
    officer = visit(managed, OFFICER)
    token = officer.get("/").held("/dossiers/search")["csrf_token"]
    page = officer.post("/language", {"csrf_token": token, "language": "en", "next": page_of(managed)})
    form = officer.get(f"{page_of(managed)}/support/new")

    assert page.heading == "Aftercare"
    assert "Drug tests" in page.text
    assert "Vocational training" in form.text
    assert "Post-rehab management" in officer.get("/commune/aftercare").heading
