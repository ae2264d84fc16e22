"""Checks that a procedure is whole: every id it names exists and every rule can be applied.

Says nothing about whether the procedure is lawful: that is for the proof.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

from workflow.model import FactDef, Limit, Policy, Procedure, State, Transition
from workflow.predicates import Comparison, FactTest, PolicyTest, Predicate, leaves_of, names_in
from workflow.reading import LawProblem, Source
from workflow.vocabulary import Effect, Expiry, FactType, FactValue, Unit

#: Tokens that `sets` may use instead of a literal: they take their value from the act itself.
ACT_TOKENS = ("@occurred_at", "@occurred_on")

#: What `term.py` needs to know; a term limit says which fact holds each.
TERM_INPUTS = frozenset(("months", "start", "holds", "hold_escapes", "excluded", "court_decision"))

_Say = Callable[[str, str, str], None]


def check_procedure(
    procedure: Procedure, sources: Sequence[Source], *, forms: frozenset[str] | None, policies: Mapping[str, Policy]
) -> list[LawProblem]:
    """Return every broken reference of the procedure; none means it is whole.

    `sources` are the files it was read from, so that each problem names the file and line of its table.
    """
    problems: list[LawProblem] = []

    def say(owner: str, key: str, reason: str, *, number: int = 0) -> None:
        source, line = _place_of(owner, sources, number)
        problems.append(LawProblem(source.name, line, f"{owner}.{key}", reason))

    known: dict[str, frozenset[str] | None] = {
        "fact": frozenset(procedure.facts),
        "limit": frozenset(procedure.limits),
        "policy": frozenset(policies),
        "form": forms,
        "procedure": None,
    }
    _check_predicates(procedure, known, say)
    _check_values(procedure, policies, say)
    _check_bodies(procedure, say)
    _check_bindings(procedure, say)
    _check_states(procedure, say)
    for limit in procedure.limits.values():
        _check_limit(limit, procedure, say)
    for guard in procedure.guards.values():
        if not guard.clauses:
            say(guard.id, "clause", "a guard without a clause refuses nothing: give it one or drop it")
    for acts in procedure.by_trigger.values():
        for number, transition in enumerate(acts):
            _check_transition(transition, procedure, known, partial(say, number=number))
    for owner, named in _policies_named(procedure):
        for name in set(named) - set(policies):
            say(owner, "policies", f"names policy {name!r}, which does not exist")
    return problems


def check_together(procedures: Sequence[Procedure]) -> list[LawProblem]:
    """Return every side machine or move of one that an act names and that no file has, or that could refuse the act."""
    problems: list[LawProblem] = []
    sides: dict[str, list[Procedure]] = {}
    for procedure in procedures:
        if procedure.side:
            sides.setdefault(procedure.id, []).append(procedure)
    taken = {(also.procedure, also.trigger) for each in procedures for act in each.transitions for also in act.also}
    for procedure in procedures:
        sources = [Source(name, text) for name, text in procedure.files]
        for acts in procedure.by_trigger.values():
            for number, act in enumerate(acts):
                for key, reason in _beside(procedure, act, sides, taken):
                    source, line = _place_of(act.trigger, sources, number)
                    problems.append(LawProblem(source.name, line, f"{act.trigger}.{key}", reason))
    return problems


def _beside(
    procedure: Procedure, act: Transition, sides: Mapping[str, Sequence[Procedure]], taken: set[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with how an act and side machines go together, as (key, reason)."""
    if act.starts_proceeding is not None and act.starts_proceeding not in sides:
        yield "starts_proceeding", f"names side machine {act.starts_proceeding!r}, which does not exist"
    for also in act.also:
        editions = sides.get(also.procedure, ())
        if all(also.trigger not in each.by_trigger for each in editions):
            yield "also", f"names {also.procedure!r}, {also.trigger!r}, which does not exist"
    along = (procedure.id, act.trigger) in taken
    if act.along_only and not along:
        yield "along_only", "no act takes this move along: it could never happen"
    if along and (act.requires or act.fields.required or _refusing(procedure, act)):
        yield "also", "a move that comes along refuses nothing: no requires, no asks, no guard that refuses"


def _refusing(procedure: Procedure, act: Transition) -> bool:
    guards = [procedure.guards[name] for name in act.guards if name in procedure.guards]
    return any(clause.effect in (Effect.REFUSE, Effect.OVERRIDE) for guard in guards for clause in guard.clauses)


def _place_of(owner: str, sources: Sequence[Source], number: int) -> tuple[Source, int]:
    """Return the file and line where the `number`-th table named `owner` (its id or trigger) stands."""
    named = re.compile(rf'\s*(id|trigger)\s*=\s*"{re.escape(owner)}"')
    places = [
        (source, line)
        for source in sources
        for line, text in enumerate(source.text.splitlines(), 1)
        if named.match(text)
    ]
    return places[min(number, len(places) - 1)] if places else (sources[0], 1)


