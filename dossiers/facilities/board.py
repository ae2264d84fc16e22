"""The board of a facility: who is expected, who is there in which stage, who is away, who leaves soon.  Reads only.

Each list is read in a fixed number of statements, however long it is: rows first, then what belongs to all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from dossiers.custody.models import CustodyInterval
from dossiers.evidence.models import DiaryEntry
from dossiers.facilities import law_reading
from dossiers.facilities.areas import BOARD
from dossiers.files.editions import Law
from dossiers.files.models import Dossier, DossierParty, Proceeding
from dossiers.limits.models import Deadline
from dossiers.limits.queries import urgency_order
from dossiers.people.models import Person as PersonRow
from workflow.certificates import VIETNAM
from workflow.model import Limit, Procedure
from workflow.vocabulary import Person

#: Who is counted as there: held under a title that the facility carries out.
PRESENT: Final = tuple(each.value for each in Person if each.deprived_of_liberty)
#: The group of those who are held while their dossier is made: no stage runs for them.
HELD: Final = "held"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted."""

    limit: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One person on the board: the dossier, its law, the limit that counts here, since when the person is so."""

    dossier: Dossier
    procedure: Procedure
    #: The limit of the stage, of the return, or the soonest one; None where the law gives none.
    limit: Deadline | None = None
    since: datetime | None = None
    #: The kind of custody, or where the person is by the state of the dossier.
    person: Person = Person.NONE
    stage: str | None = None
    #: The side machine that brings the person here, for a hold that is ordered.
    hold: Proceeding | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Something due before the term ends: its limit, and how that stands for the person."""

    limit: Limit
    row: Deadline


@dataclass(frozen=True, slots=True)
class Needed:
    """A paper that the release needs or comes with (one of `forms`): on file or not, and whether it is waited for."""

    forms: tuple[str, ...]
    on_file: bool
    waited_for: bool


@dataclass(frozen=True, slots=True)
class Leaver:
    """Somebody whose term ends: the term, its last day, the days left, what was and was not done for the release."""

    dossier: Dossier
    procedure: Procedure
    term: Deadline
    last_day: date
    days_left: int
    papers: tuple[Needed, ...]
    duties: tuple[Duty, ...]


@dataclass(frozen=True)
class Counts:
    """How many are on each list; `stages` by the id of the stage, HELD for those held while the dossier is made."""

    arriving: int
    away: int
    overdue: int
    leaving: int
    stages: Mapping[str, int] = field(default_factory=dict)

    @property
    def present(self) -> int:
        """Return how many are in the facility."""
        return sum(self.stages.values())


def count_board(session: Session, law: Law, bodies: Collection[UUID], *, at: datetime) -> Counts:
    """Return how many are expected, there (by stage), away, overdue and about to leave."""
    # One labelled expression: PostgreSQL takes two of them, each with its own parameter, for two different things.
    stage_of = _stage().label("stage_of")
    grouped = (
        select(CustodyInterval.kind, stage_of, func.count())
        .select_from(CustodyInterval)
        .join(Dossier, Dossier.id == CustodyInterval.dossier_id)
        .where(_is_present(bodies))
        .group_by(CustodyInterval.kind, stage_of)
    )
    stages: dict[str, int] = {}
    for kind, stage, number in session.execute(grouped):
        group = _group(kind, stage)
        stages[group] = stages.get(group, 0) + number
    return Counts(
        arriving=_count(session, _arriving(law, bodies)),
        away=_count(session, _away(law, bodies)),
        overdue=_count(session, _away(law, bodies).where(_due_back(law) < at)),
        leaving=_count(session, _leaving(law, bodies, at)),
        stages=stages,
    )


def arriving(session: Session, law: Law, bodies: Collection[UUID], *, page: Page) -> list[Line]:
    """Return who was given to the facility and is not there yet, by urgency; also holds that are ordered."""
    query = _arriving(law, bodies).order_by(*urgency_order(Dossier.id), Dossier.number)
    rows = _dossiers(session, query, page)
    soonest = {row.dossier_id: row for row in reversed(_running(session, rows))}
    wanted = {(kind, state) for kind, state, _place in law_reading.holds_arriving(law)}
    open_ones = select(Proceeding).where(
        Proceeding.dossier_id.in_([row.id for row in rows]), Proceeding.closed_at.is_(None)
    )
    holds = {each.dossier_id: each for each in session.scalars(open_ones) if (each.kind, each.state) in wanted}
    lines = []
    for row in rows:
        procedure = law.pinned(session, row.procedure_sha256)
        person = procedure.states[row.state].person
        lines.append(Line(row, procedure, soonest.get(row.id), None, person, hold=holds.get(row.id)))
    return lines


