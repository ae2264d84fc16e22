"""The page of a dossier: where it is, what can be done now and what cannot and why, its limits, papers and diary.

Shows only what the caller's bodies may read; opening it is noted in the access log.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import render_template
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.showing import (
    Moves,
    entry_lines,
    entry_transition,
    form_title,
    group_moves,
    limit_lines,
    policy_lines,
    procedures_of,
    remark_lines,
    rule_of,
    stated_lines,
)
from api.pages.words import PAPER_STATES, PERSONS
from dossiers.bodies.access import may
from dossiers.bodies.naming import names_of
from dossiers.custody.operations import custody_cover
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.diary import diary_of
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read, readable_until
from dossiers.limits.queries import limits_of, standing_alarms
from dossiers.moves.possibilities import possible_moves
from dossiers.moves.situations import proceedings_of
from dossiers.papers.models import Paper
from dossiers.papers.preparing import draftable_forms
from dossiers.papers.queries import papers_of
from workflow.certificates import VIETNAM
from workflow.model import Procedure, State
from workflow.vocabulary import Person


@dataclass(frozen=True, slots=True)
class SideMachine:
    """A side machine of a dossier with its moves."""

    proceeding: Proceeding
    procedure: Procedure
    state: State
    moves: Moves


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One interval of the custody cover in words."""

    kind: str
    holder: str
    instrument: str
    from_at: datetime
    to_at: datetime | None


@pages.get("/dossiers/<uuid:dossier_id>")
@allow("dossier:read")
def show_dossier(dossier_id: UUID) -> str:
    """Show one dossier."""
    with house().database.transaction() as session:
        note_access(session, dossier_to_read(session, dossier_id, caller()), caller(), what="page", at=house().now())
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        return render_template("dossier.html", **_dossier(session, dossier))


@pages.get("/dossiers/<uuid:dossier_id>/entries/<int:seq>")
@allow("dossier:read")
def show_entry(dossier_id: UUID, seq: int) -> str:
    """Show one diary entry: what an act did, what it warned of, which limits run and which papers come next."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        entries = diary_of(session, dossier.id, until_seq=readable_until(session, dossier, caller()))
        entry = next((each for each in entries if each.seq == seq), None)
        if entry is None:
            raise NotFoundError
        return render_template("entry.html", **_entry(session, dossier, entry))


def _dossier(session: Session, dossier: Dossier) -> dict[str, Any]:
    at, procedures = house().now(), procedures_of(session, dossier)
    on, procedure = at.astimezone(VIETNAM).date(), procedures[""]
    limits = limits_of(session, dossier.id)
    urgent = frozenset(row.rule for row in limits if row.state == "running")
    moves = group_moves(possible_moves(session, house().law, dossier, caller(), at=at), urgent=urgent)
    sides = _side_machines(session, dossier, urgent, at)
    entries = diary_of(session, dossier.id, until_seq=readable_until(session, dossier, caller()))
    cover = custody_cover(session, dossier.id)
    names = names_of(
        session,
        accounts=[entry.account_id for entry in entries],
        organizations=[*(entry.body_id for entry in entries), *(each.holder_id for each in cover)],
    )
    custody = [
        CustodyLine(
            kind=say(PERSONS[Person(each.kind)]),
            holder=names.get(str(each.holder_id), ""),
            instrument=form_title(each.instrument, on) if each.instrument else "",
            from_at=each.from_at,
            to_at=each.to_at,
        )
        for each in cover
    ]
    rules = [rule for row in limits if row.state == "running" and (rule := rule_of(row, procedures))]
    policies = [name for rule in rules for name in rule.policies]
    for group in (moves, *(side.moves for side in sides)):
        for each in (*group.allowed, *group.due, *group.waiting):
            policies += each.transition.policies
            policies += [name for reason in (*each.reasons, *each.remarks) for name in reason.policies]
    return {
        "dossier": dossier,
        "procedure": procedure,
        "state": procedure.states[dossier.state],
        "custody": custody,
        "alarms": standing_alarms(session, dossier.id),
        "moves": moves,
        "urgent": urgent,
        "sides": sides,
        "limits": limit_lines([row for row in limits if row.state == "running"], procedures, at),
        "past_limits": limit_lines([row for row in limits if row.state != "running"], procedures, at),
        "papers": paper_lines(papers_of(session, dossier, caller())),
        "draftable": draftable_forms(session, house().desk, dossier, caller(), on=on)
        if may(caller(), "paper:write")
        else [],
        "entries": list(reversed(entry_lines(entries, procedures, names))),
        "parties": [
            {
                "place": say(procedure.bodies[party.body].title) if party.body in procedure.bodies else "",
                "name": party.organization.name,
                "current": party.until_seq is None,
            }
            for party in dossier.parties
        ],
        "policies": policy_lines(session, policies),
    }


def paper_lines(papers: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any sequence of papers
    """Return papers with their titles and states in words."""
    return [paper_line(paper) for paper in papers]


def paper_line(paper: Paper) -> dict[str, Any]:
    """Return one paper with its title, its state in words and whether its form number was verified."""
    on = paper.doc_date or paper.created_at.astimezone(VIETNAM).date()
    form = house().catalogue.form(paper.form, on)
    return {
        "paper": paper,
        "title": form_title(paper.form, on),
        "state": say(PAPER_STATES[paper.state]),
        "unverified": form.unverified,
        "number": paper.display_number,
    }


def _side_machines(session: Session, dossier: Dossier, urgent: frozenset[str], at: datetime) -> list[SideMachine]:
    law, sides = house().law, []
    for proceeding in proceedings_of(session, dossier):
        procedure = law.pinned(session, proceeding.procedure_sha256)
        found = possible_moves(session, law, dossier, caller(), at=at, proceeding=proceeding)
        state, moves = procedure.states[proceeding.state], group_moves(found, urgent=urgent)
        sides.append(SideMachine(proceeding, procedure, state, moves))
    return sides


def _entry(session: Session, dossier: Dossier, entry: DiaryEntry) -> dict[str, Any]:
    at, procedures = house().now(), procedures_of(session, dossier)
    on = at.astimezone(VIETNAM).date()
    names = names_of(session, accounts=[entry.account_id], organizations=[entry.body_id])
    started = [row for row in limits_of(session, dossier.id) if row.started_seq == entry.seq]
    draftable = {form.form_id for form in draftable_forms(session, house().desk, dossier, caller(), on=on)}
    transition = entry_transition(entry, procedures)
    return {
        "dossier": dossier,
        "procedure": procedures[""],
        "entry": entry_lines([entry], procedures, names)[0],
        "latest": entry.seq == dossier.version,
        "transition": transition,
        "stated": stated_lines(session, procedures, entry),
        "remarks": remark_lines(entry.payload),
        "started": limit_lines(started, procedures, at),
        "forms": [
            {"id": form, "title": form_title(form, on), "draftable": form in draftable}
            for form in entry.payload.get("generates", ())
        ],
        "paper_id": entry.payload.get("paper") if entry.kind == "paper" else None,
    }
