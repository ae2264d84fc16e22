"""A thousand dossiers of the old regime on the eve of the new law: each lands where Article 56 says, or with people.

The table below was written by hand from the articles and the open questions, not from the files of rules.
"""

import itertools
import os
import sqlite3
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from dossiers.errors import MoveRefusedError
from dossiers.files.models import Dossier
from dossiers.limits.models import Alarm
from dossiers.moves import migrate_edition
from dossiers.moves.models import MigrationItem
from tests.moves.migrating import FACILITY, FIRST, SECOND, THIRD, build_house
from tests.moves.populating import Organizations, Wanted, copies, lives, play
from tests.workflow.walking import shipped
from workflow.certificates import VIETNAM
from workflow.changeover_reading import CHANGEOVERS_FOLDER
from workflow.loader import PROCEDURES_FOLDER

OLD, NEW = "cnbb-adult@2025-07-01", "cnbb-adult@2026-07-01"
EVE = datetime(2026, 6, 30, 17, tzinfo=VIETNAM)
DAY = datetime(2026, 7, 1, 0, 5, tzinfo=VIETNAM)

#: kind of dossier | how many | edition after | state after | alarm that says why people must look
TABLE = """
DETECTED                      | 17 | 2026-07-01 | DETECTED          |
TESTED                        | 17 | 2025-07-01 | TESTED            | mid-step
USER_MANAGED                  | 17 | 2026-07-01 | USER_MANAGED      |
USER_MANAGED moving           | 17 | 2025-07-01 | USER_MANAGED      | T47
DETERMINATION_REQUESTED       | 17 | 2025-07-01 | DETERMINATION_REQUESTED | mid-step
NOT_ADDICT                    | 17 | 2025-07-01 | NOT_ADDICT        | mid-step
ADDICT                        | 17 | 2025-07-01 | ADDICT            | mid-step
VOLUNTARY waiting             | 17 | 2025-07-01 | VOLUNTARY         | voluntary-step
VOLUNTARY begun               | 17 | 2025-07-01 | VOLUNTARY         |
GROUND_MET                    | 17 | 2025-07-01 | GROUND_MET        | mid-step
DRAFTING                      | 17 | 2025-07-01 | DRAFTING          | mid-step
DOSSIER_READY                 | 17 | 2026-07-01 | DOSSIER_COMPLETE  |
NOTIFIED                      | 17 | 2025-07-01 | NOTIFIED          | mid-step
READING                       | 17 | 2025-07-01 | READING           | mid-step
READING_CLOSED                | 17 | 2025-07-01 | READING_CLOSED    | mid-step
SUBMITTED                     | 17 | 2026-07-01 | FILED             |
RETURNED_BY_COURT             | 17 | 2025-07-01 | RETURNED_BY_COURT | mid-step
ACCEPTED                      | 17 | 2026-07-01 | COURT_REVIEW      |
ACCEPTED held                 | 17 | 2026-07-01 | COURT_REVIEW      |
ACCEPTED hold ordered         | 17 | 2025-07-01 | ACCEPTED          | hold-ordered
ACCEPTED with family          | 17 | 2025-07-01 | ACCEPTED          | hold-family
ACCEPTED escaped              | 17 | 2025-07-01 | ACCEPTED          | hold-escaped
NEED_MORE                     | 17 | 2025-07-01 | NEED_MORE         | mid-step
SUSPENDED                     | 17 | 2025-07-01 | SUSPENDED         | court-stay
HEARING_SET                   | 17 | 2026-07-01 | HEARING           |
APPLIED                       | 17 | 2025-07-01 | APPLIED           | applied
UNDER_REVIEW                  | 17 | 2025-07-01 | UNDER_REVIEW      | appeal
AT_PROVINCIAL                 | 17 | 2025-07-01 | AT_PROVINCIAL     | appeal
EFFECTIVE                     | 17 | 2025-07-01 | EFFECTIVE         | effective
ENFORCEABLE                   | 17 | 2025-07-01 | ENFORCEABLE       | enforceable
POSTPONED                     | 17 | 2025-07-01 | POSTPONED         | postponed
ESCAPED_PRE                   | 17 | 2025-07-01 | ESCAPED_PRE       | escaped-before
IN_TRANSIT                    | 17 | 2025-07-01 | IN_TRANSIT        | in-transit
ADMITTED                      | 48 | 2025-07-01 | ADMITTED          |
ON_LEAVE                      | 17 | 2025-07-01 | ON_LEAVE          |
HOSPITAL                      | 17 | 2025-07-01 | HOSPITAL          |
OUT_FOR_PROCEEDINGS           | 17 | 2025-07-01 | OUT_FOR_PROCEEDINGS |
REVIEW_REQ                    | 17 | 2025-07-01 | REVIEW_REQ        |
REVIEW_REQ for a reduction    | 17 | 2025-07-01 | REVIEW_REQ        | reduction-pending
ESCAPED                       | 17 | 2025-07-01 | ESCAPED           |
SUSPENDED_CRIMINAL            | 17 | 2025-07-01 | SUSPENDED_CRIMINAL |
SUSPENDED_ILL                 | 17 | 2025-07-01 | SUSPENDED_ILL     |
COMPLETED                     | 17 | 2025-07-01 | COMPLETED         | after-step
COMPLETED compulsory          | 17 | 2025-07-01 | COMPLETED         | after-step
SOCIAL_PROTECTION             | 17 | 2025-07-01 | SOCIAL_PROTECTION | after-step
REPORTED                      | 17 | 2025-07-01 | REPORTED          | after-step
POST_DOSSIER                  | 17 | 2025-07-01 | POST_DOSSIER      | after-step
POST_REHAB                    | 17 | 2026-07-01 | POST_REHAB        |
CRIMINAL_TRANSFER             | 17 | 2026-07-01 | CRIMINAL_TRANSFER |
TERMINATED                    | 17 | 2025-07-01 | TERMINATED        |
NOT_APPLIED                   | 17 | 2025-07-01 | NOT_APPLIED       |
EXEMPTED                      | 17 | 2025-07-01 | EXEMPTED          |
EXEMPTED_REST                 | 17 | 2025-07-01 | EXEMPTED_REST     |
CLOSED                        | 17 | 2025-07-01 | CLOSED            |
DECEASED                      | 17 | 2025-07-01 | DECEASED          |
ABANDONED                     | 17 | 2025-07-01 | ABANDONED         |
RELAPSED                      | 17 | 2025-07-01 | RELAPSED          |
"""
CLOSED = {"TERMINATED", "NOT_APPLIED", "EXEMPTED", "EXEMPTED_REST", "CLOSED", "DECEASED", "ABANDONED", "RELAPSED"}
#: How many different lives a kind of dossier is made of; the others are copies of them.
LIVES = int(os.environ.get("HOSO_LIVES", "1"))
DAYS_AGO, WEEKS_AGO = (1, 3, 8, 12, 16, 30), (18, 22, 27, 35)
AT_COURT = {"ACCEPTED", "NEED_MORE", "SUSPENDED", "TERMINATED", "HEARING_SET", "APPLIED", "NOT_APPLIED", "UNDER_REVIEW"}
AT_COURT |= {"AT_PROVINCIAL", "EFFECTIVE", "ENFORCEABLE", "POSTPONED", "ESCAPED_PRE", "EXEMPTED"}
LONG_AGO = (300, 320, 340, 355)
REDUCED = ("ADMITTED", 200, "REVIEW_REQ", "!court_reduce")
IN_HOLD = ("ACCEPTED held", "ACCEPTED hold ordered", "ACCEPTED with family", "ACCEPTED escaped")
REDUCTION = {"relief_kind": "reduce"}


