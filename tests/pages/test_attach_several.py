"""Several scans in one step: all or none, in the order of the page, each refusal named; marks stand for nobody else."""

import hashlib
import io
import time
from dataclasses import replace

import pikepdf
import pytest
from itsdangerous import URLSafeTimedSerializer

from api.demo.papers import demo_scan
from api.house import EXTENSION
from api.pages.staged import MARK_AGE

COURT, HEAD = "toa.kv99", "cax.truong.minhhoa"
PDF = "application/pdf"
#: A limit that a test can exceed without a large file.
SMALL = 20_000
ONE = ("tra ho so.pdf", demo_scan("one"), PDF)
TWO = ("thu ly.pdf", demo_scan("two"), PDF)


def door(scene):
    """Return where scans are put on file."""
    return f"/dossiers/{scene.dossier_id}/papers/attach"


def several(scene):
    """Return where several are."""
    return f"{door(scene)}/several"


def locked(opens_with="bí mật"):
    """Return a PDF of two pages that a password locks."""
    pdf, out = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.add_blank_page()
    pdf.save(out, encryption=pikepdf.Encryption(user=opens_with, owner="chủ"))
    return out.getvalue()


def filed(scene):
    """Return the scans of the court on file: form, folio and bytes."""
    query = "select form, folio, signed_sha256 from paper where form in ('C01', 'C02') order by folio"
    return scene.rows(query)


