"""The life of a paper, its register and the symbols of its body on each engine, through the programming interface."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import select

from api.app import create_app_in
from api.config import Settings
from api.demo.client import Office
from api.house import build_house
from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account, Organization
from dossiers.demonstration.world import DEMO_PASSWORD, load_demo
from dossiers.evidence.folding import dossier_problems
from dossiers.files.models import Dossier
from dossiers.migrating import upgrade
from dossiers.papers.outgoing import register_problems
from dossiers.papers.symbols import set_symbol
from tests.api.scenes import SECRET, AppWire

AT = datetime(2026, 8, 3, 2, 0, tzinfo=UTC)
HEAD = "cax.truong.minhhoa"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def house(request, tmp_path):
    """Return a fresh demonstration on each engine."""
    url = f"sqlite:///{tmp_path / 'life.sqlite'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("fresh_postgres_database")(None)
    upgrade(url)
    storage = (tmp_path / "papers").as_uri()
    built = replace(
        build_house(Settings(database_url=url, storage_url=storage, secret_key=SECRET, demo=True)), clock=lambda: AT
    )
    with built.database.transaction() as session:
        load_demo(session, built.sealer, at=AT)
    yield built
    built.database.dispose()


def test_void_replaced_numbered_and_registered_on_each_engine(house):
    """One paper replaced, its successor void, a draft discarded, a symbol chosen; audit and register agree."""
    head = Office(AppWire(create_app_in(house)), HEAD, DEMO_PASSWORD)
    person = head.get("/api/v1/persons")["items"][0]["id"]
    dossier = _sent(head, "POST", "/dossiers", {"person_id": person})
    old = _sent(head, "POST", f"/papers/{_drafted(house, head, dossier['id'])}/issue", None, dossier["id"])
    new = _sent(
        head,
        "POST",
        f"/papers/{_drafted(house, head, dossier['id'])}/issue",
        {"replaces": old["id"]},
        dossier["id"],
    )
    _sent(head, "POST", f"/papers/{new['id']}/void", {"reason": "Lý do giả định"}, dossier["id"])
    _sent(head, "DELETE", f"/papers/{_drafted(house, head, dossier['id'])}", None, dossier["id"])
    with house.database.transaction() as session:
        account = session.scalars(select(Account).where(Account.username == HEAD)).one()
        body = session.scalars(select(Organization).where(Organization.code == "CAX-99001")).one()
        actor = actor_of(session, account, on=AT.date())
        set_symbol(session, house.catalogue, body, "D-FACREQ", "ĐNTN-CAX", valid_from=AT.date(), actor=actor, at=AT)
        body_id = body.id
    third = _sent(head, "POST", f"/papers/{_drafted(house, head, dossier['id'])}/issue", None, dossier["id"])

    register = head.get(f"/api/v1/registers/outgoing?organization={body_id}&year=2026")["items"]

    assert third["number"] == "01/ĐNTN-CAX"
    states = {line["paper_id"]: line["state"] for series in register for line in series["papers"]}
    assert states == {old["id"]: "issued", new["id"]: "void", third["id"]: "issued"}
    with house.database.reading() as session:
        assert register_problems(session) == []
        assert dossier_problems(session, session.get_one(Dossier, UUID(dossier["id"]))) == []


def _sent(head, method, path, body, dossier_id=None):
    version = head.get(f"/api/v1/dossiers/{dossier_id}")["version"] if dossier_id else None
    sent = b"" if body is None else json.dumps(body).encode()
    reply = head.call(method, f"/api/v1{path}", body=sent, version=version)
    assert reply.status in (200, 201), reply.data.decode()
    return reply.json()


def _drafted(house, head, dossier_id):
    """Draft a form, stating an example for whatever it lacks."""
    version, fields = head.get(f"/api/v1/dossiers/{dossier_id}")["version"], {}
    for _ in range(2):
        body = json.dumps({"form": "D-FACREQ", "fields": fields}).encode()
        reply = head.call("POST", f"/api/v1/dossiers/{dossier_id}/papers", body=body, version=version)
        if reply.status == 201:
            return reply.json()["id"]
        fields = {each["name"]: house.catalogue.variable(each["name"]).example for each in reply.json()["fields"]}
    raise AssertionError(reply.data.decode())
