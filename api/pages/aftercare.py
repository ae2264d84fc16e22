"""The page of somebody under post-rehab management: team, visits, tests, absences, support, and recording each.

Recording moves nothing: after a positive test the page shows which moves the law opens and where they are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as BaseResponse

from api.auth.callers import allow, caller
from api.house import house
from api.languages import say
from api.pages.aftercare_form import record_controls, typed_record, values_of_record
from api.pages.blueprint import pages
from api.pages.changes import changes_since
from api.pages.commune import helper_name
from api.pages.forms import VERSION, blame, fill, form_version, new_hidden, submit
from api.pages.showing import items_of, limit_lines, problem_of, reason_lines
from api.pages.standing import dossier_to_add_to, standing_of
from api.problems import status_of
from api.writing import Unit
from dossiers.aftercare.kinds import KINDS, POSITIVE, SETTINGS, TEST, Item, Kind
from dossiers.aftercare.models import AftercareRecord
from dossiers.aftercare.operations import in_phase, record_aftercare
from dossiers.aftercare.queries import colleagues, record_of, records_of, summaries
from dossiers.bodies.access import may
from dossiers.bodies.naming import names_of
from dossiers.errors import DossierError, InvalidDataError, KeyReusedError, NotFoundError, StaleVersionError
from dossiers.evidence.access import note_access
from dossiers.files.models import Dossier
from dossiers.files.queries import dossier_to_read
from dossiers.moves.possibilities import possible_moves
from workflow.certificates import VIETNAM
from workflow.engine import Possibility
from workflow.refusals import Reason

_SHOWN_AGAIN: Final = (InvalidDataError, KeyReusedError, StaleVersionError)
_REPLACES: Final = "replaces"

Shown = BaseResponse | str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record: its days, what it says item by item, who recorded it, and whether it still stands."""

    id: UUID
    record: AftercareRecord
    items: list[tuple[str, str]]
    by: str
    body: str
    stands: bool
    alarming: bool


@dataclass(frozen=True, slots=True)
class KindLine:
    """Everything recorded of one kind."""

    kind: Kind
    records: list[RecordLine]


@pages.get("/dossiers/<uuid:dossier_id>/aftercare")
@allow("commune:read")
def show_aftercare(dossier_id: UUID) -> str:
    """Show everything recorded about one person, to a body that has left as it stood then."""
    with house().database.transaction() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        note_access(session, dossier, caller(), what="aftercare", at=house().now())
    with house().database.reading() as session:
        dossier = dossier_to_read(session, dossier_id, caller())
        return render_template("aftercare.html", **_page(session, dossier))


@pages.get("/dossiers/<uuid:dossier_id>/aftercare/<string:kind_id>/new")
@allow("aftercare:write")
def show_new_record(dossier_id: UUID, kind_id: str) -> Shown:
    """Show the form of a record; with `replaces`, of the correction of one."""
    return _form(dossier_id, kind_id)


@pages.post("/dossiers/<uuid:dossier_id>/aftercare/<string:kind_id>/new")
@allow("aftercare:write")
def do_new_record(dossier_id: UUID, kind_id: str) -> Shown:
    """Record it, or show everything that is wrong with it."""

    def work(unit: Unit) -> str:
        form, faults = typed_record(_kind(kind_id), _replaced_id())
        if faults:
            raise InvalidDataError(faults)
        record_aftercare(
            unit.session,
            house().law,
            dossier_id,
            form,
            expected_version=form_version(),
            actor=unit.actor,
            at=unit.at,
        )
        flash(_("Đã ghi nhận."))
        return url_for("pages.show_aftercare", dossier_id=dossier_id, _anchor=kind_id)

    try:
        return submit(work)
    except _SHOWN_AGAIN as refusal:
        return _form(dossier_id, kind_id, refusal=refusal), status_of(refusal)


