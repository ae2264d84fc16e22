"""Taking in the official units and files of bodies."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dossiers.bodies import queries
from dossiers.bodies.importing import ImportReport, import_admin_units, import_organizations, import_unit_rows
from dossiers.bodies.models import AdminUnit, Jurisdiction, Organization
from dossiers.bodies.organization_rows import COLUMNS, read_organizations
from storage.database import Database
from tests.bodies.houses import AT, SINCE, TODAY

HEADER = ",".join(COLUMNS)
UNITS = [
    {"code": code, "kind": "phường", "name": f"Phường {code}", "province_code": "99", "valid_from": "2025-07-01"}
    | {"valid_to": "", "successor_code": ""}
    for code in ("99", "99001", "99002")
]
GOOD = {
    "CAT": "CAT,provincial_police,Công an tỉnh Giả Định,CÔNG AN TỈNH GIẢ ĐỊNH,CAT,Giả Định,,99,,,2025-07-01,,,",
    "CAX": "CAX,commune_police,Công an phường Minh Họa,CÔNG AN PHƯỜNG,CAX,Minh Họa,,99,99001,CAT,2025-07-01,,,",
    "TA": "TA,regional_court,Tòa án khu vực 99,TÒA ÁN KHU VỰC 99,TA,Giả Định,,99,,,2025-07-01,,,99002 99001",
}


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Open one unit of work on a database that knows province 99 and two communes."""
    with database.transaction() as opened:
        import_unit_rows(opened, UNITS, at=AT)
        yield opened


def take_in(session: Session, *lines: str) -> ImportReport:
    """Import lines under the header."""
    return import_organizations(session, io.StringIO("\n".join([HEADER, *lines])), at=AT)


def complaints(report: ImportReport) -> list[tuple[int, str]]:
    """Return line and English text of each problem."""
    return [(each.line, each.reason.en) for each in report.problems]


def count(session: Session, table: type) -> int:
    """Return the number of rows."""
    return session.scalars(select(func.count()).select_from(table)).one()


def test_the_release_knows_34_provinces_and_3321_communes(database: Database) -> None:
    """Taking them in again changes nothing; every commune lies in a province of the list."""
    with database.transaction() as session:
        assert import_admin_units(session, at=AT) == ImportReport(3355, 0)
    with database.transaction() as session:
        assert import_admin_units(session, at=AT) == ImportReport(0, 0)
    with database.reading() as session:
        provinces = queries.provinces(session, on=TODAY)
        assert len(provinces) == 34
        assert sum(len(queries.communes(session, each.code, on=TODAY)) for each in provinces) == 3321
        hanoi = queries.admin_unit(session, "01", on=TODAY)
        assert hanoi is not None
        assert (hanoi.name, hanoi.level) == ("Thành phố Hà Nội", "province")
        assert queries.admin_unit(session, "01", on=SINCE.replace(month=6)) is None


def test_a_unit_that_a_later_release_ends_is_brought_up_to_date(session: Session) -> None:
    """Its row is kept, with its last day and its successor."""
    ended = {**UNITS[1], "valid_to": "2027-01-01", "successor_code": "99002"}

    assert import_unit_rows(session, [ended], at=AT) == ImportReport(0, 1)
    unit = session.scalars(select(AdminUnit).where(AdminUnit.code == "99001")).one()
    assert (str(unit.valid_to), unit.successor_code) == ("2027-01-01", "99002")


def test_bodies_are_taken_in_with_their_ties(session: Session) -> None:
    """Also when the body above stands further down in the file; a second time nothing changes."""
    lines = [GOOD["CAX"], GOOD["TA"], GOOD["CAT"]]

    assert take_in(session, *lines) == ImportReport(3, 0)
    assert take_in(session, *lines) == ImportReport(0, 0)
    police = queries.bodies_for(session, "commune_police", commune_code="99001", province_code="99", on=TODAY)
    court = queries.bodies_for(session, "regional_court", commune_code="99002", province_code="99", on=TODAY)
    assert police is not None
    assert court is not None
    assert (police.code, police.symbol, police.recorded_at, court.code) == ("CAX", "CAX", AT, "TA")
    superior = queries.superior(session, police)
    assert superior is not None
    assert superior.code == "CAT"


