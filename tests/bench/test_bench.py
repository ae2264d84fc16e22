"""The benchmarks run, and print what others script against; how fast they are is not judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 600


pytestmark = pytest.mark.timeout(SECONDS + 60)


@pytest.fixture(scope="module")
def printed():
    """What `python -m bench --quick` prints."""
    command = [sys.executable, "-m", "bench", "--quick"]
    return subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS).stdout


@pytest.mark.slow
@pytest.mark.postgresql
def test_each_benchmark_is_one_json_object_a_line(printed):
    """Exactly the stated members, and a ratio that is value over floor."""
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]

    names = [row["name"] for row in rows]
    assert len(set(names)) == len(names) >= 10
    for row in rows:
        assert set(row) == {"name", "value", "unit", "floor", "ratio", "n"}
        assert row["value"] > 0
        assert row["floor"] > 0
        assert row["n"] >= 1
        assert row["unit"] in ("ms", "MB")
        assert row["ratio"] == pytest.approx(row["value"] / row["floor"], rel=0.05, abs=0.05)
    for engine in ("SQLite", "PostgreSQL"):
        assert any(name.startswith("move:") and name.endswith(engine) for name in names)


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_table_for_people_follows(printed):
    """Every row again, with what its floor is."""
    lines = printed.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.lstrip().startswith("value"))
    names = [json.loads(line)["name"] for line in lines if line.startswith("{")]
    for name, line in zip(names, lines[begin + 1 :], strict=False):
        assert line.startswith(name)
        assert line.rstrip()[-1].isalnum()


@pytest.mark.slow
@pytest.mark.postgresql
def test_deciding_keeps_nothing(printed):
    """The engine holds no more memory after many decisions than after the first of them."""
    rows = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    (memory,) = [row for row in rows if row["name"].startswith("engine: memory")]

    assert memory["ratio"] < 1.05


@pytest.mark.slow
@pytest.mark.postgresql
def test_a_paper_is_filled_in_a_fraction_of_the_time_of_docxtpl(printed):
    """A hundredth on a quiet machine, far below a twentieth on a busy one in five rounds; a set is one of the rows."""
    rows = {row["name"]: row for row in map(json.loads, (line for line in printed.splitlines() if line[0:1] == "{"))}

    assert rows["form: fill V36"]["ratio"] < 0.05
    assert "forms: a set of 15 papers" in rows
