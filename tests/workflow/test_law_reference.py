"""The law files say what the reference says; every difference is named with its reason, and no other exists.

The lists in `reference/` were written by hand from sections 3.1, 3.2, 3.4, 4, 6 and 7 of the domain
reference and from its table of policies.  `reference/differences.toml` is the one table of differences.
"""

from __future__ import annotations

import csv
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.workflow.beside import SIDES, side_differences
from workflow.loader import load_policies, load_procedures
from workflow.model import Procedure, Transition
from workflow.predicates import names_in
from workflow.vocabulary import Effect, Person

REFERENCE = Path(__file__).parent / "reference"
MAIN, HOLD = "cnbb-adult@2026-07-01", "cnbb-hold@2026-07-01"
#: How the reference abbreviates where the person is.
PERSONS = {
    "AT": Person.AT_LIBERTY,
    "HP": Person.HELD_PENDING,
    "HT": Person.IN_TRANSIT,
    "IF": Person.IN_FACILITY,
    "OL": Person.ON_LEAVE,
    "AB": Person.ABSCONDED,
    "detained": Person.DETAINED,
    "prison": Person.DETAINED,
    "—": Person.NONE,
}


@pytest.fixture(scope="module")
def law() -> Mapping[str, Procedure]:
    """Return every loaded edition by `id@edition`."""
    return {procedure.key: procedure for procedure in load_procedures()}


@pytest.fixture(scope="module")
def both(law: Mapping[str, Procedure]) -> tuple[Procedure, Procedure]:
    """Return the adult procedure and the hold of regime R26."""
    return law[MAIN], law[HOLD]


@pytest.fixture(scope="module")
def whole(law: Mapping[str, Procedure]) -> tuple[Procedure, ...]:
    """Return the adult procedure, the hold, and every other side machine of regime R26."""
    return law[MAIN], law[HOLD], *(law[f"{kind}@2026-07-01"] for kind in SIDES.values())


@pytest.fixture(scope="module")
def named() -> dict[str, str]:
    """Return the table of differences: what differs -> why."""
    raw = tomllib.loads((REFERENCE / "differences.toml").read_text(encoding="utf-8"))
    table = {entry["found"]: entry["reason"] for entry in raw["difference"]}
    assert len(table) == len(raw["difference"]), "a difference is named twice"
    return table


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of one hand-written list."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


#: Where the rows of a list come from, by its name.
Given = Callable[[str], list[dict[str, str]]]


@dataclass
class Act:
    """Everything the reference, or the law files, say about one trigger and where it leads."""

    sources: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    stops: set[str] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    cites: set[str] = field(default_factory=set)


def codes_between(first: str, last: str, order: list[str]) -> list[str]:
    """Expand `S03–S12`."""
    return order[order.index(first) : order.index(last) + 1]


def reference_acts(procedures: tuple[Procedure, ...], given: Given = rows) -> dict[tuple[str, str], Act]:
    """Return what the reference says, by (trigger, code of the state after the act)."""
    order = [row["code"] for row in rows("states") if row["machine"] == "M-MAIN"]
    living = {state.code for state in procedures[0].states.values() if not state.terminal}
    acts: dict[tuple[str, str], Act] = defaultdict(Act)
    for row in given("transitions"):
        if row["machine"] in SIDES:
            continue
        act = acts[row["trigger"], row["to"]]
        for word in row["from"].split():
            if word == "any":
                act.sources |= living
            else:
                act.sources |= set(codes_between(*word.split("–"), order)) if "–" in word else {word}
        act.actors |= set(row["actors"].split())
        act.starts |= set(row["starts"].split())
        act.stops |= set(row["stops"].split())
        act.marks |= {row["mark"]} - {""}
        act.cites |= {cite for cite in row["cite"].split("; ") if cite}
    return dict(acts)


def loaded_acts(procedures: tuple[Procedure, ...]) -> dict[tuple[str, str], Act]:
    """Return what the law files say, in the same shape."""
    acts: dict[tuple[str, str], Act] = defaultdict(Act)
    for procedure in procedures:
        for transition in procedure.transitions:
            after = "=" if transition.dest == "=" else procedure.states[transition.dest].code
            act = acts[transition.trigger, after]
            act.sources |= {procedure.states[source].code for source in transition.source}
            act.actors |= set(transition.actor)
            act.starts |= set(transition.starts + transition.restarts)
            act.stops |= {"all"} if transition.stops_all else set(transition.stops)
            act.marks.add(transition.confidence.mark)
            act.cites.add(transition.basis)
    return dict(acts)


