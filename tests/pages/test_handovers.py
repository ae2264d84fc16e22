"""Hand-overs: both sides confirm one hash, a changed manifest is confirmed anew, nobody else sees anything."""

import json
from uuid import UUID

import pytest

from dossiers.demonstration.world import DEMO_PASSWORD
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from workflow.canonical import canonical_json, sha256_hex

SENDER, RECEIVER, RECEIVER_HEAD = "cax.canbo.minhhoa", "coso2.canbo", "coso2.truong"
COURT, OTHER_FACILITY, OTHER_POLICE, ADMIN = "toa.kv99", "coso1.truong", "cax.truong.kiemthu", "quantri"
HEALTH = "Huyết áp cao (giả định)"
MANIFEST = {
    "belongings.0.item": "Áo khoác",
    "belongings.0.quantity": "02 chiếc",
    "medicines.0.name": "Thuốc giả định 5 mg",
    "medicines.0.quantity": "10 viên",
    "medicines.0.use": "sáng 01 viên",
    "health": HEALTH,
}


@pytest.fixture
def scene(after):
    """Return the moment when the person is on the way to the facility."""
    return after("depart")


def make(scene, visit, by=SENDER, **changed):
    """Make a manifest as that account and return the page that follows."""
    visitor = visit(scene, by)
    form = visitor.get(f"/dossiers/{scene.dossier_id}/handovers/new")
    sides = {"occasion": "admit", "from_body": scene.body("CAX-99001"), "to_body": scene.body("CSCN-2-99")}
    return visitor.send(form, {**sides, **MANIFEST, **changed})


def confirm(visitor, address, **changed):
    """Press the button that confirms, on the page at that address."""
    page = visitor.get(address)
    return visitor.send(page, changed, action=f"{address}/confirm")


def rows(scene, wanted="*"):
    """Return the rows of hand-overs in the order they were made."""
    return scene.rows(f"select {wanted} from handover order by made_seq")  # noqa: S608 - names of columns


def problems(scene):
    """Return what an audit says of the dossier."""
    with scene.house.database.reading() as session:
        return dossier_problems(session, session.get_one(Dossier, UUID(scene.dossier_id)))


def test_both_sides_confirm_one_hash(scene, visit):
    """The hash is over the canonical JSON of what both read: papers with hashes, belongings, medicines, health."""
    made = make(scene, visit)
    assert made.status == 200, made.text
    assert "chờ hai bên xác nhận" in made.text
    ((manifest, sha256),) = rows(scene, "manifest, manifest_sha256")
    kept = json.loads(manifest)

    given = confirm(visit(scene, SENDER), made.path)
    taken = confirm(visit(scene, RECEIVER), made.path)

    assert "chờ bên nhận xác nhận" in given.text
    assert "hai bên đã xác nhận" in taken.text
    assert sha256 == sha256_hex(canonical_json(kept))
    assert sha256 in taken.text
    filed = scene.rows("select folio, coalesce(signed_sha256, object_sha256) from paper where folio is not null")
    assert [(paper["folio"], paper["sha256"]) for paper in kept["papers"]] == sorted(filed)
    assert kept["medicines"] == [{"name": "Thuốc giả định 5 mg", "quantity": "10 viên", "use": "sáng 01 viên"}]
    told = scene.rows("select json_extract(payload, '$.manifest_sha256') from diary where kind = 'handover'")
    assert told == [(sha256,)] * 3
    assert problems(scene) == []


def test_a_changed_manifest_voids_the_confirmations(scene, visit):
    """The old version stays as it was; the new one waits for both; the old page confirms nothing any more."""
    made = make(scene, visit)
    confirm(visit(scene, SENDER), made.path)
    receiver = visit(scene, RECEIVER)
    seen_before = receiver.get(made.path)

    sender = visit(scene, SENDER)
    form = sender.get(f"/dossiers/{scene.dossier_id}/handovers/new?supersedes={made.path.rpartition('/')[2]}")
    assert form.held()["belongings.0.item"] == "Áo khoác"
    changed = sender.send(form, {"belongings.0.quantity": "01 chiếc"})

    assert "chờ hai bên xác nhận" in changed.text
    assert changed.path != made.path
    late = receiver.send(seen_before, action=f"{made.path}/confirm")
    assert late.status == 422
    assert "đã được thay bằng bản khác" in late.text
    (old, new) = rows(scene, "manifest_sha256, version, sender_at, receiver_at")
    assert old[0] != new[0]
    assert (old[1], new[1]) == (1, 2)
    assert old[2] is not None
    assert (new[2], new[3]) == (None, None)
    assert problems(scene) == []


