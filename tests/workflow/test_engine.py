"""What the engine decides, on a small procedure that has one of everything."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workflow.calendar import load_calendar
from workflow.certificates import VIETNAM
from workflow.engine import Act, Actor, Engine
from workflow.loader import load_procedure
from workflow.predicates import OpenLimit, Situation
from workflow.refusals import MoveRefusedError
from workflow.vocabulary import Effect

SMALL = Path(__file__).with_name("small_procedure.toml")
NOW = datetime(2026, 8, 6, 9, tzinfo=VIETNAM)
HEAD = Actor(frozenset({"CAX_HEAD"}))
JUDGE = Actor(frozenset({"JUDGE"}))
COURT = "11111111-1111-4111-8111-111111111111"
ADULT = {"subject_born_on": "1999-01-01"}


@pytest.fixture(scope="module")
def engine():
    """The engine of the small procedure."""
    return Engine(load_procedure(SMALL, policies={}), load_calendar())


def situation(state="DRAFT", facts=None, papers=(), limits=None, at=NOW, last=None):
    """Return a situation with an adult subject."""
    return Situation(
        state=state,
        facts={**ADULT, **(facts or {})},
        occurred_at=at,
        papers=frozenset(papers),
        unused_papers=frozenset(papers),
        limits=limits or {},
        last_act_at=last,
    )


def reasons(caught):
    """Return the names of the reasons of a refusal."""
    return [reason.guard for reason in caught.value.reasons]


def test_an_allowed_act_moves_on_and_starts_its_limit(engine):
    """The limit counts from the day of receipt, not from the day of the entry."""
    decision = engine.decide(situation(papers=["V37"]), Act("serve", {"received_on": "2026-08-06"}, NOW), HEAD)

    assert decision.state.id == "READING"
    (start,) = decision.effects.started
    assert start.due_at == datetime(2026, 8, 12, tzinfo=VIETNAM)
    assert decision.effects.facts["reading_ended_on"] == "2026-08-11"


def test_the_limit_after_the_reading_counts_from_its_last_day(engine):
    """Reading 7, 10, 11 August: the file is due on the 12th, whenever the clock noticed."""
    limits = {"T-READ": OpenLimit(NOW, datetime(2026, 8, 12, tzinfo=VIETNAM))}
    decision = engine.decide(
        situation(
            "READING", {"reading_ended_on": "2026-08-11"}, limits=limits, at=datetime(2026, 8, 12, tzinfo=VIETNAM)
        ),
        Act("reading_ended", {}, datetime(2026, 8, 12, 3, tzinfo=VIETNAM)),
        Actor(frozenset({"SYSTEM"})),
    )

    (start,) = decision.effects.started
    assert start.due_at == datetime(2026, 8, 13, tzinfo=VIETNAM)
    assert [(stop.limit_id, stop.late) for stop in decision.effects.stopped] == [("T-READ", False)]


def test_a_refusal_names_every_reason_at_once(engine):
    """State, office, papers, fields, guards and dates together."""
    wanted = situation("DRAFT", {"subject_born_on": "2010-02-14"}, at=datetime(2026, 8, 7, tzinfo=VIETNAM))
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(wanted, Act("file", {"pregnant": True, "odd": 1}, NOW), Actor(frozenset({"JUDGE"})))

    expected = "UNKNOWN_FIELD MISSING_FIELD WRONG_STATE WRONG_ROLE DATE_IN_FUTURE MISSING_PAPER G-AGE G-EXCL G-READ"
    assert set(reasons(caught)) == set(expected.split())
    assert [r.clause for r in caught.value.reasons if r.guard == "G-EXCL"] == ["pregnant", "limitation"]
    assert all(reason.basis for reason in caught.value.reasons if reason.guard.startswith("G-"))


def test_an_office_held_in_another_body_is_not_enough(engine):
    """The right office in the wrong body is its own reason."""
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(
            situation(papers=["V37"]),
            Act("serve", {"received_on": "2026-08-06"}, NOW),
            Actor(frozenset(), frozenset({"CAX_HEAD"})),
        )

    assert reasons(caught) == ["WRONG_BODY"]


def test_an_unknown_move_is_refused_in_words(engine):
    """The library's AttributeError never shows."""
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(situation(), Act("fly", {}, NOW), HEAD)

    assert reasons(caught) == ["UNKNOWN_MOVE"]


