"""Where the steps of a court stand in an edition of a procedure, found from the facts that its acts state.

Knows no state, act or limit: `court.toml` names facts, everything else follows from the law files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from dossiers.bodies.access import RIGHTS, Actor, Office
from dossiers.files.editions import Law
from workflow.model import Procedure, Transition

#: The right of the offices of courts.
COURT_WORK: Final = "court:work"
#: Step -> the fact by which it is known.
FACTS: Final[Mapping[str, str]] = MappingProxyType(
    tomllib.loads((files("dossiers.court") / "court.toml").read_text(encoding="utf-8"))
)


class Docket(StrEnum):
    """The lists of a docket, in the order in which a court works through them."""

    #: Received, to be accepted or returned.
    TO_ACCEPT = "to-accept"
    #: Accepted, and no day of a hearing is set.
    NO_DAY = "no-day"
    #: The day of the hearing has come or gone, and no result is recorded.
    HEARD = "heard"
    #: Returned, clarification asked for, or the review stayed: somebody else has to do something.
    WAITING = "waiting"
    #: Decided; the decision may still be challenged or has still to be sent.
    DECIDED = "decided"
    #: A limit of the court runs in a dossier that stands in none of these.
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of the court in one edition: the places it fills, states by list, acts that end a hearing, limits."""

    procedure: Procedure
    bodies: frozenset[str]
    to_accept: frozenset[str]
    no_day: frozenset[str]
    hearing: frozenset[str]
    waiting: frozenset[str]
    decided: frozenset[str]
    #: Limits that a decision starts, and those of them within which it may be challenged.
    after_decision: frozenset[str]
    windows: frozenset[str]
    #: The places that hand the file in.
    proposers: frozenset[str]

    @property
    def before_hearing(self) -> frozenset[str]:
        """Return the states in which a day of a hearing, if one is on file, is no longer or not yet one to come to."""
        return self.to_accept | self.no_day | self.waiting

    @property
    def listed(self) -> frozenset[str]:
        """Return the states that one of the lists shows by themselves."""
        return self.before_hearing | self.hearing | self.decided


def court_offices(actor: Actor) -> tuple[Office, ...]:
    """Return the offices that the caller holds in courts."""
    return tuple(office for office in actor.offices if office.role in RIGHTS[COURT_WORK])


def steps_of_law(law: Law) -> tuple[Steps, ...]:
    """Return the steps of the court in every edition of a main procedure that has a court."""
    found = (steps_of(procedure) for procedure in law.procedures if not procedure.side)
    return tuple(steps for steps in found if steps.bodies)


def ends_hearing(transition: Transition) -> bool:
    """Say whether an act is a result of a hearing: a decision, or an adjournment."""
    return not {FACTS["decision"], FACTS["adjournment"]}.isdisjoint(transition.fields.required)


def outcomes(procedure: Procedure, state: str) -> tuple[Transition, ...]:
    """Return the acts by which a court ends a hearing from a state, in the order of the law file."""
    return tuple(
        act for act in procedure.by_source.get(state, ()) if ends_hearing(act) and _offices(procedure) & {*act.actor}
    )


def steps_of(procedure: Procedure) -> Steps:
    """Return the steps of the court in one edition."""
    return _steps(_Keyed(procedure))


@dataclass(frozen=True, eq=False)
class _Keyed:
    """A procedure as a key: two editions are the same if their contents are."""

    procedure: Procedure

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Keyed) and other.procedure.sha256 == self.procedure.sha256

    def __hash__(self) -> int:
        return hash(self.procedure.sha256)


@cache
def _steps(key: _Keyed) -> Steps:
    procedure, offices = key.procedure, _offices(key.procedure)
    acts = [act for act in procedure.transitions if offices & {*act.roles}]
    accepting, returning = _stating(acts, "acceptance"), _stating(acts, "returned")
    setting, asking = _stating(acts, "hearing"), _stating(acts, "clarification")
    to_accept = _sources(accepting)
    hearing = frozenset(state for act in setting for state in _after(act))
    clarifying = frozenset(state for act in asking for state in _after(act))
    no_day = (_sources(setting) | {state for act in accepting for state in _after(act)}) - hearing - clarifying
    reviewed = no_day | hearing | clarifying
    deciding = [
        act for act in _stating(acts, "decision") if offices & {*act.actor} and not reviewed.isdisjoint(act.source)
    ]
    stayed = _sources(deciding) - no_day - hearing
    started = frozenset(name for act in deciding for name in (*act.starts, *act.restarts))
    decided = frozenset(state for act in deciding for state in _after(act)) - stayed - reviewed
    handing_in = [act for act in procedure.transitions if act.dest in to_accept]
    return Steps(
        procedure=procedure,
        bodies=frozenset(body for office in offices if (body := procedure.roles[office].body)),
        to_accept=to_accept,
        no_day=no_day,
        hearing=hearing,
        waiting=stayed | clarifying | {state for act in returning for state in _after(act)},
        decided=decided,
        after_decision=started,
        windows=frozenset(name for name in started if not procedure.limits[name].duty),
        proposers=frozenset(
            body for act in handing_in for role in act.actor if (body := procedure.roles[role].body) is not None
        ),
    )


def _offices(procedure: Procedure) -> frozenset[str]:
    return RIGHTS[COURT_WORK] & procedure.roles.keys()


def _stating(acts: Iterable[Transition], step: str) -> list[Transition]:
    return [act for act in acts if FACTS[step] in act.fields.required]


def _sources(acts: Iterable[Transition]) -> frozenset[str]:
    return frozenset(state for act in acts for state in act.source)


def _after(act: Transition) -> tuple[str, ...]:
    """Return the states in which a dossier may stand after an act."""
    return act.source if act.dest == "=" else (act.dest,)
