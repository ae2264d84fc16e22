"""Custody in doubt and room in the facilities, for supervisors: figures of all, lines of own dossiers, no names."""

import sqlite3
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account
from dossiers.overview.gaps import Why, gaps_to_read
from dossiers.overview.territory import territory_of
from tests.pages.crowding import crowd, statements

PROVINCE, DIVISION, NATIONAL = "ca.tinh", "ca.pc04", "c04"
GAPS, ROOM = "/overview/custody-gaps", "/overview/capacity"
PERSON = "NGUYỄN VĂN THỬ NGHIỆM"
HOLDER = "Cơ sở cai nghiện ma túy số 2 Giả Định"


def rows(page, section):
    """Return the rows of the table of a section, each in one line."""
    found = page.tree.xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")
    return [" | ".join(" ".join(cell.text_content().split()) for cell in row.xpath("./td")) for row in found]


def alarm(scene, code="HELD_WITHOUT_TITLE"):
    """Let an alarm stand that says that somebody is held without a title."""
    (dossier,) = scene.rows("select id from dossier")[0]
    link = sqlite3.connect(scene.database_file)
    with link:
        link.execute(
            "insert into alarm (id, dossier_id, code, text_vi, text_en, basis, raised_at) values (?, ?, ?, ?, ?, ?, ?)",
            (uuid4().hex, dossier, code, "x", "x", "", "2026-09-12 01:00:00.000000"),
        )
    link.close()


@pytest.mark.parametrize("address", [GAPS, ROOM])
def test_only_who_supervises_looks_in_and_no_name_is_shown(after, visit, address):
    """The provinces' police and the national department; neither commune nor court, facility or administrator."""
    scene = after("admit")
    alarm(scene)
    for username in (PROVINCE, DIVISION, NATIONAL, "vks.kv99"):
        page = visit(scene, username).get(address)
        assert page.status == 200
        assert PERSON not in page.text
        assert page.tree.xpath("//table | //p[@class='panel']")
    for username in ("cax.truong.minhhoa", "toa.kv99", "coso2.truong", "quantri", "ubnd.tinh"):
        assert visit(scene, username).get(address).status == 403


def test_an_honest_custody_has_no_gap(after, visit):
    """Looked at after hand-over, intake and release."""
    for act in ("depart", "admit", "issue_completion"):
        page = visit(after(act), PROVINCE).get(GAPS)
        assert rows(page, "figures") == []
        assert "Không có khoảng trống nào." in page.text


def test_each_kind_of_gap_is_counted_and_the_gravest_stands_first(after, visit):
    """Without a title, unexplained, without its paper."""
    scene = after("admit")
    alarm(scene)
    scene.change("update custody_interval set paper_id = null where to_at is null")
    holes = scene.rows("select id from custody_interval where kind = 'in_transit' and to_at is not null")
    scene.change("update custody_interval set to_at = from_at where id = ?", holes[-1][0])

    page = visit(scene, PROVINCE).get(GAPS)

    kinds = [line.split(" | ")[0] for line in rows(page, "figures")]
    assert kinds == [
        "Bị giữ khi không còn căn cứ",
        "Thời gian giữ không được giải thích",
        "Chưa có văn bản căn cứ trong hồ sơ",
    ]
    assert all(line.split(" | ")[2] == "1" for line in rows(page, "figures"))
    assert HOLDER in rows(page, "figures")[0]


def test_who_takes_part_sees_the_lines_and_who_does_not_sees_how_many(after, visit):
    """The director assigned the facility; the national department did not."""
    scene = after("admit")
    alarm(scene)
    director, national = visit(scene, PROVINCE).get(GAPS), visit(scene, NATIONAL).get(GAPS)

    assert len(rows(director, "figures")) == len(rows(national, "figures")) == 1
    assert any(scene.number in line and HOLDER in line for line in rows(director, "lines"))
    assert f"/dossiers/{scene.dossier_id}" in director.links().values()
    assert rows(national, "lines") == []
    assert scene.number not in national.text
    assert scene.dossier_id not in national.response.get_data(as_text=True)


def test_a_list_that_is_cut_keeps_the_gravest(after):
    """An older gap of another kind does not push out somebody held without a title."""
    scene = after("admit")
    alarm(scene)
    scene.change("update custody_interval set paper_id = null where to_at is null")
    at = scene.clock.instant
    with scene.house.database.reading() as session:
        account = session.scalars(select(Account).where(Account.username == PROVINCE)).one()
        reader = actor_of(session, account, on=at.date())
        territory = territory_of(session, reader, on=at.date())
        how = {"at": at, "since": at - timedelta(days=30)}
        every = gaps_to_read(session, scene.house.law, territory, reader, **how, limit=9)
        (kept,) = gaps_to_read(session, scene.house.law, territory, reader, **how, limit=1)

    assert [each.why for each in every] == [Why.NO_TITLE, Why.NO_PAPER]
    assert every[0].since > every[1].since
    assert kept.why is Why.NO_TITLE


