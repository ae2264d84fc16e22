"""Judges what the files show without a walk: offices, marks, papers, citations, and whether the graph is whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from workflow.model import Procedure
from workflow.proof.acts import steps_of
from workflow.proof.changes import Step
from workflow.proof.rules import Kind, SafetyRule
from workflow.proof.variables import System
from workflow.vocabulary import Effect


@dataclass(frozen=True, slots=True)
class Unmet:
    """Something wrong in the files themselves: the act, state or text it concerns, and what is wrong with it."""

    where: str
    wrong: str


@dataclass(frozen=True)
class Files:
    """What a static rule may look at: the system and the document ids that exist (None: not known here)."""

    system: System
    forms: frozenset[str] | None

    def named(self, name: str) -> Sequence[Step]:
        """Return every case of an act that a rule names: `trigger`, or `trigger@STATE` for those that lead there."""
        return self._by_name.get(name, ())

    @cached_property
    def _by_name(self) -> Mapping[str, list[Step]]:
        found: dict[str, list[Step]] = {}
        for step in steps_of(self.system, along=True):
            for name in (step.name, f"{step.name}@{step.act.dest}"):
                found.setdefault(name, []).append(step)
        return found


def judge_files(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    """Return how many things a static rule judged, and what it found wrong."""
    return _JUDGES[rule.kind](rule, files)


def _apart(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    judged, unmet = 0, []
    for case in rule.cases:
        for first in files.named(case.name):
            for other in (step for name in case.wanted for step in files.named(name)):
                judged += 1
                common = set(first.act.roles) & set(other.act.roles)
                common |= _bodies(first) & _bodies(other)
                if common:
                    unmet.append(Unmet(case.name, f"{', '.join(sorted(common))} also does {other.name}"))
    return judged, unmet


def _bodies(step: Step) -> set[str]:
    bodies = (step.procedure.roles[role].body for role in step.act.roles if role in step.procedure.roles)
    return {body for body in bodies if body is not None}


def _offices(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    def wrong(step: Step, wanted: tuple[str, ...]) -> str | None:
        foreign = set(step.act.actor) - set(wanted)
        return f"{', '.join(sorted(foreign))} may do it, besides {', '.join(wanted)}" if foreign else None

    return _each_case(rule, files, wrong)


def _marked(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    def wrong(step: Step, wanted: tuple[str, ...]) -> str | None:
        missing = [mark for mark in wanted if not any(_has_mark(step, each) for each in mark.split("|"))]
        return f"lacks {', '.join(missing)}" if missing else None

    return _each_case(rule, files, wrong)


def _has_mark(step: Step, mark: str) -> bool:
    """Return whether an act has a mark: `release`, `ends_title`, `stops_all`, or one with a name (`opens:fact` …).

    A rule names several with `|` where one of them is enough.
    """
    kind, _, what = mark.partition(":")
    match kind:
        case "also":
            machine, _, trigger = what.partition(":")
            return any((each.procedure, each.trigger) == (machine, trigger) for each in step.act.also)
        case "custody":
            return step.act.custody is not None and step.act.custody.kind == what
        case "opens":
            return step.act.opens_period == what
        case "closes":
            return what in step.act.closes_period
        case "generates":
            return what in step.act.generates
        case "tells":
            return what in step.act.shares_with
        case "clears":
            return what in step.act.clears
        case "starts":
            return what in (*step.act.starts, *step.act.restarts)
        case "sets":
            return what in step.act.sets
        case _:
            return bool(getattr(step.act, kind))


def _papers(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    def wrong(step: Step, wanted: tuple[str, ...]) -> str | None:
        needed = {form for forms in step.act.requires for form in forms}
        missing = [forms for forms in wanted if needed.isdisjoint(forms.split("|"))]
        return f"happens without {', '.join(missing)}" if missing else None

    return _each_case(rule, files, wrong)


def _asks(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    def wrong(step: Step, wanted: tuple[str, ...]) -> str | None:
        missing = [fact for fact in wanted if fact not in step.act.fields.required]
        return f"does not ask for {', '.join(missing)}" if missing else None

    return _each_case(rule, files, wrong)


def _guarded(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    def wrong(step: Step, wanted: tuple[str, ...]) -> str | None:
        missing = [each for each in wanted if not _refuses(step, each)]
        return f"is not refused by {', '.join(missing)}" if missing else None

    return _each_case(rule, files, wrong)


def _refuses(step: Step, wanted: str) -> bool:
    """Return whether a clause (`guard.clause`) stops the act when it is not met."""
    name, _, clause_id = wanted.partition(".")
    clauses = step.procedure.guards[name].clauses if name in step.act.guards else ()
    return any(each.id == clause_id and each.effect is Effect.REFUSE for each in clauses)


def _amounts(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    limits = {limit.id: limit for each in files.system.procedures for limit in each.limits.values()}
    unmet = []
    for case in rule.cases:
        limit = limits.get(case.name)
        found = (str(limit.amount), limit.unit.value) if limit else ("none",)
        if found != case.wanted:
            unmet.append(Unmet(case.name, f"is {' '.join(found)}, not {' '.join(case.wanted)}"))
    return len(rule.cases), unmet


def _each_case(
    rule: SafetyRule, files: Files, wrong: Callable[[Step, tuple[str, ...]], str | None]
) -> tuple[int, list[Unmet]]:
    """Judge every case of every act a rule names; an act that the procedure has lost is a fault too."""
    judged, unmet = 0, []
    for case in rule.cases:
        steps = files.named(case.name)
        if not steps:
            unmet.append(Unmet(case.name, "does not exist in this edition"))
        for step in steps:
            judged += 1
            said = wrong(step, case.wanted)
            if said is not None:
                unmet.append(Unmet(case.name, said))
    return judged, unmet


def _whole(_: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    judged = 0
    unmet: list[Unmet] = []
    for procedure in files.system.procedures:
        judged += len(procedure.states) + len(procedure.transitions)
        unmet += _graph_faults(procedure)
        unmet += _name_faults(procedure, files)
    return judged, unmet


def _graph_faults(procedure: Procedure) -> Iterator[Unmet]:
    starts = {procedure.initial.id} | {act.opens_dossier for act in procedure.transitions if act.opens_dossier}
    reached = _closure({each for each in starts if each}, _forward(procedure))
    terminal = {state.id for state in procedure.states.values() if state.terminal}
    leading = _closure(terminal, _backward(procedure))
    for state in procedure.states.values():
        if state.id not in reached:
            yield Unmet(state.id, "no path reaches it")
        elif state.id not in leading and not state.terminal and not state.no_limit:
            yield Unmet(state.id, "no path leads from it to an end")
        if not state.terminal and state.no_limit is None and not _is_limited(procedure, state.id):
            yield Unmet(state.id, "nobody is bound to act in time here, and no reason is given")
    for act in procedure.transitions:
        if not reached & set(act.source):
            yield Unmet(act.trigger, "can never happen: none of its states is reached")
        if not act.roles:
            yield Unmet(act.trigger, "can never happen: nobody may do it")


def _is_limited(procedure: Procedure, state: str) -> bool:
    """Return whether a limit is started by what leads here, or stopped by what leaves: somebody has to act in time."""
    arriving = [act for act in procedure.transitions if act.dest == state or (act.dest == "=" and state in act.source)]
    started = {name for act in arriving for name in (*act.starts, *act.restarts)}
    stopped = {name for act in procedure.by_source[state] for name in act.stops}
    return bool(started | stopped)


def _forward(procedure: Procedure) -> Mapping[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for act in procedure.transitions:
        for source in act.source:
            edges.setdefault(source, set()).add(source if act.dest == "=" else act.dest)
    return edges


def _backward(procedure: Procedure) -> Mapping[str, set[str]]:
    edges: dict[str, set[str]] = {}
    for source, dests in _forward(procedure).items():
        for dest in dests:
            edges.setdefault(dest, set()).add(source)
    return edges


def _closure(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    reached, waiting = set(start), list(start)
    while waiting:
        for following in edges.get(waiting.pop(), ()):
            if following not in reached:
                reached.add(following)
                waiting.append(following)
    return reached


def _name_faults(procedure: Procedure, files: Files) -> Iterator[Unmet]:
    for act in procedure.transitions:
        for also in act.also:
            machine = files.system.sides.get(also.procedure)
            if machine is not None and also.trigger not in machine.by_trigger:
                yield Unmet(act.trigger, f"moves {also.procedure} by {also.trigger}, which does not exist")
            if machine is None and not procedure.side:
                yield Unmet(act.trigger, f"moves {also.procedure}, which no act begins")
        forms = {*act.generates, *(form for forms in act.requires for form in forms)}
        if files.forms is not None and forms - files.forms:
            yield Unmet(act.trigger, f"names papers that do not exist: {', '.join(sorted(forms - files.forms))}")


def _cited(rule: SafetyRule, files: Files) -> tuple[int, list[Unmet]]:
    judged, unmet = 0, []
    for procedure in files.system.procedures:
        for where, basis in _citations(procedure):
            for cite in re.split(r";\s*", basis):
                judged += 1
                if not _is_allowed(cite.strip(), rule):
                    unmet.append(Unmet(where, f"cites {cite.strip()!r}, which is in no instrument of the list"))
    return judged, unmet


def _citations(procedure: Procedure) -> Iterator[tuple[str, str]]:
    for guard in procedure.guards.values():
        yield guard.id, guard.basis
        yield from ((f"{guard.id}.{clause.id}", clause.basis) for clause in guard.clauses)
    for limit in procedure.limits.values():
        yield limit.id, limit.basis
    for act in procedure.transitions:
        yield act.trigger, act.basis


def _is_allowed(cite: str, rule: SafetyRule) -> bool:
    for instrument in rule.instruments:
        if instrument.articles == 0 and cite.startswith(instrument.prefix):
            return True
        found = re.match(rf"{re.escape(instrument.prefix)}(\d+)", cite)
        if found and 1 <= int(found.group(1)) <= instrument.articles:
            return True
    return False


_JUDGES: Mapping[Kind, Callable[[SafetyRule, Files], tuple[int, list[Unmet]]]] = MappingProxyType(
    {
        Kind.APART: _apart,
        Kind.OFFICES: _offices,
        Kind.MARKED: _marked,
        Kind.PAPERS: _papers,
        Kind.ASKS: _asks,
        Kind.AMOUNTS: _amounts,
        Kind.GUARDED: _guarded,
        Kind.WHOLE: _whole,
        Kind.CITED: _cited,
    }
)
