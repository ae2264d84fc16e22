"""Mistakes in a file of law: each is reported with file, line, key and reason, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflow.loader import LawFileError, LawProblem, load_policies, load_procedure

GOOD = """\
[procedure]
id = "small"
edition = "2026-07-01"
title = { vi = "Thủ tục nhỏ", en = "Small" }
basis = ["Luật thử"]

[[body]]
id = "CAX"
title = { vi = "Công an cấp xã", en = "commune police" }
org_type = "commune_police"
bind = "opener"

[[role]]
id = "CAX_HEAD"
title = { vi = "Trưởng Công an", en = "head" }
body = "CAX"

[[fact]]
id = "pregnant"
type = "bool"
label = { vi = "Đang mang thai", en = "Pregnant" }

[[fact]]
id = "kind"
type = "enum"
label = { vi = "Loại", en = "Kind" }
choices = [{ id = "one", label = { vi = "Một", en = "One" } }]

[[guard]]
id = "G-EXCL"
title = { vi = "Không bị loại trừ", en = "Not excluded" }
basis = "L35.2"
confidence = "A"

[[guard.clause]]
id = "pregnant"
require = { fact = "pregnant", is = false }
text = { vi = "Đang mang thai.", en = "Pregnant." }
cure = { vi = "Đóng hồ sơ.", en = "Close." }

[[deadline]]
id = "T-ONE"
title = { vi = "Một ngày", en = "One day" }
amount = 1
unit = "working_days"
kind = "maximum"
start_event = { vi = "Mở", en = "Opened" }
stop_event = { vi = "Đóng", en = "Closed" }
basis = "L1"
confidence = "A"

[[state]]
id = "OPEN"
code = "S1"
title = { vi = "Mở", en = "Open" }
phase = "police"
holder = "CAX"
person = "at_liberty"
machine = "M"
initial = true

[[state]]
id = "CLOSED"
code = "S2"
title = { vi = "Đóng", en = "Closed" }
phase = "closed"
holder = "CAX"
person = "at_liberty"
machine = "M"
terminal = true

[[transition]]
trigger = "close"
title = { vi = "Đóng", en = "Close" }
source = ["OPEN"]
dest = "CLOSED"
actor = ["CAX_HEAD"]
basis = "L1"
confidence = "A"
guards = ["G-EXCL"]
requires = ["V34"]
asks = ["pregnant"]
starts = ["T-ONE"]
"""
FORMS = frozenset({"V34"})


def write(folder: Path, text: str, name: str = "small@2026-07-01.toml") -> Path:
    """Write one file of law."""
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str) -> tuple[LawProblem, ...]:
    """Return what is wrong with a file of law."""
    with pytest.raises(LawFileError) as caught:
        load_procedure(write(folder, text), forms=FORMS)
    return caught.value.problems


def line_of(text: str, piece: str) -> int:
    """Return the line (from 1) where `piece` first stands."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if piece in line)


def test_the_pattern_itself_is_whole(tmp_path):
    """Every test below breaks exactly one thing of it."""
    procedure = load_procedure(write(tmp_path, GOOD), forms=FORMS)
    assert procedure.key == "small@2026-07-01"


@pytest.mark.parametrize(
    ("old", "new", "at", "key", "reason"),
    [
        ('basis = "L35.2"\n', 'basis = "L35.2"\nbassis = "x"\n', "bassis", "guard.bassis", "is not a known key"),
        ('holder = "CAX"\n', "", "[[state]]", "state.holder", "is missing"),
        ("amount = 1\n", 'amount = "one"\n', "amount", "deadline.amount", "must be a whole number, not str"),
        ('kind = "maximum"', 'kind = "most"', 'kind = "most"', "deadline.kind", "must be one of"),
        (
            'confidence = "A"\n\n[[guard.',
            'confidence = "Z"\n\n[[guard.',
            '"Z"',
            "guard.confidence",
            "no confidence mark",
        ),
        (
            'title = { vi = "Đóng", en = "Close" }',
            'title = { vi = "Đóng" }',
            'title = { vi = "Đóng" }',
            "n.title",
            "two",
        ),
        ('"opener"', '"owner"', 'id = "CAX"', "CAX.bind", "must be opener"),
        ('dest = "CLOSED"', 'dest = "GONE"', "trigger", "close.dest", "names state 'GONE', which does not exist"),
        ('source = ["OPEN"]', 'source = ["SHUT"]', "trigger", "close.source", "names state 'SHUT'"),
        ('actor = ["CAX_HEAD"]', 'actor = ["HEAD"]', "trigger", "close.actor", "names role 'HEAD'"),
        ('guards = ["G-EXCL"]', 'guards = ["G-X"]', "trigger", "close.guards", "names guard 'G-X'"),
        ('starts = ["T-ONE"]', 'starts = ["T-TWO"]', "trigger", "close.starts", "names limit 'T-TWO'"),
        ('requires = ["V34"]', 'requires = ["V99"]', "trigger", "close.requires", "names form 'V99'"),
        ('asks = ["pregnant"]', 'asks = ["ill"]', "trigger", "close.asks", "names fact 'ill'"),
        ('fact = "pregnant", is', 'fact = "ill", is', 'id = "G-EXCL"', "G-EXCL.clause", "names fact 'ill'"),
        ("is = false", 'is = "no"', 'id = "G-EXCL"', "G-EXCL.clause", "can never be 'no'"),
        ("is = false", "equals = false", "require", "guard.require", "needs one of"),
        ('{ fact = "pregnant", is = false }', "true", "require", "guard.require", "must be a condition"),
        ('unit = "working_days"', 'unit = "hours"\nrolls = true', 'id = "T-ONE"', "T-ONE.rolls", "never roll"),
        ('body = "CAX"', 'body = "PC"', 'id = "CAX_HEAD"', "CAX_HEAD.body", "names body 'PC'"),
        ("terminal = true", "", 'id = "CLOSED"', "CLOSED.terminal", "no act leaves this state"),
        ("initial = true", "", 'id = "small"', "small.state", "exactly one state is the initial one"),
        ("[[body]]", "[[bodi]]", "[[bodi]]", "bodi", "is not a known table"),
    ],
)
def test_a_mistake_is_reported_with_file_line_key_and_reason(tmp_path, old, new, at, key, reason):
    """A jurist finds the place without reading a program."""
    broken = GOOD.replace(old, new, 1)
    assert broken != GOOD
    found = [problem for problem in problems(tmp_path, broken) if key in problem.key]
    assert found
    assert found[0].file == "small@2026-07-01.toml"
    assert found[0].line == line_of(broken, at)
    assert reason in found[0].reason