def test_an_act_before_the_one_it_follows_is_refused(engine):
    """Dates run forward."""
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(
            situation(papers=["V37"], last=datetime(2026, 8, 6, 10, tzinfo=VIETNAM)),
            Act("serve", {"received_on": "2026-08-06"}, NOW.replace(hour=23)),
            HEAD,
        )

    assert reasons(caught) == ["DATE_BEFORE_PREVIOUS"]


def test_one_of_several_papers_is_enough(engine):
    """N05 or V35: either serves."""
    limits = {"T-READ": OpenLimit(NOW, NOW)}
    fields = {"pregnant": False, "last_act_on": "2026-07-01", "court_id": COURT}
    for paper in ("N05", "V35"):
        found = situation("READY", papers=["V36", paper], limits=limits)
        assert engine.decide(found, Act("file", fields, NOW), HEAD).state.id == "COURT"
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(situation("READY", papers=["V36"], limits=limits), Act("file", fields, NOW), HEAD)
    assert [reason.clause for reason in caught.value.reasons] == ["N05 / V35"]


def test_a_paper_that_served_one_act_does_not_serve_the_next(engine):
    """The notice that was used up must be made again."""
    seen = replace(situation(papers=["V37"]), unused_papers=frozenset())
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(seen, Act("serve", {"received_on": "2026-08-06"}, NOW), HEAD)

    assert [(reason.guard, reason.clause) for reason in caught.value.reasons] == [("MISSING_PAPER", "V37")]


def test_an_unverified_rule_warns_and_never_refuses(engine):
    """A † value is recorded with the act; a [B] value asks for a reason and then lets it happen."""
    act = Act("decide", {"outcome": "stay"}, NOW)
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(situation("COURT"), act, JUDGE)
    assert reasons(caught) == ["G-SECOND"]

    decision = engine.decide(situation("COURT"), Act("decide", act.fields, NOW, {"G-SECOND": "checked"}), JUDGE)
    assert decision.state.id == "HELD"
    assert [(remark.guard, remark.effect) for remark in decision.remarks] == [
        ("G-COURT", Effect.WARN),
        ("G-SECOND", Effect.OVERRIDE),
    ]


def test_a_choice_of_the_officer_picks_the_case(engine):
    """Two transitions share a trigger; the stated outcome chooses."""
    decision = engine.decide(situation("COURT"), Act("decide", {"outcome": "go"}, NOW), JUDGE)

    assert decision.state.id == "FREE"


def test_nothing_delays_a_release(engine):
    """A missing paper and an unmet [B] rule at the exit become an alarm and a remark, never a refusal."""
    decision = engine.decide(situation("HELD", {"absences": (("2026-08-01", None),)}), Act("release", {}, NOW), JUDGE)

    assert decision.state.id == "FREE"
    assert {(remark.guard, remark.effect) for remark in decision.remarks} == {
        ("MISSING_PAPER", Effect.ALARM),
        ("G-SECOND", Effect.OVERRIDE),
    }
    assert decision.effects.facts["absences"] == (("2026-08-01", "2026-08-06"),)


def test_what_is_possible_leaves_open_what_the_act_will_ask(engine):
    """A guard on a field of the move itself is judged when the move is made."""
    limits = {"T-READ": OpenLimit(NOW, NOW)}
    (move,) = engine.available(situation("READY", papers=["V36", "N05"], limits=limits), HEAD)

    assert (move.transition.trigger, move.allowed, move.reasons) == ("file", True, ())


def test_many_threads_share_one_machine(engine):
    """Thousand decisions from eight threads: each gets its own answer."""
    wrong = []

    def work(number):
        for _ in range(125):
            state = "COURT" if number % 2 else "DRAFT"
            act = (
                Act("decide", {"outcome": "go"}, NOW)
                if number % 2
                else Act("serve", {"received_on": "2026-08-06"}, NOW)
            )
            got = engine.decide(situation(state, papers=["V37"]), act, JUDGE if number % 2 else HEAD).state.id
            if got != ("FREE" if number % 2 else "READING"):
                wrong.append(got)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("received_on", "06/08/2026"),
        ("received_on", "2026-08-07"),
        ("received_on", "0001-01-01"),
        ("received_on", 20260806),
        ("received_on", True),
    ],
)
def test_a_day_that_cannot_be_is_refused(engine, field, value):
    """Not a date, in the future, before anybody was born, or no text at all."""
    with pytest.raises(MoveRefusedError) as caught:
        engine.decide(situation(papers=["V37"]), Act("serve", {field: value}, NOW.astimezone(UTC)), HEAD)

    assert reasons(caught) == ["BAD_FIELD"]
