"""Reads the file of bodies row by row: columns, days, kinds, and the territory each kind must or must not have.

Looks at one row at a time; what rows mean to each other is said in `organization_ties`.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from dossiers.bodies.kinds import ORGANIZATION_KINDS, OrganizationKind, Presence
from workflow.vocabulary import Text

#: Column -> longest value; None where the shape of the value is its limit.
COLUMNS: Final[Mapping[str, int | None]] = {
    "code": 40,
    "type": 40,
    "name": 200,
    "letterhead": 200,
    "symbol": 40,
    "place": 100,
    "address": 300,
    "province_code": 10,
    "commune_code": 10,
    "parent_code": 40,
    "valid_from": None,
    "valid_to": None,
    "successor_code": 40,
    "jurisdiction": None,
}
_REQUIRED: Final = ("code", "type", "name", "letterhead", "symbol", "place", "valid_from")
_DAY: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """What is wrong in one line of an imported file; lines count from 1, the header included."""

    line: int
    reason: Text


@dataclass(frozen=True, slots=True)
class ImportReport:
    """How many rows were new, how many changed something, and what stood in the way of all of them."""

    created: int
    updated: int
    problems: tuple[ImportProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """One line of the file: a body from a day on."""

    line: int
    code: str
    type: str
    name: str
    letterhead: str
    symbol: str
    place: str
    address: str
    province_code: str | None
    commune_code: str | None
    parent_code: str | None
    valid_from: date
    valid_to: date | None
    successor_code: str | None
    jurisdiction: tuple[str, ...]


def problem(line: int, vi: str, en: str) -> ImportProblem:
    """Return one problem of a line."""
    return ImportProblem(line, Text(vi, en))


def read_organizations(
    source: Iterable[str] | Iterable[Mapping[str, str]],
) -> tuple[list[OrganizationRow], list[ImportProblem]]:
    """Return the rows that can be read from CSV lines or ready rows, and every problem of those that cannot."""
    problems: list[ImportProblem] = []
    rows: list[OrganizationRow] = []
    for line, fields in _numbered([*source], problems):
        row = _parse(line, fields, problems)
        if row is not None:
            rows.append(row)
    return rows, problems


def _numbered(
    source: Sequence[str | Mapping[str, str]], problems: list[ImportProblem]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    lines = [each for each in source if isinstance(each, str)]
    if not lines:
        yield from enumerate((each for each in source if not isinstance(each, str)), start=2)
        return
    header = lines[0].removeprefix("\ufeff")  # spreadsheets put a byte order mark before UTF-8
    # ... and write semicolons where the comma is the decimal sign, as in Việt Nam.
    reader = csv.reader([header, *lines[1:]], delimiter=";" if ";" in header else ",")
    try:
        names = [name.strip() for name in next(reader)]
        if faults := _header_problems(names):
            problems += faults
            return
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            if len(values) != len(names):
                vi, en = f"Số cột phải là {len(names)}", f"The line must have {len(names)} columns"
                problems.append(problem(reader.line_num, vi, en))
                continue
            yield reader.line_num, dict(zip(names, values, strict=True))
    except csv.Error:
        vi, en = "Không đọc được dòng này và các dòng sau", "This line and those after it cannot be read"
        problems.append(problem(max(1, reader.line_num), vi, en))


def _header_problems(names: list[str]) -> list[ImportProblem]:
    faults = [
        problem(1, f"Thiếu cột “{name}”", f"The column “{name}” is missing") for name in COLUMNS if name not in names
    ]
    faults += [
        problem(1, f"Không có cột “{name}”", f"There is no column “{name}”") for name in names if name not in COLUMNS
    ]
    faults += [
        problem(1, f"Cột “{name}” bị lặp", f"The column “{name}” stands twice")
        for name in sorted({name for name in names if names.count(name) > 1})
    ]
    return faults


def _parse(line: int, fields: Mapping[str, str], problems: list[ImportProblem]) -> OrganizationRow | None:
    said = {name: " ".join(fields.get(name, "").split()) for name in COLUMNS}
    # A letterhead may take two lines of the left column.
    said["letterhead"] = "\n".join(" ".join(part.split()) for part in fields.get("letterhead", "").strip().splitlines())
    faults = [
        problem(line, f"Cột “{name}” không được để trống", f"The column “{name}” is empty")
        for name in _REQUIRED
        if not said[name]
    ]
    faults += [
        problem(line, f"Giá trị ở cột “{name}” quá dài hoặc có ký tự lạ", f"The value of “{name}” is too long or odd")
        for name, length_max in COLUMNS.items()
        if not said[name].replace("\n", "").isprintable() or (length_max is not None and len(said[name]) > length_max)
    ]
    days = {name: _day(line, name, said[name], faults) for name in ("valid_from", "valid_to")}
    valid_from, valid_to = days["valid_from"], days["valid_to"]
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        vi, en = "“valid_to” phải sau “valid_from”", "“valid_to” must come after “valid_from”"
        faults.append(problem(line, vi, en))
    communes = tuple(dict.fromkeys(said["jurisdiction"].split()))
    kind = ORGANIZATION_KINDS.get(said["type"])
    if kind is not None:
        faults += _territory_problems(line, kind, said, communes)
    elif said["type"]:
        faults.append(problem(line, f"Không có loại cơ quan “{said['type']}”", f"There is no type “{said['type']}”"))
    problems += faults
    if faults or valid_from is None:
        return None
    return OrganizationRow(
        line=line,
        code=said["code"],
        type=said["type"],
        name=said["name"],
        letterhead=said["letterhead"],
        symbol=said["symbol"],
        place=said["place"],
        address=said["address"],
        province_code=said["province_code"] or None,
        commune_code=said["commune_code"] or None,
        parent_code=said["parent_code"] or None,
        valid_from=valid_from,
        valid_to=valid_to,
        successor_code=said["successor_code"] or None,
        jurisdiction=communes,
    )


def _day(line: int, name: str, text: str, faults: list[ImportProblem]) -> date | None:
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass  # a day that does not exist is reported like one that cannot be read
    vi, en = f"“{name}” phải là ngày dạng năm-tháng-ngày", f"“{name}” must be a day, YYYY-MM-DD"
    faults.append(problem(line, vi, en))
    return None


def _territory_problems(
    line: int, kind: OrganizationKind, said: Mapping[str, str], communes: tuple[str, ...]
) -> list[ImportProblem]:
    faults = []
    for name, presence, stated in (
        ("province_code", kind.province, bool(said["province_code"])),
        ("commune_code", kind.commune, bool(said["commune_code"])),
        ("jurisdiction", kind.areas, bool(communes)),
    ):
        if presence is Presence.REQUIRED and not stated:
            vi, en = f"Loại cơ quan này phải có “{name}”", f"This type of body must have “{name}”"
            faults.append(problem(line, vi, en))
        if presence is Presence.NONE and stated:
            vi, en = f"Loại cơ quan này không có “{name}”", f"This type of body has no “{name}”"
            faults.append(problem(line, vi, en))
    return faults
