"""What a proof looks at: one variable for each thing that a condition of the law can ask, with few values.

A proof does not run through days and names.  Of a date it matters whether it is known, of an age in which band it
lies, of a limit whether it is pending, open or over.  Each variable has a name `kind:what` and a small domain; time
and the choice of an officer are steps that change it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from workflow.model import Limit, Procedure
from workflow.predicates import (
    AgeTest,
    FactTest,
    LimitCheck,
    LimitTest,
    OrderTest,
    PolicyTest,
    Predicate,
    ProceedingTest,
    WithinTest,
    leaves_of,
)
from workflow.vocabulary import FactType, LimitKind, Person

#: The value of a variable: None = unknown, never started, nothing.
Value = object
#: True, False, or None where it depends on what is not tracked.
Truth = bool | None
Judge = Callable[[Mapping[str, Value]], Truth]
KNOWN = "known"
#: Known, but what a condition asks of it is open.
EITHER = "either"
OPEN, CLOSED = "open", "closed"
#: How a limit stands; a limit without a date ("undated") can neither end nor open.
PENDING, OPENED, ENDED, UNDATED = "pending", "opened", "ended", "undated"
STATE, CUSTODY = "state", "custody"


@dataclass(frozen=True, slots=True)
class System:
    """A main procedure with the side machines that its acts begin, and the values each policy can have."""

    main: Procedure
    sides: Mapping[str, Procedure]
    policies: Mapping[str, tuple[str, ...]]

    @property
    def procedures(self) -> Iterator[Procedure]:
        """Yield the main procedure, then its side machines."""
        yield self.main
        yield from self.sides.values()


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable: the values it can begin with, and those that somebody who states it can give it."""

    name: str
    initial: tuple[Value, ...]
    choices: tuple[Value, ...] = ()


def name_of(leaf: Predicate) -> str | None:
    """Return the variable that a leaf of a condition reads; None for papers, which anybody may put on file.

    The proof's own variables (the state, custody, flags) are asked for as facts whose name begins with `@`.
    """
    match leaf:
        case FactTest(fact):
            return fact.removeprefix("@") if fact.startswith("@") else f"fact:{fact}"
        case AgeTest(fact):
            return f"age:{fact}"
        case WithinTest(fact, amount, unit):
            return f"within:{fact}:{amount}:{unit}"
        case OrderTest(fact, not_before):
            return f"order:{fact}:{not_before}"
        case LimitCheck(_, limit):
            return f"limit:{limit}"
        case PolicyTest(policy, _):
            return f"policy:{policy}"
        case ProceedingTest(procedure, _):
            return f"at:{procedure}"
        case _:
            return None


def names_of(predicate: Predicate) -> frozenset[str]:
    """Return every variable that a condition reads."""
    return frozenset(name for leaf in leaves_of(predicate) if (name := name_of(leaf)) is not None)


def conditions_of(procedure: Procedure) -> Iterator[Predicate]:
    """Yield every condition that chooses or guards an act."""
    yield from (act.when for act in procedure.transitions if act.when is not None)
    yield from (clause.require for guard in procedure.guards.values() for clause in guard.clauses)


def facts_written(procedure: Procedure) -> Iterator[str]:
    """Yield every fact that some act states, sets, clears or keeps as a period, and the ends that limits give."""
    for act in procedure.transitions:
        yield from act.fields.all
        yield from act.sets
        yield from act.clears
        yield from act.closes_period
        if act.opens_period is not None:
            yield act.opens_period
    yield from (limit.ends_fact for limit in procedure.limits.values() if limit.ends_fact is not None)


