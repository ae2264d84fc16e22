"""The register of outgoing papers of a body and year: every number, and what became of its paper."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response, jsonify

from api.auth.callers import allow, caller
from api.house import house
from api.schemas.answers import Page
from api.schemas.requests import RegisterArgs
from api.v1.blueprint import v1
from dossiers.papers.outgoing import RegisterLine, RegisterSeries, as_csv, outgoing_register


@v1.get("/registers/outgoing")
@allow("dossier:read")
@v1.arguments(RegisterArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def get_outgoing_register(args: Mapping[str, Any]) -> Response:
    """Return the numbers that a body gave in a year, by symbol, with those that no paper bears."""
    if args["format"] == "csv":
        return register_file(args["organization"], args["year"])
    with house().database.reading() as session:
        register = outgoing_register(session, caller(), args["organization"], args["year"])
        return jsonify({"items": [_series_json(each) for each in register.series], "next": None})


def register_file(organization_id: UUID, year: int) -> Response:
    """Return the register as a file for a spreadsheet."""
    with house().database.reading() as session:
        register = outgoing_register(session, caller(), organization_id, year)
        data, name = as_csv(register), f"so-van-ban-di-{register.organization.code}-{year}.csv"
    response = Response(data, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _series_json(series: RegisterSeries) -> dict[str, Any]:
    return {
        "symbol": series.symbol,
        "last": series.last,
        "missing": list(series.faults.missing),
        "double": list(series.faults.double),
        "never_given": list(series.faults.never_given),
        "papers": [_line_json(line) for line in series.lines],
    }


def _line_json(line: RegisterLine) -> dict[str, Any]:
    return {
        "paper_id": str(line.paper_id),
        "number": line.number,
        "shown": line.shown,
        "doc_date": line.doc_date.isoformat() if line.doc_date else None,
        "form": line.form,
        "title": line.title,
        "signer": line.signer,
        "dossier": {"id": str(line.dossier_id), "number": line.dossier_number},
        "person": line.person,
        "state": line.state,
        "void_reason": line.void_reason,
        "replaced_by": line.replaced_by,
    }
