"""Notices: what others did in the dossiers of the caller's bodies, until it is marked as read; never a name."""

import sqlite3
from datetime import timedelta
from uuid import UUID

import pytest

from api.demo.drive import ADULT
from dossiers.limits.operations import raise_alarm
from dossiers.notices.notices import COUNTED_MAX, KINDS, REACH
from tests.pages.crowding import crowd, statements
from workflow.vocabulary import Text

OFFICER, HEAD, COURT, DOCTOR, FACILITY = "cax.canbo.minhhoa", "cax.truong.minhhoa", "toa.kv99", "yte", "coso1.canbo"
PERSON = "NGUYỄN VĂN THỬ NGHIỆM"


def lines(page):
    """Return the notices of a page, each in one line."""
    return [" ".join(" ".join(each.itertext()).split()) for each in page.tree.xpath("//ul[@class='notices']/li")]


def badge(page):
    """Return what the tab of the notices says."""
    (tab,) = page.tree.xpath("//nav//a[starts-with(@href, '/notices')]")
    return tab.text_content().strip()


def test_the_court_is_told_that_a_file_came_and_the_commune_is_not_told_of_its_own_act(after, visit):
    """Whose act it was is no news to them."""
    scene = after("file_to_court")
    court, commune = visit(scene, COURT).get("/notices"), visit(scene, HEAD).get("/notices")

    assert lines(court)[0].startswith("Chưa đọc · Cơ quan bạn bắt đầu tham gia hồ sơ: Chuyển hồ sơ đến Tòa án (V36)")
    assert scene.number in lines(court)[0]
    assert badge(court) == "Thông báo (1)"
    assert not any("Chuyển hồ sơ đến Tòa án" in line for line in lines(commune))


def test_the_commune_is_told_what_the_court_does(after, visit):
    """Newest first; what the court itself did is no notice for the court."""
    scene = after("court_accepts")
    commune, court = visit(scene, OFFICER).get("/notices"), visit(scene, COURT).get("/notices")

    assert "Hồ sơ có việc mới: Tòa án thụ lý (C02)" in lines(commune)[0]
    assert not any("thụ lý" in line for line in lines(court))


def test_time_and_alarms_are_told_too(after, visit):
    """A limit that ran out raises an alarm, and the alarm a notice, until it is dealt with."""
    scene = after("request_facility")
    scene.let_time_pass("2026-09-12T08:00:00+07:00")
    page = visit(scene, "ca.tinh").get("/notices")

    assert any("Có báo động" in line for line in lines(page))
    scene.change("update alarm set resolved_at = raised_at")
    assert not any("Có báo động" in line for line in lines(visit(scene, "ca.tinh").get("/notices")))


def test_read_is_read_for_one_account_and_what_comes_later_is_not(after, visit):
    """A colleague's notices stay as they are."""
    scene = after("court_accepts")
    officer, head = visit(scene, OFFICER), visit(scene, HEAD)
    before, page = badge(head.get("/notices")), officer.get("/notices")
    read = officer.send(page, action="/notices/read")

    assert badge(read) == "Thông báo"
    assert not any(line.startswith("Chưa đọc") for line in lines(read))
    assert badge(head.get("/notices")) == before != "Thông báo"
    assert lines(officer.get("/notices?show=unread")) == []

    scene.clock.instant += timedelta(hours=1)
    assert scene.scan(COURT, "C07").status == 201
    scene.act(COURT, "open_hearing", {"hearing_at": "2026-08-27T08:00:00+07:00"})
    assert badge(officer.get("/")) == "Thông báo (1)"
    assert [line.startswith("Chưa đọc") for line in lines(officer.get("/notices"))][:2] == [True, False]


def raised(scene, minutes=0.0, code="X.a"):
    """Let an alarm stand that was raised so many minutes after now."""
    at = scene.clock.instant + timedelta(minutes=minutes)
    with scene.house.database.transaction() as session:
        raise_alarm(session, UUID(scene.dossier_id), code, Text("a", "a"), basis="", seq=None, at=at)


@pytest.mark.parametrize("before", [0, 0.1, 30])
def test_what_is_committed_after_its_moment_was_read_is_still_unread(after, visit, before):
    """A look at what time brought about has one moment and many commits."""
    scene = after("court_accepts")
    officer = visit(scene, OFFICER)
    raised(scene)
    officer.send(officer.get("/notices"), action="/notices/read")
    assert badge(officer.get("/")) == "Thông báo"

    raised(scene, -before, "X.b")

    assert badge(officer.get("/")) == "Thông báo (1)"
    assert len(lines(officer.get("/notices?show=unread"))) == 1


