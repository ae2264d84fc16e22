"""Imports every room that has tables, so that `Base.metadata` is whole for migrations and checks."""

from __future__ import annotations

from sqlalchemy import MetaData

import dossiers.bodies.models
import dossiers.custody.models
import dossiers.evidence.models
import dossiers.files.models
import dossiers.idempotency
import dossiers.jobs
import dossiers.limits.models
import dossiers.moves.models
import dossiers.papers.models
import dossiers.people.models
import dossiers.policies  # noqa: F401 - imported for its tables
from storage.database import Base


def metadata() -> MetaData:
    """Return the description of every table."""
    return Base.metadata