def runs(life, *names):
    """Say whether one of the limits runs."""
    return any(name in life.limits and life.limits[name].running for name in names)


def side(life):
    """Return where the open side machine stands; None when there is none."""
    return next((machine.state for machine in life.sides if machine.open), None)


def reducing(life):
    """Say whether a proposal to reduce the term waits for the court."""
    return life.facts.get("relief_pending") is True and life.facts.get("relief_kind") == "reduce"


def alone(life):
    """Say whether nothing but the state matters: no side machine, no reduction, nobody on the move."""
    return side(life) is None and not reducing(life) and not runs(life, "T47", "T04")


def order_interim(house, dossier_id, kind):
    """Put the person of a dossier into the interim management, as far as the kind says."""
    family = kind == "ACCEPTED with family"
    for form in ("A30", "A35", "A36", "A37"):
        house.paper(dossier_id, form, EVE)
    fields = {"family_agrees": True} if family else {"hold_facility": house.organizations[FACILITY]}
    place = "family" if family else "facility"
    house.act(dossier_id, "order_interim", EVE, hold_place=place, hold_reason="giả định", **fields)
    if kind == "ACCEPTED hold ordered":
        return
    matched = {"person_matched": True, "health_at_handover": "bình thường"}
    house.act(dossier_id, "handover_interim", EVE, side="cnbb-interim", **matched)
    if kind == "ACCEPTED escaped":
        house.act(dossier_id, "interim_escape_facility", EVE, side="cnbb-interim")


