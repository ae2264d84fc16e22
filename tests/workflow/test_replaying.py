"""A recorded life played again: under its own edition nothing differs, under a changed one exactly what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.workflow.steering import reach
from tests.workflow.walking import Life, NoEditionError, Step, shipped
from workflow.model import Clause, Guard, Procedure, Transition
from workflow.predicates import Comparison, FactTest, names_in
from workflow.recorded import By, Cover, Fate, LimitRun, Opening, Outcome, RecordedAct, is_duty, term_facts
from workflow.replay_differences import Differences, Verdict, differences
from workflow.replaying import Replayer
from workflow.sides import Beginning, beginning, holds_somebody
from workflow.vocabulary import Confidence, Effect, Text

LAW = shipped()
MAINS = LAW.mains()
ADULT = "cnbb-adult@2026-07-01"
LIVES, MOVES = 20, 40
PROCEDURES = [engine.procedure for engine in LAW.engines.values()]


class ToldLife(Life):
    """A life that begins no second side machine where the program would not, and is held by those that hold by acts."""

    def held_by_side(self) -> bool:
        """Return whether a side machine holds the person, as the program judges it."""
        return any(holds_somebody(side.engine.procedure, side.state) for side in self.sides if side.open)

    def _open(self, kind: str, at: datetime) -> None:
        act = self.steps[-1].transition
        standing = [side for side in self.sides if side.open and side.engine.procedure.id == kind]
        found = beginning(act, standing[-1].engine.procedure, [s.state for s in standing]) if standing else None
        if found is Beginning.REFUSED:
            raise NoEditionError(kind)
        if found is not Beginning.GOES_ON:
            super()._open(kind, at)


def recorded_act(step: Step) -> RecordedAct:
    """Return a step of a life as a diary would have it."""
    return RecordedAct(
        number=step.number,
        trigger=step.act.trigger,
        machine=step.machine,
        occurred_at=step.before.occurred_at,
        recorded_at=step.act.recorded_at,
        fields=step.act.fields,
        overrides=step.act.overrides,
        filed=frozenset(step.filed),
        role=step.role,
        by=By(step.by),
        state=step.before.state,
        facts=step.before.facts,
    )


def outcome_of(life: Life) -> Outcome:
    """Return what a life came to."""
    late = {(step.number, stop.limit_id): stop for step in life.steps for stop in step.decision.effects.stopped}
    runs = []
    for run in life.runs:
        stop = late.get((run.ended or 0, run.limit.id))
        how = (
            run.how
            if stop is None or run.how != "stopped"
            else "late"
            if stop.late
            else "lapsed"
            if stop.lapsed
            else "met"
        )
        runs.append(LimitRun(run.limit.id, run.at.due_at, how, is_duty(run.limit)))
    covers = tuple(Cover(each.custody.kind, each.custody.instrument, each.from_at) for each in life.covers)
    return Outcome({m.name: m.state for m in (life.main, *life.sides)}, dict(life.facts), tuple(runs), covers)


def replayed(life: Life, procedure: Procedure) -> Differences:
    """Play a life again under an edition and say how it differs."""
    replayer = Replayer(procedure, PROCEDURES, LAW.calendar, life.policies)
    begun = life.steps[0].before if life.steps else life.situation(life.main)
    opening = Opening(life.main.engine.procedure.initial.id, life.covers[0].from_at, begun.facts)
    assert not life.steps or begun.state == opening.state
    replay = replayer.play(opening, [recorded_act(step) for step in life.steps])
    names = term_facts(PROCEDURES)
    return differences(outcome_of(life), replay, replayer.limit, term_facts=names, at=life.now)


@pytest.mark.parametrize("key", MAINS)
def test_under_its_own_edition_no_life_differs(key):
    """Every act happens again, every limit and title is the same."""
    seen, made = Counter[int](), 0
    for seed in range(LIVES):
        life = ToldLife(LAW, key, seed)
        if seed % 2:
            reach(life, list(LAW.engines[key].procedure.states)[seed % len(LAW.engines[key].procedure.states)])
        life.live(MOVES, seen)
        found = replayed(life, LAW.engines[key].procedure)

        assert found.none, (seed, found.states, found.terms, found.limits, found.custody, found.replay.left_out)
        made += len(life.steps)
    assert made > 5 * LIVES


# --- A changed edition gives exactly what was changed -----------------------------------------------------------


def led(state: str, *, seed: int) -> ToldLife:
    """Return a life of an adult dossier that has come to a state."""
    lives = (ToldLife(LAW, ADULT, 100 * seed + turn) for turn in range(100))
    return next(life for life in lives if reach(life, state))


def changed_acts(procedure: Procedure, change: Callable[[Transition], Transition]) -> Procedure:
    """Return an edition with every act changed."""
    return replace(procedure, transitions=tuple(change(act) for act in procedure.transitions))


def without_limit(procedure: Procedure, rule: str) -> Procedure:
    """Return an edition without a limit."""

    def drop(act: Transition) -> Transition:
        lists = {name: tuple(n for n in getattr(act, name) if n != rule) for name in ("starts", "restarts", "stops")}
        return replace(act, **lists)

    limits = {name: limit for name, limit in procedure.limits.items() if name != rule}
    return replace(changed_acts(procedure, drop), limits=limits)


def read_by_rules(procedure: Procedure) -> set[str]:
    """Return the limits that conditions look at, or from which time or another limit goes on."""
    wanted = [clause.require for guard in procedure.guards.values() for clause in guard.clauses]
    wanted += [act.when for act in procedure.transitions if act.when is not None]
    named = {name for predicate in wanted for kind, name in names_in(predicate) if kind == "limit"}
    named |= {rule for each in PROCEDURES if each.side for rule in each.limits}
    return named | {limit.id for limit in procedure.limits.values() if limit.advances or limit.ends_fact}


def test_a_longer_reading_window_is_refused_where_the_record_went_on():
    """The dossier is still being read when the next act comes; what builds on that act are consequences."""
    procedure = LAW.engines[ADULT].procedure
    longer = replace(procedure.limits["T-READ3"], amount=400)
    life = led("COURT_REVIEW", seed=1)
    found = replayed(life, replace(procedure, limits={**procedure.limits, "T-READ3": longer}))

    over = next(step for step in life.steps if step.before.state == "READING_WINDOW" and step.by == "clock")
    later = [step for step in life.steps[over.number :] if step.machine == "" and step.by == "officer"]
    after = next(step for step in later if "READING_WINDOW" not in step.transition.source)
    first, *rest = [told for told in found.replay.left_out if not told.act.machine]
    assert (first.act.number, first.fate) == (after.number, Fate.REFUSED)
    assert first.reasons[0].guard in ("WRONG_STATE", "CASE_NOT_MET")
    assert {told.fate for told in rest} <= {Fate.CONSEQUENCE}
    assert found.states[""] == ("COURT_REVIEW", "READING_WINDOW")
    assert [each.verdict for each in found.limits if each.rule == "T-READ3"] == [Verdict.MOVED]


@pytest.mark.parametrize("seed", range(8))
def test_a_dropped_limit_is_the_only_difference(seed):
    """Nothing else looks at it: every act happens as it did."""
    procedure = LAW.engines[ADULT].procedure
    life = led("SERVING", seed=seed)
    free = [run.limit.id for run in life.runs if run.machine == "" and run.limit.id not in read_by_rules(procedure)]
    rule = free[seed % len(free)]
    found = replayed(life, without_limit(procedure, rule))

    assert [(each.rule, each.verdict) for each in found.limits] == [(rule, Verdict.ABOLISHED)]
    assert (found.states, found.terms, found.replay.left_out) == ({}, {}, ())


@pytest.mark.parametrize("effect", [Effect.REFUSE, Effect.WARN])
def test_an_added_rule_refuses_only_if_it_may(effect):
    """The reason is told with rule, condition, article and both texts; a rule that only warns changes nothing."""
    procedure = LAW.engines[ADULT].procedure
    life = led("COURT_REVIEW", seed=2)
    step = next(step for step in reversed(life.steps) if step.machine == "" and step.by == "officer")
    text, mark = Text("Điều kiện thử", "A condition for trial"), Confidence("A")
    never = FactTest("term_months", Comparison.AT_MOST, -1)
    guard = Guard("G-TRIAL", text, "L1.1", mark, (Clause("never", never, text, text, "L1.1", mark, effect),))
    trigger = step.transition.trigger
    edition = changed_acts(
        replace(procedure, guards={**procedure.guards, guard.id: guard}),
        lambda act: replace(act, guards=(*act.guards, guard.id)) if act.trigger == trigger else act,
    )
    found = replayed(life, edition)

    if effect is Effect.WARN:
        assert found.none
        return
    first = found.replay.left_out[0]
    assert (first.act.trigger, first.fate) == (trigger, Fate.REFUSED)
    assert [(each.guard, each.clause, each.basis, each.text) for each in first.reasons] == [
        ("G-TRIAL", "never", "L1.1", text)
    ]
    assert found.states[""] == (life.state, step.before.state)


def test_an_act_the_edition_does_not_know_is_told_as_such():
    """The first is unknown, what needs it is a consequence; days in custody are counted on both sides."""
    procedure = LAW.engines[ADULT].procedure
    life = led("SERVING", seed=3)
    life.pass_until(life.now + timedelta(days=10))
    gone = next(step.transition.trigger for step in life.steps if step.transition.trigger == "file_to_court")
    acts = tuple(act for act in procedure.transitions if act.trigger != gone)
    found = replayed(life, replace(procedure, transitions=acts))

    fates = [(told.act.trigger, told.fate) for told in found.replay.left_out if not told.act.machine]
    assert fates[0] == (gone, Fate.UNKNOWN)
    assert {fate for trigger, fate in fates if trigger != gone} == {Fate.CONSEQUENCE}
    held = {title: days for title, days in found.custody.items() if title.startswith("in_facility")}
    assert held
    assert all(recorded >= 9.9 and replayed_days == 0 for recorded, replayed_days in held.values())
