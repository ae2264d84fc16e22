"""A limit that was counted again, on the pages: both certificates, day by day, and the paper to take away."""

import importlib.util
import json
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

from api.worker import tick
from dossiers.moves.recount import decree_day

HEAD, COURT = "cax.truong.minhhoa", "toa.kv99"
DECISION = "Quyết định giả định 1/QĐ"
CHECKER = Path(__file__).parents[2] / "docs" / "verify_deadline.py"


def decree(scene, day, kind):
    """Record a decreed day and let the worker follow."""
    with scene.house.database.transaction() as session:
        decree_day(session, date.fromisoformat(day), kind, DECISION, at=scene.house.now())
    tick(scene.house)


def deadlines(scene, rule):
    """Return the addresses of the pages of every count of a limit, in the order they were made."""
    rows = scene.rows("select id from deadline where rule = ? order by started_seq", rule)
    return [f"/deadlines/{UUID(found)}" for (found,) in rows]


@pytest.fixture
def reading(after):
    """Open the moment after the notice was served on 6 August 2026, Monday the 10th decreed off since."""
    scene = after("serve_notice")
    decree(scene, "2026-08-10", "off")
    return scene


def test_the_dossier_shows_both_counts_day_by_day(reading, visit):
    """Beside the running limit: what was counted first, what is counted now, and the reason of each day."""
    page = visit(reading, HEAD).get(f"/dossiers/{reading.dossier_id}")
    (shown,) = page.tree.xpath(
        "//section[@aria-labelledby='limits']//details[summary='Đã tính lại vì lịch nghỉ thay đổi']"
    )
    tables = shown.xpath(".//table[contains(@class, 'days')]")
    days = [[" ".join(cell.text_content().split()) for cell in table.xpath(".//tr/td[1]")] for table in tables]

    assert [each[-1] for each in days] == ["11/08/2026", "12/08/2026"]
    assert "Ngày nghỉ theo quyết định" in shown.text_content()
    assert "Theo lần tính này: hết ngày 11/08/2026" in " ".join(shown.text_content().split())
    assert "Tính lại thời hạn vì lịch nghỉ thay đổi" in page.text
    assert "Hệ thống (lịch nghỉ thay đổi)" in page.text


def test_each_count_has_its_page_that_leads_to_the_others(reading, visit):
    """From the superseded one to the one that replaced it and back, both with their days."""
    officer = visit(reading, HEAD)
    old, new = (officer.get(address) for address in deadlines(reading, "T-READ3"))
    to_new = [link.get("href") for link in old.tree.xpath("//section[@aria-labelledby='later']//a")]
    to_old = [link.get("href") for link in new.tree.xpath("//section[@aria-labelledby='earlier']//a")]

    assert to_new == [new.path]
    assert to_old == [old.path]
    assert DECISION in new.text
    assert "12/08/2026" in old.text
    assert old.tree.xpath("//section[@aria-labelledby='earlier']") == []
    assert new.tree.xpath("//section[@aria-labelledby='later']") == []


def test_a_later_day_that_is_kept_for_the_person_is_told(after, visit):
    """By the new calendar it would end on the 10th; the page names both days and why the later one holds."""
    scene = after("serve_notice")
    decree(scene, "2026-08-08", "work")
    page = visit(scene, HEAD).get(deadlines(scene, "T-READ3")[-1])

    assert "Theo lần tính này: hết ngày 10/08/2026; có hiệu lực: hết ngày 11/08/2026" in page.text
    assert "không bị rút ngắn" in page.text


def test_the_diary_entry_tells_the_decision_and_what_moved(reading, visit):
    """In Vietnamese and in English."""
    ((seq,),) = reading.rows("select seq from diary where kind = 'recount'")
    officer = visit(reading, HEAD)
    page = officer.get(f"/dossiers/{reading.dossier_id}/entries/{seq}")

    assert page.heading == "Tính lại thời hạn vì lịch nghỉ thay đổi"
    assert f"({DECISION}): hết hạn ngày 12/08/2026 thay cho ngày 11/08/2026" in page.text
    token = officer.get("/").held("/dossiers/search")["csrf_token"]
    officer.post("/language", {"csrf_token": token, "language": "en", "next": "/"})
    english = officer.get(page.path)
    assert english.heading == "Limits counted again: the days off changed"
    assert "it ends on 12/08/2026 instead of 11/08/2026" in english.text


def test_a_shortened_duty_stands_among_the_alarms_of_the_dossier(after, visit):
    """Where nobody who opens the page can overlook it."""
    scene = after("open_hearing")
    decree(scene, "2026-08-23", "work")
    page = visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}")
    (alarms,) = page.tree.xpath("//section[@aria-labelledby='alarms']")

    assert "hết hạn sớm hơn, ngày 27/08/2026 thay cho ngày 28/08/2026" in alarms.text_content()


def test_the_certificate_can_be_taken_away_and_checked_without_the_program(reading, visit):
    """The very bytes that the hash seals, for each count, also the superseded one."""
    spec = importlib.util.spec_from_file_location("verify_deadline", CHECKER)
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    officer = visit(reading, HEAD)
    for address in deadlines(reading, "T-READ3"):
        page = officer.get(address)
        (link,) = page.tree.xpath("//a[text()='Tải chứng thư để kiểm tra độc lập']/@href")
        response = officer.client.get(link)
        assert response.headers["Content-Disposition"].startswith("attachment;")
        (paper,) = checker.read(response.data)
        assert list(checker.check(paper, {})) == []
        assert checker.canonical(paper).encode() == response.data
    assert json.loads(response.data)["due_on"] == "2026-08-12"


def test_a_stranger_can_take_no_certificate(reading, visit):
    """Whoever may not read the dossier gets the answer for what does not exist."""
    stranger = visit(reading, "coso2.truong")

    assert stranger.client.get(deadlines(reading, "T-READ3")[0] + "/certificate.json").status_code == 404