def _check_predicates(procedure: Procedure, known: Mapping[str, frozenset[str] | None], say: _Say) -> None:
    for owner, key, predicate in _predicates(procedure):
        for kind, name in names_in(predicate):
            existing = known[kind]
            if existing is not None and name not in existing:
                say(owner, key, f"names {kind} {name!r}, which does not exist")


def _check_values(procedure: Procedure, policies: Mapping[str, Policy], say: _Say) -> None:
    """Refuse a comparison that can never hold: a misspelt choice would switch a rule off without a word."""
    for owner, key, predicate in _predicates(procedure):
        for leaf in leaves_of(predicate):
            if isinstance(leaf, PolicyTest) and leaf.policy in policies:
                if leaf.value not in {choice.id for choice in policies[leaf.policy].values}:
                    say(owner, key, f"policy {leaf.policy!r} has no value {leaf.value!r}")
            elif isinstance(leaf, FactTest) and leaf.fact in procedure.facts:
                wrong = _wrong_value(procedure.facts[leaf.fact], leaf.comparison, leaf.value)
                if wrong is not None:
                    say(owner, key, f"fact {leaf.fact!r} can never be {wrong!r}")


def _check_sets(transition: Transition, procedure: Procedure, say: _Say) -> None:
    for name, value in transition.sets.items():
        if name in procedure.facts and value not in ACT_TOKENS:
            wrong = _wrong_value(procedure.facts[name], Comparison.IS, value)
            if wrong is not None:
                say(transition.trigger, "sets", f"fact {name!r} can never be {wrong!r}")


def _wrong_value(fact: FactDef, comparison: Comparison, value: FactValue) -> FactValue:
    """Return the value that the fact cannot have; None when all is well."""
    if comparison is Comparison.KNOWN:
        return None if isinstance(value, bool) else value
    for one in value if isinstance(value, tuple) else (value,):
        match fact.type:
            case FactType.BOOL:
                fits = isinstance(one, bool)
            case FactType.INT:
                fits = isinstance(one, int) and not isinstance(one, bool)
            case FactType.ENUM:
                fits = one in {choice.id for choice in fact.choices}
            case _:
                fits = isinstance(one, str)
        if not fits:
            return str(one)
    return None


def _predicates(procedure: Procedure) -> Iterator[tuple[str, str, Predicate]]:
    for guard in procedure.guards.values():
        for clause in guard.clauses:
            yield guard.id, f"clause {clause.id}", clause.require
    for limit in procedure.limits.values():
        for variant in limit.variants:
            yield limit.id, "variants", variant.when
    for transition in procedure.transitions:
        if transition.when is not None:
            yield transition.trigger, "when", transition.when


def _policies_named(procedure: Procedure) -> Iterator[tuple[str, tuple[str, ...]]]:
    for guard in procedure.guards.values():
        for clause in guard.clauses:
            yield guard.id, clause.policies
    for limit in procedure.limits.values():
        yield limit.id, limit.policies
    for transition in procedure.transitions:
        yield transition.trigger, transition.policies
    for binding in procedure.bindings.values():
        yield binding.id, binding.policies


def _check_bodies(procedure: Procedure, say: _Say) -> None:
    for body in procedure.bodies.values():
        if body.bind not in ("opener", "territory", "parent", "national", "field"):
            say(body.id, "bind", "must be opener, territory, parent, national or field")
        if (body.bind == "parent") != (body.of is not None) or (body.of or body.id) not in procedure.bodies:
            say(body.id, "of", "names the body whose superior this one is, for bind = parent only")
    for role in procedure.roles.values():
        if role.body is not None and role.body not in procedure.bodies:
            say(role.id, "body", f"names body {role.body!r}, which does not exist")


def _check_bindings(procedure: Procedure, say: _Say) -> None:
    for binding in procedure.bindings.values():
        if binding.id in procedure.roles and binding.id not in binding.offices:
            say(binding.id, "id", "is also a role: it may be filled by others beside itself, not by others alone")
        if not binding.offices:
            say(binding.id, "offices", "names no office: nobody could do the acts of this role")
        for office in binding.offices:
            if office not in procedure.roles:
                say(binding.id, "offices", f"names role {office!r}, which does not exist")


def _check_states(procedure: Procedure, say: _Say) -> None:
    initial = [state for state in procedure.states.values() if state.initial]
    if len(initial) != 1:
        say(procedure.id, "state", f"exactly one state is the initial one, not {len(initial)}")
    for state in procedure.states.values():
        _check_state(state, procedure, say)


def _check_state(state: State, procedure: Procedure, say: _Say) -> None:
    if state.holder not in procedure.bodies:
        say(state.id, "holder", f"names body {state.holder!r}, which does not exist")
    leaves = any(state.id in transition.source for transition in procedure.transitions)
    if not leaves and not state.terminal:
        say(state.id, "terminal", "no act leaves this state, and it is not terminal")


