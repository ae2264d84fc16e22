"""The page of a dossier: where it is, what can be done now and what cannot and why, its limits, papers and diary.

Shows only what the caller's bodies may read, to one that has left as it stood then; opening it is noted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import render_template
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.counts import recounts_of
from api.pages.forms import Control, Hidden, new_hidden
from api.pages.pictures import way_telling
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
from api.pages.standing import Standing, standing_of
from api.pages.words import PAPER_STATES, PERSONS
from dossiers.bodies.access import may
from dossiers.bodies.naming import names_of
from dossiers.custody.models import CustodyInterval
from dossiers.custody.operations import custody_cover
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.diary import diary_of, is_last_said
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read
from dossiers.limits.models import Deadline
from dossiers.limits.queries import limits_of, standing_alarms
from dossiers.moves.possibilities import possible_moves
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from dossiers.moves.situations import proceedings_of
from dossiers.papers.models import Paper
from dossiers.papers.preparing import draftable_forms
from dossiers.papers.queries import papers_of
from workflow.certificates import VIETNAM
from workflow.changeover import CHANGEOVER
from workflow.model import Procedure, State
from workflow.vocabulary import Person, Text


@dataclass(frozen=True, slots=True)
class SideMachine:
    """A side machine of a dossier with its moves."""

    proceeding: Proceeding
    procedure: Procedure
    state: State
    moves: Moves

    @property
    def works(self) -> bool:
        """Say whether it goes on, or has ended and something can still be done in it."""
        return self.proceeding.closed_at is None or bool(self.moves.allowed or self.moves.due)


@dataclass(frozen=True, slots=True)
class CustodyLine:
    """One interval of the custody cover in words."""

    kind: str
    holder: str
    instrument: str
    from_at: datetime
    to_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """A standing alarm in words, with the item that asks how it was dealt with where the caller may say so."""

    id: UUID
    text: str
    basis: str
    raised_at: datetime
    #: Whether no word ends it, only the release of the person.
    only_release: bool
    control: Control | None
    hidden: Hidden


@pages.get("/dossiers/<uuid:dossier_id>")
@allow("dossier:read")
def show_dossier(dossier_id: UUID) -> str:
    """Show one dossier."""
    with house().database.transaction() as session:
        note_access(session, dossier_to_read(session, dossier_id, caller()), caller(), what="page", at=house().now())
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        return render_template("dossier.html", **dossier_page(session, dossier))


@pages.get("/dossiers/<uuid:dossier_id>/entries/<int:seq>")
@allow("dossier:read")
def show_entry(dossier_id: UUID, seq: int) -> str:
    """Show one diary entry: what an act did, what it warned of, which limits run and which papers come next."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        standing = standing_of(session, dossier)
        entries = diary_of(session, dossier.id, until_seq=standing.version)
        entry = next((each for each in entries if each.seq == seq), None)
        if entry is None:
            raise NotFoundError
        return render_template("entry.html", **_entry(session, dossier, entry, standing))


def dossier_page(session: Session, dossier: Dossier) -> dict[str, Any]:
    """Return what the page of a dossier shows; nothing was refused on it yet."""
    at, procedures, standing = house().now(), procedures_of(session, dossier), standing_of(session, dossier)
    on, procedure = at.astimezone(VIETNAM).date(), procedures[""]
    limits = [row for row in limits_of(session, dossier.id) if row.started_seq <= standing.version]
    running = [row for row in limits if standing.runs(row)]
    urgent = frozenset(row.rule for row in running)
    moves, sides = _moves(session, dossier, standing, urgent, at)
    entries = diary_of(session, dossier.id, until_seq=standing.version)
    cover = [each for each in custody_cover(session, dossier.id) if each.from_seq <= standing.version]
    names = names_of(
        session,
        accounts=[entry.account_id for entry in entries],
        organizations=[*(entry.body_id for entry in entries), *(each.holder_id for each in cover)],
    )
    adds = may(caller(), "paper:write") and not standing.left
    return {
        "dossier": dossier,
        "procedure": procedure,
        "standing": standing,
        "custody": [_custody_line(each, names, standing, on) for each in cover],
        "alarms": [] if standing.left else alarm_lines(session, dossier),
        "moves": moves,
        "urgent": urgent,
        "sides": sides,
        "limits": limit_lines(running, procedures, at, standing),
        "recounts": recounts_of(session, dossier, running),
        "past_limits": limit_lines([row for row in limits if row not in running], procedures, at),
        "papers": paper_lines(papers_of(session, dossier, caller())),
        "adds": adds,
        "draftable": draftable_forms(session, house().desk, dossier, caller(), on=on) if adds else [],
        "telling": way_telling(session, dossier, standing),
        "entries": list(reversed(entry_lines(entries, procedures, names))),
        "parties": [
            {
                "place": next(
                    (say(p.bodies[party.body].title) for p in procedures.values() if party.body in p.bodies), ""
                ),
                "name": party.organization.name,
                "current": standing.takes_part(party),
            }
            for party in dossier.parties
            if party.since_seq <= standing.version
        ],
        "policies": policy_lines(session, _policies(running, procedures, [moves, *(side.moves for side in sides)])),
        "refused": [],
        "problem": None,
        "changes": [],
        "typed": "",
    }


