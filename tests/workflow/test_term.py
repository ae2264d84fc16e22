"""The term of compulsory rehabilitation: every worked example, every policy, and what may not be guessed."""

import json
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflow.papers import statements
from workflow.canonical import canonical_json
from workflow.deadlines import add_months
from workflow.statements import Interval, TermStatement
from workflow.term import POLICY_VALUES, compute_term, months_left, verify_term


def d(text: str) -> date:
    """Read a date written the way people in Việt Nam write it."""
    day, month, year = text.split("/")
    return date(int(year), int(month), int(day))


def span(start: str, end: str | None) -> Interval:
    """Return an interval from written dates."""
    return Interval(d(start), d(end) if end else None)


def test_example_1_no_hold() -> None:
    """24 months from intake, and the dates that hang on the end."""
    term = compute_term(24, d("15/09/2026"))

    assert term.ends_on == d("15/09/2028")
    assert term.derived_on("V51") == d("16/08/2028")
    assert term.derived_on("D-SOCREQ") == d("31/08/2028")
    assert term.derived_on("ST5") == d("16/08/2028")
    assert term.policies == {"POL-TERM-START": "intake", "POL-COUNT-INTAKE-DAY": "false"}


def test_example_2_hold_is_deducted() -> None:
    """33 days of hold come off; post-rehab management runs two years from the end."""
    term = compute_term(24, d("05/09/2026"), holds=[span("03/08/2026", "05/09/2026")])

    assert term.ends_on == d("03/08/2028")
    assert term.derived_on("V51") == d("04/07/2028")
    assert term.derived_on("POST-REHAB-END") == d("03/08/2030")
    assert [step.amount for step in term.steps if step.id == "credit"] == [-33]


def test_example_2_strict_reading_credits_only_to_the_court_decision() -> None:
    """POL-HOLD-GAP = no leaves the last four days of custody uncredited."""
    given_ = {"holds": [span("03/08/2026", "05/09/2026")], "policies": {"POL-HOLD-GAP": "no"}}
    term = compute_term(24, d("05/09/2026"), court_decided_on=d("01/09/2026"), **given_)

    assert term.ends_on == d("07/08/2028")
    assert [step.amount for step in term.steps if step.id == "hold_cut"] == [29]
    with pytest.raises(ValueError, match="POL-HOLD-GAP"):
        compute_term(24, d("05/09/2026"), **given_)


def test_example_3_escapes_from_hold_and_from_the_facility() -> None:
    """Escaped days are not credited before intake and push the end after it."""
    term = compute_term(
        36,
        d("22/09/2026"),
        holds=[span("10/08/2026", "22/09/2026")],
        hold_escapes=[span("20/08/2026", "04/09/2026")],
        excluded=[span("10/03/2027", "02/05/2027")],
    )

    assert term.ends_on == d("17/10/2029")
    running = {step.id: step.running for step in term.steps}
    assert running["length"] == d("22/09/2029")
    assert running["credit"] == d("25/08/2029")


def test_example_4_a_leap_day_clamps() -> None:
    """29/02/2028 + 36 months = 28/02/2031, and the statement says that it clamped."""
    term = compute_term(36, d("29/02/2028"))

    assert term.ends_on == d("28/02/2031")
    assert "cuối tháng" in next(step.text.vi for step in term.steps if step.id == "length_clamped")


def test_example_5_conversion_in_place_and_return_from_suspension() -> None:
    """Treatment counts, so the end stands; three months must be left for a return."""
    term = compute_term(24, d("29/10/2026"), holds=[span("01/10/2026", "29/10/2026")])

    assert term.ends_on == d("01/10/2028")
    assert months_left(term.ends_on, d("20/05/2028"), 3)
    assert not months_left(term.ends_on, d("20/07/2028"), 3)


