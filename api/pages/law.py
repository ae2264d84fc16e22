"""The law the program works by: procedures with states, moves and limits, open questions, how a limit was counted."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, render_template
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.counts import count_of, counts_beside
from api.pages.showing import form_title, limit_lines, offices_of, policy_lines, procedures_of
from api.pages.standing import standing_of
from api.pages.words import LIMIT_KINDS, badge_of, length_of
from dossiers.errors import NotFoundError
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.limits.models import Deadline
from dossiers.limits.queries import limit
from dossiers.moves.recount import explanations
from workflow.canonical import canonical_json
from workflow.certificates import VIETNAM
from workflow.model import Procedure, Transition


@pages.get("/law")
@allow("law:read")
def show_law() -> str:
    """Show every procedure edition and every open question with the answer in force."""
    law = house().law
    with house().database.reading() as session:
        return render_template(
            "law.html", procedures=law.procedures, policies=policy_lines(session, law.policies), cite=cite
        )


@pages.get("/law/<string:key>")
@allow("law:read")
def show_procedure(key: str) -> str:
    """Show one edition: its states, moves and limits, each with its article."""
    procedure = next((each for each in house().law.procedures if each.key == key), None)
    if procedure is None:
        raise NotFoundError
    on = house().now().astimezone(VIETNAM).date()
    moves = [
        {
            "transition": each,
            "who": offices_of(procedure, each),
            "source": ", ".join(say(procedure.states[state].title) for state in each.source),
            "dest": "" if each.dest == "=" else say(procedure.states[each.dest].title),
            "papers": [" / ".join(form_title(form, on) for form in forms) for forms in each.requires],
            "basis": cite(each.basis),
            "badge": badge_of(each.confidence.mark),
            "conditions": _conditions(procedure, each),
        }
        for each in procedure.transitions
    ]
    limits = [
        {
            "limit": each,
            "length": length_of(each),
            "kind": say(LIMIT_KINDS[each.kind]),
            "basis": cite(each.basis),
            "badge": badge_of(each.confidence.mark),
        }
        for each in procedure.limits.values()
    ]
    return render_template("procedure.html", procedure=procedure, moves=moves, limits=limits)


@pages.get("/deadlines/<uuid:deadline_id>/certificate.json")
@allow("dossier:read")
def download_certificate(deadline_id: UUID) -> Response:
    """Send the certificate of a limit as its hash seals it, for whoever checks it without this program."""
    with house().database.reading() as session:
        row = limit(session, deadline_id)
        if row is None or row.certificate is None:
            raise NotFoundError
        dossier = dossier_to_read(session, row.dossier_id, caller())
        if row.started_seq > standing_of(session, dossier).version:
            raise NotFoundError
        name = f"{dossier.number}-{row.rule}.json".replace("/", "-")
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(canonical_json(row.certificate), mimetype="application/json", headers=headers)


@pages.get("/deadlines/<uuid:deadline_id>")
@allow("dossier:read")
def show_deadline(deadline_id: UUID) -> str:
    """Show how a limit was counted, day by day, as it was stored."""
    with house().database.reading() as session:
        row = limit(session, deadline_id)
        if row is None:
            raise NotFoundError
        dossier = dossier_to_read(session, row.dossier_id, caller())
        return render_template("deadline.html", **_deadline(session, dossier, row))


def _conditions(procedure: Procedure, transition: Transition) -> list[dict[str, Any]]:
    return [
        {"title": say(guard.title), "basis": cite(guard.basis), "badge": badge_of(guard.confidence.mark)}
        for guard in (procedure.guards[name] for name in transition.guards)
    ]


def _deadline(session: Session, dossier: Dossier, row: Deadline) -> dict[str, Any]:
    certificate, standing = row.certificate or {}, standing_of(session, dossier)
    if row.started_seq > standing.version:
        raise NotFoundError
    earlier, later = counts_beside(session, row, standing)
    return {
        "dossier": dossier,
        "left": standing.left,
        "line": limit_lines([row], procedures_of(session, dossier), house().now(), standing)[0],
        "row": row,
        "later_id": later[-1].id if later else None,
        "count": count_of(row, explanations(session, dossier.id)),
        "earlier": earlier,
        "later": later,
        "policies": policy_lines(session, certificate.get("policies", ())),
    }
