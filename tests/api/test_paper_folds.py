"""What the diary says about papers that were replaced or made void, folded without a database."""

from types import SimpleNamespace
from typing import Any
from uuid import UUID

from dossiers.evidence.comparing import papers_there_should_be

OLD, NEW = UUID(int=1), UUID(int=2)


def entry(seq: int, trigger: str, paper: UUID | None = None, **more: Any) -> Any:
    """Return a diary entry about a paper, or, without one, an act."""
    told = {"paper": str(paper), "form": "F", "number": f"{seq:02d}/X", "doc_date": "2026-08-01", "folio": seq}
    payload = {**told, "sha256": "a" * 64, **more} if paper else more
    return SimpleNamespace(seq=seq, kind="paper" if paper else "moved", trigger=trigger, payload=payload)


def rows(*entries: Any) -> dict[UUID, tuple[Any, Any, Any]]:
    """Return state, act that used it up, and successor of each paper."""
    return {row[0]: (row[2], row[8], row[9]) for row in papers_there_should_be(entries)}


SIGNED = (entry(1, "paper_issued", OLD), entry(2, "paper_signed", OLD))


def test_a_replacement_is_used_up_by_the_act_that_used_the_old_one() -> None:
    """Also once it is signed itself."""
    used = entry(3, "act", papers_used=[str(OLD)])
    issued, signed = entry(4, "paper_issued", NEW, replaces=str(OLD)), entry(5, "paper_signed", NEW)

    assert rows(*SIGNED, used, issued, signed) == {OLD: ("signed", 3, NEW), NEW: ("signed", 3, None)}


def test_an_act_after_the_replacement_uses_up_both() -> None:
    """Whatever was unused of that kind."""
    issued, signed = entry(3, "paper_issued", NEW, replaces=str(OLD)), entry(4, "paper_signed", NEW)
    used = entry(5, "act", papers_used=[str(OLD), str(NEW)])

    assert rows(*SIGNED, issued, signed, used) == {OLD: ("signed", 5, NEW), NEW: ("signed", 5, None)}


def test_a_void_replacement_leaves_the_old_one_standing() -> None:
    """What it did ends with it."""
    issued = entry(3, "paper_issued", NEW, replaces=str(OLD))
    void = entry(4, "paper_voided", NEW, reason="x", reinstates=[str(OLD)])

    assert rows(*SIGNED, issued, void) == {OLD: ("signed", None, None), NEW: ("void", None, None)}
