"""What a procedure edition is made of: frozen records that the loader fills from TOML.

Nothing here computes and nothing here knows a statute: ids, articles and texts arrive from the
TOML files, and a record only says which shape they have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Any

from workflow.predicates import Predicate, full_years
from workflow.vocabulary import (
    NO_FACTS,
    Confidence,
    Effect,
    Expiry,
    Facts,
    FactType,
    LimitKind,
    Person,
    Protects,
    Text,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of an enumerated fact."""

    id: str
    label: Text


@dataclass(frozen=True, slots=True)
class FactDef:
    """A fact that acts state, guards read and forms print."""

    id: str
    type: FactType
    label: Text
    help: Text | None = None
    choices: tuple[Choice, ...] = ()
    #: The kinds of bodies that an organization may be of; any kind when empty.
    org_types: tuple[str, ...] = ()
    #: True for facts that only the engine or the domain sets: no field may ask for them.
    derived: bool = False
    #: True for a date that may lie after the act (an appointment, the end of a stated period).
    future: bool = False
    #: True for facts about health, crime or origin: never in logs, never in lists.
    sensitive: bool = False
    basis: str | None = None

    @property
    def org_type(self) -> str | None:
        """Return the first kind of body, None when any will do."""
        return self.org_types[0] if self.org_types else None


@dataclass(frozen=True, slots=True)
class Body:
    """A place in the procedure that an organization fills (`CAX`, `TANDKV` …)."""

    id: str
    title: Text
    org_types: tuple[str, ...]
    #: How the organization is found: `opener`, `territory` (covers the dossier's commune), `parent`
    #: (superior of `of`), `national`, or `field` (an act names it).
    bind: str
    of: str | None = None

    @property
    def org_type(self) -> str:
        """Return the first kind of body that fills the place: the one found by territory or rank."""
        return self.org_types[0]


@dataclass(frozen=True, slots=True)
class Role:
    """An office that acts; `body` is where its holder must sit."""

    id: str
    title: Text
    #: None for those who never sign in: the person, the family, the clock.
    body: str | None
    level: str
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Binding:
    """Which offices fill a role in the window of an edition; acts name the role, users see the offices.

    The role is an abstract one, or an office that others fill too and that is then among `offices`.
    """

    id: str
    title: Text
    offices: tuple[str, ...]
    basis: str
    confidence: Confidence
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Clause:
    """One condition of a guard, with the sentence that an officer reads when it is not met."""

    id: str
    require: Predicate
    text: Text
    cure: Text
    basis: str
    confidence: Confidence
    effect: Effect
    policies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guard:
    """A named rule of the law that one or more transitions must satisfy."""

    id: str
    title: Text
    basis: str
    confidence: Confidence
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class LimitVariant:
    """Other values of a limit for a case that the law singles out (remote places, minors …)."""

    when: Predicate
    amount: int
    from_fact: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A time limit of the law: how long, from what, and what its end means."""

    id: str
    title: Text
    amount: int
    unit: Unit
    kind: LimitKind
    start_event: Text
    stop_event: Text
    basis: str
    confidence: Confidence
    #: The fact that holds the start; None = the moment of the act that starts the limit.
    from_fact: str | None = None
    #: For `stated` limits: the fact that holds the end.
    until: str | None = None
    #: "after" the start, or "before" an anchor (`from` is then the anchor).
    direction: str = "after"
    #: Whether a last day off moves to the next working day (POL-ROLL); never for hours or releases.
    rolls: bool = False
    on_expiry: Expiry = Expiry.NOTHING
    #: False for a possibility that simply lapses (a right to complain, a validity), where nobody can be late.
    duty: bool = True
    advances: str | None = None
    #: The body whose act stops the limit: its inbox shows it.
    owner: str | None = None
    #: Whose right or window it is: recounted to an earlier end, a limit of the person keeps the later one.
    protects: Protects = Protects.NOBODY
    #: The fact whose periods do not count: while one is open the limit has no end.
    suspended_by: str | None = None
    variants: tuple[LimitVariant, ...] = ()
    policies: tuple[str, ...] = ()
    note: Text | None = None
    #: The derived fact that receives the last day of this limit (`term_end` …), for those that count from it.
    ends_fact: str | None = None
    #: For `term` limits: which fact holds each input of `term.py` (months, start, holds, hold_escapes,
    #: excluded, court_decision).
    inputs: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: For `term` limits: for whom the dates that hang on the end are derived (a key of `term.toml`).
    track: str = "adult"


@dataclass(frozen=True, slots=True)
class Custody:
    """What an act does to who holds the person: the kind of title, the holder, the instrument."""

    kind: Person
    #: The body that holds the person; None when nobody does.
    holder: str | None
    #: The form whose paper is the title (`V32`, `C11` …); None when liberty needs none.
    instrument: str | None


@dataclass(frozen=True, slots=True)
class State:
    """A place where a dossier waits."""

    id: str
    code: str
    title: Text
    phase: str
    #: The body that has the dossier.
    holder: str
    person: Person
    machine: str
    initial: bool = False
    terminal: bool = False
    #: Why the law gives no limit for waiting here, where it gives none.
    no_limit: Text | None = None


@dataclass(frozen=True, slots=True)
class AskedFields:
    """The facts an act states: which it must and which it may."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Return both kinds in order."""
        return self.required + self.optional


