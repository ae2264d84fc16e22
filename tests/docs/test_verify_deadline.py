"""The offline checker: it confirms what the program wrote, finds every changed byte, and needs nothing but Python."""

import ast
import importlib.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflow.papers import CALENDAR, certificates, flipped, leaves, statements
from workflow.calendar import CalendarEntry, load_calendar
from workflow.canonical import sealed_json
from workflow.certificates import VIETNAM, Certificate, CountingRule, Suspension
from workflow.deadlines import count, verify
from workflow.statements import Interval, TermStatement
from workflow.term import compute_term, verify_term
from workflow.vocabulary import LimitKind, Unit

CHECKER = Path(__file__).parents[2] / "docs" / "verify_deadline.py"
LINES_MAX = 199
YEARS = range(CALENDAR.first_year, CALENDAR.last_year + 1)
EXPORTS = {year: CALENDAR.export(year) for year in YEARS}
SLOW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def load_checker() -> ModuleType:
    """Load the checker as a module, as a curious reader would."""
    spec = importlib.util.spec_from_file_location("verify_deadline", CHECKER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


checker = load_checker()


def problems(paper: bytes, calendars: dict[int, Any] | None = None) -> list[str]:
    """Return what the checker finds in a file."""
    try:
        return [one for each in checker.read(paper) for one in checker.check(each, calendars or {})]
    except checker.UNREADABLE as fault:
        return [str(fault)]


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the checker isolated from everything that is installed, in an empty folder."""
    command = [sys.executable, "-I", str(CHECKER), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def limit(
    amount: int,
    unit: Unit,
    *,
    direction: str = "after",
    kind: LimitKind = LimitKind.MAXIMUM,
    rolls: bool = False,
    start: datetime = datetime(2026, 8, 28, 9, 30, tzinfo=VIETNAM),
    suspended: Iterable[Suspension] = (),
) -> Certificate:
    """Return the certificate of a rule; the start stands before a swap, National Day and a weekend."""
    rule = CountingRule("T-TEST", amount, unit, direction, kind, rolls, "L35.3c; N102.3", "A")
    return count(rule, start, CALENDAR, suspensions=suspended)


AWAY = Suspension(date(2026, 9, 3), date(2026, 9, 6))
#: One paper of every sort, for what is too dear to try on hundreds.
PAPERS: dict[str, Certificate | TermStatement] = {
    "working days": limit(3, Unit.WORKING_DAYS, kind=LimitKind.PERIOD, rolls=True),
    "working days before": limit(3, Unit.WORKING_DAYS, direction="before", kind=LimitKind.WINDOW),
    "rolled": limit(2, Unit.CALENDAR_DAYS, rolls=True),
    "suspended": limit(6, Unit.CALENDAR_DAYS, rolls=True, suspended=[AWAY]),
    "hours": limit(24, Unit.HOURS, direction="before", kind=LimitKind.WINDOW),
    "months": limit(7, Unit.MONTHS, start=datetime(2026, 8, 31, tzinfo=VIETNAM), suspended=[AWAY]),
    "term": compute_term(
        36,
        date(2026, 9, 22),
        holds=[Interval(date(2026, 8, 10), date(2026, 9, 22))],
        hold_escapes=[Interval(date(2026, 8, 20), date(2026, 9, 4))],
        excluded=[Interval(date(2027, 3, 10), date(2027, 5, 2))],
    ),
    "open term": compute_term(24, date(2026, 9, 15), excluded=[Interval(date(2028, 8, 15))]),
}


def test_it_is_short_and_leans_on_nothing() -> None:
    """Anybody can read all of it, and run it on a machine that has only Python."""
    text = CHECKER.read_text()
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names])
    }

    assert len(text.splitlines()) <= LINES_MAX
    assert imported <= sys.stdlib_module_names
    assert imported.isdisjoint({"workflow", "dossiers", "storage", "api", "templates_docx"})


@SLOW
@given(certificates())
def test_every_certificate_is_confirmed_with_and_without_the_calendar(certificate: Certificate) -> None:
    """verify(emit(x)) holds for all units, kinds, directions, rolls and suspensions."""
    paper = certificate.to_json().encode()

    assert problems(paper) == []
    assert problems(paper, EXPORTS) == []
    assert verify(paper, CALENDAR) == []


@SLOW
@given(statements())
def test_every_term_statement_is_confirmed(statement: TermStatement) -> None:
    """verify(emit(x)) holds under every policy, with holds, escapes and absences, ended or open."""
    paper = statement.to_json().encode()

    assert problems(paper) == []
    assert verify_term(paper) == []


def other_bytes(byte: int, chance: random.Random) -> set[int]:
    """Return bytes that may stand in for one: by chance, and for white space and letters their next of kin."""
    return {chance.randrange(256), *(b" \n\r\t" if byte in b" \n" else [byte ^ 0x20])} - {byte}


def chosen(bytes_: set[int], chance: random.Random) -> list[int]:
    """Return all of them in a campaign, one of them in every run."""
    return sorted(bytes_) if os.environ.get("HOSO_FLIPS") == "all" else [chance.choice(sorted(bytes_))]


@pytest.mark.parametrize(("name", "indent"), [*((name, None) for name in PAPERS), ("hours", 2)])
def test_no_byte_of_a_paper_can_be_changed_unseen(name: str, indent: int | None) -> None:
    """Every position, each with another byte (HOSO_FLIPS=all: with several): the checker and the program refuse it."""
    text = PAPERS[name].to_json()
    paper = (text if indent is None else json.dumps(json.loads(text), indent=indent, ensure_ascii=False)).encode()
    confirm: Callable[[bytes], list[str]] = verify_term if "term" in name else lambda data: verify(data, CALENDAR)
    assert problems(paper) == confirm(paper) == []
    chance = random.Random(name)
    changed = (
        paper[:at] + bytes([other]) + paper[at + 1 :]
        for at, byte in enumerate(paper)
        for other in chosen(other_bytes(byte, chance), chance)
    )

    unseen = [data for data in changed if not problems(data) or not confirm(data)]

    assert unseen == []


@pytest.mark.parametrize("name", PAPERS)
def test_nothing_can_be_cut_off_or_added(name: str) -> None:
    """Half a paper, a paper with a tail, a byte order mark."""
    paper = PAPERS[name].to_json().encode()

    assert problems(paper + b"\n") == []
    for data in (b"", paper[:-1], paper[1:], paper + b"x", paper + b"\n\n", b"\xef\xbb\xbf" + paper, paper + paper):
        assert problems(data) != [], data[:20]


def resealed(paper: Certificate | TermStatement, change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a paper that says something else and carries the right hash for it."""
    body = json.loads(paper.to_json())
    del body["hash"]
    change(body)
    if "rule" in body:
        body["rule_hash"] = json.loads(sealed_json(body["rule"]))["hash"]
    return sealed_json(body).encode()


def set_all(**values: object) -> Callable[[dict[str, Any]], object]:
    """Return a change that sets items of a paper."""
    return lambda body: body.update(values)


def set_row(index: int, **values: object) -> Callable[[dict[str, Any]], object]:
    """Return a change that sets items of one day."""
    return lambda body: body["days"][index].update(values)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("working days", set_all(due_on="2026-09-08"), "due_on"),
        ("working days", set_all(due_at="2026-09-09T00:00:00+07:00"), "due_at"),
        ("working days", set_all(opens_at=None), "opens_at"),
        ("working days", set_all(provisional=True), "provisional"),
        ("working days", set_all(provisional=0), "provisional"),
        ("working days", set_all(start="2026-08-27T09:30:00+07:00"), "days"),
        ("working days", set_all(start="2026-08-28T02:30:00+00:00"), "start"),
        ("working days", set_all(days=[]), "days"),
        ("working days", lambda body: body["days"].pop(2), "days"),
        ("working days", lambda body: body["rule"].update(amount=4), "days"),
        ("working days", set_row(1, mark="counted"), "2026-08-29"),
        ("working days", set_row(-4, mark="skipped"), "2026-09-04"),
        ("working days", set_row(-1, date="2026-09-08"), "days"),
        ("working days", set_row(1, reason={"vi": "Nghỉ", "en": ""}), "2026-08-29"),
        ("working days before", set_all(opens_at="2026-08-24T00:00:00+07:00"), "opens_at"),
        ("rolled", set_row(-1, mark="counted"), "days"),
        ("rolled", set_all(policies={"POL-ROLL": "no_rolling"}), "days"),
        ("rolled", set_all(policies={}), "KeyError"),
        ("suspended", set_all(suspensions=[]), "days"),
        ("suspended", set_all(suspensions=[{"start": "2026-09-03", "end": "2026-09-05"}]), "days"),
        ("hours", set_all(due_at="2026-08-28T10:30:00+07:00"), "due_at"),
        ("hours", lambda body: body["rule"].update(unit="weeks"), "KeyError"),
        ("months", set_all(due_on="2027-03-31"), "due_on"),
        ("months", set_row(-1, date="2027-03-31"), "days"),
        ("term", set_all(ends_on="2029-10-18"), "ends_on"),
        ("term", set_all(starts_on="2026-09-21"), "starts_on"),
        ("term", lambda body: body["inputs"].update(months=24), "steps"),
        ("term", lambda body: body["inputs"]["excluded"][0].update(end="2027-05-03"), "steps"),
        ("term", lambda body: body["inputs"].update(hold_escapes=[]), "steps"),
        ("term", lambda body: body["policies"].update({"POL-COUNT-INTAKE-DAY": "true"}), "steps"),
        ("term", lambda body: body["derived"][0].update(on="2029-09-18"), "derived V51"),
        ("term", lambda body: body["steps"].pop(), "steps"),
        ("open term", set_all(days_left=30), "days_left"),
        ("open term", set_all(ends_on="2028-09-15"), "ends_on"),
    ],
)
def test_a_lie_with_the_right_hash_is_found(name: str, change: Callable[[dict[str, Any]], object], told: str) -> None:
    """Whoever moves a day and seals the paper again cannot make the days agree."""
    found = problems(resealed(PAPERS[name], change))

    assert any(told in one for one in found), found


