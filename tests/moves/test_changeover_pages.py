"""What officers see of a dossier that changed its edition: the past in the words of its time, the alarm, the reason."""

from datetime import timedelta

import pytest
from flask import Flask

from api.app import create_app_in
from api.config import Settings
from api.house import House
from dossiers.files.models import Dossier
from dossiers.people.sealing import Sealer
from tests.moves.migrating import build_house
from tests.moves.test_changeover import DAY, EVE, migrate, populate
from tests.pages.browsing import Visitor
from workflow.changeover_reading import CHANGEOVERS_FOLDER
from workflow.loader import PROCEDURES_FOLDER

LATER = DAY + timedelta(hours=2)
KINDS = ("READING", "SUBMITTED", "ACCEPTED held", "POST_REHAB")


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """A house in which dossiers of four kinds came under the new law, one of them without its facility by then."""
    folder = tmp_path_factory.mktemp("town")
    url = f"sqlite:///{folder / 'town.sqlite'}"
    town = build_house(url, folder / "papers", PROCEDURES_FOLDER, CHANGEOVERS_FOLDER, EVE - timedelta(360))
    made = {kind: dossier_id for dossier_id, kind in populate(town, KINDS, scale=17).items()}
    town.act(made["ACCEPTED held"], "interim_release", EVE, side="cnbb-interim")
    migrate(town, DAY)
    settings = Settings(url, (folder / "papers").as_uri(), "m" * 40, demo=True)
    desk, law = town.desk, town.book.law
    house = House(settings, town.database, desk.store, law, desk.catalogue, Sealer(b"m" * 40), lambda: LATER)
    app: Flask = create_app_in(house)
    yield town, app, made
    town.database.dispose()


def opened(town, kind):
    """Return the entries of a dossier, counted."""
    with town[0].database.reading() as session:
        return session.get_one(Dossier, town[2][kind]).version


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_past_can_be_read_entry_by_entry(town, kind):
    """Acts of the old edition keep their names; none of them is unknown to the page."""
    police = Visitor(town[1]).sign_in("cax.truong.minhhoa")
    dossier_id = town[2][kind]

    page = police.get(f"/dossiers/{dossier_id}")
    answer = police.client.get(f"/api/v1/dossiers/{dossier_id}").get_json()
    limits = police.client.get(f"/api/v1/dossiers/{dossier_id}/deadlines").get_json()["items"]

    assert page.status == 200
    assert "Ghi nhận kết quả xét nghiệm" in page.text
    assert answer["procedure"]["edition"] == ("2025-07-01" if kind == "READING" else "2026-07-01")
    assert all(limit["title"] != limit["rule"] for limit in limits)
    for seq in range(1, opened(town, kind) + 1):
        assert police.get(f"/dossiers/{dossier_id}/entries/{seq}").status == 200


def test_the_change_itself_says_where_to_and_why(town):
    """The rule with its article, and the reason of the two people who decided."""
    page = Visitor(town[1]).sign_in("toa.kv99").get(f"/dossiers/{town[2]['SUBMITTED']}")

    assert "Chuyển sang bản thủ tục mới" in page.text
    assert "khoản 2 Điều 56 Luật 120/2025/QH15" in page.text
    assert "bản áp dụng từ 01/07/2026" in page.text


def test_a_dossier_in_review_says_what_is_to_be_done_and_asks_no_officer_to_wave_it_away(town):
    """The alarm stands until two people have decided."""
    page = Visitor(town[1]).sign_in("cax.truong.minhhoa").get(f"/dossiers/{town[2]['READING']}")

    assert "không quy định chuyển tiếp" in page.text
    assert "Hai người quyết định cho hồ sơ này" in page.text
    assert page.tree.xpath("//section[@aria-labelledby='alarms']//form") == []
    assert page.tree.xpath("//section[@aria-labelledby='do']//form | //section[@aria-labelledby='do']//a")


def test_a_body_that_left_under_the_old_edition_sees_it_as_it_stood_then(town):
    """The facility of a hold that had ended reads its part, in the words of the old edition."""
    facility = Visitor(town[1]).sign_in("coso1.truong")
    dossier_id = town[2]["ACCEPTED held"]

    page = facility.get(f"/dossiers/{dossier_id}")
    answer = facility.client.get(f"/api/v1/dossiers/{dossier_id}").get_json()

    assert page.status == 200
    assert "Tòa án đã thụ lý" in page.text
    assert (answer["procedure"]["edition"], answer["state"]["id"]) == ("2025-07-01", "ACCEPTED")
    assert facility.client.get("/api/v1/dossiers").status_code == 200
