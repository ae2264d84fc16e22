"""The change of edition of open dossiers: planned, approved by two, applied once, recorded, taken back to the byte."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from dossiers.errors import InvalidDataError, MoveRefusedError, NotFoundError
from dossiers.evidence.diary import diary_of
from dossiers.evidence.folding import chain_problems, fold
from dossiers.files.models import Dossier
from dossiers.files.operations import current_parties
from dossiers.limits.models import Alarm, Deadline
from dossiers.limits.queries import limits_of, standing_alarms
from dossiers.moves import migrate_edition
from dossiers.moves.acknowledge import acknowledge_alarm
from dossiers.moves.advance import advance_all
from dossiers.moves.models import MigrationItem, MigrationPlan
from dossiers.moves.outlooks import choices_of
from dossiers.policies import decide_policy
from tests.moves.migrating import COURT, FACILITY, FIRST, SECOND, THIRD, build_house
from workflow.certificates import VIETNAM
from workflow.changeover import Way

FOLDER = Path(__file__).parents[1] / "workflow" / "changeovers"
KEYS = "small@2025-07-01", "small@2026-07-01"
OPENED = datetime(2026, 6, 8, 9, tzinfo=VIETNAM)
EVE = datetime(2026, 6, 30, 10, tzinfo=VIETNAM)
DAY = datetime(2026, 7, 1, 8, tzinfo=VIETNAM)
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]


@pytest.fixture(params=["sqlite"])
def house(request, tmp_path):
    """A house under the two small editions."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'house.sqlite'}"
    else:
        url = request.getfixturevalue("fresh_postgres_database")(None)
    house = build_house(url, tmp_path / "papers", FOLDER, FOLDER / "rules", OPENED)
    yield house
    house.database.dispose()


@pytest.fixture
def crossing(house):
    """The rules between the two small editions."""
    return migrate_edition.crossing_between(house.book.crossings, *KEYS)


def in_making(house, at=OPENED) -> UUID:
    """A dossier that is being made, its limit running."""
    dossier_id = house.open(at)
    house.act(dossier_id, "begin", at, ground="A1", old_note="ghi chú")
    return dossier_id


def in_reading(house, at=datetime(2026, 6, 29, 9, tzinfo=VIETNAM)) -> UUID:
    """A dossier that is being read: three working days from the receipt."""
    dossier_id = in_making(house)
    house.paper(dossier_id, "A27", at)
    house.act(dossier_id, "notify", at)
    return dossier_id


def sent(house) -> UUID:
    """A dossier at the court."""
    dossier_id = in_reading(house, OPENED + timedelta(hours=1))
    house.act(dossier_id, "send", EVE - timedelta(days=2), court_id=house.organizations[COURT])
    return dossier_id


def decided(house) -> UUID:
    """A dossier with a decision that nobody has carried out."""
    dossier_id = sent(house)
    house.act(dossier_id, "decide", EVE - timedelta(days=1), months=18)
    return dossier_id


def inside(house, at=EVE - timedelta(hours=2)) -> UUID:
    """A dossier of somebody who serves."""
    dossier_id = decided(house)
    facility, day = house.organizations[FACILITY], at.date().isoformat()
    house.act(dossier_id, "admit", at, facility_id=facility, came_in_on=day)
    return dossier_id


def done(house) -> UUID:
    """A dossier of somebody who has served."""
    dossier_id = inside(house)
    house.paper(dossier_id, "A46", EVE)
    house.act(dossier_id, "complete", EVE)
    return dossier_id


def held(house) -> UUID:
    """A dossier in reading, its person held in a facility."""
    dossier_id = in_reading(house)
    at = EVE - timedelta(hours=3)
    house.act(dossier_id, "order_hold", at, facility_id=house.organizations[FACILITY])
    house.act(dossier_id, "hand_over", at + timedelta(hours=1), side="small-hold")
    return dossier_id


def migrate(house, crossing, at=DAY) -> tuple[UUID, list]:
    """Propose, approve and apply; return the plan and what was done."""
    with house.database.transaction() as session:
        plan = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới có hiệu lực", at=at)
        plan_id = plan.id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=at)
    return plan_id, migrate_edition.apply_plan(house.database, house.book, plan_id, at=at)


