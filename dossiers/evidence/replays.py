"""Reads dossiers back from their diaries and plays them under another edition of their procedure; writes nothing.

Counts under the calendar and the policies as they are known now: what was decided otherwise at the time of an act is
not taken from the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.changes import CHANGED, standing_entries
from dossiers.evidence.comparing import limits_there_should_be
from dossiers.evidence.diary import diary_of
from dossiers.evidence.eras import Eras, eras_of
from dossiers.evidence.folding import fold
from dossiers.evidence.models import DiaryEntry
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from workflow.certificates import start_of
from workflow.model import Procedure
from workflow.recorded import CLOCK, MAIN, By, Cover, LimitRun, Opening, Outcome, RecordedAct, is_duty, term_facts
from workflow.replay_differences import Differences, differences
from workflow.replaying import Replayer
from workflow.vocabulary import Effect, Person

#: How a diary says that a signed paper came on file, and that a side machine was opened.
_SIGNED: Final = frozenset(("paper_attached", "paper_signed"))
_OPENED: Final = "opened"
_ACTS: Final = frozenset(("moved", "proceeding"))


@dataclass(frozen=True, slots=True)
class Replayed:
    """One dossier: its number, the edition it is pinned to, whether that was changed on the way, and what differs."""

    number: str
    edition: str
    changed: bool
    acts: int
    recorded: Outcome
    differences: Differences


@dataclass
class _History:
    """A diary, read as acts."""

    opening: Opening
    acts: list[RecordedAct] = field(default_factory=list)


def replays(
    session: Session,
    law: Law,
    procedure: Procedure,
    *,
    opened_from: date | None = None,
    opened_to: date | None = None,
    at: datetime,
) -> Iterator[Replayed]:
    """Yield every dossier of the same procedure opened on those days (both included), by number, under `procedure`.

    What still runs is judged at `at`, or at the last entry of a diary that goes on beyond it.
    """
    sides = [each for each in law.procedures if each.side]
    replayer = Replayer(procedure, sides, law.calendar(session), law.policies_in_force(session))
    query = select(Dossier).where(Dossier.procedure_id == procedure.id).order_by(Dossier.number)
    if opened_from is not None:
        query = query.where(Dossier.opened_at >= start_of(opened_from))
    if opened_to is not None:
        query = query.where(Dossier.opened_at < start_of(opened_to + timedelta(days=1)))
    for dossier in session.scalars(query):
        yield _replayed(session, law, replayer, dossier, at=at)


def _replayed(session: Session, law: Law, replayer: Replayer, dossier: Dossier, *, at: datetime) -> Replayed:
    entries = standing_entries(diary_of(session, dossier.id))
    machines = list(session.scalars(select(Proceeding).where(Proceeding.dossier_id == dossier.id)))
    eras = eras_of(session, law, dossier, machines)
    history, recorded = _history(entries, eras), _outcome(entries, eras)
    replay = replayer.play(history.opening, history.acts)
    found = differences(
        recorded,
        replay,
        replayer.limit,
        term_facts=term_facts([replayer.procedure, *eras.values()]),
        at=max(at, entries[-1].recorded_at),
    )
    changed = any(entry.kind == CHANGED and "sha256" in entry.payload for entry in entries)
    edition = f"{dossier.procedure_id}@{dossier.edition}"
    acts = sum(act.by is By.OFFICER for act in history.acts)
    return Replayed(dossier.number, edition, changed, acts, recorded, found)


def _history(entries: Sequence[DiaryEntry], eras: Eras) -> _History:
    """Return the acts of a diary, each with what stood on record right before it."""
    first = entries[0]
    found = _History(Opening(first.to_state, first.occurred_at, dict(first.payload["facts"])))
    facts: dict[str, Any] = {}
    filed: set[str] = set()
    before: DiaryEntry | None = None
    for entry in entries:
        if entry.kind == "paper" and entry.trigger in _SIGNED:
            filed.add(entry.payload["form"])
        if entry.kind in _ACTS and entry.trigger != _OPENED:
            by = _made_by(entry, before, eras)
            found.acts.append(_act(entry, by, frozenset(filed), dict(facts)))
            filed.clear()
            before = entry if by is not By.ALONG else before
        facts = {name: value for name, value in facts.items() if name not in entry.payload.get("cleared", ())}
        facts |= entry.payload.get("facts", {})
    return found


def _act(entry: DiaryEntry, by: By, filed: frozenset[str], facts: Mapping[str, Any]) -> RecordedAct:
    payload = entry.payload
    return RecordedAct(
        number=entry.seq,
        trigger=entry.trigger,
        machine=payload.get("proceeding", MAIN),
        occurred_at=entry.occurred_at,
        recorded_at=entry.recorded_at,
        fields=dict(payload["fields"]),
        overrides={
            remark["guard"]: remark["reason"]
            for remark in payload["remarks"]
            if remark["effect"] == Effect.OVERRIDE and remark.get("reason")
        },
        filed=filed,
        role=entry.role,
        by=by,
        state=entry.from_state or "",
        facts=facts,
    )


def _made_by(entry: DiaryEntry, before: DiaryEntry | None, eras: Eras) -> By:
    """Say whether an officer made an act, time, or the act before it, that took a side machine along."""
    kind = entry.payload.get("proceeding", MAIN).partition("/")[0]
    if kind != MAIN and before is not None and before.recorded_at == entry.recorded_at:
        procedure = eras.at(before.payload.get("proceeding", MAIN).partition("/")[0], before.seq)
        cases = procedure.by_trigger.get(before.trigger, ()) if procedure is not None else ()
        if any((also.procedure, also.trigger) == (kind, entry.trigger) for case in cases for also in case.also):
            return By.ALONG
    return By.CLOCK if entry.role == CLOCK else By.OFFICER


def _outcome(entries: Sequence[DiaryEntry], eras: Eras) -> Outcome:
    """Return what a diary leads to."""
    folded = fold(entries)
    duties = {name: limit for procedure in eras.values() for name, limit in procedure.limits.items()}
    runs = tuple(
        LimitRun(rule, due_at, how, is_duty(duties.get(rule)))
        for rule, _, _, due_at, _, how, _ in limits_there_should_be(entries)
    )
    covers = tuple(
        Cover(Person(said["kind"]), said["instrument"], entry.occurred_at)
        for entry in entries
        if (said := entry.payload.get("custody")) is not None
    )
    return Outcome({MAIN: folded.state, **folded.proceedings}, folded.facts, runs, covers)
