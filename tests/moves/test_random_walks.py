"""Dossiers that go anywhere the law lets them: whatever is done, the record stays true.

Each walk lets every office of the demonstration act at random, with papers filed as they are asked for.  It knows
nothing of the procedure but what `possible_moves` says, so it visits moves nobody thought of.
"""

import os
import random
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from api.demo.papers import demo_scan
from dossiers.bodies.access import Actor, Office
from dossiers.bodies.models import Account, Membership, Organization
from dossiers.custody.operations import custody_cover
from dossiers.errors import InvalidDataError, MoveRefusedError, NotFoundError
from dossiers.evidence.diary import diary_of
from dossiers.evidence.folding import dossier_problems
from dossiers.files.editions import Law
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.limits.queries import limits_of
from dossiers.moves.move_dossier import MoveForm, move_dossier
from dossiers.moves.possibilities import possible_moves
from dossiers.moves.run_proceeding import run_proceeding
from dossiers.moves.situations import proceedings_of
from dossiers.papers.file_papers import PaperDesk, attach_scan
from dossiers.papers.uploads import store_upload
from storage.database import open_database
from workflow.certificates import VIETNAM
from workflow.vocabulary import FactType, Person

WALKS = int(os.environ.get("HOSO_WALKS", "12"))
CAMPAIGN = 60
STEPS = 40


CHECKPOINTS = (
    "DETECTED",
    "GROUND",
    "GATE_CHECK",
    "DOSSIER_COMPLETE",
    "DECIDING_TO_FILE",
    "COURT_REVIEW",
    "HEARING",
    "DECIDED_APPLY",
    "TO_ENFORCE",
    "FACILITY_ASSIGNED",
    "IN_TRANSIT",
    "SERVING",
    "FORTHCOMING",
    "COMPLETED",
    "POST_REHAB",
)


#: Where the dossier stands while a side machine stands there; the first four are the same in both directions.
TOGETHER = {
    ("cnbb-funeral", "F4"): {"FUNERAL_LEAVE"},
    ("cnbb-hospital", "H1"): {"HOSPITALISED"},
    ("cnbb-suspend", "SU"): {"SUSPENDED_ILL"},
    ("cnbb-prosecution", "R2"): {"OUT_PROSECUTION"},
    ("cnbb-prosecution", "R4"): {"OUT_PROSECUTION"},
    ("cnbb-postpone", "PP"): {"POSTPONED", "ABSCONDED_PRE"},
    ("cnbb-appeal", "K1"): {"APPEAL"},
    ("cnbb-appeal", "K2"): {"APPEAL"},
    ("cnbb-postmove", "PR"): {"POST_REHAB"},
    ("cnbb-postmove", "PR1"): {"POST_REHAB"},
    ("cnbb-postmove", "PR4"): {"POST_REHAB"},
}


@dataclass
class World:
    """The law, the forms, and one actor who holds every office; a database a walk."""

    law: Law
    desk: PaperDesk
    everybody: Actor
    organizations: dict
    #: State -> (file of the database as the story left it there, dossier id, the moment).
    checkpoints: dict
    tried: dict = field(default_factory=dict)
    #: Every act that the diaries know, also those that came along.
    seen: set = field(default_factory=set)
    refused: int = 0


@pytest.fixture(scope="module")
def world(recording):
    """Take the story as it was played, with the latest moment of it at every checkpoint."""
    database = open_database(f"sqlite:///{recording.marks[0].database}")
    with database.reading() as session:
        everybody = holder_of_every_office(session)
        organizations = {}
        for body in session.query(Organization).order_by(Organization.code):
            organizations.setdefault(body.type, []).append(body.id)
    database.dispose()
    checkpoints = {
        mark.state: (mark.database, UUID(mark.dossier_id), mark.instant)
        for mark in recording.ends
        if mark.state in CHECKPOINTS
    }
    return World(recording.house.law, recording.house.desk, everybody, organizations, checkpoints)


def holder_of_every_office(session):
    """Return an actor with every office of the demonstration, the story's own first."""
    account = session.query(Account).filter_by(username="cax.truong.minhhoa").one()
    home = session.query(Organization).filter_by(code="CAX-99001").one()
    rows = session.query(Membership).all()
    offices = [Office(row.role, row.organization_id, row.organization.type, row.organization.name) for row in rows]
    offices.sort(key=lambda office: office.organization_id != home.id)
    return Actor(account.id, account.full_name, account.username, tuple(offices), "vi")