def undo(house, plan_id, at=DAY + timedelta(hours=1)) -> list:
    """Take a plan back."""
    return migrate_edition.undo_plan(house.database, plan_id, by=SECOND, approved_by=THIRD, reason="Nhầm", at=at)


def look(house, crossing, at=DAY) -> dict:
    """Return the outlook of every dossier, by id."""
    with house.database.reading() as session:
        return {each.dossier_id: each for each in migrate_edition.outlooks(session, house.book, crossing, at=at)}


def running(house, dossier_id) -> dict[str, datetime | None]:
    """Return the running limits of a dossier with their ends."""
    with house.database.reading() as session:
        return {row.rule: row.due_at for row in limits_of(session, dossier_id) if row.state == "running"}


def alarms(house, dossier_id) -> list[str]:
    """Return the codes of the standing alarms."""
    with house.database.reading() as session:
        return [alarm.code for alarm in standing_alarms(session, dossier_id)]


def entries(house, dossier_id) -> list:
    """Return the diary."""
    with house.database.reading() as session:
        return diary_of(session, dossier_id)


# --- What happens to a dossier --------------------------------------------------------------------------------


@pytest.mark.parametrize("house", BOTH, indirect=True)
def test_every_dossier_lands_where_its_rule_says_and_back_again(house, crossing):
    """One dossier of each kind: plan, apply, verify, take back; the rows are then what they were, to the byte."""
    made = {make.__name__: make(house) for make in (in_making, in_reading, sent, decided, inside, done, held)}
    before = {name: house.rows(dossier_id) for name, dossier_id in made.items()}
    assert house.problems() == []

    plan_id, results = migrate(house, crossing)

    assert {result.outcome for result in results} == {"applied"}
    assert {name: house.state(dossier_id) for name, dossier_id in made.items()} == {
        "in_making": ("2025-07-01", "MAKING"),
        "in_reading": ("2026-07-01", "WINDOW"),
        "sent": ("2026-07-01", "FILED"),
        "decided": ("2025-07-01", "DECIDED"),
        "inside": ("2025-07-01", "INSIDE"),
        "done": ("2026-07-01", "COMPLETED"),
        "held": ("2026-07-01", "WINDOW"),
    }
    assert house.problems() == []
    assert [alarms(house, made[name]) for name in ("in_making", "decided", "inside")] == [
        ["CHANGEOVER.making-review"],
        ["CHANGEOVER.decided"],
        [],
    ]

    assert {result.outcome for result in undo(house, plan_id)} == {"undone"}

    assert {name: house.rows(dossier_id) for name, dossier_id in made.items()} == before
    assert house.problems() == []
    for dossier_id in made.values():
        diary = entries(house, dossier_id)
        assert [entry.kind for entry in diary[-2:]] == ["changeover", "changeover_undone"]
        assert chain_problems(diary) == []


def test_a_switch_takes_limits_facts_places_and_the_side_machine_along(house, crossing):
    """The end of a running limit does not move; the person is held by the same body under the same title."""
    dossier_id = held(house)
    ends = running(house, dossier_id)
    custody = house.rows(dossier_id)["custody_interval"]

    migrate(house, crossing)

    assert running(house, dossier_id) == {"T-READ3": ends["T-READ"], "T-HOLD": None}
    with house.database.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        assert dossier.facts["ground"] == "a"
        assert "old_note" not in dossier.facts
        assert dossier.facts["hold_periods"] == [["2026-06-30", None]]
        places = {body: str(party.organization_id) for body, party in current_parties(session, dossier).items()}
        assert places == {"CAX": house.organizations["CAX-99001"], "CSCN": house.organizations[FACILITY]}
        (machine,) = dossier.proceedings
        assert (machine.edition, machine.state) == ("2026-07-01", "HELD")
        certificates = {row.rule: row.certificate["hash"] for row in limits_of(session, dossier_id) if row.certificate}
    assert certificates["T-READ"] == certificates["T-READ3"]
    assert house.rows(dossier_id)["custody_interval"] == custody
    house.act(dossier_id, "end_hold", DAY + timedelta(hours=2), side="small-hold")
    assert house.problems() == []