def wanted(kind):
    """Return how dossiers of a kind of the table come about."""
    state = kind.partition(" ")[0]
    special = {
        "USER_MANAGED moving": Wanted(state, lambda life: runs(life, "T47"), ("USER_MANAGED", "!report_move")),
        "DETERMINATION_REQUESTED": Wanted(state, lambda life: side(life) is None and not runs(life, "T47")),
        "VOLUNTARY waiting": Wanted(state, lambda life: runs(life, "T07", "T08")),
        "VOLUNTARY begun": Wanted(
            state,
            lambda life: not runs(life, "T07", "T08", "T47"),
            ("VOLUNTARY", "!decide_voluntary", "!start_voluntary"),
        ),
        "REVIEW_REQ for a reduction": Wanted(state, reducing, ("ADMITTED", 200), LONG_AGO, REDUCTION),
        "COMPLETED compulsory": Wanted(state, lambda life: "term_start" in life.facts, REDUCED, LONG_AGO, REDUCTION),
        "SOCIAL_PROTECTION": Wanted(state, alone, REDUCED, LONG_AGO, REDUCTION),
    }
    if kind == "ACCEPTED with family":
        return Wanted(state, lambda life: alone(life) and life.facts.get("residence_stable") is True, days=WEEKS_AGO)
    return special.get(kind, Wanted(state, alone, days=WEEKS_AGO if state in AT_COURT else DAYS_AGO))


def rows():
    """Return the table: kind -> (how many, edition and state after, alarm or None)."""
    read = [[cell.strip() for cell in line.split("|")] for line in TABLE.strip().splitlines()]
    return {kind: (int(many), (edition, state), alarm or None) for kind, many, edition, state, alarm in read}


