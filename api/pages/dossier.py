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
from api.pages.grouping import Moves, group_moves
from api.pages.handovers import handover_lines
from api.pages.next_acts import next_acts
from api.pages.pictures import way_telling
from api.pages.rights import File, right_lines
from api.pages.showing import (
    entry_lines,
    entry_transition,
    form_title,
    limit_lines,
    policy_lines,
    procedures_of,
    remark_lines,
    rule_of,
    stated_lines,
)
from api.pages.standing import Standing, standing_of
from api.pages.words import PAPER_STATES, PERSONS
from dossiers.aftercare.kinds import SETTINGS as AFTERCARE
from dossiers.bodies.access import may
from dossiers.bodies.naming import names_of
from dossiers.custody.models import CustodyInterval
from dossiers.custody.operations import custody_cover
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.diary import diary_of, is_last_said
from dossiers.evidence.eras import eras_of
from dossiers.evidence.models import DiaryEntry
from dossiers.files.models import Dossier, Proceeding
from dossiers.files.queries import dossier_to_read, parties_through_time
from dossiers.limits.models import Deadline
from dossiers.limits.queries import limits_of, standing_alarms
from dossiers.moves.acknowledge import ends_by_word
from dossiers.moves.possibilities import surveyed_moves
from dossiers.moves.recording import HELD_WITHOUT_TITLE
from dossiers.moves.situations import Survey, offices_of_bodies, survey
from dossiers.papers.catalogue import FormEdition
from dossiers.papers.models import Paper
from dossiers.papers.preparing import draftable_forms
from dossiers.papers.queries import papers_of
from workflow.certificates import VIETNAM
from workflow.model import Procedure, State, Transition
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
    #: Whether somebody holds the person and nothing on record says under which title.
    untitled: bool


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
    law, at, standing = house().law, house().now(), standing_of(session, dossier)
    seen = survey(session, law, [dossier.id])
    procedures = eras_of(session, law, dossier, seen.proceedings[dossier.id])
    on, procedure = at.astimezone(VIETNAM).date(), procedures[""]
    limits = [row for row in limits_of(session, dossier.id) if row.started_seq <= standing.version]
    running = [row for row in limits if standing.runs(row)]
    urgent = frozenset(row.rule for row in running)
    moves, sides = _moves(session, dossier, standing, seen, urgent, at)
    entries = diary_of(session, dossier.id, until_seq=standing.version)
    cover = [each for each in custody_cover(session, dossier.id) if each.from_seq <= standing.version]
    names = names_of(
        session,
        accounts=[entry.account_id for entry in entries],
        organizations=[*(entry.body_id for entry in entries), *(each.holder_id for each in cover)],
    )
    adds = may(caller(), "paper:write") and not standing.left
    ended = [row for row in limits if row not in running]
    running_lines = limit_lines(running, procedures, at, standing, seen.calendar)
    ended_lines = limit_lines(ended, procedures, at)
    draftable = draftable_forms(session, house().desk, dossier, caller(), on=on) if adds else []
    papers, told = paper_lines(papers_of(session, dossier, caller())), entry_lines(entries, procedures, names)
    timed = [*zip(running, running_lines, strict=True), *zip(ended, ended_lines, strict=True)]
    return {
        "dossier": dossier,
        "procedure": procedure,
        "standing": standing,
        "custody": [_custody_line(each, names, standing, on) for each in cover],
        "alarms": [] if standing.left else alarm_lines(session, dossier),
        "moves": moves,
        "urgent": urgent,
        "sides": sides,
        "limits": running_lines,
        "recounts": recounts_of(session, dossier, running),
        "past_limits": ended_lines,
        "papers": papers,
        "rights": right_lines(File([*zip(entries, told, strict=True)], timed, papers, sides), procedures),
        "handovers": handover_lines(session, dossier),
        "adds": adds,
        "aftercare": standing.state.phase == AFTERCARE.phase,
        "draftable": draftable,
        "asked": _asked_of_us(moves, draftable, papers, on),
        "telling": way_telling(session, dossier, standing),
        "entries": list(reversed(told)),
        "parties": _party_lines(session, dossier, standing, procedures),
        "policies": policy_lines(session, _policies(running, procedures, [moves, *(side.moves for side in sides)])),
        "refused": [],
        "problem": None,
        "changes": [],
        "typed": "",
    }


def _party_lines(
    session: Session, dossier: Dossier, standing: Standing, procedures: Mapping[str, Procedure]
) -> list[dict[str, Any]]:
    """Return who took part, place by place, as far as the caller may look."""
    return [
        {
            "place": next((say(p.bodies[party.body].title) for p in procedures.values() if party.body in p.bodies), ""),
            "name": party.organization.name,
            "current": standing.takes_part(party),
        }
        for party in parties_through_time(session, dossier)
        if party.since_seq <= standing.version
    ]