def test_the_new_edition_goes_on_from_there(house, crossing):
    """Time ends the window by the old day, the old papers count, the new ones are asked for."""
    dossier_id = in_reading(house)
    (end,) = [due for rule, due in running(house, dossier_id).items() if rule == "T-READ"]
    migrate(house, crossing)

    assert advance_all(house.database, house.book.law, at=end + timedelta(minutes=1)) == 1
    at = end + timedelta(hours=1)
    court = house.organizations[COURT]
    with pytest.raises(MoveRefusedError) as refused:
        house.act(dossier_id, "file", at, court_id=court)
    assert [reason.clause for reason in refused.value.reasons] == ["V36"]
    house.paper(dossier_id, "V36", at)
    house.act(dossier_id, "file", at, court_id=court)

    assert house.state(dossier_id) == ("2026-07-01", "FILED")
    assert house.problems() == []


def test_papers_of_the_old_edition_stand_for_those_of_the_new_one(house, crossing):
    """A record made in its time is a record; an act of the new edition does not ask for it again."""
    dossier_id = in_making(house)
    for form in ("A27", "A30"):
        house.paper(dossier_id, form, EVE)
    with house.database.transaction() as session:
        law = house.book.law.policies
        decide_policy(session, law, "POL-MID-STEP", "restart", decided_by="Giám đốc", reason="Không ai thiệt", at=EVE)
    assert look(house, crossing)[dossier_id].way is Way.SWITCHES
    migrate(house, crossing)

    house.act(dossier_id, "notify", DAY + timedelta(hours=1))

    assert house.state(dossier_id) == ("2026-07-01", "WINDOW")
    assert house.problems() == []


def test_a_restarted_limit_counts_from_the_change_and_the_plan_says_by_how_much_it_moves(house, crossing):
    """Five working days from before become one working day from now."""
    dossier_id = in_making(house, datetime(2026, 6, 29, 9, tzinfo=VIETNAM))
    with house.database.transaction() as session:
        law = house.book.law.policies
        decide_policy(session, law, "POL-MID-STEP", "restart", decided_by="Giám đốc", reason="Không ai thiệt", at=EVE)

    (change,) = look(house, crossing)[dossier_id].limits
    migrate(house, crossing)

    assert (change.fate, change.old, change.new) == ("restarted", "T-MAKE", "T-MAKE1")
    assert (change.old_due, change.new_due) == (
        datetime(2026, 7, 7, tzinfo=VIETNAM).astimezone(UTC),
        datetime(2026, 7, 3, tzinfo=VIETNAM).astimezone(UTC),
    )
    assert running(house, dossier_id) == {"T-MAKE1": change.new_due}
    assert house.problems() == []


def test_looking_ahead_writes_nothing_and_names_what_would_be_missing(house, crossing, tmp_path):
    """A look costs nothing and says everything."""
    dossier_id = in_reading(house)
    with closing(sqlite3.connect(tmp_path / "house.sqlite")) as connection:
        before = list(connection.iterdump())

    seen = look(house, crossing)[dossier_id]

    assert (seen.way, seen.landing, seen.landed.missing) == (Way.SWITCHES, "WINDOW", (("V33",),))
    assert seen.landed.left_behind == ("old_note",)
    with closing(sqlite3.connect(tmp_path / "house.sqlite")) as connection:
        assert list(connection.iterdump()) == before


def test_who_completes_later_follows_with_a_later_plan(house, crossing):
    """Who stays serves the old term under the old edition; what comes after it is under the new law."""
    dossier_id = inside(house)
    migrate(house, crossing)
    assert entries(house, dossier_id)[-1].payload["basis"] == "Luật thử Điều 56.1"
    later = datetime(2026, 11, 2, 9, tzinfo=VIETNAM)
    house.paper(dossier_id, "V50", later)
    house.act(dossier_id, "complete", later)
    assert alarms(house, dossier_id) == []

    migrate(house, crossing, at=later + timedelta(hours=1))

    assert house.state(dossier_id) == ("2026-07-01", "COMPLETED")
    assert running(house, dossier_id)["T-AFTER"] == datetime(2028, 11, 3, tzinfo=VIETNAM).astimezone(UTC)
    assert house.problems() == []


# --- Two people -----------------------------------------------------------------------------------------------