def test_a_gap_of_the_past_is_shown_as_far_back_as_was_asked(after, visit):
    """What lasts is always shown."""
    scene = after("admit")
    holes = scene.rows("select id from custody_interval where kind = 'in_transit' and to_at is not null")
    scene.change("update custody_interval set to_at = from_at where id = ?", holes[-1][0])
    scene.let_time_pass("2026-11-30T09:00:00+07:00")
    director = visit(scene, PROVINCE)

    assert "Thời gian giữ không được giải thích" not in director.get(GAPS).text
    assert "Thời gian giữ không được giải thích" in director.get(f"{GAPS}?days=365").text
    assert director.get(f"{GAPS}?days=1e9").status == 200


def test_a_term_that_ends_within_hours_is_told_before_it_does(after, visit):
    """Three days ahead and not four."""
    scene = after("admit")
    scene.change(
        "update deadline set due_at = '2026-11-30 17:00:00.000000' where state = 'running' and id in "
        "(select id from deadline where state = 'running' and rule = 'TERM' limit 1)"
    )
    director = visit(scene, PROVINCE)
    scene.clock.instant = scene.clock.instant.replace(month=11, day=26)
    early = director.get(GAPS)
    scene.clock.instant = scene.clock.instant.replace(month=11, day=29)
    late = director.get(GAPS)

    assert "Căn cứ sắp hết |" not in " ".join(rows(early, "figures"))
    assert any(line.startswith("Căn cứ sắp hết") for line in rows(late, "figures"))
    assert any("giờ" in line for line in rows(late, "lines"))


def test_room_is_what_the_facility_stated_less_who_is_there(after, visit):
    """Not stated is said as not stated, never as nought; too many is said in words."""
    scene = after("admit")
    assert "chưa khai" in visit(scene, PROVINCE).get(ROOM).text

    facility = scene.body("CSCN-2-99")
    link = sqlite3.connect(scene.database_file)
    with link:
        (account,) = link.execute("select id from account limit 1").fetchone()
        link.execute("delete from facility_area")
        link.execute(
            "insert into facility_area (id, facility_id, kind, capacity, valid_from, set_by_id, set_at) "
            "values (?, ?, 'general', 0, '2026-01-01', ?, '2026-01-01 00:00:00.000000')",
            (uuid4().hex, facility.replace("-", ""), account),
        )
    link.close()
    page = visit(scene, PROVINCE).get(ROOM)
    (section,) = page.tree.xpath(f"//section[h2[. = '{HOLDER}']]")
    told = " ".join(" ".join(section.itertext()).split())

    assert "Số chỗ đã khai 0" in told
    assert "Đang ở cơ sở 1" in told
    assert "quá 1 chỗ" in told
    assert PERSON not in told


def test_a_facility_elsewhere_is_seen_by_the_national_department_alone(after, visit):
    """A province sees its own."""
    scene = after("admit")
    link = sqlite3.connect(scene.database_file)
    with link:
        link.execute("update organization set province_code = '01' where code = 'CSCN-2-99'")
    link.close()

    assert HOLDER not in visit(scene, PROVINCE).get(ROOM).text
    assert HOLDER in visit(scene, NATIONAL).get(ROOM).text


@pytest.mark.parametrize("address", [GAPS, ROOM])
def test_fifty_dossiers_take_as_many_statements_as_one(after, visit, address):
    """And nothing is written."""
    scene = after("admit")
    director = visit(scene, PROVINCE)
    director.get(address)
    few = statements(scene, lambda: director.get(address))
    crowd(scene, 50)
    before = scene.traces()

    assert statements(scene, lambda: director.get(address)) == few
    assert director.get(address).status == 200
    assert scene.traces() == before


@pytest.mark.parametrize(
    ("address", "heading"), [(GAPS, "Gaps in the title of custody"), (ROOM, "Room in the facilities")]
)
def test_the_pages_speak_english(after, visit, address, heading):
    """To the last word."""
    scene = after("admit")
    alarm(scene)
    director = visit(scene, PROVINCE)
    token = director.get(address).tree.xpath("//input[@name='csrf_token']/@value")[0]
    director.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    page = director.get(address)

    assert page.heading == heading
    assert "Held without a title" in page.text or address == ROOM
