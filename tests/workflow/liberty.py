"""What must never happen to a person, said once more in Python about lives that were really lived.

Written apart from `workflow/safety.toml` and in another way (after the fact, over steps and covers), so that one can
find out what the other has overlooked.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.workflow.walking import Cover, Life, Step
from workflow.predicates import fact_date, full_years
from workflow.vocabulary import Person

APPLIED = {"decide_apply", "appeal_upheld_apply", "review_amend"}
SET_ASIDE = {"appeal_overturned", "review_annul", "cancel_measure_criminal", "criminal_dropped"}
IN_FORCE = {"decision_effective_received", "serve_effective"}
OVER = {
    "decide_not_apply", "terminate_review", "appeal_overturned", "exclude", "decide_not_to_file", "grant_exempt",
    "waive_remainder", "issue_completion", "suspension_ended_no_return", "cancel_measure_criminal", "transfer_criminal",
}  # fmt: skip
ANEW = {"appeal_upheld_apply", "criminal_dropped", "decide_apply"}
ORDERED = {"order_hold", "order_interim"}
SERVED = {"serve_notice"}
FILED = {"file_to_court", "refile", "submit_to_court"}
POSTPONED, RESUMED = {"grant_postpone"}, {"postpone_ended", "revoke_postpone", "cancel_postpone", "criminal_dropped"}
HELD = (Person.IN_FACILITY, Person.IN_TRANSIT, Person.HELD_PENDING)


def violations(life: Life, *, youngest: int) -> list[str]:
    """Return every wrong done to the person in a life; `youngest` is the age from which the procedure may hold."""
    found = []
    for cover in life.covers[1:]:
        if cover.custody.kind in HELD:
            found += [f"{_act(life, cover)}: {said}" for said in _titles(life, cover, youngest)]
    found += list(_filings(life))
    return found


def _titles(life: Life, cover: Cover, youngest: int) -> Iterator[str]:
    before = life.steps[: cover.number]
    acts = [step.act.trigger for step in before]
    serving = cover.custody.kind is not Person.HELD_PENDING
    if serving and not _last(acts, APPLIED) > _last(acts, SET_ASIDE):
        yield "held to serve without a decision that stands"
    if serving and not _last(acts, IN_FORCE | {"appeal_upheld_apply"}) >= 0:
        yield "held to serve before the decision was in force"
    if not serving and not _last(acts, ORDERED) > _last(acts, OVER):
        yield "held without an order of its own"
    if _last(acts, OVER) > max(_last(acts, ANEW), -1) and acts[-1] not in OVER:
        yield "held after the measure was over"
    if _last(acts, POSTPONED) > _last(acts, RESUMED) and acts[-1] not in POSTPONED:
        yield "held while execution is postponed"
    if {"die", "death"} & set(acts):
        yield "held after death"
    yield from _person(before[-1], cover, youngest)


def _person(step: Step, cover: Cover, youngest: int) -> Iterator[str]:
    facts = step.decision.effects.facts
    born, end = fact_date(facts, "subject_born_on"), fact_date(facts, "term_end")
    if born is not None and full_years(born, step.before.occurred_on) < youngest:
        yield f"held under the age of {youngest}"
    if end is not None and cover.from_at.date() > end + timedelta(days=1):
        yield "brought in after the end of the term"


def _filings(life: Life) -> Iterator[str]:
    """Nothing reaches a court before the notice with a copy was served and the reading time was over."""
    acts: list[str] = []
    for step in life.steps:
        if step.act.trigger in FILED and step.machine == "":
            facts = step.decision.effects.facts
            reading = step.before.limits.get("T-READ3") or step.before.limits.get("T12")
            if _last(acts, SERVED) < 0 or facts.get("copy_delivered") is not True:
                yield f"{step.act.trigger}: filed without a notice and a copy"
            if reading is None or reading.due_at is None or reading.due_at > step.before.occurred_at:
                yield f"{step.act.trigger}: filed while the reading time ran"
        acts.append(step.act.trigger)


def _last(acts: list[str], names: set[str]) -> int:
    return max((number for number, act in enumerate(acts) if act in names), default=-1)


def _act(life: Life, cover: Cover) -> str:
    return f"{cover.number} {life.steps[cover.number - 1].act.trigger}"
