"""Decide where a dossier goes next.

The only module that imports `transitions`.  `decide` takes facts and returns a decision or raises a
refusal that lists every reason; it never reads a clock, a table or a file, so a test needs three lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from transitions import Event, EventData, Machine
from transitions import Transition as Arrow

from workflow import refusals
from workflow.calendar import Calendar
from workflow.effects import Consequences, Effects, LimitStarter
from workflow.fields import FieldReader
from workflow.judging import judge_of
from workflow.model import Procedure, State, Transition
from workflow.predicates import AllOf, Predicate, Situation, names_in
from workflow.refusals import MoveRefusedError, Reason
from workflow.vocabulary import Effect, Facts, FactValue

NO_REASONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, as the procedure sees it: offices held in a body of this dossier, and held elsewhere."""

    roles: frozenset[str]
    roles_elsewhere: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Act:
    """What happens: the trigger, what the officer stated, when it took place and when we learned it.

    `overrides` maps a guard that allows it to the officer's reason for going on all the same.
    """

    trigger: str
    fields: Mapping[str, object]
    recorded_at: datetime
    overrides: Mapping[str, str] = field(default_factory=lambda: NO_REASONS)
    #: True when the act comes with an act of the main procedure.
    along: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What the act does: the new state, facts and limits, and what must be recorded with it."""

    transition: Transition
    state: State
    stated: Mapping[str, FactValue]
    effects: Effects
    #: Warnings, alarms and overridden reasons: recorded, shown, never in the way.
    remarks: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Possibility:
    """A move as seen from where the dossier stands; `reasons` say what is still in its way."""

    transition: Transition
    allowed: bool
    reasons: tuple[Reason, ...]
    remarks: tuple[Reason, ...]


class Engine:
    """One procedure edition, ready to decide; built once and shared by all threads."""

    def __init__(self, procedure: Procedure, calendar: Calendar) -> None:
        self.procedure, self.calendar = procedure, calendar
        machine = _Machine(
            model=None,
            states=list(procedure.states),
            initial=procedure.initial.id,
            auto_transitions=False,
            queued=False,
        )
        starters = {name: LimitStarter(limit) for name, limit in procedure.limits.items()}
        moves = [
            _Move(procedure, transition, f"{transition.trigger}/{number}", machine, starters, calendar)
            for number, transition in enumerate(procedure.transitions)
        ]
        self._by_trigger: dict[str, list[_Move]] = {}
        self._by_source: dict[str, list[_Move]] = {state: [] for state in procedure.states}
        self._by_place: dict[tuple[str, str], list[_Move]] = {}
        for move in moves:
            self._by_trigger.setdefault(move.transition.trigger, []).append(move)
            for state in procedure.states.keys() & set(move.transition.source):
                self._by_source[state].append(move)
                self._by_place.setdefault((move.transition.trigger, state), []).append(move)

    def decide(self, situation: Situation, act: Act, actor: Actor) -> Decision:
        """Return what `act` does, or raise MoveRefusedError with every reason why it cannot happen now."""
        cases = self._by_trigger.get(act.trigger)
        if cases is None:
            raise MoveRefusedError(act.trigger, [refusals.unknown_move(act.trigger)])
        here = self._by_place.get((act.trigger, situation.state))
        move, holds, stated, facts, reasons = _choose(here or cases, situation, act)
        if not here:
            reasons.append(refusals.wrong_state(self.procedure, move.transition, situation.state))
        elif not holds:
            reasons.append(refusals.no_case(move.transition))
        if move.transition.along_only and not act.along:
            reasons.append(refusals.along_only(move.transition))
        if move.roles.isdisjoint(actor.roles):
            reasons.append(self._not_the_office(move, actor))
        if situation.occurred_at > act.recorded_at:
            reasons.append(refusals.in_future())
        if situation.last_act_at is not None and situation.occurred_at < situation.last_act_at:
            reasons.append(refusals.before_previous())
        move.find_unmet(facts, situation, reasons)
        if reasons:
            blocking = [reason for reason in reasons if _blocks(reason, move.transition, act.overrides)]
            if blocking:
                raise MoveRefusedError(act.trigger, blocking, move.transition)
        state = self.procedure.states[move.fire(situation.state)]
        effects = move.consequences.of(situation, facts)
        return Decision(move.transition, state, stated, effects, tuple(reasons))

    def available(self, situation: Situation, actor: Actor) -> tuple[Possibility, ...]:
        """Return every move from here, allowed or not, one a trigger, in the order of the procedure.

        Conditions on facts that the move itself will ask for are left open: they are judged when it is made.
        """
        found: dict[str, Possibility] = {}
        for move in self._by_source[situation.state]:
            transition = move.transition
            if transition.trigger in found or transition.along_only:
                continue
            if not move.when_open and not move.when(situation.facts, situation):
                continue
            reasons = [self._not_the_office(move, actor)] if move.roles.isdisjoint(actor.roles) else []
            move.find_unmet(situation.facts, situation, reasons, leave_open=True)
            blocking = tuple(reason for reason in reasons if reason.effect is Effect.REFUSE)
            remarks = tuple(reason for reason in reasons if reason.effect is not Effect.REFUSE)
            found[transition.trigger] = Possibility(transition, not blocking, blocking, remarks)
        return tuple(found.values())

    def _not_the_office(self, move: _Move, actor: Actor) -> Reason:
        if move.roles.isdisjoint(actor.roles_elsewhere):
            return refusals.wrong_role(self.procedure, move.transition)
        return refusals.wrong_body(self.procedure, move.transition)


class _Token:
    """The throw-away object that `transitions` moves."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class _Arrow(Arrow):
    """An arrow that nobody listens to: no callback runs before, on or after it, so none is looked for."""

    def execute(self, event_data: EventData) -> bool:
        """Let the machine put the token into the state the arrow leads to."""
        assert self.dest is not None
        event_data.machine.set_state(self.dest, event_data.model)
        return True


