"""Compares the side machines of the law files with the rows of the reference, row by row.

A row begins a machine (from `none`), comes along with acts of the main procedure (column `main`), or is a move of its
own.  `ours` is the name of the move where it is not the one that the reference uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from workflow.model import Procedure, Transition

Row = Mapping[str, str]
#: Machine of the reference -> side machine of the law files; the hold has a comparison of its own.
SIDES = {
    "M-POSTPONE": "cnbb-postpone",
    "M-SUSPEND": "cnbb-suspend",
    "M-SEARCH": "cnbb-search",
    "M-PROS": "cnbb-prosecution",
    "M-FUN": "cnbb-funeral",
    "M-TRANSFER": "cnbb-transfer",
    "M-HOSP": "cnbb-hospital",
    "M-COURT": "cnbb-appeal",
    "M-POSTMOVE": "cnbb-postmove",
    "M-EM": "cnbb-monitoring",
}


def side_differences(procedures: Iterable[Procedure], rows: Iterable[Row]) -> Iterator[str]:
    """Say everything in which the moves of the side machines, and what brings them about, differ."""
    everything = tuple(procedures)
    rows = [row for row in rows if row["machine"] in SIDES]
    for machine, kind in SIDES.items():
        side = next(procedure for procedure in everything if procedure.id == kind)
        mine = [row for row in rows if row["machine"] == machine]
        met: set[tuple[str, str]] = set()
        for row in mine:
            yield from _row_differences(side, row, everything, met)
        beyond = {(act.trigger, _after(side, act)) for act in side.transitions} - met
        for trigger, after in sorted(beyond):
            yield f"{machine} {trigger} → {after}: not in the reference"


def _row_differences(
    side: Procedure, row: Row, everything: tuple[Procedure, ...], met: set[tuple[str, str]]
) -> Iterator[str]:
    name = f"{row['machine']} {row['trigger']} → {row['to']}"
    expected = set(row["main"].split())
    if not row["ours"]:
        yield from _compared(name, "begun by", _beginners(side.id, everything), expected)
        if side.initial.code != row["to"]:
            yield f"{name}: begins at {side.initial.code}"
        started = _started(side.id, None, everything)
        yield from _compared(name, "starts", set(), set(row["starts"].split()) - started)
        return
    acts = [act for act in side.by_trigger.get(row["ours"], ()) if _after(side, act) in (row["to"], "=")]
    acts = [act for act in acts if _after(side, act) == row["to"] or row["to"] in _codes(side, act)]
    if not acts:
        yield f"{name}: only in the reference"
        return
    met |= {(act.trigger, _after(side, act)) for act in acts}
    yield from _compared(name, "with", _takers(side.id, row["ours"], everything), expected)
    sources = {side.states[source].code for act in acts for source in act.source}
    living = {state.code for state in side.states.values() if not state.terminal}
    yield from _compared(name, "from", sources, living if row["from"] == "any" else set(row["from"].split()))
    yield from _compared(name, "by", {role for act in acts for role in act.actor}, set(row["actors"].split()))
    own = {limit for act in acts for limit in (*act.starts, *act.restarts)}
    yield from _compared(name, "starts", own, set(row["starts"].split()) - _started(side.id, row["ours"], everything))
    ended = {limit for act in acts for limit in act.stops}
    yield from _compared(name, "stops", ended, set(row["stops"].split()) - _stopped(side.id, row["ours"], everything))
    yield from _compared(name, "mark", {act.confidence.mark for act in acts}, {row["mark"]} - {""})
    for cite in filter(None, row["cite"].split("; ")):
        if not any(cite in act.basis for act in acts):
            yield f"{name}: does not cite {cite}"


def _compared(name: str, what: str, ours: set[str], theirs: set[str]) -> Iterator[str]:
    for sign, some in (("+", ours - theirs), ("-", theirs - ours)):
        if some:
            yield f"{name}: {what} {sign} {' '.join(sorted(some))}"


def _after(side: Procedure, act: Transition) -> str:
    return "=" if act.dest == "=" else side.states[act.dest].code


def _codes(side: Procedure, act: Transition) -> set[str]:
    return {side.states[source].code for source in act.source}


def _beginners(kind: str, everything: Iterable[Procedure]) -> set[str]:
    return {act.trigger for each in everything for act in each.transitions if act.starts_proceeding == kind}


def _takers(kind: str, trigger: str, everything: Iterable[Procedure]) -> set[str]:
    """Return the acts that take the move along."""
    return {act.trigger for act in _taking(kind, trigger, everything)}


def _taking(kind: str, trigger: str | None, everything: Iterable[Procedure]) -> Iterator[Transition]:
    for each in everything:
        for act in each.transitions:
            if trigger is None:
                if act.starts_proceeding == kind:
                    yield act
            elif any((also.procedure, also.trigger) == (kind, trigger) for also in act.also):
                yield act


def _started(kind: str, trigger: str | None, everything: Iterable[Procedure]) -> set[str]:
    """Return the limits that the acts start which begin the machine, or take the move along."""
    return {limit for act in _taking(kind, trigger, everything) for limit in (*act.starts, *act.restarts)}


def _stopped(kind: str, trigger: str, everything: Iterable[Procedure]) -> set[str]:
    return {limit for act in _taking(kind, trigger, everything) for limit in act.stops}
