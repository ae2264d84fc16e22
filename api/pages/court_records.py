"""The results of hearings as they are recorded: read from rows, foreseen, and recorded one by one.

Each is one transaction: the signed scan is filed and the act happens, or neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import caller
from api.house import house
from api.languages import say
from api.pages.court_rows import OUTCOME, VERSION
from api.pages.court_scans import scan_of
from api.pages.fact_fields import typed_facts
from api.pages.forms import NOTE, OCCURRED_AT, OVERRIDE
from api.pages.move_page import forms_of_the_day, not_before, typed_occurred_at
from api.pages.showing import fact_text, form_title
from api.pages.words import moment
from api.problems import PreconditionMissingError
from api.writing import Answer, Unit, do_once
from dossiers.bodies.naming import names_of
from dossiers.court.queries import dossiers_before_court, own_papers
from dossiers.court.steps import FACTS, ends_hearing
from dossiers.errors import (
    DossierError,
    MoveRefusedError,
    NotFoundError,
    PaperRefusedError,
    StaleVersionError,
)
from dossiers.files.models import Dossier
from dossiers.idempotency import request_digest
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.possibilities import transition_of
from dossiers.moves.several import Foreseen, Intended, foresee
from dossiers.moves.situations import survey
from dossiers.papers.file_papers import attach_scan, attach_signed_scan
from dossiers.papers.models import Paper
from dossiers.papers.scans import read_scan, read_upload_signatures
from dossiers.papers.uploads import StoredUpload
from workflow.certificates import VIETNAM
from workflow.model import FactDef, Procedure, Transition
from workflow.refusals import Reason
from workflow.vocabulary import Effect, FactType, Text

_NO_TIME: Final = Text("Chưa nêu thời điểm công bố", "The moment of the pronouncement is not stated")
_NO_PAPER: Final = Text(
    "Kết quả này không cần văn bản nào; hãy bỏ tệp quét hoặc đưa tệp vào hồ sơ ở trang của hồ sơ",
    "This result needs no paper; leave the scan out, or file it on the page of the dossier",
)


@dataclass
class Entry:
    """What one row states: the result, its facts, its scan; or why the row cannot even be read."""

    dossier_id: UUID
    dossier: Dossier | None
    name: str
    number: str
    version: int
    typed: Mapping[str, str]
    procedure: Procedure | None = None
    transition: Transition | None = None
    form: MoveForm | None = None
    scan: StoredUpload | None = None
    scan_form: str | None = None
    #: The paper issued here of which the scan is the signed copy, and whether a print of it was given out.
    issued: UUID | None = None
    printed: bool = False
    refusal: DossierError | None = None

    @property
    def title(self) -> str:
        """Return the name of the result."""
        return say(self.transition.title) if self.transition else ""

    @property
    def anchor(self) -> str:
        """Return the id of the row in the page that checks it."""
        return f"check-{self.dossier_id}"

    def in_words(self, session: Session) -> list[tuple[str, str]]:
        """Return what the row states, as label and value."""
        if self.transition is None or self.procedure is None:
            return []
        facts = [(self.procedure.facts[name], self.typed.get(name, "")) for name in self.transition.fields.all]
        bodies = [
            found for fact, raw in facts if fact.type is FactType.ORGANIZATION and (found := _uuid(raw)) is not None
        ]
        names = names_of(session, accounts=[], organizations=bodies) if bodies else {}
        said = [(say(fact.label), _in_words(fact, raw, names)) for fact, raw in facts if raw]
        at = self.form.occurred_at if self.form else None
        said.append((_("Thời điểm công bố"), moment(at) if at else self.typed.get(OCCURRED_AT, "")))
        if self.scan is not None and self.scan_form is not None:
            said.append((_("Bản quét sẽ được lưu là"), form_title(self.scan_form, _today())))
        note = self.typed.get(NOTE, "")
        return [*said, (_("Ghi chú"), note)] if note else said


@dataclass(frozen=True, slots=True)
class Recorded:
    """A result that was recorded, now or by the same form sent before."""

    dossier_id: UUID
    name: str
    number: str
    title: str
    seq: int


def read_entries(session: Session, rows: Mapping[UUID, Mapping[str, str]], scans: Mapping[UUID, str]) -> list[Entry]:
    """Return what rows state, in the order of the form; as many statements as for one row."""
    found = dossiers_before_court(session, caller(), rows.keys())
    papers = own_papers(session, caller(), rows.keys())
    seen = survey(session, house().law, list(found))
    entries = []
    for dossier_id, typed in rows.items():
        dossier = found.get(dossier_id)
        if dossier is None:
            # Nothing is said of a dossier that is not before this court, not even that there is one.
            raise NotFoundError
        entry = Entry(
            dossier_id, dossier, dossier.person.full_name, dossier.number, _version(typed.get(VERSION, "")), typed
        )
        entry.procedure = house().law.pinned(session, dossier.procedure_sha256)
        entry.transition = transition_of(entry.procedure, dossier.state, typed[OUTCOME])
        if not ends_hearing(entry.transition):
            raise NotFoundError
        situation = seen.situation(dossier, occurred_at=house().now())
        _read_form(entry, dossier.last_act_at)
        _read_scan(entry, scans.get(dossier_id, ""), situation.papers, situation.unused_papers, papers[dossier_id])
        entries.append(entry)
    return entries


def foreseen(session: Session, entries: Sequence[Entry]) -> dict[UUID, Foreseen]:
    """Return what each entry that could be read would do as things stand."""
    acts = [
        Intended(entry.dossier, entry.form, frozenset([entry.scan_form] if entry.scan and entry.scan_form else []))
        for entry in entries
        if entry.refusal is None and entry.dossier is not None and entry.form is not None
    ]
    for entry in entries:
        if entry.refusal is None and entry.dossier is not None and entry.version != entry.dossier.version:
            entry.refusal = StaleVersionError(entry.dossier.version)
    return foresee(session, house().law, acts, caller(), at=house().now())


def record_entry(entry: Entry, once: str) -> Recorded | DossierError:
    """Record one entry in a transaction of its own, once under its own key; return what was refused instead."""
    digest = request_digest(b"result of a hearing", *_parts(entry))
    try:
        kept = do_once(f"{once}.{entry.dossier_id}", digest, _work(entry))
    except DossierError as refused:
        return refused
    return Recorded(entry.dossier_id, entry.name, entry.number, entry.title, int(kept.body["seq"]))


def _work(entry: Entry) -> Any:  # noqa: ANN401 - a callable that `do_once` takes
    signed = entry.scan is not None and entry.issued is not None
    seen = read_scan(entry.scan) if signed and entry.scan and entry.printed else ()
    signatures = read_upload_signatures(entry.scan) if signed and entry.scan else ()

    def work(unit: Unit) -> Answer:
        if entry.refusal is not None:
            raise entry.refusal
        assert entry.form is not None
        version: int | None = entry.version
        if entry.scan is not None and entry.issued is not None:
            attach_signed_scan(
                unit.session,
                entry.issued,
                entry.scan,
                seen=seen,
                signatures=signatures,
                expected_version=version,
                actor=unit.actor,
                at=unit.at,
            )
            version = None
        elif entry.scan is not None and entry.scan_form is not None:
            attach_scan(
                unit.session,
                house().desk,
                entry.dossier_id,
                entry.scan_form,
                entry.scan,
                expected_version=version,
                actor=unit.actor,
                at=unit.at,
                doc_date=_day(entry.typed.get(FACTS["decision"], "")),
            )
            version = None
        moved = move_dossier(
            unit.session,
            house().law,
            entry.dossier_id,
            entry.form,
            # Filing the scan has taken the lock on the version that the row was made on.
            expected_version=version,
            actor=unit.actor,
            at=unit.at,
        )
        return Answer({"seq": moved.recorded.entry.seq}, HTTPStatus.SEE_OTHER)

    return work


def _read_form(entry: Entry, last_act_at: datetime) -> None:
    assert entry.procedure is not None
    assert entry.transition is not None
    raw = entry.typed.get(OCCURRED_AT, "")
    if not raw:
        entry.refusal = MoveRefusedError([Reason("MISSING_FIELD", _NO_TIME, "", Effect.REFUSE, clause=OCCURRED_AT)])
        return
    try:
        entry.form = MoveForm(
            trigger=entry.transition.trigger,
            occurred_at=not_before(typed_occurred_at(raw), last_act_at),
            fields=typed_facts(entry.procedure, entry.transition, entry.typed),
            note=entry.typed.get(NOTE, ""),
            overrides={
                name.removeprefix(OVERRIDE): text for name, text in entry.typed.items() if name.startswith(OVERRIDE)
            },
        )
    except MoveRefusedError as refused:
        entry.refusal = refused


def _read_scan(
    entry: Entry, mark: str, on_file: frozenset[str], unused: frozenset[str], papers: Sequence[Paper]
) -> None:
    """Say which paper a scan is: the first one that the result still lacks, the signed copy of one issued here."""
    assert entry.transition is not None
    entry.scan = scan_of(entry.dossier_id, entry.typed[OUTCOME], mark) if mark else None
    if entry.scan is None:
        return
    wanted = entry.transition.requires
    if not wanted:
        entry.refusal = PaperRefusedError([Reason("PAPER", _NO_PAPER, "", Effect.REFUSE, clause="file")])
        return
    fresh = frozenset(entry.transition.fresh)
    lacking = [
        forms for forms in wanted if unused.isdisjoint(fresh & {*forms}) and on_file.isdisjoint({*forms} - fresh)
    ]
    forms = next(iter([*lacking, *wanted]))
    awaited = next((paper for paper in papers if paper.form in forms and paper.state == "issued"), None)
    entry.scan_form = awaited.form if awaited else forms_of_the_day(forms, _today())[0]
    if awaited is not None:
        entry.issued, entry.printed = awaited.id, awaited.print_sha256 is not None


def _parts(entry: Entry) -> list[bytes]:
    """Return what tells what this row states from something else."""
    said = sorted(f"{name}={value}".encode() for name, value in entry.typed.items())
    return [str(entry.dossier_id).encode(), *said, (entry.scan.sha256 if entry.scan else "").encode()]


def _in_words(fact: FactDef, raw: str, names: Mapping[str, str]) -> str:
    if fact.type is FactType.BOOL:
        return str({"yes": _("Có"), "no": _("Không")}.get(raw, raw))
    try:
        return fact_text(fact, f"{raw}+07:00" if fact.type is FactType.DATETIME else raw, names)
    except ValueError:
        return raw


def _version(raw: str) -> int:
    if not (raw.isdecimal() and raw.isascii() and len(raw) < len("1000000000")):
        raise PreconditionMissingError
    return int(raw)


def _day(raw: str) -> date | None:
    """Return the day of the decision, None where it cannot be read: the act itself is then refused for it."""
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError:
        return None


def _uuid(raw: str) -> UUID | None:
    try:
        return UUID(raw)
    except ValueError:
        return None


def _today() -> date:
    return house().now().astimezone(VIETNAM).date()
