"""The procedure for 12 to under 18 against section 3.3 of the reference, and against the adults' sections it repeats.

What section 3.3 says stands in `reference/minor-points.csv`, one row a rule.  Everything else is the adults' reference:
`minor-articles.csv` says which article stands for which, `minor-transitions.csv`, `minor-limits.csv` and
`minor-guards.csv` hold the rows that are others, `minor-differences.toml` names what the law files do beyond them.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import replace

import pytest

from tests.workflow.beside import SIDES
from tests.workflow.test_law_reference import REFERENCE, act_differences, found, named, rows
from workflow.loader import load_procedures
from workflow.model import Procedure

__all__ = ["named"]

MINOR, HOLD = "cnbb-minor@2026-07-01", "cnbb-hold@2026-07-01"
#: The offices of a reform school act wherever those of a facility do; the reference names the head of the facility.
SCHOOL_OFFICES = {"CSCN_HEAD": "TGD_HEAD", "CSCN_OFF": "TGD_OFF"}


@pytest.fixture(scope="module")
def both() -> tuple[Procedure, Procedure]:
    """Return the procedure for 12 to under 18 and the hold of regime R26."""
    law = {procedure.key: procedure for procedure in load_procedures()}
    return law[MINOR], law[HOLD]


@pytest.fixture(scope="module")
def sides() -> tuple[Procedure, ...]:
    """Return the other side machines of regime R26."""
    law = {procedure.key: procedure for procedure in load_procedures()}
    return tuple(law[f"{kind}@2026-07-01"] for kind in SIDES.values())


def minor_rows(name: str) -> list[dict[str, str]]:
    """Return the adults' rows of a list under the articles for 12 to under 18, with those that are others."""
    articles = {row["adult"]: row["minor"] for row in read("minor-articles")}
    base = [{**row, "cite": cites(row, articles)} if "cite" in row else row for row in rows(name)]
    if not (REFERENCE / f"minor-{name}.csv").exists():
        return base
    key = "trigger" if name == "transitions" else "id"
    own = read(f"minor-{name}")
    kept = [row for row in base if row[key] not in {other[key] for other in own} or row.get("machine") == "M-HOLD"]
    return kept + [row for row in own if row.get("to", "stated")]


