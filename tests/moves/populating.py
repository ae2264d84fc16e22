"""Fills a house with dossiers: lives made up in memory, played again by the real acts, and copies of what came of them.

A copy is another dossier with the same past: rows and papers under ids of its own, the diary chained anew.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from types import MappingProxyType
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from api.demo.papers import demo_scan
from dossiers.bodies.models import Organization
from dossiers.evidence.diary import GENESIS, entry_hash
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier
from dossiers.moves.advance import advance_dossier
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.moves.run_proceeding import run_proceeding
from dossiers.moves.situations import proceedings_of
from dossiers.papers.file_papers import attach_scan
from dossiers.papers.uploads import StoredUpload, store_upload
from dossiers.tables import metadata
from tests.moves.migrating import House
from tests.workflow.steering import reach
from tests.workflow.walking import Law, Life, Machine, Step
from workflow.model import FactDef, Procedure, Transition
from workflow.vocabulary import FactType, FactValue

#: The tables that hold a part of one dossier, in an order in which they can be filled.
PARTS = ("dossier_party", "proceeding", "paper", "custody_interval", "deadline", "alarm", "diary")


@dataclass(frozen=True)
class Wanted:
    """A kind of dossier: where it stands, what else must be so, and the way there where chance would not find it.

    A step of the way is a state to reach, `!trigger` for an act to make, or a number of days to wait.
    """

    state: str
    fits: Callable[[Life], bool]
    way: tuple[str | int, ...] = ()
    #: How many days before the moment it may have begun.
    days: Sequence[int] = (1, 3, 8, 12, 16, 20, 30, 60)
    #: What officers answer on the way.
    answers: Mapping[str, FactValue] = field(default_factory=dict)


class OneHold(Life):
    """A life in which nobody is put into the interim management twice at a time: the house refuses that.

    `answers` are what officers say whenever they are asked.
    """

    answers: Mapping[str, FactValue] = MappingProxyType({})

    def make(self, transition: Transition, machine: Machine | None = None) -> bool:
        """Try one act, unless the side machine that it begins is open already."""
        open_ones = {side.engine.procedure.id for side in self.sides if side.open}
        return transition.starts_proceeding not in open_ones and super().make(transition, machine)

    def _value(self, fact: FactDef, procedure: Procedure) -> FactValue:
        return self.answers[fact.id] if fact.id in self.answers else super()._value(fact, procedure)


class Organizations:
    """The bodies of a house, for lives in memory."""

    def __init__(self, session: Session) -> None:
        self.by_type: dict[str, list[str]] = {}
        for body in session.scalars(select(Organization).order_by(Organization.code)):
            self.by_type.setdefault(body.type, []).append(str(body.id))

    def choose(self, fact: FactDef, chance: Random | None = None) -> str:
        """Return the first body of a kind that a fact takes: the one at home."""
        del chance
        return next(ids[0] for kind, ids in self.by_type.items() if kind in fact.org_types)


def lives(
    law: Law, key: str, wanted: Wanted, organizations: Organizations, until: datetime, still: datetime
) -> Iterator[Life]:
    """Yield lives that are of the wanted kind at a moment and, time alone having acted, still so at a later one."""
    learnt: dict[str | int, Counter[int]] = defaultdict(Counter)
    for seed in range(600):
        chance = Random(f"{wanted.state} {wanted.way} {seed}")
        begins = until - timedelta(days=chance.choice(wanted.days), hours=chance.randrange(1, 9))
        facts = {"subject_born_on": "1994-05-02"}
        life = OneHold(law, key, seed, begins=begins, facts=facts, organization=organizations.choose)
        life.answers = wanted.answers
        if not all(_goes(life, step, learnt[step]) for step in wanted.way):
            continue
        if reach(life, wanted.state, learnt=learnt[wanted.state]) and life.now <= until:
            later = life.fork(0)
            later.pass_until(still)
            if later.state == wanted.state and wanted.fits(later):
                yield life


def _goes(life: Life, step: str | int, learnt: Counter[int]) -> bool:
    """Let a life take one step of its way; return whether it could.  `learnt` is what earlier lives learnt of it."""
    if isinstance(step, int):
        life.pass_until(life.now + timedelta(days=step))
        return True
    if not step.startswith("!"):
        return reach(life, step, learnt=learnt)
    acts = [act for act in life.main.engine.procedure.by_trigger[step[1:]] if life.state in act.source]
    return any(life.make(act) for _ in range(8) for act in acts)


def play(house: House, life: Life, organizations: Organizations) -> UUID:
    """Let the acts of a life happen in the house, as one unit of work; return the id of the dossier.

    Raises MoveRefusedError where the house knows better than a life in memory (who fills which place).
    """
    person = house.persons[len(life.steps) % len(house.persons)]
    with house.database.transaction() as session:
        form = OpenForm(person, life.covers[0].from_at)
        dossier = open_dossier(session, house.book.law, form, actor=house.everybody, at=life.covers[0].from_at)
        for step in life.steps:
            if step.by == "officer":
                _play(house, session, dossier, step, organizations)
        advance_dossier(session, house.book.law, dossier, at=life.now)
        assert dossier.state == life.state
        return dossier.id


def _play(house: House, session: Session, dossier: Dossier, step: Step, organizations: Organizations) -> None:
    at = step.act.recorded_at
    for form in step.filed:
        attach_scan(
            session,
            house.desk,
            dossier.id,
            form,
            _scan(house, form),
            expected_version=None,
            actor=house.everybody,
            at=at,
        )
    facts = step.procedure.facts
    named = {name for name in step.act.fields if facts[name].type is FactType.ORGANIZATION}
    fields = {**step.act.fields, **{name: organizations.choose(facts[name]) for name in named}}
    form = MoveForm(step.act.trigger, step.before.occurred_at, fields, overrides=step.act.overrides)
    if not step.machine:
        move_dossier(session, house.book.law, dossier.id, form, expected_version=None, actor=house.everybody, at=at)
        return
    kind, _, number = step.machine.partition("/")
    machines = {(each.kind, each.number): each.id for each in proceedings_of(session, dossier)}
    side = machines[kind, int(number)]
    run_proceeding(session, house.book.law, side, form, expected_version=None, actor=house.everybody, at=at)


_SCANS: dict[tuple[int, str], StoredUpload] = {}


def _scan(house: House, form: str) -> StoredUpload:
    """Return a scan of a form, put into the store once: any two dossiers may name the same bytes."""
    key = (id(house.desk.store), form)
    if key not in _SCANS:
        scan = BytesIO(demo_scan(form))
        _SCANS[key] = store_upload(
            house.desk.store, scan, filename="scan.pdf", declared_type="application/pdf", size_bytes_max=10_000
        )
    return _SCANS[key]


# --- Copies ---------------------------------------------------------------------------------------------------


def copies(house: House, dossier_id: UUID, many: int, number: Iterator[int]) -> list[UUID]:
    """Make copies of a dossier; return their ids."""
    if not many:
        return []
    with house.database.transaction() as session:
        (row,) = _rows(session, metadata().tables["dossier"], dossier_id)
        parts = {name: _rows(session, metadata().tables[name], dossier_id) for name in PARTS}
        names = [f"{row['commune_code']}-copy-{next(number):05d}" for _ in range(many)]
        return [_copy(session, row, parts, name) for name in names]


def _rows(session: Session, table: Table, dossier_id: UUID) -> list[dict[str, Any]]:
    owner = table.c.id if table.name == "dossier" else table.c.dossier_id
    query = select(table).where(owner == dossier_id)
    if "seq" in table.c:
        query = query.order_by(table.c.seq)
    if "started_seq" in table.c:  # a limit names the one that came after it
        query = query.order_by(table.c.started_seq.desc())
    return [dict(row) for row in session.execute(query).mappings()]


def _copy(
    session: Session, row: Mapping[str, Any], parts: Mapping[str, Sequence[Mapping[str, Any]]], name: str
) -> UUID:
    ids = {row["id"]: uuid4(), **{part["id"]: uuid4() for rows in parts.values() for part in rows if "id" in part}}
    texts = {str(old): str(new) for old, new in ids.items()} | {row["number"]: name}

    def renewed(part: Mapping[str, Any]) -> dict[str, Any]:
        return {key: ids.get(value, value) if isinstance(value, UUID) else value for key, value in part.items()}

    entries = []
    before = GENESIS
    for part in parts["diary"]:
        said = json.dumps(part["payload"], ensure_ascii=False)
        for old, new in texts.items():
            said = said.replace(old, new)
        entry = DiaryEntry(**{**renewed(part), "payload": json.loads(said), "prev_hash": before, "hash": ""})
        before = entry.hash = entry_hash(entry)
        entries.append({column.name: getattr(entry, column.name) for column in DiaryEntry.__table__.columns})
    copied = {**renewed(row), "number": name, "head_hash": before}
    session.execute(insert(metadata().tables["dossier"]), [copied])
    for table in PARTS:
        rows = entries if table == "diary" else [renewed(part) for part in parts[table]]
        if rows:
            session.execute(insert(metadata().tables[table]), rows)
    return ids[row["id"]]