def test_one_person_is_not_two(house, crossing):
    """Neither the same account, nor another account of the same name, nor one without an office."""
    in_reading(house)
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=DAY).id
        session.execute(
            Deadline.metadata.tables["account"]
            .update()
            .values(full_name="Nghiêm Văn  QUẢN")
            .where(Deadline.metadata.tables["account"].c.username == THIRD)
        )
    for somebody, code in ((FIRST, "ONE_PERSON"), (THIRD, "ONE_PERSON"), ("nobody", "NO_ACCOUNT")):
        with pytest.raises(InvalidDataError) as refused, house.database.transaction() as session:
            migrate_edition.approve(session, plan_id, by=somebody, at=DAY)
        assert [reason.guard for reason in refused.value.reasons] == [code]
    with pytest.raises(InvalidDataError):
        migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=DAY)
    with pytest.raises(InvalidDataError):
        migrate_edition.undo_plan(house.database, plan_id, by=FIRST, approved_by=THIRD, reason="Nhầm", at=DAY)


def test_nothing_is_written_before_the_day_nor_without_a_reason(house, crossing):
    """A plan may be made on the eve; it is carried out when the law is in force."""
    dossier_id = in_reading(house)
    with pytest.raises(InvalidDataError), house.database.transaction() as session:
        migrate_edition.propose(session, house.book, crossing, by=FIRST, reason=" ", at=EVE)
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=EVE).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=EVE)
    with pytest.raises(InvalidDataError):
        migrate_edition.apply_plan(house.database, house.book, plan_id, at=EVE)
    assert house.state(dossier_id) == ("2025-07-01", "READING")

    (result,) = migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert result.outcome == "applied"
    entry = entries(house, dossier_id)[-1]
    assert (entry.payload["proposed_by"], entry.payload["approved_by"]) == people(house)
    assert entry.payload["note"] == "Luật mới"


def people(house) -> tuple[str, str]:
    """Return the ids of the two who stand behind the plans of these tests."""
    with house.database.reading() as session:
        account = Deadline.metadata.tables["account"]
        ids = dict(session.execute(select(account.c.username, account.c.id)).all())
    return str(ids[FIRST]), str(ids[SECOND])


def test_a_plan_rests_on_the_rules_it_was_made_by(house, crossing):
    """Other rules, or another content of the new edition: propose again."""
    in_reading(house)
    with house.database.transaction() as session:
        plan = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=DAY)
        plan.rules_sha256, plan_id = "0" * 64, plan.id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=DAY)
    with pytest.raises(InvalidDataError) as refused:
        migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)
    assert [reason.guard for reason in refused.value.reasons] == ["OTHER_RULES"]


# --- Meanwhile ------------------------------------------------------------------------------------------------


def test_a_dossier_that_moved_since_is_left_alone_and_reported(house, crossing):
    """It was approved for what it was; what it is now is planned anew."""
    moved, other = in_reading(house), in_reading(house)
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=EVE).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=EVE)
    house.act(moved, "order_hold", EVE, facility_id=house.organizations[FACILITY])

    results = migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert sorted(result.outcome for result in results) == ["applied", "changed"]
    assert house.state(moved) == ("2025-07-01", "READING")
    assert house.state(other) == ("2026-07-01", "WINDOW")
    (told,) = [result.note for result in results if result.outcome == "changed"]
    assert told.startswith("version 6, planned at 4")
    migrate(house, crossing)
    assert house.state(moved) == ("2026-07-01", "WINDOW")


def test_time_acts_before_the_change(house, crossing):
    """A window that ended in the night has ended; the dossier is not where it was planned to be."""
    dossier_id = in_reading(house, datetime(2026, 6, 25, 9, tzinfo=VIETNAM))
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=EVE).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=EVE)

    (result,) = migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert result.outcome == "changed"
    assert house.state(dossier_id) == ("2025-07-01", "READ")


def test_another_answer_of_the_rules_is_reported_too(house, crossing):
    """A policy was decided between the approval and the run."""
    dossier_id = in_making(house)
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=EVE).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=EVE)
    with house.database.transaction() as session:
        law = house.book.law.policies
        decide_policy(session, law, "POL-MID-STEP", "restart", decided_by="Giám đốc", reason="Không ai thiệt", at=EVE)

    (result,) = migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert (result.outcome, result.note) == (
        "changed",
        "now: switches making-restart BUILDING; planned: review making-review MAKING",
    )
    assert house.state(dossier_id) == ("2025-07-01", "MAKING")