def test_example_6_old_hold_credited_in_full_or_from_the_new_law() -> None:
    """Both readings of the transition are a matter of the interval that is given."""
    full = compute_term(24, d("27/07/2026"), holds=[span("12/06/2026", "27/07/2026")])
    new = compute_term(24, d("27/07/2026"), holds=[span("01/07/2026", "27/07/2026")])

    assert full.ends_on == d("12/06/2028")
    assert new.ends_on == d("01/07/2028")


def test_example_6b_an_old_term_runs_out_as_decided() -> None:
    """18 months from 20/11/2025, then two years of post-rehab management under the new law."""
    term = compute_term(18, d("20/11/2025"))

    assert term.ends_on == d("20/05/2027")
    assert term.derived_on("POST-REHAB-END") == d("20/05/2029")


def test_a_minor_has_one_year_of_post_rehab_and_turns_18_with_time_left() -> None:
    """Born 14/02/2010, intake 01/09/2026: transfer at 18, post-rehab to 01/09/2029."""
    term = compute_term(24, d("01/09/2026"), track="minor")

    assert term.ends_on == d("01/09/2028")
    assert months_left(term.ends_on, d("14/02/2028"), 3)
    assert term.derived_on("POST-REHAB-END") == d("01/09/2029")


def test_counting_from_the_hold_differs_by_month_lengths_only() -> None:
    """Example 2 by the other method: 03/08/2026 + 24 months, with nothing to add back."""
    term = compute_term(
        24,
        d("05/09/2026"),
        holds=[span("03/08/2026", "05/09/2026")],
        policies={"POL-HOLD-METHOD": "from_hold_start"},
    )

    assert term.ends_on == d("03/08/2028")
    assert [step.id for step in term.steps] == ["start", "hold", "length_from_hold"]


def test_counting_from_the_hold_adds_back_escapes_and_days_at_liberty() -> None:
    """Two holds with a gap of ten days and an escape of five: fifteen days are not served."""
    term = compute_term(
        24,
        d("30/09/2026"),
        holds=[span("01/08/2026", "21/08/2026"), span("31/08/2026", "30/09/2026")],
        hold_escapes=[span("05/08/2026", "10/08/2026")],
        policies={"POL-HOLD-METHOD": "from_hold_start"},
    )

    assert [step.amount for step in term.steps if step.id == "uncredited"] == [15]
    assert term.ends_on == d("16/08/2028")


EXAMPLES = {
    "1": (24, "15/09/2026", {}),
    "2": (24, "05/09/2026", {"holds": [("03/08/2026", "05/09/2026")], "decided": "01/09/2026"}),
    "3": (
        36,
        "22/09/2026",
        {
            "holds": [("10/08/2026", "22/09/2026")],
            "hold_escapes": [("20/08/2026", "04/09/2026")],
            "excluded": [("10/03/2027", "02/05/2027")],
        },
    ),
    "4": (36, "29/02/2028", {}),
    "5": (24, "29/10/2026", {"holds": [("01/10/2026", "29/10/2026")]}),
    "6": (24, "27/07/2026", {"holds": [("12/06/2026", "27/07/2026")], "decided": "20/07/2026"}),
    "6 from 01/07": (24, "27/07/2026", {"holds": [("01/07/2026", "27/07/2026")], "decided": "20/07/2026"}),
    "6b": (18, "20/11/2025", {}),
    "minor": (24, "01/09/2026", {"track": "minor"}),
}
FROM_HOLD, INTAKE_DAY = {"POL-HOLD-METHOD": "from_hold_start"}, {"POL-COUNT-INTAKE-DAY": "true"}
STRICT, BY_DECISION = {"POL-HOLD-GAP": "no"}, {"POL-TERM-START": "decision_date"}