@SLOW
@given(certificates(), st.data())
def test_a_moved_end_is_always_found(certificate: Certificate, data: st.DataObject) -> None:
    """Whatever is counted, another last day or moment under a fitting hash is refused."""
    name = data.draw(st.sampled_from(["due_on", "due_at", "start", "opens_at", "provisional"]))
    body = json.loads(certificate.to_json())

    assert problems(resealed(certificate, set_all(**{name: flipped(body[name])}))) != []


@SLOW
@given(st.one_of(certificates(), statements()), st.data())
def test_a_changed_value_under_the_old_hash_is_always_found(
    paper: Certificate | TermStatement, data: st.DataObject
) -> None:
    """Any single value of any paper."""
    tree = json.loads(paper.to_json())
    node: Any = tree
    *path, last = data.draw(st.sampled_from(sorted(leaves(tree), key=repr)))
    for key in path:
        node = node[key]
    node[last] = flipped(node[last])

    assert problems(json.dumps(tree, ensure_ascii=False).encode()) != []


def test_an_invented_day_off_is_found_with_the_calendar() -> None:
    """A Tuesday that the paper calls a day off cannot be refuted by the paper alone; the calendar knows better."""
    start = datetime(2026, 6, 1, tzinfo=VIETNAM)
    decree = CalendarEntry(date(2026, 6, 2), "off", "Quyết định không có thật", date(2026, 5, 1))
    rule = CountingRule(
        "T-TEST", 1, Unit.WORKING_DAYS, "after", LimitKind.MAXIMUM, rolls=False, basis="L1", confidence="A"
    )
    paper = count(rule, start, load_calendar([decree])).to_json().encode()

    assert problems(paper) == []
    assert any(one.startswith("2026-06-02: ngày nghỉ / a day off") for one in problems(paper, {2026: EXPORTS[2026]}))
    assert any(one.startswith("calendar_revision") for one in problems(paper, {2026: EXPORTS[2026]}))