def test_a_run_that_broke_off_goes_on_and_a_run_that_ended_does_nothing(house, crossing, monkeypatch):
    """Each dossier is a unit of work: what was done stays done, and is not done twice."""
    ids = [in_reading(house) for _ in range(4)]
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Luật mới", at=DAY).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=DAY)
    change, calls = migrate_edition.change_edition, []

    def break_off(*args, **options):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return change(*args, **options)

    monkeypatch.setattr(migrate_edition, "change_edition", break_off)
    with pytest.raises(KeyboardInterrupt):
        migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)
    monkeypatch.setattr(migrate_edition, "change_edition", change)

    assert [house.state(each)[0] for each in ids].count("2026-07-01") == 2
    assert len(migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)) == 2
    assert [house.state(each)[0] for each in ids].count("2026-07-01") == 4
    assert migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY) == []
    assert all(len(entries(house, each)) == 5 for each in ids)


def test_what_the_diary_says_already_is_not_planned_again(house, crossing):
    """Neither a dossier that stays nor one in review gets the same word twice."""
    in_making(house), inside(house)
    migrate(house, crossing)

    with pytest.raises(InvalidDataError) as refused, house.database.transaction() as session:
        migrate_edition.propose(session, house.book, crossing, by=FIRST, reason="Lần nữa", at=DAY)
    assert [reason.guard for reason in refused.value.reasons] == ["NOTHING_TO_DO"]
    assert all(each.noted for each in look(house, crossing).values())


# --- Taking back ----------------------------------------------------------------------------------------------


def test_a_dossier_that_has_acted_since_is_not_taken_back(house, crossing):
    """What an officer did under the new edition stands; the others go back."""
    acted, other = in_reading(house), in_reading(house)
    plan_id, _ = migrate(house, crossing)
    house.act(acted, "order_hold", DAY, facility_id=house.organizations[FACILITY])

    results = {result.number: result for result in undo(house, plan_id)}

    assert house.state(acted) == ("2026-07-01", "WINDOW")
    assert house.state(other) == ("2025-07-01", "READING")
    (left,) = [result for result in results.values() if result.outcome == "applied"]
    assert left.note == "not taken back: entry 5 was followed by 2 more"
    assert house.problems() == []


def test_what_time_did_to_the_new_limits_goes_back_with_them(house, crossing):
    """A limit ran out meanwhile and raised its alarm: neither is left behind."""
    dossier_id = sent(house)
    before = house.rows(dossier_id)
    plan_id, _ = migrate(house, crossing)
    advance_all(house.database, house.book.law, at=DAY + timedelta(days=60))

    undo(house, plan_id)

    assert house.rows(dossier_id) == before
    assert house.problems() == []


def test_a_plan_may_follow_one_that_was_taken_back(house, crossing):
    """The diary keeps all three words, and folds to the last."""
    dossier_id = held(house)
    first, _ = migrate(house, crossing)
    undo(house, first)
    migrate(house, crossing, at=DAY + timedelta(hours=2))

    assert house.state(dossier_id) == ("2026-07-01", "WINDOW")
    assert house.problems() == []
    folded = fold(entries(house, dossier_id))
    assert folded.pins.keys() == {"", "small-hold/1"}
    assert undo(house, first) == []


def test_a_row_that_was_changed_by_hand_is_found_out(house, crossing):
    """The edition a dossier is under stands in its diary too."""
    dossier_id = in_reading(house)
    migrate(house, crossing)
    old = crossing.old.sha256
    with house.database.transaction() as session:
        session.get_one(Dossier, dossier_id).procedure_sha256 = old

    assert house.problems([dossier_id]) == ["editions: the rows are not the fold"]


# --- Review ---------------------------------------------------------------------------------------------------


