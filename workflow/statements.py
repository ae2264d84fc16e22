"""The paper that a computed term leaves: its inputs, every step, its end and what hangs on it, under one seal.

Holds and writes statements; never computes one (`term.compute_term` does).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from workflow.canonical import Json, canonical_json, plain, sealed_json, sha256_hex
from workflow.vocabulary import Text

#: The shape of statements as they are written now; the first one did not say how far a derived date lies from the end.
SCHEMA = 2
SCHEMAS = (1, SCHEMA)


@dataclass(frozen=True, slots=True)
class Interval:
    """A span of days: `end` is the day it stopped, its length is `end - start`; None = it has not ended."""

    start: date
    end: date | None = None

    def plain(self) -> Json:
        """Return the span as plain JSON values."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat() if self.end else None}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the computation; `running` is the end of the term so far, None before there is one."""

    id: str
    text: Text
    basis: str
    confidence: str
    amount: int
    unit: str
    running: date | None

    def plain(self) -> Json:
        """Return the step as plain JSON values."""
        return {
            "id": self.id,
            "text": plain(self.text),
            "basis": self.basis,
            "confidence": self.confidence,
            "amount": self.amount,
            "unit": self.unit,
            "running": self.running.isoformat() if self.running else None,
        }


@dataclass(frozen=True, slots=True)
class DerivedDate:
    """A date that hangs on the end of the term: `amount` days or months (`unit`) after it, before it when negative."""

    id: str
    on: date
    text: Text
    basis: str
    confidence: str
    amount: int
    unit: str

    def plain(self) -> Json:
        """Return the date as plain JSON values."""
        return {
            "id": self.id,
            "on": self.on.isoformat(),
            "text": plain(self.text),
            "basis": self.basis,
            "confidence": self.confidence,
            "amount": self.amount,
            "unit": self.unit,
        }


@dataclass(frozen=True, slots=True)
class TermStatement:
    """The end of the term, how it was reached, and what hangs on it.

    `ends_on` is None while an absence is open; `open_reason` then says why and `days_left` how many days were left
    when it began.  `inputs` holds all that was given, so the statement can be computed again.
    """

    inputs: Json
    starts_on: date
    steps: tuple[Step, ...]
    ends_on: date | None
    open_reason: Text | None
    days_left: int | None
    derived: tuple[DerivedDate, ...]
    policies: Mapping[str, str]
    schema: int = SCHEMA

    def derived_on(self, id: str) -> date | None:  # noqa: A002 - the name the law's tables use
        """Return the derived date `id`, None when the end is not fixed."""
        return next((one.on for one in self.derived if one.id == id), None)

    @property
    def hash(self) -> str:
        """Return the SHA-256 of the canonical statement, the same that `to_json` writes under `hash`."""
        return sha256_hex(canonical_json(self._body()))

    def to_json(self) -> str:
        """Return canonical JSON (sorted keys, no spaces, UTF-8 letters) that carries its own hash."""
        return sealed_json(self._body())

    def _body(self) -> Json:
        derived = [one.plain() for one in self.derived]
        if self.schema == SCHEMAS[0]:
            derived = [{name: row[name] for name in row.keys() - {"amount", "unit"}} for row in derived]
        return {
            "schema": self.schema,
            "inputs": self.inputs,
            "starts_on": self.starts_on.isoformat(),
            "steps": [step.plain() for step in self.steps],
            "ends_on": self.ends_on.isoformat() if self.ends_on else None,
            "open_reason": plain(self.open_reason) if self.open_reason else None,
            "days_left": self.days_left,
            "derived": derived,
            "policies": dict(self.policies),
        }