def stated(world, procedure, transition, chance, now):
    """Return fields for a move: mostly what lets it go on, sometimes anything."""
    fields = {}
    for name in transition.fields.all:
        fact = procedure.facts[name]
        if name not in transition.fields.required and chance.random() < 0.5:
            continue
        fields[name] = value_of(world, fact, chance, now)
    return fields


def value_of(world, fact, chance, now):
    """Return a random value of the fact's type."""
    match fact.type:
        case FactType.BOOL:
            excluding = fact.id.startswith("excl_") or fact.id in (
                "notice_refused",
                "left_for_home_remainder",
                "user_exempt_case",
            )
            return chance.random() < (0.1 if excluding else 0.9)
        case FactType.INT:
            return chance.choice([1, 2, 3, 24, 36])
        case FactType.ENUM:
            return chance.choice(fact.choices).id
        case FactType.DATE:
            return (now.astimezone(VIETNAM) - timedelta(days=chance.choice([0, 0, 0, 1, 5]))).date().isoformat()
        case FactType.DATETIME:
            return (now - timedelta(hours=chance.choice([0, 0, 1, 3]))).isoformat()
        case FactType.ORGANIZATION:
            return str(chance.choice(world.organizations.get(fact.org_type) or [uuid4()]))
        case _:
            return "nội dung giả định"


def file_papers(session, world, dossier, transition, at):
    """File a scan of one form of each set that the move rests on."""
    for forms in transition.requires:
        scan = BytesIO(demo_scan(forms[0]))
        upload = store_upload(
            world.desk.store, scan, filename="scan.pdf", declared_type="application/pdf", size_bytes_max=10_000
        )
        attach_scan(
            session, world.desk, dossier.id, forms[0], upload, expected_version=None, actor=world.everybody, at=at
        )


def interest(world, procedure, move):
    """Return the weight of a move: what was seldom tried, what the law lets happen, what does not end the walk."""
    transition = move.transition
    ends = transition.dest != "=" and procedure.states[transition.dest].terminal
    tried = world.tried.get((transition.trigger, transition.dest), 0)
    return (0.03 if ends else 1.0) * (5.0 if move.allowed else 1.0) / (1 + tried) ** 2


def check(session, dossier):
    """Assert what must hold after every step, whatever the step was."""
    assert dossier_problems(session, dossier) == []
    cover = custody_cover(session, dossier.id)
    assert all(before.to_at == after.from_at for before, after in pairwise(cover))
    assert cover[-1].to_at is None
    for interval in cover:
        if interval.kind in (Person.IN_FACILITY.value, Person.HELD_PENDING.value, Person.IN_TRANSIT.value):
            assert interval.instrument is not None
            assert interval.holder_id is not None
    running = [row.rule for row in limits_of(session, dossier.id) if row.state == "running"]
    assert len(running) == len(set(running))
    check_sides(session, dossier)
    parties = current_parties(session, dossier)
    assert len({party.body for party in parties.values()}) == len(parties)


def check_sides(session, dossier):
    """Assert that what runs beside the dossier says the same as the dossier itself."""
    open_ones = proceedings_of(session, dossier, open_only=True)
    standing = {(each.kind, each.state) for each in open_ones}
    kinds = [each.kind for each in open_ones if each.kind != "cnbb-hold"]
    assert len(kinds) == len(set(kinds))
    for where in standing & TOGETHER.keys():
        assert dossier.state in TOGETHER[where], where
    for state in ("FUNERAL_LEAVE", "HOSPITALISED", "SUSPENDED_ILL", "OUT_PROSECUTION", "POST_REHAB"):
        if dossier.state == state:
            assert any(state in TOGETHER.get(where, ()) or where[0] == "cnbb-postmove" for where in standing), state
    if {("cnbb-search", "SR1"), ("cnbb-search", "SR2")} & standing:
        assert dossier.state.startswith("ABSCONDED") or ("cnbb-hold", "HESC") in standing
    if dossier.state == "DIED":
        assert standing == set()


