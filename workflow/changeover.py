"""Where a dossier goes when another edition of its procedure begins: the rules as records, and what they say of it.

Reads no file, no table and no clock, and changes nothing: `judge` answers Stay, Switch or Review, with the reason.
What no rule settles, or no rule can carry without a loss, is a matter for people: the answer is then Review.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType

from workflow.model import Procedure
from workflow.predicates import Predicate, Situation, holds
from workflow.refusals import Reason
from workflow.vocabulary import Confidence, Effect, Facts, FactType, FactValue, Text

#: What every reason of this kind, and the alarm that it raises, begins with.
CHANGEOVER = "CHANGEOVER"
#: The name under which a condition finds the first day of the new edition.
CHANGEOVER_ON = "changeover_on"
#: The choice to leave a dossier under its edition.
STAY = "stay"
#: The landing state "=" is the state of the same name.
SAME = "="
#: Instead of a new value: no value of the new edition says the same, people must look.
UNKNOWN = "?"

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Way(StrEnum):
    """What a rule says of the dossiers that it covers."""

    #: It lives on under the old edition.
    STAYS = "stays"
    #: It goes on under the new edition, from the state that the rule names.
    SWITCHES = "switches"
    #: The law does not say: people decide, dossier by dossier.
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class Landing:
    """Where and how a dossier enters the new edition; every mapping goes from the old name to the new one."""

    state: str
    facts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: New fact -> old value -> new value, for choices that have other names.
    values: Mapping[str, Mapping[str, FactValue]] = field(default_factory=lambda: MappingProxyType({}))
    #: Facts that end with the old edition.
    drops: tuple[str, ...] = ()
    sets: Facts = field(default_factory=lambda: MappingProxyType({}))
    bodies: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: New place -> old place: filled by the same body, where nobody else fills it.
    fills: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Limits that run on with the same end.
    carries: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Limits that are counted anew, under the new rule, from the moment of the change.
    restarts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Limits that begin with the change.
    starts: tuple[str, ...] = ()
    #: Limits that end with the old edition.
    stops: tuple[str, ...] = ()
    #: Limits of which one that runs means that a step is half done: people must look.
    reviews: tuple[str, ...] = ()
    #: Forms whose signed papers go on counting as the form named.
    papers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    #: Whether limits that both editions have run on without being named.
    same_limits: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to a dossier in one of some states of the old edition, if the condition holds."""

    id: str
    states: tuple[str, ...]
    way: Way
    text: Text
    basis: str
    confidence: Confidence
    when: Predicate | None = None
    #: What is to be done; a review always says it.
    cure: Text | None = None
    policies: tuple[str, ...] = ()
    #: Exactly one for a switch; for a review those that people may choose.
    landings: tuple[Landing, ...] = ()
    #: Whether people who review a dossier may leave it under the old edition.
    may_stay: bool = False


@dataclass(frozen=True, slots=True)
class Changeover:
    """The rules from one edition of a procedure to the next."""

    procedure: str
    from_edition: str
    #: The procedure that follows: the same one, or one of another name for a side machine that was replaced.
    to_procedure: str
    to_edition: str
    basis: tuple[str, ...]
    rules: tuple[Rule, ...]
    #: SHA-256 (hex) of the rules: a plan names the rules it was made by.
    sha256: str
    file: str
    #: Forms that follow one another, old -> new: under the old edition, a paper made later counts as the old form.
    papers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    @property
    def key(self) -> str:
        """Return `procedure@old>procedure@new`, the name users and plans give it."""
        return f"{self.procedure}@{self.from_edition}>{self.to_procedure}@{self.to_edition}"