def test_calendars_are_held_against_their_own_hash_when_all_years_are_there() -> None:
    """A calendar file that was changed gives itself away."""
    paper = limit(3, Unit.WORKING_DAYS).to_json().encode()
    changed = {**EXPORTS[2030], "days": EXPORTS[2030]["days"][1:]}

    assert problems(paper, EXPORTS) == []
    assert [one.partition(":")[0] for one in problems(paper, {**EXPORTS, 2030: changed})] == ["calendar_revision"]
    assert problems(paper, {year: EXPORTS[year] for year in (2026, 2030)}) == []


def test_papers_of_the_first_shape_are_still_confirmed() -> None:
    """Certificates that knew no suspensions, statements that did not say how far a derived date lies."""
    rule = CountingRule(
        "T-TEST", 15, Unit.CALENDAR_DAYS, "after", LimitKind.MAXIMUM, rolls=True, basis="L1", confidence="A"
    )
    old = count(rule, datetime(2026, 8, 14, tzinfo=VIETNAM), CALENDAR, schema=1).to_json()
    body = json.loads(PAPERS["term"].to_json())
    del body["hash"]
    body["schema"] = 1
    body["derived"] = [
        {key: row[key] for key in ("id", "on", "text", "basis", "confidence")} for row in body["derived"]
    ]
    statement = sealed_json(body)

    assert "suspensions" not in json.loads(old)
    assert problems(old.encode()) == verify(old, CALENDAR) == []
    assert problems(statement.encode()) == verify_term(statement) == []