def test_another_hash_than_the_one_shown_confirms_nothing(scene, visit):
    """Somebody who sends the hash of something else has not read this manifest."""
    made, traces = make(scene, visit), scene.traces()

    page = confirm(visit(scene, RECEIVER), made.path, manifest_sha256="0" * 64)

    assert page.status == 422
    assert "không phải bản bạn đã xem" in page.text
    assert scene.traces() == traces


def test_the_sender_sees_what_the_receiver_found_to_differ(scene, visit):
    """In words on the page, and as words that the list marks; the diary keeps the hash of the words only."""
    made = make(scene, visit)
    receiver = visit(scene, RECEIVER_HEAD)

    receiver.send(receiver.get(made.path), {"differences": "Thiếu 01 áo khoác"}, action=f"{made.path}/differences")

    sender = visit(scene, SENDER)
    assert "Thiếu 01 áo khoác" in sender.get(made.path).text
    assert "có chênh lệch" in sender.get("/handovers").text
    assert "có chênh lệch" in sender.get(f"/dossiers/{scene.dossier_id}").text
    assert [row for row in scene.rows("select payload from diary") if "áo khoác" in row[0] or HEALTH in row[0]] == []
    assert problems(scene) == []


def test_only_the_receiver_notes_differences_and_each_side_confirms_for_itself(scene, visit):
    """A side that is not mine cannot be spoken for."""
    made, traces = make(scene, visit), scene.traces()
    sender, receiver = visit(scene, SENDER), visit(scene, RECEIVER)
    items = sender.get(made.path).held(f"{made.path}/confirm")

    wrong_side = sender.post(f"{made.path}/confirm", {**items, "side": "receiver"})
    no_side = receiver.post(
        f"{made.path}/confirm", {**receiver.get(made.path).held(f"{made.path}/confirm"), "side": "x"}
    )
    differing = sender.post(f"{made.path}/differences", {**items, "differences": "Không có gì"})

    assert (wrong_side.status, no_side.status, differing.status) == (403, 403, 403)
    assert scene.traces() == traces
    assert "Ghi chênh lệch so với bản kê" not in sender.get(made.path).text


@pytest.mark.parametrize("stranger", [COURT, OTHER_FACILITY, OTHER_POLICE])
def test_a_third_body_sees_nothing(scene, visit, stranger):
    """Neither a party of the dossier that neither gives nor takes, nor anybody else."""
    made = make(scene, visit)
    visitor = visit(scene, stranger)

    assert visitor.get(made.path).status == 404
    assert visitor.get(f"{made.path}/sheet").status == 404
    token = visitor.get("/").held("/dossiers/search")["csrf_token"]
    forged = {"csrf_token": token, "once": "k1", "side": "sender", "manifest_sha256": "0" * 64, "differences": "x"}
    assert visitor.post(f"{made.path}/confirm", forged).status == 404
    assert visitor.post(f"{made.path}/differences", {**forged, "once": "k2"}).status == 404
    assert scene.number not in visitor.get("/handovers").text
    assert HEALTH not in visitor.get(f"/dossiers/{scene.dossier_id}").text


