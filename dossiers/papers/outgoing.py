"""The register of outgoing papers of a body and year: every number given, in order, and what became of its paper.

Reads only.  The person of a dossier is named to those who may read it and to nobody else.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from dossiers.bodies.access import Actor
from dossiers.bodies.models import Account, Organization
from dossiers.errors import NotAllowedError, NotFoundError
from dossiers.files.models import Dossier
from dossiers.files.queries import visible_dossiers
from dossiers.papers.models import Paper, PaperCounter
from dossiers.papers.numbering import NumberFaults, number_faults
from dossiers.people.models import Person
from workflow.vocabulary import Text

#: States as the register tells them; a paper whose place another one took is told so whatever it was before.
STATES: Final[Mapping[str, Text]] = MappingProxyType(
    {
        "issued": Text("Đã ban hành, chờ bản đã ký", "Issued, signed copy awaited"),
        "signed": Text("Đã ký", "Signed"),
        "void": Text("Đã hủy", "Void"),
        "superseded": Text("Đã được thay thế", "Replaced"),
    }
)
#: What a spreadsheet would take for a formula at the beginning of a cell.
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")
_BOM: Final = "\ufeff"
_MISSING: Final = "không có văn bản nào mang số này"
_HEADINGS: Final = (
    "Ký hiệu",
    "Số",
    "Số và ký hiệu",
    "Ngày",
    "Mẫu",
    "Tên văn bản",
    "Người ký",
    "Hồ sơ số",
    "Người được lập hồ sơ",
    "Tình trạng",
    "Lý do hủy",
    "Văn bản thay thế",
)


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """One number: its paper, who signed it, which dossier it is in, and what became of it."""

    paper_id: UUID
    number: int
    shown: str
    doc_date: date | None
    form: str
    title: str
    signer: str
    dossier_id: UUID
    dossier_number: str
    #: None for those who may not read the dossier.
    person: str | None
    state: str
    void_reason: str | None
    #: The number of the paper that took its place.
    replaced_by: str | None


@dataclass(frozen=True, slots=True)
class RegisterSeries:
    """The numbers of one symbol: all lines in order, and which numbers are not accounted for."""

    symbol: str
    last: int
    lines: tuple[RegisterLine, ...]
    faults: NumberFaults


@dataclass(frozen=True, slots=True)
class OutgoingRegister:
    """The register of one body and year, by symbol."""

    organization: Organization
    year: int
    series: tuple[RegisterSeries, ...]


def outgoing_register(session: Session, actor: Actor, organization_id: UUID, year: int) -> OutgoingRegister:
    """Return what a body of the caller's, or one that it has succeeded, gave numbers to in a year.

    Raises NotFoundError for a body that does not exist, NotAllowedError for one of others.
    """
    organization = session.get(Organization, organization_id)
    if organization is None:
        raise NotFoundError
    if organization_id not in actor.organization_ids:
        raise NotAllowedError
    lines = _lines(session, actor, organization_id, year)
    last = _last_numbers(session, organization_id, year)
    series = (
        RegisterSeries(
            symbol, last.get(symbol, 0), rows := tuple(lines[symbol]), number_faults(last.get(symbol, 0), _given(rows))
        )
        for symbol in sorted({*last, *lines})
    )
    return OutgoingRegister(organization, year, tuple(series))


def years_of(session: Session, organization_id: UUID) -> list[int]:
    """Return the years in which a body gave numbers, the newest first."""
    query = select(PaperCounter.year).where(PaperCounter.organization_id == organization_id).distinct()
    return sorted(session.scalars(query), reverse=True)


def register_problems(session: Session) -> list[str]:
    """Return every row of numbers, of any body and year, that has a gap, a double or a number never given."""
    numbers: dict[tuple[UUID, str, int], list[int]] = defaultdict(list)
    on_papers = select(Paper.issuer_id, Paper.series, Paper.number_year, Paper.number)
    for issuer, series, year, number in session.execute(on_papers.where(Paper.number.is_not(None))):
        assert series is not None
        assert year is not None
        assert number is not None
        numbers[issuer, series, year].append(number)
    given = {(row.organization_id, row.series, row.year): row.last for row in session.scalars(select(PaperCounter))}
    codes = dict(session.execute(select(Organization.id, Organization.code)).all())
    problems = []
    for key in sorted({*numbers, *given}, key=lambda each: (codes[each[0]], each[2], each[1])):
        faults = number_faults(given.get(key, 0), numbers.get(key, ()))
        problems += [f"{codes[key[0]]} {key[2]} {key[1]}: {told}" for told in _told(faults)]
    return problems


def as_csv(register: OutgoingRegister) -> bytes:
    """Return the register as CSV that spreadsheets open: UTF-8 with its mark, no cell that acts as a formula."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(_HEADINGS)
    for series in register.series:
        missing = [(number, None) for number in series.faults.missing]
        rows = [*((line.number, line) for line in series.lines), *missing]
        for number, line in sorted(rows, key=lambda row: row[0]):
            cells = _cells(line) if line else ("", "", "", "", "", "", "", _MISSING, "", "")
            table.writerow([_plain(cell) for cell in (series.symbol, str(number), *cells)])
    return (_BOM + written.getvalue()).encode("utf-8")


