"""Folds a diary back into the state of its dossier and says every place where row and diary differ.

Reads, never repairs: a difference is for people to look at.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.evidence.changes import CHANGED, MAIN, standing_entries
from dossiers.evidence.comparing import row_problems
from dossiers.evidence.diary import GENESIS, diary_of, entry_hash
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, DossierParty, Proceeding


@dataclass
class Folded:
    """What the diary says about where a dossier stands."""

    state: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    head_hash: str = GENESIS
    #: Place in the procedure -> organization id, for those taking part now.
    bodies: dict[str, str] = field(default_factory=dict)
    #: `kind/number` of a side machine -> its state.
    proceedings: dict[str, str] = field(default_factory=dict)
    running: dict[str, str | None] = field(default_factory=dict)
    #: The edition (SHA-256) of the dossier, under MAIN, and of each side machine.
    pins: dict[str, str] = field(default_factory=dict)


def fold(entries: Iterable[DiaryEntry]) -> Folded:
    """Return the state that the entries, in order, lead to."""
    read, folded = list(entries), Folded()
    for entry in standing_entries(read):
        payload = entry.payload
        for name in payload.get("cleared", ()):
            folded.facts.pop(name, None)
        folded.facts.update(payload.get("facts", {}))
        for body, organization_id in payload.get("bodies", {}).items():
            folded.bodies.pop(body, None)
            if organization_id is not None:
                folded.bodies[body] = organization_id
        for stopped in payload.get("limits_stopped", ()):
            folded.running.pop(stopped["rule"], None)
        _fold_editions(folded, entry)
        for started in payload.get("limits_started", ()):
            folded.running[started["rule"]] = started["due_at"]
        if entry.kind == "proceeding":
            folded.proceedings[payload["proceeding"]] = entry.to_state
        else:
            folded.state = entry.to_state
    if read:
        folded.version, folded.head_hash = read[-1].seq, read[-1].hash
    return folded


def _fold_editions(folded: Folded, entry: DiaryEntry) -> None:
    """Take over under which edition an entry puts the machines, and what a change does to limits and side machines."""
    payload = entry.payload
    if "sha256" in payload and entry.kind in ("opened", "proceeding", CHANGED):
        folded.pins[payload.get("proceeding", MAIN)] = payload["sha256"]
    if entry.kind != CHANGED:
        return
    for name in payload.get("limits_dropped", ()):
        folded.running.pop(name, None)
    carried = [(each["as"], folded.running.pop(each["rule"], None)) for each in payload.get("limits_carried", ())]
    folded.running.update(carried)
    for side in payload.get("proceedings", ()):
        folded.proceedings.pop(side["proceeding"], None)
        folded.pins.pop(side["proceeding"], None)
        folded.proceedings[side["as"]], folded.pins[side["as"]] = side["to"], side["sha256"]


def chain_problems(entries: Iterable[DiaryEntry]) -> list[str]:
    """Return every break of the chain: a gap, a wrong link, a changed entry."""
    problems, before, seq = [], GENESIS, 0
    for entry in entries:
        seq += 1
        if entry.seq != seq:
            problems.append(f"entry {entry.seq}: expected number {seq}")
            seq = entry.seq
        if entry.prev_hash != before:
            problems.append(f"entry {entry.seq}: does not follow the entry before it")
        if entry_hash(entry) != entry.hash:
            problems.append(f"entry {entry.seq}: is not what was written")
        before = entry.hash
    return problems


def dossier_problems(session: Session, dossier: Dossier) -> list[str]:
    """Return every place where the chain is broken or a row of the dossier is not the fold of its diary.

    A diary from which something was taken or altered may lead nowhere: that is a problem too, never a fault here.
    """
    entries = diary_of(session, dossier.id)
    problems = chain_problems(entries)
    try:
        return problems + _fold_problems(session, dossier, entries)
    except (LookupError, ValueError, TypeError, AttributeError):
        return [*problems, "the diary cannot be followed to its end"]


def _fold_problems(session: Session, dossier: Dossier, entries: Sequence[DiaryEntry]) -> list[str]:
    problems, folded = list[str](), fold(entries)
    row = {"state": dossier.state, "facts": dossier.facts, "version": dossier.version, "head_hash": dossier.head_hash}
    problems += [f"{name}: the row is not the fold" for name, value in row.items() if getattr(folded, name) != value]
    parties = session.scalars(
        select(DossierParty).where(DossierParty.dossier_id == dossier.id, DossierParty.until_seq.is_(None))
    )
    if {party.body: str(party.organization_id) for party in parties} != folded.bodies:
        problems.append("bodies: the rows are not the fold")
    proceedings = session.scalars(select(Proceeding).where(Proceeding.dossier_id == dossier.id))
    sides = {f"{each.kind}/{each.number}": each for each in proceedings}
    if {name: each.state for name, each in sides.items()} != folded.proceedings:
        problems.append("proceedings: the rows are not the fold")
    pins = {name: each.procedure_sha256 for name, each in sides.items()}
    if {MAIN: dossier.procedure_sha256, **pins} != folded.pins:
        problems.append("editions: the rows are not the fold")
    return problems + row_problems(session, dossier.id, standing_entries(entries))