@pytest.mark.parametrize(
    ("example", "policies", "ends_on"),
    [
        ("1", {}, "15/09/2028"),
        ("1", FROM_HOLD, "15/09/2028"),
        ("1", INTAKE_DAY, "14/09/2028"),
        ("2", {}, "03/08/2028"),
        ("2", FROM_HOLD, "03/08/2028"),
        ("2", INTAKE_DAY, "02/08/2028"),
        ("2", STRICT, "07/08/2028"),
        ("2", STRICT | FROM_HOLD, "07/08/2028"),
        ("2", {"POL-TERM-START": "hold_start"}, "03/08/2028"),
        ("2", BY_DECISION, "03/08/2028"),
        ("2", STRICT | INTAKE_DAY, "06/08/2028"),
        ("3", {}, "17/10/2029"),
        ("3", FROM_HOLD, "17/10/2029"),
        ("3", INTAKE_DAY, "16/10/2029"),
        ("3", FROM_HOLD | INTAKE_DAY, "16/10/2029"),
        ("4", {}, "28/02/2031"),
        ("4", INTAKE_DAY, "27/02/2031"),
        ("5", {}, "01/10/2028"),
        ("5", FROM_HOLD, "01/10/2028"),
        ("6", {}, "12/06/2028"),
        ("6", FROM_HOLD, "12/06/2028"),
        ("6", STRICT, "19/06/2028"),
        ("6 from 01/07", {}, "01/07/2028"),
        ("6 from 01/07", FROM_HOLD, "01/07/2028"),
        ("6b", {}, "20/05/2027"),
        ("minor", {}, "01/09/2028"),
    ],
)
def test_every_worked_example_under_every_policy_that_concerns_it(
    example: str, policies: dict[str, str], ends_on: str
) -> None:
    """The nine rows of the reference, computed by hand for each answer to an open question."""
    months, intake, facts = EXAMPLES[example]
    spans = {name: [span(*one) for one in facts.get(name, ())] for name in ("holds", "hold_escapes", "excluded")}
    decided = d(facts["decided"]) if "decided" in facts else None
    track = facts.get("track", "adult")
    term = compute_term(months, d(intake), **spans, court_decided_on=decided, track=track, policies=policies)

    assert term.ends_on == d(ends_on)
    assert verify_term(term.to_json()) == []
    assert all(step.basis and step.confidence and step.text.vi and step.text.en for step in term.steps)


@pytest.mark.parametrize("gap", ["yes", "no"])
def test_a_term_that_starts_with_the_hold_equals_counting_from_the_hold(gap: str) -> None:
    """The two policies name one computation; they must not disagree."""
    facts = {
        "holds": [span("01/08/2026", "21/08/2026"), span("31/08/2026", "30/09/2026")],
        "hold_escapes": [span("05/08/2026", "10/08/2026")],
        "excluded": [span("01/01/2027", "08/01/2027")],
        "court_decided_on": d("15/09/2026"),
    }
    method = compute_term(
        24, d("30/09/2026"), policies={"POL-HOLD-METHOD": "from_hold_start", "POL-HOLD-GAP": gap}, **facts
    )
    start = compute_term(24, d("30/09/2026"), policies={"POL-TERM-START": "hold_start", "POL-HOLD-GAP": gap}, **facts)

    assert start.ends_on == method.ends_on
    assert start.starts_on == d("01/08/2026")


def test_other_starts_need_their_dates_and_use_them() -> None:
    """The court decision, or custody for transport under the old regime."""
    decision = compute_term(
        24, d("05/09/2026"), court_decided_on=d("01/09/2026"), policies={"POL-TERM-START": "decision_date"}
    )
    custody = compute_term(
        24,
        d("05/09/2026"),
        custody_for_transport_on=d("03/09/2026"),
        policies={"POL-TERM-START": "custody_for_transport"},
    )

    assert decision.ends_on == d("01/09/2028")
    assert custody.ends_on == d("03/09/2028")
    for start in ("decision_date", "hold_start", "custody_for_transport"):
        with pytest.raises(ValueError, match="POL-TERM-START"):
            compute_term(24, d("05/09/2026"), policies={"POL-TERM-START": start})
    with pytest.raises(ValueError, match="after the intake"):
        compute_term(
            24, d("05/09/2026"), court_decided_on=d("06/09/2026"), policies={"POL-TERM-START": "decision_date"}
        )


