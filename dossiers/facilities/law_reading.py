"""What the board of a facility reads out of the law: places, states, the limits of a stage, what ends an absence.

Knows no name of a state, a limit or a form: everything is found by what the procedures say of it.  Reads no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dossiers.facilities.areas import BOARD
from dossiers.files.editions import Law
from workflow.model import Limit, Procedure, Transition
from workflow.predicates import names_in
from workflow.vocabulary import LimitKind, Person, Text, Unit

#: Kinds of limits that something must be done in.
_DUTIES = frozenset((LimitKind.MAXIMUM, LimitKind.WINDOW))


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of rehab: its id among the values of the fact, and what it is called."""

    id: str
    title: Text


def main_procedures(law: Law) -> Iterator[Procedure]:
    """Yield the procedures that a dossier is under, the newest edition first."""
    return iter(sorted((each for each in law.procedures if not each.side), key=lambda p: p.edition, reverse=True))


def facility_places(law: Law) -> frozenset[str]:
    """Return the places of the procedures whose holder keeps the person in a facility."""
    return frozenset(
        state.holder
        for procedure in main_procedures(law)
        for state in procedure.states.values()
        if state.person is Person.IN_FACILITY
    )


def states_arriving(law: Law) -> list[str]:
    """Return the states in which somebody who was given to a facility is not there yet."""
    return _states(law, BOARD.arriving)


def states_away(law: Law) -> list[str]:
    """Return the states of the stay in which the person is not in the facility."""
    return _states(law, BOARD.staying)


def holds_arriving(law: Law) -> list[tuple[str, str, str]]:
    """Return (side machine, state, place) where a person at liberty is to be brought to the holder of that place."""
    return sorted(
        {
            (procedure.id, source, transition.custody.holder)
            for procedure in law.procedures
            if procedure.side
            for transition in procedure.transitions
            if transition.custody and transition.custody.holder and transition.custody.kind.deprived_of_liberty
            for source in transition.source
            if procedure.states[source].person is Person.AT_LIBERTY
        }
    )


def term_rules(law: Law) -> list[str]:
    """Return the limits that are the term itself."""
    return sorted({limit.id for each in main_procedures(law) for limit in _terms(each)})


def return_rules(law: Law) -> list[str]:
    """Return the limits by whose end somebody who is away must be back."""
    away = states_away(law)
    return sorted(
        {
            rule
            for each in main_procedures(law)
            for state in away
            if state in each.states
            for rule in returns(each, state)
        }
    )


def returns(procedure: Procedure, state: str) -> frozenset[str]:
    """Return the limits by whose end somebody on leave in a state must be back, the term left out."""
    if procedure.states[state].person is not Person.ON_LEAVE:
        return frozenset()
    terms = {limit.id for limit in _terms(procedure)}
    back = [each for each in procedure.by_source.get(state, ()) if _leads_in(procedure, each)]
    stopped = {rule for each in back for rule in each.stops} - terms
    return frozenset(rule for rule in stopped if procedure.limits[rule].kind is LimitKind.MAXIMUM)


def stages(law: Law) -> list[Stage]:
    """Return the stages in their order, as the newest edition calls them."""
    fact = next((each.facts[BOARD.stage_fact] for each in main_procedures(law) if BOARD.stage_fact in each.facts), None)
    return [Stage(choice.id, choice.label) for choice in fact.choices] if fact else []


def stage_rules(procedure: Procedure, stage: str, state: str) -> frozenset[str]:
    """Return the limits of a stage: begun by the act that enters it and ended by the one that leaves it.

    For a stage without one, those that end with the act by which a later stage begins.
    """
    entering = [each for each in procedure.transitions if each.sets.get(BOARD.stage_fact) == stage]
    leaving = [
        each for each in procedure.transitions if BOARD.stage_fact in each.sets and each.sets[BOARD.stage_fact] != stage
    ]
    begun = {rule for each in entering for rule in (*each.starts, *each.restarts)}
    ended = {rule for each in leaving for rule in each.stops}
    own = {rule for rule in begun & ended if procedure.limits[rule].direction != "before"}
    if own:
        return frozenset(own)
    later = {rule for each in leaving if state in each.source for rule in each.stops}
    return frozenset(later - {rule for each in entering for rule in each.stops})


def release_from(procedure: Procedure, state: str) -> Transition | None:
    """Return the act that lets the person go at the end of the term from a state, and the papers it needs."""
    terms = {limit.id for limit in _terms(procedure)}
    found = [each for each in procedure.by_source.get(state, ()) if each.release and not terms.isdisjoint(each.stops)]
    return next((each for each in found if each.requires), None)


def papers_handed_over(procedure: Procedure, transition: Transition) -> list[tuple[str, ...]]:
    """Return the papers that a release should come with although it never waits for them."""
    needed = {form for forms in transition.requires for form in forms}
    clauses = [clause for name in transition.guards for clause in procedure.guards[name].clauses]
    found = [tuple(name for kind, name in names_in(clause.require) if kind == "form") for clause in clauses]
    return [forms for forms in dict.fromkeys(found) if forms and needed.isdisjoint(forms)]


def duties_before_end(procedure: Procedure) -> list[Limit]:
    """Return the duties that hang on the last day of the term, in the order of the file."""
    ends = {limit.ends_fact for limit in _terms(procedure)} - {None}
    return [
        limit for limit in procedure.limits.values() if limit.from_fact in ends and limit.duty and limit.kind in _DUTIES
    ]


def _terms(procedure: Procedure) -> list[Limit]:
    return [limit for limit in procedure.limits.values() if limit.unit is Unit.TERM]


def _leads_in(procedure: Procedure, transition: Transition) -> bool:
    return transition.dest != "=" and procedure.states[transition.dest].person is Person.IN_FACILITY


def _states(law: Law, phases: Iterable[str]) -> list[str]:
    """Return the states of some phases in which the person is not in the facility and the dossier goes on."""
    wanted = set(phases)
    return sorted(
        {
            state.id
            for procedure in main_procedures(law)
            for state in procedure.states.values()
            if state.phase in wanted and not state.terminal and state.person is not Person.IN_FACILITY
        }
    )