@pytest.fixture
def chosen(after, visit):
    """Open the page that asks what two files are."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)
    return scene, clerk, clerk.send(clerk.get(door(scene)), {"file": [ONE, TWO]})


def test_two_files_are_asked_about_one_by_one_and_nothing_is_filed_yet(chosen):
    """Name, size, pages, kind, date and order of each."""
    scene, _clerk, page = chosen

    assert page.status == 200
    legends = [" ".join(each.text_content().split()) for each in page.tree.xpath("//fieldset/legend")]
    assert [each.partition(" (")[0] for each in legends] == ["tra ho so.pdf", "thu ly.pdf"]
    assert all("1 trang" in each for each in legends)
    held = page.held()
    assert [held["row.1.order"], held["row.2.order"]] == ["1", "2"]
    assert filed(scene) == []


def test_both_are_filed_in_one_step_in_the_order_of_the_page(chosen):
    """The second file comes first when its number says so; each has its own entry."""
    scene, clerk, page = chosen
    last, version = scene.rows("select max(folio) from paper")[0][0], scene.version

    done = clerk.send(
        page,
        {
            "row.1.form": "C01",
            "row.1.order": "2",
            "row.2.form": "C02",
            "row.2.order": "1",
            "row.2.doc_date": "2026-08-11",
        },
    )

    assert (done.status, done.path) == (200, f"/dossiers/{scene.dossier_id}")
    assert "Đã đưa 2 bản quét vào hồ sơ." in done.text
    assert [(form, folio) for form, folio, _ in filed(scene)] == [("C02", last + 1), ("C01", last + 2)]
    assert scene.version == version + 2
    entries = scene.rows("select trigger from diary order by seq desc limit 2")
    assert entries == [("paper_attached",), ("paper_attached",)]
    assert scene.rows("select doc_date from paper where form = 'C02'") == [("2026-08-11",)]


def test_every_fault_of_every_file_is_named_at_once_and_nothing_is_filed(chosen):
    """Kind, date and order; what was filled stays, and each fault leads to its item."""
    scene, clerk, page = chosen
    traces = scene.traces()

    refused = clerk.send(
        page,
        {
            "row.1.form": "",
            "row.1.order": "x",
            "row.1.doc_date": "2026-13-01",
            "row.2.form": "C02",
            "row.2.doc_date": "2026-12-31",
        },
    )

    assert refused.status == 422
    assert sorted(refused.reasons) == sorted(
        [
            "tra ho so.pdf: Chưa chọn loại văn bản",
            "tra ho so.pdf: Ngày văn bản không phải ngày hợp lệ",
            "tra ho so.pdf: Thứ tự phải là một số, mỗi tệp một số khác nhau",
            "thu ly.pdf: Ngày văn bản ở tương lai",
        ]
    )
    assert all(
        refused.tree.xpath(f"//*[@id='{link.get('href')[1:]}']") for link in refused.tree.xpath("//*[@id='refusal']//a")
    )
    assert refused.held()["row.2.form"] == "C02"
    assert scene.traces() == traces
    right = {"row.1.form": "C01", "row.1.order": "1", "row.1.doc_date": "", "row.2.doc_date": ""}
    assert "Đã đưa 2 bản quét" in clerk.send(refused, right).text


def test_two_files_of_the_same_number_a_strange_kind_and_none_left_are_refused(chosen):
    """Nothing is guessed."""
    scene, clerk, page = chosen
    traces = scene.traces()

    same = clerk.send(page, {"row.1.form": "C01", "row.2.form": "C02", "row.2.order": "01"})
    strange = clerk.send(page, {"row.1.form": "C01", "row.2.form": "KHONG-CO"})
    none = clerk.send(page, {"row.1.leave": "yes", "row.2.leave": "yes"})

    assert [each.partition(": ")[0] for each in same.reasons] == ["tra ho so.pdf", "thu ly.pdf"]
    assert strange.reasons == ["thu ly.pdf: Không có mẫu văn bản này tại thời điểm đó"]
    assert none.reasons == ["Không còn tệp nào để đưa vào hồ sơ"]
    assert scene.traces() == traces


def test_a_file_that_was_chosen_by_mistake_is_left_out(chosen):
    """What is left out needs nothing said of it."""
    scene, clerk, page = chosen

    done = clerk.send(page, {"row.1.leave": "yes", "row.2.form": "C02"})

    assert "Đã đưa 1 bản quét vào hồ sơ." in done.text
    assert [form for form, _, _ in filed(scene)] == ["C02"]


def test_files_that_are_not_taken_are_all_named_and_the_others_wait(after, visit):
    """Too large, not what the name says, locked: one answer; nothing is filed, and the good one is not lost."""
    scene = after("file_to_court")
    clerk, traces = visit(scene, COURT), scene.traces()
    large = ("to.pdf", demo_scan("large") + b"0" * SMALL, PDF)
    settings = replace(scene.house.settings, upload_bytes_max=SMALL)
    scene.app.extensions[EXTENSION] = replace(scene.house, settings=settings)
    bad = [("chuong trinh.pdf", b"MZ\x90\x00 program", PDF), ("khoa.pdf", locked(), PDF)]

    page = clerk.send(clerk.get(door(scene)), {"file": [ONE, *bad]})
    heavy = clerk.send(clerk.get(door(scene)), {"file": [large, ("x.pdf", b"MZ", PDF)]})

    assert page.status == 422
    assert [each.partition(": ")[0] for each in page.reasons] == ["chuong trinh.pdf", "khoa.pdf"]
    assert "Chỉ nhận tệp PDF" in page.reasons[0]
    assert "khóa bằng mật khẩu" in page.reasons[1]
    assert [each for each in page.held() if each.endswith(".mark")] == ["row.1.mark"]
    assert [each.partition(": ")[0] for each in heavy.reasons] == ["to.pdf", "x.pdf"]
    assert "Tệp tải lên vượt quá" in heavy.reasons[0]
    assert scene.traces() == traces


def test_one_locked_file_is_refused_in_the_single_step_too_and_a_readable_one_is_not(after, visit):
    """Encrypted without a password to open is readable by anybody."""
    scene = after("file_to_court")
    clerk, traces = visit(scene, COURT), scene.traces()

    refused = clerk.send(clerk.get(door(scene)), {"form": "C01", "file": ("khoa.pdf", locked(), PDF)})

    assert (refused.status, len(refused.reasons)) == (422, 1)
    assert refused.reasons[0].startswith("khoa.pdf: Tệp PDF bị khóa")
    assert scene.traces() == traces
    assert (
        "Đã đưa bản quét"
        in clerk.send(clerk.get(door(scene)), {"form": "C01", "file": ("mo.pdf", locked(""), PDF)}).text
    )


def test_more_files_can_be_added_and_none_is_dropped_unsaid(chosen):
    """With the button for it, and also when the other button was pressed; what was filled stays."""
    scene, clerk, page = chosen

    added = clerk.send(page, {"row.1.form": "C01", "step": "add", "file": ("ba.png", b"", "image/png")})
    assert added.reasons[0].startswith("ba.png: ")
    pressed = clerk.send(page, {"row.1.form": "C01", "row.2.form": "C02", "file": ("ba.pdf", demo_scan("three"), PDF)})

    assert pressed.status == 200
    held = pressed.held()
    assert (held["row.1.form"], held["row.2.form"], held["row.3.order"]) == ("C01", "C02", "3")
    assert filed(scene) == []
    assert clerk.send(page, {"step": "add"}).reasons == ["Chưa chọn tệp"]
    assert "Đã đưa 3 bản quét" in clerk.send(pressed, {"row.3.form": "C01"}).text


def test_no_more_than_twenty_at_once(after, visit):
    """A page that nobody can look over is not made."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)

    page = clerk.send(clerk.get(door(scene)), {"file": [ONE] * 21})

    assert (page.status, page.reasons) == (422, ["Mỗi lần không quá 20 tệp"])


