"""The `hoso` command as others script against it: exit codes, JSON, one clear line for a refusal."""

import json
import subprocess
import sys

import pytest

from templates_docx import __name__ as forms_room


def test_the_law_is_listed_and_shown(hoso):
    """Editions with their pins; states and moves of one of them."""
    code, out, _ = hoso("law", "list", "--json")
    rows = json.loads(out)
    assert code == 0
    assert {"cnbb-adult", "cnbb-hold"} <= {row["id"] for row in rows}
    assert all(len(row["sha256"]) == 64 for row in rows)

    code, out, _ = hoso("law", "list", "--json", "--on", "2021-12-31")
    assert (code, json.loads(out)) == (0, [])

    code, out, _ = hoso("law", "show", "cnbb-adult@2026-07-01", "--json")
    assert code == 0
    assert "READING_WINDOW" in {state["id"] for state in json.loads(out)["states"]}


def test_a_deadline_is_printed_with_its_days_and_verified_offline(hoso, tmp_path):
    """Notice received on 6 August 2026: reading on the 7th, 10th and 11th; a changed day is found."""
    code, out, _ = hoso("deadline", "T-READ3", "--start", "2026-08-06")
    certificate = json.loads(out)
    assert code == 0
    assert [day["date"] for day in certificate["days"] if day["mark"] in ("counted", "due")] == [
        "2026-08-07",
        "2026-08-10",
        "2026-08-11",
    ]

    file = tmp_path / "certificate.json"
    file.write_text(out)
    assert hoso("deadline", "verify", str(file))[:2] == (0, "ok\n")

    file.write_text(out.replace("2026-08-10", "2026-08-09"))
    code, _, err = hoso("deadline", "verify", str(file))
    assert code == 1
    assert "days" in err


def test_the_term_of_the_second_worked_example_is_computed(hoso):
    """Hold from 3 August, intake on 5 September 2026: the term ends on 3 August 2028."""
    code, out, _ = hoso("term", "--months", "24", "--intake", "2026-09-05", "--hold", "2026-08-03:2026-09-05")

    assert code == 0
    assert json.loads(out)["ends_on"] == "2028-08-03"


def test_wrong_usage_ends_with_2_and_a_refusal_with_1(hoso):
    """Programs can tell a slip from a no."""
    assert hoso("law")[0] in (0, 2)
    assert hoso("deadline", "T-NOPE", "--start", "2026-08-06")[0] == 2
    assert hoso("deadline", "T-READ3")[0] == 2
    hoso("db", "upgrade")
    code, _, err = hoso("policy", "decide", "POL-ROLL", "nonsense", "--by", "", "--reason", "x")
    assert code == 1
    assert "Chính sách không có giá trị này" in err
    assert "Traceback" not in err


def test_a_decided_policy_and_a_decreed_day_are_in_force_at_once(hoso):
    """Both are kept with who, when and why."""
    hoso("db", "upgrade")
    assert hoso("policy", "decide", "POL-ROLL", "no_rolling", "--by", "Ban thử", "--reason", "thử")[0] == 0
    values = {row["id"]: row["value"] for row in json.loads(hoso("policy", "list", "--json")[1])}
    assert values["POL-ROLL"] == "no_rolling"

    assert hoso("calendar", "add", "2026-10-10", "--work", "--decision", "01/QĐ-thử")[0] == 0
    year = json.loads(hoso("calendar", "show", "2026", "--json")[1])
    assert {"date": "2026-10-10", "working": True} in [
        {"date": day["date"], "working": day["working"]} for day in year["days"]
    ]


def test_forms_are_listed_linted_sampled_and_rendered(hoso, tmp_path):
    """What the forms room offers, from the command line."""
    assert forms_room == "templates_docx"
    listed = {row["form"] for row in json.loads(hoso("forms", "list", "--json")[1])}
    assert {"V23", "V32", "V33", "V34", "V36", "V37", "V42", "V50", "V51", "V52", "V53", "V56", "N05", "C11"} <= listed
    assert hoso("forms", "lint")[:2] == (0, "ok\n")

    code, out, _ = hoso("forms", "sample", "--out", str(tmp_path / "samples"))
    assert code == 0
    written = sorted(path.name for path in (tmp_path / "samples").iterdir())
    assert sorted(line.rsplit("/", 1)[-1] for line in out.splitlines()) == written
    assert len(written) >= 120
    assert {"V36@2026-07-01.docx", "III04@2022-01-01.docx", "III04@2026-07-01.docx"} <= set(written)
    assert (tmp_path / "samples" / "V36@2026-07-01.docx").read_bytes().startswith(b"PK")

    data = tmp_path / "values.json"
    data.write_text(json.dumps({"addressee": "Tòa án giả định"}))
    code, _, err = hoso("forms", "render", "V36", "--data", str(data), "--out", str(tmp_path / "x.docx"))
    assert code == 1
    assert "Còn thiếu thông tin bắt buộc" in err
    assert not (tmp_path / "x.docx").exists()


def test_tables_and_accounts_and_bodies_come_from_the_command_line(hoso, tmp_path):
    """A fresh installation: tables, bodies from a file, an account with its office."""
    assert hoso("db", "upgrade")[0] == 0
    assert hoso("db", "check")[0] == 0
    bodies = tmp_path / "bodies.csv"
    header = (
        "code,type,name,letterhead,symbol,place,address,province_code,commune_code,parent_code,valid_from,valid_to,"
        "successor_code,jurisdiction"
    )
    row = "CAX-1,commune_police,Công an phường Hoàn Kiếm,CÔNG AN,CAX,Hoàn Kiếm,,01,00070,,2025-07-01,,,"
    bodies.write_text(f"{header}\n{row}\n")
    assert hoso("org", "import", str(bodies))[0] == 0
    assert (
        hoso(
            "user",
            "add",
            "thu.nghiem",
            "--name",
            "NGUYỄN VĂN THỬ",
            "--role",
            "CAX_HEAD",
            "--body",
            "CAX-1",
            "--password",
            "mat-khau-gia-dinh-dai",
        )[0]
        == 0
    )
    assert len(hoso("user", "token", "thu.nghiem")[1].strip()) > 30

    bodies.write_text(f"{header}\nCAX-2,no_such_type,,,,,,,,,2025-07-01,,,\nCAX-3,commune_police,,,,,,,,,,,,\n")
    code, out, _ = hoso("org", "import", str(bodies))
    assert code == 1
    assert "bodies.csv:2:" in out
    assert "bodies.csv:3:" in out


def test_the_store_is_probed_and_the_audit_of_nothing_is_clean(hoso):
    """What this store really does, as JSON; an empty installation has nothing wrong."""
    hoso("db", "upgrade")
    code, out, _ = hoso("storage", "probe")
    assert code == 0
    assert json.loads(out)
    assert hoso("audit", "verify")[:2] == (0, "0 dossiers, 0 problems\n")


def test_a_simulated_clock_is_refused_outside_the_demonstration(hoso, tmp_path):
    """Real time is the machine's."""
    clock = tmp_path / "clock"
    clock.write_text("2026-08-06T09:00:00+07:00")
    code, _, err = hoso("serve", "--clock", str(clock))

    assert code == 1
    assert "demonstration" in err


@pytest.mark.parametrize("module", ["api.cli", "api.cli.main"])
def test_the_command_also_runs_as_a_module(module):
    """Nobody who types the longer name is left with a silence."""
    done = subprocess.run([sys.executable, "-m", module, "forms", "list"], capture_output=True, text=True, check=True)

    assert "V36" in done.stdout
