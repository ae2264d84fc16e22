"""Unsafe variants of the law files: each breaks one thing in one table, as a careless or a bad hand would.

`mutants_of(procedures, key)` yields them for a main procedure with its side machines, in a fixed order; nothing is
read from, or written to, the files themselves.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workflow import loader
from workflow.model import Procedure
from workflow.reading import Source

#: Where a careless redirection would lead: into a facility, into transport.
HELD_STATES = ("SERVING", "IN_TRANSIT", "ADMITTED")
#: An office that proposes: it must never come to decide.
PROPOSERS = ("CAX_HEAD",)

Table = dict[str, Any]
Change = Callable[[Table], None]


@dataclass(frozen=True)
class Mutant:
    """One variant: what kind of slip, where, in which file of law, and how to make the changed procedure."""

    kind: str
    where: str
    procedure: str
    file: int
    header: str
    index: int
    change: Change

    def made(self, original: Procedure) -> Procedure:
        """Return the procedure with the slip in it; raises LawFileError when the reader already refuses it."""
        raws = [(Source(name, text), tomllib.loads(text)) for name, text in original.files]
        source, raw = raws[self.file]
        changed = copy.deepcopy(raw)
        if self.kind == "drop an act":
            del changed[self.header][self.index]
        else:
            self.change(changed[self.header][self.index])
        raws[self.file] = (source, changed)
        return loader._build(raws, [], None, loader.load_policies())


def mutants_of(procedures: Mapping[str, Procedure], keys: list[str]) -> Iterator[Mutant]:
    """Yield every variant of the files of these procedures."""
    for key in keys:
        without = tomllib.loads(procedures[key].files[0][1])["procedure"].get("without", [])
        for number, (_, text) in enumerate(procedures[key].files):
            raw = tomllib.loads(text)
            left_out = () if number == 0 else without
            for header in ("transition", "guard", "deadline"):
                for index, table in enumerate(raw.get(header, [])):
                    name = table.get("trigger") or table.get("id")
                    if f"{header}:{name}" not in left_out:
                        for kind, detail, change in _slips(header, table):
                            yield Mutant(kind, f"{name} {detail}".strip(), key, number, header, index, change)


def _slips(header: str, table: Table) -> Iterator[tuple[str, str, Change]]:
    if header == "transition":
        yield from _act_slips(table)
    elif header == "guard":
        yield from _guard_slips(table)
    elif "amount" in table:
        yield "change a limit", "", lambda limit: limit.update(amount=limit["amount"] * 2)


def _guard_slips(table: Table) -> Iterator[tuple[str, str, Change]]:
    for number, clause in enumerate(table.get("clause", [])):
        if clause.get("effect") in ("warn", "alarm", "override"):
            continue
        yield "only warn", clause["id"], lambda guard, n=number: guard["clause"][n].update(effect="warn")
        yield (
            "turn round",
            clause["id"],
            lambda guard, n=number: guard["clause"][n].update(require={"not": guard["clause"][n]["require"]}),
        )


def _act_slips(table: Table) -> Iterator[tuple[str, str, Change]]:
    for key, kind in _LISTS.items():
        for number, item in enumerate(_listed(table.get(key))):
            yield kind, str(item), lambda act, k=key, n=number: _drop(act, k, n)
    for mark in ("release", "ends_title", "stops_all"):
        if table.get(mark):
            yield f"drop {mark}", "", lambda act, m=mark: act.pop(m)
    for name in table.get("sets", {}):
        yield "drop a set fact", name, lambda act, n=name: act["sets"].pop(n)
    if table.get("opens_period"):
        yield "drop a period", table["opens_period"], lambda act: act.pop("opens_period")
    if table.get("custody") and table.get("dest") != "=":
        yield "drop custody", "", lambda act: act.pop("custody")
    if table.get("when"):
        yield "drop the case", "", lambda act: act.pop("when")
    yield from _widened(table)
    yield "drop an act", "", lambda _: None


#: What a list of an act holds, and what it means to lose an entry.
_LISTS = {
    "guards": "drop a guard",
    "requires": "drop a paper",
    "asks": "drop a question",
    "starts": "drop a limit",
    "restarts": "drop a limit",
    "also": "drop what moves along",
    "clears": "drop a cleared fact",
    "closes_period": "drop the end of a period",
    "shares_with": "drop a notice",
}


def _widened(table: Table) -> Iterator[tuple[str, str, Change]]:
    for office in PROPOSERS:
        if office not in table.get("actor", []):
            yield "widen an actor", office, lambda act, o=office: act["actor"].append(o)
            yield "swap a role", office, lambda act, o=office: act.update(actor=[o])
    if table.get("custody", {}).get("kind") in ("in_facility", "in_transit"):
        for state in ("POSTPONED", "DECIDED_APPLY", "COMPLETED", "DOSSIER_BUILDING"):
            if state not in table["source"]:
                yield "widen a source", state, lambda act, s=state: act["source"].append(s)
    if table.get("trigger") in ("reading_ended", "file_to_court", "decision_effective_received", "depart"):
        for state in ("DOSSIER_COMPLETE", "READING_WINDOW", "TO_ENFORCE", "COURT_REVIEW"):
            if state not in table["source"]:
                yield "skip a step", state, lambda act, s=state: act["source"].append(s)
    if table.get("release"):
        yield "redirect", HELD_STATES[0], lambda act: act.update(dest=HELD_STATES[0])


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _drop(act: Table, key: str, number: int) -> None:
    left = _listed(act[key])
    act[key] = [item for place, item in enumerate(left) if place != number]
