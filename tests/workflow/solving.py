"""Finds an act, with all that is around it, under which one clause of a guard is met or missed and all else is well.

Made from the law alone.  What cannot be had together is shown by trying every combination of the values that matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from tests.workflow.lives import Law
from tests.workflow.meeting import Draft, Goal, aim, options, reach, values
from workflow.calendar import CalendarUnknownError
from workflow.certificates import VIETNAM
from workflow.effects import TermConflictError
from workflow.engine import Act, Actor
from workflow.model import Clause, Guard, Procedure, Transition
from workflow.predicates import PaperTest, PolicyTest, Predicate, Situation, holds, leaves_of, names_in
from workflow.refusals import MoveRefusedError

#: How long after the act it is written down: dates after the act may be stated.
WRITTEN_LATER = timedelta(days=500)
RESTARTS, ROUNDS = 4, 120

#: Something that may be one way or another: its kind and name.
Thing = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Found:
    """An act in a situation, and the clauses that it misses although nobody asked for that."""

    transition: Transition
    situation: Situation
    act: Act
    actor: Actor
    missed: frozenset[tuple[str, str]]
    #: What is said of the fields and papers left out, without which alone the clause is missed.
    left_out: frozenset[tuple[str, str]]


def acts_under(procedure: Procedure, guard: str) -> list[Transition]:
    """Return every act that carries a guard."""
    return [transition for transition in procedure.transitions if guard in transition.guards]


def _states(procedure: Procedure, transition: Transition) -> list[str]:
    """Return the states from which an act can be the case that happens; the first few, all being alike to a guard."""
    fitting = (
        state
        for state in transition.source
        if all(other.when is not None for other in _before(procedure, transition, state))
    )
    return list(islice(fitting, 2))


def _before(procedure: Procedure, transition: Transition, state: str) -> list[Transition]:
    """Return the cases of the same trigger that are asked first."""
    cases = [each for each in procedure.by_trigger[transition.trigger] if state in each.source]
    return cases[: cases.index(transition)]


def find(
    law: Law, procedure: Procedure, transition: Transition, guard: Guard, clause: Clause, *, met: bool
) -> Found | None:
    """Return a way to make an act that meets (or misses) a clause and meets every other one, as far as that can be."""
    chance = Random(f"{procedure.key} {transition.trigger} {guard.id} {clause.id} {met}")
    named = frozenset(name for _, name in names_in(clause.require))
    for left_out in (frozenset[str](), named):
        for strict in (True, False):
            for state in _states(procedure, transition):
                wanted = (guard, clause, met)
                found = _solved(law, procedure, transition, state, wanted, left_out, chance, strict=strict)
                if found is not None:
                    return found
    return None


def impossible(law: Law, procedure: Procedure, transition: Transition, clause: Clause, *, met: bool) -> bool:
    """Return whether an act can never meet (or miss) a clause, because of the case it is made for or what it sets."""
    goals: list[Goal] = [(clause.require, met)]
    for state in _states(procedure, transition):
        draft = _draft(law, procedure, transition, state, frozenset())
        cases = _cases(procedure, transition, state)
        if not never_all(draft, _related(goals[0], cases)):
            return False
    return True


def _cases(procedure: Procedure, transition: Transition, state: str) -> list[Goal]:
    """Return what makes an act the case that happens: its own condition, and that of no case asked before it."""
    own: list[Goal] = [] if transition.when is None else [(transition.when, True)]
    return own + [(each.when, False) for each in _before(procedure, transition, state) if each.when is not None]


def _solved(
    law: Law,
    procedure: Procedure,
    transition: Transition,
    state: str,
    wanted: tuple[Guard, Clause, bool],
    left_out: frozenset[str],
    chance: Random,
    *,
    strict: bool,
) -> Found | None:
    guard, clause, met = wanted
    others = others_of(procedure, transition, guard, clause)
    hard: list[Goal] = [(clause.require, met), *_cases(procedure, transition, state)]
    hard += [(PaperTest(forms), True) for forms in transition.requires if left_out.isdisjoint(forms)]
    soft: list[Goal] = [(each.require, True) for _, each in others]
    for _ in range(RESTARTS):
        draft = _draft(law, procedure, transition, state, left_out)
        if strict and reach(draft, hard + soft, chance, rounds=ROUNDS) and _countable(law, transition, draft):
            return _asked(transition, draft, frozenset())
        if not strict and reach(draft, hard, chance, rounds=ROUNDS):
            _improve(draft, hard, soft, chance)
            seen = draft.situation()
            missed = [(g, c) for g, c in others if not holds(c.require, seen)]
            goals = [*hard, *((c.require, True) for g, c in others if (g, c) not in missed)]
            if _countable(law, transition, draft) and all(
                never_all(draft, _related((c.require, True), goals)) for _, c in missed
            ):
                return _asked(transition, draft, frozenset((g.id, c.id) for g, c in missed))
    return None


def others_of(procedure: Procedure, transition: Transition, guard: Guard, clause: Clause) -> list[tuple[Guard, Clause]]:
    """Return every other clause that an act must meet."""
    guards = [procedure.guards[name] for name in transition.guards]
    return [(each, one) for each in guards for one in each.clauses if (each.id, one.id) != (guard.id, clause.id)]


def _draft(law: Law, procedure: Procedure, transition: Transition, state: str, left_out: frozenset[str]) -> Draft:
    at = datetime.fromisoformat(procedure.edition).replace(tzinfo=VIETNAM) + timedelta(days=100, hours=9)
    required = frozenset(transition.fields.required) - left_out
    facts = {name: values(procedure.facts[name], at.date())[0] for name in sorted(required)}
    return Draft(
        procedure,
        state,
        at,
        facts,
        {forms[0] for forms in transition.requires},
        policies={policy.id: policy.default for policy in law.policies.values()},
        asked=frozenset(transition.fields.all),
        required=required,
        anything=True,
    )


def _improve(draft: Draft, hard: Sequence[Goal], soft: Sequence[Goal], chance: Random) -> None:
    """Meet as many of the soft goals as can be met one after the other without giving up one that is met."""
    kept = list(hard)
    for goal in chance.sample(list(soft), len(soft)):
        for _ in range(2 * RESTARTS):
            other = _copy(draft)
            aim(other, goal[0], chance, wanted=goal[1])
            seen = other.situation()
            if all(holds(predicate, seen) is wanted for predicate, wanted in [*kept, goal]):
                draft.__dict__.update(other.__dict__)
                kept.append(goal)
                break


def _copy(draft: Draft) -> Draft:
    return replace(
        draft,
        facts=dict(draft.facts),
        papers=set(draft.papers),
        limits=dict(draft.limits),
        proceedings=dict(draft.proceedings),
        policies=dict(draft.policies),
    )


def _asked(transition: Transition, draft: Draft, missed: frozenset[tuple[str, str]]) -> Found:
    """Return the draft as a question to the engine: what the act asks is stated, all else is known."""
    seen = draft.situation()
    known = {name: value for name, value in draft.facts.items() if name not in draft.asked}
    fields = {name: draft.facts[name] for name in transition.fields.all if name in draft.facts}
    act = Act(transition.trigger, fields, draft.at + WRITTEN_LATER, along=transition.along_only)
    situation = replace(seen, facts=known, limits=dict(draft.limits), papers=frozenset(draft.papers))
    actor = Actor(frozenset([transition.roles[0]]))
    fields_out = {("MISSING_FIELD", name) for name in transition.fields.required if name not in draft.facts}
    papers_out = {("MISSING_PAPER", " / ".join(each)) for each in transition.requires if draft.papers.isdisjoint(each)}
    return Found(transition, situation, act, actor, missed, frozenset(fields_out | papers_out))


def _countable(law: Law, transition: Transition, draft: Draft) -> bool:
    """Return whether the limits that the act would start can be counted: the calendar ends, and dates may conflict."""
    found = _asked(transition, draft, frozenset())
    with suppress(MoveRefusedError):
        try:
            law.engines[draft.procedure.key].decide(found.situation, found.act, found.actor)
        except (CalendarUnknownError, TermConflictError):
            return False
    return True


def never_all(draft: Draft, goals: Sequence[Goal]) -> bool:
    """Return whether goals exclude one another, whatever the facts, papers, limits, policies and side machines.

    Tries every combination of the values that make a difference to them, and leaves one as soon as a goal is missed.
    """
    alternatives: dict[Thing, list[object]] = {}
    concerned: list[tuple[Goal, set[Thing]]] = []
    for goal in goals:
        changes = [change for leaf in leaves_of(goal[0]) for change in _alternatives(leaf, draft)]
        concerned.append((goal, {change[:2] for change in changes}))
        for kind, name, value in changes:
            seen = alternatives.setdefault((kind, name), [])
            if value not in seen and not (value is None and kind == "fact" and name in draft.required):
                seen.append(value)
    return not _some(_copy(draft), list(alternatives.items()), concerned, set())


def _some(
    draft: Draft,
    left: Sequence[tuple[Thing, list[object]]],
    concerned: Sequence[tuple[Goal, set[Thing]]],
    settled: set[Thing],
) -> bool:
    """Return whether the things that are left can be chosen so that every goal is met."""
    seen = draft.situation()
    if any(things <= settled and holds(goal[0], seen) is not goal[1] for goal, things in concerned):
        return False
    if not left:
        return True
    (thing, values_of_it), rest = left[0], left[1:]
    for value in values_of_it:
        kind, name = thing
        if kind == "paper":
            (draft.papers.add if value else draft.papers.discard)(name)
        else:
            draft.force((kind, name, value))
        if _some(draft, rest, concerned, settled | {thing}):
            return True
    return False


def _related(goal: Goal, others: Sequence[Goal]) -> list[Goal]:
    """Return a goal and those that speak of something it speaks of too."""
    about = set(names_in(goal[0]))
    return [goal, *(other for other in others if about & set(names_in(other[0])))]


def _alternatives(leaf: Predicate, draft: Draft) -> Iterator[tuple[str, str, object]]:
    match leaf:
        case PaperTest(forms):
            yield from (("paper", form, put) for form in forms for put in (True, None))
        case PolicyTest(policy, value):
            yield from (("policy", policy, each) for each in (value, None))
        case _:
            yield from (change for change in options(leaf, draft) if change[0] != "time")
