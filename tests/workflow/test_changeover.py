"""The rules of a changeover: read strictly, one answer for every open state and no more, judged as they are written."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import pytest

from workflow.certificates import VIETNAM
from workflow.changeover import Crossing, Review, Stay, Switch
from workflow.changeover_reading import load_changeovers
from workflow.loader import load_policies, load_procedures
from workflow.predicates import Situation
from workflow.reading import LawFileError

FOLDER = Path(__file__).parent / "changeovers"
RULES = (FOLDER / "rules" / "small.toml").read_text(encoding="utf-8")
KEY = "small@2025-07-01>small@2026-07-01"
POLICIES = {policy.id: policy.default for policy in load_policies().values()}


@cache
def crossing() -> Crossing:
    """Return the crossing between the two small editions."""
    return load_changeovers(load_procedures(FOLDER), load_policies(), folder=FOLDER / "rules")[KEY]


def situation(
    state: str, *, papers: tuple[str, ...] = (), policies: dict[str, str] | None = None, **facts
) -> Situation:
    """Return a dossier in a state of the old edition."""
    at = datetime(2026, 7, 1, 9, tzinfo=VIETNAM)
    return Situation(state, facts, at, frozenset(papers), policies=POLICIES | (policies or {}))


def mistakes(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    """Return what is said about the rules after some replacements, each of which must change something."""
    text = RULES
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LawFileError) as caught:
        load_changeovers(
            load_procedures(FOLDER), load_policies(), folder=tmp_path, forms=("V33", "V34", "V50", "A27", "A30", "A46")
        )
    return [str(problem) for problem in caught.value.problems]


# --- Judging --------------------------------------------------------------------------------------------------


def test_who_serves_stays_under_the_old_edition():
    """The rule names the article under which nothing changes."""
    verdict = crossing().judge(situation("INSIDE", came_in_on="2026-06-30"), ["T-TERM"])

    assert isinstance(verdict, Stay)
    assert verdict.rule.basis == "Luật thử Điều 56.1"


@pytest.mark.parametrize("came_in_on", ["2026-07-01", "2026-07-20", None])
def test_who_came_in_after_the_day_or_nobody_knows_when_is_for_people(came_in_on):
    """What the article does not cover is not decided by a program."""
    verdict = crossing().judge(situation("INSIDE", came_in_on=came_in_on), ["T-TERM"])

    assert isinstance(verdict, Review)
    assert verdict.rule is not None
    assert verdict.rule.id == "inside-late"


@pytest.mark.parametrize(
    ("value", "kind", "rule"),
    [
        ("manual_review", Review, "making-review"),
        ("restart", Switch, "making-restart"),
        ("continue_old", Stay, "making-old"),
    ],
)
def test_an_open_question_of_law_is_answered_by_the_policy_in_force(value, kind, rule):
    """Three answers to one question, one of them in force."""
    verdict = crossing().judge(situation("MAKING", policies={"POL-MID-STEP": value}), ["T-MAKE"])

    assert isinstance(verdict, kind)
    assert verdict.rule.id == rule


def test_a_switch_takes_facts_limits_places_and_papers_over():
    """Renamed facts, choices with other names, a limit with the same end, a paper that goes on counting."""
    held = [["2026-06-20", None]]
    seen = situation(
        "READING", papers=("A30", "A31"), ground="A1", held=held, old_note="x", subject_born_on="1990-02-03"
    )

    verdict = crossing().judge(seen, ["T-READ", "T-HOLD"])

    assert isinstance(verdict, Switch)
    landed = verdict.landed
    assert landed.state == "WINDOW"
    assert landed.facts == {"ground": "a", "hold_periods": held, "subject_born_on": "1990-02-03"}
    assert landed.left_behind == ("old_note",)
    assert landed.carried == {"T-READ": "T-READ3", "T-HOLD": "T-HOLD"}
    assert landed.papers == {"A30": "V33"}
    assert landed.missing == (("V34",),)


def test_facts_may_be_set_and_limits_may_begin_with_the_change():
    """What the new edition needs to know from the start."""
    verdict = crossing().judge(situation("DONE", done_on="2026-06-30"), [])

    assert isinstance(verdict, Switch)
    assert verdict.landed.facts == {"completed_on": "2026-06-30", "kind": "compulsory"}
    assert verdict.landed.started == ("T-AFTER",)


def test_a_limit_that_no_rule_names_is_never_lost_in_silence():
    """The dossier waits for people, and they read which limit it is."""
    verdict = crossing().judge(situation("READ"), ["T-MAKE"])

    assert isinstance(verdict, Review)
    assert "Lập hồ sơ" in verdict.reasons[0].text.vi


def test_limits_of_both_editions_may_run_on_without_being_named():
    """`same_limits` says so, for the landing that has it."""
    verdict = crossing().judge(situation("SENT"), ["T-COURT"])

    assert isinstance(verdict, Switch)
    assert verdict.landed.carried == {"T-COURT": "T-COURT"}


def test_a_value_that_the_new_edition_does_not_have_is_for_people():
    """A choice of an edition older than the one the rules were checked against."""
    verdict = crossing().judge(situation("READ", ground="A0"), [])

    assert isinstance(verdict, Review)
    assert "Căn cứ" in verdict.reasons[0].text.vi


def test_a_state_of_no_rule_is_for_people():
    """A dossier pinned to other bytes of the edition may stand where no rule looks."""
    verdict = crossing().judge(situation("ELSEWHERE"), [])

    assert isinstance(verdict, Review)
    assert verdict.rule is None


# --- Reading --------------------------------------------------------------------------------------------------


def test_a_state_that_no_rule_covers_is_refused(tmp_path):
    """A dossier must not be forgotten."""
    told = mistakes(tmp_path, ('states = ["SENT"]', 'states = ["READ"]'))

    assert "small.toml:1: rule: no rule says what happens in 'SENT'" in told


def test_two_rules_for_the_same_case_are_refused_at_the_line_of_the_second(tmp_path):
    """Which of the two holds would be chance."""
    (told,) = mistakes(
        tmp_path, ('id = "decided"\nstates = ["DECIDED"]', 'id = "decided"\nstates = ["DECIDED", "READ"]')
    )

    line = RULES.splitlines().index('id = "decided"')  # counted from 1: the line of its [[rule]]
    assert told.startswith(f"small.toml:{line}: rule.when: 'READ': read, decided answer")


def test_a_case_that_no_condition_covers_is_refused_and_told(tmp_path):
    """A value of a policy that nobody thought of."""
    (told,) = mistakes(tmp_path, ('is = "continue_old" }\nway = "stays"', 'is = "restart" }\nway = "stays"'))[:1]

    assert "policy POL-MID-STEP is restart" in told
    (told,) = mistakes(
        tmp_path,
        ('when = { date = "came_in_on", not_before = "changeover_on" }', 'when = { fact = "months", at_least = 12 }'),
        (
            "when = { not = { date",
            'when = { all = [{ fact = "months", at_most = 11 }, { fact = "months", known = true }] } # {',
        ),
    )
    assert "fact months is unknown" in told


def test_a_rule_that_can_never_hold_is_refused(tmp_path):
    """It was meant to answer something."""
    restart = '{ policy = "POL-MID-STEP", is = "restart" }'
    never = f"when = {{ all = [{restart}, {{ not = {restart} }}] }}"
    rule = RULES[RULES.index('[[rule]]\nid = "read"') :].split("[[rule]]")[1]
    dead = "[[rule]]" + rule.replace('id = "read"', 'id = "dead"').replace("way =", f"{never}\nway =")
    (told,) = mistakes(tmp_path, ('[[rule]]\nid = "sent"', dead + '[[rule]]\nid = "sent"'))

    assert told.endswith("rule.when: can never hold: the rule answers nothing")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (('states = ["SENT"]', 'states = ["SENT", "GONE"]'), "the old edition has no state 'GONE'"),
        (('states = ["SENT"]', 'states = ["SENT", "CLOSED"]'), "'CLOSED' is an end: a closed dossier goes nowhere"),
        (('state = "FILED"', 'state = "NOWHERE"'), "the new edition has no state 'NOWHERE'"),
        (
            ('state = "FILED"', 'state = "SERVING"'),
            "a changeover moves nobody: the person is elsewhere in 'SERVING' than",
        ),
        (
            ('carries = { T-READ = "T-READ3" }', 'carries = { T-READ = "T-X" }'),
            "there is no limit of the new edition 'T-X'",
        ),
        (
            ('carries = { T-READ = "T-READ3" }', 'carries = { T-X = "T-READ3" }'),
            "there is no limit of the old edition 'T-X'",
        ),
        (
            ('restarts = { T-MAKE = "T-MAKE1" }', 'restarts = { T-MAKE = "T-MAKE1" }\nstops = ["T-MAKE"]'),
            "has two fates",
        ),
        (('starts = ["T-AFTER"]', 'starts = ["T-AFTER", "T-AFTER"]'), "limit 'T-AFTER' begins twice"),
        (('bodies = { CS = "CSCN" }', 'bodies = { CS = "NOBODY" }'), "there is no body of the new edition 'NOBODY'"),
        (('A30 = "V33"', 'A30 = "V99"'), "there is no form 'V99'"),
        (
            ('done_on = "completed_on"', 'done_on = "ground"'),
            "fact 'done_on' is date, 'ground' of the new edition is enum",
        ),
        (('A9 = "b" } }', 'A8 = "b" } }'), "has no value for A9"),
        (('sets = { kind = "compulsory" }', 'sets = { kind = "free" }'), "fact 'kind' can never be 'free'"),
        (('sets = { kind = "compulsory" }', "sets = { kind = 1.5 }"), "sets a word, a whole number, true or false"),
        (
            ('policies = ["POL-OLD-UNSTARTED"]', 'policies = ["POL-NONE"]'),
            "names policy 'POL-NONE', which does not exist",
        ),
        (('is = "manual_review"', 'is = "maybe"'), "policy 'POL-MID-STEP' has no value 'maybe'"),
        (('date = "came_in_on"', 'date = "came_in"'), "names fact 'came_in', which does not exist"),
        (('from = "2025-07-01"', 'from = "2024-07-01"'), "names an edition that does not exist"),
        (('from = "2025-07-01"', 'from = "2026-07-01"'), "the new edition begins after the old one"),
        (
            ('way = "stays"\ntext = { vi = "Tiếp', 'way = "goes"\ntext = { vi = "Tiếp'),
            "must be one of stays, switches, review",
        ),
        (
            ('way = "stays"\ntext = { vi = "Đang', 'way = "switches"\ntext = { vi = "Đang'),
            "a switch has exactly one landing, not 0",
        ),
        (
            ('way = "switches"\ntext = { vi = "Việc', 'way = "stays"\ntext = { vi = "Việc'),
            "a rule under which a dossier stays leads nowhere",
        ),
        (
            ('cure = { vi = "Xác nhận bằng tay.", en = "Confirm by hand." }\n', ""),
            "is missing: a review says what people can do",
        ),
        (('id = "sent"', 'id = "read"'), "'read' is defined twice"),
        (("same_limits = true", "same_limit = true"), "is not a known key"),
        (("[changeover]", "[passing]"), "is missing: every file of changeovers starts with it"),
    ],
)
def test_every_mistake_names_file_and_line(tmp_path, change, reason):
    """As for every file of law."""
    told = mistakes(tmp_path, change)

    assert any(reason in line for line in told), told
    assert all(line.startswith("small.toml:") for line in told)


def test_what_is_weakly_founded_moves_nobody(tmp_path):
    """A gap in the law, an old wording: that is for people to review."""
    sent = RULES[RULES.index('id = "sent"') :]
    change = sent[: sent.index("[[rule.landing]]")]
    (told,) = mistakes(tmp_path, (change, change.replace('confidence = "A"', 'confidence = "C"')))

    assert told.endswith("rule.confidence: what is marked C is for people to review")


def test_a_comment_is_no_other_rule(tmp_path):
    """A plan names the rules it was made by; a line break does not make them others."""
    (tmp_path / "small.toml").write_text(RULES.replace("\n\n[[rule]]", "\n\n\n# a word\n[[rule]]"), encoding="utf-8")
    found = load_changeovers(load_procedures(FOLDER), load_policies(), folder=tmp_path)[KEY]

    assert found.changeover.sha256 == crossing().changeover.sha256


def test_one_crossing_is_ruled_once(tmp_path):
    """Two files about the same two editions contradict each other sooner or later."""
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text(RULES, encoding="utf-8")
    with pytest.raises(LawFileError, match="is ruled twice"):
        load_changeovers(load_procedures(FOLDER), load_policies(), folder=tmp_path)
