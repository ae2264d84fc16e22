"""The editions of the earlier regime say what the reference says, window by window; every difference has its reason.

The lists `reference/r22-*.csv` were written by hand from sections 1, 2, 5 and 6 of the reference on the procedure of
2022 and from the table of roles per window; `reference/r22-differences.toml` is the one table of differences.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.workflow.test_law_reference import Act, compared
from workflow.loader import load_policies, load_procedures
from workflow.model import Clause, Limit, Procedure, Transition
from workflow.predicates import names_in
from workflow.vocabulary import Effect

REFERENCE = Path(__file__).parent / "reference"
WINDOWS = {"R1": "2022-01-01", "R2": "2023-02-01", "R3": "2025-03-01", "R4": "2025-07-01"}
LAST_DAYS = {"R1": "2023-01-31", "R2": "2025-02-28", "R3": "2025-06-30", "R4": "2026-06-30"}
#: Reads the rows of a hand-written list for a window; 12 to under 18 have their own (test_law_reference_minor_r22.py).
Rows = Callable[[str, str], list[dict[str, str]]]
#: How section 6 calls who acts, and the roles that this binds to offices.
WORDS = {
    "police": ("detecting_body",),
    "facility": ("facility_head",),
    "clinic": ("substitution_clinic",),
    "requester": ("assessment_requester",),
    "health": ("assessor",),
    "person": ("person_side",),
    "recorder": ("ground_recorder",),
    "maker": ("dossier_maker",),
    "labour": ("proposer_to_court",),
    "court": ("court",),
    "province": ("review_court",),
    "prosecutor": ("prosecutor",),
    "extender": ("capacity_extender",),
    "enforcer": ("enforcer",),
    "searcher": ("search_decider_before_intake",),
    "seat": ("court_of_facility",),
    "commune": ("post_rehab_proposer",),
    "chair": ("post_rehab_decider",),
}
POLICIES = {
    "POL-R22-T06": "later",
    "POL-R22-T11": "violation_record",
    "POL-R22-SEND": "two_events",
    "POL-R22-T30": "effective_copy",
    "POL-R22-MINOR-REDUCTION": "manual",
    "POL-R22-PL09": "shown_unverified",
    "POL-R22-ROLES": "binding_table",
}


@pytest.fixture(scope="module")
def law() -> Mapping[str, Procedure]:
    """Return the adult edition of each window."""
    by_key = {procedure.key: procedure for procedure in load_procedures()}
    return {window: by_key[f"cnbb-adult@{edition}"] for window, edition in WINDOWS.items()}


@pytest.fixture(scope="module")
def interims() -> tuple[Procedure, ...]:
    """Return the editions of the interim management."""
    return tuple(procedure for procedure in load_procedures() if procedure.id == "cnbb-interim")


def rows(name: str, window: str) -> list[dict[str, str]]:
    """Return the rows of a hand-written list that speak of a window."""
    with (REFERENCE / f"r22-{name}.csv").open(encoding="utf-8", newline="") as file:
        found = list(csv.DictReader(file))
    return [row for row in found if row.get("windows", "all") == "all" or window in row["windows"].split()]


def named(window: str) -> dict[str, str]:
    """Return the differences that the table names for a window: what differs -> why."""
    raw = tomllib.loads((REFERENCE / "r22-differences.toml").read_text(encoding="utf-8"))
    entries = [entry for entry in raw["difference"] if window in entry.get("windows", list(WINDOWS))]
    pairs = [(one, entry["reason"]) for entry in entries for one in entry["found"]]
    assert len(dict(pairs)) == len(pairs), "a difference is named twice"
    return dict(pairs)


def offices(procedure: Procedure, words: str) -> set[str]:
    """Return the offices that the words of the reference mean in a window."""
    meant = {role for word in words.split() if word != "system" for role in WORDS[word]}
    bound = {office for role in meant for office in procedure.bindings[role].offices}
    return bound | ({"SYSTEM"} if "system" in words.split() else set())


def reference_acts(procedure: Procedure, window: str, read: Rows = rows) -> dict[tuple[str, str], Act]:
    """Return what section 6 says of each trigger and where it leads."""
    living = {state.id for state in procedure.states.values() if not state.terminal}
    acts: dict[tuple[str, str], Act] = defaultdict(Act)
    for row in read("transitions", window):
        act = acts[row["trigger"], row["to"]]
        act.sources |= living if row["from"] == "any" else set(row["from"].split())
        act.actors |= offices(procedure, row["roles"])
        act.starts |= set(row["starts"].split())
        act.stops |= set(row["stops"].split())
    return dict(acts)


def loaded_acts(procedure: Procedure) -> dict[tuple[str, str], Act]:
    """Return what an edition says, in the same shape."""
    acts: dict[tuple[str, str], Act] = defaultdict(Act)
    for transition in procedure.transitions:
        act = acts[transition.trigger, transition.dest]
        act.sources |= set(transition.source)
        act.actors |= set(transition.actor)
        act.starts |= set(transition.starts + transition.restarts)
        act.stops |= {"all"} if transition.stops_all else set(transition.stops)
    return dict(acts)


def act_differences(procedure: Procedure, window: str, read: Rows = rows) -> Iterator[str]:
    """Say everything in which the acts differ."""
    ours, theirs = loaded_acts(procedure), reference_acts(procedure, window, read)
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


def of_number(procedure: Procedure, number: str) -> list[Limit]:
    """Return the limits of one number of section 5: `T49` has a, b, c and d."""
    return [limit for name, limit in procedure.limits.items() if re.fullmatch(rf"{number}[a-z]?", name)]


def limit_differences(procedure: Procedure, window: str, read: Rows = rows) -> Iterator[str]:
    """Say everything in which the limits differ."""
    numbers = read("limits", window)
    known = {limit.id for row in numbers for limit in of_number(procedure, row["id"])}
    yield from (f"{name}: not in the reference" for name in sorted(set(procedure.limits) - known))
    for row in numbers:
        limits = of_number(procedure, row["id"])
        if not limits:
            yield f"{row['id']}: missing"
            continue
        amounts = {limit.amount for limit in limits} | {case.amount for limit in limits for case in limit.variants}
        if amounts != {int(amount) for amount in row["amounts"].split()}:
            yield f"{row['id']}: amounts {' '.join(map(str, sorted(amounts)))}, reference {row['amounts']}"
        yield from compared(row["id"], "unit", {str(limits[0].unit)}, {row["unit"]})
        yield from compared(row["id"], "mark", {limits[0].confidence.mark}, {row["mark"]})
        for cite in row["cite"].split("; "):
            if not any(cite in limit.basis for limit in limits):
                yield f"{row['id']}: does not cite {cite}"


def clause_of(procedure: Procedure, name: str) -> Clause | None:
    """Return `GUARD.clause`, None where an edition has none."""
    guard, _, clause = name.partition(".")
    found = procedure.guards.get(guard)
    return next((each for each in found.clauses if each.id == clause), None) if found else None


def guard_differences(procedure: Procedure, window: str, read: Rows = rows) -> Iterator[str]:
    """Say everything in which the rules of sections 1, 3 and 6 differ."""
    for row in read("guards", window):
        clause = clause_of(procedure, row["clause"])
        if clause is None:
            yield f"{row['rule']}: no clause {row['clause']}"
            continue
        yield from compared(row["rule"], "mark", {clause.confidence.mark}, {row["mark"]})
        yield from compared(row["rule"], "effect", {str(clause.effect)}, {row["effect"]})
        if not any(row["cite"] in one for one in (clause.basis, procedure.guards[row["clause"].split(".")[0]].basis)):
            yield f"{row['rule']}: does not cite {row['cite']}"
        for trigger in row["acts"].split():
            for act in procedure.by_trigger.get(trigger, ()):
                if row["clause"].split(".")[0] not in act.guards:
                    yield f"{row['rule']}: {trigger} → {act.dest} goes without it"


def role_differences(procedure: Procedure, window: str, read: Rows = rows) -> Iterator[str]:
    """Say everything in which the bindings differ from the table of roles; an unknown cell is an open question."""
    column, mark = ("R1 R2", "mark12") if window in ("R1", "R2") else (window, f"mark{window[1]}")
    for row in read("roles", window):
        binding = procedure.bindings[row["role"]]
        yield from compared(row["role"], "offices", set(binding.offices), set(row[column].split()))
        if row[mark] == "?":
            if binding.confidence.mark not in ("C", "D") or "POL-R22-ROLES" not in binding.policies:
                yield f"{row['role']}: an unknown cell is filled without saying so"
        else:
            yield from compared(row["role"], "mark", {binding.confidence.mark}, {row[mark]})


def unused_differences(procedure: Procedure) -> Iterator[str]:
    """Say which limits nobody starts or stops, which guards and roles nobody uses."""
    acts = procedure.transitions
    started = {limit for act in acts for limit in act.starts + act.restarts}
    stopped = {limit for act in acts for limit in act.stops}
    yield from (f"{name}: no act starts it" for name in sorted(set(procedure.limits) - started))
    yield from (f"{name}: no act stops it by name" for name in sorted(started - stopped))
    used = {guard for act in acts for guard in act.guards}
    yield from (f"{name}: no act uses it" for name in sorted(set(procedure.guards) - used))
    yield from (
        f"{name}: no act is its" for name in sorted(set(procedure.roles) - {role for act in acts for role in act.roles})
    )


def found(procedure: Procedure, window: str, read: Rows = rows) -> list[str]:
    """Return every difference between an edition and the reference."""
    return [
        *compared("states", "ids", set(procedure.states), {row["id"] for row in read("states", window)}),
        *act_differences(procedure, window, read),
        *limit_differences(procedure, window, read),
        *guard_differences(procedure, window, read),
        *role_differences(procedure, window, read),
        *unused_differences(procedure),
    ]


@pytest.mark.parametrize("window", WINDOWS)
def test_a_window_differs_from_the_reference_only_where_the_table_says_so(law, window):
    """No difference without a reason; no reason without a difference."""
    differences, table = found(law[window], window), named(window)
    assert len(differences) == len(set(differences))
    assert sorted(set(differences) - set(table)) == [], "not named"
    assert sorted(set(table) - set(differences)) == [], "named, but there is no such difference"
    assert all(len(reason) > len("a reason") for reason in table.values())


@pytest.mark.parametrize("window", WINDOWS)
def test_every_number_from_t01_to_t50_is_there(law, window):
    """Section 5 has fifty limits; a number with several amounts has letters."""
    missing = [number for number in (f"T{n:02}" for n in range(1, 51)) if not of_number(law[window], number)]
    assert missing == []


@pytest.mark.parametrize("window", WINDOWS)
def test_every_step_of_section_2_has_its_act(law, window):
    """Each step names the acts that make it; an act may make several."""
    for row in rows("steps", window):
        assert set(row["triggers"].split()) <= set(law[window].by_trigger), row["step"]


def test_the_hand_written_lists_have_the_counts_of_the_reference():
    """A row lost from a list would make the comparison pass for the wrong reason."""
    counts = {name: len(rows(name, "R2")) for name in ("states", "transitions", "limits", "steps", "roles")}
    assert counts == {"states": 49, "transitions": 71, "limits": 50, "steps": 75, "roles": 24}
    assert (len(rows("states", "R4")), len(rows("transitions", "R4")), len(rows("steps", "R4"))) == (47, 68, 72)


def test_the_windows_follow_each_other_without_a_gap(law, interims):
    """The day after one ends the next begins; after the last comes regime R26."""
    assert {window: procedure.in_force_to for window, procedure in law.items()} == LAST_DAYS
    assert sorted((each.edition, each.in_force_to) for each in interims) == [
        ("2022-01-01", "2025-02-28"),
        ("2025-03-01", "2025-06-30"),
        ("2025-07-01", "2026-06-30"),
    ]


def test_the_policies_of_this_regime_have_the_defaults_of_the_reference(law, interims):
    """Section 8: each is there, and named beside what depends on it (reduction of minors: with the minors)."""
    policies = load_policies()
    assert {name: policies[name].default for name in POLICIES} == POLICIES
    named_by = {
        name
        for procedure in law.values()
        for owner in (
            *procedure.transitions,
            *procedure.limits.values(),
            *procedure.bindings.values(),
            *(clause for guard in procedure.guards.values() for clause in guard.clauses),
        )
        for name in owner.policies
    }
    assert set(POLICIES) - named_by <= {"POL-R22-MINOR-REDUCTION"}


def test_no_clause_is_stronger_than_its_mark(law, interims):
    """Only a text that was read refuses, only [B] or better asks for a reason."""
    for procedure in (*law.values(), *interims):
        for guard in procedure.guards.values():
            for clause in guard.clauses:
                allowed = {"A": 2, "A¹": 2, "B": 1}.get(clause.confidence.mark, 0)
                needed = {Effect.REFUSE: 2, Effect.OVERRIDE: 1}.get(clause.effect, 0)
                assert needed <= allowed, (procedure.key, guard.id, clause.id)


def test_a_way_out_of_custody_is_refused_only_for_coming_too_early(law, interims):
    """Of all acts that release, one has a clause that refuses: the certificate before the last day."""
    guarded = {
        (act.trigger, guard, clause.id)
        for procedure in (*law.values(), *interims)
        for act in procedure.transitions
        if act.release
        for guard in act.guards
        for clause in procedure.guards[guard].clauses
        if clause.effect is Effect.REFUSE
    }
    assert guarded == {("complete", "G-DONE", "window")}


def test_everybody_who_is_held_has_a_way_out_and_everybody_alive_can_die(law, interims):
    """From each state in which somebody is held an act releases; death is possible wherever the person lives."""
    for procedure in law.values():
        for state in procedure.states.values():
            acts = procedure.by_source[state.id]
            if state.person.deprived_of_liberty:
                assert any(act.release for act in acts), (procedure.key, state.id)
            if not state.terminal:
                assert any(act.trigger == "death" for act in acts), (procedure.key, state.id)
    for interim in interims:
        open_states = {state.id for state in interim.states.values() if not state.terminal}
        assert {source for act in interim.by_trigger["interim_release"] for source in act.source} == open_states


def test_the_interim_hold_ends_with_its_title(law):
    """Each act that ends the measure ends the title of the interim management too, and says so."""
    ending = {"decide_not_apply", "terminate", "withdraw", "abandon", "transfer_criminal", "lapse_enforcement", "death"}
    for procedure in law.values():
        acts = [act for act in procedure.transitions if act.ends_title]
        assert ending | {"grant_postpone", "grant_exempt", "review_annul"} == {act.trigger for act in acts}
        assert all(act.release and act.sets["hold_title_ended"] is True for act in acts)


def test_the_term_stands_still_only_with_a_period_that_moves_its_end(law):
    """Flight and prosecution are excluded; a postponement on the way takes the start of the term back."""
    for procedure in law.values():
        for act in procedure.transitions:
            if "T36" in act.stops and act.dest != "COMPLETED" and act.opens_period != "excluded_periods":
                assert (act.trigger, "term_start" in act.clears) == ("grant_postpone", True)
            if "T36" in act.restarts and act.closes_period == ():
                assert act.trigger in ("start_transport", "recaptured", "court_reduce"), act.trigger


def test_acts_that_share_a_trigger_and_a_state_ask_the_same_and_exclude_each_other(law, interims):
    """An officer sees one form; the facts decide which of the acts it becomes."""
    for procedure in (*law.values(), *interims):
        for state, acts in procedure.by_source.items():
            by_trigger: dict[str, list[Transition]] = defaultdict(list)
            for act in acts:
                by_trigger[act.trigger].append(act)
            for trigger, same in by_trigger.items():
                if len(same) > 1:
                    assert len({(act.fields.required, act.fields.optional) for act in same}) == 1, (state, trigger)
                    assert all(act.when is not None for act in same), (state, trigger)


def test_every_waiting_state_has_a_limit_or_says_that_the_law_gives_none(law, interims):
    """Nobody waits without a clock or an explanation."""
    runs_on = {"DRAFTING": "T11", "READING": "T12", "HOSPITAL": "T36", "SUSPENDED_ILL": "T36"}
    for procedure in (*law.values(), *interims):
        for state in procedure.states.values():
            if state.terminal or state.id in runs_on:
                continue
            into = [act for act in procedure.transitions if act.dest == state.id]
            assert state.no_limit or any(act.starts + act.restarts for act in into), (procedure.key, state.id)


def test_every_fact_is_asked_set_or_known_from_the_person(law, interims):
    """A guard can only bite on what somebody states."""
    side = [act for interim in interims for act in interim.transitions]
    for procedure in law.values():
        acts = [*procedure.transitions, *side]
        known = {name for act in acts for name in (*act.fields.all, *act.sets, act.opens_period)}
        known |= {limit.ends_fact for limit in procedure.limits.values()}
        assert set(procedure.facts) - known == {"subject_born_on"}, procedure.key


def test_every_policy_that_a_rule_depends_on_is_named_beside_it(law):
    """A screen that shows the rule can show the open question."""
    for procedure in law.values():
        for guard in procedure.guards.values():
            for clause in guard.clauses:
                asked = {name for kind, name in names_in(clause.require) if kind == "policy"}
                assert asked <= set(clause.policies), (guard.id, clause.id)
        for limit in procedure.limits.values():
            for variant in limit.variants:
                asked = {name for kind, name in names_in(variant.when) if kind == "policy"}
                assert asked <= set(limit.policies), limit.id
