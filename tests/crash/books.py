"""Holds what clients were promised against what is stored, and what is stored against itself.

Reads the database and the store directly; returns what is wrong in words.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.custody.operations import custody_cover
from dossiers.evidence.folding import dossier_problems
from dossiers.evidence.missing import missing_objects
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, DossierCounter
from dossiers.idempotency import IdempotencyKey
from dossiers.papers.models import Paper, PaperCounter
from dossiers.people.models import Person
from storage.objects import ObjectStore
from tests.crash.clients import Answered


def problems_of(session: Session, store: ObjectStore, answered: Iterable[Answered], persons_before: int) -> list[str]:
    """Return everything that is wrong; nothing when the crashes did no harm."""
    promises = list(answered)
    return [
        *_integrity(session, store),
        *_numbers(session),
        *_covers(session),
        *_promises(session, promises),
        *_persons(session, promises, persons_before),
        *(f"key {row.key} was claimed and not answered" for row in session.scalars(_open_keys())),
    ]


def _integrity(session: Session, store: ObjectStore) -> Iterator[str]:
    for dossier in session.scalars(select(Dossier)):
        yield from (f"{dossier.number}: {problem}" for problem in dossier_problems(session, dossier))
    yield from (f"storage lacks {key}" for key in missing_objects(session, store))
    for paper in session.scalars(select(Paper).where(Paper.state != "draft")):
        for key in {paper.object_sha256, paper.signed_sha256} - {None}:
            store.read(key)  # raises when the bytes are not those that were put


def _numbers(session: Session) -> Iterator[str]:
    series: dict[tuple[Any, ...], list[int]] = {}
    folios: dict[UUID, list[int]] = {}
    for paper in session.scalars(select(Paper)):
        if paper.number is not None:
            series.setdefault((paper.issuer_id, paper.series, paper.number_year), []).append(paper.number)
        if paper.folio is not None:
            folios.setdefault(paper.dossier_id, []).append(paper.folio)
    counters = {(row.organization_id, row.series, row.year): row.last for row in session.scalars(select(PaperCounter))}
    if {key: len(numbers) for key, numbers in series.items()} != counters:
        yield "papers: the counters are not the number of papers"
    dossiers: dict[str, list[int]] = {}
    for number in session.scalars(select(Dossier.number)):
        commune, _, last = number.rpartition("-")
        dossiers.setdefault(commune, []).append(int(last))
    last_given = {f"{row.commune_code}-{row.year}": row.last for row in session.scalars(select(DossierCounter))}
    if {key: len(numbers) for key, numbers in dossiers.items()} != last_given:
        yield "dossiers: the counters are not the number of dossiers"
    for what, groups in (("number", series), ("folio", folios), ("dossier number", dossiers)):
        for key, numbers in groups.items():
            if sorted(numbers) != list(range(1, len(numbers) + 1)):
                yield f"{what}: gap or duplicate in {key}"


def _covers(session: Session) -> Iterator[str]:
    for dossier in session.scalars(select(Dossier)):
        cover = custody_cover(session, dossier.id)
        if cover[0].from_at != dossier.opened_at or cover[-1].to_at is not None:
            yield f"{dossier.number}: the custody cover does not reach from the opening to now"
        for before, after in itertools.pairwise(cover):
            if (before.to_at, before.to_seq) != (after.from_at, after.from_seq):
                yield f"{dossier.number}: a hole in the custody cover"


def _promises(session: Session, answered: list[Answered]) -> Iterator[str]:
    """Compare both ways: each promise is kept once, and nothing is stored that was not promised."""
    stored, promised = Counter(_stored(session)), Counter(_promised(answered))
    yield from (f"promised and not stored once: {what}" for what in promised - stored)
    yield from (f"stored and not promised once: {what}" for what in stored - promised)
    keys = Counter(each.key for each in answered)
    yield from (f"key {key} was answered {count} times to its client" for key, count in keys.items() if count > 1)


def _stored(session: Session) -> Iterator[tuple[str, str]]:
    for entry in session.scalars(select(DiaryEntry).where(DiaryEntry.account_id.is_not(None))):
        if entry.kind == "paper":
            yield entry.trigger, entry.payload["paper"]
        elif entry.kind == "opened":
            yield "opened", str(entry.dossier_id)
        elif entry.trigger != "opened":  # a side machine opened by the act before it
            yield "move", entry.hash


def _promised(answered: Iterable[Answered]) -> Iterator[tuple[str, str]]:
    for each in answered:
        last = each.path.rpartition("/")[2]
        if last == "moves":
            yield "move", each.body["entry"]["hash"]
        elif each.path == "/api/v1/dossiers":
            yield "opened", each.body["id"]
        elif last == "papers" and each.body["origin"] == "scan":
            yield "paper_attached", each.body["id"]
        elif last == "issue":
            yield "paper_issued", each.body["id"]
        elif last == "signed-scan":
            yield "paper_signed", each.body["id"]


def _persons(session: Session, answered: list[Answered], before: int) -> Iterator[str]:
    recorded = len(session.scalars(select(Person.id)).all()) - before
    promised = sum(1 for each in answered if each.path == "/api/v1/persons")
    if recorded != promised:
        yield f"persons: {recorded} recorded, {promised} promised"
    drafts = {str(row) for row in session.scalars(select(Paper.id).where(Paper.origin == "generated"))}
    named = {each.body["id"] for each in answered if each.path.endswith("/papers") and each.body["origin"] != "scan"}
    if drafts != named:
        yield f"drafts: {len(drafts ^ named)} differ from what was promised"


def _open_keys() -> Any:
    return select(IdempotencyKey).where(IdempotencyKey.status == 0)
