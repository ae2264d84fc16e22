"""Dossiers: opening, finding, reading; their diary, limits and custody cover."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.presenting import (
    alarm_json,
    count_json,
    custody_json,
    deadline_json,
    dossier_json,
    dossier_line,
    entry_json,
    proceeding_json,
    state_json,
)
from api.schemas.answers import Page, Thing
from api.schemas.requests import DiaryArgs, DossierArgs, DossierIn
from api.v1.blueprint import v1
from api.v1.writing import Answer, Unit, etag, write
from dossiers.bodies.naming import names_of
from dossiers.custody.operations import custody_cover
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.changes import MAIN
from dossiers.evidence.diary import diary_of
from dossiers.evidence.eras import eras_of
from dossiers.evidence.folding import Folded
from dossiers.evidence.parts import part_of
from dossiers.files.models import Dossier
from dossiers.files.queries import DossierFilter, dossier_to_read, list_dossiers, readable_until
from dossiers.limits.models import Deadline
from dossiers.limits.queries import counts_around, due_dossiers, limit, limits_of, standing_alarms
from dossiers.moves.open_dossier import OpenForm, open_dossier
from dossiers.moves.recount import explanations
from dossiers.moves.situations import proceedings_of


@v1.post("/dossiers")
@allow("dossier:open")
@v1.arguments(DossierIn)
@v1.response(HTTPStatus.CREATED, Thing)
def create_dossier(form: dict[str, Any]) -> Response:
    """Open a dossier about a person."""

    def work(unit: Unit) -> Answer:
        dossier = open_dossier(unit.session, house().law, OpenForm(**form), actor=unit.actor, at=unit.at)
        unit.session.refresh(dossier)
        headers = {**etag(dossier.version), "Location": f"/api/v1/dossiers/{dossier.id}"}
        return Answer(whole(unit.session, dossier, None), headers=headers)

    return write(work)


@v1.get("/dossiers")
@allow("dossier:read")
@v1.arguments(DossierArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def find_dossiers(args: dict[str, Any]) -> dict[str, Any]:
    """Find dossiers by state, holder, number, name, or a limit that ends soon."""
    wanted = DossierFilter(args["state"], args["holder"], args["q"])
    with house().database.reading() as session:
        due = due_dossiers(args["due_before"]) if args["due_before"] else None
        rows = list_dossiers(session, caller(), wanted, due=due, limit=args["limit"] + 1, after=args["after"])
        shown = rows[: args["limit"]]
        items = [_line(session, row) for row in shown]
        return {"items": items, "next": shown[-1].number if len(rows) > args["limit"] else None}


@v1.get("/dossiers/<uuid:dossier_id>")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Thing)
def get_dossier(dossier_id: UUID) -> tuple[dict[str, Any], dict[str, str]]:
    """Return one dossier: where it stands, who has it, its side machines and alarms."""
    with house().database.transaction() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        note_access(session, dossier, caller(), what="dossier", at=house().now())
        return whole(session, dossier, part_of(session, dossier, caller())), etag(dossier.version)


@v1.get("/dossiers/<uuid:dossier_id>/diary")
@allow("dossier:read")
@v1.arguments(DiaryArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def get_diary(args: dict[str, Any], dossier_id: UUID) -> dict[str, Any]:
    """Return what happened, in order; with `as_of` only what was known by then."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        entries = diary_of(session, dossier.id, until_seq=readable_until(session, dossier, caller()))
        if args["as_of"] is not None:
            entries = [entry for entry in entries if entry.recorded_at <= args["as_of"]]
        names = names_of(session, accounts=[e.account_id for e in entries], organizations=[e.body_id for e in entries])
        return {"items": [entry_json(entry, names) for entry in entries], "next": None}


