"""The workplace of a facility: who comes, who is there in which stage, who is away, who leaves and what is missing."""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from api.worker import tick
from tests.pages.crowding import counted_statements

HEAD, OFFICER, OTHER, HOLDING = "coso2.truong", "coso2.canbo", "truonggd.hieutruong", "coso1.truong"
POLICE = "cax.truong.minhhoa"
NAME = "NGUYỄN VĂN THỬ NGHIỆM"


def part(page, name):
    """Return the text of one list of the board."""
    (section,) = page.tree.xpath(f"//section[@aria-labelledby='list-{name}']")
    return " ".join(section.text_content().split())


def board(scene, visit, by=OFFICER, path="/facility"):
    """Return the board as somebody of the facility sees it."""
    page = visit(scene, by).get(path)
    assert page.status == 200, page.text
    return page


def at(scene, moment):
    """Set the clock and let time act."""
    scene.clock.instant = datetime.fromisoformat(moment)
    tick(scene.house)


def copies(scene, number, since=0):
    """Put that many more dossiers of the same standing past the program, with custody and limits."""
    ((original,),) = scene.rows("select id from dossier where number = ?", scene.number)
    tables = {"dossier_party": None, "custody_interval": None, "deadline": None, "diary": "hash"}
    for count in range(since, since + number):
        new = uuid4().hex
        scene.change(*_copy(scene, "dossier", f"id = '{original}'", id=new, number=f"99001-2026-1{count:04d}"))
        for table, unique in tables.items():
            for (rowid,) in scene.rows(f"select rowid from {table} where dossier_id = ?", original):  # noqa: S608
                own = {"id": uuid4().hex} if unique is None else {unique: uuid4().hex * 2}
                scene.change(*_copy(scene, table, f"rowid = {rowid}", dossier_id=new, **own))


def _copy(scene, table, where, **changed):
    names = [row[1] for row in scene.rows(f"pragma table_info({table})")]
    values = ", ".join("?" if name in changed else name for name in names)
    ordered = [changed[name] for name in names if name in changed]
    return (f"insert into {table} ({', '.join(names)}) select {values} from {table} where {where}", *ordered)  # noqa: S608


def asked_by(scene, visitor, path):
    """Return how many statements a page asks of the database, and the page."""
    with counted_statements(scene) as seen:
        page = visitor.get(path)
    assert page.status == 200
    return len(seen), page


# --- Who comes ------------------------------------------------------------------------------------------------------


def test_who_was_given_to_the_facility_is_expected_until_the_intake(after, visit):
    """From the assignment on, with the soonest limit and whether a manifest is there."""
    scene = after("assign_facility_province")
    page = board(scene, visit)

    assert NAME in part(page, "arriving")
    assert "Đã có quyết định giao cơ sở" in part(page, "arriving")
    assert "chưa có bản kê" in part(page, "arriving")
    assert f"/dossiers/{scene.dossier_id}/handovers/new" in page.links().values()
    assert NAME not in part(page, "present")


def test_a_hold_that_is_ordered_is_expected_by_its_facility(after, visit):
    """The order stands in the side machine; nobody else expects the person."""
    scene = after("order_hold")

    assert "Đã ký quyết định giao quản lý" in part(board(scene, visit, HOLDING), "arriving")
    assert NAME not in board(scene, visit).text


def test_who_was_admitted_is_not_expected_any_more(after, visit):
    """The intake moves the person from one list to another."""
    page = board(after("admit"), visit)

    assert NAME not in part(page, "arriving")
    assert NAME in part(page, "present")


# --- Who is there ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nth", "moment", "stage", "days", "limit"),
    [
        (None, "2026-09-11T09:00:00+07:00", "1. Tiếp nhận", 1, "Giai đoạn 1: không quá 02 ngày"),
        (0, "2026-09-15T09:00:00+07:00", "2. Điều trị", 3, "Giai đoạn 2: ít nhất 10 ngày"),
        (1, "2026-10-24T09:00:00+07:00", "3. Giáo dục", 30, "Giai đoạn 3: ít nhất 03 tháng"),
        (2, "2027-01-14T09:00:00+07:00", "4. Lao động", 10, "Giai đoạn 5: 30 ngày trước khi hết thời hạn"),
    ],
)
def test_each_stage_shows_its_days_and_its_limit(after, visit, nth, moment, stage, days, limit):
    """Counted from the act that brought the person into the stage; read from the law of the dossier."""
    scene = after("admit") if nth is None else after("advance_stage", nth)
    at(scene, moment)

    shown = part(board(scene, visit), "present")

    assert stage in shown
    assert re.search(rf"\b{days} \(từ", shown), shown
    assert limit in shown