def test_an_escape_after_an_early_start_pushes_the_end_instead_of_losing_credit() -> None:
    """When the term runs from the court decision, a later escape from hold is time not served."""
    term = compute_term(
        24,
        d("30/09/2026"),
        holds=[span("01/09/2026", "30/09/2026")],
        hold_escapes=[span("12/09/2026", "18/09/2026")],
        court_decided_on=d("10/09/2026"),
        policies={"POL-TERM-START": "decision_date"},
    )

    assert term.ends_on == d("10/09/2028") - timedelta(days=9) + timedelta(days=6)


def test_counting_the_intake_day_ends_a_day_earlier() -> None:
    """POL-COUNT-INTAKE-DAY = true gives E - 1."""
    assert compute_term(24, d("15/09/2026"), policies={"POL-COUNT-INTAKE-DAY": "true"}).ends_on == d("14/09/2028")


def test_an_open_absence_leaves_the_end_open_and_says_why() -> None:
    """Never a guess: no end, no derived dates, but the days that were left."""
    term = compute_term(24, d("15/09/2026"), excluded=[span("15/08/2028", None)])

    assert term.ends_on is None
    assert term.derived == ()
    assert term.derived_on("V51") is None
    assert term.days_left == 31
    assert "15/08/2028" in term.open_reason.vi
    assert "not fixed" in term.open_reason.en
    assert json.loads(term.to_json())["days_left"] == 31
    assert verify_term(term.to_json()) == []


def test_an_open_hold_runs_to_the_intake() -> None:
    """Custody is continuous until the facility takes the person in."""
    assert compute_term(24, d("05/09/2026"), holds=[span("03/08/2026", None)]).ends_on == d("03/08/2028")


def test_a_release_date_stays_on_a_weekend_and_on_a_holiday() -> None:
    """National Day 2028 is a Saturday and a holiday; the person goes that day."""
    term = compute_term(24, d("02/09/2026"))

    assert term.ends_on == d("02/09/2028")
    assert term.ends_on.weekday() == 5


@pytest.mark.parametrize(
    ("facts", "named"),
    [
        ({"holds": [("05/08/2026", "20/08/2026"), ("19/08/2026", "25/08/2026")]}, "hold 2 .* overlaps hold 1"),
        ({"holds": [("20/08/2026", "05/08/2026")]}, "hold 1 ends .* before it begins"),
        ({"holds": [("05/08/2026", "16/09/2026")]}, "hold 1 ends .* after the intake"),
        ({"holds": [("16/09/2026", None)]}, "hold 1 ends .* before it begins"),
        ({"hold_escapes": [("05/08/2026", "06/08/2026")]}, "hold escape 1 .* lies in no hold"),
        (
            {"holds": [("05/08/2026", "15/09/2026")], "hold_escapes": [("01/09/2026", None)]},
            "hold escape 1 .* has no end",
        ),
        ({"excluded": [("01/09/2026", "20/09/2026")]}, "excluded interval 1 .* begins before the term"),
        ({"excluded": [("01/10/2028", "02/10/2028")]}, "excluded interval 1 .* after the term had ended"),
        ({"excluded": [("01/02/2027", None), ("01/03/2027", "02/03/2027")]}, "excluded interval 1 .* has no end"),
        (
            {"excluded": [("01/02/2027", "10/02/2027"), ("05/02/2027", None)]},
            "excluded interval 2 .* overlaps excluded interval 1",
        ),
    ],
)
def test_impossible_intervals_are_refused_by_name(facts: dict[str, list[tuple[str, str | None]]], named: str) -> None:
    """Overlaps, reversals and misplaced spans never reach the arithmetic."""
    spans = {name: [span(*one) for one in rows] for name, rows in facts.items()}
    with pytest.raises(ValueError, match=named):
        compute_term(24, d("15/09/2026"), **spans)


