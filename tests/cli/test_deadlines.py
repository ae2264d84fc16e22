"""`hoso deadline`, `hoso term` and `hoso calendar` for whoever must trust a paper: print it, change it, verify it."""

import json
import random

import pytest


@pytest.fixture
def hoso(command, tmp_path, monkeypatch):
    """Return the command over an empty home, giving back (exit code, all it printed)."""
    monkeypatch.setenv("HOSO_HOME", str(tmp_path / "home"))

    def run(*arguments):
        code, out, err = command(*arguments)
        return code, out + err

    return run


@pytest.fixture
def printed(hoso):
    """Return a function that prints a paper, each only once for all tests."""

    def paper(name):
        if name not in PRINTED:
            PRINTED[name] = hoso(*PAPERS[name])[1]
        return PRINTED[name]

    return paper


PAPERS = {
    "limit": ("deadline", "T-READ3", "--start", "2026-08-06"),
    "window": ("deadline", "T-DONE24", "--start", "2028-08-03"),
    "suspended": ("deadline", "T-POST", "--start", "2026-09-05", "--suspended", "2026-10-01:2026-10-11"),
    "term": ("term", "--months", "24", "--intake", "2026-09-05", "--hold", "2026-08-03:2026-09-05"),
}


PRINTED: dict[str, str] = {}


@pytest.mark.parametrize("name", PAPERS)
def test_what_is_printed_is_verified_and_no_changed_byte_of_it_is(hoso, printed, tmp_path, name):
    """As it is printed, indented, line breaks included; a byte in every part of the file is tried."""
    file, chance = tmp_path / "paper.json", random.Random(name)
    data = printed(name).encode()
    file.write_bytes(data)
    assert hoso("deadline", "verify", str(file)) == (0, "ok\n")
    for at in sorted({*chance.sample(range(len(data)), 60), len(data) - 1, data.index(b" "), data.index(b"\n")}):
        other = chance.choice([byte for byte in range(256) if byte != data[at]])
        file.write_bytes(data[:at] + bytes([other]) + data[at + 1 :])
        code, said = hoso("deadline", "verify", str(file))
        assert code == 1, (at, other)
        assert " / " in said


def test_a_list_of_papers_is_verified_one_by_one(hoso, printed, tmp_path):
    """Certificates and statements mixed; one lie among them is enough."""
    papers = [json.loads(printed(name)) for name in PAPERS]
    file = tmp_path / "papers.json"
    file.write_text(json.dumps(papers), encoding="utf-8")
    assert hoso("deadline", "verify", str(file)) == (0, "ok\n")

    papers[-1]["ends_on"] = "2028-08-04"
    file.write_text(json.dumps(papers), encoding="utf-8")
    code, said = hoso("deadline", "verify", str(file))
    assert code == 1
    assert "ends_on" in said
    file.write_text("[]", encoding="utf-8")
    assert hoso("deadline", "verify", str(file))[0] == 1


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[" * 100_000, b'"x"', b"[1, null]", b'{"rule": {}}'])
def test_rubbish_is_refused_in_one_line(hoso, tmp_path, content):
    """Whatever the file holds, the answer is no and not a trace."""
    file = tmp_path / "rubbish.json"
    file.write_bytes(content)
    code, said = hoso("deadline", "verify", str(file))

    assert code == 1
    assert said.strip()


@pytest.mark.parametrize(
    "arguments",
    [
        ("deadline", "T-READ3", "--start", "2050-01-01"),
        ("deadline", "T-READ3", "--start", "2026-08-06", "--suspended", "2026-08-07:2026-08-07", "--suspended", "x"),
        ("deadline", "T-FIN30", "--start", "2028-08-03", "--suspended", "2028-07-01:2028-07-05"),
        ("term", "--months", "24", "--intake", "2026-09-05", "--hold", "2026-09-01:2026-08-01"),
        ("term", "--months", "0", "--intake", "2026-09-05"),
        ("calendar", "show", "2050"),
    ],
)
def test_what_cannot_be_counted_is_said_in_one_line(hoso, arguments):
    """A slip or a limit of the calendar, never a trace."""
    code, said = hoso(*arguments)

    assert code in (1, 2)
    assert said.strip()


def test_asking_makes_no_installation(hoso, printed, tmp_path):
    """A paper can be printed and verified on a machine that has none, and leaves nothing behind."""
    file = tmp_path / "paper.json"
    file.write_text(printed("limit").replace("c", "d", 1), encoding="utf-8")
    assert hoso("deadline", "verify", str(file))[0] == 1
    assert hoso("deadline", "T-READ3", "--start", "2026-08-06")[0] == 0
    assert hoso("calendar", "show", "2026")[0] == 0

    assert not (tmp_path / "home").exists()


def test_a_year_is_exported_with_all_that_a_checker_needs(hoso):
    """The revision, the span, the week, the announcement and every special day."""
    year = json.loads(hoso("calendar", "show", "2026", "--json")[1])

    assert set(year) == {"year", "announced", "decision", "working_days", "days", "rest_days", "years", "revision"}
    assert len(year["revision"]) == 64
    assert year["years"] == [2021, 2036]
    assert year["rest_days"] == [6, 7]


def test_a_decree_is_previewed_recorded_and_known_from_its_day(hoso):
    """The preview changes nothing; a day of no year, or without a decision, is refused in words."""
    assert hoso("db", "upgrade")[0] == 0
    before = json.loads(hoso("calendar", "show", "2027", "--json")[1])
    arguments = ("calendar", "add", "2027-03-09", "--off", "--decision", "QĐ giả định")
    code, said = hoso(*arguments, "--preview")
    assert (code, "không có thời hạn nào đang tính thay đổi" in said) == (0, True)
    assert json.loads(hoso("calendar", "show", "2027", "--json")[1]) == before

    assert hoso(*arguments)[0] == 0
    after = json.loads(hoso("calendar", "show", "2027", "--json")[1])
    assert after["working_days"] == before["working_days"] - 1
    assert json.loads(hoso("calendar", "show", "2027", "--json", "--known-on", "2026-01-01")[1]) == before
    for wrong in (("2050-01-01", "QĐ"), ("2027-03-10", " ")):
        assert hoso("calendar", "add", wrong[0], "--off", "--decision", wrong[1])[0] == 1
    assert hoso("calendar", "add", "2027-03-10", "--decision", "QĐ")[0] == 2
