"""Who opened a dossier is there to be seen by those who take part in it."""

from datetime import timedelta

HEAD, COURT, OTHER = "cax.truong.minhhoa", "toa.kv99", "cax.truong.thunghiem"


def test_every_opening_stands_in_the_list_with_name_body_and_time(after, visit):
    """The latest first; looking at the list is itself recorded."""
    scene = after("file_to_court")
    scene.clock.instant += timedelta(minutes=5)
    visit(scene, COURT).get(f"/dossiers/{scene.dossier_id}")
    scene.clock.instant += timedelta(minutes=5)
    head = visit(scene, HEAD)

    page = head.get(f"/dossiers/{scene.dossier_id}/accesses")
    rows = [" ".join(row.text_content().split()) for row in page.tree.xpath("//main//tbody/tr")]

    assert head.get(f"/dossiers/{scene.dossier_id}").links()["Ai đã mở hồ sơ"].endswith("/accesses")
    assert "Nhật ký truy cập" in rows[0]
    assert "Tòa án nhân dân khu vực 99" in rows[1]
    assert "Trang hồ sơ" in rows[1]
    assert "Giải quyết hồ sơ" in rows[1]


def test_it_is_paged(after, visit):
    """A dossier of two years is opened a thousand times."""
    scene = after("file_to_court")
    head = visit(scene, HEAD)
    for _ in range(51):
        head.get(f"/dossiers/{scene.dossier_id}")

    first = head.get(f"/dossiers/{scene.dossier_id}/accesses")
    second = head.get(first.links()["Trang sau"])

    assert len(first.tree.xpath("//main//tbody/tr")) == 50
    assert len(second.tree.xpath("//main//tbody/tr")) >= 3


def test_a_body_that_takes_no_part_sees_nothing(after, visit):
    """For others the dossier does not exist."""
    scene = after("file_to_court")

    assert visit(scene, OTHER).get(f"/dossiers/{scene.dossier_id}/accesses").status == 404


def test_custody_without_a_recorded_title_is_told_in_words(after, visit):
    """Nobody is held without a title: if ever one is missing, nobody overlooks it."""
    scene = after("admit")
    with scene.house.database.transaction() as session:
        session.connection().exec_driver_sql("update custody_interval set instrument = null")

    page = visit(scene, "coso1.truong").get(f"/dossiers/{scene.dossier_id}")

    assert page.tree.xpath("//tr[@class='untitled']")
    assert "Không có căn cứ giữ được ghi nhận" in page.text


def test_custody_with_its_title_is_not_marked(after, visit):
    """The mark means something."""
    scene = after("admit")

    assert visit(scene, "coso1.truong").get(f"/dossiers/{scene.dossier_id}").tree.xpath("//tr[@class='untitled']") == []
