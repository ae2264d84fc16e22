"""`hoso org symbol` and the numbers in `hoso audit verify`, as others script against them."""

import json
import sqlite3

import pytest

HEADER = (
    "code,type,name,letterhead,symbol,place,address,province_code,commune_code,parent_code,valid_from,valid_to,"
    "successor_code,jurisdiction"
)
BODY = "CAX-1,commune_police,Công an phường Hoàn Kiếm,CÔNG AN,CAX,Hoàn Kiếm,,01,00070,,2025-07-01,,,"
HEAD = ("--name", "NGUYỄN VĂN THỬ", "--role", "CAX_HEAD", "--body", "CAX-1", "--password", "mat khau gia dinh 1")


@pytest.fixture
def hoso(hoso, tmp_path):
    """Return the command over a home with one body and its head."""
    bodies = tmp_path / "bodies.csv"
    bodies.write_text(f"{HEADER}\n{BODY}\n")
    hoso("db", "upgrade")
    assert hoso("org", "import", str(bodies))[0] == 0
    assert hoso("user", "add", "thu.nghiem", *HEAD)[0] == 0
    return hoso


def test_a_symbol_is_set_by_the_head_and_listed(hoso):
    """As JSON for programs."""
    said = hoso("org", "symbol", "set", "CAX-1", "D-FACREQ", "{year}/ĐNTN-CAX", "--by", "thu.nghiem")
    code, out, _ = hoso("org", "symbol", "list", "CAX-1", "--json")

    assert said[0] == 0
    assert code == 0
    assert [(row["form"], row["pattern"]) for row in json.loads(out)] == [("D-FACREQ", "{year}/ĐNTN-CAX")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("CAX-1", "D-FACREQ", "qđ cax", "--by", "thu.nghiem"), "chữ in hoa"),
        (("CAX-1", "D-FACREQ", "ĐN-A", "--by", "thu.nghiem", "--from", "2025-01-01"), ""),
        (("CAX-1", "D-FACREQ", "ĐN-A", "--by", "nobody"), "no account"),
        (("CAX-9", "D-FACREQ", "ĐN-A", "--by", "thu.nghiem"), "no organization"),
        (("CAX-1", "C11", "ĐN-A", "--by", "thu.nghiem"), "không có quyền"),
    ],
)
def test_a_symbol_that_cannot_be_is_refused_in_words(hoso, arguments, told):
    """Exit code 1, and nothing is kept."""
    code, _, err = hoso("org", "symbol", "set", *arguments)

    assert code == 1
    assert told in err
    assert json.loads(hoso("org", "symbol", "list", "CAX-1", "--json")[1]) == []


def test_an_audit_reports_numbers_that_no_paper_bears(hoso, tmp_path):
    """A counter that stands at two, and no paper."""
    (file,) = (tmp_path / "home").rglob("*.sqlite*")
    link = sqlite3.connect(file)
    with link:
        link.execute("insert into paper_counter select id, 'QĐ-CAX', 2026, 2 from organization")
    link.close()

    code, _, err = hoso("audit", "verify")

    assert code == 1
    assert "numbers: CAX-1 2026 QĐ-CAX: no paper bears 1, 2" in err
