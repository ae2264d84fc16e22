"""The register of outgoing papers, its gaps, and the symbols that bodies choose for their numbers."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from dossiers.bodies.access import actor_of
from dossiers.bodies.models import Account, Organization
from dossiers.errors import DossierError, InvalidDataError, NotAllowedError
from dossiers.papers.outgoing import as_csv, outgoing_register, register_problems
from dossiers.papers.symbols import set_symbol, symbols_of
from tests.api.refusals import refused
from tests.api.scenes import Scene
from tests.playing import SceneBefore
from workflow.certificates import VIETNAM

HEAD, OFFICER, COURT, ADMIN = "cax.truong.minhhoa", "cax.canbo.minhhoa", "toa.kv99", "quantri"


@pytest.fixture
def scene(after: SceneBefore) -> Scene:
    """Open the moment at which the police ask for a facility."""
    return after("decision_effective_received")


def today(scene: Scene) -> Any:
    """Return the day in Việt Nam."""
    return scene.clock.instant.astimezone(VIETNAM).date()


def issued(scene: Scene) -> Any:
    """Draft and issue a paper and return it."""
    officer, head = scene.office(OFFICER), scene.office(HEAD)
    body = json.dumps({"form": "D-FACREQ", "fields": {"addressee": "Nơi nhận giả định"}}).encode()
    made = officer.call("POST", f"{scene.path}/papers", body=body, version=scene.version).json()
    reply = head.call("POST", f"/api/v1/papers/{made['id']}/issue", body=b"", version=scene.version)
    assert reply.status == 200, reply.data.decode()
    return reply.json()


def register_of(scene: Scene, by: str = HEAD, code: str = "CAX-99001", more: str = "") -> Any:
    """Ask for the register of a body this year and return the answer."""
    address = f"/api/v1/registers/outgoing?organization={scene.body(code)}&year={today(scene).year}{more}"
    return scene.office(by).call("GET", address)


def series_of(scene: Scene, paper: Any) -> Any:
    """Return the row of numbers that a paper stands in."""
    items = register_of(scene).json()["items"]
    return next(each for each in items if any(line["paper_id"] == paper["id"] for line in each["papers"]))


def test_the_register_has_every_number_in_order_with_what_became_of_it(scene: Scene) -> None:
    """Issued, void with its reason, replaced with the number of the new one."""
    old, void = issued(scene), issued(scene)
    body = json.dumps({"reason": "Ghi nhầm (giả định)"}).encode()
    path = f"/api/v1/papers/{void['id']}/void"
    assert scene.office(HEAD).call("POST", path, body=body, version=scene.version).status == 200

    series = series_of(scene, old)

    assert [line["number"] for line in series["papers"]] == list(range(1, series["last"] + 1))
    assert (series["missing"], series["double"], series["never_given"]) == ([], [], [])
    lines = {line["paper_id"]: line for line in series["papers"]}
    assert lines[void["id"]]["state"] == "void"
    assert lines[void["id"]]["void_reason"] == "Ghi nhầm (giả định)"
    assert lines[old["id"]]["signer"] == "Trần Văn Giả Định" or lines[old["id"]]["signer"]
    assert lines[old["id"]]["dossier"]["number"] == scene.number
    assert lines[old["id"]]["person"] == "NGUYỄN VĂN THỬ NGHIỆM"


def test_a_gap_is_shown_and_an_audit_reports_it(scene: Scene) -> None:
    """Whoever takes a paper out past the program leaves its number behind."""
    paper, _ = issued(scene), issued(scene)
    with scene.house.database.reading() as session:
        assert register_problems(session) == []

    scene.change("delete from paper where id = ?", UUID(paper["id"]).hex)

    number = int(paper["number"].partition("/")[0])
    missing = [each["missing"] for each in register_of(scene).json()["items"] if each["missing"]]
    assert missing == [[number]]
    with scene.house.database.reading() as session:
        (told,) = register_problems(session)
    assert told.endswith(f": no paper bears {number}")
    assert told.startswith("CAX-99001 ")
    assert f";{number};" in register_of(scene, more="&format=csv").data.decode().replace(",", ";")


def test_a_number_that_was_never_given_is_reported(scene: Scene) -> None:
    """The counter stands behind the paper."""
    issued(scene)
    scene.change("update paper_counter set last = last - 1 where series = ?", issued(scene)["number"].partition("/")[2])

    with scene.house.database.reading() as session:
        assert ["was never given" in problem for problem in register_problems(session)] == [True]


def test_the_register_is_its_own_bodys_only(scene: Scene) -> None:
    """Others are refused, a body that does not exist is not found, a year out of range is no year."""
    refused(scene, lambda: register_of(scene, COURT), 403, "not-allowed")
    nobody = f"/api/v1/registers/outgoing?organization={UUID(int=7)}&year=2026"
    refused(scene, lambda: scene.office(HEAD).call("GET", nobody), 404, "not-found")
    bad = f"/api/v1/registers/outgoing?organization={scene.body('CAX-99001')}&year=99999"
    assert scene.office(HEAD).call("GET", bad).status == 422


def test_the_person_is_named_only_to_who_may_read_the_dossier(scene: Scene) -> None:
    """An officer of the issuing body that has no part in the dossier sees its number, no name and no reason."""
    paper = issued(scene)
    scene.change(
        "update paper set issuer_id = (select id from organization where code = 'CAX-99002') where id = ?",
        UUID(paper["id"]).hex,
    )

    answer = register_of(scene, "cax.truong.thunghiem", "CAX-99002")

    (series,) = answer.json()["items"]
    assert [(line["person"], line["dossier"]["number"]) for line in series["papers"]] == [(None, scene.number)]
    assert "THỬ NGHIỆM" not in answer.data.decode()


def test_the_file_for_spreadsheets_says_it_is_utf_8_and_runs_nothing(scene: Scene) -> None:
    """A reason that begins like a formula is text."""
    paper = issued(scene)
    scene.change("update paper set void_reason = '=1+1', state = 'void' where id = ?", UUID(paper["id"]).hex)

    reply = register_of(scene, more="&format=csv")

    assert reply.data.startswith(b"\xef\xbb\xbf")
    assert "text/csv" in reply.headers["Content-Type"]
    assert "'=1+1" in reply.data.decode()
    assert ",=1+1" not in reply.data.decode()


# --- Symbols --------------------------------------------------------------------------------------------------------


def choose(scene: Scene, by: str, form: str, pattern: str, *, days: int = 0, code: str = "CAX-99001") -> Any:
    """Let a body choose a symbol from so many days on; raises the refusal."""
    with scene.house.database.transaction() as session:
        account = session.scalars(select(Account).where(Account.username == by)).one()
        actor = actor_of(session, account, on=today(scene))
        body = session.scalars(select(Organization).where(Organization.code == code)).one()
        first = today(scene) + timedelta(days=days)
        made = set_symbol(
            session, scene.house.catalogue, body, form, pattern, valid_from=first, actor=actor, at=scene.clock.instant
        )
        return made.pattern


def test_a_symbol_holds_from_its_day_on_and_earlier_papers_keep_theirs(scene: Scene) -> None:
    """The new row of numbers begins at one; the old number stays what was printed."""
    first = issued(scene)

    choose(scene, HEAD, "D-FACREQ", "{year}/ĐNTN-CAX", days=1)

    assert issued(scene)["number"].partition("/")[2] == first["number"].partition("/")[2]
    scene.let_time_pass((scene.clock.instant + timedelta(days=1)).isoformat())
    assert issued(scene)["number"] == f"01/{today(scene).year}/ĐNTN-CAX"
    assert scene.get(HEAD, f"/api/v1/papers/{first['id']}")["number"] == first["number"]
    with scene.house.database.reading() as session:
        assert register_problems(session) == []


def test_an_administrator_may_choose_too_and_others_may_not(scene: Scene) -> None:
    """Not the officer, not the head of another body."""
    with pytest.raises(NotAllowedError):
        choose(scene, OFFICER, "D-FACREQ", "ĐNTN-CAX")
    with pytest.raises(NotAllowedError):
        choose(scene, "cax.truong.thunghiem", "D-FACREQ", "ĐNTN-CAX")

    assert choose(scene, ADMIN, "D-FACREQ", "ĐNTN-CAX") == "ĐNTN-CAX"


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "qđ-cax",
        "QĐ CAX",
        "QĐ--CAX",
        "/QĐ-CAX",
        "QĐ-CAX-",
        "QĐ-{month}",
        "{year}",
        "2026",
        "=QĐ",
        "QĐ_CAX",
        "QĐ-CAX\n",
        "Q\u0110\u202e-CAX",
        "QĐ" * 30,
        "{{7*7}}",
        "<B>",
    ],
)
def test_a_pattern_of_other_characters_is_refused(scene: Scene, pattern: str) -> None:
    """Nothing that would break a line, run as code or be read the wrong way round."""
    with pytest.raises(InvalidDataError):
        choose(scene, HEAD, "D-FACREQ", pattern)


def test_a_symbol_of_papers_of_another_kind_is_refused(scene: Scene) -> None:
    """Two rows of numbers would run together, this year or in a later one."""
    catalogue = scene.house.catalogue
    form = catalogue.form("D-FACREQ", today(scene))
    other = next(
        each
        for each in catalogue.forms(today(scene))
        if each.numbered and each.symbol not in (None, form.symbol) and each.issuers[0] in form.issuers
    )
    assert other.symbol is not None

    with pytest.raises(InvalidDataError):
        choose(scene, HEAD, "D-FACREQ", other.symbol)
    choose(scene, HEAD, other.form_id, "{year}/MỚI-CAX", days=3)
    with pytest.raises(InvalidDataError):
        choose(scene, HEAD, "D-FACREQ", f"{today(scene).year + 4}/MỚI-CAX")
    with pytest.raises(InvalidDataError):
        choose(scene, HEAD, "D-FACREQ", other.symbol)


def test_no_symbol_for_the_past_for_others_papers_or_twice_on_a_day(scene: Scene) -> None:
    """Each with its reason; nothing is kept."""
    faults: list[DossierError] = []
    for form, days in (("D-FACREQ", -1), ("C11", 0), ("NO-SUCH", 0)):
        with pytest.raises(DossierError) as refusal:
            choose(scene, ADMIN, form, "ĐNTN-CAX", days=days)
        faults.append(refusal.value)
    choose(scene, HEAD, "D-FACREQ", "ĐNTN-CAX")
    with pytest.raises(InvalidDataError):
        choose(scene, HEAD, "D-FACREQ", "ĐN2-CAX")

    with scene.house.database.reading() as session:
        body = session.scalars(select(Organization).where(Organization.code == "CAX-99001")).one()
        assert [row.pattern for row in symbols_of(session, body)] == ["ĐNTN-CAX"]
        register = outgoing_register(session, actor_for(session, scene), body.id, today(scene).year)
        assert as_csv(register).startswith(b"\xef\xbb\xbf")
    assert [fault.code for fault in faults] == ["invalid-data", "invalid-data", "unknown-form"]


def actor_for(session: Any, scene: Scene) -> Any:
    """Return the head of the commune police."""
    account = session.scalars(select(Account).where(Account.username == HEAD)).one()
    return actor_of(session, account, on=today(scene))