def test_a_stage_without_a_limit_of_its_own_ends_with_the_term(after, visit):
    """The last stage lasts until the person goes."""
    shown = part(board(after("enter_reintegration"), visit), "present")

    assert "5. Chuẩn bị tái hòa nhập cộng đồng" in shown
    assert "Thời hạn cai nghiện bắt buộc" in shown


def test_the_stages_are_counted_and_narrow_the_list(after, visit):
    """Five stages and those held; the one that is chosen is shown alone."""
    scene = after("advance_stage")
    page = board(scene, visit)

    groups = [" ".join(item.text_content().split()) for item in page.tree.xpath("//ul[@class='stages']/li")]
    assert len(groups) == 6
    assert [group[-1] for group in groups] == ["0", "1", "0", "0", "0", "0"]
    assert NAME in board(scene, visit, path="/facility?list=present&stage=ST2").text
    assert NAME not in board(scene, visit, path="/facility?list=present&stage=ST1").text


def test_who_is_held_while_the_dossier_is_made_is_in_no_stage(after, visit):
    """The facility of the hold has the person, not the one that is assigned later."""
    scene = after("handover_hold")

    assert "Đang bị quản lý trong thời gian lập hồ sơ" in part(board(scene, visit, HOLDING), "present")
    assert NAME not in board(scene, visit).text


# --- Who is away ----------------------------------------------------------------------------------------------------


def test_who_is_on_leave_is_listed_with_the_day_of_return_and_counted_when_late(after, visit):
    """The limit that the return ends is the one shown; past it the count of the overdue says so."""
    scene = after("advance_stage")
    scene.change("update dossier set state = 'FUNERAL_LEAVE' where number = ?", scene.number)
    dossier = scene.rows("select id from dossier where number = ?", scene.number)[0][0]
    (row,) = scene.rows("select rowid from deadline where dossier_id = ? and rule = 'T-ST2'", dossier)
    statement = _copy(scene, "deadline", f"rowid = {row[0]}", id=uuid4().hex, rule="T-FUN5")
    scene.change(*statement)
    scene.change("update deadline set due_at = '2026-09-20 17:00:00.000000' where rule = 'T-FUN5'")

    calm = board(scene, visit)
    assert "Về chịu tang" in part(calm, "away")
    assert "hết ngày 20/09/2026" in part(calm, "away")
    assert "Quá hạn trở lại 0" in calm.text
    scene.clock.instant = datetime.fromisoformat("2026-09-22T08:00:00+07:00")

    late = board(scene, visit)
    assert "quá hạn" in part(late, "away")
    assert "Quá hạn trở lại 1" in late.text


# --- Who leaves -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "listed", "told"),
    [
        ("2028-06-04T23:59:00+07:00", False, ""),
        ("2028-06-05T00:01:00+07:00", True, "còn 60 ngày"),
        ("2028-06-06T08:00:00+07:00", True, "còn 59 ngày"),
        ("2028-08-04T08:00:00+07:00", True, "hôm nay"),
        ("2028-08-06T08:00:00+07:00", True, "đã quá 2 ngày"),
    ],
)
def test_leavers_are_listed_from_sixty_days_before_their_last_day(after, visit, moment, listed, told):
    """Exact to the day of Việt Nam; who should have left stays on the list until the release."""
    scene = after("record_health_check")
    scene.clock.instant = datetime.fromisoformat(moment)

    shown = part(board(scene, visit), "leaving")

    assert (NAME in shown) == listed
    assert told in shown
    if listed:
        assert "04/08/2028" in shown


