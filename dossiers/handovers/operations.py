"""Writes hand-overs: a manifest is made, confirmed by each side, found to differ, and superseded by another version.

Never holds anybody up: no act of the law waits for a hand-over, it only warns.  Each step stands in the diary, without
a word about health or belongings: those stand in the manifest alone, bound by its hash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor, Office
from dossiers.errors import InvalidDataError, NotAllowedError
from dossiers.evidence.diary import Happening, append_entry, author_in
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.files.queries import dossier_to_change
from dossiers.handovers.models import Handover
from dossiers.handovers.occasions import occasions_of
from dossiers.handovers.queries import bodies_of, following_version, handover_to_read
from dossiers.papers.models import Paper
from dossiers.papers.queries import papers_of
from dossiers.papers.values import clean_text
from workflow.canonical import canonical_json, sha256_hex
from workflow.refusals import Reason
from workflow.vocabulary import Effect, Text

#: The kind of the diary entries about hand-overs.
HANDOVER: Final = "handover"
SENDER: Final = "sender"
RECEIVER: Final = "receiver"
#: What a manifest calls its own shape.
_SHAPE: Final = "hoso-handover/1"
_ROWS_MAX: Final = 100
_CELL_MAX: Final = 200
_WORDS_MAX: Final = 2000
BELONGINGS_COLUMNS: Final = ("item", "quantity")
MEDICINES_COLUMNS: Final = ("name", "quantity", "use")

_BAD_OCCASION: Final = Text("Chọn việc mà lần giao nhận này đi kèm", "Choose the act that this hand-over goes with")
_BAD_BODY: Final = Text(
    "Chọn cơ quan có tham gia hồ sơ, bên giao khác bên nhận",
    "Choose bodies that take part in the dossier, one to give and another to take",
)
_BAD_PAPER: Final = Text("Có giấy tờ không còn trong hồ sơ", "One of the papers is not on file any more")
_EMPTY: Final = Text(
    "Bản kê chưa có giấy tờ, tư trang, thuốc hay tình trạng sức khỏe nào",
    "The manifest names no paper, no belongings, no medicine and no state of health",
)
_TOO_LONG: Final = Text("Nội dung quá dài", "The text is too long")
_SUPERSEDED: Final = Text(
    "Bản kê này đã được thay bằng bản khác; hãy xem bản mới", "Another version has taken the place of this manifest"
)
_OTHER_HASH: Final = Text(
    "Bản kê không phải bản bạn đã xem; hãy tải lại trang", "The manifest is not the one you looked at; reload the page"
)
_CONFIRMED: Final = Text("Bên này đã xác nhận bản kê rồi", "This side has confirmed the manifest already")
_NO_WORDS: Final = Text("Hãy nêu chênh lệch bằng lời", "Say in words what differs")


@dataclass(frozen=True, slots=True)
class ManifestForm:
    """What an officer states of a hand-over; rows hold the named columns as text."""

    from_body_id: UUID | None
    to_body_id: UUID | None
    occasion: str
    paper_ids: tuple[UUID, ...]
    belongings: tuple[Mapping[str, str], ...]
    medicines: tuple[Mapping[str, str], ...]
    health: str


def make_handover(
    session: Session,
    law: Law,
    dossier_id: UUID,
    form: ManifestForm,
    *,
    supersedes: UUID | None = None,
    actor: Actor,
    at: datetime,
) -> Handover:
    """Make the manifest of a hand-over, or with `supersedes` its next version, which nobody has confirmed yet.

    Raises InvalidDataError with everything that is wrong, NotFoundError, and NotAllowedError for an office of neither
    side or of a body that has left the dossier.
    """
    dossier = dossier_to_change(session, dossier_id, actor, expected_version=None)
    before = handover_to_read(session, supersedes, actor) if supersedes else None
    if before is not None:
        assert before.dossier_id == dossier.id
        if following_version(session, before) is not None:
            raise InvalidDataError([_refused(_SUPERSEDED, "")])
    papers = {paper.id: paper for paper in papers_on_file(session, dossier, actor)}
    reasons = _problems(session, law, dossier, form, papers, before)
    if reasons:
        raise InvalidDataError(reasons)
    assert form.from_body_id is not None
    assert form.to_body_id is not None
    office = _office_of_a_side(session, dossier, form, actor)
    manifest = _manifest(dossier, form, [papers[each] for each in form.paper_ids])
    handover = Handover(
        dossier_id=dossier.id,
        from_body_id=form.from_body_id,
        to_body_id=form.to_body_id,
        occasion=form.occasion,
        version=before.version + 1 if before else 1,
        manifest=manifest,
        manifest_sha256=manifest_hash(manifest),
        made_by_id=actor.account_id,
        made_at=at,
        made_seq=dossier.version + 1,
        supersedes_id=before.id if before else None,
    )
    session.add(handover)
    session.flush()
    trigger = "handover_changed" if before else "handover_made"
    more = {"occasion": form.occasion, "supersedes": str(before.id) if before else None}
    _enter(session, dossier, handover, trigger, actor, office, at, more)
    return handover


def confirm_handover(
    session: Session, handover_id: UUID, *, side: str, manifest_sha256: str, actor: Actor, at: datetime
) -> Handover:
    """Confirm for one side exactly the manifest with that hash.

    Raises InvalidDataError when it is another one, superseded or confirmed already, NotAllowedError for an office that
    is not of that side, NotFoundError.
    """
    handover, dossier = _locked(session, handover_id, actor)
    office = _office_for(handover, side, actor)
    _must_be_present(session, handover, manifest_sha256)
    if getattr(handover, f"{side}_at") is not None:
        raise InvalidDataError([_refused(_CONFIRMED, "")])
    setattr(handover, f"{side}_account_id", actor.account_id)
    setattr(handover, f"{side}_at", at)
    setattr(handover, f"{side}_seq", dossier.version + 1)
    _enter(session, dossier, handover, f"handover_confirmed_{side}", actor, office, at, {"side": side})
    return handover


def note_differences(
    session: Session, handover_id: UUID, words: str, *, manifest_sha256: str, actor: Actor, at: datetime
) -> Handover:
    """Record in words what the receiver found to differ; said again, the later words stand and the diary has both.

    Raises InvalidDataError, NotAllowedError for any office but one of the receiver, NotFoundError.
    """
    handover, dossier = _locked(session, handover_id, actor)
    office = _office_for(handover, RECEIVER, actor)
    _must_be_present(session, handover, manifest_sha256)
    said = clean_text(words, lines=True)
    if not said or len(said) > _WORDS_MAX:
        raise InvalidDataError([_refused(_TOO_LONG if said else _NO_WORDS, "differences")])
    handover.differences, handover.differences_by_id = said, actor.account_id
    handover.differences_at, handover.differences_seq = at, dossier.version + 1
    _enter(session, dossier, handover, "handover_differs", actor, office, at, {"words_sha256": sha256_hex(said)})
    return handover


def papers_on_file(session: Session, dossier: Dossier, actor: Actor) -> list[Paper]:
    """Return the papers that a manifest can name: on file with a content, not void, not replaced."""
    return [
        paper
        for paper in papers_of(session, dossier, actor)
        if paper.state in ("issued", "signed") and paper.folio is not None and paper.superseded_by_id is None
    ]


def manifest_hash(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 (hex) of the canonical JSON of a manifest: what the sides confirm."""
    return sha256_hex(canonical_json(dict(manifest)))


