"""The overview: figures by body of a territory, no names, lists only of dossiers the reader may open."""

import re
import sqlite3
from datetime import datetime
from uuid import uuid4

import pytest

from api.worker import tick
from dossiers.overview.returns import RETURNS
from tests.pages.browsing import Page
from tests.pages.crowding import statements

PROVINCE, DIVISION, PROCURACY, NATIONAL = "ca.tinh", "ca.pc04", "vks.kv99", "c04"
READERS = (PROVINCE, DIVISION, PROCURACY, NATIONAL)
PERSON = "NGUYỄN VĂN THỬ NGHIỆM"


def rows(page: Page, section: str) -> list[str]:
    """Return the rows of the tables of a section, each in one line."""
    found = page.tree.xpath(f"//section[@aria-labelledby='{section}']//tbody/tr")
    return [" | ".join(" ".join(cell.text_content().split()) for cell in row.xpath("./td")) for row in found]


@pytest.mark.parametrize("username", READERS)
def test_who_supervises_sees_figures_and_no_name(after, visit, username):
    """Province, procuracy and the national department count the same dossier of their territory."""
    scene = after("file_to_court")
    scene.let_time_pass("2026-10-01T09:00:00+07:00")

    page = visit(scene, username).get("/overview")

    assert page.status == 200
    assert len(rows(page, "phases")) == 1
    assert "Tòa án nhân dân khu vực 99" in rows(page, "phases")[0]
    assert rows(page, "late")
    assert PERSON not in page.text
    assert scene.number not in page.text
    assert len(page.tree.xpath("//h1")) == 1
    assert re.search(r"POL-[A-Z]|T-[A-Z]{3}|G-[A-Z]{3}|None", page.text) is None


def test_nobody_else_sees_it(after, visit):
    """Commune, court, facility and administrator have no overview; nobody is shown its door who has it not."""
    scene = after("file_to_court")
    for username in ("cax.truong.minhhoa", "toa.kv99", "coso2.truong", "quantri", "ubnd.tinh"):
        visitor = visit(scene, username)
        assert visitor.get("/overview").status == 403
        assert visitor.get("/overview/dossiers?kind=phase&key=court").status == 403
        assert "/overview" not in visitor.get("/law").tree.xpath("//nav//a/@href")
    assert visit(scene).get("/overview", follow=False).status == 303


def test_dossiers_of_another_territory_are_not_counted(after, visit):
    """A regional procuracy covers its communes, a province its province, the national department everything."""
    scene = after("file_to_court")
    scene.change("update dossier set commune_code = '98001', province_code = '98'")

    assert rows(visit(scene, PROVINCE).get("/overview"), "phases") == []
    assert rows(visit(scene, PROCURACY).get("/overview"), "phases") == []
    assert len(rows(visit(scene, NATIONAL).get("/overview"), "phases")) == 1


def test_a_commune_outside_the_list_of_a_region_is_not_counted(after, visit):
    """The same province, another region."""
    scene = after("file_to_court")
    scene.change("update dossier set commune_code = '99777'")

    assert rows(visit(scene, PROCURACY).get("/overview"), "phases") == []
    assert len(rows(visit(scene, PROVINCE).get("/overview"), "phases")) == 1


def test_the_list_behind_a_figure_holds_only_what_the_reader_may_open(after, visit):
    """The division takes no part in the dossier; the director who assigns the facility does."""
    scene = after("request_facility")
    director, division = visit(scene, PROVINCE), visit(scene, NATIONAL)
    page = director.get("/overview")
    (link,) = page.tree.xpath("//section[@aria-labelledby='phases']//tbody//a/@href")

    behind, hidden = director.get(link), division.get(link)

    assert (behind.status, hidden.status) == (200, 200)
    assert scene.number in behind.text
    assert PERSON in behind.text
    assert PERSON not in link
    assert scene.number not in hidden.text
    assert "Không có hồ sơ nào." in hidden.text
    assert director.get("/overview/dossiers?kind=khong&key=co").status == 404
    assert director.get("/overview/dossiers?kind=phase&key=court&body=x").status == 404


def test_every_figure_leads_to_its_list(after, visit):
    """Alarms, overdue limits and phases, for somebody who takes part."""
    scene = after("request_facility")
    scene.clock.instant = datetime.fromisoformat("2026-09-12T08:00:00+07:00")
    tick(scene.house)
    director = visit(scene, PROVINCE)
    page = director.get("/overview")
    links = page.tree.xpath("//main//section//tbody//a/@href")

    kinds = {re.search(r"kind=(\w+)", link).group(1) for link in links}
    assert kinds >= {"phase", "late", "alarm"}
    assert all(scene.number in director.get(link).text for link in links)
    assert any("Quá thời hạn" in row for row in rows(page, "alarms"))


def test_persons_held_are_counted_and_a_title_without_paper_is_seen(after, visit):
    """A facility that holds somebody whose paper is gone stands out, and so does a hole in the cover."""
    scene = after("admit")
    whole = visit(scene, PROVINCE).get("/overview")
    (held,) = rows(whole, "custody")
    assert held.startswith("Cơ sở cai nghiện ma túy số 2 Giả Định")
    assert held.endswith("| 1 | 0")
    assert "Không có khoảng thời gian giữ người nào thiếu giải thích." in whole.text

    scene.change("update custody_interval set paper_id = null where to_at is null")
    holes = scene.rows("select id from custody_interval where kind = 'in_transit' and to_at is not null")
    scene.change("update custody_interval set to_at = from_at where id = ?", holes[-1][0])
    broken = visit(scene, PROVINCE).get("/overview")

    assert rows(broken, "custody")[0].endswith("| 1 | 1")
    assert "Có thời gian giữ người không được giải thích" in broken.text