def test_a_file_as_a_spreadsheet_in_viet_nam_writes_it_is_read(session: Session) -> None:
    """Byte order mark, semicolons, Windows line ends, a letterhead of two lines, empty lines."""
    fields = GOOD["CAT"].replace("CÔNG AN TỈNH GIẢ ĐỊNH", '"BỘ CÔNG AN\nCÔNG AN TỈNH  GIẢ ĐỊNH"')
    text = "\ufeff" + f"{HEADER}\r\n\r\n{fields}\r\n,,,,,,,,,,,,,\r\n".replace(",", ";")

    assert import_organizations(session, io.StringIO(text, newline=""), at=AT) == ImportReport(1, 0)
    assert session.scalars(select(Organization.letterhead)).one() == "BỘ CÔNG AN\nCÔNG AN TỈNH GIẢ ĐỊNH"


def test_rows_that_were_read_elsewhere_are_taken_in_too(session: Session) -> None:
    """As a page or a workbook gives them."""
    rows = [dict(zip(COLUMNS, GOOD["CAT"].split(","), strict=True))]

    assert import_organizations(session, rows, at=AT) == ImportReport(1, 0)
    assert complaints(import_organizations(session, [{**rows[0], "type": "x"}], at=AT)) == [(2, "There is no type “x”")]


def test_a_changed_row_is_brought_up_to_date_and_nothing_else(session: Session) -> None:
    """Only bodies with a difference count, be it a name, a tie or a commune of the list."""
    take_in(session, *GOOD.values())
    renamed = GOOD["CAX"].replace("phường Minh Họa", "phường Minh Họa (sửa)")
    fewer = GOOD["TA"].replace("99002 99001", "99001")

    assert take_in(session, GOOD["CAT"], renamed, fewer) == ImportReport(0, 2)
    assert session.scalars(select(Jurisdiction.commune_code)).all() == ["99001"]
    assert take_in(session, GOOD["CAX"].replace(",CAT,2025", ",,2025")) == ImportReport(0, 1)
    assert session.scalars(select(Organization.parent_id).where(Organization.code == "CAX")).one() is None


def test_a_renamed_body_is_the_successor_of_itself(session: Session) -> None:
    """The old version ends on the first day of the new one."""
    take_in(session, *GOOD.values())
    old = GOOD["CAX"].replace("2025-07-01,,", "2025-07-01,2026-11-21,")
    new = GOOD["CAX"].replace("2025-07-01", "2026-11-21").replace("Minh Họa", "Minh Họa Mới")

    assert take_in(session, old, new) == ImportReport(1, 1)
    first = session.scalars(
        select(Organization).where(Organization.code == "CAX", Organization.valid_from == SINCE)
    ).one()
    today = queries.as_of(session, first, on=TODAY)
    assert today is not None
    assert today.name == "Công an phường Minh Họa Mới"
    assert today.id == first.successor_id


def test_merged_bodies_are_succeeded_by_the_one_they_became(session: Session) -> None:
    """The successor is found by its code on the day the others end."""
    ended = GOOD["CAX"].replace("2025-07-01,,", "2025-07-01,2026-11-21,NEW")
    merged = GOOD["CAX"].replace("CAX,commune", "NEW,commune").replace("2025-07-01", "2026-11-21")

    assert take_in(session, GOOD["CAT"], ended, merged) == ImportReport(3, 0)
    former = session.scalars(select(Organization).where(Organization.code == "CAX")).one()
    today = queries.as_of(session, former, on=TODAY)
    assert today is not None
    assert today.code == "NEW"


def test_every_problem_is_said_with_its_line_and_nothing_is_imported(session: Session) -> None:
    """One bad line keeps the good ones out too, so that a file is never half in."""
    report = take_in(
        session,
        GOOD["CAT"],
        "A,castle,Lâu đài,,L,Giả Định,,99,,,2025-02-30,,,",
        "B,commune_police,Công an,CÔNG AN,CAX,Giả Định,,99,,,2025-07-01,2025-07-01,,99001",
        "C,c04,Cục,CỤC,C04,Hà Nội,,99,,,2025-07-01,,,",
        "D,facility,Cơ sở,CƠ SỞ,CS,Giả Định,,99,99009,NOBODY,2025-07-01,,,",
        "E,facility,Cơ sở,CƠ SỞ,CS,Giả Định,,98,,,2025-07-01,,NOBODY,",
        "F,facility,Cơ sở,CƠ SỞ,CS,Giả Định,,99,,,2025-07-01,2026-01-01,NOBODY,",
        "too,few",
        "G,facility," + "x" * 201 + ",CƠ SỞ,CS,Giả Định,,99,,,01/07/2025,,,",
    )

    assert (report.created, report.updated, count(session, Organization)) == (0, 0, 0)
    assert complaints(report) == [
        (3, "The column “letterhead” is empty"),
        (3, "“valid_from” must be a day, YYYY-MM-DD"),
        (3, "There is no type “castle”"),
        (4, "“valid_to” must come after “valid_from”"),
        (4, "This type of body must have “commune_code”"),
        (4, "This type of body has no “jurisdiction”"),
        (5, "This type of body has no “province_code”"),
        (6, "There is no parent “NOBODY” on 2025-07-01"),
        (6, "There is no commune “99009” of the province “99” at that time"),
        (7, "“successor_code” needs a “valid_to” beside it"),
        (7, "There is no province “98” at that time"),
        (8, "There is no successor “NOBODY” on 2026-01-01"),
        (9, "The line must have 14 columns"),
        (10, "The value of “name” is too long or odd"),
        (10, "“valid_from” must be a day, YYYY-MM-DD"),
    ]
    assert all(each.reason.vi != each.reason.en for each in report.problems)