def compared(name: str, what: str, ours: set[str], theirs: set[str]) -> Iterator[str]:
    """Say what we have beyond the reference, and what it has beyond us."""
    for sign, some in (("+", ours - theirs), ("-", theirs - ours)):
        if some:
            yield f"{name}: {what} {sign} {' '.join(sorted(some))}"


def act_differences(procedures: tuple[Procedure, ...], given: Given = rows) -> Iterator[str]:
    """Say everything in which the acts of the law files differ from the reference."""
    ours, theirs = loaded_acts(procedures), reference_acts(procedures, given)
    for key in sorted(ours.keys() | theirs.keys()):
        name = f"{key[0]} → {key[1]}"
        if key not in theirs:
            yield f"{name}: not in the reference"
        elif key not in ours:
            yield f"{name}: only in the reference"
        else:
            mine, other = ours[key], theirs[key]
            yield from compared(name, "from", mine.sources, other.sources)
            yield from compared(name, "by", mine.actors, other.actors)
            yield from compared(name, "starts", mine.starts, other.starts)
            covered = other.stops if "all" in mine.stops else set()
            yield from compared(name, "stops", mine.stops | covered, other.stops)
            yield from compared(name, "mark", mine.marks, other.marks)
            for cite in sorted(other.cites):
                if not any(cite in basis for basis in mine.cites):
                    yield f"{name}: does not cite {cite}"


def state_differences(procedures: tuple[Procedure, ...]) -> Iterator[str]:
    """Say everything in which the states differ."""
    theirs = {row["id"]: row for row in rows("states")}
    ours = {state.id: state for procedure in procedures for state in procedure.states.values()}
    assert len(ours) == sum(len(procedure.states) for procedure in procedures), "two states have one id"
    for procedure in (procedures[:2], *((side,) for side in procedures[2:])):
        machines = {state.machine for each in procedure for state in each.states.values()}
        mine = {state.id for each in procedure for state in each.states.values()}
        name = "states" if len(procedure) > 1 else f"{min(machines)} states"
        yield from compared(name, "ids", mine, {each for each, row in theirs.items() if row["machine"] in machines})
    for name, row in theirs.items():
        if name not in ours:
            continue
        state = ours[name]
        yield from compared(name, "machine", {state.machine}, {row["machine"]})
        yield from compared(name, "code", {state.code}, {row["code"]})
        if state.person not in {PERSONS.get(word) for word in row["person"].split(" or ")}:
            yield f"{name}: person {state.person}, reference {row['person']}"


def limit_differences(main: Procedure, given: Given = rows) -> Iterator[str]:
    """Say everything in which the limits differ."""
    theirs = {row["id"]: row for row in given("limits")}
    yield from compared("limits", "ids", set(main.limits), set(theirs))
    for name, row in theirs.items():
        limit = main.limits[name]
        if str(limit.amount) != row["amount"] and not (limit.amount == 0 and row["amount"] == "none"):
            yield f"{name}: amount {limit.amount}, reference {row['amount']}"
        yield from compared(name, "unit", {str(limit.unit)}, {row["unit"]})
        yield from compared(name, "mark", {limit.confidence.mark}, {row["mark"]})
        if (limit.direction == "before") != bool(row["before"]):
            yield f"{name}: counts {limit.direction}, reference before {row['before'] or 'nothing'}"
        for cite in row["cite"].split("; "):
            if cite not in limit.basis:
                yield f"{name}: does not cite {cite}"


def guard_differences(procedures: tuple[Procedure, ...], given: Given = rows) -> Iterator[str]:
    """Say everything in which the guards differ; those of the hold have names of their own in no list."""
    guards = {name: guard for each in (procedures[0], *procedures[2:]) for name, guard in each.guards.items()}
    theirs = {row["id"]: row for row in given("guards")}
    for name in sorted(set(guards) - set(theirs)):
        yield f"{name}: not in the reference"
    for name in sorted(set(theirs) - set(guards)):
        yield f"{name}: only in the reference"
    for name, row in theirs.items():
        guard = guards[name]
        yield from compared(name, "mark", {guard.confidence.mark}, {row["mark"]})
        for cite in filter(None, row["cite"].split("; ")):
            if cite not in guard.basis:
                yield f"{name}: does not cite {cite}"