def alarm_lines(session: Session, dossier: Dossier) -> list[AlarmLine]:
    """Return the standing alarms of a dossier that the caller's bodies take part in, the oldest first."""
    lines = []
    for alarm in standing_alarms(session, dossier.id):
        only_release = alarm.code == HELD_WITHOUT_TITLE
        decided = alarm.code.startswith(f"{CHANGEOVER}.")
        asked = may(caller(), "dossier:move") and not only_release and not decided
        item = Control(reason_item(alarm.id), "textarea", _("Cách xử lý"), required=True) if asked else None
        text = say(Text(alarm.text_vi, alarm.text_en))
        hidden = new_hidden(dossier.version)
        lines.append(AlarmLine(alarm.id, text, alarm.basis, alarm.raised_at, only_release, item, hidden))
    return lines


def reason_item(alarm_id: UUID) -> str:
    """Return the name of the item that asks how an alarm was dealt with: one page may ask of several."""
    return f"reason-{alarm_id}"


def _moves(
    session: Session, dossier: Dossier, standing: Standing, urgent: frozenset[str], at: datetime
) -> tuple[Moves, list[SideMachine]]:
    """Return what can be done in the dossier and in its side machines; nothing by those who have left."""
    if standing.left:
        return Moves(), []
    found = possible_moves(session, house().law, dossier, caller(), at=at)
    return group_moves(found, urgent=urgent), _side_machines(session, dossier, urgent, at)


def _custody_line(each: CustodyInterval, names: Mapping[str, str], standing: Standing, on: date) -> CustodyLine:
    return CustodyLine(
        kind=say(PERSONS[Person(each.kind)]),
        holder=names.get(str(each.holder_id), ""),
        instrument=form_title(each.instrument, on) if each.instrument else "",
        from_at=each.from_at,
        to_at=None if (each.to_seq or 0) > standing.version else each.to_at,
    )


def _policies(running: Iterable[Deadline], procedures: Mapping[str, Procedure], groups: Iterable[Moves]) -> list[str]:
    """Return the open questions of law behind running limits and moves."""
    rules = [rule for row in running if (rule := rule_of(row, procedures))]
    policies = [name for rule in rules for name in rule.policies]
    for group in groups:
        for each in (*group.allowed, *group.due, *group.waiting):
            policies += each.transition.policies
            policies += [name for reason in (*each.reasons, *each.remarks) for name in reason.policies]
    return policies


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
        "state": say(PAPER_STATES["superseded" if paper.superseded_by_id else paper.state]),
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


def _entry(session: Session, dossier: Dossier, entry: DiaryEntry, standing: Standing) -> dict[str, Any]:
    at, procedures = house().now(), procedures_of(session, dossier)
    on = at.astimezone(VIETNAM).date()
    names = names_of(session, accounts=[entry.account_id], organizations=[entry.body_id])
    started = [row for row in limits_of(session, dossier.id) if row.started_seq == entry.seq]
    forms = [] if standing.left else draftable_forms(session, house().desk, dossier, caller(), on=on)
    draftable = {form.form_id for form in forms}
    transition = entry_transition(entry, procedures)
    return {
        "dossier": dossier,
        "procedure": procedures[""],
        "entry": entry_lines([entry], procedures, names)[0],
        "left": standing.left,
        "latest": is_last_said(session, entry),
        "transition": transition,
        "stated": stated_lines(session, procedures, entry),
        "remarks": remark_lines(entry.payload),
        "started": limit_lines(started, procedures, at, standing),
        "forms": [
            {"id": form, "title": form_title(form, on), "draftable": form in draftable}
            for form in entry.payload.get("generates", ())
        ],
        "alarm": entry.kind == "alarm",
        "paper_id": entry.payload.get("paper") if entry.kind == "paper" else None,
    }