def test_two_people_decide_what_the_rules_leave_open(house, crossing):
    """The alarm says what to do; the decision ends it, and is recorded like any other change."""
    dossier_id = decided(house)
    migrate(house, crossing)
    with house.database.reading() as session:
        number = session.get_one(Dossier, dossier_id).number
        (alarm,) = standing_alarms(session, dossier_id)
        assert alarm.text_vi == "Quyết định cũ chưa thi hành. Xác nhận bằng tay: hai người quyết định."
        alarm_id = alarm.id
        dossier = session.get_one(Dossier, dossier_id)
        assert choices_of(session, house.book, crossing, dossier, at=DAY) == ["TO_GO"]
    with pytest.raises(InvalidDataError) as refused, house.database.transaction() as session:
        acknowledge_alarm(session, alarm_id, "đã xem", expected_version=None, actor=house.everybody, at=DAY)
    assert [reason.guard for reason in refused.value.reasons] == ["DECIDE_FIRST"]
    for choice in ("stay", "SERVING"):
        with pytest.raises(InvalidDataError), house.database.transaction() as session:
            migrate_edition.propose_decision(
                session, house.book, crossing, number, choice, by=FIRST, reason="Xét", at=DAY
            )
    with house.database.transaction() as session:
        plan_id = migrate_edition.propose_decision(
            session, house.book, crossing, number, "TO_GO", by=FIRST, reason="Đã xác nhận", at=DAY
        ).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=DAY)

    (result,) = migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert result.outcome == "applied"
    assert house.state(dossier_id) == ("2026-07-01", "TO_GO")
    assert alarms(house, dossier_id) == []
    assert house.problems() == []
    undo(house, plan_id)
    assert alarms(house, dossier_id) == ["CHANGEOVER.decided"]
    assert house.problems() == []


def test_people_may_leave_a_dossier_where_it_is_if_the_rule_says_so(house, crossing):
    """The step goes on under the old edition, by decision."""
    dossier_id = in_making(house)
    migrate(house, crossing)
    with house.database.transaction() as session:
        dossier = session.get_one(Dossier, dossier_id)
        number = dossier.number
        assert choices_of(session, house.book, crossing, dossier, at=DAY) == ["stay", "BUILDING"]
        plan_id = migrate_edition.propose_decision(
            session, house.book, crossing, number, "stay", by=FIRST, reason="Bước sắp xong", at=DAY
        ).id
    with house.database.transaction() as session:
        migrate_edition.approve(session, plan_id, by=SECOND, at=DAY)
    migrate_edition.apply_plan(house.database, house.book, plan_id, at=DAY)

    assert house.state(dossier_id) == ("2025-07-01", "MAKING")
    assert alarms(house, dossier_id) == []
    assert entries(house, dossier_id)[-1].payload["decision"] == "stay"
    assert house.problems() == []


def test_a_side_machine_that_cannot_go_on_holds_its_dossier_for_review(house, crossing):
    """The new law knows no hold with the family: people decide, the act of today stays possible."""
    dossier_id = in_reading(house)
    at = EVE - timedelta(hours=3)
    house.act(dossier_id, "order_hold", at, facility_id=house.organizations[FACILITY])
    house.act(dossier_id, "to_family", at + timedelta(hours=1), side="small-hold")

    migrate(house, crossing)

    assert house.state(dossier_id) == ("2025-07-01", "READING")
    assert alarms(house, dossier_id) == ["CHANGEOVER.hold-family"]
    with house.database.reading() as session:
        dossier = session.get_one(Dossier, dossier_id)
        assert choices_of(session, house.book, crossing, dossier, at=DAY) == []
    house.act(dossier_id, "end_hold", DAY, side="small-hold")
    migrate(house, crossing, at=DAY + timedelta(hours=1))
    assert house.state(dossier_id) == ("2026-07-01", "WINDOW")
    assert alarms(house, dossier_id) == []
    assert house.problems() == []


def test_there_is_no_way_between_editions_nobody_wrote_rules_for(house):
    """And no plan of which nobody has heard."""
    with pytest.raises(NotFoundError):
        migrate_edition.crossing_between(house.book.crossings, KEYS[1], KEYS[0])
    with pytest.raises(NotFoundError), house.database.transaction() as session:
        migrate_edition.approve(session, UUID(int=1), by=FIRST, at=DAY)
    with house.database.reading() as session:
        assert session.scalars(select(MigrationPlan)).all() == []
        assert session.scalars(select(MigrationItem)).all() == []
        assert session.scalars(select(Alarm)).all() == []