def side_office(handover: Handover, side: str, actor: Actor) -> Office | None:
    """Return the caller's office that speaks for a side, None when there is none."""
    body_id = handover.from_body_id if side == SENDER else handover.to_body_id
    return next((office for office in actor.offices if office.acts_for(body_id)), None)


def _manifest(dossier: Dossier, form: ManifestForm, papers: list[Paper]) -> dict[str, Any]:
    return {
        "shape": _SHAPE,
        "dossier": {"id": str(dossier.id), "number": dossier.number},
        "from": str(form.from_body_id),
        "to": str(form.to_body_id),
        "occasion": form.occasion,
        "papers": [
            {
                "paper": str(paper.id),
                "folio": paper.folio,
                "form": paper.form,
                "sha256": paper.signed_sha256 or paper.object_sha256,
            }
            for paper in sorted(papers, key=lambda each: each.folio or 0)
        ],
        "belongings": _rows(form.belongings, BELONGINGS_COLUMNS),
        "medicines": _rows(form.medicines, MEDICINES_COLUMNS),
        "health": clean_text(form.health, lines=True),
    }


def _rows(rows: tuple[Mapping[str, str], ...], columns: tuple[str, ...]) -> list[dict[str, str]]:
    tidied = [{name: clean_text(row.get(name, ""), lines=False) for name in columns} for row in rows]
    return [row for row in tidied if any(row.values())]


