"""The page of a dossier: what can be done, what cannot and why, limits day by day, both times, who saw it."""

HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"


def test_the_page_says_where_the_dossier_is_and_who_has_it(after, visit):
    """State, body, person, law: the four things anybody asks first."""
    scene = after("file_to_court")

    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")

    assert "Đã chuyển Tòa án" in page.text
    assert "Cơ quan đang giữ hồ sơ Tòa án nhân dân khu vực 99 – Giả Định" in page.text
    assert "Đang bị quản lý trong thời gian lập hồ sơ Cơ sở cai nghiện ma túy số 1 Giả Định" in page.text
    assert "bản áp dụng từ 01/07/2026" in page.text


def test_what_cannot_be_done_yet_says_why_with_article_and_cure(after, visit):
    """A locked door with its reason and its key."""
    scene = after("complete_dossier")

    page = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")

    assert "Thông báo về việc lập hồ sơ đề nghị áp dụng biện pháp" in page.text
    assert "Nghị định 163/2026/NĐ-CP" in page.text


def test_only_moves_of_my_office_are_buttons_the_others_say_whose_they_are(after, visit):
    """Nobody presses what belongs to another body."""
    scene = after("file_to_court")

    mine = visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}")
    theirs = visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")

    def acts(page):
        return {link for link in page.links().values() if f"/dossiers/{scene.dossier_id}/moves/" in link}

    assert any(link.endswith("/court_returns") for link in acts(mine))
    assert not any(link.endswith("/court_returns") for link in acts(theirs))
    assert "Tòa án nhân dân khu vực" in theirs.text


def test_the_diary_shows_when_it_took_place_and_when_it_was_recorded(before, visit):
    """A late record is seen as late."""
    scene = before("court_accepts")
    clerk = visit(scene, COURT)
    form = clerk.get(f"/dossiers/{scene.dossier_id}/moves/court_accepts")
    clerk.send(form, {"court_acceptance_no": "01", "occurred_at": "2026-08-17T08:15"})

    page = clerk.get(f"/dossiers/{scene.dossier_id}")
    row = " ".join(page.tree.xpath("//section[@aria-labelledby='diary']//tbody/tr")[0].text_content().split())

    assert "08:15 ngày 17/08/2026" in row
    assert "10:00 ngày 17/08/2026" in row


def test_a_limit_is_explained_day_by_day(after, visit):
    """Anybody can recount with a finger on the calendar."""
    scene = after("serve_notice")
    officer = visit(scene, OFFICER)

    page = officer.get(officer.get(f"/dossiers/{scene.dossier_id}").links()["Đọc hồ sơ"])

    rows = [" ".join(cell.text_content().strip() for cell in row) for row in page.tree.xpath("//table//tbody/tr")]
    assert rows[0].startswith("06/08/2026 bắt đầu")
    assert any(row.startswith("08/08/2026 không tính Ngày nghỉ hằng tuần") for row in rows)
    assert rows[-1].startswith("11/08/2026 hết hạn")


def test_opening_the_page_is_noted(after, visit):
    """Who looked at a file can be asked later."""
    scene = after("file_to_court")
    query = "select count(*) from access_log where what = 'page'"
    before = scene.rows(query)[0][0]

    visit(scene, OFFICER).get(f"/dossiers/{scene.dossier_id}")

    assert scene.rows(query)[0][0] == before + 1


def test_values_that_nobody_has_verified_carry_a_badge(after, visit):
    """Doubt is shown where it acts."""
    scene = after("court_accepts")

    page = visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}")

    badges = {badge.text_content() for badge in page.tree.xpath("//*[@class='badge-doubt']")}
    assert "chưa kiểm chứng" in badges
    assert "Vấn đề pháp luật còn bỏ ngỏ có ảnh hưởng ở đây" in page.text


def test_the_word_demo_and_the_simulated_time_stand_on_every_page(after, visit):
    """Nobody takes fiction for a file."""
    scene = after("file_to_court")
    officer = visit(scene, OFFICER)

    for path in ("/", f"/dossiers/{scene.dossier_id}", "/persons", "/law", "/khong-co-trang-nay"):
        banner = officer.get(path).tree.xpath("//p[@class='demo']")
        assert banner[0].text_content().startswith("DEMO"), path
    assert "09:00 ngày 12/08/2026" in officer.get("/").text
