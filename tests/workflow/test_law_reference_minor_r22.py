"""12 to under 18 in the earlier regime against the reference, window by window; every difference has its reason.

What the reference says of them alone stands in `reference/r22-minor-points.csv`.  Everything else is the adults' list:
`r22-minor-articles.csv` says which article stands for which, `r22-minor-limits.csv` and `r22-minor-guards.csv` hold the
rows that are others, `r22-minor-differences.toml` names what the law files do beyond the adults' differences.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.workflow.test_law_reference_minor import POINTS as R26_POINTS
from tests.workflow.test_law_reference_r22 import LAST_DAYS, WINDOWS, found, rows
from tests.workflow.test_law_reference_r22 import named as named_for_adults
from workflow.loader import load_policies, load_procedures
from workflow.model import Procedure
from workflow.vocabulary import Effect

REFERENCE = Path(__file__).parent / "reference"
EDITIONS = {**WINDOWS, "R1": "2022-03-24"}


@pytest.fixture(scope="module")
def law() -> Mapping[str, Procedure]:
    """Return the edition of each window."""
    by_key = {procedure.key: procedure for procedure in load_procedures()}
    return {window: by_key[f"cnbb-minor@{edition}"] for window, edition in EDITIONS.items()}


def own(name: str) -> list[dict[str, str]]:
    """Return the rows of a list of this procedure."""
    with (REFERENCE / f"r22-minor-{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def minor_rows(name: str, window: str) -> list[dict[str, str]]:
    """Return the adults' rows under the articles for 12 to under 18, with those that are others."""
    articles = {row["adult"]: row["minor"] for row in own("articles")}
    base = rows(name, window)
    for row in base:
        if "cite" in row:
            row["cite"] = "; ".join(dict.fromkeys(articles.get(one, one) for one in row["cite"].split("; ")))
    if name not in ("limits", "guards"):
        return base
    key = "id" if name == "limits" else "rule"
    others = own(name)
    kept = [row for row in base if row[key] not in {other[key] for other in others}]
    return kept + [row for row in others if row["cite"]]


def named(window: str) -> dict[str, str]:
    """Return the differences of a window that minors have beyond those of adults: what differs -> why."""
    raw = tomllib.loads((REFERENCE / "r22-minor-differences.toml").read_text(encoding="utf-8"))
    entries = [entry for entry in raw["difference"] if window in entry.get("windows", list(EDITIONS))]
    pairs = [(one, entry["reason"]) for entry in entries for one in entry["found"]]
    assert len(dict(pairs)) == len(pairs), "a difference is named twice"
    return dict(pairs)


@pytest.mark.parametrize("window", EDITIONS)
def test_a_window_differs_from_the_reference_only_where_a_table_says_so(law, window):
    """No difference without a reason; no reason of this procedure without a difference."""
    differences, table = set(found(law[window], window, minor_rows)), named(window)
    of_adults = named_for_adults("R2" if window == "R1" else window)
    assert sorted(differences - set(table) - set(of_adults)) == [], "not named"
    assert sorted(set(table) - differences) == [], "named, but there is no such difference"
    assert sorted(set(table) & set(of_adults)) == [], "named twice"


def test_the_windows_follow_each_other_from_the_first_day_of_the_ordinance(law):
    """PL 01/2022 has been in force since 2022-03-24; before it no court law for them was."""
    assert {window: procedure.in_force_to for window, procedure in law.items()} == LAST_DAYS
    assert min(procedure.edition for procedure in law.values()) == "2022-03-24"


@pytest.mark.parametrize("window", EDITIONS)
@pytest.mark.parametrize("row", own("points"), ids=lambda row: f"{row['point']}: {row['name']} {row['holds']}")
def test_what_the_reference_says_of_them_alone(law, window, row):
    """One rule of sections 1.2, 2, 3.3 and 8."""
    shown = POINTS[row["kind"]](law[window], row["name"], row["holds"])
    assert row["cite"] in shown


def _never(procedure: Procedure, name: str, holds: str) -> str:
    for act in procedure.by_trigger[name]:
        assert holds not in {form for one in act.requires for form in one} | set(act.generates)
    return ""


def _act_cites(procedure: Procedure, name: str, holds: str) -> str:
    assert any(holds in act.basis.split("; ") for act in procedure.by_trigger[name])
    return ""


def _may_ask(procedure: Procedure, name: str, holds: str) -> str:
    assert all(holds in act.fields.optional for act in procedure.by_trigger[name])
    return procedure.facts[holds].basis or ""


POINTS = {**R26_POINTS, "never": _never, "act_cites": _act_cites, "may_ask": _may_ask}


def test_the_open_question_of_the_reduction_is_decided_by_hand(law):
    """POL-R22-MINOR-REDUCTION: manual by default, and named beside what depends on it."""
    assert load_policies()["POL-R22-MINOR-REDUCTION"].default == "manual"
    for procedure in law.values():
        assert "POL-R22-MINOR-REDUCTION" in procedure.limits["T40"].policies
        assert all("POL-R22-MINOR-REDUCTION" in act.policies for act in procedure.by_trigger["court_reduce"])


@pytest.mark.parametrize("window", ["R3", "R4"])
def test_nobody_knows_who_makes_their_dossier_since_march_2025(law, window):
    """Section 2.9, 8.8: the cell is unknown; whoever may act does so under POL-R22-ROLES."""
    maker = law[window].bindings["dossier_maker"]
    assert (maker.confidence.mark, maker.policies) == ("D", ("POL-R22-ROLES",))
    assert {"CAX_HEAD", "UBNDX_CHAIR"} <= set(maker.offices)


def test_no_article_of_an_ordinance_for_adults_is_cited(law):
    """The court's part stands under PL 01/2022 in every act, limit and rule."""
    for procedure in law.values():
        bases = [owner.basis for owner in (*procedure.transitions, *procedure.limits.values())]
        bases += [clause.basis for guard in procedure.guards.values() for clause in guard.clauses]
        cited = {one for basis in bases for one in basis.split("; ")}
        assert [one for one in cited if one.startswith(("PL03", "PL09"))] == [], procedure.key


def test_no_clause_is_stronger_than_its_mark(law):
    """Only a text that was read refuses, only [B] or better asks for a reason."""
    for procedure in law.values():
        for guard in procedure.guards.values():
            for clause in guard.clauses:
                allowed = {"A": 2, "A¹": 2, "B": 1}.get(clause.confidence.mark, 0)
                needed = {Effect.REFUSE: 2, Effect.OVERRIDE: 1}.get(clause.effect, 0)
                assert needed <= allowed, (procedure.key, guard.id, clause.id)


def test_a_way_out_of_custody_is_refused_only_for_coming_too_early(law):
    """Of all acts that release, one has a clause that refuses: the certificate before the last day."""
    guarded = {
        (act.trigger, guard)
        for procedure in law.values()
        for act in procedure.transitions
        if act.release
        for guard in act.guards
        for clause in procedure.guards[guard].clauses
        if clause.effect is Effect.REFUSE
    }
    assert guarded == {("complete", "G-DONE")}