def test_who_sees_no_dossier_has_no_hand_overs(scene, visit):
    """An administrator keeps accounts."""
    made = make(scene, visit)
    visitor = visit(scene)
    visitor.send(visitor.get("/sign-in"), {"username": ADMIN, "password": DEMO_PASSWORD})

    assert [visitor.get(path).status for path in ("/handovers", made.path, f"{made.path}/sheet")] == [403, 403, 403]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"occasion": "file_to_court"}, "Chọn việc mà lần giao nhận này đi kèm"),
        ({"to_body": ""}, "bên giao khác bên nhận"),
        ({"health": "x" * 2001}, "Nội dung quá dài"),
        ({"papers": ["00000000-0000-4000-8000-000000000000"]}, "không còn trong hồ sơ"),
        ({**dict.fromkeys(MANIFEST, ""), "papers": []}, "Bản kê chưa có"),
    ],
)
def test_a_manifest_that_cannot_be_is_refused_and_keeps_what_was_typed(scene, visit, changed, told):
    """Everything stays in the form, nothing in the database."""
    traces = scene.traces()

    page = make(scene, visit, **changed)

    assert page.status == 422
    assert told in page.text
    if "belongings.0.item" not in changed:
        assert page.held()["belongings.0.item"] == "Áo khoác"
    assert scene.traces() == traces


def test_a_body_that_neither_gives_nor_takes_makes_no_manifest(scene, visit):
    """The court takes part in the dossier, and hands nobody over."""
    traces = scene.traces()

    assert make(scene, visit, by=COURT).status == 403
    assert scene.traces() == traces


def test_more_rows_are_given_without_making_anything(scene, visit):
    """Without a script too."""
    visitor, traces = visit(scene, SENDER), scene.traces()

    page = visitor.send(
        visitor.get(f"/dossiers/{scene.dossier_id}/handovers/new"),
        {"belongings.1.item": "Giày", "more_rows": "1"},
    )

    assert page.status == 200
    assert "belongings.2.item" in page.held()
    assert scene.traces() == traces


def test_no_act_waits_for_a_hand_over(scene, visit, recording):
    """The page of the act says that none is confirmed; the act is made all the same."""
    page = visit(scene, RECEIVER_HEAD).get(f"/dossiers/{scene.dossier_id}/moves/admit")
    assert "Chưa có bản kê giao nhận được hai bên xác nhận" in page.text

    made = make(scene, visit)
    confirm(visit(scene, SENDER), made.path)
    confirm(visit(scene, RECEIVER), made.path)

    page = visit(scene, RECEIVER_HEAD).get(f"/dossiers/{scene.dossier_id}/moves/admit")
    assert "Chưa có bản kê giao nhận" not in page.text


def test_the_sheet_has_room_for_two_signatures_and_names_the_hash(scene, visit):
    """On paper too it can be seen what was confirmed."""
    made = make(scene, visit)
    confirm(visit(scene, SENDER), made.path)

    sheet = visit(scene, RECEIVER).get(f"{made.path}/sheet")

    assert sheet.text.count("Ký, ghi rõ họ tên") == 2
    assert "LÊ THỊ LẬP" in sheet.text
    assert "Chưa xác nhận trên hệ thống" in sheet.text
    assert rows(scene, "manifest_sha256")[0][0] in sheet.text


@pytest.mark.parametrize(
    "statement",
    [
        "update handover set manifest = json_set(manifest, '$.health', 'x')",
        "update handover set receiver_at = '2026-09-10 02:00:00.000000', receiver_seq = 5",
        "update handover set sender_at = null, sender_seq = null",
        "delete from handover",
    ],
)
def test_a_hand_over_changed_past_the_program_is_found_out(scene, visit, statement):
    """The diary knows the hash and who confirmed."""
    made = make(scene, visit)
    confirm(visit(scene, SENDER), made.path)
    assert problems(scene) == []

    scene.change(statement)

    assert [problem.partition(":")[0] for problem in problems(scene)] == ["hand-overs"]


def test_the_pages_speak_english(scene, visit):
    """The switch changes every sentence, the diary included."""
    made = make(scene, visit)
    visitor = visit(scene, RECEIVER)
    token = visitor.get("/").held("/dossiers/search")["csrf_token"]
    visitor.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    assert visitor.get(made.path).heading == "Hand-overs: Admit to the facility (V42)"
    assert "both have yet to confirm" in visitor.get("/handovers").text
    assert "Signature and full name" in visitor.get(f"{made.path}/sheet").text
    assert visitor.get(f"/dossiers/{scene.dossier_id}/handovers/new").heading == "Make the manifest of a hand-over"
    assert "Manifest of a hand-over made" in visitor.get(f"/dossiers/{scene.dossier_id}").text