def alarm_lines(session: Session, dossier: Dossier) -> list[AlarmLine]:
    """Return the standing alarms of a dossier that the caller's bodies take part in, the oldest first."""
    lines = []
    for alarm in standing_alarms(session, dossier.id):
        only_release = alarm.code == HELD_WITHOUT_TITLE
        asked = may(caller(), "dossier:move") and ends_by_word(alarm)
        item = Control(reason_item(alarm.id), "textarea", _("Cách xử lý"), required=True) if asked else None
        text = say(Text(alarm.text_vi, alarm.text_en))
        hidden = new_hidden(dossier.version)
        lines.append(AlarmLine(alarm.id, text, alarm.basis, alarm.raised_at, only_release, item, hidden))
    return lines


def reason_item(alarm_id: UUID) -> str:
    """Return the name of the item that asks how an alarm was dealt with: one page may ask of several."""
    return f"reason-{alarm_id}"


def _moves(
    session: Session, dossier: Dossier, standing: Standing, seen: Survey, urgent: frozenset[str], at: datetime
) -> tuple[Moves, list[SideMachine]]:
    """Return what can be done in the dossier and in its side machines; nothing by those who have left."""
    if standing.left:
        return Moves(), []
    law, sides, parties = house().law, [], seen.parties[dossier.id]
    main = law.pinned(session, dossier.procedure_sha256)
    found = surveyed_moves(session, law, seen, dossier, caller(), at=at)
    for proceeding in seen.proceedings[dossier.id]:
        procedure = law.pinned(session, proceeding.procedure_sha256)
        here = surveyed_moves(session, law, seen, dossier, caller(), at=at, proceeding=proceeding)
        state = procedure.states[proceeding.state]
        own = offices_of_bodies(parties, procedure, caller())
        sides.append(SideMachine(proceeding, procedure, state, group_moves(here, urgent=urgent, own=own)))
    return group_moves(found, urgent=urgent, own=offices_of_bodies(parties, main, caller())), sides


def _asked_of_us(
    moves: Moves, draftable: Iterable[FormEdition], papers: Iterable[Mapping[str, Any]], on: date
) -> list[dict[str, Any]]:
    """Return the forms that acts of other bodies wait for and that the caller's body makes, but for those on file."""
    waited = {form for each in moves.others for one_of in each.transition.requires for form in one_of}
    here = {each["paper"].form for each in papers}
    ours = [form.form_id for form in draftable if form.form_id in waited - here]
    return [{"id": form, "title": form_title(form, on), "draftable": True} for form in ours]


def _custody_line(each: CustodyInterval, names: Mapping[str, str], standing: Standing, on: date) -> CustodyLine:
    return CustodyLine(
        kind=say(PERSONS[Person(each.kind)]),
        holder=names.get(str(each.holder_id), ""),
        instrument=form_title(each.instrument, on) if each.instrument else "",
        from_at=each.from_at,
        to_at=None if (each.to_seq or 0) > standing.version else each.to_at,
        untitled=Person(each.kind).deprived_of_liberty and each.instrument is None,
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


def _still_to_make(entry: DiaryEntry, transition: Transition | None) -> list[str]:
    """Return the forms an act asks for, but for those that had to be on file for it."""
    held = () if transition is None else transition.requires
    on_file = {form for one_of in held for form in one_of}
    return [form for form in entry.payload.get("generates", ()) if form not in on_file]


def _entry(session: Session, dossier: Dossier, entry: DiaryEntry, standing: Standing) -> dict[str, Any]:
    at, procedures = house().now(), procedures_of(session, dossier)
    on = at.astimezone(VIETNAM).date()
    names = names_of(session, accounts=[entry.account_id], organizations=[entry.body_id])
    limits = limits_of(session, dossier.id)
    started = [row for row in limits if row.started_seq == entry.seq]
    forms = [] if standing.left else draftable_forms(session, house().desk, dossier, caller(), on=on)
    draftable = {form.form_id for form in forms}
    transition, latest = entry_transition(entry, procedures), is_last_said(session, entry)
    goes_on = latest and transition is not None and not standing.left
    return {
        "dossier": dossier,
        "next": next_acts(session, dossier, procedures[""], limits, at=at) if goes_on else None,
        "entry": entry_lines([entry], procedures, names)[0],
        "left": standing.left,
        "latest": latest,
        "transition": transition,
        "stated": stated_lines(session, procedures, entry),
        "remarks": remark_lines(entry.payload),
        "started": limit_lines(started, procedures, at, standing),
        "forms": [
            {"id": form, "title": form_title(form, on), "draftable": form in draftable}
            for form in _still_to_make(entry, transition)
        ],
        "alarm": entry.kind == "alarm",
        "paper_id": entry.payload.get("paper") if entry.kind == "paper" else None,
    }
