"""The counts of a limit as pages show them: each day with its reason, and what was counted before and after.

Reads only; computes nothing that the certificate does not say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from api.languages import say
from api.pages.standing import Standing
from api.pages.words import ending
from dossiers.files.models import Dossier
from dossiers.limits.models import Deadline
from dossiers.limits.queries import counts_around
from dossiers.moves.recount import explanations
from workflow.vocabulary import Text

#: What a count was made anew for, by the diary entry and the rule.
Whys = Mapping[tuple[int, str], Text]


@dataclass(frozen=True, slots=True)
class Count:
    """One count of a limit: its days or steps, when it ends, and why it was made anew."""

    id: UUID
    started_at: datetime
    #: When it ended as counted, and as it was in force where the two differ.
    counted: str
    in_force: str | None
    days: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    derived: list[dict[str, Any]]
    open_reason: str | None
    why: str | None
    hash: str | None


def count_of(row: Deadline, whys: Whys) -> Count:
    """Return one count as it was stored."""
    certificate = row.certificate or {}
    counted_at = datetime.fromisoformat(certificate["due_at"]) if "due_at" in certificate else row.due_at
    why = whys.get((row.started_seq, row.rule))
    return Count(
        id=row.id,
        started_at=row.started_at,
        counted=ending(counted_at) if counted_at else "",
        in_force=ending(row.due_at) if row.due_at and counted_at and row.due_at != counted_at else None,
        days=[{**one, "reason": _said(one["reason"])} for one in certificate.get("days", ())],
        steps=[{**one, "text": _said(one["text"])} for one in certificate.get("steps", ())],
        derived=[{**one, "text": _said(one["text"])} for one in certificate.get("derived", ())],
        open_reason=_said(certificate["open_reason"]) if certificate.get("open_reason") else None,
        why=say(why) if why else None,
        hash=certificate.get("hash"),
    )


def counts_beside(session: Session, row: Deadline, standing: Standing) -> tuple[list[Count], list[Count]]:
    """Return the counts before and after one, as far as the caller may read."""
    whys = explanations(session, row.dossier_id)
    earlier, later = counts_around(session, row)
    return (
        [count_of(each, whys) for each in earlier],
        [count_of(each, whys) for each in later if each.started_seq <= standing.version],
    )


def recounts_of(session: Session, dossier: Dossier, rows: Iterable[Deadline]) -> dict[UUID, list[Count]]:
    """Return every count of the limits whose days off changed while they ran, by the id of the one that runs."""
    whys = explanations(session, dossier.id)
    return {row.id: _recounted(session, row, whys) for row in rows if (row.started_seq, row.rule) in whys}


def _recounted(session: Session, row: Deadline, whys: Whys) -> list[Count]:
    """Return the counts of a limit from the first one, before any recount, to the one that runs."""
    counts = [row]
    for each in reversed(counts_around(session, row)[0]):
        counts.insert(0, each)
        if (each.started_seq, each.rule) not in whys:
            break
    return [count_of(each, whys) for each in counts]


def _said(text: Mapping[str, str]) -> str:
    return say(Text(text["vi"], text["en"]))
