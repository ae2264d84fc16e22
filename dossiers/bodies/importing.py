"""Takes in the official list of provinces and communes, and the bodies that an installation works with.

Importing the same twice changes nothing.  Never imports a part: a file with a fault is refused whole.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from dossiers.bodies.models import AdminUnit, Jurisdiction, Organization
from dossiers.bodies.organization_rows import ImportProblem, ImportReport, OrganizationRow, read_organizations
from dossiers.bodies.organization_ties import Plan, Unit, Version, tie_together
from storage.database import Base

__all__ = [
    "ImportProblem",
    "ImportReport",
    "check_organizations",
    "import_admin_units",
    "import_organizations",
    "import_unit_rows",
]


def import_admin_units(session: Session, *, at: datetime) -> ImportReport:
    """Take in the list of the release: 34 provinces and 3,321 communes from 2025-07-01 on.

    Names that a later release corrects are corrected; nothing is removed.
    """
    text = (files("dossiers.bodies") / "data" / "administrative-units.csv").read_text(encoding="utf-8")
    return import_unit_rows(session, csv.DictReader(text.splitlines()), at=at)


def import_unit_rows(session: Session, rows: Iterable[Mapping[str, str]], *, at: datetime) -> ImportReport:
    """Take in provinces and communes (code, kind, name, province_code, valid_from, valid_to, successor_code).

    A province is the province of itself.  The rows are data of a release, not of users: a fault in
    them is a ValueError or KeyError.
    """
    known = {(unit.level, unit.code, unit.valid_from): unit for unit in session.scalars(select(AdminUnit))}
    new: list[dict[str, Any]] = []
    updated = 0
    for row in rows:
        level = "province" if row["code"] == row["province_code"] else "commune"
        valid_from = date.fromisoformat(row["valid_from"])
        said = {
            "kind": row["kind"],
            "name": row["name"],
            "province_code": row["province_code"],
            "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            "successor_code": row["successor_code"] or None,
        }
        unit = known.get((level, row["code"], valid_from))
        if unit is not None:
            updated += _change(unit, said)
            continue
        key = {"id": uuid4(), "level": level, "code": row["code"], "valid_from": valid_from, "recorded_at": at}
        new.append({**key, **said})
    if new:
        session.execute(insert(AdminUnit), new)
    session.flush()
    return ImportReport(created=len(new), updated=updated)


def import_organizations(
    session: Session, source: Iterable[str] | Iterable[Mapping[str, str]], *, at: datetime
) -> ImportReport:
    """Take in bodies from a CSV stream (commas or semicolons, header as in COLUMNS) or from rows already read.

    A row is a body from `valid_from` on.  A known code with that day is brought up to date; another day
    makes a new version of the body, which succeeds the version that ends then.  `jurisdiction` holds
    codes of communes with spaces between them.  If anything is wrong, the report lists every problem
    with its line and nothing is imported.  Open files with `encoding="utf-8", newline=""`.
    """
    plan, problems = _planned(session, source)
    return ImportReport(0, 0, problems) if problems else _store(session, plan, at=at)


def check_organizations(
    session: Session, source: Iterable[str] | Iterable[Mapping[str, str]]
) -> tuple[ImportProblem, ...]:
    """Return every problem that `import_organizations` would refuse the same rows for; writes nothing."""
    return _planned(session, source)[1]


def _planned(
    session: Session, source: Iterable[str] | Iterable[Mapping[str, str]]
) -> tuple[Plan, tuple[ImportProblem, ...]]:
    rows, problems = read_organizations(source)
    plan = tie_together(rows, _known_versions(session), _known_units(session))
    return plan, tuple(sorted([*problems, *plan.problems], key=lambda each: each.line))


def _known_versions(session: Session) -> list[Version]:
    return [
        Version(body.id, body.code, body.type, body.valid_from, body.valid_to, body.parent_id, body.successor_id)
        for body in session.scalars(select(Organization))
    ]


def _known_units(session: Session) -> list[Unit]:
    columns = select(AdminUnit.code, AdminUnit.province_code, AdminUnit.valid_from, AdminUnit.valid_to)
    return [Unit(*row) for row in session.execute(columns)]


def _store(session: Session, plan: Plan, *, at: datetime) -> ImportReport:
    known = {body.id: body for body in session.scalars(select(Organization))}
    bodies = dict(known)
    changed: set[UUID] = set()
    for version in plan.imported:
        assert version.row is not None
        said = _columns(version.row)
        if version.id not in known:
            key = {"id": version.id, "code": version.code, "valid_from": version.valid_from, "recorded_at": at}
            bodies[version.id] = Organization(**key, **said)
        elif _change(known[version.id], said):
            changed.add(version.id)
    session.add_all(body for body in bodies.values() if body.id not in known)
    session.flush()  # the rows must be there before others point to them
    for versions in plan.versions.values():
        for version in versions:
            ties = {"parent_id": version.parent_id, "successor_id": version.successor_id}
            if _change(bodies[version.id], ties) and version.id in known:
                changed.add(version.id)
    changed |= _store_jurisdictions(session, plan) & known.keys()
    session.flush()
    return ImportReport(created=len(bodies) - len(known), updated=len(changed))


def _columns(row: OrganizationRow) -> dict[str, Any]:
    return {
        "type": row.type,
        "name": row.name,
        "letterhead": row.letterhead,
        "symbol": row.symbol,
        "place": row.place,
        "address": row.address,
        "province_code": row.province_code,
        "commune_code": row.commune_code,
        "valid_to": row.valid_to,
    }


def _store_jurisdictions(session: Session, plan: Plan) -> set[UUID]:
    """Make the communes of each imported body those of its row; returns the bodies for which that changed anything."""
    listed: dict[UUID, dict[str, Jurisdiction]] = {}
    for area in session.scalars(select(Jurisdiction)):
        listed.setdefault(area.organization_id, {})[area.commune_code] = area
    changed: set[UUID] = set()
    for version in plan.imported:
        assert version.row is not None
        present = listed.get(version.id, {})
        for commune in present.keys() - set(version.row.jurisdiction):
            session.delete(present[commune])
            changed.add(version.id)
        for commune in version.row.jurisdiction:
            days = {"valid_from": version.valid_from, "valid_to": version.valid_to}
            if commune not in present:
                session.add(Jurisdiction(organization_id=version.id, commune_code=commune, **days))
                changed.add(version.id)
            elif _change(present[commune], days):
                changed.add(version.id)
    return changed


def _change(row: Base, said: Mapping[str, Any]) -> bool:
    """Set what differs; returns whether anything did."""
    differs = {name: value for name, value in said.items() if getattr(row, name) != value}
    for name, value in differs.items():
        setattr(row, name, value)
    return bool(differs)
