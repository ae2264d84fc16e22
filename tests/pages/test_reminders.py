"""An officer asks for reminders by e-mail and takes it back; nobody sees or changes the address of another."""

import pytest

COURT, OFFICER = "toa.kv99", "cax.canbo.minhhoa"
ADDRESS = "thuky@toa.example"


def kept(scene):
    """Return every address that is kept."""
    return [address for (address,) in scene.rows("select address from reminder")]


def test_an_address_is_kept_changed_and_taken_back(after, visit):
    """From the inbox by a link; the page shows the own address only."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)
    page = clerk.get(clerk.get("/").links()["Thư nhắc việc"])
    assert "chưa được cấu hình để gửi thư" in page.text

    for address in (ADDRESS, "khac@toa.example"):
        page = clerk.send(page, {"address": address})
        assert "Đã lưu." in page.text
        assert page.held()["address"] == address
        assert kept(scene) == [address]
    assert visit(scene, OFFICER).get("/reminders").held()["address"] == ""
    clerk.send(page, {"address": ""})
    assert kept(scene) == []


@pytest.mark.parametrize("typed", ["khong phai", "a@b", "a@b.vn\nBcc: c@d.vn", "a" * 250 + "@b.vn", "<a@b.vn>"])
def test_what_is_no_address_is_refused_and_kept_in_the_form(after, visit, typed):
    """Nothing of it is stored; a line break cannot smuggle in another receiver."""
    scene = after("file_to_court")
    clerk = visit(scene, COURT)

    page = clerk.send(clerk.get("/reminders"), {"address": typed})

    assert page.status == 422
    assert any("Địa chỉ thư điện tử không hợp lệ" in reason for reason in page.reasons)
    assert kept(scene) == []
