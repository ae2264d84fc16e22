"""The persons that dossiers are about."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from api.auth.callers import allow, caller
from api.house import house
from api.presenting import person_json
from api.schemas.answers import Page, Thing
from api.schemas.requests import PersonArgs, PersonIn, PersonPatch
from api.v1.blueprint import v1
from api.v1.writing import Answer, Unit, etag, expected_version, write
from dossiers.bodies.access import Actor
from dossiers.errors import NotAllowedError
from dossiers.files.queries import person_to_correct, visible_persons
from dossiers.people.forms import PersonForm, RelativeForm
from dossiers.people.models import Person
from dossiers.people.operations import add_person, correct_person
from dossiers.people.queries import id_number, search_persons, visible_person


@v1.post("/persons")
@allow("person:write")
@v1.arguments(PersonIn)
@v1.response(HTTPStatus.CREATED, Thing)
def create_person(form: dict[str, Any]) -> Response:
    """Add a person; every item that cannot be right is named at once."""

    def work(unit: Unit) -> Answer:
        relatives = tuple(RelativeForm(**each) for each in form.pop("relatives"))
        aliases = tuple(form.pop("aliases"))
        person = add_person(
            unit.session,
            PersonForm(**form, aliases=aliases, relatives=relatives),
            house().sealer,
            body_id=_own_body(unit.actor),
            at=unit.at,
        )
        return Answer(shown(person), headers=etag(person.version))

    return write(work)


@v1.get("/persons")
@allow("person:read")
@v1.arguments(PersonArgs, location="query")
@v1.response(HTTPStatus.OK, Page)
def list_persons(args: dict[str, Any]) -> dict[str, Any]:
    """Find persons by a part of the name, accented or not, or by the exact identity number."""
    with house().database.reading() as session:
        rows = _search(session, args)
        return {"items": [_line(person) for person in rows[: args["limit"]]], "next": _next(rows, args["limit"])}


@v1.get("/persons/<uuid:person_id>")
@allow("person:read")
@v1.response(HTTPStatus.OK, Thing)
def get_person(person_id: UUID) -> Response | tuple[dict[str, Any], dict[str, str]]:
    """Return one person."""
    with house().database.reading() as session:
        person = visible_person(session, person_id, visible_to=caller(), party_to=visible_persons(caller()))
        return shown(person), etag(person.version)


@v1.patch("/persons/<uuid:person_id>")
@allow("person:write")
@v1.arguments(PersonPatch)
@v1.response(HTTPStatus.OK, Thing)
def patch_person(form: dict[str, Any], person_id: UUID) -> Response:
    """Correct a person; If-Match names the version that was read."""
    version = expected_version()

    def work(unit: Unit) -> Answer:
        person = person_to_correct(unit.session, person_id, unit.actor)
        correct_person(
            unit.session,
            person,
            form,
            house().sealer,
            expected_version=version,
            account_id=unit.actor.account_id,
            at=unit.at,
        )
        return Answer(shown(person), HTTPStatus.OK, etag(person.version))

    return write(work)


def shown(person: Person) -> dict[str, Any]:
    """Return a person with the opened identity number."""
    return person_json(person, id_number(person, house().sealer))


def _line(person: Person) -> dict[str, Any]:
    return {
        "id": str(person.id),
        "full_name": person.full_name,
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "residence": person.residence,
    }


def _search(session: Session, args: dict[str, Any]) -> list[Person]:
    return list(
        search_persons(
            session,
            args["q"],
            house().sealer,
            limit=args["limit"] + 1,
            after=args["after"],
            visible_to=caller(),
            party_to=visible_persons(caller()),
        )
    )


def _next(rows: list[Person], limit: int) -> str | None:
    return str(rows[limit - 1].id) if len(rows) > limit else None


def _own_body(actor: Actor) -> UUID:
    if not actor.offices:
        raise NotAllowedError
    return actor.offices[0].organization_id
