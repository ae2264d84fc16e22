"""Checks that the rules of a changeover are whole: every name exists, and every open state has exactly one answer.

Says nothing about whether a rule is lawful: that is for those who read its article.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

from workflow.changeover import CHANGEOVER_ON, SAME, UNKNOWN, Crossing, Landing, Rule, Way
from workflow.model import FactDef, Policy, Procedure
from workflow.predicates import (
    AgeTest,
    AllOf,
    AnyOf,
    Comparison,
    FactTest,
    LimitCheck,
    Not,
    OpenLimit,
    OrderTest,
    PaperTest,
    PolicyTest,
    Predicate,
    ProceedingTest,
    Situation,
    WithinTest,
    holds,
    leaves_of,
    names_in,
)
from workflow.reading import LawProblem, Source
from workflow.vocabulary import FactType, FactValue

_Say = Callable[[str, str], None]
_NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)
_DAY = timedelta(days=1)
#: A limit not started, running, opened, over, over with a window: one that was stopped is judged like one that runs.
_LIMITS = (
    None,
    OpenLimit(_NOON - _DAY, _NOON + _DAY),
    OpenLimit(_NOON - _DAY, _NOON + _DAY, _NOON),
    OpenLimit(_NOON - 2 * _DAY, _NOON - _DAY),
    OpenLimit(_NOON - 2 * _DAY, _NOON - _DAY, _NOON - 2 * _DAY),
)
#: How many cases of one state are tried at most: more is a rule that nobody can read.
CASES_MAX = 50_000
#: Marks that found a rule well enough to move a dossier, or to leave it, without looking at it one by one.
_FOUNDED = ("A", "A¹", "B", "D")


def check_changeover(
    crossing: Crossing, source: Source, *, forms: frozenset[str] | None, policies: Mapping[str, Policy]
) -> list[LawProblem]:
    """Return every broken name, every gap and every overlap of the rules, each with its line."""
    problems: list[LawProblem] = []
    rules = crossing.changeover.rules
    for index, rule in enumerate(rules):

        def say(key: str, reason: str, *, index: int = index) -> None:
            line = source.line_of("rule", index, key)
            problems.append(LawProblem(source.name, line, f"rule.{key}", reason))

        if rule.id in {other.id for other in rules[:index]}:
            say("id", f"{rule.id!r} is defined twice")
        _check_rule(rule, crossing, forms, policies, say)
    _check_head(crossing, source, problems)
    if not problems:
        problems += _check_coverage(crossing, source, policies)
    return problems


def _check_head(crossing: Crossing, source: Source, problems: list[LawProblem]) -> None:
    if crossing.old.edition >= crossing.new.edition:
        line = source.line_of("changeover", 0, "to")
        problems.append(LawProblem(source.name, line, "changeover.to", "the new edition begins after the old one"))


def _check_rule(
    rule: Rule, crossing: Crossing, forms: frozenset[str] | None, policies: Mapping[str, Policy], say: _Say
) -> None:
    old = crossing.old
    for state in rule.states:
        if state not in old.states:
            say("states", f"the old edition has no state {state!r}")
        elif old.states[state].terminal:
            say("states", f"{state!r} is an end: a closed dossier goes nowhere")
    if rule.confidence.mark not in _FOUNDED and rule.way is not Way.REVIEW:
        say("confidence", f"what is marked {rule.confidence.mark} is for people to review")
    for name in set(rule.policies) - set(policies):
        say("policies", f"names policy {name!r}, which does not exist")
    if rule.when is not None:
        _check_condition(rule.when, old, forms, policies, say)
    for landing in rule.landings:
        _check_landing(rule, landing, crossing, forms, say)


def _check_condition(
    when: Predicate, old: Procedure, forms: frozenset[str] | None, policies: Mapping[str, Policy], say: _Say
) -> None:
    known: Mapping[str, frozenset[str] | None] = {
        "fact": frozenset((*old.facts, CHANGEOVER_ON)),
        "limit": frozenset(old.limits),
        "policy": frozenset(policies),
        "form": forms,
        "procedure": None,
    }
    for kind, name in names_in(when):
        existing = known[kind]
        if existing is not None and name not in existing:
            say("when", f"names {kind} {name!r}, which does not exist")
    for leaf in leaves_of(when):
        if isinstance(leaf, PolicyTest) and leaf.policy in policies:
            if leaf.value not in {choice.id for choice in policies[leaf.policy].values}:
                say("when", f"policy {leaf.policy!r} has no value {leaf.value!r}")
        elif isinstance(leaf, FactTest) and leaf.fact in old.facts:
            _check_value(leaf, old.facts[leaf.fact], say)


def _check_value(leaf: FactTest, fact: FactDef, say: _Say) -> None:
    """Refuse a comparison that can never hold: it would switch a rule off without a word."""
    if leaf.comparison is Comparison.KNOWN or fact.type not in (FactType.BOOL, FactType.ENUM):
        return
    possible: set[FactValue] = {True, False} if fact.type is FactType.BOOL else {each.id for each in fact.choices}
    for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
        if value not in possible:
            say("when", f"fact {leaf.fact!r} can never be {value!r}")


def _check_landing(rule: Rule, landing: Landing, crossing: Crossing, forms: frozenset[str] | None, say: _Say) -> None:
    old, new = crossing.old, crossing.new
    for source_state in rule.states:
        state = source_state if landing.state == SAME else landing.state
        if state not in new.states:
            say("state", f"the new edition has no state {state!r}")
        elif source_state in old.states and new.states[state].person is not old.states[source_state].person:
            say("state", f"a changeover moves nobody: the person is elsewhere in {state!r} than in {source_state!r}")
    named: list[tuple[str, str, Iterable[str], Iterable[str] | None]] = [
        ("facts", "fact of the old edition", landing.facts, old.facts),
        ("facts", "fact of the new edition", landing.facts.values(), new.facts),
        ("values", "fact of the new edition", landing.values, new.facts),
        ("drops", "fact of the old edition", landing.drops, old.facts),
        ("sets", "fact of the new edition", landing.sets, new.facts),
        ("bodies", "body of the old edition", landing.bodies, old.bodies),
        ("bodies", "body of the new edition", landing.bodies.values(), new.bodies),
        ("fills", "body of the new edition", landing.fills, new.bodies),
        ("fills", "body of the old edition", landing.fills.values(), old.bodies),
        ("carries", "limit of the old edition", landing.carries, old.limits),
        ("carries", "limit of the new edition", landing.carries.values(), new.limits),
        ("restarts", "limit of the old edition", landing.restarts, old.limits),
        ("restarts", "limit of the new edition", landing.restarts.values(), new.limits),
        ("starts", "limit of the new edition", landing.starts, new.limits),
        ("stops", "limit of the old edition", landing.stops, old.limits),
        ("reviews", "limit of the old edition", landing.reviews, old.limits),
        ("papers", "form", (*landing.papers, *landing.papers.values()), forms),
    ]
    for key, kind, names, existing in named:
        for name in names:
            if existing is not None and name not in existing:
                say(key, f"there is no {kind} {name!r}")
    _check_fates(rule, landing, crossing, say)
    _check_facts(landing, old, new, say)


def _check_fates(rule: Rule, landing: Landing, crossing: Crossing, say: _Say) -> None:
    """Refuse a limit with two fates or none, and one that would begin twice."""
    named = [*landing.carries, *landing.restarts, *landing.stops, *landing.reviews]
    for name in sorted({name for name in named if named.count(name) > 1}):
        say("carries", f"limit {name!r} has two fates")
    running = limits_that_may_run(crossing.old)
    for state in rule.states:
        for name in sorted(running.get(state, frozenset()) - set(named)):
            if not landing.same_limits or name not in crossing.new.limits:
                say("carries", f"limit {name!r} may run in {state!r}: say what becomes of it")
    begun = [*landing.restarts.values(), *landing.starts]
    for name in {name for name in begun if begun.count(name) > 1 and name in landing.starts}:
        say("starts", f"limit {name!r} begins twice")


def _check_facts(landing: Landing, old: Procedure, new: Procedure, say: _Say) -> None:
    for name, fact in old.facts.items():
        target = landing.facts.get(name, name)
        if name in landing.drops or target not in new.facts:
            continue
        wanted = new.facts[target]
        if wanted.type is not fact.type:
            say(
                "facts",
                f"fact {name!r} is {fact.type}, {target!r} of the new edition is {wanted.type}: rename or drop it",
            )
        elif fact.type is FactType.ENUM:
            values, choices = landing.values.get(target, {}), {UNKNOWN, *(choice.id for choice in wanted.choices)}
            lost = [each.id for each in fact.choices if values.get(each.id, each.id) not in choices]
            if lost:
                say("values", f"fact {target!r} of the new edition has no value for {', '.join(lost)}: map or drop it")
    for name, value in landing.sets.items():
        if name in new.facts and not _fits(new.facts[name], value):
            say("sets", f"fact {name!r} can never be {value!r}")


def _fits(fact: FactDef, value: FactValue) -> bool:
    match fact.type:
        case FactType.BOOL:
            return isinstance(value, bool)
        case FactType.INT:
            return isinstance(value, int) and not isinstance(value, bool)
        case FactType.ENUM:
            return value in {choice.id for choice in fact.choices}
        case _:
            return isinstance(value, str)


def limits_that_may_run(procedure: Procedure) -> Mapping[str, frozenset[str]]:
    """Return, for each state, the limits that some way to it leaves running; more rather than less."""
    running: dict[str, frozenset[str]] = dict.fromkeys(procedure.states, frozenset())
    waiting = list(procedure.states)
    while waiting:
        source = waiting.pop()
        for act in procedure.by_source[source]:
            dest = source if act.dest == SAME else act.dest
            left = frozenset() if act.stops_all else running[source] - set(act.stops)
            after = running[dest] | left | set(act.starts) | set(act.restarts)
            if after != running[dest]:
                running[dest] = after
                waiting.append(dest)
    return running


# --- Exactly one answer ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Atom:
    """A condition on dates: whether it holds is tried either way."""

    leaf: Predicate


def _check_coverage(crossing: Crossing, source: Source, policies: Mapping[str, Policy]) -> list[LawProblem]:
    problems: list[LawProblem] = []
    rules = crossing.changeover.rules
    answered: set[int] = set()
    for state in crossing.old.states.values():
        if state.terminal:
            continue
        here = [index for index, rule in enumerate(rules) if state.id in rule.states]
        if not here:
            problems.append(LawProblem(source.name, 1, "rule", f"no rule says what happens in {state.id!r}"))
            continue
        answered |= _try_cases(state.id, here, crossing, policies, source, problems)
    for index in sorted(set(range(len(rules))) - answered) if not problems else ():
        line = source.line_of("rule", index, "when")
        problems.append(LawProblem(source.name, line, "rule.when", "can never hold: the rule answers nothing"))
    return problems


def _try_cases(
    state: str,
    here: list[int],
    crossing: Crossing,
    policies: Mapping[str, Policy],
    source: Source,
    problems: list[LawProblem],
) -> set[int]:
    """Try every case that the conditions of one state tell apart; return the rules that answered any."""
    rules = crossing.changeover.rules
    conditions = [rules[index].when for index in here]
    variables = dict(_variables([each for each in conditions if each is not None], crossing.old, policies))
    line = source.line_of("rule", here[0], "states")
    count = 1
    for values in variables.values():
        count *= len(values)
    if count > CASES_MAX:
        problems.append(LawProblem(source.name, line, "rule.when", f"{state!r}: {count} cases are too many to check"))
        return set(here)
    answered: set[int] = set()
    for choice in product(*variables.values()):
        case = dict(zip(variables, choice, strict=True))
        fitting = [index for index in here if _fits_case(rules[index].when, case)]
        answered.update(fitting)
        if len(fitting) != 1:
            names = ", ".join(rules[index].id for index in fitting) or "no rule"
            line = source.line_of("rule", fitting[-1] if fitting else here[0], "when" if fitting else "states")
            told = f"{state!r}: {names} {'answers' if not fitting else 'answer'} when {_told(case)}"
            problems.append(LawProblem(source.name, line, "rule.when", told))
            return set(here)
    return answered


def _fits_case(when: Predicate | None, case: Mapping[object, object]) -> bool:
    match when:
        case None:
            return True
        case AllOf(parts):
            return all(_fits_case(part, case) for part in parts)
        case AnyOf(parts):
            return any(_fits_case(part, case) for part in parts)
        case Not(part):
            return not _fits_case(part, case)
        case AgeTest() | WithinTest() | OrderTest():
            return bool(case[_Atom(when)])
        case _:
            return holds(when, _situation(case))


def _situation(case: Mapping[object, object]) -> Situation:
    """Return the situation of a case, in which every condition but those on dates can be judged."""
    found: dict[str, dict[str, Any]] = {"fact": {}, "policy": {}, "paper": {}, "proceeding": {}, "limit": {}}
    for name, value in case.items():
        if isinstance(name, tuple) and value is not None:
            found[name[0]][name[1]] = value
    return Situation(
        state="",
        facts=found["fact"],
        occurred_at=_NOON,
        papers=frozenset(form for form, there in found["paper"].items() if there),
        limits=found["limit"],
        proceedings=found["proceeding"],
        policies=found["policy"],
    )


def _variables(
    conditions: list[Predicate], old: Procedure, policies: Mapping[str, Policy]
) -> Iterator[tuple[object, tuple[object, ...]]]:
    """Yield everything the conditions depend on, with the values that tell the cases apart."""
    leaves = list(dict.fromkeys(leaf for each in conditions for leaf in leaves_of(each)))
    for leaf in leaves:
        match leaf:
            case FactTest(fact):
                same = [each for each in leaves if isinstance(each, FactTest) and each.fact == fact]
                yield ("fact", fact), _fact_values(old.facts.get(fact), same)
            case PolicyTest(policy):
                yield ("policy", policy), tuple(choice.id for choice in policies[policy].values)
            case PaperTest(forms):
                for form in forms:
                    yield ("paper", form), (True, False)
            case ProceedingTest(procedure):
                named = [each for each in leaves if isinstance(each, ProceedingTest) and each.procedure == procedure]
                states = dict.fromkeys(state for each in named for state in each.states)
                yield ("proceeding", procedure), (None, "(elsewhere)", *states)
            case LimitCheck(_, limit):
                yield ("limit", limit), _LIMITS
            case _:
                yield _Atom(leaf), (True, False)


def _fact_values(fact: FactDef | None, tests: list[FactTest]) -> tuple[FactValue, ...]:
    if fact is not None and fact.type is FactType.BOOL:
        return (None, True, False)
    if fact is not None and fact.type is FactType.ENUM:
        return (None, *(choice.id for choice in fact.choices))
    named = [value for test in tests for value in (test.value if isinstance(test.value, tuple) else (test.value,))]
    numbers = sorted({value for value in named if isinstance(value, int) and not isinstance(value, bool)})
    if fact is not None and fact.type is FactType.INT:
        near = sorted({each for number in numbers for each in (number - 1, number, number + 1)})
        return (None, *(near or [0]))
    words = dict.fromkeys(value for value in named if isinstance(value, str))
    return (None, "(something else)", *words)


def _told(case: Mapping[object, object]) -> str:
    """Return a case in words, for the line that reports it."""
    if not case:
        return "nothing more is asked"
    told = []
    for name, value in case.items():
        if isinstance(name, _Atom):
            told.append(f"{type(name.leaf).__name__} on {_about(name.leaf)} {'holds' if value else 'does not hold'}")
        elif isinstance(name, tuple):
            shown = "unknown" if value is None else "given" if isinstance(value, OpenLimit) else value
            told.append(f"{name[0]} {name[1]} is {shown}")
    return ", ".join(told)


def _about(leaf: Predicate) -> str:
    return ", ".join(name for _, name in names_in(leaf))
