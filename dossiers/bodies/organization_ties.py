"""Ties imported bodies together: versions of one body, the body above, the one that succeeds, the territory.

Computes on what it is given; never asks the database and never writes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from uuid import UUID, uuid4

from dossiers.bodies.organization_rows import ImportProblem, OrganizationRow, problem


@dataclass(slots=True)
class Version:
    """A body from one day to another: as the file has it (`row`), or as it was imported before."""

    id: UUID
    code: str
    type: str
    valid_from: date
    valid_to: date | None
    parent_id: UUID | None = None
    successor_id: UUID | None = None
    row: OrganizationRow | None = None

    def holds(self, on: date) -> bool:
        """Say whether this version holds on a day."""
        return self.valid_from <= on and (self.valid_to is None or self.valid_to > on)


@dataclass(frozen=True, slots=True)
class Unit:
    """A province or commune with the days on which it exists."""

    code: str
    province_code: str
    valid_from: date
    valid_to: date | None


@dataclass(slots=True)
class Plan:
    """Every version of every body, old and new, with their ties; made to be stored only without problems."""

    versions: dict[str, list[Version]]
    problems: list[ImportProblem] = field(default_factory=list)

    @property
    def imported(self) -> list[Version]:
        """Return the versions that the file has, in its order."""
        found = [version for versions in self.versions.values() for version in versions if version.row is not None]
        return sorted(found, key=_line)

    def find(self, code: str, on: date) -> Version | None:
        """Return the version of a body that holds on a day."""
        return next((version for version in self.versions.get(code, []) if version.holds(on)), None)

    def complain(self, version: Version, vi: str, en: str) -> None:
        """Note a problem of an imported version."""
        self.problems.append(problem(_line(version), vi, en))


def tie_together(rows: Iterable[OrganizationRow], known: Iterable[Version], units: Iterable[Unit]) -> Plan:
    """Return what the bodies will be once the rows are taken in, and every problem between rows."""
    plan = Plan({})
    for version in known:
        plan.versions.setdefault(version.code, []).append(version)
    for row in rows:
        _take_in(plan, row)
    for versions in plan.versions.values():
        versions.sort(key=lambda version: version.valid_from)
        _check_overlaps(plan, versions)
    for version in plan.imported:
        _tie_parent(plan, version)
    for versions in plan.versions.values():
        for version in versions:
            _tie_successor(plan, version)
    _check_circles(plan)
    _check_territory(plan, units)
    return plan


def _line(version: Version) -> int:
    return 0 if version.row is None else version.row.line


def _take_in(plan: Plan, row: OrganizationRow) -> None:
    versions = plan.versions.setdefault(row.code, [])
    same = next((version for version in versions if version.valid_from == row.valid_from), None)
    if same is not None and same.row is not None:
        vi = f"Trùng mã và ngày bắt đầu với dòng {same.row.line}"
        plan.problems.append(problem(row.line, vi, f"The same code and first day stand in line {same.row.line}"))
        return
    if same is None:
        versions.append(Version(uuid4(), row.code, row.type, row.valid_from, row.valid_to, row=row))
        return
    same.type, same.valid_to, same.row = row.type, row.valid_to, row
    same.parent_id = same.successor_id = None


def _check_overlaps(plan: Plan, versions: list[Version]) -> None:
    for earlier, later in pairwise(versions):
        new = later if later.row is not None else earlier
        if new.row is not None and (earlier.valid_to is None or earlier.valid_to > later.valid_from):
            vi = f"“{new.code}” có hai phiên bản cùng lúc từ {later.valid_from}; hãy ghi “valid_to” ở bản trước"
            en = f"“{new.code}” has two versions from {later.valid_from} on; state “valid_to” of the earlier one"
            plan.complain(new, vi, en)


def _tie_parent(plan: Plan, version: Version) -> None:
    assert version.row is not None
    code = version.row.parent_code
    if code is None:
        return
    parent = plan.find(code, version.valid_from)
    if parent is None:
        vi = f"Không có cơ quan cấp trên “{code}” vào ngày {version.valid_from}"
        plan.complain(version, vi, f"There is no parent “{code}” on {version.valid_from}")
        return
    version.parent_id = parent.id


def _tie_successor(plan: Plan, version: Version) -> None:
    code = version.row.successor_code if version.row is not None else None
    if code is not None and version.valid_to is None:
        plan.complain(
            version, "Có “successor_code” thì phải có “valid_to”", "“successor_code” needs a “valid_to” beside it"
        )
        return
    if version.valid_to is None or version.successor_id is not None:
        return
    successor = plan.find(code or version.code, version.valid_to)
    if code is not None and successor is None:
        vi = f"Không có cơ quan kế thừa “{code}” vào ngày {version.valid_to}"
        plan.complain(version, vi, f"There is no successor “{code}” on {version.valid_to}")
    elif successor is not None and successor.type != version.type:
        vi, en = "Cơ quan kế thừa phải cùng loại", "The successor must be of the same type"
        plan.complain(successor if version.row is None else version, vi, en)
    elif successor is not None:
        version.successor_id = successor.id


def _check_circles(plan: Plan) -> None:
    above = {version.id: version.parent_id for versions in plan.versions.values() for version in versions}
    for version in plan.imported:
        seen: set[UUID] = set()
        step: UUID | None = version.id
        while step is not None and step not in seen:
            seen.add(step)
            step = above[step]
        if step is not None:
            plan.complain(version, "Quan hệ cấp trên đi vòng tròn", "The parents form a circle")


def _check_territory(plan: Plan, units: Iterable[Unit]) -> None:
    by_code: dict[str, list[Unit]] = {}
    for unit in units:
        by_code.setdefault(unit.code, []).append(unit)
    for version in plan.imported:
        row = version.row
        assert row is not None
        if row.province_code is not None and not _exists(by_code, row.province_code, row.province_code, version):
            vi, en = f"Không có tỉnh mã “{row.province_code}”", f"There is no province “{row.province_code}”"
            plan.complain(version, f"{vi} trong thời gian đó", f"{en} at that time")
        communes = row.jurisdiction if row.commune_code is None else (row.commune_code, *row.jurisdiction)
        for code in communes:
            if row.province_code is None or not _exists(by_code, code, row.province_code, version):
                vi = f"Không có đơn vị cấp xã mã “{code}” thuộc tỉnh “{row.province_code}” trong thời gian đó"
                en = f"There is no commune “{code}” of the province “{row.province_code}” at that time"
                plan.complain(version, vi, en)


def _exists(by_code: Mapping[str, list[Unit]], code: str, province_code: str, version: Version) -> bool:
    """Say whether a unit of that province exists on some day of the version."""
    return any(
        unit.province_code == province_code
        and (unit.valid_to is None or unit.valid_to > version.valid_from)
        and (version.valid_to is None or version.valid_to > unit.valid_from)
        for unit in by_code.get(code, [])
    )
