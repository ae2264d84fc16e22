"""Which edition of the law a dossier and its side machines were under at each entry of the diary.

Reads only.  Most dossiers have lived under one edition; for those the present one is the answer everywhere.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from dossiers.evidence.changes import MAIN, changes_of, earlier_pins
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from workflow.model import Procedure


class Eras(dict[str, Procedure]):
    """The procedures of a dossier: MAIN and each kind of side machine as they are now, then those they left behind."""

    def __init__(self, present: dict[str, Procedure]) -> None:
        super().__init__(present)
        self._past: list[tuple[str, int, Procedure]] = []

    def add_past(self, kind: str, before: int, procedure: Procedure) -> None:
        """Note that a machine was under an edition before an entry; call it in the order of the entries."""
        self._past.append((kind, before, procedure))
        self.setdefault(procedure.key, procedure)

    def at(self, kind: str, seq: int) -> Procedure | None:
        """Return the procedure that a machine was under at an entry; None for a kind the dossier has not."""
        past = (procedure for name, before, procedure in self._past if name == kind and seq < before)
        return next(past, None) or self.get(kind)


def eras_of(session: Session, law: Law, dossier: Dossier, proceedings: list[Proceeding]) -> Eras:
    """Return the procedures of a dossier and its side machines through time."""
    sides = {each.kind: law.pinned(session, each.procedure_sha256) for each in proceedings}
    eras = Eras({MAIN: law.pinned(session, dossier.procedure_sha256), **sides})
    for pin in earlier_pins(changes_of(session, dossier.id)):
        eras.add_past(pin.name.partition("/")[0], pin.before, law.pinned(session, pin.sha256))
    return eras