def read(name: str) -> list[dict[str, str]]:
    """Return the rows of a list of this procedure."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def cites(row: Mapping[str, str], articles: Mapping[str, str]) -> str:
    """Return the articles of a row as they stand here."""
    return "; ".join(articles.get(one, one) for one in row["cite"].split("; "))


def without_schools(procedure: Procedure) -> Procedure:
    """Return the procedure with the offices of the facility alone."""
    offices = set(SCHOOL_OFFICES.values())
    acts = [
        replace(act, actor=tuple(role for role in act.actor if role not in offices)) for act in procedure.transitions
    ]
    return replace(procedure, transitions=tuple(acts))


def test_the_law_differs_from_the_reference_only_where_a_table_says_so(both, sides, named):
    """No difference without a reason; no reason of this procedure without a difference."""
    raw = tomllib.loads((REFERENCE / "minor-differences.toml").read_text(encoding="utf-8"))["difference"]
    own = {entry["found"]: entry["reason"] for entry in raw}
    differences = set(found((without_schools(both[0]), both[1], *sides), minor_rows))
    assert sorted(differences - set(named) - set(own)) == [], "not named"
    assert sorted(set(own) - differences) == [], "named, but there is no such difference"
    assert sorted(set(own) & set(named)) == [], "named twice"
    assert len(own) == len(raw)


def test_most_of_the_adults_reference_was_compared(both):
    """The comparison means something only while it goes through the same acts."""
    ours = {(act.trigger, act.source) for act in both[0].transitions}
    assert len(ours) > 130
    assert len(list(act_differences(both, lambda _name: []))) > 100


def test_every_office_of_a_facility_has_its_like_in_a_school(both):
    """L36.4: a reform school stands in the place of a facility, in every act and in the hold."""
    for procedure in both:
        for act in procedure.transitions:
            for facility, school in SCHOOL_OFFICES.items():
                assert (facility in act.roles) == (school in act.roles), (act.trigger, facility)
    assert both[0].bodies["CSCN"].org_types == ("facility", "reform_school")


@pytest.mark.parametrize("row", read("minor-points"), ids=lambda row: f"{row['point']}: {row['name']} {row['holds']}")
def test_section_3_3(both, row):
    """One rule of the reference for 12 to under 18."""
    shown = POINTS[row["kind"]](both[0], row["name"], row["holds"])
    assert row["cite"] in shown


def _basis(law: Procedure, _name: str, holds: str) -> str:
    assert holds in " ".join(law.basis)
    return ""


def _act(law: Procedure, name: str, holds: str) -> str:
    role = holds.removeprefix("by ")
    assert all(role in act.actor for act in law.by_trigger[name])
    return "; ".join(act.basis for act in law.by_trigger[name])


def _guard(law: Procedure, name: str, holds: str) -> str:
    assert any(holds in act.guards for act in law.by_trigger[name])
    guard = law.guards[holds]
    return "; ".join((guard.basis, *(clause.basis for clause in guard.clauses)))


def _begins(law: Procedure, name: str, holds: str) -> str:
    assert all(act.starts_proceeding == holds for act in law.by_trigger[name])
    return "; ".join(act.basis for act in law.by_trigger[name])


def _paper(law: Procedure, name: str, holds: str) -> str:
    assert all(tuple(holds.split()) in act.requires for act in law.by_trigger[name])
    return ""


def _asks(law: Procedure, name: str, holds: str) -> str:
    assert all(holds in act.fields.required for act in law.by_trigger[name])
    return law.facts[holds].basis or ""


def _choices(law: Procedure, name: str, holds: str) -> str:
    assert [choice.id for choice in law.facts[name].choices] == holds.split()
    return law.facts[name].basis or ""


def _kinds(law: Procedure, name: str, holds: str) -> str:
    assert law.facts[name].org_types == tuple(holds.split())
    return law.facts[name].basis or ""


def _limit(law: Procedure, name: str, holds: str) -> str:
    amount, unit = holds.split()
    limit = law.limits[name]
    assert (str(limit.amount), str(limit.unit), limit.variants) == (amount, unit, ())
    assert any(name in act.starts + act.restarts for act in law.transitions)
    return limit.basis


def _shares(law: Procedure, name: str, holds: str) -> str:
    assert all(set(holds.split()) <= set(act.shares_with) for act in law.by_trigger[name])
    return ""


def _policy(law: Procedure, name: str, holds: str) -> str:
    assert any(name in clause.policies for clause in law.guards[holds].clauses)
    return ""


def _absent(law: Procedure, name: str, _holds: str) -> str:
    assert name not in law.facts
    return ""


def _ages(law: Procedure, _name: str, holds: str) -> str:
    assert law.ages is not None
    assert f"{law.ages.since} {law.ages.below}" == holds
    return law.ages.basis


POINTS = {
    "basis": _basis,
    "act": _act,
    "guard": _guard,
    "begins": _begins,
    "paper": _paper,
    "asks": _asks,
    "choices": _choices,
    "kinds": _kinds,
    "limit": _limit,
    "shares": _shares,
    "policy": _policy,
    "absent": _absent,
    "ages": _ages,
}


def test_the_hand_written_list_has_every_point_of_section_3_3():
    """A row lost from the list would make the comparison pass for the wrong reason."""
    points = {row["point"] for row in read("minor-points")}
    assert points == {
        *("Nature", "Grounds", "Exclusions", "Dossier", "Competent TCAX", "Term", "Place", "Regime", "Turning 18"),
        *("Petitioner before enforcement", "Minor whose evasion ends after 18", "Certificate copies", "QLSC", "EM"),
        *("No stable residence at end", "Test sample", "Result to the parents", "Registration by the parents", "Age"),
    }
