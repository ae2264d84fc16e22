"""What each guard means, in two cases of real life with dates: one that goes on and one that does not.

The cases stand in `guard_cases.py`; `test_guards.py` tests the wiring of every clause, this file the meaning of rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from tests.workflow.guard_cases import CASES, CLEAN, Case
from tests.workflow.meeting import ORGANIZATION, values
from tests.workflow.walking import shipped
from workflow.certificates import VIETNAM
from workflow.engine import Act, Actor, Decision
from workflow.model import Transition
from workflow.predicates import OpenLimit, Situation
from workflow.refusals import MoveRefusedError, Reason
from workflow.vocabulary import Effect, FactType


def moment(text: str) -> datetime:
    """Return an instant in Việt Nam."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def ask(case: Case, **other: Any) -> Decision | MoveRefusedError:
    """Return what the engine says to the act of a case, or to its other case."""
    engine = shipped().engines[case.key]
    state, at = other.get("state", case.state), moment(other.get("on", case.on))
    known = {**CLEAN, **case.facts, **other.get("facts", {})}
    transition = next(each for each in engine.procedure.by_trigger[case.act] if state in each.source)
    given = {name: value for name, value in known.items() if value is not None}
    unknown = known.keys() - given.keys()
    fields = {name: given.get(name, harmless(case.key, name, at)) for name in transition.fields.required}
    fields |= {name: given[name] for name in transition.fields.optional if name in given}
    papers = frozenset(other.get("papers", case.papers)) | {forms[0] for forms in transition.requires}
    sides = other.get("sides", case.sides)
    limits = {name: limit(*times) for name, times in case.limits.items()}
    policies = {policy.id: policy.default for policy in shipped().policies.values()} | dict(case.policies)
    stated = {name: value for name, value in fields.items() if name not in unknown}
    situation = Situation(state, facts_before(given, transition), at, papers, papers, limits, sides, policies)
    try:
        return engine.decide(situation, Act(case.act, stated, at), Actor(frozenset([transition.roles[0]])))
    except MoveRefusedError as refused:
        return refused


def facts_before(given: Mapping[str, Any], transition: Transition) -> dict[str, Any]:
    """Return what is known before the act: not what the act itself states."""
    return {name: value for name, value in given.items() if name not in transition.fields.all}


def harmless(key: str, name: str, at: datetime) -> Any:
    """Return a value for a field that the case does not speak of."""
    fact = shipped().engines[key].procedure.facts[name]
    if fact.type is FactType.BOOL:
        return False
    return ORGANIZATION if fact.type is FactType.ORGANIZATION else values(fact, at.date())[0]


def limit(begun: str, due: str, opens: str | None = None) -> OpenLimit:
    """Return a limit between two moments."""
    return OpenLimit(moment(begun), moment(due), moment(opens) if opens else None)


def reasons(said: Decision | MoveRefusedError) -> list[Reason]:
    """Return everything said against an act."""
    return list(said.remarks if isinstance(said, Decision) else said.reasons)


NAMES = [f"{case.guard}: {case.means}" for case in CASES]


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_the_guard_allows_goes_on(case):
    """The act happens and this guard has nothing to say."""
    said = ask(case)

    assert isinstance(said, Decision), said
    assert [reason for reason in reasons(said) if reason.guard == case.guard] == []


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_what_the_guard_is_for_is_stopped_or_said(case):
    """One thing is different, and this clause says so with its article."""
    said = ask(case, **case.other)
    found = [reason for reason in reasons(said) if reason.guard == case.guard]

    assert {(reason.clause, reason.effect) for reason in found} == {(case.clause, case.effect), *case.besides}
    assert all(reason.basis for reason in found)
    assert isinstance(said, MoveRefusedError) is (case.effect in (Effect.REFUSE, Effect.OVERRIDE))


def test_every_guard_of_the_table_has_its_two_cases():
    """The 25 guards of the reference, each at least once."""
    named = (
        *("G-ADDICTED", "G-ASSESS", "G-AGE18", "G-GROUND", "G-EXCL", "G-LIMIT", "G-CRIM", "G-RESIDENCE", "G-COMPETENT"),
        *("G-FILE", "G-HOLD", "G-TRANSPORT", "G-FAC", "G-POSTPONE", "G-EXEMPT-NOTADD", "G-SUSPEND", "G-STAGE"),
        *("G-FUNERAL", "G-DONE", "G-SOCIAL", "G-POSTTERM", "G-EM", "G-EMGROUND", "G-DATES", "G-CITIZEN"),
    )

    assert {case.guard for case in CASES} == set(named)
    assert len(named) == 25
