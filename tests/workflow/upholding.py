"""What must hold in every life of a dossier, whatever edition it is lived under: liberty, term, limits, order.

`broken(life)` names everything that does not.  It knows no state, act or form: what custody, a way out of it, a term
and a period of flight are, the procedure says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

from tests.workflow.walking import Cover, Life, Step
from workflow.model import Limit, Procedure
from workflow.predicates import fact_date
from workflow.vocabulary import Effect, Person, Unit

HELD = (Person.IN_FACILITY, Person.IN_TRANSIT)


def broken(life: Life) -> list[str]:
    """Return a sentence for everything that went wrong in a life; none when all is well."""
    rules = (_titles, _decisions, _releases, _places, _terms, _limits, _order, _remarks)
    return [f"{rule.__name__.strip('_')}: {sentence}" for rule in rules for sentence in rule(life)]


def _titles(life: Life) -> Iterator[str]:
    """Whoever is held is held by somebody, under a paper that is on file, or one that acts take in its place."""
    for cover in life.covers[1:]:
        custody, papers = cover.custody, _step(life, cover).before.papers
        if not custody.kind.deprived_of_liberty:
            continue
        if custody.holder is None or custody.instrument is None:
            yield f"{_said(life, cover)}: {custody.kind} by {custody.holder} under {custody.instrument}"
        elif papers.isdisjoint(_instead_of(custody.instrument, life.main.engine.procedure)):
            yield f"{_said(life, cover)}: {custody.kind} under {custody.instrument}, which is not on file"


def _decisions(life: Life) -> Iterator[str]:
    """Nobody is in a facility to serve before a court's decision and its length are on file."""
    term = _term(life.main.engine.procedure)
    for cover in life.covers[1:]:
        if cover.custody.kind is Person.IN_FACILITY and term is not None:
            facts = _step(life, cover).decision.effects.facts
            unknown = [name for name in ("months", "court_decision") if facts.get(term.inputs[name]) is None]
            if unknown:
                yield f"{_said(life, cover)}: in a facility without {unknown}"


def _releases(life: Life) -> Iterator[str]:
    """A way out of custody leads out: only a side machine may go on holding, until its own act."""
    for step in life.steps:
        if not step.transition.release or step.machine:
            continue
        kind = _cover_at(life, step.number).custody.kind
        if kind in HELD:
            yield f"{step.number} {step.act.trigger}: still {kind}"
    last = life.covers[-1].custody.kind
    if not life.main.open and last in HELD:
        yield f"closed in {life.state}, still {last}"


def _places(life: Life) -> Iterator[str]:
    """Where the dossier stands and where the person is say the same, unless a side machine has or lost the person."""
    sides: dict[str, bool] = {}
    for step in life.steps:
        if step.machine:
            state = step.decision.state
            sides[step.machine] = not state.terminal and state.person is not Person.AT_LIBERTY
            continue
        stands, kind = step.decision.state.person, _cover_at(life, step.number).custody.kind
        if stands is not kind and not any(sides.values()):
            yield f"{step.number} {step.act.trigger}: {step.decision.state.id} says {stands}, the cover says {kind}"


def _terms(life: Life) -> Iterator[str]:
    """No flight brings the end of a term nearer."""
    term = _term(life.main.engine.procedure)
    if term is None or term.ends_fact is None:
        return
    fled: tuple[object, object] | None = None
    for step in life.steps:
        before, after = step.before.facts, step.decision.effects.facts
        end = fact_date(before, term.ends_fact)
        if step.transition.opens_period == term.inputs["excluded"] and end is not None:
            fled = end, _measure(term, before)
        now = fact_date(after, term.ends_fact)
        if fled is not None and now is not None:
            was, measure = fled
            if measure == _measure(term, after) and now < was:  # type: ignore[operator] # both are days
                yield f"{step.number} {step.act.trigger}: the end came from {was} to {now}"
            fled = None


def _measure(term: Limit, facts: object) -> object:
    """Return the decision a term counts from: another decision is another term."""
    assert hasattr(facts, "get")
    return [facts.get(term.inputs[name]) for name in ("months", "start", "court_decision")]


def _limits(life: Life) -> Iterator[str]:
    """A limit once started runs, was stopped or superseded; one of each id runs at most, and none is lost."""
    for run in life.runs:
        if (run.ended is None) is not (run.how == "running") or (run.ended or run.begun) < run.begun:
            yield f"{run.limit.id} begun by {run.begun}: {run.how}, ended by {run.ended}"
    running = Counter(run.limit.id for run in life.runs if run.how == "running")
    yield from (f"{name} runs {number} times" for name, number in running.items() if number > 1)
    known = {name for name, limit in life.limits.items() if limit.running}
    yield from (f"{name} is lost" for name in known ^ set(running))
    for run in life.runs:
        if run.how == "running" and life.limits[run.limit.id] != run.at:
            yield f"{run.limit.id} changed while it ran"
    started = Counter(start.limit.id for step in life.steps for start in step.decision.effects.started)
    if started != Counter(run.limit.id for run in life.runs):
        yield "a limit was started and not kept"


def _order(life: Life) -> Iterator[str]:
    """No machine goes back in time, and the cover has no gap and no overlap."""
    latest: dict[str, datetime] = {}
    for step in life.steps:
        if step.before.occurred_at < latest.get(step.machine, step.before.occurred_at):
            yield f"{step.number} {step.act.trigger}: before the act it follows"
        latest[step.machine] = step.before.occurred_at
    if any(after.from_at < before.from_at for before, after in pairwise(life.covers)):
        yield "the cover goes back in time"


def _remarks(life: Life) -> Iterator[str]:
    """What refuses is never a mere remark, and an override that did not stop an act has a reason."""
    for step in life.steps:
        for remark in step.decision.remarks:
            said = step.act.overrides.get(remark.guard, "").strip() or step.transition.release
            if remark.effect is Effect.REFUSE or (remark.effect is Effect.OVERRIDE and not said):
                yield f"{step.number} {step.act.trigger}: {remark.guard} was passed over"


def _instead_of(form: str, procedure: Procedure) -> set[str]:
    """Return a form and those that some act takes for the same."""
    sets = (forms for act in procedure.transitions for forms in act.requires if form in forms)
    return {form}.union(*sets)


def _term(procedure: Procedure) -> Limit | None:
    return next((limit for limit in procedure.limits.values() if limit.unit is Unit.TERM), None)


def _step(life: Life, cover: Cover) -> Step:
    return life.steps[cover.number - 1]


def _said(life: Life, cover: Cover) -> str:
    return f"{cover.number} {_step(life, cover).act.trigger}"


def _cover_at(life: Life, number: int) -> Cover:
    return next(cover for cover in reversed(life.covers) if cover.number <= number)
