"""Spans that do not count, and whom a limit protects: how they are counted, stated in the law and checked."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.papers import CALENDAR, INSTANTS, rules, suspensions
from workflow.certificates import VIETNAM, CountingRule, Suspension, start_of
from workflow.deadlines import count, recount, verify
from workflow.effects import start_limit
from workflow.loader import LawFileError, load_procedure, load_procedures
from workflow.model import Limit
from workflow.predicates import Situation
from workflow.vocabulary import LimitKind, Protects, Unit

SMALL = Path(__file__).with_name("small_procedure.toml")
AWAY = Suspension(date(2026, 9, 3), date(2026, 9, 6))
NOW = datetime(2026, 8, 28, 9, tzinfo=VIETNAM)


def limit(amount, unit, *suspended, start=NOW, rolls=False):
    """Return the certificate of a limit with suspensions."""
    rule = CountingRule("T-TEST", amount, unit, "after", LimitKind.MAXIMUM, rolls, "L1.1", "A")
    return count(rule, start, CALENDAR, suspensions=suspended)


def test_suspended_days_are_listed_and_do_not_count():
    """Three working days from Friday 28/08/2026: 03/09 and 04/09 are suspended, so they are the 7th, 8th and 9th."""
    certificate = limit(3, Unit.WORKING_DAYS, AWAY)

    assert [row.date.day for row in certificate.days if row.mark in ("counted", "due")] == [7, 8, 9]
    assert [row.reason.vi for row in certificate.days if row.date == date(2026, 9, 3)] == [
        "Không tính: tạm dừng từ ngày 03/09/2026, tính tiếp từ ngày 06/09/2026"
    ]
    assert verify(certificate.to_json(), CALENDAR) == []


def test_calendar_days_hours_months_and_years_are_suspended_too():
    """By days, by the clock, and by as many days as were suspended before the end."""
    assert limit(8, Unit.CALENDAR_DAYS, AWAY).due_on == date(2026, 9, 8)
    assert limit(24 * 8, Unit.HOURS, AWAY).due_at == NOW + timedelta(days=11)
    assert limit(1, Unit.MONTHS, AWAY).due_on == date(2026, 10, 1)
    assert limit(2, Unit.YEARS, AWAY).due_on == date(2028, 8, 31)
    assert limit(2, Unit.YEARS, Suspension(date(2029, 1, 1), date(2029, 2, 1))).due_on == date(2028, 8, 28)


def test_a_suspension_that_begins_in_the_days_another_one_added_counts_too():
    """The end moves span by span, as the end of a term does."""
    later = Suspension(date(2026, 9, 29), date(2026, 10, 2))

    assert limit(1, Unit.MONTHS, later).due_on == date(2026, 9, 28)
    assert limit(1, Unit.MONTHS, AWAY, later).due_on == date(2026, 10, 4)


@pytest.mark.parametrize(
    "spans",
    [
        [Suspension(date(2026, 9, 3), date(2026, 9, 3))],
        [Suspension(date(2026, 9, 3), date(2026, 9, 1))],
        [AWAY, Suspension(date(2026, 9, 5), date(2026, 9, 9))],
        [
            Suspension(date(2026, 9, 1) + timedelta(days=2 * n), date(2026, 9, 2) + timedelta(days=2 * n))
            for n in range(201)
        ],
    ],
)
def test_spans_that_cannot_be_are_refused(spans):
    """Without days, backwards, overlapping, without number."""
    with pytest.raises(ValueError, match="suspension"):
        limit(3, Unit.WORKING_DAYS, *spans)


def test_what_counts_back_from_a_day_cannot_be_suspended():
    """An anchor does not wait."""
    rule = CountingRule(
        "T-TEST", 3, Unit.CALENDAR_DAYS, "before", LimitKind.MAXIMUM, rolls=False, basis="L1", confidence="A"
    )

    with pytest.raises(ValueError, match="suspended"):
        count(rule, NOW, CALENDAR, suspensions=[AWAY])


@settings(deadline=None)
@given(rules(), INSTANTS, st.data())
def test_suspensions_never_bring_an_end_nearer(rule, start, data):
    """And cost at most the days they last, plus what rolls; none of it is lost in recounting."""
    rule = replace(rule, direction="after")
    spans = data.draw(suspensions(start.date()))
    free, suspended = count(rule, start, CALENDAR), count(rule, start, CALENDAR, suspensions=spans)

    assert suspended.due_at >= free.due_at
    if rule.unit in (Unit.HOURS, Unit.MONTHS, Unit.YEARS):
        lost = sum((max(timedelta(0), start_of(s.end) - max(start_of(s.start), start)) for s in spans), timedelta(0))
        assert suspended.due_at - free.due_at <= lost + timedelta(days=1)
    assert recount(suspended, CALENDAR) == suspended


def suspended_limit(periods):
    """Start a limit of the law that a fact of periods suspends."""
    (adult,) = [each for each in load_procedures() if each.key == "cnbb-adult@2026-07-01"]
    law = replace(adult.limits["T-DOS1"], suspended_by="excluded_periods")
    situation = Situation("-", {"excluded_periods": periods}, NOW)
    return start_limit(law, situation, CALENDAR)


def test_the_law_names_the_periods_that_suspend_a_limit():
    """Ended periods move the end; while one is open nobody claims to know it; empty ones are nothing."""
    ended = suspended_limit((("2026-09-03", "2026-09-05"), ("2026-09-05", "2026-09-05")))
    still_open = suspended_limit((("2026-09-03", None),))

    assert ended.certificate.due_on == date(2026, 9, 7)
    assert ended.certificate.suspensions == (Suspension(date(2026, 9, 3), date(2026, 9, 5)),)
    assert suspended_limit(()).certificate.due_on == date(2026, 9, 3)
    assert (still_open.due_at, still_open.certificate) == (None, None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('suspended_by = "received_on"', "names a fact of periods"),
        ('suspended_by = "nothing"', "names a fact of periods"),
        ('protects = "nobody else"', "must be one of nobody, person"),
        ("protects = true", "must be a string"),
    ],
)
def test_a_slip_in_the_law_is_told(tmp_path, line, told):
    """With file, line and key, as every other."""
    text = SMALL.read_text(encoding="utf-8").replace('id = "T-READ"\n', f'id = "T-READ"\n{line}\n')
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")

    with pytest.raises(LawFileError) as caught:
        load_procedure(tmp_path / "small.toml")

    assert any(told in str(problem) for problem in caught.value.problems)


def test_what_belongs_to_nobody_but_the_person_is_protected_in_every_edition():
    """Limits that a day off can move, that are nobody's duty and nobody's to watch; and always the reading right."""
    for procedure in load_procedures():
        limits = procedure.limits.values()
        own = [each for each in limits if _movable(each) and not each.duty and each.owner is None]
        reading = [each for each in limits if each.ends_fact == "reading_ends_on"]
        assert [each.id for each in (*own, *reading) if each.protects is not Protects.PERSON] == [], procedure.key


def _movable(each: Limit) -> bool:
    return each.unit is Unit.WORKING_DAYS or each.rolls
