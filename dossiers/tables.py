"""Imports every room that has tables, so that `Base.metadata` is whole for migrations and checks."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from sqlalchemy import MetaData

import dossiers.aftercare.models
import dossiers.bodies.models
import dossiers.custody.models
import dossiers.evidence.log.models
import dossiers.evidence.models
import dossiers.facilities.models
import dossiers.files.models
import dossiers.handovers.models
import dossiers.idempotency
import dossiers.jobs
import dossiers.limits.models
import dossiers.moves.models
import dossiers.moves.snapshots
import dossiers.notices.models
import dossiers.papers.models
import dossiers.papers.tables
import dossiers.people.models
import dossiers.policies
import dossiers.reminders.models
from storage.database import Base

#: Named, so that no tool takes the imports for unused.
_ROOMS: Final[tuple[ModuleType, ...]] = (
    dossiers.aftercare.models,
    dossiers.bodies.models,
    dossiers.custody.models,
    dossiers.evidence.log.models,
    dossiers.evidence.models,
    dossiers.facilities.models,
    dossiers.files.models,
    dossiers.handovers.models,
    dossiers.idempotency,
    dossiers.jobs,
    dossiers.limits.models,
    dossiers.moves.models,
    dossiers.moves.snapshots,
    dossiers.notices.models,
    dossiers.papers.models,
    dossiers.papers.tables,
    dossiers.people.models,
    dossiers.policies,
    dossiers.reminders.models,
)


def metadata() -> MetaData:
    """Return the description of every table."""
    return Base.metadata
