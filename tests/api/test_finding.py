"""Finding dossiers and what to do next: by name, number, state, holder, limit; page by page; most urgent first."""

import json
from itertools import pairwise
from urllib.parse import quote, urlencode

import pytest

from tests.api.scenes import Scene
from tests.playing import SceneBefore

OFFICER, HEAD = "cax.canbo.minhhoa", "cax.truong.minhhoa"
NAMES = ("ĐỖ VĂN THỬ", "Đặng Thị Mẫu", "ÂU DƯƠNG GIẢ", "Trần Thị Ước", "NGUYỄN THỊ MẪU")


def open_dossier(scene: Scene, name: str, by: str = OFFICER) -> str:
    """Open a dossier about a new fictitious person and return its id."""
    office = scene.office(by)
    person = office.post("/api/v1/persons", {"full_name": name, "sex": "male", "born_on": "1990-02-03"})
    opened: str = office.post("/api/v1/dossiers", {"person_id": person["id"]})["id"]
    return opened


def numbers(scene: Scene, by: str = OFFICER, **wanted: str) -> list[str]:
    """Return the last part of the number of each dossier that is found, in order."""
    found = scene.office(by).everything(f"/api/v1/dossiers?{urlencode(wanted)}")
    return [each["number"].rsplit("-", 1)[1].lstrip("0") for each in found]


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open the day before the reading window ends, with five more dossiers of the same commune and one elsewhere."""
    scene = before("complete_dossier")
    for name in NAMES:
        open_dossier(scene, name)
    open_dossier(scene, NAMES[0], by="cax.canbo.thunghiem")
    return scene


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("do van thu", ["2"]),
        ("Đỗ", ["2"]),
        ("dang", ["3"]),
        ("au duong", ["4"]),
        ("uoc", ["5"]),
        ("mau", ["3", "6"]),
        ("ƯỚC", ["5"]),
        ("99001-2026-0000", ["1", "2", "3", "4", "5", "6"]),
        ("2026-00004", ["4"]),
        ("99002", []),
        ("%", []),
        ("_", []),
        ("không có ai", []),
    ],
)
def test_a_dossier_is_found_by_a_part_of_the_name_or_number(scene: Scene, q: str, found: list[str]) -> None:
    """With or without accents, in either case; signs of patterns are only signs."""
    assert numbers(scene, q=q) == found


def test_a_dossier_is_found_by_state_holder_and_limit(scene: Scene) -> None:
    """Each narrows the list, and they narrow it together."""
    assert numbers(scene, state="DOSSIER_BUILDING") == ["1"]
    assert numbers(scene, state="DETECTED") == ["2", "3", "4", "5", "6"]
    assert numbers(scene, holder=scene.body("CAX-99001")) == ["1", "2", "3", "4", "5", "6"]
    assert numbers(scene, holder=scene.body("TANDKV-99")) == []
    due = [
        each["due_at"]
        for each in scene.get(OFFICER, f"{scene.path}/deadlines")["items"]
        if each["due_at"] and each["state"] == "running"
    ]
    assert numbers(scene, due_before=due[0]) == []
    assert numbers(scene, due_before=due[0].replace("Z", "") + "+00:00", state="DETECTED") == []
    assert numbers(scene, due_before="2026-12-31T00:00:00Z") == ["1"]
    assert numbers(scene, due_before="2026-12-31T00:00:00Z", state="DETECTED") == []
    assert numbers(scene, state="DETECTED", q="mau") == ["3", "6"]


@pytest.mark.parametrize("limit", [1, 2, 4, 6])
def test_pages_follow_each_other_without_a_gap_or_a_double(scene: Scene, limit: int) -> None:
    """`next` is the `after` of the page that follows, null at the end."""
    office, after, seen, pages = scene.office(OFFICER), None, [], 0
    while True:
        page = office.get(f"/api/v1/dossiers?limit={limit}" + (f"&after={after}" if after else ""))
        assert len(page["items"]) <= limit
        seen += [each["number"] for each in page["items"]]
        pages, after = pages + 1, page["next"]
        if after is None:
            break
    assert seen == [f"99001-2026-{number:05d}" for number in range(1, 7)]
    assert pages == -(-6 // limit)


def test_persons_and_organizations_are_paged_too(scene: Scene) -> None:
    """In one order, each exactly once."""
    office = scene.office(OFFICER)
    for path in ("/api/v1/persons", "/api/v1/organizations"):
        whole = [each["id"] for each in office.get(f"{path}?limit=200")["items"]]
        assert len(whole) > 5
        assert [each["id"] for each in office.everything(f"{path}?limit=3")] == whole
        assert len(set(whole)) == len(whole)


@pytest.mark.parametrize(("q", "count"), [("do van", 1), ("Mẫu", 2), ("099099000777", 1), ("099099", 0)])
def test_a_person_is_found_by_name_or_by_the_whole_identity_number(scene: Scene, q: str, count: int) -> None:
    """A part of a number finds nobody."""
    found = scene.get(OFFICER, f"/api/v1/persons?q={quote(q)}")["items"]

    assert len([each for each in found if each["full_name"] in {*NAMES, "NGUYỄN VĂN THỬ NGHIỆM"}]) == count
    assert "id_number" not in json.dumps(found)


def test_bodies_are_listed_as_of_a_day(scene: Scene) -> None:
    """Before they were founded there were none."""
    assert scene.get(OFFICER, "/api/v1/organizations?on=2025-06-30")["items"] == []
    courts = scene.get(OFFICER, "/api/v1/organizations?type=regional_court&province=99")["items"]
    assert [each["code"] for each in courts] == ["TANDKV-99"]


# --- The inbox ------------------------------------------------------------------------------------------------------


def begin_check(scene: Scene, dossier_id: str, positive_at: str) -> None:
    """Start the 24 hours of a dossier from a positive result."""
    other = Scene(
        scene.app,
        scene.house,
        scene.clock,
        scene.recording,
        dossier_id,
        _number_of(scene, dossier_id),
        scene.database_file,
    )
    assert other.scan(OFFICER, "III01").status == 201
    stated = {"detected_at": positive_at, "positive_at": positive_at, "place_remote": False}
    other.act(OFFICER, "start_residence_check", stated)


def _number_of(scene: Scene, dossier_id: str) -> str:
    number: str = scene.get(OFFICER, f"/api/v1/dossiers/{dossier_id}")["number"]
    return number


def test_the_inbox_shows_alarms_first_and_then_the_soonest_limit(before: SceneBefore) -> None:
    """Who looks in the morning sees what cannot wait on top."""
    scene = before("start_residence_check")
    ids = [open_dossier(scene, name) for name in NAMES]
    begin_check(scene, ids[3], "2026-07-30T07:50:00+07:00")
    begin_check(scene, ids[1], "2026-07-30T07:40:00+07:00")
    begin_check(scene, ids[0], "2026-07-29T06:00:00+07:00")
    lines = scene.get(OFFICER, "/api/v1/inbox")["items"]
    dues = [each["soonest"]["due_at"] for each in lines if each["soonest"]]

    assert len(lines) == len(NAMES) + 1
    assert all(earlier <= later for earlier, later in pairwise(dues))
    assert [each["id"] for each in lines[:3]] == [ids[0], ids[1], ids[3]]
    assert [each["soonest"] is None for each in lines] == [False] * 3 + [True] * 3

    scene.change(
        "insert into alarm (id, dossier_id, code, text_vi, text_en, basis, raised_at) "
        "values (?, ?, ?, 'x', 'x', 'x', ?)",
        "0" * 32, ids[4].replace("-", ""), "LIMIT.T-TEST", "2026-07-30 01:00:00.000000",
    )  # fmt: skip
    lines = scene.get(OFFICER, "/api/v1/inbox")["items"]
    assert lines[0]["id"] == ids[4]
    assert [each["code"] for each in lines[0]["alarms"]] == ["LIMIT.T-TEST"]
    assert [each["id"] for each in lines[1:4]] == [ids[0], ids[1], ids[3]]
    assert len(scene.get(OFFICER, "/api/v1/inbox?limit=2")["items"]) == 2


def test_a_limit_that_runs_out_raises_its_alarm_by_itself(scene: Scene) -> None:
    """The dossier was to be made within one working day: nobody acted, and everybody sees it."""
    assert scene.get(HEAD, scene.path)["alarms"] == []
    scene.let_time_pass("2026-08-06T00:00:01+07:00")
    (alarm,) = scene.get(HEAD, scene.path)["alarms"]

    assert (alarm["code"], alarm["basis"]) == ("LIMIT.T-DOS1", "N100.1")
    assert alarm["text"].startswith("Đã hết thời hạn")
    assert scene.get(HEAD, "/api/v1/inbox")["items"][0]["number"] == scene.number
    scene.let_time_pass("2026-08-07T00:00:01+07:00")
    assert len(scene.get(HEAD, scene.path)["alarms"]) == 1


def test_an_inbox_holds_only_what_its_body_can_act_on(before: SceneBefore) -> None:
    """At the court the file waits for the court; the province has nothing to do yet."""
    scene = before("court_accepts")

    assert [each["number"] for each in scene.get("toa.kv99", "/api/v1/inbox")["items"]] == [scene.number]
    assert scene.get("ca.tinh", "/api/v1/inbox")["items"] == []
    assert scene.get("coso2.truong", "/api/v1/inbox")["items"] == []