def test_versions_of_a_body_do_not_overlap(session: Session) -> None:
    """Neither within the file nor with what was imported before; the same line twice is no update."""
    take_in(session, GOOD["CAT"])
    later = GOOD["CAT"].replace("2025-07-01", "2026-11-21")

    assert complaints(take_in(session, later)) == [
        (2, "“CAT” has two versions from 2026-11-21 on; state “valid_to” of the earlier one")
    ]
    assert complaints(take_in(session, GOOD["CAT"], GOOD["CAT"])) == [
        (3, "The same code and first day stand in line 2")
    ]
    assert count(session, Organization) == 1


def test_no_body_stands_above_itself(session: Session) -> None:
    """Not over several steps either."""
    first = GOOD["CAX"].replace("CAX,commune", "ONE,commune").replace(",CAT,2025", ",TWO,2025")
    second = GOOD["CAX"].replace("CAX,commune", "TWO,commune").replace(",CAT,2025", ",ONE,2025")

    assert complaints(take_in(session, first, second)) == [
        (2, "The parents form a circle"),
        (3, "The parents form a circle"),
    ]


def test_only_a_body_of_the_same_kind_succeeds(session: Session) -> None:
    """A committee must not come into the dossiers of the police by a slip in a file."""
    ended = GOOD["CAX"].replace("2025-07-01,,", "2025-07-01,2026-11-21,TA")

    assert complaints(take_in(session, GOOD["CAT"], GOOD["TA"], ended)) == [
        (4, "The successor must be of the same type")
    ]


def test_a_header_must_have_the_columns_and_no_others(session: Session) -> None:
    """A misspelt column must not be lost in silence."""
    text = HEADER.replace("symbol", "symbool") + ",place\n" + GOOD["CAT"] + ","

    assert complaints(import_organizations(session, io.StringIO(text), at=AT)) == [
        (1, "The column “symbol” is missing"),
        (1, "There is no column “symbool”"),
        (1, "The column “place” stands twice"),
    ]


@given(st.lists(st.text(max_size=40), max_size=6))
def test_no_text_makes_the_reader_fail(lines: list[str]) -> None:
    """Whatever stands in a file, the answer is a list of problems, not a crash."""
    rows, problems = read_organizations(io.StringIO("\n".join([HEADER, *lines]), newline=""))

    assert rows == []
    assert all(each.line >= 1 for each in problems)


def test_a_line_that_is_no_csv_is_a_problem_of_its_own(session: Session) -> None:
    """The good line before it is not imported either."""
    report = import_organizations(session, [HEADER + "\n", GOOD["CAT"] + "\n", "a\rb\n"], at=AT)

    assert complaints(report) == [(3, "This line and those after it cannot be read")]
    assert count(session, Organization) == 0


def test_the_bodies_of_every_commune_are_taken_in_at_once(database: Database) -> None:
    """3,321 bodies, and again without any change."""
    with database.transaction() as session:
        import_admin_units(session, at=AT)
        units = session.scalars(select(AdminUnit).where(AdminUnit.level == "commune")).all()
        lines = [
            f"CAX-{unit.code},commune_police,Công an {unit.name},CÔNG AN,CAX,{unit.name},,"
            f"{unit.province_code},{unit.code},,2025-07-01,,,"
            for unit in units
        ]
        assert take_in(session, *lines) == ImportReport(3321, 0)
        assert take_in(session, *lines) == ImportReport(0, 0)