def test_it_runs_by_itself_and_says_in_two_languages_what_is_wrong(tmp_path: Path) -> None:
    """In an empty folder, with `python -I`: one paper, a list of them, calendars; exit codes 0, 1 and 2."""
    papers = [json.loads(paper.to_json()) for paper in PAPERS.values()]
    (tmp_path / "one.json").write_text(PAPERS["working days"].to_json(), encoding="utf-8")
    (tmp_path / "all.json").write_text(json.dumps(papers, ensure_ascii=False, indent=2), encoding="utf-8")
    (tmp_path / "wrong.json").write_bytes(resealed(PAPERS["working days"], set_all(due_on="2026-09-08")))
    (tmp_path / "none.json").write_text("[]")
    (tmp_path / "torn.json").write_bytes(b'{"rule": \xff')
    for year in (2026, 2027):
        (tmp_path / f"{year}.json").write_text(
            json.dumps(EXPORTS[year], ensure_ascii=False, indent=2), encoding="utf-8"
        )
    one = run(tmp_path, "one.json", "--calendar", "2026.json", "--calendar", "2027.json")
    everything = run(tmp_path, "all.json")
    wrong = run(tmp_path, "wrong.json")

    assert (one.returncode, one.stdout) == (0, "ĐÚNG / VERIFIED: T-TEST 2026-09-07\n")
    assert everything.returncode == 0
    assert len(everything.stdout.splitlines()) == len(papers)
    assert wrong.returncode == 1
    assert "ghi 2026-09-08, tính lại 2026-09-07 / the paper says 2026-09-08, recounted 2026-09-07" in wrong.stdout
    assert run(tmp_path, "none.json").returncode == 1
    assert run(tmp_path, "torn.json").returncode == 1
    assert run(tmp_path).returncode == 2
    assert run(tmp_path, "absent.json").returncode == 2
    assert run(tmp_path, "one.json", "--calendar", "absent.json").returncode == 2
    assert run(tmp_path, "one.json", "--calendar", "torn.json").returncode == 1
    assert "Traceback" not in "".join(each.stderr for each in (one, everything, wrong))


@SLOW
@given(st.data())
def test_hundreds_of_papers_in_one_file_are_confirmed_by_one_run(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A whole dossier at once; one bad paper among them is named."""
    papers = data.draw(st.lists(st.one_of(certificates(), statements()), min_size=1, max_size=20))
    folder = tmp_path_factory.mktemp("papers")
    (folder / "all.json").write_text(json.dumps([json.loads(one.to_json()) for one in papers]), encoding="utf-8")

    assert run(folder, "all.json").returncode == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["rule", "hash", "days"]), inner),
    max_leaves=10,
)


@SLOW
@given(JSON)
def test_whatever_is_no_paper_is_refused_and_never_breaks_it(value: object) -> None:
    """Any JSON at all; only the empty list holds no paper to complain about, and the program refuses that too."""
    assert problems(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")) != [] or value == []