def test_what_is_missing_for_the_release_is_said(after, visit):
    """Papers of the release, the post-rehab decision that it never waits for, and whether the notice was sent."""
    scene = after("enter_reintegration")
    shown = part(board(scene, visit), "leaving")

    assert shown.count("chưa có") == 2
    assert "không chờ văn bản này mới cho về" in shown
    assert "✗ Gửi thông báo chuẩn bị hoàn thành" in shown

    told = after("decide_post_rehab")
    shown = part(board(told, visit), "leaving")
    assert "✓ Gửi thông báo chuẩn bị hoàn thành" in shown
    assert shown.count("chưa có") == 1
    term = [address for words, address in board(told, visit).links().items() if words == "Cách tính thời hạn"]
    assert "Thời hạn cai nghiện bắt buộc" in visit(told, OFFICER).get(term[0]).text


def test_who_was_released_is_on_no_list(after, visit):
    """The facility has the dossier no more than to read it."""
    page = board(after("issue_completion"), visit)

    assert NAME not in page.text


# --- Rights, pages, languages ---------------------------------------------------------------------------------------


def test_only_facilities_have_a_board(after, visit):
    """And each only its own people."""
    scene = after("admit")

    assert visit(scene, POLICE).get("/facility").status == 403
    assert visit(scene, POLICE).get("/facility/places").status == 403
    assert "/facility" not in visit(scene, POLICE).get("/").text
    assert NAME not in board(scene, visit, OTHER).text
    assert visit(scene, OFFICER).get("/facility?list=nothing").status == 404


def test_the_number_of_statements_does_not_grow_with_the_people(after, visit):
    """Three people or thirty: the board, each list and the places ask as much."""
    scene = after("enter_reintegration")
    visitor = visit(scene, HEAD)
    paths = ["/facility", "/facility?list=present", "/facility?list=leaving", "/facility/places"]
    copies(scene, 2)
    before = {path: asked_by(scene, visitor, path)[0] for path in paths}

    copies(scene, 30, since=2)
    after_all = {path: asked_by(scene, visitor, path) for path in paths}

    assert {path: number for path, (number, _page) in after_all.items()} == before
    assert len(after_all["/facility"][1].tree.xpath("//section[@aria-labelledby='list-present']//tbody/tr")) == 10
    assert len(after_all["/facility?list=present"][1].tree.xpath("//tbody/tr")) == 25
    following = visitor.get("/facility?list=present&page=2")
    assert len(following.tree.xpath("//tbody/tr")) == 8


def test_the_board_speaks_english(after, visit):
    """The stages as the law names them, the rest as the pages do."""
    scene = after("advance_stage")
    visitor = visit(scene, OFFICER)
    token = visitor.get("/").held("/dossiers/search")["csrf_token"]
    visitor.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    page = visitor.get("/facility")
    assert page.heading == "The facility"
    assert "2. Detoxification and treatment" in page.text
    assert "Stage 2: at least 10 days" in page.text
    assert visitor.get("/facility/places").heading == "Places by area"


# --- Places ---------------------------------------------------------------------------------------------------------


CAPACITY = "/facility/places/capacity"


def state(visitor, kind, capacity, day="2026-09-10"):
    """Say how many places an area has."""
    items = {"kind": kind, "capacity": capacity, "valid_from": day}
    return visitor.send(visitor.get("/facility/places"), items, action=CAPACITY)


def area(page, title):
    """Return the row of an area."""
    rows = page.tree.xpath("//section[@aria-labelledby='areas']//tbody/tr")
    return next(" ".join(row.text_content().split()) for row in rows if title in row.text_content())


def test_places_are_stated_by_the_head_and_taken_by_people(after, visit):
    """Overfull is said in words, and refuses nobody."""
    scene = after("admit")
    head, officer = visit(scene, HEAD), visit(scene, OFFICER)
    assert "chưa khai" in area(state(head, "general", "1"), "phụ nữ")
    place = f"/facility/places/people/{scene.dossier_id}"

    placed = officer.send(officer.get("/facility/places?area=none"), {"area": "general"}, action=place)
    assert "hết chỗ" in area(placed, "Khu chung")
    assert "Chưa xếp khu 0" in placed.text
    assert "Khu chung" in part(board(scene, visit), "present")

    assert "quá tải 1 người" in area(state(head, "general", "0"), "Khu chung")
    later = state(head, "general", "2", "2026-09-11")
    assert "quá tải 1 người" in area(later, "Khu chung")
    scene.clock.instant += timedelta(days=1)
    assert scene.rows("select capacity, valid_to from facility_area order by valid_from") == [
        (0, "2026-09-11"),
        (2, None),
    ]
    assert "quá tải" not in area(visit(scene, HEAD).get("/facility/places"), "Khu chung")