def unused_differences(procedures: tuple[Procedure, ...]) -> Iterator[str]:
    """Say which limits nobody starts or stops, which guards and roles nobody uses."""
    acts = [transition for procedure in procedures for transition in procedure.transitions]
    started = {limit for act in acts for limit in act.starts + act.restarts}
    stopped = {limit for act in acts for limit in act.stops}
    guards = {guard for act in acts for guard in act.guards}
    for name in sorted(set(procedures[0].limits) - started):
        yield f"{name}: no act starts it"
    for name in sorted(started - stopped):
        yield f"{name}: no act stops it by name"
    for name in sorted({name for procedure in procedures for name in procedure.guards} - guards):
        yield f"{name}: no act uses it"
    for name in sorted(set(procedures[0].roles) - {role for act in acts for role in act.roles}):
        yield f"{name}: no act is its"


def found(procedures: tuple[Procedure, ...], given: Given = rows) -> list[str]:
    """Return every difference between the law files and the reference; `given` gives the rows of each list."""
    main = procedures[0]
    roles = compared("roles", "ids", set(main.roles), {row["id"] for row in rows("roles")})
    policies = compared("policies", "ids", set(load_policies()), {row["id"] for row in rows("policies")})
    return [
        *state_differences(procedures),
        *act_differences(procedures[:2], given),
        *(side_differences(procedures, rows("transitions")) if given is rows else ()),
        *limit_differences(main, given),
        *guard_differences(procedures, given),
        *roles,
        *policies,
        *unused_differences(procedures),
    ]


def test_the_law_differs_from_the_reference_only_where_the_table_says_so(whole, named):
    """No difference without a reason; no reason without a difference."""
    differences = found(whole)
    assert len(differences) == len(set(differences))
    assert sorted(set(differences) - set(named)) == [], "not named"
    assert sorted(set(named) - set(differences)) == [], "named, but there is no such difference"
    assert all(len(reason) > len("a reason") for reason in named.values())


def test_the_hand_written_lists_have_the_counts_of_the_reference():
    """A row lost from a list would make the comparison pass for the wrong reason."""
    states, acts = rows("states"), rows("transitions")
    assert [sum(row["machine"] == name for row in states) for name in ("M-PRE", "M-MAIN", "M-HOLD")] == [13, 39, 5]
    triggers = {(row["machine"], row["trigger"]) for row in acts}
    assert [sum(machine == name for machine, _ in triggers) for name in ("M-PRE", "M-MAIN", "M-HOLD")] == [19, 77, 7]
    assert [sum(row["machine"] == name for row in states) for name in SIDES] == [5, 6, 4, 4, 5, 4, 1, 5, 5, 7]
    assert [sum(machine == name for machine, _ in triggers) for name in SIDES] == [6, 7, 4, 5, 5, 4, 4, 6, 4, 11]
    # 72 limits of section 4, 5 lengths of the rules of M-EM
    assert (len(rows("limits")), len(rows("guards")), len(rows("roles")), len(rows("policies"))) == (77, 25, 25, 59)


def test_every_limit_that_an_act_of_the_reference_starts_is_started_there(both):
    """The dossier's own clocks are never among the differences that are named away."""
    mine, theirs = loaded_acts(both), reference_acts(both)
    clocks = {"T-RES24", "T-REG24", "T-READ3", "T-FILE1", "T-CLAR2", "T-ENF1", "T-ENF2", "T-ENF5", "TERM", "T-ESC24"}
    for key, act in theirs.items():
        if key in mine:
            assert act.starts & clocks <= mine[key].starts, key


def test_no_clause_is_stronger_than_its_mark(whole):
    """Only a text that was read refuses, only [B] or better asks for a reason."""
    for guard in (guard for procedure in whole for guard in procedure.guards.values()):
        for clause in guard.clauses:
            if clause.effect is Effect.REFUSE:
                assert clause.confidence.mark in ("A", "A¹"), (guard.id, clause.id)
            if clause.effect is Effect.OVERRIDE:
                assert clause.confidence.mark in ("A", "A¹", "B"), (guard.id, clause.id)


def test_a_way_out_of_custody_is_refused_only_for_coming_too_early(whole):
    """Of all acts that release, one has a guard that refuses, and only the clause about the last 24 hours."""
    guarded = {
        (act.trigger, guard, clause.id)
        for procedure in whole
        for act in procedure.transitions
        if act.release
        for guard in act.guards
        for clause in procedure.guards[guard].clauses
        if clause.effect is Effect.REFUSE
    }
    assert guarded == {("issue_completion", "G-DONE", "window")}


def releases(act: Transition) -> bool:
    """Return whether the act is a way out of custody."""
    return act.release


