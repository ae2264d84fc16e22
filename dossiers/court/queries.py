"""Reads the docket of a court: the dossiers in its hands by step, by the day of the hearing, and what each line shows.

Only dossiers in which one of the caller's courts takes part now; each list costs as many statements for one line as for
fifty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.bodies.access import Actor
from dossiers.bodies.models import Organization
from dossiers.court.steps import FACTS, Docket, Steps, court_offices, steps_of, steps_of_law
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty
from dossiers.limits.models import Deadline
from dossiers.limits.queries import running_of_each, urgency_order
from dossiers.moves.several import possible_moves_of_each
from dossiers.papers.models import Paper
from workflow.certificates import VIETNAM
from workflow.engine import Possibility

#: More hearings than this are never held in the days that one page shows.
HEARINGS_MAX: Final = 500
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Listed:
    """A part of a list, and how many dossiers the whole list has."""

    dossiers: Sequence[Dossier]
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a docket shows of a dossier besides the dossier itself."""

    dossier: Dossier
    steps: Steps
    #: The day and hour of the hearing, None where none is on file.
    hearing_at: datetime | None
    judge: str
    proposer: str
    #: Running limits, the soonest end first.
    limits: tuple[Deadline, ...]
    possible: tuple[Possibility, ...]


def hearing_of(dossier: Dossier) -> datetime | None:
    """Return when the person is (or was) heard in the hours of Việt Nam, None where no day is on file."""
    raw = dossier.facts.get(FACTS["hearing"])
    return datetime.fromisoformat(str(raw)).astimezone(VIETNAM) if raw else None


def docket(
    session: Session, law: Law, actor: Actor, wanted: Docket, *, today: date, limit: int, after: int = 0
) -> Listed:
    """Return a part of one list of the docket, the most urgent first; `after` is how many come before the part."""
    condition = _CONDITIONS[wanted](law, today)
    query = _in_court(actor).where(condition)
    total = session.scalar(select(func.count()).select_from(query.with_only_columns(Dossier.id).distinct().subquery()))
    order = (_hearing_text(), Dossier.number) if wanted is Docket.HEARD else urgency_order(Dossier.id)
    rows = session.scalars(_with_names(query).order_by(*order, Dossier.number).limit(limit).offset(after))
    return Listed(rows.unique().all(), total or 0)


def hearings(session: Session, law: Law, actor: Actor, *, first: date, last: date) -> list[Dossier]:
    """Return the dossiers whose hearing is (or was) held between two days, in the order of day and hour.

    Those decided meanwhile stay in the list of their day; an adjourned one leaves it until it has a new day.
    """
    # The fact is text with an offset of its own: a day more on both sides, then looked at exactly.
    text = _hearing_text()
    near = and_(text >= (first - _DAY).isoformat(), text < (last + 2 * _DAY).isoformat())
    done = _standing(law, lambda steps: steps.before_hearing)
    query = _with_names(_in_court(actor)).where(near, ~done).order_by(text, Dossier.number)
    found = session.scalars(query.limit(HEARINGS_MAX)).unique()
    heard = [(at, row) for row in found if (at := hearing_of(row)) is not None and first <= at.date() <= last]
    return [row for _, row in sorted(heard, key=lambda pair: (pair[0], pair[1].number))]


def dossiers_before_court(session: Session, actor: Actor, ids: Collection[UUID]) -> dict[UUID, Dossier]:
    """Return those of some dossiers in which one of the caller's courts takes part now, by id."""
    rows = session.scalars(_with_names(_in_court(actor)).where(Dossier.id.in_(ids))).unique()
    return {row.id: row for row in rows}


def own_papers(session: Session, actor: Actor, ids: Collection[UUID]) -> dict[UUID, list[Paper]]:
    """Return the papers that the caller's courts issued in each dossier, signed or not, the latest first.

    Left out are those that an act used up, that are void, or that another paper has replaced.
    """
    courts = [office.organization_id for office in court_offices(actor)]
    query = select(Paper).where(
        Paper.dossier_id.in_(ids),
        Paper.issuer_id.in_(courts),
        Paper.state.in_(("issued", "signed")),
        Paper.used_seq.is_(None),
        Paper.superseded_by_id.is_(None),
    )
    found: dict[UUID, list[Paper]] = {dossier_id: [] for dossier_id in ids}
    for paper in session.scalars(query.order_by(Paper.created_at.desc())):
        found[paper.dossier_id].append(paper)
    return found