@v1.get("/dossiers/<uuid:dossier_id>/deadlines")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def get_deadlines(dossier_id: UUID) -> dict[str, Any]:
    """Return the limits of a dossier, running ones first, the soonest end first."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        rules, until = rules_of(session, dossier), readable_until(session, dossier, caller())
        rows = [row for row in limits_of(session, dossier.id) if row.started_seq <= until]
        return {"items": [deadline_json(row, rules.get(row.rule)) for row in rows], "next": None}


@v1.get("/deadlines/<uuid:deadline_id>/certificate")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Thing)
def get_certificate(deadline_id: UUID) -> dict[str, Any]:
    """Return how a limit was counted, day by day, as it was stored, with the counts before and after it.

    `certificate` is the paper that its hash seals; its items stand at the top too.
    """
    with house().database.reading() as session:
        row = limit(session, deadline_id)
        if row is None or row.certificate is None:
            raise NotFoundError
        dossier = dossier_to_read(session, row.dossier_id, caller())
        until = readable_until(session, dossier, caller())
        if row.started_seq > until:
            raise NotFoundError
        rules, why = rules_of(session, dossier), explanations(session, dossier.id)

        def shown(each: Deadline) -> dict[str, Any]:
            found = count_json(each, rules.get(each.rule), why.get((each.started_seq, each.rule)))
            if (each.stopped_seq or 0) > until:  # what happened after the caller's bodies left is not told
                found["deadline"] |= {"state": "running", "stopped_by": None, "superseded_by": None}
            return found

        earlier, later = counts_around(session, row)
        return {
            **row.certificate,
            **shown(row),
            "superseded": [shown(each) for each in earlier],
            "superseding": [shown(each) for each in later if each.started_seq <= until],
        }


@v1.get("/dossiers/<uuid:dossier_id>/custody")
@allow("dossier:read")
@v1.response(HTTPStatus.OK, Page)
def get_custody(dossier_id: UUID) -> dict[str, Any]:
    """Return who held the person, from when to when, under which instrument."""
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        until = readable_until(session, dossier, caller())
        cover = [each for each in custody_cover(session, dossier.id) if each.from_seq <= until]
        names = names_of(session, accounts=[], organizations=[each.holder_id for each in cover])
        items = [custody_json(each, names) for each in cover]
        if cover and (cover[-1].to_seq or 0) > until:
            items[-1]["to"] = None
        return {"items": items, "next": None}


def _line(session: Session, dossier: Dossier) -> dict[str, Any]:
    """Return a line of a list; for a body that has left the dossier, as it stood then."""
    procedure = house().law.pinned(session, dossier.procedure_sha256)
    line, part = dossier_line(dossier, procedure), part_of(session, dossier, caller())
    if part is None:
        return line
    state = house().law.pinned(session, part.pins[MAIN]).states[part.state]
    then = {"id": state.id, "title": say(state.title), "terminal": state.terminal}
    return {**line, "state": then, "holder": None, "version": part.version, "last_act_at": None}


def whole(session: Session, dossier: Dossier, part: Folded | None) -> dict[str, Any]:
    """Return a dossier with its side machines and alarms; for a body that has left it, as it stood then."""
    law = house().law
    procedure = law.pinned(session, dossier.procedure_sha256)
    if part is not None:
        left = law.pinned(session, part.pins[MAIN])
        procedure_of_part = {"id": left.id, "edition": left.edition, "sha256": left.sha256}
        parties = [party for party in dossier.parties if party.since_seq <= part.version]
        shown = dossier_json(dossier, procedure, parties)
        for party in shown["parties"]:
            party["current"] = part.bodies.get(party["body"]) == party["organization"]["id"]
        then = {
            "facts": part.facts,
            "version": part.version,
            "head_hash": part.head_hash,
            "procedure": procedure_of_part,
            "state": state_json(left.states[part.state]),
            "holder": None,
            "last_act_at": None,
        }
        return {**shown, **then, "proceedings": [], "alarms": []}
    return {
        **dossier_json(dossier, procedure, dossier.parties),
        "proceedings": [
            proceeding_json(each, law.pinned(session, each.procedure_sha256))
            for each in proceedings_of(session, dossier)
        ],
        "alarms": [alarm_json(alarm) for alarm in standing_alarms(session, dossier.id)],
    }


def rules_of(session: Session, dossier: Dossier) -> dict[str, Any]:
    """Return the limits that the procedures of a dossier know, by id; the present ones before those it has left."""
    rules: dict[str, Any] = {}
    for procedure in reversed(eras_of(session, house().law, dossier, proceedings_of(session, dossier)).values()):
        rules |= procedure.limits
    return rules
