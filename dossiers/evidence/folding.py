"""Folds a diary back into the state of its dossier and says every place where row and diary differ.

Reads, never repairs: a difference is for people to look at.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def fold(entries: Iterable[DiaryEntry]) -> Folded:
    """Return the state that the entries, in order, lead to."""
    folded = Folded()
    for entry in entries:
        payload = entry.payload
        folded.version, folded.head_hash = entry.seq, entry.hash
        for name in payload.get("cleared", ()):
            folded.facts.pop(name, None)
        folded.facts.update(payload.get("facts", {}))
        for body, organization_id in payload.get("bodies", {}).items():
            folded.bodies.pop(body, None)
            if organization_id is not None:
                folded.bodies[body] = organization_id
        for stopped in payload.get("limits_stopped", ()):
            folded.running.pop(stopped["rule"], None)
        for started in payload.get("limits_started", ()):
            folded.running[started["rule"]] = started["due_at"]
        if entry.kind == "proceeding":
            folded.proceedings[payload["proceeding"]] = entry.to_state
        else:
            folded.state = entry.to_state
    return folded


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
    """Return every place where the chain is broken or a row of the dossier is not the fold of its diary."""
    entries = diary_of(session, dossier.id)
    problems, folded = chain_problems(entries), fold(entries)
    row = {"state": dossier.state, "facts": dossier.facts, "version": dossier.version, "head_hash": dossier.head_hash}
    problems += [f"{name}: the row is not the fold" for name, value in row.items() if getattr(folded, name) != value]
    parties = session.scalars(
        select(DossierParty).where(DossierParty.dossier_id == dossier.id, DossierParty.until_seq.is_(None))
    )
    if {party.body: str(party.organization_id) for party in parties} != folded.bodies:
        problems.append("bodies: the rows are not the fold")
    proceedings = session.scalars(select(Proceeding).where(Proceeding.dossier_id == dossier.id))
    if {f"{each.kind}/{each.number}": each.state for each in proceedings} != folded.proceedings:
        problems.append("proceedings: the rows are not the fold")
    return problems + row_problems(session, dossier.id, entries)
