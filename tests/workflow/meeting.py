"""Finds facts, papers, limits, policies and times under which a condition of the law holds, or does not.

Knows the leaf kinds of a predicate and nothing of any procedure.  `workflow.predicates.holds` stays the judge: whatever
is proposed here is tried on it, so a proposal that is wrong is never used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from workflow.certificates import VIETNAM, start_of
from workflow.deadlines import add_months
from workflow.model import FactDef, Procedure
from workflow.predicates import (
    AgeTest,
    AllOf,
    AnyOf,
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
    fact_date,
    holds,
)
from workflow.vocabulary import FactType, FactValue, Unit

#: A condition, and whether it must hold.
Goal = tuple[Predicate, bool]
#: What kind of thing changes, its name, its new value; None takes it away.
Change = tuple[str, str, object]

WORDS = "nội dung giả định"
ELSEWHERE = "NOWHERE"
#: How long an officer may wait for the day on which a condition will hold.
LONGEST_WAIT = timedelta(days=1200)
ORGANIZATION = "00000000-0000-4000-8000-000000000001"


@dataclass
class Draft:
    """A situation that may still change, to reach a goal.

    With `anything` every part of it is free.  Without it only what an officer can do is: state the facts `asked`
    (of which those in `required` must have a value), put papers on file, and wait.
    """

    procedure: Procedure
    state: str
    at: datetime
    facts: dict[str, FactValue] = field(default_factory=dict)
    papers: set[str] = field(default_factory=set)
    limits: dict[str, OpenLimit] = field(default_factory=dict)
    proceedings: dict[str, str] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    anything: bool = False

    def situation(self) -> Situation:
        """Return the draft as the engine would see it after the fields were read."""
        papers = frozenset(self.papers)
        return Situation(
            self.state, self.facts, self.at, papers, papers, self.limits, self.proceedings, self.policies, None
        )

    def put(self, change: Change) -> Change | None:
        """Make a change and return the one that takes it back; None when it is not free."""
        kind, name, value = change
        if not self.anything:
            match kind, value:
                case "fact", None if name in self.required:
                    return None
                case "fact", _ if name in self.asked:
                    pass
                case "papers", frozenset() if value >= self.papers:
                    pass
                case "time", datetime() if self.at <= value <= self.at + LONGEST_WAIT:
                    pass
                case _:
                    return None
        elif kind == "fact" and value is None and name in self.required:
            return None
        return self.force(change)

    def force(self, change: Change) -> Change:
        """Make a change, free or not, and return the one that takes it back."""
        kind, name, value = change
        match kind, value:
            case "time", datetime():
                before, self.at = self.at, value
                return kind, name, before
            case "papers", frozenset():
                were, self.papers = frozenset(self.papers), set(value)
                return kind, name, were
        places: dict[str, dict[str, Any]] = {
            "fact": self.facts,
            "limit": self.limits,
            "policy": self.policies,
            "proceeding": self.proceedings,
        }
        place = places[kind]
        here = place.pop(name, None)
        if value is not None:
            place[name] = value
        return kind, name, here


def aim(draft: Draft, predicate: Predicate, chance: Random, *, wanted: bool = True) -> bool:
    """Change the draft until the condition holds (or, not `wanted`, until it does not); return whether it worked."""
    if holds(predicate, draft.situation()) is wanted:
        return True
    match predicate:
        case Not(part):
            return aim(draft, part, chance, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            if isinstance(predicate, AllOf) is wanted:
                return all(aim(draft, part, chance, wanted=wanted) for part in parts)
            return any(aim(draft, part, chance, wanted=wanted) for part in chance.sample(parts, len(parts)))
    return _turn(draft, predicate, chance, wanted=wanted)


def _turn(draft: Draft, leaf: Predicate, chance: Random, *, wanted: bool) -> bool:
    if isinstance(leaf, OrderTest) and not wanted:  # both days must be known to be in the wrong order
        for name in (leaf.fact, leaf.not_before):
            if draft.facts.get(name) is None:
                day = add_months(_today(draft), -12 * chance.choice((0, 20)))
                draft.put(next(_dates(draft, name, day)))
    changes = list(options(leaf, draft))
    for change in chance.sample(changes, len(changes)):
        undo = draft.put(change)
        if undo is None:
            continue
        if holds(leaf, draft.situation()) is wanted:
            return True
        draft.force(undo)
    return False


def literals(predicate: Predicate, chance: Random, *, wanted: bool = True) -> Iterator[Goal]:
    """Yield the leaves, each with what it must be, of one way in which a condition holds (not `wanted`: does not)."""
    match predicate:
        case Not(part):
            yield from literals(part, chance, wanted=not wanted)
        case AllOf(parts) | AnyOf(parts):
            every = isinstance(predicate, AllOf) is wanted
            for part in parts if every else chance.sample(parts, min(1, len(parts))):
                yield from literals(part, chance, wanted=wanted)
        case _:
            yield predicate, wanted


def reach(draft: Draft, goals: Iterable[Goal], chance: Random, *, rounds: int = 200) -> bool:
    """Change the draft until every goal is met; False when chance did not find a way in so many rounds."""
    goals = list(goals)
    for _ in range(rounds):
        seen = draft.situation()
        unmet = [(predicate, wanted) for predicate, wanted in goals if holds(predicate, seen) is not wanted]
        if not unmet:
            return True
        predicate, wanted = chance.choice(unmet)
        aim(draft, predicate, chance, wanted=wanted)
    return False


def options(leaf: Predicate, draft: Draft) -> Iterator[Change]:
    """Yield every change that may turn one leaf true or false."""
    today = _today(draft)
    match leaf:
        case FactTest(name, _, value):
            yield from (("fact", name, each) for each in values(draft.procedure.facts.get(name), today, value))
        case AgeTest(name, years):
            yield from _dates(draft, name, add_months(today, -12 * years))
            yield from _birthday(draft, name, years)
        case WithinTest(name, amount, unit):
            yield from _dates(draft, name, add_months(today, -amount * (12 if unit is Unit.YEARS else 1)))
        case OrderTest(name, other):
            for one, two in ((name, other), (other, name)):
                yield from _dates(draft, one, fact_date(draft.facts, two) or today)
        case LimitCheck(_, limit):
            yield from (("limit", limit, each) for each in limits(draft.at))
            running = draft.limits.get(limit)
            ends = (running.due_at, running.opens_at) if running else ()
            yield from (("time", "", max(end, draft.at)) for end in ends if end is not None)
        case PaperTest(forms):
            yield from (("papers", "", frozenset(draft.papers | {form})) for form in forms)
            yield "papers", "", frozenset(draft.papers - set(forms))
        case PolicyTest(policy, value):
            yield from (("policy", policy, each) for each in (value, None))
        case ProceedingTest(procedure, states):
            yield from (("proceeding", procedure, each) for each in (*states, ELSEWHERE, None))
        case _:
            raise AssertionError(f"no way is known to meet {leaf}")


def _birthday(draft: Draft, name: str, years: int) -> Iterator[Change]:
    """Yield waiting until somebody is old enough."""
    born = fact_date(draft.facts, name)
    if born is not None:
        yield "time", "", max(start_of(add_months(born, 12 * years)), draft.at)


def _dates(draft: Draft, name: str, day: date) -> Iterator[Change]:
    """Yield a fact on a day, on its neighbours, and unknown."""
    fact = draft.procedure.facts.get(name)
    for each in (day, day - timedelta(days=1), day + timedelta(days=1)):
        yield "fact", name, moment_of(each) if fact and fact.type is FactType.DATETIME else each.isoformat()
    yield "fact", name, None


def values(fact: FactDef | None, today: date, named: FactValue = None) -> list[FactValue]:
    """Return values of a fact's type worth trying, None (unknown) among them; `named` is what a condition says."""
    mentioned = list(named) if isinstance(named, tuple) else [named]
    kind = fact.type if fact else FactType.STR
    match kind:
        case FactType.BOOL:
            return [True, False, None]
        case FactType.INT:
            whole = [each for each in mentioned if isinstance(each, int)]
            return [*(each + step for each in whole or [1] for step in (0, 1, -1)), None]
        case FactType.ENUM:
            assert fact is not None
            return [*(choice.id for choice in fact.choices), None]
        case FactType.DATE:
            return [today.isoformat(), None]
        case FactType.DATETIME:
            return [moment_of(today), None]
        case FactType.ORGANIZATION:
            return [ORGANIZATION, None]
        case FactType.PERIODS:
            return [((today.isoformat(), None),), None]
        case _:
            return [*(each for each in mentioned if isinstance(each, str)), WORDS, None]


def limits(at: datetime) -> list[OpenLimit | None]:
    """Return a limit in every condition a guard may ask for: not started, running, over, opening, opened, endless."""
    day = timedelta(days=1)
    return [
        None,
        OpenLimit(at - day, at + day),
        OpenLimit(at - 3 * day, at),
        OpenLimit(at - 3 * day, at + 3 * day, at + day),
        OpenLimit(at - 3 * day, at + day, at),
        OpenLimit(at - 3 * day, at - day, at - 2 * day, running=False),
        OpenLimit(at - day, None),
    ]


def moment_of(day: date) -> str:
    """Return the first minute of a day as facts hold an instant."""
    return datetime(day.year, day.month, day.day, 0, 1, tzinfo=VIETNAM).isoformat()


def _today(draft: Draft) -> date:
    return draft.at.astimezone(VIETNAM).date()