@dataclass(frozen=True, slots=True)
class Landed:
    """A dossier as the new edition finds it.

    `carried` and `restarted` map running limits to new ones, `started` and `stopped` name limits; `missing` are the
    sets of forms (one of each is enough) that a dossier in this state would have on file, had it come here by the
    new edition.
    """

    state: str
    facts: Mapping[str, FactValue]
    left_behind: tuple[str, ...]
    carried: Mapping[str, str]
    restarted: Mapping[str, str]
    started: tuple[str, ...]
    stopped: tuple[str, ...]
    bodies: Mapping[str, str]
    fills: Mapping[str, str]
    papers: Mapping[str, str]
    missing: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Stay:
    """The dossier lives on under the old edition."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class Switch:
    """The dossier goes on under the new edition."""

    rule: Rule
    landed: Landed


@dataclass(frozen=True, slots=True)
class Review:
    """People must decide; `reasons` say why and what to do; the rule is None when none covers the dossier."""

    rule: Rule | None
    reasons: tuple[Reason, ...]


Verdict = Stay | Switch | Review


@dataclass(frozen=True)
class Crossing:
    """A changeover with the two editions that it joins, ready to judge."""

    changeover: Changeover
    old: Procedure
    new: Procedure

    @cached_property
    def expected(self) -> Mapping[str, frozenset[tuple[str, ...]]]:
        """Return, for each state of the new edition, the papers that every way to it requires."""
        return expected_papers(self.new)

    def judge(self, situation: Situation, running: Collection[str]) -> Verdict:
        """Say where a dossier (or side machine) goes; `running` are the ids of its limits that run now.

        A condition on a limit asks about those alone: one that was met is no longer anybody's concern.
        """
        known = {**situation.facts, CHANGEOVER_ON: self.new.edition}
        limits = {name: limit for name, limit in situation.limits.items() if name in running}
        seen = replace(situation, facts=known, limits=limits)
        fitting = [
            rule
            for rule in self.changeover.rules
            if situation.state in rule.states and (rule.when is None or holds(rule.when, seen))
        ]
        if len(fitting) != 1:
            return Review(None, (_uncovered(self, situation.state, len(fitting)),))
        (rule,) = fitting
        if rule.way is Way.STAYS:
            return Stay(rule)
        if rule.way is Way.REVIEW:
            return Review(rule, (review_reason(rule),))
        return self._arrive(rule, rule.landings[0], situation, running)

    def choices(
        self, rule: Rule, situation: Situation, running: Collection[str], answers: Mapping[str, Iterable[str]]
    ) -> Mapping[str, Verdict]:
        """Return what people who review a dossier may choose: STAY or a state -> what follows.

        The rule's own choices, and what the rules say under every other answer (`answers`: policy -> values) to the
        open questions that the rule names: for one dossier people may answer them in their own way.
        """
        found: dict[str, Verdict] = {STAY: Stay(rule)} if rule.may_stay else {}
        for landing in rule.landings:
            state = situation.state if landing.state == SAME else landing.state
            found.setdefault(state, self._arrive(rule, landing, situation, running))
        for policy in rule.policies:
            for value in answers.get(policy, ()):
                verdict = self.judge(replace(situation, policies={**situation.policies, policy: value}), running)
                if isinstance(verdict, Stay):
                    found.setdefault(STAY, verdict)
                elif isinstance(verdict, Switch):
                    found.setdefault(verdict.landed.state, verdict)
        return MappingProxyType(found)

    def _arrive(self, rule: Rule, landing: Landing, situation: Situation, running: Collection[str]) -> Verdict:
        landed = self.land(landing, situation, running)
        return Switch(rule, landed) if isinstance(landed, Landed) else Review(rule, landed)

    def land(self, landing: Landing, situation: Situation, running: Collection[str]) -> Landed | tuple[Reason, ...]:
        """Return the dossier as the new edition finds it, or every reason why it cannot be taken over as it is."""
        state = situation.state if landing.state == SAME else landing.state
        facts, left_behind, reasons = self._facts(landing, situation.facts)
        carried, restarted, stopped = self._limits(landing, running, reasons)
        if reasons:
            return tuple(reasons)
        papers = {old: new for old, new in landing.papers.items() if old in situation.papers}
        on_file = situation.papers | set(papers.values())
        return Landed(
            state=state,
            facts=facts,
            left_behind=left_behind,
            carried=carried,
            restarted=restarted,
            started=landing.starts,
            stopped=stopped,
            bodies=landing.bodies,
            fills=landing.fills,
            papers=papers,
            missing=tuple(sorted(forms for forms in self.expected[state] if on_file.isdisjoint(forms))),
        )

    def _facts(self, landing: Landing, facts: Facts) -> tuple[dict[str, FactValue], tuple[str, ...], list[Reason]]:
        after: dict[str, FactValue] = {}
        left_behind: list[str] = []
        reasons: list[Reason] = []
        for name, value in facts.items():
            target = landing.facts.get(name, name)
            if name not in self.old.facts or name in landing.drops or target not in self.new.facts:
                left_behind.append(name)
                continue
            translated = landing.values.get(target, {}).get(value, value) if isinstance(value, str) else value
            fact = self.new.facts[target]
            if fact.type is FactType.ENUM and translated not in {choice.id for choice in fact.choices}:
                reasons.append(_unknown_value(fact.label))
            after[target] = translated
        return {**after, **landing.sets}, tuple(left_behind), reasons

    def _limits(
        self, landing: Landing, running: Collection[str], reasons: list[Reason]
    ) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
        """Share the running limits out; one that the rule does not name is a reason to look, never lost in silence."""
        carried: dict[str, str] = {}
        restarted: dict[str, str] = {}
        stopped: list[str] = []
        for name in sorted(running):
            if landing.carries.get(name, landing.restarts.get(name)) in {*carried.values(), *restarted.values()}:
                reasons.append(_half_done(self.old, name))
            elif name in landing.carries:
                carried[name] = landing.carries[name]
            elif name in landing.restarts:
                restarted[name] = landing.restarts[name]
            elif name in landing.stops:
                stopped.append(name)
            elif landing.same_limits and name in self.new.limits:
                carried[name] = name
            else:
                reasons.append(_half_done(self.old, name))
        return carried, restarted, tuple(stopped)


def expected_papers(procedure: Procedure) -> Mapping[str, frozenset[tuple[str, ...]]]:
    """Return, for each state, the sets of forms that every way to it from an opening requires; none if unreached."""
    starts = {procedure.initial.id, *(act.opens_dossier for act in procedure.transitions if act.opens_dossier)}
    needed: dict[str, frozenset[tuple[str, ...]]] = dict.fromkeys(starts, frozenset())
    waiting = list(starts)
    while waiting:
        source = waiting.pop()
        for act in procedure.by_source[source]:
            dest = source if act.dest == SAME else act.dest
            reached = needed[source] | frozenset(act.requires)
            known = needed.get(dest)
            common = reached if known is None else known & reached
            if common != known:
                needed[dest] = common
                waiting.append(dest)
    return MappingProxyType({state: needed.get(state, frozenset()) for state in procedure.states})


def review_reason(rule: Rule) -> Reason:
    """Return why people must decide, and what they can do, as the rule says it."""
    return Reason(
        guard=CHANGEOVER,
        clause=rule.id,
        text=rule.text,
        cure=rule.cure,
        basis=rule.basis,
        effect=Effect.ALARM,
        confidence=rule.confidence.mark,
        policies=rule.policies,
    )


def for_people(code: str, vi: str, en: str) -> Reason:
    """Return why people must look at a dossier although a rule would let it go on."""
    return Reason(CHANGEOVER, Text(vi, en), "", Effect.ALARM, clause=code)


def _uncovered(crossing: Crossing, state: str, count: int) -> Reason:
    title = crossing.old.states[state].title if state in crossing.old.states else Text(state, state)
    return for_people(
        "uncovered",
        f"Có {count} quy tắc chuyển tiếp cho “{title.vi}”, phải có đúng một",
        f"{count} rules of changeover fit “{title.en}”, there must be exactly one",
    )


def _unknown_value(label: Text) -> Reason:
    return for_people(
        "value",
        f"{label.vi}: thủ tục mới không có giá trị đã ghi trong hồ sơ",
        f"{label.en}: the new edition has no such value as stands on file",
    )


def _half_done(old: Procedure, name: str) -> Reason:
    title = old.limits[name].title if name in old.limits else Text(name, name)
    return for_people(
        name,
        f"Việc có thời hạn “{title.vi}” đang dở dang, quy tắc chuyển tiếp không giải quyết được: xem xét từng hồ sơ.",
        f"The step with the limit “{title.en}” is half done and no rule of changeover settles it: review by hand.",
    )