def _check_limit(limit: Limit, procedure: Procedure, say: _Say) -> None:
    stated = (("from", limit.from_fact), ("until", limit.until), ("ends_fact", limit.ends_fact))
    for key, fact in (*stated, *(("inputs", fact) for fact in limit.inputs.values())):
        if fact is not None and fact not in procedure.facts:
            say(limit.id, key, f"names fact {fact!r}, which does not exist")
    if limit.direction not in ("after", "before"):
        say(limit.id, "direction", "must be after or before")
    if limit.direction == "before" and limit.from_fact is None:
        say(limit.id, "from", "a limit that runs before something names the fact of that something")
    if (limit.unit is Unit.STATED) != (limit.until is not None):
        say(limit.id, "until", "a stated limit, and only such a one, names the fact that holds its end")
    if (limit.unit is Unit.TERM) != (set(limit.inputs) == TERM_INPUTS):
        say(limit.id, "inputs", f"a term limit, and only such a one, names the facts {', '.join(sorted(TERM_INPUTS))}")
    if limit.suspended_by is not None:
        periods = procedure.facts.get(limit.suspended_by)
        if periods is None or periods.type is not FactType.PERIODS or limit.direction == "before":
            say(limit.id, "suspended_by", "names a fact of periods, in a limit that runs after its start")
    if limit.rolls and limit.unit in (Unit.HOURS, Unit.TERM):
        say(limit.id, "rolls", "hours and terms never roll over a day off")
    _check_expiry(limit, procedure, say)


def _check_expiry(limit: Limit, procedure: Procedure, say: _Say) -> None:
    if (limit.on_expiry is Expiry.ADVANCE) != (limit.advances is not None):
        say(limit.id, "advances", "names the trigger that on_expiry = advance fires")
    if limit.advances is not None and limit.advances not in procedure.by_trigger:
        say(limit.id, "advances", f"names trigger {limit.advances!r}, which does not exist")
    if limit.owner is not None and limit.owner not in procedure.bodies:
        say(limit.id, "owner", f"names body {limit.owner!r}, which does not exist")


def _check_transition(
    transition: Transition, procedure: Procedure, known: Mapping[str, frozenset[str] | None], say: _Say
) -> None:
    forms = known["form"]
    named: list[tuple[str, str, tuple[str, ...], frozenset[str] | None]] = [
        ("source", "state", transition.source, frozenset(procedure.states)),
        ("dest", "state", () if transition.dest == "=" else (transition.dest,), frozenset(procedure.states)),
        ("actor", "role", transition.roles, frozenset(procedure.roles)),
        ("guards", "guard", transition.guards, frozenset(procedure.guards)),
        ("starts", "limit", transition.starts + transition.restarts + transition.stops, known["limit"]),
        ("generates", "form", transition.generates, forms),
        ("requires", "form", tuple(form for entry in transition.requires for form in entry), forms),
        ("sets", "fact", (*transition.sets, *transition.clears), known["fact"]),
        ("asks", "fact", transition.fields.all + tuple(transition.binds.values()), known["fact"]),
        (
            "binds",
            "body",
            (*transition.binds, *transition.shares_with, *transition.leaves),
            frozenset(procedure.bodies),
        ),
        ("custody", "form", _given(transition.custody.instrument if transition.custody else None), forms),
        ("opens_dossier", "state", _given(transition.opens_dossier), frozenset(procedure.states)),
    ]
    for key, kind, names, existing in named:
        for name in names:
            if existing is not None and name not in existing:
                say(transition.trigger, key, f"names {kind} {name!r}, which does not exist")
    _check_facts(transition, procedure, say)
    _check_sets(transition, procedure, say)
    if transition.custody is not None and transition.custody.holder not in (None, *procedure.bodies):
        say(transition.trigger, "custody", f"names body {transition.custody.holder!r}, which does not exist")
    _check_person(transition, procedure, say)


def _given(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _check_facts(transition: Transition, procedure: Procedure, say: _Say) -> None:
    facts = procedure.facts
    for name in transition.fields.all:
        if name in facts and facts[name].derived:
            say(transition.trigger, "asks", f"fact {name!r} is derived: nobody may type it")
    for body, fact in transition.binds.items():
        if fact in facts and facts[fact].type is not FactType.ORGANIZATION:
            say(transition.trigger, "binds", f"fact {fact!r} that fills {body} must be an organization")
    for period in (transition.opens_period, *transition.closes_period):
        if period is not None and (period not in facts or facts[period].type is not FactType.PERIODS):
            say(transition.trigger, "opens_period", f"fact {period!r} must exist and have type periods")
    for value in transition.sets.values():
        if isinstance(value, str) and value.startswith("@") and value not in ACT_TOKENS:
            say(transition.trigger, "sets", f"{value!r} is none of {', '.join(ACT_TOKENS)}")


def _check_person(transition: Transition, procedure: Procedure, say: _Say) -> None:
    """Refuse an act after which the person would be somewhere else without a word on who holds them."""
    if procedure.side or transition.custody is not None or transition.dest == "=":
        return
    after = procedure.states.get(transition.dest)
    before = [procedure.states[source] for source in transition.source if source in procedure.states]
    if after and any(state.person is not after.person for state in before):
        say(transition.trigger, "custody", f"the person's place changes to {after.person}: say who holds them, by what")
