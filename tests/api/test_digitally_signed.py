"""A digitally signed PDF comes in as the signed copy of an issued paper, and what its signature shows stays with it."""

import pytest

from tests.api.scenes import Scene
from tests.api.test_print_and_scan import OFFICER, audited, issued, sign
from tests.papers.signing import empty_pdf, signed, signer
from tests.playing import SceneBefore


@pytest.fixture
def scene(before: SceneBefore) -> Scene:
    """Open a moment at which the commune's police makes papers."""
    return before("complete_dossier")


def test_a_digitally_signed_paper_says_who_signed_it(scene: Scene) -> None:
    """In the answer, in the diary and to the audit; also for a print made from Word."""
    file = signed(empty_pdf(), "Chief", signer("NGUYỄN VĂN THỬ"))
    paper = issued(scene)

    verdict = sign(scene, paper, file)["scan_verdict"]

    (told,) = verdict["signatures"]
    assert (told["signer"], told["intact"], told["coverage"]) == ("NGUYỄN VĂN THỬ", True, "whole_file")
    assert "nội dung nguyên vẹn; chứng thư chưa được đối chiếu" in verdict["signature_text"][0]
    assert scene.get(OFFICER, paper)["scan_verdict"] == verdict
    entry = scene.office(OFFICER).everything(f"{scene.path}/diary")[-1]
    assert entry["payload"]["scan_verdict"]["signatures"] == [told]
    assert audited(scene) == []
    page = scene.office(OFFICER).call("GET", paper.removeprefix("/api/v1")).data.decode()
    assert "Chữ ký số: NGUYỄN VĂN THỬ" in page