def test_an_effect_stronger_than_its_mark_is_refused(tmp_path):
    """A value nobody read in the law may warn, never refuse."""
    broken = GOOD.replace('cure = { vi = "Đóng hồ sơ."', 'confidence = "A†"\neffect = "refuse"\ncure = { vi = "Đóng."')
    (only,) = problems(tmp_path, broken)
    assert only.key == "guard.effect"
    assert only.reason == "a value marked A† may at most warn, not refuse"


def test_an_id_defined_twice_is_reported_where_it_stands_the_second_time(tmp_path):
    """Two states of one name would silently be one."""
    broken = GOOD.replace('id = "CLOSED"', 'id = "OPEN"')
    found = [problem for problem in problems(tmp_path, broken) if "defined twice" in problem.reason]
    assert [(problem.key, problem.line) for problem in found] == [
        ("state.id", max(n for n, line in enumerate(broken.splitlines(), 1) if line == 'id = "OPEN"'))
    ]


def test_a_file_that_is_no_toml_names_the_line(tmp_path):
    """The parser's own words, with the place."""
    (only,) = problems(tmp_path, GOOD.replace('edition = "2026-07-01"', 'edition = "2026-07-01'))
    assert only.line == line_of(GOOD, "edition")
    assert "not valid TOML" in only.reason


def test_a_mistake_in_an_included_file_names_that_file(tmp_path):
    """Most of the law stands in shared files: the main file is not to blame."""
    head, tail = GOOD.split("[[transition]]")
    write(tmp_path, "[[transition]]" + tail.replace('"G-EXCL"', '"G-X"'), "shared/acts.toml")
    broken = head.replace('basis = ["Luật thử"]', 'basis = ["Luật thử"]\ninclude = ["shared/acts.toml"]')
    (only,) = problems(tmp_path, broken)
    assert (only.file, only.line, only.key) == ("acts.toml", 2, "close.guards")


def test_a_missing_included_file_is_reported(tmp_path):
    """Half a law is no law."""
    broken = GOOD.replace('basis = ["Luật thử"]', 'basis = ["Luật thử"]\ninclude = ["shared/none.toml"]')
    (only,) = problems(tmp_path, broken)
    assert only.key == "procedure.include"
    assert only.line == line_of(broken, "include")
    assert only.reason == "no such file: shared/none.toml"


def test_all_mistakes_are_reported_at_once(tmp_path):
    """Whoever edits the law sees the whole list, not one mistake a run."""
    broken = (
        GOOD.replace('guards = ["G-EXCL"]', 'guards = ["G-X"]')
        .replace('starts = ["T-ONE"]', 'starts = ["T-TWO"]')
        .replace('requires = ["V34"]', 'requires = ["V99"]')
        .replace('holder = "CAX"', 'holder = "NOBODY"', 1)
    )
    assert {problem.key for problem in problems(tmp_path, broken)} == {
        "OPEN.holder",
        "close.guards",
        "close.starts",
        "close.requires",
    }


def test_the_error_reads_like_a_list_of_places(tmp_path):
    """One line a mistake, in the form that editors jump to."""
    with pytest.raises(LawFileError) as caught:
        load_procedure(write(tmp_path, GOOD.replace('dest = "CLOSED"', 'dest = "GONE"')), forms=FORMS)
    line = line_of(GOOD, "trigger")
    assert str(caught.value) == (f"small@2026-07-01.toml:{line}: close.dest: names state 'GONE', which does not exist")


def test_a_policy_defined_twice_or_with_an_unknown_default_is_refused(tmp_path):
    """An open question of law has one answer in force."""
    policy = """\
[[policy]]
id = "POL-X"
question = { vi = "Hỏi?", en = "Question?" }
default = "yes"
values = [{ id = "no", label = { vi = "Không", en = "No" } }]
basis = "L1"
decided_by = "hoso"
decided_on = "2026-11-21"
reason = { vi = "Vì thế.", en = "So it is." }
"""
    with pytest.raises(LawFileError) as caught:
        load_policies(write(tmp_path, policy + "\n" + policy, "policies.toml"))
    assert [(problem.key, problem.line) for problem in caught.value.problems] == [
        ("policy.default", 4),
        ("policy.default", 14),
        ("policy.id", 12),
    ]
