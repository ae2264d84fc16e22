"""Random lives of every edition end well: title, term and limits hold whatever chance lets the officers do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from tests.workflow.steering import UnreachedError, lead, reach, searched
from tests.workflow.upholding import broken
from tests.workflow.walking import RANDOM, Law, Life, law_of, shipped
from workflow.model import Procedure, Transition

LAW = shipped()
MAINS = LAW.mains()
LIVES, MOVES = 300, 25
#: Acts that no random life can come to, and why.
UNREACHED: dict[tuple[str, str, str], str] = {}


def lives(law: Law, key: str, number: int) -> list[Life]:
    """Return random lives of an edition: from the opening, and on from every state; each third under other policies."""
    chance, seen, found = Random(key), Counter[int](), []
    states = list(law.engines[key].procedure.states)
    for seed in range(number):
        life = Life(law, key, seed, policies=RANDOM if seed % 3 == 0 else None)
        if seed % 2:
            reach(life, chance.choice(states))
        found.append(life.live(MOVES, seen))
    return found


@pytest.mark.parametrize("key", MAINS)
def test_the_same_seed_gives_the_same_life(key):
    """A life that broke something can be lived again."""
    for seed in range(5):
        first, second = (Life(LAW, key, seed).live(30) for _ in range(2))
        other = Life(LAW, key, seed + 10).live(30)

        assert first.steps == second.steps != other.steps
        assert first.steps


@pytest.mark.parametrize("key", MAINS)
def test_random_lives_end_well(key):
    """Nobody is held without a title or after a way out; no flight shortens a term; no limit is lost."""
    found = lives(LAW, key, LIVES)

    assert [said for life in found for said in broken(life)] == []
    assert sum(len(life.steps) for life in found) > 10 * LIVES


@pytest.mark.parametrize("key", MAINS)
def test_every_state_can_be_come_to(key):
    """From the opening of a dossier, by acts of the law alone."""
    for number, state in enumerate(LAW.engines[key].procedure.states):
        assert lead(LAW, key, state, seed=number).state == state


def test_a_state_that_nothing_leads_to_is_said_to_be_unreached():
    """`lead` does not run for ever."""
    key = MAINS[0]
    procedure = LAW.engines[key].procedure
    lost = list(procedure.states)[3]
    cut = replace(procedure, transitions=tuple(act for act in procedure.transitions if act.dest != lost))

    with pytest.raises(UnreachedError):
        lead(law_of([cut]), key, lost, seed=1, tries=3)


@pytest.mark.parametrize("key", MAINS)
def test_every_act_of_a_dossier_is_made_somewhere(key):
    """Each case of each trigger was made in some life."""
    main = LAW.engines[key].procedure
    unmade = {(main.key, act.trigger, act.dest) for act in main.transitions if not searched(key).made[id(act)]}

    assert unmade - UNREACHED.keys() == set()


@pytest.mark.parametrize("key", [key for key in LAW.engines if key not in MAINS])
def test_every_act_of_a_side_machine_is_made_somewhere(key):
    """Each case of each trigger was made beside a dossier of some edition."""
    made = sum((searched(main).made for main in MAINS), Counter[int]())
    side = LAW.engines[key].procedure
    unmade = {(side.key, act.trigger, act.dest) for act in side.transitions if not made[id(act)]}

    assert unmade - UNREACHED.keys() == set()


def test_every_side_machine_is_begun_by_some_dossier():
    """An edition of a side machine that nothing begins would never be tested here."""
    begun = {
        side.engine.procedure.key for key in MAINS for life in searched(key).places.values() for side in life.sides
    }

    assert begun == {key for key in LAW.engines if key not in MAINS}


# --- The rules find what they are for ---------------------------------------------------------------------------


def with_acts(change: Callable[[Transition], Transition]) -> Law:
    """Return the shipped law with every act changed."""

    def changed(procedure: Procedure) -> Procedure:
        return replace(procedure, transitions=tuple(change(act) for act in procedure.transitions))

    return law_of([changed(engine.procedure) for engine in LAW.engines.values()])


def without_papers(act: Transition) -> Transition:
    """No act asks for a paper any more."""
    return replace(act, requires=(), fresh=())


def without_ways_out(act: Transition) -> Transition:
    """The ways out of custody no longer say that anybody leaves."""
    return replace(act, custody=None) if act.release else act


def without_the_term_of_the_decision(act: Transition) -> Transition:
    """The court's decision no longer states how long."""
    asked = tuple(name for name in act.fields.required if name != "term_months")
    return replace(act, guards=(), fields=replace(act.fields, required=asked, optional=()))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (without_papers, "titles"),
        (without_ways_out, "releases"),
        (without_ways_out, "places"),
        (without_the_term_of_the_decision, "decisions"),
    ],
)
def test_a_law_that_was_spoilt_is_found_out(change, rule):
    """Each rule fails on a law from which what it watches over was taken."""
    law = with_acts(change)
    said = Counter(
        sentence.split(":")[0] for life in lives(law, "cnbb-adult@2026-07-01", 80) for sentence in broken(life)
    )

    assert said[rule] > 0