def test_other_wrong_inputs_are_refused() -> None:
    """Months, tracks, policies and instants out of range are mistakes, not defaults."""
    for months in (0, -1, 121, True):
        with pytest.raises(ValueError, match="months"):
            compute_term(months, d("15/09/2026"))
    with pytest.raises(ValueError, match="track"):
        compute_term(24, d("15/09/2026"), track="elder")
    with pytest.raises(ValueError, match="POL-COUNT-INTAKE-DAY"):
        compute_term(24, d("15/09/2026"), policies={"POL-COUNT-INTAKE-DAY": "True"})
    with pytest.raises(TypeError):
        compute_term(24, datetime(2026, 9, 15))  # noqa: DTZ001 - the point of the test
    with pytest.raises(ValueError, match="9000"):
        compute_term(24, date(9000, 1, 1))


def test_a_statement_is_canonical_bilingual_and_can_be_computed_again() -> None:
    """The paper carries its inputs, its policies and its seal; a changed end is named."""
    term = compute_term(24, d("05/09/2026"), holds=[span("03/08/2026", "05/09/2026")])
    text = term.to_json()
    tree = json.loads(text)

    assert canonical_json(tree) == text
    assert tree["hash"] == term.hash
    assert set(tree["policies"]) == set(POLICY_VALUES)
    assert all(step["text"]["vi"] and step["text"]["en"] and step["basis"] for step in tree["steps"])
    assert verify_term(text) == []
    tree["ends_on"] = "2028-08-04"
    assert any(line.startswith("ends_on: ") for line in verify_term(json.dumps(tree)))
    assert len(verify_term("{}")) == 1


INTAKE = d("15/09/2026")