class Variables:
    """The variables of a system, made when they are first asked for."""

    def __init__(self, system: System, extra: Iterable[Predicate] = ()) -> None:
        self.system = system
        self._leaves = [
            leaf
            for condition in chain(*(conditions_of(each) for each in system.procedures), extra)
            for leaf in leaves_of(condition)
        ]
        self._derived = self._dependents()
        self._asked_limits = frozenset(leaf.limit for leaf in self._leaves if isinstance(leaf, LimitCheck))
        self._made: dict[str, Variable] = {}
        self._memory: dict[tuple[str, object], object] = {}
        #: The conditions that were judged, by identity, each with the function that judges it (`truth.truth_of`).
        self.judges: dict[int, tuple[Predicate, Judge]] = {}
        self._limits: dict[str, Limit] = {}
        for procedure in system.procedures:
            self._limits.update(procedure.limits)
        self._written = frozenset(chain.from_iterable(map(facts_written, system.procedures)))

    def remembered(self, what: str, of: object) -> object | None:
        """Return what was worked out once about something of the system; None when it was not yet."""
        return self._memory.get((what, of))

    def remember(self, what: str, of: object, value: object) -> object:
        """Keep what follows from the system alone, so that no walk works it out again; return it."""
        self._memory[what, of] = value
        return value

    def __getitem__(self, name: str) -> Variable:
        """Return the variable of that name."""
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def limit(self, name: str) -> Limit | None:
        """Return the limit of that id, from the main procedure or a side machine."""
        return self._limits.get(name)

    def is_asked(self, limit_id: str) -> bool:
        """Return whether a condition asks how the limit stands; of other limits it only matters that they run."""
        return limit_id in self._asked_limits

    def anchored_on(self, fact: str) -> Iterator[Limit]:
        """Yield the limits that are counted back from the day that `fact` holds."""
        return (each for each in self._limits.values() if each.direction == "before" and each.from_fact == fact)

    def giving(self, facts: Iterable[str | None]) -> frozenset[str]:
        """Return the limits whose last day one of these facts holds."""
        wanted = set(facts) - {None}
        return frozenset(each.id for each in self._limits.values() if each.ends_fact in wanted)

    def has_window(self, name: str) -> bool:
        """Return whether the limit opens before it ends, so that conditions can ask for it."""
        limit = self._limits[name]
        return limit.direction == "before" or limit.kind is LimitKind.WINDOW

    def derived_from(self, fact: str) -> tuple[str, ...]:
        """Return the other variables whose value depends on this fact."""
        return self._derived.get(fact, ())

    def _dependents(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, dict[str, None]] = {}
        for leaf in self._leaves:
            match leaf:
                case AgeTest(fact) | WithinTest(fact):
                    found.setdefault(fact, {})[str(name_of(leaf))] = None
                case OrderTest(first, second):
                    for fact in (first, second):
                        found.setdefault(fact, {})[str(name_of(leaf))] = None
                case _:
                    pass
        return {fact: tuple(names) for fact, names in found.items()}

    def _make(self, name: str) -> Variable:
        kind, _, what = name.partition(":")
        match kind:
            case "fact":
                return self._given(name, what, self._known_values(what))
            case "age":
                return self._given(name, what, tuple(range(len(self._thresholds(what)) + 1)))
            case "within":
                return self._given(name, what.partition(":")[0], (True, False))
            case "order":
                return Variable(name, (True,), (True, False))
            case "policy":
                return Variable(name, self.system.policies.get(what, ("-",)))
            case "at":
                return Variable(name, ((None, frozenset()),))
            case "flag":
                return Variable(name, (False,))
            case "custody":
                return Variable(name, (Person.AT_LIBERTY.value,))
            case "state":
                return Variable(name, (self.system.main.initial.id,))
            case _:
                return Variable(name, (None,))

    def _given(self, name: str, fact: str, known: tuple[Value, ...]) -> Variable:
        """Return a variable that begins unknown; or anyhow, if no act writes the fact: then it comes from outside."""
        declared = any(fact in each.facts for each in self.system.procedures)
        return Variable(name, (None,) if fact in self._written or not declared else (None, *known), known)

    def _thresholds(self, fact: str) -> tuple[int, ...]:
        """Return the ages that conditions ask for, youngest first; band n lies below the n-th of them."""
        return tuple(
            sorted({leaf.at_least_years for leaf in self._leaves if isinstance(leaf, AgeTest) and leaf.fact == fact})
        )

    def age_reached(self, band: int, leaf: AgeTest) -> bool:
        """Return whether somebody in the band has reached the age that the leaf asks for."""
        return band > self._thresholds(leaf.fact).index(leaf.at_least_years)

    def _known_values(self, fact: str) -> tuple[Value, ...]:
        declared = next((each.facts[fact] for each in self.system.procedures if fact in each.facts), None)
        if declared is None or declared.type is FactType.PERIODS:
            return (KNOWN,)
        if declared.type is FactType.BOOL:
            return (True, False)
        if declared.type is FactType.ENUM:
            return tuple(choice.id for choice in declared.choices)
        if declared.type is FactType.INT:
            return self._numbers(fact)
        return (KNOWN,)

    def _numbers(self, fact: str) -> tuple[Value, ...]:
        """Return numbers on both sides of, and on, every number that a condition compares the fact with."""
        named: set[int] = set()
        for leaf in self._leaves:
            if isinstance(leaf, FactTest) and leaf.fact == fact:
                values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
                named |= {value for value in values if isinstance(value, int) and not isinstance(value, bool)}
        return tuple(sorted({near for number in named for near in (number - 1, number, number + 1)})) or (0,)


def limit_phase(value: Value) -> str | None:
    """Return how a limit stands, whether it runs or was stopped."""
    return value[0] if isinstance(value, tuple) else None


def limit_holds(test: LimitTest, value: Value) -> bool:
    """Return what the engine would say of a limit that stands so; a stopped limit still comes to its day."""
    phase = limit_phase(value)
    if phase is None or phase == UNDATED:
        return False
    if test is LimitTest.OPENED:
        return phase in (OPENED, ENDED)
    return (phase == ENDED) is (test is LimitTest.ENDED)
