"""Proves a procedure: every rule of `safety.toml`, over every reachable situation, or a story of how it is broken.

The only door to `workflow.proof`.  Reads no clock and no table; the same files always give the same proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from workflow.canonical import canonical_json, plain, sha256_hex
from workflow.model import Policy, Procedure
from workflow.proof.changes import Step
from workflow.proof.explore import Event, Explored, Explorer, Watch
from workflow.proof.judging import WALKED, watch_for
from workflow.proof.rules import Safety, SafetyRule, load_safety
from workflow.proof.variables import STATE, System, Variables
from workflow.proof.whole import Files, judge_files
from workflow.vocabulary import Text


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One sentence of a counterexample, with the act (or None for time) and the state after it."""

    text: Text
    trigger: str | None
    state: str


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What became of one rule: whether it holds, how much it looked at, and the story of how it is broken."""

    rule: SafetyRule
    holds: bool
    explored: int
    judged: int
    story: tuple[StoryLine, ...] = ()
    faults: tuple[str, ...] = ()
    #: What had to be tracked, by rule or case: an earlier proof spares a later one the search for it.
    tracked: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proof:
    """Every rule judged on one edition; `sha256` binds procedure, side machines, rules and result together."""

    procedure: Procedure
    system: System
    safety: Safety
    results: tuple[RuleResult, ...]

    @property
    def holds(self) -> bool:
        """Return whether every rule holds."""
        return all(result.holds for result in self.results)

    @property
    def explored(self) -> int:
        """Return how many situations were looked at, over all rules."""
        return sum(result.explored for result in self.results)

    @property
    def subject(self) -> str:
        """Return the hash of what was proven: the procedure, its side machines and the rules."""
        return subject_of(self.system, self.safety)

    @property
    def sha256(self) -> str:
        """Return the hash of the proof: its subject and what became of each rule."""
        results = {each.rule.id: {"holds": each.holds, "explored": each.explored} for each in self.results}
        return sha256_hex(canonical_json({"subject": self.subject, "rules": results}))

    def plain(self) -> dict[str, Any]:
        """Return the proof as JSON values."""
        return {
            "procedure": self.procedure.key,
            "states": len(self.procedure.states),
            "transitions": len(self.procedure.transitions),
            "sides": [side.key for side in self.system.sides.values()],
            "explored": self.explored,
            "holds": self.holds,
            "subject": self.subject,
            "sha256": self.sha256,
            "rules": [_result_plain(result) for result in self.results],
        }


def _result_plain(result: RuleResult) -> dict[str, Any]:
    story = [{"text": plain(line.text), "trigger": line.trigger, "state": line.state} for line in result.story]
    counterexample = None if result.holds else {"faults": list(result.faults), "story": story}
    return {
        "id": result.rule.id,
        "title": plain(result.rule.title),
        "basis": result.rule.basis,
        "holds": result.holds,
        "explored": result.explored,
        "judged": result.judged,
        "counterexample": counterexample,
    }


def subject_of(system: System, safety: Safety) -> str:
    """Return the hash of what a proof is about; a change of a procedure, a side machine or a rule changes it."""
    parts = [system.main.sha256, *(system.sides[name].sha256 for name in sorted(system.sides)), safety.sha256]
    return sha256_hex(canonical_json(parts))


def system_of(procedure: Procedure, others: Iterable[Procedure], policies: Mapping[str, Policy]) -> System:
    """Return a procedure with the side machines that its acts begin, in the editions of its time."""
    named = {act.starts_proceeding for act in procedure.transitions} - {None}
    sides = {each.id: each for each in sorted(others, key=lambda one: one.edition) if _serves(each, procedure, named)}
    values = {policy.id: tuple(choice.id for choice in policy.values) for policy in policies.values()}
    return System(procedure, sides, values)


def _serves(side: Procedure, procedure: Procedure, named: set[str | None]) -> bool:
    begins_in_time = procedure.in_force_to is None or side.edition <= procedure.in_force_to
    lasts = side.in_force_to is None or side.in_force_to >= procedure.edition
    return side.side and side.id in named and begins_in_time and lasts


def prove(
    system: System,
    safety: Safety | None = None,
    *,
    forms: frozenset[str] | None = None,
    hints: Mapping[str, frozenset[str]] | None = None,
    until_broken: bool = False,
) -> Proof:
    """Judge every rule that speaks of the procedure.

    `hints` are variables to track from the start, by rule (an earlier proof knows them); `until_broken` stops at the
    first rule that does not hold.
    """
    rules = safety or load_safety()
    spoken = rules.rules_for(system.main.id, system.main.edition)
    variables = Variables(system, [each for rule in spoken for each in (rule.given, rule.holds) if each is not None])
    explorer = Explorer(variables, rules.flags)
    files = Files(system, forms)
    results: list[RuleResult] = []
    for rule in sorted(spoken, key=lambda each: each.kind in WALKED):
        result = _walked(rule, explorer, hints or {}) if rule.kind in WALKED else _static(rule, files, explorer)
        results.append(result)
        if until_broken and not result.holds:
            break
    order = [rule.id for rule in spoken]
    return Proof(system.main, system, rules, tuple(sorted(results, key=lambda each: order.index(each.rule.id))))


def _static(rule: SafetyRule, files: Files, explorer: Explorer) -> RuleResult:
    judged, unmet = judge_files(rule, files)
    faults = [f"{each.where}: {each.wrong}" for each in unmet]
    if not judged and not faults:
        faults.append("the rule judged nothing: what it names does not exist in this edition")
    story = _way_to(unmet[0].where, explorer) if unmet else ()
    return RuleResult(rule, holds=not faults, explored=0, judged=judged, story=story, faults=tuple(faults))


def _way_to(where: str, explorer: Explorer) -> tuple[StoryLine, ...]:
    """Tell how a dossier comes to the act that a fault concerns; nothing for a fault of something else."""

    def is_it(step: Step) -> bool:
        return where in (step.name, f"{step.name}@{step.act.dest}")

    watch = Watch(frozenset(), on_step=lambda step, _, __: is_it(step), concerns=is_it)
    found = explorer.shortest(watch)
    return tuple(_line(event, explorer.variables.system) for event in found.path or ())


def _walked(rule: SafetyRule, explorer: Explorer, hints: Mapping[str, frozenset[str]]) -> RuleResult:
    """Walk for a rule; a rule with cases is walked case by case, each with the little that it needs."""
    parts = [replace(rule, cases=(case,)) for case in rule.cases] or [rule]
    states = judged = 0
    tracked: dict[str, frozenset[str]] = {}
    for part in parts:
        name = _part_name(part)
        found = explorer.explore(watch_for(part, explorer.variables), hint=hints.get(name, frozenset()))
        states, judged, tracked[name] = states + found.states, judged + found.judged, found.tracked
        faults = _walk_faults(part, found)
        if found.path is not None or faults:
            story = tuple(_line(event, explorer.variables.system) for event in found.path or ())
            return RuleResult(
                rule, holds=False, explored=states, judged=judged, story=story, faults=faults, tracked=tracked
            )
    return RuleResult(rule, holds=True, explored=states, judged=judged, tracked=tracked)


def _part_name(rule: SafetyRule) -> str:
    """Return the name under which an earlier proof keeps what a rule, or a case of it, had to track."""
    return ":".join((rule.id, *(f"{case.name}:{'|'.join(case.wanted)}" for case in rule.cases)))


def _walk_faults(rule: SafetyRule, found: Explored) -> tuple[str, ...]:
    if found.gave_up:
        return (f"not decided after {found.states} situations",)
    if found.path is None and not found.judged:
        about = ", ".join(case.name for case in rule.cases) or rule.id
        return (f"{about}: judged nothing, what it names is never reached in this edition",)
    return tuple(
        f"{case.name}: none of {', '.join(case.wanted)} is counted" for case in rule.cases if found.path is not None
    )


def _line(event: Event, system: System) -> StoryLine:
    state = str(event.after[STATE])
    if event.step is None:
        return StoryLine(_time_text(str(event.time)), None, state)
    act = event.step.act
    place = event.step.procedure.states.get(act.dest) or system.main.states[state]
    who = [event.step.procedure.roles[role].title for role in act.actor if role in event.step.procedure.roles]
    by = Text(", ".join(each.vi for each in who), ", ".join(each.en for each in who))
    text = Text(f"{act.title.vi} ({by.vi}) → {place.title.vi}", f"{act.title.en} ({by.en}) → {place.title.en}")
    return StoryLine(text, event.step.name, state)


def _time_text(name: str) -> Text:
    """Say what time brought: a limit opened or ended, an age was reached, a limitation ran out."""
    kind, _, what = name.partition(":")
    if kind == "limit":
        limit_id, _, phase = what.partition(":")
        if phase == "opened":
            return Text(f"(thời gian trôi qua: {limit_id} bắt đầu)", f"(time passes: {limit_id} opens)")
        return Text(f"(thời gian trôi qua: {limit_id} hết)", f"(time passes: {limit_id} ends)")
    if kind == "age":
        return Text(f"(thời gian trôi qua: thêm tuổi, {what})", f"(time passes: an age is reached, {what})")
    return Text(f"(thời gian trôi qua: quá hạn tính từ {what})", f"(time passes: too long since {what})")
