"""The act with which a commune begins a file after a positive test.  Asks no database."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

from workflow.model import Procedure, Transition

_DATA: Final = tomllib.loads((files("dossiers.commune") / "data" / "opening.toml").read_text(encoding="utf-8"))


def first_act(procedure: Procedure) -> Transition | None:
    """Return the first act of a procedure, None where it cannot be made from the first state."""
    group = procedure.by_trigger.get(_DATA["first_act"], ())
    return next((each for each in group if procedure.initial.id in each.source), None)