def populate(house, kinds, *, scale):
    """Fill a house with dossiers of the kinds, one in `scale` of the table's; return the kind of each dossier."""
    with house.database.reading() as session:
        organizations = Organizations(session)
    made, numbers = {}, itertools.count(1)
    for kind in kinds:
        many = max(1, rows()[kind][0] // scale)
        played = []
        for life in lives(shipped(), OLD, wanted(kind), organizations, EVE, DAY):
            try:
                played.append(play(house, life, organizations))
            except MoveRefusedError:
                continue
            if kind in IN_HOLD:
                order_interim(house, played[-1], kind)
            if len(played) == min(LIVES, many):
                break
        assert len(played) == min(LIVES, many), kind
        share = [many // len(played) - 1 + (place < many % len(played)) for place in range(len(played))]
        assert house.problems(played) == [], kind
        for original, copied in zip(played, share, strict=True):
            for dossier_id in (original, *copies(house, original, copied, numbers)):
                made[dossier_id] = kind
    return made


def migrate(house, at):
    """Propose, approve and apply; return the plan, the dossiers in it and what was done."""
    crossing = migrate_edition.crossing_between(house.book.crossings, OLD, NEW)
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Điều 56", at=at).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=at)
        planned = set(session.scalars(select(MigrationItem.dossier_id).where(MigrationItem.plan_id == plan_id)))
    return plan_id, planned, migrate_edition.apply_plan(house.database, house.book, plan_id, at=at)


def landed(house):
    """Return where every dossier stands now, with the codes of its standing alarms about editions."""
    with house.database.reading() as session:
        states = {row.id: (row.edition, row.state) for row in session.scalars(select(Dossier))}
        standing = select(Alarm.dossier_id, Alarm.code).where(
            Alarm.resolved_at.is_(None), Alarm.code.like("CHANGEOVER.%")
        )
        codes = {}
        for dossier_id, code in session.execute(standing):
            codes.setdefault(dossier_id, []).append(code.removeprefix("CHANGEOVER."))
        return {dossier_id: (*state, codes.get(dossier_id, [])) for dossier_id, state in states.items()}


def successors(house):
    """Return the dossiers that a relapse opened: they stand where a ground is found."""
    with house.database.reading() as session:
        return set(session.scalars(select(Dossier.id).where(Dossier.predecessor_id.is_not(None))))


def raw(file):
    """Return the bytes of every row that follows from the diary, but for the version and the head of the chain."""
    tables = ("dossier", "dossier_party", "proceeding", "deadline", "alarm", "custody_interval", "paper")
    found = {}
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        for table in tables:
            for row in connection.execute(f"select * from {table}"):  # noqa: S608 - names of our own
                kept = {name: row[name] for name in row.keys() if name not in ("version", "head_hash")}  # noqa: SIM118
                found[table, row["id"]] = kept
    return found


def check(house, made, *, counted):
    """Assert that every dossier landed as the table says, and that the totals by state are those of the table."""
    now = landed(house)
    for dossier_id, kind in made.items():
        _, state, alarm = rows()[kind]
        assert now[dossier_id] == (*state, [alarm] if alarm else []), kind
    totals = Counter(now[dossier_id][:2] for dossier_id in made)
    if counted:
        by_hand = Counter()
        for many, state, _ in rows().values():
            by_hand[state] += many
        assert totals == by_hand
        assert totals.total() == 1000


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_dossiers_of_every_state_land_where_the_law_says_and_come_back_byte_for_byte(tmp_path):
    """Populate, migrate, hold every dossier against the table written by hand, take it all back.

    HOSO_DOSSIERS=1000 takes the whole table; every run takes all its kinds, a tenth as often.
    """
    scale = 1000 // int(os.environ.get("HOSO_DOSSIERS", "100"))
    file = tmp_path / "thousand.sqlite"
    house = build_house(
        f"sqlite:///{file}", tmp_path / "papers", PROCEDURES_FOLDER, CHANGEOVERS_FOLDER, EVE - timedelta(360)
    )
    made = populate(house, rows(), scale=scale)
    open_ones = {dossier_id for dossier_id, kind in made.items() if kind not in CLOSED}
    open_ones |= successors(house)
    before = raw(file)

    plan_id, planned, done = migrate(house, DAY)

    assert {each.outcome for each in done} == {"applied"}
    assert planned == open_ones
    assert len(done) == len(open_ones)
    check(house, made, counted=scale == 1)
    assert house.problems(made) == []
    assert raw(file) != before

    taken_back = migrate_edition.undo_plan(
        house.database, plan_id, by=SECOND, approved_by=THIRD, reason="Thử thu hồi", at=DAY + timedelta(hours=1)
    )

    assert {each.outcome for each in taken_back} == {"undone"}
    assert raw(file) == before
    assert house.problems(made) == []
    house.database.dispose()


#: One kind of each way: nothing begun, half done, decided on, at the court with a hold, serving, completed.
SOME = (
    "DETECTED",
    "DOSSIER_READY",
    "READING",
    "ACCEPTED held",
    "APPLIED",
    "ADMITTED",
    "COMPLETED",
    "POST_REHAB",
    "CLOSED",
)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def test_both_engines_carry_the_same_dossiers_over_and_back(engine, tmp_path, request):
    """A smaller run, with a worker that lets time act between the change and its undoing."""
    url = f"sqlite:///{tmp_path / 'some.sqlite'}"
    if engine == "postgresql":
        url = request.getfixturevalue("fresh_postgres_database")(None)
    house = build_house(url, tmp_path / "papers", PROCEDURES_FOLDER, CHANGEOVERS_FOLDER, EVE - timedelta(360))
    made = populate(house, SOME, scale=8)
    before = {dossier_id: house.rows(dossier_id) for dossier_id in made}

    plan_id, _, _ = migrate(house, DAY)

    check(house, made, counted=False)
    assert house.problems(made) == []
    undo = {"by": SECOND, "approved_by": THIRD, "reason": "Thử thu hồi"}
    assert all(each.outcome == "undone" for each in migrate_edition.undo_plan(house.database, plan_id, **undo, at=DAY))
    assert {dossier_id: house.rows(dossier_id) for dossier_id in made} == before
    assert house.problems(made) == []
    house.database.dispose()