def _page(session: Session, dossier: Dossier) -> dict[str, Any]:
    at, standing = house().now(), standing_of(session, dossier)
    on, law = at.astimezone(VIETNAM).date(), house().law
    records = records_of(session, dossier.id, until_seq=standing.version)
    summary = summaries(session, [dossier], on=on)[dossier.id]
    named = [UUID(each.content["account"]) for each in records if each.content.get("account")]
    names = names_of(
        session,
        accounts=[*named, *(each.account_id for each in records)],
        organizations=[each.body_id for each in records],
    )
    procedure = law.pinned(session, dossier.procedure_sha256)
    open_here = not standing.left and in_phase(session, law, dossier)
    test = summary.last_test
    positive = open_here and test is not None and test.mark == POSITIVE
    return {
        "dossier": dossier,
        "standing": standing,
        "kinds": _kind_lines(records, names),
        "writes": open_here and may(caller(), "aftercare:write"),
        "ends": [] if standing.left or not summary.ends else limit_lines([summary.ends], {"": procedure}, at),
        "monitoring": []
        if standing.left
        else [law.pinned(session, each.procedure_sha256).states[each.state] for each in summary.monitoring],
        "positive": test if positive else None,
        "open_moves": _open_moves(session, dossier) if positive else [],
        "settings": SETTINGS,
    }


def _open_moves(session: Session, dossier: Dossier) -> list[Possibility]:
    """Return the moves that the law opens after use, as they stand now for the caller."""
    found = possible_moves(session, house().law, dossier, caller(), at=house().now())
    return [each for each in found if each.transition.trigger in SETTINGS.positive_acts]


def _kind_lines(records: Sequence[AftercareRecord], names: Mapping[str, str]) -> list[KindLine]:
    replaced = {each.replaces_id for each in records}
    return [
        KindLine(
            kind,
            [
                RecordLine(
                    id=each.id,
                    record=each,
                    items=[(say(item.label), _said(item, each, names)) for item in kind.items if _has(item, each)],
                    by=names.get(str(each.account_id), ""),
                    body=names.get(str(each.body_id), ""),
                    stands=each.id not in replaced and not each.withdrawn,
                    alarming=kind.id == TEST and each.mark == POSITIVE,
                )
                for each in records
                if each.kind == kind.id
            ],
        )
        for kind in KINDS.values()
    ]


def _has(item: Item, record: AftercareRecord) -> bool:
    return bool(record.content.get(item.name))


def _said(item: Item, record: AftercareRecord, names: Mapping[str, str]) -> str:
    value = str(record.content[item.name])
    if item.type == "account":
        return helper_name(record, names)
    return say(item.choices[value]) if value in item.choices else value


def _form(dossier_id: UUID, kind_id: str, *, refusal: DossierError | None = None) -> str:
    kind = _kind(kind_id)
    with house().database.reading() as session:
        dossier = dossier_to_add_to(session, dossier_id)
        earlier = _replaced(session, dossier, kind)
        on = house().now().astimezone(VIETNAM).date()
        people = colleagues(session, dossier, on=on)
        controls = record_controls(kind, people, today=on, corrects=earlier is not None)
        if refusal is not None:
            fill(controls)
        elif earlier is not None:
            fill(controls, values_of_record(earlier))
        reasons: Sequence[Reason] = getattr(refusal, "reasons", ())
        for reason in reasons:
            blame(controls, items_of(reason), say(reason.text))
        changes = []
        if isinstance(refusal, StaleVersionError):
            version = request.form.get(VERSION, "")
            changes = changes_since(session, dossier, int(version) if version.isdecimal() else 0)
        return render_template(
            "aftercare_form.html",
            dossier=dossier,
            kind=kind,
            earlier=earlier,
            controls=controls,
            hidden=new_hidden(dossier.version),
            refused=reason_lines(reasons, controls),
            problem=problem_of(refusal),
            changes=changes,
        )


def _kind(kind_id: str) -> Kind:
    if kind_id not in KINDS:
        raise NotFoundError
    return KINDS[kind_id]


def _replaced_id() -> UUID | None:
    raw = request.values.get(_REPLACES, "")
    try:
        return UUID(raw) if raw else None
    except ValueError:
        raise NotFoundError from None


def _replaced(session: Session, dossier: Dossier, kind: Kind) -> AftercareRecord | None:
    """Return the record that the form corrects; raises NotFoundError for one of another dossier or kind."""
    wanted = _replaced_id()
    if wanted is None:
        return None
    found = record_of(session, dossier.id, wanted)
    if found is None or found.kind != kind.id:
        raise NotFoundError
    return found