def test_every_state_that_deprives_of_liberty_has_a_way_out(both):
    """From each such state an act releases, or leads on to one that has."""
    main = both[0]
    for state in main.states.values():
        if state.person.deprived_of_liberty:
            assert any(releases(act) for act in main.by_source[state.id]), state.id


def test_the_hold_is_released_whenever_its_title_ends(both):
    """Each main act that ends the title says so, and the hold can be ended from wherever it stands."""
    main, hold = both
    ending = {act.trigger for act in main.transitions if act.sets.get("hold_title_ended") is True}
    assert {"decide_not_apply", "terminate_review", "appeal_overturned", "exclude", "transfer_criminal"} <= ending
    assert {"decide_not_to_file", "grant_postpone", "grant_exempt", "cancel_measure_criminal"} <= ending
    waiting = {state.id for state in hold.states.values() if not state.terminal}
    assert {source for act in hold.by_trigger["hold_release_no_measure"] for source in act.source} == waiting


def test_an_act_that_stops_the_term_says_from_when_time_does_not_count(both):
    """The term never stands still without a period that moves its end, unless the measure is over."""
    main = both[0]
    for act in main.transitions:
        if "TERM" in act.stops and main.states[act.dest].id != "COMPLETED":
            assert act.opens_period == "excluded_periods", act.trigger
        if "TERM" in act.restarts and act.closes_period is None:
            assert act.trigger in ("admit", "convert_in_place"), act.trigger


def test_acts_that_share_a_trigger_and_a_state_ask_the_same_and_exclude_each_other(whole):
    """An officer sees one form; the facts decide which of the acts it becomes."""
    for procedure in whole:
        for state, acts in procedure.by_source.items():
            by_trigger: dict[str, list[Transition]] = defaultdict(list)
            for act in acts:
                by_trigger[act.trigger].append(act)
            for trigger, same in by_trigger.items():
                if len(same) > 1:
                    assert len({(act.fields.required, act.fields.optional) for act in same}) == 1, (state, trigger)
                    assert all(act.when is not None for act in same), (state, trigger)


def brings_to(act: Transition, side: Procedure, state: str) -> bool:
    """Return whether an act of the main procedure begins the side machine there, or takes it along to there."""
    if act.starts_proceeding == side.id and side.initial.id == state:
        return True
    triggers = {also.trigger for also in act.also if also.procedure == side.id}
    return any(move.trigger in triggers and move.dest == state for move in side.transitions)


def test_every_waiting_state_has_a_limit_or_says_that_the_law_gives_none(whole):
    """Nobody waits without a clock or an explanation."""
    for procedure in whole:
        for state in procedure.states.values():
            if state.terminal:
                continue
            into = [act for act in procedure.transitions if act.dest == state.id]
            into += [act for act in whole[0].transitions if brings_to(act, procedure, state.id)]
            started = [limit for act in into for limit in act.starts + act.restarts]
            runs_on = {
                "GATE_CHECK": "T-DOS1",
                "IN_TRANSIT": "T-ENF5",
                "ADMIN_CUSTODY": "T-ENF5",
                "HOSPITALISED": "TERM",
                "SUSPENDED_ILL": "TERM",
            }
            assert state.no_limit or started or state.id in runs_on, state.id


def test_every_fact_is_asked_set_or_known_from_the_person(whole):
    """A guard can only bite on what somebody states."""
    acts = [act for procedure in whole for act in procedure.transitions]
    known = {name for act in acts for name in (*act.fields.all, *act.sets, act.opens_period)}
    known |= {limit.ends_fact for limit in whole[0].limits.values()}
    assert set(whole[0].facts) - known == {"subject_born_on"}


def test_every_policy_that_a_rule_depends_on_is_named_beside_it(whole):
    """A screen that shows the rule can show the open question."""
    for guard in (guard for procedure in whole for guard in procedure.guards.values()):
        for clause in guard.clauses:
            asked = {name for kind, name in names_in(clause.require) if kind == "policy"}
            assert asked <= set(clause.policies), (guard.id, clause.id)
    for limit in whole[0].limits.values():
        for variant in limit.variants:
            asked = {name for kind, name in names_in(variant.when) if kind == "policy"}
            assert asked <= set(limit.policies), limit.id


def test_every_policy_is_decided_by_somebody_on_a_day_for_a_reason():
    """Open law is decided in the open."""
    for policy in load_policies().values():
        assert policy.decided_by
        assert policy.decided_on == "2026-11-21"
        assert len(policy.values) > 1
        assert policy.default == policy.values[0].id
        assert policy.reason.vi != policy.reason.en