@dataclass(frozen=True, slots=True)
class AlsoFire:
    """A side machine that moves with the same act, if one is open and stands where it can."""

    procedure: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Transition:
    """An act of the law: who, from where to where, on what conditions, with what papers and limits."""

    trigger: str
    title: Text
    source: tuple[str, ...]
    #: The state after the act; "=" keeps the one before.
    dest: str
    actor: tuple[str, ...]
    basis: str
    confidence: Confidence
    #: Roles that may enter an act of somebody who never signs in (the person, the clock, a foreign body).
    recorded_by: tuple[str, ...] = ()
    #: Chooses between transitions that share a trigger and a source.
    when: Predicate | None = None
    guards: tuple[str, ...] = ()
    #: Each entry is a set of forms of which one must be on file, signed.
    requires: tuple[tuple[str, ...], ...] = ()
    #: Forms of `requires` that this act uses up: a paper that served an earlier act does not serve again.
    fresh: tuple[str, ...] = ()
    fields: AskedFields = field(default_factory=AskedFields)
    generates: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    restarts: tuple[str, ...] = ()
    stops: tuple[str, ...] = ()
    #: Stops every open limit (the dossier ends).
    stops_all: bool = False
    sets: Facts = field(default_factory=lambda: NO_FACTS)
    clears: tuple[str, ...] = ()
    opens_period: str | None = None
    #: Every open span of these facts ends with the act.
    closes_period: tuple[str, ...] = ()
    custody: Custody | None = None
    #: Body bound by a field: body id -> fact id of type organization.
    binds: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Bodies that may read the dossier from this act on, besides the new holder.
    shares_with: tuple[str, ...] = ()
    #: Bodies whose part in the dossier ends with this act; what they could read they may go on reading.
    leaves: tuple[str, ...] = ()
    starts_proceeding: str | None = None
    also: tuple[AlsoFire, ...] = ()
    #: The state in which a new dossier about the same person starts with this act.
    opens_dossier: str | None = None
    #: True for a way out of custody: nothing but role, body and state may hold it up.
    release: bool = False
    #: True for an act that ends the title of a side machine to hold the person: whoever is still held is alarmed.
    ends_title: bool = False
    #: True for a move of a side machine that only happens with an act of the main procedure, never by itself.
    along_only: bool = False
    policies: tuple[str, ...] = ()
    note: Text | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """Return every role that may enter the act."""
        return self.actor + self.recorded_by


@dataclass(frozen=True, slots=True)
class Policy:
    """An unsettled point of law: the question, the value in force by default, the others."""

    id: str
    question: Text
    default: str
    values: tuple[Choice, ...]
    basis: str
    decided_by: str
    decided_on: str
    reason: Text


@dataclass(frozen=True, slots=True)
class Ages:
    """For whom a procedure is meant, in full years on the day a dossier opens; no upper end when `below` is None."""

    since: int
    below: int | None
    basis: str

    def admit(self, born_on: date, on: date) -> bool:
        """Return whether somebody born on `born_on` is of that age on the day `on`."""
        age = full_years(born_on, on)
        return self.since <= age and (self.below is None or age < self.below)


@dataclass(frozen=True)
class Procedure:
    """One edition of one procedure, resolved: everything it names, it holds."""

    id: str
    edition: str
    title: Text
    basis: tuple[str, ...]
    side: bool
    bodies: Mapping[str, Body]
    roles: Mapping[str, Role]
    facts: Mapping[str, FactDef]
    guards: Mapping[str, Guard]
    limits: Mapping[str, Limit]
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    #: SHA-256 (hex) of the resolved content: what a dossier is pinned to.
    sha256: str
    #: The files it was read from (name, text), main file first: they are kept with the dossiers they rule.
    files: tuple[tuple[str, str], ...]
    in_force_to: str | None = None
    #: None: for everybody (side machines follow their dossier).
    ages: Ages | None = None
    #: What is kept of its proof (subject, sha256, explored, rules) once that was compared; no part of the content.
    proof: Mapping[str, Any] | None = None
    #: Abstract role -> the offices that fill it; `transitions` already name the offices.
    bindings: Mapping[str, Binding] = field(default_factory=lambda: MappingProxyType({}))
    #: Of a side machine: whether a dossier may have more than one of them open at a time.
    several: bool = False

    @property
    def key(self) -> str:
        """Return `id@edition`, the name users and programs give it."""
        return f"{self.id}@{self.edition}"

    @cached_property
    def initial(self) -> State:
        """Return the state in which a dossier starts."""
        return next(state for state in self.states.values() if state.initial)

    @cached_property
    def by_trigger(self) -> Mapping[str, tuple[Transition, ...]]:
        """Return the transitions of each trigger, in the order of the file."""
        grouped: dict[str, list[Transition]] = {}
        for transition in self.transitions:
            grouped.setdefault(transition.trigger, []).append(transition)
        return MappingProxyType({trigger: tuple(group) for trigger, group in grouped.items()})

    @cached_property
    def by_source(self) -> Mapping[str, tuple[Transition, ...]]:
        """Return the transitions that leave (or stay in) each state."""
        return MappingProxyType(
            {state: tuple(t for t in self.transitions if state in t.source) for state in self.states}
        )