@st.composite
def absences(draw: st.DrawFn) -> list[Interval]:
    """Draw ended absences in order, without overlap, inside the first year of the term."""
    cuts = sorted(draw(st.lists(st.integers(0, 360), max_size=8, unique=True)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [Interval(INTAKE + timedelta(days=low), INTAKE + timedelta(days=high)) for low, high in pairs]


@settings(deadline=None)
@given(st.sampled_from([24, 36]), st.integers(0, 200), absences(), st.integers(1, 50))
def test_the_end_grows_day_for_day_with_absence_and_shrinks_with_hold(
    months: int, held: int, gone: list[Interval], more: int
) -> None:
    """E is monotone in excluded days and antitone in days of hold, exactly one for one."""
    hold = [Interval(INTAKE - timedelta(days=held), INTAKE)]
    longer_hold = [Interval(INTAKE - timedelta(days=held + more), INTAKE)]
    last = max((one.end for one in gone if one.end), default=INTAKE)
    longer_absence = [*gone, Interval(last, last + timedelta(days=more))]
    end = compute_term(months, INTAKE, holds=hold, excluded=gone).ends_on

    assert end is not None
    absent = sum((one.end - one.start).days for one in gone if one.end)
    assert end == add_months(INTAKE, months) - timedelta(days=held) + timedelta(days=absent)
    assert compute_term(months, INTAKE, holds=hold, excluded=longer_absence).ends_on == end + timedelta(days=more)
    assert compute_term(months, INTAKE, holds=longer_hold, excluded=gone).ends_on == end - timedelta(days=more)


POLICIES = st.fixed_dictionaries(
    {
        "POL-HOLD-GAP": st.sampled_from(["yes", "no"]),
        "POL-COUNT-INTAKE-DAY": st.sampled_from(["false", "true"]),
        "POL-HOLD-METHOD": st.sampled_from(["deduct_days", "from_hold_start"]),
    }
)


@settings(deadline=None)
@given(st.integers(24, 48), st.integers(0, 120), absences(), POLICIES)
def test_every_statement_is_confirmed_by_computing_it_again(
    months: int, held: int, gone: list[Interval], policies: dict[str, str]
) -> None:
    """verify(emit(x)) == [] under every policy, and the order in which absences are given does not matter."""
    hold = [Interval(INTAKE - timedelta(days=held), INTAKE)]
    decided = INTAKE - timedelta(days=3)
    term = compute_term(months, INTAKE, holds=hold, excluded=gone, policies=policies, court_decided_on=decided)
    turned = compute_term(months, INTAKE, holds=hold, excluded=gone[::-1], policies=policies, court_decided_on=decided)

    assert verify_term(term.to_json()) == []
    assert turned.ends_on == term.ends_on
    assert term.ends_on is not None
    assert term.ends_on > INTAKE


def again(term: TermStatement, **changed: object) -> date | None:
    """Return the end of a term with some of its inputs changed."""
    given_ = dict(term.inputs)
    spans = {
        name: [
            Interval(date.fromisoformat(one["start"]), date.fromisoformat(one["end"]) if one["end"] else None)
            for one in given_[name]
        ]
        for name in ("holds", "hold_escapes", "excluded")
    }
    facts = {
        **spans,
        "court_decided_on": date.fromisoformat(given_["court_decided_on"]),
        "custody_for_transport_on": date.fromisoformat(given_["custody_for_transport_on"]),
        **changed,
    }
    return compute_term(
        given_["months"], date.fromisoformat(given_["intake"]), policies=dict(term.policies), **facts
    ).ends_on


def spans_of(term: TermStatement, name: str) -> list[Interval]:
    """Return the ended spans of a statement."""
    rows = [one for one in term.inputs[name] if one["end"]]
    return [Interval(date.fromisoformat(one["start"]), date.fromisoformat(one["end"])) for one in rows]


@settings(deadline=None)
@given(statements(), st.integers(1, 90))
def test_more_hold_is_never_later(term: TermStatement, more: int) -> None:
    """Under every policy; and where days are deducted and the hold is credited, exactly a day for a day."""
    holds = spans_of(term, "holds")
    end = again(term, excluded=[])
    assert end is not None
    if not holds or term.policies["POL-TERM-START"] == "hold_start":
        return
    longer = [Interval(holds[0].start - timedelta(days=more), holds[0].end), *holds[1:]]
    shifted = again(term, excluded=[], holds=longer)
    assert shifted is not None

    assert shifted <= end
    credited = holds[0].start <= date.fromisoformat(str(term.inputs["court_decided_on"]))
    if credited and term.policies["POL-HOLD-METHOD"] == "deduct_days" and holds[0].start <= term.starts_on:
        assert (end - shifted).days == more


@settings(deadline=None)
@given(statements(), st.integers(1, 90))
def test_more_absence_is_never_earlier_and_costs_a_day_for_a_day(term: TermStatement, more: int) -> None:
    """Escapes, overdue leave: whatever the policies, the end moves by exactly what was missed."""
    gone = spans_of(term, "excluded")
    end = again(term, excluded=gone)
    assert end is not None
    last = gone[-1].end if gone else date.fromisoformat(str(term.inputs["intake"]))
    assert last is not None
    longer = [*gone, Interval(last, last + timedelta(days=more))]
    shifted = again(term, excluded=longer)

    assert shifted == end + timedelta(days=more)


@settings(deadline=None)
@given(statements(), st.data())
def test_an_escape_from_the_hold_is_never_earlier_and_costs_a_day_for_a_day(
    term: TermStatement, data: st.DataObject
) -> None:
    """A day at liberty during the hold is not credited, under either way of counting it."""
    holds = [one for one in spans_of(term, "holds") if one.end and (one.end - one.start).days > 1]
    if not holds:
        return
    hold = data.draw(st.sampled_from(holds))
    assert hold.end is not None
    days = data.draw(st.integers(1, (hold.end - hold.start).days))
    without, fled = again(term, excluded=[], hold_escapes=[]), [Interval(hold.start, hold.start + timedelta(days=days))]
    shifted = again(term, excluded=[], hold_escapes=fled)
    assert without is not None
    assert shifted is not None

    assert 0 <= (shifted - without).days <= days
    if term.policies["POL-HOLD-GAP"] == "yes":
        assert (shifted - without).days == days
