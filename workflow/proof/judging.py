"""Turns a rule about paths into what a walk has to watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from workflow.proof.acts import Semantics, steps_of
from workflow.proof.changes import Flags, Step
from workflow.proof.explore import StateJudge, StepJudge, Watch
from workflow.proof.rules import Case, Kind, SafetyRule
from workflow.proof.truth import truth_of
from workflow.proof.variables import CUSTODY, STATE, UNDATED, System, Value, Variables, limit_phase, names_of
from workflow.sides import holds_somebody
from workflow.vocabulary import Person, Unit

#: Where nobody physically holds a person.
FREE = frozenset(kind.value for kind in Person if not kind.deprived_of_liberty)
_NO_FLAGS = Flags({}, {}, {})

#: The kinds of rules that are judged by walking.
WALKED = (Kind.ACT, Kind.ALWAYS, Kind.EXIT, Kind.COUNTED)


def concerns(rule: SafetyRule, step: Step) -> bool:
    """Return whether a rule about acts speaks of this one: by name, or by the custody that it begins."""
    if rule.acts and step.name not in rule.acts:
        return False
    custody = step.act.custody.kind.value if step.act.custody else None
    return not rule.custody or custody in rule.custody


def watch_for(rule: SafetyRule, variables: Variables) -> Watch:
    """Return what a walk watches to judge a rule of a walked kind."""
    conditions = (rule.given, rule.holds, *(case.given for case in rule.cases))
    names = frozenset(name for each in conditions if each is not None for name in names_of(each))
    match rule.kind:
        case Kind.ACT:
            return Watch(names, on_step=_act_judge(rule, variables), concerns=lambda step: concerns(rule, step))
        case Kind.ALWAYS:
            return Watch(names, on_state=_state_judge(rule, variables))
        case Kind.EXIT:
            steps = [step for step in exits(variables.system) if not rule.acts or step.name in rule.acts]
            return Watch(names | _needed(steps, variables) | {CUSTODY}, on_state=_exit_judge(rule, variables, steps))
        case _:
            counted = {limit for case in rule.cases for limit in case.wanted}
            return Watch(names | _limits_and_inputs(counted, variables), on_state=_counted_judge(rule, variables))


def exits(system: System) -> list[Step]:
    """Return the acts that are a way out: after them nobody physically holds the person."""
    return [
        step
        for step in steps_of(system)
        if step.act.release and step.act.custody is not None and step.act.custody.kind.value in FREE
    ]


def _needed(steps: Iterable[Step], variables: Variables) -> frozenset[str]:
    """Return everything on which the ways out depend, with the side machines that can hold somebody."""
    semantics = Semantics(variables, _NO_FLAGS, frozenset())
    asked = {name for step in steps for each in semantics.conditions(step) for name in names_of(each)}
    holding = {
        f"at:{machine}"
        for machine, procedure in variables.system.sides.items()
        if any(holds_somebody(procedure, state) for state in procedure.states)
    }
    return frozenset(asked | holding) | _limits_and_inputs({n.removeprefix("limit:") for n in asked}, variables)


def _limits_and_inputs(limits: Iterable[str], variables: Variables) -> frozenset[str]:
    """Return limits with the facts without which their end is not known, and the limits that give those facts."""
    names: set[str] = set()
    for limit_id in limits:
        limit = variables.limit(limit_id)
        if limit is None:
            continue
        names.add(f"limit:{limit_id}")
        needed = [limit.until, limit.from_fact if limit.direction == "before" else None]
        if limit.unit is Unit.TERM:
            needed += [limit.inputs[each] for each in ("months", "start", "excluded")]
        names |= {f"fact:{fact}" for fact in needed if fact is not None}
        names |= _limits_and_inputs(variables.giving(needed), variables)
    return frozenset(names)


def _act_judge(rule: SafetyRule, variables: Variables) -> StepJudge:
    holds = rule.holds
    assert holds is not None

    def judge(step: Step, before: Mapping[str, Value], after: Mapping[str, Value]) -> bool | None:
        if not concerns(rule, step):
            return None
        if rule.given is not None and truth_of(rule.given, before, variables) is False:
            return None
        return truth_of(holds, after, variables) is not True

    return judge


def _state_judge(rule: SafetyRule, variables: Variables) -> StateJudge:
    holds = rule.holds
    assert holds is not None

    def judge(values: Mapping[str, Value], _: Semantics) -> bool | None:
        if rule.given is not None and truth_of(rule.given, values, variables) is not True:
            return None
        return truth_of(holds, values, variables) is not True

    return judge


def _exit_judge(rule: SafetyRule, variables: Variables, steps: list[Step]) -> StateJudge:
    given = rule.given
    assert given is not None

    def judge(values: Mapping[str, Value], semantics: Semantics) -> bool | None:
        if truth_of(given, values, variables) is not True:
            return None
        here = (step for step in steps if step.side is not None or values[STATE] in step.act.source)
        return not any(after[CUSTODY] in FREE for step in here for after in semantics.surely(step, values))

    return judge


def _counted_judge(rule: SafetyRule, variables: Variables) -> StateJudge:
    cases: dict[str, list[Case]] = {}
    for case in rule.cases:
        cases.setdefault(case.name, []).append(case)

    def judge(values: Mapping[str, Value], _: Semantics) -> bool | None:
        here = [
            case
            for case in cases.get(str(values[STATE]), ())
            if case.given is None or truth_of(case.given, values, variables) is True
        ]
        if not here:
            return None
        return not all(any(_is_counted(limit, values, variables) for limit in case.wanted) for case in here)

    return judge


def _is_counted(limit_id: str, values: Mapping[str, Value], variables: Variables) -> bool:
    """Return whether the limit runs, with a date if the law gives it a number."""
    limit, value = variables.limit(limit_id), values.get(f"limit:{limit_id}")
    if limit is None or not isinstance(value, tuple) or not value[1]:
        return False
    return limit.unit is Unit.NONE or limit_phase(value) != UNDATED
