"""The proof finds what is wrong: hundreds of unsafe variants of the law files, each caught or shown to do no harm.

HOSO_MUTANTS: how many variants of each kind (default below, for every run; 9 makes 216, `all` takes every one).
"""

from __future__ import annotations

import os
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from dossiers.papers.catalogue_files import official_catalogue
from tests.workflow.liberty import violations
from tests.workflow.mutants import Mutant, mutants_of
from tests.workflow.walking import Life, law_of
from workflow.loader import load_policies, load_procedures
from workflow.model import Procedure
from workflow.proof.variables import System
from workflow.prove import Proof, prove, system_of
from workflow.reading import LawFileError

pytestmark = pytest.mark.timeout(3600)

MAIN, SIDE = "cnbb-adult@2026-07-01", "cnbb-hold@2026-07-01"
ADULT = 18
#: How many variants of each kind, in every run.
EACH = 1
#: From so many on, a kind is judged by itself.
ENOUGH = 9
#: Lives lived under a variant that the proof calls harmless, and acts in each.
LIVES, MOVES = 3, 45
#: Kinds of which every single variant breaks a rule.
ALWAYS_CAUGHT = ("drop a paper", "widen an actor", "swap a role", "drop ends_title", "redirect", "drop custody")
#: Kinds of which most break one.
MOSTLY_CAUGHT = ("drop a guard", "only warn", "drop release", "widen a source", "drop the end of a period")


@dataclass(frozen=True)
class Verdict:
    """What became of a variant: refused by the reader, caught by rules, or harmless; with the story or the harm."""

    kind: str
    where: str
    how: str
    rules: tuple[str, ...] = ()
    told: bool = False
    harm: tuple[str, ...] = ()


@cache
def originals() -> dict[str, Procedure]:
    """Return every shipped edition by its key."""
    return {each.key: each for each in load_procedures()}


@cache
def forms() -> frozenset[str]:
    """Return the ids of every document."""
    return frozenset(edition.form_id for edition in official_catalogue().forms())


@cache
def original_proof() -> Proof:
    """Return the proof of the unchanged procedure."""
    return prove(system_of(originals()[MAIN], originals().values(), load_policies()), forms=forms())


@cache
def every() -> list[Mutant]:
    """Return every variant that the generator makes."""
    return list(mutants_of(originals(), [MAIN, SIDE]))


@cache
def chosen() -> list[Mutant]:
    """Return the variants of this run: so many of each kind, always the same ones."""
    wanted, by_kind = os.environ.get("HOSO_MUTANTS", str(EACH)), defaultdict(list)
    for mutant in every():
        by_kind[mutant.kind].append(mutant)
    for kind, group in by_kind.items():
        Random(kind).shuffle(group)
    most = None if wanted == "all" else int(wanted)
    return [mutant for group in by_kind.values() for mutant in group[:most]]


def judged(number: int) -> Verdict:
    """Make one variant, prove it, and live under it when the proof says that it is harmless."""
    mutant = chosen()[number]
    try:
        changed = mutant.made(originals()[mutant.procedure])
    except LawFileError:
        return Verdict(mutant.kind, mutant.where, "refused")
    base = original_proof()
    sides = dict(base.system.sides)
    if mutant.procedure != MAIN:
        sides[changed.id] = changed
    main = changed if mutant.procedure == MAIN else originals()[MAIN]
    hints = {name: names for result in base.results for name, names in result.tracked.items()}
    proof = prove(System(main, sides, base.system.policies), forms=forms(), hints=hints, until_broken=True)
    broken = [result for result in proof.results if not result.holds]
    if broken:
        told = all(result.story or result.faults for result in broken)
        return Verdict(mutant.kind, mutant.where, "caught", tuple(each.rule.id for each in broken), told)
    return Verdict(mutant.kind, mutant.where, "harmless", harm=lived(main, sides))


def lived(main: Procedure, sides: dict[str, Procedure]) -> tuple[str, ...]:
    """Return the wrongs done in random lives under a changed law."""
    law = law_of([main, *sides.values()])
    found: list[str] = []
    for seed in range(LIVES):
        found += violations(Life(law, main.key, seed).live(MOVES), youngest=ADULT)
    return tuple(found)


@pytest.fixture(scope="module")
def verdicts() -> list[Verdict]:
    """Return what became of every variant of this run, worked out on every core."""
    number = len(chosen())
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        found = list(pool.map(judged, range(number), chunksize=4))
    sys.stdout.write(report(found))
    return found


def report(found: list[Verdict]) -> str:
    """Return the table by kind: refused by the reader, caught by the proof, harmless to every rule."""
    rows = Counter((each.kind, each.how) for each in found)
    lines = [f"{'kind of slip':28}{'refused':>9}{'caught':>9}{'harmless':>10}"]
    for kind in dict.fromkeys(each.kind for each in found):
        numbers = [rows[kind, how] for how in ("refused", "caught", "harmless")]
        lines.append(f"{kind:28}{numbers[0]:9}{numbers[1]:9}{numbers[2]:10}")
    total = Counter(each.how for each in found)
    lines.append(f"{'all':28}{total['refused']:9}{total['caught']:9}{total['harmless']:10}")
    return "\n".join(["", *lines])


def test_the_unchanged_law_raises_no_alarm():
    """No rule cries wolf."""
    assert [result.rule.id for result in original_proof().results if not result.holds] == []


def test_there_are_at_least_200_variants_of_many_kinds(verdicts):
    """Among them every kind of slip that can open a door; each kind is tried in every run."""
    assert len(every()) >= 200
    kinds = {each.kind for each in every()}
    assert len(kinds) >= 18
    assert {each.kind for each in verdicts} == kinds


def test_what_is_caught_is_told(verdicts):
    """A broken rule comes with the story of a dossier, or with the act and what is wrong with it."""
    caught = [each for each in verdicts if each.how == "caught"]
    assert len(caught) >= 0.4 * len(verdicts)
    assert [each.where for each in caught if not each.told] == []


def test_no_harm_is_done_under_a_variant_that_was_not_caught(verdicts):
    """Random lives, judged in another way, find nothing that the proof has overlooked."""
    assert [(each.kind, each.where, each.harm[:3]) for each in verdicts if each.harm] == []


@pytest.mark.parametrize("kind", ALWAYS_CAUGHT)
def test_slips_of_these_kinds_never_pass(verdicts, kind):
    """An office, a paper, a way out: each is stated on its own in the rules."""
    passed = [each.where for each in verdicts if each.kind == kind and each.how == "harmless"]
    assert passed == []


def test_slips_of_these_kinds_seldom_pass(verdicts):
    """What passes is stopped by another condition of the same act, or concerns nobody's liberty.

    Of few slips the kinds are judged together, of nine or more each kind by itself.
    """
    groups = [[each for each in verdicts if each.kind == kind] for kind in MOSTLY_CAUGHT]
    together = [each for group in groups for each in group]
    for group in [together, *(group for group in groups if len(group) >= ENOUGH)]:
        assert sum(each.how != "harmless" for each in group) >= 0.5 * len(group), {each.kind for each in group}