def test_what_came_between_looking_and_marking_is_not_marked(after, visit):
    """Nothing is taken for read that was never shown; the page says so."""
    scene = after("court_accepts")
    officer = visit(scene, OFFICER)
    raised(scene)
    page = officer.get("/notices")
    before = badge(page)
    raised(scene, -0.1, "X.b")
    answered = officer.send(page, action="/notices/read")

    assert "chưa đánh dấu gì" in answered.text
    assert scene.rows("select count(*) from notice_mark") == [(0,)]
    assert badge(answered) != before
    assert badge(officer.send(answered, action="/notices/read")) == "Thông báo"


@pytest.mark.parametrize("until", ["", "x", "2026-08-17T10:00:00", "9999-12-31T23:59:59+00:00"])
def test_nothing_to_come_can_be_read_beforehand(after, visit, until):
    """What is no moment is refused; a moment to come counts as now."""
    scene = after("court_accepts")
    officer = visit(scene, OFFICER)
    held = officer.get("/notices").held("/notices/read")
    reply = officer.post("/notices/read", {**held, "until": until})

    assert reply.status == (200 if until.startswith("9") else 422)
    rows = scene.rows("select read_until from notice_mark")
    assert len(rows) == (1 if until.startswith("9") else 0)
    assert all(row[0] <= scene.clock.instant.astimezone(tz=None).isoformat(" ") or "2026" in row[0] for row in rows)


def test_who_takes_no_part_is_told_nothing(after, visit):
    """Another commune, another facility, and who has left."""
    scene = after("court_accepts")
    for username in ("cax.truong.thunghiem", "coso2.truong", "ca.pc04"):
        page = visit(scene, username).get("/notices")
        assert page.status == 200
        assert scene.number not in page.text
        assert badge(page) == "Thông báo"
    assert visit(scene).get("/notices", follow=False).status == 303


def test_no_name_and_no_number_of_a_paper_of_the_person_stands_on_the_page(after, visit):
    """Looked at by everybody who takes part, at every kind of notice."""
    scene = after("admit")
    scene.let_time_pass("2026-09-12T08:00:00+07:00")
    planted = [PERSON, str(ADULT["id_number"]), ADULT["residence"]]
    for username in (OFFICER, HEAD, COURT, "ca.tinh", "coso2.truong", "vks.kv99"):
        page = visit(scene, username).get("/notices")
        everything = page.response.get_data(as_text=True)
        assert [word for word in planted if word.casefold() in everything.casefold()] == []


def test_a_refused_act_is_no_notice(after, visit):
    """Nothing happened."""
    scene = after("file_to_court")
    before = lines(visit(scene, OFFICER).get("/notices"))
    assert scene.send(COURT, "decide_apply").status == 409

    assert lines(visit(scene, OFFICER).get("/notices")) == before


def test_what_is_older_than_notices_reach_is_gone_and_never_counted(after, visit):
    """The diary has it for ever; a notice is news."""
    scene = after("file_to_court")
    scene.clock.instant += REACH + timedelta(minutes=1)
    page = visit(scene, COURT).get("/notices")

    assert not any("Chuyển hồ sơ đến Tòa án" in line for line in lines(page))


def test_the_count_ends_where_nobody_would_read_on_and_pages_ask_no_more_for_many(after, visit):
    """A hundred dossiers take as many statements as one."""
    scene = after("file_to_court")
    court = visit(scene, COURT)
    court.get("/notices")
    few = statements(scene, lambda: court.get("/notices"))
    crowd(scene, COUNTED_MAX + 5)
    alarms = "insert into alarm select lower(hex(randomblob(16))), id, 'X.y', 'x', 'x', '', 1, {}, null from dossier"
    columns = [row[1] for row in scene.rows("pragma table_info(alarm)")]
    assert columns[:7] == ["id", "dossier_id", "code", "text_vi", "text_en", "basis", "raised_seq"]
    moment = scene.clock.instant.astimezone(tz=None).strftime("'%Y-%m-%d 00:00:00.000000'")
    link = sqlite3.connect(scene.database_file)
    with link:
        link.execute(alarms.format(moment))
    link.close()

    assert badge(court.get("/notices")) == f"Thông báo ({COUNTED_MAX}+)"
    assert statements(scene, lambda: court.get("/notices")) == few
    assert len(lines(court.get("/notices?page=3"))) > 0
    assert court.get("/notices?page=9").status == 200


def test_the_page_speaks_english_and_reading_it_writes_nothing(after, visit):
    """To the last word."""
    scene = after("court_accepts")
    officer, before = visit(scene, OFFICER), scene.traces()
    token = officer.get("/notices").tree.xpath("//input[@name='csrf_token']/@value")[0]
    assert scene.traces() == before
    officer.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    page = officer.get("/notices")

    assert page.heading == "Notices"
    assert badge(page).startswith("Notices")
    assert all(title.en for title in KINDS.values())
    assert "The court accepts" in " ".join(lines(page)) or "Something happened" in " ".join(lines(page))