@pytest.mark.parametrize("seed", range(WALKS))
def test_wherever_a_dossier_goes_the_record_stays_true(world, seed, tmp_path):
    """Random acts, random times: fold, chain, custody cover and limits hold after each of them."""
    chance = random.Random(seed)
    start, dossier_id, now = world.checkpoints[CHECKPOINTS[seed % len(CHECKPOINTS)]]
    copy = tmp_path / "walk.sqlite"
    shutil.copy(start, copy)
    database, done = open_database(f"sqlite:///{copy}"), 0
    try:
        for _ in range(STEPS):
            now += timedelta(hours=chance.choices([0, 1, 3, 20, 26, 80, 300, 2000], [9, 6, 6, 4, 3, 2, 1, 0.5])[0])
            done += one_step(world, database, dossier_id, chance, now)
        with database.reading() as session:
            world.seen |= {(entry.kind, entry.trigger) for entry in diary_of(session, dossier_id)}
    finally:
        database.dispose()

    assert done >= 1


def one_step(world, database, dossier_id, chance, now):
    """Try a random possible move of the dossier or of a side machine; return 1 if it happened."""
    with database.transaction() as session:
        dossier = session.get(Dossier, dossier_id)
        machines = [None, *(each for each in proceedings_of(session, dossier, open_only=True))]
        machine = chance.choice(machines)
        sha256 = machine.procedure_sha256 if machine else dossier.procedure_sha256
        procedure = world.law.pinned(session, sha256)
        moves = possible_moves(session, world.law, dossier, world.everybody, at=now, proceeding=machine)
        moves = [move for move in moves if "SYSTEM" not in move.transition.actor]
        if not moves:
            return 0
        transition = chance.choices(moves, [interest(world, procedure, move) for move in moves])[0].transition
        file_papers(session, world, dossier, transition, now)
        machine_id = machine.id if machine else None
        fields = stated(world, procedure, transition, chance, now)
    form = MoveForm(transition.trigger, now, fields, overrides=dict.fromkeys(transition.guards, "lý do"))
    try:
        with database.transaction() as session:
            if machine_id is None:
                moved = move_dossier(
                    session, world.law, dossier_id, form, expected_version=None, actor=world.everybody, at=now
                )
            else:
                moved = run_proceeding(
                    session, world.law, machine_id, form, expected_version=None, actor=world.everybody, at=now
                )
            check(session, session.get(Dossier, dossier_id))
            key = (moved.decision.transition.trigger, moved.decision.transition.dest)
            world.tried[key] = world.tried.get(key, 0) + 1
            return 1
    except (MoveRefusedError, InvalidDataError) as refused:
        world.refused += len(refused.reasons)
        return 0


def test_a_refused_step_leaves_the_dossier_byte_for_byte(world, tmp_path):
    """Refusals change nothing: not the row, not the diary, not a limit."""
    start, dossier_id, now = world.checkpoints["DECIDING_TO_FILE"]
    copy = tmp_path / "refused.sqlite"
    shutil.copy(start, copy)
    database = open_database(f"sqlite:///{copy}")
    court = replace(world.everybody, offices=tuple(o for o in world.everybody.offices if o.role == "TANDKV"))
    try:
        before = dump(copy)
        for actor, refusal in ((world.everybody, MoveRefusedError), (court, NotFoundError)):
            with pytest.raises(refusal), database.transaction() as session:
                move_dossier(
                    session,
                    world.law,
                    dossier_id,
                    MoveForm("file_to_court"),
                    expected_version=None,
                    actor=actor,
                    at=now,
                )
        assert dump(copy) == before
    finally:
        database.dispose()


def dump(file):
    """Return the whole content of a database as SQL."""
    with closing(sqlite3.connect(file)) as connection:
        return list(connection.iterdump())


def test_the_walks_came_far(world):
    """Most moves of the law were made somewhere; a walk that goes nowhere would prove nothing."""
    main = world.law.in_force("cnbb-adult", date(2026, 11, 23))
    kinds = {act.starts_proceeding for act in main.transitions if act.starts_proceeding}
    sides = [world.law.in_force(kind, date(2026, 11, 23)) for kind in sorted(kinds)]
    everything = {("moved", act.trigger) for act in main.transitions}
    beside = {("proceeding", act.trigger) for side in sides for act in side.transitions}

    # The campaign goes everywhere; the short form of every run starts once from most checkpoints.
    main_floor, side_floor = (0.7, 0.7) if WALKS >= CAMPAIGN else (0.6, 0.4)
    assert len(world.seen & everything) >= main_floor * len(everything)
    assert len(world.seen & beside) >= side_floor * len(beside)
    assert len(kinds) == 11
