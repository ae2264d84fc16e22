"""Reads the lists of the board of a commune: dossiers in the hands of the caller's bodies, sorted by what is due.

Each list takes the same number of statements however long it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.commune.sections import Section, is_duty
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossiers_in_hand
from dossiers.limits.models import Deadline
from workflow.model import Procedure, State

_RUNNING: Final = "running"


@dataclass
class Row:
    """One line of a list: a dossier, or a side machine of it, with the law of each and what runs there."""

    dossier: Dossier
    procedure: Procedure
    proceeding: Proceeding | None = None
    #: The limits that say from when until when, and the duty that is due next.
    spans: list[Deadline] = field(default_factory=list)
    duty: Deadline | None = None

    @property
    def state(self) -> State:
        """Return where the dossier, or the side machine, stands."""
        return self.procedure.states[self.proceeding.state if self.proceeding else self.dossier.state]


def count_rows(session: Session, law: Law, section: Section, actor: Actor, *, at: datetime) -> int:
    """Return how many lines a list has."""
    counted = _proceedings(section, actor) if section.proceedings else _dossiers(law, section, actor, at)
    return session.scalar(select(func.count()).select_from(counted.subquery())) or 0


def list_rows(
    session: Session, law: Law, section: Section, actor: Actor, *, at: datetime, start: int, limit: int
) -> list[Row]:
    """Return a page of a list, what is due soonest first; limits are added by `add_limits`."""
    if section.proceedings:
        query = _proceedings(section, actor).options(joinedload(Proceeding.dossier).joinedload(Dossier.person))
        ends = _soonest(Deadline.proceeding_id == Proceeding.id, ())
        sides: Sequence[Proceeding] = session.scalars(
            query.order_by(ends.is_(None), ends, Proceeding.opened_at, Proceeding.id).offset(start).limit(limit)
        ).all()
        return [Row(each.dossier, law.pinned(session, each.procedure_sha256), each) for each in sides]
    wanted = section.spans(law.procedures) if section.within_days is not None else section.running
    ends = _soonest(Deadline.dossier_id == Dossier.id, wanted)
    query = _dossiers(law, section, actor, at).options(joinedload(Dossier.person))
    rows = session.scalars(
        query.order_by(ends.is_(None), ends, Dossier.last_act_at, Dossier.number).offset(start).limit(limit)
    ).all()
    return [Row(each, law.pinned(session, each.procedure_sha256)) for each in rows]


def add_limits(session: Session, law: Law, lists: Collection[tuple[Section, list[Row]]]) -> None:
    """Give every line of every list its limits, with one statement for all of them."""
    ids = {row.dossier.id for _, rows in lists for row in rows}
    query = select(Deadline).where(Deadline.dossier_id.in_(ids), Deadline.state == _RUNNING)
    running: dict[tuple[UUID, UUID | None], list[Deadline]] = {}
    for limit in session.scalars(query.order_by(Deadline.due_at, Deadline.rule)):
        running.setdefault((limit.dossier_id, limit.proceeding_id), []).append(limit)
    for section, rows in lists:
        spans = section.spans(law.procedures)
        for row in rows:
            here = running.get((row.dossier.id, row.proceeding.id if row.proceeding else None), [])
            row.spans = [each for each in here if each.rule in spans]
            rules = row.procedure.limits
            duties = [each for each in here if each.due_at is not None and is_duty(rules.get(each.rule))]
            row.duty = next(iter(duties), None)


def _dossiers(law: Law, section: Section, actor: Actor, at: datetime) -> Select[Any]:
    states = section.states(law.procedures)
    by_state: ColumnElement[bool] = Dossier.state.in_(sorted(states)) if states else false()
    chosen = or_(by_state, _runs(section.running)) if section.running else by_state
    conditions = [chosen, Dossier.id.in_(dossiers_in_hand(actor))]
    if section.within_days is not None:
        conditions.append(_runs(section.spans(law.procedures), before=at + timedelta(days=section.within_days)))
    return select(Dossier).where(and_(*conditions))


def _proceedings(section: Section, actor: Actor) -> Select[Any]:
    return select(Proceeding).where(
        Proceeding.kind.in_(section.proceedings),
        Proceeding.closed_at.is_(None),
        Proceeding.dossier_id.in_(dossiers_in_hand(actor)),
    )


def _runs(rules: Collection[str], *, before: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that one of these limits runs, and ends before a moment."""
    here = and_(Deadline.dossier_id == Dossier.id, Deadline.state == _RUNNING, Deadline.rule.in_(sorted(rules)))
    return exists().where(here if before is None else and_(here, Deadline.due_at < before))


def _soonest(here: ColumnElement[bool], rules: Collection[str]) -> Any:  # noqa: ANN401 - a scalar subquery
    """Return the soonest end of a running limit, of those named where any are."""
    query = select(func.min(Deadline.due_at)).where(here, Deadline.state == _RUNNING)
    return (query.where(Deadline.rule.in_(sorted(rules))) if rules else query).scalar_subquery()