def _cells(line: RegisterLine) -> tuple[str, ...]:
    return (
        line.shown,
        f"{line.doc_date:%d/%m/%Y}" if line.doc_date else "",
        line.form,
        line.title,
        line.signer,
        line.dossier_number,
        line.person or "",
        STATES[line.state].vi,
        line.void_reason or "",
        line.replaced_by or "",
    )


def _plain(cell: str) -> str:
    """Return a cell that no spreadsheet runs: a reason may begin with what it takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def _lines(session: Session, actor: Actor, organization_id: UUID, year: int) -> dict[str, list[RegisterLine]]:
    """Return the papers that bear a number, by symbol and in order."""
    query = (
        select(Paper, Account.full_name, Dossier.number, Person.full_name)
        .join(Dossier, Dossier.id == Paper.dossier_id)
        .join(Person, Person.id == Dossier.person_id)
        .outerjoin(Account, Account.id == Paper.issued_by_id)
        .where(Paper.issuer_id == organization_id, Paper.number_year == year, Paper.number.is_not(None))
        .order_by(Paper.series, Paper.number)
    )
    rows = session.execute(query).all()
    readable = set(session.scalars(visible_dossiers(actor)))
    replacing = {paper.superseded_by_id for paper, *_ in rows if paper.superseded_by_id}
    shown = {each.id: each.display_number for each in session.scalars(select(Paper).where(Paper.id.in_(replacing)))}
    lines: dict[str, list[RegisterLine]] = defaultdict(list)
    for paper, signer, dossier_number, person in rows:
        assert paper.series is not None
        assert paper.number is not None
        known = paper.dossier_id in readable
        line = RegisterLine(
            paper_id=paper.id,
            number=paper.number,
            shown=paper.display_number or "",
            doc_date=paper.doc_date,
            form=paper.form,
            title=paper.title,
            signer=signer or "",
            dossier_id=paper.dossier_id,
            dossier_number=dossier_number,
            person=person if known else None,
            state="superseded" if paper.superseded_by_id else paper.state,
            void_reason=paper.void_reason if known else None,
            replaced_by=shown[paper.superseded_by_id] if paper.superseded_by_id else None,
        )
        lines[paper.series].append(line)
    return lines


def _last_numbers(session: Session, organization_id: UUID, year: int) -> dict[str, int]:
    query = select(PaperCounter).where(PaperCounter.organization_id == organization_id, PaperCounter.year == year)
    return {row.series: row.last for row in session.scalars(query)}


def _given(lines: tuple[RegisterLine, ...]) -> Iterator[int]:
    return (line.number for line in lines)


def _told(faults: NumberFaults) -> Iterator[str]:
    for words, numbers in (
        ("no paper bears", faults.missing),
        ("more than one paper bears", faults.double),
        ("was never given:", faults.never_given),
    ):
        if numbers:
            yield f"{words} {', '.join(map(str, numbers))}"