def _problems(
    session: Session,
    law: Law,
    dossier: Dossier,
    form: ManifestForm,
    papers: Mapping[UUID, Paper],
    before: Handover | None,
) -> list[Reason]:
    reasons = []
    triggers = {each.trigger for each in occasions_of(session, law, dossier)}
    if form.occasion not in triggers and (before is None or form.occasion != before.occasion):
        reasons.append(_refused(_BAD_OCCASION, "occasion"))
    bodies = {body.id for body in bodies_of(session, dossier)}
    if form.from_body_id not in bodies:
        reasons.append(_refused(_BAD_BODY, "from_body"))
    if form.to_body_id not in bodies or form.to_body_id == form.from_body_id:
        reasons.append(_refused(_BAD_BODY, "to_body"))
    if before is not None and (form.from_body_id, form.to_body_id) != (before.from_body_id, before.to_body_id):
        reasons.append(_refused(_BAD_BODY, "from_body"))
    if not papers.keys() >= set(form.paper_ids):
        reasons.append(_refused(_BAD_PAPER, "papers"))
    belongings = _rows(form.belongings, BELONGINGS_COLUMNS)
    medicines = _rows(form.medicines, MEDICINES_COLUMNS)
    for name, rows in (("belongings", belongings), ("medicines", medicines)):
        if len(rows) > _ROWS_MAX or any(len(cell) > _CELL_MAX for row in rows for cell in row.values()):
            reasons.append(_refused(_TOO_LONG, name))
    health = clean_text(form.health, lines=True)
    if len(health) > _WORDS_MAX:
        reasons.append(_refused(_TOO_LONG, "health"))
    if not (form.paper_ids or belongings or medicines or health):
        reasons.append(_refused(_EMPTY, "papers"))
    return reasons


def _office_of_a_side(session: Session, dossier: Dossier, form: ManifestForm, actor: Actor) -> Office:
    """Return the caller's office of a body that takes part now and gives or takes; raises NotAllowedError."""
    now = [party.organization_id for party in current_parties(session, dossier).values()]
    for office in actor.offices:
        sides = office.acts_for(form.from_body_id) or office.acts_for(form.to_body_id)
        if sides and any(map(office.acts_for, now)):
            return office
    raise NotAllowedError


def _office_for(handover: Handover, side: str, actor: Actor) -> Office:
    if side not in (SENDER, RECEIVER):
        raise NotAllowedError
    office = side_office(handover, side, actor)
    if office is None:
        raise NotAllowedError
    return office


def _locked(session: Session, handover_id: UUID, actor: Actor) -> tuple[Handover, Dossier]:
    handover = handover_to_read(session, handover_id, actor)
    dossier = dossier_to_change(session, handover.dossier_id, actor, expected_version=None)
    session.refresh(handover)
    return handover, dossier


def _must_be_present(session: Session, handover: Handover, manifest_sha256: str) -> None:
    if following_version(session, handover) is not None:
        raise InvalidDataError([_refused(_SUPERSEDED, "")])
    if manifest_sha256 != handover.manifest_sha256 or manifest_hash(handover.manifest) != manifest_sha256:
        raise InvalidDataError([_refused(_OTHER_HASH, "")])


def _enter(
    session: Session,
    dossier: Dossier,
    handover: Handover,
    trigger: str,
    actor: Actor,
    office: Office,
    at: datetime,
    more: Mapping[str, Any],
) -> None:
    payload = {
        "handover": str(handover.id),
        "manifest_sha256": handover.manifest_sha256,
        "from": str(handover.from_body_id),
        "to": str(handover.to_body_id),
        **more,
    }
    append_entry(
        session,
        dossier,
        Happening(HANDOVER, trigger, dossier.state, dossier.state, payload),
        author=author_in(actor, office),
        occurred_at=at,
        at=at,
    )


def _refused(text: Text, item: str) -> Reason:
    return Reason("HANDOVER", text, "", Effect.REFUSE, clause=item or None)