def test_a_mark_of_another_account_another_dossier_or_made_by_hand_files_nothing(chosen, visit):
    """Nobody names an object of the store that he did not hand in here himself."""
    scene, clerk, page = chosen
    mark, traces = page.held()["row.1.mark"], scene.traces()
    other = visit(scene, HEAD)
    sheet = other.get(door(scene)).held()
    secret = scene.app.secret_key
    sha256 = scene.rows("select signed_sha256 from paper where signed_sha256 is not null")[0][0]
    said = ["a", scene.dossier_id, "x.pdf", 1, sha256, PDF, 10]
    forged = [
        mark[:-2] + "AA",
        sha256,
        str(URLSafeTimedSerializer(secret, salt="scan of a hearing").dumps(said)),
        str(URLSafeTimedSerializer(secret, salt="file to be filed").dumps(said)),
    ]

    stolen = {**sheet, "row.1.mark": mark, "row.1.form": "C01", "row.1.order": "1"}
    refused = other.post(several(scene), stolen)
    assert refused.status == 422
    assert refused.reasons[0].startswith("Tệp 1: Tệp này đã được nhận quá lâu")
    for each in forged:
        by_hand = clerk.send(page, {"row.1.mark": each, "row.1.form": "C01", "row.2.form": "C02"})
        assert by_hand.status == 422
        assert by_hand.reasons[0].startswith("Tệp 1: Tệp này đã được nhận quá lâu")
    assert scene.traces() == traces


def test_a_mark_that_is_too_old_and_a_file_that_was_swept_are_refused_by_name(chosen, monkeypatch):
    """The sweep may take what nobody filed; then it is chosen again."""
    scene, clerk, page = chosen
    filled, traces = {"row.1.form": "C01", "row.2.form": "C02"}, scene.traces()
    serializer = URLSafeTimedSerializer(scene.app.secret_key, salt="file to be filed")
    said = serializer.loads(page.held()["row.1.mark"])
    long_ago = int(time.time() - MARK_AGE.total_seconds() - 1)
    with monkeypatch.context() as patched:
        patched.setattr("itsdangerous.timed.TimestampSigner.get_timestamp", lambda _self: long_ago)
        old = serializer.dumps(said)

    expired = clerk.send(page, {**filled, "row.1.mark": old})
    assert (expired.status, len(expired.reasons)) == (422, 1)
    assert expired.reasons[0].startswith("Tệp 1: Tệp này đã được nhận quá lâu")

    scene.house.store.delete(hashlib.sha256(TWO[1]).hexdigest())
    swept = clerk.send(page, filled)

    assert (swept.status, len(swept.reasons)) == (422, 1)
    assert swept.reasons[0].startswith("Tệp 2: ")
    assert scene.traces() == traces


def test_a_page_that_came_too_late_keeps_its_files(chosen):
    """Somebody else put a paper on file meanwhile: look, then send again."""
    scene, clerk, page = chosen
    assert scene.scan(COURT, "C01").status == 201
    filled = {"row.1.form": "C01", "row.2.form": "C02"}

    late = clerk.send(page, filled)

    assert late.status == 412
    assert "Hồ sơ đã thay đổi sau khi bạn mở trang này" in late.text
    assert "Đã đưa 2 bản quét" in clerk.send(late).text


def test_pressing_twice_files_once_and_the_form_needs_token_key_and_version(chosen):
    """As every form that acts."""
    scene, clerk, page = chosen
    filled, traces = {"row.1.form": "C01", "row.2.form": "C02"}, scene.traces()
    assert clerk.send(page, filled, without=("csrf_token",)).status == 403
    assert clerk.send(page, filled, without=("once",)).status == 400
    assert clerk.send(page, filled, without=("version",)).status == 428
    assert scene.traces() == traces

    assert clerk.send(page, filled).status == 200
    version = scene.version
    assert clerk.send(page, filled).status == 200
    assert (scene.version, len(filed(scene))) == (version, 2)


def test_strangers_and_those_who_have_left_hand_in_nothing(chosen, visit):
    """Not even bytes reach the store."""
    scene, _clerk, page = chosen
    stranger = visit(scene, "cax.truong.thunghiem")
    token, stored = stranger.get("/persons/new").held()["csrf_token"], sorted(scene.house.store.keys())
    sent = {"csrf_token": token, "once": "x", "version": str(scene.version)}
    fresh = [(f"{name}.pdf", demo_scan(name), PDF) for name in ("nobody 1", "nobody 2")]

    assert stranger.post(door(scene), {**sent, "file": fresh[0]}).status in (404, 422)
    assert stranger.post(several(scene), {**sent, "step": "add", "file": fresh[0]}).status == 404
    assert (
        stranger.post(several(scene), {**sent, **{name: page.held()[name] for name in ("row.1.mark",)}}).status == 404
    )
    assert sorted(scene.house.store.keys()) == stored


def test_the_page_reads_well_in_english(chosen):
    """Rows, refusal and confirmation in the language that was chosen."""
    _scene, clerk, page = chosen
    token = page.held()["csrf_token"]
    clerk.post("/language", {"csrf_token": token, "language": "en", "next": "/"})

    refused = clerk.send(page, {"row.1.form": "C01"})
    assert refused.reasons == ["thu ly.pdf: No kind of paper was chosen"]
    assert "pages: 1" in refused.text
    assert "2 scans were put on file." in clerk.send(refused, {"row.2.form": "C02"}).text
