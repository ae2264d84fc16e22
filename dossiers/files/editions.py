"""Finds the law of a dossier: the edition in force on a day, or the one a dossier is pinned to.

Keeps one engine per edition and calendar revision in the process; asks the database only for editions that
the program no longer ships, for decreed days and for decided policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from threading import Lock

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dossiers.errors import NotFoundError
from dossiers.files.models import ProcedureEdition
from dossiers.policies import decided_values, decreed_days
from workflow.calendar import Calendar, load_calendar
from workflow.engine import Engine
from workflow.loader import load_policies, load_procedures, parse_procedure
from workflow.model import Policy, Procedure
from workflow.proven import require_proofs, with_proofs


@dataclass(eq=False)
class Law:
    """Every procedure edition the program ships, the open questions, and engines ready to decide."""

    procedures: tuple[Procedure, ...]
    policies: Mapping[str, Policy]
    _engines: dict[tuple[str, str], Engine] = field(default_factory=dict)
    _old: dict[str, Procedure] = field(default_factory=dict)
    _calendars: dict[tuple[object, ...], Calendar] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def in_force(self, procedure_id: str, on: date) -> Procedure:
        """Return the edition of a procedure that applies to what starts on `on`; raises NotFoundError."""
        day = on.isoformat()
        fitting = [
            each
            for each in self.procedures
            if each.id == procedure_id and each.edition <= day and (each.in_force_to is None or day <= each.in_force_to)
        ]
        if not fitting:
            raise NotFoundError
        return max(fitting, key=lambda procedure: procedure.edition)

    def opening_on(self, on: date) -> tuple[Procedure, ...]:
        """Return the edition in force on a day of every procedure that a dossier may be opened under."""
        ids = dict.fromkeys(each.id for each in self.procedures if not each.side)
        found = []
        for procedure_id in ids:
            with suppress(NotFoundError):
                found.append(self.in_force(procedure_id, on))
        return tuple(found)

    def pinned(self, session: Session, sha256: str) -> Procedure:
        """Return exactly the edition a dossier is pinned to, from the program or from the stored bytes."""
        for procedure in self.procedures:
            if procedure.sha256 == sha256:
                return procedure
        if sha256 not in self._old:
            row = session.get(ProcedureEdition, sha256)
            assert row is not None
            procedure = parse_procedure([(part["name"], part["text"]) for part in row.content["files"]])
            assert procedure.sha256 == sha256
            self._old[sha256] = replace(procedure, proof=row.content.get("proof"))
        return self._old[sha256]

    def engine(self, session: Session, procedure: Procedure) -> Engine:
        """Return the engine of an edition under the calendar as it is known now."""
        return self.engine_under(procedure, self.calendar(session))

    def engine_under(self, procedure: Procedure, calendar: Calendar) -> Engine:
        """Return the engine of an edition under a calendar."""
        key = (procedure.sha256, calendar.revision)
        with self._lock:
            if key not in self._engines:
                self._engines[key] = Engine(procedure, calendar)
            return self._engines[key]

    def calendar(self, session: Session) -> Calendar:
        """Return the working days with every decreed day that was added."""
        extra = decreed_days(session)
        key = tuple(extra)
        with self._lock:
            if key not in self._calendars:
                self._calendars[key] = load_calendar(extra)
            return self._calendars[key]

    def policies_in_force(self, session: Session) -> dict[str, str]:
        """Return the value in force of every policy: the decided one, else the default."""
        return {policy.id: policy.default for policy in self.policies.values()} | decided_values(session)


def load_law(*, forms: Iterable[str] | None = None, development: bool = False) -> Law:
    """Read every procedure and policy the program ships.

    Raises LawFileError with every mistake, and UnprovenError when an edition has no proof for what it says now;
    `development` lets unproven editions in, for whoever is writing one.
    """
    policies = load_policies()
    procedures = with_proofs(load_procedures(forms=forms), policies)
    if not development:
        require_proofs(procedures)
    return Law(procedures, policies)


def keep_edition(session: Session, procedure: Procedure, *, at: datetime) -> None:
    """Keep the bytes and the proof of an edition that a dossier is to be pinned to; racing callers keep them once."""
    if session.get(ProcedureEdition, procedure.sha256) is not None:
        return
    row = ProcedureEdition(
        sha256=procedure.sha256,
        procedure_id=procedure.id,
        edition=procedure.edition,
        content={
            "files": [{"name": name, "text": text} for name, text in procedure.files],
            "proof": procedure.proof,
        },
        first_used_at=at,
    )
    with suppress(IntegrityError), session.begin_nested():
        # Somebody else may have kept the same bytes a moment ago: one row is as good as the other.
        session.add(row)