def present(
    session: Session, law: Law, bodies: Collection[UUID], *, page: Page, group: str | None = None
) -> list[Line]:
    """Return who is in the facility, by stage and name, each with the days in the stage and its limit.

    A stage without a limit of its own ends with the term.  `group` narrows to a stage, or to those held meanwhile.
    """
    query = (
        select(Dossier, CustodyInterval)
        .join(CustodyInterval, CustodyInterval.dossier_id == Dossier.id)
        .join(PersonRow, PersonRow.id == Dossier.person_id)
        .where(_is_present(bodies))
        .options(joinedload(Dossier.person))
        .order_by(_stage(), PersonRow.folded_name, Dossier.number)
    )
    if group is not None:
        held = CustodyInterval.kind == Person.HELD_PENDING.value
        query = query.where(held if group == HELD else and_(~held, _stage() == group))
    found = session.execute(query.limit(page.limit).offset(page.offset)).all()
    rows = [row for row, _interval in found]
    begun, terms = _stages_begun(session, rows), law_reading.term_rules(law)
    running = _by_dossier(_running(session, rows))
    lines = []
    for row, interval in found:
        procedure, stage = law.pinned(session, row.procedure_sha256), _stage_of(row, interval)
        rules = law_reading.stage_rules(procedure, stage, row.state) if stage else frozenset()
        counting = _first(running.get(row.id, ()), rules) or (_first(running.get(row.id, ()), terms) if stage else None)
        since = begun.get(row.id) if stage else interval.from_at
        lines.append(Line(row, procedure, counting, since or interval.from_at, Person(interval.kind), stage))
    return lines


def away(session: Session, law: Law, bodies: Collection[UUID], *, page: Page) -> list[Line]:
    """Return who belongs to the facility and is not in it (leave, hospital, suspension, flight); the overdue first."""
    due = _due_back(law)
    rows = _dossiers(session, _away(law, bodies).order_by(due.is_(None), due, Dossier.number), page)
    running = _by_dossier(_running(session, rows))
    open_ones = select(CustodyInterval.dossier_id, CustodyInterval.from_at).where(
        CustodyInterval.dossier_id.in_([row.id for row in rows]), CustodyInterval.to_at.is_(None)
    )
    since = {row.dossier_id: row.from_at for row in session.execute(open_ones)}
    lines = []
    for row in rows:
        procedure = law.pinned(session, row.procedure_sha256)
        rules = law_reading.returns(procedure, row.state)
        back = _first(running.get(row.id, ()), rules)
        lines.append(Line(row, procedure, back, since.get(row.id), procedure.states[row.state].person))
    return lines


def last_day_of(due_at: datetime) -> date:
    """Return the last day of a limit: one that ends at midnight ends with the day before."""
    return (due_at.astimezone(VIETNAM) - timedelta(microseconds=1)).date()


def leaving_query(law: Law, bodies: Collection[UUID], at: datetime) -> Select[Any]:
    """Return dossiers with the term that ends within the days of the board or has ended, the soonest first."""
    query = _leaving(law, bodies, at).add_columns(Deadline).options(joinedload(Dossier.person))
    return query.order_by(Deadline.due_at, Dossier.number)


def running_limits(session: Session, dossiers: Iterable[Dossier]) -> dict[UUID, list[Deadline]]:
    """Return the running limits with an end, by dossier, the soonest first."""
    return _by_dossier(_running(session, list(dossiers)))


def _arriving(law: Law, bodies: Collection[UUID]) -> Select[Any]:
    holds = [
        and_(
            Proceeding.kind == kind,
            Proceeding.state == state,
            DossierParty.body == place,
        )
        for kind, state, place in law_reading.holds_arriving(law)
    ]
    ordered = (
        select(Proceeding.dossier_id)
        .join(DossierParty, and_(DossierParty.dossier_id == Proceeding.dossier_id, _takes_part(bodies)))
        .where(Proceeding.closed_at.is_(None), or_(*holds))
    )
    given = and_(Dossier.state.in_(law_reading.states_arriving(law)), Dossier.id.in_(_given_to(law, bodies)))
    return select(Dossier).where(or_(given, Dossier.id.in_(ordered)))


