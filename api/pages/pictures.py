"""Pictures of procedures and of the way a dossier took, each also in words, and the difference of two editions.

A picture of a dossier is under the rights of its page, and shows nothing after the caller's bodies have left.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.comparing import names_for
from api.house import house
from api.languages import language, say
from api.pages.blueprint import pages
from api.pages.citing import cite
from api.pages.showing import procedures_of
from api.pages.standing import Standing, standing_of
from dossiers.errors import NotFoundError
from dossiers.evidence.access import note_access
from dossiers.evidence.diary import diary_of
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from workflow.diagram.bpmn import bpmn
from workflow.diagram.graph import Highlight, Step, graph_of
from workflow.diagram.svg import swim_lanes
from workflow.diagram.wording import Language, Telling, describe
from workflow.difference import PART_NAMES, WHAT_NAMES, Change, compare
from workflow.model import Procedure
from workflow.phrases import joined, plain

#: The kind of diary entry that an act of the main procedure leaves.
_MOVED = "moved"
#: A part of a difference with more lines than this starts closed.
_LINES_OPEN_MAX = 30


@pages.get("/law/compare")
@allow("law:read")
def compare_editions() -> str:
    """Let two editions be chosen, and say how the second differs from the first."""
    keys = [request.args.get(name, "") for name in ("old", "new")]
    chosen = [_edition(key) for key in keys] if all(keys) else []
    return render_template(
        "difference.html",
        procedures=house().law.procedures,
        keys=keys,
        chosen=chosen,
        parts=_parts(chosen[0], chosen[1]) if chosen else [],
    )


@pages.get("/law/<string:key>/diagram")
@allow("law:read")
def show_procedure_diagram(key: str) -> str:
    """Show the swim lanes of one edition, and the same in words."""
    procedure = _edition(key)
    telling = describe(graph_of(procedure), _language())
    return render_template("procedure_diagram.html", procedure=procedure, telling=telling)


@pages.get("/law/<string:key>/diagram.svg")
@allow("law:read")
def draw_procedure(key: str) -> Response:
    """Return the swim lanes of one edition."""
    return _picture(swim_lanes(_edition(key), language=_language()))


@pages.get("/law/<string:key>/diagram.bpmn")
@allow("law:read")
def write_bpmn(key: str) -> Response:
    """Return one edition as a BPMN document to keep."""
    procedure = _edition(key)
    answer = Response(bpmn(procedure, language=_language()), mimetype="application/xml")
    answer.headers["Content-Disposition"] = f'attachment; filename="{procedure.key}.bpmn"'
    return answer


@pages.get("/dossiers/<uuid:dossier_id>/diagram")
@allow("dossier:read")
def show_dossier_diagram(dossier_id: UUID) -> str:
    """Show the way of a dossier in the whole procedure, and the same in words."""
    with house().database.transaction() as session:
        note_access(session, dossier_to_read(session, dossier_id, caller()), caller(), what="page", at=house().now())
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        standing = standing_of(session, dossier)
        procedure, way = _way(session, dossier, standing)
        telling = describe(graph_of(procedure, way), _language())
        return render_template("dossier_diagram.html", dossier=dossier, standing=standing, telling=telling)


@pages.get("/dossiers/<uuid:dossier_id>/diagram.svg")
@allow("dossier:read")
def draw_dossier(dossier_id: UUID) -> Response:
    """Return the whole procedure with the way of a dossier in it."""
    return _dossier_picture(dossier_id, story=False)


@pages.get("/dossiers/<uuid:dossier_id>/way.svg")
@allow("dossier:read")
def draw_way(dossier_id: UUID) -> Response:
    """Return only the way of a dossier and what can come next."""
    return _dossier_picture(dossier_id, story=True)


def way_telling(session: Session, dossier: Dossier, standing: Standing) -> Telling:
    """Return the way of a dossier and what can come next, in words."""
    procedure, way = _way(session, dossier, standing)
    return describe(graph_of(procedure, way, story=True), _language())


def _dossier_picture(dossier_id: UUID, *, story: bool) -> Response:
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        procedure, way = _way(session, dossier, standing_of(session, dossier))
    return _picture(swim_lanes(procedure, way, story=story, language=_language()))


def _way(session: Session, dossier: Dossier, standing: Standing) -> tuple[Procedure, Highlight]:
    """Return the procedure of a dossier and the acts of its diary that the caller may read."""
    entries = diary_of(session, dossier.id, until_seq=standing.version)
    steps = tuple(Step(each.from_state, each.trigger) for each in entries if each.kind == _MOVED and each.from_state)
    return procedures_of(session, dossier)[""], Highlight(steps, standing.state.id)


def _edition(key: str) -> Procedure:
    found = next((each for each in house().law.procedures if each.key == key), None)
    if found is None:
        raise NotFoundError
    return found


def _picture(svg: str) -> Response:
    return Response(svg, mimetype="image/svg+xml")


def _language() -> Language:
    return "en" if language() == "en" else "vi"


def _parts(old: Procedure, new: Procedure) -> list[dict[str, Any]]:
    """Return the differences by part, each as a line."""
    law = house().law
    changes = compare(old, new, names=names_for(house().catalogue, law.policies, law.procedures))
    parts = []
    for part, group in groupby(changes, key=lambda change: change.part):
        lines = [_line(each) for each in group]
        parts.append({"title": say(PART_NAMES[part]), "lines": lines, "open": len(lines) <= _LINES_OPEN_MAX})
    return parts


def _line(change: Change) -> dict[str, Any]:
    return {
        "title": say(change.title),
        "what": say(WHAT_NAMES[change.what]),
        "kind": change.what.value,
        "details": say(joined((aspect.words for aspect in change.aspects), plain("; "))),
        "basis": cite(change.basis),
    }
