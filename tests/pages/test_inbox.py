"""The inbox and the lists: what waits, what is urgent, finding without accents, and nothing personal in an address."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from api.worker import tick
from dossiers.limits.models import Deadline
from tests.pages.crowding import crowd, statements

HEAD, OFFICER, COURT = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99"


def test_the_inbox_shows_where_a_dossier_stands_what_is_left_and_what_i_can_do(after, visit):
    """One line tells the whole day's work."""
    scene = after("file_to_court")

    page = visit(scene, COURT).get("/")

    assert scene.number in page.text
    assert "NGUYỄN VĂN THỬ NGHIỆM" in page.text
    assert "Đã chuyển Tòa án" in page.text
    assert "Có thể làm:" in page.text
    assert f"/dossiers/{scene.dossier_id}/moves/court_returns" in page.links().values()


def test_a_limit_that_ends_soon_is_counted_in_hours_and_an_ended_one_as_overdue(after, visit):
    """Officers read hours, not dates."""
    scene = after("request_facility")
    provincial = visit(scene, "ca.tinh")

    assert "còn 24 giờ" in provincial.get("/").text
    scene.clock.instant = scene.clock.instant.replace(day=scene.clock.instant.day + 1, hour=13)
    late = provincial.get("/")

    assert "quá hạn 3 giờ" in late.text
    assert "Quá hạn 1" in late.text


def test_alarms_come_first(after, visit):
    """What has gone wrong is seen before what is merely due."""
    scene = after("request_facility")
    scene.clock.instant = datetime.fromisoformat("2026-09-12T08:00:00+07:00")
    tick(scene.house)
    head = visit(scene, HEAD)
    form = head.get("/persons/new")
    person = head.send(form, {"full_name": "TRẦN VĂN SAU", "sex": "male", "born_on": "1990-01-01"})
    head.send(head.get(f"{person.path}/open-dossier"))

    lines = head.get("/").tree.xpath("//ol[@class='worklist']/li")

    assert len(lines) == 2
    assert "Báo động:" in lines[0].text_content()
    assert "TRẦN VĂN SAU" in lines[1].text_content()


def test_a_search_finds_without_accents_and_leaves_no_name_in_the_address(after, visit):
    """Addresses end up in logs and in the history of the browser."""
    scene = after("file_to_court")
    officer = visit(scene, OFFICER)

    found = officer.send(officer.get("/dossiers"), {"text": "nguyen van thu nghiem"}, action="/dossiers/search")

    assert scene.number in found.text
    assert found.response.request.url.endswith("/dossiers/search")
    nothing = officer.send(officer.get("/dossiers"), {"text": "khong co ai"}, action="/dossiers/search")
    assert scene.number not in nothing.text
    assert "Không có hồ sơ nào." in nothing.text


def test_the_inbox_narrows_to_a_state(after, visit):
    """The filter offers the states that are there, each with its count."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)

    options = clerk.get("/").tree.xpath("//select[@id='state']/option")
    assert [" ".join(option.text_content().split()) for option in options] == ["Tất cả (1)", "Đã chuyển Tòa án (1)"]
    assert scene.number in clerk.get(f"/?state={options[1].get('value')}").text
    assert scene.number not in clerk.get("/?state=COMPLETED").text


def test_the_inbox_speaks_english_when_asked(after, visit):
    """The texts of the law change with the words of the pages."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)
    token = clerk.get("/").held("/dossiers/search")["csrf_token"]

    page = clerk.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    assert "Filed with the court" in page.text
    assert "You can:" in page.text
    assert "Có thể làm" not in page.text


def test_a_facility_that_holds_somebody_before_the_decision_has_the_dossier_in_its_inbox(after, visit):
    """Who holds a person must see it among the day's work, although the dossier itself lies elsewhere."""
    scene = after("handover_hold")

    page = visit(scene, "coso1.truong").get("/")

    assert scene.number in page.text
    assert "/proceedings/" in " ".join(page.links().values())


def test_a_limit_of_another_body_says_whose_it_is_and_is_not_counted_as_mine(after, visit):
    """The court sees that the police are late, and is not blamed for it."""
    scene = after("decision_effective_received")
    scene.clock.instant = datetime.fromisoformat("2026-09-12T08:00:00+07:00")

    theirs, mine = visit(scene, COURT).get("/"), visit(scene, HEAD).get("/")

    assert "việc của Công an cấp xã" in theirs.text
    assert "Quá hạn 0" in theirs.text
    assert "việc của" not in mine.text
    assert "Quá hạn 1" in mine.text


def test_twenty_dossiers_take_as_many_statements_as_two(after, visit):
    """What waits, and the page of one of those that wait: nothing is asked row by row."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)
    addresses = ["/", "/?view=others", "/dossiers"]
    crowd(scene, 1)
    two = [statements(scene, lambda path=path: clerk.get(path)) for path in addresses]

    crowd(scene, 18)

    assert len(clerk.get("/").tree.xpath("//ol[@class='worklist']/li")) == 20
    assert [statements(scene, lambda path=path: clerk.get(path)) for path in addresses] == two
    assert two[0] < 30


def test_a_long_life_takes_as_many_statements_as_a_short_one(after, visit):
    """A dossier with twice as many limits and alarms is read with the same questions."""
    scene = after("admit")
    facility, path = visit(scene, "coso2.truong"), f"/dossiers/{scene.dossier_id}"
    before = statements(scene, lambda: facility.get(path))
    with scene.house.database.transaction() as session:
        limits = session.scalars(select(Deadline).where(Deadline.dossier_id == UUID(scene.dossier_id))).all()
        for row in limits:
            values = {column.name: getattr(row, column.name) for column in Deadline.__table__.columns}
            session.add(Deadline(**{**values, "id": uuid4()}))

    assert statements(scene, lambda: facility.get(path)) == before
    assert before < 50