class _Trigger(Event):
    """An event of one act: at most one arrow leaves each state, nothing waits in a queue, nobody handles faults."""

    def trigger(self, model: object, *args: object, **kwargs: object) -> bool:
        """Move the token along the arrow that leaves its state; ValueError where there is none."""
        assert isinstance(model, _Token)
        (arrow,) = self.transitions.get(model.state, [])
        return arrow.execute(EventData(None, self, self.machine, model, args, kwargs))


class _Machine(Machine):
    """The states and arrows of one procedure."""

    event_cls = _Trigger
    transition_cls = _Arrow


class _Move:
    """One transition of the procedure with everything about it that can be worked out beforehand."""

    def __init__(
        self,
        procedure: Procedure,
        transition: Transition,
        event: str,
        machine: Machine,
        starters: Mapping[str, LimitStarter],
        calendar: Calendar,
    ) -> None:
        self.transition = transition
        self.sources, self.roles = frozenset(transition.source), frozenset(transition.roles)
        self.reader = FieldReader(procedure, transition)
        self.consequences = Consequences(transition, starters, calendar)
        self.when = judge_of(AllOf(()) if transition.when is None else transition.when)
        self.when_open = transition.when is not None and _open(transition.when, transition)
        fresh = frozenset(transition.fresh)
        #: What serves once, what serves again, and the reason if none of it is on file.
        self._papers = tuple(
            (
                fresh & set(forms),
                set(forms) - fresh,
                refusals.missing_paper(transition, forms, release=transition.release),
            )
            for forms in transition.requires
        )
        self._clauses = tuple(
            (judge_of(clause.require), _open(clause.require, transition), refusals.from_clause(guard, clause))
            for guard in (procedure.guards[name] for name in transition.guards)
            for clause in guard.clauses
        )
        machine.add_transition(event, list(transition.source), transition.dest)
        self._event = machine.events[event]
        self._walked: dict[str, str] = {}

    def find_unmet(
        self, facts: Facts, situation: Situation, reasons: list[Reason], *, leave_open: bool = False
    ) -> None:
        """Add the papers that are missing and the clauses not met; `leave_open`: not those on what the act states."""
        for once, again, missing in self._papers:
            if situation.unused_papers.isdisjoint(once) and situation.papers.isdisjoint(again):
                reasons.append(missing)
        for holds, is_open, unmet in self._clauses:
            if not holds(facts, situation) and not (leave_open and is_open):
                reasons.append(unmet)

    def fire(self, source: str) -> str:
        """Let `transitions` make the move; anything but a clean move is a bug, not a refusal.

        Nothing that the machine moves has a memory, so an arrow that was walked once is not walked again.
        """
        dest = self._walked.get(source)
        if dest is None:
            token = _Token(source)
            moved = self._event.trigger(token)
            assert moved is True
            dest = self._walked[source] = token.state
        return dest


_Chosen = tuple[_Move, bool, dict[str, FactValue], dict[str, FactValue], list[Reason]]


def _choose(cases: Sequence[_Move], situation: Situation, act: Act) -> _Chosen:
    """Return the case to judge by, whether it holds, the facts stated, all facts with them, and what is wrong there.

    It is the first case that holds; if none does, the first of all.
    """
    first: _Chosen | None = None
    for move in cases:
        stated, reasons = move.reader.read(act.fields, recorded_at=act.recorded_at)
        facts = {**situation.facts, **stated}
        holds = situation.state in move.sources and move.when(facts, situation)
        if holds:
            return move, True, stated, facts, reasons
        first = first or (move, False, stated, facts, reasons)
    assert first is not None
    return first


def _open(predicate: Predicate, transition: Transition) -> bool:
    """Return whether the condition depends on a fact that the move itself asks for."""
    asked = set(transition.fields.all)
    return any(kind == "fact" and name in asked for kind, name in names_in(predicate))


def _blocks(reason: Reason, transition: Transition, overrides: Mapping[str, str]) -> bool:
    """Return whether the reason stops the act: refusals always, overrides unless the officer gave a reason.

    At a way out of custody only a refusal stops.
    """
    if reason.effect is Effect.REFUSE:
        return True
    if reason.effect is not Effect.OVERRIDE or transition.release:
        return False
    return not overrides.get(reason.guard, "").strip()