def test_an_area_that_does_not_fit_is_said_and_not_refused(after, visit):
    """Who must be kept apart is for people to decide; the page says that sex or age do not fit."""
    scene = after("admit")
    head = visit(scene, HEAD)
    state(head, "women", "5")

    placed = head.send(
        head.get("/facility/places"), {"area": "women"}, action=f"/facility/places/people/{scene.dossier_id}"
    )

    assert "giới tính hoặc tuổi không hợp với khu" in placed.text
    assert scene.rows("select kind, to_at from placement") == [("women", None)]


def test_a_move_to_another_area_ends_the_place_before(after, visit):
    """One person, one place; the history stays."""
    scene = after("admit")
    head = visit(scene, HEAD)
    state(head, "general", "5")
    state(head, "infectious", "5")
    path = f"/facility/places/people/{scene.dossier_id}"
    for kind in ("general", "infectious", "infectious"):
        head.send(head.get("/facility/places"), {"area": kind}, action=path)

    assert [
        (kind, to_at is None) for kind, to_at in scene.rows("select kind, to_at from placement order by rowid")
    ] == [
        ("general", False),
        ("infectious", True),
    ]


def test_the_place_is_free_after_the_release(after, visit):
    """Taken are the places of those who are there or come back."""
    scene = after("decide_post_rehab")
    head = visit(scene, HEAD)
    state(head, "general", "5", "2028-07-10")
    head.send(head.get("/facility/places"), {"area": "general"}, action=f"/facility/places/people/{scene.dossier_id}")
    assert area(head.get("/facility/places"), "Khu chung").split(")")[-1].split() == ["1", "4"]

    scene.change("update custody_interval set to_at = from_at where to_at is null")

    assert area(head.get("/facility/places"), "Khu chung").split(")")[-1].split() == ["0", "5"]


@pytest.mark.parametrize(
    ("items", "told"),
    [
        ({"kind": "palace", "capacity": "3"}, "Chọn một khu"),
        ({"kind": "general", "capacity": "-1"}, "số nguyên"),
        ({"kind": "general", "capacity": "1e3"}, "số nguyên"),
        ({"kind": "general", "capacity": "3", "day": "2026-09-01"}, "không được trước lần khai gần nhất"),
    ],
)
def test_a_capacity_that_cannot_be_is_refused(after, visit, items, told):
    """What was typed stays, nothing is written."""
    scene = after("admit")
    head = visit(scene, HEAD)
    state(head, "general", "7")
    traces = scene.traces()

    page = state(head, **items)

    assert page.status == 422
    assert told in page.text
    assert page.held(CAPACITY)["capacity"] == items["capacity"]
    assert scene.traces() == traces


def test_nobody_is_placed_who_is_not_there_and_only_the_head_states_places(after, visit):
    """A stranger's dossier does not exist, an own one before the intake is refused in words."""
    scene = after("depart")
    head, officer = visit(scene, HEAD), visit(scene, OFFICER)
    state(head, "general", "7")
    token = officer.get("/facility/places").tree.xpath("//input[@name='csrf_token']/@value")[0]
    form, traces = {"csrf_token": token, "once": "k1", "area": "general"}, scene.traces()

    early = officer.post(f"/facility/places/people/{scene.dossier_id}", form)
    unknown = officer.post(f"/facility/places/people/{scene.body('CAX-99001')}", {**form, "once": "k2"})
    stated = officer.post(CAPACITY, {**form, "once": "k3", "kind": "general", "capacity": "1"})

    assert (early.status, unknown.status, stated.status) == (422, 404, 403)
    assert "hiện không do cơ sở quản lý" in early.text
    assert scene.traces() == traces
    assert "Khai sức chứa" not in officer.get("/facility/places").text