def test_custody_without_a_title_comes_first(after, visit):
    """Whatever else is alarmed about, and however long ago."""
    scene = after("request_facility")
    scene.let_time_pass("2026-09-12T08:00:00+07:00")
    (dossier,) = scene.rows("select id from dossier")[0]
    link = sqlite3.connect(scene.database_file)
    with link:
        link.execute(
            "insert into alarm (id, dossier_id, code, text_vi, text_en, basis, raised_at) values (?, ?, ?, ?, ?, ?, ?)",
            (uuid4().hex, dossier, "HELD_WITHOUT_TITLE", "x", "x", "", "2026-09-12 01:00:00.000000"),
        )
    link.close()

    page = visit(scene, PROVINCE).get("/overview")

    assert rows(page, "alarms")[0].startswith("Giữ người không còn căn cứ: Bị giữ khi không còn căn cứ")
    assert "Giữ người không còn căn cứ 1" in page.text


def test_files_sent_back_are_counted_for_the_body_that_made_them(after, visit):
    """By the diary; the reason of the court is free text and is not shown."""
    scene = after("file_to_court")
    page = visit(scene, PROVINCE).get("/overview")
    (line,) = rows(page, "returns")
    assert line.startswith("Công an phường Minh Họa")
    assert line.endswith("| 1 | 0 | 0 %")

    assert scene.scan("toa.kv99", "C01").status == 201
    scene.act("toa.kv99", "court_returns", {"return_reason": "Thiếu bản sao căn cước của Nguyễn Văn Thử Nghiệm"})
    returned = visit(scene, PROVINCE).get("/overview")

    assert rows(returned, "returns")[0].endswith("| 1 | 1 | 100 %")
    assert "Thiếu bản sao" not in returned.text


def test_returns_name_acts_places_and_facts_that_the_procedures_have(start):
    """The data file says nothing that no edition knows."""
    procedures = start.house.law.procedures
    for each in RETURNS.values():
        having = [one for one in procedures if each.trigger in one.by_trigger]
        assert having
        assert all(each.file_of in one.bodies and each.reason in one.facts for one in having)
        assert all(any(act in one.by_trigger for one in having) for act in each.handed_in)
        assert all(each.reason in act.fields.all for one in having for act in one.by_trigger[each.trigger])


def test_reading_writes_nothing_and_english_is_english(after, visit):
    """The overview is only read."""
    scene = after("request_facility")
    director, before = visit(scene, PROVINCE), scene.traces()
    page = director.get("/overview")
    token = page.tree.xpath("//input[@name='csrf_token']/@value")[0]
    director.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    english = director.get("/overview")

    assert (english.tree.get("lang"), english.heading) == ("en", "Overview")
    assert "Dossiers by phase" in english.text
    assert "Hồ sơ" not in english.tree.xpath("//main")[0].text_content()
    assert scene.traces() == before


def test_a_hundred_dossiers_take_as_many_statements_as_one(after, visit):
    """The database sums up; what comes back are groups."""
    scene = after("request_facility")
    scene.let_time_pass("2026-09-12T08:00:00+07:00")
    director = visit(scene, PROVINCE)
    director.get("/overview")
    few = statements(scene, lambda: director.get("/overview"))
    behind = "/overview/dossiers?kind=phase&key=enforcement"
    few_behind = statements(scene, lambda: director.get(behind))
    multiply(scene, 100)

    page = director.get("/overview")

    assert rows(page, "phases")[0].endswith("| 101")
    assert all("| 101 |" in row for row in rows(page, "late"))
    assert statements(scene, lambda: director.get("/overview")) == few
    assert statements(scene, lambda: director.get(behind)) == few_behind
    assert few < 25


def multiply(scene, times: int) -> None:
    """Copy the dossier with its parties, limits, alarms, custody and diary, past the program."""
    link = sqlite3.connect(scene.database_file)
    link.row_factory = sqlite3.Row
    with link:
        (dossier,) = link.execute("select * from dossier").fetchall()
        tables = ("dossier_party", "deadline", "alarm", "custody_interval", "diary")
        kept = {table: link.execute(f"select * from {table}").fetchall() for table in tables}  # noqa: S608
        for number in range(times):
            fresh = uuid4().hex
            insert(link, "dossier", {**dict(dossier), "id": fresh, "number": f"copy/{number:03}"})
            for table, found in kept.items():
                for row in found:
                    copy = {**dict(row), "dossier_id": fresh}
                    copy |= {"id": uuid4().hex} if "id" in copy else {"hash": uuid4().hex * 2}
                    copy |= {"superseded_by_id": None} if "superseded_by_id" in copy else {}
                    insert(link, table, copy)
    link.close()


def insert(link, table: str, row: dict) -> None:
    """Add one row."""
    places = ", ".join("?" for _ in row)
    link.execute(f"insert into {table} ({', '.join(row)}) values ({places})", tuple(row.values()))  # noqa: S608
