"""Makes up what a dossier is about: a person, a day, policies, and the values of fields.  All by a given chance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import NAMESPACE_OID, uuid5

from tests.workflow.meeting import WORDS
from workflow.certificates import VIETNAM
from workflow.deadlines import add_months
from workflow.model import Clause, FactDef, Policy, Procedure
from workflow.predicates import AgeTest, FactTest, Predicate, Situation, holds, leaves_of
from workflow.vocabulary import Effect, FactType, FactValue

#: Every open question of law decided by chance.
RANDOM = "random"
BORN, SEX = "subject_born_on", "subject_sex"
AGES = range(9, 70)
#: Numbers an officer may state when no condition of the law says which matter.
NUMBERS = (1, 2, 3, 5, 24, 36)
ORGANIZATIONS_A_KIND = 3
#: How often an officer gives an answer under which the dossier can go on.
FORESIGHT = 0.85


def some_day(procedure: Procedure, chance: Random) -> datetime:
    """Return a working hour in the first months of an edition, in the first quarter of a short one."""
    first = datetime.fromisoformat(procedure.edition).replace(tzinfo=VIETNAM)
    last = datetime.fromisoformat(procedure.in_force_to).replace(tzinfo=VIETNAM) if procedure.in_force_to else None
    days = min(90, (last - first).days // 4) if last else 90
    return first + timedelta(days=chance.randrange(min(3, days), days + 1), hours=chance.randrange(8, 17))


def somebody(procedure: Procedure, at: datetime, chance: Random) -> dict[str, FactValue]:
    """Return who a dossier is about: mostly somebody of an age that the edition is for."""
    facts: dict[str, FactValue] = {}
    if BORN in procedure.facts:
        ages = _fitting_ages(procedure, at) if chance.random() < 0.95 else list(AGES)
        months = 12 * chance.choice(ages) + chance.randrange(12)
        facts[BORN] = add_months(at.date() - timedelta(days=chance.randrange(28)), -months).isoformat()
    if SEX in procedure.facts:
        facts[SEX] = chance.choice(("male", "female"))
    return facts


def _fitting_ages(procedure: Procedure, at: datetime) -> list[int]:
    """Return the ages the edition is meant for under which the most refusing conditions about the age are met."""
    about_age = [
        clause
        for guard in procedure.guards.values()
        for clause in guard.clauses
        if clause.effect is Effect.REFUSE and _asks_only_age(clause)
    ]
    meant = procedure.ages
    ages = [age for age in AGES if meant is None or (meant.since <= age and (meant.below is None or age < meant.below))]
    met = {age: sum(_old_enough(clause.require, age, at) for clause in about_age) for age in ages}
    return [age for age in ages if met[age] == max(met.values())]


def _asks_only_age(clause: Clause) -> bool:
    return all(isinstance(leaf, AgeTest) and leaf.fact == BORN for leaf in leaves_of(clause.require))


def _old_enough(predicate: Predicate, age: int, at: datetime) -> bool:
    born = add_months(at.date(), -12 * age - 6).isoformat()
    return holds(predicate, Situation("", {BORN: born}, at))


def decided(policies: Mapping[str, Policy], wanted: Mapping[str, str] | str | None, chance: Random) -> dict[str, str]:
    """Return the value in force of every policy: the default, what is wanted, or (RANDOM) now and then another."""
    values = {policy.id: policy.default for policy in policies.values()}
    if isinstance(wanted, Mapping):
        return values | dict(wanted)
    if wanted == RANDOM:
        return {
            policy.id: chance.choice(policy.values).id if chance.random() < 0.3 else policy.default
            for policy in policies.values()
        }
    return values


def some_organization(fact: FactDef, chance: Random) -> str:
    """Return the id of one of a few organizations of the kind that a fact names."""
    return str(uuid5(NAMESPACE_OID, f"{fact.org_type}/{chance.randrange(ORGANIZATIONS_A_KIND)}"))


@dataclass(frozen=True, slots=True)
class Habits:
    """What officers of an edition mostly state: the numbers that matter, and the answers that let things go on."""

    numbers: Mapping[str, tuple[int, ...]]
    answers: Mapping[str, tuple[FactValue, ...]]


def habits_of(procedure: Procedure) -> Habits:
    """Return the habits that follow from the conditions of an edition."""
    clauses = [clause for guard in procedure.guards.values() for clause in guard.clauses]
    conditions = [*(each.require for each in clauses), *(t.when for t in procedure.transitions if t.when is not None)]
    numbers: dict[str, list[int]] = {}
    for leaf in (leaf for condition in conditions for leaf in leaves_of(condition)):
        if isinstance(leaf, FactTest):
            values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
            whole = [each for each in values if isinstance(each, int) and not isinstance(each, bool)]
            numbers.setdefault(leaf.fact, []).extend(whole)
    answers = {}
    for fact in procedure.facts.values():
        about = [each.require for each in clauses if each.effect is Effect.REFUSE and _names(each.require, fact.id)]
        possible: list[FactValue] = [*numbers.get(fact.id, ())]
        possible = [True, False] if fact.type is FactType.BOOL else possible + [choice.id for choice in fact.choices]
        met = {value: sum(_met_alone(require, fact.id, value) for require in about) for value in possible}
        answers[fact.id] = tuple(value for value in possible if met[value] == max(met.values()))
    return Habits({name: tuple(found) for name, found in numbers.items()}, answers)


def _names(predicate: Predicate, fact: str) -> bool:
    return any(isinstance(leaf, FactTest) and leaf.fact == fact for leaf in leaves_of(predicate))


def _met_alone(predicate: Predicate, fact: str, value: FactValue) -> bool:
    return holds(predicate, Situation("", {fact: value}, datetime(2030, 1, 1, tzinfo=VIETNAM)))


def value_of(fact: FactDef, at: datetime, chance: Random, habits: Habits, foresight: float) -> FactValue:
    """Return a value an officer might state in an act at a moment; organizations are chosen elsewhere."""
    match fact.type:
        case FactType.BOOL | FactType.ENUM if chance.random() < foresight:
            return chance.choice(habits.answers[fact.id])
        case FactType.BOOL:
            return chance.random() < 0.5
        case FactType.INT:
            return chance.choice(habits.numbers.get(fact.id) or NUMBERS)
        case FactType.ENUM:
            return chance.choice(fact.choices).id
        case FactType.DATE:
            ahead = chance.choice((0, 1, 5, 30)) if fact.future else 0
            return (at + timedelta(days=ahead - chance.choice((0, 0, 0, 1, 5, 40)))).date().isoformat()
        case FactType.DATETIME:
            ahead = chance.choice((0, 3, 48, 200)) if fact.future else 0
            return (at + timedelta(hours=ahead - chance.choice((0, 0, 0, 1, 3, 30)))).isoformat()
        case _:
            return WORDS