def lines_of(session: Session, law: Law, actor: Actor, dossiers: Collection[Dossier], *, at: datetime) -> list[Line]:
    """Return what a docket shows of dossiers, in their order, with as many statements as for one."""
    ids = [dossier.id for dossier in dossiers]
    limits, judges = running_of_each(session, ids), _judges(session, actor, ids)
    places = _names_by_place(session, ids)
    possible = possible_moves_of_each(session, law, dossiers, actor, at=at)
    lines = []
    for dossier in dossiers:
        steps = steps_of(law.pinned(session, dossier.procedure_sha256))
        names = [name for place, name in places.get(dossier.id, {}).items() if place in steps.proposers]
        lines.append(
            Line(
                dossier=dossier,
                steps=steps,
                hearing_at=hearing_of(dossier),
                judge=judges.get(dossier.id, ""),
                proposer=", ".join(dict.fromkeys(names)),
                limits=tuple(limits[dossier.id]),
                possible=possible[dossier.id],
            )
        )
    return lines


def _in_court(actor: Actor) -> Select[Dossier]:
    """Return the dossiers in which one of the caller's courts takes part now."""
    offices = court_offices(actor)
    courts = {body for office in offices for body in (office.organization_id, *office.succeeded_ids)}
    mine = exists().where(
        DossierParty.dossier_id == Dossier.id,
        DossierParty.until_seq.is_(None),
        DossierParty.organization_id.in_(courts),
    )
    return select(Dossier).where(mine)


def _with_names(query: Select[Dossier]) -> Select[Dossier]:
    return query.options(joinedload(Dossier.person), joinedload(Dossier.holder))


def _standing(law: Law, states: Callable[[Steps], Collection[str]]) -> ColumnElement[bool]:
    """Return the condition that a dossier stands in one of the states that `states` picks from its edition."""
    picked = ((steps.procedure, states(steps)) for steps in steps_of_law(law))
    return or_(
        false(),
        *(
            and_(
                Dossier.procedure_id == procedure.id,
                Dossier.edition == procedure.edition,
                Dossier.state.in_(sorted(found)),
            )
            for procedure, found in picked
            if found
        ),
    )


def _heard(law: Law, today: date) -> ColumnElement[bool]:
    """Return the condition that the hearing was to be held by today, or has no day on file, and has no result."""
    text = _hearing_text()
    come = or_(text.is_(None), text < (today + _DAY).isoformat())
    return and_(_standing(law, lambda steps: steps.hearing), come)


def _decided(law: Law, _today: date) -> ColumnElement[bool]:
    """Return the condition that a limit which a decision started still runs."""
    rules = {rule for steps in steps_of_law(law) for rule in steps.after_decision}
    return and_(_standing(law, lambda steps: steps.decided), _runs(Deadline.rule.in_(sorted(rules))))


def _other(law: Law, _today: date) -> ColumnElement[bool]:
    """Return the condition that a limit of a court runs in a dossier that no other list shows."""
    places = {body for steps in steps_of_law(law) for body in steps.bodies}
    return and_(~_standing(law, lambda steps: steps.listed), _runs(Deadline.owner_body.in_(sorted(places))))


def _runs(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(Deadline.dossier_id == Dossier.id, Deadline.state == "running", condition)


def _hearing_text() -> Any:  # noqa: ANN401 - an expression over a JSON value
    return Dossier.facts[FACTS["hearing"]].as_string()


def _judges(session: Session, actor: Actor, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the judge that the latest paper of the caller's court names, by dossier."""
    name = Paper.fields[FACTS["judge"]].as_string()
    courts = [office.organization_id for office in court_offices(actor)]
    query = select(Paper.dossier_id, name).where(
        Paper.dossier_id.in_(ids), Paper.issuer_id.in_(courts), Paper.state != "void", name.is_not(None)
    )
    rows = session.execute(query.order_by(Paper.created_at)).all()
    return {row[0]: row[1] for row in rows}


def _names_by_place(session: Session, ids: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """Return who fills each place of each dossier, by name."""
    query = (
        select(DossierParty.dossier_id, DossierParty.body, Organization.name)
        .join(Organization, Organization.id == DossierParty.organization_id)
        .where(DossierParty.dossier_id.in_(ids), DossierParty.until_seq.is_(None))
        .order_by(DossierParty.since_seq, DossierParty.body)
    )
    found: dict[UUID, dict[str, str]] = {}
    for dossier_id, place, name in session.execute(query):
        found.setdefault(dossier_id, {})[place] = name
    return found


_CONDITIONS: Final[dict[Docket, Callable[[Law, date], ColumnElement[bool]]]] = {
    Docket.TO_ACCEPT: lambda law, _today: _standing(law, lambda steps: steps.to_accept),
    Docket.NO_DAY: lambda law, _today: _standing(law, lambda steps: steps.no_day),
    Docket.HEARD: _heard,
    Docket.WAITING: lambda law, _today: _standing(law, lambda steps: steps.waiting),
    Docket.DECIDED: _decided,
    Docket.OTHER: _other,
}