def _away(law: Law, bodies: Collection[UUID]) -> Select[Any]:
    return select(Dossier).where(
        Dossier.state.in_(law_reading.states_away(law)), Dossier.id.in_(_given_to(law, bodies))
    )


def _leaving(law: Law, bodies: Collection[UUID], at: datetime) -> Select[Any]:
    """Select those whose last day is at most so many days from today: a term ends with the midnight after that day."""
    after = at.astimezone(VIETNAM).date() + timedelta(days=BOARD.leavers_days + 1)
    term = and_(
        Deadline.dossier_id == Dossier.id,
        Deadline.state == "running",
        Deadline.rule.in_(law_reading.term_rules(law)),
        Deadline.due_at <= datetime.combine(after, time(), VIETNAM),
    )
    return select(Dossier).join(Deadline, term).where(Dossier.id.in_(_given_to(law, bodies)))


def _given_to(law: Law, bodies: Collection[UUID]) -> Select[UUID]:
    places = law_reading.facility_places(law)
    return select(DossierParty.dossier_id).where(DossierParty.body.in_(sorted(places)), _takes_part(bodies))


def _takes_part(bodies: Collection[UUID]) -> ColumnElement[bool]:
    return and_(DossierParty.until_seq.is_(None), DossierParty.organization_id.in_(bodies))


def _is_present(bodies: Collection[UUID]) -> ColumnElement[bool]:
    return and_(
        CustodyInterval.to_at.is_(None), CustodyInterval.kind.in_(PRESENT), CustodyInterval.holder_id.in_(bodies)
    )


def _due_back(law: Law) -> ColumnElement[Any]:
    """Return the moment by which the person of a dossier must be back, NULL where there is none."""
    return (
        select(func.min(Deadline.due_at))
        .where(
            Deadline.dossier_id == Dossier.id,
            Deadline.state == "running",
            Deadline.rule.in_(law_reading.return_rules(law)),
        )
        .scalar_subquery()
    )


def _stage() -> ColumnElement[Any]:
    stage: ColumnElement[Any] = Dossier.facts[BOARD.stage_fact].as_string()
    return stage


def _group(kind: str, stage: str | None) -> str:
    return HELD if kind == Person.HELD_PENDING.value else stage or ""


def _stage_of(dossier: Dossier, interval: CustodyInterval) -> str | None:
    return None if interval.kind == Person.HELD_PENDING.value else dossier.facts.get(BOARD.stage_fact)


def _count(session: Session, query: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(query.with_only_columns(Dossier.id).subquery())) or 0


def _dossiers(session: Session, query: Select[Any], page: Page) -> Sequence[Dossier]:
    shown = query.options(joinedload(Dossier.person), joinedload(Dossier.holder))
    return session.scalars(shown.limit(page.limit).offset(page.offset)).unique().all()


def _running(session: Session, rows: Sequence[Dossier]) -> Sequence[Deadline]:
    query = select(Deadline).where(
        Deadline.dossier_id.in_([row.id for row in rows]), Deadline.state == "running", Deadline.due_at.is_not(None)
    )
    return session.scalars(query.order_by(Deadline.due_at)).all()


def _first(limits: Iterable[Deadline], rules: Collection[str]) -> Deadline | None:
    return next((each for each in limits if each.rule in rules), None)


def _by_dossier(limits: Iterable[Deadline]) -> dict[UUID, list[Deadline]]:
    found: dict[UUID, list[Deadline]] = {}
    for row in limits:
        found.setdefault(row.dossier_id, []).append(row)
    return found


def _stages_begun(session: Session, rows: Sequence[Dossier]) -> dict[UUID, datetime]:
    """Return when each dossier came into its stage: the last act that changed the fact."""
    changed = DiaryEntry.payload[("facts", BOARD.stage_fact)].as_string()
    query = (
        select(DiaryEntry.dossier_id, func.max(DiaryEntry.occurred_at).label("begun"))
        .where(DiaryEntry.dossier_id.in_([row.id for row in rows]), changed.is_not(None))
        .group_by(DiaryEntry.dossier_id)
    )
    return {row.dossier_id: row.begun for row in session.execute(query)}
