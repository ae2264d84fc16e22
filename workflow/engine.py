"""Decide where a dossier goes next.

The only module that imports `transitions`.  `decide` takes facts and returns a decision or raises a
refusal that lists every reason; it never reads a clock, a table or a file, so a test needs three lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from transitions import EventData, Machine

from workflow import refusals
from workflow.calendar import Calendar
from workflow.effects import Effects, apply_effects
from workflow.fields import read_fields
from workflow.model import Procedure, State, Transition
from workflow.predicates import Situation, holds, names_in
from workflow.refusals import MoveRefusedError, Reason
from workflow.vocabulary import Effect, FactValue

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


class _Token:
    """The throw-away object that `transitions` moves."""

    __slots__ = ("state",)

    def __init__(self, state: str) -> None:
        self.state = state


class Engine:
    """One procedure edition, ready to decide; built once and shared by all threads."""

    def __init__(self, procedure: Procedure, calendar: Calendar) -> None:
        self.procedure, self.calendar = procedure, calendar
        self._machine = Machine(
            model=None,
            states=list(procedure.states),
            initial=procedure.initial.id,
            auto_transitions=False,
            send_event=True,
            queued=False,
        )
        for number, transition in enumerate(procedure.transitions):
            self._machine.add_transition(
                transition.trigger,
                list(transition.source),
                transition.dest,
                conditions=[_is_chosen(number)],
            )
        self._number = {id(transition): number for number, transition in enumerate(procedure.transitions)}

    def decide(self, situation: Situation, act: Act, actor: Actor) -> Decision:
        """Return what `act` does, or raise MoveRefusedError with every reason why it cannot happen now."""
        candidates = self.procedure.by_trigger.get(act.trigger, ())
        if not candidates:
            raise MoveRefusedError(act.trigger, [refusals.unknown_move(act.trigger)])
        here = [transition for transition in candidates if situation.state in transition.source]
        chosen, judged, stated, reasons = self._choose(here, here or candidates, situation, act)
        after = replace(situation, facts={**situation.facts, **stated})
        if not here:
            reasons.append(refusals.wrong_state(self.procedure, judged, situation.state))
        elif chosen is None:
            reasons.append(refusals.no_case(judged))
        if judged.along_only and not act.along:
            reasons.append(refusals.along_only(judged))
        reasons += self._who(judged, actor)
        reasons += _when(situation, act)
        reasons += self._what(judged, after)
        blocking = [reason for reason in reasons if _blocks(reason, judged, act.overrides)]
        if blocking:
            raise MoveRefusedError(act.trigger, blocking)
        assert chosen is not None
        state = self._fire(chosen, situation.state)
        effects = apply_effects(self.procedure, chosen, situation, stated, self.calendar)
        return Decision(chosen, state, stated, effects, tuple(reasons))

    def _choose(
        self, here: Sequence[Transition], judgeable: Sequence[Transition], situation: Situation, act: Act
    ) -> tuple[Transition | None, Transition, dict[str, FactValue], list[Reason]]:
        """Return the case that holds (None if none does), the one to judge by, and the facts stated with it."""
        first: tuple[dict[str, FactValue], list[Reason]] | None = None
        for transition in judgeable:
            stated, reasons = read_fields(self.procedure, transition, act.fields, recorded_at=act.recorded_at)
            first = first or (stated, reasons)
            after = replace(situation, facts={**situation.facts, **stated})
            if transition in here and (transition.when is None or holds(transition.when, after)):
                return transition, transition, stated, reasons
        assert first is not None
        return None, judgeable[0], *first

    def available(self, situation: Situation, actor: Actor, *, recorded_at: datetime) -> tuple[Possibility, ...]:
        """Return every move from here, allowed or not, one a trigger, in the order of the procedure.

        Conditions on facts that the move itself will ask for are left open: they are judged when it is made.
        """
        found: dict[str, Possibility] = {}
        for transition in self.procedure.by_source[situation.state]:
            if transition.trigger in found or transition.along_only:
                continue
            if (
                transition.when is not None
                and not _open(transition.when, transition)
                and not holds(transition.when, situation)
            ):
                continue
            act = Act(transition.trigger, {}, recorded_at)
            reasons = [*self._who(transition, actor), *self._what(transition, situation, leave_open=True)]
            blocking = tuple(reason for reason in reasons if _blocks(reason, transition, act.overrides, asked=True))
            remarks = tuple(reason for reason in reasons if reason not in blocking)
            found[transition.trigger] = Possibility(transition, not blocking, blocking, remarks)
        return tuple(found.values())

    def _who(self, transition: Transition, actor: Actor) -> list[Reason]:
        allowed = set(transition.roles)
        if allowed & actor.roles:
            return []
        if allowed & actor.roles_elsewhere:
            return [refusals.wrong_body(self.procedure, transition)]
        return [refusals.wrong_role(self.procedure, transition)]

    def _what(self, transition: Transition, situation: Situation, *, leave_open: bool = False) -> list[Reason]:
        """Return the papers that are missing and the clauses that are not met."""
        reasons = [
            refusals.missing_paper(transition, forms, release=transition.release)
            for forms in transition.requires
            if not _on_file(forms, transition, situation)
        ]
        for name in transition.guards:
            guard = self.procedure.guards[name]
            reasons += [
                refusals.from_clause(guard, clause)
                for clause in guard.clauses
                if not (leave_open and _open(clause.require, transition)) and not holds(clause.require, situation)
            ]
        return reasons

    def _fire(self, transition: Transition, source: str) -> State:
        """Let `transitions` make the move; anything but a clean move is a bug, not a refusal."""
        token = _Token(source)
        event = self._machine.events[transition.trigger]
        moved = event.trigger(token, self._number[id(transition)])
        assert moved is True
        return self.procedure.states[token.state]


def _is_chosen(number: int) -> Any:  # noqa: ANN401 - the library's own shape of a callback
    """Return the condition that lets the machine take exactly the transition that was judged."""

    def condition(event: EventData) -> bool:
        return bool(tuple(event.args) == (number,))

    return condition


def _on_file(forms: tuple[str, ...], transition: Transition, situation: Situation) -> bool:
    """Return whether one of the forms is on file, and not used up by an earlier act where this act uses it up."""
    return any(form in (situation.unused_papers if form in transition.fresh else situation.papers) for form in forms)


def _open(predicate: Any, transition: Transition) -> bool:  # noqa: ANN401 - any predicate
    """Return whether the condition depends on a fact that the move itself asks for."""
    asked = set(transition.fields.all)
    return any(kind == "fact" and name in asked for kind, name in names_in(predicate))


def _when(situation: Situation, act: Act) -> Iterable[Reason]:
    if situation.occurred_at > act.recorded_at:
        yield refusals.in_future()
    if situation.last_act_at is not None and situation.occurred_at < situation.last_act_at:
        yield refusals.before_previous()


def _blocks(reason: Reason, transition: Transition, overrides: Mapping[str, str], *, asked: bool = False) -> bool:
    """Return whether the reason stops the act: refusals always, overrides unless the officer gave a reason.

    At a way out of custody only a refusal stops; `asked` leaves overrides to the moment of the act.
    """
    if reason.effect is Effect.REFUSE:
        return True
    if reason.effect is not Effect.OVERRIDE or transition.release or asked:
        return False
    return not overrides.get(reason.guard, "").strip()
